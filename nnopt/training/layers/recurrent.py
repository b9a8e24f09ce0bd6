r"""The gated recurrent unit, through time.

.. math::

    r_t &= \sigma(x_t W_r + b_r + h_{t-1} U_r + c_r) \\
    z_t &= \sigma(x_t W_z + b_z + h_{t-1} U_z + c_z) \\
    m_t &= \tanh \bigl( x_t W_m + b_m + r_t \odot (h_{t-1} U_m + c_m) \bigr) \\
    h_t &= (1 - z_t) \odot m_t + z_t \odot h_{t-1} , \qquad h_0 = 0

The gate z says how much of the old state stays, r how much of it the new one sees. The weights of the three stand side by side.

K. Cho and others, *Learning phrase representations using RNN encoder-decoder for statistical machine translation*, EMNLP 2014,
arXiv:1406.1078; here with r after the product, as cuDNN and PyTorch have it.
"""

import math
from dataclasses import dataclass

from ..._fields import Count
from ..._jit import N, R, kernel, n, put
from ..products import product, product_nt, product_tn
from .activations import sigmoid, tanh
from .dense import add_bias, column_sums
from .layer import Layer

t, p, h, g, s = "t", "p", "h", "g", "s"


@kernel(browser=False)
def time_first(X: R[n, t, p], Y: R[t, n, p]):
    """The first two axes exchanged."""
    for i in range(X.shape[0]):
        for step in range(X.shape[1]):
            put(Y[step, i], X[i, step])


@kernel(browser=False)
def gru_step(G: R[n, g], S: R[n, g], before: R[n, h], after: R[n, h], scratch: R[g]):
    """From G = x W + b and S = h U + c: G becomes the gates r, z and m side by side, ``after`` the new state."""
    D = after.shape[1]
    for i in range(after.shape[0]):
        both, new = G[i, : 2 * D], G[i, 2 * D :]
        for j in range(2 * D):
            both[j] += S[i, j]
        sigmoid(both, scratch[: 2 * D])
        for j in range(D):
            new[j] += both[j] * S[i, 2 * D + j]
        tanh(new, scratch[:D])
        for j in range(D):
            after[i, j] = new[j] + both[D + j] * (before[i, j] - new[j])


@kernel(browser=False)
def gru_step_back(G: R[n, g], S: R[n, g], before: R[n, h], dH: R[n, h]):
    """G becomes the gradient at x W + b, S that at h U + c, dH the part of the earlier state's gradient that z let through."""
    D, one = dH.shape[1], G.dtype.type(1)
    for i in range(dH.shape[0]):
        gates, old = G[i], S[i]
        for j in range(D):
            r, z, m, dh = gates[j], gates[D + j], gates[2 * D + j], dH[i, j]
            dm = dh * (one - z) * (one - m * m)
            dz = dh * (before[i, j] - m) * z * (one - z)
            dr = dm * old[2 * D + j] * r * (one - r)
            gates[j], gates[D + j], gates[2 * D + j] = dr, dz, dm
            old[j], old[D + j], old[2 * D + j] = dr, dz, dm * r
            dH[i, j] = dh * z


@kernel(browser=False)
def gru(
    x: R[n, t, p], W: R[p, g], U: R[h, g], b: R[g], c: R[g], y: R[n, t, h], X: R[t, n, p], G: R[t, n, g], S: R[t, n, g], H: R[s, n, h],
    scratch: R[g],
):  # fmt: skip
    """All steps: X is x with the time first, H the states, of which the first one is zero."""
    T, B, features = X.shape
    zero = x.dtype.type(0)
    time_first(x, X)
    product(X.reshape(T * B, features), W, G.reshape(T * B, b.size))
    add_bias(G.reshape(T * B, b.size), b)
    for i in range(B):
        for j in range(H.shape[2]):
            H[0, i, j] = zero
    for step in range(T):
        product(H[step], U, S[step])
        add_bias(S[step], c)
        gru_step(G[step], S[step], H[step], H[step + 1], scratch)
    time_first(H[1:], y)


@kernel(browser=False)
def gru_back(
    W: R[p, g], U: R[h, g], dW: R[p, g], dU: R[h, g], db: R[g], dc: R[g], dy: R[n, t, h], dx: R[n, t, p], X: R[t, n, p], G: R[t, n, g],
    S: R[t, n, g], H: R[s, n, h], dH: R[t, n, h], more: R[n, h], below: N,
):  # fmt: skip
    """The same steps, the last one first; then the gradients of the weights, of all steps at once."""
    T, B, features = X.shape
    D, width = dU.shape
    time_first(dy, dH)
    for step in range(T - 1, -1, -1):
        gru_step_back(G[step], S[step], H[step], dH[step])
        if step > 0:
            product_nt(S[step], U, more)
            for i in range(B):
                for j in range(D):
                    dH[step - 1, i, j] += dH[step, i, j] + more[i, j]
    dG, dS = G.reshape(T * B, width), S.reshape(T * B, width)
    product_tn(X.reshape(T * B, features), dG, dW)
    product_tn(H[:T].reshape(T * B, D), dS, dU)
    column_sums(dG, db)
    column_sums(dS, dc)
    if below:
        product_nt(dG, W, X.reshape(T * B, features))
        time_first(X, dx)


@dataclass(frozen=True)
class GRU(Layer, forward=gru, backward=gru_back, weights="W U b c"):
    """Gated recurrent units; gives their states at all places, of which :class:`Last` takes the last one.

    Parameters
    ----------
    units : int in [1, inf)
    """

    units: Count

    def shape(self, shape):
        if len(shape) != 2:
            raise ValueError("needs sequences of the shape (places, features)")
        t, p = shape
        return dict(t=t, s=t + 1, p=p, h=self.units, g=3 * self.units), (t, self.units)

    def first(self, name, shape, rng, how):
        edge = 1 / math.sqrt(self.units)
        return rng.uniform(-edge, edge, shape)

    def radius(self, name, shape, radius):
        return radius / math.sqrt(3 * self.units)
