r"""What grew from CMA-ES: sep-CMA-ES, whose covariance is diagonal, for many coordinates that hardly depend on each other.

A generation costs d times its size instead of d\ :sup:`2`; and d numbers are learnt faster than d (d + 1) / 2, so :math:`c_1` and
:math:`c_\mu` are multiplied by (d + 2) / 3. All else is as in ``cmaes.py``.

R. Ros and N. Hansen, *A simple modification in CMA-ES achieving linear time and space complexity*, PPSN X (2008), 296-305,
doi:10.1007/978-3-540-87700-4_30.
"""

import math
from dataclasses import dataclass

from .._jit import Cell, Counter, N, R, Random, d, kernel, n
from ..optimizer import PopulationMethod, Positive
from ..random import normal
from ._normal import WIDEST, begin, follow_both, from_mirrors, lengthen, over, recombine, usual_size, weigh
from .de import Members
from .sa import reflected


@kernel
def sep_draw(
    X: R[n, d], Y: R[n, d], Z: R[n, d], mean: R[d], sigma: Cell, D: R[d], to_sigma: R[d], to_C: R[d], made: Counter,
    lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random, t: N, step: R,
):  # fmt: skip
    """The next generation."""
    if t == 0 or made[0] < 0:
        begin(mean, sigma, D, to_sigma, to_C, lower, upper, rng, step)
        made[0] = 0
    for j in range(mean.size):
        mean[j] = x0[j] if t == 0 and started[0] == 1 else mean[j]
    for i in range(X.shape[0]):
        for j in range(mean.size):
            Z[i, j] = 0.0 if i == 0 and t == 0 and started[0] == 1 else normal(rng)  # the given point is the first of all
            Y[i, j] = D[j] * Z[i, j]
            X[i, j] = reflected(mean[j] + sigma[0] * Y[i, j], lower[j], upper[j])


@kernel
def widen(D: R[d], to_C: R[d], Y: R[n, d], Z: R[n, d], w: R[n], fresh: R[d], c1: R, cmu: R, keep: R):
    """The variances forget, and take in the path and the points."""
    for j in range(D.size):
        fresh[j] = keep * D[j] * D[j] + c1 * to_C[j] * to_C[j]
    for q in range(Y.shape[0]):
        weight = cmu * w[q]
        if w[q] < 0.0:
            length = 0.0
            for j in range(D.size):
                length += Z[q, j] * Z[q, j]
            weight *= D.size / max(length, 1e-300)
        for j in range(D.size):
            fresh[j] += weight * Y[q, j] * Y[q, j]
    for j in range(D.size):
        D[j] = math.sqrt(max(fresh[j], 0.0))


@kernel
def sep_learn(
    f: R[n], Y: R[n, d], Z: R[n, d], w: R[n], c: R[6], mean: R[d], sigma: Cell, D: R[d], to_sigma: R[d], to_C: R[d], moved: R[d],
    drawn: R[d], fresh: R[d], made: Counter, level: Counter, lower: R[d], upper: R[d],
):  # fmt: skip
    """Mean, paths, variances, step size: in this order."""
    dim = mean.size
    mu = weigh(f, w, c, dim, (dim + 2.0) / 3.0)
    c1, cmu = c[3], c[4]
    total = recombine(w, Y, Z, moved, drawn)
    for j in range(dim):
        mean[j] += sigma[0] * moved[j]
    delta = follow_both(to_sigma, to_C, drawn, moved, c, mu, made)
    widen(D, to_C, Y, Z, w, fresh, c1, cmu, 1.0 + c1 * delta - c1 - cmu * total)
    lengthen(sigma, to_sigma, c)
    for j in range(dim):
        sigma[0] = min(sigma[0], WIDEST * (upper[j] - lower[j]) / max(D[j], 1e-150))
    from_mirrors(mean, to_sigma, to_C, moved, lower, upper)
    if over(f, sigma, D, level, lower, upper) == 1:
        made[0] = -1


@dataclass(frozen=True)
class SepCMAES(PopulationMethod, start=sep_draw, ask=sep_draw, tell=sep_learn):
    r"""sep-CMA-ES: CMA-ES with a diagonal covariance, linear in the dimension.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 4 + floor(3 ln d)
        The number of points in a generation.
    step : float in (0, inf), default 0.3
        The first step size, as a share of the box.

    Notes
    -----
    Every coordinate is drawn on its own, :math:`y_j = D_j z_j`, and of the covariance's update the diagonal is kept:

    .. math::

        D_j^2 \leftarrow (1 - c_1 - c_\mu \textstyle\sum_i w_i) \, D_j^2
        + c_1 \, p_{c,j}^2 + c_\mu \textstyle\sum_i w_i^\circ \, y_{ij}^2 .

    References
    ----------
    R. Ros and N. Hansen, *A simple modification in CMA-ES achieving linear time and space complexity*, PPSN X (2008), 296-305,
    doi:10.1007/978-3-540-87700-4_30.

    Examples
    --------
    >>> SepCMAES(population_size=10)
    SepCMAES(population_size=10, step=0.3)
    """

    population_size: Members = usual_size  # type: ignore[assignment]
    step: Positive = 0.3
