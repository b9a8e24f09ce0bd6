r"""Basin hopping: a walk over minima. From each the point is thrown aside, descends again, and stays by Metropolis' rule.

With :math:`x` a minimum, :math:`u` uniform in :math:`[-1, 1]^d` and a temperature :math:`T`,

.. math::

    x' = \text{descent}(x + r \, u) , \qquad x \leftarrow x' \text{ with the probability } \min \bigl( 1, e^{(f(x) - f(x')) / T} \bigr)

so that the function looks like steps, one for the basin of each minimum, whatever is between them.

D. J. Wales and J. P. K. Doye, *Global optimization by basin-hopping and the lowest energy structures of Lennard-Jones clusters containing
up to 110 atoms*, Journal of Physical Chemistry A 101 (1997), 5111-5116, doi:10.1021/jp970984n.
"""

import math
from dataclasses import dataclass

from .._jit import R64, Cell, Counter, N, Point, R, Random, d, k, kernel, put
from .._loop import OVER, VALUE, Objective, look
from ..gradient.lbfgs import lbfgs
from ..optimizer import Count, NonNegative, Positive, SearchMethod
from ..random import uniform

pairs = "pairs"  # a size that is a field
ARMIJO, WOLFE = 1e-4, 0.9


@kernel(browser=False)
def hop(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], p: R[d], origin: R[d],
    slopes: R[d], S: R[pairs, d], Y: R[pairs, d], rho: R[pairs], alpha: R[pairs], made: Counter, stuck: Counter,
    kept: R[d], level: Cell, t: N, rng: Random, step: R, temperature: R, settled: R,
):  # fmt: skip
    """One iteration of L-BFGS; where it has come to rest, a hop."""
    before = ledger[VALUE]
    lbfgs(fun, rows, given, best, ledger, theta, grad, p, origin, slopes, S, Y, rho, alpha, made, stuck, t, ARMIJO, WOLFE)
    if t == 0:
        level[0] = math.inf
        return
    f = ledger[VALUE]
    if ledger[OVER] > 0.0 or (stuck[0] == 0 and before - f > settled * (1.0 + abs(f))):
        return
    if f <= level[0] or uniform(rng) < math.exp((level[0] - f) / max(temperature, 1e-300)):
        put(kept, theta)
        level[0] = f
    for i in range(theta.size):
        theta[i] = kept[i] + step * (2.0 * uniform(rng) - 1.0)
    made[0], stuck[0] = 0, 0
    ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)


@dataclass(frozen=True)
class BasinHopping(SearchMethod, move=hop):
    r"""Basin hopping with L-BFGS.

    Parameters
    ----------
    step : float in (0, inf), default 0.5
        How far a coordinate is thrown at most.
    temperature : float in [0, inf), default 1
        What of a worse minimum is accepted, in the function's units; at zero nothing.
    settled : float in [0, inf), default 1e-9
        A descent is over when an iteration gains less than this share of :math:`1 + |f|`.
    pairs : int in [1, inf), default 10
        How many steps L-BFGS learns the curvature from.

    Notes
    -----
    A new minimum :math:`x'`, reached from :math:`x + r u`, is kept with the probability

    .. math:: \min \bigl( 1, e^{(f(x) - f(x')) / T} \bigr) .

    Every evaluation is one of the budget's; ``max_evals`` bounds all descents together.

    References
    ----------
    D. J. Wales and J. P. K. Doye, *Global optimization by basin-hopping and the lowest energy structures of Lennard-Jones clusters
    containing up to 110 atoms*, Journal of Physical Chemistry A 101 (1997), 5111-5116, doi:10.1021/jp970984n.

    Examples
    --------
    >>> BasinHopping(step=0.3)
    BasinHopping(step=0.3, temperature=1.0, settled=1e-09, pairs=10)
    """

    step: Positive = 0.5
    temperature: NonNegative = 1.0
    settled: NonNegative = 1e-9
    pairs: Count = 10
