"""Methods whose memory has the shapes to come, written on the library's pattern: a population of one (annealing), one that
shrinks (L-SHADE), d x d matrices (CMA-ES) and points that are permutations (annealing of a tour)."""

import math
from dataclasses import dataclass

import numpy as np

from nnopt._jit import N, R, Random, S, d, k, kernel, n, put
from nnopt.optimizer import Fraction, PopulationMethod, Positive, Size
from nnopt.problems import Problem
from nnopt.random import below, normal, uniform


# ------------------------------------------------------------------------------------ a population of one
@kernel
def sa_propose(X: R[n, d], x: R[d], lower: R[d], upper: R[d], rng: Random, sigma: R):
    """A neighbour of where we stand."""
    for j in range(x.size):
        X[0, j] = min(max(x[j] + sigma * (upper[j] - lower[j]) * normal(rng), lower[j]), upper[j])


@kernel
def sa_accept(X: R[n, d], f: R[n], x: R[d], fx: R[1], rng: Random, t: N, temperature: R, cooling: R):
    """Go there if it is better, or by chance."""
    if t == 0 or uniform(rng) < math.exp(min(0.0, (fx[0] - f[0]) / (temperature * cooling**t))):
        fx[0] = f[0]
        put(x, X[0])


@dataclass(frozen=True)
class SA(PopulationMethod, ask=sa_propose, tell=sa_accept):
    """Simulated annealing (S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi 1983, doi:10.1126/science.220.4598.671)."""

    temperature: Positive = 10.0
    cooling: Fraction = 0.999
    sigma: Positive = 0.02


# ------------------------------------------------------------------------------------ a population that shrinks
@kernel
def rank(f: R[k], order: N[k], size: N):
    """order[:size] sorts f[:size], the best first."""
    for i in range(size):
        j = i
        while j > 0 and f[order[j - 1]] > f[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i


@kernel
def lshade_trial(
    X: R[n, d], P: R[n, d], fP: R[n], order: N[n], F: R[n], CR: R[n], mean_F: R[5], mean_CR: R[5], asked: N[k],
    lower: R[d], upper: R[d], rng: Random, progress: R,
):  # fmt: skip
    """Fewer and fewer trials, linearly in the budget used, each towards one of the best tenth."""
    size = max(4, round(X.shape[0] + (4 - X.shape[0]) * progress))
    if size < asked[0]:  # the worst are forgotten
        rank(fP, order, asked[0])
        for i in range(size):  # sorted in place, best first, so that the rest can be cut off
            while order[i] < i:
                order[i] = order[order[i]]
            fP[i], fP[order[i]] = fP[order[i]], fP[i]
            for j in range(X.shape[1]):
                P[i, j], P[order[i], j] = P[order[i], j], P[i, j]
        asked[0] = size
    size = asked[0]
    rank(fP, order, size)
    for i in range(size):
        slot = below(rng, mean_F.size)
        F[i] = min(max(mean_F[slot] + 0.1 * normal(rng), 0.05), 1.0)
        CR[i] = min(max(mean_CR[slot] + 0.1 * normal(rng), 0.0), 1.0)
        best, r1, r2 = order[below(rng, max(2, size // 10))], below(rng, size), below(rng, size)
        always = below(rng, X.shape[1])
        for j in range(X.shape[1]):
            X[i, j] = P[i, j]
            if uniform(rng) < CR[i] or j == always:
                x = P[i, j] + F[i] * (P[best, j] - P[i, j]) + F[i] * (P[r1, j] - P[r2, j])
                X[i, j] = min(max(x, 0.5 * (lower[j] + P[i, j])), 0.5 * (upper[j] + P[i, j]))


@kernel
def lshade_select(
    X: R[n, d], f: R[n], P: R[n, d], fP: R[n], F: R[n], CR: R[n], mean_F: R[5], mean_CR: R[5], asked: N[k], t: N
):  # fmt: skip
    """The better of parent and trial stays; the means of what worked are remembered."""
    gain, top_F, bottom_F, sum_CR = 0.0, 0.0, 0.0, 0.0
    for i in range(asked[0]):
        if t == 0 or f[i] < fP[i]:
            if t > 0 and math.isfinite(fP[i]):
                weight = fP[i] - f[i]
                gain += weight
                top_F += weight * F[i] * F[i]
                bottom_F += weight * F[i]
                sum_CR += weight * CR[i]
            fP[i] = f[i]
            put(P[i], X[i])
    if t == 0:
        for slot in range(mean_F.size):
            mean_F[slot] = mean_CR[slot] = 0.5
    elif gain > 0.0:
        mean_F[t % mean_F.size] = top_F / bottom_F
        mean_CR[t % mean_F.size] = sum_CR / gain


@dataclass(frozen=True)
class LSHADE(PopulationMethod, ask=lshade_trial, tell=lshade_select):
    """L-SHADE without its archive (R. Tanabe and A. S. Fukunaga 2014, doi:10.1109/CEC.2014.6900380)."""

    population_size: Size = 60


# ------------------------------------------------------------------------------------ d x d matrices
@kernel
def cholesky(C: R[d, d], A: R[d, d]):
    """The lower triangle A with A A' = C."""
    for i in range(C.shape[0]):
        for j in range(i + 1):
            s = C[i, j]
            for h in range(j):
                s -= A[i, h] * A[j, h]
            A[i, j] = math.sqrt(max(s, 1e-300)) if i == j else s / A[j, j]


@kernel
def cma_sample(X: R[n, d], mean: R[d], sigma: R[1], C: R[d, d], A: R[d, d], z: R[d], rng: Random):
    """Points around the mean, with covariance sigma^2 C."""
    cholesky(C, A)
    for i in range(X.shape[0]):
        for j in range(z.size):
            z[j] = normal(rng)
        for j in range(z.size):
            X[i, j] = mean[j]
            for h in range(j + 1):
                X[i, j] += sigma[0] * A[j, h] * z[h]


@kernel
def cma_learn(
    X: R[n, d], f: R[n], order: N[n], mean: R[d], old: R[d], sigma: R[1], C: R[d, d], A: R[d, d], z: R[d],
    path_s: R[d], path_c: R[d], lower: R[d], upper: R[d], t: N,
):  # fmt: skip
    """The mean moves to the better half; paths, covariance and step size follow (N. Hansen 2016, arXiv:1604.00772)."""
    size, dim = X.shape
    half = max(1, size // 2)
    rank(f, order, size)
    total, square = 0.0, 0.0
    for i in range(half):
        w = math.log(half + 0.5) - math.log(i + 1.0)
        total += w
        square += w * w
    mueff = total * total / square
    cs = (mueff + 2) / (dim + mueff + 5)
    cc = (4 + mueff / dim) / (dim + 4 + 2 * mueff / dim)
    c1 = 2 / ((dim + 1.3) ** 2 + mueff)
    cmu = min(1 - c1, 2 * (mueff - 2 + 1 / mueff) / ((dim + 2) ** 2 + mueff))
    damping = 1 + 2 * max(0.0, math.sqrt((mueff - 1) / (dim + 1)) - 1) + cs
    put(old, mean)
    for j in range(dim):
        mean[j] = 0.0
        for i in range(half):
            mean[j] += (math.log(half + 0.5) - math.log(i + 1.0)) / total * X[order[i], j]
    if t == 0:  # the first generation was drawn uniformly in the box
        sigma[0] = 0.3 * (upper[0] - lower[0])
        for j in range(dim):
            C[j, j] = 1.0
        return
    length = 0.0
    for j in range(dim):  # z = A^-1 (mean - old) / sigma, by forward substitution
        s = (mean[j] - old[j]) / sigma[0]
        for h in range(j):
            s -= A[j, h] * z[h]
        z[j] = s / A[j, j]
        path_s[j] = (1 - cs) * path_s[j] + math.sqrt(cs * (2 - cs) * mueff) * z[j]
        length += path_s[j] * path_s[j]
    expected = math.sqrt(dim) * (1 - 1 / (4.0 * dim) + 1 / (21.0 * dim * dim))
    for j in range(dim):
        path_c[j] = (1 - cc) * path_c[j] + math.sqrt(cc * (2 - cc) * mueff) * (mean[j] - old[j]) / sigma[0]
    for a in range(dim):
        for b in range(dim):
            C[a, b] = (1 - c1 - cmu) * C[a, b] + c1 * path_c[a] * path_c[b]
            for i in range(half):
                w = (math.log(half + 0.5) - math.log(i + 1.0)) / total
                ya, yb = (X[order[i], a] - old[a]) / sigma[0], (X[order[i], b] - old[b]) / sigma[0]
                C[a, b] += cmu * w * ya * yb
    sigma[0] *= math.exp(cs / damping * (math.sqrt(length) / expected - 1))


@dataclass(frozen=True)
class CMAES(PopulationMethod, ask=cma_sample, tell=cma_learn):
    """CMA-ES with a Cholesky factor in place of the inverse root."""

    population_size: Size = 14


# ------------------------------------------------------------------------------------ points that are permutations
@kernel
def tour_reverse(X: S[n, d], tour: S[d], rng: Random):
    """The tour with a piece of it turned round."""
    put(X[0], tour)
    i, j = below(rng, tour.size), below(rng, tour.size)
    i, j = min(i, j), max(i, j)
    while i < j:
        X[0, i], X[0, j] = X[0, j], X[0, i]
        i, j = i + 1, j - 1


@kernel
def tour_accept(X: S[n, d], f: R[n], tour: S[d], length: R[1], rng: Random, t: N, progress: R, temperature: R):
    """Go there if it is shorter, or by chance; the temperature falls with the budget."""
    heat = temperature * (1.0 - progress) + 1e-9
    if t == 0 or uniform(rng) < math.exp(min(0.0, (length[0] - f[0]) / heat)):
        length[0] = f[0]
        put(tour, X[0])


@dataclass(frozen=True)
class TourSA(PopulationMethod, ask=tour_reverse, tell=tour_accept):
    """Annealing of a tour."""

    temperature: Positive = 0.2


@kernel
def tour_length(x: S[d], D: R[d, d]) -> R:
    """The length of a round trip; D holds the distances."""
    total = 0.0
    for i in range(x.size):
        total += D[x[i], x[(i + 1) % x.size]]
    return total


def tsp(cities):
    """A travelling salesman's problem of points in the plane, shape (d, 2)."""
    dim = len(cities)
    distances = np.linalg.norm(cities[:, None] - cities[None], axis=2)
    return Problem("tsp", tour_length, None, dim, [(0, dim - 1)] * dim, arrays=dict(D=distances))
