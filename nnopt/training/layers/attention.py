r"""Attention: every place of a sequence gathers values from the others, by how well its question fits their keys.

For each head, with questions, keys and values :math:`Q, K, V`, (places, e) each:

.. math::

    P = \operatorname{softmax} \Bigl( \frac{Q K^\top}{\sqrt e} \Bigr) \text{ row by row} , \qquad y = P V

and back

.. math::

    dV = P^\top dy , \qquad dP = dy \, V^\top , \qquad dS = P \odot \bigl( dP - (P \odot dP) 1 1^\top \bigr) / \sqrt e , \qquad
    dQ = dS \, K , \qquad dK = dS^\top Q

Causal attention sees no later place: the softmax of row i is over its first i + 1 entries, the others are zero.

A. Vaswani and others, *Attention is all you need*, NeurIPS 2017, arXiv:1706.03762.
"""

import math
from dataclasses import dataclass

from ..._fields import Count, Flag
from ..._jit import N, R, k, kernel, n
from ..products import product, product_nt, product_tn
from .activations import expm1_negative
from .layer import Layer

t, q, d, e, heads = "t", "q", "d", "e", "heads"


@kernel(browser=False, reorder=True)
def softmax_rows(S: R[t, t], z: R[k], scale: R, causal: R):
    """Row by row softmax(scale S), of a causal row i of its first i + 1 entries; z holds all exponents, one row after the other."""
    zero, one, factor, at = S.dtype.type(0), S.dtype.type(1), S.dtype.type(scale), 0
    for i in range(S.shape[0]):
        seen = i + 1 if causal > 0.0 else S.shape[1]
        top = S[i, 0]
        for j in range(1, seen):
            top = max(top, S[i, j])
        for j in range(seen):
            z[at + j] = (S[i, j] - top) * factor
        at += seen
    expm1_negative(z)
    at = 0
    for i in range(S.shape[0]):
        seen, total = i + 1 if causal > 0.0 else S.shape[1], zero
        for j in range(seen):
            total += z[at + j] + one
        share = one / total
        for j in range(seen):
            S[i, j] = (z[at + j] + one) * share
        for j in range(seen, S.shape[1]):
            S[i, j] = zero
        at += seen


@kernel(reorder=True)
def softmax_rows_back(P: R[t, t], dP: R[t, t], scale: R):
    """dS = P (dP - sum of P dP) scale, row by row, in dP."""
    factor = P.dtype.type(scale)
    for i in range(P.shape[0]):
        total = P.dtype.type(0)
        for j in range(P.shape[1]):
            total += P[i, j] * dP[i, j]
        for j in range(P.shape[1]):
            dP[i, j] = P[i, j] * (dP[i, j] - total) * factor


@kernel(browser=False)
def columns_from(X: R[t, q], start: N, A: R[t, e]):
    """A = columns of X."""
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            A[i, j] = X[i, start + j]


@kernel(browser=False)
def columns_to(A: R[t, e], X: R[t, q], start: N):
    """Columns of X = A."""
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            X[i, start + j] = A[i, j]


@kernel(browser=False)
def attention(
    x: R[n, t, q], y: R[n, t, d], P: R[n, heads, t, t], Q: R[t, e], K: R[t, e], V: R[t, e], O: R[t, e], z: R[k], heads: N, causal: R
):  # fmt: skip
    """y = softmax(Q K' / sqrt(e)) V for each head, where x is Q, K and V side by side."""
    D, E = y.shape[2], Q.shape[1]
    for i in range(x.shape[0]):
        for head in range(heads):
            columns_from(x[i], head * E, Q)
            columns_from(x[i], D + head * E, K)
            columns_from(x[i], 2 * D + head * E, V)
            product_nt(Q, K, P[i, head])
            softmax_rows(P[i, head], z, 1 / math.sqrt(E), causal)
            product(P[i, head], V, O)
            columns_to(O, y[i], head * E)


@kernel(browser=False)
def attention_back(
    x: R[n, t, q], P: R[n, heads, t, t], dy: R[n, t, d], dx: R[n, t, q], Q: R[t, e], K: R[t, e], V: R[t, e], O: R[t, e], S: R[t, t],
    heads: N, below: N,
):  # fmt: skip
    """dV = P' dy, dP = dy V', dS from dP, dQ = dS K, dK = dS' Q."""
    D, E = dy.shape[2], Q.shape[1]
    if below:
        for i in range(x.shape[0]):
            for head in range(heads):
                columns_from(x[i], head * E, Q)
                columns_from(x[i], D + head * E, K)
                columns_from(x[i], 2 * D + head * E, V)
                columns_from(dy[i], head * E, O)
                product_nt(O, V, S)
                softmax_rows_back(P[i, head], S, 1 / math.sqrt(E))
                product_tn(P[i, head], O, V)  # V now holds dV, then dQ, then dK
                columns_to(V, dx[i], 2 * D + head * E)
                product(S, K, V)
                columns_to(V, dx[i], head * E)
                product_tn(S, Q, V)
                columns_to(V, dx[i], D + head * E)


@dataclass(frozen=True)
class Attention(Layer, forward=attention, backward=attention_back):
    """Self-attention on questions, keys and values side by side, which a dense layer of three times the width gives.

    Parameters
    ----------
    heads : int in [1, inf), default 1
        The features are divided among so many.
    causal : bool, default False
        Whether a place sees itself and earlier places only.

    Examples
    --------
    >>> from nnopt import Attention, Dense, LayerNorm, Residual
    >>> block = Residual(LayerNorm(), Dense(3 * 64), Attention(heads=4, causal=True), Dense(64))
    """

    heads: Count = 1
    causal: Flag = False

    def shape(self, shape):
        if len(shape) != 2 or shape[1] % (3 * self.heads):
            raise ValueError(f"needs sequences of the shape (places, 3 times a multiple of {self.heads} features)")
        t, q = shape
        exponents = t * (t + 1) // 2 if self.causal else t * t
        return dict(t=t, q=q, k=exponents, d=q // 3, e=q // 3 // self.heads), (t, q // 3)
