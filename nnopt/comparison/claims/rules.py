"""Rules that turn runs into verdicts. They were fixed before the runs; no verdict is typed anywhere.

A cell is one comparison. *for*: its interval lies beyond 0 and its estimate beyond the margin; *against*: so on the other side; *equal*:
the interval lies within the margin; *open*: none of these. The level of a claim's intervals is 1 - 0.05 / (number of its cells).
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from .. import statistics
from ..comparison import cost_difference

MARGIN = 0.1  # decades of cost: a factor 1.25
POINTS = 0.1  # of success rates: 10 points


@dataclass(frozen=True)
class Cell:
    """One comparison of a claim; ``where`` says in words what it is about, and ``counts`` whether the verdict rests on it."""

    where: str
    outcome: str
    estimate: float
    low: float
    high: float
    n: int
    unit: str
    note: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Verdict:
    """holds, holds where, refuted, not settled here, not measured here; ``where`` names the cells that are for."""

    name: str
    where: str = ""
    cells: list = field(default_factory=list)


def level(cells):
    return 1 - 0.05 / cells


def of_costs(where, favoured, other, cells, margin=MARGIN, **more):
    """log10(cost of the other / cost of the favoured), in pairs; success rates where more than a quarter misses."""
    found = cost_difference(favoured, other, margin, level(cells))
    rates = np.isnan(found.effect)
    return Cell(where, found.outcome, found.mean, found.low, found.high, found.n, "success rate" if rates else "decades of cost", **more)


def of_successes(where, favoured, other, cells, margin=POINTS, **more):
    """Difference of success rates, in pairs (Newcombe)."""
    p, low, high = statistics.newcombe(np.isfinite(favoured), np.isfinite(other), level(cells))
    return Cell(where, statistics.outcome(p, low, high, margin), p, low, high, len(favoured), "success rate", **more)


def of_differences(where, d, cells, margin, unit, **more):
    """Paired differences; above 0 speaks for the claim."""
    found = statistics.paired(d, margin, level(cells))
    return Cell(where, found.outcome, found.mean, found.low, found.high, found.n, unit, **more)


def by_cells(cells, quantifier):
    """Cells to a verdict, by the word of the survey: all (is, are, helps), most (often, typically), some (may, can)."""
    counted = [cell for cell in cells if cell.counts]
    if not counted:
        raise ValueError("a verdict needs at least one cell that counts")
    n, count = len(counted), Counter(cell.outcome for cell in counted)
    missed = (count["against"] + count["equal"]) / n
    where = "; ".join(cell.where for cell in counted if cell.outcome == "for")
    if quantifier != "some" and count["for"] / n >= {"all": 1, "most": 2 / 3}[quantifier]:
        return Verdict("holds", "", cells)
    if missed == 1 or (quantifier != "some" and missed >= 2 / 3):
        return Verdict("refuted", f"except {where}" if where else "", cells)
    return Verdict("holds where", where, cells) if count["for"] else Verdict("not settled here", "", cells)
