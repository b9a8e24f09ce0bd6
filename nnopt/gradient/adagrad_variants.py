r"""Kin of AdaGrad: AdaDelta, which forgets, and measures its steps in the parameters' own units (M. D. Zeiler 2012)."""

import math
from dataclasses import dataclass

from .._jit import R, Rplus, d, kernel
from ..optimizer import Fraction, GradientMethod, Positive, Rate


@kernel
def adadelta(theta: R[d], grad: R[d], v: Rplus[d], u: Rplus[d], lr: R, rho: R, eps: R):
    """One step of AdaDelta, in place: v averages the squared gradients, u the squared steps."""
    real = theta.dtype.type
    alpha, r, c, epsilon = real(lr), real(rho), real(1 - rho), real(eps)
    for i in range(theta.size):
        v[i] = r * v[i] + c * grad[i] * grad[i]
        step = math.sqrt(u[i] + epsilon) / math.sqrt(v[i] + epsilon) * grad[i]
        u[i] = r * u[i] + c * step * step
        theta[i] -= alpha * step


@dataclass(frozen=True)
class AdaDelta(GradientMethod, step=adadelta):
    r"""AdaDelta: the length of a step comes from the steps before it.

    .. math::

        v_t &= \rho \, v_{t-1} + (1 - \rho) \, g_t^2 \\
        \Delta_t &= \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}} \, g_t , \qquad
        u_t = \rho \, u_{t-1} + (1 - \rho) \, \Delta_t^2 \\
        \theta_t &= \theta_{t-1} - \alpha \, \Delta_t

    Parameters
    ----------
    lr : float in (0, inf), default 1.0
        A factor :math:`\alpha`, which Zeiler's method does not have (it is 1); or a function of the step.
    rho : float in [0, 1), default 0.9
        How much of both averages is kept in a step.
    eps : float in (0, inf), default 1e-6
        Begins the first step, and stands inside the roots: unlike elsewhere in this book it sets the pace.

    References
    ----------
    M. D. Zeiler, *ADADELTA: an adaptive learning rate method*, 2012, arXiv:1212.5701.
    """

    lr: Rate = 1.0
    rho: Fraction = 0.9
    eps: Positive = 1e-6
