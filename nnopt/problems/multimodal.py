r"""Functions with several valleys.

.. math::

    \text{himmelblau} &= (x_1^2 + x_2 - 11)^2 + (x_1 + x_2^2 - 7)^2 \\
    \text{rastrigin} &= \sum_i \bigl( 10 + x_i^2 - 10 \cos 2 \pi x_i \bigr) \\
    \text{ackley} &= 20 + e - 20 \exp \bigl( -\tfrac15 \sqrt{\tfrac1d \textstyle\sum_i x_i^2} \bigr)
                     - \exp \bigl( \tfrac1d \textstyle\sum_i \cos 2 \pi x_i \bigr)

D. M. Himmelblau, *Applied nonlinear programming*, 1972; L. A. Rastrigin, *Systems of extremal control*, 1974 (in Russian);
D. H. Ackley, *A connectionist machine for genetic hillclimbing*, 1987, doi:10.1007/978-1-4613-1997-9.
"""

import math

import numpy as np

from .._jit import R, d, kernel
from . import Problem
from .smooth import check_dim


@kernel
def himmelblau_value(x: R[d]) -> R:
    """Four valleys of equal depth."""
    a = x[0] * x[0] + x[1] - 11.0
    b = x[0] + x[1] * x[1] - 7.0
    return a * a + b * b


@kernel
def himmelblau_gradient(x: R[d], grad: R[d]):
    """Its gradient."""
    a = x[0] * x[0] + x[1] - 11.0
    b = x[0] + x[1] * x[1] - 7.0
    grad[0] = 4.0 * x[0] * a + 2.0 * b
    grad[1] = 2.0 * a + 4.0 * x[1] * b


def himmelblau() -> Problem:
    """Himmelblau's function of two variables; its minimum, 0, is taken four times, once at (3, 2)."""
    return Problem("himmelblau", himmelblau_value, himmelblau_gradient, 2, [(-5.0, 5.0)] * 2, 0.0, np.array([3.0, 2.0]))


@kernel
def cos_turns(x: R) -> R:
    """cos(2 pi x) to 4e-16, by products and sums alone: unlike libm's cosine, it vectorizes.

    Reduce to r in [-1/2, 1/2], sum the series of cos(pi r) up to r**20, and double the angle.
    """
    r = x - np.floor(x + 0.5)  # math.floor would be an integer, and overflow far away
    z = (math.pi * r) * (math.pi * r)
    c = 1.0 / 2432902008176640000.0
    c = z * c - 1.0 / 6402373705728000.0
    c = z * c + 1.0 / 20922789888000.0
    c = z * c - 1.0 / 87178291200.0
    c = z * c + 1.0 / 479001600.0
    c = z * c - 1.0 / 3628800.0
    c = z * c + 1.0 / 40320.0
    c = z * c - 1.0 / 720.0
    c = z * c + 1.0 / 24.0
    c = z * c - 0.5
    c = z * c + 1.0
    return 2.0 * c * c - 1.0


@kernel(reorder=True)
def rastrigin_value(x: R[d]) -> R:
    """A bowl covered with dents, near every point of integers about the middle."""
    f = 10.0 * x.size
    for i in range(x.size):
        f += x[i] * x[i] - 10.0 * cos_turns(x[i])
    return f


@kernel
def rastrigin_gradient(x: R[d], grad: R[d]):
    """Its gradient."""
    for i in range(x.size):
        grad[i] = 2.0 * x[i] + 20.0 * math.pi * math.sin(2.0 * math.pi * x[i])


def rastrigin(dim=2) -> Problem:
    """Rastrigin's function in ``dim`` variables; its minimum, 0, is the origin."""
    check_dim("rastrigin", dim, least=1)
    return Problem("rastrigin", rastrigin_value, rastrigin_gradient, dim, [(-5.12, 5.12)] * dim, 0.0, np.zeros(dim))


@kernel(reorder=True)
def ackley_value(x: R[d]) -> R:
    """A plain of dents around one deep hole."""
    square, waves = 0.0, 0.0
    for i in range(x.size):
        square += x[i] * x[i]
        waves += cos_turns(x[i])
    return 20.0 + math.e - 20.0 * math.exp(-0.2 * math.sqrt(square / x.size)) - math.exp(waves / x.size)


@kernel
def ackley_gradient(x: R[d], grad: R[d]):
    """Its gradient; at the origin, where there is a cusp, zero."""
    square, waves = 0.0, 0.0
    for i in range(x.size):
        square += x[i] * x[i]
        waves += math.cos(2.0 * math.pi * x[i])
    root = math.sqrt(square / x.size)
    slope = 4.0 * math.exp(-0.2 * root) / (x.size * root) if root > 0.0 else 0.0
    wave = 2.0 * math.pi / x.size * math.exp(waves / x.size)
    for i in range(x.size):
        grad[i] = slope * x[i] + wave * math.sin(2.0 * math.pi * x[i])


def ackley(dim=2) -> Problem:
    """Ackley's function in ``dim`` variables; its minimum, 0, is the origin."""
    check_dim("ackley", dim, least=1)
    return Problem("ackley", ackley_value, ackley_gradient, dim, [(-32.768, 32.768)] * dim, 0.0, np.zeros(dim))
