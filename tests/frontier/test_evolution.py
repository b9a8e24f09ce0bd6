"""Evolution strategies: by hand, beside the equations in NumPy, what ranks and pairs do, and where they are told nonsense."""

import math

import numpy as np
import pytest

import nnopt
from nnopt.problems import quadratic, rotated, sphere

METHODS = [nnopt.OpenAIES(population_size=10), nnopt.SNES(population_size=10), nnopt.XNES(population_size=10)]
BOX = [(-2.0, 3.0)] * 3


def generation(optimizer, f, seed=0, **how):
    """The state after one generation, the points and their values."""
    state, points = optimizer.ask(optimizer.init(bounds=BOX, seed=seed, **how))
    values = np.array([f(x) for x in points])
    return optimizer.tell(state, points, values), points, values


def utilities(values):
    n = len(values)
    raw = np.maximum(0, np.log(n / 2 + 1) - np.log(np.argsort(np.argsort(values)) + 1))
    return raw / raw.sum() - 1 / n


def test_points_come_in_pairs():
    state, points = nnopt.OpenAIES(population_size=10).ask(nnopt.OpenAIES(population_size=10).init(bounds=BOX, seed=0))
    np.testing.assert_allclose(points[0::2] + points[1::2], np.tile(2 * state.mean, (5, 1)), rtol=1e-12)


@pytest.mark.parametrize("optimizer", METHODS, ids=lambda o: type(o).__name__)
def test_a_given_start_is_the_first_point_and_the_mean(optimizer):
    state = optimizer.init(bounds=BOX, x0=[0.5, -1.0, 2.0], seed=0)
    state, points = optimizer.ask(state)
    np.testing.assert_allclose(points[0], [0.5, -1.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(state.mean, [0.5, -1.0, 2.0], rtol=1e-12)


def test_the_first_step_of_openai_es_by_hand():
    """Adam's first step is lr times the sign of each coordinate of the estimate, but for its epsilon."""
    optimizer = nnopt.OpenAIES(population_size=10, step=0.05, lr=0.01)
    state, points, values = generation(optimizer, lambda x: float(x @ [3.0, -1.0, 0.5]))
    start = (points[0] + points[1]) / 2
    ranks = np.argsort(np.argsort(values)) / 9 - 0.5
    estimate = ranks @ (points - start) / (10 * 0.05**2 * 5)      # noise is a share of the box, five wide
    np.testing.assert_allclose(state.grad, estimate, rtol=1e-9)
    np.testing.assert_allclose(state.mean, np.clip(start - 0.01 * 5 * np.sign(estimate), -2, 3), rtol=1e-6)


def test_equal_values_share_their_ranks():
    optimizer = nnopt.OpenAIES(population_size=8)
    state, points = optimizer.ask(optimizer.init(bounds=BOX, seed=0))
    before = state.mean.copy()
    state = optimizer.tell(state, points, [1.0] * 8)
    assert np.all(state.u == 0.0)
    np.testing.assert_array_equal(state.mean, before)
    state, points = optimizer.ask(state)
    state = optimizer.tell(state, points, [2.0, 1.0, 2.0, 3.0, 1.0, 2.0, 0.0, 5.0])
    np.testing.assert_allclose(state.u, np.array([4, 1.5, 4, 6, 1.5, 4, 0, 7]) / 7 - 0.5)


def test_a_generation_of_snes_is_its_equations():
    optimizer = nnopt.SNES(population_size=10, step=0.02)
    state, points, values = generation(optimizer, lambda x: float(x @ [3.0, -1.0, 0.5] + x @ x), x0=[0.5, 0.2, 1.0])
    mean, s, eta = np.array([0.5, 0.2, 1.0]), np.full(3, 0.1), (3 + math.log(3)) / (5 * math.sqrt(3))
    z, u = (points - mean) / s, utilities(values)
    np.testing.assert_allclose(state.mean, mean + s * (u @ z), rtol=1e-9)
    np.testing.assert_allclose(state.s, s * np.exp(eta / 2 * (u @ (z**2 - 1))), rtol=1e-9)


def test_a_generation_of_xnes_is_its_equations():
    from scipy.linalg import expm

    optimizer = nnopt.XNES(population_size=10, step=0.02)
    state, points, values = generation(optimizer, lambda x: float(x @ [3.0, -1.0, 0.5] + x @ x), x0=[0.5, 0.2, 1.0])
    mean, B, eta = np.array([0.5, 0.2, 1.0]), 5.0 * np.eye(3), 0.6 * (3 + math.log(3)) / (3 * math.sqrt(3))
    z, u = (points - mean) / (0.02 * 5.0), utilities(values)
    M = (z.T * u) @ z
    trace = np.trace(M) / 3
    np.testing.assert_allclose(state.mean, mean + 0.02 * B @ (u @ z), rtol=1e-9)
    np.testing.assert_allclose(state.sigma[0], 0.02 * np.exp(eta / 2 * trace), rtol=1e-9)
    np.testing.assert_allclose(state.B, B @ expm(eta / 2 * (M - trace * np.eye(3))), rtol=1e-6)


@pytest.mark.parametrize("problem", [sphere(6), quadratic(6, 1e4)], ids=["sphere", "ellipsoid"])
@pytest.mark.parametrize("optimizer", [nnopt.SNES(), nnopt.XNES()], ids=["SNES", "XNES"])
def test_natural_strategies_come_to_the_minimum(optimizer, problem):
    assert all(nnopt.minimize(problem, optimizer, target=1e-8, max_evals=20_000, seed=seed).fun <= 1e-8 for seed in range(5))


def test_a_turned_valley_stops_widths_and_not_the_matrix():
    turned = rotated(quadratic(6, 1e4), 1)
    widths, matrix = (nnopt.minimize(turned, method, target=1e-8, max_evals=20_000, seed=0) for method in (nnopt.SNES(), nnopt.XNES()))
    assert matrix.fun <= 1e-8 < 1e-2 < widths.fun


def test_openai_es_descends_where_the_gradient_is_zero():
    stairs = lambda x: float(np.floor(4 * x @ x))     # noqa: E731
    optimizer = nnopt.OpenAIES(population_size=20, step=0.05, lr=0.01)
    run = nnopt.minimize(stairs, optimizer, bounds=[(-3, 3)] * 5, x0=[2.0] * 5, max_evals=6000, seed=0)
    assert stairs(optimizer.recommend(run.state)) <= 8 < 70 < stairs(np.full(5, 2.0))


def test_it_recommends_its_mean_and_trains_estimators():
    digits = nnopt.datasets.load("digits")
    X, y = digits.X_train[:200], digits.y_train[:200]
    optimizer = nnopt.OpenAIES(population_size=20, step=0.02, lr=0.04)
    net = nnopt.NetworkClassifier([nnopt.Dense(8), nnopt.Tanh()], optimizer=optimizer, epochs=600, batch_size=200, random_state=0).fit(X, y)
    assert net.score(X, y) > 0.4    # chance: 0.1


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="population_size"):
        nnopt.OpenAIES(population_size=2)
    with pytest.raises(ValueError, match="step"):
        nnopt.SNES(step=0.0)
    with pytest.raises(ValueError, match="lr"):
        nnopt.OpenAIES(lr=-1.0)
