r"""The travelling salesman: the shortest round trip through all cities, and the moves that change a tour a little.

.. math:: J(x) = \sum_{i=1}^{d} D_{x_i x_{i+1}} , \qquad x_{d+1} = x_1

A move takes two edges out and puts two others in (2-opt), or takes one to three cities from where they are and puts them beside
another (or-opt). Only edges to one of the eight nearest cities are put in, so that there are 64 d moves, and what one changes are
four or six distances.

G. A. Croes, *A method for solving traveling-salesman problems*, Operations Research 6 (1958), 791-812, doi:10.1287/opre.6.6.791 (2-opt);
I. Or, dissertation, Northwestern University 1976 (or-opt); instances: G. Reinelt, *TSPLIB*, ORSA Journal on Computing 3 (1991), 376-384,
doi:10.1287/ijoc.3.4.376.
"""

import numpy as np

from .. import datasets
from .._checks import numbers, shown
from .._jit import N, R, S, d, k, kernel
from ..walk import Neighbourhood
from . import Problem

NEAR = 8  # as many neighbours a city has: a power of two, so that a move's number is cut into city, neighbour and kind by its bits


@kernel(browser=False)
def tour_length(x: S[d], D: R[d, d]) -> R:
    """The length of the round trip."""
    total = D[x[x.size - 1], x[0]]
    for i in range(x.size - 1):
        total += D[x[i], x[i + 1]]
    return total


# ------------------------------------------------------------------------------------ a tour with its places
@kernel(browser=False)
def note_places(x: S[d], place: N[d]):
    """place[c]: where in the tour city c stands."""
    for i in range(x.size):
        place[x[i]] = i


@kernel(browser=False)
def city_beside(x: S[d], place: N[d], c: N, by: N) -> N:
    """The city ``by`` places after c, which may be before it."""
    i = place[c] + by
    i = i - x.size if i >= x.size else i
    return x[i + x.size if i < 0 else i]


@kernel(browser=False, apart=True)
def turn(x: S[d], place: N[d], i: N, j: N):
    """Turn the piece from place i to place j round, or the rest, which makes the same tour: whichever is shorter."""
    size = x.size
    length = j - i + 1 if j >= i else j - i + 1 + size
    if 2 * length > size:
        i, j, length = (j + 1) % size, (i - 1) % size, size - length
    for _ in range(length // 2):
        a, b = x[i], x[j]
        x[i], x[j], place[b], place[a] = b, a, i, j
        i = i + 1 if i + 1 < size else 0
        j = j - 1 if j > 0 else size - 1


@kernel(browser=False, apart=True)
def two_opt(x: S[d], place: N[d], a: N, b: N, e: N, f: N):
    """The edges (a, b) and (e, f) become (a, e) and (b, f)."""
    if city_beside(x, place, a, 1) == b:
        turn(x, place, place[b], place[e])
    else:
        turn(x, place, place[a], place[f])


# ------------------------------------------------------------------------------------ the moves
@kernel(browser=False)
def no_two_opt(c: N, b: N, e: N, f: N) -> N:
    """Whether the edges (c, b) and (e, f) share a city: then nothing can be exchanged."""
    return 1 if b == e or f == c or e == c else 0


@kernel(browser=False)
def no_or_opt(ahead: N, more: N, size: N, p: N, c: N, z: N, g: N, e: N, f: N, before: N) -> N:
    """Whether e is of the piece c..z, or is c itself since c has no such neighbour, or the piece stands there already."""
    inside = (ahead if ahead >= 0 else ahead + size) <= more
    return 1 if inside or g == p or f == c or f == z or f == p or (e == p and before == 1) else 0  # noqa: SIM109


@kernel(browser=False)
def tour_delta(x: S[d], q: N, place: N[d], D: R[d, d], near: N[d, 8]) -> R:
    """Move q = (city c, its neighbour e, kind): 2-opt on either side of both, or one to three cities from c on are put beside e.

    Where it would change nothing, 0.
    """
    kind, c, e = q & 7, q >> 6, near[q >> 6, (q >> 3) & 7]
    if kind < 2:
        b, f = city_beside(x, place, c, 1 - 2 * kind), city_beside(x, place, e, 1 - 2 * kind)
        return 0.0 if no_two_opt(c, b, e, f) == 1 else D[c, e] + D[b, f] - D[c, b] - D[e, f]
    z = city_beside(x, place, c, (kind - 2) // 2)  # the last city of the piece
    p, g = city_beside(x, place, c, -1), city_beside(x, place, z, 1)
    f = city_beside(x, place, e, 1 if kind % 2 == 0 else -1)
    if no_or_opt(place[e] - place[c], (kind - 2) // 2, x.size, p, c, z, g, e, f, kind % 2) == 1:
        return 0.0
    return D[p, g] + D[e, c] + D[z, f] - D[p, c] - D[z, g] - D[e, f]


@kernel(browser=False)
def tour_apply(x: S[d], q: N, place: N[d], near: N[d, 8]):
    """Make the move, if it is one, by exchanges of two edges each."""
    kind, c, e = q & 7, q >> 6, near[q >> 6, (q >> 3) & 7]
    if kind < 2:
        b, f = city_beside(x, place, c, 1 - 2 * kind), city_beside(x, place, e, 1 - 2 * kind)
        if no_two_opt(c, b, e, f) == 0:
            two_opt(x, place, c, b, e, f)
        return
    z, after = city_beside(x, place, c, (kind - 2) // 2), kind % 2 == 0
    p, g, f = city_beside(x, place, c, -1), city_beside(x, place, z, 1), city_beside(x, place, e, 1 if after else -1)
    if no_or_opt(place[e] - place[c], (kind - 2) // 2, x.size, p, c, z, g, e, f, kind % 2) == 1:
        return
    left, right = (e, f) if after else (f, e)
    two_opt(x, place, p, c, left, right)  # p left .. g z..c right
    if left != g:
        two_opt(x, place, p, left, g, z)  # p g .. left z..c right
    if after:
        two_opt(x, place, left, z, c, right)


@kernel(browser=False)
def edge_number(i: N, j: N, size: N) -> N:
    """The number of an edge."""
    return min(i, j) * size + max(i, j)


@kernel(browser=False)
def tour_exchange(x: S[d], q: N, brings: N[k], drops: N[k], place: N[d], near: N[d, 8]):
    """The edges that come and go; none where q is no move."""
    kind, c, e, size = q & 7, q >> 6, near[q >> 6, (q >> 3) & 7], x.size
    for h in range(brings.size):
        brings[h] = drops[h] = -1
    if kind < 2:
        b, f = city_beside(x, place, c, 1 - 2 * kind), city_beside(x, place, e, 1 - 2 * kind)
        if no_two_opt(c, b, e, f) == 0:
            brings[0], brings[1] = edge_number(c, e, size), edge_number(b, f, size)
            drops[0], drops[1] = edge_number(c, b, size), edge_number(e, f, size)
        return
    z = city_beside(x, place, c, (kind - 2) // 2)
    p, g, f = city_beside(x, place, c, -1), city_beside(x, place, z, 1), city_beside(x, place, e, 1 if kind % 2 == 0 else -1)
    if no_or_opt(place[e] - place[c], (kind - 2) // 2, size, p, c, z, g, e, f, kind % 2) == 1:
        return
    brings[0], brings[1], brings[2] = edge_number(c, e, size), edge_number(z, f, size), edge_number(p, g, size)
    drops[0], drops[1], drops[2] = edge_number(p, c, size), edge_number(z, g, size), edge_number(e, f, size)


@kernel(browser=False)
def closeness(i: N, j: N, D: R[d, d]) -> R:
    """What an ant sees: one over the distance."""
    return 1.0 / D[i, j] if D[i, j] > 1e-300 else 1e300


# ------------------------------------------------------------------------------------ the problem
def tsp(cities, minimum=None) -> Problem:
    """The shortest round trip.

    Parameters
    ----------
    cities : str or array_like
        An instance of TSPLIB that comes along, "berlin52" or "kroA100"; or coordinates, shape (d, 2); or distances, the same both ways,
        shape (d, d) with zeros on the diagonal.
    minimum : float, optional
        The least length, where it is known.

    Raises
    ------
    ValueError
        If the instance is not known, or the array is neither coordinates nor symmetric distances.

    Examples
    --------
    >>> from nnopt.problems import tsp
    >>> p = tsp("berlin52")
    >>> p.dim, p.minimum
    (52, 7542.0)
    """
    name, places = "tsp", None
    if isinstance(cities, str):
        name = cities
        places, minimum = datasets.cities(cities)
        D = np.floor(_distances(places) + 0.5)  # TSPLIB's EUC_2D: the nearest integer
    else:
        given = numbers("tsp: cities", cities)
        if given.ndim != 2 or len(given) < 4:
            raise ValueError(f"tsp: cities must be coordinates (d, 2) or distances (d, d) of at least 4 cities, not of shape {given.shape}")
        if given.shape[1] == 2:
            places, D = given, _distances(given)
        else:
            D = symmetric("tsp: distances", given)
    dim, wide = len(D), min(NEAR, len(D) - 1)
    near = np.repeat(np.arange(dim)[:, None], NEAR, axis=1)  # a city is its own neighbour where there are fewer than eight others
    near[:, :wide] = np.argsort(D + np.diag([np.inf] * dim), axis=1, kind="stable")[:, :wide]
    moves = Neighbourhood(
        lambda dim: 64 * dim, tour_delta, tour_apply, begin=note_places, exchange=tour_exchange, desire=closeness,
        price=lambda dim: 5.0 / dim, sweep=lambda dim: 320.0,
    )  # fmt: skip
    problem = Problem(
        name, tour_length, None, dim, [(0, dim - 1)] * dim, minimum, arrays=dict(D=D, near=near), neighbourhood=moves
    )  # fmt: skip
    problem.__dict__["cities"] = places  # for pictures; None where only distances are known
    return problem


def _distances(places):
    return np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))


def symmetric(what, D):
    """A square array that is the same both ways, or one sentence."""
    if D.ndim != 2 or D.shape[0] != D.shape[1]:
        raise ValueError(f"{what} must be a square array, not of shape {D.shape}")
    if (D != D.T).any():
        i, j = np.argwhere(D != D.T)[0]
        there, back = shown(D[i, j].item()), shown(D[j, i].item())
        raise ValueError(f"{what} must be the same both ways, but between {i} and {j} they are {there} and {back}")
    return D
