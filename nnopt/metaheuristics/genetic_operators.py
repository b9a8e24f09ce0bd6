r"""The operators of genetic algorithms: who becomes a parent, how two parents are crossed, how a child is mutated.

Selection draws a member's number. *Tournament*: the best of k drawn with replacement. *Roulette* (J. H. Holland 1975): the slot of member i
is as wide as it is better than the worst, :math:`f_w - f_i`. *Rank* (J. E. Baker 1985): it is as wide as the number of members that are
worse.

Crossover changes two copies of the parents in place, but for order crossover, which writes a child. With u uniform in [0, 1), the
spread of simulated binary crossover and the step of polynomial mutation, in widths of the box, are

.. math::

    \beta(u) = \begin{cases} (2u)^{1/(\eta+1)} \\ (2 - 2u)^{-1/(\eta+1)} \end{cases} \qquad
    \delta(u) = \begin{cases} (2u)^{1/(\eta+1)} - 1 & u < 1/2 \\ 1 - (2 - 2u)^{1/(\eta+1)} & \text{else} . \end{cases}

Tournaments and takeover times: D. E. Goldberg and K. Deb 1991, doi:10.1016/B978-0-08-050684-5.50008-2; blend crossover: L. J. Eshelman
and J. D. Schaffer 1993, doi:10.1016/B978-0-08-094832-4.50018-0; SBX: K. Deb and R. B. Agrawal, Complex Systems 9 (1995), 115-148;
polynomial mutation: K. Deb and M. Goyal, Computer Science and Informatics 26 (1996), 30-45; order crossover: L. Davis, IJCAI 1985, 162-164.
"""

import math

from .._jit import B, N, Point, R, Random, S, d, kernel, n, put
from ..random import below, fill, uniform

# The places of the names among the choices of GA.
TOURNAMENT, RANK, ROULETTE = range(3)
UNIFORM, ONE_POINT, BLEND, SBX = range(4)
INVERSION, SWAP = range(2)


# ------------------------------------------------------------------------------------ selection
@kernel
def tournament(fP: R[n], rng: Random, size: N) -> N:
    """The best of so many members, drawn with replacement."""
    best = below(rng, fP.size)
    for _ in range(size - 1):
        rival = below(rng, fP.size)
        best = rival if fP[rival] < fP[best] else best
    return best


@kernel
def slots_by_value(wheel: R[n], fP: R[n]):
    """Where the slots end: each is half as wide (for range's sake) as the member is better than the worst that has a value."""
    worst = -math.inf
    for i in range(fP.size):
        worst = max(worst, fP[i]) if fP[i] < math.inf else worst
    end = 0.0
    for i in range(fP.size):
        end += 0.5 * worst - 0.5 * fP[i] if fP[i] < math.inf else 0.0
        wheel[i] = end
    if end == 0.0:  # none that has a value is better than another
        for i in range(fP.size):
            end += 1.0 if fP[i] < math.inf or worst == -math.inf else 0.0
            wheel[i] = end


@kernel
def slots_by_rank(wheel: R[n], fP: R[n]):
    """Where the members' slots end: each is as wide as there are worse ones; of equal ones a half counts."""
    end = 0.0
    for i in range(fP.size):
        for j in range(fP.size):
            end += 1.0 if fP[j] > fP[i] else 0.5 if fP[j] == fP[i] and j != i else 0.0
        wheel[i] = end


@kernel
def spin(wheel: R[n], u: R) -> N:
    """The member in whose slot the ball comes to rest, by bisection: the first slot that ends beyond it."""
    ball = u * wheel[wheel.size - 1]
    low, high = 0, wheel.size - 1
    while low < high:
        middle = (low + high) // 2
        if wheel[middle] > ball:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def draw_parents(X: Point[n, d], P: Point[n, d], fP: R[n], wheel: R[n], rng: Random, selection: N, tournament_size: N):
    """The mating pool: X becomes copies of members, drawn one by one."""
    if selection == RANK:
        slots_by_rank(wheel, fP)
    elif selection == ROULETTE:
        slots_by_value(wheel, fP)
    for i in range(X.shape[0]):
        put(X[i], P[tournament(fP, rng, tournament_size) if selection == TOURNAMENT else spin(wheel, uniform(rng))])


# ------------------------------------------------------------------------------------ crossover of reals and of bits
@kernel
def cross_one_point(x: Point[d], y: Point[d], cut: N):
    """What stands behind the cut is exchanged."""
    for j in range(cut, x.size):
        x[j], y[j] = y[j], x[j]


@kernel
def cross_uniform(x: Point[d], y: Point[d], u: R[d]):
    """Each coordinate is exchanged with probability 1/2."""
    for j in range(x.size):
        if u[j] < 0.5:
            x[j], y[j] = y[j], x[j]


# ------------------------------------------------------------------------------------ crossover of reals
@kernel
def spread(u: R, eta: R) -> R:
    """How far apart the children of simulated binary crossover lie, in distances of their parents."""
    return math.pow(2.0 * u, 1.0 / (eta + 1.0)) if u < 0.5 else math.pow(2.0 - 2.0 * u, -1.0 / (eta + 1.0))


@kernel
def cross_sbx(x: R[d], y: R[d], u: R[d], r: R[d], eta: R):
    """Simulated binary crossover, of half the coordinates; which child gets which of the two is drawn."""
    for j in range(x.size):
        if r[j] < 0.5:
            middle, half = 0.5 * (x[j] + y[j]), 0.5 * spread(u[j], eta) * (y[j] - x[j])
            half = -half if r[j] < 0.25 else half
            x[j], y[j] = middle - half, middle + half


@kernel
def cross_blend(x: R[d], y: R[d], u: R[d], alpha: R):
    """BLX-alpha: anywhere between the parents, or alpha of their distance beyond; the other child is the mirror image."""
    for j in range(x.size):
        total = x[j] + y[j]
        x[j] += ((1.0 + 2.0 * alpha) * u[j] - alpha) * (y[j] - x[j])
        y[j] = total - x[j]


@kernel
def cross_reals(x: R[d], y: R[d], u: R[d], r: R[d], rng: Random, crossover_reals: N, alpha: R, eta: R):
    """The crossover of this name; u and r are room for random numbers."""
    fill(u, rng)
    if crossover_reals == UNIFORM:
        cross_uniform(x, y, u)
    elif crossover_reals == ONE_POINT:
        cross_one_point(x, y, int(u[0] * x.size))
    elif crossover_reals == BLEND:
        cross_blend(x, y, u, alpha)
    else:
        fill(r, rng)
        cross_sbx(x, y, u, r, eta)


@kernel(browser=False)
def cross_bits(x: B[d], y: B[d], u: R[d], rng: Random, crossover_bits: N):
    """The crossover of this name."""
    fill(u, rng)
    if crossover_bits == UNIFORM:
        cross_uniform(x, y, u)
    else:
        cross_one_point(x, y, int(u[0] * x.size))


# ------------------------------------------------------------------------------------ crossover of permutations
@kernel(browser=False)
def cross_order(a: N[d], b: N[d], start: N, length: N, child: S[d], taken: N[d]):
    """Order crossover: a piece of a, which may lead around the end, in its place; then the others in the order of b after the piece."""
    for j in range(a.size):
        taken[j] = 0
    for h in range(length):
        j = (start + h) % a.size
        child[j] = a[j]
        taken[a[j]] = 1
    place = start + length
    for h in range(a.size):
        city = b[(start + length + h) % a.size]
        if taken[city] == 0:
            child[place % a.size] = city
            place += 1


# ------------------------------------------------------------------------------------ mutation
@kernel
def polynomial_step(u: R, eta: R) -> R:
    """The step of polynomial mutation, between -1 and 1: the greater eta, the shorter."""
    power = 1.0 / (eta + 1.0)
    return math.pow(2.0 * u, power) - 1.0 if u < 0.5 else 1.0 - math.pow(2.0 - 2.0 * u, power)


@kernel
def mutate_polynomial(x: R[d], lower: R[d], upper: R[d], rng: Random, share: R, eta: R):
    """Each coordinate makes a step with this probability; one outside the box, by crossover or by that, is put on its wall."""
    for j in range(x.size):
        if uniform(rng) < share:
            x[j] += polynomial_step(uniform(rng), eta) * (upper[j] - lower[j])
        x[j] = min(max(x[j], lower[j]), upper[j])


@kernel(browser=False)
def mutate_flip(x: B[d], rng: Random, share: R):
    """Each bit is flipped with this probability."""
    for j in range(x.size):
        if uniform(rng) < share:
            x[j] = 1 - x[j]


@kernel(browser=False)
def mutate_swap(x: S[d], i: N, j: N):
    """Two entries change places."""
    x[i], x[j] = x[j], x[i]


@kernel(browser=False)
def mutate_inversion(x: S[d], i: N, j: N):
    """The piece between two places is turned round."""
    low, high = min(i, j), max(i, j)
    while low < high:
        x[low], x[high] = x[high], x[low]
        low, high = low + 1, high - 1


@kernel(browser=False)
def mutate_permutation(x: S[d], rng: Random, mutation: R, mutation_permutations: N):
    """So many inversions or swaps on average, of two places that are drawn; where there is one only, none."""
    for _ in range(int(mutation + uniform(rng)) if x.size > 1 else 0):
        i, j = below(rng, x.size), below(rng, x.size - 1)
        j = j + 1 if j >= i else j  # another one than i
        if mutation_permutations == INVERSION:
            mutate_inversion(x, i, j)
        else:
            mutate_swap(x, i, j)
