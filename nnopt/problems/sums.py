r"""Sums over the rows of data, of which a step may look at some: what learning minimizes.

.. math::

    \text{least squares} &= \frac1{2m} \sum_i (X_i^\top w - y_i)^2 \\
    \text{logistic} &= \frac1m \sum_i \log \bigl( 1 + e^{-y_i X_i^\top w} \bigr), \qquad y_i \in \{-1, 1\}

for the rows :math:`i` that are looked at, m of them; and the loss of a network, whose gradient is backpropagation's.

A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes*, 1805; D. R. Cox, *The regression analysis
of binary sequences*, Journal of the Royal Statistical Society B 20(2), 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.
"""

import math

import numpy as np

from .._checks import integers, numbers, precision, shown
from .._jit import N, Point, R, d, k, kernel, m, put
from ..training.backpropagation import backpropagation, loss_only
from ..training.network import HEAD, parameter_count, work_size
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


@kernel(browser=False)
def loss_of_network(x: Point[d], rows: N[k], net: N[k], X: R[m, k], Y: R[m, k], work: R[k], copy: R[d]) -> R:
    """The mean loss over some rows of the network whose parameters are x, in the precision of the data."""
    put(copy, x)
    return loss_only(copy, work, net, X, Y, rows)


def network_loss(net, X, Y, dtype="float64") -> Problem:
    """The mean loss of a network over rows.

    Parameters
    ----------
    net : ndarray of int64
        As from ``nnopt.training.network.network``.
    X, Y : array_like, shapes (rows, inputs) and (rows, outputs)
    dtype : {"float64", "float32"}
    """
    dtype = precision("dtype", dtype)
    net, X, Y = integers("net", net), numbers("X", X, dtype), numbers("Y", Y, dtype)
    if net.ndim != 1 or net.size < HEAD + 2 or (net[HEAD:] < 1).any() or not np.isin(net[:HEAD], (0, 1)).all():
        raise ValueError(f"net must be the integers that network() gives, not {shown(net.tolist())}")
    wanted = (len(X), int(net[HEAD])), (len(X), int(net[-1]))
    if (X.shape, Y.shape) != wanted or not len(X):
        raise ValueError(f"network_loss: X and Y must have the shapes {wanted[0]} and {wanted[1]}, not {X.shape} and {Y.shape}")
    dim, rows = parameter_count(net), len(X)
    return Problem(
        "network_loss", loss_of_network, dim=dim, rows=rows, dtype=dtype, value_gradient=backpropagation,
        arrays=dict(net=net, X=X, Y=Y), scratch=dict(work=work_size(net, rows), copy=dim),
    )  # fmt: skip


def _data(name, X, y):
    """Rows and targets that fit together."""
    X, y = numbers("X", X), numbers("y", y)
    if X.ndim != 2 or y.shape != X.shape[:1] or not X.size:
        raise ValueError(f"{name}: X must have the shape (rows, d) and y the shape (rows,), not {X.shape} and {y.shape}")
    return X, y
