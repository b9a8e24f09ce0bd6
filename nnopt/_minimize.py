"""One verb for every optimizer, and the run behind it, which trains networks, too."""

import contextlib
import math
import time

import numpy as np

from . import _loop as at
from ._binding import functions_of
from ._checks import box, count, number_in, shown
from ._jit import ENABLED, World, loop, python
from ._threads import one_thread
from ._workers import Ahead
from .optimizer import GradientMethod, Optimizer, PopulationMethod, SearchMethod, WalkMethod
from .problems import Differences, Pair, Problem
from .problems._by_evaluation import with_moves
from .random import generator
from .result import History, Result
from .walk import FUNCTIONS

MANY = 1 << 30
TOLERANCES = dict(gtol=at.GTOL, ftol=at.FTOL, xtol=at.XTOL)


def minimize(
    fun, optimizer, x0=None, *, jac=None, bounds=None, max_evals=10_000, batch_size=None, target=None, gtol=None, ftol=None,
    xtol=None, callback=None, seed=None, start=None, workers=None,
):  # fmt: skip
    """Minimize a function with any optimizer of the library.

    Parameters
    ----------
    fun : Problem or callable
        A problem of ``nnopt.problems``, or a Python function of an array of shape (d,) that returns a number.
    optimizer : Optimizer
        ``nnopt.Adam(lr=0.02)``, ``nnopt.PSO()``, ...
    x0 : array_like, shape (d,), optional
        The start. Gradient methods need it; for population methods it is the first point of the first generation.
    jac : callable, True or "2-point", optional
        The gradient of a Python function; True if ``fun`` returns the pair (value, gradient). By default, as in scipy,
        gradient methods estimate it by forward differences, which makes d + 1 evaluations a step.
    bounds : array_like, shape (d, 2), or scipy.optimize.Bounds, optional
        Pairs (low, high). Population methods need them, unless ``fun`` is a problem, which has its own.
    max_evals : int, default 10000
        The largest number of evaluations of ``fun``. A population uses whole generations only. Gradients that are given
        are counted apart, in ``njev``.
    batch_size : int, optional
        Of a problem that is a sum over rows: how many of them, shuffled for every pass, each iteration looks at. By
        default what the optimizer says: one for SGD, its field for MiniBatchGD, all for every other. A step then goes by
        each batch, ``fun`` and ``history.fun`` are batch losses, and ``x`` is the last point, or the average that the method
        recommends.
    target : float, optional
        Stop as soon as a value is at most this.
    gtol, ftol, xtol : float, optional
        Stop where the largest entry of the gradient, the change of the value in a step, or the largest entry of the step is
        at most this. For populations: ``ftol`` the range of a generation's values, ``xtol`` its diversity.
    callback : callable, optional
        Called with a Result after every step or generation: the current theta, or the best point so far. The run stops
        when it returns True or raises StopIteration.
    seed : int, None or numpy.random.Generator, optional
        The same seed gives the same run, to the last bit on one machine with one version of Numba.
    start : Result, optional
        Go on from where this run of the same optimizer on the same function ended, with ``max_evals`` evaluations more: as if it
        had not ended, but that batches are shuffled anew.
    workers : int or callable, optional
        For populations on a Python function that costs milliseconds: how many processes look at a generation (-1: one for each
        processor), or, as in scipy, a function like ``map``, of a pool or a cluster. The run is the same for any number. A worker that
        dies is replaced once.

    Returns
    -------
    Result
        scipy's ``OptimizeResult``: x, fun, nfev, njev, nit, success, status, message, history, state. After Ctrl-C, the best so
        far with success=False. An exception of ``fun``, a schedule or the callback comes out as it is, with the result so far
        in its attribute ``result``.

    Raises
    ------
    TypeError
        If ``fun`` is not callable, or ``optimizer`` is no optimizer of the library.
    ValueError
        If a shape, a bound or a number is wrong, or something that the method needs is missing.

    Examples
    --------
    >>> import nnopt
    >>> r = nnopt.minimize(nnopt.problems.rosenbrock(2), nnopt.Adam(lr=0.02), x0=[-1.2, 1.0], max_evals=5_000)
    >>> r.x.round(3), r.nfev
    (array([1., 1.]), 5000)
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an optimizer such as nnopt.Adam(), not {shown(optimizer)}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function, not {shown(callback)}")
    ahead = None if workers is None else _ahead(fun, optimizer, jac, workers)
    problem = _with_moves(_problem(fun if ahead is None else ahead, jac), optimizer, bounds)
    max_evals = count("max_evals", max_evals)
    if start is not None:
        state, earlier = _went_on(problem, optimizer, start, x0, max_evals)
    else:
        state, earlier = _start(problem, optimizer, x0, bounds, max_evals, seed), None
    ledger = state.ledger
    ledger[at.TARGET] = -math.inf if target is None else number_in("target", target, "(-inf, inf)", math.isfinite)
    rows = _rows(problem, optimizer, batch_size, seed)
    for name, value in dict(gtol=gtol, ftol=ftol, xtol=xtol).items():
        _tolerate(optimizer, ledger, name, value, rows)
    run = Run(problem, optimizer, state, earlier=earlier, rows=rows, ahead=ahead)
    with one_thread if problem.rows else contextlib.nullcontext():
        return run.to_the_end(callback)


# ------------------------------------------------------------------------------------ what is asked for
def _ahead(fun, optimizer, jac, workers):
    """The function as one whose generations other processes look at, or one sentence."""
    if isinstance(fun, Problem) or not callable(fun):
        what = f"the problem {fun.name}, which is fast already" if isinstance(fun, Problem) else shown(fun)
        raise ValueError(f"workers are for a Python function, not for {what}")
    if not isinstance(optimizer, PopulationMethod):
        raise ValueError(f"workers are for methods that look at many points at once, not for {type(optimizer).__name__}")
    if jac is not None:
        raise ValueError(f"workers look at values only: jac must be None, not {shown(jac)}")
    return Ahead(fun, workers)


def _problem(fun, jac):
    if isinstance(fun, Problem):
        if jac is not None:
            raise ValueError(f"jac must be None for the problem {fun.name}, which has its own gradient, not {shown(jac)}")
        return fun
    if not callable(fun):
        raise TypeError(f"fun must be a problem or a function, not {shown(fun)}")
    name = getattr(fun, "__name__", "fun")
    if jac is True:
        return Pair(name, fun)
    if jac is None or (isinstance(jac, str) and jac == "2-point"):
        return Differences(name, fun)
    if not callable(jac):
        raise ValueError(f"jac must be a function, True, None or '2-point', not {shown(jac)}")
    return Problem(name, fun, jac)


def _with_moves(problem, optimizer, bounds):
    """The problem, with moves by evaluation where the walk needs some and none are stated; what an ant sees cannot be made up."""
    box_of = problem.bounds if bounds is None else bounds
    if (not isinstance(optimizer, WalkMethod) or problem.neighbourhood or problem.points not in ("permutations", "bits") or problem.rows
            or problem.points not in optimizer.kinds() or not FUNCTIONS.keys() & functions_of(optimizer, problem.points)
            or box_of is None):  # fmt: skip
        return problem
    return with_moves(problem, problem.dim or len(box(box_of)[0]))


def _start(problem, optimizer, x0, bounds, max_evals, seed):
    """The optimizer's first state on this problem, or one sentence that says what is missing."""
    name, single = type(optimizer).__name__, getattr(x0, "dtype", None) == np.float32
    x0 = None if x0 is None else problem.point(x0, "x0", finite=True)
    if problem.points not in optimizer.kinds():
        raise ValueError(f"{name} moves {' or '.join(optimizer.kinds())}, but the points of {problem.name} are {problem.points}")
    if isinstance(optimizer, (PopulationMethod, WalkMethod)):
        x0 = x0.astype(np.float32) if single and problem.points == "reals" else x0  # it may have been rounded across a wall
        bounds = problem.bounds if bounds is None else bounds
        if bounds is None:
            raise ValueError(f"{name} needs a box to search in: pass bounds, a list of pairs (low, high)")
        more = _moves(problem, optimizer, len(box(bounds)[0]))
        if isinstance(optimizer, PopulationMethod):
            more.pop("moves", None)
        state = optimizer.init(bounds, seed, x0=x0, max_evals=max_evals, points=problem.points, **more)
        if problem.dim not in (None, state.size["d"]):
            raise ValueError(f"{problem.name} takes a vector of {problem.dim} numbers, but bounds has {state.size['d']} pairs")
        _suit(problem, optimizer, state)
        if max_evals < (least := int(state.asked[0]) if isinstance(optimizer, PopulationMethod) else 1):
            raise ValueError(f"max_evals = {max_evals} is less than one generation of {least} points")
        return state
    if bounds is not None:
        raise ValueError(f"{name} takes no bounds: a gradient step may leave any box")
    if x0 is None:
        raise ValueError(f"{name} needs a start: pass x0")
    state = optimizer.init(x0, max_evals=max_evals, seed=seed)
    _suit(problem, optimizer, state)
    if max_evals < 2 * (cost := int(state.ledger[at.COST])) and cost > 1:
        raise ValueError(f"max_evals = {max_evals} is less than the start and one step by differences, {2 * cost} evaluations")
    return state


def _suit(problem, optimizer, state):
    """Enter in the ledger what an evaluation and a move of this problem cost, or say what it lacks."""
    name, ledger, dim = type(optimizer).__name__, state.ledger, state.size["d"]
    if isinstance(optimizer, (PopulationMethod, WalkMethod)):
        more = _moves(problem, optimizer, dim)
        moves = state.size.get("n", more.get("moves")) if isinstance(optimizer, WalkMethod) else more.get("moves")
        if more and (more["moves"], [a.shape for a in more["notes"]]) != (moves, [a.shape for a in state.notes]):
            raise ValueError(f"start is of a run among other moves than those of {problem.name}")
        if more:
            ledger[[at.COUNT, at.PRICE, at.SWEEP, at.TENURE]] = problem.neighbourhood.numbers(dim)
        return
    if not optimizer.needs_gradient:
        return
    ledger[at.COST] = dim + 1 if isinstance(problem, Differences) else 1
    if not isinstance(problem, (Differences, Pair)) and problem.gradient is None and problem.value_gradient is None:
        raise ValueError(f"{name} needs a gradient, which {problem.name} does not have")


def _moves(problem, optimizer, dim):
    """What a walk must know of a problem's neighbourhood."""
    asks = FUNCTIONS.keys() & functions_of(optimizer, problem.points)
    if asks and not problem.neighbourhood:
        raise ValueError(f"{type(optimizer).__name__} makes moves, but {problem.name} states none: give it a neighbourhood")
    if not asks:
        return {}
    return dict(moves=count(f"the count of moves of {problem.name}", problem.neighbourhood.count(dim)), notes=problem.notes(dim))


def _went_on(problem, optimizer, result, x0, max_evals):
    """The state in which another run ended, and its history; ``max_evals`` evaluations more."""
    if not isinstance(result, Result):
        raise TypeError(f"start must be a Result of minimize, not {shown(result)}")
    if x0 is not None:
        raise ValueError("x0 must be None where start is given: the run goes on from there")
    state = optimizer._own(result.state).copy()
    ledger, has = state.ledger, state.size["d"]
    if isinstance(optimizer, (GradientMethod, SearchMethod)) and state.world.state != problem.dtype:
        raise ValueError(f"start is of a run in {state.world.state}, but {problem.name} is in {problem.dtype}")
    if problem.dim not in (None, has) or problem.points != state.world.points:
        raise ValueError(f"start is of a problem of {has} {state.world.points}, not of {problem.dim} {problem.points}")
    _suit(problem, optimizer, state)
    ledger[at.BUDGET] = ledger[at.SPENT] + max_evals
    ledger[[at.OVER, at.CONVERGED]] = 0.0
    return state, result.history._table


def _tolerate(optimizer, ledger, name, value, rows):
    """Enter a tolerance in the ledger."""
    ledger[TOLERANCES[name]] = -1.0
    if value is None:
        return
    ledger[TOLERANCES[name]] = number_in(name, value, "[0, inf)", lambda number: 0 <= number < math.inf)
    if isinstance(optimizer, WalkMethod) or (name == "gtol" and not optimizer.needs_gradient):
        raise ValueError(f"{type(optimizer).__name__} takes no {name}: it has no {'gradient' if name == 'gtol' else 'end of its own'}")
    if rows.draw is not None:
        raise ValueError(f"{name} needs all rows in every step, not {rows.size} of {rows.total}")
    ledger[at.TOLERANT] = 1.0


def _rows(problem, optimizer, batch_size, seed):
    """Which rows each iteration looks at."""
    if batch_size is not None and not problem.rows:
        raise ValueError(f"batch_size must be None for {problem.name}, which is no sum over rows")
    if batch_size is None and not (problem.rows and optimizer.kernels.get("rows")):
        return Rows(problem.rows)
    size = optimizer.batch(problem.rows) if batch_size is None else count("batch_size", batch_size)
    return Rows.of(optimizer, problem.rows, size, np.random.default_rng(seed))


class Rows:
    """The rows of a sum: all of them every time, or batch by batch, drawn anew by ``draw`` for every pass."""

    def __init__(self, total, size=None, draw=None):
        self.total, self.size, self.draw = total, min(size or total, total), draw
        self.order, self.place = np.arange(total if draw is None else 0), 0

    @classmethod
    def of(cls, optimizer, total, size, rng):
        """Batches as an optimizer draws them; most leave it to the shuffle of numpy's generator."""
        if not optimizer.kernels.get("rows"):
            return cls(total, size, lambda: rng.permutation(total))
        state = generator(rng)

        def draw():
            order = np.empty(total, np.int64)
            optimizer.draw(order, state)
            return order

        return cls(total, size, draw)

    def next(self, most):
        """The order of the rows of the next iterations, and for how many it lasts, at most ``most``."""
        if self.draw is None:
            return self.order, most
        if self.place >= len(self.order):
            self.order, self.place = self.draw(), 0
        return self.order[self.place :], min(most, -(-(self.total - self.place) // self.size))

    def took(self, iterations):
        """So many iterations were made."""
        self.place += iterations * self.size


# ------------------------------------------------------------------------------------ a run
class Run:
    """A run in pieces, so that Python gets a look between them: at Ctrl-C, at the callback, at the end of an epoch."""

    def __init__(self, problem, optimizer, state, *, rows, earlier=None, ahead=None):
        self.problem, self.optimizer, self.state, self.rows = problem, optimizer, state, rows
        self.ledger = ledger = state.ledger
        batches = rows.draw is not None
        self.learns = batches and isinstance(optimizer, GradientMethod)  # a step goes by each batch, and no batch is seen twice
        self.late = not isinstance(optimizer, (GradientMethod, SearchMethod)) or self.learns  # iteration 0 is more than a look
        self.asks = isinstance(optimizer, PopulationMethod)
        self.priced = self.asks or isinstance(optimizer, GradientMethod)  # what an iteration costs is known before
        world = World(problem.points, state.world.state, problem.dtype)
        word, asked = "learn" if self.learns else "move", functions_of(optimizer, problem.points)
        compiles = problem.compiled or not ENABLED
        move = optimizer.compiled(word, world) if compiles else optimizer.in_python(word, world, ahead and self._look_ahead)
        self.ahead = ahead
        self.advance = loop(at.advance, world) if compiles else python(at.advance)
        functions = [move, problem.objective(world, optimizer.needs_gradient), *problem.moves(world, asked & FUNCTIONS.keys())]
        self.things = state.table(functions, problem.table(state.rng, int(batches)))
        self._given = self.things.addresses if problem.compiled else self.things
        ledger[at.QUIET] = problem.dtype == "float32"
        self.table: np.ndarray = np.empty((64, at.ROW)) if earlier is None else earlier
        self.rowed = 0 if earlier is None else len(earlier)
        self.book = ledger.tolist()  # the ledger as Python reads it fastest

    def _look_ahead(self):
        """Have other processes look at the generation, if the budget has room for it."""
        if self.ledger[at.SPENT] + self.state.asked[0] <= self.ledger[at.BUDGET]:
            self.ahead.look(self.state.X[: self.state.asked[0]])

    def to_the_end(self, callback=None):
        size, end = 1 if callback else 16, None
        try:
            while end is None:
                began, rowed = time.perf_counter(), self.rowed
                end = self.go_on(size)
                if callback is not None:
                    stopped = self.rowed > rowed and self.nit > 0 and not _goes_on_after(callback, self.now())
                    end = end or (("stopped", "stopped by the callback") if stopped else None)
                elif time.perf_counter() - began < 0.05:  # so that Ctrl-C is heard soon
                    size = min(2 * size, 4096)
        except KeyboardInterrupt:
            if not self.book[at.SPENT]:
                raise
            end = "stopped", "interrupted"
        except Exception as error:
            with contextlib.suppress(AttributeError):  # an exception may refuse attributes
                error.result = self.outcome(self.best, "failed", repr(error))  # type: ignore[attr-defined]
            raise
        return self.outcome(self.best, *end)

    def go_on(self, size):
        """At most ``size`` iterations more; None, or at the end (status, message)."""
        s, ledger, optimizer = self.state, self.ledger, self.optimizer
        size = min(size, self.room)
        if size <= 0:
            return self.spent()
        order, size = self.rows.next(size)
        size = 1 if s.t == 0 and not self.late else size  # the look at the start is no step
        hyper = optimizer._columns[0]
        if optimizer.varies and (s.t > 0 or self.late):
            budget = self.book[at.BUDGET]
            hyper = optimizer.hyper(max(1, s.t + self.late), size, self.book[at.SPENT] / budget, self.price / budget)
            size = len(hyper)
        trace, before = self._room_in_table(size), self.book[at.SPENT]
        try:
            self.advance(self._given, order, self.rows.size, ledger, hyper, s.t, trace)
        finally:  # what was done before Ctrl-C counts
            self.book = ledger.tolist()
            made, spent = int(self.book[at.MADE]), self.book[at.SPENT] > before
            self.rowed += made
            s.__dict__["t"] += made
            self.rows.took(made)
        return self.end() if spent or self.book[at.OVER] else ("stopped", "the method evaluates nothing more")

    def _room_in_table(self, size):
        """The next rows of the history; the table grows by doubling, so that a run is linear in its length."""
        if self.rowed + size > len(self.table):
            larger = np.empty((2 * len(self.table) + size, at.ROW))
            larger[: self.rowed] = self.table[: self.rowed]
            self.table = larger
        return self.table[self.rowed : self.rowed + size]

    @property
    def price(self):
        """Evaluations in an iteration, as far as it is known before."""
        return float(self.state.asked[0]) if self.asks else self.book[at.COST]

    @property
    def room(self):
        """Iterations that the budget has room for; where a method prices its own, one for as long as anything is left."""
        left, price = self.book[at.BUDGET] - self.book[at.SPENT], self.price
        if left >= price and self.priced:
            return int(min(left, price * MANY) // price)
        return (1 if self.optimizer.varies else MANY) if left >= 1 and (self.asks or not self.priced) else 0

    @property
    def nit(self):
        """Steps, or generations: the look at the start is none."""
        return max(0, self.state.t - (not self.late))

    def end(self):
        """None, or why the run ends here."""
        ledger = self.book
        if ledger[at.LEAST] <= ledger[at.TARGET]:
            return "target", "target reached"
        if ledger[at.CONVERGED]:
            name = list(TOLERANCES)[int(ledger[at.CONVERGED]) - 1]
            return "converged", f"converged: {name} = {ledger[TOLERANCES[name]]:g}"
        if ledger[at.FRAIL] and not ledger[at.OVER] and not math.isfinite(ledger[at.VALUE]):
            where = f"the value after step {self.nit}" if self.nit else "the value at the start"
            return "failed", f"{where} is {ledger[at.VALUE]}, not finite"
        return self.spent() if ledger[at.OVER] or ledger[at.SPENT] >= ledger[at.BUDGET] else None

    def spent(self):
        """The end of a run whose budget is used up."""
        if not math.isfinite(self.book[at.LEAST]):
            return "failed", "no finite value was found"
        if self.book[at.TARGET] > -math.inf:
            return "budget", "evaluations used up before the target was reached"
        return "budget", "evaluations used up"

    @property
    def learnt(self):
        """Where a run on batches has come to: its last point, or the average, where the method's class recommends that."""
        name = self.optimizer.recommends
        return self.state.theta if name == "best" else getattr(self.state, name)

    @property
    def best(self):
        """What the run answers: the best point, or where it has come to if values are those of batches."""
        if self.learns:
            return self.learnt.copy(), self.book[at.VALUE]
        return self.state.best.copy(), self.book[at.LEAST]

    def now(self):
        """What a callback sees."""
        if isinstance(self.optimizer, (GradientMethod, SearchMethod)):
            return self.outcome((self.state.theta.copy(), self.book[at.VALUE]), "running", "running")
        return self.outcome(self.best, "running", "running")

    def outcome(self, answer, status, message):
        ledger, (x, fun) = self.book, answer
        ended = status in ("target", "converged", "budget")
        success = ended and (status != "budget" or not ledger[at.TARGET] > -math.inf)
        return Result(
            x=x, fun=fun, nfev=round(ledger[at.SPENT]), njev=int(ledger[at.GRADIENTS]), nit=self.nit, success=success,
            status=status, message=message, history=History(self.table[: self.rowed], self.optimizer.columns), state=self.state,
            **({"nmoves": int(ledger[at.MOVES])} if "nmoves" in self.optimizer.columns else {}),
        )  # fmt: skip


def _goes_on_after(callback, seen):
    try:
        stop = callback(seen)
        return not (isinstance(stop, (bool, np.bool_)) and stop)
    except StopIteration:
        return False
