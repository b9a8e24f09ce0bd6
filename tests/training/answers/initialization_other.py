"""More right answers to training/initialization, each written in another way: all must get all points, at any seed."""

import math

import numpy as np


def he_weights__einsum(Z):
    return np.einsum("pq,->pq", Z, math.sqrt(2.0 / Z.shape[0]))


def he_weights__loop(Z):
    W = np.empty(Z.shape)
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            W[i, j] = Z[i, j] * (2 / Z.shape[0]) ** 0.5
    return W


def xavier_weights__interpolated(U):
    r = math.sqrt(6 / sum(U.shape))
    return np.interp(U, [0, 1], [-r, r])


def xavier_weights__mixture(U):
    r = np.sqrt(6 / (U.shape[0] + U.shape[1]))
    return U * r - (1 - U) * r


def forward_sizes__filled(X, Z):
    sizes, A = np.empty(len(Z) + 1), X.copy()
    sizes[0] = np.square(A).mean()
    for l in range(len(Z)):
        A = A @ he_weights(Z[l])
        A[A < 0] = 0
        sizes[l + 1] = np.linalg.norm(A) ** 2 / A.size
    return sizes


def forward_sizes__recursive(X, Z):
    own = [float((X * X).mean())]
    if len(Z) == 0:
        return own
    S = X @ he_weights(Z[0])
    return own + list(forward_sizes__recursive(S * (S > 0), Z[1:]))


def backward_sizes__zipped(D, W, A):
    sizes = [(D**2).mean()]
    for w, a in zip(W[::-1], A[::-1], strict=True):
        D = np.dot(np.where(a > 0, D, 0), w.T)
        sizes.append((D**2).mean())
    return D, sizes


def backward_sizes__counted(D, W, A):
    sizes, G = np.zeros(len(W) + 1), D.copy()
    sizes[0] = np.mean(G * G)
    for k in range(1, len(W) + 1):
        G = (W[-k] @ (G * np.sign(A[-k])).T).T
        sizes[k] = np.mean(G * G)
    return G, sizes


def leaky_sigma__logarithms(p, s, growth, L):
    return math.exp(0.5 * (math.log(growth) / L - math.log(p * (1 + s * s) / 2)))
