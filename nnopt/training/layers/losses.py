r"""Losses, as a network's last layer: each with its gradient at the network's outputs.

For outputs :math:`x` (n rows, C columns), targets :math:`t` and weights of rows :math:`w`, by default 1:

.. math::

    \text{cross-entropy} &= \frac1n \sum_i w_i \sum_j - t_{ij} \log P_{ij} , \quad P_i = \operatorname{softmax}(x_i) , &
    dx &= \frac{w_i}{n} (P - t) \\
    \text{binary cross-entropy} &= \frac{1}{nC} \sum_{ij} w_i \bigl( \log(1 + e^{x_{ij}}) - t_{ij} x_{ij} \bigr) , &
    dx &= \frac{w_i}{nC} (\sigma(x) - t) \\
    \text{squared error} &= \frac{1}{nC} \sum_{ij} w_i \, (x_{ij} - t_{ij})^2 , & dx &= \frac{2 w_i}{nC} (x - t) \\
    \text{Huber} &= \frac{1}{nC} \sum_{ij} w_i \, h(x_{ij} - t_{ij}) , & dx &= \frac{w_i}{nC} \operatorname{clip}(x - t, \pm\delta)

with :math:`h(e) = e^2/2` up to :math:`|e| = \delta` and :math:`\delta (|e| - \delta/2)` beyond. Classes are given by number, 0, 1, ...,
or as probabilities. A target that is NaN is skipped, where numbers are predicted; the sum is still divided by all entries, so that
batches add up to the whole.

J. S. Bridle, *Probabilistic interpretation of feedforward classification network outputs*, Neurocomputing, 1990,
doi:10.1007/978-3-642-76153-9_28; P. J. Huber, *Robust estimation of a location parameter*, Annals of Mathematical Statistics 35 (1964),
73-101, doi:10.1214/aoms/1177703732.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..._checks import numbers, shown
from ..._fields import FixedFraction, Positive
from ..._jit import R, kernel, n
from .activations import expm1_negative
from .layer import Layer

c, p, t = "c", "p", "t"


class _Loss(Layer):
    """What losses share: targets, of one row of data or of each place in it, and behind them the row's weight."""

    def places(self, shape):
        """How many times a row of data has targets, and how many numbers those are, the weight included."""
        return 1, math.prod(shape) + 1

    def shape(self, shape):
        return dict(p=math.prod(shape), t=self.places(shape)[1]), shape

    def targets(self, Y, weights, shape, dtype):
        """Targets and weights in one array, (rows, places times columns), or one sentence."""
        places, columns = self.places(shape)
        Y = self.checked(Y, shape, dtype).reshape(-1, columns - 1)
        return np.column_stack([Y, np.repeat(weights, places)]).astype(dtype).reshape(len(weights), -1)

    def checked(self, Y, shape, dtype):
        """The targets as numbers, a row for each row of data."""
        Y = numbers("Y", Y, dtype, finite=False)
        if Y.ndim == 0 or Y.size != len(Y) * math.prod(shape):
            raise ValueError(f"{type(self).__name__} needs targets of the shape (rows, {', '.join(map(str, shape))}), not {Y.shape}")
        return Y


# ------------------------------------------------------------------------------------ classes
@kernel(browser=False, reorder=True)
def cross_entropy(x: R[n, c], other: R[n, t], y: R[n, c]) -> R:
    """The mean of w (log of the sum of exp(x) - x at the target); y becomes softmax(x). Two columns: a class's number, and the weight."""
    one, zero, loss = x.dtype.type(1), x.dtype.type(0), 0.0
    last = other.shape[1] - 1
    for i in range(x.shape[0]):  # the largest of a row becomes 0: same softmax, no overflow
        top = x[i, 0]
        for j in range(1, x.shape[1]):
            top = max(top, x[i, j])
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] - top
        if last == 1:
            loss -= other[i, last] * y[i, int(other[i, 0])]
        else:
            for j in range(x.shape[1]):
                loss -= other[i, last] * other[i, j] * y[i, j]
    expm1_negative(y.reshape(y.size))
    for i in range(x.shape[0]):
        total = zero
        for j in range(x.shape[1]):
            y[i, j] += one
            total += y[i, j]
        share = one / total
        for j in range(x.shape[1]):
            y[i, j] *= share
        loss += other[i, last] * math.log(total)
    return loss / x.shape[0]


@kernel(browser=False)
def cross_entropy_back(y: R[n, c], other: R[n, t], dx: R[n, c]):
    """dx = w (P - t) / n."""
    last, share = other.shape[1] - 1, y.dtype.type(1.0 / y.shape[0])
    for i in range(y.shape[0]):
        scale = share * other[i, last]
        for j in range(y.shape[1]):
            dx[i, j] = scale * y[i, j]
        if last == 1:
            dx[i, int(other[i, 0])] -= scale
        else:
            for j in range(y.shape[1]):
                dx[i, j] -= scale * other[i, j]


@dataclass(frozen=True)
class CrossEntropy(_Loss, forward=cross_entropy, backward=cross_entropy_back):
    """For one class of several: targets are the classes' numbers, shape (rows,), or their probabilities, shape (rows, classes).

    Parameters
    ----------
    label_smoothing : float in [0, 1), default 0.0
        A share s of every target is spread evenly over all C classes: (1 - s) t + s / C takes the place of t.

    References
    ----------
    C. Szegedy et al., *Rethinking the Inception architecture for computer vision*, CVPR 2016, arXiv:1512.00567, Section 7.
    """

    label_smoothing: FixedFraction = 0.0

    probable: ClassVar[bool] = False  # whether targets are probabilities

    def places(self, shape):
        return math.prod(shape[:-1]), (shape[-1] if self.probable else 1) + 1

    def shape(self, shape):
        *places, classes = shape
        if classes < 2:
            raise ValueError(f"needs at least two classes, not {classes}; for yes or no take BinaryCrossEntropy")
        return dict(n=math.prod(places), c=classes, t=self.places(shape)[1]), shape

    def checked(self, Y, shape, dtype):
        *places, classes = shape
        if self.probable:
            Y = super().checked(Y, shape, dtype)
            sums = np.where((Y >= 0).all(axis=-1), Y.sum(axis=-1), np.nan)
            if not np.allclose(sums, 1, atol=1e-3):
                row = Y[~np.isclose(sums, 1, atol=1e-3)][0]
                raise ValueError("CrossEntropy needs rows of Y that are probabilities, not below zero and with the sum one, "
                                 f"not {shown(row.tolist())}")
            return Y
        Y = numbers("Y", Y, dtype)
        if Y.ndim == 0 or Y.size != len(Y) * math.prod(places):
            raise ValueError(f"CrossEntropy needs classes of the shape ({', '.join(map(str, ['rows', *places]))}), or probabilities of the "
                             f"shape ({', '.join(map(str, ['rows', *shape]))}), not an array of the shape {Y.shape}")
        if wrong := Y[~np.isin(Y, np.arange(classes))].tolist():
            raise ValueError(f"CrossEntropy needs classes 0 to {classes - 1}, not {shown(wrong[0])}")
        return Y

    def of(self, Y, shape):
        """This loss for such targets: probabilities have the shape of the outputs."""
        if np.shape(Y)[1:] == tuple(shape):
            return _Probable(self.label_smoothing)
        return _Smoothed(self.label_smoothing) if self.label_smoothing else self


class _Probable(CrossEntropy, forward=cross_entropy, backward=cross_entropy_back):
    probable = True

    def checked(self, Y, shape, dtype):
        return self.smoothed(super().checked(Y, shape, dtype), shape)

    def smoothed(self, Y, shape):
        """Probabilities, a share of which is spread evenly."""
        return (1 - self.label_smoothing) * Y + self.label_smoothing / shape[-1] if self.label_smoothing else Y


class _Smoothed(_Probable, forward=cross_entropy, backward=cross_entropy_back):
    """Classes' numbers, made to probabilities."""

    def checked(self, Y, shape, dtype):
        Y = CrossEntropy(0.0).checked(Y, shape, dtype).reshape(len(Y), *shape[:-1])
        return self.smoothed(np.eye(shape[-1], dtype=dtype)[Y.astype(int)], shape)


@kernel(reorder=True)
def binary_cross_entropy(x: R[n, p], other: R[n, t], y: R[n, p]) -> R:
    """The mean of w (max(x, 0) - t x + log(1 + exp(-|x|))); y becomes the probabilities."""
    loss, last, one = 0.0, other.shape[1] - 1, x.dtype.type(1)
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            z = x[i, j]
            small = math.exp(-abs(z))
            total += max(z, 0.0) - other[i, j] * z + math.log1p(small)
            y[i, j] = (one if z >= 0.0 else small) / (one + small)
        loss += other[i, last] * total
    return loss / x.size


@kernel
def binary_cross_entropy_back(y: R[n, p], other: R[n, t], dx: R[n, p]):
    """dx = w (P - t) / size."""
    share, last = y.dtype.type(1.0 / y.size), other.shape[1] - 1
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            dx[i, j] = share * other[i, last] * (y[i, j] - other[i, j])


@dataclass(frozen=True)
class BinaryCrossEntropy(_Loss, forward=binary_cross_entropy, backward=binary_cross_entropy_back):
    """For yes or no, one answer or several beside each other: targets in [0, 1], shape (rows,) or (rows, answers)."""

    def checked(self, Y, shape, dtype):
        Y = super().checked(Y, shape, dtype)
        if not ((Y >= 0) & (Y <= 1)).all():
            raise ValueError(f"BinaryCrossEntropy needs targets in [0, 1], not {shown(Y[~((Y >= 0) & (Y <= 1))][0].item())}")
        return Y


# ------------------------------------------------------------------------------------ numbers
@kernel(reorder=True)
def squared_error(x: R[n, p], other: R[n, t]) -> R:
    """The mean of w (x - t)^2; where t is NaN, nothing."""
    loss, last = 0.0, other.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            error = x[i, j] - other[i, j]
            if other[i, j] == other[i, j]:
                loss += other[i, last] * error * error
    return loss / x.size


@kernel
def squared_error_back(x: R[n, p], other: R[n, t], dx: R[n, p]):
    """dx = 2 w (x - t) / size."""
    scale, zero, last = x.dtype.type(2.0 / x.size), x.dtype.type(0), other.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            slope = scale * other[i, last] * (x[i, j] - other[i, j])
            dx[i, j] = slope if other[i, j] == other[i, j] else zero


@dataclass(frozen=True)
class SquaredError(_Loss, forward=squared_error, backward=squared_error_back):
    """The mean squared error, for numbers: targets of shape (rows,) or (rows, outputs); those that are NaN are skipped."""


@kernel(reorder=True)
def huber(x: R[n, p], other: R[n, t], delta: R) -> R:
    """The mean of w h(x - t), h a parabola up to delta and straight beyond; where t is NaN, nothing."""
    loss, last = 0.0, other.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            size = abs(x[i, j] - other[i, j])
            inner = min(size, delta)
            if other[i, j] == other[i, j]:
                loss += other[i, last] * inner * (size - 0.5 * inner)
    return loss / x.size


@kernel
def huber_back(x: R[n, p], other: R[n, t], dx: R[n, p], delta: R):
    """dx = w times x - t, cut at delta on both sides, / size."""
    scale, zero, limit, last = x.dtype.type(1.0 / x.size), x.dtype.type(0), x.dtype.type(delta), other.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            error = min(max(x[i, j] - other[i, j], -limit), limit)
            dx[i, j] = scale * other[i, last] * error if other[i, j] == other[i, j] else zero


@dataclass(frozen=True)
class Huber(_Loss, forward=huber, backward=huber_back):
    """Huber's loss, for numbers with outliers: targets as of SquaredError.

    Parameters
    ----------
    delta : float in (0, inf), default 1.0
        Where the parabola goes over into a straight line.
    """

    delta: Positive = 1.0
