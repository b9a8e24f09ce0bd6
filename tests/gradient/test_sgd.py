"""Stochastic gradient descent: how rows are drawn, that the step is right on average, and where it ends."""

import numpy as np

import nnopt
from nnopt.gradient.sgd import draw_rows
from nnopt.problems.sums import least_squares
from nnopt.random import generator


def data(rows=200, noise=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, X @ np.array([1.0, -2.0, 0.5]) + noise * rng.normal(size=rows)


def test_every_row_is_drawn_equally_often():
    """Chi-squared over 20 rows, 20,000 draws of a fixed seed: 43.8 is passed once in 1,000 seeds."""
    order = np.empty(20, np.int64)
    counts, state = np.zeros(20), generator(0)
    for _ in range(1000):
        draw_rows(order, state)
        counts += np.bincount(order, minlength=20)
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8


def test_a_pass_leaves_out_37_per_cent():
    order = np.empty(10_000, np.int64)
    draw_rows(order, generator(1))
    assert abs(1 - len(set(order.tolist())) / 10_000 - np.exp(-1)) < 0.02  # five standard deviations


def test_the_mean_over_rows_is_the_gradient():
    X, y = data()
    problem, theta = least_squares(X, y), np.array([0.3, 0.1, -0.2])
    each = np.array([least_squares(X[i : i + 1], y[i : i + 1]).grad(theta) for i in range(len(X))])
    np.testing.assert_allclose(each.mean(axis=0), problem.grad(theta), rtol=1e-12)


def test_steps_are_those_of_the_rows_drawn():
    """The run, made again in NumPy from the same draws."""
    X, y = data(rows=30)
    r = nnopt.minimize(least_squares(X, y), nnopt.SGD(lr=0.05), x0=np.zeros(3), max_evals=90, seed=3)
    order, state, theta = np.empty(30, np.int64), generator(np.random.default_rng(3)), np.zeros(3)
    for _ in range(3):
        draw_rows(order, state)
        for i in order:
            theta = theta - 0.05 * (X[i] @ theta - y[i]) * X[i]
    np.testing.assert_allclose(r.x, theta, rtol=1e-10)
    assert (r.nfev, r.nit) == (90, 90)


def test_a_constant_rate_ends_in_a_cloud_and_a_falling_one_closes_in():
    X, y = data()
    problem, best = least_squares(X, y), np.linalg.lstsq(*data(), rcond=None)[0]

    def far(lr):
        ends = [nnopt.minimize(problem, nnopt.SGD(lr=lr), x0=best, max_evals=20_000, seed=seed).x for seed in range(12)]
        return np.mean([np.sum((end - best) ** 2) for end in ends])

    cloud = {lr: far(lr) for lr in (0.02, 0.005)}
    assert 2 < cloud[0.02] / cloud[0.005] < 8  # four on average
    assert far(lambda t: 2 / (100 + t)) < cloud[0.005] / 4


def test_a_plain_function_has_no_rows_to_draw():
    bowl = nnopt.problems.quadratic(3)
    ends = [nnopt.minimize(bowl, kind(lr=0.1), x0=[1.0, 2.0, 3.0], max_evals=20).x for kind in (nnopt.GD, nnopt.SGD)]
    np.testing.assert_array_equal(*ends)


def test_an_estimator_takes_one_row_a_step():
    X, y = data(rows=50)
    net = nnopt.MLPRegressor((), optimizer=nnopt.SGD(lr=0.01), epochs=3, random_state=0).fit(X, y)
    same = nnopt.MLPRegressor((), optimizer=nnopt.SGD(lr=0.01), epochs=3, batch_size=1, random_state=0).fit(X, y)
    np.testing.assert_array_equal(net.theta_, same.theta_)
