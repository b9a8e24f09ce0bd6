"""Right swarms that draw their own numbers, each written in another way: all must get all points."""

import numpy as np


def pso_velocity(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - x)


def pso_move(x, v, lower, upper):
    target = x + v
    new = np.clip(target, lower, upper)
    return new, np.where(new == target, v, 0)


def pso_remember(x, fx, pbest, fbest):
    better = fx < fbest
    return np.where(better[:, None], x, pbest), np.where(better, fx, fbest)


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


def pso__asks_tiny(f, lower, upper, particles, iterations, w, c1, c2, rng):
    x = np.array([[rng.uniform(lo, hi) for lo, hi in zip(lower, upper)] for _ in range(particles)])
    v = np.zeros_like(x)
    fx = np.array([f(p) for p in x])
    p, fp = x.copy(), fx.copy()
    g = p[fp.argmin()].copy()
    for _ in range(iterations):
        r1 = np.array([[rng.random() for _ in lower] for _ in range(particles)])
        r2 = np.array([[rng.random() for _ in lower] for _ in range(particles)])
        v = pso_velocity(v, x, p, g, r1, r2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        fx = np.array([f(q) for q in x])
        p, fp = pso_remember(x, fx, p, fp)
        g = p[fp.argmin()].copy()
    return g, min(fp)


def pso__tracks_gbest_value(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(size=(particles, d)) * (upper - lower) + lower
    v = np.zeros((particles, d))
    values = f(x)
    pb, fb = x.copy(), values.copy()
    k = np.argmin(values)
    g, fg = x[k].copy(), values[k]
    for _ in range(iterations):
        r1, r2 = rng.random((particles, d)), rng.random((particles, d))
        v = pso_velocity(v, x, pb, g, r1, r2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        values = f(x)
        pb, fb = pso_remember(x, values, pb, fb)
        if values.min() < fg:
            g, fg = x[values.argmin()].copy(), values.min()
    return g, fg


def pso__one_less_than(f, lower, upper, particles, iterations, w, c1, c2, rng):
    lo, hi = np.asarray(lower), np.asarray(upper)
    n, d = particles, lo.shape[0]
    x = lo + (hi - lo) * rng.random(n * d).reshape(n, d)
    v = x * 0
    p, fp = np.array(x), np.array(f(x))
    it = 0
    while it < iterations:
        it += 1
        best = p[np.flatnonzero(fp == fp.min())[0]]
        r = rng.random((n, 2 * d))
        v = w * v + c1 * r[:, :d] * (p - x) + c2 * r[:, d:] * (best - x)
        y = x + v
        hit = (y < lo) | (y > hi)
        v = np.where(hit, 0, v)
        x = np.clip(y, lo, hi)
        fx = f(x)
        b = fx < fp
        p = np.where(b[:, None], x, p)
        fp = np.where(b, fx, fp)
    i = int(np.argsort(fp)[0])
    return p[i], fp[i]


def pso__ties_move(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x, f(x)
    for _ in range(iterations):
        g = P[np.argmin(F)]
        v = pso_velocity(v, x, P, g, rng.random(x.shape), rng.random(x.shape), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        fx = f(x)
        k = fx <= F
        P = np.where(k[:, None], x, P)
        F = np.minimum(F, fx)
    return list(P[np.argmin(F)]), float(np.min(F))


def pso__closed_interval(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """Fortran-ordered, r = 1 - rng.random()."""
    d = len(lower)
    x = np.asfortranarray(rng.uniform(lower, upper, (particles, d)))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        v = pso_velocity(v, x, P, P[F.argmin()], 1 - rng.random(x.shape), 1 - rng.random(x.shape), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return P[F.argmin()], F.min()


def pso__integers(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """random numbers of 53 bits from integers"""
    u = lambda *s: rng.integers(0, 2**53, s) / 2**53
    d = len(lower)
    x = lower + u(particles, d) * (upper - lower)
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        v = pso_velocity(v, x, P, P[F.argmin()], u(particles, d), u(particles, d), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return P[F.argmin()], F.min()


def pso__float32_numbers(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x, f(x)
    for _ in range(iterations):
        v = pso_velocity(v, x, P, P[F.argmin()], rng.random(x.shape, dtype=np.float32), rng.random(x.shape, dtype=np.float32), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return P[F.argmin()], F.min()


def pso__spawn(f, lower, upper, particles, iterations, w, c1, c2, rng):
    a, b = rng.spawn(2)
    d = len(lower)
    x = a.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x, f(x)
    for _ in range(iterations):
        v = pso_velocity(v, x, P, P[F.argmin()], a.random(x.shape), b.random(x.shape), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return P[F.argmin()], F.min()


def pso__list_of_particles(f, lower, upper, particles, iterations, w, c1, c2, rng):
    class Particle:
        def __init__(s, x):
            s.x = x
            s.v = np.zeros(len(x))
            s.p = x
            s.fp = None

    d = len(lower)
    swarm = [Particle(rng.uniform(lower, upper)) for _ in range(particles)]
    for s, val in zip(swarm, f(np.array([s.x for s in swarm]))):
        s.fp = val
    best = min(swarm, key=lambda s: s.fp)
    g, fg = best.p, best.fp
    for _ in range(iterations):
        for s in swarm:
            s.v = w * s.v + c1 * rng.random(d) * (s.p - s.x) + c2 * rng.random(d) * (g - s.x)
            y = s.x + s.v
            s.v = np.where((y < lower) | (y > upper), 0, s.v)
            s.x = np.clip(y, lower, upper)
        for s, val in zip(swarm, f(np.array([s.x for s in swarm]))):
            if val < s.fp:
                s.p, s.fp = s.x, val
        best = min(swarm, key=lambda s: s.fp)
        g, fg = best.p, best.fp
    return g, fg


def pso__row_vector(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """asks f for each particle as (1, d); returns value as array (1,)"""
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    F = np.concatenate([f(p[None]) for p in x])
    P = x
    for _ in range(iterations):
        v = pso_velocity(v, x, P, P[F.argmin()], rng.random(x.shape), rng.random(x.shape), w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, np.concatenate([f(p[None]) for p in x]), P, F)
    k = F.argmin()
    return P[k], F[k : k + 1]


def pso__bits(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """numbers drawn only where they matter, in another order: the r of the swarm first, column by column"""
    d = len(lower)
    x = np.stack([rng.uniform(lower[j], upper[j], particles) for j in range(d)], 1)
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        R2 = rng.random((d, particles)).T
        R1 = rng.random((d, particles)).T
        v = pso_velocity(v, x, P, P[F.argmin()], R1, R2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return P[F.argmin()], F.min()
