"""Tolerances nobody writes: how far a right answer may lie from the reference, found by rounding the reference otherwise.

Two right answers differ because they round differently: in another order of operations, or one step more. How much that
shows in the result depends on the problem: a fixed relative tolerance refuses right answers where numbers cancel, and
accepts wrong ones elsewhere. So the reference is run several times with the result of *every* operation, and every
argument, moved by a random part of its rounding unit, and each element of the result may differ from the reference by
`WIDTH` times the largest move seen (plus four rounding units of its own). Other right ways of writing (`spec.also`)
take part.
"""

import numpy as np

from ..exercise.problems import Objective
from ..exercise.variants import SpecError, rounded_arguments
from ..sandbox.cells import describe

WIDTH = 32.0        # times the largest move seen: a right answer may take some more operations, a mistake is farther off by powers of ten
RUNS = 8            # for every way of writing it
FLIPPED = 1e6       # rounding units: no rounding moves a result so far, unless a branch was taken the other way


class Unstable(SpecError):
    """An input on which rounding decides what the reference does."""


def tolerances(function, cases, want, seed, functions=None):
    """The largest right distance for every element: for every case a list of arrays, shaped like `want`. May raise `Unstable`."""
    rng = np.random.default_rng([seed, 2])
    ways = [(), *((w,) for w in function.rights)]
    parts = len(function.parts)
    variants = {eps: [function.variant(*w, reround=(rng, eps), functions=functions) for w in ways for _ in range(RUNS)]
                for eps in {c.eps for c in cases}}
    out = []
    for case, values in zip(cases, want):
        moves = [np.zeros(w.shape) for w in values]
        for inexact_arguments in (True, False):     # judged as given, if a moved argument takes another branch (a tie, say)
            for m in moves:
                m[...] = 0
            for f in variants[case.eps]:
                args = rounded_arguments(case.args, rng, case.eps) if inexact_arguments else case.args
                grow(moves, values, evaluate(f, args, parts))
            if not any(flipped(m, w, case.eps) for m, w in zip(moves, values)):
                break
        else:
            other = [w.name for w in function.rights if flips(function.variant(w, functions=functions), case, values)]
            if other:
                raise Unstable(f"{function.where}, {case.situation!r}: {other[0]!r} is called right, and returns something else there")
            raise Unstable(
                f"{function.where}, {case.situation!r}: rounding decides what the reference does there, so no answer to it is "
                "surely right; compare no computed values for equality, and keep inputs away from its limits"
            )
        out.append([WIDTH * m + 4 * case.eps * np.abs(w) + 1e-300 for m, w in zip(moves, values)])
    return out


def flips(f, case, values):
    """Does `f`, as it stands, return what no rounding makes of these values?"""
    moves = [np.zeros(w.shape) for w in values]
    grow(moves, values, evaluate(f, case.args, len(values)))
    return any(flipped(m, w, case.eps) for m, w in zip(moves, values))


def grow(moves, values, again):
    """Each move is at least the distance of this run from the values."""
    for move, w, a in zip(moves, values, again or []):
        if a.shape == w.shape:
            with np.errstate(all="ignore"):
                move[...] = np.fmax(move, np.abs(a - w))


def flipped(move, w, eps):
    """Is a move too far for rounding?"""
    return move.size > 0 and bool(np.any(move > FLIPPED * eps * (np.abs(w) + np.max(np.abs(w)) + 1e-3)))     # (a value may be rounded to 0)


def evaluate(f, args, parts):
    """What `f` returns for a fresh copy of these arguments: a list of float arrays, or None where it raises."""
    try:
        with np.errstate(all="ignore"):
            result = f(**{name: given(a) for name, a in args.items()})
            arrays = [np.asarray(r) for r in (result if parts > 1 else (result,))]
            return None if any(a.dtype.kind == "c" for a in arrays) else [a.astype(float) for a in arrays]
    except Exception:                                # a mistake may raise anything; that is its answer
        return None


def raised(f, args):
    """The error that `f` raises for these arguments, in a line; empty where it raises none."""
    try:
        with np.errstate(all="ignore"):
            f(**{name: given(a) for name, a in args.items()})
    except Exception as error:
        return describe(error)
    return ""


def given(a):
    """A fresh copy of one argument, as a function gets it."""
    if isinstance(a, Objective):
        return a.fresh()
    return a.copy(order="K") if isinstance(a, np.ndarray) else a
