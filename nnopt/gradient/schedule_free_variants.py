"""Kin of schedule-free gradient descent: its AdamW, in which the average stands in Adam's place of momentum (2024)."""

import math
from dataclasses import dataclass

from .._jit import R64, N, R, Rplus, d, kernel, put
from ..optimizer import Count, FixedFraction, GradientMethod, NonNegative, Positive, Rate, Share
from .averages import total_weight
from .schedule_free import average, warmed


@kernel
def schedule_free_adamw(theta: R[d], grad: R[d], v: Rplus[d], z: R[d], x: R[d], total: R64[1], t: N,
                        lr: R, beta1: R, beta2: R, eps: R, weight_decay: R, warmup: N):
    """One step of schedule-free AdamW, in place."""
    if t == 1:
        put(z, theta)
        put(x, theta)
    real, rate = theta.dtype.type, warmed(lr, t, warmup)
    alpha, epsilon, shrink = real(rate), real(eps), real(rate * weight_decay)
    b2, c2, v_bias = real(beta2), real(1 - beta2), real(total_weight(beta2, t))
    for i in range(theta.size):
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        z[i] -= alpha * grad[i] / (math.sqrt(v[i] / v_bias) + epsilon) + shrink * theta[i]
    average(theta, z, x, total, rate, beta1)


@dataclass(frozen=True)
class ScheduleFreeAdamW(GradientMethod, step=schedule_free_adamw, recommends="x"):
    r"""Schedule-free AdamW: the walk divides by the root of the average square, and the average takes the place of the momentum.

    .. math::

        v_t &= \beta_2 \, v_{t-1} + (1 - \beta_2) \, g_t^2 , \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        z_{t+1} &= z_t - \alpha_t \, g_t / (\sqrt{\hat v_t} + \epsilon) - \alpha_t \lambda \, y_t

    with :math:`y, \alpha_t, c` and :math:`x` as in :class:`ScheduleFree`, :math:`\beta_1` in the place of :math:`\beta`.

    Parameters
    ----------
    lr : float in (0, inf), default 0.0025
    beta1 : float in [0, 1], default 0.9
        Where between walk and average the gradient is taken.
    beta2 : float in [0, 1), default 0.999
        How much of the average squared gradient is kept; constant.
    eps : float in (0, inf), default 1e-8
    weight_decay : float in [0, inf), default 0
        The decay :math:`\lambda`, at the point where the gradient is taken.
    warmup : int in [1, inf), default 1
        As in :class:`ScheduleFree`.

    References
    ----------
    A. Defazio et al., *The road less scheduled*, NeurIPS 2024, arXiv:2405.15682, Algorithm 1.
    """

    lr: Rate = 2.5e-3
    beta1: Share = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8
    weight_decay: NonNegative = 0.0
    warmup: Count = 1
