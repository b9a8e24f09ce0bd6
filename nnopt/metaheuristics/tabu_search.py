r"""Tabu search: always the best move, even uphill, but none that brings back what was given up lately.

A move brings features into x (edges, a facility at its place) and drops others. What is dropped in iteration t is tabu until

.. math:: t + \tau , \qquad \tau \sim \mathcal U(a, b) \cdot \tau_0

and the move that is made is

.. math:: q^* = \arg\min \{ \Delta_q : q \text{ brings something that is not tabu, or } J(x) + \Delta_q < J^* \}

where the exception is called aspiration. :math:`\tau_0` is the problem's own tenure, such as d. Reals have more neighbours than can be
looked at: a sample of them is drawn, and a ball around the place that was left is tabu (a continuous form, in ``_continuous_tabu.py``).

F. Glover, *Tabu search, part I*, ORSA Journal on Computing 1 (1989), 190-206, doi:10.1287/ijoc.1.3.190; with tenures drawn at random:
E. Taillard, *Robust taboo search for the quadratic assignment problem*, Parallel Computing 17 (1991), 443-455,
doi:10.1016/S0167-8191(05)80147-4.
"""

import math
from dataclasses import dataclass

from .._jit import R64, Cell, Counter, N, Point, R, Random, d, k, kernel, n
from .._loop import BUDGET, LEAST, MOVES, OVER, SPENT, VALUE, Objective, enter, look
from ..optimizer import Count, Positive, WalkMethod
from ..random import uniform
from ..walk import Apply, Begin, Exchange, Refresh
from ._continuous_tabu import tabu_search_reals


@kernel(browser=False)
def is_tabu(brings: N[3], until: N[d, d], t: N) -> N:
    """Whether all that a move brings was given up lately; also of what brings nothing, and is no move."""
    size = until.shape[0]
    for h in range(brings.size):
        if brings[h] >= 0 and until[brings[h] // size, brings[h] % size] <= t:
            return 0
    return 1


@kernel(browser=False)
def forbid(drops: N[3], until: N[d, d], end: N):
    """What a move drops stays away until then."""
    size = until.shape[0]
    for h in range(drops.size):
        if drops[h] >= 0:
            until[drops[h] // size, drops[h] % size] = end


@kernel(browser=False)
def tabu_search(
    fun: Objective, begin: Begin, apply: Apply, refresh: Refresh, exchange: Exchange, notes: N[k], given: N[k], rows: N[k], none: Point[k],
    x: Point[d], now: Cell, changes: R64[n], until: N[d, d], brings: N[3], drops: N[3], last: Counter, best: Point[d], ledger: R64[k],
    rng: Random, sweep: R, tenure: R, t: N, shortest: R, longest: R,
):  # fmt: skip
    """The best admissible move."""
    if ledger[SPENT] + (sweep if t > 0 else 1.0) > ledger[BUDGET]:
        ledger[OVER] = 1.0
        return
    if t == 0:
        now[0] = ledger[VALUE] = look(fun, x, none, rows, given, best, ledger)
        begin(x, notes, given)
        last[0] = -1
        return
    refresh(x, last[0], changes, notes, given)
    ledger[SPENT] += sweep
    least, chosen = math.inf, -1
    for q in range(changes.size):
        if changes[q] < least:
            exchange(x, q, brings, drops, notes, given)
            aspires = now[0] + changes[q] < ledger[LEAST] - 1e-9 * max(1.0, abs(ledger[LEAST]))
            if aspires or is_tabu(brings, until, t) == 0:
                least, chosen = changes[q], q
    if chosen < 0:  # all is tabu: wait
        last[0] = -1
        return
    exchange(x, chosen, brings, drops, notes, given)
    forbid(drops, until, t + 1 + int(tenure * (shortest + (longest - shortest) * uniform(rng))))
    apply(x, chosen, notes, given)
    last[0] = chosen
    now[0] += least
    ledger[MOVES] += 1.0
    enter(now[0], x, 0.0, best, ledger)
    ledger[VALUE] = now[0]


@dataclass(frozen=True)
class TabuSearch(WalkMethod, move=[tabu_search, tabu_search_reals]):
    r"""Tabu search.

    Where a problem states its moves (tours, assignments, bits), Taillard's robust tabu search: the best of all moves, with tenures drawn at
    random; other permutations and bits are evaluated with every two entries exchanged, or every bit flipped. On reals a continuous form: the best of some neighbours, drawn in shells around the point.

    Parameters
    ----------
    shortest, longest : float in (0, inf), default 0.9 and 1.1
        Between which shares of the problem's tenure (on reals, of ten moves) the tenures are drawn. On reals at most 64 places are kept: a
        further one takes the place of that whose tenure ends first, which matters where ``longest`` is above 6.3.
    neighbours : int in [1, inf), default 10
        Of reals only: how many neighbours are evaluated in a move, each in a shell half as wide as the one before.

    References
    ----------
    E. Taillard, *Robust taboo search for the quadratic assignment problem*, Parallel Computing 17 (1991), 443-455,
    doi:10.1016/S0167-8191(05)80147-4; on reals, P. Siarry and G. Berthiau, *Fitting of tabu search to optimize functions of continuous
    variables*, International Journal for Numerical Methods in Engineering 40 (1997), 2449-2457,
    doi:10.1002/(SICI)1097-0207(19970715)40:13<2449::AID-NME172>3.0.CO;2-O.

    Examples
    --------
    >>> TabuSearch()
    TabuSearch(shortest=0.9, longest=1.1, neighbours=10)
    """

    shortest: Positive = 0.9
    longest: Positive = 1.1
    neighbours: Count = 10
