"""Gradient descent against its formula, PyTorch, and what theory says of quadratics."""

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
