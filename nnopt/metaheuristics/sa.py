r"""Simulated annealing: a walk that goes uphill by chance, less and less often.

A move that changes the value by :math:`\Delta` is made with the probability

.. math:: P(\Delta) = \min \bigl( 1, \; e^{-\Delta / T} \bigr)

and the temperature falls geometrically with the share s of the run, from ``hot`` to ``cold`` times U, what a move uphill from the start
costs (root mean square), so that the same numbers serve every problem:

.. math:: T(s) = U \, T_h \Bigl( \frac{T_c}{T_h} \Bigr)^{s}

N. Metropolis, A. W. Rosenbluth, M. N. Rosenbluth, A. H. Teller and E. Teller, *Equation of state calculations by fast computing machines*,
Journal of Chemical Physics 21 (1953), 1087-1092, doi:10.1063/1.1699114; S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi, *Optimization by
simulated annealing*, Science 220 (1983), 671-680, doi:10.1126/science.220.4598.671. Heavy-tailed steps: H. Szu and R. Hartley, *Fast
simulated annealing*, Physics Letters A 122 (1987), 157-162, doi:10.1016/0375-9601(87)90796-1.
"""

import math
from dataclasses import dataclass

from .._jit import R64, Cell, N, Point, R, Random, d, k, kernel
from .._loop import BUDGET, MOVES, OVER, SPENT, VALUE, Objective, enter, look
from ..optimizer import Count, Positive, WalkMethod
from ..random import below, uniform
from ..walk import Apply, Begin, Delta, Exchange, is_move

SAMPLE = 200  # moves that the unit of temperature is measured on


@kernel(browser=False)
def temperature(progress: R, unit: R, hot: R, cold: R, restarts: R) -> R:
    """The temperature at a share of the run; with restarts, it falls as many times."""
    share = progress * restarts
    share -= math.floor(min(share, restarts - 1.0))
    return unit * hot * math.exp(share * math.log(cold / hot))


@kernel
def accept(change: R, T: R, rng: Random) -> N:
    """Metropolis: downhill always, uphill with the probability exp(-change / T)."""
    return 1 if change <= 0.0 or (change < 40.0 * T and uniform(rng) < math.exp(-change / T)) else 0


@kernel(browser=False)
def anneal(
    fun: Objective, begin: Begin, delta: Delta, apply: Apply, exchange: Exchange, notes: N[k], given: N[k], rows: N[k], none: Point[k], x: Point[d],
    now: Cell, unit: Cell, brings: N[3], drops: N[3], best: Point[d], ledger: R64[k], rng: Random, count: N, price: R, t: N, progress: R,
    hot: R, cold: R, chain: N, restarts: R,
):  # fmt: skip
    """A chain of moves at one temperature; at first, the unit of temperature."""
    if t == 0:
        now[0] = ledger[VALUE] = look(fun, x, none, rows, given, best, ledger)
        begin(x, notes, given)
        total, uphill = 0.0, 0
        for _ in range(min(SAMPLE, int(0.1 * (ledger[BUDGET] - ledger[SPENT]) / price))):
            change = delta(x, below(rng, count), notes, given)
            ledger[SPENT] += price
            if change > 0.0:
                total += change * change
                uphill += 1
        unit[0] = math.sqrt(total / uphill) if uphill > 0 else 1.0
        return
    moves = min(chain, int((ledger[BUDGET] - ledger[SPENT]) / price))
    if moves <= 0:
        ledger[OVER] = 1.0
        return
    T = temperature(progress, unit[0], hot, cold, restarts)
    for _ in range(moves):
        q = below(rng, count)
        change = delta(x, q, notes, given)
        if accept(change, T, rng) == 1 and (change != 0.0 or is_move(exchange, x, q, brings, drops, notes, given) == 1):
            apply(x, q, notes, given)
            now[0] += change
            ledger[MOVES] += 1.0
            if change < 0.0:
                enter(now[0], x, 0.0, best, ledger)
    ledger[SPENT] += moves * price
    ledger[VALUE] = now[0]


@kernel
def reflected(x: R, lower: R, upper: R) -> R:
    """x, thrown back by the walls: so a step there and back are equally likely, which clipping would spoil."""
    span = upper - lower
    away = (x - lower) / (2.0 * span)
    inside = 2.0 * span * (away - math.floor(away))
    return lower + (inside if inside <= span else 2.0 * span - inside)


@kernel(browser=False)
def anneal_reals(
    fun: Objective, given: N[k], rows: N[k], none: Point[k], x: R[d], now: Cell, unit: Cell, width: R[d], lower: R[d], upper: R[d],
    best: Point[d], ledger: R64[k], rng: Random, t: N, progress: R, hot: R, cold: R, chain: N, restarts: R,
):  # fmt: skip
    """A chain of steps with Cauchy's heavy tails, coordinate by coordinate; each width is led to where 0.44 of its steps are made."""
    moves = min(chain, int(ledger[BUDGET] - ledger[SPENT]))
    if moves <= 0:
        ledger[OVER] = 1.0
        return
    if t == 0:
        now[0] = look(fun, x, none, rows, given, best, ledger)
        moves -= 1
        for j in range(x.size):
            width[j] = 0.3 * (upper[j] - lower[j])
    # Reals have no least step: they cool to the cube of what moves of tours cool to. The first chain walks freely, and measures the unit.
    T = temperature(progress, unit[0], hot, cold * cold * cold, restarts) if t > 0 else math.inf
    total = 0.0
    for move in range(moves):
        j = move % x.size
        old = x[j]
        x[j] = reflected(old + width[j] * math.tan(math.pi * (uniform(rng) - 0.5)), lower[j], upper[j])
        value = look(fun, x, none, rows, given, best, ledger)
        change = value - now[0]
        total += abs(change) if math.isfinite(change) else 0.0
        if t == 0 or (math.isfinite(value) and accept(change, T, rng) == 1):
            width[j] = min(width[j] * 1.13, upper[j] - lower[j])  # 0.44 log 1.13 = -0.56 log 0.908
            now[0] = value
            ledger[MOVES] += 1.0
        else:
            width[j] *= 0.908
            x[j] = old
    if t == 0:
        unit[0] = total / max(moves, 1) if total > 0.0 else 1.0
    ledger[VALUE] = now[0]


@dataclass(frozen=True)
class SA(WalkMethod, move=[anneal, anneal_reals]):
    r"""Simulated annealing.

    Where a problem states its moves (tours, assignments, bits) one is drawn at random; of other permutations two entries are exchanged, of
    other bits one is flipped, at the price of an evaluation; of reals one coordinate is changed.

    Parameters
    ----------
    hot, cold : float in (0, inf), default 0.3 and 1e-3
        The first and last temperature, in units of what a move uphill costs at the start. On reals the last is the cube of ``cold``.
    chain : int in [1, inf), default 500
        How many moves are made at one temperature.
    restarts : int in [1, inf), default 1
        How many times the temperature falls from hot to cold in a run.

    Examples
    --------
    >>> SA()
    SA(hot=0.3, cold=0.001, chain=500, restarts=1)
    """

    hot: Positive = 0.3
    cold: Positive = 1e-3
    chain: Count = 500
    restarts: Count = 1
