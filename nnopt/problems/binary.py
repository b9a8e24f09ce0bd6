r"""Quadratic functions of bits, :math:`J(x) = x^\top Q x`: the form into which much of combinatorial optimization can be put; the cut of
a graph is one of them.

A move flips a bit; the field :math:`f_i = Q_{ii} + 2 \sum_{j \ne i} Q_{ij} x_j`, kept up to date, says what that changes.

P. L. Hammer and S. Rudeanu, *Boolean methods in operations research*, Springer 1968, doi:10.1007/978-3-642-85823-9; F. Barahona,
M. Grötschel, M. Jünger and G. Reinelt, *An application of combinatorial optimization to statistical physics and circuit layout design*,
Operations Research 36 (1988), 493-513, doi:10.1287/opre.36.3.493.
"""

import numpy as np

from .._checks import numbers
from .._jit import B, N, R, d, k, kernel
from ..walk import Neighbourhood
from . import Problem
from .tours import symmetric


@kernel(browser=False)
def quadratic_form(x: B[d], Q: R[d, d]) -> R:
    """x' Q x."""
    total = 0.0
    for i in range(x.size):
        if x[i] == 1:
            for j in range(x.size):
                total += Q[i, j] * x[j]
    return total


@kernel(browser=False)
def note_field(x: B[d], field: R[d], Q: R[d, d]):
    """field[i]: what x[i] = 1 adds."""
    for i in range(x.size):
        field[i] = Q[i, i]
        for j in range(x.size):
            if j != i:
                field[i] += 2.0 * Q[i, j] * x[j]


@kernel(browser=False)
def flip_delta(x: B[d], q: N, field: R[d]) -> R:
    """A bit is flipped."""
    return (1.0 - 2.0 * x[q]) * field[q]


@kernel(browser=False)
def flip_apply(x: B[d], q: N, field: R[d], Q: R[d, d]):
    """Make it."""
    change = 2.0 * (1.0 - 2.0 * x[q])
    x[q] = 1 - x[q]
    for j in range(x.size):
        if j != q:
            field[j] += change * Q[q, j]


@kernel(browser=False)
def flip_exchange(x: B[d], q: N, brings: N[k], drops: N[k]):
    """The bit itself is the feature: whoever touches it brings it."""
    brings[0], drops[0] = q, q
    brings[1] = brings[2] = drops[1] = drops[2] = -1


def qubo(Q, minimum=None) -> Problem:
    """The least value of x' Q x over bits x; Q of shape (d, d), of which only the symmetric part matters."""
    Q = numbers("qubo: Q", Q)
    if Q.ndim != 2 or Q.shape[0] != Q.shape[1] or not len(Q):
        raise ValueError(f"qubo: Q must be a square array, not of shape {Q.shape}")
    dim, Q = len(Q), (Q + Q.T) / 2
    moves = Neighbourhood(
        lambda dim: dim, flip_delta, flip_apply, begin=note_field, exchange=flip_exchange,
        price=lambda dim: 1.0 / dim, sweep=lambda dim: 2.0 / dim, tenure=lambda dim: dim / 10,
    )  # fmt: skip
    return Problem("qubo", quadratic_form, None, dim, [(0, 1)] * dim, minimum, arrays=dict(Q=Q), neighbourhood=moves)


def maxcut(weights, minimum=None) -> Problem:
    """The heaviest cut of a graph, as the least of its negative; ``weights`` symmetric, shape (d, d)."""
    W = symmetric("maxcut: weights", numbers("maxcut: weights", weights))
    W = W - np.diag(np.diag(W))
    return qubo(W - np.diag(W.sum(axis=1)), minimum)
