"""Values and slopes of the losses: worked out by hand, against SciPy, at extreme outputs, and the older kernels beside the layers."""

import numpy as np
import pytest
from scipy import optimize, special, stats

import nnopt
from nnopt import BinaryCrossEntropy, CrossEntropy, Dense, Huber, Network, Sigmoid, SquaredError
from nnopt.training.layers.losses import (
    binary_cross_entropy,
    binary_cross_entropy_back,
    cross_entropy,
    cross_entropy_back,
    huber,
    huber_back,
    squared_error,
    squared_error_back,
)

SCALES = [0.1, 1.0, 30.0, 1000.0]
N, C = 12, 5


def example(scale=1.0, seed=0):
    """Outputs, classes, probabilities of classes, numbers and weights of rows."""
    rng = np.random.default_rng(seed)
    return (scale * rng.normal(size=(N, C)), rng.integers(0, C, N), rng.dirichlet(np.ones(C), N),
            scale * rng.normal(size=(N, C)), rng.uniform(0.1, 2, N))  # fmt: skip


def run(forward, backward, Z, T, weights=None, *delta):
    """Value and slope of a loss, from its two kernels."""
    other = np.column_stack([T, np.ones(len(Z)) if weights is None else weights])
    y, dx = np.full((2, *Z.shape), np.nan)
    if forward in (cross_entropy, binary_cross_entropy):
        value = forward(Z, other, y)
        backward(y, other, dx)
    else:
        value = forward(Z, other, *delta)
        backward(Z, other, dx, *delta)
    return value, dx


# ------------------------------------------------------------------------------------ by hand
def test_values_worked_out_by_hand():
    Z = np.log([[1.0, 2.0, 5.0]])  # the probabilities are 1/8, 2/8, 5/8
    value, slope = run(cross_entropy, cross_entropy_back, Z, [1.0])
    assert value == pytest.approx(np.log(4), rel=1e-15)
    np.testing.assert_allclose(slope, [[1 / 8, -6 / 8, 5 / 8]], rtol=1e-14)
    value, slope = run(binary_cross_entropy, binary_cross_entropy_back, np.log([[3.0]]), [[0.0]])  # the probability of yes is 3/4
    assert (value, slope.item()) == pytest.approx((np.log(4), 0.75), rel=1e-15)
    value, slope = run(squared_error, squared_error_back, np.array([[3.0, 1.0]]), [[1.0, 2.0]])
    assert value == 2.5 and slope.tolist() == [[2.0, -1.0]]
    value, slope = run(huber, huber_back, np.array([[3.0, 1.0, -4.0]]), [[1.0, 2.0, 2.0]], None, 1.5)
    assert value == pytest.approx((1.5 * (2 - 0.75) + 0.5 + 1.5 * (6 - 0.75)) / 3, rel=1e-15)
    np.testing.assert_allclose(slope, [[0.5, -1 / 3, -0.5]], rtol=1e-15)


# ------------------------------------------------------------------------------------ against SciPy
@pytest.mark.parametrize("scale", SCALES)
def test_cross_entropy_is_scipys_logsumexp(scale):
    Z, classes, soft, _, weights = example(scale)
    one, P = np.eye(C)[classes], special.softmax(Z, axis=1)
    for T, given in ((one, classes), (one, one), (soft, soft)):
        value, slope = run(cross_entropy, cross_entropy_back, Z, given, weights)
        each = special.logsumexp(Z, axis=1) - (T * Z).sum(axis=1)
        assert value == pytest.approx(np.mean(weights * each), rel=1e-12)
        np.testing.assert_allclose(slope, weights[:, None] / N * (P - T), atol=1e-15)


@pytest.mark.parametrize("scale", SCALES)
def test_binary_cross_entropy_is_scipys_expit(scale):
    Z, _, soft, _, weights = example(scale)
    value, slope = run(binary_cross_entropy, binary_cross_entropy_back, Z, soft, weights)
    each = -soft * special.log_expit(Z) - (1 - soft) * special.log_expit(-Z)
    assert value == pytest.approx(np.mean(weights[:, None] * each), rel=1e-12)
    np.testing.assert_allclose(slope, weights[:, None] / (N * C) * (special.expit(Z) - soft), atol=1e-16)


@pytest.mark.parametrize("delta", [0.01, 1.0, 50.0])
@pytest.mark.parametrize("scale", SCALES)
def test_huber_is_scipys(scale, delta):
    Z, _, _, T, weights = example(scale)
    value, slope = run(huber, huber_back, Z, T, weights, delta)
    assert value == pytest.approx(np.mean(weights[:, None] * special.huber(delta, Z - T)), rel=1e-13)
    np.testing.assert_allclose(slope, weights[:, None] / Z.size * np.clip(Z - T, -delta, delta), rtol=1e-13)


def test_squared_error_is_a_normal_likelihood():
    """Twice the negative log-likelihood of noise of width 1, but for its constant."""
    Z, _, _, T, _ = example()
    value, slope = run(squared_error, squared_error_back, Z, T)
    assert value == pytest.approx(np.mean(-2 * stats.norm.logpdf(T, Z) - np.log(2 * np.pi)), rel=1e-12)
    np.testing.assert_allclose(slope, 2 * (Z - T) / Z.size, rtol=1e-14)


def test_huber_lies_between_the_two_others():
    Z, _, _, T, _ = example()
    squares, _ = run(squared_error, squared_error_back, Z, T)
    assert run(huber, huber_back, Z, T, None, 1e6)[0] == pytest.approx(squares / 2, rel=1e-14)
    assert run(huber, huber_back, Z, T, None, 1e-9)[0] / 1e-9 == pytest.approx(np.abs(Z - T).mean(), rel=1e-8)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sure_and_wrong_is_finite_and_pushed(dtype):
    """The outputs of a linear network are 1e4 apart on the wrong side; the slope is 1, and not infinite or 0."""
    theta = np.array([1.0, 0.0, 0.0, 0.0]).astype(dtype)  # W is (1, 0), b is (0, 0)
    problem = Network(Dense(2), input=1, loss=CrossEntropy()).problem([[1e4]], [1], dtype=dtype)
    assert problem(theta) == 1e4 and problem.grad(theta)[2:].tolist() == [1.0, -1.0]
    theta = np.array([1.0, 0.0]).astype(dtype)
    problem = Network(Dense(1), input=1, loss=BinaryCrossEntropy()).problem([[1e4]], [0], dtype=dtype)
    assert problem(theta) == 1e4 and problem.grad(theta)[1] == 1.0


def test_squared_error_of_a_saturated_probability_hardly_pushes():
    """At the output -a the slopes are about 2 exp(-a) and 1."""
    for a in (5.0, 10.0, 20.0):
        theta = np.array([0.0, -a])
        squares = Network(Dense(1), Sigmoid(), input=1, loss=SquaredError()).problem([[0.0]], [1.0])
        cross = Network(Dense(1), input=1, loss=BinaryCrossEntropy()).problem([[0.0]], [1.0])
        p = special.expit(-a)
        assert squares.grad(theta)[1] == pytest.approx(-2 * (1 - p) ** 2 * p, rel=1e-12)
        assert cross.grad(theta)[1] == pytest.approx(p - 1, rel=1e-12)


# ------------------------------------------------------------------------------------ whole fits
def test_a_line_by_huber_is_scipys():
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (80, 1))
    y = 2 * x - 1 + 0.1 * rng.normal(size=x.shape)
    y[:12] += 5
    net = Network(Dense(1), input=1, loss=Huber(0.2))
    run_ = nnopt.minimize(net.problem(x, y), nnopt.LBFGS(), x0=np.zeros(2), max_evals=500)
    peer = optimize.least_squares(lambda w: w[0] * x[:, 0] + w[1] - y[:, 0], [0, 0], loss="huber", f_scale=0.2, xtol=1e-13, ftol=1e-13, gtol=1e-13)
    np.testing.assert_allclose(run_.x, peer.x, atol=1e-5)
    squares, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(80)]), y, rcond=None)
    assert np.abs(run_.x - [2, -1]).max() < 0.15 < 0.5 < np.abs(squares[:, 0] - [2, -1]).max()


def test_smoothed_labels_have_a_best_gap():
    """log(1 + C (1 - eps) / eps) between the right output and the others, for rows that are told apart."""
    eps, net = 0.2, Network(Dense(3), input=3, loss=CrossEntropy())
    T = (1 - eps) * np.eye(3) + eps / 3
    run_ = nnopt.minimize(net.problem(np.eye(3), T), nnopt.LBFGS(), x0=np.zeros(net.size), max_evals=500)
    Z = net.outputs(run_.x, np.eye(3))
    gaps = (np.diag(Z)[:, None] - Z)[~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(gaps, np.log(1 + 3 * (1 - eps) / eps), atol=1e-4)


# ------------------------------------------------------------------------------------ the older kernels
