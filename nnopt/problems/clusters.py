r"""Clusters of atoms: where many minima lie close together, and their number grows exponentially.

With :math:`r_{ij}` the distance of atoms i and j, in units of the pair's usual distance, the energy of Lennard and Jones is

.. math:: V = 4 \sum_{i < j} \bigl( r_{ij}^{-12} - r_{ij}^{-6} \bigr)

J. E. Jones, *On the determination of molecular fields. II*, Proceedings of the Royal Society A 106 (1924), 463-477,
doi:10.1098/rspa.1924.0082; the least energies known: D. J. Wales and J. P. K. Doye, Journal of Physical Chemistry A 101 (1997), 5111-5116,
doi:10.1021/jp970984n, table 1.
"""

from .._checks import count
from .._jit import R, d, kernel
from . import Problem

LEAST = {2: -1.0, 3: -3.0, 4: -6.0, 7: -16.505384, 13: -44.326801, 19: -72.659782, 38: -173.928427}  # atoms: the least energy known
CLOSE = 1e-12  # added to the square of a distance: atoms in one place have a finite energy


@kernel
def lennard_jones_value(x: R[d]) -> R:
    """Over all pairs of atoms; x holds three coordinates of each."""
    total = 0.0
    for i in range(x.size // 3):
        for j in range(i):
            a, b, c = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]
            s = 1.0 / (a * a + b * b + c * c + CLOSE)
            s = s * s * s
            total += 4.0 * (s * s - s)
    return total


@kernel
def lennard_jones_gradient(x: R[d], grad: R[d]):
    """Its gradient, pair by pair."""
    for i in range(x.size):
        grad[i] = 0.0
    for i in range(x.size // 3):
        for j in range(i):
            a, b, c = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]
            q = 1.0 / (a * a + b * b + c * c + CLOSE)
            s = q * q * q
            w = -24.0 * q * (2.0 * s * s - s)
            grad[3 * i] += w * a
            grad[3 * i + 1] += w * b
            grad[3 * i + 2] += w * c
            grad[3 * j] -= w * a
            grad[3 * j + 1] -= w * b
            grad[3 * j + 2] -= w * c


def lennard_jones(atoms=13) -> Problem:
    """A cluster of so many atoms, at least 2: a function of 3 coordinates each. Of some numbers the least energy is known (``minimum``)."""
    if count("atoms", atoms) < 2:
        raise ValueError("lennard_jones: atoms must be an integer in [2, inf), not 1")
    half = 1.8 * (atoms / 13) ** (1 / 3)
    return Problem("lennard_jones", lennard_jones_value, lennard_jones_gradient, 3 * atoms, [(-half, half)] * (3 * atoms), LEAST.get(atoms))
