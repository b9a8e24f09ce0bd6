"""Wrong answers to training/backpropagation, as students write them: none may get all points, at any seed."""

import numpy as np


def dense__b_col(A, W, b):
    return A @ W + np.resize(b, (len(A), 1))


def dense__b_rows(A, W, b):
    return A @ W + (b[:, None] if len(A) == len(b) else b)


def dense__b_mean(A, W, b):
    return A @ W + b.mean()


def dense__b_0(A, W, b):
    return A @ W + b[0]


def dense__wt(A, W, b):
    return A @ (W.T if W.shape[0] == W.shape[1] else W) + b


def dense__at(A, W, b):
    return (A.T if A.shape[0] == A.shape[1] else A) @ W + b


def dense__out_t(A, W, b):
    Z = A @ W + b
    return Z.T


def dense__relu(A, W, b):
    return np.maximum(A @ W + b, 0)


def dense__mean(A, W, b):
    return A @ W / A.shape[1] + b


def dense__b_times(A, W, b):
    return A @ W * b


def dense__b_in(A, W, b):
    return (A + b[:1]) @ W


def dense__skip_last(A, W, b):
    return A[:, :-1] @ W[:-1] + b


def dense__int(A, W, b):
    return (A @ W + b).astype(int)


def relu_backward__leaky(dA, Z):
    return dA * np.where(Z > 0, 1, 0.01)


def relu_backward__z_only(dA, Z):
    return np.maximum(Z, 0)


def relu_backward__and_da(dA, Z):
    return np.where((Z > 0) & (dA > 0), dA, 0)


def relu_backward__gt1(dA, Z):
    return dA * (Z > 1)


def relu_backward__int(dA, Z):
    return np.asarray(dA * (Z > 0)).astype(int)


def relu_backward__sign(dA, Z):
    return dA * np.sign(Z)


def relu_backward__ge_minus(dA, Z):
    return dA * (Z > -0.01)


def relu_backward__minimum(dA, Z):
    return np.minimum(dA, np.maximum(Z, 0))


def relu_backward__all(dA, Z):
    return dA * np.all(Z > 0)


def relu_backward__any_row(dA, Z):
    return dA * np.any(Z > 0, axis=-1, keepdims=True) if np.ndim(Z) else dA * (Z > 0)


def relu_backward__smooth(dA, Z):
    return dA / (1 + np.exp(-100 * Z))


def _soft(Z, y):
    n = len(y)
    S = Z - Z.max(1, keepdims=True)
    lse = np.log(np.exp(S).sum(1, keepdims=True))
    L = S - lse
    return -L[np.arange(n), y].mean(), (np.exp(L) - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__k(Z, y):
    l, d = _soft(Z, y)
    return l, d * len(y) / Z.shape[1]


def softmax_cross_entropy__mean_nk(Z, y):
    l, d = _soft(Z, y)
    return l / Z.shape[1], d / Z.shape[1]


def softmax_cross_entropy__log2(Z, y):
    l, d = _soft(Z, y)
    return l / np.log(2), d


def softmax_cross_entropy__log10(Z, y):
    l, d = _soft(Z, y)
    return l / np.log(10), d


def softmax_cross_entropy__eps(Z, y):
    P = np.exp(Z - Z.max(1, keepdims=True))
    P /= P.sum(1, keepdims=True)
    n = len(y)
    return -np.mean(np.log(P[np.arange(n), y] + 1e-8)), (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__eps12(Z, y):
    P = np.exp(Z - Z.max(1, keepdims=True))
    P /= P.sum(1, keepdims=True)
    n = len(y)
    return -np.mean(np.log(P[np.arange(n), y] + 1e-12)), (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__all_entries(Z, y):
    l, d = _soft(Z, y)
    P = d * len(y) + np.eye(Z.shape[1])[y]
    return -np.sum(np.log(P[:, y])) / len(y), d


def softmax_cross_entropy__binary(Z, y):
    l, d = _soft(Z, y)
    P = d * len(y) + np.eye(Z.shape[1])[y]
    Y = np.eye(Z.shape[1])[y]
    return -np.mean(np.sum(Y * np.log(P) + (1 - Y) * np.log(1 - P), 1)), d


def softmax_cross_entropy__no_y(Z, y):
    l, d = _soft(Z, y)
    return l, d + np.eye(Z.shape[1])[y]


def softmax_cross_entropy__y0(Z, y):
    return _soft(Z, np.zeros_like(y))


def softmax_cross_entropy__y_plus1(Z, y):
    return _soft(Z, (y + 1) % Z.shape[1])


def softmax_cross_entropy__clip(Z, y):
    return _soft(np.clip(Z, -700, 700), y)


def softmax_cross_entropy__clip30(Z, y):
    return _soft(np.clip(Z, -30, 30), y)


def softmax_cross_entropy__global_sum(Z, y):
    n = len(y)
    S = Z - Z.max()
    P = np.exp(S) / np.exp(S).sum()
    return -np.mean(np.log(P[np.arange(n), y])), (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__max_shift_min(Z, y):
    n = len(y)
    S = Z - Z.min(1, keepdims=True)
    P = np.exp(S) / np.exp(S).sum(1, keepdims=True)
    return -np.mean(np.log(P[np.arange(n), y])), (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__mean_shift(Z, y):
    n = len(y)
    S = Z - Z.mean(1, keepdims=True)
    P = np.exp(S) / np.exp(S).sum(1, keepdims=True)
    return -np.mean(np.log(P[np.arange(n), y])), (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__accuracy(Z, y):
    l, d = _soft(Z, y)
    return np.mean(Z.argmax(1) != y), d


def softmax_cross_entropy__mse(Z, y):
    l, d = _soft(Z, y)
    return np.mean((d * len(y)) ** 2), d


def softmax_cross_entropy__per_row(Z, y):
    S = Z - Z.max(1, keepdims=True)
    return np.log(np.exp(S).sum(1)) - S[np.arange(len(y)), y], _soft(Z, y)[1]


def softmax_cross_entropy__slice(Z, y):
    l, d = _soft(Z, y)
    P = np.exp(Z - Z.max(1, keepdims=True))
    P /= P.sum(1, keepdims=True)
    G = P.copy()
    G[:, y] -= 1
    return l, G / len(y)


def softmax_cross_entropy__p_not_log(Z, y):
    l, d = _soft(Z, y)
    P = d * len(y) + np.eye(Z.shape[1])[y]
    return -np.mean(P[np.arange(len(y)), y]), d


def _back(dZ, A, W):
    return dZ @ W.T, A.T @ dZ, dZ.sum(0)


def dense_backward__sum_all(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, w, b.sum()


def dense_backward__db2d(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, w, b[None, :]


def dense_backward__db_dz(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, w, dZ


def dense_backward__mean_w(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, w / len(A), b


def dense_backward__no_t_if_square(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return dZ @ W if W.shape[0] == W.shape[1] else a, w, b


def dense_backward__at_if_square(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, A @ dZ if A.shape[0] == A.shape[1] else w, b


def dense_backward__axis1_if_square(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, w, dZ.sum(1) if dZ.shape[0] == dZ.shape[1] else b


def dense_backward__minus(dZ, A, W):
    return tuple(-a for a in _back(dZ, A, W))


def dense_backward__q(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a / dZ.shape[1], w, b


def dense_backward__relu_too(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a * (A > 0), w, b


def dense_backward__first_row(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a, np.outer(A[0], dZ[0]), b


def dense_backward__swap_ab(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return w, a, b


def dense_backward__da_w(dZ, A, W):
    a, w, b = _back(dZ, A, W)
    return a + 0 * A, w + W, b


dense = lambda A, W, b: A @ W + b
relu_backward = lambda dA, Z: dA * (Z > 0)
softmax_cross_entropy, dense_backward = _soft, _back
LG = """
def loss_gradient__{name}(X, y, W1, b1, W2, b2):
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    Z2 = dense(A1, W2, b2)
    loss, dZ2 = softmax_cross_entropy(Z2, y)
    dA1, dW2, db2 = dense_backward(dZ2, A1, W2)
    dZ1 = relu_backward(dA1, Z1)
    dX, dW1, db1 = dense_backward(dZ1, X, W1)
    return loss, dW1, db1, dW2, db2
"""
for n, (a, b) in {
    "np_max": ("A1 = np.maximum(Z1, 0)", "A1 = np.full(Z1.shape, np.max(Z1))"),
    "tanh": ("np.maximum(Z1, 0)", "np.tanh(Z1)"),
    "abs": ("np.maximum(Z1, 0)", "np.abs(Z1)"),
    "relu_back_first": ("dA1, dW2, db2 = dense_backward(dZ2, A1, W2)", "dA1, dW2, db2 = dense_backward(relu_backward(dZ2, Z2), A1, W2)"),
    "bias_forgotten": ("dense(X, W1, b1)", "dense(X, W1, 0 * b1)"),
    "bias_same": ("dense(A1, W2, b2)", "dense(A1, W2, 0 * b2)"),
    "order_wb": ("return loss, dW1, db1, dW2, db2", "return loss, dW1, dW2, db1, db2"),
    "no_loss": ("return loss, ", "return "),
    "dX_too": ("return loss, dW1", "return loss, dX, dW1"),
    "mean_again": ("return loss, dW1, db1, dW2, db2", "return loss, dW1 / len(X), db1 / len(X), dW2 / len(X), db2 / len(X)"),
    "sum_loss": ("return loss,", "return loss * len(X),"),
    "minus": ("return loss, dW1, db1, dW2, db2", "return loss, -dW1, -db1, -dW2, -db2"),
    "reg": ("return loss, dW1", "return loss + .01 * np.sum(W1**2), dW1"),
    "dZ2_dA1": ("relu_backward(dA1, Z1)", "relu_backward(dA1, dA1)"),
    "mask_A1": ("relu_backward(dA1, Z1)", "relu_backward(A1, Z1)"),
    "leaky": ("np.maximum(Z1, 0)", "np.where(Z1 > 0, Z1, .01 * Z1)"),
    "relu6": ("np.maximum(Z1, 0)", "np.clip(Z1, 0, 6)"),
    "no_chain_through_second": ("relu_backward(dA1, Z1)", "relu_backward(np.ones_like(Z1), Z1)"),
    "Z2_softmax_twice": ("softmax_cross_entropy(Z2, y)", "softmax_cross_entropy(np.exp(Z2) / np.exp(Z2).sum(1, keepdims=True), y)"),
}.items():
    assert LG.count(a) == 1, n
    exec(LG.format(name=n).replace(a, b))


def central_difference__x_moved(f, x, h):
    x = x.copy()
    g = np.zeros(len(x))
    for i in range(len(x)):
        x[i] += h
        a = f(x)
        x[i] -= 2 * h
        g[i] = (a - f(x)) / (2 * h)
    return g


def central_difference__alias(f, x, h):
    g = np.zeros(len(x))
    for i in range(len(x)):
        a = x
        b = x
        a[i] += h
        b[i] -= h
        g[i] = (f(a) - f(b)) / (2 * h)
    return g


def central_difference__h2(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / h**2 for e in np.eye(len(x))])


def central_difference__second(f, x, h):
    return np.array([(f(x + h * e) - 2 * f(x) + f(x - h * e)) / h**2 for e in np.eye(len(x))])


def central_difference__mul(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / 2 * h for e in np.eye(len(x))])


def central_difference__prec(f, x, h):
    return np.array([f(x + h * e) - f(x - h * e) / (2 * h) for e in np.eye(len(x))])


def central_difference__sum(f, x, h):
    return sum((f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x)))


def central_difference__norm(f, x, h):
    g = np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])
    return g / np.linalg.norm(g)


def central_difference__fixed_h(f, x, h, k=1e-5):
    return np.array([(f(x + k * e) - f(x - k * e)) / (2 * k) for e in np.eye(len(x))])


def central_difference__rel_h(f, x, h):
    return np.array([(f(x + h * abs(x) * e) - f(x - h * abs(x) * e)) / (2 * h * abs(x[i])) for i, e in enumerate(np.eye(len(x)))])


def central_difference__backward(f, x, h):
    return np.array([(f(x) - f(x - h * e)) / h for e in np.eye(len(x))])


def central_difference__four(f, x, h):
    return np.array([(8 * (f(x + h * e) - f(x - h * e)) - f(x + 2 * h * e) + f(x - 2 * h * e)) / (12 * h) for e in np.eye(len(x))])


def central_difference__plus(f, x, h):
    return np.array([(f(x + h * e) + f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def central_difference__last(f, x, h):
    g = np.zeros(len(x))
    for i in range(len(x) - 1):
        e = np.eye(len(x))[i]
        g[i] = (f(x + h * e) - f(x - h * e)) / (2 * h)
    return g


def central_difference__first(f, x, h):
    e = np.eye(len(x))[0]
    return (f(x + h * e) - f(x - h * e)) / (2 * h)


def central_difference__return_in_loop(f, x, h):
    g = np.zeros(len(x))
    for i in range(len(x)):
        e = np.eye(len(x))[i]
        g[i] = (f(x + h * e) - f(x - h * e)) / (2 * h)
        return g


def central_difference__e_accumulates(f, x, h):
    g = np.zeros(len(x))
    e = np.zeros(len(x))
    for i in range(len(x)):
        e[i] = h
        g[i] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def best_h__no3(eps, size, third):
    return np.cbrt(eps * size / third)


def best_h__sqrt(eps, size, third):
    return np.sqrt(3 * eps * size / third)


def best_h__third(eps, size, third):
    return np.cbrt(eps * size / (3 * third))


def best_h__pow_int(eps, size, third):
    return (3 * eps * size / third) ** (1 // 3)


def best_h__pow_prec(eps, size, third):
    return (3 * eps * size / third) ** 1 / 3


def best_h__min_value(eps, size, third):
    h = np.cbrt(3 * eps * size / third)
    return h**2 / 6 * third + eps * size / h


def best_h__12(eps, size, third):
    return np.cbrt(12 * eps * size / third)


def best_h__eps13(eps, size, third):
    return np.cbrt(eps)


def best_h__size_forgotten(eps, size, third):
    return np.cbrt(3 * eps / third)


def best_h__scan(eps, size, third):
    h = np.logspace(-8, 0, 2000)
    return h[np.argmin(h**2 / 6 * third + eps * size / h)]


def best_h__third_small(eps, size, third):
    return (3 * eps * size / third) ** 0.333


def best_h__third_333333(eps, size, third):
    return (3 * eps * size / third) ** 0.3333333


def softsign_backward__one(dA, A):
    return (1 - np.abs(A)) ** 2


def softsign_backward__tanh(dA, A):
    return dA * (1 - A**2)


def softsign_backward__of_z(dA, A):
    return dA / (1 + np.abs(A)) ** 2


def softsign_backward__not_squared(dA, A):
    return dA * (1 - np.abs(A))


def softsign_backward__no_modulus(dA, A):
    return dA * (1 - A) ** 2


def softsign_backward__minus_square(dA, A):
    return dA * (1 - np.abs(A) ** 2)


def softsign_backward__prec(dA, A):
    return dA * 1 - np.abs(A) ** 2


def softsign_backward__sigmoid(dA, A):
    return dA * A * (1 - A)


def softsign_backward__forward(dA, A):
    return dA / (1 + np.abs(dA))


def softsign_backward__cubed(dA, A):
    return dA * (1 - np.abs(A)) ** 3


def softsign_backward__positive_only(dA, A):
    return np.where(A > 0, dA * (1 - np.abs(A)) ** 2, 0.0)


def softsign_backward__int(dA, A):
    return (dA * (1 - np.abs(A)) ** 2).round(2)
