r"""RMSprop: a step for every parameter, scaled by the root mean square of its recent gradients.

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`v_0 = 0`, step :math:`t = 1, 2, \dots` is

.. math::

    v_t &= \rho \, v_{t-1} + (1 - \rho) \, g_t^2 \\
    \theta_t &= \theta_{t-1} - \alpha \, g_t \, / \, (\sqrt{v_t} + \epsilon)

*Centered*, it divides by the root of the variance, :math:`v_t - a_t^2`, with :math:`a_t` the average of the gradient itself; with
momentum :math:`\mu`, the quotients are added up, :math:`b_t = \mu \, b_{t-1} + g_t / (\dots)`, and :math:`b_t` is the step.

T. Tieleman and G. Hinton, *Lecture 6.5: rmsprop*, Coursera: Neural Networks for Machine Learning, 2012; centered: A. Graves,
*Generating sequences with recurrent neural networks*, 2013, arXiv:1308.0850.
"""

import math
from dataclasses import dataclass

from .._jit import R, Rplus, d, kernel
from ..optimizer import Flag, Fraction, GradientMethod, Positive, Rate


@kernel
def rmsprop(theta: R[d], grad: R[d], v: Rplus[d], a: R[d], b: R[d],
            lr: R, rho: R, eps: R, momentum: R, centered: R):
    """One step of RMSprop, in place. What is not asked for, a and b, is not touched."""
    real = theta.dtype.type
    alpha, r, c, epsilon, mu = real(lr), real(rho), real(1 - rho), real(eps), real(momentum)
    for i in range(theta.size):
        if centered > 0.0:  # v is the variance itself: as a difference, v - a * a, rounding would make it negative
            away = grad[i] - a[i]
            v[i] = r * (v[i] + c * away * away)
            a[i] = r * a[i] + c * grad[i]
        else:
            v[i] = r * v[i] + c * grad[i] * grad[i]
        step = grad[i] / (math.sqrt(v[i]) + epsilon)
        if momentum > 0.0:
            b[i] = mu * b[i] + step
            step = b[i]
        theta[i] -= alpha * step


@dataclass(frozen=True)
class RMSprop(GradientMethod, step=rmsprop):
    r"""RMSprop, root mean square propagation.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, about the size of a step; or a function of the step t = 1, 2, ... that gives it.
    rho : float in [0, 1), default 0.99
        How much of the average squared gradient v is kept in a step (``alpha`` in PyTorch; Hinton's slide has 0.9).
    eps : float in (0, inf), default 1e-8
        Keeps the division finite where v is zero. It stands outside the root, as in PyTorch; optax has it inside.
    momentum : float in [0, 1), default 0.0
        How much of the steps before is added.
    centered : bool, default False
        Divide by the standard deviation in place of the root mean square.

    References
    ----------
    T. Tieleman and G. Hinton, *Lecture 6.5: rmsprop*, Coursera: Neural Networks for Machine Learning, 2012; centered: A. Graves,
    *Generating sequences with recurrent neural networks*, 2013, arXiv:1308.0850.

    Examples
    --------
    >>> RMSprop(lr=0.001)
    RMSprop(lr=0.001, rho=0.99, eps=1e-08, momentum=0.0, centered=False)
    """

    lr: Rate = 1e-2
    rho: Fraction = 0.99
    eps: Positive = 1e-8
    momentum: Fraction = 0.0
    centered: Flag = False
