r"""Functions with many minima, turned and shifted by a seed: no minimum in the middle of the box, no dents along the axes.

With an orthogonal matrix Q and a shift s of the seed, and :math:`z = Q (x - s)`, the least value 0 is at s:

.. math::

    \text{Griewank} &= 1 + \tfrac{1}{4000} \sum_j z_j^2 - \prod_j \cos(z_j / \sqrt j) \\
    \text{Schwefel} &= 418.98\ldots \, d - \sum_j y_j \sin \sqrt{|y_j|}, \qquad y = z + 420.9687\ldots \\
    \text{Gallagher} &= \bigl( 10 - \max_i w_i \, e^{-(z - p_i)^\top C_i (z - p_i) / 2 d} \bigr)^2 \\
    \text{Lunacek} &= \min \Bigl( \sum_j (y_j - \mu)^2, \; d + s \sum_j (y_j - \nu)^2 \Bigr) + 10 \sum_j (1 - \cos 2 \pi z_j), \qquad y =
    z + \mu

Beyond :math:`|y_j| = 500` Schwefel's function is continued by a steep bowl.

N. Hansen, S. Finck, R. Ros and A. Auger, *Real-parameter black-box optimization benchmarking 2009: noiseless functions definitions*, INRIA
RR-6829 (Gallagher, Lunacek); H.-P. Schwefel, *Numerical optimization of computer models*, 1981; A. Griewank, *Generalized descent for
global optimization*, JOTA 34 (1981), doi:10.1007/BF00933356.
"""

import math

import numpy as np
from scipy.stats import ortho_group

from .._checks import count
from .._jit import R, d, k, kernel
from ..problems import Problem
from ..problems.multimodal import ackley_gradient, ackley_value, rastrigin_gradient, rastrigin_value
from ..problems.smooth import quadratic_gradient, quadratic_value, rosenbrock_gradient, rosenbrock_value

SCHWEFEL = 420.968746227503
MU = 2.5


@kernel(browser=False)
def turn(x: R[d], Q: R[d, d], shift: R[d], z: R[d]):
    """z = Q (x - shift)."""
    for i in range(x.size):
        total = 0.0
        for j in range(x.size):
            total += Q[i, j] * (x[j] - shift[j])
        z[i] = total


@kernel(browser=False)
def turn_back(g: R[d], Q: R[d, d], grad: R[d]):
    """grad = Q' g."""
    for j in range(g.size):
        total = 0.0
        for i in range(g.size):
            total += Q[i, j] * g[i]
        grad[j] = total


@kernel(browser=False)
def ellipsoid(x: R[d], Q: R[d, d], shift: R[d], z: R[d], curvatures: R[d]) -> R:
    """A bowl, turned."""
    turn(x, Q, shift, z)
    return quadratic_value(z, curvatures)


@kernel(browser=False)
def ellipsoid_slope(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d], curvatures: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    quadratic_gradient(z, curvatures, g)
    turn_back(g, Q, grad)


@kernel(browser=False)
def bent(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """Rosenbrock's valley, turned."""
    turn(x, Q, shift, z)
    for j in range(z.size):
        z[j] += 1.0
    return rosenbrock_value(z)


@kernel(browser=False)
def bent_slope(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    for j in range(z.size):
        z[j] += 1.0
    rosenbrock_gradient(z, g)
    turn_back(g, Q, grad)


@kernel(browser=False)
def dented(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """Rastrigin's function, turned."""
    turn(x, Q, shift, z)
    return rastrigin_value(z)


@kernel(browser=False)
def dented_slope(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    rastrigin_gradient(z, g)
    turn_back(g, Q, grad)


@kernel(browser=False)
def hole(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """Ackley's function, turned."""
    turn(x, Q, shift, z)
    return ackley_value(z)


@kernel(browser=False)
def hole_slope(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    ackley_gradient(z, g)
    turn_back(g, Q, grad)


@kernel(browser=False)
def griewank_value(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """A wide bowl with ripples, turned."""
    turn(x, Q, shift, z)
    square, product = 0.0, 1.0
    for j in range(z.size):
        square += z[j] * z[j]
        product *= math.cos(z[j] / math.sqrt(j + 1.0))
    return 1.0 + square / 4000.0 - product


@kernel(browser=False)
def griewank_gradient(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    for j in range(z.size):
        root = math.sqrt(j + 1.0)
        others = 1.0
        for i in range(z.size):
            if i != j:
                others *= math.cos(z[i] / math.sqrt(i + 1.0))
        g[j] = z[j] / 2000.0 + math.sin(z[j] / root) / root * others
    turn_back(g, Q, grad)


@kernel(browser=False)
def schwefel_value(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """Far basins, the second best far from the best, turned."""
    turn(x, Q, shift, z)
    f = 0.0
    for j in range(z.size):
        y = z[j] + 420.968746227503
        inside = min(max(y, -500.0), 500.0)
        f += 418.9828872724339 - inside * math.sin(math.sqrt(abs(inside))) + 0.02 * (y - inside) * (y - inside)
    return f


@kernel(browser=False)
def schwefel_gradient(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    for j in range(z.size):
        y = z[j] + 420.968746227503
        root = math.sqrt(abs(y))
        g[j] = -math.sin(root) - 0.5 * root * math.cos(root)
        if abs(y) > 500.0:
            g[j] = 0.04 * (y - min(max(y, -500.0), 500.0))
    turn_back(g, Q, grad)


@kernel(browser=False)
def highest(x: R[d], Q: R[d, d], shift: R[d], z: R[d], P: R[k, d], C: R[k, d], w: R[k], which: R[1]) -> R:
    """The height of the peak that is highest at x; its number is left in which."""
    turn(x, Q, shift, z)
    best = -1.0
    for i in range(w.size):
        square = 0.0
        for j in range(z.size):
            away = z[j] - P[i, j]
            square += C[i, j] * away * away
        height = w[i] * math.exp(-0.5 * square / z.size)
        if height > best:
            best = height
            which[0] = i
    return best


@kernel(browser=False)
def gallagher_value(x: R[d], Q: R[d, d], shift: R[d], z: R[d], P: R[k, d], C: R[k, d], w: R[k], which: R[1]) -> R:
    """Peaks at random places, one of them the highest."""
    below = 10.0 - highest(x, Q, shift, z, P, C, w, which)
    return below * below


@kernel(browser=False)
def gallagher_gradient(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d], P: R[k, d], C: R[k, d], w: R[k], which: R[1]):
    """Its gradient."""
    height = highest(x, Q, shift, z, P, C, w, which)
    i = int(which[0])
    for j in range(z.size):
        g[j] = 2.0 * (10.0 - height) * height / z.size * C[i, j] * (z[j] - P[i, j])
    turn_back(g, Q, grad)


@kernel(browser=False)
def lunacek_value(x: R[d], Q: R[d, d], shift: R[d], z: R[d]) -> R:
    """Two funnels: the wider one ends higher."""
    turn(x, Q, shift, z)
    s = 1.0 - 1.0 / (2.0 * math.sqrt(z.size + 20.0) - 8.2)
    nu = -math.sqrt((2.5 * 2.5 - 1.0) / s)
    first, second, waves = 0.0, 1.0 * z.size, 0.0
    for j in range(z.size):
        y = z[j] + 2.5
        first += z[j] * z[j]
        second += s * (y - nu) * (y - nu)
        waves += 1.0 - math.cos(2.0 * math.pi * z[j])
    return min(first, second) + 10.0 * waves


@kernel(browser=False)
def lunacek_gradient(x: R[d], grad: R[d], Q: R[d, d], shift: R[d], z: R[d], g: R[d]):
    """Its gradient."""
    turn(x, Q, shift, z)
    s = 1.0 - 1.0 / (2.0 * math.sqrt(z.size + 20.0) - 8.2)
    nu = -math.sqrt((2.5 * 2.5 - 1.0) / s)
    first, second = 0.0, 1.0 * z.size
    for j in range(z.size):
        y = z[j] + 2.5
        first += z[j] * z[j]
        second += s * (y - nu) * (y - nu)
    for j in range(z.size):
        slope = 2.0 * z[j] if first <= second else 2.0 * s * (z[j] + 2.5 - nu)
        g[j] = slope + 20.0 * math.pi * math.sin(2.0 * math.pi * z[j])
    turn_back(g, Q, grad)


# ------------------------------------------------------------------------------------ by name
FUNCTIONS = {  # value, gradient, half width of the box
    "ellipsoid": (ellipsoid, ellipsoid_slope, 5.0),
    "rosenbrock": (bent, bent_slope, 5.0),
    "rastrigin": (dented, dented_slope, 5.0),
    "ackley": (hole, hole_slope, 32.0),
    "griewank": (griewank_value, griewank_gradient, 600.0),
    "schwefel": (schwefel_value, schwefel_gradient, 500.0),
    "gallagher": (gallagher_value, gallagher_gradient, 5.0),
    "lunacek": (lunacek_value, lunacek_gradient, 5.0),
}


def turned(name, dim, seed, condition=1e3) -> Problem:
    """A function by name, turned and shifted by the seed; its minimum, 0, lies in the middle three fifths of the box.

    ``name`` is one of ellipsoid (curvatures from 1 to ``condition``), rosenbrock, rastrigin, ackley, griewank, schwefel, gallagher,
    lunacek.
    """
    if name not in FUNCTIONS:
        raise ValueError(f"no function is called {name!r}; there are {', '.join(FUNCTIONS)}")
    dim = count("dim", dim)
    value, gradient, half = FUNCTIONS[name]
    rng = np.random.default_rng([seed, *name.encode()])
    Q = ortho_group.rvs(dim, random_state=rng) if dim > 1 else np.ones((1, 1))
    shift = rng.uniform(-0.6, 0.6, dim) * half
    arrays, scratch = dict(Q=Q, shift=shift), dict(z=dim, g=dim)
    if name == "ellipsoid":
        arrays["curvatures"] = np.geomspace(1.0, condition, dim)
    if name == "gallagher":
        arrays |= _peaks(rng, dim)
        scratch["which"] = 1
    return Problem(f"{name} {dim}", value, gradient, dim, [(-half, half)] * dim, 0.0, shift, arrays=arrays, scratch=scratch)


def _peaks(rng, dim, peaks=101):
    """Places (the highest at the origin), curvatures of condition 30 to 1,000, heights 10 and 1.1 to 9.1."""
    P = rng.uniform(-4.5, 4.5, (peaks, dim))
    P[0] = 0.0
    conditions = np.append(1e3, rng.permutation(1000.0 ** (2 * np.arange(peaks - 1) / (peaks - 2))))
    C = np.array([rng.permutation(np.geomspace(1, c, dim) / c**0.25 if dim > 1 else np.ones(1)) for c in conditions])
    return dict(P=P, C=C, w=np.append(10.0, 1.1 + 8.0 * np.arange(peaks - 1) / (peaks - 2)))
