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


def attractor__plain_sum(p, b, c1, c2):
    """divided by two"""
    return (c1 * p + c2 * b) / 2
