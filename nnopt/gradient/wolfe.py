"""A search along a line for Wolfe's conditions: a value that has fallen enough, a slope that has flattened enough.

P. Wolfe, *Convergence conditions for ascent methods*, SIAM Review 11 (1969), 226-235, doi:10.1137/1011036; the search is that of
J. Nocedal and S. J. Wright, *Numerical optimization*, 2nd ed. 2006, algorithms 3.5 and 3.6.
"""

import math

from .._jit import R64, N, Point, R, d, k, kernel
from .._loop import OVER, VALUE, Objective, look


@kernel(reorder=True)
def dot(a: R[k], b: R[k]) -> R:
    """The scalar product."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def between(a: R, fa: R, sa: R, b: R, fb: R, sb: R) -> R:
    """Where the cubic with these values and slopes at a and b is least, kept away from the ends."""
    q = sa + sb - 3.0 * (fa - fb) / (a - b)
    root = q * q - sa * sb
    x = 0.5 * (a + b)
    if root >= 0.0:
        w = math.copysign(math.sqrt(root), b - a)
        x = b - (b - a) * (sb + w - q) / (sb - sa + 2.0 * w)
    margin = 0.1 * abs(b - a)
    if not abs(x - 0.5 * (a + b)) <= 0.5 * abs(b - a) - margin:  # outside, too near an end, or no number
        x = 0.5 * (a + b)
    return x


@kernel(browser=False)
def search(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], origin: R[d], p: R[d], size: R,
    armijo: R, wolfe: R,
) -> R:  # fmt: skip
    """Go from origin along p until Wolfe's conditions hold; the value there, or infinity where no step is good.

    low is the best length so far that meets the first condition; between it and high there are lengths that meet both.
    """
    f0, slope = ledger[VALUE], dot(grad, p)
    low, f_low, s_low, high, f_high, s_high = 0.0, f0, slope, math.inf, math.inf, 0.0
    for trial in range(25):
        if trial == 24 or abs(high - low) * abs(slope) < 1e-16 * abs(f0):  # settle for what is known
            size = low
        for i in range(theta.size):
            theta[i] = origin[i] + size * p[i]
        if size == 0.0:
            return math.inf
        f = look(fun, theta, grad, rows, given, best, ledger)
        s = dot(grad, p)
        if ledger[OVER] > 0.0:
            return math.inf
        if size == low:
            return f
        if not (f <= f0 + armijo * size * slope and f < f_low):  # too far
            high, f_high, s_high = size, f, s
        else:
            if abs(s) <= -wolfe * slope:
                return f
            if s * (high - low) >= 0.0:
                high, f_high, s_high = low, f_low, s_low
            low, f_low, s_low = size, f, s
        if high == math.inf:
            size = 2.0 * low
        elif math.isfinite(f_high):
            size = between(low, f_low, s_low, high, f_high, s_high)
        else:
            size = 0.5 * (low + high)
    return math.inf
