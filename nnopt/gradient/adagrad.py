r"""AdaGrad: a step for every parameter, scaled by the sum of its squared gradients so far.

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`s_0 = 0`, step :math:`t = 1, 2, \dots` is

.. math::

    s_t &= s_{t-1} + g_t^2 \\
    \theta_t &= \theta_{t-1} - \alpha \, g_t \, / \, (\sqrt{s_t} + \epsilon)

A parameter whose gradient is rarely other than zero keeps a long step for the day when it is.

J. Duchi, E. Hazan and Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, Journal of
Machine Learning Research 12 (2011), 2121-2159.
"""

import math
from dataclasses import dataclass

from .._jit import R, Rplus, d, kernel
from ..optimizer import GradientMethod, Positive, Rate


@kernel
def adagrad(theta: R[d], grad: R[d], s: Rplus[d], lr: R, eps: R):
    """One step of AdaGrad, in place."""
    real = theta.dtype.type
    alpha, epsilon = real(lr), real(eps)
    for i in range(theta.size):
        s[i] += grad[i] * grad[i]
        theta[i] -= alpha * grad[i] / (math.sqrt(s[i]) + epsilon)


@dataclass(frozen=True)
class AdaGrad(GradientMethod, step=adagrad):
    r"""AdaGrad, adaptive gradients (the diagonal form).

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`: the first step of every parameter, and at step t what a parameter moves whose
        gradient has always had one size, times :math:`\sqrt t`; or a function of the step.
    eps : float in (0, inf), default 1e-10
        Keeps the division finite where the gradient was always zero. It stands outside the root, as in PyTorch.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, Journal of
    Machine Learning Research 12 (2011), 2121-2159.

    Examples
    --------
    >>> AdaGrad(lr=0.1)
    AdaGrad(lr=0.1, eps=1e-10)
    """

    lr: Rate = 1e-2
    eps: Positive = 1e-10
