"""Momentum, the heavy ball and Nesterov: by hand, beside PyTorch, in each other's terms, and what theory says of them."""

import numpy as np
import pytest
from gradient.peers import TOLERANCE, assert_equal_to_torch, gap, gradients, start, walk

import nnopt

SETTINGS = [{}, dict(lr=0.3, beta=0.5), dict(beta=0.99), dict(beta=0.0)]
both = pytest.mark.parametrize("dtype", list(TOLERANCE))


def test_by_hand():
    """g = 2, then 1, with lr = 0.1 and beta = 0.5: v = 1, then 1; theta = -0.1, then -0.2."""
    points = walk(nnopt.Momentum(lr=0.1, beta=0.5), np.zeros(1), [[2.0], [1.0]])
    np.testing.assert_allclose(points.ravel(), [-0.1, -0.2], rtol=1e-14)
    heavy = walk(nnopt.HeavyBall(lr=0.1, beta=0.5), np.zeros(1), [[2.0], [1.0]])  # v = 2, then 2
    np.testing.assert_allclose(heavy.ravel(), [-0.2, -0.4], rtol=1e-14)
    ahead = walk(nnopt.Nesterov(lr=0.1, beta=0.5), np.zeros(1), [[2.0], [1.0]])  # steps of 2 + 1 and 1 + 1
    np.testing.assert_allclose(ahead.ravel(), [-0.3, -0.5], rtol=1e-14)


@both
@pytest.mark.parametrize("fields", SETTINGS)
def test_equals_pytorch(fields, dtype):
    lr, beta = fields.get("lr", 1e-2), fields.get("beta", 0.9)
    assert_equal_to_torch("HeavyBall", lambda optim, p: optim.SGD(p, lr=lr, momentum=beta), fields, dtype)
    assert_equal_to_torch("Momentum", lambda optim, p: optim.SGD(p, lr=lr * (1 - beta), momentum=beta), fields, dtype)
    if beta:  # PyTorch refuses Nesterov without momentum
        assert_equal_to_torch("Nesterov", lambda optim, p: optim.SGD(p, lr=lr, momentum=beta, nesterov=True), fields, dtype)


@pytest.mark.parametrize("fields", SETTINGS)
def test_the_average_is_the_sum_at_another_rate(fields):
    average = nnopt.Momentum(**fields)
    ball = nnopt.HeavyBall(lr=average.lr * (1 - average.beta), beta=average.beta)
    theta, along = start("float64"), gradients("float64")
    assert gap(walk(ball, theta, along), walk(average, theta, along), theta) < 1e-12


def test_nesterov_is_the_method_of_1983():
    """x moves along the gradient at y, y looks ahead: in two sequences, as Nesterov writes it."""
    bowl, lr, beta = nnopt.problems.quadratic(6, condition=40), 0.02, 0.8
    x = y = np.linspace(-1, 2, 6)
    state = nnopt.Nesterov(lr=lr, beta=beta).init(y)
    for _ in range(200):
        new = y - lr * bowl.grad(y)
        x, y = new, new + beta * (new - x)
        state = nnopt.Nesterov(lr=lr, beta=beta).step(state, bowl.grad(state.theta))
        np.testing.assert_allclose(state.theta, y, rtol=1e-10, atol=1e-13)


def slowest(lr, beta, curvatures):
    """The largest modulus of a root of z^2 - (1 + beta - lr (1 - beta) c) z + beta, over curvatures c."""
    return max(np.abs(np.roots([1.0, -(1 + beta - lr * (1 - beta) * c), beta])).max() for c in curvatures)


@pytest.mark.parametrize("lr, beta", [(0.5, 0.9), (0.2, 0.5), (3.0, 0.9)])
def test_a_bowl_is_left_at_the_rate_of_the_larger_root(lr, beta):
    bowl = nnopt.problems.quadratic(2, condition=10)  # curvatures 1 and 10
    r = nnopt.minimize(bowl, nnopt.Momentum(lr=lr, beta=beta), x0=[1.0, 1.0], max_evals=400)
    rate = slowest(lr, beta, (1.0, 10.0))
    assert rate < 1
    early, late = np.sqrt(r.history.best[100]), np.sqrt(r.history.best[300])
    np.testing.assert_allclose((late / early) ** (1 / 200), rate, rtol=0.02)


def test_the_largest_rate_is_that_of_the_derivation():
    """2 (1 + beta) / ((1 - beta) L): just below it the run shrinks, just above it grows."""
    L, beta = 10.0, 0.8
    most = 2 * (1 + beta) / ((1 - beta) * L)
    for share, shrinks in ((0.99, True), (1.01, False)):
        r = nnopt.minimize(lambda x: 0.5 * L * x @ x, nnopt.Momentum(lr=share * most, beta=beta), x0=[1.0], jac=lambda x: L * x, max_evals=3000)
        assert (r.history.fun[-1] < 1e-3) == shrinks


def test_refuses_what_cannot_be():
    for wrong in (1.0, -0.1, np.nan, "x"):
        with pytest.raises(ValueError, match=r"beta must be a number in \[0, 1\)"):
            nnopt.Momentum(beta=wrong)
