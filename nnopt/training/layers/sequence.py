r"""Sequences: a vector for each symbol, a vector for each place, and the last place alone.

.. math::

    \text{embedding} : y_t = W_{x_t} , \quad \nabla W_v = \sum_{t :\, x_t = v} dy_t , \qquad
    \text{positions} : y_t = x_t + W_t , \quad \nabla W_t = \sum_{\text{rows}} dy_t

Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, *A neural probabilistic language model*, JMLR 3 (2003), 1137-1155; positions: A. Vaswani
and others, *Attention is all you need*, NeurIPS 2017, arXiv:1706.03762.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..._checks import shown
from ..._fields import Count
from ..._jit import R, kernel, n, put
from .layer import Layer

t, p, v = "t", "p", "v"
WIDTH = 0.1  # of the first weights


class _Vectors(Layer):
    def first(self, name, shape, rng, how):
        return rng.normal(0.0, WIDTH, shape)

    def radius(self, name, shape, radius):
        return radius * WIDTH


@kernel(browser=False)
def embedding(x: R[n], W: R[v, p], y: R[n, p]):
    """y_i = W[x_i]; a symbol that is none of the vocabulary counts as the nearest."""
    for i in range(x.size):
        put(y[i], W[min(max(int(x[i]), 0), W.shape[0] - 1)])


@kernel(browser=False)
def embedding_back(x: R[n], dy: R[n, p], dW: R[v, p]):
    """dW[x_i] += dy_i."""
    zero = dW.dtype.type(0)
    for i in range(dW.shape[0]):
        for j in range(dW.shape[1]):
            dW[i, j] = zero
    for i in range(x.size):
        row = dW[min(max(int(x[i]), 0), dW.shape[0] - 1)]
        for j in range(row.size):
            row[j] += dy[i, j]


@dataclass(frozen=True)
class Embedding(_Vectors, forward=embedding, backward=embedding_back, weights="W"):
    """A vector of ``size`` numbers for each of ``vocabulary`` symbols, which are given as integers; a network's first layer.

    Parameters
    ----------
    vocabulary : int in [1, inf)
        Symbols are 0 to vocabulary - 1.
    size : int in [1, inf)
    """

    vocabulary: Count
    size: Count

    def shape(self, shape):
        return dict(n=math.prod(shape), v=self.vocabulary, p=self.size), (*shape, self.size)

    def check_data(self, X):
        """Raise a ValueError where data are no symbols."""
        wrong = X[~((X >= 0) & (self.vocabulary > X) & (np.floor(X) == X))]
        if wrong.size:
            raise ValueError(f"Embedding needs symbols, integers from 0 to {self.vocabulary - 1}, not {shown(wrong.flat[0].item())}")


@kernel
def positions(W: R[t, p], y: R[n, t, p]):
    """y_t += W_t, in place."""
    for i in range(y.shape[0]):
        for place in range(W.shape[0]):
            for j in range(W.shape[1]):
                y[i, place, j] += W[place, j]


@kernel
def positions_back(dW: R[t, p], dy: R[n, t, p]):
    """dW_t = the sum of dy_t over the rows."""
    for place in range(dW.shape[0]):
        put(dW[place], dy[0, place])
    for i in range(1, dy.shape[0]):
        for place in range(dW.shape[0]):
            for j in range(dW.shape[1]):
                dW[place, j] += dy[i, place, j]


@dataclass(frozen=True)
class Positions(_Vectors, forward=positions, backward=positions_back, weights="W"):
    """A vector for each place of a sequence, learnt and added."""

    def shape(self, shape):
        if len(shape) != 2:
            raise ValueError("needs sequences of the shape (places, features)")
        return dict(t=shape[0], p=shape[1]), shape


@kernel(browser=False)
def last(x: R[n, t, p], y: R[n, p]):
    """y = x at the last place."""
    for i in range(y.shape[0]):
        put(y[i], x[i, x.shape[1] - 1])


@kernel(browser=False)
def last_back(dx: R[n, t, p], dy: R[n, p]):
    """dx = dy at the last place, else 0."""
    zero = dx.dtype.type(0)
    for i in range(dx.shape[0]):
        for place in range(dx.shape[1]):
            for j in range(dx.shape[2]):
                dx[i, place, j] = zero
        put(dx[i, dx.shape[1] - 1], dy[i])


@dataclass(frozen=True)
class Last(Layer, forward=last, backward=last_back):
    """The last place of a sequence."""

    def shape(self, shape):
        if len(shape) != 2:
            raise ValueError("needs sequences of the shape (places, features)")
        return dict(t=shape[0], p=shape[1]), shape[1:]
