r"""Momentum: a step along the running average of the gradients.

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`v_0 = 0`, step :math:`t = 1, 2, \dots` is

.. math::

    v_t &= \beta \, v_{t-1} + (1 - \beta) \, g_t \\
    \theta_t &= \theta_{t-1} - \alpha \, v_t

What changes its sign from step to step averages out; what points the same way stays. The heavy ball and Nesterov's method,
in ``momentum_variants.py``, add the gradients up in place of averaging them.

B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Computational Mathematics and Mathematical
Physics 4 (1964), 1-17, doi:10.1016/0041-5553(64)90137-5.
"""

from dataclasses import dataclass

from .._jit import R, d, kernel
from ..optimizer import Fraction, GradientMethod, Rate


@kernel
def momentum(theta: R[d], grad: R[d], v: R[d], lr: R, beta: R):
    """One step of momentum, in place."""
    real = theta.dtype.type  # theta's precision: every number is rounded to it once
    alpha, b, c = real(lr), real(beta), real(1 - beta)
    for i in range(theta.size):
        v[i] = b * v[i] + c * grad[i]
        theta[i] -= alpha * v[i]


@dataclass(frozen=True)
class Momentum(GradientMethod, step=momentum):
    r"""Momentum, in the survey's form: v is an average.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step t = 1, 2, ... that gives it.
    beta : float in [0, 1), default 0.9
        How much of the average v is kept in a step; or a function of the step.

    Notes
    -----
    :class:`HeavyBall` with the learning rate ``(1 - beta) * lr`` walks the same path, and so does ``torch.optim.SGD`` with
    ``momentum=beta``; its ``dampening=beta`` differs in the first step, which it does not dampen.

    References
    ----------
    B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Computational Mathematics and
    Mathematical Physics 4 (1964), 1-17, doi:10.1016/0041-5553(64)90137-5.

    Examples
    --------
    >>> Momentum(lr=0.1)
    Momentum(lr=0.1, beta=0.9)
    """

    lr: Rate = 1e-2
    beta: Fraction = 0.9
