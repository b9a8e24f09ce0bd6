r"""Kin of momentum: the heavy ball and Nesterov's accelerated gradient, which add up the gradients of the past.

Polyak's ball and Nesterov's look-ahead in the form in which networks are trained (I. Sutskever et al. 2013).
"""

from dataclasses import dataclass

from .._jit import R, d, kernel
from ..optimizer import Fraction, GradientMethod, Rate


@kernel
def heavy_ball(theta: R[d], grad: R[d], v: R[d], lr: R, beta: R):
    """One step of the heavy ball, in place."""
    real = theta.dtype.type
    alpha, b = real(lr), real(beta)
    for i in range(theta.size):
        v[i] = b * v[i] + grad[i]
        theta[i] -= alpha * v[i]


@kernel
def nesterov(theta: R[d], grad: R[d], v: R[d], lr: R, beta: R):
    """One step of Nesterov's method, in place: theta is the point ahead, where the gradient is asked for."""
    real = theta.dtype.type
    alpha, b = real(lr), real(beta)
    for i in range(theta.size):
        v[i] = b * v[i] + grad[i]
        theta[i] -= alpha * (grad[i] + b * v[i])


@dataclass(frozen=True)
class HeavyBall(GradientMethod, step=heavy_ball):
    r"""The heavy ball, momentum as ``torch.optim.SGD(momentum=beta)`` has it:

    .. math:: v_t = \beta \, v_{t-1} + g_t , \qquad \theta_t = \theta_{t-1} - \alpha \, v_t

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step; a constant gradient is followed at the rate
        :math:`\alpha / (1 - \beta)`.
    beta : float in [0, 1), default 0.9
        How much of the velocity v is kept in a step.

    References
    ----------
    B. T. Polyak 1964, doi:10.1016/0041-5553(64)90137-5.
    """

    lr: Rate = 1e-2
    beta: Fraction = 0.9


@dataclass(frozen=True)
class Nesterov(GradientMethod, step=nesterov):
    r"""Nesterov's accelerated gradient, with the gradient taken where the velocity will have led.

    .. math:: v_t = \beta \, v_{t-1} + g_t , \qquad \theta_t = \theta_{t-1} - \alpha \, (g_t + \beta \, v_t)

    That is Nesterov's :math:`y_t = x_t + \beta (x_t - x_{t-1})`, :math:`x_{t+1} = y_t - \alpha \nabla f(y_t)`, written in
    :math:`\theta = y`, as ``torch.optim.SGD(momentum=beta, nesterov=True)`` has it.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step.
    beta : float in [0, 1), default 0.9
        How much of the velocity v is kept in a step.

    References
    ----------
    Y. Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k^2)*, Doklady Akademii Nauk
    SSSR 269 (1983), 543-547; I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum
    in deep learning*, ICML 2013.
    """

    lr: Rate = 1e-2
    beta: Fraction = 0.9
