"""Prodigy: Adam that estimates its own learning rate, from how far the run has come."""

import math
from dataclasses import dataclass

from .._jit import Cell, N, R, Rplus, d, kernel, put
from ..gradient.averages import total_weight
from ..optimizer import FixedFraction, GradientMethod, Positive, Rate


@kernel
def prodigy(theta: R[d], grad: R[d], left: R[d], m: R[d], v: Rplus[d], s: R[d], far: Cell, r: Cell, t: N,
            lr: R, beta1: R, beta2: R, first: R, eps: R):
    """One step of Prodigy, in place; ``far`` is the estimate D."""
    real = theta.dtype.type
    if t == 1:
        far[0] = first
        put(left, theta)
    D, beta3 = far[0], math.sqrt(beta2)
    gamma = lr * math.sqrt(total_weight(beta2, t)) / total_weight(beta1, t)
    b1, c1 = real(beta1), real((1.0 - beta1) * D)
    b2, c2 = real(beta2), real((1.0 - beta2) * D * D)
    b3, c3 = real(beta3), real((1.0 - beta3) * gamma * D * D)

    ahead, length = 0.0, 0.0
    for i in range(theta.size):
        ahead += grad[i] * (left[i] - theta[i])
        m[i] = b1 * m[i] + c1 * grad[i]
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        s[i] = b3 * s[i] + c3 * grad[i]
        length += abs(s[i])
    r[0] = beta3 * r[0] + (1.0 - beta3) * gamma * D * D * ahead
    if length > 0.0:
        far[0] = max(D, r[0] / length)
    alpha, small = real(gamma * D), real(D * eps)
    for i in range(theta.size):
        theta[i] -= alpha * m[i] / (math.sqrt(v[i]) + small)


@dataclass(frozen=True)
class Prodigy(GradientMethod, step=prodigy):
    r"""Prodigy, in Adam's form, with the correction of the bias.

    .. math::

        \gamma_t &= \alpha \sqrt{1 - \beta_2^t} \, / \, (1 - \beta_1^t), \qquad \beta_3 = \sqrt{\beta_2} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) D_t g_t, \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2) D_t^2 g_t^2 \\
        r_t &= \beta_3 r_{t-1} + (1 - \beta_3) \gamma_t D_t^2 \, g_t^\top (\theta_0 - \theta_{t-1}) \\
        s_t &= \beta_3 s_{t-1} + (1 - \beta_3) \gamma_t D_t^2 \, g_t \\
        D_{t+1} &= \max(D_t, \; r_t / \|s_t\|_1) \\
        \theta_t &= \theta_{t-1} - \gamma_t D_t \, m_t \, / \, (\sqrt{v_t} + D_t \epsilon)

    Parameters
    ----------
    lr : float in (0, inf), default 1.0
        Multiplies the estimated rate; meant to be left at 1, or to be a schedule that begins there, ``Cosine(1.0, steps)``.
    beta1, beta2 : float in [0, 1), default 0.9, 0.999
        As Adam's.
    first : float in (0, inf), default 1e-6
        The first estimate, which only grows; below any sensible rate.
    eps : float in (0, inf), default 1e-8
        Keeps the division finite where v is zero.

    References
    ----------
    K. Mishchenko and A. Defazio, *Prodigy: an expeditiously adaptive parameter-free learner*, ICML 2024, arXiv:2306.06101, Algorithm 4.
    """

    lr: Rate = 1.0
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    first: Positive = 1e-6
    eps: Positive = 1e-8
