r"""Genetic algorithm: the better members of a population have children, which differ from them by crossover and mutation.

In every generation members are drawn by *selection* into a mating pool, one by one. Of each pair, one after the other, two children are
made by *crossover* with probability :math:`p_c`, else copies; then *mutation* changes each coordinate with probability :math:`m / d`:

.. math::

    (u, v) &= \mathrm{cross}(x_a, x_b) \ \text{ with probability } p_c, \ \text{ else } (x_a, x_b) \\
    (u, v) &\leftarrow \mathrm{mutate}(u), \mathrm{mutate}(v)

The children replace the members, but the best members, the *elite*, take the places of worse children. The operators are kernels of
``genetic_operators.py``.

J. H. Holland, *Adaptation in natural and artificial systems*, University of Michigan Press 1975, doi:10.7551/mitpress/1090.001.0001.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from .._fields import Interval
from .._jit import B, N, Point, R, Random, S, d, kernel, n, put
from ..optimizer import Choice, Count, NonNegative, PopulationMethod, Share, Size
from ..random import below, uniform
from .genetic_operators import (
    cross_bits,
    cross_order,
    cross_reals,
    draw_parents,
    mutate_flip,
    mutate_permutation,
    mutate_polynomial,
)

Selection = Annotated[str, Choice("tournament", "rank", "roulette")]
OfReals = Annotated[str, Choice("uniform", "one_point", "blend", "sbx")]
OfBits = Annotated[str, Choice("uniform", "one_point")]
OfPermutations = Annotated[str, Choice("inversion", "swap")]
Elite = Annotated[int, Interval("[0, inf)")]


@kernel
def breed_reals(X: R[n, d], P: R[n, d], fP: R[n], wheel: R[n], u: R[d], r: R[d], lower: R[d], upper: R[d], rng: Random,
                selection: N, tournament_size: N, crossover: R, crossover_reals: N, alpha: R, eta_c: R, mutation: R, eta_m: R):
    """The children."""
    n, d = X.shape
    draw_parents(X, P, fP, wheel, rng, selection, tournament_size)
    for i in range(0, n - 1, 2):  # where n is odd, the last one has no partner
        if uniform(rng) < crossover:
            cross_reals(X[i], X[i + 1], u, r, rng, crossover_reals, alpha, eta_c)
    for i in range(n):
        mutate_polynomial(X[i], lower, upper, rng, mutation / d, eta_m)


@kernel(browser=False)
def breed_permutations(X: S[n, d], P: S[n, d], fP: R[n], wheel: R[n], a: N[d], b: N[d], taken: N[d], rng: Random,
                       selection: N, tournament_size: N, crossover: R, mutation: R, mutation_permutations: N):
    """The children."""
    n, d = X.shape
    draw_parents(X, P, fP, wheel, rng, selection, tournament_size)
    for i in range(0, n - 1, 2):
        if uniform(rng) < crossover:
            put(a, X[i])
            put(b, X[i + 1])
            start, length = below(rng, d), below(rng, d)
            cross_order(a, b, start, length, X[i], taken)
            cross_order(b, a, start, length, X[i + 1], taken)
    for i in range(n):
        mutate_permutation(X[i], rng, mutation, mutation_permutations)


@kernel(browser=False)
def breed_bits(X: B[n, d], P: B[n, d], fP: R[n], wheel: R[n], u: R[d], rng: Random,
               selection: N, tournament_size: N, crossover: R, crossover_bits: N, mutation: R):
    """The children."""
    n, d = X.shape
    draw_parents(X, P, fP, wheel, rng, selection, tournament_size)
    for i in range(0, n - 1, 2):
        if uniform(rng) < crossover:
            cross_bits(X[i], X[i + 1], u, rng, crossover_bits)
    for i in range(n):
        mutate_flip(X[i], rng, mutation / d)


@kernel
def succeed(X: Point[n, d], f: R[n], P: Point[n, d], fP: R[n], t: N, elite: N):
    """The children become the parents; the best parents take the places of worse children."""
    for _ in range(elite if t > 0 else 0):
        best, worst = 0, 0
        for i in range(f.size):
            best, worst = i if fP[i] < fP[best] else best, i if f[i] > f[worst] else worst
        if fP[best] >= f[worst]:
            break
        put(X[worst], P[best])
        f[worst], fP[best] = fP[best], math.inf
    for i in range(f.size):
        put(P[i], X[i])
        fP[i] = f[i]


@dataclass(frozen=True)
class GA(PopulationMethod, ask=[breed_reals, breed_permutations, breed_bits], tell=succeed):
    r"""Genetic algorithm on reals, permutations and bits.

    Parameters
    ----------
    population_size : int in [1, inf) or function of the dimension, default 100
    selection : {"tournament", "rank", "roulette"}, default "tournament"
        How parents are drawn: the best of ``tournament_size`` (default 4), by rank or by value.
    crossover_reals, crossover_bits : {"uniform", "one_point", "blend", "sbx"}, default "blend"; {"uniform", "one_point"}, default "uniform"
        Permutations have order crossover. The blend reaches ``alpha`` (in [0, inf), default 0.5) of the parents' distance beyond them;
        SBX has the index ``eta_c`` (in [0, inf), default 15): the greater, the nearer to the parents are the children.
    mutation : float in [0, inf), default 0.5
        How many coordinates of a child are mutated, on average; of a permutation, how many inversions or swaps it gets. A function of
        the generation t = 1, 2, ... may give it; so for all that are floats.
    elite : int in [0, inf), default 1
        How many of the best parents outlive worse children.
    crossover : float in [0, 1], default 0.9
        The probability that a pair is crossed.
    eta_m : float in [0, inf), default 20
        The index of polynomial mutation: the greater, the shorter its steps. Bits are flipped.
    mutation_permutations : {"inversion", "swap"}, default "inversion"

    Notes
    -----
    The defaults are among the best of a grid on functions whose minimum was moved and whose axes were turned, where differential
    evolution was far ahead of all (``python -m benchmarks.ga_defaults``).

    References
    ----------
    J. H. Holland, *Adaptation in natural and artificial systems*, 1975, doi:10.7551/mitpress/1090.001.0001.

    Examples
    --------
    >>> GA(selection="rank").elite
    1
    """

    population_size: Size = 100
    selection: Selection = "tournament"
    crossover_reals: OfReals = "blend"
    mutation: NonNegative = 0.5
    elite: Elite = 1
    tournament_size: Count = 4
    crossover: Share = 0.9
    alpha: NonNegative = 0.5
    eta_c: NonNegative = 15.0
    eta_m: NonNegative = 20.0
    crossover_bits: OfBits = "uniform"
    mutation_permutations: OfPermutations = "inversion"
