"""What specs share: a made-up population whose random numbers are handed in is judged as a trajectory, and lists of what is right."""

import numpy as np
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course, mutate
from nnopt.grader.marking.marking import key_of, mark
from nnopt.grader.student import check

POPULATION = """
import numpy as np
from nnopt.grader.exercise import common
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, wrong
ex = Exercise("own/toy", title="A toy")

@ex.function(parts={"path": 3}, title="the population", trajectory="f", sizes={"n": 4, "d": 2})
def climb(f, X, moves):
    theta = X
    path = [theta]
    for move in moves:
        new = theta + move
        better = f(new) < f(theta)
        theta = np.where(better[:, None], new, theta)
        path.append(theta)
    return np.array(path)

@climb.inputs
def _(d):
    return dict(f=Objective("sphere", d.normal("d")), X=common.swarm(d)["X"],
                moves=d.lay(d.rng.normal(0, 1, (d.integer(6, 12), d.size["n"], d.size["d"]))))

climb.known(*common.path(), wrong("takes the worse", "We minimize.", "Is a smaller f better?", better="f(new) > f(theta)"))
"""


def own(folder, spec):
    path = folder / "solutions" / "own" / "toy.py"
    path.parent.mkdir(parents=True)
    path.write_text(spec, encoding="utf8")
    return folder


def test_a_population_with_its_random_numbers_is_judged_as_a_trajectory(tmp_path):
    function = course.exercise("toy", own(tmp_path, POPULATION))["climb"]
    key = key_of(function, 0)

    def points(f):
        return mark(function, key, check.answers({"climb": f}, key.calls()))

    def in_a_loop(f, X, moves):
        path = np.empty((len(moves) + 1, *X.shape))
        path[0] = X
        for t, move in enumerate(moves):
            for i, row in enumerate(path[t]):
                path[t + 1, i] = row + move[i] if f(row + move[i]) < f(row) else row
        return path

    def own_numbers(f, X, moves):
        return function.reference(f, X, np.random.default_rng(0).permutation(moves.ravel()).reshape(moves.shape))

    assert points(in_a_loop).points == function.points
    assert points(own_numbers).points < function.points
    done = CliRunner().invoke(app, ["prove", "--course", str(tmp_path)])
    assert (done.exit_code, "wrong:" in done.stdout) == (0, False), done.output
    for mistake in function.mistakes:
        result = points(function.variant(mistake))
        assert result.mistakes == [mistake.name], result.text
        assert "Given: " in result.text


TOY = """
from nnopt.grader.exercise.spec import Exercise, wrong
ex = Exercise("own/toy", title="A toy")

@ex.function(parts={"y": 2}, title="the toy")
def toy(x):
    y = abs(x)
    return y

toy.inputs(lambda d: dict(x=d.normal()))
toy.known(wrong("not the modulus", "A modulus is not negative.", "Put x = -1.", y="x"))
"""
LIVES, DIES, NONE = "y = abs(x)  ->  y = abs(-x)", "return y  ->  return -y", "y = abs(x)  ->  y = x + 1"


@pytest.mark.parametrize(("listed", "status", "said"), [
    ([], 0, f"lives: {LIVES}"), ([LIVES], 0, "1 are listed as right"),
    ([LIVES, DIES], 1, f"wrong: {DIES!r} is listed as right, but loses points"),
    ([LIVES, NONE], 1, f"wrong: {NONE!r} is listed as right, and is no change of the reference"),
])  # fmt: skip
def test_what_is_listed_as_right_must_live(tmp_path, listed, status, said):
    spec = TOY + "".join(f"toy.same('|-x| is |x|', {what!r})\n" for what in listed)
    done = CliRunner().invoke(app, ["prove", "--course", str(own(tmp_path, spec))])
    assert (done.exit_code, said in done.stdout) == (status, True), done.output
    assert ("lives:" in done.stdout) == (LIVES not in listed)


def test_changes_without_a_name_are_listed_when_asked_for(tmp_path):
    own(tmp_path, TOY)
    plain, asked = (CliRunner().invoke(app, ["prove", "--course", str(tmp_path), *more]).stdout for more in ([], ["--nameless"]))
    assert "called nothing" not in plain
    assert "that lose points are called nothing:\n" in asked and f"        {DIES}\n" in asked


@pytest.mark.parametrize(("expression", "negated"), [
    ("x ** 2", False), ("x ** 4.0", False), ("np.zeros(x.shape)", False), ("len(x)", False),
    ("x ** 3", True), ("x ** np.e", True), ("x ** k[0]", True), ("2 ** x", True),
])  # fmt: skip
def test_a_sign_that_cannot_matter_is_not_changed(expression, negated):
    texts = [what for what, _ in mutate.mutants(f"def f(x, k):\n    y = {expression}\n    return y\n")]
    assert any("-x" in what.partition("  ->  ")[2] for what in texts) == negated
