"""Rules that watch the run: kernels before the step of any gradient method that scale its rate: ``GD(lr=1.0, before=PolyakStep())``."""

import math
from dataclasses import dataclass

from .._jit import Cell, Counter, N, R, d, kernel, put
from ..optimizer import Count, FixedFraction, NonNegative, OpenFraction, Part, Positive


@kernel
def plateau(loss: R, scale: Cell, level: Cell, lowest: Cell, total: Cell, seen: Counter, stalled: Counter, t: N,
            factor: R, patience: N, window: N, gain: R):
    """The rate is cut where the mean loss of a window has not fallen by the share ``gain`` for ``patience`` windows."""
    if t == 1:
        level[0], lowest[0] = 1.0, math.inf
    total[0] += loss
    seen[0] += 1
    if seen[0] >= window:
        mean = total[0] / max(seen[0], 1)
        if mean < (1.0 - gain) * lowest[0]:
            lowest[0], stalled[0] = mean, 0
        else:
            stalled[0] += 1
        if stalled[0] >= patience:
            level[0], stalled[0] = level[0] * factor, 0
        total[0], seen[0] = 0.0, 0
    scale[0] *= level[0]


@dataclass(frozen=True)
class Plateau(Part, kernel=plateau):
    r"""Cut the rate where the loss stalls: ``Adam(before=(Plateau(window=45),))``.

    .. math:: \alpha \leftarrow \gamma \alpha \quad \text{where the mean loss of a window stalled for } p \text{ windows}

    Losses are positive here. On batches, take the number of batches in an epoch for the window.

    Parameters
    ----------
    factor : float in (0, 1), default 0.3
        What a cut leaves of the rate.
    patience : int in [1, inf), default 2
        After how many windows without a gain it is cut.
    window : int in [1, inf), default 1
        Over how many steps losses are averaged.
    gain : float in [0, 1), default 0.001
        The share by which a mean must be below the least before it.

    References
    ----------
    In the form of ``ReduceLROnPlateau`` (PyTorch, 2017), which is called once an epoch.
    """

    factor: OpenFraction = 0.3
    patience: Count = 2
    window: Count = 1
    gain: FixedFraction = 1e-3


@kernel
def squared_length(a: R[d]) -> R:
    """The sum of the squares, in double precision."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * a[i]
    return total


@kernel
def polyak_step(grad: R[d], loss: R, scale: Cell, taken: Cell, t: N, c: R, most: R, growth: R, floor: R):
    """The rate that would reach ``floor`` if the loss were its own tangent, shared by c, and bounded."""
    bound = most if t == 1 else min(most, growth * taken[0])
    square = squared_length(grad)
    rate = (loss - floor) / (c * square) if square > 0.0 else 0.0  # where there is no slope, the step is zero anyway
    taken[0] = max(min(rate, bound), 0.0)
    scale[0] *= taken[0]


@dataclass(frozen=True)
class PolyakStep(Part, kernel=polyak_step):
    r"""Polyak's step, on batches :math:`\text{SPS}_{\max}`: ``GD(lr=1.0, before=(PolyakStep(),))``.

    .. math:: \alpha_t = \min\bigl( (f_t - f^*) / (c \, \|g_t\|^2), \; \gamma, \; \tau \alpha_{t-1} \bigr)

    Parameters
    ----------
    c : float in (0, inf), default 0.5
        1 is Polyak's; 0.5 is advised for batches.
    most : float in (0, inf), default 1.0
        The largest rate.
    growth : float in (0, inf), default 2.0
        How many times the rate before a rate may be; the authors take :math:`2^{b/n}` for batches of b among n rows.
    floor : float in [0, inf), default 0.0
        The least loss :math:`f^*`, of a batch: zero for losses that a network can fit.

    References
    ----------
    B. T. Polyak, *Introduction to optimization*, 1987; N. Loizou, S. Vaswani, I. Laradji and S. Lacoste-Julien, *Stochastic Polyak
    step-size for SGD*, AISTATS 2021, arXiv:2002.10542.
    """

    c: Positive = 0.5
    most: Positive = 1.0
    growth: Positive = 2.0
    floor: NonNegative = 0.0


@kernel
def hypergradient(theta: R[d], grad: R[d], scale: Cell, left: R[d], level: Cell, t: N, pace: R):
    """The rate grows while the last step still agrees with the gradient, and shrinks where it went too far."""
    if t == 1:
        level[0] = 1.0
        put(left, theta)
    along, length = 0.0, 0.0
    for i in range(theta.size):
        move = left[i] - theta[i]
        along += move * grad[i]
        length += move * move
        left[i] = theta[i]
    square = length * squared_length(grad)
    if square > 0.0:
        level[0] *= 1.0 + pace * along / math.sqrt(square)
    scale[0] *= level[0]


@dataclass(frozen=True)
class Hypergradient(Part, kernel=hypergradient):
    r"""Descent on the rate itself, in its multiplicative form: ``Adam(before=(Hypergradient(),))``.

    .. math:: \alpha_t = \alpha_{t-1} \Bigl( 1 + \kappa \frac{g_t^\top s_{t-1}}{\|g_t\| \, \|s_{t-1}\|} \Bigr) ,
        \qquad s_{t-1} = \theta_{t-2} - \theta_{t-1}

    Parameters
    ----------
    pace : float in [0, 1), default 0.02
        By which share :math:`\kappa` a step changes the rate at most.

    References
    ----------
    A. G. Baydin, R. Cornish, D. M. Rubio, M. Schmidt and F. Wood, *Online learning rate adaptation with hypergradient descent*,
    ICLR 2018, arXiv:1703.04782, section 3 and its multiplicative rule.
    """

    pace: FixedFraction = 0.02
