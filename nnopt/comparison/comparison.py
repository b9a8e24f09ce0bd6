"""The table of a comparison, one row a run, and what it answers."""

import json
import math
from pathlib import Path

import numpy as np

from . import plots, statistics

MISSES = 0.25  # of the runs: where more miss the target, costs are not averaged, success rates are compared


class Comparison:
    """Runs of optimizers on problems, in pairs of seed and start.

    Attributes
    ----------
    table : list of dict
        A row a run: problem, optimizer, setting ("default" or "tuned"), fields, seed, start (the value there), minimum, weights, best
        (the least value), end, spent, steps, seconds, status, score, held, to (the cost to each target, infinite where it was missed),
        curve.
    about : dict
        budget, cost, targets, seeds; of tuning the fields that were chosen and what the trials cost.
    """

    def __init__(self, table, about):
        self.table, self.about = list(table), dict(about)
        self.targets = list(self.about["targets"])

    # -------------------------------------------------------------------------------- the table
    @property
    def problems(self):
        return list(dict.fromkeys(row["problem"] for row in self.table))

    @property
    def methods(self):
        """Names of the methods; where tuned and untuned stand side by side, "Adam" and "Adam, tuned"."""
        return list(dict.fromkeys(_name(row) for row in self.table))

    def rows(self, problem=None, method=None):
        """The rows of one problem, one method or both, by seed."""
        if problem is not None and problem not in self.problems:
            raise ValueError(f"no problem is called {problem!r}; there are {', '.join(self.problems)}")
        if method is not None and method not in self.methods:
            raise ValueError(f"no method is called {method!r}; there are {', '.join(self.methods)}")
        some = [row for row in self.table if problem in (None, row["problem"]) and method in (None, _name(row))]
        return sorted(some, key=lambda row: row["seed"])

    def costs(self, problem, method, target=None):
        """Cost to a target, seed by seed, shape (seeds,), infinite where it was missed; by default to the hardest target."""
        return np.array([row["to"][self._place(target)] for row in self.rows(problem, method)], float)

    def values(self, problem, method, column="best"):
        """A column of the table, seed by seed."""
        return np.array([row[column] for row in self.rows(problem, method)], float)

    def _place(self, target):
        if target is None:
            return len(self.targets) - 1
        if target not in self.targets:
            raise ValueError(f"target must be one of {', '.join(map(str, self.targets))}, not {target!r}")
        return self.targets.index(target)

    def to_dict(self):
        """Column -> list, without curves; the cost to a target eps is the column ``cost to eps``."""
        columns = [name for name in self.table[0] if name not in ("to", "curve")]
        found = {name: [row[name] for row in self.table] for name in columns}
        for place, eps in enumerate(self.targets):
            found[f"cost to {eps:g}"] = [row["to"][place] for row in self.table]
        return found

    def to_frame(self, library="pandas"):
        """The table as a data frame of a library, "pandas", "polars" or "pyarrow", which must be installed."""
        import narwhals

        try:
            return narwhals.from_dict(self.to_dict(), backend=library).to_native()
        except ImportError:
            raise ImportError(f"to_frame({library!r}) needs {library}: pip install {library}") from None

    def to_parquet(self, path):
        """Write the table, without curves, as a Parquet file; needs pyarrow."""
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise ImportError("to_parquet needs pyarrow: pip install 'nnopt[parquet]'") from None
        pyarrow.parquet.write_table(pyarrow.table(self.to_dict()), path)

    def save(self, path, curves=True):
        """Write all of it as JSON, infinities as null; numbers have six digits."""
        rows = [{name: value for name, value in row.items() if curves or name != "curve"} for row in self.table]
        content = _plain(dict(about=self.about, table=rows))
        Path(path).write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf8")

    @classmethod
    def load(cls, path):
        """What ``save`` has written."""
        return cls.of(json.loads(Path(path).read_text(encoding="utf8")))

    @classmethod
    def of(cls, found):
        known = [row["minimum"] is not None for row in found["table"]]
        for row, has in zip(found["table"], known):
            row["to"] = [math.inf if cost is None and has else cost for cost in row["to"]]
            for name in {"best", "end", "start", "held"} & row.keys():
                row[name] = math.inf if row[name] is None and (name != "held" or row.get("score") is not None) else row[name]
        return cls(found["table"], found["about"])

    # -------------------------------------------------------------------------------- answers
    def expected_runtime(self, target=None):
        """(problem, method) -> expected cost to a target: cost of all runs a success; infinite where none succeeds."""
        return {
            (p, m): statistics.expected_runtime(self.costs(p, m, target), self.values(p, m, "spent"))
            for p in self.problems
            for m in self.methods
        }

    def ecdf(self, at=None):
        """Runtime distributions: costs (points,), and method -> share of (problem, seed, target) reached by then. All targets count
        alike."""
        at = self._grid() if at is None else np.asarray(at, float)
        return at, {m: statistics.ecdf([row["to"] for row in self.rows(method=m)], at) for m in self.methods}

    def _grid(self, points=200):
        reached = [cost for row in self.table for cost in row["to"] if cost is not None and math.isfinite(cost) and cost > 0]
        if not reached:
            return np.array([1.0, self.about["budget"]])
        return np.geomspace(min(reached), max(*reached, self.about["budget"]), points)

    def profile(self, target=None, at=None):
        """Performance profile over problems, of expected runtimes: factors (points,), and method -> share within that factor of the
        best."""
        at = np.geomspace(1, 100, 200) if at is None else np.asarray(at, float)
        runtimes = self.expected_runtime(target)
        shares = statistics.profile([[runtimes[p, m] for m in self.methods] for p in self.problems], at)
        return at, dict(zip(self.methods, shares.T))

    def ranks(self, target=None, by="cost"):
        """Mean ranks over problems, by expected runtime or ("value") by the median least value: Friedman, Nemenyi."""
        if by == "value":
            scores = [[np.median(self.values(p, m)) for m in self.methods] for p in self.problems]
        else:
            runtimes = self.expected_runtime(target)
            scores = [[runtimes[p, m] for m in self.methods] for p in self.problems]
        return statistics.ranks(scores, self.methods)

    def difference(self, a, b, problem=None, target=None, margin=0.1, level=0.95, column=None):
        """Two methods, in pairs of seed and start; above 0 speaks for ``a``.

        By default log10 of (cost of b / cost of a) to a target; ``margin`` 0.1 is a factor 1.25. With ``column="score"`` the difference
        of scores, which are better when they are large. Where more than a quarter of the runs of either misses the target, success rates
        are compared instead, by Newcombe's interval.

        Parameters
        ----------
        a, b : str
            Names of methods.
        problem : str, optional
            By default the pairs of all problems together.
        """
        some = self.problems if problem is None else [problem]
        if column is not None:
            d = np.concatenate([self.values(p, a, column) - self.values(p, b, column) for p in some])
            return statistics.paired(d if column == "score" else -d, margin, level)
        first, second = (np.concatenate([self.costs(p, m, target) for p in some]) for m in (a, b))
        return cost_difference(first, second, margin, level)

    def __str__(self):
        """A line a problem and method: success, expected cost to the hardest target, median end, score."""
        runtimes, eps = self.expected_runtime(), self.targets[-1]
        wide = max(len(name) for name in [*self.problems, *self.methods]) + 2
        lines = [f"{'problem':{wide}}{'method':{wide}}{'solved':>9}{'expected cost':>15}{'median best':>13}{'median score':>14}"]
        for p in self.problems:
            for m in sorted(self.methods, key=lambda m: (runtimes[p, m], np.median(self.values(p, m)))):
                solved, scores = np.isfinite(self.costs(p, m)).sum(), [row["score"] for row in self.rows(p, m)]
                score = "" if None in scores else f"{np.median(scores):.4g}"
                n = len(scores)
                lines.append(
                    f"{p:{wide}}{m:{wide}}{f'{solved} of {n}':>9}{runtimes[p, m]:15.4g}{np.median(self.values(p, m)):13.4g}{score:>14}"
                )
        return "\n".join([*lines, f"target {eps:g}, n = {self.about['seeds']} seeds, budget {self.about['budget']:g} {self.about['cost']}"])

    # -------------------------------------------------------------------------------- figures
    def plot_ecdf(self, ax=None):
        """Runtime distributions; returns the axes, whose figure's ``alt`` tells what they show."""
        at, shares = self.ecdf()
        return plots.shares(
            ax, at, shares, f"cost, {self.about['cost']}", "share of targets reached", self._n("runs and targets", len(self.targets))
        )

    def plot_profile(self, target=None, ax=None):
        """Performance profile; as `plot_ecdf`."""
        at, shares = self.profile(target)
        return plots.shares(ax, at, shares, "factor of the best expected cost", "share of problems", f"n = {len(self.problems)} problems")

    def plot_ranks(self, target=None, by="cost", ax=None):
        """Critical-difference diagram; as `plot_ecdf`."""
        return plots.critical_difference(ax, self.ranks(target, by))

    def plot_differences(self, against, problem=None, target=None, margin=0.1, level=0.95, column=None, ax=None):
        """Each method against one, with intervals shared by Bonferroni; as `plot_ecdf`."""
        others = [m for m in self.methods if m != against]
        level = 1 - (1 - level) / len(others)
        found = {m: self.difference(m, against, problem, target, margin, level, column) for m in others}
        return plots.forest(ax, found, against, margin)

    def _n(self, of, targets):
        each = len(self.rows(method=self.methods[0]))
        return f"n = {each * targets} {of} a method"


def cost_difference(first, second, margin=0.1, level=0.95):
    """log10(second / first) of paired costs; where more than a quarter of either is missed, the difference of success rates."""
    there = np.isfinite(first), np.isfinite(second)
    if max(1 - there[0].mean(), 1 - there[1].mean()) > MISSES:
        p, low, high = statistics.newcombe(*there, level)
        return statistics.Difference(len(first), p, low, high, level, math.nan, None, margin, statistics.outcome(p, low, high, margin))
    both = there[0] & there[1]
    return statistics.paired(np.log10(second[both] / first[both]), margin, level)


def _name(row):
    return row["optimizer"] if row["setting"] == "default" else f"{row['optimizer']}, {row['setting']}"


def _plain(value):
    """Six digits of every number; what is not finite is null."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
