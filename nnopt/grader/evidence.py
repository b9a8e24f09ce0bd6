r"""What the record of a swarm proves: moves replayed from it, and tests whose false alarms are bounded.

The bounds are those of Dvoretzky, Kiefer, Wolfowitz and Massart (1990, doi:10.1214/aop/1176990746) and of Hoeffding
(1963, doi:10.1080/01621459.1963.10500830), which holds for martingale differences, too (Azuma 1967,
doi:10.2748/tmj/1178243286). Both need a number of samples that is fixed beforehand, and samples that are chosen before
they are drawn: which moves show their random numbers depends on earlier rounds only.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

ALPHA = 1e-6                    # a test refuses what is right with at most this probability

RULES = ("right", "best points are never renewed", "the swarm's best is never renewed", "no memory", "velocity is not kept",
         "the swarm's best is a round late")


@dataclass
class Move:
    """One round as it follows from what was known before: the pulls A (own) and B (swarm), and what is left of the move without inertia."""

    A: np.ndarray
    B: np.ndarray
    rest: np.ndarray
    inside: np.ndarray      # coordinates that were not stopped by a wall
    free: np.ndarray        # coordinates that no random numbers could have brought to a wall


def replay(args, X, rule, stride):
    """All moves, by a rule: the right one, or one of the mistakes in `RULES`. A stride other than 1: moves by stride * v, without walls."""
    f, w, c1, c2, lower, upper = (args[k] for k in ("f", "w", "c1", "c2", "lower", "upper"))
    if stride != 1:
        lower, upper = np.full(lower.shape, -np.inf), np.full(upper.shape, np.inf)
    P, FP, V, moves = X[0], f.fun(X[0]), np.zeros_like(X[0]), []
    best = late = P[np.argmin(FP)]
    for x0, x1 in itertools.pairwise(X):
        g = late if rule == "the swarm's best is a round late" else best
        A, B = c1 * (P - x0), c2 * (g - x0)
        low, high = x0 + w * V + np.minimum(A, 0) + np.minimum(B, 0), x0 + w * V + np.maximum(A, 0) + np.maximum(B, 0)
        inside = (x1 > lower) & (x1 < upper)
        moves.append(Move(A, B, (x1 - x0) / stride - w * V, inside, (low > lower) & (high < upper)))
        V = np.zeros_like(V) if rule == "velocity is not kept" else np.where(inside, (x1 - x0) / stride, 0.0)
        late = best
        fx = f.fun(x1)
        if rule == "no memory":
            P, FP = x1, fx
        elif rule != "best points are never renewed":
            better = fx < FP
            P, FP = np.where(better[:, None], x1, P), np.where(better, fx, FP)
        if rule not in ("best points are never renewed", "the swarm's best is never renewed"):
            best = P[np.argmin(FP)]
    return moves


def between(moves):
    """Is every move between no pull at all and both pulls in full, wherever no wall stopped it?"""
    for m in moves:
        low, high = np.minimum(m.A, 0) + np.minimum(m.B, 0), np.maximum(m.A, 0) + np.maximum(m.B, 0)
        slack = 1e-9 * (1 + np.abs(low) + np.abs(high))
        if np.any(m.inside & ((m.rest < low - slack) | (m.rest > high + slack))):
            return False
    return True


def same_numbers(moves):
    """Are r1 and r2 the same?

    Then the rest lies between 0 and A + B always; with numbers of their own and opposite pulls, half the time at most.
    """
    hits = []
    for m in moves:
        A, B = np.abs(m.A), np.abs(m.B)
        comparable = m.free & (m.A * m.B < 0) & (A < 2 * B) & (B < 2 * A) & (np.abs(m.A + m.B) > 1e-6)
        share = m.rest[comparable] / (m.A + m.B)[comparable]
        hits += list((share > -1e-6) & (share < 1 + 1e-6))
    return len(hits) >= -math.log2(ALPHA) + 1 and all(hits)


def not_uniform(r):
    """Are these not uniform in [0, 1]?

    They are not where the distance of Kolmogorov and Smirnov is beyond the bound of Dvoretzky, Kiefer, Wolfowitz and Massart.
    """
    n, r = len(r), np.sort(r)
    distance = max(np.max(np.arange(1, n + 1) / n - r), np.max(r - np.arange(n) / n))
    return bool(distance > math.sqrt(math.log(2 / ALPHA) / (2 * n)))


def not_centred(seen):
    """Is a sample of r - 1/2, seen within 0.1, not that of numbers uniform on [0, 1]? By its mean and its mean square."""
    square = np.mean(seen**2)                        # within 0 ... 0.36; its expectation within 1/12 ... 1.04/12
    slack = 0.36 * hoeffding(len(seen))
    return bool(abs(np.mean(seen)) > 1.2 * hoeffding(len(seen)) or not 1 / 12 - slack <= square <= 1.04 / 12 + slack)


def linked(a, b, width=1.0):
    """Are two samples of numbers, uniform in an interval of this width about 1/2, tied to each other?

    Judged by the mean of their products.
    """
    products = (a - 0.5) * (b - 0.5)
    return bool(abs(np.mean(products)) > width**2 / 2 * hoeffding(len(products)))


def hoeffding(n):
    """How far the mean of n martingale differences in an interval of length 1 may be from 0."""
    return math.sqrt(math.log(2 / ALPHA) / (2 * n))
