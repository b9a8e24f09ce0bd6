r"""Adam: a step for every parameter, scaled by running averages of its gradient.

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`m_0 = v_0 = 0`, step :math:`t = 1, 2, \dots` is

.. math::

    m_t &= \beta_1 \, m_{t-1} + (1 - \beta_1) \, g_t \\
    v_t &= \beta_2 \, v_{t-1} + (1 - \beta_2) \, g_t^2 \\
    \hat m_t &= m_t / (1 - \beta_1^t) \\
    \hat v_t &= v_t / (1 - \beta_2^t) \\
    \theta_t &= \theta_{t-1} - \alpha \, \hat m_t \, / \, (\sqrt{\hat v_t} + \epsilon)

Both averages start at zero and are too small at first; the hats correct that.

D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv:1412.6980, Algorithm 1.
"""

import math
from dataclasses import dataclass

from .._jit import N, R, Rplus, d, kernel
from ..optimizer import FixedFraction, GradientMethod, Positive, Rate
from .averages import total_weight


@kernel
def adam(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], t: N,
         lr: R, beta1: R, beta2: R, eps: R):
    """One step of Adam, in place."""
    real = theta.dtype.type  # theta's precision: every number is rounded to it once
    alpha, epsilon = real(lr), real(eps)
    b1, c1 = real(beta1), real(1 - beta1)
    b2, c2 = real(beta2), real(1 - beta2)
    m_bias, v_bias = real(total_weight(beta1, t)), real(total_weight(beta2, t))

    for i in range(theta.size):
        m[i] = b1 * m[i] + c1 * grad[i]
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        m_hat = m[i] / m_bias
        v_hat = v[i] / v_bias
        theta[i] -= alpha * m_hat / (math.sqrt(v_hat) + epsilon)


@dataclass(frozen=True)
class Adam(GradientMethod, step=adam):
    r"""Adam, adaptive moment estimation.

    Parameters
    ----------
    lr : float in (0, inf), default 0.001
        The learning rate :math:`\alpha`, about the largest change of a parameter in one step; or a function of the step
        t = 1, 2, ... that gives it.
    beta1 : float in [0, 1), default 0.9
        How much of the average gradient m is kept in a step. Constant: the correction of the bias holds for no other.
    beta2 : float in [0, 1), default 0.999
        How much of the average squared gradient v is kept in a step; constant, too.
    eps : float in (0, inf), default 1e-8
        Keeps the division finite where v is zero.

    References
    ----------
    D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv:1412.6980.

    Examples
    --------
    >>> Adam(lr=0.02)
    Adam(lr=0.02, beta1=0.9, beta2=0.999, eps=1e-08)
    """

    lr: Rate = 1e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8
