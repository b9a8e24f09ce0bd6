"""More right answers to gradient/gd, each written in another way: all must get all points, at any seed."""

import functools
import math

import numpy as np


def gd_step__vectorize(theta, grad, lr):
    return np.vectorize(lambda x, g: x - lr * g, otypes=[float])(theta, grad)


def gd_step__frompyfunc(theta, grad, lr):
    return np.frompyfunc(lambda x, g: x - lr * g, 2, 1)(theta, grad)


def gd_step__copy(theta, grad, lr):
    new = np.array(theta, dtype=float)
    new -= lr * grad
    return new


def gd_step__zeros_like(theta, grad, lr):
    out = np.zeros_like(theta)
    np.subtract(theta, np.multiply(lr, grad), out=out)
    return out


def gd_step__tensordot(theta, grad, lr):
    return np.tensordot([1.0, -lr], np.stack([theta, grad]), axes=1)


def gd_step__tuple(theta, grad, lr):
    return (theta - lr * grad,)


def gd_step__factored(theta, grad, lr):
    return lr * (theta / lr - grad)


def gd_step__sum(theta, grad, lr):
    return sum([theta, -lr * grad])


def gd_step__flat(theta, grad, lr):
    return np.reshape(np.ravel(theta) - lr * np.ravel(grad), np.shape(theta))


def gd_step__empty(theta, grad, lr):
    if np.size(theta) == 0:
        return theta
    return theta + np.negative(lr) * grad


def gd_step__f32(theta, grad, lr):
    return (theta - lr * grad).astype(np.float32)


def gd_step__scale(theta, grad, lr):
    n = np.linalg.norm(grad)
    return theta - lr * n * (grad / n) if n else theta.copy()


def gd_step__default(theta, grad, lr=0.1):
    return theta - np.full(np.shape(theta), lr) * grad


def gd_step__deepcopy(theta, grad, lr):
    import copy

    theta = copy.deepcopy(theta)
    theta -= lr * grad
    return theta


gd_step = gd_step__copy


def gd_run__for_else(grad, theta, lr, tol, max_steps):
    path = [theta.copy()]
    k = 0
    while True:
        g = grad(theta)
        if k == max_steps or np.linalg.norm(g) <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
        k += 1
    return np.array(path)


def gd_run__asks_last(grad, theta, lr, tol, max_steps):
    path = [theta]
    g = grad(theta)
    for k in range(max_steps):
        if not math.sqrt(sum(x * x for x in g)) > tol:
            break
        path.append(gd_step(path[-1], g, lr))
        g = grad(path[-1])
    return path


def gd_run__hypot(grad, theta, lr, tol, max_steps):
    path = theta[np.newaxis]
    for _ in range(max_steps):
        g = grad(path[-1])
        if np.hypot(*g) <= tol:
            return path
        path = np.concatenate([path, [path[-1] - lr * g]])
    return path


def gd_run__einsum(grad, theta, lr, tol, max_steps):
    path, n = [theta], 0
    while n < max_steps and np.einsum("i,i", grad(path[-1]), grad(path[-1])) ** 0.5 > tol:
        path.append(gd_step(path[-1], grad(path[-1]), lr))
        n += 1
    return np.vstack(path) if hasattr(np, "row_stack") else np.vstack(path)


def gd_run__generator(grad, theta, lr, tol, max_steps):
    def walk(x):
        yield x
        for _ in range(max_steps):
            g = grad(x)
            if np.sqrt(g.dot(g)) <= tol:
                return
            x = gd_step(x, g, lr)
            yield x

    return np.array(list(walk(theta)))


def gd_run__dist(grad, theta, lr, tol, max_steps):
    path = [tuple(theta)]
    for _ in range(max_steps):
        g = grad(np.array(path[-1]))
        if math.dist(g, (0, 0)) <= tol:
            break
        path.append(tuple(gd_step(np.array(path[-1]), g, lr)))
    return tuple(path)


def gd_run__preallocated(grad, theta, lr, tol, max_steps):
    path = np.empty((max_steps + 1, 2))
    path[0] = theta
    n = 1
    while n <= max_steps:
        g = grad(path[n - 1])
        if np.linalg.norm(g) <= tol:
            break
        path[n] = gd_step(path[n - 1], g, lr)
        n += 1
    return path[:n]


def gd_run__inplace_copy(grad, theta, lr, tol, max_steps):
    theta = np.array(theta)
    path = [theta.copy()]
    for i in range(max_steps):
        g = grad(theta)
        if (g**2).sum() ** 0.5 <= tol:
            break
        theta -= lr * g
        path.append(theta.copy())
    return np.array(path)


def gd_run__rows(grad, theta, lr, tol, max_steps):
    X = theta.reshape(1, 2)
    path = [X]
    for i in range(max_steps):
        G = grad(X)
        if np.linalg.norm(G, axis=1)[0] <= tol:
            break
        X = X - lr * G
        path.append(X)
    return np.concatenate(path)


def gd_run__f32(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path, dtype="f4")


def largest_lr__eigh(A):
    return 2 / np.linalg.eigh(A).eigenvalues.max()


def largest_lr__eigvals_abs(A):
    return 2.0 / np.abs(np.linalg.eigvals(A)).max()


def largest_lr__min(A):
    return min(2 / np.linalg.eigvalsh(A))


def largest_lr__inverse(A):
    return 2 * np.min(np.linalg.eigvalsh(np.linalg.inv(A)))


def largest_lr__cond(A):
    return 2 / (np.linalg.cond(A) / np.linalg.norm(np.linalg.inv(A), 2))


def largest_lr__zero_d(A):
    return np.array(2 / np.linalg.eigvalsh(A)[-1])


def largest_lr__half(A):
    return 1 / np.linalg.eigvalsh(A / 2).max()


def largest_lr__sym(A):
    return 2 / np.linalg.eigvalsh((A + A.T) / 2)[-1:]


def largest_lr__upper(A):
    return 2 / np.linalg.eigvalsh(A, UPLO="U")[-1]


def largest_lr__loop(A):
    best = -np.inf
    for e in np.linalg.eigvals(A):
        if e.real > best:
            best = e.real
    return 2 / float(best)


def largest_lr__roots(A):
    return 2 / np.max(np.roots(np.poly(A)).real)


def largest_lr__sqrt(A):
    return 2 / np.sqrt(np.linalg.eigvalsh(A @ A)[-1])


def largest_lr__power(A):
    x = np.ones(len(A))
    for _ in range(20000):
        x = A @ x
        x = x / np.linalg.norm(x)
    return 2 / (x @ A @ x)


def largest_lr__svd(A):
    return 2 / np.linalg.svd(A)[1].max()


def largest_lr__list(A):
    return [2 / max(np.linalg.eigvalsh(A).tolist())]


def largest_lr__f32(A):
    return np.float32(2 / np.linalg.eigvalsh(A)[-1])


def contraction__fmax(lr, mu, L):
    return np.fmax(np.fabs(1 - lr * mu), np.fabs(1 - lr * L))


def contraction__where(lr, mu, L):
    return np.where(lr < 2 / (mu + L), 1 - lr * mu, lr * L - 1)


def contraction__if(lr, mu, L):
    if lr <= 2 / (mu + L):
        return 1 - lr * mu
    return lr * L - 1


def contraction__sqrt(lr, mu, L):
    return math.sqrt(max((1 - lr * mu) ** 2, (1 - lr * L) ** 2))


def contraction__sorted(lr, mu, L):
    return sorted(map(abs, [1 - lr * mu, 1 - lr * L]))[-1]


def contraction__norm2(lr, mu, L):
    return np.linalg.norm(np.diag([1 - lr * mu, 1 - lr * L]), 2)


def contraction__half(lr, mu, L):
    a, b = abs(1 - lr * mu), abs(1 - lr * L)
    return (a + b + abs(a - b)) / 2


def contraction__grid(lr, mu, L):
    return np.max(np.abs(1 - lr * np.linspace(mu, L, 101)))


def contraction__tuple(lr, mu, L):
    return (max(abs(lr * mu - 1), abs(lr * L - 1)),)


def contraction__reduce(lr, mu, L):
    return functools.reduce(max, (abs(1 - lr * k) for k in (mu, L)))


def best_lr__factor(mu, L):
    return 2 * (mu + L) ** -1


def best_lr__harmonic(mu, L):
    return 1 / ((mu + L) / 2)


def best_lr__q(mu, L):
    q = (L - mu) / (L + mu)
    return (1 - q) / mu


def best_lr__q2(mu, L):
    k = L / mu
    return (1 + (k - 1) / (k + 1)) / L


def best_lr__list(mu, L):
    return [2 / (mu + L)]


def best_lr__0d(mu, L):
    return np.array(2.0) / (mu + L)


def best_lr__bisect(mu, L):
    lo, hi = 1 / L, 1 / mu
    for _ in range(200):
        m = (lo + hi) / 2
        if 1 - m * mu > m * L - 1:
            lo = m
        else:
            hi = m
    return (lo + hi) / 2


def best_lr__weighted(mu, L):
    return 2 / sum((mu, L))


def best_lr__f32(mu, L):
    return np.float32(2 / (mu + L))


def best_lr__exp(mu, L):
    return math.exp(math.log(2) - math.log(mu + L))
