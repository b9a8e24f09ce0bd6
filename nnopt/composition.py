"""What any gradient method can be composed with: kernels before or after its step, each a small class of its own."""

import math
from dataclasses import dataclass

from ._jit import R, d, kernel
from .optimizer import NonNegative, Part, Positive


@kernel
def clip(grad: R[d], limit: R):
    """The gradient, shortened to a length of at most limit."""
    square = 0.0
    for i in range(grad.size):
        square += grad[i] * grad[i]
    length = math.sqrt(square)
    if length > limit:
        share = grad.dtype.type(limit / length)
        for i in range(grad.size):
            grad[i] *= share


@dataclass(frozen=True)
class Clip(Part, kernel=clip):
    """Gradient clipping: ``Adam(before=(Clip(1.0),))``.

    Parameters
    ----------
    limit : float in (0, inf), default 1.0
        The largest Euclidean length of a gradient; or a function of the step.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013, arXiv:1211.5063.
    """

    limit: Positive = 1.0


@kernel
def decay(theta: R[d], grad: R[d], weight: R):
    """The gradient of weight / 2 times the square of theta is added."""
    share = theta.dtype.type(weight)
    for i in range(theta.size):
        grad[i] += share * theta[i]


@dataclass(frozen=True)
class Decay(Part, kernel=decay):
    """An L2 penalty, by its gradient: ``GD(before=(Decay(0.01),))``. Losses are reported without it.

    Parameters
    ----------
    weight : float in [0, inf), default 0.01
        The penalty is weight / 2 times the square of theta's length.

    References
    ----------
    A. Krogh and J. A. Hertz, *A simple weight decay can improve generalization*, NIPS 1991.
    """

    weight: NonNegative = 0.01
