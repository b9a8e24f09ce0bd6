import math

import numpy as np


def gd_step__loop(theta, grad, lr):
    out = np.zeros(theta.shape)
    for i in np.ndindex(*theta.shape):
        out[i] = theta[i] - lr * grad[i]
    return out


def gd_step__lists(theta, grad, lr):
    if np.ndim(theta) == 0:
        return float(theta) - lr * float(grad)
    if len(theta) == 0:
        return []
    return [gd_step__lists(x, g, lr) for x, g in zip(theta, grad)]


def gd_step__other_order(theta, grad, lr):
    return (-grad) * lr + theta


def _downhill(g, length):
    return np.negative(np.multiply(g, length))


def gd_step__helper(point, slope, rate):
    return np.add(point, _downhill(slope, rate))


def gd_step__float32_inside(theta, grad, lr):
    return np.asarray(np.asarray(theta, np.float32) - np.float32(lr) * np.asarray(grad, np.float32), np.float32)


def gd_step__in_place__impure(theta, grad, lr):
    theta -= lr * grad
    return theta


gd_step = gd_step__other_order


def gd_run__while(grad, theta, lr, tol, max_steps):
    path = [theta]
    while len(path) <= max_steps and np.linalg.norm(grad(path[-1])) > tol:
        path.append(gd_step(path[-1], grad(path[-1]), lr))
    return np.array(path)


def gd_run__squares(grad, theta, lr, tol, max_steps):
    path = [list(theta)]
    for _ in range(max_steps):
        g = grad(theta)
        if g @ g <= tol * tol:
            return path
        theta = gd_step(theta, g, lr)
        path.append(list(theta))
    return path


def gd_run__table(grad, theta, lr, tol, max_steps):
    path = np.full((max_steps + 1, len(theta)), np.nan)
    path[0], k = theta, 0
    for k in range(1, max_steps + 1):
        g = grad(path[k - 1])
        if math.hypot(*g) <= tol:
            return path[:k]
        path[k] = gd_step(path[k - 1], g, lr)
    return path


def gd_run__recursion(grad, theta, lr, tol, max_steps):
    slope = grad(theta)
    if max_steps == 0 or not np.sqrt((slope**2).sum()) > tol:
        return np.array([theta])
    return np.vstack([theta, gd_run__recursion(grad, gd_step(theta, slope, lr), lr, tol, max_steps - 1)])


def gd_run__written_out(grad, theta, lr, tol, max_steps):
    path, g = [theta.copy()], grad(theta)
    for _ in range(max_steps):
        if np.linalg.norm(g, 2) <= tol:
            break
        theta = theta - g * lr
        path, g = path + [theta], grad(theta)
    return tuple(path)


def largest_lr__norm(X):
    return len(X) / np.linalg.norm(X, 2) ** 2


def largest_lr__general_eigenvalues(X):
    return 1.0 / max(np.linalg.eigvals(np.dot(X.T, X) / X.shape[0]).real)


def largest_lr__rows_times_rows(X):
    return 2 / np.linalg.eigvalsh(2 / len(X) * X @ X.T)[-1]


def largest_lr__sums_of_rows(X):
    H = np.zeros((X.shape[1], X.shape[1]))
    for x in X:
        H += 2 * np.outer(x, x) / len(X)
    return [2 * np.linalg.eigh(H)[0][-1] ** -1]


def contraction__loop(lrs, curvatures):
    largest = 0
    for k in curvatures:
        factor = 1
        for lr in lrs:
            factor *= 1 - lr * k
        largest = max(largest, abs(factor))
    return largest


def contraction__matrices(lrs, curvatures):
    A = np.diag(curvatures)
    M = np.eye(len(A))
    for lr in lrs:
        M = (np.eye(len(A)) - lr * A) @ M
    return np.linalg.norm(M, 2)


def contraction__broadcast(lrs, curvatures):
    return np.max(np.prod(np.abs(1 - lrs[:, None] * curvatures), axis=0))


def contraction__run(lrs, curvatures):
    starts = np.eye(len(curvatures))
    for lr in lrs:
        starts = starts - lr * starts * curvatures
    return np.abs(starts).max()


def best_lr__plain(curvatures, decay):
    c = sorted(c + decay for c in curvatures)
    return 2 / (c[0] + c[2])


def best_lr__middle(curvatures, decay):
    return 1 / (decay + (curvatures.max() + curvatures.min()) / 2)


def best_lr__kappa(curvatures, decay):
    mu, L = min(curvatures) + decay, max(curvatures) + decay
    kappa = L / mu
    return 2 / mu / (1 + kappa)
