"""The gate of every spec: what an instructor got wrong in writing it is found here, not by students.

The seeds are fixed, so each of these either always passes or always fails; the tests marked ``slow`` look at many more seeds.
"""

import functools

import numpy as np
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader import check, course, mutate
from nnopt.grader.marking import grade_exercise, key_of
from nnopt.grader.proving import confused, idle, misnamed, references, refused, verdict_on

# Mutants that are right, too: another way to write the same, so that no case can tell them from the reference. Each stands here by the
# lines that changed, under the reason. A mutant that survives and is not listed fails its test, and so does one that is listed and killed.
SAME_SQUARE, SAME_SHAPE, MODULUS = "(-a)**2 is a**2", "-a has the shape of a", "|a - b| is |b - a|"
BEFORE_X = "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, "
EQUIVALENT = {
    "gradient/adam.adam_step": {
        SAME_SQUARE: ["v = beta2 * v + (1 - beta2) * grad ** 2  ->  v = beta2 * v + (1 - beta2) * (-grad) ** 2"],
    },
    "gradient/adam.adam_run": {
        SAME_SHAPE: ["m = np.zeros(theta.shape)  ->  m = np.zeros((-theta).shape)",
                     "v = np.zeros(theta.shape)  ->  v = np.zeros((-theta).shape)"],
        "m has the shape of theta": ["v = np.zeros(theta.shape)  ->  v = np.zeros(m.shape)"],
    },
    "gradient/gd.gd_run": {
        SAME_SQUARE: ["if np.sqrt(np.sum(g ** 2)) <= tol:  ->  if np.sqrt(np.sum((-g) ** 2)) <= tol:"],
    },
    "gradient/gd.contraction": {
        MODULUS: ["value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(np.abs(lr * mu - 1), np.abs(1 - lr * L))",
                  "value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(np.abs(1 - lr * mu), np.abs(lr * L - 1))"],
        "where 1 - lr mu is negative, |1 - lr L| is larger": [
            "value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(1 - lr * mu, np.abs(1 - lr * L))"],
    },
    "metaheuristics/pso.pso_move": {
        "of truth values, the product is `and`, in either order": [
            "inside = (target > lower) & (target < upper)  ->  inside = (target > lower) * (target < upper)",
            "inside = (target > lower) & (target < upper)  ->  inside = (target < upper) & (target > lower)"],
        "a particle that lands on a wall exactly may do either": [
            "inside = (target > lower) & (target < upper)  ->  inside = (target >= lower) & (target < upper)",
            "inside = (target > lower) & (target < upper)  ->  inside = (target > lower) & (target <= upper)"],
    },
    "metaheuristics/pso.mean_factor": {
        "only |b| and b**2 count": [
            "b = 1 + w - phi  ->  b = phi - (1 + w)",
            "discriminant = b ** 2 - 4 * w  ->  discriminant = (-b) ** 2 - 4 * w",
            "value = np.where(discriminant < 0, np.sqrt(w), (np.abs(b) + root) / 2)  ->  "
            "value = np.where(discriminant < 0, np.sqrt(w), (np.abs(-b) + root) / 2)"],
        "the root of a negative discriminant is not used": [
            "root = np.sqrt(np.maximum(discriminant, 0))  ->  root = np.sqrt(discriminant)",
            "root = np.sqrt(np.maximum(discriminant, 0))  ->  root = np.sqrt(np.maximum(discriminant, -1))"],
        "where the discriminant is 0 both are the root of w": [
            "value = np.where(discriminant < 0, np.sqrt(w), (np.abs(b) + root) / 2)  ->  "
            "value = np.where(discriminant <= 0, np.sqrt(w), (np.abs(b) + root) / 2)"],
    },
    "training/backpropagation.relu_backward": {
        "a truth value counts as 0 or 1": ["slope = np.where(Z > 0, 1.0, 0.0)  ->  slope = Z > 0"],
        "at 0 ReLU has no slope; the inputs keep away from it": ["slope = np.where(Z > 0, 1.0, 0.0)  ->  slope = np.where(Z >= 0, 1.0, 0.0)"],
    },
    "training/backpropagation.tanh_backward": {SAME_SQUARE: ["dZ = dA * (1 - A ** 2)  ->  dZ = dA * (1 - (-A) ** 2)"]},
    "training/backpropagation.softmax_cross_entropy": {
        "a truth value counts as 0 or 1": ["Y = np.where(np.arange(k) == y[:, None], 1.0, 0.0)  ->  Y = np.arange(k) == y[:, None]"],
        SAME_SHAPE: ["n, k = Z.shape  ->  n, k = (-Z).shape"],
        "axis 1 of a table is its last": [
            "sums = np.sum(exps, axis=1, keepdims=True)  ->  sums = np.sum(exps, axis=-1, keepdims=True)",
            "shifted = Z - np.max(Z, axis=1, keepdims=True)  ->  shifted = Z - np.max(Z, axis=-1, keepdims=True)"],
    },
    "training/backpropagation.loss_gradient": {
        "ReLU's output is positive where its input is": ["dZ1 = relu_backward(dA1, Z1)  ->  dZ1 = relu_backward(dA1, A1)"],
        "nothing is returned of the gradient before the first layer, so its weights do not matter": [
            BEFORE_X + f"{other})" for other in ("A1", "Z1", "b1", "dA1", "dZ1", "-W1")],
    },
    "training/backpropagation.central_difference": {SAME_SHAPE: ["d = len(x)  ->  d = len(-x)"]},
}

EXERCISES = [course.exercise(name) for name in course.specs()]
FUNCTIONS = [f for ex in EXERCISES for f in ex.functions if not f.judge]
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


@every_function
def test_mutants_are_killed(function):
    """Every single-token change of the reference loses points, but for those that are listed, with the reason, as equivalent."""
    alive, count = mutate.survivors(key_of(function, 0), functools.partial(check.time_limit, 20))
    assert count >= 5
    listed = EQUIVALENT.get(f"{function.exercise.name}.{function.name}", {})
    assert sorted(alive) == sorted(line for lines in listed.values() for line in lines)


@pytest.mark.slow
def test_mutants_of_a_swarm_are_killed():
    """Those that live: bounds of the same length; and at the start, where a particle is is where it was best."""
    alive, count = mutate.judged_survivors(course.exercise("pso")["pso"], 0, functools.partial(check.time_limit, 20))
    assert count > 700
    assert sorted(alive) == ["d = len(lower)  ->  d = len(-lower)", "d = len(lower)  ->  d = len(upper)",
                             "gbest = pbest[np.argmin(fbest)]  ->  gbest = x[np.argmin(fbest)]"]


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


# -------------------------------------------------------------------------------------------------- what an author gets wrong
SPEC = """
import numpy as np
from nnopt.grader.spec import Exercise, also, wrong
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
