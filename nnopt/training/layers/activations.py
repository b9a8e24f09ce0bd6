r"""Activation functions, entry by entry; in place, where the derivative can be read off the value.

.. math::

    \text{ReLU} &= \max(0, x) , \qquad \text{LeakyReLU} = \max(0, x) + s \min(0, x) , \\
    \tanh x &, \qquad \sigma(x) = \frac{1}{1 + e^{-x}} = \frac{1 + \tanh(x/2)}{2} , \qquad
    \text{GELU} = \tfrac{x}{2} \bigl( 1 + \tanh \sqrt{2/\pi} \, (x + 0.044715 \, x^3) \bigr)

V. Nair and G. E. Hinton, *Rectified linear units improve restricted Boltzmann machines*, ICML 2010; A. L. Maas, A. Y. Hannun and A. Y. Ng,
*Rectifier nonlinearities improve neural network acoustic models*, ICML 2013; D. Hendrycks and K. Gimpel, *Gaussian error linear units*,
2016, arXiv:1606.08415.
"""

import math
from dataclasses import dataclass

from ..._fields import Fraction
from ..._jit import R, k, kernel, n
from .layer import Layer

p = "p"


class _Activation(Layer):
    def shape(self, shape):
        return dict(n=math.prod(shape)), shape


# ------------------------------------------------------------------------------------ ReLU and its leaky kin
@kernel
def relu(y: R[n]):
    """max(0, y), in place."""
    zero = y.dtype.type(0)
    for i in range(y.size):
        y[i] = max(y[i], zero)


@kernel
def relu_back(y: R[n], dy: R[n]):
    """dy times [y > 0], in place."""
    zero = dy.dtype.type(0)
    for i in range(dy.size):
        dy[i] = dy[i] if y[i] > zero else zero


@dataclass(frozen=True)
class ReLU(_Activation, forward=relu, backward=relu_back):
    """max(0, x)."""


@kernel
def leaky_relu(y: R[n], slope: R):
    """y, or slope times y where it is below zero, in place."""
    zero, share = y.dtype.type(0), y.dtype.type(slope)
    for i in range(y.size):
        y[i] = y[i] if y[i] > zero else share * y[i]


@kernel
def leaky_relu_back(y: R[n], dy: R[n], slope: R):
    """dy, or slope times dy where y is not above zero, in place."""
    zero, share = y.dtype.type(0), y.dtype.type(slope)
    for i in range(y.size):
        dy[i] = dy[i] if y[i] > zero else share * dy[i]


@dataclass(frozen=True)
class LeakyReLU(_Activation, forward=leaky_relu, backward=leaky_relu_back):
    """x where it is above zero, else ``slope`` times x.

    Parameters
    ----------
    slope : float in [0, 1), default 0.01
    """

    slope: Fraction = 0.01


# ------------------------------------------------------------------------------------ what saturates
@kernel
def expm1_negative(z: R[k]):
    """exp(z) - 1 for entries z <= 0, in place, to the last digits of 1; by products and sums alone, so that it vectorizes.

    The series of exp(x) - 1 at x = z / 256, doubled eight times: exp(2x) - 1 = e (2 + e) if e = exp(x) - 1.
    """
    real = z.dtype.type
    one, two, lowest, part = real(1), real(2), real(-40), real(1 / 256)
    c2, c3, c4, c5, c6, c7 = real(1 / 2), real(1 / 3), real(1 / 4), real(1 / 5), real(1 / 6), real(1 / 7)
    for i in range(z.size):
        x = part * max(z[i], lowest)
        e = x * (one + c2 * x * (one + c3 * x * (one + c4 * x * (one + c5 * x * (one + c6 * x * (one + c7 * x))))))
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        z[i] = e * (two + e)


@kernel
def tanh(y: R[n], scratch: R[n]):
    """tanh y, in place: with e = exp(-2|y|) - 1 it is -e / (2 + e) times the sign of y."""
    two = y.dtype.type(2)
    for i in range(y.size):
        scratch[i] = -two * abs(y[i])
    expm1_negative(scratch)
    for i in range(y.size):
        y[i] = math.copysign(-scratch[i] / (two + scratch[i]), y[i])


@kernel
def tanh_back(y: R[n], dy: R[n]):
    """dy times 1 - y^2, in place."""
    one = dy.dtype.type(1)
    for i in range(dy.size):
        dy[i] *= one - y[i] * y[i]


@dataclass(frozen=True)
class Tanh(_Activation, forward=tanh, backward=tanh_back):
    """The hyperbolic tangent."""

    starts = "xavier"


@kernel
def sigmoid(y: R[n], scratch: R[n]):
    """1 / (1 + exp(-y)), in place, without overflow."""
    half = y.dtype.type(0.5)
    for i in range(y.size):
        y[i] *= half
    tanh(y, scratch)
    for i in range(y.size):
        y[i] = half + half * y[i]


@kernel
def sigmoid_back(y: R[n], dy: R[n]):
    """dy times y (1 - y), in place."""
    one = y.dtype.type(1)
    for i in range(y.size):
        dy[i] *= y[i] * (one - y[i])


@dataclass(frozen=True)
class Sigmoid(_Activation, forward=sigmoid, backward=sigmoid_back):
    """The logistic function."""

    starts = "xavier"


# ------------------------------------------------------------------------------------ GELU, whose derivative its value does not tell
@kernel
def gelu(x: R[n, p], y: R[n, p], u: R[n, p], scratch: R[p]):
    """y = x (1 + u) / 2 with u = tanh(s (x + 0.044715 x^3)), s = sqrt(2 / pi); row by row, so that it stays in the cache."""
    real = x.dtype.type
    s, cubic, half, one = real(math.sqrt(2 / math.pi)), real(0.044715), real(0.5), real(1)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            u[i, j] = s * x[i, j] * (one + cubic * x[i, j] * x[i, j])
        tanh(u[i], scratch)
        for j in range(x.shape[1]):
            y[i, j] = half * x[i, j] * (one + u[i, j])


@kernel
def gelu_back(x: R[n, p], u: R[n, p], dy: R[n, p], dx: R[n, p]):
    """dx = dy ((1 + u) / 2 + x (1 - u^2) s (1 + 3 * 0.044715 x^2) / 2)."""
    real = x.dtype.type
    s, cubic, half, one = real(math.sqrt(2 / math.pi)), real(3 * 0.044715), real(0.5), real(1)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            slope = s * (one + cubic * x[i, j] * x[i, j])
            dx[i, j] = dy[i, j] * half * (one + u[i, j] + x[i, j] * (one - u[i, j] * u[i, j]) * slope)


@dataclass(frozen=True)
class GELU(Layer, forward=gelu, backward=gelu_back):
    """The Gaussian error linear unit, in its tanh form."""

    def shape(self, shape):
        *places, size = shape
        return dict(n=math.prod(places), p=size), shape
