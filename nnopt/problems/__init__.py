"""Functions to minimize: ``nnopt.problems.rosenbrock(2)`` is a :class:`Problem`, value, gradient, box and known minimum.

The functions stand in ``smooth.py`` and ``multimodal.py``; a function that returns a ``Problem`` is found by its name.
"""

import functools
import importlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import numbers
from .._jit import ENABLED, R64, Point, R, bind, compiled, d, interface, is_kernel, k


@interface
def Objective(x: Point[d], data: R64[k]) -> R:
    """The value at x."""


@interface
def Gradient(x: R[d], data: R64[k], grad: R[d]):
    """The gradient at x, written into grad."""


@functools.cache
def _bound(function, word, prototype, world):
    bound = bind(word, prototype, (function, ""))
    bound.__qualname__ = f"{function.__name__}.{word}"
    return compiled(bound, world)


@dataclass(frozen=True, eq=False)
class Problem:
    """A function with what is known about it.

    Kernels run in compiled loops; any Python function of a vector runs in the same loops, slower.

    Parameters
    ----------
    name : str
    value : callable
        A kernel of ``x`` (and ``data``) that returns the value, or a Python function of x, an array of shape (d,).
    gradient : callable, optional
        A kernel that writes the gradient at ``x`` into ``grad``, or a Python function of x that returns it, shape (d,).
    dim : int, optional
        The number of variables; None if any number will do.
    bounds : list of (float, float), optional
        The box in which to search.
    minimum : float, optional
        The least value, where it is known.
    x_best : ndarray, shape (d,), optional
        A point where the least value is taken.
    data : ndarray, optional
        Numbers that the kernels read.
    world : {"float64", "tours"}
        Whether points are real vectors or permutations of 0 ... d - 1.

    Examples
    --------
    >>> from nnopt.problems import rosenbrock
    >>> p = rosenbrock(2)
    >>> p([1.0, 1.0]), p.grad([0.0, 0.0])
    (0.0, array([-2.,  0.]))
    """

    name: str
    value: Any
    gradient: Any = None
    dim: int | None = None
    bounds: Any = None
    minimum: float | None = None
    x_best: np.ndarray | None = None
    data: np.ndarray = field(default_factory=lambda: np.zeros(0))
    world: str = "float64"

    @property
    def compiled(self):
        """Whether value and gradient are kernels, so that whole runs stay in compiled code."""
        return ENABLED and is_kernel(self.value) and (self.gradient is None or is_kernel(self.gradient))

    @property
    def value_in_loop(self):
        """The value as a function with the arguments of :func:`Objective`."""
        if is_kernel(self.value):
            return _bound(self.value, "value", Objective, self.world)
        return lambda x, data: _number(self.name, self.value(x.copy()))

    @property
    def gradient_in_loop(self):
        """The gradient as a function with the arguments of :func:`Gradient`."""
        if is_kernel(self.gradient):
            return _bound(self.gradient, "gradient", Gradient, self.world)

        def write(x, data, grad):
            found = np.asarray(self.gradient(x.copy()), dtype=np.float64)
            if found.shape != grad.shape:
                raise ValueError(f"the gradient of {self.name} has shape {found.shape}, but x has shape {grad.shape}")
            grad[:] = found

        return write

    def point(self, x, what="x", finite=False):
        """``x`` as the array that kernels take, or one sentence that says why it is no point of this problem."""
        point = numbers(what, x, np.int64 if self.world == "tours" else np.float64, finite=finite)
        if point.ndim != 1 or self.dim not in (None, point.size):
            raise ValueError(f"{self.name} takes a vector of {self.dim or 'd'} numbers, not an array of shape {point.shape}")
        return point

    def __call__(self, x):
        """The value at ``x``, array_like of shape (d,)."""
        return self.value_in_loop(self.point(x), self.data)

    def grad(self, x):
        """The gradient at ``x``, array_like of shape (d,)."""
        if self.gradient is None:
            raise ValueError(f"{self.name} has no gradient")
        point = self.point(x)
        grad = np.empty_like(point)
        self.gradient_in_loop(point, self.data, grad)
        return grad


def _number(name, value):
    value = np.asarray(value)
    if value.size != 1 or value.dtype.kind not in "fiub":
        raise TypeError(f"{name} must return one number, not {value.dtype} of shape {value.shape}")
    return float(value.reshape(()))


@functools.cache
def _names():
    """Name -> module, read off the sources: a function that returns a Problem needs no registration."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        for name in re.findall(r"^def (\w+)\(.*\) -> Problem:", path.read_text(encoding="utf8"), re.MULTILINE):
            found[name] = f"{__name__}.{path.stem}"
    return found


def __getattr__(name):
    if name.startswith("__") or name not in _names():
        raise AttributeError(f"nnopt.problems has no {name!r}; it has {', '.join(_names())}")
    return getattr(importlib.import_module(_names()[name]), name)


def __dir__():
    return sorted({*_names(), "Problem"})
