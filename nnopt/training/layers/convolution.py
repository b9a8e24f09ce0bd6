r"""Convolution: the same small dense layer at every place of a picture.

The patches of a picture of c channels, each of size k x k and written as a column, make the matrix :math:`P` of :math:`c k^2` rows. Then,
as in a dense layer,

.. math::

    y &= W P + b \\
    \nabla W &= \textstyle\sum_i dy_i P_i^\top , \qquad \nabla b = \sum_i \sum_{\text{places}} dy_i , \qquad dP = W^\top dy

and every pixel's dx is the sum over the patches that it is in. Row (channel, i, j) of :math:`P` is the whole picture moved by i rows and
j columns. With stride 1 it is copied in one go, at the full width of the picture: at the end of each line stand places that no patch
begins at, which are computed and left out. Pictures are (channels, height, width).

Y. LeCun, B. Boser, J. S. Denker, D. Henderson, R. E. Howard, W. Hubbard and L. D. Jackel, *Backpropagation applied to handwritten zip code
recognition*, Neural Computation 1 (1989), 541-551, doi:10.1162/neco.1989.1.4.541.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from ..._fields import Count, Interval
from ..._jit import N, R, kernel, n, put
from ..initialization import he, xavier
from ..products import product, product_nt, product_tn
from .layer import Layer

c, h, w, H, W_, f, r, m, u, v = "c", "h", "w", "H", "W_", "f", "r", "m", "u", "v"


# ------------------------------------------------------------------------------------ a picture and its patches
@kernel(browser=False)
def pad(x: R[c, h, w], wide: R[c, H, W_], padding: N):
    """wide = x with a frame of zeros."""
    zero = x.dtype.type(0)
    for channel in range(wide.shape[0]):
        for i in range(wide.shape[1]):
            for j in range(wide.shape[2]):
                wide[channel, i, j] = zero
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                wide[channel, i + padding, j + padding] = x[channel, i, j]


@kernel(browser=False)
def patches(wide: R[c, H, W_], P: R[r, m], size: N, runs: N, length: N, stride: N):
    """Row (channel, i, j) of P = that channel from (i, j) on: ``runs`` pieces of ``length`` pixels, which begin ``stride`` lines apart."""
    line, row = wide.shape[2], 0
    for channel in range(wide.shape[0]):
        picture = wide[channel].reshape(wide.shape[1] * line)
        for i in range(size):
            for j in range(size):
                target = P[row]
                for s in range(runs):
                    begin = (i + s * stride) * line + j
                    put(target[s * line : s * line + length], picture[begin : begin + length])
                row += 1


@kernel(browser=False)
def patches_back(dP: R[r, m], dwide: R[c, H, W_], size: N, runs: N, length: N, stride: N):
    """dwide = for each pixel, the sum over the patches that it is in."""
    line, row, zero = dwide.shape[2], 0, dwide.dtype.type(0)
    for channel in range(dwide.shape[0]):
        picture = dwide[channel].reshape(dwide.shape[1] * line)
        for place in range(picture.size):
            picture[place] = zero
        for i in range(size):
            for j in range(size):
                for s in range(runs):
                    begin = (i + s * stride) * line + j
                    source, target = dP[row, s * line : s * line + length], picture[begin : begin + length]
                    for place in range(length):
                        target[place] += source[place]
                row += 1


# ------------------------------------------------------------------------------------ the layer
@kernel(browser=False)
def convolution(
    x: R[n, c, h, w], W: R[f, r], b: R[f], y: R[n, f, u, v], wide: R[c, H, W_], P: R[r, m], Z: R[f, m],
    size: N, stride: N, padding: N, runs: N, length: N,
):  # fmt: skip
    """y = W P + b, picture by picture."""
    for i in range(x.shape[0]):
        pad(x[i], wide, padding)
        patches(wide, P, size, runs, length, stride)
        product(W, P, Z)
        for j in range(y.shape[1]):
            for line in range(y.shape[2]):
                target, source = y[i, j, line], Z[j, line * wide.shape[2] :]
                for place in range(target.size):
                    target[place] = source[place * stride] + b[j]


@kernel(browser=False, reorder=True)
def convolution_back(
    x: R[n, c, h, w], W: R[f, r], dy: R[n, f, u, v], dx: R[n, c, h, w], dW: R[f, r], db: R[f], wide: R[c, H, W_], P: R[r, m], Z: R[f, m],
    dP: R[r, m], part: R[f, r], size: N, stride: N, padding: N, runs: N, length: N, below: N,
):  # fmt: skip
    """dW = the sum of dy P', db = the sum of dy, and dx from dP = W' dy, picture by picture."""
    zero = W.dtype.type(0)
    for j in range(db.size):
        db[j] = zero
        for i in range(dW.shape[1]):
            dW[j, i] = zero
    for i in range(x.shape[0]):
        pad(x[i], wide, padding)
        patches(wide, P, size, runs, length, stride)
        for j in range(dy.shape[1]):
            total = zero
            for place in range(Z.shape[1]):
                Z[j, place] = zero
            for line in range(dy.shape[2]):
                source, target = dy[i, j, line], Z[j, line * wide.shape[2] :]
                for place in range(source.size):
                    target[place * stride] = source[place]
                    total += source[place]
            db[j] += total
        product_nt(Z, P, part)
        for j in range(dW.shape[0]):
            for place in range(dW.shape[1]):
                dW[j, place] += part[j, place]
        if below:
            product_tn(W, Z, dP)
            patches_back(dP, wide, size, runs, length, stride)
            for channel in range(dx.shape[1]):
                for line in range(dx.shape[2]):
                    put(dx[i, channel, line], wide[channel, line + padding, padding : padding + dx.shape[3]])


@dataclass(frozen=True)
class Conv(Layer, forward=convolution, backward=convolution_back, weights="W b"):
    """A weighted sum of every ``size`` x ``size`` pixels of all channels, for each of ``filters`` channels of the outcome.

    Parameters
    ----------
    filters : int in [1, inf)
    size : int in [1, inf), default 3
    stride : int in [1, inf), default 1
        How many pixels the patches lie apart.
    padding : int in [0, inf), default 0
        The width of a frame of zeros around the picture.

    Notes
    -----
    ``W`` has the shape (filters, channels * size * size); ``W.reshape(filters, channels, size, size)`` is what PyTorch calls its weight.
    """

    filters: Count
    size: Count = 3
    stride: Count = 1
    padding: Annotated[int, Interval("[0, inf)")] = 0

    def shape(self, shape):
        if len(shape) != 3:
            raise ValueError("needs pictures of the shape (channels, height, width)")
        c, h, w = shape
        H, W = h + 2 * self.padding, w + 2 * self.padding
        if min(H, W) < self.size:
            raise ValueError(f"needs pictures that are, with their frame, at least {self.size} pixels high and wide, not {H} x {W}")
        u, v = (H - self.size) // self.stride + 1, (W - self.size) // self.stride + 1
        line = (v - 1) * self.stride + 1  # from the first pixel of a line to the last
        m = (u - 1) * W + line
        runs, length = (1, m) if self.stride == 1 else (u, line)
        sizes = dict(c=c, h=h, w=w, H=H, W_=W, f=self.filters, r=c * self.size**2, m=m, u=u, v=v, runs=runs, length=length)
        return sizes, (self.filters, u, v)

    def first(self, name, shape, rng, how):
        return (he if how == "he" else xavier)(rng, *shape[::-1]).T if name == "W" else super().first(name, shape, rng, how)

    def radius(self, name, shape, radius):
        return radius * math.sqrt(2 / shape[1]) if name == "W" else None
