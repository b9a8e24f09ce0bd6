"""More right answers to training/losses, each written in another way: all must get all points, at any seed."""

import math

import numpy as np


def softmax__transposed(Z):
    E = np.exp(Z.T - Z.max(axis=1))
    return (E / E.sum(axis=0)).T


def softmax__pairs(Z):
    with np.errstate(over="ignore"):
        return 1 / np.exp(Z[:, None, :] - Z[:, :, None]).sum(axis=2)


def cross_entropy__one_hot(Z, y):
    top = Z.max(1)
    hot = np.eye(Z.shape[1])[y]
    return (top + np.log(np.exp(Z.T - top).sum(0)) - (Z * hot).sum(1)).sum() / len(Z)


def cross_entropy__fsum(Z, y):
    rows = [max(row) + math.log(math.fsum(math.exp(z - max(row)) for z in row)) - row[k] for row, k in zip(Z.tolist(), y)]
    return math.fsum(rows) / len(rows)


def cross_entropy_gradient__loop(Z, T):
    dZ = np.zeros(Z.shape)
    for i in range(len(Z)):
        e = np.exp(Z[i] - np.max(Z[i]))
        for j in range(Z.shape[1]):
            dZ[i, j] = (e[j] / np.sum(e) - T[i, j]) / len(Z)
    return dZ


def huber__select(z, t, delta):
    e = z - t
    return (np.select([e < -delta, e > delta], [-delta * (e + delta / 2), delta * (e - delta / 2)], e * e / 2),
            np.select([e < -delta, e > delta], [-delta, delta], e))  # fmt: skip


def huber__rest(z, t, delta):
    """Half the square, without the square of what is beyond delta."""
    rest = np.maximum(np.abs(z - t) - delta, 0)
    return ((z - t) ** 2 - rest**2) / 2, np.sign(z - t) * (np.abs(z - t) - rest)


def pulled__product(n, m, delta):
    return delta / (n / m)
