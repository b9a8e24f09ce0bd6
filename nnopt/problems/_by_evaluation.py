"""Moves for a problem that states none: two entries of a permutation change places, or a bit is flipped, and what that changes is found by
evaluating the whole, at the price of one evaluation a move.

The value of the point where the walk is stands in the notes. Where the walk makes a move that is not the one last looked at, as tabu
search does, the point is evaluated again, for which a sweep costs one evaluation more than there are moves.
"""

import math

import numpy as np

from .._jit import B, N, Point, R, S, World, d, k, kernel
from .._loop import Objective
from ..walk import Neighbourhood
from . import Problem


@kernel(browser=False)
def watched_value(x: Point[d], inner: Objective, inside: N[k], seen: R[k], place: R[d], none: N[k]) -> R:
    """The value, which is kept with the point, so that a walk that begins there need not ask again."""
    f = inner(x, x[:0], none[:0], inside)
    seen[0] = f
    for i in range(x.size):
        place[i] = x[i]
    return f


@kernel(browser=False)
def note_level(x: Point[d], level: R[1], which: N[1], inner: Objective, inside: N[k], seen: R[k], place: R[d], none: N[k]):
    """level[0]: the value at x."""
    known = 1
    for i in range(x.size):
        known = known if place[i] == x[i] else 0
    level[0] = seen[0] if known == 1 else watched_value(x, inner, inside, seen, place, none)
    which[0] = -1


@kernel(browser=False)
def swap(x: S[d], q: N):
    """Move q = j (j - 1) / 2 + i, i < j: the entries i and j change places."""
    j = int((1.0 + math.sqrt(1.0 + 8.0 * q)) / 2.0)
    i = q - j * (j - 1) // 2
    x[i], x[j] = x[j], x[i]


@kernel(browser=False)
def swap_delta(x: S[d], q: N, level: R[1], tried: R[1], which: N[1], inner: Objective, inside: N[k], none: N[k]) -> R:
    """There, and back."""
    swap(x, q)
    tried[0] = inner(x, x[:0], none[:0], inside)
    swap(x, q)
    which[0] = q
    return tried[0] - level[0]


@kernel(browser=False)
def swap_apply(x: S[d], q: N, level: R[1], tried: R[1], which: N[1], inner: Objective, inside: N[k], none: N[k]):
    """Make it."""
    swap(x, q)
    level[0] = tried[0] if which[0] == q else inner(x, x[:0], none[:0], inside)
    which[0] = -1


@kernel(browser=False)
def swap_exchange(x: S[d], q: N, brings: N[k], drops: N[k]):
    """An entry at its place is a feature."""
    j = int((1.0 + math.sqrt(1.0 + 8.0 * q)) / 2.0)
    i = q - j * (j - 1) // 2
    brings[0], brings[1], brings[2] = i * x.size + x[j], j * x.size + x[i], -1
    drops[0], drops[1], drops[2] = i * x.size + x[i], j * x.size + x[j], -1


@kernel(browser=False)
def flip_delta_by_value(x: B[d], q: N, level: R[1], tried: R[1], which: N[1], inner: Objective, inside: N[k], none: N[k]) -> R:
    """There, and back."""
    x[q] = 1 - x[q]
    tried[0] = inner(x, x[:0], none[:0], inside)
    x[q] = 1 - x[q]
    which[0] = q
    return tried[0] - level[0]


@kernel(browser=False)
def flip_apply_by_value(x: B[d], q: N, level: R[1], tried: R[1], which: N[1], inner: Objective, inside: N[k], none: N[k]):
    """Make it."""
    x[q] = 1 - x[q]
    level[0] = tried[0] if which[0] == q else inner(x, x[:0], none[:0], inside)
    which[0] = -1


@kernel(browser=False)
def bit_exchange(x: B[d], q: N, brings: N[k], drops: N[k]):
    """The bit itself is the feature."""
    brings[0], drops[0] = q, q
    brings[1] = brings[2] = drops[1] = drops[2] = -1


MOVES = {
    "permutations": Neighbourhood(
        lambda dim: dim * (dim - 1) // 2, swap_delta, swap_apply, begin=note_level, exchange=swap_exchange,
        sweep=lambda dim: dim * (dim - 1) / 2 + 1.0,
    ),
    "bits": Neighbourhood(
        lambda dim: dim, flip_delta_by_value, flip_apply_by_value, begin=note_level, exchange=bit_exchange, sweep=lambda dim: dim + 1.0,
        tenure=lambda dim: dim / 10,
    ),
}  # fmt: skip


def with_moves(problem, dim):
    """The same problem of ``dim`` permuted entries or bits, with moves by evaluation."""
    arrays = dict(inner=problem.objective(World(problem.points, "float64", problem.dtype), gradient=False), inside=problem.table(),
                  seen=np.zeros(1), place=np.full(dim, np.nan), none=np.zeros(1, np.int64))  # fmt: skip

    def value(x, inner, inside, seen, place, none):  # of a function of Python
        seen[0], place[:] = inner(x, x[:0], none[:0], inside), x
        return seen[0]

    return Problem(
        problem.name, watched_value if problem._of_kernels else value, None, dim, problem.bounds, problem.minimum, problem.x_best,
        arrays=arrays, points=problem.points, neighbourhood=MOVES[problem.points],
    )  # fmt: skip
