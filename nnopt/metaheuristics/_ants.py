"""What ants do before they lay a trail: look around, draw a tour city by city, improve it by the problem's moves."""

from .._jit import N, R, Random, S, d, k, kernel
from ..random import below, uniform
from ..walk import Apply, Begin, Delta, Desire

DOUBLE = 1e200  # as desirable is only a place at which one stands already


# ------------------------------------------------------------------------------------ what ants see
@kernel(browser=False, apart=True)
def look_around(desire: Desire, given: N[k], tau: R[d, d], eta: R[d, d], near: N[d, 16], beta: R):
    """Once: how desirable each city is from each, and the sixteen most desirable from each (-1 where there are fewer).

    In units of the most desirable one that is no double of i, since only ratios count in a row, and powers of large numbers overflow.
    """
    for i in range(eta.shape[0]):
        filled, unit = 0, 0.0
        for j in range(eta.shape[0]):
            tau[i, j] = 1.0
            eta[i, j] = desire(i, j, given) if i != j else 0.0
            unit = max(unit, eta[i, j]) if eta[i, j] < DOUBLE else unit
        for j in range(eta.shape[0]):
            eta[i, j] = min(1e3, max(1e-9, eta[i, j] / unit if unit > 0.0 else 1.0)) if i != j else 0.0
        for j in range(eta.shape[0]):
            if i == j or (filled == near.shape[1] and eta[i, j] <= eta[i, near[i, filled - 1]]):
                continue
            filled = min(filled + 1, near.shape[1])
            h = filled - 1
            while h > 0 and eta[i, near[i, h - 1]] < eta[i, j]:
                near[i, h] = near[i, h - 1]
                h -= 1
            near[i, h] = j
        for h in range(filled, near.shape[1]):
            near[i, h] = -1
        for j in range(eta.shape[0]):  # only now, since with beta = 0 all are alike
            eta[i, j] = eta[i, j] ** beta if i != j else 0.0


@kernel(browser=False)
def pull(tau: R, eta: R, alpha: R) -> R:
    """tau^alpha eta^beta, of which eta has its power already; a trail that has faded to nothing still has the power 0."""
    return (tau if alpha == 1.0 else tau**alpha) * eta


@kernel(browser=False)
def attraction(tau: R[d, d], eta: R[d, d], near: N[d, 16], weight: R[d, 16], alpha: R):
    """tau^alpha eta^beta for the candidates of each city."""
    for i in range(near.shape[0]):
        for h in range(near.shape[1]):
            j = near[i, h]
            weight[i, h] = 0.0
            if j >= 0:
                weight[i, h] = pull(tau[i, j], eta[i, j], alpha)


# ------------------------------------------------------------------------------------ a tour
@kernel(browser=False)
def next_city(
    here: N, seen: N[d], near: N[d, 16], weight: R[d, 16], tau: R[d, d], eta: R[d, d], rng: Random, greedy: R, alpha: R
) -> N:  # fmt: skip
    """A candidate drawn by its attraction, or, with the probability ``greedy``, the one of the greatest; where all are seen, the most
    attractive of the rest."""
    total, top, chosen = 0.0, 0.0, -1
    for h in range(near.shape[1]):
        j = near[here, h]
        if j >= 0 and seen[j] == 0:
            total += weight[here, h]
            if weight[here, h] > top:
                top, chosen = weight[here, h], j
    if chosen < 0:
        for j in range(seen.size):
            if seen[j] == 0 and (chosen < 0 or pull(tau[here, j], eta[here, j], alpha) > top):
                top, chosen = pull(tau[here, j], eta[here, j], alpha), j
    elif greedy == 0.0 or uniform(rng) >= greedy:
        left = uniform(rng) * total
        for h in range(near.shape[1]):
            j = near[here, h]
            if j >= 0 and seen[j] == 0:
                chosen = j
                left -= weight[here, h]
                if left < 0.0:
                    break
    return chosen


@kernel(browser=False, apart=True)
def build_tour(
    x: S[d], seen: N[d], near: N[d, 16], weight: R[d, 16], tau: R[d, d], eta: R[d, d], rng: Random, greedy: R, alpha: R
):  # fmt: skip
    """One ant's way through all cities."""
    for i in range(x.size):
        seen[i] = 0
    x[0] = below(rng, x.size)
    seen[x[0]] = 1
    for i in range(1, x.size):
        x[i] = next_city(x[i - 1], seen, near, weight, tau, eta, rng, greedy, alpha)
        seen[x[i]] = 1


@kernel(browser=False, apart=True)
def descend(begin: Begin, delta: Delta, apply: Apply, x: S[d], notes: N[k], given: N[k], count: N, most: R) -> N:
    """Make moves that gain until none does; the number of moves looked at, ``most`` at most."""
    begin(x, notes, given)
    q, idle, looked, largest = 0, 0, 0, 0.0
    while idle < count and looked < most:
        looked += 1
        change = delta(x, q, notes, given)
        largest = max(largest, abs(change))  # what is less than a last digit of it gains nothing
        if change < -1e-12 * largest:
            apply(x, q, notes, given)
            idle = 0
        else:
            idle += 1
            q = q + 1 if q + 1 < count else 0
    return looked
