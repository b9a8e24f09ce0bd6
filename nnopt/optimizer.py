"""What the optimizers share: hyperparameters that check themselves, memory by name, and ``init``/``step``, ``ask``/``tell``."""

import functools
import math
import operator
import typing
from dataclasses import dataclass, fields

import numpy as np

from ._checks import box, numbers
from ._jit import LINE, R64, N, Point, R, Random, bind, compiled, d, interface, k, n, parameters, python
from .random import generator, scatter, shuffle


# ------------------------------------------------------------------------------------ hyperparameters
@dataclass(frozen=True)
class Interval:
    """``Interval("[0, 1)")``: where a hyperparameter may lie."""

    text: str

    def holds(self, value):
        """Whether ``value`` (a number or an array) lies in the interval; NaN never does."""
        low, high = (float(end) for end in self.text[1:-1].split(","))
        above = operator.ge if self.text[0] == "[" else operator.gt
        below = operator.le if self.text[-1] == "]" else operator.lt
        return above(value, low) & below(value, high)


Positive = typing.Annotated[float, Interval("(0, inf)")]
NonNegative = typing.Annotated[float, Interval("[0, inf)")]
Fraction = typing.Annotated[float, Interval("[0, 1)")]
Count = typing.Annotated[int, Interval("[1, inf)")]
FixedFraction = typing.Annotated[float, Interval("[0, 1)"), "constant"]  # takes no schedule


class Optimizer:
    """Named numbers (fields), named arrays (memory), and kernels whose parameters are those names."""

    kernels: typing.ClassVar[dict] = {}
    population: typing.ClassVar[str | None] = None

    def __init_subclass__(cls, population=None, **kernels):
        cls.kernels, cls.population = {**cls.kernels, **kernels}, population or cls.population

    def __post_init__(self):
        _memory(type(self))  # a name that nothing explains is refused when the optimizer is made
        for name, (kind, interval, *marks) in _hints(type(self)).items():
            value = getattr(self, name)
            if callable(value) and kind is float and not marks:  # a schedule: its values are checked as they are used
                continue
            object.__setattr__(self, name, self._checked(name, value, kind, interval))

    def _checked(self, name, value, kind, interval):
        wanted = "an integer" if kind is int else "a number"
        try:
            number = kind(value)
            fits = number == value and bool(interval.holds(number))
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits or isinstance(value, (bool, str)):
            raise ValueError(f"{type(self).__name__}: {name} must be {wanted} in {interval.text}, not {value!r}")
        return number

    def hyper(self, t=1, steps=1):
        """The numbers that the kernels get: a row for each of the steps t, t + 1, ...; a single row where nothing varies.

        A schedule that fails at a later step than t shortens the table: perhaps the run ends before that step.
        """
        if not self.varies:
            return self._constants
        rows = []
        for step in range(t, t + steps):
            try:
                rows.append(self._numbers_at(step))
            except Exception:
                if step == t:
                    raise
                break
        return np.array(rows)

    def _numbers_at(self, step):
        row = self._constants[0].copy()
        for column, name, schedule, interval in self._schedules:
            row[column] = schedule(step)
            if not interval.holds(row[column]):
                raise ValueError(f"{type(self).__name__}: the schedule of {name} gave {row[column]} for step {step}, "
                                 f"which is not in {interval.text}")
        return row

    @property
    def varies(self):
        """Whether a hyperparameter is a schedule."""
        return bool(self._schedules)

    @functools.cached_property
    def _constants(self):
        values = (getattr(self, name) for name in _hints(type(self)))
        return np.array([[0.0 if callable(value) else value for value in values]], dtype=np.float64)

    @functools.cached_property
    def _schedules(self):
        named = enumerate(_hints(type(self)).items())
        return [(i, name, getattr(self, name), hint[1]) for i, (name, hint) in named if callable(getattr(self, name))]


@functools.cache
def _hints(cls):
    """Name -> (kind, interval, marks...) of the hyperparameters, in order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {f.name: typing.get_args(hints[f.name]) for f in fields(cls)}


@functools.cache
def _memory(cls):
    """Name -> space of the arrays a method keeps: what its kernels ask for and neither the loop nor a field gives."""
    given, numbers, memory, used = parameters(cls.prototype), _hints(cls), {}, {cls.population}
    for function in cls.kernels.values():
        for name, space in parameters(function).items():
            used.add(name)
            if name in given or name in numbers:
                continue
            unknown = [size for size in space.shape if not isinstance(size, int) and size not in cls.sizes]
            if not space.shape or unknown:
                what = f"of length {unknown[0]}" if unknown else "a number"
                raise TypeError(f"{cls.__name__}: {python(function).__name__} asks for {name}, {what}, which is no field of the class")
            memory[name] = space
    if unused := set(numbers) - used:
        raise TypeError(f"{cls.__name__}: no kernel asks for {', '.join(sorted(unused))}")
    return memory


@functools.cache
def _bound(cls, word, world, *calls):
    """The method's kernels behind the one signature that loops know, compiled."""
    function = bind(word, cls.prototype, *calls, hyper=list(_hints(cls)), memory=_memory(cls))
    function.__qualname__ = f"{cls.__name__}.{word}"
    return compiled(function, world)


# ------------------------------------------------------------------------------------ memory
def aligned(size, dtype):
    """Zeros that start on a 64-byte line: 20 % of a step for a network of 5,000 weights."""
    length = size * np.dtype(dtype).itemsize
    raw = np.zeros(length + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + length].view(dtype)


class State:
    """An optimizer's arrays by name: ``state.theta``, ``state.m``.

    ``copy`` is deep: an older state stays what it was. To assign to a name, ``state.m = 0``, is to write into its array.
    """

    def __init__(self, arrays, places, t=0):
        self.__dict__.update(arrays, t=t, _arrays=tuple(arrays), _places=places)

    def __getattr__(self, name):
        if name.startswith("_"):  # so that pickle and copy may ask before there is anything
            raise AttributeError(name)
        try:
            block, start, shape = self._places[name]
        except KeyError:
            raise AttributeError(f"this state has no {name!r}; it has {', '.join(self)}") from None
        return self.__dict__[block][start : start + math.prod(shape)].reshape(shape)

    def __setattr__(self, name, value):
        if name == "t":
            self.__dict__["t"] = value
        else:
            getattr(self, name)[...] = value

    def __iter__(self):
        yield from (name for name in self._arrays if name not in ("memory", "counts"))
        yield from self._places

    def __dir__(self):
        return ["t", "copy", *self]

    def copy(self):
        arrays = {}
        for name in self._arrays:
            old = self.__dict__[name]
            arrays[name] = aligned(old.size, old.dtype).reshape(old.shape)
            arrays[name][...] = old
        return State(arrays, self._places, self.t)

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self.copy()

    def __repr__(self):
        return f"State(t={self.t}, " + ", ".join(f"{name}={getattr(self, name)}" for name in self) + ")"


def _blocks(cls, dtype, **sizes):
    """The two blocks of memory of a method, zeroed, and where in them each named array stands: (block, start, shape)."""
    places, end = {}, {"memory": 0, "counts": 0}
    for name, space in _memory(cls).items():
        block = "counts" if space.kind == "int64" else "memory"
        shape = tuple(sizes.get(size, size) for size in space.shape)
        places[name] = block, end[block], shape
        stop = end[block] + math.prod(shape)
        end[block] = stop + -stop % LINE
    return dict(memory=aligned(end["memory"], dtype), counts=aligned(end["counts"], np.int64)), places


# ------------------------------------------------------------------------------------ gradient methods
@interface
def Step(theta: R[d], grad: R[d], memory: R[k], counts: N[k], hyper: R64[k], t: N):
    """One step of a gradient method, in place; t counts from 1."""


@dataclass(frozen=True)
class GradientMethod(Optimizer):
    """A method that follows a gradient: ``init`` and ``step``.

    A subclass names its kernel, ``class Adam(GradientMethod, step=adam)``. The kernel may ask for ``theta``, ``grad`` and
    ``t``, for the class's fields, and for arrays of its own, which start at zero.
    """

    prototype = Step
    sizes = ("d",)

    def stepper(self, world="float64"):
        """The step as a compiled function with the arguments of :func:`Step`."""
        for name, value in zip(_hints(type(self)), self._constants[0], strict=True):
            if value > 0 and np.dtype(world).type(value) == 0:
                raise ValueError(f"{type(self).__name__}: {name} = {value} is zero in {world}")
        return _bound(type(self), "step", world, (self.kernels["step"], ""))

    def init(self, theta):
        """The state before the first step.

        Parameters
        ----------
        theta : array_like, shape (d,)
            The start; copied, never written to. A float32 array is kept in float32, all else becomes float64.

        Returns
        -------
        State
            With ``theta``, ``t`` = 0 and the method's own arrays.

        Raises
        ------
        ValueError
            If ``theta`` is not a vector of at least one finite number.
        """
        dtype = np.float32 if getattr(theta, "dtype", None) == np.float32 else np.float64
        given = numbers("theta", theta, dtype)
        if given.ndim != 1 or given.size == 0:
            raise ValueError(f"theta must be a vector with at least one entry, not of shape {given.shape}")
        blocks, places = _blocks(type(self), dtype, d=given.size)
        state = State(dict(theta=aligned(given.size, dtype), **blocks), places)
        state.theta[:] = given
        return state

    def step(self, state, grad):
        """The state after one step; the old one stays as it was.

        Parameters
        ----------
        state : State
        grad : array_like, shape (d,)
            The gradient at ``state.theta``.

        Raises
        ------
        ValueError
            If ``grad`` has another shape than theta or is not finite.
        """
        new = state.copy()
        grad = numbers("grad", grad, new.theta.dtype, new.theta.shape)
        new.t += 1
        self.stepper(new.theta.dtype.name)(new.theta, grad, new.memory, new.counts, self.hyper(new.t)[0], new.t)
        return new


# ------------------------------------------------------------------------------------ population methods
@interface
def Phase(
    X: Point[n, d], f: R[n], asked: N[k], memory: R[k], counts: N[k], hyper: R64[k],
    lower: R[d], upper: R[d], data: R64[k], rng: Random, t: N, progress: R,
):  # fmt: skip
    """One half of a generation: ``ask`` writes the points X, ``tell`` reads their values f.

    ``asked[0]`` is how many rows of X are in use: a population may shrink. ``t`` counts generations from 0, ``progress`` is
    the share of the budget used before this generation, ``data`` the problem's numbers.
    """


@dataclass(frozen=True)
class PopulationMethod(Optimizer):
    """A method that moves a population: ``init``, ``ask`` and ``tell``.

    A subclass names its kernels, ``class PSO(PopulationMethod, ask=pso_move, tell=pso_remember, population="particles")``,
    and perhaps its own ``start``; else the first generation is drawn uniformly. ``population`` is the field that holds
    the number of points; without it there is one.
    """

    prototype = Phase
    sizes = ("n", "d")

    @classmethod
    def world(cls):
        """"tours" if the method's points are permutations, else "float64"."""
        return "tours" if parameters(cls.kernels["ask"])["X"].kind == "int64" else "float64"

    def asker(self):
        """The first half of a generation as a compiled function with the arguments of :func:`Phase`."""
        start = self.kernels.get("start", shuffle if self.world() == "tours" else scatter)
        return _bound(type(self), "ask", self.world(), (start, "if t == 0"), (self.kernels["ask"], "else"))

    def teller(self):
        """The second half of a generation, likewise."""
        return _bound(type(self), "tell", self.world(), (self.kernels["tell"], ""))

    def init(self, bounds, seed=None, *, data=(), max_evals=None):
        """The state before the first generation.

        Parameters
        ----------
        bounds : array_like, shape (d, 2), or scipy.optimize.Bounds
            Pairs (low, high): the box in which to search.
        seed : int, None or numpy.random.Generator
            The same seed gives the same run.
        data : array_like, optional
            Numbers of the problem that the method may read (the distances between cities).
        max_evals : int, optional
            The budget; methods that plan ahead (cooling, shrinking populations) need it.

        Raises
        ------
        ValueError
            If a bound is not finite, or not low < high.
        """
        lower, upper = box(bounds)
        size = dict(n=getattr(self, self.population) if self.population else 1, d=lower.size)
        blocks, places = _blocks(type(self), np.float64, **size)
        points = np.int64 if self.world() == "tours" else np.float64
        arrays = dict(
            X=np.zeros((size["n"], size["d"]), points), f=np.full(size["n"], np.inf), asked=np.array([size["n"]]),
            lower=lower, upper=upper, data=np.array(data, dtype=np.float64), rng=generator(seed),
            nfev=np.zeros(1, np.int64), max_evals=np.array([max_evals or 0]), **blocks,
        )  # fmt: skip
        return State(arrays, places)

    def _phase(self, run, s):
        progress = s.nfev[0] / s.max_evals[0] if s.max_evals[0] else 0.0
        hyper = self.hyper(s.t + 1)[0]
        run(s.X, s.f, s.asked, s.memory, s.counts, hyper, s.lower, s.upper, s.data, s.rng, s.t, progress)

    def ask(self, state):
        """The next points to look at.

        Returns
        -------
        State
        ndarray, shape (population, d)
        """
        new = state.copy()
        self._phase(self.asker(), new)
        return new, new.X[: new.asked[0]].copy()

    def tell(self, state, X, fitness):
        """The state that has learnt the values ``fitness`` of the points ``X``.

        Parameters
        ----------
        state : State
            The one that ``ask`` returned.
        X : array_like, shape (population, d)
            The points, as asked for or as repaired by the caller.
        fitness : array_like, shape (population,)
            Their values, smaller is better; what is not finite counts as the worst there is.

        Raises
        ------
        ValueError
            If the shapes are not those of ``ask``.
        """
        new, size = state.copy(), int(state.asked[0])
        X = numbers("X", X, new.X.dtype, (size, new.X.shape[1]))
        fitness = numbers("fitness", fitness, shape=(size,), finite=False)
        new.X[:size], new.f[:size] = X, np.where(np.isfinite(fitness), fitness, np.inf)
        self._phase(self.teller(), new)
        new.nfev += size
        new.t += 1
        return new
