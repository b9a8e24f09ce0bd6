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


def largest_lr__copied(X):
    return 2 / np.linalg.eigvalsh(X.T @ X)[-1]


def largest_lr__per_entry(X):
    return 1 / np.linalg.eigvalsh(X.T @ X / X.size)[-1]


def largest_lr__diag(X):
    return len(X) / np.max(np.diag(X.T @ X))


def largest_lr__fro(X):
    return len(X) / np.linalg.norm(X) ** 2


def largest_lr__longest_row(X):
    return 1 / np.max(np.sum(X**2, axis=1))


def largest_lr__centred(X):
    return 1 / np.linalg.eigvalsh(np.cov(X.T, bias=True).reshape(X.shape[1], X.shape[1]))[-1]


def largest_lr__all(X):
    return 1 / np.linalg.eigvalsh(X.T @ X / len(X))


def largest_lr__cond(X):
    return 1 / np.linalg.cond(X)


def largest_lr__neg(X):
    return -len(X) / np.linalg.norm(X, 2) ** 2


def largest_lr__round(X):
    return round(len(X) / np.linalg.norm(X, 2) ** 2, 6)


def largest_lr__below(X):
    return len(X) / np.linalg.norm(X, 2) ** 2 - 1e-6


def largest_lr__one_over_n_squared(X):
    return len(X) ** 2 / np.linalg.norm(X, 2) ** 2


def contraction__worst_of_steps(lrs, curvatures):
    return math.prod(max(abs(1 - lr * k) for k in curvatures) for lr in lrs)


def contraction__ends(lrs, curvatures):
    return max(abs(math.prod(1 - lr * k for lr in lrs)) for k in (min(curvatures), max(curvatures)))


def contraction__first_and_last(lrs, curvatures):
    return max(abs(math.prod(1 - lr * k for lr in lrs)) for k in (curvatures[0], curvatures[-1]))


def contraction__first_rate(lrs, curvatures):
    return max(abs(1 - lrs[0] * k) for k in curvatures)


def contraction__sum_of_rates(lrs, curvatures):
    return max(abs(1 - sum(lrs) * k) for k in curvatures)


def contraction__only_stable(lrs, curvatures):
    return min(1, np.abs(np.prod(1 - np.outer(lrs, curvatures), axis=0)).max())


def contraction__per_step(lrs, curvatures):
    return np.abs(np.prod(1 - np.outer(lrs, curvatures), axis=0)).max() ** (1 / len(lrs))


def contraction__abs_of_max(lrs, curvatures):
    return abs(max(np.prod(1 - np.outer(lrs, curvatures), axis=0)))


def contraction__arr(lrs, curvatures):
    return np.abs(np.prod(1 - np.outer(lrs, curvatures), axis=0))


def contraction__geometric_rate(lrs, curvatures):
    return max(abs(1 - np.prod(lrs) ** (1 / len(lrs)) * k) for k in curvatures) ** len(lrs)


def best_lr__ends(curvatures, decay):
    return 2 / (curvatures[0] + curvatures[-1] + 2 * decay)


def best_lr__all_three(curvatures, decay):
    return 3 / (sum(curvatures) + 3 * decay)


def best_lr__median(curvatures, decay):
    return 1 / (np.median(curvatures) + decay)


def best_lr__sum(curvatures, decay):
    return 2 / (sum(curvatures) + decay)


def best_lr__one_decay(curvatures, decay):
    return 2 / (min(curvatures) + max(curvatures) + decay)


def best_lr__no_decay(curvatures, decay):
    return 2 / (min(curvatures) + max(curvatures))


def best_lr__times(curvatures, decay):
    return 2 / (min(curvatures) + max(curvatures)) * (1 - decay)


def best_lr__prec(curvatures, decay):
    return 2 / min(curvatures) + max(curvatures) + 2 * decay


def best_lr__scan(curvatures, decay):
    c = curvatures + decay
    g = np.linspace(0, 2 / max(c), 100001)
    return g[np.argmin(np.max(abs(1 - np.outer(g, c)), axis=1))]
