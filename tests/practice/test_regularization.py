"""L1, max-norm and label smoothing: by hand, against scikit-learn and PyTorch, and through the estimators."""

from dataclasses import dataclass

import numpy as np
import pytest
from conftest import need
from sklearn.linear_model import Lasso

import nnopt
from nnopt import GD, L1, Adam, CrossEntropy, Dense, MaxNorm, Network, NetworkClassifier, ReLU
from nnopt._jit import R, d, kernel
from nnopt.optimizer import GradientMethod


@pytest.fixture(scope="module")
def rows():
    data = nnopt.datasets.load("digits")
    return data.X_train[:300], data.y_train[:300]


def test_the_proximal_step_by_hand():
    """Rate 0.5, weight 0.4: 0.2 nearer to zero, and not beyond."""
    method = GD(lr=0.5, after=(L1(0.4),))
    state = method.step(method.init([1.0, -1.0, 0.15, -0.2, 0.0]), np.array([0.0, 0.0, 0.0, 0.0, 0.3]))
    np.testing.assert_allclose(state.theta, [0.8, -0.8, 0.0, 0.0, 0.0], atol=1e-15)


def test_the_rate_of_the_step_counts_even_where_it_varies():
    method = GD(lr=lambda t: 1.0 / t, after=(L1(0.5),))
    state = method.init([2.0])
    for expected in (1.5, 1.25, 1.25 - 0.5 / 3):
        state = method.step(state, [0.0])
        np.testing.assert_allclose(state.theta, [expected], rtol=1e-14)


def test_it_solves_the_lasso_as_scikit_learn_does():
    """Both minimize |Xw - y|^2 / (2n) + 0.05 |w|_1; the zeros are the same."""
    rng = np.random.default_rng(0)
    X, few = rng.normal(size=(80, 30)), np.where(np.arange(30) < 5, 2.0, 0.0)
    y = X @ few + 0.1 * rng.normal(size=80)
    theirs = Lasso(alpha=0.05, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y).coef_
    problem = nnopt.problems.least_squares(X, y)
    solver = GD(lr=0.1, after=(L1(0.05),))
    state = solver.init(np.zeros(30))
    for _ in range(5_000):
        state = solver.step(state, problem.grad(state.theta))
    np.testing.assert_allclose(state.theta, theirs, atol=1e-8)
    assert ((state.theta == 0) == (theirs == 0)).all()
    assert (theirs == 0).sum() > 10


@kernel
def fixed_step(theta: R[d], grad: R[d]):
    for i in range(theta.size):
        theta[i] -= 0.1 * grad[i]


def test_a_method_without_a_rate_is_refused():
    @dataclass(frozen=True)
    class Fixed(GradientMethod, step=fixed_step):
        """A step of a rate that nobody sets."""

    with pytest.raises(TypeError, match="L1: soft_threshold asks for lr, a number, which is no field of the class"):
        Fixed(after=(L1(0.1),))


def test_of_a_network_weights_are_penalized_and_biases_are_not(rows):
    net = NetworkClassifier([Dense(16), ReLU()], optimizer=Adam(lr=0.01, after=(L1(100.0),)), epochs=3, random_state=0).fit(*rows)
    for layer in net.weights_:
        assert (layer["W"] == 0).all()
    assert (net.weights_[-1]["b"] != 0).all()


def test_max_norm_shortens_the_weights_into_each_neuron(rows):
    net = NetworkClassifier([Dense(16), ReLU()], optimizer=Adam(lr=0.01, after=(MaxNorm(0.7),)), epochs=20, random_state=0).fit(*rows)
    lengths = [np.linalg.norm(layer["W"], axis=0) for layer in net.weights_]
    assert all(length.max() <= 0.7 + 1e-6 for length in lengths)
    assert all(np.isclose(length, 0.7, atol=1e-5).any() for length in lengths)
    assert lengths[0].shape == (16,) and lengths[1].shape == (10,)
    free = NetworkClassifier([Dense(16), ReLU()], optimizer=Adam(lr=0.01), epochs=20, random_state=0).fit(*rows)
    assert max(np.linalg.norm(layer["W"], axis=0).max() for layer in free.weights_) > 1.0


def test_both_parts_go_on_in_partial_fit(rows):
    net = NetworkClassifier([Dense(8), ReLU()], optimizer=Adam(after=(L1(50.0), MaxNorm(0.5))), random_state=0)
    for _ in range(3):
        net.partial_fit(*rows, classes=range(10))
    assert all((layer["W"] == 0).mean() > 0.5 for layer in net.weights_)
    assert (net.weights_[-1]["b"] != 0).all()


@pytest.mark.parametrize("wrong", [-0.1, np.nan, "much"])
def test_bad_numbers_are_refused_with_one_sentence(wrong):
    with pytest.raises(ValueError, match=r"weight must be a number in \[0, inf\)"):
        L1(wrong)
    with pytest.raises(ValueError, match=r"label_smoothing must be a number in \[0, 1\)"):
        CrossEntropy(wrong)


# ------------------------------------------------------------------------------------ label smoothing
def loss(smoothing, X, Y, theta):
    return Network(Dense(4), input=3, loss=CrossEntropy(smoothing)).problem(X, Y)(theta)


def test_label_smoothing_is_the_loss_of_smoothed_probabilities():
    rng = np.random.default_rng(1)
    X, y, theta = rng.normal(size=(6, 3)), rng.integers(0, 4, 6), rng.normal(size=16)
    smooth = 0.7 * np.eye(4)[y] + 0.3 / 4
    assert loss(0.3, X, y, theta) == pytest.approx(loss(0.0, X, smooth, theta), rel=1e-14)
    assert loss(0.3, X, np.eye(4)[y], theta) == pytest.approx(loss(0.0, X, smooth, theta), rel=1e-14)
    problem = Network(Dense(4), input=3, loss=CrossEntropy(0.3)).problem(X, y)
    slope = [(problem(theta + h) - problem(theta - h)) / 2e-6 for h in 1e-6 * np.eye(16)]
    np.testing.assert_allclose(problem.grad(theta), slope, atol=1e-8)


def test_label_smoothing_against_torch():
    need("torch")
    import torch

    rng = np.random.default_rng(2)
    X, y, theta = rng.normal(size=(9, 3)), rng.integers(0, 4, 9), rng.normal(size=16)
    Z = torch.tensor(X @ theta[:12].reshape(3, 4) + theta[12:])
    theirs = torch.nn.functional.cross_entropy(Z, torch.tensor(y), label_smoothing=0.2).item()
    assert loss(0.2, X, y, theta) == pytest.approx(theirs, rel=1e-12)


def test_an_estimator_with_smoothed_labels_is_less_sure(rows):
    sure = {}
    for smoothing in (0.0, 0.2):
        net = nnopt.MLPClassifier((32,), optimizer=Adam(lr=0.01), label_smoothing=smoothing, epochs=60, random_state=0).fit(*rows)
        sure[smoothing] = net.predict_proba(rows[0]).max(axis=1)
        assert net.score(*rows) == 1.0
    assert np.median(sure[0.0]) > 0.99
    assert np.median(sure[0.2]) == pytest.approx(1 - 0.2 + 0.2 / 10, abs=0.03)
