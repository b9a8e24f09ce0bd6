"""Wrong answers to training/losses, as students write them: none may get all points, at any seed."""

import numpy as np


def softmax__plain(Z):
    e = np.exp(Z)
    return e / e.sum(axis=1, keepdims=True)


def softmax__table_max(Z):
    e = np.exp(Z - Z.max())
    return e / e.sum(axis=1, keepdims=True)


def softmax__clipped(Z):
    e = np.exp(np.clip(Z, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


def softmax__in_place(Z):
    Z -= Z.max(axis=1, keepdims=True)
    e = np.exp(Z)
    return e / e.sum(axis=1, keepdims=True)


def softmax__eps(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / (e.sum(axis=1, keepdims=True) + 1e-8)


def softmax__hard(Z):
    return (Z == Z.max(axis=1, keepdims=True)).astype(float)


def cross_entropy__log_p(Z, y):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(y)), y]).mean()


def cross_entropy__clipped(Z, y):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return -np.log(np.clip((e / e.sum(axis=1, keepdims=True))[np.arange(len(y)), y], 1e-15, 1)).mean()


def cross_entropy__fancy(Z, y):
    log_sum = np.logaddexp.reduce(Z, axis=1)
    return np.mean(log_sum[:, None] - Z[:, y])


def cross_entropy__sum(Z, y):
    return np.sum(np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y])


def cross_entropy__log2(Z, y):
    return np.mean(np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y]) / np.log(2)


def cross_entropy_gradient__labels(Z, T):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - np.eye(T.shape[1])[T.argmax(axis=1)]) / len(Z)


def cross_entropy_gradient__no_mean(Z, T):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - T


def huber__delta_one(z, t, delta):
    e = z - t
    return np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5), np.clip(e, -1, 1)


def huber__sign(z, t, delta):
    e = t - z
    return np.where(abs(e) <= delta, e**2 / 2, delta * (abs(e) - delta / 2)), np.clip(e, -delta, delta)


def huber__torch_smooth_l1(z, t, delta):
    """Divided by delta, as the smooth L1 loss is."""
    e = z - t
    return np.where(abs(e) < delta, e**2 / 2 / delta, abs(e) - delta / 2), np.clip(e / delta, -1, 1)


def pulled__median(n, m, delta):
    return 0.0


def pulled__all(n, m, delta):
    return delta * m / (m + n)
