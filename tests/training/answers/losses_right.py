import math

import numpy as np
from scipy import special


# -------------------------------------------------------------------------------------------------------------- softmax
def softmax__scipy(Z):
    return special.softmax(Z, axis=1)


def softmax__loop(Z):
    P = np.empty(Z.shape)
    for i, row in enumerate(Z):
        e = np.exp(row - row.max())
        P[i] = e / e.sum()
    return P


def softmax__lists(Z):
    rows = []
    for row in Z.tolist():
        e = [math.exp(z - max(row)) for z in row]
        rows.append([value / sum(e) for value in e])
    return rows


def softmax__log(Z):
    return np.exp(Z - special.logsumexp(Z, axis=1, keepdims=True))


# -------------------------------------------------------------------------------------------------------- cross_entropy
def cross_entropy__scipy(Z, y):
    return -special.log_softmax(Z, axis=1)[np.arange(len(y)), y].mean()


def cross_entropy__logaddexp(Z, y):
    return np.mean(np.logaddexp.reduce(Z, axis=1) - np.take_along_axis(Z, y[:, None], axis=1)[:, 0])


def cross_entropy__loop(Z, y):
    total = 0.0
    for row, right in zip(Z.tolist(), y.tolist()):
        total += max(row) + math.log(sum(math.exp(z - max(row)) for z in row)) - row[right]
    return total / len(y)


def cross_entropy__differences(Z, y):
    """Every output against the right one."""
    return special.logsumexp(Z - Z[np.arange(len(y)), y][:, None], axis=1).mean()


# ----------------------------------------------------------------------------------------------- cross_entropy_gradient
def cross_entropy_gradient__scipy(Z, T):
    return (special.softmax(Z, axis=1) - T) / Z.shape[0]


def cross_entropy_gradient__rows(Z, T):
    e = np.exp(Z - Z.max(1, keepdims=True))
    return np.array([(a / a.sum() - b) / len(T) for a, b in zip(e, T)])


# ---------------------------------------------------------------------------------------------------------------- huber
def huber__scipy(z, t, delta):
    return special.huber(delta, z - t), np.minimum(np.maximum(z - t, -delta), delta)


def huber__masks(z, t, delta):
    e = np.asarray(z - t)
    inside = np.abs(e) <= delta
    return inside * e**2 / 2 + ~inside * delta * (np.abs(e) - delta / 2), inside * e + ~inside * delta * np.sign(e)


def huber__by_slope(z, t, delta):
    slope = np.clip(z - t, -delta, delta)
    return slope * (z - t) - slope**2 / 2, slope


# --------------------------------------------------------------------------------------------------------------- pulled
def pulled__ratio(n, m, delta):
    return m / n * delta


def pulled__bisection(n, m, delta):
    """The root of n c - m delta."""
    low, high = 0.0, delta
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if n * middle < m * delta else (low, middle)
    return high
