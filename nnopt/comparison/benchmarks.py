r"""How much the learning rate matters: the values that a method ends at over a grid of rates, and how wide the good ones reach.

With :math:`e(\alpha)` the median excess at the end of runs with the rate :math:`\alpha`, the *width* is the length, in decades, of the
rates with

.. math:: e(\alpha) \le c \, \min_{\alpha'} e(\alpha')

P. T. Sivaprasad et al., *Optimizer benchmarking needs to account for hyperparameter tuning*, ICML 2020, arXiv:1910.11758.
"""

import numpy as np

from .._checks import numbers
from .compare import compare


def learning_rates(task, method, rates, *, budget, seeds=5, jobs=None):
    """Median excess at the end, one for each rate; infinite where runs diverge.

    Parameters
    ----------
    task : Task or Problem
        With a known minimum.
    method : callable
        A class of nnopt with a field ``lr``.
    rates : array_like, shape (r,)
    budget : float
        Rows through the network.

    Returns
    -------
    ndarray, shape (r,)
    """
    rates = numbers("rates", rates)
    named = {f"{rate:.3g}": method(lr=float(rate)) for rate in rates}
    found = compare(task, named, budget=budget, seeds=seeds, targets=[1e-12], jobs=jobs)
    problem = found.problems[0]
    ends = [[row["end"] - row["minimum"] for row in found.rows(problem, name)] for name in named]
    return np.array([np.median([end if np.isfinite(end) else np.inf for end in some]) for some in ends])


def width(rates, excess, factor=2.0):
    """Decades of rates, on a grid that is even in their logarithm, whose excess is at most ``factor`` times the least."""
    rates, excess = numbers("rates", rates), np.asarray(excess, float)
    if rates.shape != excess.shape or rates.ndim != 1 or rates.size < 2:
        raise ValueError(f"rates and excess must be two arrays of one length, at least 2, not of shapes {rates.shape} and {excess.shape}")
    step = np.log10(rates[-1] / rates[0]) / (len(rates) - 1)
    return float(step * np.count_nonzero(excess <= factor * excess.min()))
