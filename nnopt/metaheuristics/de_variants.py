r"""What grew from differential evolution: JADE, SHADE and L-SHADE, which learn F and CR from the trials that succeeded.

All three draw an F and a CR for every member, and move it towards one of the best and away from what was given up:

.. math::

    v = x_i + F_i \, (x_p - x_i) + F_i \, (x_a - x_c) ,

where :math:`x_p` is one of the best 100 p % of the members, :math:`x_a` another member and :math:`x_c` another member or one of
the *archive*, where members go that a better trial replaced. A coordinate of v that left the box is put half-way between member
and wall. J. Zhang and A. C. Sanderson 2009; R. Tanabe and A. Fukunaga 2013 and 2014: equations and addresses stand in the classes.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from .._fields import Interval
from .._jit import Cell, Counter, N, R, Random, d, kernel, n, put
from ..optimizer import Count, Fraction, OpenFraction, PopulationMethod
from ..random import below, fill, normal, uniform
from .de import Members, cross_binomial

SCALE, BEGIN, LEAST = 0.1, 0.5, 4  # the scale of draws of F and CR, where their means begin, members that remain at last
H = "H"  # the length of a memory of means, a field of those that have one
Rate3 = Annotated[float, Interval("[0, 3]")]


# ------------------------------------------------------------------------------------ what all share
@kernel
def draw_CR(mean: R, rng: Random) -> R:
    """Normal around the mean, cut to [0, 1]."""
    return min(1.0, max(0.0, mean + SCALE * normal(rng)))


@kernel
def draw_F(mean: R, rng: Random) -> R:
    """Cauchy around the mean, cut at 1, and drawn again where it is not positive: seldom twice."""
    for _ in range(100):
        F = mean + SCALE * math.tan(math.pi * (uniform(rng) - 0.5))
        if F > 0.0:
            return min(1.0, F)
    return 1.0


@kernel(browser=False)
def best_members(top: N[n], fP: R[n], size: N, few: N):
    """The numbers of the best few members, the best first; of equal ones, the earlier."""
    for i in range(size):
        j = min(i, few - 1)
        if i < few or fP[i] < fP[top[j]]:
            while j > 0 and fP[i] < fP[top[j - 1]]:
                top[j] = top[j - 1]
                j -= 1
            top[j] = i


@kernel(browser=False)
def towards_best(i: N, few: N, size: N, X: R[n, d], P: R[n, d], top: N[n], A: R[n, 3, d], stored: Counter,
                 v: R[d], r: R[d], lower: R[d], upper: R[d], rng: Random, F: R, CR: R):
    """The trial of member i."""
    best = P[top[below(rng, few)]]
    a = 1 + below(rng, size - 1)  # so many places after i
    c = 1 + below(rng, size - 2 + stored[0])
    c += c >= a
    old = c - size  # from 0: one of the archive
    one, two = P[(i + a) % size], P[(i + c) % size] if old < 0 else A[old // 3, old % 3]
    for j in range(v.size):
        x = P[i, j]
        v[j] = x + F * (best[j] - x) + F * (one[j] - two[j])
        v[j] = 0.5 * (x + lower[j]) if v[j] < lower[j] else 0.5 * (x + upper[j]) if v[j] > upper[j] else v[j]
    always = below(rng, v.size)
    fill(r, rng)
    put(X[i], P[i])
    cross_binomial(X[i], v, r, always, CR)


@kernel(browser=False)
def give_up(x: R[d], A: R[n, 3, d], stored: Counter, room: N, rng: Random):
    """Into the archive: a free place, else one drawn at random."""
    place = stored[0]
    if place < room:
        stored[0] += 1
    else:
        place = below(rng, room)
    if room > 0:
        put(A[place // 3, place % 3], x)


# ------------------------------------------------------------------------------------ JADE
@kernel(browser=False)
def jade_trial(X: R[n, d], P: R[n, d], fP: R[n], top: N[n], A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n], v: R[d], r: R[d],
               lower: R[d], upper: R[d], rng: Random, mean_F: Cell, mean_CR: Cell, p: R):
    """Every member draws its CR and F, and gets a trial."""
    few = max(1, int(p * P.shape[0]))
    best_members(top, fP, P.shape[0], few)
    for i in range(P.shape[0]):
        CRs[i] = draw_CR(mean_CR[0], rng)
        Fs[i] = draw_F(mean_F[0], rng)
        towards_best(i, few, P.shape[0], X, P, top, A, stored, v, r, lower, upper, rng, Fs[i], CRs[i])


@kernel
def jade_learn(X: R[n, d], f: R[n], P: R[n, d], fP: R[n], A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n],
               rng: Random, mean_F: Cell, mean_CR: Cell, t: N, c: R):
    """Better trials replace their members, and the means move towards what they were made with."""
    made, CR, F, F2 = 0, 0.0, 0.0, 0.0
    for i in range(X.shape[0]):
        if t == 0 or f[i] < fP[i]:
            if t > 0:
                give_up(P[i], A, stored, X.shape[0], rng)
                made, CR, F, F2 = made + 1, CR + CRs[i], F + Fs[i], F2 + Fs[i] * Fs[i]
            fP[i] = f[i]
            put(P[i], X[i])
    if t == 0:
        mean_F[0], mean_CR[0] = BEGIN, BEGIN
    elif made > 0:
        mean_CR[0] = (1.0 - c) * mean_CR[0] + c * CR / made
        mean_F[0] = (1.0 - c) * mean_F[0] + c * F2 / F


@dataclass(frozen=True)
class JADE(PopulationMethod, ask=jade_trial, tell=jade_learn):
    r"""JADE, with archive: F and CR are drawn around means that follow the trials that succeeded.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 100
        The number of members, and of places in the archive.
    p : float in (0, 1), default 0.05
        One of the best 100 p % draws each member.
    c : float in [0, 1), default 0.1
        How fast the means follow.

    Notes
    -----
    .. math::

        CR_i \sim N(\mu_{CR}, 0.1), \quad F_i \sim \mathrm{Cauchy}(\mu_F, 0.1), \quad
        \mu_{CR} \leftarrow (1 - c)\,\mu_{CR} + c\,\mathrm{mean}(S_{CR}), \quad
        \mu_F \leftarrow (1 - c)\,\mu_F + c\,\frac{\sum F^2}{\sum F} \ \text{ over } F \in S_F .

    A newcomer to the full archive takes a random place; the paper removes at random after the generation.

    References
    ----------
    J. Zhang and A. C. Sanderson, *JADE: adaptive differential evolution with optional external archive*, IEEE Transactions on
    Evolutionary Computation 13(5), 2009, doi:10.1109/TEVC.2009.2014613.
    """

    population_size: Members = 100
    p: OpenFraction = 0.05
    c: Fraction = 0.1


# ------------------------------------------------------------------------------------ SHADE
@kernel(browser=False)
def shade_trial(X: R[n, d], P: R[n, d], fP: R[n], asked: Counter, top: N[n], A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n],
                v: R[d], r: R[d], lower: R[d], upper: R[d], rng: Random, M_F: R[H], M_CR: R[H], p: R):
    """Each member draws around a mean out of the memory, and its own share of the best, from two members to 100 p %."""
    size = asked[0]
    most = max(2, int(p * size))
    best_members(top, fP, size, most)
    for i in range(size):
        place = below(rng, M_F.size)
        CRs[i] = draw_CR(M_CR[place], rng)
        Fs[i] = draw_F(M_F[place], rng)
        few = max(2, int(2.0 + (p * size - 2.0) * uniform(rng)))
        towards_best(i, few, size, X, P, top, A, stored, v, r, lower, upper, rng, Fs[i], CRs[i])


@kernel(browser=False)
def succeed(X: R[n, d], f: R[n], P: R[n, d], fP: R[n], size: N, A: R[n, 3, d], stored: Counter, room: N, gain: R[n], rng: Random, t: N):
    """Trials that are no worse replace their members; what each gained, where the member had a value."""
    for i in range(size):
        gain[i] = 0.0
        if t > 0 and f[i] < fP[i]:
            give_up(P[i], A, stored, room, rng)
            gain[i] = fP[i] - f[i] if math.isfinite(fP[i]) else 0.0
        if t == 0 or f[i] <= fP[i]:
            fP[i] = f[i]
            put(P[i], X[i])


@kernel(browser=False)
def mean_of(x: R[n], weight: R[n], size: N, power: N) -> R:
    """The weighted mean (power 0), or Lehmer's, of squares over numbers (power 1)."""
    above, below = 0.0, 0.0
    for i in range(size):
        w = weight[i] * (x[i] if power == 1 else 1.0)
        above, below = above + w * x[i], below + w
    return above / below if below > 0.0 else 0.0


@kernel(browser=False)
def total(x: R[n], size: N) -> R:
    """The sum of the first so many numbers."""
    found = 0.0
    for i in range(size):
        found += x[i]
    return found


@kernel(browser=False)
def shade_learn(X: R[n, d], f: R[n], P: R[n, d], fP: R[n], A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n], gain: R[n],
                rng: Random, M_F: R[H], M_CR: R[H], turn: Counter, t: N):
    """The memory's next place takes the means of what succeeded, weighted by what was gained."""
    size = X.shape[0]
    succeed(X, f, P, fP, size, A, stored, size, gain, rng, t)
    if t == 0:
        for place in range(M_F.size):
            M_F[place], M_CR[place] = BEGIN, BEGIN
    elif total(gain, size) > 0.0:
        M_F[turn[0]] = mean_of(Fs, gain, size, 1)
        M_CR[turn[0]] = mean_of(CRs, gain, size, 0)
        turn[0] = (turn[0] + 1) % M_F.size


@dataclass(frozen=True)
class SHADE(PopulationMethod, ask=shade_trial, tell=shade_learn):
    r"""SHADE: like JADE, with a memory of several means, each learnt from one generation.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 100
        The number of members, and of places in the archive.
    H : int in [1, inf), default 100
        The number of means that are remembered.
    p : float in (0, 1), default 0.2
        Each member is drawn to one of the best; their share is uniform between two members and 100 p %.

    Notes
    -----
    With k drawn for each member, and :math:`w` in proportion to what a success gained,

    .. math::

        CR_i \sim N(M_{CR,k}, 0.1), \quad F_i \sim \mathrm{Cauchy}(M_{F,k}, 0.1), \quad
        M_{CR} \leftarrow \sum w \, CR, \quad M_F \leftarrow \frac{\sum w F^2}{\sum w F} ,

    in one place of the memory after the other.

    References
    ----------
    R. Tanabe and A. Fukunaga, *Success-history based parameter adaptation for differential evolution*, IEEE CEC 2013,
    doi:10.1109/CEC.2013.6557555.
    """

    population_size: Members = 100
    H: Count = 100
    p: OpenFraction = 0.2


# ------------------------------------------------------------------------------------ L-SHADE
@kernel(browser=False)
def lshade_trial(X: R[n, d], P: R[n, d], fP: R[n], asked: Counter, top: N[n], A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n],
                 v: R[d], r: R[d], lower: R[d], upper: R[d], rng: Random, M_F: R[H], M_CR: R[H], p: R):
    """As in SHADE, with a share p that is fixed; a mean CR below zero has come to its end, and gives zero."""
    size = asked[0]
    few = max(2, int(p * size))
    best_members(top, fP, size, few)
    for i in range(size):
        place = below(rng, M_F.size)
        CRs[i] = draw_CR(M_CR[place], rng) if M_CR[place] >= 0.0 else 0.0
        Fs[i] = draw_F(M_F[place], rng)
        towards_best(i, few, size, X, P, top, A, stored, v, r, lower, upper, rng, Fs[i], CRs[i])


@kernel(browser=False)
def shrink(P: R[n, d], fP: R[n], asked: Counter, A: R[n, 3, d], stored: Counter, size: N, room: N, rng: Random):
    """The worst members leave until so many remain, and members of the archive drawn at random."""
    while asked[0] > size:
        last, worst = asked[0] - 1, 0
        for i in range(asked[0]):
            if fP[i] > fP[worst]:
                worst = i
        fP[worst] = fP[last]
        put(P[worst], P[last])
        asked[0] = last
    while stored[0] > room:
        last, place = stored[0] - 1, below(rng, stored[0])
        put(A[place // 3, place % 3], A[last // 3, last % 3])
        stored[0] = last


@kernel(browser=False)
def lshade_learn(X: R[n, d], f: R[n], P: R[n, d], fP: R[n], asked: Counter, A: R[n, 3, d], stored: Counter, Fs: R[n], CRs: R[n],
                 gain: R[n], rng: Random, M_F: R[H], M_CR: R[H], turn: Counter, t: N, progress: R, archive: R):
    """As in SHADE, with Lehmer's mean for both; then the population shrinks, from all to four when the budget is used."""
    size, k = asked[0], turn[0]
    succeed(X, f, P, fP, size, A, stored, int(archive * size), gain, rng, t)
    if t == 0:
        for place in range(M_F.size):
            M_F[place], M_CR[place] = BEGIN, BEGIN
    elif total(gain, size) > 0.0:
        M_F[k] = mean_of(Fs, gain, size, 1)
        high = mean_of(CRs, gain, size, 1)  # zero where no CR above zero succeeded
        M_CR[k] = high if M_CR[k] >= 0.0 and high > 0.0 else -1.0
        turn[0] = (k + 1) % M_F.size
    size = round(X.shape[0] + (LEAST - X.shape[0]) * progress)
    shrink(P, fP, asked, A, stored, size, int(archive * size), rng)


def eighteen_times(d):
    """How many members L-SHADE begins with in d dimensions."""
    return 18 * d


@dataclass(frozen=True)
class LSHADE(PopulationMethod, ask=lshade_trial, tell=lshade_learn):
    r"""L-SHADE: SHADE with a population that shrinks while the budget is used; it needs ``max_evals``.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 18 d
        The number of members at first; in the end there are four.
    H : int in [1, inf), default 6
        The number of means that are remembered.
    p : float in (0, 1), default 0.11
        One of the best 100 p % draws each member.
    archive : float in [0, 3], default 2.6
        The places of the archive for every member.

    Notes
    -----
    Lehmer's mean is taken of CR as well; a mean CR that has become zero stays there. With the share s of the budget that was used
    before the generation, and N members at first, those remain that are the best

    .. math::

        \mathrm{round}(N + (4 - N) \, s) .

    References
    ----------
    R. Tanabe and A. Fukunaga, *Improving the search performance of SHADE using linear population size reduction*, IEEE CEC 2014,
    doi:10.1109/CEC.2014.6900380.
    """

    population_size: Members = eighteen_times  # type: ignore[assignment]
    H: Count = 6
    p: OpenFraction = 0.11
    archive: Rate3 = 2.6
