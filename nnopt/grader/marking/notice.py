"""What can be seen of a mistake that nobody foresaw: where it differs, whether parts are exchanged, a factor by which it is off."""

import numpy as np


def observe(v, same):
    """Sentences on an unknown mistake: at most one on where it differs, and one for every part."""
    seen = [f"it differs exactly where {tell}" for tell in where(v)[:1]]
    return seen + [s for j in range(len(v.key.names)) if (s := of_part(v, j, same))]


def where(v):
    """The conditions of the spec that hold exactly on the cases that differ."""
    key, wrong = v.key, set(v.wrong)
    differs = [i in wrong for i in key.plain]
    if all(differs):
        return []
    return [tell for tell, holds in key.holds.items() if holds == differs]


def of_part(v, j, same):
    """One sentence on part `j`, or None."""
    key, name = v.key, v.key.names[j]
    cases = [i for i in v.wrong if v.got[i] is not None and not v.right[name][i]]
    for i in cases:
        if v.got[i][j].shape != key.want[i][j].shape:
            return f"{name} has shape {v.got[i][j].shape} in place of {key.want[i][j].shape}"
    for q, other in enumerate(key.names):
        if cases and q != j and all(same(v.got[i][j], key.want[i][q], key.tol[i][q]) for i in cases):
            return f"what is returned as {name} is the right {other}"
    for factor, values in key.factors.items() if cases else []:
        by_case = dict(zip(key.plain, values))
        if off_by(v, j, cases, by_case, from_start=False):
            return f"{name} is off by the factor {factor}"
        if off_by(v, j, cases, by_case, from_start=True):
            return f"the change of {name} is off by the factor {factor}"
    return None


def off_by(v, j, cases, factors, from_start):
    """Is part `j` (or its change from the argument of the same name) the right one times the case's factor, on all these cases?"""
    key, name = v.key, v.key.names[j]
    for i in cases:
        args = key.cases[i].args
        if from_start and name not in args:
            return False
        start = args[name] if from_start else 0.0
        want, got = (key.want[i][j] - start) * factors[i], v.got[i][j] - start
        if not np.allclose(got, want, rtol=1e-6, atol=1e-9 * np.max(np.abs(want), initial=0)):
            return False
    return True
