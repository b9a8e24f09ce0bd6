"""Simulated annealing: Metropolis' rule, Boltzmann's law, the schedule; tours and functions that it must master."""

import itertools
import math

import numpy as np
import pytest

import nnopt
from nnopt.metaheuristics.sa import SA, accept, reflected, temperature
from nnopt.problems import Problem, knapsack, maxcut, qap, qubo, rastrigin, rosenbrock, tsp
from nnopt.random import generator


def test_the_temperature_falls_geometrically_and_again_with_restarts():
    assert temperature(0.0, 2.0, 0.3, 1e-3, 1.0) == pytest.approx(0.6)
    assert temperature(1.0, 2.0, 0.3, 1e-3, 1.0) == pytest.approx(2e-3)
    assert temperature(0.5, 1.0, 0.4, 0.1, 1.0) == pytest.approx(0.2)  # the geometric mean
    assert temperature(0.25, 1.0, 0.4, 0.1, 2.0) == pytest.approx(0.2)  # half of the first fall
    assert temperature(0.5, 1.0, 0.4, 0.1, 2.0) == pytest.approx(0.4)  # hot again
    assert temperature(1.0, 1.0, 0.4, 0.1, 2.0) == pytest.approx(0.1)


def test_metropolis_rule():
    """Downhill always; uphill with exp(-change / T): 20,000 draws, six standard deviations, passed once in 5e8 runs."""
    rng = generator(0)
    assert all(accept(change, 1e-9, rng) == 1 for change in (-1.0, 0.0))
    for change, T in ((1.0, 1.0), (0.5, 2.0), (3.0, 1.0)):
        p = math.exp(-change / T)
        share = np.mean([accept(change, T, rng) for _ in range(20_000)])
        assert abs(share - p) < 6 * math.sqrt(p * (1 - p) / 20_000)


def test_walls_throw_back():
    for x, expected in ((0.5, 0.5), (-0.25, 0.25), (1.25, 0.75), (2.5, 0.5), (-1.75, 0.25)):
        assert reflected(x, 0.0, 1.0) == pytest.approx(expected)


def test_at_one_temperature_it_visits_states_as_boltzmann_says():
    """On the cut of a triangle with a tail, 16 states; hot = cold keeps the temperature. 4,000 chains of 60 moves from random starts, whose ends
    are independent: the greatest of 16 deviations passes five standard deviations once in 1e5 runs, and the seeds are fixed."""
    W = np.array([[0, 3, 2, 1], [3, 0, 2, 0], [2, 2, 0, 0], [1, 0, 0, 0]], float)
    problem = maxcut(W)
    states = [np.array([(s >> i) & 1 for i in range(4)]) for s in range(16)]
    values = np.array([problem(x) for x in states])
    counts, units = np.zeros(16), []
    for seed in range(4000):
        run = nnopt.minimize(problem, nnopt.SA(hot=0.7, cold=0.7, chain=60), max_evals=22, seed=seed)
        counts[int(run.state.x @ [1, 2, 4, 8])] += 1
        units.append(run.state.unit[0])
    expected = np.zeros(16)
    for unit in units:  # every run has measured its own unit
        weight = np.exp(-values / (0.7 * unit))
        expected += weight / weight.sum()
    assert (np.abs(counts - expected) / np.sqrt(expected)).max() < 5


def test_berlin52_to_the_optimum():
    found = [nnopt.minimize(tsp("berlin52"), nnopt.SA(), max_evals=100_000, seed=s, target=7542).fun for s in range(8)]
    assert sum(f == 7542 for f in found) >= 6  # 98 of 100 measured: five or fewer of eight happen once in 1e5 runs


@pytest.mark.parametrize("problem", [tsp(np.ones((9, 9)) - np.eye(9)), knapsack([1, 1, 1, 1, 1], [5, 5, 4, 3, 3], 10)], ids=lambda p: p.name)
def test_level_moves_are_made_and_what_is_no_move_is_not_counted(problem):
    """One move at a time, at a temperature that lets none uphill: each that is counted leads to another point, also where it changes
    nothing. All tours are equally long here; of the knapsack's moves many exchange two things that are both in."""
    places = []
    nnopt.minimize(problem, SA(hot=1e-9, cold=1e-9, chain=1), max_evals=300, seed=0,
                   callback=lambda r: places.append((r.nmoves, problem(r.state.x), r.state.x.copy())))  # fmt: skip
    edges = lambda x: {frozenset(edge) for edge in zip(x, np.roll(x, -1), strict=True)}  # noqa: E731
    level = 0
    for (before, f, x), (moves, g, y) in zip(places, places[1:], strict=False):
        assert (moves > before) == (edges(x) != edges(y) if problem.points == "permutations" else (x != y).any())
        level += moves > before and f == g
    assert level > 10 and places[-1][0] < 0.9 * len(places)


def test_reals_in_many_dents():
    for problem, value in ((rastrigin(5), 1e-4), (rosenbrock(2), 1e-3)):
        found = [nnopt.minimize(problem, nnopt.SA(), max_evals=60_000, seed=s).fun for s in range(5)]
        assert np.median(found) < value


def test_evaluations_are_counted_in_shares_and_never_overspent():
    problem = tsp("berlin52")
    run = nnopt.minimize(problem, nnopt.SA(chain=100), max_evals=1000, seed=0)
    assert run.nfev <= 1000 and run.nfev > 990
    assert 0 < run.nmoves < 1000 * 52 / 5
    assert problem(run.x) == run.fun == run.history.best[-1]
    np.testing.assert_array_equal(np.sort(run.x), np.arange(52))


def test_a_run_goes_on_and_repeats():
    problem, optimizer = tsp("berlin52"), nnopt.SA(chain=50)
    runs = [nnopt.minimize(problem, optimizer, max_evals=500, seed=7) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].x, runs[1].x)
    further = nnopt.minimize(problem, optimizer, max_evals=500, start=runs[0])
    assert further.fun <= runs[0].fun and further.nfev > runs[0].nfev


def test_what_is_not_finite_is_never_walked_to():
    def half(x):
        return math.nan if x[0] < 0 else (x[0] - 0.1) ** 2

    run = nnopt.minimize(half, nnopt.SA(chain=20), bounds=[(-1, 1)], x0=[0.9], max_evals=2000, seed=0)
    assert run.fun < 1e-6


# ------------------------------------------------------------------------------------ moves by evaluation
RNG = np.random.default_rng(4)
FLOWS, DISTANCES = (M + M.T for M in RNG.integers(0, 9, (2, 7, 7)).astype(float))
FORM = RNG.integers(-9, 10, (9, 9)).astype(float)
BARE = {  # with moves of their own, and the same without: kernels, and functions of Python
    "permutations": (qap(FLOWS, DISTANCES), lambda x: float((FLOWS * DISTANCES[np.ix_(x, x)]).sum()), min(
        (FLOWS * DISTANCES[np.ix_(x, x)]).sum() for x in itertools.permutations(range(7)))),
    "bits": (qubo(FORM), lambda x: float(x @ FORM @ x), min(np.array(x) @ FORM @ np.array(x) for x in itertools.product((0, 1), repeat=9))),
}  # fmt: skip


def bare(points):
    """A problem that states no moves, and its twin in Python, with the points that it was asked for."""
    whole, f, least = BARE[points]
    seen, given = [], dict(dim=whole.dim, bounds=whole.bounds, points=points)

    def counted(x):
        seen.append(x.copy())
        return f(x)

    arrays = {name: whole.arrays[name] for name in ("A", "C", "Q") if name in whole.arrays}
    return Problem("bare", whole.value, arrays=arrays, **given), Problem("python", counted, **given), seen, least


@pytest.mark.parametrize("points", BARE)
@pytest.mark.parametrize("optimizer", [SA(chain=20), nnopt.TabuSearch()], ids=["SA", "TabuSearch"])
@pytest.mark.parametrize("budget", [1, 2, 23, 60, 2000])
def test_without_moves_of_its_own_a_problem_is_walked_on_by_evaluation(points, optimizer, budget):
    """Compiled and in Python the same walk, whose evaluations are counted; none is overspent. Tabu search pays for a last look that a walk
    that ends does not take."""
    kernels, python, seen, least = bare(points)
    a, b = (nnopt.minimize(problem, optimizer, max_evals=budget, seed=1) for problem in (kernels, python))
    np.testing.assert_array_equal(a.x, b.x)
    np.testing.assert_array_equal(a.history.fun, b.history.fun)
    assert a.fun == kernels(a.x) and a.nfev == b.nfev <= budget and a.nmoves == b.nmoves
    assert len(seen) == b.nfev if isinstance(optimizer, SA) else b.nfev - b.nit <= len(seen) <= b.nfev
    for x in seen:
        assert (np.sort(x) == np.arange(7)).all() if points == "permutations" else set(x) <= {0, 1}
    if budget == 2000:
        assert least <= a.fun <= least + 0.03 * abs(least)
        start = nnopt.minimize(kernels, optimizer, max_evals=300, seed=1)
        further = nnopt.minimize(kernels, optimizer, start=start, max_evals=300)
        assert further.fun == kernels(further.x) <= start.fun and further.nfev <= 600


def test_the_value_where_the_walk_is_is_kept():
    """Along a hundred moves of each, the value in the history is that of the point there."""
    for points in BARE:
        kernels, *_ = bare(points)
        for optimizer in (SA(chain=1, hot=1.0, cold=0.5), nnopt.TabuSearch()):
            places = []
            nnopt.minimize(kernels, optimizer, max_evals=2000, seed=0, callback=lambda r: places.append(r.state.x.copy()) or len(places) > 100)
            run = nnopt.minimize(kernels, optimizer, max_evals=2000, seed=0)
            assert len(places) > 50
            np.testing.assert_allclose(run.history.fun[: len(places)], [kernels(x) for x in places])
