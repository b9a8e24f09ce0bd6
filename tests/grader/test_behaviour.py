"""The judge of swarms: right ones are not refused, however they are written; each known mistake is seen, on every seed tried.

The bounds of the statistical tests give a right swarm a chance of at most 1.5e-5 to be refused (`nnopt.grader.marking.behaviour`); here the seeds are fixed, so
that the tests either always pass or always fail, and the slow test looks at how far right swarms stay from the bounds. The book's own swarm is given its
random numbers and judged exactly; the swarm of tests/grader/swarm_course draws them itself.
"""

import functools
from pathlib import Path

import numpy as np
import pytest

from nnopt.grader.exercise import course
from nnopt.grader.marking import behaviour, evidence, picture
from nnopt.grader.marking.marking import key_of
from nnopt.grader.proof import alarms, survivors
from nnopt.grader.student import check

COURSE = Path(__file__).parent / "swarm_course"
PSO = course.exercise("swarm", COURSE)
SWARM = PSO["pso"]
RIGHT = {f.name: f.reference for f in PSO.functions}


def marked(seed=0, **functions):
    key = key_of(SWARM, seed)
    return SWARM.judge.mark(SWARM, key, check.answers(RIGHT | functions, key.calls()))


def written(kind):
    """``{name: swarm}`` of the answers written by hand, each of which uses the rules in its file."""
    space = {"__name__": "__main__"}
    path = COURSE / "answers" / f"{kind}.py"
    exec(compile(path.read_text(encoding="utf8"), str(path), "exec"), space)
    return {name: f for name, f in space.items() if name.startswith("pso__")}


def one_by_one(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """Asks for one particle at a time, draws one row at a time, and follows the library's order: move all, then remember all."""
    d = len(lower)
    X = [lower + (upper - lower) * rng.random(d) for _ in range(particles)]
    V = [np.zeros(d) for _ in range(particles)]
    P, F = list(X), [float(f(x)) for x in X]
    for _ in range(iterations):
        g = P[int(np.argmin(F))]
        for i in range(particles):
            V[i] = w * V[i] + c2 * rng.random(d) * (g - X[i]) + c1 * rng.random(d) * (P[i] - X[i])
            target = X[i] + V[i]
            V[i] = V[i] * ((lower <= target) & (target <= upper))
            X[i] = np.minimum(np.maximum(target, lower), upper)
        for i in range(particles):
            value = float(f(X[i]))
            if value < F[i]:
                P[i], F[i] = X[i], value
    best = int(np.argmin(F))
    return P[best], F[best]


def test_the_reference_is_right():
    for seed in range(5):
        result = marked(seed)
        assert (result.outcome, result.points) == ("right", 6), result.text


def test_a_swarm_written_otherwise_is_right():
    for seed in range(3):
        result = marked(seed, pso=one_by_one)
        assert result.outcome == "right", result.text


@pytest.mark.parametrize("swarm", written("right").values(), ids=lambda f: f.__name__)
def test_a_right_swarm_gets_all_points(swarm):
    result = marked(1, pso=swarm)
    assert result.points == 6, result.text


@pytest.mark.parametrize("swarm", written("wrong").values(), ids=lambda f: f.__name__)
def test_a_wrong_swarm_loses_points(swarm):
    result = marked(1, pso=swarm)
    assert result.points < 6, result.text


@pytest.mark.parametrize("mistake", SWARM.mistakes, ids=lambda w: w.name)
def test_mistakes_are_seen_and_named(mistake):
    for seed in range(3):
        result = marked(seed, pso=SWARM.variant(mistake))
        assert result.points < 6
        assert mistake.name.split(":")[0] in result.mistakes, result.text


@pytest.mark.parametrize("name", ["pso_velocity", "pso_move", "pso_remember"])
def test_a_wrong_part_does_not_cost_the_swarm(name):
    import types

    for mistake in PSO[name].mistakes:
        space = RIGHT | {"np": np, name: PSO[name].variant(mistake)}
        space["pso"] = types.FunctionType(SWARM.reference.__code__, space)
        key = key_of(SWARM, 0)
        assert SWARM.judge.mark(SWARM, key, check.answers(space, key.calls())).points == 6, mistake.name


def test_what_stands_in_is_not_the_reference():
    """The student's side gets the stand-ins: none of them may answer what is asked for."""
    for name, source in key_of(SWARM, 0).stand_ins.items():
        scope = {"np": np}
        exec(source, scope)
        key = key_of(PSO[name], 0)
        from nnopt.grader.marking.judge import judge
        assert judge(key, check.answers({name: scope[name]}, key.calls())).points < PSO[name].points, name


@pytest.mark.parametrize(("f", "outcome"), [
    (lambda *a: None, "wrong"), (lambda *a: 1 / 0, "crashed"), (lambda *a: (np.zeros(3), 0.0), "wrong"), (lambda *a: ("x", "y"), "wrong")])
def test_what_is_no_swarm_gets_nothing(f, outcome):
    result = marked(pso=f)
    assert result.points <= 2       # of a function that asks for nothing, no draw is wrong
    assert result.outcome != "right"


def test_unwritten():
    def pso(*args):
        raise NotImplementedError
    assert marked(pso=pso).outcome == "unfinished"
    key = key_of(SWARM, 0)
    assert SWARM.judge.mark(SWARM, key, check.answers({}, key.calls())).outcome == "unfinished"


def test_the_picture_of_a_wrong_swarm():
    result = marked(pso=SWARM.variant(SWARM.mistakes[0]))
    drawn = picture.of(result)
    assert drawn.png.startswith(b"\x89PNG")
    assert "yours comes from" in drawn.alt
    assert picture.of(marked()) is None


def test_uniformity():
    rng = np.random.default_rng(0)
    assert not evidence.not_uniform(rng.random(700))
    assert evidence.not_uniform(rng.beta(3, 3, 700))
    assert evidence.not_uniform(np.full(700, 0.5))


def test_links():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 700))
    assert not evidence.linked(a, b)
    assert evidence.linked(a, a)
    assert evidence.linked(a, 1 - a)


def test_centre():
    rng = np.random.default_rng(0)
    assert not evidence.not_centred(rng.random(700) - 0.5)
    assert evidence.not_centred(np.zeros(700))
    assert evidence.not_centred(rng.random(700) * 0.5 - 0.5)


def test_enough_is_seen_of_a_right_swarm():
    """The tests of random numbers are not skipped for want of numbers (they would catch nothing then)."""
    for seed in range(5):
        key = key_of(SWARM, seed)
        for run in key.runs[:2]:
            record = check.answers(RIGHT, [("pso", run.args, 2)])[0][-1].reshape(run.shape)
            moves = evidence.replay(run.args, record, "right")
            pull = {"social": lambda m: np.abs(m.B) > 1e-6, "own": lambda m: np.abs(m.A) > 5 * np.abs(m.B) + 1e-6}[run.tag]
            seen = np.array([m.free & pull(m) for m in moves])
            for pairs in (seen[:, :, 1:] & seen[:, :, :-1], seen[:, 1:] & seen[:, :-1], seen[1:] & seen[:-1]):
                assert pairs.sum() >= behaviour.SAMPLE[run.tag]


@pytest.mark.slow
def test_no_right_swarm_is_refused():
    """None of 300 (a rate of 1 % or more would show with a probability of 95 %; the bound is 1.5e-5)."""
    for seed in range(300):
        assert marked(seed, pso=one_by_one if seed % 2 else SWARM.reference).outcome == "right", seed


@pytest.mark.slow
def test_mistakes_are_seen_on_many_seeds():
    missed = {(w.name, seed) for w in SWARM.mistakes for seed in range(3, 20) if marked(seed, pso=SWARM.variant(w)).outcome == "right"}
    assert missed == set()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_right_and_wrong_swarms_at_twenty_seeds():
    """The judge tests chance: one wrong answer of 20 seeds may pass, a right one never."""
    for seed in range(2, 21):
        assert [name for name, swarm in written("right").items() if marked(seed, pso=swarm).points < 6] == [], seed
    for name, swarm in written("wrong").items():
        assert sum(marked(seed, pso=swarm).points == 6 for seed in range(2, 21)) <= 1, name


@pytest.mark.slow
def test_mutants_are_killed():
    """Single-token changes of the reference lose points, but for those that the spec lists."""
    alive, count = survivors.judged_survivors(SWARM, 0, functools.partial(check.time_limit, 20))
    assert count > 100
    assert sorted(alive) == sorted(SWARM.equivalents)


def test_alarms_count_what_is_refused():
    assert alarms.judged() == []        # the book's exercises are judged by what they return
    assert alarms.judged(COURSE) == [("swarms/swarm", "pso")]
    assert alarms.alarms("swarms/swarm", "pso", range(3), COURSE) == {}
    assert "result" in alarms.reasons("swarms/swarm", "pso", -1, COURSE, 0)
    assert alarms.proved() <= alarms.BOUND
    assert 2.9e-4 < alarms.upper(0, 10_000) < 3e-4


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_false_alarms_of_10000_runs():
    """Where the true rate is the proved bound of 1.5e-5, this fails with probability 0.011 (two or more of 10,000); the seeds are fixed."""
    for exercise, function in alarms.judged(COURSE):
        assert len(alarms.alarms(exercise, function, range(10_000), COURSE, jobs=2)) <= 1
