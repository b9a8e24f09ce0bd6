"""One run, and what it cost: the values that were reached, by cost, until the budget is used up or the hardest target is met.

Cost is counted in rows through the network: a loss on B rows costs B, with its gradient 3B; a function's value 1, with its gradient 3.
Where steps go by batches, the loss on all rows is looked at between stretches of the run, off the clock.
"""

import contextlib
import dataclasses
import math
import time

import numpy as np

from .._minimize import minimize
from ..optimizer import GradientMethod, PopulationMethod, WalkMethod
from .tasks import Restarted

COSTS = ("rows", "evaluations", "steps", "seconds")
GRADIENT = 3  # evaluations that a value with its gradient is counted as
WARM = 200  # evaluations of a run off the clock, which compiles; more than any population is large by default
LOOKS = 40  # at the loss on all rows, in a run on batches
POINTS = 200  # that are kept of a curve, evenly spaced in the logarithm of the cost


class Trace:
    """Least value by cost."""

    def __init__(self):
        self.cost, self.best, self.steps, self.seconds = [], [], 0, 0.0
        self.x, self.value, self.status = None, math.inf, "budget"

    def add(self, cost, best):
        self.cost.append(np.atleast_1d(np.asarray(cost, float)))
        self.best.append(np.atleast_1d(np.asarray(best, float)))

    def arrays(self, budget):
        """Cost and least value so far; what lies beyond the budget is cut off."""
        if not self.cost:
            return np.zeros(0), np.zeros(0)
        cost, best = np.concatenate(self.cost), np.fmin.accumulate(np.concatenate(self.best))
        inside = cost <= budget * (1 + 1e-12)
        return cost[inside], best[inside]


def run(task, optimizer, seed, budget, cost="rows", targets=(), keep=True):
    """A run as a row of the table: a dict of plain numbers.

    ``targets`` are the eps of `Task`; ``to`` in the row is the cost to each, infinite where it was not reached, None where the least
    value is not known. ``curve`` holds cost and least value, thinned, if ``keep``.
    """
    problem = task.problem(seed)
    x0 = np.asarray(task.start(problem, np.random.default_rng([seed, 1])))
    first, least = float(problem(x0)), task.least(problem)
    levels = [least + eps * ((first - least) if task.relative else 1.0) for eps in targets]
    stop = min(levels) if levels and math.isfinite(least) and task.score is None and task.held is None else -math.inf
    trace = Trace()
    if isinstance(optimizer, Restarted):
        _restarted(trace, problem, task, optimizer, x0, seed, budget, cost, stop)
    else:
        _once(trace, problem, task, optimizer, x0, seed, budget, cost, stop, 0.0)
    spent, best = trace.arrays(budget)
    row = dict(
        seed=int(seed), start=first, minimum=least if math.isfinite(least) else None, weights=int(x0.size), best=_last(best),
        end=float(trace.value), spent=_last(spent, 0.0), steps=int(trace.steps), seconds=float(trace.seconds), status=trace.status,
        to=[_to(spent, best, level) if math.isfinite(least) else None for level in levels],
    )  # fmt: skip
    answer = None if trace.x is None or not np.isfinite(trace.x).all() else trace.x
    row["score"] = None if task.score is None else math.nan if answer is None else float(task.score(answer, seed))
    row["held"] = None if task.held is None else math.inf if answer is None else float(task.held(answer, seed))
    if keep:
        row["curve"] = thinned(spent, best)
    return row


def _last(array, nothing=math.inf):
    return float(array[-1]) if len(array) else nothing


def _to(cost, best, level):
    """The cost at which a level is reached."""
    there = np.flatnonzero(best <= level)
    return float(cost[there[0]]) if there.size else math.inf


def thinned(cost, best):
    """At most 200 points of a curve: the last of each piece of equal logarithm, so that a cost is known to a few percent."""
    if len(cost) <= POINTS:
        return [cost.tolist(), best.tolist()]
    piece = np.floor(POINTS * np.log(cost / cost[0]) / max(np.log(cost[-1] / cost[0]), 1e-300))
    last = np.append(np.flatnonzero(np.diff(piece)), len(cost) - 1)
    return [cost[last].tolist(), best[last].tolist()]


# ------------------------------------------------------------------------------------ one optimizer, from one start
def _once(trace, problem, task, optimizer, x0, seed, budget, cost, stop, offset):
    """A run whose cost begins at ``offset`` and ends at the budget."""
    how = dict(x0=x0, seed=seed)
    if isinstance(optimizer, (PopulationMethod, WalkMethod)) and task.box is not None:
        how["bounds"] = task.box
        how["x0"] = np.clip(x0, *(0.999 * np.asarray(task.box, float).T))
    batch = _batch(problem, task, optimizer)
    _warm(problem, optimizer, how, batch)
    with np.errstate(all="ignore"):  # what diverges is told by its values
        if batch:
            return _by_batches(trace, problem, optimizer, how, batch, budget, cost, stop, offset)
        if cost in ("steps", "seconds"):
            return _watched(trace, problem, optimizer, how, budget, cost, stop, offset)
        price = 1.0 if cost == "evaluations" else float(problem.rows or 1)
        each = GRADIENT * price if cost == "rows" and isinstance(optimizer, GradientMethod) else price
        most = int((budget - offset) // each)
        if most < 1:
            return None
        began = time.process_time()
        result = minimize(problem, optimizer, max_evals=most, **how, **({} if stop == -math.inf else dict(target=stop)))
        trace.seconds += time.process_time() - began
    history = result.history
    evaluations = history.nfev + (GRADIENT - 1) * _gradients(history) if cost == "rows" else history.nfev
    return _enter(trace, result, offset + price * evaluations, history.best)


_warmed: set = set()


def _warm(problem, optimizer, how, batch):
    """Compile, or load what was compiled, off the clock: once a process."""
    key = (type(optimizer), problem.name, problem.dtype, problem.dim, batch is None)
    if key not in _warmed:
        _warmed.add(key)
        most = 2 if isinstance(optimizer, GradientMethod) else WARM
        with np.errstate(all="ignore"), contextlib.suppress(ValueError):  # what is wrong the run itself will say
            minimize(problem, optimizer, max_evals=most, batch_size=batch, **{**how, "seed": 0})


def _gradients(history):
    return history.njev if "njev" in history.columns else 0


def _enter(trace, result, costs, best):
    trace.add(costs, best)
    trace.steps += int(result.nit)
    if trace.x is None or result.fun < trace.value:
        trace.x, trace.value = result.x, float(result.fun)
    trace.status = result.status


def _batch(problem, task, optimizer):
    """Rows in a step of a gradient method; None where all."""
    if not problem.rows or not isinstance(optimizer, GradientMethod):
        return None
    batch = task.batch or (optimizer.batch(problem.rows) if optimizer.kernels.get("rows") else None)
    return None if batch is None or batch >= problem.rows else batch


def _by_batches(trace, problem, optimizer, how, batch, budget, cost, stop, offset):
    """Steps by batches, in stretches; between two the loss on all rows is looked at, and costs nothing."""
    price = dict(rows=GRADIENT * batch, evaluations=1.0, steps=1.0, seconds=None)[cost]
    total = 2**40 if price is None else int((budget - offset) // price)
    if total < 1:
        return
    rng, result, made, size, seconds = np.random.default_rng(how.pop("seed")), None, 0, 1, 0.0
    ends = iter(np.unique(np.geomspace(min(4, total), total, LOOKS).astype(int))) if price else None
    while made < total and (price or seconds < budget):
        end = next(ends) if ends else made + size
        first = how if result is None else dict(start=result)
        began = time.process_time()
        result = minimize(problem, optimizer, max_evals=int(end - made), batch_size=batch, seed=rng, **first)
        seconds += time.process_time() - began
        made, size = int(end), max(1, int(end * 0.2))
        value = float(problem(result.x)) if np.isfinite(result.x).all() else math.inf
        trace.add(offset + (price * made if price else seconds), value if math.isfinite(value) else math.inf)
        trace.x, trace.value, trace.status = result.x, value, result.status
        if result.status == "failed" or not math.isfinite(value) or value <= stop:
            trace.status = "target" if value <= stop else "failed"
            break
    trace.steps, trace.seconds = made, seconds


def _watched(trace, problem, optimizer, how, budget, cost, stop, offset):
    """Cost in steps or seconds: asked after every iteration."""
    costs, values, began = [], [], time.process_time()

    def callback(seen):
        costs.append(offset + (seen.nit if cost == "steps" else time.process_time() - began))
        values.append(float(seen.fun))
        return costs[-1] >= budget

    target = {} if stop == -math.inf else dict(target=stop)
    result = minimize(problem, optimizer, max_evals=2**50, callback=callback, **how, **target)
    trace.add(costs, values)
    trace.steps, trace.x, trace.value, trace.status = int(result.nit), result.x, float(result.fun), result.status
    trace.seconds += time.process_time() - began


def _restarted(trace, problem, task, restarted, x0, seed, budget, cost, stop):
    rng = np.random.default_rng([seed, 2])
    for k in range(restarted.runs):
        share = budget * (k + 1) / restarted.runs
        _once(trace, problem, task, restarted.optimizer, x0, seed, share, cost, stop, budget * k / restarted.runs)
        if trace.value <= stop:
            break
        x0 = np.asarray(task.start(problem, rng))


def with_fields(optimizer, values):
    """The optimizer with other values of some fields; a restarted one passes them on."""
    if isinstance(optimizer, Restarted):
        return dataclasses.replace(optimizer, optimizer=with_fields(optimizer.optimizer, values))
    return dataclasses.replace(optimizer, **values) if values else optimizer


def fields_of(optimizer):
    """The names of the fields that can be tuned."""
    inner = optimizer.optimizer if isinstance(optimizer, Restarted) else optimizer
    return {each.name for each in dataclasses.fields(inner)}
