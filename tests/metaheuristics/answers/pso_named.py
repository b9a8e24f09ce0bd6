"""Wrong answers as students write them, each with the name that the feedback gives its mistake."""

import numpy as np


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


RUN = """
def pso_run__{name}(f, x, v, lower, upper, w, c1, c2, r1, r2):
    "{called}"
    P, F = x, f(x)
    g = P[F.argmin()]
    for t in range(len(r1)):
        v = w * v + c1 * r1[t] * (P - x) + c2 * r2[t] * (g - x)
        y = x + v
        x = np.clip(y, lower, upper)
        v = np.where(x == y, v, 0)
        F_new = f(x)
        b = F_new < F
        P, F = np.where(b[:, None], x, P), np.where(b, F_new, F)
        g = P[F.argmin()]
    return x, P, F
"""
SLIPS = {
    "late": ("the swarm's best is never renewed", "        g = P[F.argmin()]\n    return", "    return"),
    "now": ("the best of this round", "        g = P[F.argmin()]\n    return", "        g = x[F_new.argmin()]\n    return"),
    "worst": ("the worst for the best", "g = P[F.argmin()]", "g = P[F.argmax()]"),
    "forgets": ("no memory", "b = F_new < F", "b = F == F"),
    "rest": ("velocity is not kept", "v = w * v +", "v ="),
    "wall": ("the walls do not stop it", "v = np.where(x == y, v, 0)", "v = y - y + v"),
    "twice": ("r1 and r2 are the same", "r2[t]", "r1[t]"),
    "first": ("the random numbers of the first round", "[t]", "[0]"),
}
for name, (called, old, new) in SLIPS.items():
    assert old in RUN, name
    exec(RUN.format(name=name, called=called).replace(old, new))


def lag__plain(u, w, c1, c2):
    """no inertia"""
    return 2 * u / (c1 + c2)


def lag__unhalved(u, w, c1, c2):
    """the full pull"""
    return (1 - w) / (c1 + c2) * u


def lag__minus(u, w, c1, c2):
    """ahead of it"""
    return 2 * (w - 1) * u / (c1 + c2)


def spread_factor__copied(w, c1, c2):
    """as if both pulls were equal"""
    c = (c1 + c2) / 2
    a = 1 + w - c
    return max(abs(np.linalg.eigvals([[a**2 + c**2 / 6, -2 * w * a, w**2], [a, -w, 0], [1, 0, 0]])))


def spread_factor__mean(w, c1, c2):
    """no chance at all"""
    return max(abs(np.roots([1, -(1 + w - (c1 + c2) / 2), w]))) ** 2


def spread_factor__sum(w, c1, c2):
    """the variance of one random number"""
    a, s = 1 + w - (c1 + c2) / 2, (c1 + c2) ** 2 / 12
    return max(abs(np.roots([1, w - a**2 - s, w * (a**2 - s - w), -(w**3)])))
