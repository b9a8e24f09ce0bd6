"""Differential evolution against itself in NumPy from the same random numbers, and against SciPy's by what both find."""

import warnings

import numpy as np
import pytest
from scipy.optimize import differential_evolution
from scipy.stats import ks_2samp

import nnopt
from nnopt.metaheuristics.de import cross_binomial, cross_exponential, de_select, redraw
from nnopt.problems import ackley, rastrigin, rosenbrock, sphere
from nnopt.random import fill, generator


class Uniforms:
    """The library's random numbers, one after the other."""

    def __init__(self, rng):
        self.rng = rng.copy()

    def __call__(self, *shape):
        out = np.empty(int(np.prod(shape)))
        fill(out, self.rng)
        return out.reshape(shape) if shape else out[0]

    def below(self, bound):
        return int(self() * bound)


def one_trial(i, P, best, lower, upper, u, F, CR, pull, current, exponential):
    """Storn & Price 1997: of the others, that stand in a ring, three are picked from a list that gets shorter."""
    n, d = P.shape
    ring = [(i + k) % n for k in range(1, n)]
    a, b, c = (P[ring.pop(u.below(len(ring)))] for _ in range(3))
    base = P[i] if current else a
    mutant = (1 - pull) * base + pull * best + F * (b - c)
    start, r = u.below(d), u(d)
    if exponential:
        run = 1 + int(np.cumprod(r[1:] < CR).sum())
        taken = np.isin(np.arange(d), (start + np.arange(run)) % d)
    else:
        taken = (r < CR) | (np.arange(d) == start)
    trial = np.where(taken, mutant, P[i])
    for j in np.flatnonzero((trial < lower) | (trial > upper)):
        trial[j] = lower[j] + (upper[j] - lower[j]) * u()
    return trial


def oracle(f, lower, upper, n, generations, u, **fields):
    P = lower + (upper - lower) * u(n, lower.size)
    fP = np.array([f(x) for x in P])
    best, fb = P[fP.argmin()], fP.min()
    for _ in range(generations - 1):
        U = np.array([one_trial(i, P, best, lower, upper, u, **fields) for i in range(n)])
        fU = np.array([f(x) for x in U])
        if fU.min() < fb:
            best, fb = U[fU.argmin()], fU.min()
        P, fP = np.where((fU <= fP)[:, None], U, P), np.minimum(fU, fP)
    return P, best


VARIANTS = {
    "rand/1/bin": dict(F=0.5, CR=0.9, pull=0.0, current=False, exponential=False),
    "best/1/exp": dict(F=0.8, CR=0.7, pull=1.0, current=False, exponential=True),
    "current-to-best/1/bin": dict(F=0.6, CR=0.5, pull=0.6, current=True, exponential=False),
    "rand-to-best/1/exp": dict(F=1.3, CR=0.9, pull=0.3, current=False, exponential=True),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("problem", [sphere(3), rosenbrock(4), rastrigin(5), ackley(2)], ids=lambda p: p.name)
def test_equals_numpy(problem, variant):
    """For 40 generations: much later, the last bit of a product may decide which of two points is the better one."""
    optimizer = nnopt.DE(population_size=9, **VARIANTS[variant])
    state = optimizer.init(problem.bounds, seed=4)
    u, (lower, upper) = Uniforms(state.rng), np.array(problem.bounds).T
    for _ in range(40):
        state, X = optimizer.ask(state)
        state = optimizer.tell(state, X, [problem(x) for x in X])
    P, best = oracle(problem, lower, upper, 9, 40, u, **VARIANTS[variant])
    np.testing.assert_allclose(state.P, P, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(state.best, best, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(nnopt.minimize(problem, optimizer, max_evals=9 * 40, seed=4).x, best, rtol=1e-8, atol=1e-10)


# ------------------------------------------------------------------------------------ by hand
def test_crossovers_by_hand():
    r = np.array([0.9, 0.2, 0.3, 0.8, 0.1])
    for cross, taken in ((cross_binomial, [0, 1, 1, 1, 1]), (cross_exponential, [1, 0, 0, 1, 1])):
        trial = np.zeros(5)
        cross(trial, np.ones(5), r, 3, 0.5)  # the fourth in any case; the run goes on at 0.2 and 0.3, and ends at 0.8
        assert trial.tolist() == taken
    for cross in (cross_binomial, cross_exponential):
        alone, every = np.zeros(5), np.zeros(5)
        cross(alone, np.ones(5), r, 2, 0.0)
        cross(every, np.ones(5), r, 2, 1.0)
        assert alone.tolist() == [0, 0, 1, 0, 0]
        assert every.all()


def test_a_trial_that_is_no_worse_stays():
    P, fP = np.zeros((4, 2)), np.array([1.0, 1.0, 1.0, np.inf])
    de_select(np.arange(8.0).reshape(4, 2), np.array([0.5, 1.0, 1.5, np.inf]), P, fP, 3)
    assert P.tolist() == [[0, 1], [2, 3], [0, 0], [6, 7]]
    assert fP.tolist() == [0.5, 1.0, 1.0, np.inf]


def test_four_members_use_each_other():
    """With four members a trial's a, b, c are the other three, and rand/1 with CR = 1 gives one of six points."""
    P = np.array([[0.0], [1.0], [10.0], [100.0]])
    optimizer, seen = nnopt.DE(population_size=4, F=0.5, CR=1.0), set()
    state, X = optimizer.ask(optimizer.init([(-1e3, 1e3)], seed=0))
    state = optimizer.tell(state, P, P[:, 0])
    for _ in range(200):  # one of six is missed with probability 6 (5/6)^200 < 1e-15
        state, X = optimizer.ask(state)
        seen.add(float(X[0, 0]))
        state = optimizer.tell(state, X, [np.inf] * 4)
    assert seen == {a + 0.5 * (b - c) for a, b, c in ((1, 10, 100), (1, 100, 10), (10, 1, 100), (10, 100, 1), (100, 1, 10), (100, 10, 1))}
    assert (state.P == P).all()


def test_outside_is_drawn_anew():
    """20 000 numbers that must be uniform in the box: a right one fails with probability 1e-6 (one fixed seed)."""
    lower, upper, rng = np.full(20_000, -1.0), np.full(20_000, 3.0), generator(0)
    x = np.where(np.arange(20_000) % 2, 7.0, -2.0)
    redraw(x, lower, upper, rng)
    assert ks_2samp(x, np.random.default_rng(0).uniform(-1, 3, 20_000)).pvalue > 1e-6
    inside = np.array([-1.0, 3.0, 0.5])
    redraw(inside, lower, upper, rng)
    assert inside.tolist() == [-1.0, 3.0, 0.5]


# ------------------------------------------------------------------------------------ against SciPy, by distribution
CASES = {
    "rand1bin": dict(pull=0.0), "rand1exp": dict(pull=0.0, exponential=True), "best1bin": dict(pull=1.0),
    "best1exp": dict(pull=1.0, exponential=True),
}  # fmt: skip


def rastrigin_of_columns(X):
    return (10 + X * X - 10 * np.cos(2 * np.pi * X)).sum(axis=0)


@pytest.mark.parametrize("strategy", CASES)
def test_finds_what_scipy_finds(strategy):
    """50 runs of each at equal settings: Kolmogorov-Smirnov on the best values. Each of the 4 tests refuses an equal method with
    probability 1e-4, so all together with 4e-4, had the seeds not been fixed. Measured with the settings of one side changed: F = 0.45,
    CR = 0.6 and the other crossover have p-values below 1e-6."""
    runs, n, generations, problem, value = 50, 20, 100, rastrigin(4), rastrigin_of_columns
    optimizer, (lower, upper) = nnopt.DE(population_size=n, F=0.6, CR=0.8, **CASES[strategy]), np.transpose(problem.bounds)
    np.testing.assert_allclose(value(upper - 0.3), problem(upper - 0.3))
    ours = [nnopt.minimize(problem, optimizer, max_evals=n * generations, seed=seed).fun for seed in range(runs)]
    theirs = []
    for seed in range(runs):
        start = np.random.default_rng(seed).uniform(lower, upper, (n, problem.dim))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            r = differential_evolution(value, problem.bounds, strategy=strategy, maxiter=generations - 1, mutation=0.6, recombination=0.8,
                                       init=start, vectorized=True, updating="deferred", polish=False, tol=0, rng=seed)  # fmt: skip
        assert r.nit == generations - 1
        theirs.append(r.fun)
    assert ks_2samp(ours, theirs).pvalue > 1e-4


# ------------------------------------------------------------------------------------ of every run
def test_every_point_lies_in_the_box_and_members_only_get_better():
    problem = rastrigin(3)
    optimizer = nnopt.DE(population_size=12, F=2.0, CR=0.9)
    state, last = optimizer.init(problem.bounds, seed=1), np.full(12, np.inf)
    for _ in range(60):
        state, X = optimizer.ask(state)
        assert (np.abs(X) <= 5.12).all()
        state = optimizer.tell(state, X, [problem(x) for x in X])
        assert (state.fP <= last).all()
        assert state.fP.tolist() == [problem(p) for p in state.P]
        last = state.fP.copy()


def test_a_generation_without_values_is_survived():
    optimizer = nnopt.DE(population_size=4, pull=0.5)
    state, X = optimizer.ask(optimizer.init([(-1, 1)] * 2, seed=0))
    state = optimizer.tell(state, X, [np.nan, np.inf, np.nan, np.inf])
    state, X = optimizer.ask(state)
    state = optimizer.tell(state, X, [3.0, 1.0, 2.0, np.nan])
    assert state.fP.tolist() == [3.0, 1.0, 2.0, np.inf]


def test_turning_the_landscape_changes_nothing_where_all_coordinates_are_the_mutant_s():
    """With CR = 1 a trial is a sum of points: turned points and a turned function give the turned run."""
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((4, 4)))[0]
    optimizer, box, problem = nnopt.DE(population_size=10, CR=1.0, F=0.7), [(-1e6, 1e6)] * 4, rosenbrock(4)
    first = np.random.default_rng(4).normal(size=(10, 4))
    ends = []
    for Q in (np.eye(4), turn):
        state, X = optimizer.ask(optimizer.init(box, seed=5))
        X = first @ Q.T
        for _ in range(30):
            state = optimizer.tell(state, X, [problem(Q.T @ x) for x in X])
            state, X = optimizer.ask(state)
        ends.append(state.P @ Q)
    np.testing.assert_allclose(*ends, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("population_size", 3, "population_size must be an integer in [4, inf), not 3"),
    ("CR", 1.5, "CR must be a number in [0, 1], not 1.5"),
    ("F", 0, "F must be a number in (0, 2], not 0"),
])  # fmt: skip
def test_fields_are_checked(field, value, sentence):
    with pytest.raises(ValueError) as refused:
        nnopt.DE(**{field: value})
    assert sentence in str(refused.value)
