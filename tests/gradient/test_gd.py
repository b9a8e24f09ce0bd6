"""Gradient descent against its formula, PyTorch, and what theory says of quadratics."""

import itertools

import numpy as np
import pytest
from conftest import need

import nnopt
from nnopt.gradient.gd import gd
from nnopt.problems import quadratic, rosenbrock


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_step(dtype):
    rng = np.random.default_rng(0)
    theta, grad = rng.normal(size=50).astype(dtype), rng.normal(size=50).astype(dtype)
    expected = theta - dtype(0.1) * grad
    gd(theta, grad, 0.1)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=np.finfo(dtype).eps)


def test_a_quadratic_shrinks_by_its_factors():
    """Along the axis of curvature a, each step multiplies by 1 - lr a, exactly as the book derives."""
    problem, lr, steps = quadratic(3, 10.0), 0.05, 20
    r = nnopt.minimize(problem, nnopt.GD(lr=lr), x0=[1.0, 1.0, 1.0], max_evals=steps + 1)
    np.testing.assert_allclose(r.x, (1 - lr * problem.arrays["curvatures"]) ** steps, rtol=1e-12)


@pytest.mark.parametrize("lr, converges", [(1.99 / 10, True), (2.01 / 10, False)])
def test_stable_below_two_over_the_largest_curvature(lr, converges):
    r = nnopt.minimize(quadratic(2, 10.0), nnopt.GD(lr=lr), x0=[1.0, 1.0], max_evals=3000)
    assert (r.history.fun[-1] < 1e-9) == converges


def test_equals_pytorch():
    torch = need("torch")
    theta = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64, requires_grad=True)
    peer, problem = torch.optim.SGD([theta], lr=1e-3), rosenbrock(3)
    state = nnopt.GD(lr=1e-3).init([-1.2, 1.0, 0.5])
    for _ in range(100):
        peer.zero_grad()
        (100 * (theta[1:] - theta[:-1] ** 2) ** 2 + (1 - theta[:-1]) ** 2).sum().backward()
        peer.step()
        state = nnopt.GD(lr=1e-3).step(state, problem.grad(state.theta))
    np.testing.assert_allclose(state.theta, theta.detach().numpy(), rtol=1e-12)


# ------------------------------------------------------------------------------------ backtracking
def by_definition(problem, x, lr, armijo, shrink, steps):
    """Armijo's rule in NumPy: the points of a run, and how many values it looked at."""
    points, looked, length = [np.array(x, float)], 1, lr * shrink
    for _ in range(steps):
        x, g = points[-1], problem.grad(points[-1])
        length /= shrink
        looked += 1
        while not problem(x - length * g) <= problem(x) - armijo * length * (g @ g):
            length *= shrink
            looked += 1
        points.append(x - length * g)
    return np.array(points), looked


@pytest.mark.parametrize("lr, armijo, shrink", [(1.0, 1e-4, 0.5), (1e-3, 0.5, 0.5), (1e3, 0.1, 0.9)])
@pytest.mark.parametrize("problem, x0", [(nnopt.problems.quadratic(3, 30.0), [1.0, 2.0, -1.0]), (nnopt.problems.himmelblau(), [-1.0, 4.0])])
def test_backtracking_is_armijos_rule(problem, x0, lr, armijo, shrink):
    points, looked = by_definition(problem, x0, lr, armijo, shrink, 8)
    run = nnopt.minimize(problem, nnopt.BacktrackingGD(lr, armijo, shrink), x0=x0, max_evals=looked)
    assert (run.nit, run.nfev) == (8, looked)
    np.testing.assert_allclose(run.state.theta, points[-1], rtol=1e-12, atol=1e-13)


def test_no_step_is_shorter_than_the_curvature_asks_for():
    """At 2 (1 - c1) / L every step is good, so that halving ends above half of it."""
    problem, L, path = nnopt.problems.quadratic(4, 50.0), 50.0, []
    nnopt.minimize(problem, nnopt.BacktrackingGD(armijo=0.1), x0=[3.0, 1.0, -2.0, 1.0], max_evals=200, callback=lambda r: path.append(r.state.theta.copy()))
    lengths = [np.linalg.norm(b - a) / np.linalg.norm(problem.grad(a)) for a, b in itertools.pairwise(path[:-1])]  # the budget may end within the last search
    assert len(lengths) > 50 and min(lengths) > 0.5 * 2 * 0.9 / L - 1e-12


def test_backtracking_stops_at_a_minimum_and_goes_on_within_a_search():
    problem, optimizer = nnopt.problems.himmelblau(), nnopt.BacktrackingGD()
    whole = nnopt.minimize(problem, optimizer, x0=[-1.0, 4.0], max_evals=10_000)
    assert whole.status == "stopped" and whole.fun < 1e-20 and whole.nfev < 1000
    for first in (2, 5, 11):
        short = nnopt.minimize(problem, optimizer, x0=[-1.0, 4.0], max_evals=first)
        assert short.nfev <= first
        assert nnopt.minimize(problem, optimizer, start=short, max_evals=10_000).fun < 1e-20
