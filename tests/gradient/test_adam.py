"""Adam against the paper's Algorithm 1 written in NumPy, against PyTorch, and against what the paper says of it."""

import numpy as np
import pytest
from conftest import need

import nnopt
from nnopt.problems import rosenbrock


def algorithm_1(theta, gradients, lr, beta1, beta2, eps):
    """Kingma & Ba 2015, Algorithm 1, line by line."""
    m, v, path = np.zeros_like(theta), np.zeros_like(theta), [theta]
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-13), (np.float32, 1e-4)])
@pytest.mark.parametrize("numbers", [{}, dict(lr=0.3, beta1=0.5, beta2=0.8, eps=1e-3), dict(beta1=0.0), dict(beta2=0.0)])
def test_equals_the_paper(numbers, dtype, tolerance):
    rng, optimizer = np.random.default_rng(0), nnopt.Adam(**numbers)
    scales = 10.0 ** rng.uniform(-6, 3, 40)  # gradients from tiny to huge
    theta, gradients = rng.normal(size=40).astype(dtype), (scales * rng.normal(size=(200, 40))).astype(dtype)
    gradients[5] = 0.0
    expected = algorithm_1(theta.astype(float), gradients.astype(float), optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.eps)
    state = optimizer.init(theta)
    for g, wanted in zip(gradients, expected[1:], strict=True):
        state = optimizer.step(state, g)
        np.testing.assert_allclose(state.theta, wanted, rtol=tolerance, atol=tolerance)


def test_equals_pytorch():
    torch = need("torch")
    theta = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64, requires_grad=True)
    peer, problem, optimizer = torch.optim.Adam([theta], lr=0.02), rosenbrock(3), nnopt.Adam(lr=0.02)
    state = optimizer.init([-1.2, 1.0, 0.5])
    for _ in range(500):
        peer.zero_grad()
        (100 * (theta[1:] - theta[:-1] ** 2) ** 2 + (1 - theta[:-1]) ** 2).sum().backward()
        peer.step()
        state = optimizer.step(state, problem.grad(state.theta))
    np.testing.assert_allclose(state.theta, theta.detach().numpy(), rtol=1e-9)


def test_equals_optax():
    """In float64, switched on for this test alone."""
    optax, jax = need("optax"), need("jax")
    rng = np.random.default_rng(1)
    gradients = rng.normal(size=(50, 8))
    with jax.enable_x64(True):
        peer, theta = optax.adam(0.01), jax.numpy.asarray(np.ones(8))
        memory = peer.init(theta)
        for g in gradients:
            change, memory = peer.update(jax.numpy.asarray(g), memory)
            theta = optax.apply_updates(theta, change)
        expected = np.asarray(theta)
    state = nnopt.Adam(lr=0.01).init(np.ones(8))
    for g in gradients:
        state = nnopt.Adam(lr=0.01).step(state, g)
    np.testing.assert_allclose(state.theta, expected, rtol=1e-10)


def test_the_first_step_has_the_length_of_the_learning_rate():
    state = nnopt.Adam(lr=0.1).init([0.0, 0.0, 0.0])
    state = nnopt.Adam(lr=0.1).step(state, [1e-3, 5.0, -1e4])
    np.testing.assert_allclose(state.theta, [-0.1, -0.1, 0.1], rtol=1e-4)


def test_steps_do_not_depend_on_the_gradients_scale():
    rng = np.random.default_rng(2)
    gradients = rng.normal(size=(30, 5))
    ends = []
    for scale in (1.0, 1e6):
        optimizer = nnopt.Adam(lr=0.1, eps=1e-300)
        state = optimizer.init(np.zeros(5))
        for g in gradients:
            state = optimizer.step(state, scale * g)
        ends.append(state.theta)
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12)


def test_finds_rosenbrocks_minimum():
    r = nnopt.minimize(rosenbrock(2), nnopt.Adam(lr=0.02), x0=[-1.2, 1.0], max_evals=5000)
    np.testing.assert_allclose(r.x, 1, atol=1e-3)
