"""Mini-batch gradient descent: how rows are drawn, the 1/B law, and that shuffling beats drawing."""

import numpy as np
import pytest
from gradient.test_sgd import data

import nnopt
from nnopt.gradient.mini_batch_gd import shuffle_rows
from nnopt.problems.sums import least_squares
from nnopt.random import generator


def test_a_pass_takes_every_row_once():
    order, state, seen = np.empty(40, np.int64), generator(0), []
    for _ in range(5):
        shuffle_rows(order, state, 0.0)
        assert sorted(order) == list(range(40))
        seen.append(tuple(order))
    assert len(set(seen)) == 5


def test_all_orders_are_equally_likely():
    """Six orders of three rows, 6,000 shuffles of a fixed seed; chi-squared above 20.5 comes once in 1,000 seeds."""
    order, state, counts = np.empty(3, np.int64), generator(0), {}
    for _ in range(6000):
        shuffle_rows(order, state, 0.0)
        counts[tuple(order)] = counts.get(tuple(order), 0) + 1
    assert len(counts) == 6
    assert sum((c - 1000) ** 2 / 1000 for c in counts.values()) < 20.5


@pytest.mark.parametrize("replacement", [False, True])
def test_steps_are_those_of_the_batches(replacement):
    X, y = data(rows=50)
    optimizer = nnopt.MiniBatchGD(lr=0.1, batch_size=8, replacement=replacement)
    r = nnopt.minimize(least_squares(X, y), optimizer, x0=np.zeros(3), max_evals=14, seed=3)
    order, state, theta = np.empty(50, np.int64), generator(np.random.default_rng(3)), np.zeros(3)
    for _ in range(2):
        shuffle_rows(order, state, float(replacement))
        for batch in np.split(order, range(8, 50, 8)):
            theta = theta - 0.1 * np.mean((X[batch] @ theta - y[batch])[:, None] * X[batch], axis=0)
    np.testing.assert_allclose(r.x, theta, rtol=1e-10)


def variance(size, replacement):
    """The variance of a batch's gradient, summed over parameters, from many batches."""
    X, y = data(rows=60)
    residual = X @ np.array([0.3, 0.1, -0.2]) - y
    each, order, state, found = residual[:, None] * X, np.empty(60, np.int64), generator(1), []
    for _ in range(4000):
        shuffle_rows(order, state, float(replacement))
        found.append(each[order[:size]].mean(axis=0))
    one = each.var(axis=0).sum()
    return np.var(found, axis=0).sum() / one


@pytest.mark.parametrize("size", [1, 4, 20])
def test_the_variance_falls_as_one_over_the_size(size):
    """With replacement 1/B; without, times (m - B) / (m - 1). Twelve thousand numbers: 6 % is four standard deviations."""
    np.testing.assert_allclose(variance(size, True), 1 / size, rtol=0.06)
    np.testing.assert_allclose(variance(size, False), (60 - size) / (59 * size), rtol=0.06)


def test_shuffling_beats_drawing():
    """The distance after 40 passes, the same rate, means over 20 seeds."""
    X, y = data(rows=100)
    problem, best = least_squares(X, y), np.linalg.lstsq(X, y, rcond=None)[0]

    def far(replacement):
        optimizer = nnopt.MiniBatchGD(lr=0.05, batch_size=5, replacement=replacement)
        ends = [nnopt.minimize(problem, optimizer, x0=best, max_evals=800, seed=seed).x for seed in range(20)]
        return np.mean([np.sum((end - best) ** 2) for end in ends])

    assert far(False) < 0.5 * far(True)


def test_estimators_ask_the_optimizer_for_its_batch():
    X, y = data(rows=50)
    for optimizer, size in ((nnopt.GD(lr=0.1), 50), (nnopt.MiniBatchGD(lr=0.1, batch_size=7), 7), (nnopt.Adam(), 32)):
        ends = [nnopt.MLPRegressor((), optimizer=optimizer, epochs=3, batch_size=b, random_state=0).fit(X, y).theta_ for b in (None, size)]
        np.testing.assert_array_equal(*ends)
