r"""The dense layer: every output a weighted sum of all inputs, plus a bias.

.. math::

    Y &= X W + b \\
    \nabla W &= X^\top dY , \qquad \nabla b = \textstyle\sum_i dY_i , \qquad dX = dY \, W^\top

A ReLU behind it is computed in the same passes: max(0, y) while y is in the cache, and its derivative while dY is summed.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986,
doi:10.1038/323533a0.
"""

import math
from dataclasses import dataclass

from ..._fields import Count, NonNegative
from ..._jit import N, R, kernel, n, variant
from ..products import product, product_plain, product_tn, product_tn_plain
from .activations import ReLU
from .layer import Layer

p, q = "p", "q"


@kernel
def add_bias(y: R[n, q], b: R[q]):
    """y + b, row by row, in place."""
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] += b[j]


@kernel
def column_sums(dy: R[n, q], db: R[q]):
    """db_j = sum_i dy_ij."""
    for j in range(db.size):
        db[j] = dy[0, j]
    for i in range(1, dy.shape[0]):
        for j in range(db.size):
            db[j] += dy[i, j]


@kernel
def transpose(W: R[p, q], T: R[q, p]):
    """T = W'."""
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            T[j, i] = W[i, j]


@kernel(reorder=True)
def penalty(W: R[p, q], l1: R, l2: R) -> R:
    """l1 times the sum of |w|, and l2 / 2 times that of w^2."""
    total = 0.0
    if l1 > 0.0 or l2 > 0.0:
        for i in range(W.shape[0]):
            for j in range(W.shape[1]):
                w = W[i, j]
                total += l1 * abs(w) + 0.5 * l2 * w * w
    return total


@kernel
def add_penalty(W: R[p, q], dW: R[p, q], l1: R, l2: R):
    """The gradient of the penalty, added; where a weight is zero, that of |w| counts as zero."""
    if l1 > 0.0 or l2 > 0.0:
        one, two, zero = W.dtype.type(l1), W.dtype.type(l2), W.dtype.type(0)
        for i in range(W.shape[0]):
            for j in range(W.shape[1]):
                w = W[i, j]
                dW[i, j] += two * w + (one if w > zero else -one if w < zero else zero)


@kernel(browser=False)
def dense(x: R[n, p], W: R[p, q], b: R[q], y: R[n, q], l1: R, l2: R) -> R:
    """y = x W + b; returns the penalty."""
    product(x, W, y)
    add_bias(y, b)
    return penalty(W, l1, l2)


@kernel(browser=False)
def dense_back(
    x: R[n, p], W: R[p, q], dy: R[n, q], dW: R[p, q], db: R[q], dx: R[n, p], T: R[q, p], below: N, l1: R, l2: R
):  # fmt: skip
    """dW = x' dy, db = the sums of dy's columns, dx = dy W'."""
    product_tn(x, dy, dW)
    add_penalty(W, dW, l1, l2)
    column_sums(dy, db)
    if below:
        transpose(W, T)  # a product with a transposed matrix costs more than transposing it
        product(dy, T, dx)


dense_plain = variant(dense, "dense_plain", product=product_plain)  # for the browser, which has no BLAS
dense_back_plain = variant(dense_back, "dense_back_plain", product=product_plain, product_tn=product_tn_plain)


@dataclass(frozen=True)
class Dense(Layer, forward=dense, backward=dense_back, weights="W b"):
    """A weighted sum of all inputs for each of ``units`` outputs; of a sequence, at each place; a picture is taken as one row of numbers.

    Parameters
    ----------
    units : int in [1, inf)
    l1, l2 : float in [0, inf), default 0.0
        A penalty on the weights, not on the biases: ``l1`` times the sum of their absolute values, ``l2`` / 2 times that of their squares.
    """

    units: Count
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0

    def shape(self, shape):
        shape = (math.prod(shape),) if len(shape) == 3 else shape
        *places, inputs = shape
        return dict(n=math.prod(places), p=inputs, q=self.units), (*places, self.units)

    def fused(self, after):
        """The layer that does the work of this one and of the one behind it, or None."""
        return _DenseReLU(self.units, self.l1, self.l2) if type(after) is ReLU else None


# ------------------------------------------------------------------------------------ with ReLU
@kernel
def add_bias_relu(y: R[n, q], b: R[q]):
    """max(0, y + b), row by row, in place."""
    zero = y.dtype.type(0)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = max(y[i, j] + b[j], zero)


@kernel
def relu_and_sums(dy: R[n, q], y: R[n, q], db: R[q]):
    """dy times [y > 0], in place, and the sums of its columns."""
    zero = dy.dtype.type(0)
    for j in range(db.size):
        db[j] = zero
    for i in range(dy.shape[0]):
        for j in range(db.size):
            dy[i, j] = dy[i, j] if y[i, j] > zero else zero
            db[j] += dy[i, j]


@kernel(browser=False)
def dense_relu(x: R[n, p], W: R[p, q], b: R[q], y: R[n, q], l1: R, l2: R) -> R:
    """y = max(0, x W + b); returns the penalty."""
    product(x, W, y)
    add_bias_relu(y, b)
    return penalty(W, l1, l2)


@kernel(browser=False)
def dense_relu_back(
    x: R[n, p], W: R[p, q], y: R[n, q], dy: R[n, q], dW: R[p, q], db: R[q], dx: R[n, p], T: R[q, p], below: N, l1: R, l2: R
):  # fmt: skip
    """The same as the layer and ReLU one after the other."""
    relu_and_sums(dy, y, db)
    product_tn(x, dy, dW)
    add_penalty(W, dW, l1, l2)
    if below:
        transpose(W, T)
        product(dy, T, dx)


@dataclass(frozen=True)
class _DenseReLU(Dense, forward=dense_relu, backward=dense_relu_back, weights="W b"):
    def fused(self, after):
        return None
