"""Random numbers inside kernels: splitmix64, its state one integer in a uint64 array.

The same state gives the same numbers in Numba, in plain Python and in the browser.

G. L. Steele, D. Lea and C. H. Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014,
doi:10.1145/2660193.2660195.
"""

import math

import numpy as np

from ._checks import shown
from ._jit import B, N, R, Random, S, d, k, kernel, n

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1, MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
UNIT = 1.0 / 9007199254740992.0  # 2**-53


@kernel(wraps=True)
def uniform(rng: Random) -> R:
    """The next number in [0, 1)."""
    rng[0] += GOLDEN
    z = rng[0]
    z = (z ^ (z >> S30)) * MIX1
    z = (z ^ (z >> S27)) * MIX2
    z = z ^ (z >> S31)
    return (z >> S11) * UNIT


@kernel(wraps=True)
def fill(out: R[k], rng: Random):
    """The next ``out.size`` numbers in [0, 1), the same as from :func:`uniform`, all at once: this loop vectorizes."""
    state = rng[0]
    for i in range(out.size):
        z = state + np.uint64(i + 1) * GOLDEN
        z = (z ^ (z >> S30)) * MIX1
        z = (z ^ (z >> S27)) * MIX2
        z = z ^ (z >> S31)
        out[i] = (z >> S11) * UNIT
    rng[0] = state + np.uint64(out.size) * GOLDEN


@kernel
def normal(rng: Random) -> R:
    """The next standard normal number (G. E. P. Box and M. E. Muller 1958, doi:10.1214/aoms/1177706645)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(rng)))
    return radius * math.cos(2.0 * math.pi * uniform(rng))


@kernel
def below(rng: Random, bound: N) -> N:
    """The next integer in 0, 1, ..., ``bound`` - 1."""
    return int(uniform(rng) * bound)


@kernel
def scatter(X: R[n, d], lower: R[d], upper: R[d], rng: Random):
    """Points drawn uniformly in the box: how a population starts."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = lower[j] + (upper[j] - lower[j]) * uniform(rng)


@kernel
def shuffle(X: S[n, d], rng: Random):
    """Random permutations: how a population of tours starts (R. A. Fisher and F. Yates 1938)."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = j
        for j in range(X.shape[1] - 1, 0, -1):
            other = below(rng, j + 1)
            X[i, j], X[i, other] = X[i, other], X[i, j]


@kernel
def coins(X: B[n, d], rng: Random):
    """Random bits: how a population of bits starts."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = below(rng, 2)


def generator(seed):
    """The state of the kernels' generator.

    Parameters
    ----------
    seed : int, None, numpy.random.SeedSequence or numpy.random.Generator
        As for ``numpy.random.default_rng``; None draws fresh entropy.

    Returns
    -------
    ndarray of uint64, shape (1,)

    Raises
    ------
    ValueError
        If numpy cannot make a generator of ``seed``.
    """
    try:
        source = np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(f"seed must be a non-negative integer, None or a numpy Generator, not {shown(seed)}") from error
    return source.integers(0, 2**64, size=1, dtype=np.uint64)
