"""Wrong answers to metaheuristics/pso, as students write them: none may get all points, at any seed."""


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


pso_velocity, pso_move = _vel, _move


def pso_remember(x, fx, pbest, fbest):
    return _rem(x, fx, pbest, fbest, fx < fbest)


BASE = """
def pso_run__{name}(f, x, v, lower, upper, w, c1, c2, r1, r2):
    pbest, fbest = x, f(x)
    gbest = pbest[np.argmin(fbest)]
    for t in range(len(r1)):
        v = pso_velocity(v, x, pbest, gbest, r1[t], r2[t], w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        pbest, fbest = pso_remember(x, f(x), pbest, fbest)
        gbest = pbest[np.argmin(fbest)]
    return x, pbest, fbest
"""
EDITS = {
    "argmax": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = pbest[np.argmax(fbest)]\n    return"),
    "argmax_start": ("    gbest = pbest[np.argmin(fbest)]\n    for", "    gbest = pbest[np.argmax(fbest)]\n    for"),
    "at_rest": ("    pbest, fbest = x, f(x)", "    v = np.zeros_like(x); pbest, fbest = x, f(x)"),
    "no_v_from_move": ("x, v = pso_move", "x, _ = pso_move"),
    "w_decay": ("for t in range(len(r1)):", "for t in range(len(r1)):\n        w = w * .99"),
    "one_less": ("range(len(r1))", "range(len(r1) - 1)"),
    "from_one": ("range(len(r1))", "range(1, len(r1))"),
    "gbest_alone": ("return x, pbest, fbest", "return x, gbest, np.min(fbest)"),
    "returns_only_x": ("return x, pbest, fbest", "return x"),
    "returns_other_order": ("return x, pbest, fbest", "return pbest, fbest, x"),
    "values_now": ("return x, pbest, fbest", "return x, pbest, f(x)"),
    "gbest_view": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = x[np.argmin(fbest)]\n    return"),
    "lbest_ring": ("v = pso_velocity(v, x, pbest, gbest,", "v = pso_velocity(v, x, pbest, np.roll(pbest, 1, 0),"),
    "pbest_gbest_swapped": ("pbest, gbest, r1", "np.tile(gbest, (len(x), 1)), pbest, r1"),
    "own_numbers": ("r1[t], r2[t]", "np.random.random(x.shape), np.random.random(x.shape)"),
    "r_exchanged": ("r1[t], r2[t]", "r2[t], r1[t]"),
    "r_twice": ("r1[t], r2[t]", "r1[t], r1[t]"),
    "r_first": ("r1[t], r2[t]", "r1[0], r2[0]"),
    "r_backwards": ("r1[t], r2[t]", "r1[-1 - t], r2[-1 - t]"),
    "r_row": ("r1[t], r2[t]", "r1[t][:, :1], r2[t][:, :1]"),
    "stop_early": ("for t in range(len(r1)):", "for t in range(len(r1)):\n        if np.min(fbest) < 15: break"),
    "elitist": ("        gbest = pbest[np.argmin(fbest)]\n    return", "        gbest = pbest[np.argmin(fbest)]; x[0] = gbest\n    return"),
    "pull_to_mean": ("gbest = pbest[np.argmin(fbest)]\n    return", "gbest = pbest.mean(0)\n    return"),
    "wrong_bounds": ("pso_move(x, v, lower, upper)", "pso_move(x, v, -upper, upper)"),
    "swapped_bounds": ("pso_move(x, v, lower, upper)", "pso_move(x, v, upper, lower)"),
    "bounds5": ("pso_move(x, v, lower, upper)", "pso_move(x, v, -5, 5)"),
    "c_exchanged": ("w, c1, c2)\n        x", "w, c2, c1)\n        x"),
}
for n, (a, b) in EDITS.items():
    assert BASE.count(a) == 1, (n, BASE.count(a))
    exec(BASE.format(name=n).replace(a, b))


def pso_run__async(f, x, v, lower, upper, w, c1, c2, r1, r2):
    """gbest renewed within the sweep"""
    x, v = x.copy(), v.copy()
    P, F = x.copy(), f(x)
    for t in range(len(r1)):
        for i in range(len(x)):
            g = P[F.argmin()]
            v[i] = w * v[i] + c1 * r1[t, i] * (P[i] - x[i]) + c2 * r2[t, i] * (g - x[i])
            y = x[i] + v[i]
            v[i][(y < lower) | (y > upper)] = 0
            x[i] = np.clip(y, lower, upper)
            value = f(x[i])
            if value < F[i]:
                P[i], F[i] = x[i], value
    return x, P, F


def pso_run__alias_p(f, x, v, lower, upper, w, c1, c2, r1, r2):
    P, F = x, f(x)
    for t in range(len(r1)):
        g = P[F.argmin()]
        v = w * v + c1 * r1[t] * (P - x) + c2 * r2[t] * (g - x)
        x += v
        v[(x < lower) | (x > upper)] = 0
        np.clip(x, lower, upper, out=x)
        y = f(x)
        k = y < F
        P[k] = x[k]
        F[k] = y[k]
    return x, P, F


def lag__full_pull(u, w, c1, c2):
    return u * (1 - w) / (c1 + c2)


def lag__still(u, w, c1, c2):
    return 0 * u


def lag__one_round(u, w, c1, c2):
    return u


def lag__damped(u, w, c1, c2):
    return u / (1 - w) * (c1 + c2) / 2


def lag__weighted(u, w, c1, c2):
    return (c1 * u + c2 * u * (1 - w)) / (c1 + c2)


def lag__prec(u, w, c1, c2):
    return 2 * u * (1 - w) / c1 + c2


def lag__mean(u, w, c1, c2):
    return np.mean(2 * u * (1 - w) / (c1 + c2))


def spread_factor__copied(w, c1, c2):
    return 24 * (1 - w**2) / (7 - 5 * w)


def spread_factor__w(w, c1, c2):
    return w


def spread_factor__page_matrix(w, c1, c2):
    c = c1
    a = 1 + w - c
    return max(abs(np.linalg.eigvals([[a**2 + c**2 / 6, -2 * w * a, w**2], [a, -w, 0], [1, 0, 0]])))


def spread_factor__no_covariance(w, c1, c2):
    a = 1 + w - (c1 + c2) / 2
    return max(abs(np.linalg.eigvals([[a**2 + (c1**2 + c2**2) / 12, w**2], [1, 0]])))


def spread_factor__all(w, c1, c2):
    a = 1 + w - (c1 + c2) / 2
    return np.linalg.eigvals([[a**2 + (c1**2 + c2**2) / 12, -2 * w * a, w**2], [a, -w, 0], [1, 0, 0]])


def spread_factor__trace(w, c1, c2):
    return (1 + w - (c1 + c2) / 2) ** 2 + (c1**2 + c2**2) / 12 - w


def spread_factor__norm(w, c1, c2):
    a = 1 + w - (c1 + c2) / 2
    return np.linalg.norm([[a**2 + (c1**2 + c2**2) / 12, -2 * w * a, w**2], [a, -w, 0], [1, 0, 0]], 2)


def spread_factor__round(w, c1, c2):
    a = 1 + w - (c1 + c2) / 2
    return round(max(abs(np.linalg.eigvals([[a**2 + (c1**2 + c2**2) / 12, -2 * w * a, w**2], [a, -w, 0], [1, 0, 0]]))), 4)
