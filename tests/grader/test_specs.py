"""The gate of every spec: what an instructor got wrong in writing it is found here, not by students.

The seeds are fixed, so each of these either always passes or always fails; the tests marked ``slow`` look at many more seeds.
"""

import functools

import numpy as np
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.marking.marking import grade_exercise, key_of
from nnopt.grader.proof import survivors
from nnopt.grader.proof.proving import confused, idle, misnamed, references, refused, verdict_on
from nnopt.grader.student import check

EXERCISES = [course.exercise(name) for name in course.specs()]
FUNCTIONS = [f for ex in EXERCISES for f in ex.functions]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.exercise.name}.{f.name}")
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)


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
    assert misnamed(function, 0) == {}
    assert all(verdict_on(function.variant(w), function, key).points < function.points for w in function.mistakes)


@every_function
def test_mistakes_say_what_and_ask(function):
    for w in function.mistakes:
        assert w.says and w.hint, w.name
        assert w.keeps < sum(function.parts.values()), w.name


SAMPLE = 10  # mutants of a function; where one of a hundred lives unseen, such a sample shows it once in ten runs of other sources


@every_function
def test_mutants_are_killed(function):
    """Single-token changes of the reference lose points, but for those that the spec lists, with the reason: a sample of them."""
    alive, count = survivors.survivors(key_of(function, 0), functools.partial(check.time_limit, 20), SAMPLE)
    assert count >= 5
    assert set(alive) <= set(function.equivalents)


@pytest.mark.slow
@every_function
def test_all_mutants_are_killed(function):
    """Every one, and those that are listed do live."""
    alive, _ = survivors.survivors(key_of(function, 0), functools.partial(check.time_limit, 20))
    assert sorted(alive) == sorted(function.equivalents)


@every_exercise
def test_what_stands_in_uses_every_argument(exercise):
    """Otherwise a loop that hands over a wrong one is right as soon as functions stand in, and keeps all points."""
    assert [missing for function in exercise.functions for _, _, missing in idle(function) if missing] == []


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
    assert all(np.array_equal(one[name], again[name], equal_nan=True) for name in one if not callable(one[name]))


@pytest.mark.slow
@every_function
def test_right_ways_get_all_points_for_many_seeds(function):
    """What a right way may lose by chance is below 3 % of seeds with 95 % confidence, if 100 seeds show none."""
    assert [seed for seed in range(100) if refused(function, seed)] == []


@pytest.mark.slow
@every_function
def test_mistakes_are_told_apart_for_many_seeds(function):
    assert {seed: pairs for seed in range(20) if (pairs := confused(function, seed))} == {}


# -------------------------------------------------------------------------------------------------- what an author gets wrong
SPEC = """
import numpy as np
from nnopt.grader.exercise.spec import Exercise, also, wrong
ex = Exercise("own/toy", title="A toy")

@ex.function(parts={"y": 2, "z": 1}, title="the toy")
def toy(x, k):
    y = k * x
    z = y + 1
    return y, z

@toy.inputs
def _(d):
    return dict(x=d.normal(), k=d.number(2, 3))

toy.right(also("added", z="1 + y"))
toy.known(wrong("upside down", "k multiplies.", "Put k = 1.", y="x / k", keeps=1))
"""


def own_course(folder, spec):
    path = folder / "solutions" / "own" / "toy.py"
    path.parent.mkdir(parents=True)
    path.write_text(spec)
    return folder


def proved(folder, spec):
    return CliRunner().invoke(app, ["prove", "--course", str(own_course(folder, spec))])


def test_a_sound_spec_is_proved(tmp_path):
    done = proved(tmp_path, SPEC)
    assert done.exit_code == 0, done.output
    assert "own/toy.toy" in done.stdout
    assert "wrong:" not in done.stdout


def test_a_helper_inside_may_return_what_it_likes(tmp_path):
    helper = "    def pair(a):\n        return a, a, a\n    y = k * pair(x)[0]"
    assert "    y = k * x" in SPEC
    assert proved(tmp_path, SPEC.replace("    y = k * x", helper)).exit_code == 0


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ('y="x / k"', 'y="1.0 * k * x"', "'reference' and 'upside down' give the same on all inputs"),
    ('keeps=1))', 'keeps=1), wrong("the same", "k multiplies.", "Put k = 1.", y="x * (1 / k)"))',
     "'the same' and 'upside down' give the same on all inputs"),
])  # fmt: skip
def test_what_is_unsound_is_said(tmp_path, old, new, sentence):
    assert old in SPEC
    done = proved(tmp_path, SPEC.replace(old, new))
    assert (done.exit_code, sentence in done.stdout) == (1, True), done.output


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ('y="x / k"', 'q="x / k"', "it replaces ['q'], each once, but the reference has []"),
    ('y="x / k"', 'y="x / "', "y='x / ' is no expression"),
    ('z="1 + y"', 'z="2 + y"', "'ordinary values': 'added' is called right, and returns something else there"),
    ("keeps=1", "keeps=3", "keeps=3; it takes 0 to less than 3 points"),
    ('{"y": 2, "z": 1}', '{"y": 2}', "it returns 2 values, parts names 1: y"),
    (", k=d.number(2, 3)", "", "its inputs are x, its arguments x, k"),
    ("def _(d)", "def _()", "its inputs cannot be drawn (TypeError"),
    ("@toy.inputs", "", "it has no inputs; a function below @toy.inputs draws them"),
    ('"Put k = 1.", ', "", "TypeError in line 17: wrong.__init__() missing 1 required positional argument: 'hint'"),
    ("return y, z", "return y, (z", "SyntaxError in line 10"),
    ("import numpy", "import numpyy", "ModuleNotFoundError in line 2: No module named 'numpyy'"),
])  # fmt: skip
def test_what_an_author_gets_wrong_is_a_sentence(tmp_path, old, new, sentence):
    assert old in SPEC
    done = proved(tmp_path, SPEC.replace(old, new, 1))
    assert (done.exit_code, sentence in done.stderr) == (2, True), done.output
    assert done.stderr.count("\n") <= 2
