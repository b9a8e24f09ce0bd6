"""The gate of every spec: what an instructor got wrong in writing it is found here, not by students.

The seeds are fixed, so each of these either always passes or always fails; the tests marked ``slow`` look at many more seeds.
"""

import functools

import numpy as np
import pytest

from nnopt.grader import check, course, mutate
from nnopt.grader.judge import Key, judge, like
from nnopt.grader.marking import grade_exercise, key_of

# Mutants that are right, too: another way to write the same, so that no case can tell them from the reference. Each stands here by the
# lines that changed, with the reason. A mutant that survives and is not listed fails.
EQUIVALENT = {
}

EXERCISES = [course.exercise(name) for name in course.specs()]
FUNCTIONS = [f for ex in EXERCISES for f in ex.functions if not f.judge]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.exercise.name}.{f.name}")
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)


def references(exercise):
    """A notebook's namespace with everything right."""
    return {f.name: f.reference for f in exercise.functions} | {i.name: i.right for i in exercise.items if i.kind == "question"}


def verdict_on(f, function, key):
    return judge(key, check.answers(references(function.exercise) | {function.name: f}, key.calls()))


def refused(function, seed):
    """The right ways to write it (and the reference) that do not get all points."""
    key = Key(function, seed)
    ways = {"reference": (), **{w.name: (w,) for w in function.rights}}
    return [name for name, edits in ways.items() if verdict_on(function.variant(*edits), function, key).outcome != "right"]


def confused(function, seed):
    """Pairs of mistakes (and the reference) that the cases do not tell apart."""
    key = Key(function, seed)
    plain = lambda answers: [answers[i] for i in key.plain]     # noqa: E731
    answers = {w.name: key.answers_of(function.variant(w)) for w in function.mistakes} | {"reference": key.want}
    names = list(answers)
    return [(a, b) for i, a in enumerate(names) for b in names[:i] if like(plain(answers[a]), plain(answers[b]), plain(key.tol))]


@every_function
def test_right_ways_get_all_points(function):
    assert [refused(function, seed) for seed in range(3)] == [[]] * 3


@every_function
def test_mistakes_are_told_apart(function):
    assert function.mistakes, "a function without known mistakes gives no hint to anyone"
    assert [confused(function, seed) for seed in range(2)] == [[]] * 2


@every_function
def test_known_mistakes_are_named(function):
    key = key_of(function, 0)
    named = {w.name: verdict_on(function.variant(w), function, key) for w in function.mistakes}
    assert {name: v.mistakes for name, v in named.items()} == {name: [name] for name in named}
    assert all(v.points < function.points for v in named.values())


@every_function
def test_mistakes_say_what_and_ask(function):
    for w in function.mistakes:
        assert w.says and w.hint, w.name
        assert w.keeps < sum(function.parts.values()), w.name


@every_function
def test_mutants_are_killed(function):
    """Every single-token change of the reference loses points, but for those that are listed, with the reason, as equivalent."""
    alive, count = mutate.survivors(key_of(function, 0), functools.partial(check.time_limit, 20))
    assert count >= 5
    assert sorted(alive) == sorted(EQUIVALENT.get(f"{function.exercise.name}.{function.name}", {}))


@every_function
def test_a_constant_function_gets_nothing(function):
    key = key_of(function, 0)
    first = key.want[0][0] if len(key.names) == 1 else tuple(key.want[0])
    v = verdict_on(lambda *args: first, function, key)
    assert v.points == 0


@every_exercise
def test_references_get_all_points(exercise):
    for seed in (0, 1):
        result = grade_exercise(exercise, seed, lambda calls: check.answers(references(exercise), calls))
        assert (result.outcome, result.points) == ("right", exercise.points), result.text


@every_exercise
def test_an_empty_notebook_is_unfinished(exercise):
    result = grade_exercise(exercise, 0, lambda calls: check.answers({}, calls))
    assert (result.outcome, result.points, result.diagnosis) == ("unfinished", 0, "")


@every_exercise
def test_other_seeds_draw_other_inputs(exercise):
    function = exercise.functions[0]
    one, two = (function.cases(seed)[0].args for seed in (0, 1))
    assert any(not np.array_equal(one[name], two[name]) for name in one)
    again = function.cases(0)[0].args
    assert all(np.array_equal(one[name], again[name]) for name in one)


@pytest.mark.slow
@every_function
def test_right_ways_get_all_points_for_many_seeds(function):
    """What a right way may lose by chance is below 3 % of seeds with 95 % confidence, if 100 seeds show none."""
    assert [seed for seed in range(100) if refused(function, seed)] == []


@pytest.mark.slow
@every_function
def test_mistakes_are_told_apart_for_many_seeds(function):
    assert {seed: pairs for seed in range(20) if (pairs := confused(function, seed))} == {}
