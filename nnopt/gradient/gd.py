r"""Gradient descent: a step straight downhill.

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, step :math:`t = 1, 2, \dots` is

.. math:: \theta_t = \theta_{t-1} - \alpha \, g_t

A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, Comptes rendus 25 (1847), 536-538.
"""

from dataclasses import dataclass

from .._jit import R, d, kernel
from ..optimizer import GradientMethod, Rate


@kernel
def gd(theta: R[d], grad: R[d], lr: R):
    """One step of gradient descent, in place."""
    alpha = theta.dtype.type(lr)  # the precision of theta
    for i in range(theta.size):
        theta[i] -= alpha * grad[i]


@dataclass(frozen=True)
class GD(GradientMethod, step=gd):
    r"""Gradient descent.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step t = 1, 2, ... that gives it.

    References
    ----------
    A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, Comptes rendus 25 (1847), 536-538.

    Examples
    --------
    >>> GD(lr=0.1)
    GD(lr=0.1)
    """

    lr: Rate = 1e-2

    def batch(self, rows):
        """All rows in every step."""
        return rows
