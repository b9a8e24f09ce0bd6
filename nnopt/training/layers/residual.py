r"""Residual blocks, :math:`y = x + f(x)`, as two layers around f: a fork, where x goes two ways, and a join, where they meet.

Forward the fork does nothing and the join adds; backward the join copies and the fork adds.

K. He, X. Zhang, S. Ren and J. Sun, *Deep residual learning for image recognition*, CVPR 2016, arXiv:1512.03385.
"""

import math
from dataclasses import dataclass

from ..._jit import R, kernel, n, put
from .layer import Layer


@kernel
def nothing():
    """Nothing."""


@kernel
def copy(x: R[n], y: R[n]):
    """y = x."""
    put(y, x)


@kernel
def copy_back(dx: R[n], dy: R[n]):
    """dx = dy."""
    put(dx, dy)


@kernel
def join(x: R[n], other: R[n], y: R[n]):
    """y = x + other."""
    for i in range(y.size):
        y[i] = x[i] + other[i]


@kernel
def fork_back(dy: R[n], dx: R[n], other: R[n]):
    """dx = dy + other."""
    for i in range(dx.size):
        dx[i] = dy[i] + other[i]


class _End(Layer):
    def shape(self, shape):
        return dict(n=math.prod(shape)), shape


@dataclass(frozen=True)
class _Fork(_End, forward=nothing, backward=fork_back):
    pass


@dataclass(frozen=True)
class _Join(_End, forward=join, backward=copy_back):
    pass


@dataclass(frozen=True)
class _Copy(_End, forward=copy, backward=copy_back):
    """What the planner puts before a layer that works in place on what is still needed."""


class Residual(Layer):
    """y = x + f(x), where f is given by its layers: ``Residual(Dense(64), ReLU(), Dense(64))``."""

    def __init__(self, *layers):
        self.layers = layers

    def __eq__(self, other):
        return isinstance(other, Residual) and self.layers == other.layers

    def __hash__(self):
        return hash(self.layers)

    def __repr__(self):
        return f"Residual({', '.join(map(repr, self.layers))})"
