"""The gradient of a network's loss, three ways: an independent autograd, central differences, PyTorch; and its pieces."""

import itertools

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad
from conftest import need

from nnopt import CrossEntropy, Dense, Network, ReLU, SquaredError, Tanh
from nnopt.training.layers.activations import expm1_negative, relu_back, tanh, tanh_back
from nnopt.training.layers.dense import column_sums, dense, dense_back, dense_back_plain, dense_plain

CASES = [(sizes, bend, loss) for sizes in ((4, 3), (5, 8, 3), (6, 7, 5, 4, 2)) for bend in (ReLU, Tanh) for loss in (CrossEntropy, SquaredError)]
NAMES = [f"{'-'.join(map(str, sizes))}-{bend.__name__}-{loss.__name__}" for sizes, bend, loss in CASES]
every_case = pytest.mark.parametrize("sizes, bend, loss", CASES, ids=NAMES)


def example(sizes, bend, loss, rows=11, seed=0):
    """A network, weights, rows of data and their targets."""
    rng = np.random.default_rng(seed)
    hidden = [layer for units in sizes[1:-1] for layer in (Dense(units), bend())]
    net = Network(*hidden, Dense(sizes[-1]), input=sizes[0], loss=loss())
    X = rng.normal(size=(rows, sizes[0]))
    Y = rng.integers(sizes[-1], size=rows) if loss is CrossEntropy else rng.normal(size=(rows, sizes[-1]))
    return net, 0.7 * rng.normal(size=net.size), X, Y


def loss_of(theta, sizes, bend, loss, X, Y):
    """The loss once more, in autograd's NumPy: independent of the library."""
    A, at = X, 0
    for l, (p, q) in enumerate(itertools.pairwise(sizes)):
        if l > 0:
            A = anp.maximum(A, 0) if bend is ReLU else anp.tanh(A)
        A = anp.dot(A, anp.reshape(theta[at : at + p * q], (p, q))) + theta[at + p * q : at + p * q + q]
        at += (p + 1) * q
    if loss is SquaredError:
        return anp.mean((A - Y) ** 2)
    top = anp.max(A, axis=1, keepdims=True)
    return -anp.mean((A - top - anp.log(anp.sum(anp.exp(A - top), axis=1, keepdims=True)))[anp.arange(len(Y)), Y])


@every_case
def test_equals_autograd(sizes, bend, loss):
    net, theta, X, Y = example(sizes, bend, loss)
    problem = net.problem(X, Y)
    expected, gradient = value_and_grad(loss_of)(theta, sizes, bend, loss, X, Y)
    assert problem(theta) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(problem.grad(theta), gradient, rtol=1e-10, atol=1e-13)


@every_case
def test_equals_central_differences(sizes, bend, loss):
    net, theta, X, Y = example(sizes, bend, loss)
    problem, h = net.problem(X, Y), 1e-6
    central = [(problem(theta + h * e) - problem(theta - h * e)) / (2 * h) for e in np.eye(theta.size)]
    np.testing.assert_allclose(problem.grad(theta), central, rtol=1e-5, atol=1e-8)


@every_case
def test_float32_is_close(sizes, bend, loss):
    net, theta, X, Y = example(sizes, bend, loss)
    double, single = net.problem(X, Y), net.problem(X, Y, dtype="float32")
    assert single(theta) == pytest.approx(double(theta), rel=1e-5)
    expected = double.grad(theta)
    np.testing.assert_allclose(single.grad(theta), expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("batch", [1, 4, 11])
def test_a_batch_is_the_mean_of_its_rows_however_many_are_looked_at_together(batch):
    net, theta, X, Y = example((5, 8, 3), ReLU, CrossEntropy)
    whole = net.problem(X, Y, batch=batch)
    alone = [net.problem(X[[row]], Y[[row]]) for row in range(len(X))]
    assert whole(theta) == pytest.approx(np.mean([problem(theta) for problem in alone]), rel=1e-12)
    np.testing.assert_allclose(whole.grad(theta), np.mean([problem.grad(theta) for problem in alone], axis=0), rtol=1e-10, atol=1e-14)


def test_equals_pytorch():
    torch = need("torch")
    for bend, function in ((ReLU, torch.relu), (Tanh, torch.tanh)):
        net, theta, X, Y = example((6, 9, 8, 4), bend, CrossEntropy)
        weights, A = torch.tensor(theta, requires_grad=True), torch.tensor(X)
        for l, (at, p, q) in enumerate([(0, 6, 9), (63, 9, 8), (143, 8, 4)]):
            A = function(A) if l else A
            A = A @ weights[at : at + p * q].reshape(p, q) + weights[at + p * q : at + p * q + q]
        loss = torch.nn.functional.cross_entropy(A, torch.tensor(Y))
        loss.backward()
        problem = net.problem(X, Y)
        assert problem(theta) == pytest.approx(loss.item(), rel=1e-12)
        np.testing.assert_allclose(problem.grad(theta), weights.grad.numpy(), rtol=1e-9, atol=1e-13)


# ------------------------------------------------------------------------------------ the pieces
def test_the_pieces():
    rng = np.random.default_rng(0)
    D, A, b = rng.normal(size=(4, 3)), rng.normal(size=12), np.empty(3)
    column_sums(D, b)
    np.testing.assert_allclose(b, D.sum(axis=0), rtol=1e-14)
    d = D.ravel().copy()
    relu_back(np.maximum(A, 0), d)
    np.testing.assert_array_equal(d, D.ravel() * (A > 0))
    d = D.ravel().copy()
    tanh_back(np.tanh(A), d)
    np.testing.assert_allclose(d, D.ravel() / np.cosh(A) ** 2, rtol=1e-12)


@pytest.mark.parametrize("forward, back", [(dense, dense_back), (dense_plain, dense_back_plain)], ids=["blas", "plain"])
def test_a_dense_layer_by_blas_and_by_loops(forward, back):
    rng = np.random.default_rng(0)
    x, W, b, dy = (rng.normal(size=shape) for shape in ((5, 4), (4, 3), 3, (5, 3)))
    y, dW, db, dx, T = (np.full(shape, np.nan) for shape in ((5, 3), (4, 3), 3, (5, 4), (3, 4)))
    assert forward(x, W, b, y, 0.5, 0.2) == pytest.approx(0.5 * np.abs(W).sum() + 0.1 * np.sum(W**2), rel=1e-14)
    np.testing.assert_allclose(y, x @ W + b, rtol=1e-13)
    back(x, W, dy, dW, db, dx, T, 1, 0.5, 0.2)
    np.testing.assert_allclose(dW, x.T @ dy + 0.5 * np.sign(W) + 0.2 * W, rtol=1e-12)
    np.testing.assert_allclose(db, dy.sum(axis=0), rtol=1e-13)
    np.testing.assert_allclose(dx, dy @ W.T, rtol=1e-12, atol=1e-15)


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
