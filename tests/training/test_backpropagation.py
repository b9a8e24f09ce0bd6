"""The gradient of the loss, four ways: central differences, an independent autograd, PyTorch, and the plain loops."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad
from conftest import need

from nnopt.training.backpropagation import (
    backpropagation,
    backpropagation_plain,
    column_sums,
    loss_only,
    loss_only_plain,
    relu_backward,
    tanh_backward,
)
from nnopt.training.network import layers, network, parameter_count, work_size

CASES = [
    (sizes, activation, loss)
    for sizes in ((4, 3), (5, 8, 3), (6, 7, 5, 4, 1))
    for activation in ("relu", "tanh")
    for loss in ("cross_entropy", "squared_error")
]


def example(sizes, activation, loss, dtype=np.float64, rows=11, seed=0):
    rng = np.random.default_rng(seed)
    net = network(sizes, activation, loss)
    theta = (0.7 * rng.normal(size=parameter_count(net))).astype(dtype)
    X, Y = rng.normal(size=(30, sizes[0])), rng.normal(size=(30, sizes[-1]))
    if loss == "cross_entropy":
        Y = np.eye(sizes[-1])[rng.integers(sizes[-1], size=30)]
    chosen = rng.permutation(30)[:rows]
    work, grad = np.zeros(work_size(net, rows), dtype), np.full(theta.size, np.nan, dtype)
    return net, theta, grad, work, X.astype(dtype), Y.astype(dtype), chosen


def loss_of(theta, net, X, Y):
    """The loss once more, in autograd's NumPy: independent of the library."""
    A = X
    for l, (start, p, q) in enumerate(layers(net)):
        if l > 0:
            A = anp.maximum(A, 0) if net[0] == 0 else anp.tanh(A)
        A = anp.dot(A, anp.reshape(theta[start : start + p * q], (p, q))) + theta[start + p * q : start + p * q + q]
    if net[1] == 1:
        return anp.mean((A - Y) ** 2)
    top = anp.max(A, axis=1, keepdims=True)
    return -anp.mean(anp.sum(Y * (A - top - anp.log(anp.sum(anp.exp(A - top), axis=1, keepdims=True))), axis=1))


@pytest.mark.parametrize("run", [backpropagation, backpropagation_plain], ids=["blas", "plain"])
@pytest.mark.parametrize("sizes, activation, loss", CASES)
def test_equals_autograd(sizes, activation, loss, run):
    net, theta, grad, work, X, Y, rows = example(sizes, activation, loss)
    value = run(theta, grad, work, net, X, Y, rows)
    expected, gradient = value_and_grad(loss_of)(theta, net, X[rows], Y[rows])
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(grad, gradient, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("sizes, activation, loss", CASES)
def test_equals_central_differences(sizes, activation, loss):
    net, theta, grad, work, X, Y, rows = example(sizes, activation, loss)
    backpropagation(theta, grad, work, net, X, Y, rows)
    h, e = 1e-6, np.zeros_like(theta)
    for i in range(theta.size):
        e[i] = h
        difference = loss_only(theta + e, work, net, X, Y, rows) - loss_only(theta - e, work, net, X, Y, rows)
        assert grad[i] == pytest.approx(difference / (2 * h), rel=1e-5, abs=1e-8)
        e[i] = 0.0


@pytest.mark.parametrize("sizes, activation, loss", CASES)
def test_float32_is_close_and_the_loss_alone_is_the_same(sizes, activation, loss):
    net, theta, grad, work, X, Y, rows = example(sizes, activation, loss)
    value = backpropagation(theta, grad, work, net, X, Y, rows)
    assert loss_only(theta, work, net, X, Y, rows) == value
    assert loss_only_plain(theta, work, net, X, Y, rows) == pytest.approx(value, rel=1e-13)
    net, theta, single, work, X, Y, rows = example(sizes, activation, loss, np.float32)
    assert backpropagation(theta, single, work, net, X, Y, rows) == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(single, grad, rtol=1e-4, atol=1e-5 * np.abs(grad).max())


def test_equals_pytorch():
    torch = need("torch")
    for activation, bend in (("relu", torch.relu), ("tanh", torch.tanh)):
        net, theta, grad, work, X, Y, rows = example((6, 9, 8, 4), activation, "cross_entropy")
        value = backpropagation(theta, grad, work, net, X, Y, rows)
        parameters = torch.tensor(theta, requires_grad=True)
        A = torch.tensor(X[rows])
        for l, (start, p, q) in enumerate(layers(net)):
            A = bend(A) if l else A
            A = A @ parameters[start : start + p * q].reshape(p, q) + parameters[start + p * q : start + p * q + q]
        loss = torch.nn.functional.cross_entropy(A, torch.tensor(Y[rows].argmax(axis=1)))
        loss.backward()
        assert value == pytest.approx(loss.item(), rel=1e-12)
        np.testing.assert_allclose(grad, parameters.grad.numpy(), rtol=1e-9, atol=1e-13)


def test_a_batch_is_the_mean_of_its_rows():
    net, theta, grad, work, X, Y, rows = example((5, 8, 3), "relu", "cross_entropy")
    value = backpropagation(theta, grad, work, net, X, Y, rows)
    one, alone = np.zeros_like(grad), []
    total = np.zeros_like(grad)
    for row in rows:
        alone.append(backpropagation(theta, one, work, net, X, Y, np.array([row])))
        total += one
    assert value == pytest.approx(np.mean(alone), rel=1e-12)
    np.testing.assert_allclose(grad, total / len(rows), rtol=1e-10, atol=1e-14)


def test_the_pieces():
    rng = np.random.default_rng(0)
    D, A, b = rng.normal(size=(4, 3)), rng.normal(size=12), np.empty(3)
    column_sums(D, b)
    np.testing.assert_allclose(b, D.sum(axis=0), rtol=1e-14)
    d = D.ravel().copy()
    relu_backward(d, A)
    np.testing.assert_array_equal(d, D.ravel() * (A > 0))
    d = D.ravel().copy()
    tanh_backward(d, np.tanh(A))
    np.testing.assert_allclose(d, D.ravel() / np.cosh(A) ** 2, rtol=1e-12)
