r"""What may be said of runs in pairs: intervals, ranks, runtimes. Everything that SciPy has comes from SciPy.

The interval of a mean difference :math:`\bar d` of n pairs is the studentized bootstrap's: with :math:`\bar d^*` and :math:`s^*` of n pairs
drawn again with replacement,

.. math:: t^* = \frac{\bar d^* - \bar d}{s^* / \sqrt n}, \qquad
          \bar d - t^*_{(1 - \alpha/2)} \frac{s}{\sqrt n} \le \mu \le \bar d - t^*_{(\alpha/2)} \frac{s}{\sqrt n}

A percentile bootstrap of 15 pairs covers less than it promises, since it takes their deviation for the true one.

B. Efron and R. Tibshirani, *An introduction to the bootstrap*, 1993, doi:10.1007/978-1-4899-4541-9, section 12.5; J. Demsar, *Statistical
comparisons of classifiers over multiple data sets*, JMLR 7 (2006); E. Dolan and J. More, *Benchmarking optimization software with
performance profiles*, Mathematical Programming 91 (2002), doi:10.1007/s101070100263; N. Hansen et al., *COCO*, 2021,
doi:10.1080/10556788.2020.1808977; R. Newcombe, *Improved confidence intervals for the difference between binomial proportions based on
paired data*, Statistics in Medicine 17 (1998), 2635-2650, method 10.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .._checks import numbers

DRAWS = 10_000
MOST = 10_000  # seeds beyond which no number of seeds is named


def studentized_interval(d, level=0.95, draws=DRAWS, seed=0):
    """Interval of the mean of paired differences by the studentized bootstrap.

    Parameters
    ----------
    d : array_like, shape (n,)
        Differences, one a pair; n at least 2.
    level : float in (0, 1)
    draws : int
        How many times n pairs are drawn again. With the same ``seed`` the interval is the same.

    Returns
    -------
    low, high : float
        Both the mean where all differences are equal.

    Raises
    ------
    ValueError
        If there are fewer than two differences, one is not finite, or ``level`` is not between 0 and 1.
    """
    d, level = _differences(d), _level(level)
    n, mean, error = len(d), d.mean(), d.std(ddof=1) / math.sqrt(len(d))
    if error <= 1e-14 * max(1.0, abs(mean)):
        return float(mean), float(mean)
    drawn = d[np.random.default_rng(seed).integers(0, n, (draws, n))]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(n)
    some = errors > 1e-12 * error  # the same pair n times tells nothing of the deviation
    t = (drawn.mean(axis=1)[some] - mean) / errors[some]
    left, right = np.quantile(t, [(1 - level) / 2, (1 + level) / 2])
    return float(mean - right * error), float(mean - left * error)


@dataclass(frozen=True)
class Difference:
    """Two methods, paired by seed and start; ``mean`` above 0 speaks for the first.

    ``effect`` is the mean in standard deviations of the differences; ``needed`` the pairs with which a true effect of that size is found
    with power 0.8 by a t test of this level (None: more than 10,000); ``outcome`` "for", "against", "equal" (within the margin) or
    "open".
    """

    n: int
    mean: float
    low: float
    high: float
    level: float
    effect: float
    needed: int | None
    margin: float
    outcome: str

    def __str__(self):
        needed = "more than 10,000" if self.needed is None else self.needed
        return (f"{self.mean:+.3g} [{self.low:.3g}, {self.high:.3g}] ({self.level:.1%}, n = {self.n}), effect {self.effect:.2g}, "
                f"{needed} pairs needed, margin {self.margin:g}: {self.outcome}")  # fmt: skip


def paired(d, margin=0.0, level=0.95):
    """The :class:`Difference` that paired differences show, against the least one that matters."""
    d = _differences(d)
    low, high = studentized_interval(d, level)
    deviation = float(d.std(ddof=1))
    effect = float(d.mean()) / deviation if deviation > 0 else math.copysign(math.inf, d.mean()) if d.mean() else 0.0
    return Difference(
        len(d), float(d.mean()), low, high, level, effect, needed(effect, level), margin, outcome(d.mean(), low, high, margin)
    )


def outcome(mean, low, high, margin):
    """One comparison: for, against, equal within the margin, or open."""
    if low > 0 and mean >= margin:
        return "for"
    if high < 0 and mean <= -margin:
        return "against"
    return "equal" if -margin < low and high < margin else "open"


def needed(effect, level=0.95, power=0.8):
    """Pairs with which a paired t test finds an effect (mean / deviation) with this power; None beyond 10,000."""
    if not math.isfinite(effect):
        return 2

    def found(n):
        t = stats.t.ppf((1 + level) / 2, n - 1)
        return stats.nct.sf(t, n - 1, abs(effect) * math.sqrt(n)) >= power

    if effect == 0 or not found(MOST):
        return None
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def newcombe(first, second, level=0.95):
    """Difference of two success rates of the same pairs, with Newcombe's interval (method 10): (difference, low, high)."""
    a, b = np.asarray(first, bool), np.asarray(second, bool)
    if a.shape != b.shape or a.ndim != 1 or not a.size:
        raise ValueError(f"success must be two arrays of one length, not of shapes {a.shape} and {b.shape}")
    n, p, q, z = len(a), a.mean(), b.mean(), stats.norm.ppf((1 + level) / 2)
    (low_p, high_p), (low_q, high_q) = (_wilson(rate, n, z) for rate in (p, q))
    both, one, other, none = (a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum()
    sides = float(both + one) * float(other + none) * float(both + other) * float(one + none)
    cross = float(both) * none - float(one) * other
    if cross > 0:  # corrected for continuity
        cross = max(cross - n / 2, 0.0)
    phi = cross / math.sqrt(sides) if sides else 0.0

    def root(u, v):
        return math.sqrt(max(0.0, u * u - 2 * phi * u * v + v * v))

    return float(p - q), float(p - q - root(p - low_p, high_q - q)), float(p - q + root(high_p - p, q - low_q))


def _wilson(rate, n, z):
    middle, half = rate + z * z / (2 * n), z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


# ------------------------------------------------------------------------------------ many methods
@dataclass(frozen=True)
class Ranks:
    """Mean ranks (1 is best) over blocks, Friedman's p value, and Nemenyi's critical difference at level 0.95."""

    names: tuple
    mean: np.ndarray
    n: int
    p: float
    critical: float

    def groups(self):
        """Runs of methods, in order of rank, within which no two differ by more than the critical difference: tuples of names."""
        order = np.argsort(self.mean, kind="stable")
        found: list[tuple[int, int]] = []
        for i in range(len(order)):
            j = max(k for k in range(i, len(order)) if self.mean[order[k]] - self.mean[order[i]] <= self.critical)
            if j > i and (not found or j > found[-1][1]):
                found.append((i, j))
        return [tuple(self.names[order[k]] for k in range(i, j + 1)) for i, j in found]

    def __str__(self):
        order = np.argsort(self.mean, kind="stable")
        lines = [f"{self.names[i]:24} {self.mean[i]:5.2f}" for i in order]
        return "\n".join([*lines, f"n = {self.n}, Friedman p = {self.p:.2g}, critical difference {self.critical:.2f}"])


def ranks(scores, names):
    """Ranks of methods over blocks (problems): scores of shape (blocks, methods), small is good, infinite for a miss.

    Raises
    ------
    ValueError
        If there are fewer than two blocks or three methods, for which Friedman's test does not exist.
    """
    scores = np.asarray(scores, float)
    if scores.ndim != 2 or scores.shape[0] < 2 or scores.shape[1] < 3 or np.isnan(scores).any():
        raise ValueError(f"scores must be numbers of at least 2 problems and 3 methods, not of shape {scores.shape}")
    placed = stats.rankdata(scores, axis=1)
    n, k = scores.shape
    p = 1.0 if (placed == placed[:, :1]).all() else float(stats.friedmanchisquare(*placed.T).pvalue)
    critical = float(stats.studentized_range.ppf(0.95, k, 1e6) / math.sqrt(2) * math.sqrt(k * (k + 1) / (6 * n)))
    return Ranks(tuple(names), placed.mean(axis=0), n, p, critical)


# ------------------------------------------------------------------------------------ runtimes
def ecdf(costs, at):
    """Share of runtimes that are at most each number of ``at``; an infinite runtime is a target missed."""
    return np.searchsorted(np.sort(np.asarray(costs, float).ravel()), np.asarray(at, float), side="right") / np.size(costs)


def profile(costs, at):
    """Dolan and More's performance profile: costs of shape (problems, methods) -> shares (len(at), methods) within ``at`` times the best.

    A problem that no method solves counts against all.
    """
    costs = np.asarray(costs, float)
    best = costs.min(axis=1, keepdims=True)
    ratio = np.where(np.isfinite(costs), costs / np.where(np.isfinite(best), best, 1.0), np.inf)
    return (ratio[None] <= np.asarray(at, float)[:, None, None]).mean(axis=1)


def expected_runtime(costs, spent):
    """Cost of all runs to the target, or to their end, a success: infinite where none succeeds (Hansen et al. 2021, section 3)."""
    costs, spent = np.asarray(costs, float), np.asarray(spent, float)
    there = np.isfinite(costs)
    return float(np.where(there, costs, spent).sum() / there.sum()) if there.any() else math.inf


def _differences(d):
    d = numbers("differences", d)
    if d.ndim != 1 or d.size < 2:
        raise ValueError(f"differences must be at least two numbers, not an array of shape {d.shape}")
    return d


def _level(level):
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level!r}")
    return level
