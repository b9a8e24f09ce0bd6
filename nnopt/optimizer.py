"""The kinds of optimizers: what each asks of its kernels, and in which order the loop runs them.

A *gradient method* steps along a gradient, a *population method* asks for points and is told their values, a *search method*
evaluates for itself, and a *walk* makes moves of a problem's neighbourhood. Each is a frozen dataclass of hyperparameters
that names its kernels; the kernels' parameters are found by name.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from . import _loop as at
from ._binding import Optimizer, Part, asks_for, functions_of, scales
from ._checks import box, integers, number, numbers, points_of, shown
from ._fields import Choice as Choice
from ._fields import Count, FixedFraction, Flag, Fraction, NonNegative, OpenFraction, Positive, Rate, Share, Size
from ._jit import Call, Counter, Point, R, World, d, kernel, n, parameters, put
from ._state import NO_NOTES
from .random import coins, scatter, shuffle
from .walk import STARTS

__all__ = [
    "Choice", "Count", "FixedFraction", "Flag", "Fraction", "GradientMethod", "NonNegative", "OpenFraction", "Optimizer", "Part",
    "PopulationMethod", "Positive", "Rate", "SearchMethod", "Share", "Size", "WalkMethod",
]  # fmt: skip
TOLERANT, FITS = "if ledger[TOLERANT] > 0.0: {}", "if ledger[OVER] == 0.0: {}"
SETTLED = "if ledger[TOLERANT] > 0.0 and ledger[OVER] == 0.0: {}"


class _FromPoint(Optimizer, family=True):
    """What starts at a point that it is given, and has a gradient there."""

    keeps: ClassVar[dict] = dict(theta=Point[d], grad=Point[d], best=Point[d], old=Point[d])
    sizes = (d,)
    columns = ("nfev", "njev", "fun", "best")
    frail = needs_gradient = True

    def init(self, theta, *, max_evals=None, seed=None):
        """The state before the first step.

        Parameters
        ----------
        theta : array_like, shape (d,)
            The start; copied, never written to. A float32 array is kept in float32, all else becomes float64.
        max_evals : int, optional
            The budget, for schedules of the share of a run.
        seed : int, None or numpy.random.Generator
            For methods, and objectives, that draw random numbers.

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
        precision = np.dtype(dtype).name
        state = self._new_state(World("reals", precision, precision), given.size, seed, max_evals)
        state.theta = given
        if self.recommends != "best":  # before the first step, that is the start
            setattr(state, self.recommends, given)
        return state


# ------------------------------------------------------------------------------------ gradient methods
@dataclass(frozen=True)
class GradientMethod(_FromPoint, family=True):
    """A method that follows a gradient: ``init`` and ``step``.

    A subclass names its kernel, ``class Adam(GradientMethod, step=adam)``. The kernel may ask for ``theta``, ``grad``, the
    ``loss`` there and ``t``, for the class's fields, and for arrays of its own, which start at zero. Kernels ``before``
    the step may change ``grad``, or multiply the rate by ``scale[0]``; those ``after`` it, ``theta``. A kernel ``rows`` draws
    which rows of a sum the steps of a pass look at: it writes their numbers into ``order``.

    Parameters
    ----------
    before, after : Part or tuple of Part
        What else is done at every step: ``before=(Clip(1.0), Decay(0.01))``.
    """

    before: tuple = field(default=(), kw_only=True)  # type: ignore[misc]
    after: tuple = field(default=(), kw_only=True)  # type: ignore[misc]

    words: ClassVar[dict] = dict(before=False, step=True, after=False, rows=False)

    def __post_init__(self):
        super().__post_init__()
        for word in ("before", "after"):
            given = getattr(self, word)
            given = (given,) if isinstance(given, Part) else given
            if not isinstance(given, (tuple, list)) or not all(isinstance(part, Part) for part in given):
                raise TypeError(f"{type(self).__name__}: {word} must be a tuple of parts such as Clip(1.0), not {shown(given)}")
            object.__setattr__(self, word, tuple(given))
        if late := [type(part).__name__ for part in self.after if asks_for(type(part), "scale")]:
            raise TypeError(f"{type(self).__name__}: {late[0]} scales the rate, which is too late after the step: put it before")
        if self.before or self.after:
            self.bound()  # what cannot be composed is refused here

    @classmethod
    def _iteration(cls, word, found, kind, before, after):
        """``move``: a step along the gradient that is known, then a look at where it led; ``learn``, on batches, the other
        way round; ``step``: the step alone."""
        own = [Call(f) for w in ("before", "step", "after") for f in found.get(w, ())]
        steps = [*before, *own, *after]
        begun = "if t > 0 and ledger[STEPPED] == 0.0: {}"  # where an objective broke off, its step is not made again
        line, more = {"move": (begun, {}), "learn": (FITS, dict(t="t + 1"))}.get(word, ("{}", {}))
        if scales(steps):  # each step begins with the whole rate
            steps[0] = Call(steps[0].kernel, "ledger[RATE] = 1.0; {}", steps[0].places)
        steps = [Call(call.kernel, line.format(call.line), {**call.places, **more}) for call in steps]
        look = Call(at.look_with_gradient)
        if word == "move":
            steps[-1] = Call(steps[-1].kernel, f"{steps[-1].line}; ledger[STEPPED] = 1.0", steps[-1].places)
            look = Call(look.kernel, "{}; ledger[STEPPED] = 0.0")
            noted = Call(at.note_before, "if ledger[TOLERANT] > 0.0 and ledger[STEPPED] == 0.0: {}")
            return [noted, *steps, look, Call(at.settle, SETTLED)]
        return [look, *steps] if word == "learn" else steps

    def draw(self, order, rng):
        """Write the rows of a pass into ``order``, an array of as many integers as there are rows, by the state ``rng``."""
        (kernel,) = self.kernels["rows"]
        given = dict(order=order, rng=rng)
        kernel(*(given[name] if name in given else float(getattr(self, name)) for name in parameters(kernel)))

    def step(self, state, grad, loss=None):
        """The state after one step; the old one stays as it was.

        Parameters
        ----------
        state : State
        grad : array_like, shape (d,)
            The gradient at ``state.theta``.
        loss : float, optional
            The value there, for methods that look at it.

        Raises
        ------
        ValueError
            If ``grad`` has another shape than theta or is not finite, or the state is another method's.
        """
        new = self._own(state).copy()
        new.grad = numbers("grad", grad, new.theta.dtype, new.theta.shape)
        new.t += 1
        if loss is None and (asks := [part.__name__ for part in self.owner.parts if asks_for(part, "loss")]):
            raise ValueError(f"{asks[0]} looks at the loss: step(state, grad, loss)")
        new.ledger[at.VALUE] = np.nan if loss is None else number("loss", loss)
        self._run("step", new, new.t, new.t)
        new.ledger[at.SPENT] += 1
        return new


# ------------------------------------------------------------------------------------ population methods
@kernel(browser=False)
def place_first(X: Point[n, d], x0: Point[d], started: Counter):
    """The user's point is the first of the first generation."""
    if started[0] == 1:
        put(X[0], x0)


@dataclass(frozen=True)
class PopulationMethod(Optimizer, family=True):
    """A method that moves a population: ``init``, ``ask`` and ``tell``.

    A subclass names its kernels, ``class PSO(PopulationMethod, ask=pso_move, tell=pso_remember)``, and perhaps its own
    ``start``, which may ask for the user's point ``x0`` (where ``started[0]`` is 1); else the first generation is drawn
    uniformly. The field ``population_size`` holds the number of points, or a function of d that gives it; without it there
    is one. A list of kernels is one for each kind of points, which is told by the space of X: ``R``, ``S`` or ``B``.
    """

    words: ClassVar[dict] = dict(start=False, ask=True, tell=True)
    keeps: ClassVar[dict] = dict(X=Point[n, d], f=R[n], asked=Counter, lower=R[d], upper=R[d], best=Point[d], x0=Point[d], started=Counter)
    columns = ("nfev", "fun", "best", "diversity")

    @classmethod
    def _iteration(cls, word, found, kind, before, after):
        """``ask``, a look at all points, their diversity, and ``tell`` if the budget allowed it."""
        (ask, *_), (tell, *_) = found["ask"], found["tell"]
        start = next(iter(found.get("start", ())), dict(reals=scatter, permutations=shuffle, bits=coins)[kind])
        begun = "ledger[STEPPED] == 0.0 and " if word == "move" else ""  # what was asked for, and not looked at, is not asked again
        first, later, always = (f"if {begun}{when}: {{}}" for when in ("t == 0", "t > 0", "t >= 0"))
        placed = [] if "x0" in parameters(start) else [Call(place_first, first)]
        asks = [Call(ask, always), *placed] if start is ask else [Call(start, first), *placed, Call(ask, later)]
        if word == "ask":
            return asks
        if word == "tell":
            return [Call(tell)]
        diversity = Call(at.spread if kind == "reals" else at.mismatch, FITS)
        look, tell = Call(at.look_at_all, "ledger[STEPPED] = 1.0; {}"), Call(tell, f"{FITS}; ledger[STEPPED] = 0.0")
        return [*asks, look, tell, diversity, Call(at.settle_all, SETTLED)]

    def init(self, bounds, seed=None, *, x0=None, max_evals=None, points="reals", notes=NO_NOTES):
        """The state before the first generation.

        Parameters
        ----------
        bounds : array_like, shape (d, 2), or scipy.optimize.Bounds
            Pairs (low, high): the box in which to search.
        seed : int, None or numpy.random.Generator
            The same seed gives the same run, to the last bit on one machine with one version of Numba.
        x0 : array_like, shape (d,), optional
            A point in the box: the first point of the first generation.
        max_evals : int, optional
            The budget; methods that plan ahead (cooling, shrinking populations) need it.
        points : {"reals", "permutations", "bits"}
            What kind of points is moved.
        notes : Table, optional
            The arrays of a problem's notes, for methods that make its moves; ``minimize`` gives them.

        Raises
        ------
        ValueError
            If a bound is not finite, or not low < high, or x0 lies outside.
        """
        return _boxed(self, bounds, seed, x0, max_evals, points, notes=notes)

    def _asks_first(self, room):
        """How many points the first generation has, where there is room for so many."""
        return room

    def ask(self, state):
        """The next points to look at.

        Returns
        -------
        State
        ndarray, shape (population_size, d)
        """
        new = self._own(state).copy()
        if asked := functions_of(self, new.world.points):
            raise TypeError(f"{type(self).__name__} asks the problem for its {min(asked)}, which ask alone does not know: use minimize")
        self._run("ask", new, new.t + 1, new.t)
        return new, new.X[: new.asked[0]].copy()

    def tell(self, state, X, fitness):
        """The state that has learnt the values ``fitness`` of the points ``X``.

        Parameters
        ----------
        state : State
            The one that ``ask`` returned.
        X : array_like, shape (population_size, d)
            The points, as asked for or as repaired by the caller.
        fitness : array_like, shape (population_size,)
            Their values, smaller is better; what is not finite counts as the worst there is.

        Raises
        ------
        ValueError
            If the shapes are not those of ``ask``, or the state is another method's.
        """
        new = self._own(state).copy()
        size = int(new.asked[0])
        given = numbers("X", X, shape=(size, new.size["d"]))
        fitness = numbers("fitness", fitness, shape=(size,), finite=False)
        if new.world.points != "reals":
            given = integers("X", given)
            points_of("X", given, new.world.points)
        new.X[:size], new.f[:size] = given, np.where(np.isfinite(fitness), fitness, np.inf)
        self._run("tell", new, new.t + 1, new.t)
        ledger, first = new.ledger, int(new.f[:size].argmin())
        if ledger[at.SPENT] == 0 or new.f[first] < ledger[at.LEAST]:
            new.best, ledger[at.LEAST] = new.X[first], new.f[first]
        new.nfev += size
        new.t += 1
        return new


def _boxed(optimizer, bounds, seed, x0, max_evals, points, count=1, notes=NO_NOTES):
    """A first state in a box."""
    if points not in optimizer.kinds():
        raise ValueError(f"{type(optimizer).__name__} moves {' or '.join(optimizer.kinds())}, not {points}")
    lower, upper = box(bounds)
    state = optimizer._new_state(World(points), lower.size, seed, max_evals, count, notes)
    state.lower, state.upper = lower, upper
    if isinstance(optimizer, PopulationMethod):
        state.f, state.asked = np.inf, optimizer._asks_first(state.size["n"])
    if x0 is not None:
        single = getattr(x0, "dtype", None) == np.float32
        x0 = numbers("x0", x0, shape=lower.shape) if points == "reals" else integers("x0", x0, shape=lower.shape)
        points_of("x0", x0, points)
        x0 = _unrounded(x0, lower, upper) if single else x0
        if not ((lower <= x0) & (x0 <= upper)).all():
            raise ValueError(f"x0 = {shown(x0.tolist())} does not lie within the bounds")
        state.x0, state.started = x0, 1
    return state


def _unrounded(x0, lower, upper):
    """A point that was rounded to float32, with what is then beyond a wall by at most one unit of the last place put on it."""
    walls = np.clip(x0, lower, upper)
    return np.where(np.abs(x0 - walls) <= np.spacing(np.abs(walls).astype(np.float32)), walls, x0)


# ------------------------------------------------------------------------------------ methods that evaluate for themselves
@dataclass(frozen=True)
class SearchMethod(_FromPoint, family=True):
    """A method whose kernel evaluates: line searches, hopping.

    ``class LBFGS(SearchMethod, move=lbfgs)``: one call of the kernel is one iteration. It asks for ``fun, rows,
    given, best, ledger`` and hands them to ``nnopt._loop.look``, which enters every evaluation in the ledger; it
    finds ``theta`` at the start when t is 0, and leaves the value there in ``ledger[VALUE]``.
    """

    words: ClassVar[dict] = dict(move=True)

    def batch(self, rows):
        """All of them: a search compares values, and those of different rows cannot be compared."""
        return rows

    @classmethod
    def _iteration(cls, word, found, kind, before, after):
        return [Call(at.note_before, TOLERANT), Call(found["move"][0]), Call(at.settle, SETTLED)]


@dataclass(frozen=True)
class WalkMethod(Optimizer, family=True):
    """A method that walks from point to neighbour: ``class SA(WalkMethod, move=[anneal, anneal_reals])``.

    Where its kernel asks for ``delta`` and ``apply`` it walks on any problem that states its moves (see ``nnopt.walk``), whose
    number is ``count``; one call of the kernel is one iteration, of one move or of many, which it enters in the ledger.
    """

    words: ClassVar[dict] = dict(start=False, move=True)
    keeps: ClassVar[dict] = dict(x=Point[d], lower=R[d], upper=R[d], best=Point[d], x0=Point[d], started=Counter)
    columns = ("nfev", "nmoves", "fun", "best")

    @classmethod
    def _iteration(cls, word, found, kind, before, after):
        return [Call(next(iter(found.get("start", ())), STARTS[kind]), "if t == 0: {}"), Call(found["move"][0])]

    def init(self, bounds, seed=None, *, x0=None, max_evals=None, points="reals", moves=1, notes=NO_NOTES):
        """The state before the first move; ``moves`` is their number, ``notes`` the lengths of the problem's notes. See
        :meth:`PopulationMethod.init`."""
        return _boxed(self, bounds, seed, x0, max_evals, points, moves, notes)
