"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


def adam_step__eps_added_everywhere(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """epsilon outside the denominator"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - lr * (m / (1 - beta1 ** t)) / np.sqrt(v / (1 - beta2 ** t)) + eps, m, v)


def adam_step__beta1_both(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """beta1 in both averages"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad ** 2
    return (theta - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v)


def adam_step__beta1_corrects_both(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """beta1 corrects both"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta1 ** t)) + eps), m, v)


def adam_step__old_m(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """the averages of the step before"""
    mh = m / (1 - beta1 ** t)
    vh = v / (1 - beta2 ** t)
    th = theta - lr * mh / (np.sqrt(vh) + eps)
    return (th, beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad ** 2)


def adam_step__grad_not_m(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """the gradient instead of its average"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - lr * grad / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v)


def adam_step__returns_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """the step alone"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (-lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v)


def adam_step__no_lr(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """no learning rate"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - m / (1 - beta1 ** t) / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v)


def adam_step__multiply_hat(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """multiplies by the correction"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - lr * (m * (1 - beta1 ** t)) / (np.sqrt(v * (1 - beta2 ** t)) + eps), m, v)


def adam_step__precedence_eps(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """epsilon outside the denominator"""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    return (theta - lr * (m / (1 - beta1 ** t)) / np.sqrt(v / (1 - beta2 ** t)) + eps, m, v)


def adam_run__m_v_swapped(grad, theta, steps, lr, beta1, beta2, eps):
    """m and v exchanged"""
    p = [theta]
    m = np.zeros(2)
    v = np.zeros(2)
    for t in range(1, steps + 1):
        theta, v, m = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        p.append(theta)
    return np.array(p)


def adam_run__alias(grad, theta, steps, lr, beta1, beta2, eps):
    """every point but the start is the last one"""
    p = [theta]
    m = np.zeros(2)
    v = np.zeros(2)
    x = theta.copy()
    for t in range(1, steps + 1):
        n, m, v = adam_step(x, grad(x), m, v, t, lr, beta1, beta2, eps)
        x[:] = n
        p.append(x)
    return np.array(p)


def adam_run__last(grad, theta, steps, lr, beta1, beta2, eps):
    """the last point only"""
    m = np.zeros(2)
    v = np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
    return theta


def bias__late(beta, t):
    """after many steps"""
    return 1 / (1 - beta) - 1


def bias__m(beta, t):
    """of m, not of m_hat"""
    return beta * (1 - beta**t) / (1 - beta)


def bias__copied(beta, t):
    """the sum of the weights"""
    return 1 - beta**t
