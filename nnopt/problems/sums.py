r"""Sums over the rows of data, of which a step may look at some: what learning minimizes.

.. math::

    \text{least squares} &= \frac1{2m} \sum_i (X_i^\top w - y_i)^2 \\
    \text{cloud} &= \frac1m \sum_i \tfrac12 \sum_j a_j \, (x_j - C_{ij})^2 \\
    \text{logistic} &= \frac1m \sum_i \log \bigl( 1 + e^{-y_i X_i^\top w} \bigr), \qquad y_i \in \{-1, 1\}

for the rows :math:`i` that are looked at, m of them. The loss of a network is such a sum, too: ``nnopt.Network.problem``.

A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes*, 1805; D. R. Cox, *The regression analysis
of binary sequences*, Journal of the Royal Statistical Society B 20(2), 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.
"""

import math

import numpy as np

from .._checks import count, number_in, numbers
from .._jit import N, R, d, k, kernel, m
from . import Problem


@kernel(reorder=True, browser=False)
def product_of_row(X: R[m, d], i: N, x: R[d]) -> R:
    """The scalar product of row i and x."""
    total = 0.0
    for j in range(x.size):
        total += X[i, j] * x[j]
    return total


@kernel(browser=False)
def least_squares_value(x: R[d], rows: N[k], X: R[m, d], y: R[m]) -> R:
    """Half the mean square of what is left."""
    total = 0.0
    for i in rows:
        error = product_of_row(X, i, x) - y[i]
        total += 0.5 * error * error
    return total / rows.size


@kernel(browser=False)
def least_squares_gradient(x: R[d], grad: R[d], rows: N[k], X: R[m, d], y: R[m]):
    """Its gradient."""
    for j in range(x.size):
        grad[j] = 0.0
    for i in rows:
        error = (product_of_row(X, i, x) - y[i]) / rows.size
        for j in range(x.size):
            grad[j] += error * X[i, j]


def least_squares(X, y) -> Problem:
    """Half the mean squared error of ``X @ w`` against y; X of shape (rows, d), y of shape (rows,)."""
    X, y = _data("least_squares", X, y)
    return Problem("least_squares", least_squares_value, least_squares_gradient, X.shape[1], rows=len(X), arrays=dict(X=X, y=y))


@kernel
def cloud_value(x: R[d], rows: N[k], C: R[m, d], curvatures: R[d]) -> R:
    """The mean of bowls, each around a row of C."""
    total = 0.0
    for i in range(rows.size):
        for j in range(x.size):
            away = x[j] - C[rows[i], j]
            total += 0.5 * curvatures[j] * away * away
    return total / rows.size


@kernel
def cloud_gradient(x: R[d], grad: R[d], rows: N[k], C: R[m, d], curvatures: R[d]):
    """Its gradient."""
    for j in range(x.size):
        grad[j] = 0.0
        for i in range(rows.size):
            grad[j] += curvatures[j] * (x[j] - C[rows[i], j]) / rows.size


def cloud(rows=64, dim=2, condition=4.0, seed=0) -> Problem:
    """The mean of ``rows`` bowls around points drawn from a normal distribution, moved so that their mean, the minimum, is the origin; the
    curvatures run from 1 to ``condition``. It is a sum in its simplest form: what a step from a few rows gets wrong is known exactly."""
    rows, dim = count("cloud: rows", rows), count("cloud: dim", dim)
    condition = number_in("cloud: condition", condition, "[1, inf)", lambda number: 1.0 <= number < np.inf)
    C = np.random.default_rng(seed).standard_normal((rows, dim))
    C -= C.mean(axis=0)
    curvatures = np.geomspace(1.0, condition, dim)
    least = float(0.5 * np.mean(C**2 @ curvatures))
    return Problem(
        "cloud", cloud_value, cloud_gradient, dim, [(-5.0, 5.0)] * dim, least, np.zeros(dim), rows=rows,
        arrays=dict(C=C, curvatures=curvatures),
    )  # fmt: skip


@kernel(browser=False)
def logistic_value(x: R[d], rows: N[k], X: R[m, d], y: R[m]) -> R:
    """The mean of log(1 + exp(-margin)), without overflow."""
    total = 0.0
    for i in rows:
        margin = y[i] * product_of_row(X, i, x)
        total += math.log1p(math.exp(-abs(margin))) + max(-margin, 0.0)
    return total / rows.size


@kernel(browser=False)
def logistic_gradient(x: R[d], grad: R[d], rows: N[k], X: R[m, d], y: R[m]):
    """Its gradient."""
    for j in range(x.size):
        grad[j] = 0.0
    for i in rows:
        margin = y[i] * product_of_row(X, i, x)
        small = math.exp(-abs(margin))
        pull = (small if margin > 0.0 else 1.0) / (1.0 + small)  # 1 / (1 + exp(margin))
        for j in range(x.size):
            grad[j] -= pull * y[i] * X[i, j] / rows.size


def logistic(X, y) -> Problem:
    """The mean logistic loss of the margins ``y * (X @ w)``; X of shape (rows, d), y of shape (rows,) of two labels, of which
    the larger counts as 1, the smaller as -1."""
    try:
        labels = np.unique(np.asarray(y))
    except TypeError:  # they cannot be sorted
        labels = np.zeros(0)
    if len(labels) != 2 or (labels != labels).any() or np.ma.is_masked(y):
        raise ValueError(f"logistic: y must have two labels, not {len(labels)}")
    X, signs = _data("logistic", X, np.where(np.asarray(y) == labels[1], 1.0, -1.0))
    return Problem("logistic", logistic_value, logistic_gradient, X.shape[1], rows=len(X), arrays=dict(X=X, y=signs))


def _data(name, X, y):
    """Rows and targets that fit together."""
    X, y = numbers("X", X), numbers("y", y)
    if X.ndim != 2 or y.shape != X.shape[:1] or not X.size:
        raise ValueError(f"{name}: X must have the shape (rows, d) and y the shape (rows,), not {X.shape} and {y.shape}")
    return X, y
