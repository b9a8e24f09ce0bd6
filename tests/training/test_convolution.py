"""Layers of pictures: by their definition, against PyTorch's autograd, alone and in every pair; batch normalization in use."""

import itertools

import numpy as np
import pytest
from conftest import need

import nnopt
from nnopt import (
    GELU,
    AveragePool,
    BatchNorm,
    Conv,
    CrossEntropy,
    Dense,
    MaxPool,
    Network,
    ReLU,
    Reshape,
    Residual,
    SquaredError,
    Tanh,
    Upsample,
)

INPUT, ROWS = (2, 9, 8), 5
LAYERS = dict(
    conv=Conv(2, size=2), padded=Conv(2, size=3, padding=1), strided=Conv(2, size=2, stride=2), one=Conv(2, size=1), max=MaxPool(), three=MaxPool(3),
    mean=AveragePool(), up=Upsample(), batch=BatchNorm(), bend=GELU(), inplace=Tanh(), residual=Residual(Conv(2, size=3, padding=1), ReLU()),
)  # fmt: skip


def data(seed=0):
    return np.random.default_rng(seed).normal(size=(ROWS, *INPUT))


def network(*layers):
    return Network(Conv(2, padding=1), *layers, Dense(3), input=INPUT, loss=SquaredError())


def example(*layers, seed=1):
    """A network, its problem, and weights away from where they start."""
    rng = np.random.default_rng(seed)
    net = network(*layers)
    return net, net.problem(data(), rng.normal(size=(ROWS, 3)), batch=3), net.start(rng) + 0.1 * rng.normal(size=net.size)


def differences(problem, theta, h=1e-5):
    return np.array([(problem(theta + e) - problem(theta - e)) / (2 * h) for e in np.eye(theta.size) * h])


# ------------------------------------------------------------------------------------ right derivatives
@pytest.mark.parametrize("pair", [p for p in itertools.product(LAYERS, LAYERS) if p != ("three", "three")], ids="-".join)
def test_every_pair_has_the_gradient_of_its_loss(pair):
    _, problem, theta = example(*(LAYERS[name] for name in pair))
    expected = differences(problem, theta)
    np.testing.assert_allclose(problem.grad(theta), expected, atol=2e-8 * max(1.0, np.abs(expected).max()), rtol=1e-6)


def torch_run(torch, net, theta, a, training):
    """The network by torch's layers, on the same theta."""
    F, places = torch.nn.functional, iter(net.weights)

    def weight():
        _, _, at, shape = next(places)
        return theta[at : at + int(np.prod(shape))].reshape(shape)

    def run(layers, a):
        for layer in layers:
            if isinstance(layer, Conv):
                W, b = weight(), weight()
                W = W.reshape(layer.filters, a.shape[1], layer.size, layer.size)
                a = F.conv2d(a, W, b, stride=layer.stride, padding=layer.padding)
            elif isinstance(layer, MaxPool):
                a = F.max_pool2d(a, layer.size)
            elif isinstance(layer, AveragePool):
                a = F.avg_pool2d(a, layer.size)
            elif isinstance(layer, Upsample):
                a = F.interpolate(a, scale_factor=layer.size)
            elif isinstance(layer, BatchNorm):
                g, b, mean, scale = (weight() for _ in range(4))
                if training:
                    a = F.batch_norm(a, None, None, g, b, True, 0.0, 1e-5)
                else:
                    g, b, mean, scale = (each.reshape(-1, *[1] * (a.ndim - 2)) for each in (g, b, mean, scale))
                    a = (a - mean) * scale * g + b
            elif isinstance(layer, Dense):
                W, b = weight(), weight()
                a = a.flatten(1) @ W + b
            elif isinstance(layer, Residual):
                a = a + run(layer.layers, a)
            else:
                a = {ReLU: F.relu, Tanh: torch.tanh, GELU: lambda z: F.gelu(z, approximate="tanh")}[type(layer)](a)
        return a

    return run(net.layers, a)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_torch(name):
    torch = need("torch")
    net, _, theta = example(Tanh(), LAYERS[name])
    Y = np.random.default_rng(2).normal(size=(ROWS, 3))
    problem = net.problem(data(), Y)
    weights = torch.tensor(theta, requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch_run(torch, net, weights, torch.tensor(data()), False), torch.tensor(Y))
    loss.backward()
    assert problem(theta) == pytest.approx(loss.item(), rel=1e-12)
    expected = weights.grad.numpy()
    np.testing.assert_allclose(problem.grad(theta), expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("shape", [(2, 9, 8), (6,)], ids=["pictures", "vectors"])
def test_batch_normalization_while_training_equals_torch(shape):
    """One step of gradient descent on the whole batch, from torch's gradient; the two statistics stay."""
    torch, rng = need("torch"), np.random.default_rng(3)
    first = Conv(2) if len(shape) == 3 else Dense(4)
    net = Network(first, BatchNorm(), Tanh(), Dense(3), input=shape, loss=SquaredError())
    X, Y, theta = rng.normal(size=(7, *shape)), rng.normal(size=(7, 3)), net.start(rng)
    step = nnopt.minimize(net.problem(X, Y), nnopt.GD(lr=1.0), x0=theta, batch_size=7, max_evals=1, seed=0)
    weights = torch.tensor(theta, requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch_run(torch, net, weights, torch.tensor(X), True), torch.tensor(Y))
    loss.backward()
    assert step.history.fun[0] == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(theta - step.x, weights.grad.numpy(), rtol=1e-10, atol=1e-13)


# ------------------------------------------------------------------------------------ what the layers mean
def test_a_convolution_by_its_definition():
    rng = np.random.default_rng(4)
    net = Network(Conv(3, size=3, stride=2, padding=1), input=INPUT, loss=SquaredError())
    theta, X = rng.normal(size=net.size), data()
    W, b = net.arrays(theta)[0].values()
    wide = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    expected = np.empty((ROWS, *net.output))
    for row, f, u, v in np.ndindex(expected.shape):
        patch = wide[row, :, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3]
        expected[row, f, u, v] = np.sum(patch * W[f].reshape(patch.shape)) + b[f]
    np.testing.assert_allclose(net.outputs(theta, X), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_blocks_by_their_definition(size):
    X = data()
    u, v = INPUT[1] // size, INPUT[2] // size
    blocks = X[:, :, : u * size, : v * size].reshape(ROWS, 2, u, size, v, size)
    for layer, expected in ((MaxPool(size), blocks.max(axis=(3, 5))), (AveragePool(size), blocks.mean(axis=(3, 5))),
                            (Upsample(size), X.repeat(size, axis=2).repeat(size, axis=3))):  # fmt: skip
        net = Network(layer, input=INPUT, loss=SquaredError())
        np.testing.assert_allclose(net.outputs(np.zeros(0), X), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("size", [2, 3])
def test_of_equal_pixels_the_first_gets_the_gradient(size):
    net = Network(Conv(1, size=1), MaxPool(size), input=(1, size, size), loss=SquaredError())
    theta = np.array([1.0, 0.0])
    X = np.zeros((1, 1, size, size))
    X[0, 0, 0, 0], X[0, 0, 1:, :] = 2.0, 2.0
    X[0, 0, 0, 1] = 2.0
    assert net.problem(X, np.ones((1, 1)))(theta) == 1.0
    np.testing.assert_allclose(net.problem(X, np.ones((1, 1))).grad(theta), [4.0, 2.0])  # once, not size^2 times


def test_batch_normalization_in_use_does_not_see_the_batch():
    rng = np.random.default_rng(5)
    net = Network(Conv(3), BatchNorm(), ReLU(), Residual(Conv(3, padding=1), BatchNorm()), Dense(2), input=INPUT, loss=CrossEntropy())
    X, theta = rng.normal(2, 3, (40, *INPUT)), net.start(rng)
    theta = net.settled(theta, X)
    together, alone = net.outputs(theta, X), np.concatenate([net.outputs(theta, X[[row]]) for row in range(len(X))])
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)
    training = nnopt.minimize(net.problem(X, rng.integers(0, 2, 40)), nnopt.GD(lr=1e-12), x0=theta, batch_size=40, max_evals=1, seed=0)
    problem = net.problem(X, np.zeros(40, int))
    assert training.fun != problem(theta)  # other labels
    y = rng.integers(0, 2, 40)
    training = nnopt.minimize(net.problem(X, y), nnopt.GD(lr=1e-12), x0=theta, batch_size=40, max_evals=1, seed=0)
    assert training.history.fun[0] == pytest.approx(net.problem(X, y)(theta), rel=1e-10)  # settled on the same rows: the same numbers


def test_an_estimator_takes_pictures_and_settles():
    rng = np.random.default_rng(6)
    y = rng.integers(0, 2, 120)
    X = rng.normal(5, 1, (120, 36))
    X[y == 1, :18] += 2.0
    layers = [Reshape(1, 6, 6), Conv(4, padding=1), BatchNorm(), ReLU(), AveragePool(2)]
    clf = nnopt.NetworkClassifier(layers, optimizer=nnopt.Adam(lr=0.01), epochs=20, random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.95
    (_, statistics, _) = clf.weights_
    assert np.abs(statistics["mean"]).max() > 0.1  # inputs around 5: no mean of zero is right
    assert nnopt.NetworkClassifier(layers, epochs=2, random_state=0).partial_fit(X, y, classes=[0, 1]).predict(X).shape == (120,)


@pytest.mark.parametrize("make, message", [
    (lambda: Network(Conv(3), input=5, loss=SquaredError()), r"it needs pictures of the shape \(channels, height, width\)"),
    (lambda: Network(Conv(3, size=5), input=(1, 4, 9), loss=SquaredError()), "at least 5 pixels high and wide, not 4 x 9"),
    (lambda: Network(MaxPool(5), input=(1, 4, 9), loss=SquaredError()), "at least 5 x 5 pixels, not 4 x 9"),
    (lambda: Network(BatchNorm(), input=(4, 9), loss=SquaredError()), "for sequences take LayerNorm"),
    (lambda: Network(Reshape(2, 3), input=5, loss=SquaredError()), "it makes 6 numbers of 5"),
    (lambda: Reshape(0), r"Reshape: a side must be an integer in \[1, inf\), not 0"),
    (lambda: Conv(3, padding=-1), r"Conv: padding must be an integer in \[0, inf\), not -1"),
])  # fmt: skip
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()
