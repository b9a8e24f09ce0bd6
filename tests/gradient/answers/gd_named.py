"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


def gd_run__lt(grad, theta, lr, tol, max_steps):
    """goes on at exactly tol"""
    p = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) < tol:
            break
        theta = gd_step(theta, g, lr)
        p.append(theta)
    return np.array(p)


def gd_run__step_small(grad, theta, lr, tol, max_steps):
    """compares the step"""
    p = [theta]
    for _ in range(max_steps):
        n = gd_step(theta, grad(theta), lr)
        if np.linalg.norm(n - theta) <= tol:
            break
        theta = n
        p.append(theta)
    return np.array(p)


def gd_run__too_many(grad, theta, lr, tol, max_steps):
    """one step too many"""
    p = [theta]
    for _ in range(max_steps + 1):
        g = grad(theta)
        if np.linalg.norm(g) <= tol:
            break
        theta = gd_step(theta, g, lr)
        p.append(theta)
    return np.array(p)


def gd_run__sum_abs(grad, theta, lr, tol, max_steps):
    """compares the sum of the parts"""
    p = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.sum(np.abs(g)) <= tol:
            break
        theta = gd_step(theta, g, lr)
        p.append(theta)
    return np.array(p)


def gd_run__any_small(grad, theta, lr, tol, max_steps):
    """compares the smallest part"""
    p = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if (np.abs(g) <= tol).any():
            break
        theta = gd_step(theta, g, lr)
        p.append(theta)
    return np.array(p)


def gd_run__alias(grad, theta, lr, tol, max_steps):
    """every point is the last one"""
    x = theta.copy()
    p = [x]
    for _ in range(max_steps):
        g = grad(x)
        if np.linalg.norm(g) <= tol:
            break
        x[:] = gd_step(x, g, lr)
        p.append(x)
    return np.array(p)


def gd_step__other_way_round(theta, grad, lr):
    """the difference the other way round"""
    step = grad * lr
    return np.subtract(step, theta)


def gd_step__brackets(theta, grad, lr):
    """the learning rate times everything"""
    return lr * theta - lr * grad


def gd_step__clipped(theta, grad, lr):
    """clips the gradient"""
    return theta - np.minimum(np.maximum(grad, -1.0), 1.0) * lr


def largest_lr__diag(X):
    """parameter by parameter"""
    return len(X) / np.max(np.sum(X**2, axis=0))


def largest_lr__half_the_second_derivative(X):
    """the two of the square is forgotten"""
    return 2 * len(X) / np.linalg.norm(X, 2) ** 2


def largest_lr__sum_of_squares(X):
    """the sum instead of the mean"""
    return 1 / np.linalg.eigvalsh(X.T @ X).max()


def largest_lr__norm(X):
    """the singular value is not squared"""
    return len(X) / np.linalg.norm(X, 2)


def largest_lr__fro(X):
    """the sum of the eigenvalues"""
    return len(X) / np.sum(X**2)


def contraction__worst(lrs, curvatures):
    """the worst of every step"""
    q = 1
    for lr in lrs:
        q *= max(abs(1 - lr * k) for k in curvatures)
    return q


def contraction__ends(lrs, curvatures):
    """the ends only"""
    low, high = min(curvatures), max(curvatures)
    return max(abs(np.prod(1 - lrs * low)), abs(np.prod(1 - lrs * high)))


def contraction__mean(lrs, curvatures):
    """the mean rate"""
    return max(abs(1 - np.mean(lrs) * k) ** len(lrs) for k in curvatures)


def best_lr__copied(curvatures, decay):
    """the decay is forgotten"""
    return 2 / (min(curvatures) + max(curvatures))


def best_lr__half(curvatures, decay):
    """the decay once"""
    return 2 / (min(curvatures) + max(curvatures) + decay)


def best_lr__three(curvatures, decay):
    """the mean of all three"""
    return 3 / sum(k + decay for k in curvatures)
