"""RMSprop: by hand, beside PyTorch and optax, and what is special about it."""

import numpy as np
import pytest
from conftest import need
from gradient.peers import TOLERANCE, assert_equal_to_torch, gap, gradients, start, walk, walk_of_optax

import nnopt

SETTINGS = [{}, dict(lr=0.3, rho=0.5, eps=1e-3), dict(centered=True), dict(momentum=0.9), dict(momentum=0.5, centered=True), dict(rho=0.0)]


def test_by_hand():
    """g = 2, then 2, lr = 0.1, rho = 0.5: v = 2, then 3; steps of 0.2 / sqrt 2 and 0.2 / sqrt 3."""
    points = walk(nnopt.RMSprop(lr=0.1, rho=0.5), np.zeros(1), [[2.0], [2.0]])
    np.testing.assert_allclose(np.diff(points.ravel(), prepend=0.0), [-0.2 / 2**0.5, -0.2 / 3**0.5], rtol=1e-7)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("fields", SETTINGS)
def test_equals_pytorch(fields, dtype):
    numbers = dict(lr=1e-2, rho=0.99, eps=1e-8, momentum=0.0, centered=False) | fields
    rho = numbers.pop("rho")
    assert_equal_to_torch("RMSprop", lambda optim, p: optim.RMSprop(p, alpha=rho, **numbers), fields, dtype)


def test_equals_optax_where_epsilon_does_not_matter():
    optax = need("optax")
    theta, along = start("float64"), gradients("float64")[:300]
    along[along == 0] = 1.0  # where a gradient is zero, the two differ by where epsilon stands
    peer = optax.rmsprop(0.01, decay=0.9, eps=1e-30)
    ours = walk(nnopt.RMSprop(lr=0.01, rho=0.9, eps=1e-30), theta, along)
    assert gap(ours, walk_of_optax(peer, theta, along), theta) < 1e-12


def test_is_adam_without_momentum_and_without_hats():
    along = np.random.default_rng(0).normal(size=(100, 5))
    ours = walk(nnopt.RMSprop(lr=0.01, rho=0.9, eps=1e-30), np.zeros(5), along)
    adam = walk(nnopt.Adam(lr=lambda t: 0.01 / np.sqrt(1 - 0.9**t), beta1=0.0, beta2=0.9, eps=1e-30), np.zeros(5), along)
    np.testing.assert_allclose(ours, adam, rtol=1e-9)


def test_the_first_step_is_longer_than_the_rate():
    """lr / sqrt(1 - rho): ten times the rate at the default, where Adam's is the rate itself."""
    step = walk(nnopt.RMSprop(lr=0.01), np.zeros(3), [[1e-3, 1.0, 1e3]])[0]
    np.testing.assert_allclose(step, -0.1, rtol=1e-3)


def test_centered_divides_by_less():
    """Of a steady gradient the variance is small, so the centered step is longer."""
    along = 1.0 + 0.1 * np.random.default_rng(0).normal(size=(300, 1))
    steps = [abs(np.diff(walk(nnopt.RMSprop(rho=0.9, centered=c), np.zeros(1), along)[100:, 0])) for c in (False, True)]
    assert np.median(steps[1]) > 5 * np.median(steps[0])


def test_centered_takes_a_truth_value():
    for wrong in (1, 0.0, "yes", None):
        with pytest.raises(ValueError, match="centered must be True or False"):
            nnopt.RMSprop(centered=wrong)
