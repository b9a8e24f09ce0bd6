"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


def he_weights__variance(Z):
    """the variance instead of its root"""
    return Z * 2 / len(Z)


def he_weights__columns(Z):
    """the outputs counted"""
    return Z * np.sqrt(2 / Z.shape[-1])


def xavier_weights__box(U):
    """half as wide"""
    return np.sqrt(6 / sum(U.shape)) * (U - 0.5)


def xavier_weights__std(U):
    """the deviation as the radius"""
    return np.sqrt(2 / sum(U.shape)) * (U - 0.5) * 2


def forward_sizes__var(X, Z):
    """around the mean"""
    sizes = [np.mean(X**2)]
    for z in Z:
        X = np.maximum(X @ he_weights(z), 0)
        sizes.append(X.var())
    return sizes


def forward_sizes__linear(X, Z):
    """no ReLU"""
    sizes = [np.mean(X**2)]
    for z in Z:
        X = X @ he_weights(z)
        sizes.append(np.mean(X**2))
    return sizes


def backward_sizes__forward_order(D, W, A):
    """from the first layer"""
    sizes = [np.mean(D**2)]
    for w, a in zip(W, A, strict=True):
        D = np.where(a > 0, D, 0) @ w.T
        sizes.append(np.mean(D**2))
    return D, np.array(sizes)


def backward_sizes__mask_late(D, W, A):
    """slope after the weights"""
    sizes = [np.mean(D**2)]
    for w, a in zip(W[::-1], A[::-1], strict=True):
        D = np.where(a > 0, D @ w.T, 0)
        sizes.append(np.mean(D**2))
    return D, np.array(sizes)


def leaky_sigma__plain(p, s, growth, L):
    """as for ReLU"""
    return (2 / p) ** 0.5 * growth ** (0.5 / L)


def leaky_sigma__linear_slope(p, s, growth, L):
    """s not squared"""
    return (2 / p / (1 + s)) ** 0.5 * growth ** (0.5 / L)
