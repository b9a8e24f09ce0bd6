"""The forward pass, the losses and the initialization, against NumPy and SciPy."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from nnopt.training.initialization import he, initial, search_box, xavier
from nnopt.training.losses import mean_squared_error, softmax_cross_entropy
from nnopt.training.network import (
    HEAD,
    expm1_negative,
    forward,
    forward_plain,
    layers,
    network,
    outputs,
    parameter_count,
    tanh,
    work_size,
)

EPS = {np.float64: 1e-13, np.float32: 1e-5}


def example(activation="relu", dtype=np.float64, sizes=(5, 7, 6, 3), rows=9, seed=0):
    rng = np.random.default_rng(seed)
    net = network(sizes, activation)
    theta = rng.normal(size=parameter_count(net)).astype(dtype)
    X = rng.normal(size=(20, sizes[0])).astype(dtype)
    return net, theta, X, rng.permutation(20)[:rows], np.zeros(work_size(net, rows), dtype)


@pytest.mark.parametrize("run", [forward, forward_plain], ids=["blas", "plain"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_forward_leaves_every_layer_in_work(activation, dtype, run):
    net, theta, X, rows, work = example(activation, dtype)
    run(theta, work, net, X, rows)
    bend = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    A, at = X[rows].astype(float), 0
    np.testing.assert_array_equal(work[: A.size].reshape(A.shape), X[rows])
    for l, (start, p, q) in enumerate(layers(net)):
        W, b = theta[start : start + p * q].reshape(p, q), theta[start + p * q : start + p * q + q]
        Z = A @ W + b
        A, at = (Z if l == 2 else bend(Z)), at + len(rows) * p
        np.testing.assert_allclose(work[at : at + A.size].reshape(A.shape), A, rtol=EPS[dtype], atol=EPS[dtype])
    np.testing.assert_allclose(outputs(theta, net, X[rows]), A, rtol=EPS[dtype], atol=EPS[dtype])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exponential_and_tangent_without_libm(dtype):
    eps = np.finfo(dtype).eps
    z = -np.concatenate([[0.0], 10.0 ** np.linspace(-12, 2, 5000)]).astype(dtype)
    e = z.copy()
    expm1_negative(e)
    assert np.abs(e - np.expm1(z.astype(float))).max() < 4 * eps
    small = z > -1e-3
    np.testing.assert_allclose(e[small], np.expm1(z[small].astype(float)), rtol=16 * eps)
    x = np.concatenate([z, -z, [np.inf, -np.inf]]).astype(dtype)
    y = x.copy()
    tanh(y, np.empty_like(y))
    np.testing.assert_allclose(y, np.tanh(x.astype(float)), rtol=16 * eps, atol=0)
    y = np.array([np.nan], dtype)
    tanh(y, np.empty_like(y))
    assert np.isnan(y[0])


def test_cross_entropy_and_its_gradient():
    rng = np.random.default_rng(0)
    Z, Y, rows = rng.normal(size=(6, 4)), rng.dirichlet(np.ones(4), 10), rng.permutation(10)[:6]
    Z[0] += 1e4  # no overflow
    D = Z.copy()
    loss = softmax_cross_entropy(D, Y, rows)
    assert loss == pytest.approx(-np.mean(np.sum(Y[rows] * log_softmax(Z, axis=1), axis=1)), rel=1e-12)
    np.testing.assert_allclose(D, (softmax(Z, axis=1) - Y[rows]) / 6, atol=1e-15)
    np.testing.assert_allclose(D.sum(axis=1), 0, atol=1e-16)


def test_squared_error_and_its_gradient():
    rng = np.random.default_rng(0)
    Z, Y, rows = rng.normal(size=(6, 2)), rng.normal(size=(10, 2)), rng.permutation(10)[:6]
    D = Z.copy()
    assert mean_squared_error(D, Y, rows) == pytest.approx(np.mean((Z - Y[rows]) ** 2), rel=1e-14)
    np.testing.assert_allclose(D, 2 * (Z - Y[rows]) / 12, rtol=1e-14)


def test_initializations_have_their_variance():
    """Fixed seed; the tolerance, 3 %, is four standard errors of a variance of 40,000 draws."""
    rng = np.random.default_rng(0)
    assert he(rng, 100, 400).var() == pytest.approx(2 / 100, rel=0.03)
    W = xavier(rng, 100, 400)
    assert W.var() == pytest.approx(2 / 500, rel=0.03)
    assert np.abs(W).max() <= np.sqrt(6 / 500)
    net = network([100, 50, 10], "tanh")
    theta = initial(net, np.random.default_rng(0))
    for start, p, q in layers(net):
        assert np.abs(theta[start : start + p * q]).max() <= np.sqrt(6 / (p + q))
        assert (theta[start + p * q : start + p * q + q] == 0).all()
    assert (initial(net, np.random.default_rng(1)) != theta).any()


def test_signals_keep_their_size_through_twenty_layers():
    for activation, low, high in (("relu", 0.2, 5.0), ("tanh", 0.05, 5.0)):
        net = network([200] * 21, activation)
        Z = outputs(initial(net, np.random.default_rng(0)), net, np.random.default_rng(1).normal(size=(50, 200)))
        assert low < Z.std() < high, activation


def test_search_box_goes_by_layer():
    box = search_box(network([50, 8, 2]), 3.0)
    assert box.shape == (50 * 8 + 8 + 8 * 2 + 2, 2)
    assert box[0].tolist() == [-3 * 0.2, 3 * 0.2]
    assert box[-1, 1] == 3 * 0.5


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: network([4]), r"sizes must be at least two positive integers, not \[4\]"),
        (lambda: network([4, 0, 2]), r"not \[4, 0, 2\]"),
        (lambda: network([4, 2.5]), r"not \[4, 2.5\]"),
        (lambda: network([4, 2], "sigmoid"), "activation must be one of relu, tanh, not 'sigmoid'"),
        (lambda: network([4, 2], loss="hinge"), "loss must be one of cross_entropy, squared_error, not 'hinge'"),
        (lambda: initial(network([4, 2]), None, "zeros"), "initialization must be one of auto, he, xavier, not 'zeros'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_net_is_read_as_written():
    net = network([4, 3, 2], "tanh", "squared_error")
    assert net[:HEAD].tolist() == [1, 1]
    assert list(layers(net)) == [(0, 4, 3), (15, 3, 2)]
    assert parameter_count(net) == 15 + 8
