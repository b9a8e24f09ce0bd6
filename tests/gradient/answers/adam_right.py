import math

import numpy as np


def _map(f, *args):
    """f element by element, through nested lists of any depth."""
    if np.ndim(args[0]) == 0:
        return f(*map(float, args))
    return [_map(f, *rows) for rows in zip(*args)]


def _like(values, a):
    return np.array(values, dtype=float).reshape(np.shape(a))


# ------------------------------------------------------------------------------------------------------------ adam_step
def adam_step__loop(theta, grad, m, v, t, lr, beta1, beta2, eps):
    new_theta, new_m, new_v = np.zeros(theta.shape), np.zeros(theta.shape), np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        new_m[i] = beta1 * m[i] + (1 - beta1) * grad[i]
        new_v[i] = beta2 * v[i] + (1 - beta2) * grad[i] ** 2
        new_theta[i] = theta[i] - lr * (new_m[i] / (1 - beta1**t)) / (math.sqrt(new_v[i] / (1 - beta2**t)) + eps)
    return new_theta, new_m, new_v


def adam_step__lists(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = _map(lambda a, g: a * beta1 + g * (1 - beta1), m, grad)
    v = _map(lambda a, g: a * beta2 + g * g * (1 - beta2), v, grad)
    theta = _map(lambda x, a, b: x - lr * a / (1 - beta1**t) / ((b / (1 - beta2**t)) ** 0.5 + eps), theta, m, v)
    if 0 in np.shape(grad):
        return np.zeros(np.shape(grad)), np.zeros(np.shape(grad)), np.zeros(np.shape(grad))
    return [theta, m, v]


def adam_step__float32_inside(theta, grad, m, v, t, lr, beta1, beta2, eps):
    theta, grad, m, v = (np.asarray(a, np.float32) for a in (theta, grad, m, v))
    m = np.float32(beta1) * m + np.float32(1 - beta1) * grad
    v = np.float32(beta2) * v + np.float32(1 - beta2) * grad * grad
    m_hat, v_hat = m / np.float32(1 - beta1**t), v / np.float32(1 - beta2**t)
    return np.asarray(theta - np.float32(lr) * m_hat / (np.sqrt(v_hat) + np.float32(eps)), np.float32), np.asarray(m, np.float32), np.asarray(v, np.float32)


def adam_step__one_step_size(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m, v = m + (1 - beta1) * (grad - m), v * beta2 + np.square(grad) * (1 - beta2)
    alpha = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - alpha * m / (np.sqrt(v) + eps * np.sqrt(1 - beta2**t)), m, v


def _average(old, new, beta):
    return beta * old + (1 - beta) * new


def _corrected(average, beta, t):
    return average / (1 - math.pow(beta, t))


def adam_step__helpers(theta, grad, m, v, t, lr, beta1, beta2, eps):
    first, second = _average(m, grad, beta1), _average(v, grad * grad, beta2)

    def direction():
        def length():
            return np.sqrt(_corrected(second, beta2, t)) + eps
        return _corrected(first, beta1, t) / length()
    return theta - lr * direction(), first, second


def adam_step__other_names_and_warnings(weights, g, first, second, step, alpha, b1, b2, tiny):
    import sys
    import warnings
    print("a remark on stderr", file=sys.stderr)
    warnings.warn("this is only a warning", RuntimeWarning, stacklevel=1)
    np.float64(1) / np.float64(0)
    first, second = b1 * first + g - b1 * g, b2 * second + g**2 - b2 * g**2
    return (weights + -alpha * first / (1 - b1**step) / (tiny + (second / (1 - b2**step)) ** 0.5), first, second)


def adam_step__in_place_on_copies(theta, grad, m, v, t, lr, beta1, beta2, eps):
    theta, m, v = np.array(theta), np.array(m), np.array(v)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    theta -= lr / (1 - beta1**t) * m / ((v / (1 - beta2**t)) ** 0.5 + eps)
    return theta, m, v


def adam_step__in_place__impure(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    theta -= lr / (1 - beta1**t) * m / ((v / (1 - beta2**t)) ** 0.5 + eps)
    return theta, m, v


# ------------------------------------------------------------------------------------------------------------- adam_run
adam_step = adam_step__in_place_on_copies


def adam_run__while(grad, theta, steps, lr, beta1, beta2, eps):
    m = v = 0 * theta
    path, t = [np.copy(theta)], 0
    while t < steps:
        t += 1
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path += [theta]
    return np.stack(path)


def adam_run__table(grad, theta, steps, lr, beta1, beta2, eps):
    path = np.empty((steps + 1, len(theta)))
    path[0], state = theta, (theta, np.zeros_like(theta), np.zeros_like(theta))
    for t in range(steps):
        point, m, v = state
        state = adam_step(point, grad(point), m, v, t + 1, lr, beta1, beta2, eps)
        path[t + 1] = state[0]
    return path


def adam_run__lists(grad, theta, steps, lr, beta1, beta2, eps):
    path, m, v = [list(theta)], np.zeros(2), np.zeros(2)
    for t in range(1, 1 + steps):
        theta, m, v = adam_step(theta, np.array(grad(list(theta))), m, v, t, lr, beta1, beta2, eps)
        path.append(list(theta))
    return path


def adam_run__recursion(grad, theta, steps, lr, beta1, beta2, eps):
    def rest(theta, m, v, t):
        if t > steps:
            return [theta]
        return [theta, *rest(*adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps), t + 1)]
    return np.array(rest(theta, 0 * theta, 0 * theta, 1))


def adam_run__written_out(grad, theta, steps, lr, beta1, beta2, eps):
    m, v, path = 0.0, 0.0, [theta]
    for t in range(1, steps + 1):
        g = grad(path[-1])
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        path.append(path[-1] - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps))
    return tuple(path)


def adam_run__changes_its_start__impure(grad, theta, steps, lr, beta1, beta2, eps):
    m, v, path = np.zeros(2), np.zeros(2), [theta.copy()]
    for t in range(1, steps + 1):
        theta[:], m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta.copy())
    return np.array(path)


# ----------------------------------------------------------------------------------------------------------------- bias


def bias__power(beta, t):
    kept = np.power(beta, t)
    return beta / (1 - beta) - t * kept / (1 - kept)


def bias__logarithm(beta, t):
    return 1 / (1 / beta - 1) - t / math.expm1(-t * math.log(beta))


def bias__scalar_array(b, steps):
    kept = math.exp(steps * math.log(b))
    return np.array([b / (1 - b) + steps - steps / (1.0 - kept)])


def bias__mean_age(beta, t):
    weights = 1 - beta**t
    ages = beta * (1 - beta**t) / (1 - beta) - t * beta**t
    return np.float64(ages / weights)


def bias__float32(beta, t):
    return np.float32(beta / (1 - beta) - t * beta**t / (1 - beta**t))
