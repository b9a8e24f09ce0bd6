"""Is a spec sound? ``nnopt prove`` asks what students would find out later: that a right answer fails, or a wrong one passes."""

from __future__ import annotations

import ast
import functools
import types
from dataclasses import dataclass, field

from ..exercise import mutate
from ..exercise.variants import compiled
from ..marking.judge import Key, judge, like, stand_in_sources
from ..marking.marking import grade_exercise, key_of
from ..student import check
from . import survivors

SECONDS = 20.0  # for one mutant, as some never end


@dataclass
class Proof:
    """What came of one function.

    Attributes
    ----------
    faults : list of str
        What is wrong in the spec, each in a sentence.
    alive : list of str
        Mutants that lose no points, as ``old -> new``, and that the spec does not list: right, too, or a mistake that students make
        unseen. A person must look.
    same : list of str
        Those that it lists as right (`Function.same`).
    mutants : int
        How many there are in all.
    nameless : list of str
        Mutants that lose points and are called nothing; asked for apart.
    """

    name: str
    faults: list[str] = field(default_factory=list)
    alive: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    mutants: int = 0
    nameless: list[str] = field(default_factory=list)

    def __str__(self):
        killed = self.mutants - len(self.alive) - len(self.same)
        lines = [rate(self.name, killed, self.mutants, len(self.same)), *(f"    wrong: {fault}" for fault in self.faults)]
        lines += [f"    lives: {what}" for what in self.alive]
        lines += [f"    {len(self.nameless)} that lose points are called nothing:"] if self.nameless else []
        return "\n".join([*lines, *(f"        {what}" for what in self.nameless)])


def rate(name: str, killed: int, count: int, same: int) -> str:
    """A line on the mutants of one function, or of all."""
    known = f", {same} are listed as right" if same else ""
    return f"{name:<50} {killed} of {count} mutants lose points ({100 * killed / max(count, 1):.0f} %){known}"


def prove(function, seed: int = 0, names: bool = False) -> Proof:
    """Everything that can be asked of one function of a spec; with `names`, also which mutants are called nothing.

    Mutants that never end are stopped in the main thread only.
    """
    limit = functools.partial(check.time_limit, SECONDS)
    lives, count = (survivors.judged_survivors(function, seed, limit) if function.judge
                    else survivors.survivors(key_of(function, seed), limit))
    found = faults(function, seed) + wrongly_listed(function, lives)
    proof = Proof(f"{function.exercise.name}.{function.name}", found, mutants=count)
    proof.alive = [what for what in lives if what not in function.equivalents]
    proof.same = [what for what in lives if what in function.equivalents]
    if names and not function.judge:
        proof.nameless = nameless(function, seed, limit)
    return proof


def wrongly_listed(function, lives) -> list[str]:
    """What the spec lists as right, and is not, or is no change of the reference."""
    every = {what for what, _ in mutate.mutants(function.source)}
    return [f"{what!r} is listed as right, {'but loses points' if what in every else 'and is no change of the reference'}"
            for what in function.equivalents if what not in lives]  # fmt: skip


def nameless(function, seed: int, limit) -> list[str]:
    """The single-token slips that lose points and are called nothing: is the likeliest one among them?"""
    key, found = key_of(function, seed), []
    scope = dict(function.reference.__globals__) | {f.name: f.reference for f in function.exercise.functions}
    for what, tree in mutate.mutants(function.source):
        with limit():
            verdict = verdict_on(compiled(tree, function.name, scope), function, key)
            if verdict.points < function.points and not verdict.mistakes:
                found.append(what)
    return found


def faults(function, seed: int = 0) -> list[str]:
    """What is wrong in the spec of one function, each in a sentence."""
    found = [f"{name}, which stands in for {used}, does not use {', '.join(missing)}"
             for used, name, missing in idle(function) if missing]  # fmt: skip
    if function.judge:
        result = grade_exercise(function.exercise, seed, answering(references(function.exercise)), [function])
        return found + ([] if result.outcome == "right" else [f"the reference itself has {result.points} of {function.points} points"])
    found += [f"{way!r} is called right, and does not get all points" for way in refused(function, seed)]
    found += [f"{a!r} and {b!r} give the same on all inputs" for a, b in confused(function, seed)]
    return found + [f"{name!r} is called {' and '.join(map(repr, called)) or 'nothing'} where a student makes it"
                    for name, called in misnamed(function, seed).items()]  # fmt: skip


def references(exercise) -> dict:
    """A notebook's namespace with everything right."""
    return {f.name: f.reference for f in exercise.functions} | {i.name: i.right for i in exercise.items if i.kind == "question"}


def answering(namespace: dict):
    """What `grade_exercise` asks, answered by the functions of this namespace."""
    return lambda calls: check.answers(namespace, calls)


def verdict_on(f, function, key):
    """The judge's verdict on `f` in place of a function, in a notebook that is right elsewhere."""
    return judge(key, check.answers(one_notebook(references(function.exercise) | {function.name: f}), key.calls()))


def one_notebook(answers: dict) -> dict:
    """Functions and answers as the cells of one notebook define them: each function finds the others, or what stands in for them."""
    functions = {name: f for name, f in answers.items() if isinstance(f, types.FunctionType)}
    names: dict = {}
    for f in functions.values():
        names |= f.__globals__
    names |= answers
    names |= {name: types.FunctionType(f.__code__, names, name, f.__defaults__, f.__closure__) for name, f in functions.items()}
    return names


def refused(function, seed: int) -> list[str]:
    """The right ways to write it, and the reference, that do not get all points."""
    key = Key(function, seed)
    ways = {"reference": (), **{w.name: (w,) for w in function.rights}}
    return [name for name, edits in ways.items() if verdict_on(function.variant(*edits), function, key).outcome != "right"]


def confused(function, seed: int) -> list[tuple[str, str]]:
    """Pairs of mistakes, and the reference, that the inputs do not tell apart."""
    key = Key(function, seed)
    plain = lambda answers: [answers[i] for i in key.plain]  # noqa: E731
    answers = {w.name: key.answers_of(function.variant(w)) for w in function.mistakes} | {"reference": key.want}
    names = list(answers)
    return [(a, b) for i, a in enumerate(names) for b in names[:i] if like(plain(answers[a]), plain(answers[b]), plain(key.tol))]


def misnamed(function, seed: int) -> dict[str, list[str]]:
    """The mistakes, and their mirror images, that are called otherwise when a student makes them, with what they are called."""
    key = key_of(function, seed)
    named = {w.name: verdict_on(function.variant(w), function, key).mistakes for (w,) in key.mistakes}
    return {name: called for name, called in named.items() if called != [name]}


def idle(function) -> list[tuple[str, str, list[str]]]:
    """The functions that it uses, what stands in for each, and the arguments that this does not look at.

    With such a stand-in a loop that hands over a wrong argument is right, and keeps all points.
    """
    found = []
    for name, source in stand_in_sources(function).items():
        used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        found.append((name, function.uses[name], [p for p in function.exercise[name].params if p not in used]))
    return found
