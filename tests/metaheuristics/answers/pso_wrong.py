"""Wrong answers to metaheuristics/pso, as students write them: none may get all points, at any seed."""

import math

import numpy as np


def _vel(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - x)


def pso_velocity__gbest_row0(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, pbest[0], r1, r2, w, c1, c2)


def pso_velocity__gbest_mean(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, pbest.mean(0), r1, r2, w, c1, c2)


def pso_velocity__r2_for_both(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r2, r2, w, c1, c2)


def pso_velocity__r_swap(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r2, r1, w, c1, c2)


def pso_velocity__c_swap(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1, r2, w, c2, c1)


def pso_velocity__c1_twice(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1, r2, w, c1, c1)


def pso_velocity__own_only(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x)


def pso_velocity__swarm_only(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c2 * r2 * (gbest - x)


def pso_velocity__minus_own(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (x - pbest) + c2 * r2 * (gbest - x)


def pso_velocity__minus_swarm(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x) - c2 * r2 * (gbest - x)


def pso_velocity__new_random(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, np.random.rand(*x.shape), np.random.rand(*x.shape), w, c1, c2)


def pso_velocity__mean_r(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, 0.5, 0.5, w, c1, c2)


def pso_velocity__row_r(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1[0], r2[0], w, c1, c2)


def pso_velocity__clip(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.clip(_vel(v, x, pbest, gbest, r1, r2, w, c1, c2), -4, 4)


def pso_velocity__clip_big(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return np.clip(_vel(v, x, pbest, gbest, r1, r2, w, c1, c2), -100, 100)


def pso_velocity__norm(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * np.linalg.norm(pbest - x) + c2 * r2 * np.linalg.norm(gbest - x)


def pso_velocity__abs(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * abs(pbest - x) + c2 * r2 * abs(gbest - x)


def pso_velocity__prec(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * pbest - x + c2 * r2 * gbest - x


def pso_velocity__w_fixed(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1, r2, 0.7, c1, c2)


def pso_velocity__c_fixed(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1, r2, w, 2, 2)


def pso_velocity__constriction(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + (1 - w) * (c1 * r1 * (pbest - x) + c2 * r2 * (gbest - x))


def pso_velocity__relative(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x) + c2 * r2 * (gbest - pbest)


def pso_velocity__gbest_col(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return w * v + c1 * r1 * (pbest - x) + c2 * r2 * (np.resize(gbest, x.shape[::-1]).T - x)


def pso_velocity__last_particle(v, x, pbest, gbest, r1, r2, w, c1, c2):
    out = np.zeros(v.shape)
    for i in range(len(v) - 1):
        out[i] = _vel(v[i], x[i], pbest[i], gbest, r1[i], r2[i], w, c1, c2)
    return out


def pso_velocity__seq(v, x, pbest, gbest, r1, r2, w, c1, c2):
    v = w * v + c1 * r1 * (pbest - x)
    return v + c2 * r2 * (gbest - (x + v))


def pso_velocity__int(v, x, pbest, gbest, r1, r2, w, c1, c2):
    return _vel(v, x, pbest, gbest, r1, r2, w, c1, c2).astype(int)


def _move(x, v, lo, hi):
    t = x + v
    return np.clip(t, lo, hi), np.where((t > lo) & (t < hi), v, 0)


def pso_move__reflect(x, v, lower, upper):
    t = x + v
    y = np.where(t > upper, 2 * upper - t, np.where(t < lower, 2 * lower - t, t))
    return y, np.where(y == t, v, -v)


def pso_move__stay(x, v, lower, upper):
    t = x + v
    k = (t > lower) & (t < upper)
    return np.where(k, t, x), np.where(k, v, 0)


def pso_move__clip_first(x, v, lower, upper):
    return np.clip(x, lower, upper) + v, v


def pso_move__v_is_moved(x, v, lower, upper):
    y = np.clip(x + v, lower, upper)
    return y, y - x


def pso_move__swapped(x, v, lower, upper):
    y, u = _move(x, v, lower, upper)
    return u, y


def pso_move__upper_v_kept(x, v, lower, upper):
    y, u = _move(x, v, lower, upper)
    return y, np.where(x + v < lower, 0, v)


def pso_move__lower_v_kept(x, v, lower, upper):
    y, u = _move(x, v, lower, upper)
    return y, np.where(x + v > upper, 0, v)


def pso_move__random(x, v, lower, upper):
    t = x + v
    k = (t > lower) & (t < upper)
    return np.where(k, t, np.random.uniform(lower, upper, x.shape)), np.where(k, v, 0)


def pso_move__any_particle(x, v, lower, upper):
    t = x + v
    k = np.all((t > lower) & (t < upper))
    return np.clip(t, lower, upper), v * k


def pso_move__any_column(x, v, lower, upper):
    t = x + v
    k = np.all((t > lower) & (t < upper), axis=0)
    return np.clip(t, lower, upper), v * k


def pso_move__old_x_test(x, v, lower, upper):
    return np.clip(x + v, lower, upper), np.where((x > lower) & (x < upper), v, 0)


def pso_move__half_v(x, v, lower, upper):
    y, u = _move(x, v, lower, upper)
    return y, np.where(u == 0, 0.5 * v, v)


def pso_move__alias(x, v, lower, upper):
    new = x
    new = new + v
    vel = v
    vel[(new < lower) | (new > upper)] = 0
    return np.clip(new, lower, upper), vel


def pso_move__lower0(x, v, lower, upper):
    return _move(x, v, lower[0], upper[0])


def pso_move__symmetric(x, v, lower, upper):
    return _move(x, v, -upper, upper)


def pso_move__unit(x, v, lower, upper):
    return _move(x, v, -1, 1)


def pso_move__swap_bounds(x, v, upper, lower):
    return _move(x, v, lower, upper)


def pso_move__row_loop(x, v, lower, upper):
    y, u = x + v, v.copy()
    for i in range(len(x)):
        for j in range(len(lower)):
            if y[i, j] < lower[j]:
                y[i, j] = lower[j]
                u[i] = 0
            elif y[i, j] > upper[j]:
                y[i, j] = upper[j]
                u[i] = 0
    return y, u


def pso_move__elif_no_upper_v(x, v, lower, upper):
    y, u = np.clip(x + v, lower, upper), v.copy()
    u[y == lower] = 0
    return y, u


def _rem(x, fx, pbest, fbest, k):
    return np.where(k[:, None], x, pbest), np.where(k, fx, fbest)


def pso_remember__max(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx > fbest)


def pso_remember__first_only(x, fx, pbest, fbest):
    k = np.zeros(len(fx), bool)
    k[0] = fx[0] < fbest[0]
    return _rem(x, fx, pbest, fbest, k)


def pso_remember__best_only(x, fx, pbest, fbest):
    k = np.zeros(len(fx), bool)
    i = np.argmin(fx)
    k[i] = fx[i] < fbest[i]
    return _rem(x, fx, pbest, fbest, k)


def pso_remember__swapped_out(x, fx, pbest, fbest):
    a, b = _rem(x, fx, pbest, fbest, fx < fbest)
    return b, a


def pso_remember__abs(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, abs(fx) < abs(fbest))


def pso_remember__rows_by_norm(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, np.linalg.norm(x, axis=1) < np.linalg.norm(pbest, axis=1))


def pso_remember__columns(x, fx, pbest, fbest):
    k = fx < fbest
    return (np.where(k, x.T, pbest.T).T if False else np.where(np.resize(k, x.shape), x, pbest)), np.where(k, fx, fbest)


def pso_remember__min_of_all(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest)[0], np.full(len(fx), min(fx.min(), fbest.min()))


def pso_remember__keep_f_strict(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest)[0], fx


def pso_remember__le_f(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx <= fbest)[0], np.minimum(fx, fbest)


def pso_remember__tolerance(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest - 1e-6)


def pso_remember__tolerance_big(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest - 0.1)


def pso_remember__elementwise(x, fx, pbest, fbest):
    return np.minimum(x, pbest), np.minimum(fx, fbest)


def pso_remember__f_first(x, fx, pbest, fbest):
    fbest = np.minimum(fx, fbest)
    return np.where((fx < fbest)[:, None], x, pbest), fbest


def pso_remember__last(x, fx, pbest, fbest):
    p, f = pbest.copy(), fbest.copy()
    for i in range(len(fx) - 1):
        if fx[i] < fbest[i]:
            p[i], f[i] = x[i], fx[i]
    return p, f


def pso_remember__none(x, fx, pbest, fbest):
    for i in range(len(fx)):
        if fx[i] < fbest[i]:
            pbest[i] = x[i]
            fbest[i] = fx[i]


def attractor__sum(p, b, c1, c2):
    return (c1 * p + c2 * b) / 2


def attractor__minus(p, b, c1, c2):
    return (c1 * p - c2 * b) / (c1 - c2)


def attractor__p(p, b, c1, c2):
    return p


def attractor__mean_all(p, b, c1, c2):
    return np.mean((c1 * p + c2 * b) / (c1 + c2))


def attractor__prod(p, b, c1, c2):
    return (c1 * p + c2 * b) / (c1 * c2)


def attractor__prec(p, b, c1, c2):
    return c1 * p + c2 * b / (c1 + c2)


def attractor__w(p, b, c1, c2):
    return (c1 * p + c2 * b) / (1 + c1 + c2)


def attractor__scalar_mean(p, b, c1, c2):
    return np.average([p, b], weights=[[c1] * len(p), [c2] * len(p)])


def mean_factor__sum_roots(w, c1, c2):
    return abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w]).sum())


def mean_factor__last_root(w, c1, c2):
    return abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w])[-1])


def mean_factor__real(w, c1, c2):
    return max(np.roots([1, -(1 + w - (c1 + c2) / 2), w]).real)


def mean_factor__max_complex(w, c1, c2):
    return abs(max(np.roots([1, -(1 + w - (c1 + c2) / 2), w]), key=lambda z: z.real))


def mean_factor__coef_w(w, c1, c2):
    return max(abs(np.roots([1, -(1 + w - (c1 + c2) / 2), -w])))


def mean_factor__disc0(w, c1, c2):
    b = 1 + w - (c1 + c2) / 2
    D = b * b - 4 * w
    return (abs(b) + math.sqrt(D)) / 2 if D >= 0 else abs(b) / 2


def mean_factor__nan(w, c1, c2):
    b = 1 + w - (c1 + c2) / 2
    return (abs(b) + np.sqrt(np.float64(b * b - 4 * w))) / 2


def mean_factor__w_not_root(w, c1, c2):
    b = 1 + w - (c1 + c2) / 2
    D = b * b - 4 * w
    return (abs(b) + math.sqrt(D)) / 2 if D >= 0 else w


def mean_factor__two_roots(w, c1, c2):
    return np.abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w]))


def mean_factor__pos(w, c1, c2):
    b = 1 + w - (c1 + c2) / 2
    D = b * b - 4 * w
    return (b + math.sqrt(D)) / 2 if D >= 0 else math.sqrt(w)


def mean_factor__complex_returned(w, c1, c2):
    return np.roots([1, -(1 + w - (c1 + c2) / 2), w]).astype(complex).max()


def mean_factor__roundw(w, c1, c2):
    return round(max(abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w]))), 4)


pso_velocity, pso_move = _vel, _move


def pso_remember(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest)


BASE = """
def pso__{name}(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    pbest, fbest = x, f(x)
    gbest = pbest[np.argmin(fbest)]
    for _ in range(iterations):
        r1 = rng.random((particles, d))
        r2 = rng.random((particles, d))
        v = pso_velocity(v, x, pbest, gbest, r1, r2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        pbest, fbest = pso_remember(x, f(x), pbest, fbest)
        gbest = pbest[np.argmin(fbest)]
    return gbest, np.min(fbest)
"""
EDITS = {
    "argmax": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = pbest[np.argmax(fbest)]\n    return"),
    "argmax_start": ("    gbest = pbest[np.argmin(fbest)]\n    for", "    gbest = pbest[np.argmax(fbest)]\n    for"),
    "v_random": ("v = np.zeros((particles, d))", "v = rng.uniform(-1, 1, (particles, d))"),
    "v_random_small": ("v = np.zeros((particles, d))", "v = rng.normal(0, .01, (particles, d))"),
    "no_v_from_move": ("x, v = pso_move", "x, _ = pso_move"),
    "w_decay": ("for _ in range(iterations):", "for k in range(iterations):\n        w = w * .99"),
    "one_more": ("range(iterations)", "range(iterations + 1)"),
    "asks_twice": ("    return", "    f(x)\n    return"),
    "f_again": ("    return gbest, np.min(fbest)", "    return gbest, f(gbest)"),
    "returns_x": ("return gbest, np.min(fbest)", "return x[np.argmin(f.fun(x) if hasattr(f, 'fun') else fbest)], np.min(fbest)"),
    "returns_value_first": ("return gbest, np.min(fbest)", "return np.min(fbest), gbest"),
    "returns_only_x": ("return gbest, np.min(fbest)", "return gbest"),
    "returns_fbest_all": ("return gbest, np.min(fbest)", "return gbest, fbest"),
    "centre": ("x = rng.uniform(lower, upper, (particles, d))", "x = np.tile((lower + upper) / 2, (particles, 1))"),
    "normal_start": (
        "x = rng.uniform(lower, upper, (particles, d))",
        "x = np.clip((lower + upper) / 2 + rng.normal(0, 1, (particles, d)) * (upper - lower) / 6, lower, upper)",
    ),
    "unit_start": ("x = rng.uniform(lower, upper, (particles, d))", "x = rng.random((particles, d))"),
    "lower0_start": ("x = rng.uniform(lower, upper, (particles, d))", "x = rng.uniform(lower[0], upper[0], (particles, d))"),
    "symmetric_start": ("x = rng.uniform(lower, upper, (particles, d))", "x = rng.uniform(-upper, upper, (particles, d))"),
    "np_random": ("r1 = rng.random((particles, d))", "r1 = np.random.random((particles, d))"),
    "np_random_start": ("x = rng.uniform(lower, upper, (particles, d))", "x = np.random.uniform(lower, upper, (particles, d))"),
    "seeded_start": ("x = rng.uniform(lower, upper, (particles, d))", "x = np.random.default_rng(0).uniform(lower, upper, (particles, d))"),
    "r_before_loop": ("        r1 = rng.random((particles, d))\n        r2 = rng.random((particles, d))\n", "        r1, r2 = R1, R2\n"),
    "alias_pbest_inplace": ("x, v = pso_move(x, v, lower, upper)", "x += v; np.clip(x, lower, upper, out=x)"),
    "gbest_view": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = x[np.argmin(fbest)]\n    return"),
    "lbest_ring": ("v = pso_velocity(v, x, pbest, gbest,", "v = pso_velocity(v, x, pbest, np.roll(pbest, 1, 0),"),
    "pbest_gbest_swapped": ("pbest, gbest, r1", "np.tile(gbest, (particles, 1)), pbest, r1"),
    "no_random": ("r1 = rng.random((particles, d))", "r1 = np.ones((particles, d))"),
    "r_halves": ("r1 = rng.random((particles, d))", "r1 = rng.random((particles, d)) / 2"),
    "r_binary": ("r1 = rng.random((particles, d))", "r1 = rng.integers(0, 2, (particles, d))"),
    "r_complement": ("r2 = rng.random((particles, d))", "r2 = 1 - r1"),
    "r_row": ("r2 = rng.random((particles, d))", "r2 = rng.random((particles, 1))"),
    "r_col": ("r2 = rng.random((particles, d))", "r2 = rng.random(d)"),
    "r1_row": ("r1 = rng.random((particles, d))", "r1 = rng.random((particles, 1))"),
    "r1_col": ("r1 = rng.random((particles, d))", "r1 = rng.random(d)"),
    "r1_scalar": ("r1 = rng.random((particles, d))", "r1 = rng.random()"),
    "r2_scalar": ("r2 = rng.random((particles, d))", "r2 = rng.random()"),
    "keeps_late_gbest": ("        gbest = pbest[np.argmin(fbest)]\n    return gbest", "    return pbest[np.argmin(fbest)]"),
    "stop_early": ("for _ in range(iterations):", "for _ in range(iterations):\n        if np.min(fbest) < 5: break"),
    "elitist": ("        gbest = pbest[np.argmin(fbest)]\n    return", "        gbest = pbest[np.argmin(fbest)]; x[0] = gbest\n    return"),
    "mutation": (
        "        gbest = pbest[np.argmin(fbest)]\n    return",
        "        gbest = pbest[np.argmin(fbest)]; x = x + rng.normal(0, 1e-3, x.shape)\n    return",
    ),
    "pull_to_mean": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = pbest.mean(0)\n    return"),
    "global_seed": ("    d = len(lower)", "    rng = np.random.default_rng(42); d = len(lower)"),
    "wrong_bounds": ("pso_move(x, v, lower, upper)", "pso_move(x, v, -upper, upper)"),
    "swapped_bounds": ("pso_move(x, v, lower, upper)", "pso_move(x, v, upper, lower)"),
    "bounds5": ("pso_move(x, v, lower, upper)", "pso_move(x, v, -5, 5)"),
}
for n, (a, b) in EDITS.items():
    assert BASE.count(a) == 1, (n, BASE.count(a))
    src = BASE.format(name=n).replace(a, b)
    if n == "r_before_loop":
        src = src.replace("    for _", "    R1, R2 = rng.random((2, particles, d))\n    for _")
    exec(src)


def pso__async(f, lower, upper, particles, iterations, w, c1, c2, rng):
    """gbest renewed within the sweep"""
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        for i in range(particles):
            g = P[F.argmin()]
            v[i] = w * v[i] + c1 * rng.random(d) * (P[i] - x[i]) + c2 * rng.random(d) * (g - x[i])
            t = x[i] + v[i]
            v[i][(t < lower) | (t > upper)] = 0
            x[i] = np.clip(t, lower, upper)
            y = f(x[i])
            if y < F[i]:
                P[i], F[i] = x[i], y
    return P[F.argmin()], F.min()


def pso__written_minus(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        g = P[F.argmin()]
        v = w * v - c1 * rng.random(x.shape) * (P - x) + c2 * rng.random(x.shape) * (g - x)
        t = x + v
        v[(t < lower) | (t > upper)] = 0
        x = np.clip(t, lower, upper)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return P[F.argmin()], F.min()


def pso__alias_p(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x, f(x)
    for _ in range(iterations):
        g = P[F.argmin()]
        v = w * v + c1 * rng.random(x.shape) * (P - x) + c2 * rng.random(x.shape) * (g - x)
        x += v
        v[(x < lower) | (x > upper)] = 0
        np.clip(x, lower, upper, out=x)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return P[F.argmin()], F.min()


def pso__v_kept_at_wall(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        g = P[F.argmin()]
        v = w * v + c1 * rng.random(x.shape) * (P - x) + c2 * rng.random(x.shape) * (g - x)
        x = np.clip(x + v, lower, upper)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return P[F.argmin()], F.min()


def pso__random_restart_at_wall(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        g = P[F.argmin()]
        v = w * v + c1 * rng.random(x.shape) * (P - x) + c2 * rng.random(x.shape) * (g - x)
        t = x + v
        out = (t < lower) | (t > upper)
        v[out] = 0
        x = np.where(out, rng.uniform(lower, upper, x.shape), t)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return P[F.argmin()], F.min()


def pso__stays_at_wall(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    P, F = x.copy(), f(x)
    for _ in range(iterations):
        g = P[F.argmin()]
        v = w * v + c1 * rng.random(x.shape) * (P - x) + c2 * rng.random(x.shape) * (g - x)
        t = x + v
        out = (t < lower) | (t > upper)
        v[out] = 0
        x = np.where(out, x, t)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return P[F.argmin()], F.min()
