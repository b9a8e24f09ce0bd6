r"""What grew from CMA-ES: sep-CMA-ES, whose covariance is diagonal, for many coordinates that hardly depend on each other; and restarts
with larger populations, for many valleys.

sep-CMA-ES: a generation costs d times its size instead of d\ :sup:`2`; and d numbers are learnt faster than d (d + 1) / 2, so :math:`c_1` and
:math:`c_\mu` are multiplied by (d + 2) / 3. All else is as in ``cmaes.py``.

R. Ros and N. Hansen, *A simple modification in CMA-ES achieving linear time and space complexity*, PPSN X (2008), 296-305,
doi:10.1007/978-3-540-87700-4_30.

Restarts: a run that is over is followed by one with twice as many points (IPOP), or, if runs with small populations have used fewer
evaluations so far, by one of these (BIPOP), with a step size and a population that are drawn:

.. math:: \sigma = \sigma_0 \, 10^{-2 u} , \qquad \lambda = \Bigl\lfloor \lambda_0 \Bigl( \frac{\lambda_l}{2 \lambda_0} \Bigr)^{u'^2} \Bigr\rfloor ,
    \qquad u, u' \sim \mathcal U(0, 1)

where :math:`\lambda_l` is the last doubled size. Such a run has at most half the evaluations of the last large one.

A. Auger and N. Hansen, *A restart CMA evolution strategy with increasing population size*, IEEE CEC 2005, 1769-1776,
doi:10.1109/CEC.2005.1554902; N. Hansen, *Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed*, GECCO 2009, 2389-2396,
doi:10.1145/1570256.1570333.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from .._fields import Interval
from .._jit import R64, Cell, Counter, N, R, Random, d, k, kernel, n
from .._loop import BUDGET, SPENT
from ..optimizer import Choice, PopulationMethod, Positive
from ..random import normal, uniform
from ._normal import WIDEST, begin, follow_both, from_mirrors, lengthen, over, recombine, usual_size, weigh
from .cmaes import cmaes_draw, cmaes_learn
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


# ------------------------------------------------------------------------------------ restarts
Doublings = Annotated[int, Interval("[1, 12]")]
Scheme = Annotated[str, Choice("bipop", "ipop")]
BIPOP, IPOP = range(2)


@kernel(browser=False)
def next_size(first: N, most: N, scheme: N, doubled: Counter, small: Counter, spent: N[2], left: R, rng: Random) -> N:
    """The size of the population of the next run: larger than ever, or, in turn, between the usual one and half of that."""
    small[0] = 1 if scheme == BIPOP and doubled[0] > 0 and spent[1] < spent[0] else 0
    doubled[0] = min(doubled[0] + 1 - small[0], most)
    size = first * 2 ** doubled[0]
    if small[0] == 1:
        size = int(first * math.pow(0.5 * size / first, uniform(rng) ** 2.0))
    return size if size <= left else first


@kernel(browser=False)
def restart_draw(
    X: R[n, d], Y: R[n, d], Z: R[n, d], mean: R[d], sigma: Cell, C: R[d, d], V: R[d, d], D: R[d], to_sigma: R[d], to_C: R[d],
    made: Counter, asked: Counter, doubled: Counter, small: Counter, spent: N[2], used: Counter, lower: R[d], upper: R[d], x0: R[d],
    started: Counter, ledger: R64[k], rng: Random, t: N, step: R, doublings: N, scheme: N,
):  # fmt: skip
    """The next generation, after the end of a run the first of another."""
    wide = step
    if t > 0 and made[0] < 0:
        used[0] = 0
        asked[0] = next_size(X.shape[0] >> doublings, doublings, scheme, doubled, small, spent, ledger[BUDGET] - ledger[SPENT], rng)
        wide = step * math.pow(10.0, -2.0 * uniform(rng)) if small[0] == 1 else step
    size = asked[0]
    cmaes_draw(X[:size], Y[:size], Z[:size], mean, sigma, C, V, D, to_sigma, to_C, made, lower, upper, x0, started, rng, t, wide)


@kernel(browser=False)
def restart_learn(
    f: R[n], Y: R[n, d], Z: R[n, d], w: R[n], c: R[6], mean: R[d], sigma: Cell, C: R[d, d], V: R[d, d], D: R[d], A: R[d, d], T: R[d, d],
    to_sigma: R[d], to_C: R[d], moved: R[d], drawn: R[d], turned: R[d], made: Counter, since: Counter, level: Counter, asked: Counter,
    doubled: Counter, small: Counter, spent: N[2], used: Counter, limit: Counter, lower: R[d], upper: R[d],
):  # fmt: skip
    """As CMA-ES learns, and what the run has used; a small one ends at half of what the last large one had."""
    size = asked[0]
    cmaes_learn(f[:size], Y[:size], Z[:size], w[:size], c, mean, sigma, C, V, D, A, T, to_sigma, to_C, moved, drawn, turned, made, since,
                level, lower, upper)  # fmt: skip
    used[0] += size
    if doubled[0] > 0:  # the first run is neither large nor small
        spent[small[0]] += size
    if small[0] == 0:
        limit[0] = used[0]
    elif 2 * used[0] >= limit[0]:
        made[0] = -1


@dataclass(frozen=True)
class RestartCMAES(PopulationMethod, start=restart_draw, ask=restart_draw, tell=restart_learn):
    r"""CMA-ES whose restarts have larger populations: IPOP-CMA-ES and BIPOP-CMA-ES, for functions with many valleys.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 4 + floor(3 ln d)
        The number of points in a generation of the first run.
    step : float in (0, inf), default 0.3
        The first step size, as a share of the box.
    scheme : {"bipop", "ipop"}, default "bipop"
        Twice the population at every restart, or that in turn with runs of small populations and small steps.
    doublings : int in [1, 12], default 9
        How often the population is doubled; memory is taken for the largest. A population that the budget has no room for is not begun.

    References
    ----------
    A. Auger and N. Hansen, *A restart CMA evolution strategy with increasing population size*, IEEE CEC 2005,
    doi:10.1109/CEC.2005.1554902; N. Hansen, *Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed*, GECCO 2009,
    doi:10.1145/1570256.1570333.

    Examples
    --------
    >>> RestartCMAES(population_size=10)
    RestartCMAES(population_size=10, step=0.3, scheme='bipop', doublings=9)
    """

    population_size: Members = usual_size  # type: ignore[assignment]
    step: Positive = 0.3
    scheme: Scheme = "bipop"
    doublings: Doublings = 9

    def _size(self, dim, count=1):
        sizes = super()._size(dim, count)
        return {**sizes, "n": sizes["n"] << self.doublings}

    def _asks_first(self, room):
        return room >> self.doublings
