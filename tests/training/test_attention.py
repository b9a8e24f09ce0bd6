"""Layers of sequences: by their definition, against PyTorch's autograd, alone and in every pair, and in plain Python."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import need

from nnopt import (
    GELU,
    GRU,
    Attention,
    CrossEntropy,
    Dense,
    Embedding,
    Last,
    LayerNorm,
    Network,
    Positions,
    ReLU,
    Residual,
    Tanh,
)

SYMBOLS, PLACES, ROWS = 7, 6, 5
LAYERS = dict(
    positions=Positions(), norm=LayerNorm(), attention=Attention(2), causal=Attention(2, causal=True), gru=GRU(6), dense=Dense(12),
    bend=GELU(), inplace=Tanh(), residual=Residual(LayerNorm(), Dense(12), Attention(4, causal=True), Dense(12), ReLU()), last=Last(),
)  # fmt: skip
WIDE = ("attention", "causal")  # give a third of what they take


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, SYMBOLS, (ROWS, PLACES)), rng.integers(0, SYMBOLS, (ROWS, PLACES))


def network(*names):
    layers = [Embedding(SYMBOLS, 12)]
    for name in names:
        layers += [*([Dense(18)] if name in WIDE else [Dense(12)] if name == "residual" else []), LAYERS[name]]
    return Network(*layers, Dense(SYMBOLS), input=PLACES, loss=CrossEntropy())


def example(*names, seed=1):
    rng = np.random.default_rng(seed)
    net, (X, Y) = network(*names), data()
    Y = Y if len(net.output) == 2 else Y[:, 0]
    return net, X, Y, net.start(rng) + 0.2 * rng.normal(size=net.size)


def fitting():
    """Pairs: behind the last place alone there is no sequence any more."""
    return [pair for pair in itertools.product(LAYERS, LAYERS) if pair[0] != "last" or pair[1] in ("norm", "dense", "bend", "inplace")]


@pytest.mark.parametrize("pair", fitting(), ids="-".join)
def test_every_pair_has_the_gradient_of_its_loss(pair):
    net, X, Y, theta = example(*pair)
    problem, h, rng = net.problem(X, Y, batch=3), 1e-5, np.random.default_rng(2)
    grad = problem.grad(theta)
    for _ in range(12):  # along random directions, each of which sees every weight
        e = rng.normal(size=theta.size)
        e /= np.linalg.norm(e)
        central = (problem(theta + h * e) - problem(theta - h * e)) / (2 * h)
        assert grad @ e == pytest.approx(central, rel=1e-6, abs=1e-8)


def torch_run(torch, net, theta, x):
    """The network by torch's layers, on the same theta."""
    F, places = torch.nn.functional, iter(net.weights)

    def weight():
        _, _, at, shape = next(places)
        return theta[at : at + int(np.prod(shape))].reshape(shape)

    def run(layers, a):
        for layer in layers:
            if isinstance(layer, Embedding):
                a = F.embedding(a, weight())
            elif isinstance(layer, Positions):
                a = a + weight()
            elif isinstance(layer, Dense):
                W, b = weight(), weight()
                a = a @ W + b
            elif isinstance(layer, LayerNorm):
                a = F.layer_norm(a, a.shape[-1:], weight(), weight())
            elif isinstance(layer, Attention):
                B, T, width = a.shape
                parts = (part.view(B, T, layer.heads, -1).transpose(1, 2) for part in a.split(width // 3, 2))
                a = F.scaled_dot_product_attention(*parts, is_causal=layer.causal).transpose(1, 2).reshape(B, T, width // 3)
            elif isinstance(layer, GRU):
                W, U, b, c = (weight() for _ in range(4))
                zero = torch.zeros(1, a.shape[0], layer.units, dtype=a.dtype)
                a = torch.gru(a, zero, [W.T, U.T, b, c], True, 1, 0.0, False, False, True)[0]
            elif isinstance(layer, Last):
                a = a[:, -1]
            elif isinstance(layer, Residual):
                a = a + run(layer.layers, a)
            else:
                a = {ReLU: F.relu, Tanh: torch.tanh, GELU: lambda z: F.gelu(z, approximate="tanh")}[type(layer)](a)
        return a

    return run(net.layers, x)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_torch(name):
    torch = need("torch")
    net, X, Y, theta = example(name)
    weights = torch.tensor(theta, requires_grad=True)
    Z = torch_run(torch, net, weights, torch.tensor(X))
    loss = torch.nn.functional.cross_entropy(Z.reshape(-1, SYMBOLS), torch.tensor(Y).reshape(-1))
    loss.backward()
    problem = net.problem(X, Y)
    assert problem(theta) == pytest.approx(loss.item(), rel=1e-12)
    expected = weights.grad.numpy()
    np.testing.assert_allclose(problem.grad(theta), expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


# ------------------------------------------------------------------------------------ what the layers mean
def test_attention_by_its_definition():
    rng, causal = np.random.default_rng(3), np.tril(np.ones((PLACES, PLACES)))
    x = rng.normal(size=(ROWS, PLACES, 3 * 8))
    for mask, layer in ((np.ones_like(causal), Attention(2)), (causal, Attention(2, causal=True))):
        net = Network(layer, input=(PLACES, 24), loss=CrossEntropy())
        Q, K, V = (part.reshape(ROWS, PLACES, 2, 4).transpose(0, 2, 1, 3) for part in np.split(x, 3, axis=2))
        P = np.exp(Q @ K.swapaxes(2, 3) / 2) * mask
        expected = (P / P.sum(axis=3, keepdims=True)) @ V
        expected = expected.transpose(0, 2, 1, 3).reshape(ROWS, PLACES, 8)
        np.testing.assert_allclose(net.outputs(np.zeros(0), x), expected, rtol=1e-10)


def test_causal_layers_do_not_see_what_comes():
    for names in (("causal",), ("gru",), ("positions", "residual")):
        net, X, _, theta = example(*names)
        other = X.copy()
        other[:, 4:] = (other[:, 4:] + 1) % SYMBOLS
        ours, theirs = net.outputs(theta, X), net.outputs(theta, other)
        np.testing.assert_array_equal(ours[:, :4], theirs[:, :4])
        assert (ours[:, 4:] != theirs[:, 4:]).any()
    net, X, _, theta = example("attention")
    other = X.copy()
    other[:, -1] = (other[:, -1] + 1) % SYMBOLS
    assert (net.outputs(theta, X)[:, 0] != net.outputs(theta, other)[:, 0]).any()


def test_a_gated_unit_by_its_definition():
    net, X, _, theta = example("gru")
    table, cell, out = net.arrays(theta)
    h, D = np.zeros((ROWS, 6)), 6
    for place in range(PLACES):
        a, b = table["W"][X[:, place]] @ cell["W"] + cell["b"], h @ cell["U"] + cell["c"]
        r, z = (1 / (1 + np.exp(-(a + b)[:, at : at + D])) for at in (0, D))
        m = np.tanh(a[:, 2 * D :] + r * b[:, 2 * D :])
        h = (1 - z) * m + z * h
        np.testing.assert_allclose(net.outputs(theta, X)[:, place], h @ out["W"] + out["b"], rtol=1e-10, atol=1e-12)


def test_without_positions_attention_knows_no_order():
    net, X, _, theta = example("attention")
    order = np.random.default_rng(4).permutation(PLACES)
    np.testing.assert_allclose(net.outputs(theta, X)[:, order], net.outputs(theta, X[:, order]), rtol=1e-10, atol=1e-12)


def test_large_scores_overflow_nowhere():
    net = Network(Attention(1, causal=True), input=(PLACES, 12), loss=CrossEntropy())
    found = net.outputs(np.zeros(0), 1e3 * np.random.default_rng(5).normal(size=(ROWS, PLACES, 12)))
    assert np.isfinite(found).all()


@pytest.mark.parametrize("X", [[[0, 1, 2, 3, 4, 7]], [[0, 1, 2, 3, 4, -1]], [[0, 1, 2, 3, 4, 0.5]]], ids=["high", "low", "between"])
def test_what_is_no_symbol_is_refused(X):
    net = network("gru")
    for refused in (lambda: net.outputs(np.zeros(net.size), X), lambda: net.problem(X, np.zeros((1, PLACES), int))):
        with pytest.raises(ValueError, match="Embedding needs symbols, integers from 0 to 6, not"):
            refused()


@pytest.mark.parametrize("make, message", [
    (lambda: Network(Dense(3), Embedding(3, 4), input=5, loss=CrossEntropy()), r"layer 2, Embedding\(vocabulary=3, size=4\), must be the first one"),
    (lambda: Network(Attention(2), input=(5, 9), loss=CrossEntropy()), "3 times a multiple of 2 features"),
    (lambda: Network(GRU(3), input=5, loss=CrossEntropy()), r"it needs sequences of the shape \(places, features\)"),
    (lambda: Network(LayerNorm(), input=(1, 4, 4), loss=CrossEntropy()), "needs vectors, or sequences of vectors"),
    (lambda: Attention(0), r"Attention: heads must be an integer in \[1, inf\), not 0"),
])  # fmt: skip
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


PLAIN = """
import numpy as np
from nnopt import *
rng = np.random.default_rng(0)
pictures = Network(Conv(2, padding=1), BatchNorm(), ReLU(), MaxPool(), Conv(2, size=2, stride=2), MaxPool(3), Upsample(), AveragePool(), Dense(3),
                   input=(1, 13, 12), loss=CrossEntropy())
words = Network(Embedding(5, 6), Positions(), Residual(LayerNorm(), Dense(18), Attention(2, causal=True)), GRU(4), Last(), Dense(3),
                input=4, loss=CrossEntropy())
for net, X in ((pictures, rng.normal(size=(4, 1, 13, 12))), (words, rng.integers(0, 5, (4, 4)))):
    theta, problem = net.start(rng), net.problem(X, rng.integers(0, 3, 4))
    run = minimize(problem, GD(lr=0.01), x0=theta, batch_size=3, max_evals=3, seed=0)
    print(repr(float(problem(theta))), *map(repr, problem.grad(theta).tolist()), *map(repr, run.x.tolist()))
"""


def test_plain_python_gives_the_same_numbers():
    found = []
    for jit in ("1", "0"):
        done = subprocess.run([sys.executable, "-c", PLAIN], env={**os.environ, "NNOPT_JIT": jit}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(np.array([float(word) for word in done.stdout.split()]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10, atol=1e-13)
