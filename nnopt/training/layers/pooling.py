r"""Pooling: every block of k x k pixels becomes one, its largest or its mean; and the way back to more pixels.

.. math::

    \text{max} :\; y = \max_{a} x_a , \quad dx_a = dy \, [a \text{ is the first with } x_a = y] , \qquad
    \text{mean} :\; y = \frac{1}{k^2} \sum_a x_a , \quad dx_a = \frac{dy}{k^2} , \qquad
    \text{upsampling} :\; y_a = x , \quad dx = \sum_a dy_a

Rows and columns at the end that fill no block are left out. Upsampling repeats each pixel; it is the mean's way back times
:math:`k^2`.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to document recognition*, Proceedings of the IEEE 86 (1998),
2278-2324, doi:10.1109/5.726791; the largest: K. Yamaguchi and others, ICSLP 1990.
"""

from dataclasses import dataclass

from ..._fields import Count
from ..._jit import N, R, kernel, n
from .layer import Layer

h, w, u, v = "h", "w", "u", "v"


@kernel(browser=False)
def blank(dx: R[n, h, w]):
    """dx = 0."""
    zero = dx.dtype.type(0)
    for i in range(dx.shape[0]):
        for line in range(dx.shape[1]):
            for place in range(dx.shape[2]):
                dx[i, line, place] = zero


@kernel(browser=False)
def max_pool(x: R[n, h, w], y: R[n, u, v], size: N):
    """y = the largest of each block."""
    for i in range(y.shape[0]):
        for line in range(y.shape[1]):
            found = y[i, line]
            for a in range(size):
                pixels = x[i, line * size + a]
                for b in range(size):
                    for place in range(found.size):
                        pixel = pixels[place * size + b]
                        found[place] = pixel if a + b == 0 or pixel > found[place] else found[place]


@kernel(browser=False)
def max_pool_back(x: R[n, h, w], y: R[n, u, v], dx: R[n, h, w], dy: R[n, u, v], size: N):
    """dx = dy at the first pixel of its block that is the largest, else 0."""
    blank(dx)
    for i in range(y.shape[0]):
        for line in range(y.shape[1]):
            for place in range(y.shape[2]):
                a, b = 0, 0
                while x[i, line * size + a, place * size + b] != y[i, line, place] and a < size - 1 + (b < size - 1):
                    b += 1
                    if b == size:
                        a, b = a + 1, 0
                dx[i, line * size + a, place * size + b] = dy[i, line, place]


@kernel(browser=False)
def average_pool(x: R[n, h, w], y: R[n, u, v], size: N):
    """y = the mean of each block."""
    zero, share = x.dtype.type(0), x.dtype.type(1.0 / size**2)
    for i in range(y.shape[0]):
        for line in range(y.shape[1]):
            found = y[i, line]
            for place in range(found.size):
                found[place] = zero
            for a in range(size):
                pixels = x[i, line * size + a]
                for b in range(size):
                    for place in range(found.size):
                        found[place] += share * pixels[place * size + b]


@kernel(browser=False)
def average_pool_back(dx: R[n, h, w], dy: R[n, u, v], size: N):
    """dx = dy / size^2, everywhere in the block."""
    blank(dx)
    share = dx.dtype.type(1.0 / size**2)
    for i in range(dy.shape[0]):
        for line in range(dy.shape[1] * size):
            for place in range(dy.shape[2] * size):
                dx[i, line, place] = share * dy[i, line // size, place // size]


@kernel(browser=False)
def upsample(x: R[n, h, w], y: R[n, u, v], size: N):
    """y = every pixel of x, size times in each direction."""
    for i in range(y.shape[0]):
        for line in range(y.shape[1]):
            for place in range(y.shape[2]):
                y[i, line, place] = x[i, line // size, place // size]


@kernel(browser=False)
def upsample_back(dx: R[n, h, w], dy: R[n, u, v], size: N):
    """dx = the sum over the block."""
    blank(dx)
    for i in range(dy.shape[0]):
        for line in range(dy.shape[1]):
            for place in range(dy.shape[2]):
                dx[i, line // size, place // size] += dy[i, line, place]


class _Blocks(Layer):
    def shape(self, shape):
        if len(shape) != 3:
            raise ValueError("needs pictures of the shape (channels, height, width)")
        c, h, w = shape
        u, v = self.sides(h, w)
        if min(u, v) < 1:
            raise ValueError(f"needs pictures of at least {self.size} x {self.size} pixels, not {h} x {w}")
        return dict(n=c, h=h, w=w, u=u, v=v), (c, u, v)

    def sides(self, h, w):
        """Height and width of the outcome."""
        return h // self.size, w // self.size


@dataclass(frozen=True)
class MaxPool(_Blocks, forward=max_pool, backward=max_pool_back):
    """The largest of every ``size`` x ``size`` pixels, channel by channel.

    Parameters
    ----------
    size : int in [1, inf), default 2
    """

    size: Count = 2


@dataclass(frozen=True)
class AveragePool(_Blocks, forward=average_pool, backward=average_pool_back):
    """The mean of every ``size`` x ``size`` pixels, channel by channel.

    Parameters
    ----------
    size : int in [1, inf), default 2
    """

    size: Count = 2


@dataclass(frozen=True)
class Upsample(_Blocks, forward=upsample, backward=upsample_back):
    """Every pixel ``size`` times in each direction.

    Parameters
    ----------
    size : int in [1, inf), default 2
    """

    size: Count = 2

    def sides(self, h, w):
        return h * self.size, w * self.size
