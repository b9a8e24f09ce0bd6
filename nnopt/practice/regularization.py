r"""Regularization that acts after a step: L1 by its proximal step, and a largest norm for the weights into a neuron.

With :math:`\tilde\theta` the point to which a step of rate :math:`\alpha` has led, and :math:`w_j` the weights into neuron j,

.. math::

    \text{L1:}\quad \theta_i &= \operatorname{sign}(\tilde\theta_i) \, \max(|\tilde\theta_i| - \alpha \lambda, \, 0) \\
    \text{max-norm:}\quad w_j &= \tilde w_j \, \min\bigl(1, \, c \, / \, |\tilde w_j|\bigr)

The first is :math:`\arg\min_\theta \alpha \lambda |\theta|_1 + \frac12 |\theta - \tilde\theta|^2`, the proximal step, which sets small weights to zero exactly;
the gradient of an L1 penalty, as ``Dense(64, l1=...)`` has it, only brings them near. The second is the projection onto a ball.

What else regularizes is a field elsewhere: L2 decoupled in ``AdamW``, and coupled in ``Decay`` and ``Dense(64, l2=...)``; ``Dropout``; ``label_smoothing`` and
``early_stopping`` of the estimators.

N. Parikh and S. Boyd, *Proximal algorithms*, Foundations and Trends in Optimization 1, 2014, doi:10.1561/2400000003; max-norm:
N. Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*, JMLR 15, 2014.
"""

import math
from dataclasses import dataclass

from .._jit import N, R, Rplus, d, kernel
from ..optimizer import NonNegative, Part, Positive


@kernel
def soft_threshold(theta: R[d], free: N[d], lr: R, weight: R):
    """Every parameter that is not free moves towards zero by lr times weight, and stays there."""
    zero, cut = theta.dtype.type(0), theta.dtype.type(lr * weight)
    for i in range(theta.size):
        size = max(abs(theta[i]) - cut, zero)
        shrunk = size if theta[i] > zero else -size
        theta[i] = shrunk if free[i] == 0 else theta[i]


@dataclass(frozen=True)
class L1(Part, kernel=soft_threshold):
    r"""An L1 penalty by its proximal step: ``Adam(after=(L1(0.1),))``. Losses are reported without it.

    Of a network the weights are penalized, not the biases; of another problem all parameters. The step shrinks by the learning rate times
    the weight, whatever a method divides its gradient by: as weight decay in AdamW, the penalty is *decoupled*.

    Parameters
    ----------
    weight : float in [0, inf), default 0.01
        The penalty is weight times the sum of the absolute values; or a function of the step.

    References
    ----------
    N. Parikh and S. Boyd, *Proximal algorithms*, Foundations and Trends in Optimization 1, 2014, doi:10.1561/2400000003.

    Examples
    --------
    >>> from nnopt import GD, L1
    >>> method = GD(lr=1.0, after=(L1(0.5),))
    >>> state = method.init([2.0, -0.25, -3.0])
    >>> method.step(state, [0.0, 0.0, 0.0]).theta
    array([ 1.5, -0. , -2.5])
    """

    weight: NonNegative = 0.01


@kernel(browser=False)
def max_norm(theta: R[d], neuron: N[d], squares: Rplus[d], limit: R):
    """Weights into one neuron, those of one number in ``neuron``, are shortened to the length ``limit``; numbers below 0 are left."""
    for i in range(theta.size):
        squares[i] = 0.0
    for i in range(theta.size):
        if neuron[i] >= 0:
            squares[neuron[i]] += theta[i] * theta[i]
    for i in range(theta.size):
        if neuron[i] >= 0 and squares[neuron[i]] > limit * limit:
            theta[i] *= theta.dtype.type(limit / math.sqrt(squares[neuron[i]]))


@dataclass(frozen=True)
class MaxNorm(Part, kernel=max_norm):
    """The weights into a neuron are at most so long: ``Adam(after=(MaxNorm(3.0),))``.

    Of a network the weights into each neuron are shortened, not the biases; of another problem the whole vector.

    Parameters
    ----------
    limit : float in (0, inf), default 3.0
        The largest Euclidean length.

    References
    ----------
    N. Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*, JMLR 15 (2014), 1929-1958, Section 5.1.

    Examples
    --------
    >>> from nnopt import GD, MaxNorm
    >>> method = GD(after=(MaxNorm(1.0),))
    >>> method.step(method.init([3.0, 4.0]), [0.0, 0.0]).theta
    array([0.6, 0.8])
    """

    limit: Positive = 3.0
