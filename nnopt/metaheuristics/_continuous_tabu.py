r"""Tabu search on reals: neighbours in shells around x, balls around the places that were left.

The neighbours of x lie in h shells, one in each, in a direction drawn at random, at the distance

.. math:: r \, 2^{-k} \, (1 - u / 2) , \qquad k = 0, \dots, h - 1 , \quad u \sim \mathcal U(0, 1)

in units of the box. The walk goes to the best of them that lies in no ball, or is the best ever seen; around the place that it left, a ball
of the radius :math:`r / 4` is tabu. Where many moves have found nothing better, it goes back to the best place of this descent with half
the r; where r has become tiny, it starts again from a point drawn at random. There is room for 64 balls.

This simplifies P. Siarry and G. Berthiau, *Fitting of tabu search to optimize functions of continuous variables*, International Journal for
Numerical Methods in Engineering 40 (1997), 2449-2457, doi:10.1002/(SICI)1097-0207(19970715)40:13<2449::AID-NME172>3.0.CO;2-O, and
R. Chelouah and P. Siarry, *Tabu search applied to global optimization*, European Journal of Operational Research 123 (2000), 256-270,
doi:10.1016/S0377-2217(99)00255-6: there is no list of promising areas; restarts take its place.
"""

import math

from .._jit import R64, Cell, Counter, N, Point, R, Random, d, k, kernel, put
from .._loop import BUDGET, LEAST, MOVES, OVER, SPENT, VALUE, Objective, look
from ..random import normal, uniform
from .sa import reflected

TENURE = 10.0  # moves that a ball stands: the length of Chelouah and Siarry's list
PATIENCE = 10  # moves without success, for each dimension, until r is halved
WIDE, NARROW = 0.5, 1e-7  # r at the start, and where a descent ends
BALL = 0.25  # radius of a ball, in units of r


@kernel
def draw_near(y: R[d], x: R[d], lower: R[d], upper: R[d], distance: R, rng: Random):
    """A point so far from x, in units of the box, in a direction drawn at random; walls throw back."""
    length = 0.0
    for j in range(x.size):
        y[j] = normal(rng)
        length += y[j] * y[j]
    stretch = distance / math.sqrt(length + 1e-300)
    for j in range(x.size):
        y[j] = reflected(x[j] + stretch * y[j] * (upper[j] - lower[j]), lower[j], upper[j])


@kernel
def in_a_ball(y: R[d], balls: R[k, d], ends: N[k], radius: R, lower: R[d], upper: R[d], t: N) -> N:
    """Whether y lies in a ball that still stands in move t."""
    for b in range(ends.size):
        if ends[b] > t:
            square = 0.0
            for j in range(y.size):
                gap = (y[j] - balls[b, j]) / (upper[j] - lower[j])
                square += gap * gap
            if square < radius * radius:
                return 1
    return 0


@kernel
def forget(ends: N[k]):
    """No ball stands."""
    for b in range(ends.size):
        ends[b] = 0


@kernel(browser=False)
def lay_ball(x: R[d], balls: R[k, d], ends: N[k], end: N):
    """A ball around x, in the place of the one that ends first."""
    first = 0
    for b in range(1, ends.size):
        if ends[b] < ends[first]:
            first = b
    put(balls[first], x)
    ends[first] = end


@kernel(browser=False)
def best_neighbour(
    fun: Objective, given: N[k], rows: N[k], none: Point[k], x: R[d], y: R[d], chosen: R[d], balls: R[64, d], ends: N[64], radius: R,
    lower: R[d], upper: R[d], best: Point[d], ledger: R64[k], rng: Random, t: N, many: N,
) -> R:  # fmt: skip
    """The least value among ``many`` neighbours that lie in no ball, or are the best ever seen; infinity where there is none."""
    least, distance = math.inf, radius
    for _ in range(many):
        draw_near(y, x, lower, upper, distance * (1.0 - 0.5 * uniform(rng)), rng)
        distance *= 0.5
        record = ledger[LEAST]
        value = look(fun, y, none, rows, given, best, ledger)
        if value < least and (value < record or in_a_ball(y, balls, ends, BALL * radius, lower, upper, t) == 0):
            least = value
            put(chosen, y)
    return least


@kernel(browser=False)
def tabu_search_reals(
    fun: Objective, given: N[k], rows: N[k], none: Point[k], x: R[d], now: Cell, y: R[d], chosen: R[d], champion: R[d], won: Cell,
    radius: Cell, still: Counter, balls: R[64, d], ends: N[64], lower: R[d], upper: R[d], best: Point[d], ledger: R64[k], rng: Random,
    t: N, shortest: R, longest: R, neighbours: N,
):  # fmt: skip
    """The best admissible neighbour; after many moves in vain nearer ones, and in the end a new start."""
    left = int(ledger[BUDGET] - ledger[SPENT])
    if left <= 0:
        ledger[OVER] = 1.0
        return
    if t == 0 or radius[0] < NARROW:
        for j in range(x.size if t > 0 else 0):
            x[j] = lower[j] + (upper[j] - lower[j]) * uniform(rng)
        now[0] = won[0] = ledger[VALUE] = look(fun, x, none, rows, given, best, ledger)
        put(champion, x)
        radius[0], still[0] = WIDE, 0
        forget(ends)
        return
    value = best_neighbour(
        fun, given, rows, none, x, y, chosen, balls, ends, radius[0], lower, upper, best, ledger, rng, t, min(neighbours, left)
    )  # fmt: skip
    still[0] += 1
    if value < math.inf:
        lay_ball(x, balls, ends, t + 1 + int(TENURE * (shortest + (longest - shortest) * uniform(rng))))
        put(x, chosen)
        now[0] = value
        ledger[MOVES] += 1.0
        if not value >= won[0]:  # also where the start was not a number
            put(champion, x)
            won[0], still[0] = value, 0
    if still[0] > PATIENCE * x.size:
        put(x, champion)  # and from there with smaller steps
        now[0], still[0] = won[0], 0
        radius[0] *= 0.5
        forget(ends)
    ledger[VALUE] = now[0]
