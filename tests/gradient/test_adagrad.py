"""AdaGrad and AdaDelta: by hand, beside PyTorch, and what is special about them."""

import numpy as np
import pytest
from gradient.peers import TOLERANCE, assert_equal_to_torch, walk

import nnopt

both = pytest.mark.parametrize("dtype", list(TOLERANCE))


def test_by_hand():
    """g = 3, then 4, lr = 0.1: steps of 0.1 * 3 / 3, then 0.1 * 4 / 5."""
    points = walk(nnopt.AdaGrad(lr=0.1), np.zeros(1), [[3.0], [4.0]])
    np.testing.assert_allclose(points.ravel(), [-0.1, -0.18], rtol=1e-9)


@both
@pytest.mark.parametrize("fields", [{}, dict(lr=0.3, eps=1e-2), dict(lr=2.0, eps=1e-30)])
def test_equals_pytorch(fields, dtype):
    numbers = dict(lr=1e-2, eps=1e-10) | fields
    assert_equal_to_torch("AdaGrad", lambda optim, p: optim.Adagrad(p, **numbers), fields, dtype)


@both
@pytest.mark.parametrize("fields", [{}, dict(lr=0.3, rho=0.5, eps=1e-3), dict(rho=0.0)])
def test_adadelta_equals_pytorch(fields, dtype):
    numbers = dict(lr=1.0, rho=0.9, eps=1e-6) | fields
    assert_equal_to_torch("AdaDelta", lambda optim, p: optim.Adadelta(p, **numbers), fields, dtype)


def test_a_steady_gradient_is_followed_with_steps_that_shrink_as_the_root_of_t():
    points = walk(nnopt.AdaGrad(lr=1.0), np.zeros(1), np.full((400, 1), -7.0)).ravel()
    steps = np.diff(points, prepend=0.0)
    np.testing.assert_allclose(steps, 1 / np.sqrt(np.arange(1, 401)), rtol=1e-8)


def test_a_rare_gradient_finds_a_long_step():
    """Two parameters, gradients of one size: the one that is asked once in a hundred steps moves as far when it is as the other did first."""
    along = np.zeros((500, 2))
    along[:, 0], along[99::100, 1] = 1.0, 1.0
    points = walk(nnopt.AdaGrad(lr=1.0), np.zeros(2), along)
    steps = -np.diff(points, axis=0, prepend=np.zeros((1, 2)))
    np.testing.assert_allclose(steps[99::100, 1], 1 / np.sqrt(np.arange(1, 6)), rtol=1e-9)
    assert steps[499, 1] > 9 * steps[499, 0]


def test_the_regret_stays_below_the_bound():
    """Duchi, Hazan and Singer 2011, Theorem 5, one coordinate: regret <= 2 D sqrt(sum g^2) on [-D/2, D/2] with lr = D / sqrt 2 (linear losses)."""
    rng, D = np.random.default_rng(0), 2.0
    for _ in range(20):
        slopes = rng.normal(size=300) * 10.0 ** rng.uniform(-2, 2)
        optimizer, total = nnopt.AdaGrad(lr=D / np.sqrt(2)), 0.0
        state = optimizer.init([0.0])
        for g in slopes:
            total += g * state.theta[0]
            state = optimizer.step(state, [g])
            state.theta = np.clip(state.theta, -D / 2, D / 2)
        best = -abs(slopes.sum()) * D / 2
        assert total - best <= np.sqrt(2) * D * np.sqrt(np.sum(slopes**2)) * (1 + 1e-6)


def test_adadelta_measures_steps_in_the_parameters_units():
    """Scaling the loss leaves the walk alone (but for eps); scaling the parameter scales it."""
    along = np.random.default_rng(3).normal(size=(50, 1)) + 1.0
    plain = walk(nnopt.AdaDelta(eps=1e-12), np.zeros(1), along)
    scaled = walk(nnopt.AdaDelta(eps=1e-12), np.zeros(1), 1000 * along)
    np.testing.assert_allclose(scaled, plain, rtol=1e-6)
