r"""Kin of the MAX-MIN ant system: ant system, the first of all, and ant colony system, whose ants take away what they walk on.

.. math:: \tau_{ij} \leftarrow (1 - \rho) \, \tau_{ij} + \sum_{a=1}^{n} \frac{[ij \in x_a]}{J(x_a)}

.. math:: \tau_{ij} \leftarrow (1 - \xi) \, \tau_{ij} + \xi \tau_0 , \qquad
    \tau_{ij} \leftarrow (1 - \rho) \, \tau_{ij} + \rho \, \frac{1}{J^*} \;\; (ij \in x^*)

M. Dorigo, V. Maniezzo and A. Colorni, *Ant system*, IEEE Transactions on Systems, Man, and Cybernetics B 26 (1996), 29-41,
doi:10.1109/3477.484436; M. Dorigo and L. M. Gambardella, *Ant colony system*, IEEE Transactions on Evolutionary Computation 1
(1997), 53-66, doi:10.1109/4235.585892.
"""

from dataclasses import dataclass

from .._jit import R64, Cell, N, R, Random, S, d, k, kernel, n
from .._loop import BUDGET, LEAST, SPENT
from ..optimizer import NonNegative, OpenFraction, PopulationMethod, Share, Size
from ..walk import Apply, Begin, Delta, Desire
from ._ants import attraction, build_tour, descend, look_around
from .aco import ants, lay


# ------------------------------------------------------------------------------------ ant system
@kernel(browser=False)
def ant_system_update(X: S[n, d], f: R[n], tau: R[d, d], ledger: R64[k], t: N, rho: R):
    """Trails evaporate, and every ant lays; the first trails are what one generation of the best tour would lay."""
    for i in range(tau.shape[0]):
        for j in range(tau.shape[0]):
            tau[i, j] = (1.0 - rho) * tau[i, j] if t > 0 else f.size / ledger[LEAST]
    for i in range(f.size):
        lay(tau, X[i], 1.0 / f[i])


@dataclass(frozen=True)
class AntSystem(PopulationMethod, start=ants, ask=ants, tell=ant_system_update):
    r"""Ant system, the first ant colony: every ant lays a trail, the more the shorter its tour, and there are no bounds.

    .. math:: \tau_{ij} \leftarrow (1 - \rho) \, \tau_{ij} + \sum_{a=1}^{n} \frac{[ij \in x_a]}{J(x_a)}

    Parameters
    ----------
    population_size : int in [1, inf), default 25
        The number of ants; the source takes as many as there are cities.
    alpha, beta : float in [0, inf), default 1 and 5
        The weights of trail and of closeness.
    rho : float in (0, 1), default 0.5
        The share of the trails that evaporates.
    greedy, search : float in [0, 1], default 0
        As of ``ACO``; the source has neither.

    References
    ----------
    M. Dorigo, V. Maniezzo and A. Colorni, *Ant system*, IEEE Transactions on Systems, Man, and Cybernetics B 26 (1996), 29-41,
    doi:10.1109/3477.484436.
    """

    population_size: Size = 25
    alpha: NonNegative = 1.0
    beta: NonNegative = 5.0
    rho: OpenFraction = 0.5
    greedy: Share = 0.0
    search: Share = 0.0


# ------------------------------------------------------------------------------------ ant colony system
@kernel(browser=False)
def draw_trail(tau: R[d, d], x: S[d], rate: R, to: R):
    """Trails along a tour go the share ``rate`` of the way to a level, both ways."""
    for i in range(x.size):
        a, b = x[i], x[i + 1 if i + 1 < x.size else 0]
        tau[a, b] += rate * (to - tau[a, b])
        tau[b, a] = tau[a, b]


@kernel(browser=False)
def fading_ants(
    begin: Begin, delta: Delta, apply: Apply, desire: Desire, notes: N[k], given: N[k], X: S[n, d], tau: R[d, d], eta: R[d, d],
    near: N[d, 16], weight: R[d, 16], seen: N[d], first: Cell, ledger: R64[k], rng: Random, count: N, price: R, t: N, alpha: R, beta: R,
    greedy: R, search: R, xi: R,
):  # fmt: skip
    """Ants one after the other, each of which weakens the trail behind it for the next; its own tour is none the wiser, since it never
    comes back."""
    if t == 0:
        look_around(desire, given, tau, eta, near, beta)
        first[0] = 1.0
    for i in range(X.shape[0]):
        attraction(tau, eta, near, weight, alpha)
        build_tour(X[i], seen, near, weight, tau, eta, rng, greedy, alpha)
        draw_trail(tau, X[i], xi, first[0])
        room = (ledger[BUDGET] - ledger[SPENT] - X.shape[0]) / price - 1.0
        if i < search * X.shape[0] and room > 0.0:
            ledger[SPENT] += price * descend(begin, delta, apply, X[i], notes, given, count, room)


@kernel(browser=False)
def colony_update(tau: R[d, d], best: S[d], first: Cell, ledger: R64[k], t: N, rho: R):
    """Only the trail of the best of all evaporates and is laid; the first trails are one d-th of what it would lay."""
    if t == 0:
        first[0] = 1.0 / (best.size * ledger[LEAST])
        for i in range(tau.shape[0]):
            for j in range(tau.shape[0]):
                tau[i, j] = first[0]
    draw_trail(tau, best, rho, 1.0 / ledger[LEAST])


@dataclass(frozen=True)
class AntColonySystem(PopulationMethod, start=fading_ants, ask=fading_ants, tell=colony_update):
    r"""Ant colony system: bold ants, which mostly take the most attractive city, and weaken the trail they walk on for those behind.

    .. math:: \tau_{ij} \leftarrow (1 - \xi) \, \tau_{ij} + \xi \tau_0 , \qquad
        \tau_{ij} \leftarrow (1 - \rho) \, \tau_{ij} + \rho \, \frac{1}{J^*} \;\; (ij \in x^*)

    Parameters
    ----------
    population_size : int in [1, inf), default 10
        The number of ants.
    alpha, beta : float in [0, inf), default 1 and 2
        The weights of trail and of closeness.
    rho : float in (0, 1), default 0.1
        How far the trail of the best tour goes to 1/J* in a generation.
    xi : float in (0, 1), default 0.1
        How far a trail goes back to the first one when an ant has walked on it.
    greedy : float in [0, 1], default 0.9
        How often an ant takes the most attractive city without drawing.
    search : float in [0, 1], default 0
        The share of the ants that improve their tours by the problem's moves.

    References
    ----------
    M. Dorigo and L. M. Gambardella, *Ant colony system*, IEEE Transactions on Evolutionary Computation 1 (1997), 53-66,
    doi:10.1109/4235.585892.
    """

    population_size: Size = 10
    alpha: NonNegative = 1.0
    beta: NonNegative = 2.0
    rho: OpenFraction = 0.1
    xi: OpenFraction = 0.1
    greedy: Share = 0.9
    search: Share = 0.0
