"""More right answers to metaheuristics/pso, each written in another way: all must get all points, at any seed."""

import math

import numpy as np


def pso_velocity__vectorize(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.vectorize(lambda v, x, p, g, a, b: w * v + c1 * a * (p - x) + c2 * b * (g - x))(v, x, pbest, gbest, r1, r2)


def pso_velocity__einsum(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.einsum("k,kij->ij", [w, c1, c2], np.stack([v, r1 * (pbest - x), r2 * (gbest[None] - x)]))


def pso_velocity__rows(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.array([w * v[i] + c1 * np.diag(r1[i]) @ (pbest[i] - x[i]) + c2 * np.diag(r2[i]) @ (gbest - x[i]) for i in range(len(x))])


def pso_velocity__columns(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.stack([w * v[:, j] + c1 * r1[:, j] * (pbest[:, j] - x[:, j]) + c2 * r2[:, j] * (gbest[j] - x[:, j]) for j in range(x.shape[1])], axis=1)


def pso_velocity__transposed(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return (w * v.T + c1 * r1.T * (pbest.T - x.T) + c2 * r2.T * (gbest[:, None] - x.T)).T


def pso_velocity__repeat(v, x, pbest, gbest, r1, r2, w, c1, c2):
    G = np.repeat(gbest[np.newaxis, :], x.shape[0], axis=0)
    return w * v - c1 * r1 * (x - pbest) - c2 * r2 * (x - G)


def pso_velocity__one_target(v, x, pbest, gbest, r1, r2, w, c1, c2):
    a, b = c1 * r1, c2 * r2
    s = np.where(a + b == 0, 1, a + b)
    return w * v + (a + b) * ((a * pbest + b * gbest) / s - x)


def pso_velocity__inplace_copy(v, x, pbest, gbest, r1, r2, w, c1, c2):
    v = v.copy()
    v *= w
    v += c1 * (r1 * (pbest - x))
    v += c2 * (r2 * (gbest - x))
    return v


def pso_velocity__out(v, x, pbest, gbest, r1, r2, w, c1, c2):
    out = np.empty_like(v)
    np.multiply(v, w, out=out)
    out += (pbest - x) * r1 * c1
    out += (gbest - x) * r2 * c2
    return out


def pso_velocity__f32(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.float32(w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - x))


def pso_velocity__tuple(v, x, pbest, gbest, r1, r2, w=0.7, c1=1.5, c2=1.5):
    return (w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - x),)


def pso_move__vectorize(x, v, lower, upper):
    def one(x, v, lo, hi):
        y = x + v
        if y < lo:
            return lo, 0.0
        if y > hi:
            return hi, 0.0
        return y, v

    return np.vectorize(one, otypes=[float, float])(x, v, lower, upper)


def pso_move__median(x, v, lower, upper):
    t = x + v
    lo, hi = np.broadcast_to(lower, t.shape), np.broadcast_to(upper, t.shape)
    y = np.median([t, lo, hi], axis=0)
    return y, np.where(y == t, v, 0)


def pso_move__generator(x, v, lower, upper):
    t = x + v
    yield np.clip(t, lower, upper)
    yield v * ((t >= lower) & (t <= upper))


def pso_move__stack(x, v, lower, upper):
    t = x + v
    return np.stack([np.clip(t, lower, upper), np.where((t < lower) | (t > upper), 0, v)])


def pso_move__logical(x, v, lower, upper):
    new = x + v
    low = new < lower
    high = new > upper
    return np.select([low, high], [np.tile(lower, (len(x), 1)), np.tile(upper, (len(x), 1))], new), v * np.logical_not(np.logical_or(low, high))


def pso_move__putmask(x, v, lower, upper):
    y, u = x + v, v.copy()
    L = np.ones_like(y) * lower
    U = np.ones_like(y) * upper
    u[y < L] = 0
    u[y > U] = 0
    y[y < L] = L[y < L]
    y[y > U] = U[y > U]
    return y, u


def pso_move__per_column(x, v, lower, upper):
    x, v = np.array(x), np.array(v)
    for j, (lo, hi) in enumerate(zip(lower, upper)):
        x[:, j] += v[:, j]
        out = (x[:, j] < lo) | (x[:, j] > hi)
        v[out, j] = 0
        x[:, j] = x[:, j].clip(lo, hi)
    return x, v


def pso_move__excess(x, v, lower, upper):
    t = x + v
    over = np.maximum(t - upper, 0)
    under = np.maximum(lower - t, 0)
    return t - over + under, v * (over == 0) * (under == 0)


def pso_move__sign(x, v, lower, upper):
    t = v + x
    return np.fmin(np.fmax(t, lower), upper), v * (np.sign(t - lower) + np.sign(upper - t)) / 2


def pso_move__f32(x, v, lower, upper):
    t = x + v
    return np.float32(np.clip(t, lower, upper)), np.float32(np.where((t > lower) & (t < upper), v, 0))


def pso_move__transpose(x, v, lower, upper):
    t = (x + v).T
    k = (upper > t.T) * (lower < t.T)
    return np.minimum(t.T, upper).clip(lower), np.array(v) * k


def pso_remember__zip(x, fx, pbest, fbest):
    return np.array([a if f < g else b for a, f, b, g in zip(x, fx, pbest, fbest)]), np.array([min(f, g) for f, g in zip(fx, fbest)])


def pso_remember__choose(x, fx, pbest, fbest):
    k = (fx < fbest).astype(int)
    return np.stack([pbest, x])[k, np.arange(len(x))], np.choose(k, [fbest, fx])


def pso_remember__arith(x, fx, pbest, fbest):
    k = 1.0 * (fx < fbest)
    return k[:, None] * x + (1 - k[:, None]) * pbest, k * fx + (1 - k) * fbest


def pso_remember__diag(x, fx, pbest, fbest):
    D = np.diag((fx < fbest).astype(float))
    I = np.eye(len(fx))
    return D @ x + (I - D) @ pbest, D @ fx + (I - D) @ fbest


def pso_remember__argmin(x, fx, pbest, fbest):
    i = np.argmin([fbest, fx], axis=0)
    return np.array([(pbest, x)[k][n] for n, k in enumerate(i)]), np.minimum(fbest, fx)


def pso_remember__copyto(x, fx, pbest, fbest):
    pbest, fbest = pbest.copy(), fbest.copy()
    b = fbest > fx
    np.copyto(pbest, x, where=b.reshape(-1, 1))
    np.copyto(fbest, fx, where=b)
    return pbest, fbest


def pso_remember__keep(x, fx, pbest, fbest):
    keep = fx >= fbest
    return np.where(np.tile(keep, (x.shape[1], 1)).T, pbest, x), np.where(keep, fbest, fx)


def pso_remember__vectorize(x, fx, pbest, fbest):
    b = np.vectorize(lambda a, c: a < c)(fx, fbest)
    return np.where(np.repeat(b[:, None], x.shape[1], 1), x, pbest), np.fmin(fx, fbest)


def pso_remember__generator(x, fx, pbest, fbest):
    return (np.where(fx[:, None] < fbest[:, None], a, b) if a.ndim > 1 else np.where(fx < fbest, a, b) for a, b in ((x, pbest), (fx, fbest)))


def pso_remember__f32(x, fx, pbest, fbest):
    b = fx < fbest
    return np.float32(np.where(b[:, None], x, pbest)), np.float32(np.where(b, fx, fbest))


def pso_remember__mask_nonzero(x, fx, pbest, fbest):
    out, val = np.copy(pbest), np.copy(fbest)
    (i,) = np.nonzero(fx - fbest < 0)
    out[i], val[i] = x[i], fx[i]
    return out, val


pso_velocity, pso_move, pso_remember = pso_velocity__transposed, pso_move__median, pso_remember__copyto


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


def attractor__solve(p, b, c1, c2):
    return np.linalg.solve((c1 + c2) / 2 * np.eye(len(p)), c1 / 2 * p + c2 / 2 * b)


def attractor__einsum(p, b, c1, c2):
    return np.einsum("i,ij", [c1, c2], [p, b]) / (c1 + c2)


def attractor__phi(p, b, c1, c2):
    f1, f2 = c1 / 2, c2 / 2
    return (f1 * p + f2 * b) / (f1 + f2)


def attractor__from_b(p, b, c1, c2):
    return b - c1 / (c1 + c2) * (b - p)


def attractor__vectorize(p, b, c1, c2):
    return np.vectorize(lambda x, y: (x * c1 + y * c2) / (c1 + c2))(p, b)


def attractor__interp(p, b, c1, c2):
    return np.array([np.interp(c2 / (c1 + c2), [0, 1], [x, y]) for x, y in zip(p, b)])


def attractor__dot(p, b, c1, c2):
    return np.array([c1, c2]) @ np.vstack([p, b]) * (c1 + c2) ** -1


def attractor__iteration(p, b, c1, c2):
    x = p * 1.0
    for _ in range(4000):
        x = x + 0.3 / (c1 + c2) * (c1 / 2 * (p - x) + c2 / 2 * (b - x))
    return x


def attractor__f32(p, b, c1, c2):
    return ((c1 * p + c2 * b) / (c1 + c2)).astype(np.float32)


def attractor__ratio(p, b, c1, c2):
    return (p + c2 / c1 * b) / (1 + c2 / c1)


def attractor__inplace_copy(p, b, c1, c2):
    x = p.copy()
    x *= c1
    x += c2 * b
    x /= c1 + c2
    return x


def mean_factor__cmath(w, c1, c2):
    import cmath

    B = 1 + w - (c1 + c2) / 2
    s = cmath.sqrt(B * B - 4 * w)
    return max(abs((B + s) / 2), abs((B - s) / 2))


def mean_factor__complex_power(w, c1, c2):
    B = 1 + w - (c1 + c2) / 2
    s = complex(B * B - 4 * w) ** 0.5
    return max(abs(B + s), abs(B - s)) / 2


def mean_factor__asarray(w, c1, c2):
    B = 1 + w - (c1 + c2) / 2
    z = (B + np.array([1, -1]) * np.sqrt(np.array(B**2 - 4 * w, complex))) / 2
    return np.abs(z).max()


def mean_factor__companion(w, c1, c2):
    return np.abs(np.linalg.eigvals(np.array([[0, 1], [-w, 1 + w - 0.5 * (c1 + c2)]]))).max()


def mean_factor__polynomial(w, c1, c2):
    return max(map(abs, np.polynomial.polynomial.polyroots([w, -(1 + w - (c1 + c2) / 2), 1])))


def mean_factor__piecewise(w, c1, c2):
    a = abs(1 + w - (c1 + c2) / 2)
    return a / 2 + math.sqrt(a * a / 4 - w) if a >= 2 * math.sqrt(w) else w**0.5


def mean_factor__poly1d(w, c1, c2):
    return np.abs(np.poly1d([1, -1 - w + (c1 + c2) / 2, w]).r).max()


def mean_factor__vieta(w, c1, c2):
    B = 1 + w - (c1 + c2) / 2
    D = B * B - 4 * w
    if D < 0:
        return math.sqrt(w)
    q = (abs(B) + math.sqrt(D)) / 2
    return max(q, w / q)


def mean_factor__modulus(w, c1, c2):
    B = 1 + w - (c1 + c2) / 2
    D = B**2 - 4 * w
    re, im = (B, math.sqrt(-D)) if D < 0 else (abs(B) + math.sqrt(D), 0)
    return math.hypot(re / 2, im / 2)


def mean_factor__f32(w, c1, c2):
    return np.float32(np.abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w])).max())


def mean_factor__cosh(w, c1, c2):
    B = abs(1 + w - (c1 + c2) / 2)
    s = math.sqrt(w)
    x = B / (2 * s)
    return s * math.exp(math.acosh(x)) if x > 1 else s


def mean_factor__spectral(w, c1, c2):
    return np.array(max(np.abs(np.linalg.eig([[1 + w - (c1 + c2) / 2, -w], [1, 0]])[0])))
