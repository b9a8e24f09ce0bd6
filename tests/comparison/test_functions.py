"""Turned functions: gradients against differences, the minimum where it is said to be, and the identities of their definitions."""

import numpy as np
import pytest

import nnopt
from nnopt.comparison.functions import FUNCTIONS, turned


@pytest.mark.parametrize("dim", [2, 5, 10])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_is_that_of_the_value(name, dim):
    problem, half = turned(name, dim, 3), FUNCTIONS[name][2]
    for x in np.random.default_rng(4).uniform(-0.8, 0.8, (5, dim)) * half:
        h = 1e-6 * half
        slope = [(problem(x + h * e) - problem(x - h * e)) / (2 * h) for e in np.eye(dim)]
        grad = problem.grad(x)
        np.testing.assert_allclose(grad, slope, rtol=1e-4, atol=1e-5 * np.abs(grad).max() + 1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_minimum_is_where_it_is_said_to_be(name):
    problem = turned(name, 5, 7)
    low, high = np.array(problem.bounds).T
    assert abs(problem(problem.x_best)) < 1e-9 and (problem.x_best > low).all() and (problem.x_best < high).all()
    assert min(problem(x) for x in np.random.default_rng(0).uniform(low, high, (500, 5))) > 0


def test_a_seed_turns_and_shifts():
    one, other = turned("rastrigin", 3, 0), turned("rastrigin", 3, 1)
    assert not np.allclose(one.x_best, other.x_best)
    x = np.array([0.3, -1.2, 2.0])
    Q = one.arrays["Q"]
    np.testing.assert_allclose(Q @ Q.T, np.eye(3), atol=1e-12)
    assert one(x) == pytest.approx(nnopt.problems.rastrigin(3)(Q @ (x - one.x_best)), rel=1e-12)


def test_two_funnels():
    """Lunacek: both bottoms are minima along the line between them, and the wider funnel's is the higher one."""
    problem = turned("lunacek", 5, 2)
    s = 1 - 1 / (2 * np.sqrt(25) - 8.2)
    nu = -np.sqrt((2.5**2 - 1) / s)
    far = problem.x_best + problem.arrays["Q"].T @ np.full(5, nu - 2.5)
    ripples = 10 * 5 * (1 - np.cos(2 * np.pi * (nu - 2.5)))
    assert problem(far) == pytest.approx(5 + ripples)


def test_a_name_that_is_not_there():
    with pytest.raises(ValueError, match="no function is called 'cone'; there are ellipsoid"):
        turned("cone", 2, 0)
