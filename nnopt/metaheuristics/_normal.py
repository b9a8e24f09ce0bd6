"""What CMA-ES and its kin share: ranks, weights and rates (N. Hansen 2016, arXiv:1604.00772), and eigenvectors by rotations."""

import math

from .._jit import Cell, Counter, N, R, Random, d, kernel, n
from ..random import uniform
from .sa import reflected

WIDEST = 0.3  # after a generation no standard deviation along an axis is a larger share of the box: beyond, walls throw points anywhere


def usual_size(d):
    """How many points CMA-ES draws in d dimensions."""
    return 4 + int(3 * math.log(d))


@kernel
def ranked(f: R[n], place: R[n]):
    """place[i] is 1 for the best value, n for the worst; of equal values the earlier is the better."""
    for i in range(f.size):
        place[i] = 1.0
        for j in range(f.size):
            if f[j] < f[i] or (f[j] == f[i] and j < i):
                place[i] += 1.0


@kernel
def worth(place: R, size: N) -> R:
    """The weight of a place before it is scaled: above zero for the better half."""
    return math.log(0.5 * (size + 1.0)) - math.log(place)


@kernel
def weigh(f: R[n], w: R[n], c: R[6], dim: N, faster: R) -> R:
    """The weights of points by their places: those of the better half sum to one, the others are below zero (equations 49 to 53).
    Fills in the rates c, too, and returns how many equally weighted points the better half is worth."""
    ranked(f, w)
    up, up2, down, down2 = 0.0, 0.0, 0.0, 0.0
    for i in range(w.size):
        w[i] = worth(w[i], w.size)
        if w[i] > 0.0:
            up, up2 = up + w[i], up2 + w[i] * w[i]
        else:
            down, down2 = down - w[i], down2 + w[i] * w[i]
    mu = up * up / up2
    rates(c, mu, dim, faster)
    c1, cmu = c[3], c[4]
    against = 0.0
    if down > 0.0 and cmu > 0.0:
        against = min(1.0 + c1 / cmu, 1.0 + 2.0 * (down * down / down2) / (mu + 2.0), (1.0 - c1 - cmu) / (dim * cmu))
    for i in range(w.size):
        w[i] = w[i] / up if w[i] > 0.0 else against * w[i] / max(down, 1e-300)
    return mu


@kernel
def rates(c: R[6], mu: R, dim: N, faster: R):
    """c_sigma, d_sigma, c_c, c_1, c_mu (``faster`` is a factor of these two), the usual length of a normal vector: equations 55 to 58."""
    mu = max(1.0, mu)  # as it is, but for rounding
    c[0] = (mu + 2.0) / (dim + mu + 5.0)
    c[1] = 1.0 + 2.0 * max(0.0, math.sqrt((mu - 1.0) / (dim + 1.0)) - 1.0) + c[0]
    c[2] = (4.0 + mu / dim) / (dim + 4.0 + 2.0 * mu / dim)
    c[3] = faster * 2.0 / ((dim + 1.3) * (dim + 1.3) + mu)
    c[4] = min(1.0 - c[3], faster * 2.0 * (0.25 + mu + 1.0 / mu - 2.0) / ((dim + 2.0) * (dim + 2.0) + mu))
    c[5] = math.sqrt(dim) * (1.0 - 1.0 / (4.0 * dim) + 1.0 / (21.0 * dim * dim))


@kernel
def begin(mean: R[d], sigma: Cell, D: R[d], to_sigma: R[d], to_C: R[d], lower: R[d], upper: R[d], rng: Random, step: R):
    """A mean drawn in the box, and a distribution as wide as the share ``step`` of it."""
    sigma[0] = step
    for i in range(mean.size):
        mean[i] = lower[i] + (upper[i] - lower[i]) * uniform(rng)
        D[i] = upper[i] - lower[i]
        to_sigma[i] = to_C[i] = 0.0


@kernel
def upright(C: R[d, d], V: R[d, d], D: R[d]):
    """The covariance whose axes are those of the space, with the roots D."""
    for i in range(D.size):
        for j in range(D.size):
            V[i, j] = 1.0 if i == j else 0.0
            C[i, j] = D[i] * D[i] if i == j else 0.0


@kernel
def from_mirrors(mean: R[d], to_sigma: R[d], to_C: R[d], side: R[d], lower: R[d], upper: R[d]):
    """A mean behind a wall gives way to its mirror image, and the paths to theirs; side[j] is -1 where axis j was turned round for it."""
    for j in range(mean.size):
        half = 0.5 * math.floor((mean[j] - lower[j]) / (upper[j] - lower[j]))
        side[j] = 1.0 if half == math.floor(half) else -1.0
        mean[j] = mean[j] if lower[j] <= mean[j] <= upper[j] else reflected(mean[j], lower[j], upper[j])
        to_sigma[j] *= side[j]
        to_C[j] *= side[j]


@kernel
def turn_axes(C: R[d, d], V: R[d, d], side: R[d]):
    """The same for a covariance and its eigenvectors."""
    for i in range(side.size):
        for j in range(side.size):
            C[i, j] *= side[i] * side[j]
            V[i, j] *= side[j]


@kernel
def follow(path: R[d], share: R, move: R, towards: R[d]) -> R:
    """A path forgets a share of itself, and goes on. Returns its length."""
    total = 0.0
    for j in range(path.size):
        path[j] = (1.0 - share) * path[j] + move * towards[j]
        total += path[j] * path[j]
    return math.sqrt(total)


@kernel
def recombine(w: R[n], Y: R[n, d], Z: R[n, d], moved: R[d], drawn: R[d]) -> R:
    """The weighted means of the better points, as they are and as they were drawn. Returns the sum of all weights."""
    total = 0.0
    for j in range(moved.size):
        moved[j] = drawn[j] = 0.0
    for i in range(w.size):
        total += w[i]
        for j in range(moved.size if w[i] > 0.0 else 0):
            moved[j] += w[i] * Y[i, j]
            drawn[j] += w[i] * Z[i, j]
    return total


@kernel
def follow_both(to_sigma: R[d], to_C: R[d], turned: R[d], moved: R[d], c: R[6], mu: R, made: Counter) -> R:
    """Both paths, for one generation more; that of C stays behind while the other is very long. Returns the factor delta of c_1."""
    made[0] += 1
    length = follow(to_sigma, c[0], math.sqrt(c[0] * (2.0 - c[0]) * mu), turned)
    kept = math.exp(min(0.0, 2.0 * made[0] * math.log(max(1.0 - c[0], 1e-300))))  # of the zero start, with 0 < c < 1
    full = math.sqrt(1.0 - kept)
    h = 1.0 if length < (1.4 + 2.0 / (to_C.size + 1.0)) * c[5] * full else 0.0
    follow(to_C, c[2], h * math.sqrt(c[2] * (2.0 - c[2]) * mu), moved)
    return (1.0 - h) * c[2] * (2.0 - c[2])


@kernel
def lengthen(sigma: Cell, to_sigma: R[d], c: R[6]):
    """The step size grows where its path is longer than usual, and shrinks where it is shorter."""
    total = 0.0
    for j in range(to_sigma.size):
        total += to_sigma[j] * to_sigma[j]
    sigma[0] *= math.exp(min(1.0, c[0] / c[1] * (math.sqrt(total) / c[5] - 1.0)))


@kernel
def over(f: R[n], sigma: Cell, D: R[d], level: Counter, lower: R[d], upper: R[d]) -> N:
    """Whether there is nothing left to find here: the points are one, the ground is level, or C is no longer well conditioned."""
    least, most, wide, narrow, box, side = math.inf, -math.inf, 0.0, math.inf, 0.0, math.inf
    for i in range(f.size):
        least, most = min(least, f[i]), max(most, f[i])
    for j in range(D.size):
        wide, narrow = max(wide, D[j]), min(narrow, D[j])
        box, side = max(box, upper[j] - lower[j]), min(side, upper[j] - lower[j])
    level[0] = level[0] + 1 if most - least <= 1e-12 * abs(least) else 0
    # No point with a value teaches nothing; and a long box was ill conditioned at first, which is no reason to leave it.
    if (least == math.inf or level[0] > 10 + 30 * D.size // f.size or sigma[0] * wide < 1e-13 * box
            or narrow * box < 1e-7 * wide * side):  # fmt: skip
        level[0] = 0
        return 1
    return 0


@kernel
def turn_rows(x: R[d], y: R[d], c: R, s: R):
    """Two rows, turned in their plane by the angle whose cosine and sine are c and s."""
    for i in range(x.size):
        x[i], y[i] = c * x[i] - s * y[i], s * x[i] + c * y[i]


@kernel
def seen_from(C: R[d, d], V: R[d, d], A: R[d, d], T: R[d, d]):
    """A = V C V': the matrix as the directions in V see it."""
    for i in range(C.shape[0]):
        for j in range(C.shape[0]):
            T[i, j] = A[i, j] = 0.0
        for h in range(C.shape[0]):
            for j in range(C.shape[0]):
                T[i, j] += V[i, h] * C[h, j]
    for i in range(C.shape[0]):
        for j in range(i + 1):
            for h in range(C.shape[0]):
                A[i, j] += T[i, h] * V[j, h]
            A[j, i] = A[i, j]


@kernel
def eigenvectors(C: R[d, d], V: R[d, d], D: R[d], A: R[d, d], T: R[d, d]):
    """C = V' diag(D^2) V: the rows of V, which were those of the C before, are turned until nothing is left beside the diagonal."""
    dim = D.size
    seen_from(C, V, A, T)
    for _ in range(30):
        beside = 0
        for p in range(dim):
            for q in range(p + 1, dim):
                if A[p, q] * A[p, q] > 1e-24 * abs(A[p, p] * A[q, q]):  # Jacobi (1846): turned in their plane, it is zero
                    beside += 1
                    slope = 0.5 * (A[q, q] - A[p, p]) / A[p, q]
                    t = math.copysign(1.0, slope) / (abs(slope) + math.sqrt(1.0 + slope * slope))
                    c = 1.0 / math.sqrt(1.0 + t * t)
                    first, second = A[p, p] - t * A[p, q], A[q, q] + t * A[p, q]
                    turn_rows(A[p], A[q], c, t * c)
                    turn_rows(V[p], V[q], c, t * c)
                    A[p, p], A[q, q], A[p, q], A[q, p] = first, second, 0.0, 0.0
                    for i in range(dim):
                        A[i, p], A[i, q] = A[p, i], A[q, i]
        if beside == 0:
            break
    for i in range(dim):
        D[i] = math.sqrt(max(A[i, i], 0.0))
