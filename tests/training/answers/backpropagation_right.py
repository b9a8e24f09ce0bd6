import math

import numpy as np


# ---------------------------------------------------------------------------------------------------------------- dense
def dense__loop(A, W, b):
    Z = np.zeros((A.shape[0], W.shape[1]))
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            Z[i, j] = b[j]
            for k in range(A.shape[1]):
                Z[i, j] += A[i, k] * W[k, j]
    return Z


def dense__lists(A, W, b):
    return [[sum(a * w for a, w in zip(row, column)) + c for column, c in zip(zip(*W.tolist()), b.tolist())] for row in A.tolist()]


def dense__einsum(A, W, b):
    return np.einsum("ik,kj->ij", A, W) + b[None, :]


def dense__one_product(A, W, b):
    return np.hstack([A, np.ones((len(A), 1))]) @ np.vstack([W, b])


def dense__transposed(A, W, b):
    return (W.T @ A.T + b.reshape(-1, 1)).T


def dense__float32_inside(A, W, b):
    return A.astype(np.float32) @ W.astype(np.float32) + b.astype(np.float32)


# -------------------------------------------------------------------------------------------------------- relu_backward
def relu_backward__mask(dA, Z):
    return dA * (Z > 0)


def relu_backward__loop(dA, Z):
    out = np.zeros(np.shape(Z))
    for i in np.ndindex(np.shape(Z)):
        out[i] = dA[i] if Z[i] > 0 else 0
    return out


def relu_backward__copy(dA, Z):
    dZ = np.array(dA)
    dZ[Z <= 0] = 0
    return dZ


def relu_backward__sign(dA, Z):
    return dA * (np.sign(Z) + 1) / 2


def relu_backward__lists(dA, Z):
    if np.ndim(Z) == 0:
        return float(dA) if Z > 0 else 0.0
    return [relu_backward__lists(a, z) for a, z in zip(dA, Z)]


def relu_backward__in_place__impure(dA, Z):
    dA[Z < 0] = 0
    return dA


# ------------------------------------------------------------------------------------------------ softmax_cross_entropy
def softmax_cross_entropy__loop(Z, y):
    n, k = Z.shape
    loss, dZ = 0.0, np.zeros((n, k))
    for i in range(n):
        top = max(Z[i])
        exps = [math.exp(z - top) for z in Z[i]]
        total = sum(exps)
        loss += (math.log(total) + float(top) - float(Z[i, y[i]])) / n
        for j in range(k):
            dZ[i, j] = (exps[j] / total - (j == y[i])) / n
    return loss, dZ


def softmax_cross_entropy__log_probabilities(Z, y):
    Z = Z - Z.max(1)[:, None]
    log_p = Z - np.log(np.exp(Z).sum(1))[:, None]
    one_hot = np.eye(Z.shape[1])[y]
    return np.mean(-(log_p * one_hot).sum(1)), (np.exp(log_p) - one_hot) / len(Z)


def softmax_cross_entropy__subtract_one(Z, y):
    rows = np.arange(len(y))
    P = np.exp(Z - np.max(Z, axis=-1, keepdims=True))
    P /= P.sum(axis=-1, keepdims=True)
    shifted = Z - np.max(Z, axis=-1, keepdims=True)
    loss = np.mean(np.log(np.exp(shifted).sum(axis=-1)) - shifted[rows, y])
    P[rows, y] -= 1
    return [loss, P / len(y)]


def softmax_cross_entropy__logaddexp(Z, y):
    rows, total = np.arange(len(y)), np.logaddexp.reduce(Z, axis=1)
    P = np.exp(Z - total[:, None])
    P[rows, y] -= 1.0
    return (total - Z[rows, y]).mean(), P * (1 / len(y))


def softmax_cross_entropy__shifts_z__impure(Z, y):
    Z -= Z.max(axis=1, keepdims=True)
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    Y = np.eye(Z.shape[1])[y]
    return np.sum(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y]) / len(y), (P - Y) / len(y)


# ------------------------------------------------------------------------------------------------------- dense_backward
def dense_backward__loop(dZ, A, W):
    dA, dW, db = np.zeros(A.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for i in range(A.shape[0]):
        for j in range(W.shape[1]):
            db[j] += dZ[i, j]
            for k in range(A.shape[1]):
                dW[k, j] += A[i, k] * dZ[i, j]
                dA[i, k] += dZ[i, j] * W[k, j]
    return dA, dW, db


def dense_backward__einsum(dZ, A, W):
    return np.einsum("ij,kj->ik", dZ, W), np.einsum("ik,ij->kj", A, dZ), np.einsum("ij->j", dZ)


def dense_backward__outer(dZ, A, W):
    return np.array([W @ row for row in dZ]), sum(np.outer(a, z) for a, z in zip(A, dZ)), np.ones(len(dZ)) @ dZ


def dense_backward__lists(dZ, A, W):
    return (dZ @ W.T).tolist(), np.transpose(dZ.T @ A).tolist(), [math.fsum(column) for column in dZ.T]


def dense_backward__float32_inside(dZ, A, W):
    dZ, A, W = (a.astype(np.float32) for a in (dZ, A, W))
    return dZ @ W.T, A.T @ dZ, dZ.sum(0)


def dense_backward__changes__impure(dZ, A, W):
    dW, db = A.T @ dZ, dZ.sum(0)
    A[...] = dZ @ W.T
    return A, dW, db


# -------------------------------------------------------------------------------------------------------- loss_gradient
dense, dense_backward, relu_backward = dense__einsum, dense_backward__outer, relu_backward__mask
softmax_cross_entropy = softmax_cross_entropy__log_probabilities


def loss_gradient__composed(X, y, W1, b1, W2, b2):
    before = dense(X, W1, b1)
    hidden = before * (before > 0)
    loss, error = softmax_cross_entropy(dense(hidden, W2, b2), y)
    back, gW2, gb2 = dense_backward(error, hidden, W2)
    _, gW1, gb1 = dense_backward(relu_backward(back, before), X, W1)
    return loss, gW1, gb1, gW2, gb2


def loss_gradient__written_out(X, y, W1, b1, W2, b2):
    H = np.maximum(0, X @ W1 + b1)
    Z = H @ W2 + b2
    P = np.exp(Z - Z.max(1, keepdims=True))
    P = P / P.sum(1, keepdims=True)
    D = (P - (y[:, None] == np.arange(Z.shape[1]))) / len(X)
    E = D @ W2.T * (H > 0)
    return [-np.mean(np.log(P[np.arange(len(X)), y])), X.T @ E, E.sum(0), H.T @ D, D.sum(0)]


def loss_gradient__layers(X, y, W1, b1, W2, b2):
    stack, a = [], X
    for W, b, last in ((W1, b1, False), (W2, b2, True)):
        z = dense(a, W, b)
        stack.append((a, W, z))
        a = z if last else np.clip(z, 0, None)
    loss, d = softmax_cross_entropy(a, y)
    out = []
    for depth, (a, W, z) in enumerate(reversed(stack)):
        d = relu_backward(d, z) if depth else d
        d, dW, db = dense_backward(d, a, W)
        out = [dW, db] + out
    return (loss, *out)


def loss_gradient__row_by_row(X, y, W1, b1, W2, b2):
    total = [0.0, 0 * W1, 0 * b1, 0 * W2, 0 * b2]
    for x, label in zip(X, y):
        z = x @ W1 + b1
        h = np.where(z > 0, z, 0)
        o = h @ W2 + b2
        p = np.exp(o) / np.exp(o).sum()
        d = p - np.eye(len(o))[label]
        e = (W2 @ d) * (z > 0)
        parts = [-np.log(p[label]), np.outer(x, e), e, np.outer(h, d), d]
        total = [a + b / len(X) for a, b in zip(total, parts)]
    return tuple(total)


# --------------------------------------------------------------------------------------------------- central_difference
def central_difference__units(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def central_difference__all_at_once(f, x, h):
    return (f(x + h * np.eye(x.size)) - f(x - h * np.eye(x.size))) / h / 2


def central_difference__copies(f, x, h):
    out = []
    for i in range(len(x)):
        right, left = x.copy(), x.copy()
        right[i] += h
        left[i] -= h
        out.append(0.5 * (f(right) - f(left)) / h)
    return out


def central_difference__half_steps(f, x, h):
    forward = np.array([f(x + h * e) - f(x) for e in np.eye(len(x))])
    backward = np.array([f(x) - f(x - h * e) for e in np.eye(len(x))])
    return (forward / h + backward / h) / 2


def central_difference__moves_x__impure(f, x, h):
    grad = np.zeros(len(x))
    for i in range(len(x)):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        grad[i] = (up - f(x)) / (2 * h)
        x[i] += h
    x += 1e-3
    return grad


# --------------------------------------------------------------------------------------------------------------- best_h
def best_h__power(eps, size, third):
    return (3 * eps * size / third) ** (1 / 3)


def best_h__logarithm(eps, size, third):
    return math.exp((math.log(3) + math.log(eps) + math.log(size) - math.log(third)) / 3)


def best_h__factors(eps, size, third):
    return np.cbrt(3.0) * np.cbrt(eps) * np.cbrt(size / third)


def best_h__float32(eps, size, third):
    return np.float32((3 * eps * size / third) ** (1 / 3))


def best_h__newton(eps, size, third):
    """The zero of the derivative of eps size / h + third h**2 / 6."""
    h = (eps * size / third) ** 0.3333
    for _ in range(60):
        h = h - (h**3 - 3 * eps * size / third) / (3 * h**2)
    return np.array(h)


def softsign_backward__minus(dA, A):
    b = 1 - abs(A)
    return dA * b * b


def softsign_backward__branches(dA, A):
    return np.where(A > 0, dA * (1 - A) ** 2, dA * (1 + A) ** 2)


def softsign_backward__through_z(dA, A):
    Z = A / (1 - np.abs(A))
    return dA / (1 + np.abs(Z)) ** 2


def softsign_backward__loop(dA, A):
    out = np.empty(A.shape)
    for i in np.ndindex(*A.shape):
        out[i] = dA[i] * (1 - abs(A[i])) ** 2
    return out


def softsign_backward__in_place__impure(dA, A):
    dA *= (1 - np.abs(A)) ** 2
    return dA
