import math

import numpy as np


# --------------------------------------------------------------------------------------------------------- pso_velocity
def pso_velocity__loop(v, x, pbest, gbest, r1, r2, w, c1, c2):
    new = np.zeros(v.shape)
    for i in range(v.shape[0]):
        for j in range(v.shape[1]):
            new[i, j] = w * v[i, j] + c1 * r1[i, j] * (pbest[i, j] - x[i, j]) + c2 * r2[i, j] * (gbest[j] - x[i, j])
    return new


def pso_velocity__lists(v, x, pbest, gbest, r1, r2, w, c1, c2):
    rows = zip(v.tolist(), x.tolist(), pbest.tolist(), r1.tolist(), r2.tolist())
    return [[w * a + c1 * p * (b - y) + c2 * q * (g - y) for a, y, b, p, q, g in zip(*row, gbest.tolist())] for row in rows]


def _pull(c, r, best, x):
    return np.multiply(c, r) * np.subtract(best, x)


def pso_velocity__helpers(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return sum([_pull(c2, r2, np.broadcast_to(gbest, x.shape), x), _pull(c1, r1, pbest, x), w * v])


def pso_velocity__multiplied_out(v, x, pbest, gbest, r1, r2, w, c1, c2):
    a, b = c1 * r1, c2 * r2
    return w * v + a * pbest + b * gbest - (a + b) * x


def pso_velocity__float32_inside(v, x, pbest, gbest, r1, r2, w, c1, c2):
    v, x, pbest, gbest, r1, r2 = (a.astype(np.float32) for a in (v, x, pbest, gbest, r1, r2))
    return np.float32(w) * v + np.float32(c1) * r1 * (pbest - x) + np.float32(c2) * r2 * (gbest - x)


def pso_velocity__in_place__impure(v, x, pbest, gbest, r1, r2, w, c1, c2):
    v *= w
    v += c1 * r1 * (pbest - x)
    v += c2 * r2 * (gbest - x)
    return v


# ------------------------------------------------------------------------------------------------------------- pso_move
def pso_move__loop(x, v, lower, upper):
    x, v = x.copy(), v.copy()
    for i in range(len(x)):
        for j in range(len(lower)):
            x[i, j] += v[i, j]
            if x[i, j] < lower[j]:
                x[i, j], v[i, j] = lower[j], 0
            elif x[i, j] > upper[j]:
                x[i, j], v[i, j] = upper[j], 0
    return x, v


def pso_move__lists(x, v, lower, upper):
    places, velocities = [], []
    for row, speed in zip(x.tolist(), v.tolist()):
        target = [a + b for a, b in zip(row, speed)]
        places.append([min(max(a, lo), hi) for a, lo, hi in zip(target, lower, upper)])
        velocities.append([s if lo < a < hi else 0 for a, s, lo, hi in zip(target, speed, lower, upper)])
    return [places, velocities]


def pso_move__minmax(x, v, lower, upper):
    target = x + v
    place = np.minimum(np.maximum(target, lower), upper)
    return place, v * (place == target)


def pso_move__masks(x, v, lower, upper):
    out, speed = v + x, v.copy()
    speed[(out < lower) | (out > upper)] = 0.0
    out = np.where(out < lower, lower, out)
    return np.where(out > upper, upper, out), speed


def pso_move__in_place__impure(x, v, lower, upper):
    x += v
    v[(x < lower) | (x > upper)] = 0
    np.clip(x, lower, upper, out=x)
    return x, v


# --------------------------------------------------------------------------------------------------------- pso_remember
def pso_remember__loop(x, fx, pbest, fbest):
    places, values = pbest.copy(), fbest.copy()
    for i, value in enumerate(fx):
        if value < fbest[i]:
            places[i], values[i] = x[i], value
    return places, values


def pso_remember__lists(x, fx, pbest, fbest):
    chosen = [(list(a), f) if f < g else (list(b), g) for a, f, b, g in zip(x, fx, pbest, fbest)]
    return [c[0] for c in chosen], [c[1] for c in chosen]


def pso_remember__minimum(x, fx, pbest, fbest):
    mask = (fx < fbest)[..., np.newaxis]
    return mask * x + ~mask * pbest, np.minimum(fx, fbest)


def pso_remember__indices(x, fx, pbest, fbest):
    pbest, fbest = np.array(pbest), np.array(fbest)
    for i in np.flatnonzero(np.less(fx, fbest)):
        pbest[i, :] = x[i, :]
        fbest[i] = fx[i]
    return pbest, fbest


def pso_remember__masks__impure(x, fx, pbest, fbest):
    better = fx < fbest
    pbest[better] = x[better]
    fbest[better] = fx[better]
    return pbest, fbest


# ------------------------------------------------------------------------------------------------------------------ pso
pso_velocity, pso_move, pso_remember = pso_velocity__helpers, pso_move__masks, pso_remember__indices


def pso__best_kept_in_numbers(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = lower.size
    x = lower + rng.random((particles, d)) * (upper - lower)
    v, fx = np.zeros(x.shape), f(x)
    p, fp, k = x.copy(), fx.copy(), int(np.argmin(fx))
    for _ in range(iterations):
        v = pso_velocity(v, x, p, p[k], *rng.random((2, particles, d)), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        p, fp = pso_remember(x, f(x), p, fp)
        k = int(np.argmin(fp))
    return list(p[k]), float(fp[k])


def pso__written_out(f, lower, upper, particles, iterations, w, c1, c2, rng):
    shape = particles, len(lower)
    places = rng.uniform(np.tile(lower, (particles, 1)), np.tile(upper, (particles, 1)))
    speeds, best = np.zeros(shape), [(f(x), x.copy()) for x in places]
    for _ in range(iterations):
        leader = min(best, key=lambda b: b[0])[1]
        own = np.array([b[1] for b in best])
        speeds = w * speeds + rng.random(shape) * c1 * (own - places) + rng.random(shape) * c2 * (leader - places)
        target = places + speeds
        speeds[(target <= lower) | (target >= upper)] = 0
        places = np.clip(target, lower, upper)
        for i, x in enumerate(places):
            value = f(x)
            if value < best[i][0]:
                best[i] = value, x.copy()
    value, x = min(best, key=lambda b: b[0])
    return x, value


def pso__random_numbers_beforehand(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    start, R = rng.random((particles, d)), rng.random((iterations, 2, particles, d))
    x = (1 - start) * lower + start * upper
    v, pbest, fbest = 0 * x, x, f(x)
    for r1, r2 in R:
        v = pso_velocity(v, x, pbest, pbest[fbest.argmin()], r1, r2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        pbest, fbest = pso_remember(x, f(x), pbest, fbest)
    return pbest[fbest.argmin()], np.array([fbest.min()])


def pso__class(f, lower, upper, particles, iterations, w, c1, c2, rng):
    class Swarm:
        def __init__(self):
            self.x = rng.uniform(lower, upper, size=(particles, len(lower)))
            self.v, self.p, self.fp = np.zeros_like(self.x), self.x.copy(), f(self.x)

        def round(self):
            r2, r1 = rng.uniform(size=self.x.shape), rng.uniform(size=self.x.shape)
            self.v = pso_velocity(self.v, self.x, self.p, self.best()[0], r1, r2, w, c1, c2)
            self.x, self.v = pso_move(self.x, self.v, lower, upper)
            self.p, self.fp = pso_remember(self.x, f(self.x), self.p, self.fp)

        def best(self):
            i = np.argmin(self.fp)
            return self.p[i], self.fp[i]

    swarm = Swarm()
    for _ in range(iterations):
        swarm.round()
    return swarm.best()


# ---------------------------------------------------------------------------------------------------------- derivations
def attractor__average(p, b, c1, c2):
    return np.average([p, b], axis=0, weights=[c1, c2])


def attractor__from_p(p, b, c1, c2):
    return p + (b - p) * c2 / (c1 + c2)


def attractor__loop(p, b, c1, c2):
    return [(c1 * x + c2 * y) / (c1 + c2) for x, y in zip(p, b)]


def attractor__shares(p, b, c1, c2):
    share = 1 / (1 + c2 / c1)
    return share * p + (1 - share) * b


def mean_factor__roots(w, c1, c2):
    return np.max(np.abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w])))


def mean_factor__eigenvalues(w, c1, c2):
    return max(abs(np.linalg.eigvals([[1 + w - (c1 + c2) / 2, -w], [1, 0]])))


def mean_factor__branches(w, c1, c2):
    half = (1 + w - 0.5 * c1 - 0.5 * c2) / 2
    if half * half < w:
        return math.sqrt(w)
    return abs(half) + math.sqrt(half * half - w)


def mean_factor__complex(w, c1, c2):
    b = 1 + w - (c1 + c2) / 2
    root = np.emath.sqrt(b * b - 4 * w)
    return max(abs(b + root), abs(b - root)) / 2
