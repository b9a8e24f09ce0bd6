"""Functions to minimize: ``nnopt.problems.rosenbrock(2)`` is a :class:`Problem`, value, gradient, box and known minimum.

The functions stand in the modules of this folder; a function that returns a ``Problem`` is found by its name.
"""

import functools
import importlib
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import walk
from .._checks import count, integers, number, numbers, points_of, precision, shown
from .._jit import (
    ENABLED,
    KINDS,
    Call,
    Data,
    Interface,
    Table,
    World,
    aligned,
    bind,
    compiled,
    cut,
    d,
    is_kernel,
    k,
    m,
    parameters,
)
from .._loop import RANDOM, TRAINS, Objective
from ..random import generator

NO_ROWS = np.zeros(0, np.int64)


GIVEN = {"x", "theta", "grad", "rows", "rng", "training"}  # what the loop gives to a problem's kernels


@functools.cache
def _bound(value, gradient, both, world, arrays):
    """Value and gradient behind the one signature that loops know; the problem's arrays are cut out of its data by name."""
    calls = [Call(gradient, "if grad.size > 0: {}")] if gradient else []
    calls += [Call(both or value, "return {}")]
    return compiled(bind("objective", Objective, calls, dict(theta="x"), dict(arrays)), world)


@dataclass(frozen=True, eq=False)
class Problem:
    """A function with what is known about it.

    Kernels run in compiled loops; any Python function of a vector runs in the same loops, slower. Both ask for the problem's
    arrays by name: ``def tour_length(x: S[d], D: R[d, d]) -> R`` and ``arrays=dict(D=distances)``.

    Parameters
    ----------
    name : str
    value : callable
        A kernel of ``x`` (or ``theta``), and of what else it asks for by name, that returns the value; or a Python function of x, an array
        of shape (d,).
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
    arrays : dict, optional
        The problem's arrays by name; each is converted here to what the kernel's annotation says. A ``Table`` of compiled functions,
        for a kernel that calls them by their places, is taken as it is, and so is the ``objective`` of another problem, for a kernel
        that asks for a function, ``inner: Objective``.
    points : {"reals", "permutations", "bits"}, optional
        What points are; by default what the annotation of ``x`` says: ``R[d]``, ``S[d]`` or ``B[d]``.
    dtype : {"float64", "float32"}
        The precision of the arrays, and of the points of gradient methods.
    rows : int, optional
        The problem is a sum of so many rows of its arrays (``X: R[m, d]``), and the kernels ask for ``rows``, the numbers of
        those to take.
    value_gradient : kernel, optional
        In place of ``gradient``, where both together cost less: returns the value, and writes the gradient where ``grad`` has
        room.
    scratch : dict, optional
        Lengths of arrays that the kernels write to. Such a problem is for one run at a time.
    neighbourhood : nnopt.walk.Neighbourhood, optional
        The moves of a walk. Without them a walk exchanges two entries of a permutation, or flips a bit, at the price of an evaluation.

    Raises
    ------
    ValueError, TypeError
        If an array is missing, has another shape than its annotation, or holds no real numbers.

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
    arrays: dict = field(default_factory=dict)
    points: str | None = None
    dtype: str = "float64"
    rows: int = 0
    value_gradient: Any = None
    scratch: dict = field(default_factory=dict)
    neighbourhood: walk.Neighbourhood | None = None

    views: tuple = field(init=False, repr=False)  # the source lines that get the arrays out of the problem's table
    all_rows: np.ndarray = field(init=False, repr=False)
    _table: list = field(init=False, repr=False)

    def __post_init__(self):
        self._check()
        given, spaces = self.__dict__, self._spaces()
        if self.points is None:
            given["points"] = KINDS.get(spaces["x"].name, "reals") if "x" in spaces else "reals"
        if self.points not in KINDS.values():
            raise ValueError(f"{self.name}: points must be reals, permutations or bits, not {shown(self.points)}")
        if missing := [name for name in (*self.arrays, *self.scratch) if self._of_kernels and name not in spaces]:
            raise TypeError(f"{self.name}: no kernel asks for {missing[0]}")
        if missing := [name for name in spaces if self._of_kernels and name not in {*GIVEN, *self.arrays, *self.scratch, *self._notes()}]:
            raise TypeError(f"{self.name}: a kernel asks for {missing[0]}, which is neither given in arrays nor in scratch")
        known: dict = {d: self.dim} if self.dim else {}
        known |= {m: self.rows} if self.rows else {}
        first: dict = {}  # the array that a length was learnt from
        given["arrays"] = {name: self._converted(name, array, spaces.get(name), known, first) for name, array in self.arrays.items()}
        given["dim"] = known.get(d)
        given["all_rows"] = np.arange(self.rows)
        self._lay_out(spaces, known)

    def _check(self):
        """One sentence for each argument that cannot be; counts and the precision as the library writes them."""
        given, name = self.__dict__, self.name
        for word in ("value", "gradient", "value_gradient"):
            if not (callable(given[word]) or (given[word] is None and word != "value")):
                raise TypeError(f"{name}: {word} must be a kernel or a function, not {shown(given[word])}")
        if not isinstance(self.neighbourhood, (walk.Neighbourhood, type(None))):
            raise TypeError(f"{name}: neighbourhood must be a Neighbourhood or None, not {shown(self.neighbourhood)}")
        for word in ("arrays", "scratch"):
            if not isinstance(given[word], dict):
                raise TypeError(f"{name}: {word} must be a dict, of names, not {shown(given[word])}")
        if both := self.arrays.keys() & self.scratch.keys():
            raise ValueError(f"{name}: {min(both)} cannot be an array and scratch")
        given["dim"] = None if self.dim is None else count(f"{name}: dim", self.dim)
        given["rows"] = 0 if isinstance(self.rows, int) and self.rows == 0 else count(f"{name}: rows", self.rows)
        given["scratch"] = {array: count(f"{name}: {array}", size) for array, size in self.scratch.items()}
        given["dtype"] = precision(f"{name}: dtype", self.dtype)

    def _notes(self):
        """The names of what only the neighbourhood's kernels ask for: its notes."""
        stated = self.neighbourhood.kernels.values() if self.neighbourhood else ()
        own = [f for f in (self.value, self.gradient, self.value_gradient) if is_kernel(f)]
        return {name for f in stated for name in parameters(f)} - {name for f in own for name in parameters(f)}

    def _spaces(self):
        """What the kernels ask for, by name."""
        stated = self.neighbourhood.kernels.values() if self.neighbourhood else ()
        kernels = [f for f in (self.value, self.gradient, self.value_gradient, *stated) if is_kernel(f)]
        return {name: space for f in kernels for name, space in parameters(f).items()}

    def _converted(self, name, array, space, known, first):
        """An array as its annotation says, or one sentence; lengths such as d are learnt from it where they were not known."""
        what = f"{self.name}: {name}"
        if isinstance(array, Table) or isinstance(space, Interface):  # of functions; a function
            return array
        if space is None:  # for a function of Python: integers stay what they are
            reals = numbers(what, array, finite=False)
            return integers(what, array) if np.asarray(array).dtype.kind in "iu" else reals
        dtype = "float64" if space.kind == "float64" else self.dtype
        array = integers(what, array) if space.kind == "int64" else numbers(what, array, dtype, finite=False)
        sides = space.shape
        if array.ndim != len(sides):
            raise ValueError(f"{what} must be an array {space}, not of shape {array.shape}")
        for side, length in zip(sides, array.shape, strict=True):
            wanted = side if isinstance(side, int) else length if side == k else known.setdefault(side, length)
            first.setdefault(side, name)
            if length != wanted or length == 0:
                have = ", ".join(f"{symbol} = {value}" for symbol, value in known.items() if symbol in sides)
                have += "".join(f" as in {other}" for symbol, other in first.items() if symbol == side and other != name)
                raise ValueError(f"{what} must be an array {space}{f' with {have}' * bool(have)}, not of shape {array.shape}")
        return array

    def _lay_out(self, spaces, known):
        """The table of the arrays, each followed by its shape, and the source lines that get them out of it."""
        scratch = {}
        for name, size in self.scratch.items():
            wanted = spaces[name].shape[0] if name in spaces and len(spaces[name].shape) == 1 else k
            if known.get(wanted, size) != size:
                raise ValueError(f"{self.name}: {name} must have the length {wanted} = {known[wanted]}, not {size}")
            scratch[name] = aligned((size,), self.dtype)
        table: list = [0, 0]
        views = dict(rng=f"rng = Random_at(given, {RANDOM}, (1,))", training=f"training = given[{TRAINS}]")
        for name, array in {**self.arrays, **scratch}.items():
            if name not in spaces:  # only a function of Python asks for it
                continue
            if isinstance(spaces[name], Interface):
                views[name] = f"{name} = {spaces[name]}(given, {len(table)})"
                table.append(array)
                continue
            at, space = len(table), Data if spaces[name].kind == "real" else spaces[name]
            if isinstance(array, Table):
                views[name] = cut(name, space, "given", at, [f"given[{at + 1}]"])
                table += [array, len(array)]
                continue
            if array.ndim == 0:  # a number
                views[name], array = cut(name, space, "given", at, (1,)) + "[0]", array.reshape(1)
            else:
                views[name] = cut(name, space, "given", at, [f"given[{at + 1 + axis}]" for axis in range(array.ndim)])
            table += [array, *array.shape]
        self.__dict__.update(_table=table, views=tuple(views.items()))

    def table(self, rng=None, training=0):
        """The problem's table, with a generator for what is random in it."""
        return Table([generator(0) if rng is None else rng, training, *self._table[2:]])

    # -------------------------------------------------------------------------------- behind the loop's signatures
    @property
    def compiled(self):
        """Whether value and gradient are kernels, so that whole runs stay in compiled code."""
        return ENABLED and self._of_kernels

    @property
    def _of_kernels(self):
        return all(f is None or is_kernel(f) for f in (self.value, self.gradient, self.value_gradient))

    def objective(self, world, gradient=True):
        """Value and gradient as one function with the arguments of ``Objective``."""
        if not self._of_kernels:
            return self._in_python
        return _bound(self.value, self.gradient if gradient else None, self.value_gradient if gradient else None, world, self.views)

    def moves(self, world, words):
        """The functions of the neighbourhood, those in ``words``; for the others something that does nothing."""
        return walk.functions(self.neighbourhood, self.views, world if self.compiled else None, frozenset(words))

    def notes(self, dim):
        """The arrays in which a walk keeps its notes about a point."""
        return walk.notes(self.neighbourhood, self.views, dim)

    def _in_python(self, x, grad, rows, given):
        if grad.size > 0 and is_kernel(self.gradient):
            self._call(self.gradient, x, rows, grad)
        elif grad.size > 0:
            self._write(self._call(self.gradient, x, rows), grad)
        return number(f"the value of {self.name}", self._call(self.value, x, rows))

    def _call(self, function, x, rows, grad=None):
        if is_kernel(function):
            given = {**self.arrays, "x": x, "theta": x, "rows": rows, "grad": grad}
            return function(*(given[name] for name in parameters(function)))
        return function(x.copy(), **self.arrays, **({"rows": rows} if self.rows else {}))

    def _write(self, gradient, grad):
        if not (type(gradient) is np.ndarray and gradient.dtype == grad.dtype and gradient.shape == grad.shape):
            gradient = numbers(f"the gradient of {self.name}", gradient, grad.dtype, grad.shape, finite=False)
        grad[:] = gradient

    # -------------------------------------------------------------------------------- for people
    def point(self, x, what="x", finite=False):
        """``x`` as the array that kernels take, or one sentence that says why it is no point of this problem."""
        point = integers(what, x) if self.points != "reals" else numbers(what, x, self.dtype, finite=finite)
        point = point.reshape(1) if point.ndim == 0 else point
        if point.ndim != 1 or self.dim not in (None, point.size):
            raise ValueError(f"{self.name} takes a vector of {self.dim or 'd'} numbers, not an array of shape {point.shape}")
        points_of(what, point, self.points)
        return point

    def __call__(self, x, rows=None):
        """The value at a point.

        Parameters
        ----------
        x : array_like, shape (d,)
        rows : array_like of int, shape (B,), optional
            Of a sum over m rows, the numbers of those to take, each from 0 to m - 1, at most m of them; by default all. The value is
            then what the problem's kernel makes of these rows alone: in this library, their mean.

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If ``x`` is no point of the problem, or ``rows`` are no numbers of its rows.

        Examples
        --------
        >>> from nnopt.problems import least_squares
        >>> p = least_squares([[1.0], [1.0]], [0.0, 2.0])
        >>> p([0.0]), p([0.0], rows=[0]), p.grad([0.0], rows=[1])
        (1.0, 0.0, array([-2.]))
        """
        return self._evaluate(self.point(x), np.zeros(0), rows, gradient=False)

    def grad(self, x, rows=None):
        """The gradient at a point.

        Parameters
        ----------
        x : array_like, shape (d,)
        rows : array_like of int, shape (B,), optional
            As for the value: the gradient of a batch, in place of that of the whole sum.

        Returns
        -------
        ndarray, shape (d,)
            In the problem's precision.

        Raises
        ------
        ValueError
            If the problem has no gradient, ``x`` is no point of it, or ``rows`` are no numbers of its rows.
        """
        if self.gradient is None and self.value_gradient is None:
            raise ValueError(f"{self.name} has no gradient")
        point = self.point(x)
        grad = np.empty_like(point)
        self._evaluate(point, grad, rows, gradient=True)
        return grad

    def _evaluate(self, point, grad, rows, gradient):
        rows = self.all_rows if rows is None else self._chosen(rows)
        objective = self.objective(World(self.points or "reals", self.dtype, self.dtype), gradient)
        table = self.table()
        return objective(point, grad.astype(point.dtype, copy=False), rows, table.addresses if self.compiled else table)

    def _chosen(self, rows):
        """Numbers of rows as the array that kernels take, or one sentence; more than all would not fit into the scratch."""
        if not self.rows:
            raise ValueError(f"rows must be None for {self.name}, which is no sum over rows")
        what = f"{self.name}: rows"
        chosen = integers(what, rows)
        if np.asarray(rows).dtype.kind == "b":
            raise ValueError(f"{what} must be numbers of rows, not a mask of booleans: pass np.flatnonzero(mask)")
        if chosen.ndim != 1 or not 1 <= chosen.size <= self.rows:
            raise ValueError(f"{what} must be a vector of 1 to {self.rows} numbers, not an array of shape {chosen.shape}")
        if (outside := chosen[(chosen < 0) | (chosen >= self.rows)]).size:
            raise ValueError(f"{what} must be numbers from 0 to {self.rows - 1}, not {outside[0]}")
        return chosen


class Pair(Problem):
    """A Python function that returns value and gradient together."""

    def _in_python(self, x, grad, rows, given):
        pair = self.value(x.copy())
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"with jac=True, {self.name} must return the pair (value, gradient), not {shown(pair)}")
        if grad.size > 0:
            self._write(pair[1], grad)
        return number(f"the value of {self.name}", pair[0])


class Differences(Problem):
    """A function without gradient: forward differences, d + 1 evaluations a point."""

    def _in_python(self, x, grad, rows, given):
        f = number(f"the value of {self.name}", self._call(self.value, x, rows))
        if grad.size > 0:
            from scipy.optimize import approx_fprime

            def known(z):  # SciPy asks first for the value that we have
                return f if (z == x).all() else number(f"the value of {self.name}", self._call(self.value, z, rows))

            with np.errstate(invalid="ignore"):  # beside an infinite value there is no slope
                grad[:] = approx_fprime(x, known, math.sqrt(np.finfo(float).eps))
        return f


@functools.cache
def _names():
    """Name -> module, read off the sources: a function that returns a Problem needs no registration."""
    found: dict = {}
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("[a-z]*.py")):
        module = ".".join([__name__, *path.relative_to(folder).with_suffix("").parts])
        for name in re.findall(r"^def (\w+)\([^)]*\) -> Problem:", path.read_text(encoding="utf8"), re.MULTILINE):
            if found.setdefault(name, module) != module:
                raise ImportError(f"two problems are named {name}: in {found[name]} and in {module}")
    return found


def __getattr__(name):
    if name.startswith("__") or name not in _names():
        raise AttributeError(f"nnopt.problems has no {name!r}; it has {', '.join(_names())}")
    return getattr(importlib.import_module(_names()[name]), name)


def __dir__():
    return sorted({*_names(), "Problem"})
