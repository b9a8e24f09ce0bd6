"""Wrong answers to gradient/gd, as students write them: none may get all points, at any seed."""

import math

import numpy as np


def gd_step__lr_fixed(theta, grad, lr):
    return theta - 0.01 * grad


def gd_step__normalised(theta, grad, lr):
    return theta - lr * grad / (np.linalg.norm(grad) + 1e-12)


def gd_step__clip(theta, grad, lr):
    return theta - lr * np.clip(grad, -1, 1)


def gd_step__clip100(theta, grad, lr):
    return theta - lr * np.clip(grad, -100, 100)


def gd_step__order(theta, grad, lr):
    return lr * grad - theta


def gd_step__all_weighted(theta, grad, lr):
    return lr * (theta - grad)


def gd_step__momentum(theta, grad, lr):
    return theta - lr * grad * 1.9


def gd_step__int(theta, grad, lr):
    out = np.zeros(np.shape(theta), int)
    out[...] = theta - lr * grad
    return out


def gd_step__returns_grad(theta, grad, lr):
    return theta * grad * lr


def gd_step__mean(theta, grad, lr):
    return theta - lr * np.mean(grad) if np.size(grad) else theta


def gd_step__swap(grad, theta, lr):
    return theta - lr * grad


def gd_step__print(theta, grad, lr):
    print(theta - lr * grad)


def gd_step__squared(theta, grad, lr):
    return theta - lr * grad**2


def gd_step__half(theta, grad, lr):
    return theta - 0.5 * lr * grad


def gd_step__lr2(theta, grad, lr):
    return theta - lr**2 * grad


def gd_step__last_left(theta, grad, lr):
    t = np.array(theta, float)
    for i in range(len(np.ravel(t)) - 1):
        t.flat[i] -= lr * np.ravel(grad)[i]
    return t


def gd_step(theta, grad, lr):
    return theta - lr * grad


def gd_run__alias(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta -= lr * g
        path.append(theta)
    return np.array(path)


def gd_run__strict(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) < tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__step_length(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        new = gd_step(theta, grad(theta), lr)
        path.append(new)
        if np.linalg.norm(new - theta) <= tol:
            break
        theta = new
    return np.array(path)


def gd_run__mean_square(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.sqrt(np.mean(g**2)) <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__l1(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.abs(g).sum() <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__all_below(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.all(g <= tol):
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__grad_first(grad, theta, lr, tol, max_steps):
    path = [theta]
    g = grad(theta)
    while np.linalg.norm(g) > tol:
        theta = gd_step(theta, g, lr)
        path.append(theta)
        g = grad(theta)
        if len(path) > 20000:
            break
        if len(path) >= max_steps:
            break
    return np.array(path)


def gd_run__off_by_one(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps + 1):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__padded(grad, theta, lr, tol, max_steps):
    path = np.zeros((max_steps + 1, 2))
    path[0] = theta
    for k in range(max_steps):
        g = grad(path[k])
        if np.linalg.norm(g) <= tol:
            break
        path[k + 1] = gd_step(path[k], g, lr)
    return path


def gd_run__repeat_last(grad, theta, lr, tol, max_steps):
    path = [theta]
    for k in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) > tol:
            theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__transposed(grad, theta, lr, tol, max_steps):
    return gd_run__strict(grad, theta, lr, tol, max_steps).T


def gd_run__lr_decay(grad, theta, lr, tol, max_steps):
    path = [theta]
    for k in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta = gd_step(theta, g, lr / (1 + 0.01 * k))
        path.append(theta)
    return np.array(path)


def gd_run__tol_squared(grad, theta, lr, tol, max_steps):
    path = [theta]
    for k in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tol**2:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


def gd_run__no_max(grad, theta, lr, tol, max_steps):
    path = [theta]
    n = 0
    while np.linalg.norm(grad(theta)) > tol and n < 1000:
        theta = gd_step(theta, grad(theta), lr)
        path.append(theta)
        n += 1
    return np.array(path)


def gd_run__uphill(grad, theta, lr, tol, max_steps):
    path = [theta]
    for k in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta = theta + lr * g
        path.append(theta)
    return np.array(path)


def largest_lr__diag(A):
    return 2 / np.max(np.diag(A))


def largest_lr__fro(A):
    return 2 / np.linalg.norm(A)


def largest_lr__inf(A):
    return 2 / np.linalg.norm(A, np.inf)


def largest_lr__first(A):
    return 2 / np.linalg.eigvalsh(A)[0]


def largest_lr__eigvals_first(A):
    return 2 / np.linalg.eigvals(A)[0]


def largest_lr__eigvals_last(A):
    return 2 / np.linalg.eigvals(A)[-1]


def largest_lr__all(A):
    return 2 / np.linalg.eigvalsh(A)


def largest_lr__det(A):
    return 2 / np.linalg.det(A)


def largest_lr__cond(A):
    return 2 / np.linalg.cond(A)


def largest_lr__neg(A):
    return -2 / np.linalg.eigvalsh(A)[-1]


def largest_lr__round(A):
    return round(2 / np.linalg.eigvalsh(A)[-1], 6)


def largest_lr__one(A):
    return 1 / np.linalg.eigvalsh(A)[-1] * 2 - 1e-6


def largest_lr__power50(A):
    x = np.ones(len(A))
    for _ in range(20):
        x = A @ x / np.linalg.norm(A @ x)
    return 2 / (x @ A @ x)


def largest_lr__list2(A):
    return np.linalg.eigvalsh(A)[-1] * 2


def contraction__sum(lr, mu, L):
    return abs(1 - lr * mu) + abs(1 - lr * L)


def contraction__best(lr, mu, L):
    return (L - mu) / (L + mu)


def contraction__only_stable(lr, mu, L):
    return min(1, max(abs(1 - lr * mu), abs(1 - lr * L)))


def contraction__square(lr, mu, L):
    return max((1 - lr * mu) ** 2, (1 - lr * L) ** 2)


def contraction__mid(lr, mu, L):
    return abs(1 - lr * (mu + L) / 2)


def contraction__np_max2(lr, mu, L):
    return np.max(np.abs(1 - lr * mu), axis=None)


def contraction__plus(lr, mu, L):
    return max(abs(1 + lr * mu), abs(1 + lr * L))


def contraction__arr(lr, mu, L):
    return np.array([abs(1 - lr * mu), abs(1 - lr * L)])


def contraction__swapsign(lr, mu, L):
    return max(lr * mu - 1, 1 - lr * L)


def contraction__abs_of_max(lr, mu, L):
    return abs(max(1 - lr * mu, 1 - lr * L))


def best_lr__geo(mu, L):
    return 1 / math.sqrt(mu * L)


def best_lr__mean(mu, L):
    return (mu + L) / 2


def best_lr__harm(mu, L):
    return 2 / (1 / mu + 1 / L)


def best_lr__minus(mu, L):
    return 2 / (L - mu)


def best_lr__int(mu, L):
    return 2 // (mu + L)


def best_lr__prec(mu, L):
    return 2 / mu + L


def best_lr__scan(mu, L):
    g = np.linspace(0, 2 / L, 100001)
    return g[np.argmin(np.maximum(abs(1 - g * mu), abs(1 - g * L)))]
