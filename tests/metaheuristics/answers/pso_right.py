
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


def pso_run__best_kept_in_numbers(f, x, v, lower, upper, w, c1, c2, r1, r2):
    fx = f(x)
    p, fp, k = x.copy(), fx.copy(), int(np.argmin(fx))
    for a, b in zip(r1, r2):
        v = pso_velocity(v, x, p, p[k], a, b, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        p, fp = pso_remember(x, f(x), p, fp)
        k = int(np.argmin(fp))
    return x, p, fp


def pso_run__written_out(f, x, v, lower, upper, w, c1, c2, r1, r2):
    places, speeds = x.copy(), v.copy()
    best = [(f(x), x.copy()) for x in places]
    for t in range(r1.shape[0]):
        leader = min(best, key=lambda b: b[0])[1]
        own = np.array([b[1] for b in best])
        speeds = w * speeds + r1[t] * c1 * (own - places) + r2[t] * c2 * (leader - places)
        target = places + speeds
        speeds[(target <= lower) | (target >= upper)] = 0
        places = np.clip(target, lower, upper)
        for i, x in enumerate(places):
            value = f(x)
            if value < best[i][0]:
                best[i] = value, x.copy()
    return places, [b[1] for b in best], [b[0] for b in best]


def pso_run__class(f, x, v, lower, upper, w, c1, c2, r1, r2):
    class Swarm:
        def __init__(self):
            self.x, self.v, self.p, self.fp = x, v, x.copy(), f(x)

        def round(self, a, b):
            leader = self.p[np.argmin(self.fp)]
            self.v = pso_velocity(self.v, self.x, self.p, leader, a, b, w, c1, c2)
            self.x, self.v = pso_move(self.x, self.v, lower, upper)
            self.p, self.fp = pso_remember(self.x, f(self.x), self.p, self.fp)

    swarm = Swarm()
    for t in range(len(r2)):
        swarm.round(r1[t], r2[t])
    return swarm.x, swarm.p, swarm.fp


# ---------------------------------------------------------------------------------------------------------- derivations
def lag__phi(u, w, c1, c2):
    return (1 - w) * u / ((c1 + c2) / 2)


def lag__loop(u, w, c1, c2):
    return [2 * step * (1 - w) / (c1 + c2) for step in u]


def lag__fixed_point(u, w, c1, c2):
    phi = (c1 + c2) / 2
    e = old = np.zeros_like(u)      # b - E[x]: one round after the other, from the target's place
    for _ in range(5000):
        e, old = (1 + w - phi) * e - w * old + (1 - w) * u, e
    return e


def spread_factor__roots(w, c1, c2):
    a, s = 1 + w - (c1 + c2) / 2, (c1**2 + c2**2) / 12
    return np.max(np.abs(np.roots([1, w - a**2 - s, w * (a**2 - s - w), -(w**3)])))


def spread_factor__expectations(w, c1, c2):
    m1, m2 = 1 + w - c1 / 2 - c2 / 2, 0.0
    m2 = (1 + w) ** 2 - (1 + w) * (c1 + c2) + c1**2 / 3 + c2**2 / 3 + c1 * c2 / 2
    M = [[m2, -2 * w * m1, w * w], [m1, -w, 0], [1, 0, 0]]
    return max(abs(np.linalg.eigvals(np.array(M))))


def spread_factor__four_moments(w, c1, c2):
    total = np.zeros((4, 4))
    nodes, weights = np.polynomial.legendre.leggauss(4)      # exact for the squares of uniform numbers
    for a, wa in zip(nodes, weights):
        for b, wb in zip(nodes, weights):
            T = np.array([[1 + w - c1 * (a + 1) / 2 - c2 * (b + 1) / 2, -w], [1, 0]])
            total += wa * wb / 4 * np.kron(T, T)
    return np.abs(np.linalg.eigvals(total)).max()
