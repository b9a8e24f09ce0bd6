"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


def dense__relu(A, W, b):
    """ReLU, too"""
    return np.maximum(A @ W + b, 0)


def relu_backward__leaky(dA, Z):
    """leaky"""
    return np.where(Z > 0, dA, 0.01 * dA)


def relu_backward__both(dA, Z):
    """positive gradients only"""
    return np.where((Z > 0) & (dA > 0), dA, 0)


def relu_backward__sign(dA, Z):
    """the sign"""
    return dA * np.sign(Z)


def softmax_cross_entropy__jac(Z, y):
    """the slope of softmax once more"""
    n, k = Z.shape
    s = Z - Z.max(1, keepdims=True)
    lp = s - np.log(np.exp(s).sum(1, keepdims=True))
    P = np.exp(lp)
    Y = np.eye(k)[y]
    return (-np.mean(lp[np.arange(n), y]), (P - Y) * P * (1 - P) / n)


def softmax_cross_entropy__log_of_sum_forgot(Z, y):
    """no logarithm"""
    n, k = Z.shape
    s = Z - Z.max(1, keepdims=True)
    P = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    Y = np.eye(k)[y]
    return (-np.mean(P[np.arange(n), y]), (P - Y) / n)


def dense_backward__dW_only_mean(dZ, A, W):
    """the weights' mean"""
    return (dZ @ W.T, A.T @ dZ / len(A), dZ.sum(0))


def loss_gradient__relu_of_A(X, y, W1, b1, W2, b2):
    """ReLU asked at the gradient"""
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    l, d = softmax_cross_entropy(dense(A1, W2, b2), y)
    dA, dW2, db2 = dense_backward(d, A1, W2)
    dZ = relu_backward(dA, dA)
    _, dW1, db1 = dense_backward(dZ, X, W1)
    return (l, dW1, db1, dW2, db2)


def loss_gradient__order(X, y, W1, b1, W2, b2):
    """weights first"""
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    l, d = softmax_cross_entropy(dense(A1, W2, b2), y)
    dA, dW2, db2 = dense_backward(d, A1, W2)
    dZ = relu_backward(dA, Z1)
    _, dW1, db1 = dense_backward(dZ, X, W1)
    return (l, dW1, dW2, db1, db2)


def central_difference__cumulative(f, x, h):
    """does not go back"""
    g = np.zeros(len(x))
    x = x.copy()
    for i in range(len(x)):
        x[i] += h
        a = f(x)
        x[i] -= 2 * h
        b = f(x)
        g[i] = (a - b) / (2 * h)
    return g


def central_difference__div2(f, x, h):
    """multiplies by h"""
    return np.array([(f(x + h * e) - f(x - h * e)) / 2 * h for e in np.eye(len(x))])


def central_difference__backward(f, x, h):
    """backward difference"""
    return np.array([(f(x) - f(x - h * e)) / h for e in np.eye(len(x))])


def central_difference__own_h(f, x, h):
    """an h of its own"""
    return np.array([(f(x + 1e-05 * e) - f(x - 1e-05 * e)) / 2e-05 for e in np.eye(len(x))])


def softsign_backward__copied(dA, A):
    """the slope of tanh"""
    return dA * (1 - A * A)


def softsign_backward__of_z(dA, A):
    """the output taken for the input"""
    return dA / (1 + np.abs(A)) ** 2


def softsign_backward__sign_forgotten(dA, A):
    """no modulus"""
    return dA * (1 - A) ** 2
