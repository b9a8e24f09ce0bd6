r"""Smooth functions. The sphere and the quadratic have one valley; Rosenbrock's has a second one from 4 variables on.

.. math::

    \text{sphere} &= \sum_i x_i^2 \\
    \text{quadratic} &= \tfrac12 \sum_i a_i x_i^2, \quad a_1 = 1, \dots, a_d = \kappa \text{ in equal ratios} \\
    \text{rosenbrock} &= \sum_i 100 \, (x_{i+1} - x_i^2)^2 + (1 - x_i)^2

H. H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, The Computer Journal 3(3),
1960, doi:10.1093/comjnl/3.3.175.
"""

import numpy as np

from .._checks import number_in, shown
from .._jit import R, d, kernel
from . import Problem


@kernel(reorder=True)
def sphere_value(x: R[d]) -> R:
    """The square of the distance from the origin."""
    f = 0.0
    for i in range(x.size):
        f += x[i] * x[i]
    return f


@kernel
def sphere_gradient(x: R[d], grad: R[d]):
    """Its gradient."""
    for i in range(x.size):
        grad[i] = 2.0 * x[i]


def sphere(dim=2) -> Problem:
    """The sphere in ``dim`` variables; its minimum, 0, is the origin."""
    check_dim("sphere", dim, least=1)
    return Problem("sphere", sphere_value, sphere_gradient, dim, [(-5.0, 5.0)] * dim, 0.0, np.zeros(dim))


@kernel(reorder=True)
def quadratic_value(x: R[d], curvatures: R[d]) -> R:
    """A bowl with curvature curvatures[i] along axis i."""
    f = 0.0
    for i in range(x.size):
        f += 0.5 * curvatures[i] * x[i] * x[i]
    return f


@kernel
def quadratic_gradient(x: R[d], curvatures: R[d], grad: R[d]):
    """Its gradient."""
    for i in range(x.size):
        grad[i] = curvatures[i] * x[i]


def quadratic(dim=2, condition=10.0) -> Problem:
    """A quadratic bowl in ``dim`` variables whose curvatures run from 1 to ``condition``; its minimum, 0, is the origin."""
    check_dim("quadratic", dim, least=1)
    condition = number_in("quadratic: condition", condition, "[1, inf)", lambda number: 1.0 <= number < np.inf)
    curvatures = np.geomspace(1.0, condition, dim)
    return Problem(
        "quadratic", quadratic_value, quadratic_gradient, dim, [(-5.0, 5.0)] * dim, 0.0, np.zeros(dim),
        arrays=dict(curvatures=curvatures),
    )  # fmt: skip


@kernel(reorder=True)
def rosenbrock_value(x: R[d]) -> R:
    """A long, flat, bent valley."""
    f = 0.0
    for i in range(x.size - 1):
        valley = x[i + 1] - x[i] * x[i]
        f += 100.0 * valley * valley + (1.0 - x[i]) * (1.0 - x[i])
    return f


@kernel
def rosenbrock_gradient(x: R[d], grad: R[d]):
    """Its gradient."""
    grad[0] = 0.0
    for i in range(x.size - 1):
        valley = x[i + 1] - x[i] * x[i]
        grad[i] += -400.0 * x[i] * valley - 2.0 * (1.0 - x[i])
        grad[i + 1] = 200.0 * valley


def rosenbrock(dim=2) -> Problem:
    """Rosenbrock's valley in ``dim`` >= 2 variables; its minimum, 0, is (1, ..., 1).

    From 4 variables on there is a second local minimum, near (-1, 1, ..., 1).
    """
    check_dim("rosenbrock", dim, least=2)
    return Problem("rosenbrock", rosenbrock_value, rosenbrock_gradient, dim, [(-5.0, 10.0)] * dim, 0.0, np.ones(dim))


def check_dim(name, dim, least):
    """Refuse a dimension that the function is not defined for."""
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or dim < least:
        raise ValueError(f"{name}: dim must be an integer in [{least}, inf), not {shown(dim)}")
