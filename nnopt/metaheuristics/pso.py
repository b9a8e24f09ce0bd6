r"""Particle swarm optimization: points that fly, each drawn to the best place it has seen and the best the swarm has seen.

Particle :math:`i` at :math:`x_i` has velocity :math:`v_i` and remembers its own best place :math:`p_i`; the swarm's best is
:math:`b`. With :math:`r_1, r_2` drawn uniformly from [0, 1) for every particle and coordinate,

.. math::

    v_{ij} &\leftarrow w \, v_{ij} + c_1 r_{1,ij} \, (p_{ij} - x_{ij}) + c_2 r_{2,ij} \, (b_j - x_{ij}) \\
    x_{ij} &\leftarrow x_{ij} + v_{ij}

The particles start uniformly in the box, at rest. One that would leave the box is put back on its wall and loses its
velocity there. In a ring, particle i is told the best of :math:`p_{i-1}, p_i, p_{i+1}` in place of :math:`b`.

J. Kennedy and R. Eberhart, *Particle swarm optimization*, ICNN 1995, doi:10.1109/ICNN.1995.488968; inertia :math:`w` from
Y. Shi and R. Eberhart 1998, doi:10.1109/ICEC.1998.699146; the default constants from M. Clerc and J. Kennedy 2002,
doi:10.1109/4235.985692; the ring from R. Eberhart and J. Kennedy, *A new optimizer using particle swarm theory*, MHS 1995,
doi:10.1109/MHS.1995.494215.
"""

from dataclasses import dataclass
from typing import Annotated

from .._jit import Cell, N, R, Random, d, kernel, n, put
from ..optimizer import Choice, NonNegative, PopulationMethod, Size
from ..random import fill

STAR, RING = range(2)  # the places of the names
Topology = Annotated[str, Choice("star", "ring")]


@kernel
def pso_move(X: R[n, d], V: R[n, d], P: R[n, d], b: R[d], r1: R[d], r2: R[d],
             lower: R[d], upper: R[d], rng: Random, w: R, c1: R, c2: R,
             fP: R[n], topology: N):
    """Every particle flies one step."""
    last = X.shape[0] - 1
    for i in range(X.shape[0]):
        told = i  # whose place, in a ring
        for j in (i - 1 if i > 0 else last, i + 1 if i < last else 0):
            told = j if fP[j] < fP[told] else told
        guide = P[told] if topology == RING else b
        fill(r1, rng)
        fill(r2, rng)
        for j in range(X.shape[1]):
            V[i, j] = (w * V[i, j] + c1 * r1[j] * (P[i, j] - X[i, j])
                                   + c2 * r2[j] * (guide[j] - X[i, j]))
            x = X[i, j] + V[i, j]
            X[i, j] = min(max(x, lower[j]), upper[j])
            V[i, j] = V[i, j] if X[i, j] == x else 0.0


@kernel
def pso_remember(X: R[n, d], f: R[n], P: R[n, d], fP: R[n],
                 b: R[d], fb: Cell, t: N):
    """Every particle, then the swarm, remembers its best place."""
    for i in range(X.shape[0]):
        if t == 0 or f[i] < fP[i]:
            fP[i] = f[i]
            put(P[i], X[i])
        if (t == 0 and i == 0) or f[i] < fb[0]:
            fb[0] = f[i]
            put(b, X[i])


@dataclass(frozen=True)
class PSO(PopulationMethod, ask=pso_move, tell=pso_remember):
    r"""Particle swarm optimization with inertia.

    Parameters
    ----------
    population_size : int in [1, inf) or function of the dimension, default 40
        The number of particles.
    w : float in [0, inf), default 0.7298
        Inertia: how much of its velocity a particle keeps. A function of the generation t = 1, 2, ... may give it; so for
        the others.
    c1 : float in [0, inf), default 1.49618
        The pull towards the particle's own best place.
    c2 : float in [0, inf), default 1.49618
        The pull towards the best place that a particle is told.
    topology : {"star", "ring"}, default "star"
        Who tells: the whole swarm, or the two neighbours in a ring and the particle itself, so that news spread slowly.

    References
    ----------
    J. Kennedy and R. Eberhart, *Particle swarm optimization*, ICNN 1995, doi:10.1109/ICNN.1995.488968.

    Y. Shi and R. Eberhart, *A modified particle swarm optimizer*, ICEC 1998, doi:10.1109/ICEC.1998.699146.

    R. Eberhart and J. Kennedy, *A new optimizer using particle swarm theory*, MHS 1995, doi:10.1109/MHS.1995.494215 (the ring).

    M. Clerc and J. Kennedy, *The particle swarm: explosion, stability, and convergence in a multidimensional complex space*,
    IEEE Transactions on Evolutionary Computation 6(1), 2002, doi:10.1109/4235.985692.

    Examples
    --------
    >>> PSO(population_size=20)
    PSO(population_size=20, w=0.7298, c1=1.49618, c2=1.49618, topology='star')
    """

    population_size: Size = 40
    w: NonNegative = 0.7298
    c1: NonNegative = 1.49618
    c2: NonNegative = 1.49618
    topology: Topology = "star"
