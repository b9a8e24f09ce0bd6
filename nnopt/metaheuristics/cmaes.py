r"""CMA-ES: points are drawn from a normal distribution, which moves to the better ones and takes their shape.

A generation is drawn around the mean m, with the step size :math:`\sigma` and the covariance :math:`C = V^\top D^2 V`, whose
eigenvectors are the rows of V:

.. math:: x_i = m + \sigma \, y_i , \qquad y_i = V^\top D z_i , \qquad z_i \sim \mathcal N(0, I)

With weights :math:`w_1 \ge \dots \ge w_\mu > 0 \ge \dots \ge w_\lambda` by rank, the best first, the mean moves, two paths
remember where to, and the step size and the covariance follow them:

.. math::

    m &\leftarrow m + \sigma \, y_w , \qquad y_w = \textstyle\sum_{i \le \mu} w_i y_i \\
    p_\sigma &\leftarrow (1 - c_\sigma) \, p_\sigma + \sqrt{c_\sigma (2 - c_\sigma) \mu_w} \; C^{-1/2} y_w \\
    p_c &\leftarrow (1 - c_c) \, p_c + h \sqrt{c_c (2 - c_c) \mu_w} \; y_w \\
    C &\leftarrow (1 + c_1 \delta - c_1 - c_\mu \textstyle\sum_i w_i) \, C + c_1 \, p_c p_c^\top + c_\mu \textstyle\sum_i w_i^\circ \, y_i y_i^\top \\
    \sigma &\leftarrow \sigma \, \exp \bigl( \tfrac{c_\sigma}{d_\sigma} ( |p_\sigma| / \chi_d - 1 ) \bigr)

where :math:`\chi_d` is the usual length of a normal vector, h is 0 while :math:`p_\sigma` is very long and else 1,
:math:`\delta = (1 - h) \, c_c (2 - c_c)` makes up for what the path then lacks, and :math:`w^\circ = w \, d / |z|^2` where w is negative. A
point outside the box is looked at where the walls throw it back, as if there were mirrors; from the second generation on no standard
deviation is more than 0.3 of the box. Where the distribution has shrunk to a point or lies on level ground, it begins anew elsewhere.

N. Hansen and A. Ostermeier, *Completely derandomized self-adaptation in evolution strategies*, Evolutionary Computation 9 (2001), 159-195,
doi:10.1162/106365601750190398; N. Hansen, *The CMA evolution strategy: a tutorial*, 2016, arXiv:1604.00772.
"""

import math
from dataclasses import dataclass

from .._jit import Cell, Counter, N, R, Random, d, kernel, n
from ..optimizer import PopulationMethod, Positive
from ..random import normal
from ._normal import (
    WIDEST,
    begin,
    eigenvectors,
    follow_both,
    from_mirrors,
    lengthen,
    over,
    recombine,
    turn_axes,
    upright,
    usual_size,
    weigh,
)
from .de import Members
from .sa import reflected


@kernel
def cmaes_draw(
    X: R[n, d], Y: R[n, d], Z: R[n, d], mean: R[d], sigma: Cell, C: R[d, d], V: R[d, d], D: R[d], to_sigma: R[d], to_C: R[d],
    made: Counter, lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random, t: N, step: R,
):  # fmt: skip
    """The next generation."""
    if t == 0 or made[0] < 0:
        begin(mean, sigma, D, to_sigma, to_C, lower, upper, rng, step)
        upright(C, V, D)
        made[0] = 0
    for j in range(mean.size):
        mean[j] = x0[j] if t == 0 and started[0] == 1 else mean[j]
    for i in range(X.shape[0]):
        for j in range(mean.size):
            Z[i, j] = 0.0 if i == 0 and t == 0 and started[0] == 1 else normal(rng)  # the given point is the first of all
            Y[i, j] = 0.0
        for h in range(mean.size):
            part = D[h] * Z[i, h]
            for j in range(mean.size):
                Y[i, j] += part * V[h, j]
        for j in range(mean.size):
            X[i, j] = reflected(mean[j] + sigma[0] * Y[i, j], lower[j], upper[j])


@kernel
def reshape(C: R[d, d], to_C: R[d], Y: R[n, d], Z: R[n, d], w: R[n], c1: R, cmu: R, keep: R):
    """The covariance forgets, and takes in the path and the points; what is worse than half of them is taken away."""
    for i in range(C.shape[0]):
        for j in range(i + 1):
            C[i, j] = keep * C[i, j] + c1 * to_C[i] * to_C[j]
    for q in range(Y.shape[0]):
        weight = cmu * w[q]
        if w[q] < 0.0:
            length = 0.0
            for j in range(Z.shape[1]):
                length += Z[q, j] * Z[q, j]
            weight *= Z.shape[1] / max(length, 1e-300)
        for i in range(C.shape[0]):
            share = weight * Y[q, i]
            for j in range(i + 1):
                C[i, j] += share * Y[q, j]
    for i in range(C.shape[0]):
        for j in range(i):
            C[j, i] = C[i, j]


@kernel
def cmaes_learn(
    f: R[n], Y: R[n, d], Z: R[n, d], w: R[n], c: R[6], mean: R[d], sigma: Cell, C: R[d, d], V: R[d, d], D: R[d], A: R[d, d], T: R[d, d],
    to_sigma: R[d], to_C: R[d], moved: R[d], drawn: R[d], turned: R[d], made: Counter, since: Counter, level: Counter,
    lower: R[d], upper: R[d],
):  # fmt: skip
    """Mean, paths, covariance, step size: in this order."""
    dim = mean.size
    mu = weigh(f, w, c, dim, 1.0)  # the number of points that w, for the better half, is worth
    c1, cmu = c[3], c[4]
    total = recombine(w, Y, Z, moved, drawn)
    for j in range(dim):
        mean[j] += sigma[0] * moved[j]
        turned[j] = 0.0
    for h in range(dim):
        for j in range(dim):
            turned[j] += drawn[h] * V[h, j]  # C^(-1/2) y is V' z
    delta = follow_both(to_sigma, to_C, turned, moved, c, mu, made)
    reshape(C, to_C, Y, Z, w, c1, cmu, 1.0 + c1 * delta - c1 - cmu * total)
    lengthen(sigma, to_sigma, c)
    for j in range(dim):
        sigma[0] = min(sigma[0], WIDEST * (upper[j] - lower[j]) / math.sqrt(max(C[j, j], 1e-300)))
    since[0] += 1
    if since[0] >= 0.1 / ((c1 + cmu) * dim):  # in a few generations C hardly changes
        since[0] = 0
        eigenvectors(C, V, D, A, T)
    from_mirrors(mean, to_sigma, to_C, moved, lower, upper)
    turn_axes(C, V, moved)
    if over(f, sigma, D, level, lower, upper) == 1:
        made[0] = -1


@dataclass(frozen=True)
class CMAES(PopulationMethod, start=cmaes_draw, ask=cmaes_draw, tell=cmaes_learn):
    r"""CMA-ES, covariance matrix adaptation evolution strategy, with weights below zero for the worse half (*active*).

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 4 + floor(3 ln d)
        The number of points in a generation.
    step : float in (0, inf), default 0.3
        The first step size, as a share of the box.

    Notes
    -----
    The distribution learns from the points that it drew: where ``tell`` is given others, as repaired by the caller, their values count
    as those of the points that were drawn in their places, and they themselves only as the best seen.

    References
    ----------
    N. Hansen, *The CMA evolution strategy: a tutorial*, 2016, arXiv:1604.00772.

    Examples
    --------
    >>> CMAES(population_size=10)
    CMAES(population_size=10, step=0.3)
    """

    population_size: Members = usual_size  # type: ignore[assignment]
    step: Positive = 0.3
