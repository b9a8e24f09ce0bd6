"""What optimizers share: hyperparameters, memory, state; and the pattern on the hard shapes to come."""

from dataclasses import dataclass

import numpy as np
import pytest
from hard_shapes import CMAES, LSHADE, SA, TourSA, tsp

import nnopt
from nnopt._jit import N, R, d, kernel, n
from nnopt.optimizer import Fraction, GradientMethod, PopulationMethod, Positive
from nnopt.problems import rastrigin, rosenbrock, sphere

# ------------------------------------------------------------------------------------ the hard shapes
CIRCLE = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.random.default_rng(0).permutation(12) / 12])
AROUND = 12 * 2 * np.sin(np.pi / 12)  # the shortest way round 12 points of a circle


@pytest.mark.parametrize(
    "problem, optimizer, max_evals, good_enough",
    [
        (rastrigin(2), SA(sigma=0.1), 20_000, 0.5),
        (rastrigin(5), LSHADE(), 12_000, 1e-6),
        (rosenbrock(5), CMAES(), 8_000, 1e-9),
        (tsp(CIRCLE), TourSA(), 20_000, AROUND + 1e-9),
    ],
    ids=["one", "shrinking", "matrix", "permutation"],
)
def test_hard_shapes_minimize(problem, optimizer, max_evals, good_enough):
    """Compiled, through Python, and by hand: the same run. The seeds are fixed, so no false alarm comes and goes."""
    r = nnopt.minimize(problem, optimizer, max_evals=max_evals, seed=1)
    assert r.fun <= good_enough
    assert r.nfev <= max_evals

    few, box, tours = 300, problem.bounds, problem.points == "permutations"
    a = nnopt.minimize(problem, optimizer, max_evals=few, seed=2)
    state, best = optimizer.init(box, seed=2, max_evals=few, points=problem.points), np.inf
    while True:
        state, X = optimizer.ask(state)
        if state.nfev[0] + len(X) > few:
            break
        assert X.dtype == (np.int64 if tours else np.float64)
        values = [problem(x) for x in X]
        best = min([best, *values])
        state = optimizer.tell(state, X, values)
    assert a.fun == best
    assert a.nfev == state.nfev[0]
    if not tours:
        b = nnopt.minimize(lambda x: problem(x), optimizer, bounds=box, max_evals=few, seed=2)
        np.testing.assert_array_equal(a.history.fun, b.history.fun)
        np.testing.assert_array_equal(a.history.nfev, b.history.nfev)


def test_a_population_that_shrinks_is_counted_as_it_is():
    r = nnopt.minimize(sphere(3), LSHADE(population_size=50), max_evals=3000, seed=0)
    sizes = np.diff(r.history.nfev)
    assert r.history.nfev[0] == 50
    assert (np.diff(sizes) <= 0).all()
    assert sizes[-1] <= 6


def test_tours_are_permutations_and_stay_so():
    r = nnopt.minimize(tsp(CIRCLE), TourSA(), max_evals=2000, seed=0)
    assert sorted(r.x.tolist()) == list(range(12))
    assert r.x.dtype == np.int64


def test_points_of_the_wrong_kind_are_refused():
    with pytest.raises(ValueError, match="PSO moves reals, but the points of tsp are permutations"):
        nnopt.minimize(tsp(CIRCLE), nnopt.PSO(), max_evals=100)
    with pytest.raises(ValueError, match="Adam moves reals, but the points of tsp are permutations"):
        nnopt.minimize(tsp(CIRCLE), nnopt.Adam(), x0=np.arange(12))


def test_matrices_in_memory_have_their_shape():
    optimizer = CMAES()
    state = optimizer.init([(-1, 1)] * 3, seed=0)
    assert state.C.shape == state.A.shape == (3, 3)
    assert state.order.dtype == np.int64
    assert "C=" in repr(state)
    with pytest.raises(AttributeError, match="this state has no 'm'; it has X, "):
        state.m  # noqa: B018


# ------------------------------------------------------------------------------------ hyperparameters
@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nnopt.Adam(lr=0), r"Adam: lr must be a number in \(0, inf\), not 0"),
        (lambda: nnopt.Adam(lr=np.nan), "lr must be .*, not nan"),
        (lambda: nnopt.Adam(beta1=1.0), r"Adam: beta1 must be a number in \[0, 1\), not 1.0"),
        (lambda: nnopt.Adam(eps="small"), "eps must be a number .* not 'small'"),
        (lambda: nnopt.Adam(lr="0.1"), "lr must be a number .* not '0.1'"),
        (lambda: nnopt.GD(lr=[0.1]), r"lr must be a number .* not \[0.1\]"),
        (lambda: nnopt.PSO(population_size=2.5), r"PSO: population_size must be an integer in \[1, inf\), not 2.5"),
        (lambda: nnopt.PSO(population_size=True), "not True"),
        (lambda: nnopt.Adam(beta1=lambda t: 0.9), r"Adam: beta1 must be a number in \[0, 1\), not <function"),
        (lambda: nnopt.PSO(w=-1), r"PSO: w must be a number in \[0, inf\), not -1"),
    ],
)
def test_hyperparameters_check_themselves(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_hyperparameters_are_values():
    assert nnopt.Adam(lr=1) == nnopt.Adam(lr=1.0) != nnopt.Adam(lr=2.0)
    assert repr(nnopt.Adam(lr=np.float64(0.5))) == "Adam(lr=0.5, beta1=0.9, beta2=0.999, eps=1e-08)"
    assert nnopt.PSO(population_size=np.int64(3)).population_size == 3
    assert eval(repr(nnopt.PSO(w=0.5)), {"PSO": nnopt.PSO}) == nnopt.PSO(w=0.5)
    with pytest.raises(AttributeError):
        nnopt.Adam().lr = 2.0


def test_a_schedule_is_followed_and_checked():
    state = nnopt.GD(lr=lambda t: 1.0 / t).init([0.0])
    for t in (1, 2, 3):
        state = nnopt.GD(lr=lambda t: 1.0 / t).step(state, [1.0])
    assert state.theta[0] == pytest.approx(-(1 + 1 / 2 + 1 / 3))
    with pytest.raises(ValueError, match=r"GD: the schedule of lr gave -1.0 for step 3, which is not in \[0, inf\)"):
        nnopt.minimize(sphere(1), nnopt.GD(lr=lambda t: 2.0 - t), x0=[1.0])


# ------------------------------------------------------------------------------------ names
@kernel
def greedy(theta: R[d], grad: R[d], lr: R, secret: R):
    theta[0] -= lr * secret


@kernel
def wide(theta: R[d], grad: R[d], lr: R, board: R[n, d]):
    theta[0] -= lr * board[0, 0]


@kernel
def idle(theta: R[d], grad: R[d]):
    theta[0] -= grad[0]


@pytest.mark.parametrize(
    "step, message",
    [
        (greedy, "Bad: greedy asks for secret, a number, which is no field of the class"),
        (wide, "Bad: wide asks for board, of length n, which is no field of the class"),
        (idle, "Bad: no kernel asks for lr"),
    ],
)
def test_names_that_nothing_explains_are_refused(step, message):
    with pytest.raises(TypeError, match=message):

        @dataclass(frozen=True)
        class Bad(GradientMethod, step=step):
            lr: Positive = 0.1


@kernel
def heavy_ball(theta: R[d], grad: R[d], v: R[d], t: N, lr: R, beta: R):
    for i in range(theta.size):
        v[i] = beta * v[i] - lr * grad[i]
        theta[i] += v[i]


@dataclass(frozen=True)
class HeavyBall(GradientMethod, step=heavy_ball):
    lr: Positive = 0.01
    beta: Fraction = 0.9


def test_a_method_of_the_users_own_in_one_class():
    r = nnopt.minimize(sphere(2), HeavyBall(lr=0.05), x0=[1.0, -2.0], max_evals=500)
    assert r.fun < 1e-9


# ------------------------------------------------------------------------------------ state
def test_states_do_not_share_memory():
    optimizer, theta = nnopt.Adam(), np.array([1.0, 2.0])
    first = optimizer.init(theta)
    second = optimizer.step(first, [1.0, 1.0])
    theta[:] = 9.0
    assert (first.t, second.t) == (0, 1)
    assert first.theta.tolist() == [1.0, 2.0]
    assert first.m.tolist() == [0.0, 0.0]
    optimizer = nnopt.PSO(population_size=3)
    first = optimizer.init([(-1, 1)] * 2, seed=0)
    second, X = optimizer.ask(first)
    X[:] = 7.0
    assert (first.X == 0).all()
    assert (second.X != 7.0).all()


def test_states_can_be_copied_stored_and_written_to():
    import copy
    import pickle

    state = nnopt.Adam().step(nnopt.Adam().init([1.0, 2.0]), [1.0, 1.0])
    for other in (copy.copy(state), copy.deepcopy(state), pickle.loads(pickle.dumps(state)), state.copy()):
        assert repr(other) == repr(state)
        other.theta = [7.0, 8.0]
        other.m = 100.0
        other.t = 5
        assert other.m.tolist() == [100.0, 100.0]
        assert nnopt.Adam().step(other, [0.0, 0.0]).m.tolist() == [90.0, 90.0]
        assert state.theta.tolist() != [7.0, 8.0]
        assert state.t == 1
    with pytest.raises(AttributeError, match="this state has no 'momentum'; it has theta, grad, best, old, m, v"):
        state.momentum = 3.0


def test_a_number_that_vanishes_in_float32_is_refused():
    with pytest.raises(ValueError, match="Adam: eps = 1e-50 is zero in float32"):
        nnopt.Adam(eps=1e-50).step(nnopt.Adam(eps=1e-50).init(np.ones(2, np.float32)), [1.0, 1.0])
    assert nnopt.Adam(eps=1e-50).step(nnopt.Adam(eps=1e-50).init([1.0]), [1.0]).t == 1


def test_memory_is_aligned():
    for state in (nnopt.Adam().init(np.zeros(37, np.float32)), nnopt.Adam().step(nnopt.Adam().init(np.zeros(37)), np.ones(37))):
        for array in (state.theta, state.m, state.v):
            assert array.ctypes.data % 64 == 0


def test_float32_stays_float32():
    state = nnopt.Adam().step(nnopt.Adam().init(np.ones(3, np.float32)), np.ones(3))
    assert state.theta.dtype == state.m.dtype == np.float32
    assert nnopt.Adam().init([1, 2]).theta.dtype == np.float64


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: nnopt.Adam().init([[1.0]]), r"theta must be a vector with at least one entry, not of shape \(1, 1\)"),
        (lambda: nnopt.Adam().init([]), "theta must be a vector"),
        (lambda: nnopt.Adam().init([1.0, np.inf]), "theta must be finite, but entry 1 is inf"),
        (lambda: nnopt.Adam().init("x"), "theta must be an array of real numbers, not 'x'"),
        (lambda: nnopt.Adam().step(nnopt.Adam().init([1.0]), [1.0, 2.0]), r"grad has shape \(2,\), but \(1,\) is needed"),
        (lambda: nnopt.Adam().step(nnopt.Adam().init([1.0]), [np.nan]), "grad must be finite, but entry 0 is nan"),
        (lambda: _tell([[0.0, 0.0]], [1.0]), r"X has shape \(1, 2\), but \(4, 2\) is needed"),
        (lambda: _tell(np.zeros((4, 2)), [1.0]), r"fitness has shape \(1,\), but \(4,\) is needed"),
    ],
)
def test_bad_arrays_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def _tell(X, fitness):
    optimizer = nnopt.PSO(population_size=4)
    state, _ = optimizer.ask(optimizer.init([(-1, 1)] * 2, seed=0))
    optimizer.tell(state, X, fitness)


def test_every_public_optimizer_is_of_one_family():
    found = [getattr(nnopt, name) for name in dir(nnopt) if isinstance(getattr(nnopt, name), type)]
    optimizers = [cls for cls in found if issubclass(cls, (GradientMethod, PopulationMethod))]
    assert {cls.__name__ for cls in optimizers} >= {"GD", "Adam", "PSO"}
    for cls in optimizers:
        assert cls() == cls()
        assert "Parameters" in cls.__doc__
        assert "References" in cls.__doc__
