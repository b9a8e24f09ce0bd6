r"""Quadratic assignment: facilities with flows between them are put to places with distances between them.

.. math:: J(x) = \sum_{ij} A_{ij} \, C_{x_i x_j}

A move lets two facilities change places. What all of the d (d - 1) / 2 moves would change is kept up to date after each: for most in four
terms (Taillard 1991).

T. C. Koopmans and M. Beckmann, *Assignment problems and the location of economic activities*, Econometrica 25 (1957), 53-76,
doi:10.2307/1907742; E. Taillard, *Robust taboo search for the quadratic assignment problem*, Parallel Computing 17 (1991), 443-455,
doi:10.1016/S0167-8191(05)80147-4; instances: R. E. Burkard, S. E. Karisch and F. Rendl, *QAPLIB*, Journal of Global Optimization 10 (1997),
391-403, doi:10.1023/A:1008293323270.
"""

import numpy as np

from .. import datasets
from .._checks import numbers
from .._jit import R64, N, R, S, d, k, kernel
from ..walk import Neighbourhood
from . import Problem
from .tours import symmetric


@kernel(browser=False)
def assignment_cost(x: S[d], A: R[d, d], C: R[d, d]) -> R:
    """Flow times distance, over all pairs."""
    total = 0.0
    for i in range(x.size):
        for j in range(x.size):
            total += A[i, j] * C[x[i], x[j]]
    return total


@kernel(browser=False, apart=True)
def assignment_delta(x: S[d], q: N, A: R[d, d], C: R[d, d], first: N[k], second: N[k]) -> R:
    """Two facilities change places; A and C are symmetric."""
    r, s = first[q], second[q]
    pr, ps, total = x[r], x[s], (A[r, r] - A[s, s]) * (C[x[s], x[s]] - C[x[r], x[r]])
    for i in range(x.size):
        if i != r and i != s:
            total += 2.0 * (A[i, r] - A[i, s]) * (C[x[i], ps] - C[x[i], pr])
    return total


@kernel(browser=False)
def assignment_swap(x: S[d], q: N, first: N[k], second: N[k]):
    """Make it."""
    x[first[q]], x[second[q]] = x[second[q]], x[first[q]]


@kernel(browser=False, reorder=True)
def assignment_refresh(x: S[d], q: N, changes: R64[k], A: R[d, d], C: R[d, d], first: N[k], second: N[k]):
    """After a swap of r and s, the change of a swap of u and v changes by four terms."""
    if q < 0:
        for p in range(changes.size):
            changes[p] = assignment_delta(x, p, A, C, first, second)
        return
    r, s = first[q], second[q]
    pr, ps, p = x[r], x[s], 0  # as they are now
    for u in range(x.size):
        au, cr, cs = A[r, u] - A[s, u], C[ps, x[u]], C[pr, x[u]]
        for v in range(u + 1, x.size):
            if u == r or u == s or v == r or v == s:  # noqa: SIM109
                changes[p] = assignment_delta(x, p, A, C, first, second)
            else:
                changes[p] += 2.0 * (au - A[r, v] + A[s, v]) * (cr - C[ps, x[v]] - cs + C[pr, x[v]])
            p += 1


@kernel(browser=False)
def assignment_exchange(x: S[d], q: N, brings: N[k], drops: N[k], first: N[k], second: N[k]):
    """Facility i at place p is a feature."""
    r, s = first[q], second[q]
    brings[0], brings[1], brings[2] = r * x.size + x[s], s * x.size + x[r], -1
    drops[0], drops[1], drops[2] = r * x.size + x[r], s * x.size + x[s], -1


def qap(flows, distances=None, minimum=None) -> Problem:
    """Facilities with flows to places with distances; both arrays symmetric, shape (d, d). ``qap("nug30")`` is an instance of QAPLIB, whose
    least cost is 6124; "tai30a" and "sko64" come along, too."""
    name = "qap"
    if isinstance(flows, str):
        name = flows
        flows, distances, minimum = datasets.assignment(flows)
    elif distances is None:
        raise ValueError("qap needs distances beside flows, or the name of an instance")
    A, C = symmetric("qap: flows", numbers("qap: flows", flows)), symmetric("qap: distances", numbers("qap: distances", distances))
    if A.shape != C.shape or len(A) < 3:
        raise ValueError(f"qap: flows and distances must have one shape (d, d), d at least 3, not {A.shape} and {C.shape}")
    dim = len(A)
    first, second = np.triu_indices(dim, 1)
    moves = Neighbourhood(
        lambda dim: dim * (dim - 1) // 2, assignment_delta, assignment_swap, refresh=assignment_refresh, exchange=assignment_exchange,
        price=lambda dim: 2.0 / dim, sweep=lambda dim: 4.0,
    )  # fmt: skip
    return Problem(
        name, assignment_cost, None, dim, [(0, dim - 1)] * dim, minimum, arrays=dict(A=A, C=C, first=first, second=second),
        neighbourhood=moves,
    )  # fmt: skip
