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


def largest_lr__diag(A):
    """the largest entry"""
    return 2 / np.max(np.diag(A))


def largest_lr__fro(A):
    """the norm of all entries"""
    return 2 / np.linalg.norm(A)


def largest_lr__maxel(A):
    """the largest entry"""
    return 2 / A.max()


def contraction__kappa(lr, mu, L):
    """the best one possible"""
    return (L - mu) / (L + mu)


def best_lr__sqrt(mu, L):
    """the geometric mean"""
    return 1 / np.sqrt(mu * L)


def best_lr__factor(mu, L):
    """the factor itself"""
    return (L - mu) / (L + mu)


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
