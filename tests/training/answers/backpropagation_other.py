"""More right answers to training/backpropagation, each written in another way: all must get all points, at any seed."""

import math

import numpy as np


def dense__dot(A, W, b):
    return np.dot(A, W) + b


def dense__matmul(A, W, b):
    return np.add(np.matmul(A, W), np.broadcast_to(b, (A.shape[0], W.shape[1])))


def dense__vectorize(A, W, b):
    return np.vectorize(lambda a, w: a @ w, signature="(p),(p,q)->(q)")(A, W) + b


def dense__outer(A, W, b):
    return sum(np.outer(A[:, k], W[k]) for k in range(len(W))) + b


def dense__tensordot(A, W, b):
    return np.tensordot(A, W, 1) + np.tile(b, (len(A), 1))


def dense__fsum(A, W, b):
    return [[math.fsum([*(A[i, k] * W[k, j] for k in range(len(W))), b[j]]) for j in range(len(b))] for i in range(len(A))]


def dense__ones(A, W, b):
    return A @ W + np.ones((len(A), 1)) @ b.reshape(1, -1)


def dense__inplace(A, W, b):
    Z = A @ W
    Z += b
    return Z


def dense__stack(A, W, b):
    return np.stack([row @ W + b for row in A])


def dense__columns(A, W, b):
    return np.column_stack([A @ W[:, j] + b[j] for j in range(W.shape[1])])


def dense__broadcast(A, W, b):
    return (A[:, :, None] * W[None]).sum(axis=1) + b


def dense__b_first(A, W, b):
    Z = np.zeros((len(A), len(b))) + b
    for k in range(A.shape[1])[::-1]:
        Z = Z + A[:, [k]] * W[[k], :]
    return Z


def dense__kahan(A, W, b):
    Z = np.tile(np.asarray(b, float), (len(A), 1))
    c = np.zeros_like(Z)
    for k in range(A.shape[1]):
        y = np.outer(A[:, k], W[k]) - c
        t = Z + y
        c = (t - Z) - y
        Z = t
    return Z


def dense__matrix(A, W, b):
    return np.asmatrix(A) * np.asmatrix(W) + b


def dense__f32(A, W, b):
    return (A @ W + b).astype("f4")


def relu_backward__heaviside(dA, Z):
    return dA * np.heaviside(Z, 0)


def relu_backward__where(dA, Z):
    return np.where(Z > 0, dA, 0)


def relu_backward__where_le(dA, Z):
    return np.where(Z <= 0, np.zeros_like(dA), dA)


def relu_backward__vectorize(dA, Z):
    return np.vectorize(lambda a, z: a if z > 0 else 0.0, otypes=[float])(dA, Z)


def relu_backward__vectorize_nootypes(dA, Z):
    if Z.size == 0:
        return np.zeros(Z.shape)
    return np.vectorize(lambda a, z: float(a) * (z > 0))(dA, Z)


def relu_backward__astype(dA, Z):
    return (Z > 0).astype(float) * dA


def relu_backward__divide(dA, Z):
    return dA * np.maximum(Z, 0) / Z


def relu_backward__index(dA, Z):
    out = np.zeros(np.shape(dA))
    m = Z > 0
    out[m] = dA[m]
    return out


def relu_backward__multiply_int(dA, Z):
    return np.multiply(dA, np.int64(Z > 0))


def relu_backward__select(dA, Z):
    return np.select([Z > 0], [dA], 0.0)


def relu_backward__putmask(dA, Z):
    out = np.array(dA, copy=True)
    np.putmask(out, Z < 0, 0)
    return out


def relu_backward__bool_zero(dA, Z):
    return dA - dA * (Z <= 0)


def relu_backward__choose(dA, Z):
    return np.choose(Z > 0, [np.zeros(np.shape(Z)), dA])


def relu_backward__f32(dA, Z):
    return np.float32(dA * (Z > 0))


def relu_backward__clip(dA, Z):
    return dA * np.clip(np.ceil(Z), 0, 1)


def relu_backward__abs(dA, Z):
    return dA * (Z + np.abs(Z)) / (2 * Z)


def relu_backward__masked(dA, Z):
    return np.ma.array(dA, mask=Z < 0).filled(0)


def relu_backward__minus_zero(dA, Z):
    return np.where(Z > 0, 1, -0.0) * dA


def relu_backward__frompyfunc(dA, Z):
    return np.frompyfunc(lambda a, z: a if z > 0 else 0, 2, 1)(dA, Z)


def softmax_cross_entropy__one_hot(Z, y):
    n, k = Z.shape
    Y = np.zeros((n, k))
    Y[np.arange(n), y] = 1
    E = np.exp(Z - Z.max(axis=1).reshape(n, 1))
    P = E / np.sum(E, axis=1).reshape(n, 1)
    L = Z - Z.max(axis=1).reshape(n, 1) - np.log(np.sum(E, axis=1)).reshape(n, 1)
    return -np.sum(Y * L) / n, (P - Y) / n


def softmax_cross_entropy__take(Z, y):
    S = Z - np.amax(Z, 1, keepdims=True)
    lse = np.log(np.exp(S).sum(1, keepdims=True))
    lp = S - lse
    G = np.exp(lp)
    np.put_along_axis(G, y[:, None], np.take_along_axis(G, y[:, None], 1) - 1, 1)
    return -np.take_along_axis(lp, y[:, None], axis=1).mean(), G / Z.shape[0]


def softmax_cross_entropy__rows(Z, y):
    loss, rows = 0, []
    for z, c in zip(Z, y):
        s = z - max(z)
        p = np.exp(s) / np.exp(s).sum()
        loss -= s[c] - math.log(np.exp(s).sum())
        g = p.copy()
        g[c] -= 1
        rows.append(g)
    return loss / len(Z), np.array(rows) / len(Z)


def softmax_cross_entropy__stack_sigmoid(Z, y):
    n = len(y)
    D = Z[:, None, :] - Z[:, :, None]
    with np.errstate(over="ignore"):
        P = 1 / np.exp(D).sum(2)
    m = D[np.arange(n), y].max(1)
    loss = np.mean(m + np.log(np.exp(D[np.arange(n), y] - m[:, None]).sum(1)))
    return loss, (P - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__transposed(Z, y):
    T = Z.T - Z.T.max(0)
    E = np.exp(T)
    P = E / E.sum(0)
    n = len(y)
    loss = (np.log(E.sum(0)) - T[y, range(n)]).sum() / n
    Y = (np.arange(len(T))[:, None] == y).astype(int)
    return np.array(loss), ((P - Y) / n).T


def softmax_cross_entropy__log1p(Z, y):
    n = len(y)
    rows = np.arange(n)
    top = Z.argmax(1)
    S = Z - Z[rows, top][:, None]
    E = np.exp(S)
    E[rows, top] = 0
    lse = np.log1p(E.sum(1))
    loss = np.mean(lse - S[rows, y])
    P = np.exp(S - lse[:, None])
    return loss, (P - (np.arange(Z.shape[1])[None] == y[:, None])) / n


def softmax_cross_entropy__shift_all(Z, y):
    """One number from the whole table."""
    S = Z - Z.max()
    lse = np.log(np.exp(S).sum(1))
    n = len(y)
    return (lse - S[np.arange(n), y]).mean(), (np.exp(S - lse[:, None]) - np.eye(Z.shape[1])[y]) / n


def softmax_cross_entropy__fsum(Z, y):
    n = len(y)
    losses = []
    G = []
    for i in range(n):
        z = [float(a) - float(max(Z[i])) for a in Z[i]]
        e = [math.exp(a) for a in z]
        s = math.fsum(e)
        losses.append(math.log(s) - z[int(y[i])])
        G.append([(a / s - (1 if j == y[i] else 0)) / n for j, a in enumerate(e)])
    return [math.fsum(losses) / n, G]


def softmax_cross_entropy__average(Z, y):
    P = np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))
    Y = np.identity(Z.shape[1])[y]
    return np.average(np.logaddexp.reduce(Z, 1) - (Z * Y).sum(1)), np.divide(P - Y, len(Z))


def softmax_cross_entropy__min_shift(Z, y):
    """Shift by the right class's output, clipped log-sum."""
    n = len(y)
    r = np.arange(n)
    S = Z - Z[r, y][:, None]
    m = S.max(1)
    lse = m + np.log(np.exp(S - m[:, None]).sum(1))
    G = np.exp(S - lse[:, None])
    G[r, y] -= 1
    return lse.sum() / n, G / n


def softmax_cross_entropy__f32(Z, y):
    S = Z - Z.max(1, keepdims=True)
    lse = np.log(np.exp(S).sum(1))
    n = len(y)
    return np.float32((lse - S[np.arange(n), y]).mean()), np.float32((np.exp(S - lse[:, None]) - np.eye(Z.shape[1])[y]) / n)


def softmax_cross_entropy__f32_in(Z, y):
    Z = Z.astype(np.float32)
    S = Z - Z.max(1, keepdims=True)
    lse = np.log(np.exp(S).sum(1))
    n = np.float32(len(y))
    return (lse - S[np.arange(len(y)), y]).mean(), ((np.exp(S - lse[:, None]) - np.eye(Z.shape[1], dtype=np.float32)[y]) / n)


def softmax_cross_entropy__copy_minus(Z, y):
    P = np.array(Z, float)
    P -= P.max(axis=1, keepdims=True)
    logs = P - np.log(np.exp(P).sum(axis=1, keepdims=True))
    P = np.exp(logs)
    dZ = P.copy()
    dZ[range(len(y)), y] -= 1
    dZ /= len(y)
    return -logs[range(len(y)), y].mean(), dZ


def softmax_cross_entropy__jacobian(Z, y):
    n = len(y)
    P = np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))
    dZ = []
    for p, c in zip(P, y):
        J = np.diag(p) - np.outer(p, p)
        u = np.zeros(len(p))
        u[c] = -1 / p[c]
        dZ.append(J @ u / n)
    return np.mean(np.logaddexp.reduce(Z, axis=1) - Z[np.arange(n), y]), np.array(dZ)


def softmax_cross_entropy__log_clip(Z, y):
    """-log(P + 1e-300), as everybody does against log(0)."""
    E = np.exp(Z - Z.max(1, keepdims=True))
    P = E / E.sum(1, keepdims=True)
    n = len(y)
    return -np.mean(np.log(P[np.arange(n), y] + 1e-300)), (P - np.eye(Z.shape[1])[y]) / n


def dense_backward__dot(dZ, A, W):
    return dZ.dot(W.T), A.T.dot(dZ), dZ.sum(axis=0)


def dense_backward__transposed(dZ, A, W):
    return (W @ dZ.T).T, (dZ.T @ A).T, dZ.T.sum(axis=1)


def dense_backward__broadcast(dZ, A, W):
    return (dZ[:, None, :] * W).sum(-1), (A[:, :, None] * dZ[:, None, :]).sum(0), dZ.sum(0)


def dense_backward__ones(dZ, A, W):
    return dZ @ W.T, A.T @ dZ, np.ones(len(dZ)).dot(dZ)


def dense_backward__bias_column(dZ, A, W):
    G = np.c_[A, np.ones(len(A))].T @ dZ
    return dZ @ np.transpose(W), G[:-1], G[-1]


def dense_backward__tensordot(dZ, A, W):
    return np.tensordot(dZ, W, (1, 1)), np.tensordot(A, dZ, (0, 0)), np.add.reduce(dZ)


def dense_backward__mean_n(dZ, A, W):
    return dZ @ W.T, A.T @ dZ, np.mean(dZ, axis=0) * len(dZ)


def dense_backward__rows(dZ, A, W):
    dA = np.zeros_like(A)
    dW = np.zeros_like(W)
    db = np.zeros(W.shape[1])
    for i, (z, a) in enumerate(zip(dZ, A)):
        dA[i] = W @ z
        dW += a[:, None] * z
        db += z
    return dA, dW, db


def dense_backward__stack_list(dZ, A, W):
    return [np.stack([W @ z for z in dZ]), np.stack([A[:, k] @ dZ for k in range(A.shape[1])]), [sum(dZ[:, j]) for j in range(dZ.shape[1])]]


def dense_backward__einsum(dZ, A, W):
    return np.einsum("ij,kj", dZ, W), np.einsum("ij,ik->jk", A, dZ), np.einsum("ij->j", dZ)


def dense_backward__generator(dZ, A, W):
    yield dZ @ W.T
    yield A.T @ dZ
    yield dZ.sum(0)


def dense_backward__f32(dZ, A, W):
    return np.float32(dZ @ W.T), np.float32(A.T @ dZ), np.float32(dZ.sum(0))


def dense_backward__differences(dZ, A, W):
    """The loss is linear in each: its derivative at unit arrays."""
    dA = np.array([[np.sum(dZ[i] * W[k]) for k in range(len(W))] for i in range(len(A))])
    dW = np.array([[np.sum(dZ[:, j] * A[:, k]) for j in range(W.shape[1])] for k in range(len(W))])
    return dA, dW, np.cumsum(dZ, axis=0)[-1]


def dense_backward__mixed(dZ, A, W):
    return (dZ @ W.T).tolist(), A.T @ dZ, tuple(np.sum(dZ, 0))


def dense(A, W, b):
    return A @ W + b


relu_backward, softmax_cross_entropy, dense_backward = relu_backward__where, softmax_cross_entropy__take, dense_backward__einsum


def loss_gradient__tuple_unpack(X, y, W1, b1, W2, b2):
    Z1 = dense(X, W1, b1)
    A1 = np.where(Z1 > 0, Z1, 0.0)
    Z2 = dense(A1, W2, b2)
    loss, dZ2 = softmax_cross_entropy(Z2, y)
    dA1, *second = dense_backward(dZ2, A1, W2)
    _, *first = dense_backward(relu_backward(dA1, Z1), X, W1)
    return (loss, *first, *second)


def loss_gradient__relu_of_a(X, y, W1, b1, W2, b2):
    A1 = np.clip(dense(X, W1, b1), 0, np.inf)
    loss, d = softmax_cross_entropy(dense(A1, W2, b2), y)
    e, gW2, gb2 = dense_backward(d, A1, W2)
    _, gW1, gb1 = dense_backward(relu_backward(e, A1), X, W1)
    return [loss, gW1, gb1, gW2, gb2]


def loss_gradient__helpers(X, y, W1, b1, W2, b2):
    class Layer:
        def __init__(s, W, b):
            s.W, s.b = W, b

        def __call__(s, A):
            s.A = A
            return dense(A, s.W, s.b)

        def back(s, d):
            s.dA, s.dW, s.db = dense_backward(d, s.A, s.W)
            return s.dA

    one, two = Layer(W1, b1), Layer(W2, b2)
    z = one(X)
    h = z.copy()
    h[h < 0] = 0
    loss, d = softmax_cross_entropy(two(h), y)
    one.back(relu_backward(two.back(d), z))
    return loss, one.dW, one.db, two.dW, two.db


def loss_gradient__central(X, y, W1, b1, W2, b2):
    """Own forward-mode: one parameter at a time, exact Jacobian of a row."""
    n = len(X)
    Z1 = X @ W1 + b1
    H = Z1 * (Z1 > 0)
    Z2 = H @ W2 + b2
    lse = np.logaddexp.reduce(Z2, axis=1)
    loss = np.mean(lse - Z2[np.arange(n), y])
    D = (np.exp(Z2 - lse[:, None]) - np.eye(Z2.shape[1])[y]) / n
    E = np.einsum("nq,hq,nh->nh", D, W2, Z1 > 0)
    return loss, np.einsum("np,nh->ph", X, E), np.einsum("nh->h", E), np.einsum("nh,nq->hq", H, D), np.einsum("nq->q", D)


def loss_gradient__abs(X, y, W1, b1, W2, b2):
    Z1 = dense(X, W1, b1)
    A1 = (Z1 + abs(Z1)) / 2
    loss, dZ2 = softmax_cross_entropy(dense(A1, W2, b2), y)
    dA1, dW2, db2 = dense_backward(dZ2, A1, W2)
    _, dW1, db1 = dense_backward(relu_backward(dA1, Z1), X, W1)
    return loss, dW1, db1, dW2, db2


def loss_gradient__dict(X, y, W1, b1, W2, b2):
    c = {}
    c["Z1"] = dense(X, W1, b1)
    c["A1"] = np.maximum(0.0, c["Z1"])
    c["Z2"] = dense(c["A1"], W2, b2)
    loss, c["dZ2"] = softmax_cross_entropy(c["Z2"], y)
    c["dA1"], c["dW2"], c["db2"] = dense_backward(c["dZ2"], c["A1"], W2)
    c["dZ1"] = relu_backward(c["dA1"], c["Z1"])
    c["dX"], c["dW1"], c["db1"] = dense_backward(c["dZ1"], X, W1)
    return loss, *(c[k] for k in ("dW1", "db1", "dW2", "db2"))


def loss_gradient__generator(X, y, W1, b1, W2, b2):
    yield from loss_gradient__dict(X, y, W1, b1, W2, b2)


def loss_gradient__f32(X, y, W1, b1, W2, b2):
    return tuple(np.float32(a) for a in loss_gradient__dict(X, y, W1, b1, W2, b2))


def loss_gradient__closures(X, y, W1, b1, W2, b2):
    def layer(W, b):
        def forward(A):
            def backward(d):
                dA, dW, db = dense_backward(d, A, W)
                return dA, (dW, db)

            return dense(A, W, b), backward

        return forward

    z1, back1 = layer(W1, b1)(X)
    z2, back2 = layer(W2, b2)(np.fmax(z1, 0))
    loss, d = softmax_cross_entropy(z2, y)
    d, g2 = back2(d)
    _, g1 = back1(relu_backward(d, z1))
    return (loss,) + g1 + g2


def loss_gradient__own_all(X, y, W1, b1, W2, b2):
    n = X.shape[0]
    z1 = X.dot(W1) + b1
    a1 = np.maximum(z1, 0)
    z2 = a1.dot(W2) + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y]).sum() / n
    d2 = p.copy()
    d2[np.arange(n), y] -= 1
    d2 /= n
    d1 = d2.dot(W2.T)
    d1[z1 <= 0] = 0
    return loss, X.T.dot(d1), d1.sum(axis=0), a1.T.dot(d2), d2.sum(axis=0)


def central_difference__comprehension(f, x, h):
    return [(f(x + h * np.eye(len(x))[i]) - f(x - h * np.eye(len(x))[i])) / (2 * h) for i in range(len(x))]


def central_difference__restore(f, x, h):
    g = np.empty(len(x))
    x = x.copy()
    for i in range(len(x)):
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        down = f(x)
        x[i] = old
        g[i] = (up - down) / h / 2
    return g


def central_difference__restore_arg(f, x, h):
    g = np.empty(len(x))
    for i in range(len(x)):
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        down = f(x)
        x[i] = old
        g[i] = (up - down) / (2 * h)
    return g


def central_difference__apply(f, x, h):
    return np.apply_along_axis(lambda e: (f(x + e) - f(x - e)) / (2 * h), 1, h * np.identity(x.size))


def central_difference__separate(f, x, h):
    return np.array([f(x + h * e) / (2 * h) - f(x - h * e) / (2 * h) for e in np.eye(len(x))])


def central_difference__lists(f, x, h):
    x = x.tolist()
    return np.array([(f(x[:i] + [x[i] + h] + x[i + 1 :]) - f(x[:i] + [x[i] - h] + x[i + 1 :])) / (2 * h) for i in range(len(x))])


def central_difference__batch(f, x, h):
    d = len(x)
    P = np.vstack([x + h * np.eye(d), x - h * np.eye(d)])
    F = f(P)
    return (F[:d] - F[d:]) / (2 * h)


def central_difference__floats(f, x, h):
    return np.fromiter(
        (float((f(x + np.where(np.arange(len(x)) == i, h, 0)) - f(x - np.where(np.arange(len(x)) == i, h, 0))) / (2 * h)) for i in range(len(x))),
        float,
    )


def central_difference__map(f, x, h):
    return np.array(list(map(lambda e: 0.5 / h * (f(x + e) - f(x - e)), h * np.eye(len(x)))))


def central_difference__reversed(f, x, h):
    return np.array([(f(x - h * e) - f(x + h * e)) / (-2 * h) for e in np.eye(len(x))])


def central_difference__recursion(f, x, h, i=0):
    if i == len(x):
        return []
    e = np.zeros(len(x))
    e[i] = h
    return [(f(x + e) - f(x - e)) / (2 * h)] + central_difference__recursion(f, x, h, i + 1)


def central_difference__actual_step(f, x, h):
    g = np.zeros_like(x)
    for i in range(x.size):
        a, b = x.copy(), x.copy()
        a[i] += h
        b[i] -= h
        g[i] = (f(a) - f(b)) / (a[i] - b[i])
    return g


def central_difference__f32(f, x, h):
    return np.float32([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def central_difference__np_zeros_d1(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]).ravel()


def best_h__exp(eps, size, third):
    return np.exp(np.log(3 * eps * size / third) / 3)


def best_h__split(eps, size, third):
    return 3 ** (1 / 3) * (eps * size) ** (1 / 3) / third ** (1 / 3)


def best_h__pow(eps, size, third):
    return math.pow(3 * eps * size / third, 1.0 / 3.0)


def best_h__cbrt(eps, size, third):
    return math.cbrt(3 * eps * size / third) if hasattr(math, "cbrt") else (3 * eps * size / third) ** (1 / 3)


def best_h__roots(eps, size, third):
    r = np.roots([third / 3, 0, 0, -eps * size])
    return r[np.argmin(abs(r.imag))].real


def best_h__bisect(eps, size, third):
    lo, hi = 0.0, 1e3
    for _ in range(300):
        m = (lo + hi) / 2
        if third * m**3 / 3 < eps * size:
            lo = m
        else:
            hi = m
    return m


def best_h__golden(eps, size, third):
    u = np.log10([3, eps, size, third])
    return 10 ** ((u[:3].sum() - u[3]) / 3)


def best_h__tuple(eps, size, third):
    return (np.cbrt(3 * eps * size / third),)


def best_h__zero_d(eps, size, third):
    return np.array((3 * eps * size) ** (1 / 3) * third ** (-1 / 3))


def best_h__power2(eps, size, third):
    return np.power(eps * size * 3 / third, 1 / 3)


def best_h__sixths(eps, size, third):
    return (eps * size / (2 * third / 6)) ** (1 / 3)


def best_h__list(eps, size, third):
    return [float(np.cbrt(3 * eps * size / third))]


def softsign_backward__vectorize(dA, A):
    return np.vectorize(lambda d, a: d * (1 - abs(a)) ** 2, otypes=[float])(dA, A)


def softsign_backward__out(dA, A):
    return dA - 2 * dA * np.abs(A) + dA * A**2


def softsign_backward__sqrt(dA, A):
    return np.square(1 - np.sqrt(A**2)) * dA


def softsign_backward__power(dA, A):
    return np.multiply(dA, np.power(np.subtract(1, np.fabs(A)), 2))


def softsign_backward__sign(dA, A):
    return dA * (1 - np.sign(A) * A) ** 2


def softsign_backward__maximum(dA, A):
    return dA * (1 - np.maximum(A, -A)) ** 2


def softsign_backward__quotient_rule(dA, A):
    Z = A / (1 - np.abs(A))
    return dA * ((1 + np.abs(Z)) - Z * np.sign(Z)) / (1 + np.abs(Z)) ** 2


def softsign_backward__copy(dA, A):
    dZ = np.array(dA, copy=True)
    dZ *= (1 - np.abs(A)) ** 2
    return dZ


def softsign_backward__f32(dA, A):
    return np.float32(dA * (1 - np.abs(A)) ** 2)


def softsign_backward__tuple(dA, A):
    return (dA * (1 - np.abs(A)) ** 2,)
