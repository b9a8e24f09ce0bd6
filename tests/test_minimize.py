"""One verb for every optimizer: counting, stopping, callbacks, and what it says to bad input."""

import signal

import numpy as np
import pytest

import nnopt
from nnopt.problems import rastrigin, rosenbrock, sphere

BOX = [(-2.0, 3.0)] * 2
OPTIMIZERS = [nnopt.GD(lr=0.1), nnopt.Adam(lr=0.1), nnopt.PSO(population_size=10)]


class Counting:
    """A Python objective that counts its calls."""

    def __init__(self):
        self.calls = self.gradients = 0

    def __call__(self, x):
        self.calls += 1
        return float(((x - 1.0) ** 2).sum())

    def grad(self, x):
        self.gradients += 1
        return 2 * (x - 1.0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_python_objectives_work_with_every_optimizer_and_are_counted(optimizer):
    f = Counting()
    needs = dict(bounds=BOX, seed=0) if isinstance(optimizer, nnopt.PSO) else dict(x0=[0.0, -1.0], jac=f.grad)
    r = nnopt.minimize(f, optimizer, max_evals=200, **needs)
    assert (r.nfev, r.njev) == (f.calls, f.gradients)
    assert r.nfev == 200
    assert r.fun == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(r.x, 1, atol=0.05)
    assert r.success
    assert r.message == "evaluations used up"
    assert r.history.nfev[-1] == 200
    assert r.history.best[-1] == r.fun == f(r.x)
    assert len(r.history.fun) == len(r.history.nfev)


def test_compiled_and_python_objectives_take_the_same_path():
    problem = rosenbrock(3)

    def value(x):
        return problem(x)

    a = nnopt.minimize(problem, nnopt.Adam(lr=0.02), x0=[-1.0, 1.0, 2.0], max_evals=300)
    b = nnopt.minimize(value, nnopt.Adam(lr=0.02), x0=[-1.0, 1.0, 2.0], jac=problem.grad, max_evals=300)
    np.testing.assert_array_equal(a.history.fun, b.history.fun)
    a = nnopt.minimize(problem, nnopt.PSO(), max_evals=2000, seed=3)
    b = nnopt.minimize(value, nnopt.PSO(), bounds=problem.bounds, max_evals=2000, seed=3)
    np.testing.assert_array_equal(a.history.fun, b.history.fun)
    np.testing.assert_array_equal(a.x, b.x)


def test_the_loop_by_hand_is_the_run():
    problem, optimizer = rosenbrock(2), nnopt.Adam(lr=0.05)
    state = optimizer.init(np.array([-1.2, 1.0]))
    for _ in range(50):
        state = optimizer.step(state, problem.grad(state.theta))
    seen = []
    nnopt.minimize(problem, optimizer, x0=[-1.2, 1.0], max_evals=51, callback=lambda r: seen.append(r.x))
    np.testing.assert_array_equal(state.theta, seen[-1])

    problem, optimizer = rastrigin(3), nnopt.PSO(population_size=7)
    state, best = optimizer.init(problem.bounds, seed=5), np.inf
    for _ in range(20):
        state, X = optimizer.ask(state)
        fitness = [problem(x) for x in X]
        best = min(best, *fitness)
        state = optimizer.tell(state, X, fitness)
    assert nnopt.minimize(problem, optimizer, max_evals=140, seed=5).fun == best


def test_the_same_seed_gives_the_same_run():
    runs = [nnopt.minimize(rastrigin(5), nnopt.PSO(), max_evals=4000, seed=s) for s in (0, 0, 1, np.random.default_rng(0))]
    assert runs[0].fun == runs[1].fun == runs[3].fun != runs[2].fun


def test_jac_true_and_differences():
    def pair(x):
        return float((x**2).sum()), 2 * x

    asked = []

    def counted(x):
        asked.append(x.copy())
        return pair(x)

    r = nnopt.minimize(counted, nnopt.GD(lr=0.1), x0=[1.0, 2.0], jac=True, max_evals=100)
    assert r.fun < 1e-12
    assert len(asked) == r.nfev == 100  # once for each point, though value and gradient are asked apart
    f = Counting()
    r = nnopt.minimize(f, nnopt.GD(lr=0.1), x0=[0.0, 0.0], max_evals=303)
    assert r.nfev == f.calls == 303  # the start and 100 steps: at each a value, and one more for each coordinate
    assert r.nit == 100
    np.testing.assert_allclose(r.x, 1, atol=1e-6)


def test_target_stops_the_run():
    for optimizer in OPTIMIZERS:
        r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], max_evals=5000, target=1e-3, seed=0)
        assert r.fun <= 1e-3
        assert r.nfev < 5000
        assert (r.success, r.message) == (True, "target reached")
    r = nnopt.minimize(sphere(2), nnopt.GD(lr=1e-6), x0=[1.0, 2.0], max_evals=10, target=1e-3)
    assert (r.success, r.message) == (False, "evaluations used up before the target was reached")
    r = nnopt.minimize(sphere(2), nnopt.GD(), x0=[0.0, 0.0], target=1e-3)
    assert (r.nfev, r.nit, r.message) == (1, 0, "target reached")


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_callback_sees_every_iteration_and_may_stop(optimizer):
    seen = []

    def stop_at_five(r):
        seen.append(r.nit)
        if r.nit == 5:
            raise StopIteration

    r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], callback=stop_at_five, seed=0)
    assert seen == [1, 2, 3, 4, 5]
    assert (r.nit, r.success, r.message) == (5, False, "stopped by the callback")
    r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], callback=lambda r: r.nit >= 3, seed=0)
    assert r.nit == 3


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_callback_is_called_once_an_iteration_to_the_end(optimizer):
    seen = []
    r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], max_evals=60, callback=lambda r: seen.append(r.nit), seed=0)
    assert seen == list(range(1, r.nit + 1))
    r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], callback=lambda r: np.linalg.norm(r.x) < 1.5, seed=0)
    assert r.message == "stopped by the callback"  # a numpy bool is a bool
    r = nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], callback=lambda r: r.fun <= 1e-3, target=1e-3, seed=0)
    assert (r.success, r.message) == (True, "target reached")


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_ctrl_c_returns_the_best_so_far(optimizer):
    f = Counting()

    def interrupted(x):
        if f.calls == 60:
            signal.raise_signal(signal.SIGINT)
        return f(x)

    r = nnopt.minimize(interrupted, optimizer, x0=[0.0, 0.0], jac=f.grad, bounds=BOX if "PSO" in repr(optimizer) else None, seed=0)
    assert (r.success, r.message) == (False, "interrupted")
    assert np.isfinite(r.fun)
    assert f(r.x) == r.fun


def test_a_run_that_is_no_longer_finite_ends_and_says_so():
    r = nnopt.minimize(sphere(2), nnopt.GD(lr=10.0), x0=[1.0, 2.0], max_evals=10_000)
    assert not r.success
    assert "not finite" in r.message
    assert r.fun == 5.0  # the start was the best
    r = nnopt.minimize(lambda x: np.nan, nnopt.Adam(), x0=[1.0])
    assert (r.success, r.nfev, r.message) == (False, 2, "the value at the start is nan, not finite")
    r = nnopt.minimize(lambda x: np.nan, nnopt.PSO(population_size=4), bounds=BOX, max_evals=40, seed=0)
    assert (r.success, r.message) == (False, "no finite value was found")


def test_what_is_never_finite_has_no_best_but_a_point():
    r = nnopt.minimize(lambda x: np.nan, nnopt.PSO(population_size=4), bounds=[(1.0, 2.0)], max_evals=40, seed=0)
    assert 1.0 <= r.x[0] <= 2.0
    assert r.fun == np.inf
    for optimizer in OPTIMIZERS:
        bounds = BOX if isinstance(optimizer, nnopt.PSO) else None
        r = nnopt.minimize(lambda x: -np.inf, optimizer, x0=[0.0, 0.0], jac=lambda x: x, bounds=bounds, max_evals=50, seed=0)
        assert not r.success


def test_schedules_are_asked_for_the_steps_that_are_made_only():
    for optimizer, needs in (
        (nnopt.PSO(population_size=10, w=lambda t: 0.9 * (1 - t / 101)), {}),  # negative from generation 101 on
        (nnopt.GD(lr=lambda t: 0.01 if t < 1000 else -1.0), dict(x0=[1.0, 2.0])),
    ):
        r = nnopt.minimize(sphere(2), optimizer, max_evals=1000, seed=0, **needs)
        assert r.nfev == 1000
        assert r.success
    r = nnopt.minimize(sphere(2), nnopt.GD(lr=[0.0, 0.4, 0.4, 0.4, 0.4].__getitem__), x0=[1.0, 2.0], target=1e-2)
    assert r.message == "target reached"
    with pytest.raises(IndexError):
        nnopt.minimize(sphere(2), nnopt.GD(lr=[0.0, 0.1, 0.1].__getitem__), x0=[1.0, 2.0])


def test_bounds_as_in_scipy():
    from scipy.optimize import Bounds

    a = nnopt.minimize(sphere(2), nnopt.PSO(), bounds=Bounds([-1, 0], [2, 3]), max_evals=400, seed=0)
    b = nnopt.minimize(sphere(2), nnopt.PSO(), bounds=[(-1, 2), (0, 3)], max_evals=400, seed=0)
    assert a.fun == b.fun


def test_some_values_may_be_nan_for_a_population():
    r = nnopt.minimize(lambda x: np.nan if x[0] < 0 else float(x @ x), nnopt.PSO(), bounds=BOX, max_evals=4000, seed=0)
    assert r.fun < 1e-6
    assert r.x[0] >= 0


def test_x0_is_a_point_of_the_first_generation():
    r = nnopt.minimize(sphere(2), nnopt.PSO(population_size=5), x0=[0.0, 0.0], max_evals=5, seed=0)
    assert r.fun == 0.0


def test_whole_generations_only():
    r = nnopt.minimize(sphere(2), nnopt.PSO(population_size=7), max_evals=50, seed=0)
    assert r.nfev == 49
    assert r.nit == 7


def test_x0_and_theta_are_never_written_to():
    x0 = np.array([1.0, 2.0])
    nnopt.minimize(sphere(2), nnopt.GD(), x0=x0, max_evals=10)
    assert x0.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("wall", [0.1, 2.048, 5.12, 1e-30, 3e20])
@pytest.mark.parametrize("optimizer", [nnopt.PSO(), nnopt.SA()], ids=["population", "walk"])
def test_a_start_of_float32_may_lie_on_a_wall(wall, optimizer):
    """Whichever way the wall is rounded; one unit further away it is outside, as is a float64 that far beyond."""
    box = [(-wall, wall)] * 2
    x0 = np.array([-wall, wall], np.float32)
    r = nnopt.minimize(sphere(2), optimizer, x0=x0, bounds=box, max_evals=80, seed=0)
    assert (np.abs(r.x) <= wall).all()
    state = optimizer.init(box, x0=x0)
    np.testing.assert_allclose(state.x0, x0, rtol=1e-7)
    assert (np.abs(state.x0) <= wall).all()
    beyond = x0 + np.float32([0, 3]) * np.spacing(x0)
    for outside in (beyond, [-wall, wall * (1 + 1e-12)]):
        with pytest.raises(ValueError, match="does not lie within the bounds"):
            nnopt.minimize(sphere(2), optimizer, x0=outside, bounds=box, max_evals=80, seed=0)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (dict(fun=3), TypeError, "fun must be a problem or a function, not 3"),
        (dict(optimizer="adam"), TypeError, "optimizer must be an optimizer such as nnopt.Adam\\(\\), not 'adam'"),
        (dict(x0=None), ValueError, "Adam needs a start: pass x0"),
        (dict(x0=[1.0, np.nan]), ValueError, "x0 must be finite, but entry 1 is nan"),
        (dict(x0="abc"), ValueError, "x0 must be an array of real numbers, not 'abc'"),
        (dict(x0=[1.0, [2.0, 3.0]]), ValueError, r"x0 must be an array of real numbers, not \[1.0, \[2.0, 3.0\]\]"),
        (dict(x0=[1.0, 2.0j]), ValueError, "x0 must be an array of real numbers, not"),
        (dict(target="x"), ValueError, r"target must be a number in \(-inf, inf\), not 'x'"),
        (dict(fun=np.sum, max_evals=4), ValueError, "max_evals = 4 is less than the start and one step by differences, 6 evaluations"),
        (dict(x0=[1.0, 2.0, 3.0]), ValueError, r"sphere takes a vector of 2 numbers, not an array of shape \(3,\)"),
        (dict(bounds=BOX), ValueError, "Adam takes no bounds"),
        (dict(max_evals=0), ValueError, r"max_evals must be an integer in \[1, inf\), not 0"),
        (dict(max_evals=10.5), ValueError, "not 10.5"),
        (dict(target=np.nan), ValueError, r"target must be a number in \(-inf, inf\), not nan"),
        (dict(callback=3), TypeError, "callback must be a function, not 3"),
        (dict(jac=np.cos), ValueError, "jac must be None for the problem sphere"),
        (dict(fun=np.sum, jac="3-point"), ValueError, "jac must be a function, True, None or '2-point', not '3-point'"),
        (dict(fun=np.sum, jac=lambda x: x[:1]), ValueError, r"the gradient of sum has shape \(1,\), but \(2,\) is needed"),
        (dict(fun=lambda x: x), TypeError, r"the value of <lambda> must be one number, not float64 of shape \(2,\)"),
        (dict(fun=np.sum, optimizer=nnopt.PSO()), ValueError, "PSO needs a box to search in: pass bounds"),
        (dict(optimizer=nnopt.PSO(), bounds=[(1, 0)] * 2), ValueError, r"bounds\[0\] = \(1.0, 0.0\) is not a pair with low < high"),
        (dict(optimizer=nnopt.PSO(), bounds=[(0, np.inf)] * 2), ValueError, "bounds must be finite, but entry 1 is inf"),
        (dict(optimizer=nnopt.PSO(), bounds=[1, 2]), ValueError, r"bounds must be a list of pairs \(low, high\), not of shape \(2,\)"),
        (dict(optimizer=nnopt.PSO(), bounds="box"), ValueError, "bounds must be an array of real numbers, not 'box'"),
        (dict(optimizer=nnopt.PSO(), x0=[9.0, 9.0]), ValueError, r"x0 = \[9.0, 9.0\] does not lie within the bounds"),
        (dict(optimizer=nnopt.PSO(), max_evals=39), ValueError, "max_evals = 39 is less than one generation of 40 points"),
        (dict(optimizer=nnopt.PSO(), seed="x"), ValueError, "seed must be a non-negative integer, None or a numpy Generator, not 'x'"),
    ],
)
def test_bad_input_is_one_sentence_that_names_the_value(call, error, message):
    given = dict(fun=sphere(2), optimizer=nnopt.Adam(), x0=[1.0, 2.0], max_evals=100) | call
    if isinstance(given["optimizer"], nnopt.PSO) and "x0" not in call:
        given["x0"] = None
    with pytest.raises(error, match=message) as caught:
        nnopt.minimize(given.pop("fun"), given.pop("optimizer"), **given)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_of_the_package_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"nnopt has no 'Adma'; it has .*Adam, .*GD, "):
        nnopt.Adma  # noqa: B018
    names: dict = {}
    exec("from nnopt import *", names)
    assert {"Adam", "GD", "PSO", "MLPClassifier", "minimize", "problems", "gradient"} <= set(dir(nnopt)) <= set(names)
