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
EDGE = 1e-13                    # so near to the end of the range of its targets a coordinate comes with probability 0, but for rounding

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
    follows: bool           # could random numbers in [0, 1] have led here?


def replay(args, X, rule, stride=1.0, walls=1.0):
    """All moves, by a rule: the right one, or one of the mistakes in `RULES`. A move is stride * v, the walls are moved by a factor."""
    f, w, c1, c2 = (args[k] for k in ("f", "w", "c1", "c2"))
    lower, upper = walls * args["lower"], walls * args["upper"]
    P, FP, V, moves = X[0], f.fun(X[0]), np.zeros_like(X[0]), []
    best = late = P[np.argmin(FP)]
    for x0, x1 in itertools.pairwise(X):
        g = late if rule == "the swarm's best is a round late" else best
        A, B = c1 * (P - x0), c2 * (g - x0)
        low = x0 + stride * (w * V + np.minimum(A, 0) + np.minimum(B, 0))
        high = x0 + stride * (w * V + np.maximum(A, 0) + np.maximum(B, 0))
        inside = (x1 > lower) & (x1 < upper)
        moves.append(Move(A, B, (x1 - x0) / stride - w * V, inside, (low > lower) & (high < upper), reached(x1, low, high, lower, upper)))
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


def reached(x1, low, high, lower, upper):
    """Does every coordinate lie where a target between `low` and `high` ends, the walls considered?

    At a wall, this asks for a target beyond it. That a target was the very end of its range, where both random numbers are 0 or 1, has a
    probability below `EDGE` / 0.01 for each coordinate.
    """
    slack = 1e-9 * (1 + np.abs(low) + np.abs(high))
    held = (x1 >= np.clip(low, lower, upper) - slack) & (x1 <= np.clip(high, lower, upper) + slack)
    wide = high - low > 0.01
    idle = wide & (((x1 == upper) & (high < upper + EDGE)) | ((x1 == lower) & (low > lower - EDGE)))
    return bool(np.all(held & ~idle))


def between(moves):
    """Does every move lie between no pull at all and both pulls in full, and is at a wall only what flew there?"""
    return all(m.follows for m in moves)


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


def complementary(moves):
    """Is r2 = 1 - r1? Then the rest lies between A and B always; with numbers of their own and like pulls, half the time at most."""
    hits = []
    for m in moves:
        low, high = np.minimum(m.A, m.B), np.maximum(m.A, m.B)
        a, b = np.abs(m.A), np.abs(m.B)
        comparable = m.free & (m.A * m.B > 0) & (a < 2 * b) & (b < 2 * a) & (a > 1e-6)
        hits += list(((m.rest > low - 1e-9) & (m.rest < high + 1e-9))[comparable])
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
