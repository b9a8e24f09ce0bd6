"""One verb for every optimizer. The two loops below are the only places that call an objective, and so that count calls."""

import abc
import math
import time

import numpy as np

from ._checks import count, number_in
from ._jit import R64, N, Point, R, Random, d, k, kernel, loop, n, put, python
from .optimizer import GradientMethod, Phase, PopulationMethod, State, Step
from .problems import Gradient, Objective, Problem
from .result import History, Result


@kernel(browser=False)
def descend(
    fun: Objective, jac: Gradient, step: Step, theta: R[d], grad: R[d], memory: R[k], counts: N[k], hyper: R64[k, k],
    data: R64[k], t: N, target: R, trace: R64[k], made: N[k], best: R[d], least: R64[k],
):  # fmt: skip
    """Steps of a gradient method, one for each entry of trace; made[0] counts them, and stays behind at the end."""
    for i in range(trace.size):
        jac(theta, data, grad)
        step(theta, grad, memory, counts, hyper[min(i, hyper.shape[0] - 1)], t + i + 1)
        trace[i] = fun(theta, data)
        if math.isfinite(trace[i]) and trace[i] < least[0]:
            put(best, theta)
            least[0] = trace[i]
        made[0] = i + 1
        if least[0] <= target or not math.isfinite(trace[i]):
            return


@kernel(browser=False)
def evolve(
    fun: Objective, ask: Phase, tell: Phase, X: Point[n, d], f: R[n], asked: N[k], memory: R[k], counts: N[k],
    hyper: R64[k, k], lower: R[d], upper: R[d], data: R64[k], rng: Random, t: N, nfev: N[k], max_evals: N, target: R,
    first: Point[k], trace: R64[k], trace_nfev: N[k], made: N[k], best: Point[d], least: R64[k],
):  # fmt: skip
    """Generations of a population method, one for each entry of trace; made[0] counts them, and stays behind at the end."""
    for g in range(trace.size):
        numbers, progress = hyper[min(g, hyper.shape[0] - 1)], nfev[0] / max_evals
        ask(X, f, asked, memory, counts, numbers, lower, upper, data, rng, t + g, progress)
        if nfev[0] + asked[0] > max_evals:
            return
        if t + g == 0 and first.size > 0:
            put(X[0], first)
        trace[g] = math.inf
        for i in range(asked[0]):
            f[i] = fun(X[i], data)
            nfev[0] += 1
            if not math.isfinite(f[i]):  # the worst there is
                f[i] = math.inf
            if f[i] < least[0] or (t + g == 0 and i == 0):
                put(best, X[i])
                least[0] = f[i]
            trace[g] = min(trace[g], f[i])
        trace_nfev[g] = nfev[0]
        tell(X, f, asked, memory, counts, numbers, lower, upper, data, rng, t + g, progress)
        made[0] = g + 1
        if least[0] <= target:
            return


def minimize(
    fun, optimizer, x0=None, *, jac=None, bounds=None, max_evals=10_000, target=None, callback=None, seed=None
):
    """Minimize a function with any optimizer of the library.

    Parameters
    ----------
    fun : Problem or callable
        A problem of ``nnopt.problems``, or a Python function of an array of shape (d,) that returns a number.
    optimizer : Optimizer
        ``nnopt.Adam(lr=0.02)``, ``nnopt.PSO()``, ...
    x0 : array_like, shape (d,), optional
        The start. Gradient methods need it; for population methods it is a point of the first generation.
    jac : callable, True or "2-point", optional
        The gradient of a Python function; True if ``fun`` returns the pair (value, gradient). By default, as in scipy,
        gradient methods estimate it by forward differences, which makes d + 2 evaluations a step.
    bounds : array_like, shape (d, 2), or scipy.optimize.Bounds, optional
        Pairs (low, high). Population methods need them, unless ``fun`` is a problem, which has its own.
    max_evals : int, default 10000
        The largest number of evaluations of ``fun``. A population uses whole generations only. Gradients that are given
        are counted apart, in ``njev``.
    target : float, optional
        Stop as soon as a value is at most this.
    callback : callable, optional
        Called with a Result after every step or generation: the current theta, or the best point so far. The run stops
        when it returns True or raises StopIteration.
    seed : int, None or numpy.random.Generator, optional
        The same seed gives the same run.

    Returns
    -------
    Result
        scipy's ``OptimizeResult``: x, fun, nfev, njev, nit, success, message, history. After Ctrl-C, the best so far with
        success=False.

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
    problem = _problem(fun, jac)
    if not isinstance(optimizer, (GradientMethod, PopulationMethod)):
        raise TypeError(f"optimizer must be an optimizer such as nnopt.Adam(), not {optimizer!r}")
    max_evals = count("max_evals", max_evals)
    if target is not None:
        target = number_in("target", target, "(-inf, inf)", math.isfinite)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function, not {callback!r}")
    if isinstance(optimizer, GradientMethod):
        if bounds is not None:
            raise ValueError(f"{type(optimizer).__name__} takes no bounds: a gradient step may leave any box")
        return _Descent(problem, optimizer, x0, max_evals, target).to_the_end(callback)
    return _Evolution(problem, optimizer, x0, bounds, max_evals, target, seed).to_the_end(callback)


def _problem(fun, jac):
    if isinstance(fun, Problem):
        if jac is not None:
            raise ValueError(f"jac must be None for the problem {fun.name}, which has its own gradient")
        return fun
    if not callable(fun):
        raise TypeError(f"fun must be a problem or a function, not {fun!r}")
    name = getattr(fun, "__name__", "fun")
    if jac is True:
        return Problem(name, *_halves(fun))
    if jac in (None, "2-point"):
        return Problem(name, fun)
    if not callable(jac):
        raise ValueError(f"jac must be a function, True, None or '2-point', not {jac!r}")
    return Problem(name, fun, jac)


def _halves(pair):
    """Value and gradient of a function that returns both. Its last answer is kept: it is called once for each point."""
    last: dict = {"x": None}

    def at(x):
        if last["x"] != x.tobytes():
            last.update(answer=pair(x), x=x.tobytes())
        return last["answer"]

    return lambda x: at(x)[0], lambda x: at(x)[1]


class _Run(abc.ABC):
    """A run in pieces, so that Python gets a look between them: at Ctrl-C, at the callback."""

    optimizer: GradientMethod | PopulationMethod
    state: State
    target: float
    least: np.ndarray  # shape (1,): the best value so far
    traces: list[np.ndarray]  # the history, piece by piece
    nfevs: list[np.ndarray]

    @abc.abstractmethod
    def go_on(self, size):
        """At most ``size`` iterations more; None, or at the end (success, message)."""

    @abc.abstractmethod
    def now(self) -> Result:
        """What a callback sees."""

    @abc.abstractmethod
    def result(self, success, message) -> Result:
        """The outcome."""

    def to_the_end(self, callback):
        size, end = 1 if callback else 16, self.end_at_start()
        try:
            while end is None:
                began, t = time.perf_counter(), self.state.t
                end = self.go_on(size)
                if callback is not None:
                    stopped = self.state.t > t and not self.goes_on_after(callback)
                    end = end or ((False, "stopped by the callback") if stopped else None)
                elif time.perf_counter() - began < 0.05:  # so that Ctrl-C is heard soon
                    size = min(2 * size, 4096)
        except KeyboardInterrupt:
            end = False, "interrupted"
        return self.result(*end)

    def goes_on_after(self, callback):
        try:
            stop = callback(self.now())
            return not (isinstance(stop, (bool, np.bool_)) and stop)
        except StopIteration:
            return False

    def end_at_start(self):
        return None

    @property
    def reached(self):
        return self.target > -math.inf and self.least[0] <= self.target

    def numbers(self, steps):
        """The hyperparameters of the next steps, and how many steps these are."""
        hyper = self.optimizer.hyper(self.state.t + 1, steps)
        return hyper, len(hyper) if self.optimizer.varies else steps

    def spent(self):
        """The end of a run whose budget is used up."""
        if not math.isfinite(self.least[0]):
            return False, "no finite value was found"
        if self.target > -math.inf:
            return False, "evaluations used up before the target was reached"
        return True, "evaluations used up"

    def outcome(self, x, fun, nfev, njev, nit, success, message):
        history = History(np.concatenate(self.nfevs), np.concatenate(self.traces))
        return Result(
            x=x, fun=float(fun), nfev=int(nfev), njev=int(njev), nit=int(nit), success=success, message=message, history=history
        )  # fmt: skip


class _Descent(_Run):
    """A gradient method on a problem."""

    def __init__(self, problem, optimizer, x0, max_evals, target):
        if x0 is None:
            raise ValueError(f"{type(optimizer).__name__} needs a start: pass x0")
        if problem.world != "float64":
            raise ValueError(f"{type(optimizer).__name__} moves real vectors, but the points of {problem.name} are {problem.world}")
        self.problem, self.optimizer, self.max_evals = problem, optimizer, max_evals
        self.target = -math.inf if target is None else float(target)
        self.state = optimizer.init(problem.point(x0, "x0", finite=True))
        self.fun, self.step = problem.value_in_loop, optimizer.stepper()
        differences = problem.gradient is None
        self.jac = self.by_differences if differences else problem.gradient_in_loop
        self.cost = self.state.theta.size + 2 if differences else 1  # evaluations of fun in a step
        if differences and max_evals < 1 + self.cost:
            raise ValueError(f"max_evals = {max_evals} is less than the start and one step by differences, {1 + self.cost} evaluations")
        self.descend = loop(descend) if problem.compiled and not differences else python(descend)
        self.grad, self.best = np.empty_like(self.state.theta), self.state.theta.copy()
        self.least = np.array([float(self.fun(self.state.theta, problem.data))])
        self.traces, self.nfevs = [self.least.copy()], [np.array([1])]

    def by_differences(self, x, data, grad):
        from scipy.optimize import approx_fprime

        grad[:] = approx_fprime(x, self.fun, np.sqrt(np.finfo(float).eps), data)

    def end_at_start(self):
        if not math.isfinite(self.least[0]):
            return False, f"the value at the start is {self.least[0]}, not finite"
        return (True, "target reached") if self.reached else None

    def go_on(self, size):
        s = self.state
        steps = min(size, (self.max_evals - self.nfev) // self.cost)
        if steps == 0:
            return self.spent()
        hyper, steps = self.numbers(steps)
        trace, made = np.empty(steps), np.zeros(1, np.int64)
        try:
            self.descend(
                self.fun, self.jac, self.step, s.theta, self.grad, s.memory, s.counts, hyper,
                self.problem.data, s.t, self.target, trace, made, self.best, self.least,
            )  # fmt: skip
        finally:  # what was done before Ctrl-C counts
            self.traces.append(trace[: made[0]])
            self.nfevs.append(self.nfev + self.cost * np.arange(1, made[0] + 1))
            s.t += int(made[0])
        if self.reached:
            return True, "target reached"
        last = self.traces[-1][-1]
        return None if math.isfinite(last) else (False, f"the value after step {s.t} is {last}, not finite")

    @property
    def nfev(self):
        return 1 + self.cost * self.state.t

    def now(self):
        nit = self.state.t
        return self.outcome(self.state.theta.copy(), self.traces[-1][-1], self.nfev, nit, nit, False, "running")

    def result(self, success, message):
        nit = self.state.t
        return self.outcome(self.best.copy(), self.least[0], self.nfev, nit, nit, success, message)


class _Evolution(_Run):
    """A population method on a problem."""

    def __init__(self, problem, optimizer, x0, bounds, max_evals, target, seed):
        name = type(optimizer).__name__
        bounds = problem.bounds if bounds is None else bounds
        if bounds is None:
            raise ValueError(f"{name} needs a box to search in: pass bounds, a list of pairs (low, high)")
        if optimizer.world() != problem.world:
            raise ValueError(f"{name} moves points of kind {optimizer.world()}, but those of {problem.name} are {problem.world}")
        self.problem, self.optimizer, self.max_evals = problem, optimizer, max_evals
        self.target = -math.inf if target is None else float(target)
        self.state = s = optimizer.init(bounds, seed, data=problem.data, max_evals=max_evals)
        problem.point(s.X[0])
        if max_evals < s.asked[0]:
            raise ValueError(f"max_evals = {max_evals} is less than one generation of {s.asked[0]} points")
        self.first = s.X[0, :0] if x0 is None else self.inside(x0)
        self.fun, self.ask, self.tell = problem.value_in_loop, optimizer.asker(), optimizer.teller()
        self.evolve = loop(evolve, problem.world) if problem.compiled else python(evolve)
        self.best, self.least = np.zeros_like(s.X[0]), np.array([np.inf])
        self.traces, self.nfevs = [], []

    def inside(self, x0):
        x0, s = self.problem.point(x0, "x0", finite=True), self.state
        if x0.shape != s.lower.shape or not ((s.lower <= x0) & (x0 <= s.upper)).all():
            raise ValueError(f"x0 = {x0.tolist()} does not lie within the bounds")
        return x0

    def go_on(self, size):
        s = self.state
        if self.optimizer.varies:  # no schedule is asked for a generation that does not fit the budget
            size = min(size, (self.max_evals - int(s.nfev[0])) // int(s.asked[0]))
            if size == 0:
                return self.spent()
        hyper, size = self.numbers(size)
        trace, nfevs, made = np.empty(size), np.empty(size, np.int64), np.zeros(1, np.int64)
        try:
            self.evolve(
                self.fun, self.ask, self.tell, s.X, s.f, s.asked, s.memory, s.counts, hyper,
                s.lower, s.upper, s.data, s.rng, s.t, s.nfev, self.max_evals, self.target, self.first,
                trace, nfevs, made, self.best, self.least,
            )  # fmt: skip
        finally:
            self.traces.append(trace[: made[0]])
            self.nfevs.append(nfevs[: made[0]])
            s.t += int(made[0])
        if self.reached:
            return True, "target reached"
        return self.spent() if made[0] < size else None

    def now(self):
        return self.result(False, "running")

    def result(self, success, message):
        s = self.state
        return self.outcome(self.best.copy(), self.least[0], s.nfev[0], 0, s.t, success, message)
