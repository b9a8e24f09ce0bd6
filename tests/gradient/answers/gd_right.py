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


def largest_lr__norm(A):
    return 2 / np.linalg.norm(A, 2)


def largest_lr__general_eigenvalues(A):
    return 2.0 / max(np.linalg.eigvals(A).real)


def largest_lr__singular_values(A):
    return 2 / np.linalg.svd(A, compute_uv=False)[0]


def largest_lr__sorted(A):
    values, _ = np.linalg.eigh(A)
    return [2 * values[-1] ** -1]


def largest_lr__power_iteration(A):
    x = np.ones(len(A)) + 0.1 * np.arange(len(A))
    B = A / np.trace(A)
    for _ in range(60):     # squaring: 2**60 steps
        B = B @ B
        B = B / np.trace(B)
    x = B @ x
    return 2 * (x @ x) / (x @ (A @ x))


def contraction__python(lr, mu, L):
    return max(abs(1 - lr * mu), abs(1 - lr * L))


def contraction__loop(lr, mu, L):
    largest = 0
    for k in (mu, L):
        factor = 1 - lr * k
        if factor < 0:
            factor = -factor
        if factor > largest:
            largest = factor
    return largest


def contraction__norm(lr, mu, L):
    return np.linalg.norm(1 - lr * np.array([mu, L]), np.inf)


def contraction__ends(lr, mu, L):
    return max(1 - lr * mu, lr * L - 1)


def contraction__matrix(lr, mu, L):
    return np.max(np.abs(np.linalg.eigvalsh(np.eye(2) - lr * np.diag([mu, L]))))


def contraction__middle(lr, mu, L):
    return abs(1 - lr * (mu + L) / 2) + lr * (L - mu) / 2


def best_lr__plain(mu, L):
    return 2 / (L + mu)


def best_lr__mean(mu, L):
    return 1 / np.mean([mu, L])


def best_lr__scalar(mu, L):
    return np.float64(1.0) / ((mu + L) * 0.5)


def best_lr__kappa(mu, L):
    kappa = L / mu
    return 2 / mu / (1 + kappa)


def best_lr__solve(mu, L):
    return np.linalg.solve([[mu + L]], [2.0])
