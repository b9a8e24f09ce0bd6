"""Wrong answers to gradient/adam, as students write them: none may get all points, at any seed."""

import math

import numpy as np


def _ref(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__eps_hat(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps), m, v


def adam_step__eps_fixed(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, lr, beta1, beta2, 1e-8)


def adam_step__beta2_fixed(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, lr, beta1, 0.999, eps)


def adam_step__lr_fixed(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, 0.001, beta1, beta2, eps)


def adam_step__t_plus_1(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t + 1, lr, beta1, beta2, eps)


def adam_step__t_ignored(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, 1, lr, beta1, beta2, eps)


def adam_step__t_capped(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, min(t, 10), lr, beta1, beta2, eps)


def adam_step__t_capped_100(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, min(t, 100), lr, beta1, beta2, eps)


def adam_step__mean_square(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * np.mean(grad**2)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__norm(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad @ grad if np.ndim(grad) == 1 else v
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__amsgrad(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = np.maximum(v, beta2 * v + (1 - beta2) * grad**2)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__adagrad(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = v + grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__nesterov(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    mh = m / (1 - beta1**t)
    return theta - lr * (beta1 * mh + (1 - beta1) * grad / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__old_m_used(theta, grad, m, v, t, lr, beta1, beta2, eps):
    mh, vh = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * mh / (np.sqrt(vh) + eps), beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2


def adam_step__old_v_used(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    vh = v / (1 - beta2**t)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(vh) + eps), m, beta2 * v + (1 - beta2) * grad**2


def adam_step__update_only(theta, grad, m, v, t, lr, beta1, beta2, eps):
    new, m, v = _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return new - theta, m, v


def adam_step__eps_inside_and_out(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / np.sqrt(v / (1 - beta2**t) + eps**2), m, v


def adam_step__precedence(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t)) + eps, m, v


def adam_step__precedence2(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + 1 - beta1 * grad
    v = beta2 * v + 1 - beta2 * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__precedence3(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / 1 - beta1**t) / (np.sqrt(v / 1 - beta2**t) + eps), m, v


def adam_step__square_of_factor(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + ((1 - beta2) * grad) ** 2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__xor(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad * 2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__same_beta(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta1**t)) + eps), m, v


def adam_step__same_beta_v(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__global_state(theta, grad, m, v, t, lr, beta1, beta2, eps, state={}):
    m = beta1 * state.get("m", 0) + (1 - beta1) * grad if np.shape(state.get("m")) == np.shape(m) else beta1 * m + (1 - beta1) * grad
    state["m"] = m
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__int_arrays(theta, grad, m, v, t, lr, beta1, beta2, eps):
    new = np.zeros(np.shape(theta), int)
    r = _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)
    new[...] = r[0]
    return new, r[1], r[2]


def adam_step__float16(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return tuple(np.asarray(a).astype(np.float16) for a in _ref(theta, grad, m, v, t, lr, beta1, beta2, eps))


def adam_step__rounded(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return tuple(np.round(a, 8) for a in _ref(theta, grad, m, v, t, lr, beta1, beta2, eps))


def adam_step__weight_decay(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad + 0.01 * theta, m, v, t, lr, beta1, beta2, eps)


def adam_step__clip_grad(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, np.clip(grad, -5, 5), m, v, t, lr, beta1, beta2, eps)


def adam_step__abs_v(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * abs(grad)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__decaying_lr(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, lr / math.sqrt(t), beta1, beta2, eps)


def adam_step__no_grad_if_zero(theta, grad, m, v, t, lr, beta1, beta2, eps):
    if not np.any(grad):
        return theta, m, v
    return _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)


def adam_step__grad_not_m(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * grad / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__v_of_m(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * m**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__max_eps(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / np.maximum(np.sqrt(v / (1 - beta2**t)), eps), m, v


def adam_step__returns_m_hat_only(theta, grad, m, v, t, lr, beta1, beta2, eps):
    new, m, v = _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return new, m / (1 - beta1**t), v


def adam_step__only_theta(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)[0]


def adam_step__old_mv(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)[0], m, v


def adam_step__prints(theta, grad, m, v, t, lr, beta1, beta2, eps):
    print(_ref(theta, grad, m, v, t, lr, beta1, beta2, eps))


def adam_step__flattened(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return tuple(np.ravel(a) for a in _ref(theta, grad, m, v, t, lr, beta1, beta2, eps))


def adam_step__column(theta, grad, m, v, t, lr, beta1, beta2, eps):
    return tuple(np.reshape(a, (-1, 1)) for a in _ref(theta, grad, m, v, t, lr, beta1, beta2, eps))


def adam_step__int_t_division(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m // (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__for_first_element(theta, grad, m, v, t, lr, beta1, beta2, eps):
    r = [np.array(a, float) for a in (theta, m, v)]
    s = _ref(theta, grad, m, v, t, lr, beta1, beta2, eps)
    n = np.size(theta)
    for i in range(n - 1):
        for a, b in zip(r, s):
            a.flat[i] = np.asarray(b).flat[i]
    return tuple(r)


adam_step = _ref


def adam_run__grad_at_new(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    g = grad(theta)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, g, m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
        g = grad(path[-2])
    return np.array(path)


def adam_run__alias(grad, theta, steps, lr, beta1, beta2, eps):
    theta = theta.copy()
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        new, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        theta[:] = new
        path.append(theta)
    return np.array(path)


def adam_run__last_only(grad, theta, steps, lr, beta1, beta2, eps):
    m, v = np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
    return theta


def adam_run__m_init_grad(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], grad(theta), grad(theta) ** 2
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__ones_v(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.ones(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__one_more(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 2):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__transposed(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path).T


def adam_run__early_stop(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        if np.linalg.norm(grad(theta)) < 0.1:
            break
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__swapped_mv(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, v, m = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__sgd(grad, theta, steps, lr, beta1, beta2, eps):
    path = [theta]
    for t in range(steps):
        theta = theta - lr * grad(theta)
        path.append(theta)
    return np.array(path)


def adam_run__betas_default(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, 0.9, 0.999, 1e-8)
        path.append(theta)
    return np.array(path)


def adam_run__eps_default(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, 1e-8)
        path.append(theta)
    return np.array(path)


def adam_run__eps_zero(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, 0)
        path.append(theta)
    return np.array(path)


def adam_run__m_not_kept(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, _, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__v_not_kept(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, _ = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


def adam_run__zeros_path(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = np.zeros((steps + 1, 2)), np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path[t] = theta
    return path


def adam_run__start_doubled(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [theta], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        path.append(theta)
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
    return np.array(path)


def bias__copied(beta, t):
    return 1 - beta**t


def bias__late(beta, t):
    return beta / (1 - beta)


def bias__uncorrected(beta, t):
    return beta * (1 - beta**t) / (1 - beta)


def bias__simulated(beta, t):
    m = 0.0
    for i in range(1, int(t) + 1):
        m = beta * m + (1 - beta) * i
    return int(t) - m / (1 - beta ** int(t))


def bias__rounded(beta, t):
    t = round(t)
    return beta / (1 - beta) - t * beta**t / (1 - beta**t)


def bias__time_constant(beta, t):
    return 1 / (1 - beta) - t * beta**t / (1 - beta**t)


def bias__no_t(beta, t):
    return beta / (1 - beta) - beta**t / (1 - beta**t)


def bias__not_normed(beta, t):
    return beta / (1 - beta) - t * beta**t


def bias__neg(beta, t):
    return t * beta**t / (1 - beta**t) - beta / (1 - beta)


def bias__swap(t, beta):
    return beta / (1 - beta) - t * beta**t / (1 - beta**t)


def bias__half(beta, t):
    return (t - 1) / 2


def bias__plus_one(beta, t):
    return beta / (1 - beta) - (t + 1) * beta ** (t + 1) / (1 - beta ** (t + 1))
