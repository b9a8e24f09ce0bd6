r"""OpenAI-ES, whose kernels stand in ``evolution.py``, and natural evolution strategies.

In these the distribution's widths learn, too, along the natural gradient of the expected value.

SNES keeps a width for each coordinate, :math:`x_i = m + s \odot z_i`. With utilities :math:`u_i` by rank, large for the best, of sum zero,

.. math::

    m_j &\leftarrow m_j + s_j \textstyle\sum_i u_i z_{ij} \\
    s_j &\leftarrow s_j \exp \bigl( \tfrac{\eta}{2} \textstyle\sum_i u_i (z_{ij}^2 - 1) \bigr) ,
    \qquad \eta = \frac{3 + \ln d}{5 \sqrt d}

xNES keeps a whole matrix, :math:`x_i = m + \sigma B z_i`, and learns it in its own axes: with :math:`M = \sum_i u_i (z_i z_i^\top - I)`,

.. math::

    m &\leftarrow m + \sigma B \textstyle\sum_i u_i z_i \\
    \sigma &\leftarrow \sigma \exp \bigl( \tfrac{\eta}{2} \operatorname{tr} M / d \bigr) \\
    B &\leftarrow B \exp \bigl( \tfrac{\eta}{2} (M - \operatorname{tr} M / d \; I) \bigr) ,
    \qquad \eta = \frac{3 (3 + \ln d)}{5 d \sqrt d}

T. Schaul, T. Glasmachers and J. Schmidhuber, *High dimensions and heavy tails for natural evolution strategies*, GECCO 2011, 845-852,
doi:10.1145/2001576.2001692; T. Glasmachers, T. Schaul, S. Yi, D. Wierstra and J. Schmidhuber, *Exponential natural evolution strategies*,
GECCO 2010, 393-400, doi:10.1145/1830483.1830557.
"""

import math
from dataclasses import dataclass

from .._jit import Cell, Counter, N, R, Random, d, kernel, n
from ..metaheuristics._normal import WIDEST, ranked, usual_size
from ..metaheuristics.de import Members
from ..metaheuristics.sa import reflected
from ..optimizer import FixedFraction, PopulationMethod, Positive, Rate
from ..random import normal
from .evolution import follow, mirrored_draw, settle


@dataclass(frozen=True)
class OpenAIES(PopulationMethod, start=mirrored_draw, ask=mirrored_draw, tell=follow, recommends="mean"):
    r"""OpenAI-ES: mirrored noise, ranks, and Adam.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 40
        The number of points in a generation; an even one, for pairs.
    step : float in (0, inf), default 0.02
        The standard deviation of the noise, as a share of the box. It stays as it is.
    lr : float in (0, inf), default 0.01
        The step of Adam, as a share of the box; a function of the generation t = 1, 2, ... may give it.
    beta1, beta2 : float in [0, 1), default 0.9, 0.999
        How much of the average gradient, and of its average square, is kept in a generation.

    Notes
    -----
    With standard normal :math:`z_i` in pairs of opposite sign, and centred ranks :math:`u_i`, Adam follows

    .. math:: g = \frac{1}{n \sigma} \sum_{i=1}^{n} u_i z_i .

    The method recommends its mean, ``optimizer.recommend(state)``. Where batches change from generation to generation, the best value
    that was seen is luck, and the mean is not.

    References
    ----------
    T. Salimans, J. Ho, X. Chen, S. Sidor and I. Sutskever, *Evolution strategies as a scalable alternative to reinforcement learning*,
    2017, arXiv:1703.03864.

    Examples
    --------
    >>> OpenAIES(population_size=20)
    OpenAIES(population_size=20, step=0.02, lr=0.01, beta1=0.9, beta2=0.999)
    """

    population_size: Members = 40
    step: Positive = 0.02
    lr: Rate = 0.01
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999


# ------------------------------------------------------------------------------------ natural evolution strategies
@kernel
def utilities(f: R[n], u: R[n]):
    """Large for the best, equal and below zero for the worse half; their sum is zero."""
    ranked(f, u)
    size, total = float(f.size), 0.0
    for i in range(f.size):
        u[i] = max(0.0, math.log(0.5 * size + 1.0) - math.log(u[i]))
        total += u[i]
    for i in range(f.size):
        u[i] = u[i] / total - 1.0 / size if f.size > 1 else 0.0  # of a single point, nothing is better


@kernel
def snes_draw(
    X: R[n, d], Z: R[n, d], mean: R[d], s: R[d], lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random, t: N, step: R,
):  # fmt: skip
    """The next generation, every coordinate on its own; a given start is the first of all."""
    if t == 0:
        settle(mean, lower, upper, x0, started, rng)
    for i in range(X.shape[0]):
        for j in range(mean.size):
            s[j] = step * (upper[j] - lower[j]) if t == 0 else s[j]
            Z[i, j] = 0.0 if i == 0 and t == 0 and started[0] == 1 else normal(rng)
            X[i, j] = reflected(mean[j] + s[j] * Z[i, j], lower[j], upper[j])


@kernel
def snes_learn(f: R[n], Z: R[n, d], u: R[n], mean: R[d], s: R[d], lower: R[d], upper: R[d]):
    """Mean and widths, each along its natural gradient."""
    utilities(f, u)
    dim = max(mean.size, 1)
    eta = (3.0 + math.log(dim)) / (5.0 * math.sqrt(dim))
    for j in range(mean.size):
        moved, wider = 0.0, 0.0
        for i in range(f.size):
            moved += u[i] * Z[i, j]
            wider += u[i] * (Z[i, j] * Z[i, j] - 1.0)
        mean[j] = min(max(mean[j] + s[j] * moved, lower[j]), upper[j])
        s[j] = min(s[j] * math.exp(min(0.5 * eta * wider, 1.0)), WIDEST * (upper[j] - lower[j]))


@dataclass(frozen=True)
class SNES(PopulationMethod, start=snes_draw, ask=snes_draw, tell=snes_learn):
    r"""SNES, the separable natural evolution strategy: a width for each coordinate; linear in the dimension.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 4 + floor(3 ln d)
        The number of points in a generation.
    step : float in (0, inf), default 0.3
        The first standard deviation, as a share of the box.

    Notes
    -----
    With utilities :math:`u_i` by rank, whose sum is zero,

    .. math::

        m_j \leftarrow m_j + s_j \textstyle\sum_i u_i z_{ij} , \qquad
        s_j \leftarrow s_j \exp \bigl( \tfrac{\eta}{2} \textstyle\sum_i u_i (z_{ij}^2 - 1) \bigr) .

    References
    ----------
    T. Schaul, T. Glasmachers and J. Schmidhuber, *High dimensions and heavy tails for natural evolution strategies*, GECCO 2011, 845-852,
    doi:10.1145/2001576.2001692.

    Examples
    --------
    >>> SNES(population_size=10)
    SNES(population_size=10, step=0.3)
    """

    population_size: Members = usual_size  # type: ignore[assignment]
    step: Positive = 0.3


# ------------------------------------------------------------------------------------ xNES
@kernel
def xnes_draw(
    X: R[n, d], Z: R[n, d], mean: R[d], sigma: Cell, B: R[d, d], lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random, t: N,
    step: R,
):  # fmt: skip
    """The next generation; a given start is the first of all."""
    if t == 0:
        settle(mean, lower, upper, x0, started, rng)
        sigma[0] = step
        for a in range(mean.size):
            for b in range(mean.size):
                B[a, b] = upper[a] - lower[a] if a == b else 0.0
    for i in range(X.shape[0]):
        for j in range(mean.size):
            Z[i, j] = 0.0 if i == 0 and t == 0 and started[0] == 1 else normal(rng)
        for a in range(mean.size):
            y = 0.0
            for b in range(mean.size):
                y += B[a, b] * Z[i, b]
            X[i, a] = reflected(mean[a] + sigma[0] * y, lower[a], upper[a])


@kernel
def product(P: R[d, d], Q: R[d, d], PQ: R[d, d]):
    """PQ = P Q."""
    for a in range(P.shape[0]):
        for b in range(P.shape[0]):
            total = 0.0
            for c in range(P.shape[0]):
                total += P[a, c] * Q[c, b]
            PQ[a, b] = total


@kernel
def times_exponential(B: R[d, d], M: R[d, d], E: R[d, d], W: R[d, d]):
    """B = B exp(M), by the first nine terms of the series: M is small, its entries are about a learning rate."""
    for a in range(B.shape[0]):
        for b in range(B.shape[0]):
            E[a, b] = 1.0 if a == b else 0.0
    for term in range(8, 0, -1):  # Horner: E = I + M E / term
        product(M, E, W)
        for a in range(B.shape[0]):
            for b in range(B.shape[0]):
                E[a, b] = W[a, b] / term + (1.0 if a == b else 0.0)
    product(B, E, W)
    for a in range(B.shape[0]):
        for b in range(B.shape[0]):
            B[a, b] = W[a, b]


@kernel
def narrow(sigma: Cell, B: R[d, d], lower: R[d], upper: R[d]):
    """No standard deviation along an axis is a larger share of the box than `WIDEST`: beyond, walls throw points anywhere."""
    for a in range(lower.size):
        length = 0.0
        for b in range(lower.size):
            length += B[a, b] * B[a, b]
        wide, most = sigma[0] * math.sqrt(length), WIDEST * (upper[a] - lower[a])
        if wide > most:
            sigma[0] *= most / max(wide, 1e-300)


@kernel
def xnes_learn(
    f: R[n], Z: R[n, d], u: R[n], mean: R[d], sigma: Cell, B: R[d, d], g: R[d], M: R[d, d], E: R[d, d], W: R[d, d],
    lower: R[d], upper: R[d],
):  # fmt: skip
    """Mean, size and shape, along the natural gradient in the distribution's own axes."""
    utilities(f, u)
    dim = max(float(mean.size), 1.0)
    eta = 0.6 * (3.0 + math.log(dim)) / (dim * math.sqrt(dim))
    trace = 0.0
    for a in range(mean.size):
        g[a] = 0.0
        for i in range(f.size):
            g[a] += u[i] * Z[i, a]
        for b in range(mean.size):
            M[a, b] = 0.0
            for i in range(f.size):
                M[a, b] += u[i] * Z[i, a] * Z[i, b]  # the utilities' sum is zero: the identity drops out
        trace += M[a, a]
    for a in range(mean.size):
        y = 0.0
        for b in range(mean.size):
            y += B[a, b] * g[b]
            M[a, b] = 0.5 * eta * (M[a, b] - (trace / dim if a == b else 0.0))
        mean[a] = min(max(mean[a] + sigma[0] * y, lower[a]), upper[a])
    sigma[0] *= math.exp(min(0.5 * eta * trace / dim, 1.0))
    times_exponential(B, M, E, W)
    narrow(sigma, B, lower, upper)


@dataclass(frozen=True)
class XNES(PopulationMethod, start=xnes_draw, ask=xnes_draw, tell=xnes_learn):
    r"""xNES, the exponential natural evolution strategy: a whole matrix, learnt without inverting any.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 4 + floor(3 ln d)
        The number of points in a generation.
    step : float in (0, inf), default 0.3
        The first standard deviation, as a share of the box.

    Notes
    -----
    With :math:`M = \sum_i u_i (z_i z_i^\top - I)`,

    .. math::

        m \leftarrow m + \sigma B \textstyle\sum_i u_i z_i , \qquad
        \sigma \leftarrow \sigma \, e^{\eta \operatorname{tr} M / (2 d)} , \qquad
        B \leftarrow B \, e^{\frac{\eta}{2} (M - \operatorname{tr} M / d \, I)} .

    References
    ----------
    T. Glasmachers, T. Schaul, S. Yi, D. Wierstra and J. Schmidhuber, *Exponential natural evolution strategies*, GECCO 2010, 393-400,
    doi:10.1145/1830483.1830557.

    Examples
    --------
    >>> XNES(population_size=10)
    XNES(population_size=10, step=0.3)
    """

    population_size: Members = usual_size  # type: ignore[assignment]
    step: Positive = 0.3
