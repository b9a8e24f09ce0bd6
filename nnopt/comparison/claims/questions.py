"""What each claim asks of the tables: a function named after the claim (dashes as underscores) that returns its cells.

The rule of each stands in ``register.toml``; here it is code. A claim without a function here is *not measured here*.
"""

import itertools

import numpy as np

from .. import statistics
from .rules import MARGIN, Cell, level, of_costs, of_differences, of_successes
from .tables import choices
from .tables.escape import SIX

ONE = "B = 1"


# ------------------------------------------------------------------------------------ II
def _runs(choices_found, task, setting, column):
    runs = choices_found["runs"]
    return {m: runs.values(task, f"{m}, tuned for {setting}", column) for m in choices.METHODS}


def _speed(found, task):
    runs = found["runs"]
    return {m: runs.costs(task, f"{m}, tuned for cost") for m in choices.METHODS}


def _ends(costs, spent):
    """The fastest and the slowest method, by expected cost; one that never arrives is the slowest."""
    expected = {m: statistics.expected_runtime(costs[m], np.full(len(costs[m]), spent)) for m in costs}
    return min(expected, key=expected.get), max(expected, key=expected.get)


def choice_speed(choices):
    """Slowest against fastest of five methods; for: a factor of 2."""
    runs, cells = choices["runs"], []
    for task in runs.problems:
        costs = _speed(choices, task)
        fast, slow = _ends(costs, runs.about["budget"])
        first, last = costs[fast], np.where(np.isfinite(costs[slow]), costs[slow], runs.about["budget"])  # a miss costs at least the budget
        if not np.isfinite(first).any():
            cells.append(Cell(task, "open", np.nan, np.nan, np.nan, len(first), "decades of cost", "no method arrives"))
            continue
        there = np.isfinite(first)
        d = np.log10(last[there] / first[there])
        found = statistics.paired(d, MARGIN, level(len(runs.problems)))
        outcome = (
            "for"
            if found.low > 0 and found.mean >= np.log10(2)
            else "equal"
            if found.high < MARGIN
            else "against"
            if found.mean < MARGIN
            else "open"
        )
        cells.append(Cell(task, outcome, found.mean, found.low, found.high, found.n, "decades of cost", f"{fast} against {slow}"))
    return cells


def choice_quality(choices):
    """Test accuracy of the method that is best on validation rows, minus that of the worst; margins 1 point, 1.5 on Fashion and text."""
    runs, cells = choices["runs"], []
    scored = [task for task in runs.problems if task != "noisy quadratic"]
    for task in scored:
        held, right = _runs(choices, task, "value", "held"), _runs(choices, task, "value", "score")
        order = sorted(held, key=lambda m: np.median(held[m]))
        margin = 1.0 if task.startswith("digits") else 1.5
        d = 100 * (right[order[0]] - right[order[-1]])
        cells.append(of_differences(task, d[np.isfinite(d)], len(scored), margin, "points", note=f"{order[0]} against {order[-1]}"))
    return cells


def iterations_time(choices, batches, escape):
    """Of pairs whose iterations are separated: the share in the same order of time. For: at least 95 %; against: at most two thirds."""
    same = [
        _pair_orders(choices["runs"], task, [m for m in choices["runs"].methods if m.endswith("cost")]) for task in choices["runs"].problems
    ]
    across = [_across(runs) for runs in batches.values()]
    kinds = [_pair_orders(escape[name], name, None) for name in ("XOR 2-2-1", "spirals 2-4-4-1", "digits 64-4-10")]
    cells = []
    for where, orders in (("same family and batch", same), ("across batch sizes", across), ("gradients against populations", kinds)):
        flat = [agrees for some in orders for agrees in some]
        if not flat:
            cells.append(Cell(where, "open", np.nan, np.nan, np.nan, 0, "share in the same order", "no pair is separated"))
            continue
        share = float(np.mean(flat))
        outcome = "for" if share >= 0.95 else "against" if share <= 2 / 3 else "open"
        low, high = statistics._wilson(share, len(flat), 1.96)
        cells.append(Cell(where, outcome, share, low, high, len(flat), "share in the same order", f"{sum(flat)} of {len(flat)} pairs"))
    return cells


def _at_target(rows):
    """Steps and seconds at the target, seed by seed; those of the whole run, by the share of its cost."""
    steps, seconds = [], []
    for row in rows:
        share = row["to"][-1] / row["spent"] if np.isfinite(row["to"][-1]) and row["spent"] else np.nan
        steps.append(row["steps"] * share)
        seconds.append(row["seconds"] * share)
    return np.array(steps), np.array(seconds)


def _agree(a, b):
    """None where steps are not separated, else whether the times have the same order."""
    both = np.isfinite(a[0]) & np.isfinite(b[0]) & (a[0] > 0) & (b[0] > 0)
    if both.sum() < max(5, len(both) / 2):
        return None
    d = np.log(a[0][both] / b[0][both])
    low, high = statistics.studentized_interval(d, 0.95, draws=2000)
    if low <= 0 <= high:
        return None
    return bool((np.median(np.log(a[1][both] / b[1][both])) > 0) == (d.mean() > 0))


def _pair_orders(runs, task, methods):
    known = {m: _at_target(runs.rows(task, m)) for m in methods or runs.methods}
    pairs = itertools.combinations(known, 2)
    if methods is None:  # one with gradients, one without
        pairs = [(a, b) for a, b in pairs if ("Adam" in a) != ("Adam" in b)]
    found = [_agree(known[a], known[b]) for a, b in pairs]
    return [each for each in found if each is not None]


def _across(runs):
    known = {task: {m: _at_target(runs.rows(task, m)) for m in runs.methods} for task in runs.problems}
    found = [_agree(known[a][m], known[b][m]) for m in runs.methods for a, b in itertools.combinations(runs.problems, 2)]
    return [each for each in found if each is not None]


# ------------------------------------------------------------------------------------ III
def sgd_variance(noise):
    """Mean angle between one row's gradient and that of all rows; for: above 45 degrees."""
    cells, count = [], sum(len(found) for found in noise.values())
    for task, found in noise.items():
        for place, seen in found.items():
            half = 1.96 * seen["deviation"] / np.sqrt(seen["n"])
            low, high = seen["mean"] - half - 45, seen["mean"] + half - 45
            note = f"{seen['mean']:.0f} degrees; noise {seen['noise']:.3g} times the squared gradient"
            outcome = statistics.outcome(seen["mean"] - 45, low, high, 0.0)
            cells.append(Cell(f"{task}, {place}", outcome, seen["mean"] - 45, low, high, seen["n"], "degrees beyond 45", note))
    assert len(cells) == count
    return cells


def batch_compromise(batches):
    """Least cost of an inner batch against both ends; for: better than both by 1.25. In rows and in seconds."""
    cells, count = [], 4 * len(batches)
    for name, runs in batches.items():
        ends = [runs.problems[0], runs.problems[-1]]
        for currency in ("rows", "seconds"):
            costs = {task: _currency(runs, task, currency) for task in runs.problems}
            inner = min(runs.problems[1:-1], key=lambda task: _expected(costs[task], runs, task, currency))
            sides = [of_costs(f"{name}, {currency}", costs[inner], costs[end], count, note=f"{inner} against {end}") for end in ends]
            order = ["against", "open", "equal", "for"]
            cells.append(min(sides, key=lambda cell: (order.index(cell.outcome), cell.estimate)))
    return cells


def _currency(runs, task, currency):
    costs = runs.costs(task, "SGD, tuned")
    return costs if currency == "rows" else np.where(np.isfinite(costs), _at_target(runs.rows(task, "SGD, tuned"))[1], np.inf)


def _expected(costs, runs, task, currency):
    spent = runs.values(task, "SGD, tuned", "spent" if currency == "rows" else "seconds")
    return statistics.expected_runtime(costs, spent)


def _speedup(runs, task):
    """log10(cost of SGD / cost of momentum), paired; a miss of either costs at least what was spent."""
    costs = {m: np.where(np.isfinite(runs.costs(task, m)), runs.costs(task, m), runs.about["budget"]) for m in runs.methods}
    return np.log10(costs["SGD, tuned"] / costs["Momentum, tuned"])


def momentum_noise(batches):
    """Speed-up at the noisiest batch. For: at least 1.25 and above the quietest; against: at most 1.1 there and below the quietest."""
    cells, count = [], len(batches)
    for name, runs in batches.items():
        noisy, quiet = _speedup(runs, runs.problems[0]), _speedup(runs, runs.problems[-1])
        change = statistics.paired(noisy - quiet, 0.0, level(count))
        there = statistics.paired(noisy, MARGIN, level(count))
        if there.low > 0 and there.mean >= MARGIN and change.low > 0:
            outcome = "for"
        elif there.mean <= np.log10(1.1) and change.high < 0:
            outcome = "against"
        else:
            outcome = "open"
        note = f"speed-up {10 ** noisy.mean():.2f} at {runs.problems[0]}, {10 ** quiet.mean():.2f} at {runs.problems[-1]}"
        cells.append(Cell(name, outcome, change.mean, change.low, change.high, change.n, "decades, noisiest minus quietest", note))
    return cells


def momentum_curvature(curvature, batches):
    """(a) slope of the speed-up on the condition at least 0.4, and on networks at B = n a speed-up of 1.25; (b) larger curvature alone."""
    conditions = sorted({float(key.split(", ")[0]) for key in curvature})
    networks = [name for name in batches if name != "noisy quadratic"]
    count = 2 + len(networks)

    def gain(condition, factor):
        runs = curvature[f"{condition:g}, {factor:g}"]
        return np.log10(runs.costs("quadratic", "GD") / runs.costs("quadratic", "HeavyBall"))

    d = np.array([gain(condition, 1) for condition in conditions])
    slopes = np.polyfit(np.log10(conditions), d, 1)[0]
    found = statistics.paired(slopes - 0.4, 0.0, level(count))
    slope = f"slope {slopes.mean():.2f}; speed-up {10 ** d[-1].mean():.0f} at condition {conditions[-1]:g}"
    cells = [Cell("larger condition", found.outcome, found.mean, found.low, found.high, found.n, "slope beyond 0.4", slope)]
    changed = np.array([gain(condition, 100) - gain(condition, 1) for condition in conditions]).mean(axis=0)
    cells.append(of_differences("larger curvature, same condition", changed, count, MARGIN, "decades of speed-up"))
    for name in networks:
        runs = batches[name]
        cells.append(of_differences(f"{name}, {runs.problems[-1]}", _speedup(runs, runs.problems[-1]), count, MARGIN, "decades of cost"))
    return cells


def adaptive_sparse(sparse):
    """Advantage over SGD as is, minus the advantage on the same rows turned dense; for: at least 0.1 decade."""
    runs, cells = sparse["runs"], []
    for method in ("AdaGrad", "RMSprop", "Adam"):
        for words, task in (("unequal frequencies", "text"), ("equal frequencies", "text, equal frequencies")):
            gains = [_gain(runs, name, method) for name in (task, f"{task}, turned")]
            note = f"advantage {10 ** gains[0].mean():.2f} as is, {10 ** gains[1].mean():.2f} turned"
            cells.append(of_differences(f"{method}, {words}", gains[0] - gains[1], 6, MARGIN, "decades of cost", note=note))
    return cells


def _gain(runs, task, method):
    """log10(cost of SGD / cost of the method); a miss costs at least the budget."""
    costs = [np.where(np.isfinite(c), c, runs.about["budget"]) for c in (runs.costs(task, f"{m}, tuned") for m in ("MiniBatchGD", method))]
    return np.log10(costs[0] / costs[1])


# ------------------------------------------------------------------------------------ V
def _best(costs, spent):
    """The name of the best, by successes, then expected cost. It is chosen on the runs themselves, on both sides: said on the page."""
    return min(costs, key=lambda name: (-np.isfinite(costs[name]).sum(), statistics.expected_runtime(costs[name], spent[name])))


def _columns(runs, task, names):
    return {name: runs.costs(task, name) for name in names}, {name: runs.values(task, name, "spent") for name in names}


def meta_escape(escape, restarts):
    """Success of the best of the survey's metaheuristics against the best number of restarts of Adam, at equal cost."""
    cells, functions = [], escape["functions"]
    tasks = [(functions, task) for task in functions.problems] + [(runs, name) for name, runs in escape.items() if name != "functions"]
    for runs, task in tasks:
        best = _best(*_columns(runs, task, [f"{name}, tuned" for name in SIX]))
        costs, spent = _columns(runs, task, ["Adam, restarted, tuned"])
        if runs is functions:
            more = _columns(restarts["functions"], task, restarts["functions"].methods)
            costs, spent = costs | more[0], spent | more[1]
        rival = _best(costs, spent)
        shown = {best: runs.costs(task, best), rival: costs[rival]} | _columns(
            runs, task, ["Adam, tuned", "random search", "CMA-ES, tuned"]
        )[0]
        note = ", ".join(f"{name.removesuffix(', tuned')} {np.isfinite(cost).mean():.0%}" for name, cost in shown.items())
        cells.append(of_successes(task, shown[best], costs[rival], len(tasks), note=note))
        cells.append(of_successes(f"{task}, against one run", shown[best], shown["Adam, tuned"], len(tasks), counts=False))
    return cells


def meta_deep(deep):
    """Training loss (factor 1.25) and test accuracy (1 point) of the best metaheuristic at ten times the cost against Adam."""
    gradient, search, cells = deep["gradient"], deep["search"], []
    count = 4 * len(gradient.problems)
    for task in gradient.problems:
        adam = {column: gradient.values(task, "Adam, tuned", column) for column in ("held", "score")}
        six = min((f"{m}, tuned" for m in SIX), key=lambda m: np.median(search.values(task, m, "held")))
        for name in (six, "CMA-ES, tuned"):
            loss = np.log10(adam["held"] / search.values(task, name, "held"))
            right = 100 * (search.values(task, name, "score") - adam["score"])
            short = name.removesuffix(", tuned")
            cells.append(of_differences(f"{task}, {short}, loss", loss, count, MARGIN, "decades of loss"))
            note = f"{np.median(search.values(task, name, 'score')):.0%} against {np.median(adam['score']):.0%}"
            cells.append(of_differences(f"{task}, {short}, accuracy", right, count, 1.0, "points", note=note))
    return cells


# ------------------------------------------------------------------------------------ by reading
def survey_compares(reading):
    """For: numerals, tables or figures in section V; against: none."""
    found = sum(reading["section V"].values())
    return [Cell("section V", "for" if found else "against", found, found, found, 1, "numerals, tables and figures")]


def more_recent():
    """Of all pairs of a gradient method and a metaheuristic, those whose metaheuristic is younger."""
    gradient = dict(GD=1847, SGD=1951, momentum=1964, AdaGrad=2011, RMSprop=2012, Adam=2014)
    meta = dict(GA=1975, SA=1983, tabu=1986, ACO=1992, PSO=1995, DE=1995)
    cells = []
    for name, year in gradient.items():
        younger = sum(y > year for y in meta.values())
        outcome = "for" if younger == len(meta) else "against" if younger == 0 else "open"
        cells.append(Cell(f"against {name}", outcome, younger / 6, younger / 6, younger / 6, 6, "share of metaheuristics that are younger"))
    return cells
