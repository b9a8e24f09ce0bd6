"""More right answers to gradient/adam, each written in another way: all must get all points, at any seed."""

import fractions
import itertools
import math
from collections import deque, namedtuple
from dataclasses import dataclass, replace

import numpy as np


def adam_step__vectorize(theta, grad, m, v, t, lr, beta1, beta2, eps):
    def one(x, g, a, b):
        a = beta1 * a + (1 - beta1) * g
        b = beta2 * b + (1 - beta2) * g * g
        return x - lr * (a / (1 - beta1**t)) / (math.sqrt(b / (1 - beta2**t)) + eps), a, b

    return np.vectorize(one, otypes=[float, float, float])(theta, grad, m, v)


def adam_step__frompyfunc(theta, grad, m, v, t, lr, beta1, beta2, eps):
    one = lambda x, g, a, b: x - lr * (a / (1 - beta1**t)) / ((b / (1 - beta2**t)) ** 0.5 + eps)
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return np.frompyfunc(one, 4, 1)(theta, grad, m, v), m, v


def adam_step__stacked(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return np.array([theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v])


def adam_step__generator(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    yield theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    yield m
    yield v


State = namedtuple("State", "theta m v")


def adam_step__namedtuple(theta, grad, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    s = State(theta, m, v)
    s = s._replace(m=s.m * beta1 + grad * (1.0 - beta1), v=s.v * beta2 + (1.0 - beta2) * np.power(grad, 2))
    mh, vh = s.m / (1.0 - beta1**t), s.v / (1.0 - beta2**t)
    return s._replace(theta=s.theta - lr * mh / (eps + vh**0.5))


@dataclass
class Moment:
    value: np.ndarray
    beta: float

    def update(self, x):
        return replace(self, value=np.multiply(self.value, self.beta) + np.multiply(x, 1 - self.beta))

    def corrected(self, t):
        return np.divide(self.value, -np.expm1(t * np.log(self.beta)) if self.beta else 1.0)


def adam_step__dataclass(theta, grad, m, v, t, lr, beta1, beta2, eps):
    one, two = Moment(m, beta1).update(grad), Moment(v, beta2).update(np.square(grad))
    return theta - np.divide(lr * one.corrected(t), np.sqrt(two.corrected(t)) + eps), one.value, two.value


def adam_step__einsum(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = np.einsum("i,i...->...", np.array([beta1, 1 - beta1]), np.stack([m, grad]))
    v = np.einsum("i,i...->...", [beta2, 1 - beta2], np.stack([v, grad * grad]))
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__power_by_loop(theta, grad, m, v, t, lr, beta1, beta2, eps):
    b1 = b2 = 1.0
    for _ in range(t):
        b1 *= beta1
        b2 *= beta2
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * abs(grad) ** 2
    return theta - lr / (1 - b1) * m / (np.sqrt(v) / np.sqrt(1 - b2) + eps), m, v


def adam_step__flat(theta, grad, m, v, t, lr, beta1, beta2, eps):
    shape = np.shape(theta)
    if np.size(theta) == 0:
        return theta, m, v
    th, g, m, v = (np.ravel(a).astype(float) for a in (theta, grad, m, v))
    m = m * beta1 + g * (1 - beta1)
    v = v * beta2 + g**2 * (1 - beta2)
    th = th + -lr * (m / (1 - pow(beta1, t))) / (np.hypot(0, np.sqrt(v / (1 - pow(beta2, t)))) + eps)
    return th.reshape(shape), m.reshape(shape), v.reshape(shape)


def adam_step__flat_f(theta, grad, m, v, t, lr, beta1, beta2, eps):
    s = np.shape(theta)
    theta, grad, m, v = (np.asarray(a).flatten("F") for a in (theta, grad, m, v))
    m = np.add(beta1 * m, (1 - beta1) * grad)
    v = np.add(beta2 * v, (1 - beta2) * grad**2)
    out = theta - (lr * m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return [a.reshape(s, order="F") for a in (out, m, v)]


def adam_step__multiplied_out(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + grad - beta1 * grad
    v = beta2 * v + grad**2 - beta2 * grad**2
    s = np.sqrt(1 - beta2**t)
    return (theta * (np.sqrt(v) + eps * s) * (1 - beta1**t) - lr * m * s) / ((np.sqrt(v) + eps * s) * (1 - beta1**t)), m, v


def adam_step__v_from_mhat(theta, grad, m, v, t, lr, beta1, beta2, eps):
    c1, c2 = 1 / (1 - beta1**t), 1 / (1 - beta2**t)
    mh = c1 * (beta1 * m + (1 - beta1) * grad)
    vh = c2 * (beta2 * v + (1 - beta2) * grad * grad)
    return theta - lr * mh / (np.sqrt(vh) + eps), mh / c1, vh / c2


def adam_step__longdouble(theta, grad, m, v, t, lr, beta1, beta2, eps):
    theta, grad, m, v = (np.asarray(a, np.longdouble) for a in (theta, grad, m, v))
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__returns_float32(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return tuple(np.asarray(a).astype("float32") for a in (theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v))


def adam_step__float32_only_theta(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return np.float32(theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)), m, v


def adam_step__masked(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    mh, vh = m / (1 - beta1**t), np.maximum(v / (1 - beta2**t), 0)
    return np.where(mh == 0, theta, theta - lr * mh / (np.sqrt(vh) + eps)), m, v


def adam_step__any_kwargs(*args, **kw):
    theta, grad, m, v, t, lr, beta1, beta2, eps = args
    m, v = np.average([m, grad], axis=0, weights=[beta1, 1 - beta1]), np.average([v, grad**2], axis=0, weights=[beta2, 1 - beta2])
    return theta - lr * np.true_divide(m, 1 - beta1**t) * np.reciprocal(np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step__nditer(theta, grad, m, v, t, lr, beta1, beta2, eps):
    theta, m, v = np.copy(theta), np.copy(m), np.copy(v)
    if theta.size == 0:
        return theta, m, v
    with np.nditer([theta, grad, m, v], [], [["readwrite"], ["readonly"], ["readwrite"], ["readwrite"]]) as it:
        for x, g, a, b in it:
            a[...] = beta1 * a + (1 - beta1) * g
            b[...] = beta2 * b + (1 - beta2) * g * g
            x[...] = x - lr * a / (1 - beta1**t) / (np.sqrt(b / (1 - beta2**t)) + eps)
    return theta, m, v


def adam_step__interp(theta, grad, m, v, t, lr, beta1, beta2, eps):
    lerp = lambda new, old, w: new + (old - new) * w
    m, v = lerp(grad, m, beta1), lerp(np.float_power(grad, 2), v, beta2)
    hat = lambda a, b: a * (1 / (1 - b**t))
    return np.subtract(theta, np.divide(np.multiply(lr, hat(m, beta1)), np.add(np.sqrt(hat(v, beta2)), eps))), m, v


def adam_step__typed(
    theta: np.ndarray, grad: np.ndarray, m: np.ndarray, v: np.ndarray, t: int, lr: float, beta1: float, beta2: float, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    new_m: np.ndarray = np.zeros_like(m, dtype=float)
    new_m += m
    new_m *= beta1
    new_m += (1.0 - beta1) * grad
    new_v: np.ndarray = np.empty_like(v)
    new_v[...] = v
    new_v *= beta2
    new_v += (1.0 - beta2) * grad * grad
    bias1: float = 1.0 - beta1**t
    bias2: float = 1.0 - beta2**t
    denom = np.sqrt(new_v) / math.sqrt(bias2) + eps
    return theta - (lr / bias1) * (new_m / denom), new_m, new_v


def adam_step__fraction(theta, grad, m, v, t, lr, beta1, beta2, eps):
    F = fractions.Fraction
    one = lambda b, a, g: float(F(b) * F(float(a)) + (1 - F(b)) * F(float(g)))
    m = np.reshape([one(beta1, a, g) for a, g in zip(np.ravel(m), np.ravel(grad))], np.shape(m))
    v = np.reshape([float(F(beta2) * F(float(a)) + (1 - F(beta2)) * F(float(g)) ** 2) for a, g in zip(np.ravel(v), np.ravel(grad))], np.shape(v))
    return theta - lr * m / float(1 - F(beta1) ** t) / ((v / float(1 - F(beta2) ** t)) ** 0.5 + eps), m, v


adam_step = adam_step__dataclass


def adam_run__generator(grad, theta, steps, lr, beta1, beta2, eps):
    def points():
        x, m, v = theta, np.zeros_like(theta), np.zeros_like(theta)
        yield x
        for t in itertools.count(1):
            x, m, v = adam_step(x, grad(x), m, v, t, lr, beta1, beta2, eps)
            yield x

    return np.array(list(itertools.islice(points(), steps + 1)))


def adam_run__accumulate(grad, theta, steps, lr, beta1, beta2, eps):
    start = (theta, 0 * theta, 0 * theta)
    states = itertools.accumulate(range(1, steps + 1), lambda s, t: adam_step(s[0], grad(s[0]), s[1], s[2], t, lr, beta1, beta2, eps), initial=start)
    return np.array([s[0] for s in states])


def adam_run__vstack(grad, theta, steps, lr, beta1, beta2, eps):
    path = theta.reshape(1, -1)
    m = np.zeros(2)
    v = np.zeros(2)
    for t in range(steps):
        new, m, v = adam_step(path[-1], grad(path[-1]), m, v, t + 1, lr, beta1, beta2, eps)
        path = np.vstack([path, new])
    return path


def adam_run__append(grad, theta, steps, lr, beta1, beta2, eps):
    m = np.zeros(len(theta))
    v = np.zeros(len(theta))
    out = np.zeros((0, len(theta)))
    for t in range(0, steps + 1):
        if t > 0:
            theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        out = np.append(out, [theta], axis=0)
    return out


def adam_run__zeros_scalar(grad, theta, steps, lr, beta1, beta2, eps):
    """m, v as numbers at first."""
    path = np.zeros((steps + 1, theta.size))
    path[0] = theta
    m = v = 0.0
    for t in range(1, steps + 1):
        g = np.array([grad(theta)[0], grad(theta)[1]])
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        theta = theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        path[t] = theta
    return path


def adam_run__asks_rows(grad, theta, steps, lr, beta1, beta2, eps):
    x = theta[None, :]
    m = np.zeros_like(x)
    v = np.zeros_like(x)
    path = [x[0]]
    for t in range(1, steps + 1):
        x, m, v = adam_step(x, grad(x), m, v, t, lr, beta1, beta2, eps)
        path.append(x[0])
    return np.array(path)


def adam_run__calls_by_keyword(grad, theta, steps, lr, beta1, beta2, eps):
    m, v, path = np.zeros(theta.shape), np.zeros(theta.shape), [theta]
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta=theta, grad=grad(theta), m=m, v=v, t=t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        path.append(theta)
    return path


def adam_run__deque(grad, theta, steps, lr, beta1, beta2, eps):
    q = deque([theta])
    m = v = np.zeros(2)
    for t in range(1, steps + 1):
        x, m, v = adam_step(q[-1], grad(q[-1]), m, v, t, lr, beta1, beta2, eps)
        q.append(x)
    return q


def adam_run__float32(grad, theta, steps, lr, beta1, beta2, eps):
    m = v = np.zeros(2)
    path = [theta]
    for t in range(1, steps + 1):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path, np.float32)


def adam_run__columns(grad, theta, steps, lr, beta1, beta2, eps):
    xs, ys, m, v = [theta[0]], [theta[1]], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        p, m, v = adam_step(np.array([xs[-1], ys[-1]]), grad([xs[-1], ys[-1]]), m, v, t, lr, beta1, beta2, eps)
        xs.append(p[0])
        ys.append(p[1])
    return np.column_stack([xs, ys])


def adam_run__running_powers(grad, theta, steps, lr, beta1, beta2, eps):
    b1 = b2 = 1.0
    m = v = np.zeros(2)
    path = [theta]
    for _ in range(steps):
        g = grad(theta)
        b1 *= beta1
        b2 *= beta2
        m = m * beta1 + g * (1 - beta1)
        v = v * beta2 + g * g * (1 - beta2)
        theta = theta - lr * (m / (1 - b1)) / (np.sqrt(v / (1 - b2)) + eps)
        path += [theta]
    return np.asarray(path)


def bias__np(beta, t):
    return np.subtract(np.divide(beta, 1 - beta), t / (np.exp(-t * np.log(beta)) - 1))


def bias__zero_d(beta, t):
    return np.array(beta / (1 - beta) - t / (beta**-t - 1))


def bias__tuple(beta, t):
    return (beta / (1 - beta) - t * beta**t / (1 - beta**t),)


def bias__difference(beta, t):
    present = t
    past = (t - beta * (1 - beta**t) / (1 - beta)) / (1 - beta**t)
    return present - past


def bias__shape11(beta, t):
    return np.array([[beta / (1 - beta) - t * beta**t / (1 - beta**t)]])


def bias__default(beta=0.9, t=1):
    return 1.0 / (1.0 - beta) - 1.0 - t * pow(beta, t) / (1.0 - pow(beta, t))


def bias__longdouble(beta, t):
    beta = np.longdouble(beta)
    return beta / (1 - beta) - t * beta ** np.longdouble(t) / (1 - beta ** np.longdouble(t))


def bias__common_denominator(beta, t):
    kept = beta**t
    return (beta * (1 - kept) - t * kept * (1 - beta)) / ((1 - beta) * (1 - kept))


def bias__coth(beta, t):
    x = -math.log(beta) / 2
    return (1 / math.tanh(x) - 1) / 2 - t * (1 / math.tanh(t * x) - 1) / 2
