"""Functions that an exercise hands to a student's loop: they travel by name and remember where they were asked."""

import numpy as np


def quadratic(A, b):
    r""":math:`f(x) = \frac12 x^\top A x - b^\top x`, with :math:`A` symmetric."""
    return lambda x: 0.5 * np.sum(x * (x @ A), axis=-1) - x @ b


def quadratic_gradient(A, b):
    r""":math:`\nabla f(x) = A x - b`."""
    return lambda x: x @ A - b


def sphere(shift):
    """The squared distance to `shift`."""
    return lambda x: np.sum((x - shift) ** 2, axis=-1)


def rastrigin(shift):
    """Rastrigin's egg box, its best point at `shift`."""
    return lambda x: np.sum((x - shift) ** 2 - 10 * np.cos(2 * np.pi * (x - shift)) + 10, axis=-1)


# The same as Python text, for a student who wants to run an input of the feedback. In brackets: the report breaks long lines.
PYTHON = {
    "quadratic": "lambda x: (0.5 * np.sum(x * (x @ {0}), axis=-1) - x @ {1})",
    "quadratic_gradient": "lambda x: (x @ {0} - {1})",
    "sphere": "lambda x: np.sum((x - {0})**2, axis=-1)",
    "rastrigin": "lambda x: np.sum((x - {0})**2 - 10 * np.cos(2 * np.pi * (x - {0})) + 10, axis=-1)",
}
TABLE = {f.__name__: f for f in (quadratic, quadratic_gradient, sphere, rastrigin)}


class Objective:
    """A function of points that travels as ``(name, arrays)`` and records every point at which it is asked.

    Parameters
    ----------
    name : str
        One of `TABLE`.
    *arrays : array_like
        The parameters of that function; the length of the last one is the dimension `dim` of the points.
    limit : int
        How many points may be asked for. One more raises `TimeoutError`: no right loop takes so long.

    Notes
    -----
    It takes one point ``(dim,)`` or many ``(n, dim)``, and answers with one value or gradient for each. While grading, the
    student's process holds only a proxy: each question crosses to the trusted side and is answered and recorded there.
    """

    def __init__(self, name, *arrays, limit=20_000):
        if name not in TABLE:
            raise ValueError(f"no objective is called {name!r}; there are {', '.join(sorted(TABLE))}")
        self.name, self.limit = name, limit
        self.arrays = tuple(np.asarray(a, float) for a in arrays)
        self.dim = self.arrays[-1].shape[-1]
        self.fun = TABLE[name](*self.arrays)
        self.asked, self.count = [], 0

    def __call__(self, x):
        x = np.array(x, dtype=float)                     # a copy: the caller may go on writing into its array
        if x.ndim not in (1, 2) or x.shape[-1] != self.dim:
            raise ValueError(f"the objective was asked at an array of shape {x.shape}; it takes ({self.dim},) or (n, {self.dim})")
        new = 1 if x.ndim == 1 else max(len(x), 1)       # no points are a question, too: it is kept
        if self.count + new > self.limit:
            raise TimeoutError(f"the objective was asked at more than {self.limit} points")
        self.count += new
        self.asked.append(x)
        return self.fun(x)

    def trace(self):
        """All points asked for, in order: an array ``(count, dim)``."""
        return np.concatenate([np.atleast_2d(a) for a in self.asked]) if self.asked else np.empty((0, self.dim))

    def python(self, arrays):
        """A line of Python that defines the function, its arrays given as text."""
        return PYTHON[self.name].format(*arrays)

    def fresh(self):
        """The same function with an empty record."""
        return Objective(self.name, *self.arrays, limit=self.limit)

    def __reduce__(self):
        return Objective, (self.name, *self.arrays)
