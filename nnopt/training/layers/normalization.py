r"""Normalization: numbers are brought to mean 0 and variance 1, then scaled by g and shifted by b; the latter two are learnt.

.. math::

    z = (x - \mu)\, s , \qquad s = \frac{1}{\sqrt{\sigma^2 + 10^{-5}}} , \qquad y = g z + b

Mean and variance are those of the features of one example (layer normalization), or those of one feature over all examples of the batch,
and in pictures over all pixels of its channel (batch normalization). Both depend on every x, so that the way back takes away what would
change them:

.. math::

    dz = g \, dy , \qquad dx = s \, \bigl( dz - \overline{dz} - z \, \overline{z \, dz} \bigr)

with bars for the same means. In use, an answer must not depend on what else is in the batch: then batch normalization takes
``mean`` and ``scale``, which training leaves alone and :meth:`Network.settled` measures over the training rows.

J. L. Ba, J. R. Kiros and G. E. Hinton, *Layer normalization*, 2016, arXiv:1607.06450; S. Ioffe and C. Szegedy, *Batch normalization:
accelerating deep network training by reducing internal covariate shift*, ICML 2015, arXiv:1502.03167.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..._jit import N, R, kernel, n
from .layer import Layer

p, q = "p", "q"
SMALL = 1e-5  # under the root


# ------------------------------------------------------------------------------------ over the features of one example
@kernel(reorder=True)
def layer_norm(x: R[n, p], g: R[p], b: R[p], y: R[n, p], z: R[n, p], s: R[n]):
    """z = (x - mean) s; y = g z + b, row by row."""
    real = x.dtype.type
    share, small, one = real(1.0 / x.shape[1]), real(SMALL), real(1)
    for i in range(x.shape[0]):
        mean, variance = real(0), real(0)
        for j in range(x.shape[1]):
            mean += x[i, j]
        mean *= share
        for j in range(x.shape[1]):
            variance += (x[i, j] - mean) * (x[i, j] - mean)
        s[i] = one / math.sqrt(variance * share + small)
        for j in range(x.shape[1]):
            z[i, j] = (x[i, j] - mean) * s[i]
            y[i, j] = g[j] * z[i, j] + b[j]


@kernel(reorder=True)
def layer_norm_back(g: R[p], z: R[n, p], s: R[n], dy: R[n, p], dg: R[p], db: R[p], dx: R[n, p]):
    """dz = g dy; dx = s (dz - mean of dz - z times the mean of z dz)."""
    real = z.dtype.type
    share = real(1.0 / z.shape[1])
    for j in range(g.size):
        dg[j], db[j] = real(0), real(0)
    for i in range(z.shape[0]):
        mean, slope = real(0), real(0)
        for j in range(z.shape[1]):
            dz = g[j] * dy[i, j]
            mean += dz
            slope += dz * z[i, j]
            dg[j] += dy[i, j] * z[i, j]
            db[j] += dy[i, j]
        mean, slope = mean * share, slope * share
        for j in range(z.shape[1]):
            dx[i, j] = s[i] * (g[j] * dy[i, j] - mean - z[i, j] * slope)


@dataclass(frozen=True)
class LayerNorm(Layer, forward=layer_norm, backward=layer_norm_back, weights="g b"):
    """Over the features of each example; of a sequence, at each place."""

    def shape(self, shape):
        if len(shape) > 2:
            raise ValueError("needs vectors, or sequences of vectors")
        *places, features = shape
        return dict(n=math.prod(places), p=features), shape

    def first(self, name, shape, rng, how):
        return np.full(shape, 1.0 if name == "g" else 0.0)


# ------------------------------------------------------------------------------------ over the examples, for each feature
@kernel(reorder=True)
def batch_norm(
    x: R[n, p, q], g: R[p], b: R[p], mean: R[p], scale: R[p], y: R[n, p, q], z: R[n, p, q], s: R[p], training: N
):  # fmt: skip
    """z = (x - mean) s; y = g z + b, with mean and s = 1 / sqrt(variance + 1e-5) of the batch, or in use with those measured before."""
    real = x.dtype.type
    share, small, one = real(1.0 / (x.shape[0] * x.shape[2])), real(SMALL), real(1)
    for j in range(g.size):
        middle, variance = mean[j], real(0)
        s[j] = scale[j]
        if training:
            middle = real(0)
            for i in range(x.shape[0]):
                for k in range(x.shape[2]):
                    middle += x[i, j, k]
            middle *= share
            for i in range(x.shape[0]):
                for k in range(x.shape[2]):
                    variance += (x[i, j, k] - middle) * (x[i, j, k] - middle)
            s[j] = one / math.sqrt(variance * share + small)
        for i in range(x.shape[0]):
            for k in range(x.shape[2]):
                z[i, j, k] = (x[i, j, k] - middle) * s[j]
                y[i, j, k] = g[j] * z[i, j, k] + b[j]


@kernel(reorder=True)
def batch_norm_back(
    g: R[p], z: R[n, p, q], s: R[p], dy: R[n, p, q], dg: R[p], db: R[p], dmean: R[p], dscale: R[p], dx: R[n, p, q], training: N
):  # fmt: skip
    """dx = s g (dy - mean of dy - z times the mean of z dy); in use s g dy, and the gradients of the two that were measured."""
    real = z.dtype.type
    share, zero = real(1.0 / (z.shape[0] * z.shape[2])), real(0)
    for j in range(g.size):
        total, slope = zero, zero
        for i in range(z.shape[0]):
            for k in range(z.shape[2]):
                total += dy[i, j, k]
                slope += dy[i, j, k] * z[i, j, k]
        dg[j], db[j] = slope, total
        dmean[j] = zero if training else -g[j] * s[j] * total
        dscale[j] = zero if training else g[j] * slope / s[j]
        mean, tilt = (total * share, slope * share) if training else (zero, zero)
        for i in range(z.shape[0]):
            for k in range(z.shape[2]):
                dx[i, j, k] = s[j] * g[j] * (dy[i, j, k] - mean - z[i, j, k] * tilt)


@dataclass(frozen=True)
class BatchNorm(Layer, forward=batch_norm, backward=batch_norm_back, weights="g b mean scale"):
    """Over the rows of the batch, for each feature; of pictures, for each channel, over all pixels.

    After training by hand, ``theta = net.settled(theta, X)`` measures what it needs in use; estimators do so themselves.
    """

    def shape(self, shape):
        if len(shape) == 2:
            raise ValueError("needs vectors or pictures; for sequences take LayerNorm")
        features, *pixels = shape
        return dict(n=1, p=features, q=math.prod(pixels)), shape

    def first(self, name, shape, rng, how):
        return np.full(shape, 1.0 if name in ("g", "scale") else 0.0)

    def settle(self, values):
        """Weights that values, (rows, features, ...), decide: their means, and 1 / sqrt(variance + 1e-5)."""
        axes = (0, *range(2, values.ndim))
        return dict(mean=values.mean(axis=axes), scale=1 / np.sqrt(values.var(axis=axes) + SMALL))
