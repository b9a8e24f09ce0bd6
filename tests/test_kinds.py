"""The library's pattern on every kind of method: searches, walks, populations of three kinds, parts; and sums over rows."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
from kinds_of_methods import (
    LBFGS,
    TURNS,
    Annealing,
    Flippers,
    Lag,
    Mutants,
    Polyak,
    Shake,
    Slow,
    Smooth,
    Steepest,
    Strategy,
    TakesM,
    anneal_reals,
    mutate_reals,
    noisy,
    qubo,
    sample_around,
    select,
    tour_length,
    tsp,
)  # fmt: skip

import nnopt
from nnopt._jit import R64, B, N, Point, R, World, d, k, kernel
from nnopt._loop import VALUE, Objective, enter
from nnopt.metaheuristics.pso import pso_move
from nnopt.optimizer import (
    Count,
    GradientMethod,
    Part,
    PopulationMethod,
    Positive,
    Rate,
    SearchMethod,
    WalkMethod,
)
from nnopt.problems import Problem, least_squares, logistic, quadratic, rastrigin, rosenbrock, sphere
from nnopt.walk import FUNCTIONS, Neighbourhood

ROOT = Path(nnopt.__file__).parents[1]
CIRCLE = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.random.default_rng(0).permutation(12) / 12])
AROUND = 12 * 2 * np.sin(np.pi / 12)  # the shortest way round 12 points of a circle
Q = np.random.default_rng(3).integers(-5, 6, (10, 10)).astype(float)
Q += Q.T


class Counting:
    """An objective in Python that counts its calls."""

    def __init__(self, problem):
        self.problem, self.calls, self.gradients, self.seen = problem, 0, 0, []

    def __call__(self, x):
        self.calls += 1
        self.seen.append(x.copy())
        return self.problem(x)

    def grad(self, x):
        self.gradients += 1
        return self.problem.grad(x)


def run(code, cwd=ROOT, **environment):
    """The last line that a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


# ------------------------------------------------------------------------------------ a search
def start_of(dim):
    """Rosenbrock's own start."""
    return np.tile([-1.2, 1.0], dim // 2)


@pytest.mark.parametrize("dim", [2, 100])
def test_lbfgs_needs_about_as_many_evaluations_as_scipys(dim):
    problem, values = rosenbrock(dim), []

    def value(x):
        values.append(problem(x))
        return values[-1]

    scipy.optimize.minimize(value, start_of(dim), jac=problem.grad, method="L-BFGS-B", options=dict(maxfun=5000, ftol=0, gtol=1e-9))
    peer = next(i for i, f in enumerate(values, 1) if f <= 1e-10)
    r = nnopt.minimize(problem, LBFGS(), x0=start_of(dim), max_evals=5000, target=1e-10)
    assert r.status == "target"
    assert r.fun == problem(r.x) <= 1e-10
    assert r.nfev <= 3 * peer


def test_a_search_counts_every_evaluation_and_keeps_its_budget():
    """The path is the compiled one's, wherever the budget cuts it."""
    whole = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), max_evals=60)
    for max_evals in (1, 2, 3, 4, 5, 7, 20, 60):
        f = Counting(rosenbrock(2))
        r = nnopt.minimize(f, LBFGS(), x0=start_of(2), jac=f.grad, max_evals=max_evals)
        assert r.nfev == f.calls == r.njev == f.gradients == max_evals
        assert (r.status, r.message) == ("budget", "evaluations used up")
        assert r.fun == rosenbrock(2)(r.x) == min(rosenbrock(2)(x) for x in f.seen)
        assert r.history.columns == ("nfev", "njev", "fun", "best")
        assert r.history.nfev[-1] == r.nfev
        assert (np.diff(r.history.nfev) > 0).all()
        steps = (r.history.nfev == whole.history.nfev[: len(r.history)]).sum()  # all, or all but the one that was cut short
        assert steps >= len(r.history) - 1
        np.testing.assert_array_equal(r.history.fun[:steps], whole.history.fun[:steps])
        np.testing.assert_array_equal(r.history.best[:steps], np.minimum.accumulate(r.history.best)[:steps])


def test_a_search_by_differences_is_counted():
    for max_evals in (8, 9, 50):
        f = Counting(quadratic(3))
        r = nnopt.minimize(f, LBFGS(), x0=[1.0, 2.0, 3.0], max_evals=max_evals)
        assert r.nfev == f.calls == max_evals // 4 * 4  # a value, and one more for each coordinate
    assert r.fun < 1e-10


def test_gtol_ends_a_search():
    r = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), gtol=1e-6)
    assert (r.status, r.message, r.success) == ("converged", "converged: gtol = 1e-06", True)
    assert abs(rosenbrock(2).grad(r.state.theta)).max() <= 1e-6
    np.testing.assert_allclose(r.x, 1, atol=1e-6)
    assert r.nfev < 200


@pytest.mark.parametrize("tolerance", ["ftol", "xtol"])
def test_a_search_that_its_budget_cuts_short_has_not_converged(tolerance):
    for max_evals in (5, 6, 7, 8):
        r = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), max_evals=max_evals, **{tolerance: 1e-12})
        assert (r.status, r.fun > 1e-3) == ("budget", True)


def test_a_search_goes_on_where_it_ended():
    whole = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), max_evals=60)
    first = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), max_evals=int(whole.history.nfev[10]))
    second = nnopt.minimize(rosenbrock(2), LBFGS(), start=first, max_evals=60 - first.nfev)
    assert second.nfev == 60
    np.testing.assert_array_equal(second.history.fun, whole.history.fun)
    np.testing.assert_array_equal(second.x, whole.x)


def test_a_callback_sees_a_search_step_by_step():
    seen = []
    r = nnopt.minimize(rosenbrock(2), LBFGS(), x0=start_of(2), callback=lambda r: seen.append(r.fun) or len(seen) == 5)
    assert (r.status, r.nit) == ("stopped", 5)
    np.testing.assert_array_equal(seen, r.history.fun[1:])


def test_a_field_that_is_an_integer_may_be_a_size():
    state = LBFGS(pairs=3).init(np.ones(5))
    assert (state.S.shape, state.Y.shape, state.rho.shape) == ((3, 5), (3, 5), (3,))
    few = nnopt.minimize(rosenbrock(20), LBFGS(pairs=1), x0=start_of(20), max_evals=2000, target=1e-10)
    many = nnopt.minimize(rosenbrock(20), LBFGS(pairs=20), x0=start_of(20), max_evals=2000, target=1e-10)
    assert many.nfev < few.nfev
    with pytest.raises(ValueError, match=r"LBFGS: pairs must be an integer in \[1, inf\), not 2.5"):
        LBFGS(pairs=2.5)
    with pytest.raises(ValueError, match="LBFGS: pairs must be an integer"):
        LBFGS(pairs=lambda t: 3)
    with pytest.raises(ValueError, match=r"LBFGS needs a state of the sizes {'d': 20, 'pairs': 8}, not {'d': 20, 'pairs': 1}"):
        nnopt.minimize(rosenbrock(20), LBFGS(), start=few)


@pytest.fixture(scope="module")
def digits():
    data = nnopt.datasets.load("digits")
    return data.X_train[:300], data.y_train[:300]


def test_a_search_minimizes_a_networks_loss(digits):
    X, y = digits
    net = nnopt.Network(nnopt.Dense(8), nnopt.ReLU(), nnopt.Dense(10), input=64, loss=nnopt.CrossEntropy())
    problem = net.problem(X, y)
    r = nnopt.minimize(problem, LBFGS(), x0=net.start(0), max_evals=200, seed=0)
    assert r.history.fun[0] > 2.0
    assert r.fun < 0.01
    assert r.fun == pytest.approx(problem(r.x), rel=1e-12)


def test_a_search_trains_a_classifier(digits):
    """An epoch of one batch is one evaluation, and an iteration may take several."""
    X, y = digits
    clf = nnopt.MLPClassifier((8,), optimizer=LBFGS(), epochs=150, batch_size=len(X), random_state=0).fit(X, y)
    assert len(clf.loss_curve_) == 150
    assert clf.loss_curve_[-1] < 0.05
    assert (np.diff(clf.loss_curve_) <= 0).all()
    assert clf.score(X, y) > 0.99
    assert clf.theta_.dtype == np.float32


# ------------------------------------------------------------------------------------ walks
class Moves:
    """A problem's neighbourhood, called from Python on a random point."""

    def __init__(self, problem, rng):
        words = ("begin", "delta", "apply", "refresh")
        self.problem, dim = problem, problem.dim
        self.x = rng.permutation(dim) if problem.points == "permutations" else rng.integers(0, 2, dim)
        self.notes, self.given = problem.notes(dim), problem.table()
        self.functions = dict(zip(FUNCTIONS, problem.moves(World(problem.points), words), strict=True))
        self.count = problem.neighbourhood.count(dim)
        self("begin")

    def __call__(self, word, *arguments):
        tables = (t.addresses if self.problem.compiled else t for t in (self.notes, self.given))
        return self.functions[word](self.x, *arguments, *tables)


@pytest.mark.parametrize("problem", [tsp(CIRCLE), qubo(Q)], ids=lambda p: p.name)
def test_deltas_are_differences_of_values(problem):
    rng = np.random.default_rng(1)
    for _ in range(5):
        moves = Moves(problem, rng)
        for _ in range(3):  # the notes are kept from move to move
            changes = np.full(moves.count, np.nan)
            moves("refresh", -1, changes)  # where a neighbourhood has none of its own: a loop over delta
            before, x, notes = problem(moves.x), moves.x.copy(), [note.copy() for note in moves.notes]
            for q in range(moves.count):
                assert changes[q] == moves("delta", q)
                moves("apply", q)
                assert problem(moves.x) - before == pytest.approx(changes[q], abs=1e-12)
                moves.x[:] = x
                for note, old in zip(moves.notes, notes, strict=True):
                    note[...] = old
            moves("apply", int(rng.integers(moves.count)))


def test_annealing_finds_the_way_round_a_circle():
    for seed in (0, 1, 2):
        r = nnopt.minimize(tsp(CIRCLE), Annealing(), max_evals=4000, seed=seed)
        assert r.fun == pytest.approx(AROUND, abs=1e-9)
        assert tsp(CIRCLE)(r.x) == pytest.approx(r.fun, abs=1e-9)
        assert sorted(r.state.x.tolist()) == sorted(r.x.tolist()) == list(range(12))
        assert tsp(CIRCLE)(r.state.x) == pytest.approx(r.history.fun[-1], abs=1e-9)
        assert r.state.x[r.state.notes[0]].tolist() == list(range(12))  # place[c] is where c stands


def test_annealing_walks_on_bits_too():
    least = min(bits @ Q @ bits for bits in (np.array(list(np.binary_repr(i, 10)), int) for i in range(1024)))
    r = nnopt.minimize(qubo(Q), Annealing(hot=20.0, cold=0.1), max_evals=3000, seed=0)
    assert r.fun == qubo(Q)(r.x) == least
    assert set(r.x) <= {0, 1}


def test_moves_are_counted_and_the_budget_is_kept():
    price = TURNS.price(12)
    for max_evals in (1, 2, 10, 137):
        r = nnopt.minimize(tsp(CIRCLE), Annealing(chain=7), max_evals=max_evals, seed=0)
        assert max_evals - price - 0.5 <= r.nfev <= max_evals
        assert r.history.columns == ("nfev", "nmoves", "fun", "best")
        assert r.nmoves == r.history.nmoves[-1]
        assert (np.diff(r.history.nmoves) <= 7).all()
        assert (np.diff(r.history.nmoves) >= 0).all()
        assert r.nmoves <= (max_evals - 1) / price
        assert not hasattr(r, "njev") or r.njev == 0
    assert r.nmoves > 100


def test_the_steepest_way_down_asks_for_all_changes():
    """Its memory has an entry for each move; all changes after a move cost what the neighbourhood says."""
    r = nnopt.minimize(tsp(CIRCLE), Steepest(), max_evals=2000, seed=0)
    assert r.state.changes.shape == (144,)
    assert (np.diff(r.history.nfev) == 48).all()
    assert (np.diff(r.history.fun) <= 0).all()
    assert tsp(CIRCLE)(r.x) == pytest.approx(r.fun, abs=1e-9)
    values = [Moves(tsp(CIRCLE), np.random.default_rng(0))("delta", q) for q in (0, 1)]
    assert values[0] == 0.0  # a city and itself
    moves = Moves(tsp(CIRCLE), np.random.default_rng(0))
    moves.x[:] = r.x
    moves("begin")
    assert min(moves("delta", q) for q in range(144)) > -1e-9  # a local minimum


def test_a_value_in_python_walks_by_compiled_moves():
    calls = []

    def length(x, D):
        calls.append(x.copy())
        return D[x, np.roll(x, -1)].sum()

    a = nnopt.minimize(tsp(CIRCLE), Annealing(), max_evals=150, seed=2)
    b = nnopt.minimize(tsp(CIRCLE, value=length), Annealing(), max_evals=150, seed=2)
    np.testing.assert_allclose(a.history.fun, b.history.fun, rtol=1e-12)
    np.testing.assert_array_equal(a.history.nmoves, b.history.nmoves)
    np.testing.assert_array_equal(a.x, b.x)
    assert len(calls) == 1


def test_a_walk_starts_where_it_is_told_and_goes_on_where_it_ended():
    x0 = np.random.default_rng(1).permutation(12)
    first = nnopt.minimize(tsp(CIRCLE), Annealing(), x0=x0, max_evals=1, seed=0)
    assert (first.x.tolist(), first.fun) == (x0.tolist(), tsp(CIRCLE)(x0))
    first = nnopt.minimize(tsp(CIRCLE), Annealing(), x0=x0, max_evals=60, seed=0)
    again = pickle.loads(pickle.dumps(first.state))
    assert repr(again) == repr(first.state)
    second = nnopt.minimize(tsp(CIRCLE), Annealing(), start=first, max_evals=900)
    assert first.nfev < second.nfev <= first.nfev + 900  # a move costs a part of an evaluation
    assert second.history.nfev[: len(first.history)].tolist() == first.history.nfev.tolist()
    assert tsp(CIRCLE)(second.x) == pytest.approx(second.fun, abs=1e-9)
    assert second.fun == pytest.approx(AROUND, abs=1e-9)
    assert repr(again) == repr(first.state)
    with pytest.raises(ValueError, match=r"x0 must be a permutation of 0 ... 11, not "):
        nnopt.minimize(tsp(CIRCLE), Annealing(), x0=np.zeros(12))


def test_a_problem_that_states_no_moves_is_walked_on_by_exchanges():
    run = nnopt.minimize(tsp(CIRCLE, neighbourhood=None), Annealing(), max_evals=5000, seed=0)
    assert run.fun == pytest.approx(tsp(CIRCLE)(run.x)) and run.fun < 1.3 * AROUND and run.nfev <= 5000


@dataclass(frozen=True)
class RealAnnealing(WalkMethod, move=anneal_reals):
    """The same, of reals alone."""

    hot: Positive = 1.0
    cold: Positive = 1e-3
    chain: Count = 50


def test_points_of_reals_walk_in_their_box():
    f = Counting(rastrigin(2))
    box = [(0.5, 5.0), (-5.0, 3.0)]
    r = nnopt.minimize(f, RealAnnealing(hot=10.0), bounds=box, max_evals=2500, seed=0)
    seen = np.array(f.seen)
    assert r.nfev == f.calls == 2500
    assert (seen >= [0.5, -5.0]).all()
    assert (seen <= [5.0, 3.0]).all()
    assert r.fun == rastrigin(2)(r.x) == min(map(rastrigin(2), seen))
    assert r.x == pytest.approx([0.995, 0.0], abs=0.2)
    a = nnopt.minimize(rastrigin(2), RealAnnealing(hot=10.0), bounds=box, max_evals=2500, seed=0)
    np.testing.assert_allclose(a.history.fun, r.history.fun, rtol=1e-12)  # the kernel itself ran as plain Python


def test_a_kernel_for_one_kind_comes_before_one_for_any():
    """``move=[anneal, anneal_reals]``: anneal takes points of any kind, and reals have a kernel of their own."""
    assert [f.__name__ for f in Annealing.kinds()["reals"]["move"]] == ["anneal_reals"]
    assert [f.__name__ for f in Annealing.kinds()["bits"]["move"]] == ["anneal"]
    assert nnopt.minimize(sphere(2), Annealing(), max_evals=3000, seed=0).fun < 0.1


@kernel
def ones(x: B[d]) -> R:
    total = 0.0
    for i in range(x.size):
        total += x[i]
    return total


@kernel
def ones_delta(x: B[d], q: N) -> R:
    return 1.0 - 2.0 * x[q]


@kernel
def ones_apply(x: B[d], q: N):
    x[q] = 1 - x[q]


def test_a_problem_of_any_dimension_walks_in_the_box_that_is_passed():
    problem = Problem("ones", ones, neighbourhood=Neighbourhood(lambda dim: dim, ones_delta, ones_apply))
    assert nnopt.minimize(problem, Annealing(), bounds=[(0, 1)] * 9, max_evals=500, seed=0).fun == 0.0


@kernel(browser=False)
def stand_still(fun: Objective, given: N[k], rows: N[k], none: Point[k], x: Point[d], best: Point[d], ledger: R64[k], t: N):
    if t == 0:
        ledger[VALUE] = fun(x, none, rows, given)
        enter(ledger[VALUE], x, 1.0, best, ledger)


@pytest.mark.timeout(30, method="signal")
def test_a_method_that_spends_nothing_comes_to_an_end():
    @dataclass(frozen=True)
    class Still(WalkMethod, move=stand_still):
        """In a local minimum there is nothing to do."""

    assert nnopt.minimize(sphere(2), Still(), max_evals=100, seed=0).nfev == 1


# ------------------------------------------------------------------------------------ populations
@pytest.mark.parametrize(
    "problem, good_enough",
    [(sphere(3), 1e-4), (tsp(CIRCLE), AROUND + 1e-9), (qubo(Q), Q[np.ix_(*[[0, 3, 4]] * 2)].sum())],
    ids=["reals", "permutations", "bits"],
)
def test_one_class_moves_points_of_three_kinds(problem, good_enough):
    r = nnopt.minimize(problem, Mutants(), max_evals=4000, seed=0)
    assert r.fun == problem(r.x) <= good_enough
    assert r.x.dtype == r.state.P.dtype == (np.float64 if problem.points == "reals" else np.int64)
    assert (problem.point(r.x) == r.x).all()
    assert ((r.history.diversity >= 0) & (r.history.diversity <= (1 if problem.points != "reals" else 10))).all()
    x0 = r.state.P[1] if problem.points != "reals" else [0.25, 0.5, 0.75]
    first = nnopt.minimize(problem, Mutants(), x0=x0, max_evals=20, seed=0)
    assert first.state.X[0].tolist() == list(x0)


def test_a_kind_that_a_method_does_not_know_is_refused_by_name():
    for problem, optimizer, message in (
        (sphere(2), Flippers(), "Flippers moves permutations or bits, but the points of sphere are reals"),
        (qubo(Q), nnopt.PSO(), "PSO moves reals, but the points of qubo are bits"),
        (tsp(CIRCLE), Strategy(), "Strategy moves reals, but the points of tsp are permutations"),
        (qubo(Q), LBFGS(), "LBFGS moves reals, but the points of qubo are bits"),
    ):
        with pytest.raises(ValueError, match=message):
            nnopt.minimize(problem, optimizer)
    with pytest.raises(ValueError, match="Flippers moves permutations or bits, not reals"):
        Flippers().init([(0, 1)] * 3)


def test_a_start_may_begin_around_the_users_point():
    r = nnopt.minimize(sphere(3), Strategy(), x0=[4.0, 4.0, 4.0], max_evals=20, seed=0)
    assert np.linalg.norm(r.state.X.mean(0) - 4.0) < 1.5  # 20 points around it, each a unit away
    assert (r.state.X[0] != 4.0).all()
    r = nnopt.minimize(sphere(3), Strategy(), max_evals=20, seed=0)
    assert np.linalg.norm(r.state.X.mean(0)) < 1.5
    with pytest.raises(ValueError, match=r"x0 = \[9.0, 0.0, 0.0\] does not lie within the bounds"):
        nnopt.minimize(sphere(3), Strategy(), x0=[9.0, 0.0, 0.0])


def test_a_method_recommends_what_its_class_says():
    r = nnopt.minimize(sphere(3), Strategy(), max_evals=3000, seed=0)
    mean = Strategy().recommend(r.state)
    np.testing.assert_array_equal(mean, r.state.mean)
    assert (mean != r.x).any()
    assert sphere(3)(mean) < 1e-6
    mean[:] = 7.0
    assert (r.state.mean != 7.0).all()
    p = nnopt.minimize(sphere(3), Mutants(), max_evals=100, seed=0)
    np.testing.assert_array_equal(Mutants().recommend(p.state), p.x)
    with pytest.raises(ValueError, match="Mutants needs a state of its own, from its init, not one of Strategy"):
        Mutants().recommend(r.state)


def test_the_size_of_a_population_may_depend_on_the_dimension():
    assert Strategy().init([(-1, 1)] * 3, seed=0).X.shape == (20, 3)
    _, X = Strategy().ask(Strategy().init([(-1, 1)] * 5, seed=0))
    assert X.shape == (28, 5)
    assert nnopt.minimize(sphere(5), Strategy(), max_evals=100, seed=0).nfev == 84
    assert Mutants(population_size=lambda dim: np.int64(dim)).init([(-1, 1)] * 4).X.shape == (4, 4)
    for size in (2.5, 0, True, "x"):
        with pytest.raises(ValueError, match=rf"Mutants: population_size must be an integer in \[1, inf\), not {size!r}"):
            Mutants(population_size=lambda dim: size).init([(-1, 1)] * 3)  # noqa: B023
    with pytest.raises(ValueError, match="max_evals = 19 is less than one generation of 20 points"):
        nnopt.minimize(sphere(3), Strategy(), max_evals=19)


def test_training_gives_a_start_that_asks_for_it_the_networks_own(digits):
    """One generation in a tiny box around the initial weights: that is where the mean must be."""
    X, y = digits
    shared = dict(batch_size=len(X), dtype="float64", random_state=0)
    whole = nnopt.MLPClassifier((4,), optimizer=nnopt.GD(lr=1e-12), epochs=1, **shared).fit(X, y).theta_
    clf = nnopt.MLPClassifier((4,), optimizer=Strategy(population_size=4), epochs=4, search_radius=1e-6, **shared).fit(X, y)
    np.testing.assert_allclose(clf.theta_, whole, atol=1e-5)


# ------------------------------------------------------------------------------------ parts
def clipped(g, limit):
    return g * min(1.0, limit / np.linalg.norm(g))


def test_parts_are_applied_in_their_order():
    theta, g = np.array([3.0, -4.0]), np.array([1.0, 2.0])
    one, other = nnopt.GD(lr=0.1, before=(nnopt.Clip(0.5), nnopt.Decay(0.3))), nnopt.GD(lr=0.1, before=(nnopt.Decay(0.3), nnopt.Clip(0.5)))
    np.testing.assert_allclose(one.step(one.init(theta), g).theta, theta - 0.1 * (clipped(g, 0.5) + 0.3 * theta))
    np.testing.assert_allclose(other.step(other.init(theta), g).theta, theta - 0.1 * clipped(g + 0.3 * theta, 0.5))
    seen = []
    nnopt.minimize(quadratic(2), one, x0=theta, max_evals=30, callback=lambda r: seen.append(r.x))
    for x in seen:
        theta = theta - 0.1 * (clipped(quadratic(2).grad(theta), 0.5) + 0.3 * theta)
        np.testing.assert_allclose(x, theta, rtol=1e-12)
    f = Counting(quadratic(2))
    r = nnopt.minimize(f, one, x0=[3.0, -4.0], jac=f.grad, max_evals=30)
    np.testing.assert_array_equal(r.x, seen[-1])
    assert (r.nfev, f.calls) == (30, 30)


def test_the_same_part_may_come_twice():
    twice = nnopt.GD(lr=0.1, before=(nnopt.Decay(0.3), nnopt.Decay(0.5)))
    np.testing.assert_allclose(twice.step(twice.init([2.0, 1.0]), [1.0, 1.0]).theta, [2 - 0.1 * (1 + 1.6), 1 - 0.1 * (1 + 0.8)])
    assert repr(twice) == "GD(lr=0.1, before=(Decay(weight=0.3), Decay(weight=0.5)))"
    assert twice == eval(repr(twice), {"GD": nnopt.GD, "Decay": nnopt.Decay}) != nnopt.GD(lr=0.1)


def test_a_part_may_scale_the_rate():
    """Polyak's step, from the loss; each step begins with the whole rate, and two parts multiply."""
    optimizer, theta = nnopt.GD(lr=1.0, before=Polyak()), np.array([1.0, 2.0, 3.0])
    r = nnopt.minimize(quadratic(3), optimizer, x0=theta, max_evals=60)
    assert r.fun < 1e-12
    for value in r.history.fun[:5]:
        assert value == pytest.approx(quadratic(3)(theta), rel=1e-12)
        g = quadratic(3).grad(theta)
        theta = theta - quadratic(3)(theta) / (g @ g) * g
    g = quadratic(3).grad([1.0, 2.0, 3.0])
    two = nnopt.GD(lr=0.5, before=(Polyak(), Polyak(floor=1.0)))
    stepped = two.step(two.init([1.0, 2.0, 3.0]), g, loss=3.0)
    np.testing.assert_allclose(stepped.theta, [1.0, 2.0, 3.0] - 0.5 * 3.0 / (g @ g) * 2.0 / (g @ g) * g, rtol=1e-12)
    again = optimizer.step(optimizer.step(optimizer.init([1.0, 2.0, 3.0]), g, loss=3.0), g, loss=3.0)
    np.testing.assert_allclose(again.theta, [1.0, 2.0, 3.0] - 2 * 3.0 / (g @ g) * g, rtol=1e-12)


@pytest.mark.parametrize("by", ["step", "progress"])
def test_a_part_may_remember_and_follow_a_schedule(by):
    """Its field may be called as the method's is, and each follows its own schedule."""
    keep = (lambda t: 1.0 - 1.0 / t) if by == "step" else (lambda progress: 0.9 * progress)
    optimizer = nnopt.GD(lr=lambda t: 0.1 / t, before=Lag(keep), after=Smooth(lr=lambda t: 0.5 / t))
    r = nnopt.minimize(quadratic(2), optimizer, x0=[3.0, -4.0], max_evals=20)
    theta, v, average = np.array([3.0, -4.0]), 0.0, 0.0
    for t in range(1, 20):
        v = keep(t if by == "step" else t / 20) * v + quadratic(2).grad(theta)  # the look at the start is the first evaluation
        theta = theta - 0.1 / t * v
        average = theta if t == 1 else average + 0.5 / t * (theta - average)
    np.testing.assert_allclose(r.state.theta, theta, rtol=1e-12)
    np.testing.assert_allclose(r.state.velocity, v, rtol=1e-12)
    np.testing.assert_allclose(r.state.average, average, rtol=1e-12)
    with pytest.raises(ValueError, match=r"Lag: the schedule of keep gave 1.5 for step 2, which is not in \[0, 1\)"):
        nnopt.minimize(sphere(1), nnopt.GD(before=Lag(lambda t: 0.75 * t)), x0=[1.0])


def test_parts_may_draw_from_the_methods_generator():
    def end(seed):
        return nnopt.minimize(sphere(2), nnopt.GD(before=Shake(0.1)), x0=[1.0, 2.0], max_evals=20, seed=seed).x.tolist()

    assert end(0) == end(0) != end(1)


def test_parts_whose_memory_collides_are_refused():
    with pytest.raises(TypeError, match="Lag and Slow both keep velocity"):
        nnopt.GD(before=Lag(), after=Slow())
    with pytest.raises(TypeError, match="Adam and TakesM both keep m"):
        nnopt.Adam(before=TakesM())
    with pytest.raises(TypeError, match=r"GD: before must be a tuple of parts such as Clip\(1.0\), not 0.5"):
        nnopt.GD(before=0.5)
    with pytest.raises(TypeError, match="GD: after must be a tuple of parts"):
        nnopt.GD(after=(nnopt.GD(),))
    with pytest.raises(ValueError, match="GD needs a state of its own, from its init, not one of GD with Lag"):
        nnopt.GD().step(nnopt.GD(before=Lag()).init([1.0]), [1.0])


def test_a_part_that_remembers_does_not_share_its_memory_with_itself():
    with pytest.raises(TypeError, match="both keep velocity"):
        nnopt.GD(before=(Lag(0.5), Lag(0.9)))


@kernel
def keeps_lr(theta: R[d], lr: R[d]):
    lr[0] += theta[0]


@kernel
def idle(theta: R[d]):
    theta[0] += 0.0


@kernel
def lengthless(theta: R[d], secret: R):
    theta[0] += secret


def test_parts_that_cannot_be_are_refused_when_they_are_composed():
    @dataclass(frozen=True)
    class Idle(Part, kernel=idle):
        weight: Positive = 0.1

    @dataclass(frozen=True)
    class Lengthless(Part, kernel=lengthless):
        """No shape."""

    with pytest.raises(TypeError, match="Idle: no kernel asks for weight"):
        nnopt.GD(before=Idle())
    with pytest.raises(TypeError, match="Lengthless: lengthless asks for secret, a number, which is no field of the class"):
        nnopt.GD(before=Lengthless())
    with pytest.raises(TypeError, match=r"Bare names no kernel: class Bare\(Part, kernel=...\)"):

        class Bare(Part):
            """None."""


def test_memory_of_a_part_named_like_a_field_of_the_method_is_refused():
    @dataclass(frozen=True)
    class KeepsLr(Part, kernel=keeps_lr):
        """GD has a field of that name."""

    with pytest.raises(TypeError, match="lr"):
        nnopt.GD(after=KeepsLr())


def test_parts_act_on_a_network_as_they_do_by_hand(digits):
    X, y = digits
    optimizer = nnopt.Adam(lr=lambda t: 0.1 / t, before=(nnopt.Clip(0.1), nnopt.Decay(0.01), Lag(0.5), Polyak()), after=Smooth())
    shared = dict(batch_size=len(X), dtype="float64", random_state=0)
    start = nnopt.MLPClassifier((4,), optimizer=nnopt.GD(lr=1e-300), epochs=1, **shared).fit(X, y)
    clf = nnopt.MLPClassifier((4,), optimizer=optimizer, epochs=5, **shared).fit(X, y)
    problem = start.network_.problem(X, y)
    state = optimizer.init(start.theta_)
    for loss in clf.loss_curve_:
        assert problem(state.theta) == pytest.approx(loss, rel=1e-9)
        state = optimizer.step(state, problem.grad(state.theta), loss=problem(state.theta))
    np.testing.assert_allclose(clf.theta_, state.theta, rtol=1e-8, atol=1e-10)
    single = nnopt.MLPClassifier((4,), optimizer=optimizer, epochs=20, random_state=0).fit(X, y)
    assert single.theta_.dtype == np.float32
    assert np.isfinite(single.loss_curve_).all()


# ------------------------------------------------------------------------------------ classes refused when they are made
@kernel
def plain(theta: R[d], grad: R[d], lr: R):
    theta[0] -= lr * grad[0]


def _other(name):
    def plain(theta: R[d], grad: R[d]):
        theta[0] -= grad[0]

    plain.__name__ = name
    return kernel(plain)


@kernel
def of_rows(theta: R[d], rows: R):
    theta[0] -= rows


@kernel
def of_t(theta: R[d], t: R[d]):
    theta[0] -= t[0]


@kernel
def of_copy(theta: R[d], copy: R[d]):
    theta[0] -= copy[0]


@kernel
def of_arrays(theta: R[d], arrays: R[d, 2]):
    theta[0] -= arrays[0, 0]


@kernel
def of_spent(theta: R[d], nfev: R[1]):
    theta[0] -= nfev[0]


@kernel
def of_ledger(theta: R[d], ledger: R[d, d]):
    theta[0] -= ledger[0, 0]


@kernel
def of_secret(theta: R[d], _secret: R[d]):
    theta[0] -= _secret[0]


@kernel
def unannotated(theta: R[d], grad):
    theta[0] -= grad[0]


@kernel
def of_k(theta: R[d], board: R[k]):
    theta[0] -= board[0]


@kernel
def of_fraction(theta: R[d], board: R["lr", d]):  # noqa: F821
    theta[0] -= board[0, 0]


def _lr(kind=Positive, name="lr", value=0.1):
    """A class's body with one field."""
    return {"__annotations__": {name: kind}, name: value}


@pytest.mark.parametrize(
    "family, kernels, body, message",
    [
        (GradientMethod, dict(step=plain, jump=plain), _lr(), "Bad: jump is no kernel of a GradientMethod, which takes before, step, after"),
        (SearchMethod, dict(step=plain), _lr(), "Bad: step is no kernel of a SearchMethod, which takes move"),
        (GradientMethod, dict(before=plain), _lr(), "Bad lacks the kernel step; a GradientMethod takes before, step, after"),
        (PopulationMethod, dict(ask=pso_move), {}, "Bad lacks the kernel tell; a PopulationMethod takes start, ask, tell"),
        (WalkMethod, {}, {}, "Bad lacks the kernel move"),
        (GradientMethod, dict(step=[plain, _other("plain")]), _lr(), "Bad: two kernels are named plain"),
        (GradientMethod, dict(step=of_rows), _lr(name="rows"), "Bad: a field cannot be named rows, which is what the loop gives"),
        (GradientMethod, dict(step=plain), _lr() | _lr(name="hyper"), "Bad: a field cannot be named hyper"),
        (GradientMethod, dict(step=plain), _lr() | _lr(name="grad"), "Bad: a field cannot be named grad"),
        (GradientMethod, dict(step=of_t), {}, r"Bad: of_t asks for t as R\[d\], but it is N"),
        (GradientMethod, dict(step=of_copy), {}, "Bad: memory cannot be named copy, which every state has already"),
        (GradientMethod, dict(step=of_arrays), {}, "Bad: memory cannot be named arrays, which every state has already"),
        (GradientMethod, dict(step=of_spent), {}, "Bad: memory cannot be named nfev, which every state has already"),
        (GradientMethod, dict(step=of_ledger), {}, r"Bad: of_ledger asks for ledger as R\[d, d\], but it is R64\[k\]"),
        (GradientMethod, dict(step=of_secret), {}, "Bad: memory cannot be named _secret, which every state has already"),
        (GradientMethod, dict(step=unannotated), {}, r"kernel unannotated: grad must be annotated with a space such as R\[d\] or N"),
        (GradientMethod, dict(step=plain), _lr(float), "Bad: lr must be annotated with a set such as Positive or Count, not <class 'float'>"),
        (GradientMethod, dict(step=plain), {}, "Bad: plain asks for lr, a number, which is no field of the class"),
        (GradientMethod, dict(step=of_k), {}, "Bad: of_k asks for board, of length k, which is no field of the class"),
        (GradientMethod, dict(step=of_fraction), _lr(), "Bad: of_fraction asks for board, of length lr, which is no field of the class"),
        (PopulationMethod, dict(ask=mutate_reals, tell=select, recommends="mean"), _lr(name="share"), "Bad cannot recommend mean; it keeps X, f"),
        (PopulationMethod, dict(ask=[mutate_reals, sample_around], tell=select), _lr(name="share"), "Bad: .*reals"),
    ],
    ids=lambda case: case[:50] if isinstance(case, str) else "",
)  # fmt: skip
def test_a_class_that_cannot_be_is_refused_when_it_is_made(family, kernels, body, message):
    hints = {}
    for part in (body,):
        hints |= part.get("__annotations__", {})
    with pytest.raises(TypeError, match=message):
        type("Bad", (family,), {"__annotations__": hints, **body, "__module__": __name__}, **kernels)


def test_memory_may_be_called_as_a_space_is():
    """L-BFGS keeps S, CMA-ES keeps B: a method may keep R, too."""

    @kernel
    def remember(theta: R[d], grad: R[d], R: R[d], lr: R):
        for i in range(theta.size):
            R[i] = 0.5 * R[i] + grad[i]
            theta[i] -= lr * R[i]

    @dataclass(frozen=True)
    class Remember(GradientMethod, step=remember):
        lr: Rate = 0.1

    assert nnopt.minimize(sphere(2), Remember(), x0=[1.0, 2.0], max_evals=100).fun < 1e-9


def test_a_problem_whose_array_is_missing_is_refused_when_it_is_made():
    with pytest.raises(TypeError, match="a kernel asks for D, which is neither given in arrays nor in scratch"):
        Problem("tsp", tour_length, None, 12)


METHOD = """
from dataclasses import dataclass
from ..{up}gd import gd
from ..{up}.optimizer import GradientMethod, Rate

@dataclass(frozen=True)
class {name}(GradientMethod, step=gd):
    lr: Rate = 0.5
"""
PROBLEM = """
from ..smooth import sphere
from .. import Problem

def {name}(dim=2) -> Problem:
    return sphere(dim)
"""


def test_public_names_are_found_in_folders_and_two_of_one_name_are_refused(tmp_path):
    copy = tmp_path / "nnopt"
    shutil.copytree(ROOT / "nnopt", copy, ignore=shutil.ignore_patterns("__pycache__", "web", "grader", "datasets"))
    for folder, name, source in (("gradient", "Uphill", METHOD), ("problems", "bowl", PROBLEM)):
        (copy / folder / "deep").mkdir()
        (copy / folder / "deep" / "own.py").write_text(source.format(name=name, up=""))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import nnopt; assert nnopt.__path__[0] == {str(copy)!r}\n"
    found = code + (
        "r = nnopt.minimize(nnopt.problems.bowl(2), nnopt.Uphill(lr=0.1), x0=[1.0, 2.0], max_evals=50)\n"
        "print('Uphill' in dir(nnopt), 'bowl' in dir(nnopt.problems), r.fun < 1e-6, nnopt.Uphill.__module__)"
    )
    assert run(found, tmp_path, NNOPT_JIT="0") == "True True True nnopt.gradient.deep.own"
    for folder, name, source, ask, sentence in (
        ("problems", "sphere", PROBLEM, "problems.sphere", "two problems are named sphere: in nnopt.problems.deep.own and in nnopt.problems.smooth"),
        ("gradient", "Adam", METHOD, "Adam", "two public names are Adam: in nnopt.gradient.adam and in nnopt.gradient.deep.own"),
    ):  # fmt: skip
        (copy / folder / "deep" / "own.py").write_text(source.format(name=name, up=""))
        refused = f"try: nnopt.{ask}\nexcept ImportError as error: print(error)"
        assert run(code + refused, tmp_path, NNOPT_JIT="0") == sentence


# ------------------------------------------------------------------------------------ what is random in an objective
ROWS = np.random.default_rng(0).normal(size=(40, 3))


def test_an_objective_may_be_noisy_where_it_trains():
    problem, still = noisy(ROWS), 0.5 * ((ROWS - 1.0) ** 2).sum(1).mean()
    assert problem([1.0, 1.0, 1.0]) == problem([1.0, 1.0, 1.0]) == pytest.approx(still, rel=1e-12)
    np.testing.assert_allclose(problem.grad([1.0, 1.0, 1.0]), 1.0 - ROWS.mean(0), rtol=1e-12)

    def train(seed, batch_size=40):
        return nnopt.minimize(problem, nnopt.GD(lr=0.1), x0=[3.0, 3.0, 3.0], max_evals=60, batch_size=batch_size, seed=seed)

    a, b, c = train(0), train(0), train(1)
    np.testing.assert_array_equal(a.history.fun, b.history.fun)
    np.testing.assert_array_equal(a.x, b.x)
    assert (a.x != c.x).all()
    whole = nnopt.minimize(problem, nnopt.GD(lr=0.1), x0=[3.0, 3.0, 3.0], max_evals=60, seed=0)
    noise = a.history.fun - whole.history.fun  # one row a value, the gradients' noise moves x a little
    assert 0.5 < noise.std() < 2.0
    assert (np.diff(whole.history.fun) < 0).all()
    np.testing.assert_allclose(whole.x, ROWS.mean(0), atol=0.01)
    np.testing.assert_allclose(train(0, 10).x, ROWS.mean(0), atol=1.0)
    r = nnopt.minimize(problem, LBFGS(), x0=[3.0, 3.0, 3.0], max_evals=20)
    np.testing.assert_allclose(r.x, ROWS.mean(0), atol=1e-6)


# ------------------------------------------------------------------------------------ sums over rows
@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(103, 4))
    return X, X @ [1.0, -2.0, 0.5, 0.0] + rng.normal(size=103)


def test_least_squares_is_solved_as_by_lstsq(table):
    X, y = table
    r = nnopt.minimize(least_squares(X, y), nnopt.GD(lr=0.5), x0=np.zeros(4), max_evals=500)
    np.testing.assert_allclose(r.x, np.linalg.lstsq(X, y)[0], rtol=1e-6)  # the value is flat there
    assert r.fun == pytest.approx(0.5 * np.mean((X @ r.x - y) ** 2), rel=1e-12)


def test_logistic_regression_is_scikit_learns(table):
    from sklearn.linear_model import LogisticRegression

    X, y = table
    labels = np.where(y > 0.3, "yes", "no")
    peer = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(X, labels).coef_[0]
    r = nnopt.minimize(logistic(X, labels), nnopt.GD(lr=2.0), x0=np.zeros(4), max_evals=5000, gtol=1e-8)
    assert r.status == "converged"
    np.testing.assert_allclose(r.x, peer, rtol=1e-3)
    np.testing.assert_allclose(nnopt.minimize(logistic(X, labels), LBFGS(), x0=np.zeros(4), gtol=1e-8).x, r.x, rtol=1e-5)
    with pytest.raises(ValueError, match="logistic: y must have two labels, not 1"):
        logistic(X, np.ones(103))


def test_gradients_of_sums_are_central_differences(table):
    X, y = table
    net = nnopt.Network(nnopt.Dense(3), nnopt.Tanh(), nnopt.Dense(1), input=4, loss=nnopt.SquaredError())
    for problem in (least_squares(X, y), logistic(X, y > 0), net.problem(X, y)):
        rng = np.random.default_rng(0)
        for _ in range(3):
            x = rng.normal(size=problem.dim)
            central = [(problem(x + 1e-6 * e) - problem(x - 1e-6 * e)) / 2e-6 for e in np.eye(problem.dim)]
            np.testing.assert_allclose(problem.grad(x), central, rtol=1e-6, atol=1e-8)
    huge = logistic(1e4 * X, y > 0)
    assert np.isfinite(huge(np.ones(4)))
    assert np.isfinite(huge.grad(np.ones(4))).all()


def in_python(X, y):
    """Least squares as two functions of Python, which ask for arrays and rows by name."""
    seen = []

    def value(x, X, y, rows):
        return 0.5 * np.mean((X[rows] @ x - y[rows]) ** 2)

    def gradient(x, X, y, rows):
        seen.append(rows.copy())
        return X[rows].T @ (X[rows] @ x - y[rows]) / len(rows)

    return Problem("python", value, gradient, 4, rows=len(X), arrays=dict(X=X, y=y)), seen


@pytest.mark.parametrize("batch_size", [1, 10, 103, 500])
def test_an_epoch_sees_every_row_once(table, batch_size):
    problem, seen = in_python(*table)
    batches = -(-103 // batch_size)
    r = nnopt.minimize(problem, nnopt.GD(lr=0.01), x0=np.zeros(4), max_evals=3 * batches, batch_size=batch_size, seed=0)
    assert r.nfev == r.nit == 3 * batches == len(seen)
    epochs = np.concatenate(seen).reshape(3, 103)
    assert (np.sort(epochs) == np.arange(103)).all()
    assert (epochs[0] != epochs[1]).any()
    compiled = nnopt.minimize(least_squares(*table), nnopt.GD(lr=0.01), x0=np.zeros(4), max_evals=3 * batches, batch_size=batch_size, seed=0)
    np.testing.assert_allclose(compiled.history.fun, r.history.fun, rtol=1e-9)
    np.testing.assert_allclose(compiled.x, r.x, rtol=1e-9)
    np.testing.assert_array_equal(r.x, r.state.theta)


def test_a_function_of_python_sees_all_rows_without_batches(table):
    problem, seen = in_python(*table)
    x = np.array([1.0, 0.0, -1.0, 2.0])
    assert problem(x) == pytest.approx(least_squares(*table)(x), rel=1e-12)
    np.testing.assert_allclose(problem.grad(x), least_squares(*table).grad(x), rtol=1e-12)
    r = nnopt.minimize(problem, LBFGS(), x0=np.zeros(4), max_evals=40, gtol=1e-9)
    np.testing.assert_allclose(r.x, np.linalg.lstsq(*table)[0], rtol=1e-7)
    assert all(rows.tolist() == list(range(103)) for rows in seen)
    with pytest.raises(ValueError, match="batch_size must be None for sphere, which is no sum over rows"):
        nnopt.minimize(sphere(2), nnopt.GD(), x0=[1.0, 2.0], batch_size=3)
    with pytest.raises(ValueError, match="gtol needs all rows in every step, not"):
        nnopt.minimize(problem, nnopt.GD(), x0=np.zeros(4), batch_size=3, gtol=1e-3)


def test_populations_look_at_batches_too(table):
    problem = least_squares(*table)
    whole = nnopt.minimize(problem, Mutants(), bounds=[(-3, 3)] * 4, max_evals=4000, seed=0)
    assert whole.fun < 1.1 * problem(np.linalg.lstsq(*table)[0])
    batches = nnopt.minimize(problem, Mutants(), bounds=[(-3, 3)] * 4, max_evals=4000, batch_size=50, seed=0)
    assert problem(batches.x) < 0.5 * problem(np.zeros(4))


# ------------------------------------------------------------------------------------ the same in plain Python
RUNS = """
import numpy as np
import nnopt
from kinds_of_methods import LBFGS, Annealing, Lag, Mutants, Polyak, Shake, Smooth, Steepest, Strategy, noisy, qubo, tsp
from nnopt.problems import rosenbrock, quadratic, sphere

circle = np.array([[np.cos(a), np.sin(a)] for a in (0.3, 4.0, 1.0, 5.0, 2.0, 3.3, 0.1)])
Q = np.arange(25.0).reshape(5, 5) % 7 - 3.0
Q += Q.T
start = dict(x0=[-1.2, 1.0], seed=0)
out = dict(
    lbfgs=nnopt.minimize(rosenbrock(2), LBFGS(pairs=2), max_evals=30, **start),
    python=nnopt.minimize(lambda x: float((x**4).sum()), LBFGS(), jac=lambda x: 4 * x**3, max_evals=10, **start),
    tour=nnopt.minimize(tsp(circle), Annealing(chain=20), max_evals=60, seed=1),
    bits=nnopt.minimize(qubo(Q), Annealing(chain=20), max_evals=60, seed=1),
    steepest=nnopt.minimize(tsp(circle), Steepest(), max_evals=150, seed=1),
    mutants=nnopt.minimize(sphere(3), Mutants(population_size=6), max_evals=60, seed=2),
    tours=nnopt.minimize(tsp(circle), Mutants(population_size=6), max_evals=60, seed=2),
    strategy=nnopt.minimize(sphere(3), Strategy(), max_evals=60, seed=2),
    parts=nnopt.minimize(quadratic(2), nnopt.GD(lr=0.1, before=(nnopt.Clip(), Lag(0.5)), after=Smooth()), max_evals=20, **start),
    polyak=nnopt.minimize(quadratic(2), nnopt.GD(lr=1.0, before=Polyak()), max_evals=9, **start),
    shake=nnopt.minimize(sphere(2), nnopt.GD(before=Shake(0.1)), max_evals=9, **start),
    noisy=nnopt.minimize(noisy(np.ones((8, 2))), nnopt.GD(lr=0.1), max_evals=9, batch_size=3, **start),
)
out = {name: [*map(float, r.x), r.fun, r.nfev, r.nit, *map(float, r.history.fun)] for name, r in out.items()}
"""


def test_plain_python_gives_the_same_runs():
    compiled: dict = {}
    exec(RUNS, compiled)
    plain = json.loads(run(RUNS + "import json; print(json.dumps(out))", ROOT / "tests", NNOPT_JIT="0"))
    assert plain.keys() == compiled["out"].keys()
    for name, values in compiled["out"].items():
        np.testing.assert_allclose(plain[name], values, rtol=1e-9, atol=1e-9, err_msg=name)
