r"""Rates of convergence, read off a trace of values above the minimum, :math:`e_t = f(x_t) - f^*`.

A *linear* rate is a constant factor a step, a *sublinear* one a power of the steps:

.. math:: e_t \approx C \rho^t, \qquad e_t \approx C t^{-p}

Both are straight lines, of :math:`\log e_t` against :math:`t` or :math:`\log t`; slopes are those of least squares.

Y. Nesterov, *Lectures on convex optimization*, 2018, doi:10.1007/978-3-319-91578-4, sections 2.1 and 2.2.
"""

import numpy as np

from .._checks import numbers


def linear_rate(excess):
    """The factor rho by which the excess shrinks in a step: 1 means that it does not.

    Parameters
    ----------
    excess : array_like, shape (n,)
        Values above the minimum after steps 0, 1, ..., n - 1; positive, n at least 2.

    Raises
    ------
    ValueError
        If there are fewer than two, or one is not positive.
    """
    e = _positive(excess)
    return float(np.exp(np.polyfit(np.arange(len(e)), np.log(e), 1)[0]))


def exponent(excess, first=1):
    """The power p of t with which the excess falls, by the entries of steps t = first, first + 1, ...; as `linear_rate` otherwise."""
    e = _positive(excess)
    return float(-np.polyfit(np.log(first + np.arange(len(e))), np.log(e), 1)[0])


def is_linear(excess):
    """Whether the constant factor fits the trace better than the power of t: by the squares that each line leaves in log e."""
    e = _positive(excess)
    t = np.arange(1, len(e) + 1)
    left = [np.polyfit(x, np.log(e), 1, full=True)[1].sum() for x in (t, np.log(t))]
    return bool(left[0] < left[1])


def _positive(excess):
    e = numbers("excess", excess)
    if e.ndim != 1 or e.size < 2 or (e <= 0).any():
        raise ValueError(f"excess must be at least two positive numbers, not {e.size} with the least {e.min() if e.size else 'missing'}")
    return e
