"""Is a spec sharp enough to see every single-token change of its reference?

A mutant that no case tells from the reference is either another right way to write it, or a mistake that students may make unseen.
"""

from ..exercise.mutate import mutants, sampled
from ..exercise.variants import compiled
from ..marking import marking
from ..marking.judge import same_all
from ..marking.tolerance import evaluate
from ..student import check


def survivors(key, limit, size=None):
    """The mutants of a function that every case takes for right, and how many were tried: all, or a sample of this size.

    `limit` is a context manager factory that stops a mutant which runs for ever (`check.time_limit`, bound to seconds).
    """
    function, alive = key.function, []
    scope = dict(function.reference.__globals__)
    scope |= {f.name: f.reference for f in function.exercise.functions}
    tried = sampled(function.source, size)
    for what, tree in tried:
        ways = [(scope, key.want, key.tol)]
        if key.stand_ins:                           # right with what stands in is right, too: all points
            ways.append((scope | key.stand_in_functions(), key.want_alone, key.tol_alone))
        with limit():
            if any(agrees(compiled(tree, function.name, names), key, want, tol) for names, want, tol in ways):
                alive.append(what)
    return alive, len(tried)


def judged_survivors(function, seed, limit):
    """As `survivors`, for a function that is judged by what its runs did."""
    key, alive, count = marking.key_of(function, seed), [], 0
    for what, tree in mutants(function.source):
        count += 1
        space = dict(function.reference.__globals__) | {f.name: f.reference for f in function.exercise.functions}
        exec(compile(tree, f"<{function.name}>", "exec"), space)        # its globals are the student's, where functions stand in
        with limit():
            if marking.mark(function, key, check.answers(space, key.calls())).points == function.points:
                alive.append(what)
    return alive, count


def agrees(f, key, want, tol):
    """Are the answers right on all cases, in the order in which a student's function is asked?"""
    return all(same_all(evaluate(f, key.cases[i].args, len(key.names)), want[i], tol[i]) for i in key.order[:len(key.cases)])

