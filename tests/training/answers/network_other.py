"""More right answers to training/network, each written in another way: all must get all points, at any seed."""

import numpy as np


def dense__einsum(X, W, b):
    return np.einsum("np,pq->nq", X, W) + b[None, :]


def dense__bias_as_a_weight(X, W, b):
    return np.column_stack([X, np.ones(len(X))]) @ np.vstack([W, b])


def leaky_relu__largest(Z, s):
    return np.maximum(Z, s * Z), s + (1 - s) * (Z > 0)


def forward__filled(X, W, b):
    A = np.empty((len(W) + 1, *X.shape))
    A[0] = X
    for l, (weights, biases) in enumerate(zip(W, b)):
        A[l + 1] = dense(A[l], weights, biases)
        if l + 1 < len(W):
            A[l + 1][A[l + 1] < 0] = 0
    return A


def cost__loop(widths):
    parameters = multiplications = 0
    for l in range(1, len(widths)):
        multiplications += widths[l - 1] * widths[l]
        parameters += widths[l - 1] * widths[l] + widths[l]
    return parameters, multiplications


def residual__clipped(X, W1, b1, W2, b2):
    return dense(np.clip(dense(X, W1, b1), 0, None), W2, b2) + X


def dropout__copied(A, U, p, training):
    Y = A.copy()
    if training:
        Y[U < p] = 0
        Y = Y / (1 - p)
    return Y


def folded__diagonal(W, b, mean, scale):
    V = np.diag(1 / scale) @ W
    return V, b - V.T @ mean
