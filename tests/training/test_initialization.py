"""Where training starts: values worked out from the numbers drawn, distributions against SciPy, and signals through fifty layers."""

import numpy as np
import pytest
from scipy import stats

from nnopt import GELU, CrossEntropy, Dense, LeakyReLU, Network, ReLU, Residual, Sigmoid, SquaredError, Tanh
from nnopt.training.initialization import he, xavier


def test_the_numbers_drawn_are_scaled():
    """8 inputs: He's deviation is a half. 8 inputs and 16 outputs: Xavier's radius is a half."""
    drawn = np.random.default_rng(3).standard_normal((8, 5))
    np.testing.assert_allclose(he(np.random.default_rng(3), 8, 5), drawn / 2, rtol=1e-14)
    drawn = np.random.default_rng(3).random((8, 16))
    np.testing.assert_allclose(xavier(np.random.default_rng(3), 8, 16), drawn - 0.5, rtol=1e-12, atol=1e-15)


def test_their_distributions():
    """Fixed seeds; over all seeds, each of the two tests fails in one of a thousand."""
    rng = np.random.default_rng(0)
    assert stats.kstest(he(rng, 50, 200).ravel(), "norm", (0, np.sqrt(2 / 50))).pvalue > 1e-3
    r = np.sqrt(6 / 250)
    assert stats.kstest(xavier(rng, 50, 200).ravel(), "uniform", (-r, 2 * r)).pvalue > 1e-3


@pytest.mark.parametrize("how, activation, rule", [
    ("auto", ReLU(), he), ("auto", Tanh(), xavier), ("he", Tanh(), he), ("xavier", ReLU(), xavier),
])  # fmt: skip
def test_a_network_is_drawn_layer_by_layer_from_one_generator(how, activation, rule):
    net, rng = Network(Dense(5), activation, Dense(4), activation, input=6, loss=SquaredError()), np.random.default_rng(1)
    for entry in net.arrays(net.start(np.random.default_rng(1), how)):
        np.testing.assert_array_equal(entry["W"], rule(rng, *entry["W"].shape))
        assert (entry["b"] == 0).all()


def test_a_box_holds_three_deviations_of_each_layer_s_weights():
    net = Network(Dense(32), ReLU(), Dense(2), input=8, loss=SquaredError())
    for low, high in zip(*(net.arrays(np.ascontiguousarray(net.box(3.0)[:, end])) for end in (0, 1)), strict=True):
        wide = 3 * np.sqrt(2 / len(low["W"]))
        for name in ("W", "b"):
            np.testing.assert_allclose(high[name], wide, rtol=1e-14)
            np.testing.assert_allclose(low[name], -wide, rtol=1e-14)


@pytest.mark.parametrize("bend, uniform", [(ReLU(), False), (LeakyReLU(), False), (GELU(), False), (Tanh(), True), (Sigmoid(), True)])
def test_a_layer_starts_as_the_activation_behind_it_asks(bend, uniform):
    """Only a uniform draw has no weight beyond its radius: 20,000 normal ones always have some."""
    net = Network(Dense(200), bend, Dense(3), input=100, loss=SquaredError())
    first, *_ = (entry for entry in net.arrays(net.start(np.random.default_rng(0))) if "W" in entry)
    radius = np.sqrt(6 / 300)
    assert (np.abs(first["W"]).max() <= radius) == uniform
    assert first["W"].var() == pytest.approx(2 / 300 if uniform else 2 / 100, rel=0.05)
    assert (first["b"] == 0).all()


def through(net, theta, X):
    """The outputs of all ReLU layers, by NumPy."""
    A = [X]
    for entry in net.arrays(theta):
        A.append(np.maximum(0, A[-1] @ entry["W"]))
    return A[1:]


@pytest.mark.parametrize("how, factor", [("he", 1.0), ("xavier", 0.5)])
def test_fifty_layers_of_relu_multiply_the_mean_square_by_a_factor_each(how, factor):
    """Fixed seed. The logarithm scatters by sqrt(5 L / p), 0.7 here: five times that is a factor of 35."""
    net = Network(*[layer for _ in range(50) for layer in (Dense(500), ReLU())], input=500, loss=SquaredError())
    X = np.random.default_rng(1).normal(size=(4, 500))
    theta = net.start(np.random.default_rng(0), how)
    size = np.mean(net.outputs(theta, X) ** 2)
    assert size == pytest.approx(np.mean(through(net, theta, X)[-1] ** 2), rel=1e-9)
    assert abs(np.log(size) - 50 * np.log(factor)) < np.log(35)


def test_the_scatter_goes_by_depth_over_width():
    """200 networks of 30 layers of 30: a variance of 5. The standard error of it is a tenth; the tail of small signals adds some."""
    logs = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=30)
        for _ in range(30):
            a = np.maximum(0, a @ he(rng, 30, 30))
        logs.append(np.log(np.mean(a**2)))
    assert 0.7 < np.var(logs) / 5 < 1.7


def test_from_zero_only_the_output_s_biases_move():
    rng = np.random.default_rng(0)
    net = Network(Dense(6), ReLU(), Dense(5), Tanh(), Dense(3), input=4, loss=CrossEntropy())
    problem = net.problem(rng.normal(size=(10, 4)), np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2]))
    grad = problem.grad(np.zeros(net.size))
    assert (grad[:-3] == 0).all()
    np.testing.assert_allclose(grad[-3:], [1 / 3 - 0.5, 1 / 3 - 0.3, 1 / 3 - 0.2], rtol=1e-12)


def test_residual_blocks_multiply_the_mean_square_by_three():
    """Dense, ReLU, dense, both by He's rule: two for the branch, one for x itself. Fixed seed; ten blocks, within a factor of two."""
    net = Network(*[Residual(Dense(400), ReLU(), Dense(400)) for _ in range(10)], input=400, loss=SquaredError())
    X = np.random.default_rng(1).normal(size=(20, 400))
    size = np.mean(net.outputs(net.start(np.random.default_rng(0)), X) ** 2)
    assert 0.5 < size / 3**10 < 2
