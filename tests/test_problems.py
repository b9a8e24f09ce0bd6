"""Test functions against their formulas, their known minima and central differences."""

import math

import numpy as np
import pytest

import nnopt
from nnopt.problems import Problem
from nnopt.problems.multimodal import cos_turns

FORMULAS = {
    "sphere": lambda x: np.sum(x**2),
    "quadratic": lambda x: 0.5 * np.sum(np.geomspace(1, 10, x.size) * x**2),
    "rosenbrock": lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "himmelblau": lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
    "rastrigin": lambda x: np.sum(10 + x**2 - 10 * np.cos(2 * np.pi * x)),
    "ackley": lambda x: (20 + np.e - 20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * np.pi * x)))),
}


def problems():
    for name in FORMULAS:
        make = getattr(nnopt.problems, name)
        yield from [make()] if name == "himmelblau" else [make(2), make(7)]


@pytest.mark.parametrize("problem", list(problems()), ids=lambda p: f"{p.name}-{p.dim}")
def test_value_gradient_minimum(problem):
    rng = np.random.default_rng(0)
    assert problem(problem.x_best) == pytest.approx(problem.minimum, abs=1e-14)
    for _ in range(20):
        x = rng.uniform(-3, 3, problem.dim)
        assert problem(x) == pytest.approx(FORMULAS[problem.name](x), rel=1e-12, abs=1e-12)
        assert problem(x) > problem.minimum
        h = 1e-6
        central = [(problem(x + h * e) - problem(x - h * e)) / (2 * h) for e in np.eye(problem.dim)]
        np.testing.assert_allclose(problem.grad(x), central, rtol=1e-6, atol=1e-5)


def test_every_problem_is_tested():
    sums = {"least_squares", "logistic", "network_loss"}  # in test_kinds.py
    assert {name for name in dir(nnopt.problems) if name != "Problem"} == set(FORMULAS) | sums


def test_cosine_without_libm():
    x = np.concatenate([np.linspace(-3, 3, 20_001), [0.5, -0.5, 1e6 + 0.25]])
    error = max(abs(cos_turns(v) - math.cos(2 * math.pi * math.remainder(v, 1))) for v in x)
    assert error < 1e-15


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nnopt.problems.rosenbrock(1), r"rosenbrock: dim must be an integer in \[2, inf\), not 1"),
        (lambda: nnopt.problems.sphere(2.5), "not 2.5"),
        (lambda: nnopt.problems.quadratic(2, 0.5), "condition must be a number in .*, not 0.5"),
        (lambda: nnopt.problems.sphere(3)([1, 2]), r"sphere takes a vector of 3 numbers, not an array of shape \(2,\)"),
        (lambda: Problem("f", np.sum).grad([1.0]), "f has no gradient"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_unknown_problem_names_the_known_ones():
    with pytest.raises(AttributeError, match=r"no 'rosenbrok'; it has .*rosenbrock"):
        nnopt.problems.rosenbrok  # noqa: B018
