"""Layers and losses: against PyTorch's autograd, against central differences, alone and in every pair; the plan that joins them."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import need

import nnopt
from nnopt import (
    GELU,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    Dropout,
    Huber,
    LeakyReLU,
    Network,
    ReLU,
    Residual,
    Sigmoid,
    SquaredError,
    Tanh,
)

LAYERS = dict(
    dense=Dense(4), relu=ReLU(), leaky=LeakyReLU(0.1), tanh=Tanh(), sigmoid=Sigmoid(), gelu=GELU(), dropout=Dropout(0.3),
    residual=Residual(Dense(4), Tanh()), penalized=Dense(4, l1=0.02, l2=0.1),
)  # fmt: skip
ROWS, INPUTS = 9, 4


def data(seed=0):
    return np.random.default_rng(seed).normal(size=(ROWS, INPUTS))


def network(*layers, loss=None, outputs=3):
    return Network(*layers, Dense(outputs), input=INPUTS, loss=loss or SquaredError())


def targets(loss, rng):
    if isinstance(loss, CrossEntropy):
        return rng.integers(0, 3, ROWS)
    return rng.uniform(size=(ROWS, 3))


def differences(problem, theta, h=1e-5):
    """The gradient by central differences."""
    steps = np.eye(theta.size) * h
    return np.array([(problem(theta + e) - problem(theta - e)) / (2 * h) for e in steps])


def assert_gradient(problem, theta, share=1e-8):
    expected = differences(problem, theta)
    np.testing.assert_allclose(problem.grad(theta), expected, atol=share * max(1.0, np.abs(expected).max()), rtol=1e-6)


# ------------------------------------------------------------------------------------ right derivatives
@pytest.mark.parametrize("pair", list(itertools.product(LAYERS, LAYERS)), ids="-".join)
def test_every_pair_has_the_gradient_of_its_loss(pair):
    """Without training dropout is silent, so that differences can be taken."""
    net = network(*(LAYERS[name] for name in pair))
    problem = net.problem(data(), np.random.default_rng(1).normal(size=(ROWS, 3)))
    assert_gradient(problem, net.start(np.random.default_rng(2)))


LOSSES = [CrossEntropy(), BinaryCrossEntropy(), SquaredError(), Huber(0.5)]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_loss_has_the_gradient_of_its_value(loss):
    rng = np.random.default_rng(3)
    net = network(Dense(5), Tanh(), loss=loss)
    problem = net.problem(data(), targets(loss, rng), weights=rng.uniform(0.1, 2, ROWS))
    assert_gradient(problem, net.start(rng) * 2)


def torch_layer(layer, torch):
    nn = torch.nn
    made = {ReLU: nn.ReLU, Tanh: nn.Tanh, Sigmoid: nn.Sigmoid}.get(type(layer), lambda: None)()
    if isinstance(layer, GELU):
        made = nn.GELU(approximate="tanh")
    elif isinstance(layer, LeakyReLU):
        made = nn.LeakyReLU(layer.slope)
    return made


def torch_gradient(torch, net, theta, X, loss):
    """The same network by torch's autograd, in float64: (value, gradient)."""
    theta = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    places, a = iter(net.weights), torch.tensor(X)

    def run(layers, a):
        for layer in layers:
            if isinstance(layer, Dense):
                (_, _, w, shape), (_, _, b, _) = next(places), next(places)
                a = a @ theta[w : w + shape[0] * shape[1]].reshape(shape) + theta[b : b + shape[1]]
            elif isinstance(layer, Residual):
                a = a + run(layer.layers, a)
            else:
                a = torch_layer(layer, torch)(a)
        return a

    value = loss(run(net.layers, a))
    value.backward()
    return value.item(), theta.grad.numpy()


@pytest.mark.parametrize("layer", [Dense(4), ReLU(), LeakyReLU(0.2), Tanh(), Sigmoid(), GELU(), Residual(Dense(4), GELU(), Dense(4))], ids=repr)
def test_layers_equal_torch(layer):
    torch = need("torch")
    rng = np.random.default_rng(4)
    net = network(Dense(4), layer)
    X, Y, theta = data(), rng.normal(size=(ROWS, 3)), net.start(rng)
    value, grad = torch_gradient(torch, net, theta, X, lambda z: ((z - torch.tensor(Y)) ** 2).mean())
    problem = net.problem(X, Y)
    assert problem(theta) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(problem.grad(theta), grad, rtol=1e-12, atol=1e-13)


def test_losses_equal_torch_at_extreme_outputs():
    """Logits up to 1000: nothing overflows, and the gradient is torch's."""
    torch = need("torch")
    F, rng = torch.nn.functional, np.random.default_rng(5)
    labels, yes = rng.integers(0, 3, ROWS), rng.integers(0, 2, (ROWS, 3)).astype(float)
    soft = rng.dirichlet(np.ones(3), ROWS)
    numbers = rng.normal(size=(ROWS, 3))
    for scale in (1.0, 30.0, 1000.0):
        for loss, Y, theirs in (
            (CrossEntropy(), labels, lambda z: F.cross_entropy(z, torch.tensor(labels))),
            (CrossEntropy(), soft, lambda z: F.cross_entropy(z, torch.tensor(soft))),
            (BinaryCrossEntropy(), yes, lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(yes))),
            (Huber(2.0), numbers, lambda z: F.huber_loss(z, torch.tensor(numbers), delta=2.0)),
            (SquaredError(), numbers, lambda z: F.mse_loss(z, torch.tensor(numbers))),
        ):
            net = Network(Dense(3), input=INPUTS, loss=loss)
            theta = net.start(rng) * scale
            value, grad = torch_gradient(torch, net, theta, data(), theirs)
            problem = net.problem(data(), Y)
            assert problem(theta) == pytest.approx(value, rel=1e-11, abs=1e-12), (loss, scale)
            np.testing.assert_allclose(problem.grad(theta), grad, rtol=1e-9, atol=1e-12 * max(1, np.abs(grad).max()))


def test_float32_is_float64_rounded():
    net = network(Dense(8), GELU(), Residual(Dense(8), Tanh()), Dense(5), Sigmoid(), loss=CrossEntropy())
    rng = np.random.default_rng(6)
    X, y, theta = data(), rng.integers(0, 3, ROWS), net.start(rng)
    double, single = (net.problem(X, y, dtype=dtype) for dtype in ("float64", "float32"))
    assert single(theta) == pytest.approx(double(theta), rel=2e-6)
    np.testing.assert_allclose(single.grad(theta), double.grad(theta), atol=2e-6)


# ------------------------------------------------------------------------------------ what the losses mean
def test_weights_of_rows_are_repeated_rows():
    rng = np.random.default_rng(7)
    net, X, y = network(Dense(4), Tanh(), loss=CrossEntropy()), data(), rng.integers(0, 3, ROWS)
    counts, theta = rng.integers(1, 4, ROWS), net.start(rng)
    weighted, repeated = net.problem(X, y, weights=counts), net.problem(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert weighted(theta) == pytest.approx(repeated(theta), rel=1e-12)
    np.testing.assert_allclose(weighted.grad(theta), repeated.grad(theta), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("loss", [SquaredError(), Huber()], ids=repr)
def test_a_missing_target_is_skipped(loss):
    rng = np.random.default_rng(8)
    net, X, Y = network(loss=loss), data(), rng.normal(size=(ROWS, 3))
    theta = net.start(rng)
    Z = net.outputs(theta, X)
    gaps = rng.uniform(size=Y.shape) < 0.4
    missing, exact = np.where(gaps, np.nan, Y), np.where(gaps, Z, Y)  # where a prediction is exact, its error is zero
    assert net.problem(X, missing)(theta) == pytest.approx(net.problem(X, exact)(theta), rel=1e-12)
    np.testing.assert_allclose(net.problem(X, missing).grad(theta), net.problem(X, exact).grad(theta), rtol=1e-10, atol=1e-14)


def test_a_penalty_is_what_it_says():
    net = network(Dense(4, l1=0.3, l2=0.5), Tanh())
    plain, rng = network(Dense(4), Tanh()), np.random.default_rng(9)
    theta, Y = net.start(rng), rng.normal(size=(ROWS, 3))
    W = net.arrays(theta)[0]["W"]
    more = net.problem(data(), Y)(theta) - plain.problem(data(), Y)(theta)
    assert more == pytest.approx(0.3 * np.abs(W).sum() + 0.25 * (W**2).sum(), rel=1e-12)


# ------------------------------------------------------------------------------------ batches and dropout
def test_fewer_rows_at_a_time_are_the_same_loss():
    rng = np.random.default_rng(10)
    net, X, Y = network(Dense(6), ReLU(), Dense(4, l2=0.1), GELU()), data(), rng.normal(size=(ROWS, 3))
    theta, whole = net.start(rng), net.problem(data(), Y)
    for batch in (1, 2, 4, 9, 100):
        problem = net.problem(X, Y, batch=batch)
        assert problem(theta) == pytest.approx(whole(theta), rel=1e-12)
        np.testing.assert_allclose(problem.grad(theta), whole.grad(theta), rtol=1e-10, atol=1e-14)


def test_a_smaller_last_batch_is_a_batch_of_its_own():
    """Nine rows in batches of four: the third step sees one row."""
    rng = np.random.default_rng(11)
    net, X, Y = network(Dense(4), Tanh()), data(), rng.normal(size=(ROWS, 3))
    theta, order = net.start(rng), np.arange(ROWS)
    run = nnopt.minimize(net.problem(X, Y, batch=4), nnopt.GD(lr=0.1), x0=theta, batch_size=4, max_evals=3, seed=0)
    order = np.random.default_rng(0).permutation(ROWS)
    for rows in (order[:4], order[4:8], order[8:]):
        theta = theta - 0.1 * net.problem(X[rows], Y[rows]).grad(theta)
    np.testing.assert_allclose(run.x, theta, rtol=1e-12, atol=1e-14)


def test_dropout_forgets_while_training_only_and_can_be_replayed():
    X, Y = np.ones((2000, 1)), np.zeros((2000, 1))
    net = Network(Dense(1), Dropout(0.25), Dense(1), input=1, loss=SquaredError())
    theta = np.array([1.0, 0.0, 1.0, 0.0])  # y is x, or 0, or x / 0.75
    problem = net.problem(X, Y)
    assert problem(theta) == 1.0  # nothing is forgotten
    runs = [nnopt.minimize(problem, nnopt.GD(lr=1e-12), x0=theta, batch_size=2000, max_evals=3, seed=s).history.fun for s in (0, 0, 1)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).all()
    # The mean of y^2 is 0.75 / 0.75^2 = 4/3, with a standard deviation of 0.77 / sqrt(2000): six of them are passed once in 5e8 runs.
    assert abs(np.concatenate([runs[0], runs[2]]) - 4 / 3).max() < 6 * 0.77 / np.sqrt(2000)


def test_dropouts_gradient_is_that_of_the_masked_network():
    """A step along it moves exactly the weights that the mask left."""
    X, Y = np.eye(4), np.zeros((4, 4))
    net = Network(Dropout(0.5), Dense(4), input=4, loss=SquaredError())
    theta = np.concatenate([np.eye(4).ravel(), np.zeros(4)])
    run = nnopt.minimize(net.problem(X, Y), nnopt.GD(lr=0.1), x0=theta, batch_size=4, max_evals=1, seed=3)
    kept = np.diag(run.x[:16].reshape(4, 4)) < 1  # an input that was forgotten has no gradient
    assert 0 < kept.sum() < 4 or kept.all() or not kept.any()
    expected = np.where(kept, 1 - 0.1 * 2 * 2.0 * 2.0 / 16, 1.0)  # the kept one is doubled: y = 2 w, J = mean of y^2
    np.testing.assert_allclose(np.diag(run.x[:16].reshape(4, 4)), expected, rtol=1e-12)


# ------------------------------------------------------------------------------------ the plan
def test_dense_and_relu_are_one_pass_and_the_same_numbers():
    net = network(Dense(5), ReLU(), Dense(4), Tanh())
    names = [type(layer).__name__ for layer, _ in net.steps.order]
    assert names == ["_DenseReLU", "Dense", "Tanh", "Dense", "SquaredError"]
    rng = np.random.default_rng(13)
    theta, Y = net.start(rng), rng.normal(size=(ROWS, 3))
    apart = network(Dense(5), LeakyReLU(0.0), Dense(4), Tanh())  # ReLU by another name, which is not fused
    assert net.problem(data(), Y)(theta) == pytest.approx(apart.problem(data(), Y)(theta), rel=1e-14)
    np.testing.assert_allclose(net.problem(data(), Y).grad(theta), apart.problem(data(), Y).grad(theta), rtol=1e-12, atol=1e-15)


def test_a_layer_that_works_in_place_spares_what_is_needed():
    net = network(Tanh(), Residual(ReLU(), Dense(4)))
    names = [type(layer).__name__ for layer, _ in net.steps.order]
    assert names == ["_Copy", "Tanh", "_Fork", "_Copy", "ReLU", "Dense", "_Join", "Dense", "SquaredError"]


def test_outputs_are_the_layers_by_hand():
    net = network(Dense(5), GELU(), Residual(Dense(5), ReLU()))
    theta, X = net.start(np.random.default_rng(14)), data()
    one, two, three = net.arrays(theta)
    a = X @ one["W"] + one["b"]
    a = a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))) / 2
    a = a + np.maximum(0, a @ two["W"] + two["b"])
    np.testing.assert_allclose(net.outputs(theta, X), a @ three["W"] + three["b"], rtol=1e-12)


def test_weights_start_by_the_rule_of_what_follows():
    rng = np.random.default_rng(15)
    net = Network(Dense(400), Tanh(), Dense(400), ReLU(), Dense(300), input=500, loss=SquaredError())
    first, second, third = (layer["W"] for layer in net.arrays(net.start(rng)))
    assert np.abs(first).max() <= np.sqrt(6 / 900) < 1.01 * np.abs(first).max()  # uniform
    for W, fan in ((second, 400), (third, 400)):
        assert W.std() == pytest.approx(np.sqrt(2 / fan), rel=0.02)  # the standard error is 0.2 %


@pytest.mark.parametrize("make, error, message", [
    (lambda: Network(input=3, loss=SquaredError()), ValueError, "a network must have at least one layer before its loss"),
    (lambda: Network(Dense, input=3, loss=SquaredError()), TypeError, r"layers such as Dense\(64\), not of the class Dense: write Dense\(\)"),
    (lambda: Network(3, input=3, loss=SquaredError()), TypeError, "not of 3"),
    (lambda: Network(Dense(3), CrossEntropy(), input=3, loss=SquaredError()), TypeError, r"not of CrossEntropy\("),
    (lambda: Network(Dense(3), input=3, loss=ReLU()), TypeError, r"loss must be a loss such as CrossEntropy\(\), not ReLU\(\)"),
    (lambda: Network(Dense(3), input=0, loss=SquaredError()), ValueError, r"input must be an integer in \[1, inf\), not 0"),
    (lambda: Network(Dense(1), input=3, loss=CrossEntropy()), ValueError,
     r"layer 2, CrossEntropy\(label_smoothing=0.0\), cannot follow on the shape \(1,\): it needs at least two classes"),
    (lambda: Network(Residual(Dense(2)), input=3, loss=SquaredError()), ValueError,
     r"a Residual adds its input, of shape \(3,\), to what its layers make of it, of shape \(2,\)"),
    (lambda: network().problem(np.ones((2, 5)), np.ones((2, 3))), ValueError, r"X must have the shape \(rows, 4\), not \(2, 5\)"),
    (lambda: network().problem(np.ones((2, 4)), np.ones((3, 3))), ValueError, "X has 2 rows, but Y has 3"),
    (lambda: network().problem(np.ones((2, 4)), np.ones((2, 2))), ValueError, r"SquaredError needs targets of the shape \(rows, 3\)"),
    (lambda: network(loss=CrossEntropy()).problem(np.ones((2, 4)), [0, 3]), ValueError, "CrossEntropy needs classes 0 to 2, not 3"),
    (lambda: network(loss=CrossEntropy()).problem(np.ones((2, 4)), [0, 0.5]), ValueError, "needs classes 0 to 2, not 0.5"),
    (lambda: network(loss=CrossEntropy()).problem(np.ones((2, 4)), np.ones((2, 3))), ValueError, "not below zero and with the sum one, not \\[1"),
    (lambda: network(loss=BinaryCrossEntropy()).problem(np.ones((2, 4)), np.full((2, 3), 2.0)), ValueError, r"targets in \[0, 1\], not 2"),
    (lambda: network().problem(np.ones((2, 4)), np.ones((2, 3)), weights=[1, -1]), ValueError, "weights must be at least 0"),
    (lambda: Network(Dense(1), input=(), loss=SquaredError()), ValueError, r"input must be the shape of a row of data, such as 64 or .28, 28., not \(\)"),
    (lambda: Network(Dense(1), input=64.0, loss=SquaredError()), ValueError, r"input must be an integer in \[1, inf\), not 64.0"),
    (lambda: Dense(0), ValueError, r"Dense: units must be an integer in \[1, inf\), not 0"),
    (lambda: Dropout(1.0), ValueError, r"Dropout: rate must be a number in \[0, 1\), not 1.0"),
    (lambda: network().start(np.random.default_rng(0), "zeros"), ValueError, "initialization must be one of auto, he, xavier, not 'zeros'"),
])  # fmt: skip
def test_errors_name_what_is_wrong(make, error, message):
    with pytest.raises(error, match=message):
        make()


PLAIN = """
import numpy as np
from nnopt import *
rng = np.random.default_rng(0)
net = Network(Dense(6), ReLU(), Residual(Dense(6), Tanh()), Dropout(0.2), Dense(5), GELU(), Sigmoid(), LeakyReLU(), Dense(3),
              input=4, loss=CrossEntropy())
X, y, theta = rng.normal(size=(7, 4)), rng.integers(0, 3, 7), net.start(rng)
problem = net.problem(X, y)
run = minimize(problem, Adam(lr=0.01), x0=theta, batch_size=3, max_evals=20, seed=0)
print(repr(float(problem(theta))), *map(repr, problem.grad(theta).tolist()), *map(repr, run.x.tolist()))
"""


def test_plain_python_gives_the_same_numbers():
    found = []
    for jit in ("1", "0"):
        done = subprocess.run([sys.executable, "-c", PLAIN], env={**os.environ, "NNOPT_JIT": jit}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(np.array([float(word) for word in done.stdout.split()]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10, atol=1e-13)


def test_every_kind_of_optimizer_trains_a_network():
    rng = np.random.default_rng(16)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    net = Network(Dense(8), Tanh(), Dense(2), input=2, loss=CrossEntropy())
    theta = net.start(rng)
    for optimizer, more in ((nnopt.Adam(lr=0.05), dict(x0=theta)), (nnopt.LBFGS(), dict(x0=theta)), (nnopt.PSO(), dict(bounds=net.box()))):
        run = nnopt.minimize(net.problem(X, y, dtype="float32"), optimizer, max_evals=8000, seed=0, **more)
        assert run.fun < 0.3, optimizer  # it begins at 0.7


# ------------------------------------------------------------------------------------ the exercise, beside the library
def references():
    """The functions of the exercise training/network: its spec's references."""
    from nnopt.grader.exercise.spec import load

    return load(Path(__file__).resolve().parents[2] / "solutions" / "training" / "network.py")


def test_the_exercise_s_pass_is_the_library_s():
    ex, rng = references(), np.random.default_rng(5)
    net = Network(Dense(4), ReLU(), Dense(4), ReLU(), Dense(4), input=4, loss=SquaredError())
    theta = net.start(rng) + 0.1 * rng.normal(size=net.size)
    arrays = net.arrays(theta)
    A = ex["forward"](data(), np.array([a["W"] for a in arrays]), np.array([a["b"] for a in arrays]))
    np.testing.assert_allclose(A[-1], net.outputs(theta, data()), rtol=1e-12, atol=1e-13)
    assert ex["cost"](np.array([4, 4, 4, 4])) == (net.size, 3 * 16)
    a, b = arrays[0], arrays[1]
    block = Network(Residual(Dense(4), ReLU(), Dense(4)), input=4, loss=SquaredError())
    expected = block.outputs(theta[: block.size], data())
    np.testing.assert_allclose(ex["residual"](data(), a["W"], a["b"], b["W"], b["b"]), expected, rtol=1e-12, atol=1e-13)


def test_the_exercise_s_scaling_is_the_library_s_network_on_standardized_inputs():
    ex, rng = references(), np.random.default_rng(6)
    net = Network(Dense(5), Tanh(), Dense(2), input=4, loss=SquaredError())
    theta, mean, scale = net.start(rng), rng.normal(size=4), rng.uniform(0.1, 3, 4)
    other = theta.copy()
    first, = (a for a in net.arrays(other) if a["W"].shape == (4, 5))
    first["W"][...], first["b"][...] = ex["folded"](first["W"], first["b"], mean, scale)
    np.testing.assert_allclose(net.outputs(other, data()), net.outputs(theta, (data() - mean) / scale), rtol=1e-10, atol=1e-12)


def test_the_exercise_s_dropout_keeps_the_average():
    ex, rng = references(), np.random.default_rng(7)
    Y = ex["dropout"](np.ones((400, 250)), rng.uniform(size=(400, 250)), 0.3, True)
    np.testing.assert_allclose(np.unique(Y), [0, 1 / 0.7])
    width = np.sqrt(0.3 / 0.7 / 1e5)  # of the mean of Y: six widths are a false alarm in 5e8
    assert abs(Y.mean() - 1) < 6 * width


def test_no_rows_have_no_outputs():
    net = network()
    assert net.outputs(net.start(0), np.empty((0, 4))).shape == (0, 3)
