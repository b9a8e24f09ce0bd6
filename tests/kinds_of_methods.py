"""A method of every kind that the book will bring, written on the library's pattern: a search (L-BFGS), walks (annealing, steepest
descent), populations for three kinds of points, parts of gradient methods; and problems that state their moves, or are random."""

import math
from dataclasses import dataclass

import numpy as np

from nnopt._jit import R64, B, Cell, Counter, N, Point, R, Random, S, d, k, kernel, n, put
from nnopt._loop import BUDGET, MOVES, OVER, SPENT, VALUE, Objective, enter, look
from nnopt.optimizer import (
    Count,
    Fraction,
    NonNegative,
    Part,
    PopulationMethod,
    Positive,
    Rate,
    SearchMethod,
    Size,
    WalkMethod,
)  # fmt: skip
from nnopt.problems import Problem
from nnopt.random import below, normal, uniform
from nnopt.walk import Apply, Begin, Delta, Neighbourhood, Refresh

pairs = "pairs"  # a size that is a field


# ------------------------------------------------------------------------------------ a search: L-BFGS
@kernel(reorder=True)
def dot(a: R[k], b: R[k]) -> R:
    """The scalar product."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def add(a: R[k], share: R, b: R[k]):
    """a += share * b."""
    for i in range(a.size):
        a[i] += share * b[i]


@kernel
def two_loops(p: R[d], S: R[pairs, d], Y: R[pairs, d], rho: R[pairs], alpha: R[pairs], made: N):
    """p, multiplied by the inverse Hessian that the pairs suggest."""
    size = S.shape[0]
    for q in range(min(made, size)):
        j = (made - 1 - q) % size
        alpha[j] = rho[j] * dot(S[j], p)
        add(p, -alpha[j], Y[j])
    if made > 0:
        j = (made - 1) % size
        gamma = 1.0 / (rho[j] * dot(Y[j], Y[j]))
        for i in range(p.size):
            p[i] *= gamma
    for q in range(min(made, size) - 1, -1, -1):
        j = (made - 1 - q) % size
        add(p, alpha[j] - rho[j] * dot(Y[j], p), S[j])


@kernel(browser=False)
def lbfgs(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], p: R[d], start: R[d],
    slopes: R[d], S: R[pairs, d], Y: R[pairs, d], rho: R[pairs], alpha: R[pairs], made: Counter, t: N, armijo: R, shrink: R,
):  # fmt: skip
    """One iteration: a direction from the pairs, then a step back along it until Armijo's condition holds."""
    if t == 0:
        ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)
        return
    f, size = ledger[VALUE], 1.0
    for i in range(p.size):
        p[i] = -grad[i]
    two_loops(p, S, Y, rho, alpha, made[0])
    if made[0] == 0:  # nothing is known of the curvature
        size = min(1.0, 1.0 / max(math.sqrt(dot(grad, grad)), 1e-300))
    slope = dot(p, grad)
    put(start, theta)
    put(slopes, grad)
    while True:
        for i in range(theta.size):
            theta[i] = start[i] + size * p[i]
        value = look(fun, theta, grad, rows, given, best, ledger)
        if ledger[OVER] > 0.0 or size < 1e-10:  # no room, or nothing better on this line: back to where it began
            put(theta, start)
            put(grad, slopes)
            made[0] = made[0] if ledger[OVER] > 0.0 else 0
            return
        if value <= f + armijo * size * slope:
            break
        size *= shrink
    ledger[VALUE], j = value, made[0] % S.shape[0]
    for i in range(theta.size):
        S[j, i], Y[j, i] = theta[i] - start[i], grad[i] - slopes[i]
    curvature = dot(S[j], Y[j])
    if curvature > 1e-10 * dot(Y[j], Y[j]):
        rho[j] = 1.0 / curvature
        made[0] += 1
    else:  # that place held the oldest pair, which is gone
        made[0] = 0


@dataclass(frozen=True)
class LBFGS(SearchMethod, move=lbfgs):
    """L-BFGS (J. Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7)."""

    pairs: Count = 8
    armijo: Positive = 1e-4
    shrink: Fraction = 0.5


# ------------------------------------------------------------------------------------ walks
@kernel
def goes(change: R, heat: R, rng: Random) -> N:
    """Whether a change is accepted: N. Metropolis et al. 1953."""
    return 1 if change <= 0.0 or uniform(rng) < math.exp(-change / heat) else 0


@kernel
def heat_at(progress: R, hot: R, cold: R) -> R:
    """From hot to cold, geometrically in the share of the budget."""
    return hot * (cold / hot) ** progress


@kernel(browser=False)
def anneal(
    fun: Objective, begin: Begin, delta: Delta, apply: Apply, notes: N[k], given: N[k], rows: N[k], none: Point[k], x: Point[d],
    now: R[1], best: Point[d], ledger: R64[k], rng: Random, count: N, price: R, t: N, progress: R, hot: R, cold: R, chain: N,
):  # fmt: skip
    """A chain of moves at one temperature."""
    if t == 0:
        now[0] = ledger[VALUE] = fun(x, none, rows, given)
        enter(now[0], x, 1.0, best, ledger)
        begin(x, notes, given)
        return
    moves = min(chain, int((ledger[BUDGET] - ledger[SPENT]) / price))
    if moves <= 0:
        ledger[OVER] = 1.0
        return
    heat = heat_at(progress, hot, cold)
    for _ in range(moves):
        q = below(rng, count)
        change = delta(x, q, notes, given)
        ledger[SPENT] += price
        if goes(change, heat, rng) == 1:
            apply(x, q, notes, given)
            now[0] += change
            ledger[MOVES] += 1.0
            if change < 0.0:
                enter(now[0], x, 0.0, best, ledger)
    ledger[VALUE] = now[0]


@kernel(browser=False)
def anneal_reals(
    fun: Objective, given: N[k], rows: N[k], none: Point[k], x: R[d], now: R[1], width: R[d], lower: R[d], upper: R[d], best: Point[d],
    ledger: R64[k], rng: Random, t: N, progress: R, hot: R, cold: R, chain: N,
):  # fmt: skip
    """A chain of steps, one coordinate after the other, each as wide as is accepted every other time."""
    if t == 0:
        now[0] = ledger[VALUE] = fun(x, none, rows, given)
        enter(now[0], x, 1.0, best, ledger)
        for j in range(x.size):
            width[j] = 0.5 * (upper[j] - lower[j])
        return
    moves = min(chain, int(ledger[BUDGET] - ledger[SPENT]))
    if moves <= 0:
        ledger[OVER] = 1.0
        return
    heat = heat_at(progress, hot, cold)
    for move in range(moves):
        j = move % x.size
        old = x[j]
        x[j] = min(max(old + width[j] * (2.0 * uniform(rng) - 1.0), lower[j]), upper[j])
        value = fun(x, none, rows, given)
        enter(value, x, 1.0, best, ledger)
        if goes(value - now[0], heat, rng) == 1:
            now[0] = value
            width[j] = min(1.1 * width[j], upper[j] - lower[j])
            ledger[MOVES] += 1.0
        else:
            width[j] *= 0.9
            x[j] = old
    ledger[VALUE] = now[0]


@dataclass(frozen=True)
class Annealing(WalkMethod, move=[anneal, anneal_reals]):
    """Simulated annealing (S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi 1983, doi:10.1126/science.220.4598.671)."""

    hot: Positive = 1.0
    cold: Positive = 1e-3
    chain: Count = 50


@kernel(browser=False)
def steepest(
    fun: Objective, begin: Begin, refresh: Refresh, apply: Apply, notes: N[k], given: N[k], rows: N[k], none: Point[k], x: Point[d],
    changes: R64[n], last: Counter, best: Point[d], ledger: R64[k], sweep: R, t: N,
):  # fmt: skip
    """The best move of all, while there is one that leads down."""
    if t == 0:
        ledger[VALUE] = fun(x, none, rows, given)
        enter(ledger[VALUE], x, 1.0, best, ledger)
        begin(x, notes, given)
        last[0] = -1
        return
    if ledger[SPENT] + sweep > ledger[BUDGET]:
        ledger[OVER] = 1.0
        return
    refresh(x, last[0], changes, notes, given)
    ledger[SPENT] += sweep
    q = 0
    for other in range(changes.size):
        if changes[other] < changes[q]:
            q = other
    last[0] = q
    if changes[q] < -1e-12:
        apply(x, q, notes, given)
        ledger[VALUE] += changes[q]
        ledger[MOVES] += 1.0
        enter(ledger[VALUE], x, 0.0, best, ledger)


@dataclass(frozen=True)
class Steepest(WalkMethod, move=steepest):
    """The steepest way down."""


# ------------------------------------------------------------------------------------ problems that state their moves
@kernel
def tour_length(x: S[d], D: R[d, d]) -> R:
    """The length of a round trip; D holds the distances."""
    total = D[x[x.size - 1], x[0]]
    for i in range(x.size - 1):
        total += D[x[i], x[i + 1]]
    return total


@kernel
def note_places(x: S[d], place: N[d]):
    """place[c]: where in the tour city c stands."""
    for i in range(x.size):
        place[x[i]] = i


@kernel
def turn_delta(x: S[d], q: N, place: N[d], D: R[d, d]) -> R:
    """Move q = (city a, city b): the ways from a and from b to the next cities become one from a to b, and one between those."""
    a, b = q // x.size, q % x.size
    after_a, after_b = x[(place[a] + 1) % x.size], x[(place[b] + 1) % x.size]
    return 0.0 if a == b else D[a, b] + D[after_a, after_b] - D[a, after_a] - D[b, after_b]


@kernel
def turn_apply(x: S[d], q: N, place: N[d]):
    """The piece between them is turned round."""
    i, j = place[q // x.size], place[q % x.size]
    i, j = min(i, j) + 1, max(i, j)
    while i < j:
        x[i], x[j] = x[j], x[i]
        place[x[i]], place[x[j]] = i, j
        i, j = i + 1, j - 1


TURNS = Neighbourhood(lambda dim: dim * dim, turn_delta, turn_apply, note_places, price=lambda dim: 4.0 / dim, sweep=lambda dim: 4.0 * dim)


def tsp(cities, neighbourhood=TURNS, value=tour_length):
    """A travelling salesman's problem of points in the plane, shape (d, 2)."""
    dim = len(cities)
    distances = np.linalg.norm(cities[:, None] - cities[None], axis=2)
    return Problem(
        "tsp", value, None, dim, [(0, dim - 1)] * dim, points="permutations", arrays=dict(D=distances), neighbourhood=neighbourhood
    )


@kernel
def energy(x: B[d], Q: R[d, d]) -> R:
    """x' Q x."""
    total = 0.0
    for i in range(x.size):
        for j in range(x.size):
            total += Q[i, j] * x[i] * x[j]
    return total


@kernel
def note_field(x: B[d], pull: R[d], Q: R[d, d]):
    """pull[i]: what bit i adds where it is set, Q symmetric."""
    for i in range(x.size):
        pull[i] = Q[i, i]
        for j in range(x.size):
            if j != i:
                pull[i] += 2.0 * Q[i, j] * x[j]


@kernel
def flip_delta(x: B[d], q: N, pull: R[d]) -> R:
    """A bit is flipped."""
    return (1.0 - 2.0 * x[q]) * pull[q]


@kernel
def flip_apply(x: B[d], q: N, pull: R[d], Q: R[d, d]):
    """Make it."""
    change = 2.0 * (1.0 - 2.0 * x[q])
    x[q] = 1 - x[q]
    for j in range(x.size):
        if j != q:
            pull[j] += change * Q[q, j]


FLIPS = Neighbourhood(lambda dim: dim, flip_delta, flip_apply, note_field)


def qubo(Q):
    """The least value of x' Q x over bits; Q symmetric."""
    return Problem("qubo", energy, None, len(Q), [(0, 1)] * len(Q), arrays=dict(Q=Q), neighbourhood=FLIPS)


# ------------------------------------------------------------------------------------ a population of any kind of points
@kernel
def mutate_reals(X: R[n, d], P: R[n, d], lower: R[d], upper: R[d], rng: Random, share: R):
    """A child of every parent: each coordinate is moved with probability share."""
    for i in range(X.shape[0]):
        put(X[i], P[i])
        for j in range(X.shape[1]):
            if uniform(rng) < share:
                other = P[below(rng, X.shape[0]), j] - P[below(rng, X.shape[0]), j]
                X[i, j] = min(max(P[i, j] + 0.7 * other + 1e-9 * normal(rng), lower[j]), upper[j])


@kernel
def mutate_tours(X: S[n, d], P: S[n, d], rng: Random):
    """A piece is turned round."""
    for i in range(X.shape[0]):
        put(X[i], P[i])
        a, b = below(rng, X.shape[1]), below(rng, X.shape[1])
        a, b = min(a, b), max(a, b)
        while a < b:
            X[i, a], X[i, b] = X[i, b], X[i, a]
            a, b = a + 1, b - 1


@kernel
def mutate_bits(X: B[n, d], P: B[n, d], rng: Random, share: R):
    """A bit is flipped with probability share."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = 1 - P[i, j] if uniform(rng) < share else P[i, j]


@kernel
def select(X: Point[n, d], f: R[n], P: Point[n, d], fP: R[n], t: N):
    """The better of parent and child stays."""
    for i in range(X.shape[0]):
        if t == 0 or f[i] <= fP[i]:
            fP[i] = f[i]
            put(P[i], X[i])


@dataclass(frozen=True)
class Mutants(PopulationMethod, ask=[mutate_reals, mutate_tours, mutate_bits], tell=select):
    """Children take their parents' places."""

    population_size: Size = 20
    share: Positive = 0.3


@dataclass(frozen=True)
class Flippers(PopulationMethod, ask=[mutate_tours, mutate_bits], tell=select):
    """The same, of points that are no reals."""

    population_size: Size = 20
    share: Positive = 0.3


# ------------------------------------------------------------------------------------ a population around its mean
@kernel
def begin_around(X: R[n, d], x0: R[d], started: Counter, mean: R[d], lower: R[d], upper: R[d], sigma: R[1], rng: Random):
    """Around the user's point, or the middle of the box."""
    sigma[0] = 0.1 * (upper[0] - lower[0])
    for j in range(mean.size):
        mean[j] = x0[j] if started[0] == 1 else 0.5 * (lower[j] + upper[j])
        for i in range(X.shape[0]):
            X[i, j] = mean[j] + sigma[0] * normal(rng)


@kernel
def sample_around(X: R[n, d], mean: R[d], sigma: R[1], rng: Random):
    """Normal points around the mean."""
    for i in range(X.shape[0]):
        for j in range(mean.size):
            X[i, j] = mean[j] + sigma[0] * normal(rng)


@kernel
def follow(X: R[n, d], f: R[n], mean: R[d], sigma: R[1], narrow: R):
    """The mean of those that are better than the generation's mean value; the step narrows."""
    level, good = 0.0, 0
    for i in range(f.size):
        level += f[i] / f.size
    for j in range(mean.size):
        mean[j] = 0.0
    for i in range(f.size):
        if f[i] <= level:
            good += 1
            for j in range(mean.size):
                mean[j] += X[i, j]
    for j in range(mean.size):
        mean[j] /= good
    sigma[0] *= narrow


@dataclass(frozen=True)
class Strategy(PopulationMethod, start=begin_around, ask=sample_around, tell=follow, recommends="mean"):
    """An evolution strategy that answers with its mean."""

    population_size: Size = lambda dim: 8 + 4 * dim
    narrow: Fraction = 0.95


# ------------------------------------------------------------------------------------ parts of gradient methods
@kernel
def polyak(grad: R[d], loss: R, scale: Cell, floor: R):
    """The rate that would reach the floor if the function were linear."""
    scale[0] *= (loss - floor) / max(dot(grad, grad), 1e-300)


@dataclass(frozen=True)
class Polyak(Part, kernel=polyak):
    """B. T. Polyak's step, doi:10.1016/0041-5553(69)90035-4: with lr = 1."""

    floor: NonNegative = 0.0


@kernel
def lag(grad: R[d], velocity: R[d], keep: R):
    """The gradient becomes a sum in which the older ones fade."""
    for i in range(grad.size):
        velocity[i] = keep * velocity[i] + grad[i]
        grad[i] = velocity[i]


@dataclass(frozen=True)
class Lag(Part, kernel=lag):
    """Momentum, as a part."""

    keep: Fraction = 0.9


@kernel
def slow(theta: R[d], velocity: R[d]):
    """Keeps what Lag keeps."""
    for i in range(theta.size):
        velocity[i] += theta[i]


@dataclass(frozen=True)
class Slow(Part, kernel=slow):
    """A part whose memory bears another's name."""


@kernel
def take_m(grad: R[d], m: R[d]):
    """Keeps what Adam keeps."""
    add(m, 1.0, grad)


@dataclass(frozen=True)
class TakesM(Part, kernel=take_m):
    """A part whose memory bears the name of Adam's."""


@kernel
def smooth(theta: R[d], average: R[d], t: N, lr: R):
    """A running average of where we were, pulled a share lr of the way at every step."""
    for i in range(theta.size):
        average[i] = theta[i] if t == 1 else average[i] + lr * (theta[i] - average[i])


@dataclass(frozen=True)
class Smooth(Part, kernel=smooth):
    """An average of the path, whose rate is called as the method's is."""

    lr: Rate = 0.1


@kernel
def shake(grad: R[d], rng: Random, size: R):
    """Noise on the gradient."""
    for i in range(grad.size):
        grad[i] += size * normal(rng)


@dataclass(frozen=True)
class Shake(Part, kernel=shake):
    """Noise, from the method's generator."""

    size: Positive = 1e-3


# ------------------------------------------------------------------------------------ a sum that is noisy where it trains
@kernel(browser=False)
def noisy_value(x: R[d], rows: N[k], A: R[k, d], rng: Random, training: N) -> R:
    """Half the mean square distance from the rows, moved by chance in a step that trains."""
    total = 0.0
    for i in rows:
        for j in range(x.size):
            away = x[j] - A[i, j]
            total += 0.5 * away * away
    return total / rows.size + (normal(rng) if training == 1 else 0.0)


@kernel(browser=False)
def noisy_gradient(x: R[d], grad: R[d], rows: N[k], A: R[k, d], rng: Random, training: N):
    """Its gradient, with noise of its own."""
    for j in range(x.size):
        grad[j] = 0.1 * normal(rng) if training == 1 else 0.0
        for i in rows:
            grad[j] += (x[j] - A[i, j]) / rows.size


def noisy(A):
    """Its least value is at the mean of the rows."""
    return Problem("noisy", noisy_value, noisy_gradient, A.shape[1], rows=len(A), arrays=dict(A=A))
