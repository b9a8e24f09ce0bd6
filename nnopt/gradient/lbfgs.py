r"""L-BFGS: Newton's step, with a curvature that is learnt from the last few steps.

With :math:`g_t` the gradient at :math:`\theta_t`, the pairs :math:`s_t = \theta_{t+1} - \theta_t`, :math:`y_t = g_{t+1} - g_t` and
:math:`\rho_t = 1 / y_t^\top s_t`, a step is

.. math::

    H_t &= (I - \rho s y^\top) \, H \, (I - \rho y s^\top) + \rho s s^\top , \quad
    \text{pair by pair, from } H = \tfrac{s^\top y}{y^\top y} I \\
    \theta_{t+1} &= \theta_t - \alpha \, H_t \, g_t

of which two loops over the pairs compute the product, and no matrix is ever written down. The length :math:`\alpha` of the step
along :math:`p = -H g` is searched for until it meets Wolfe's two conditions, :math:`f(\theta + \alpha p) \le f + c_1 \alpha \, g^\top p`
and :math:`|g(\theta + \alpha p)^\top p| \le c_2 |g^\top p|`.

J. Nocedal, *Updating quasi-Newton matrices with limited storage*, Mathematics of Computation 35 (1980), 773-782,
doi:10.1090/S0025-5718-1980-0572855-7; the search: J. Nocedal and S. J. Wright, *Numerical optimization*, 2nd ed. 2006, algorithms 3.5, 3.6.
"""

import math
from dataclasses import dataclass

from .._jit import R64, Counter, N, Point, R, d, k, kernel, put
from .._loop import OVER, VALUE, Objective, look
from ..optimizer import Count, Fraction, SearchMethod
from .wolfe import dot, search

pairs = "pairs"  # a size that is a field


# ------------------------------------------------------------------------------------ the direction
@kernel
def add(a: R[k], share: R, b: R[k]):
    """a += share * b."""
    for i in range(a.size):
        a[i] += share * b[i]


@kernel
def two_loops(p: R[d], S: R[pairs, d], Y: R[pairs, d], rho: R[pairs], alpha: R[pairs], made: N):
    """p, multiplied by H: from the newest pair to the oldest, then back."""
    size = S.shape[0]
    known = min(made, size)
    for q in range(made - 1, made - 1 - known, -1):
        j = q % size
        alpha[j] = rho[j] * dot(S[j], p)
        add(p, -alpha[j], Y[j])
    if made > 0:
        j = (made - 1) % size
        scale = 1.0 / (rho[j] * dot(Y[j], Y[j]))
        for i in range(p.size):
            p[i] *= scale
    for q in range(made - known, made):
        j = q % size
        add(p, alpha[j] - rho[j] * dot(Y[j], p), S[j])


# ------------------------------------------------------------------------------------ the method
@kernel(browser=False)
def lbfgs(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], p: R[d], origin: R[d],
    slopes: R[d], S: R[pairs, d], Y: R[pairs, d], rho: R[pairs], alpha: R[pairs], made: Counter, stuck: Counter, t: N,
    armijo: R, wolfe: R,
):  # fmt: skip
    """One iteration of L-BFGS: a direction from the pairs, a search along it, a new pair."""
    if t == 0:
        ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)
        return
    if stuck[0] == 1:  # steepest descent found nothing either: there is nothing left to look at
        return
    for i in range(p.size):
        p[i] = -grad[i]
    two_loops(p, S, Y, rho, alpha, made[0])
    size = 1.0
    if made[0] == 0:  # nothing is known of the curvature
        size = min(1.0, 1.0 / max(math.sqrt(dot(grad, grad)), 1e-300))
    put(origin, theta)
    put(slopes, grad)
    f = search(fun, rows, given, best, ledger, theta, grad, origin, p, size, armijo, wolfe)
    if f == math.inf:  # no room, or nothing better on this line: back to where it began
        put(theta, origin)
        put(grad, slopes)
        if ledger[OVER] == 0.0:
            stuck[0] = 1 if made[0] == 0 else 0
            made[0] = 0
        return
    ledger[VALUE] = f
    j = made[0] % S.shape[0]
    for i in range(theta.size):
        S[j, i], Y[j, i] = theta[i] - origin[i], grad[i] - slopes[i]
    rho[j] = 1.0 / dot(S[j], Y[j])  # above zero, says the second condition
    made[0] += 1


@dataclass(frozen=True)
class LBFGS(SearchMethod, move=lbfgs):
    r"""L-BFGS, limited-memory BFGS (Broyden, Fletcher, Goldfarb, Shanno).

    Parameters
    ----------
    pairs : int in [1, inf), default 10
        How many steps the curvature is learnt from; two vectors are kept for each.
    armijo : float in [0, 1), default 1e-4
        :math:`c_1`, the share of the decrease that the slope promises which a step must bring.
    wolfe : float in [0, 1), default 0.9
        :math:`c_2`, the share of the slope that may be left where it ends; above ``armijo``.

    References
    ----------
    J. Nocedal, *Updating quasi-Newton matrices with limited storage*, Mathematics of Computation 35 (1980), 773-782,
    doi:10.1090/S0025-5718-1980-0572855-7.

    Examples
    --------
    >>> LBFGS()
    LBFGS(pairs=10, armijo=0.0001, wolfe=0.9)
    """

    pairs: Count = 10
    armijo: Fraction = 1e-4
    wolfe: Fraction = 0.9
