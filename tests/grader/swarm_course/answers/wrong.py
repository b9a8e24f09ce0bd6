"""Wrong swarms, as students write them: none may get all points."""

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
