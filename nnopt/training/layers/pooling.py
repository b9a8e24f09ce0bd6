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
def max_of_four(x: R[h, w], y: R[u, v]):
    """y = the largest of each block of 2 x 2, in one expression: a third of the time of the loops below."""
    for line in range(y.shape[0]):
        top, bottom, found = x[2 * line], x[2 * line + 1], y[line]
        for j in range(found.size):
            found[j] = max(max(top[2 * j], top[2 * j + 1]), max(bottom[2 * j], bottom[2 * j + 1]))


@kernel(browser=False)
def max_of_four_back(x: R[h, w], y: R[u, v], dx: R[h, w], dy: R[u, v]):
    """dx = dy at the first of the four that is the largest, else 0; without a branch: a quarter of the time."""
    zero = x.dtype.type(0)
    for line in range(y.shape[0]):
        top, bottom, dtop, dbottom = x[2 * line], x[2 * line + 1], dx[2 * line], dx[2 * line + 1]
        for j in range(y.shape[1]):
            largest, given = y[line, j], dy[line, j]
            a = top[2 * j] == largest
            b = (top[2 * j + 1] == largest) & (not a)
            c = (bottom[2 * j] == largest) & (not (a | b))
            dtop[2 * j], dtop[2 * j + 1] = given if a else zero, given if b else zero
            dbottom[2 * j], dbottom[2 * j + 1] = given if c else zero, zero if a | b | c else given


@kernel(browser=False)
def max_pool(x: R[n, h, w], y: R[n, u, v], size: N):
    """y = the largest of each block."""
    for i in range(y.shape[0]):
        if size == 2:
            max_of_four(x[i], y[i])
        else:
            for line in range(y.shape[1]):
                for j in range(y.shape[2]):
                    largest = x[i, line * size, j * size]
                    for a in range(size):
                        for b in range(size):
                            largest = max(largest, x[i, line * size + a, j * size + b])
                    y[i, line, j] = largest


@kernel(browser=False)
def max_pool_back(x: R[n, h, w], y: R[n, u, v], dx: R[n, h, w], dy: R[n, u, v], size: N):
    """dx = dy at the first pixel of its block that is the largest, else 0."""
    if size != 2 or x.shape[1] % 2 or x.shape[2] % 2:
        blank(dx)
    for i in range(y.shape[0]):
        if size == 2:
            max_of_four_back(x[i], y[i], dx[i], dy[i])
        else:
            for line in range(y.shape[1]):
                for j in range(y.shape[2]):
                    place, last = 0, size * size - 1
                    while place < last and x[i, line * size + place // size, j * size + place % size] != y[i, line, j]:
                        place += 1
                    dx[i, line * size + place // size, j * size + place % size] = dy[i, line, j]


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
