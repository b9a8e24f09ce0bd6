"""The one loop: a method's move, again and again, on any objective; and the ledger in which every evaluation is entered."""

import math

from ._jit import R64, Counter, N, Point, R, S, d, interface, k, kernel, n, put
from ._native import flush, restore

# The ledger: an array of float64 that the loop, the moves and Python share.
VALUE, LEAST, SPENT, GRADIENTS, MOVES, DIVERSITY = range(6)  # a row of the history
TARGET, BUDGET, COST, FRAIL, OVER, MADE, RATE = range(6, 13)  # FRAIL: a value that is not finite ends the run
TOLERANT, GTOL, FTOL, XTOL, BEFORE, CONVERGED = range(13, 19)  # tolerances (below 0: none), the value before, which was met
COUNT, PRICE, SWEEP, TENURE = range(19, 23)  # of a neighbourhood
QUIET = 25  # numbers too small to be normal count as zero
PROGRESS, STEPPED = 23, 24  # the share of the budget used before the move; a step was made that nobody has looked at yet
ROW, ENTRIES = 6, 26

# A move's table begins with the functions, the problem's own table and the notes of its neighbourhood (each with its length), and
# the generator; then come sizes and arrays of the method. A problem's table begins with generator and training, then its arrays.
MOVE, OBJECTIVE, BEGIN, DELTA, APPLY, REFRESH, EXCHANGE, DESIRE, GIVEN, LENGTH, NOTES, NOTED, RNG, OWN = range(14)
RANDOM, TRAINS = range(2)
CONSTANTS = {name: value for name, value in list(globals().items()) if name.isupper() and isinstance(value, int)}


@interface
def Objective(x: Point[d], grad: Point[k], rows: N[k], given: N[k]) -> R:
    """The value at x over some rows of the problem's arrays; where grad has room, the gradient is written into it.

    ``given`` is the problem's table: behind it stand its arrays, and ``rng`` and ``training`` (1 in a step that trains) for
    what is random there, dropout and noise.
    """


@interface
def Move(table: N[k], rows: N[k], ledger: R64[k], hyper: R64[k], t: N):
    """One iteration of a method, in place: a step, a generation, a hop. t counts from 0, where a method starts."""


# ------------------------------------------------------------------------------------ evaluations
@kernel(browser=False)
def enter(f: R, x: Point[d], cost: R, best: Point[d], ledger: R64[k]):
    """The value f at x, for ``cost`` evaluations, entered in the ledger; the best point is kept."""
    first = ledger[SPENT] == 0.0
    ledger[SPENT] += cost
    if first or (f < ledger[LEAST] and math.isfinite(f)):
        put(best, x)
        ledger[LEAST] = f if math.isfinite(f) else math.inf


@kernel(browser=False)
def look(
    fun: Objective, x: Point[d], grad: Point[k], rows: N[k], given: N[k], best: Point[d], ledger: R64[k]
) -> R:  # fmt: skip
    """The value at x, entered, and the gradient where grad has room; where the budget is used up, infinity, unlooked."""
    cost = ledger[COST] if grad.size > 0 else 1.0  # by differences, a gradient costs more
    if ledger[SPENT] + cost > ledger[BUDGET]:
        ledger[OVER] = 1.0
        return math.inf
    f = fun(x, grad, rows, given)
    if grad.size > 0:
        ledger[GRADIENTS] += 1.0
    enter(f, x, cost, best, ledger)
    return f


@kernel(browser=False)
def look_with_gradient(
    fun: Objective, theta: Point[d], grad: Point[d], rows: N[k], given: N[k], best: Point[d], ledger: R64[k]
):  # fmt: skip
    """Value and gradient at theta: what the next step follows."""
    ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)


@kernel(browser=False)
def look_at_all(
    fun: Objective, X: Point[n, d], f: R[n], asked: Counter, none: Point[k], rows: N[k], given: N[k], best: Point[d], ledger: R64[k]
):  # fmt: skip
    """The values of a generation, on the same rows; what is not finite counts as the worst there is."""
    if ledger[SPENT] + asked[0] > ledger[BUDGET]:
        ledger[OVER] = 1.0
        return
    if ledger[SPENT] == 0.0 or ledger[LEAST] == math.inf:  # nothing has had a value: a point of the right kind, at least
        put(best, X[0])
    least = math.inf
    for i in range(asked[0]):
        value = fun(X[i], none, rows, given)
        f[i] = value if math.isfinite(value) else math.inf
        least = min(least, f[i])
        ledger[SPENT] += 1.0
        if f[i] < ledger[LEAST]:
            put(best, X[i])
            ledger[LEAST] = f[i]
    ledger[VALUE] = least


# ------------------------------------------------------------------------------------ tolerances
@kernel(browser=False)
def note_before(theta: R[d], old: R[d], ledger: R64[k]):
    """Where the step began, for the tolerances of step and value."""
    put(old, theta)
    ledger[BEFORE] = ledger[VALUE]


@kernel(browser=False)
def settle(theta: R[d], grad: R[d], old: R[d], ledger: R64[k], t: N):
    """Is the run's end reached: largest entry of the gradient, change of the value, largest entry of the step."""
    slope, step = 0.0, 0.0
    for i in range(theta.size):
        slope = max(slope, abs(grad[i]))
        step = max(step, abs(theta[i] - old[i]))
    if slope <= ledger[GTOL]:
        ledger[CONVERGED] = 1.0
    elif t > 0 and abs(ledger[VALUE] - ledger[BEFORE]) <= ledger[FTOL]:
        ledger[CONVERGED] = 2.0
    elif t > 0 and step <= ledger[XTOL]:
        ledger[CONVERGED] = 3.0


@kernel(browser=False)
def settle_all(f: R[n], asked: Counter, ledger: R64[k]):
    """The same of a population: the range of its values, and its diversity."""
    high = f[0]
    for i in range(asked[0]):
        high = max(high, f[i])
    if high - ledger[VALUE] <= ledger[FTOL]:
        ledger[CONVERGED] = 2.0
    elif ledger[DIVERSITY] <= ledger[XTOL]:
        ledger[CONVERGED] = 3.0


@kernel(browser=False, reorder=True)
def spread(X: R[n, d], asked: Counter, best: R[d], ledger: R64[k]):
    """How far the points lie apart: the root mean square distance from the best point (from their mean takes twice as long)."""
    total = 0.0
    for i in range(asked[0]):
        for j in range(best.size):
            total += (X[i, j] - best[j]) * (X[i, j] - best[j])
    ledger[DIVERSITY] = math.sqrt(total / asked[0])


@kernel(browser=False)
def mismatch(X: S[n, d], asked: Counter, best: S[d], ledger: R64[k]):
    """The same of permutations and bits: the share of entries that differ from the best point's."""
    other = 0
    for i in range(asked[0]):
        for j in range(X.shape[1]):
            if X[i, j] != best[j]:
                other += 1
    ledger[DIVERSITY] = other / (asked[0] * X.shape[1])


# ------------------------------------------------------------------------------------ the loop
@kernel(browser=False)
def advance(table: N[k], order: N[k], batch: N, ledger: R64[k], hyper: R64[k, k], t: N, trace: R64[k, k]):
    """Moves, one for each row of trace, on the next ``batch`` rows of the data each; ledger[MADE] counts them."""
    move = Move(table, MOVE)
    before = flush(int(ledger[QUIET]))
    ledger[MADE] = 0.0
    for i in range(trace.shape[0]):
        start, spent = i * batch % max(1, order.size), ledger[SPENT]
        rows, numbers = order[start : min(start + batch, order.size)], hyper[min(i, hyper.shape[0] - 1)]
        ledger[PROGRESS] = spent / ledger[BUDGET]
        move(table, rows, ledger, numbers, t + i)
        if ledger[SPENT] == spent:  # the next evaluation would not fit the budget: the move was not made
            break
        put(trace[i], ledger[:ROW])
        ledger[MADE] += 1.0
        over = ledger[OVER] > 0.0 or ledger[CONVERGED] > 0.0 or ledger[LEAST] <= ledger[TARGET]
        if over or (ledger[FRAIL] > 0.0 and not math.isfinite(ledger[VALUE])):
            break
    restore(before)
