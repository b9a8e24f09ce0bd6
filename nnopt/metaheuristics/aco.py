r"""Ant colony optimization: tours drawn edge by edge, the likelier the stronger the trail that earlier ants have laid.

An ant in city i goes to one of the cities j that it has not seen yet with the probability

.. math:: p_{ij} \propto \tau_{ij}^{\alpha} \, \eta_{ij}^{\beta} , \qquad \eta_{ij} = 1 / D_{ij}

The best ant then lays a trail, the others evaporate, and every trail is kept between two bounds (MAX-MIN ant system):

.. math:: \tau_{ij} \leftarrow \Bigl[ (1 - \rho) \, \tau_{ij} + \frac{[ij \in x^*]}{J(x^*)} \Bigr]_{\tau_{\min}}^{\tau_{\max}} , \qquad
    \tau_{\max} = \frac{1}{\rho \, J^*} , \quad \tau_{\min} = \frac{\tau_{\max}}{2 d}

Where the problem states its moves, the ants improve their tours by them before they lay.

M. Dorigo, V. Maniezzo and A. Colorni, *Ant system*, IEEE Transactions on Systems, Man, and Cybernetics B 26 (1996), 29-41,
doi:10.1109/3477.484436; T. Stützle and H. H. Hoos, *MAX-MIN ant system*, Future Generation Computer Systems 16 (2000), 889-914,
doi:10.1016/S0167-739X(00)00043-1.
"""

from dataclasses import dataclass

from .._jit import R64, N, R, Random, S, d, k, kernel, n
from .._loop import BUDGET, LEAST, SPENT
from ..optimizer import NonNegative, OpenFraction, PopulationMethod, Share, Size
from ..walk import Apply, Begin, Delta, Desire
from ._ants import attraction, build_tour, descend, look_around


@kernel(browser=False)
def ants(
    begin: Begin, delta: Delta, apply: Apply, desire: Desire, notes: N[k], given: N[k], X: S[n, d], tau: R[d, d], eta: R[d, d],
    near: N[d, 16], weight: R[d, 16], seen: N[d], ledger: R64[k], rng: Random, count: N, price: R, t: N, alpha: R, beta: R, greedy: R,
    search: R,
):  # fmt: skip
    """Every ant builds a tour; the share ``search`` of them also improve theirs by the problem's moves."""
    if t == 0:
        look_around(desire, given, tau, eta, near, beta)
    attraction(tau, eta, near, weight, alpha)
    for i in range(X.shape[0]):
        build_tour(X[i], seen, near, weight, tau, eta, rng, greedy, alpha)
        room = (ledger[BUDGET] - ledger[SPENT] - X.shape[0]) / price - 1.0  # every tour is looked at afterwards
        if i < search * X.shape[0] and room > 0.0:
            ledger[SPENT] += price * descend(begin, delta, apply, X[i], notes, given, count, room)


@kernel(browser=False)
def lay(tau: R[d, d], x: S[d], amount: R):
    """A trail along a tour, both ways."""
    for i in range(x.size):
        a, b = x[i], x[i + 1 if i + 1 < x.size else 0]
        tau[a, b] += amount
        tau[b, a] = tau[a, b]


@kernel(browser=False)
def best_of(f: R[n]) -> N:
    """Where the least value is."""
    first = 0
    for i in range(f.size):
        first = i if f[i] < f[first] else first
    return first


@kernel(browser=False)
def max_min_update(X: S[n, d], f: R[n], tau: R[d, d], best: S[d], ledger: R64[k], t: N, rho: R):
    """Trails evaporate; the generation's best ant lays, every fifth time the best of all; trails stay between two bounds."""
    top = 1.0 / (rho * ledger[LEAST])
    bottom = top / (2.0 * best.size)
    for i in range(tau.shape[0]):
        for j in range(tau.shape[0]):
            tau[i, j] = max(bottom, (1.0 - rho) * tau[i, j]) if t > 0 else top
    if t % 5 == 4:
        lay(tau, best, 1.0 / ledger[LEAST])
    else:
        first = best_of(f)
        lay(tau, X[first], 1.0 / f[first])
    for i in range(tau.shape[0]):
        for j in range(tau.shape[0]):
            tau[i, j] = min(top, tau[i, j])


@dataclass(frozen=True)
class ACO(PopulationMethod, start=ants, ask=ants, tell=max_min_update):
    r"""Ant colony optimization, as MAX-MIN ant system, for problems of permutations that say what an ant sees, such as tours.

    Values must be above zero. ``ask`` by hand has no problem to look at: use ``nnopt.minimize``.

    Parameters
    ----------
    population_size : int in [1, inf), default 5
        The number of ants.
    alpha, beta : float in [0, inf), default 1 and 2
        The weights of trail and of closeness.
    rho : float in (0, 1), default 0.2
        The share of the trails that evaporates.
    greedy : float in [0, 1], default 0.0
        How often an ant takes the most attractive city without drawing.
    search : float in [0, 1], default 1.0
        The share of the ants that improve their tours by the problem's moves.

    References
    ----------
    T. Stützle and H. H. Hoos, *MAX-MIN ant system*, Future Generation Computer Systems 16 (2000), 889-914,
    doi:10.1016/S0167-739X(00)00043-1.

    """

    population_size: Size = 5
    alpha: NonNegative = 1.0
    beta: NonNegative = 2.0
    rho: OpenFraction = 0.2
    greedy: Share = 0.0
    search: Share = 1.0
