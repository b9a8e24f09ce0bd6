r"""Differential evolution: a member of the population tries a step that is the difference of two others, and keeps what is no worse.

For member :math:`x_i`, three others :math:`x_a, x_b, x_c` are drawn, all different; :math:`b` is the best point so far. The
*mutant* is

.. math::

    v = x_a + p \, (b - x_a) + F \, (x_b - x_c) ,

and the *trial* :math:`u` takes each coordinate from :math:`v` with probability CR, else from :math:`x_i`; one coordinate, drawn
at random, is the mutant's in any case. It replaces :math:`x_i` if :math:`f(u) \le f(x_i)`. With ``exponential`` crossover the
coordinates that are the mutant's form one run, around the end, which begins at that coordinate and goes on each time with
probability CR. A coordinate that would leave the box is drawn anew, uniformly between its bounds.

The pull :math:`p` and ``current``, which puts :math:`x_i` in the place of :math:`x_a`, are the usual names of mutations:

==================== ====== =========
DE/rand/1            p = 0
DE/best/1            p = 1
DE/rand-to-best/1    p = F
DE/current-to-best/1 p = F  current
==================== ====== =========

R. Storn and K. Price, *Differential evolution: a simple and efficient heuristic for global optimization over continuous
spaces*, Journal of Global Optimization 11, 1997, doi:10.1023/A:1008202821328.
"""

from dataclasses import dataclass
from typing import Annotated

from .._fields import Interval
from .._jit import N, R, Random, d, kernel, n, put
from ..optimizer import Flag, PopulationMethod
from ..random import below, fill, uniform

# The pull is a number and no code: between the mutations that have a name lie others, and a slider can go from one to the next.
Members = Annotated[int, Interval("[4, inf)"), "size"]  # a member and three others
Share = Annotated[float, Interval("[0, 1]")]
Factor = Annotated[float, Interval("(0, 2]")]


@kernel
def cross_binomial(trial: R[d], v: R[d], r: R[d], always: N, CR: R):
    """Each coordinate is the mutant's with probability CR, and one in any case."""
    for j in range(trial.size):
        trial[j] = v[j] if r[j] < CR or j == always else trial[j]


@kernel
def cross_exponential(trial: R[d], v: R[d], r: R[d], always: N, CR: R):
    """A run of coordinates is the mutant's; it goes on with probability CR."""
    for length in range(trial.size):
        if length > 0 and r[length] >= CR:
            break
        j = (always + length) % trial.size
        trial[j] = v[j]


@kernel
def redraw(x: R[d], lower: R[d], upper: R[d], rng: Random):
    """A coordinate outside the box is drawn anew."""
    for j in range(x.size):
        if x[j] < lower[j] or x[j] > upper[j]:
            x[j] = lower[j] + (upper[j] - lower[j]) * uniform(rng)


@kernel
def de_trial(X: R[n, d], P: R[n, d], best: R[d], v: R[d], r: R[d], lower: R[d], upper: R[d],
             rng: Random, F: R, CR: R, pull: R, current: R, exponential: R):
    """Every member gets a trial: a mutant, crossed with the member."""
    n, d = P.shape
    for i in range(n):
        a = 1 + below(rng, n - 1)  # so many places after i, around the end
        b = 1 + below(rng, n - 2)
        b += b >= a                # c and b pass over those taken
        c = 1 + below(rng, n - 3)
        c += c >= min(a, b)
        c += c >= max(a, b)
        base = P[i if current > 0.0 else (i + a) % n]
        one, two = P[(i + b) % n], P[(i + c) % n]
        for j in range(d):
            v[j] = base[j] + pull * (best[j] - base[j]) + F * (one[j] - two[j])
        always = below(rng, d)
        fill(r, rng)
        put(X[i], P[i])
        if exponential > 0.0:
            cross_exponential(X[i], v, r, always, CR)
        else:
            cross_binomial(X[i], v, r, always, CR)
        redraw(X[i], lower, upper, rng)


@kernel
def de_select(X: R[n, d], f: R[n], P: R[n, d], fP: R[n], t: N):
    """A trial that is no worse takes its member's place."""
    for i in range(X.shape[0]):
        if t == 0 or f[i] <= fP[i]:
            fP[i] = f[i]
            put(P[i], X[i])


@dataclass(frozen=True)
class DE(PopulationMethod, ask=de_trial, tell=de_select):
    r"""Differential evolution, with the mutations rand/1, best/1, current-to-best/1 and all between, and both crossovers.

    Parameters
    ----------
    population_size : int in [4, inf) or function of the dimension, default 40
        The number of members.
    F : float in (0, 2], default 0.6
        The length of the step, in differences. A function of the generation t = 1, 2, ... may give it; so for CR and pull.
    CR : float in [0, 1], default 0.9
        The share of coordinates that a trial takes from the mutant: low for functions that are a sum over coordinates.
    pull : float in [0, 1], default 0
        How much of the way to the best point the mutant's base moves: 0 is DE/rand/1, 1 is DE/best/1.
    current : bool, default False
        Whether the member itself is the base; with ``pull=F`` this is DE/current-to-best/1.
    exponential : bool, default False
        Whether the mutant's coordinates are one run, instead of each drawn on its own (binomial).

    Notes
    -----
    The defaults are those of DE/rand/1 that did best on functions whose minimum was moved and whose axes were turned
    (``python -m benchmarks.de_defaults``). There ``DE(F=0.7, pull=0.5)`` took about half the evaluations.

    References
    ----------
    R. Storn and K. Price, *Differential evolution: a simple and efficient heuristic for global optimization over continuous
    spaces*, Journal of Global Optimization 11, 1997, doi:10.1023/A:1008202821328.

    Examples
    --------
    >>> DE(population_size=20)
    DE(population_size=20, F=0.6, CR=0.9, pull=0.0, current=False, exponential=False)
    """

    population_size: Members = 40
    F: Factor = 0.6
    CR: Share = 0.9
    pull: Share = 0.0
    current: Flag = False
    exponential: Flag = False
