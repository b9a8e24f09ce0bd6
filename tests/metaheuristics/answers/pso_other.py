"""More right answers to metaheuristics/pso, each written in another way: all must get all points, at any seed."""


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


def pso_run__asks_tiny(f, x, v, lower, upper, w, c1, c2, r1, r2):
    fx = np.array([f(p) for p in x])
    p, fp = x.copy(), fx.copy()
    g = p[fp.argmin()].copy()
    for t in range(len(r1)):
        v = pso_velocity(v, x, p, g, r1[t], r2[t], w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        fx = np.array([f(q) for q in x])
        p, fp = pso_remember(x, fx, p, fp)
        g = p[fp.argmin()].copy()
    return x, p, fp


def pso_run__tracks_gbest_value(f, x, v, lower, upper, w, c1, c2, r1, r2):
    values = f(x)
    pb, fb = x.copy(), values.copy()
    k = np.argmin(values)
    g, fg = x[k].copy(), values[k]
    for a, b in zip(r1, r2):
        v = pso_velocity(v, x, pb, g, a, b, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        values = f(x)
        pb, fb = pso_remember(x, values, pb, fb)
        if values.min() < fg:
            g, fg = x[values.argmin()].copy(), values.min()
    return [x, pb, fb]


def pso_run__while(f, x, v, lower, upper, w, c1, c2, r1, r2):
    p, fp = np.array(x), np.array(f(x))
    it = 0
    while it < len(r2):
        best = p[np.flatnonzero(fp == fp.min())[0]]
        v = w * v + c1 * r1[it] * (p - x) + c2 * r2[it] * (best - x)
        y = x + v
        v = np.where((y < lower) | (y > upper), 0, v)
        x = np.clip(y, lower, upper)
        fx = f(x)
        b = fx < fp
        p = np.where(b[:, None], x, p)
        fp = np.where(b, fx, fp)
        it += 1
    return x, p, fp


def pso_run__asks_twice(f, x, v, lower, upper, w, c1, c2, r1, r2):
    P, F = x, f(x)
    for t, (a, b) in enumerate(zip(r1, r2)):
        v = pso_velocity(v, x, P, P[np.argmin(f(P))], a, b, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        P, F = pso_remember(x, f(x), P, F)
    return x, P, F


def pso_run__list_of_particles(f, x, v, lower, upper, w, c1, c2, r1, r2):
    class Particle:
        def __init__(s, x, v):
            s.x, s.v, s.p, s.fp = x, v, x, float(f(x))

    swarm = [Particle(*each) for each in zip(x, v)]
    for R1, R2 in zip(r1, r2):
        g = min(swarm, key=lambda s: s.fp).p
        for s, a, b in zip(swarm, R1, R2):
            s.v = w * s.v + c1 * a * (s.p - s.x) + c2 * b * (g - s.x)
            y = s.x + s.v
            s.v = np.where((y < lower) | (y > upper), 0, s.v)
            s.x = np.clip(y, lower, upper)
        for s in swarm:
            value = float(f(s.x))
            if value < s.fp:
                s.p, s.fp = s.x, value
    return [s.x for s in swarm], [s.p for s in swarm], [s.fp for s in swarm]


def lag__solve(u, w, c1, c2):
    phi = 0.5 * c1 + 0.5 * c2
    return np.linalg.solve(phi * np.eye(len(u)), u - w * u)


def lag__einsum(u, w, c1, c2):
    return np.einsum("i,->i", u, 2 * (1 - w) / (c1 + c2))


def lag__f32(u, w, c1, c2):
    return np.float32(u * (1 - w) / (c1 + c2) * 2)


def spread_factor__norm(w, c1, c2):
    a, s = 1 + w - (c1 + c2) / 2, (c1 * c1 + c2 * c2) / 12
    M = np.array([[a * a + s, -2 * a * w, w * w], [a, -w, 0], [1, 0, 0]])
    return np.linalg.eigvals(M.T).real.max()


def spread_factor__of_two_rounds(w, c1, c2):
    a, s = 1 + w - (c1 + c2) / 2, (c1 * c1 + c2 * c2) / 12
    M = np.array([[a * a + s, -2 * a * w, w * w], [a, -w, 0], [1, 0, 0]])
    return float(np.emath.sqrt(np.max(np.abs(np.linalg.eigvals(M @ M)))).real)
