r"""Tests that a forecast of prices must pass, and decisions by their cost: walk-forward splits with a purge, block bootstrap, thresholds.

A label of day i looks at the days up to i + h. Training days behind which a label would reach into the test days are left out (purged):

.. math::

    \text{test}_j = \{ s_j, \dots, s_j + m - 1 \} , \qquad \text{train}_j = \{ s_j - h - w, \dots, s_j - h - 1 \}

Who says yes at a cost of :math:`c_\text{FP}` if wrong, and no at a cost of :math:`c_\text{FN}` if wrong, says yes where

.. math::

    (1 - p) \, c_\text{FP} \le p \, c_\text{FN} \iff p \ge t^* = \frac{c_\text{FP}}{c_\text{FP} + c_\text{FN}}

M. Lopez de Prado, *Advances in Financial Machine Learning*, Wiley 2018 (purging); C. Elkan, *The foundations of cost-sensitive learning*, IJCAI
2001 (thresholds); H. R. Kuensch, *The jackknife and the bootstrap for general stationary observations*, Annals of Statistics 17, 1989,
doi:10.1214/aos/1176347265 (blocks).
"""

import numpy as np

from .._checks import count, number_in, numbers, shown


def walk_forward(n, first, test, horizon=1, window=None):
    """Splits of n days that stand in their order: what is tested lies behind what is learnt from, with a gap for the labels between.

    Parameters
    ----------
    n : int
        How many days.
    first : int
        The first day that is tested.
    test : int
        Days tested in a split; the last one may be shorter.
    horizon : int in [1, inf), default 1
        How many days a label looks ahead: so many days before each test are left out of training.
    window : int, optional
        Days to train on; by default all before.

    Yields
    ------
    train, test : ndarray of int

    Raises
    ------
    ValueError
        If the first split would have nothing to learn from.
    """
    n, first, test, horizon = count("n", n), count("first", first), count("test", test), count("horizon", horizon)
    window = n if window is None else count("window", window)
    if not horizon < first < n:
        raise ValueError(f"first must be above the horizon {horizon} and below n = {n}, not {first}")
    for start in range(first, n, test):
        end = start - horizon
        yield np.arange(max(0, end - window), end), np.arange(start, min(start + test, n))


def volatility(returns, days):
    """The root of the mean square of the last ``days`` returns, shape (n,); NaN on the first ``days - 1``."""
    squares = np.concatenate([[0.0], np.cumsum(np.square(numbers("returns", returns)))])
    found = np.full(squares.size - 1, np.nan)
    found[days - 1 :] = np.sqrt((squares[days:] - squares[:-days]) / days)
    return found


def block_interval(statistic, *arrays, block=21, draws=1000, level=0.95, seed=0):
    """The percentile bootstrap for days that are not independent: whole blocks of days are drawn anew.

    Parameters
    ----------
    statistic : callable
        Of the arrays, days drawn alike, a number.
    *arrays : array_like, shape (n, ...)
    block : int
        Days in a block; 21 are about a month.
    draws, level, seed
        As of ``nnopt.applications.healthcare.interval``.
    """
    arrays, rng = [np.asarray(array) for array in arrays], np.random.default_rng(seed)
    n, block = len(arrays[0]), min(count("block", block), len(arrays[0]))
    level = number_in("level", level, "(0, 1)", lambda x: 0 < x < 1)
    found = []
    for _ in range(count("draws", draws)):
        starts = rng.integers(n - block + 1, size=-(-n // block))
        days = (starts[:, None] + np.arange(block)).ravel()[:n]
        found.append(statistic(*(array[days] for array in arrays)))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def sharpe(gains, days=252):
    """The mean gain of a day, divided by its standard deviation, times the root of the days in a year; 0 where nothing moves."""
    gains = numbers("gains", gains)
    wide = gains.std(ddof=1)
    return float(gains.mean() / wide * np.sqrt(days)) if wide > 0 else 0.0


def cost_threshold(costs):
    """The probability from which saying 1 is cheaper than saying 0.

    Parameters
    ----------
    costs : array_like, shape (2, 2)
        ``costs[truth, decision]``; a wrong decision costs more than the right one.
    """
    c = numbers("costs", costs, shape=(2, 2))
    false_alarm, missed = c[0, 1] - c[0, 0], c[1, 0] - c[1, 1]
    if not (false_alarm > 0 and missed > 0):
        raise ValueError(f"a wrong decision must cost more than the right one, not {shown(c.tolist())}")
    return float(false_alarm / (false_alarm + missed))


def mean_cost(p, y, costs, threshold):
    """What a decision costs on average, where 1 is said from this probability on. p: (n,), y: (n,) of 0 and 1, costs[truth, decision]."""
    p, y = numbers("p", p), np.asarray(y, int)
    return float(numbers("costs", costs, shape=(2, 2))[y, (p >= threshold).astype(int)].mean())


def best_threshold(p, y, costs):
    """The threshold with the least mean cost on these rows, halfway between two probabilities: for a p that may not be calibrated."""
    p, y = numbers("p", p), np.asarray(y, int)
    levels = np.unique(p)
    tried = np.concatenate([[levels[0]], (levels[:-1] + levels[1:]) / 2, [np.nextafter(levels[-1], np.inf)]])
    return float(tried[np.argmin([mean_cost(p, y, costs, t) for t in tried])])
