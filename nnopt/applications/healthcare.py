r"""What a probability for a patient is worth: calibration, net benefit, intervals over patients, errors of subgroups.

.. math::

    \text{calibration error} &= \sum_b \frac{n_b}{n} \, \lvert \bar y_b - \bar p_b \rvert
    & \text{(over bins of the predicted probability)} \\
    \text{net benefit} &= \frac{\text{true positives}}{n} - \frac{\text{false positives}}{n} \, \frac{t}{1 - t}
    & \text{(who treats from the probability t on)}

M. P. Naeini, G. F. Cooper and M. Hauskrecht, *Obtaining well calibrated probabilities using Bayesian binning*, AAAI 2015; A. J. Vickers and
E. B. Elkin, *Decision curve analysis*, Medical Decision Making 26, 2006, doi:10.1177/0272989X06295361; B. Efron, *Bootstrap methods*, Annals of
Statistics 7, 1979, doi:10.1214/aos/1176344552.
"""

import numpy as np

from .._checks import count, number_in, numbers, shown


def _pair(p, y):
    """Probabilities and outcomes as two vectors."""
    p, y = numbers("p", p), numbers("y", y)
    if p.ndim != 1 or p.shape != y.shape or not p.size:
        raise ValueError(f"p and y must be vectors of the same length, not of shape {p.shape} and {y.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p must hold probabilities in [0, 1], not {shown(p[~((p >= 0) & (p <= 1))][0].item())}")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold 0 and 1, not {shown(y[~np.isin(y, (0, 1))][0].item())}")
    return p, y


def reliability(p, y, bins=10):
    """How often it happened where a probability was said.

    Parameters
    ----------
    p : array_like, shape (n,)
        Probabilities in [0, 1].
    y : array_like, shape (n,)
        1 where it happened, else 0.
    bins : int in [1, inf), default 10
        Of equal width; the last one holds p = 1, too.

    Returns
    -------
    said, happened : ndarray, shape (full bins,)
        The means of p and y in each bin that holds anybody.
    number : ndarray of int
        How many.
    """
    p, y = _pair(p, y)
    bins = count("bins", bins)
    place = np.minimum((p * bins).astype(int), bins - 1)
    number = np.bincount(place, minlength=bins)
    full = number > 0
    said, happened = (np.bincount(place, weights=what, minlength=bins)[full] / number[full] for what in (p, y))
    return said, happened, number[full]


def calibration_error(p, y, bins=10):
    """The mean distance of what was said from what happened, over bins, weighted by how many they hold: in [0, 1]. See
    :func:`reliability`."""
    said, happened, number = reliability(p, y, bins)
    return float(np.sum(number * np.abs(happened - said)) / number.sum())


def net_benefit(p, y, threshold):
    """What treating everybody from this probability on gains, in true positives a patient; a false positive costs the odds of the threshold.

    Parameters
    ----------
    p, y : array_like, shape (n,)
    threshold : float in (0, 1)
    """
    p, y = _pair(p, y)
    t = number_in("threshold", threshold, "(0, 1)", lambda x: 0 < x < 1)
    treated = p >= t
    return float((np.sum(treated & (y == 1)) - np.sum(treated & (y == 0)) * t / (1 - t)) / p.size)


def interval(statistic, *arrays, draws=1000, level=0.95, seed=0):
    """The percentile bootstrap over patients: where a statistic lies when the patients are drawn anew, with replacement.

    Parameters
    ----------
    statistic : callable
        Of the arrays, rows drawn alike, a number; where it is not defined (NaN), the draw is left out.
    *arrays : array_like, shape (n, ...)
    draws : int in [1, inf)
    level : float in (0, 1)
    seed : int or numpy.random.Generator

    Returns
    -------
    low, high : float
    """
    arrays, rng = [np.asarray(array) for array in arrays], np.random.default_rng(seed)
    level = number_in("level", level, "(0, 1)", lambda x: 0 < x < 1)
    n = len(arrays[0])
    if any(len(array) != n for array in arrays):
        raise ValueError(f"all arrays must have as many rows, not {', '.join(str(len(array)) for array in arrays)}")
    found = []
    for _ in range(count("draws", draws)):
        rows = rng.integers(n, size=n)
        found.append(statistic(*(array[rows] for array in arrays)))
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def auc(p, y):
    """The share of pairs of an ill and a healthy patient of whom the ill one has the larger probability, ties counted half; NaN where one kind
    is missing. By ranks (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    y = np.asarray(y)
    ill = int(y.sum())
    if ill in (0, y.size):
        return np.nan
    return float((rankdata(p)[y == 1].sum() - ill * (ill + 1) / 2) / (ill * (y.size - ill)))
