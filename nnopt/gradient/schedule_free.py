r"""Schedule-free gradient descent: a constant rate, and the average of where it has led in place of a rate that falls.

With :math:`z_1 = x_1` the start, and :math:`g_t` the gradient at :math:`y_t`, perhaps on some rows only, step :math:`t = 1, 2, \dots` is

.. math::

    y_t &= (1 - \beta) \, z_t + \beta \, x_t \\
    \alpha_t &= \alpha \min(1, t / T_{\text{warmup}}) \\
    z_{t+1} &= z_t - \alpha_t \, g_t \\
    c_{t+1} &= \alpha_t^2 \Big/ \sum_{i \le t} \alpha_i^2 \\
    x_{t+1} &= (1 - c_{t+1}) \, x_t + c_{t+1} \, z_{t+1}

:math:`z` is the walk, :math:`x` its average and the answer. In the code ``theta`` is :math:`y`, where gradients are taken: the kernel
begins with :math:`g_t` and ends with :math:`y_{t+1}`. For a constant rate c is 1/t.

A. Defazio, X. Yang, H. Mehta, K. Mishchenko, A. Khaled and A. Cutkosky, *The road less scheduled*, NeurIPS 2024, arXiv:2405.15682.
"""

from dataclasses import dataclass

from .._jit import R64, N, R, d, kernel, put
from ..optimizer import Count, GradientMethod, Rate, Share


@kernel
def warmed(lr: R, t: N, warmup: N) -> R:
    """The rate of step t, which rises evenly up to step ``warmup``."""
    return lr * t / warmup if t < warmup else lr


@kernel
def average(theta: R[d], z: R[d], x: R[d], total: R64[1], rate: R, beta: R):
    """z enters the average x with the weight rate**2; theta is put between the two."""
    total[0] += rate * rate
    c = rate * rate / total[0] if total[0] > 0.0 else 0.0  # a rate of zero has moved nothing
    real = theta.dtype.type
    new, old, b, a = real(c), real(1.0 - c), real(beta), real(1.0 - beta)
    for i in range(theta.size):
        x[i] = old * x[i] + new * z[i]
        theta[i] = a * z[i] + b * x[i]


@kernel
def schedule_free(theta: R[d], grad: R[d], z: R[d], x: R[d], total: R64[1], t: N,
                  lr: R, beta: R, warmup: N):
    """One step of schedule-free gradient descent, in place."""
    if t == 1:
        put(z, theta)
        put(x, theta)
    rate = warmed(lr, t, warmup)
    alpha = theta.dtype.type(rate)
    for i in range(theta.size):
        z[i] -= alpha * grad[i]
    average(theta, z, x, total, rate, beta)


@dataclass(frozen=True)
class ScheduleFree(GradientMethod, step=schedule_free, recommends="x"):
    r"""Schedule-free gradient descent, on batches schedule-free SGD.

    Parameters
    ----------
    lr : float in (0, inf), default 0.1
        The learning rate :math:`\alpha`, to be left constant; where it is a function of the step, points that were reached with a
        larger rate weigh more in the average.
    beta : float in [0, 1], default 0.9
        Where between walk and average the gradient is taken: 0 is Polyak's averaging, 1 primal averaging.
    warmup : int in [1, inf), default 1
        In how many steps the rate rises from zero; with 1 the first step has all of it.

    Notes
    -----
    ``state.theta`` is y, where the next gradient is wanted, and ``state.x`` the answer: ``recommend`` gives it, estimators are
    trained to it, and ``minimize`` on batches returns it. Where ``minimize`` sees whole values it returns the best point that was
    evaluated, as always.
    A part after the step moves y alone.

    References
    ----------
    A. Defazio et al., *The road less scheduled*, NeurIPS 2024, arXiv:2405.15682.

    Examples
    --------
    >>> ScheduleFree(lr=0.5)
    ScheduleFree(lr=0.5, beta=0.9, warmup=1)
    """

    lr: Rate = 0.1
    beta: Share = 0.9
    warmup: Count = 1
