"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


def dense__matrix_alone(X, W, b):
    """no bias"""
    return np.dot(X, W)


def leaky_relu__plain_slope(Z, s):
    """the slope of a plain ReLU"""
    return np.maximum(Z, s * Z), (Z > 0).astype(float)


def forward__all_bent(X, W, b):
    """a ReLU at the end"""
    A = [X]
    for weights, biases in zip(W, b):
        A.append(np.maximum(0, A[-1] @ weights + biases))
    return np.array(A)


def cost__weights(widths):
    """no biases"""
    products = np.dot(widths[:-1], widths[1:])
    return products, products


def residual__relu_at_the_end(X, W1, b1, W2, b2):
    """an activation after the sum"""
    return np.maximum(X + np.maximum(X @ W1 + b1, 0) @ W2 + b2, 0)


def dropout__plain(A, U, p, training):
    """not scaled"""
    return A * (U >= p) if training else A


def dropout__classic(A, U, p, training):
    """scaled at the wrong time"""
    return A * (U >= p) if training else A * (1 - p)


def folded__raw_mean(W, b, mean, scale):
    """means not scaled"""
    return W / scale[:, None], b - mean @ W
