r"""A function elsewhere: shifted, so that its minimum is not in the middle of the box, or turned, so that it is not along the axes.

.. math::

    \text{shifted}(x) = f(x - s) \qquad \text{rotated}(x) = f \bigl( c + Q (x - c) \bigr)

with the middle c of the box, which stays where it is. What is compiled stays compiled, and gradients come along:
:math:`\nabla f` for the one, :math:`Q^\top \nabla f` for the other.
"""

import numpy as np

from .._checks import numbers, shown
from .._jit import N, Point, R, Table, World, d, k, kernel
from .._loop import Objective
from . import Problem


@kernel(browser=False)
def shifted_value(x: R[d], rows: N[k], by: R[d], y: R[d], inner: Objective, inside: N[k]) -> R:
    """The value there."""
    for i in range(x.size):
        y[i] = x[i] - by[i]
    return inner(y, y[:0], rows, inside)


@kernel(browser=False)
def shifted_both(x: R[d], grad: Point[k], rows: N[k], by: R[d], y: R[d], inner: Objective, inside: N[k]) -> R:
    """Value and gradient."""
    for i in range(x.size):
        y[i] = x[i] - by[i]
    return inner(y, grad, rows, inside)


@kernel(browser=False)
def turn_about(x: R[d], y: R[d], Q: R[d, d], centre: R[d]):
    """y = c + Q (x - c)."""
    for i in range(x.size):
        y[i] = centre[i]
        for j in range(x.size):
            y[i] += Q[i, j] * (x[j] - centre[j])


@kernel(browser=False)
def rotated_value(x: R[d], rows: N[k], Q: R[d, d], centre: R[d], y: R[d], inner: Objective, inside: N[k]) -> R:
    """The value there."""
    turn_about(x, y, Q, centre)
    return inner(y, y[:0], rows, inside)


@kernel(browser=False)
def rotated_both(x: R[d], grad: Point[k], rows: N[k], Q: R[d, d], centre: R[d], y: R[d], slope: R[d], inner: Objective, inside: N[k]) -> R:
    """Value and gradient."""
    turn_about(x, y, Q, centre)
    f = inner(y, slope[: grad.size], rows, inside)
    for j in range(grad.size):
        grad[j] = 0.0
        for i in range(grad.size):
            grad[j] += Q[i, j] * slope[i]
    return f


def shifted(problem, by) -> Problem:
    """The same function elsewhere: what was at x is at x + by; the box stays.

    Parameters
    ----------
    problem : Problem
        Of reals, in float64, with a known number of variables d.
    by : array_like, shape (d,)

    Raises
    ------
    ValueError
        If the problem is of another kind, or a known minimum would leave the box.

    Notes
    -----
    The problem keeps the place that it looks at in an array of its own, and is for one run at a time. Its ``rows``, if it is a sum, are
    those of ``problem``; its moves, its precision and what it draws at random are not taken over.

    Examples
    --------
    >>> from nnopt.problems import shifted, sphere
    >>> p = shifted(sphere(2), [1.0, -2.0])
    >>> p([1.0, -2.0]), p.grad([0.0, 0.0]), p.bounds == sphere(2).bounds
    (0.0, array([-2.,  4.]), True)
    """
    _movable("shifted", problem)
    by = numbers("shifted: by", by, shape=(problem.dim,))
    best = None if problem.x_best is None else problem.x_best + by
    return _moved("shifted", problem, best, shifted_value, shifted_both, lambda x: x - by, lambda g: g, dict(by=by))


def rotated(problem, by) -> Problem:
    """The same function turned about the middle of its box, which stays as it is; without a box, about the origin.

    Parameters
    ----------
    problem : Problem
        Of reals, in float64, with a known number of variables d.
    by : int, numpy.random.Generator or array_like, shape (d, d)
        The seed of a rotation drawn uniformly from all (reflections among them), or an orthogonal matrix.

    Raises
    ------
    ValueError
        If the problem is of another kind, the matrix is not orthogonal, or a known minimum would leave the box.

    Notes
    -----
    As for :func:`shifted`.

    References
    ----------
    F. Mezzadri, *How to generate random matrices from the classical compact groups*, Notices of the AMS 54 (2007), 592-604,
    arXiv:math-ph/0609050.

    Examples
    --------
    >>> from nnopt.problems import quadratic, rotated
    >>> p = rotated(quadratic(2, 100), [[0, 1], [1, 0]])  # the axes exchanged
    >>> p([1.0, 0.0]), quadratic(2, 100)([0.0, 1.0])
    (50.0, 50.0)
    """
    _movable("rotated", problem)
    dim = problem.dim
    if np.ndim(by) == 2:
        Q = numbers("rotated: by", by, shape=(dim, dim))
        if not np.allclose(Q @ Q.T, np.eye(dim), rtol=0, atol=1e-9):
            raise ValueError(f"rotated: by must be orthogonal, but by @ by.T is up to {abs(Q @ Q.T - np.eye(dim)).max():.2g} off the identity")
    else:
        Q = _drawn(by, dim)
    centre = np.zeros(dim) if problem.bounds is None else np.mean(np.asarray(problem.bounds, float), axis=1)
    best = None if problem.x_best is None else centre + (problem.x_best - centre) @ Q
    return _moved("rotated", problem, best, rotated_value, rotated_both, lambda x: centre + Q @ (x - centre), lambda g: g @ Q,
                  dict(Q=Q, centre=centre), ("slope",))  # fmt: skip


def _drawn(by, dim):
    """An orthogonal matrix, uniform among all: of normal numbers, with the signs that make the decomposition unique."""
    try:
        rng = np.random.default_rng(by)
    except (TypeError, ValueError):
        raise ValueError(f"rotated: by must be a seed or an orthogonal matrix, not {shown(by)}") from None
    Q, upper = np.linalg.qr(rng.standard_normal((dim, dim)))
    return np.ascontiguousarray(Q * np.sign(np.diag(upper)))


def _movable(name, problem):
    if not isinstance(problem, Problem):
        raise TypeError(f"{name} needs a problem such as nnopt.problems.sphere(2), not {shown(problem)}")
    if problem.points != "reals" or problem.dtype != "float64" or problem.dim is None:
        many = "any number" if problem.dim is None else problem.dim
        raise ValueError(f"{name} needs a known number of reals in float64, but {problem.name} takes {many} of {problem.points} in {problem.dtype}")


def _moved(name, problem, best, value, both, there, back, arrays, slopes=()):
    """The problem behind another way to its points."""
    bounds = problem.bounds
    if best is not None and bounds is not None:
        low, high = np.asarray(bounds, float).T
        if not ((low <= best) & (best <= high)).all():
            raise ValueError(f"{name}: the minimum of {problem.name} would lie at {shown(best.tolist())}, outside the box")
    sloping = problem.gradient is not None or problem.value_gradient is not None
    known = dict(dim=problem.dim, bounds=bounds, minimum=problem.minimum, x_best=best, rows=problem.rows)
    title = f"{name} {problem.name}"
    if not problem._of_kernels:
        more = dict(gradient=lambda x, **rows: back(problem.grad(there(x), **rows))) if sloping else {}
        return Problem(title, lambda x, **rows: problem(there(x), **rows), **more, **known)
    inside = problem.table()
    arrays = dict(arrays, inner=problem.objective(World("reals"), sloping), inside=inside)
    scratch = dict.fromkeys(("y", *(slopes if sloping else ())), problem.dim)
    return Problem(title, value, value_gradient=both if sloping else None, arrays=arrays, scratch=scratch, **known)
