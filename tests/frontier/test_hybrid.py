"""Hybrids: basin hopping on clusters, memetic generations by hand, handing over, and where they are told nonsense."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

import nnopt
from nnopt import DE, GA, GD, LBFGS, PSO, BasinHopping
from nnopt.frontier.hybrid import hand_over, memetic
from nnopt.problems import lennard_jones, rastrigin, sphere


def dented(x):
    return float(np.sum(0.1 * x**2 + 1 - np.cos(2 * np.pi * x)))


def dented_gradient(x):
    return 0.2 * x + 2 * np.pi * np.sin(2 * np.pi * x)


def test_hopping_finds_the_least_of_many_dents():
    runs = [nnopt.minimize(dented, BasinHopping(step=1.2, temperature=0.3), x0=[4.0, -3.0], jac=dented_gradient, max_evals=3000, seed=s) for s in range(5)]
    assert all(run.fun < 1e-8 for run in runs)
    assert all(run.nfev <= 3000 for run in runs)


def test_at_temperature_zero_it_never_climbs_and_what_it_keeps_is_a_minimum():
    optimizer = BasinHopping(step=1.2, temperature=0.0)
    kept = []

    def look(run):
        if np.isfinite(run.state.level[0]):
            kept.append(run.state.level[0])
            assert np.linalg.norm(dented_gradient(run.state.kept)) < 1e-3

    nnopt.minimize(dented, optimizer, x0=[4.0, -3.0], jac=dented_gradient, max_evals=1500, seed=0, callback=look)
    assert len(set(kept)) > 3
    assert np.all(np.diff(kept) <= 0)


@pytest.mark.parametrize("atoms", [2, 3, 4, 7])
def test_small_clusters_have_the_energies_of_the_table(atoms):
    problem = lennard_jones(atoms)
    start = np.random.default_rng(0).uniform(-1, 1, 3 * atoms)
    run = nnopt.minimize(problem, BasinHopping(step=0.4, temperature=0.8), x0=start, max_evals=4000, seed=0)
    assert run.fun == pytest.approx(problem.minimum, abs=1e-5)


def test_a_first_descent_is_that_of_lbfgs():
    """Before the first hop the method is L-BFGS: the same points, to the last bit."""
    start = np.array([0.7, -1.2, 0.4])
    alone = nnopt.minimize(sphere(3), LBFGS(), x0=start, max_evals=3)
    hopping = nnopt.minimize(sphere(3), BasinHopping(), x0=start, max_evals=3, seed=0)
    np.testing.assert_array_equal(alone.history.fun[:2], hopping.history.fun[:2])




@pytest.mark.parametrize("inherit", [True, False])
def test_a_memetic_generation_by_hand(inherit, monkeypatch):
    """One generation: from each drawn point SciPy descends, too; what is told are the ends, or the starts."""
    told = []
    tell = DE.tell
    monkeypatch.setattr(DE, "tell", lambda self, state, points, values: told.append((np.array(points), np.array(values))) or tell(self, state, points, values))
    problem, population = rastrigin(3), DE(population_size=8)
    found = memetic(problem, population, LBFGS(), steps=60, max_evals=8, inherit=inherit, seed=3)
    _, drawn = population.ask(population.init(problem.bounds, 3))
    ends = [scipy_minimize(problem, x, jac=problem.grad, method="L-BFGS-B") for x in drawn]
    ((points, values),) = told
    if inherit:
        assert all(np.abs(problem.grad(x)).max() < 1e-4 for x in points)
        np.testing.assert_allclose([problem(x) for x in points], values, atol=1e-9)
    else:
        np.testing.assert_array_equal(points, drawn)
        assert all(value <= problem(x) for x, value in zip(drawn, values))
    assert found.fun == values.min()
    near = [np.isclose(end.fun, value, atol=1e-6) for end, value in zip(ends, values)]
    assert np.mean(near) >= 0.5   # two line searches may fall into neighbouring dents


def test_lamarck_solves_what_neither_parent_does():
    problem = rastrigin(10)
    both = memetic(problem, GA(population_size=6), LBFGS(), steps=10, max_evals=12_000, target=1e-6, seed=0)
    alone = nnopt.minimize(problem, GA(population_size=6), max_evals=12_000, target=1e-6, seed=0)
    assert both.fun <= 1e-6 < 1e-4 < alone.fun
    assert both.spent < 12_000 + 6 * 2 * 10


def test_handing_over_goes_on_from_the_best_point():
    found = hand_over(sphere(5), PSO(population_size=10), LBFGS(), max_evals=400, share=0.5, seed=0)
    first = nnopt.minimize(sphere(5), PSO(population_size=10), max_evals=200, seed=0)
    assert found.fun < 1e-12 < first.fun
    assert found.spent <= 400


def test_nonsense_is_refused():
    with pytest.raises(TypeError, match="a population, such as GA"):
        memetic(sphere(2), LBFGS(), LBFGS(), steps=3, max_evals=10)
    with pytest.raises(TypeError, match="a descent, such as LBFGS"):
        hand_over(sphere(2), GA(), PSO(), max_evals=10)
    with pytest.raises(ValueError, match="steps must be an integer"):
        memetic(sphere(2), GA(), GD(), steps=0, max_evals=10)
    with pytest.raises(ValueError, match=r"share must be .*\(0, 1\)"):
        hand_over(sphere(2), GA(), GD(), max_evals=10, share=1.0)
    with pytest.raises(ValueError, match="atoms must be an integer in"):
        lennard_jones(1)
    with pytest.raises(ValueError, match="temperature"):
        BasinHopping(temperature=-1.0)
