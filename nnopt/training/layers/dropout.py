r"""Dropout: while training, every entry is set to zero with probability ``rate``, and the others grow by 1 / (1 - rate).

N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, *Dropout: a simple way to prevent neural networks from
overfitting*, JMLR 15 (2014), 1929-1958.
"""

import math
from dataclasses import dataclass

from ..._fields import FixedFraction
from ..._jit import N, R, Random, kernel, n
from ...random import fill
from .layer import Layer


@kernel
def dropout(y: R[n], mask: R[n], rate: R, rng: Random, training: N):
    """y times mask, in place; the mask holds 0 and 1 / (1 - rate)."""
    real = y.dtype.type
    zero, one, share, limit = real(0), real(1), real(1 / (1 - rate)), real(rate)
    if training and rate > 0.0:
        fill(mask, rng)
        for i in range(y.size):
            mask[i] = share if mask[i] >= limit else zero
            y[i] *= mask[i]
    else:
        for i in range(y.size):
            mask[i] = one


@kernel
def dropout_back(mask: R[n], dy: R[n]):
    """dy times mask, in place."""
    for i in range(dy.size):
        dy[i] *= mask[i]


@dataclass(frozen=True)
class Dropout(Layer, forward=dropout, backward=dropout_back):
    """While training, entries are forgotten at random.

    Parameters
    ----------
    rate : float in [0, 1), default 0.5
        The probability that an entry is set to zero.
    """

    rate: FixedFraction = 0.5

    def shape(self, shape):
        return dict(n=math.prod(shape)), shape
