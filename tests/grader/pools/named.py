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


def bias__plus_one(beta, t):
    """one term too many"""
    return 1 - beta ** (t + 1)


def bias__nofactor(beta, t):
    """the sum of the powers"""
    return (1 - beta ** t) / (1 - beta)


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


def pso_velocity__c_swapped(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """c1 and c2 exchanged"""
    return w * v + c2 * r1 * (pbest - x) + c1 * r2 * (gbest - x)


def pso_velocity__r_swapped(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """r1 and r2 exchanged"""
    return w * v + c1 * r2 * (pbest - x) + c2 * r1 * (gbest - x)


def pso_velocity__only_social(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """only the swarm's best pulls"""
    return w * v + c2 * r2 * (gbest - x)


def pso_velocity__only_own(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """only its own best pulls"""
    return w * v + c1 * r1 * (pbest - x)


def pso_velocity__paren(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """no brackets"""
    return w * v + c1 * r1 * pbest - x + c2 * r2 * gbest - x


def pso_velocity__gbest_from_pbest(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """from best to best"""
    return w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - pbest)


def pso_velocity__one_sign(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """pushed away from the swarm's best"""
    return w * v + c1 * r1 * (pbest - x) - c2 * r2 * (gbest - x)


def pso_velocity__c1_only(v, x, pbest, gbest, r1, r2, w, c1, c2):
    """c1 used twice"""
    return w * v + c1 * r1 * (pbest - x) + c1 * r2 * (gbest - x)


def pso_move__v_clipped_move(x, v, lower, upper):
    """the way it went"""
    n = np.clip(x + v, lower, upper)
    return (n, n - x)


def pso_move__stay(x, v, lower, upper):
    """stays where it was"""
    t = x + v
    ok = (t >= lower) & (t <= upper)
    return (np.where(ok, t, x), np.where(ok, v, 0))


def pso_move__zero_all(x, v, lower, upper):
    """stands still everywhere"""
    return (np.clip(x + v, lower, upper), np.zeros_like(v))


def pso_remember__argmin(x, fx, pbest, fbest):
    """the best particle only"""
    i = np.argmin(fx)
    P = pbest.copy()
    F = fbest.copy()
    if fx[i] < F[i]:
        P[i] = x[i]
        F[i] = fx[i]
    return (P, F)


def pso_remember__broadcast(x, fx, pbest, fbest):
    """the larger value"""
    return (np.where(fx < fbest, x.T, pbest.T).T, np.where(fx < fbest, fbest, fx))


def pso_remember__max(x, fx, pbest, fbest):
    """the larger value"""
    return (np.where((fx < fbest)[:, None], x, pbest), np.maximum(fx, fbest))


def attractor__plain_sum(p, b, c1, c2):
    """divided by two"""
    return (c1 * p + c2 * b) / 2


def dense__relu(A, W, b):
    """ReLU, too"""
    return np.maximum(A @ W + b, 0)


def relu_backward__leaky(dA, Z):
    """leaky"""
    return np.where(Z > 0, dA, 0.01 * dA)


def relu_backward__both(dA, Z):
    """positive gradients only"""
    return np.where((Z > 0) & (dA > 0), dA, 0)


def relu_backward__sign(dA, Z):
    """the sign"""
    return dA * np.sign(Z)


def tanh_backward__sq_first(dA, A):
    """the square of the difference"""
    return dA * (1 - A) ** 2


def tanh_backward__plus(dA, A):
    """plus the square"""
    return dA * (1 + A ** 2)


def softmax_cross_entropy__jac(Z, y):
    """the slope of softmax once more"""
    n, k = Z.shape
    s = Z - Z.max(1, keepdims=True)
    lp = s - np.log(np.exp(s).sum(1, keepdims=True))
    P = np.exp(lp)
    Y = np.eye(k)[y]
    return (-np.mean(lp[np.arange(n), y]), (P - Y) * P * (1 - P) / n)


def softmax_cross_entropy__log_of_sum_forgot(Z, y):
    """no logarithm"""
    n, k = Z.shape
    s = Z - Z.max(1, keepdims=True)
    P = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    Y = np.eye(k)[y]
    return (-np.mean(P[np.arange(n), y]), (P - Y) / n)


def dense_backward__dW_only_mean(dZ, A, W):
    """the weights' mean"""
    return (dZ @ W.T, A.T @ dZ / len(A), dZ.sum(0))


def loss_gradient__relu_of_A(X, y, W1, b1, W2, b2):
    """ReLU asked at the gradient"""
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    l, d = softmax_cross_entropy(dense(A1, W2, b2), y)
    dA, dW2, db2 = dense_backward(d, A1, W2)
    dZ = relu_backward(dA, dA)
    _, dW1, db1 = dense_backward(dZ, X, W1)
    return (l, dW1, db1, dW2, db2)


def loss_gradient__order(X, y, W1, b1, W2, b2):
    """weights first"""
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    l, d = softmax_cross_entropy(dense(A1, W2, b2), y)
    dA, dW2, db2 = dense_backward(d, A1, W2)
    dZ = relu_backward(dA, Z1)
    _, dW1, db1 = dense_backward(dZ, X, W1)
    return (l, dW1, dW2, db1, db2)


def central_difference__cumulative(f, x, h):
    """does not go back"""
    g = np.zeros(len(x))
    x = x.copy()
    for i in range(len(x)):
        x[i] += h
        a = f(x)
        x[i] -= 2 * h
        b = f(x)
        g[i] = (a - b) / (2 * h)
    return g


def central_difference__div2(f, x, h):
    """multiplies by h"""
    return np.array([(f(x + h * e) - f(x - h * e)) / 2 * h for e in np.eye(len(x))])


def central_difference__backward(f, x, h):
    """backward difference"""
    return np.array([(f(x) - f(x - h * e)) / h for e in np.eye(len(x))])


def central_difference__own_h(f, x, h):
    """an h of its own"""
    return np.array([(f(x + 1e-05 * e) - f(x - 1e-05 * e)) / 2e-05 for e in np.eye(len(x))])


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
