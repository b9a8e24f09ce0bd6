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


def largest_lr__loss(X):
    f = lambda theta: np.mean((X @ theta) ** 2)
    e = np.eye(X.shape[1])
    H = [[(f(a + b) - f(a - b)) / 2 for a in e] for b in e]
    return 2 / np.linalg.eigvalsh(np.array(H)).max()


def largest_lr__svd(X):
    return X.shape[0] / np.linalg.svd(X)[1].max() ** 2


def largest_lr__einsum(X):
    return np.array(1 / np.linalg.eigvalsh(np.einsum("ni,nj->ij", X, X) / len(X))[-1])


def largest_lr__power(X):
    x = np.ones(X.shape[1]) + 0.1 * np.arange(X.shape[1])
    M = X.T @ X / len(X)
    B = M / np.trace(M)
    for _ in range(60):
        B = B @ B
        B = B / np.trace(B)
    x = B @ x
    return (x @ x) / (x @ M @ x)


def largest_lr__f32(X):
    return np.float32(len(X) / np.linalg.norm(X, 2) ** 2)


def contraction__reduce(lrs, curvatures):
    return max(abs(functools.reduce(lambda q, lr: q * (1 - lr * k), lrs, 1)) for k in curvatures)


def contraction__polynomial(lrs, curvatures):
    p = np.poly1d([1.0])
    for lr in lrs:
        p = p * np.poly1d([-lr, 1.0])
    return np.fabs(p(curvatures)).max()


def contraction__sqrt(lrs, curvatures):
    return math.sqrt(max(math.prod(1 - lr * k for lr in lrs) ** 2 for k in curvatures))


def contraction__cumprod(lrs, curvatures):
    return (np.abs(np.cumprod(1 - np.multiply.outer(curvatures, lrs), axis=1)[:, -1]).max(),)


def best_lr__sorted(curvatures, decay):
    a, _, b = np.sort(curvatures)
    return [2 / (a + b + 2 * decay)]


def best_lr__ptp(curvatures, decay):
    low = np.min(curvatures)
    return 2 / (2 * (low + decay) + np.ptp(curvatures))


def best_lr__corner(curvatures, decay):
    c = curvatures + decay
    corners = [2 / (a + b) for a in c for b in c]
    return min(corners, key=lambda lr: max(abs(1 - lr * k) for k in c))


def best_lr__bisect(curvatures, decay):
    mu, L = min(curvatures) + decay, max(curvatures) + decay
    lo, hi = 1 / L, 1 / mu
    for _ in range(200):
        m = (lo + hi) / 2
        if 1 - m * mu > m * L - 1:
            lo = m
        else:
            hi = m
    return (lo + hi) / 2


def best_lr__f32(curvatures, decay):
    return np.float32(2 / (curvatures.min() + curvatures.max() + 2 * decay))
