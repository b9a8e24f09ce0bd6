"""``nnopt.compare``: every optimizer on every problem, in pairs of seed and start, over processes; killed, it goes on where it stopped."""

import functools
import hashlib
import json
import math
import sys
import time
from pathlib import Path

import numpy as np

from .. import _cache
from .._checks import count, number_in, shown
from .._sources import PACKAGE, digest
from .comparison import Comparison
from .runs import COSTS, fields_of, run, with_fields
from .tasks import methods, tasks

TUNING = 1000  # the first seed of tuning: apart from those of the comparison
TRIALS, TUNING_SEEDS = 16, 2


def compare(
    problems, optimizers, *, budget, seeds=15, cost="rows", targets=None, tune=None, jobs=None, dask=None, trials=TRIALS, by="value",
    untuned=True, store=None, progress=None,
):  # fmt: skip
    """Compare optimizers on problems: every pair of them with the same seeds and starts, at the same cost.

    Parameters
    ----------
    problems : Problem, Task, list or dict of them
        A problem's start is uniform in its box; a :class:`nnopt.comparison.Task` says more: starts, batches, test rows.
    optimizers : Optimizer, Restarted, list or dict of them
        Named by class, or by the dict's keys.
    budget : float
        The largest cost of a run.
    seeds : int or list of int, default 15
        How many, 0, 1, ...; or which.
    cost : {"rows", "evaluations", "steps", "seconds"}, default "rows"
        What is counted. Rows through the network: a loss on B rows costs B, with its gradient 3 B; a function's value 1, with its
        gradient 3. Seconds are the processor's. Where steps go by batches, the loss on all rows is looked at between them, free of
        charge.
    targets : list of float, optional
        eps in (0, inf): a target is the least value known plus eps. By default 1, 0.1, 0.01, 1e-4, 1e-6. A run ends at the hardest one.
    tune : dict, optional
        Field -> distribution of scipy or list of values, of which each method takes those that it has: ``{"lr": loguniform(1e-4, 10)}``; or
        name of a method -> such a dict. Every method gets the same number of ``trials``, drawn by scikit-learn's ``ParameterSampler``, on
        seeds 1000, 1001; tuned and untuned stand side by side in the table.
    jobs : int, optional
        Processes; by default one a processor.
    dask : str, optional
        The address of a Dask cluster's scheduler that is there already, in place of processes.
    trials : int, default 16
    by : {"value", "cost"} or a list of both
        What tuning looks at: the median end (the validation loss, where the task has one), or the expected cost to the hardest target. With
        both, methods stand as "Adam, tuned for value" and "Adam, tuned for cost".
    untuned : bool
        Whether methods that are tuned stand with their own values, too.
    store : path, optional
        Where finished runs are kept, a line each. By default a file in nnopt's cache, named by what is compared, and removed at the end.
    progress : bool, optional
        Tell on standard error how many runs are done and the time left; by default where that is a terminal.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError, ValueError
        If something is no problem, no optimizer, or a number is not in its interval.

    References
    ----------
    D. Choi et al., *On empirical comparisons of optimizers for deep learning*, 2019, arXiv:1910.05446. R. Schmidt, F. Schneider and P.
    Hennig, *Descending through a crowded valley*, ICML 2021, arXiv:2007.01547.

    Examples
    --------
    >>> import nnopt
    >>> found = nnopt.compare(nnopt.problems.sphere(5), [nnopt.PSO(), nnopt.GD(lr=0.1)], budget=3000, seeds=5, targets=[0.01], jobs=1)
    >>> found.difference("GD", "PSO").outcome
    'for'
    """
    tasked, named = tasks(problems), methods(optimizers)
    budget = number_in("budget", budget, "(0, inf)", lambda number: 0 < number < math.inf)
    chosen = list(range(count("seeds", seeds))) if isinstance(seeds, (int, np.integer)) else [int(seed) for seed in seeds]
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"seeds must be a number of seeds, or a list of different ones, not {shown(seeds)}")
    by = (by,) if isinstance(by, str) else tuple(by)
    for what, value, known in (("cost", cost, COSTS), *(("by", each, ("value", "cost")) for each in by)):
        if value not in known:
            raise ValueError(f"{what} must be one of {', '.join(known)}, not {shown(value)}")
    levels = _targets(targets)
    space = _space(tune, named)
    if space and (both := [seed for seed in chosen if TUNING <= seed < TUNING + TUNING_SEEDS]):
        raise ValueError(f"seed {both[0]} is one that tuning takes: choose seeds below {TUNING}")
    plan = Plan(tasked, named, budget, cost, levels, Journal.of(store, (tasked, named, budget, chosen, cost, levels, str(tune), trials,
    by)), jobs, dask,
                (sys.stderr.isatty() if progress is None else progress))  # fmt: skip
    settings = {(task.name, name): [("default", optimizer)] for task in tasked for name, optimizer in named.items()}
    tuned = _tuned(plan, space, count("trials", trials), by) if space else {}
    for (task, name, setting), (_, optimizer, _) in tuned.items():
        settings[task, name] = [
            *(settings[task, name] if untuned else [s for s in settings[task, name] if s[0] != "default"]),
            (setting, optimizer),
        ]
    wanted = [(task, name, *each) for task in tasked for name in named for each in settings[task.name, name]]
    rows = plan.rows([(task.name, name, setting, optimizer, seed) for task, name, setting, optimizer in wanted for seed in chosen])
    plan.journal.done()
    told = {f"{task}, {name}, {setting}": values for (task, name, setting), (values, _, _) in tuned.items()}
    spent = {f"{task}, {name}": spent for (task, name, _), (_, _, spent) in tuned.items()}
    return Comparison(rows, dict(budget=budget, cost=cost, targets=list(levels), seeds=len(chosen), tuned=told, tuning_cost=spent))


def _targets(targets):
    levels = (1.0, 0.1, 1e-2, 1e-4, 1e-6) if targets is None else tuple(targets)
    for eps in levels:
        number_in("a target", eps, "(0, inf)", lambda number: 0 < number < math.inf)
    if not levels:
        raise ValueError("targets must be at least one, not none")
    return tuple(sorted(map(float, levels), reverse=True))


def _space(tune, named):
    """Name of a method -> what is tuned of it."""
    if not tune:
        return {}
    if not isinstance(tune, dict):
        raise TypeError(f"tune must be a dict, of fields and distributions, not {shown(tune)}")
    own = all(isinstance(value, dict) for value in tune.values())
    if own and (wrong := [name for name in tune if name not in named]):
        raise ValueError(f"tune names {wrong[0]!r}, which is not compared; compared are {', '.join(named)}")
    space = {name: {field: each for field, each in (tune.get(name, {}) if own else tune).items() if field in fields_of(optimizer)}
             for name, optimizer in named.items()}  # fmt: skip
    known = {field for each in space.values() for field in each}
    asked = {field for each in (tune.values() if own else [tune]) for field in each}
    if lost := sorted(asked - known):
        raise ValueError(f"no method that is compared has a field {lost[0]!r} to tune")
    return {name: each for name, each in space.items() if each}


def _tuned(plan, space, trials, by):
    """(task, method, setting) -> (best values, optimizer, cost of all trials)."""
    from sklearn.model_selection import ParameterSampler

    drawn = {name: list(ParameterSampler(fields, trials, random_state=TUNING)) for name, fields in space.items()}
    drawn = {name: [{field: _plain(value) for field, value in values.items()} for values in some] for name, some in drawn.items()}
    jobs = [
        (task, name, f"trial {k}", with_fields(plan.methods[name], values), TUNING + seed)
        for task in plan.tasks
        for name in space
        for k, values in enumerate(drawn[name])
        for seed in range(TUNING_SEEDS)
    ]
    scores: dict = {}
    for row in plan.rows(jobs, keep=False):
        scores.setdefault((row["problem"], row["optimizer"]), {}).setdefault(int(row["setting"].split()[1]), []).append(row)
    found = {}
    for (task, name), some in scores.items():
        spent = sum(row["spent"] for rows in some.values() for row in rows)
        for each in by:
            values = drawn[name][min(some, key=functools.partial(_merit_of, some, each))]
            setting = "tuned" if len(by) == 1 else f"tuned for {each}"
            found[task, name, setting] = (values, with_fields(plan.methods[name], values), spent)
    return found


def _merit_of(some, by, k):
    return _merit(some[k], by)


def _merit(rows, by):
    """Small is good: by value the median end; by cost the expected running time to the hardest target that is met, harder ones first."""
    ends = [row["best"] if row["held"] is None else row["held"] for row in rows]
    value = float(np.median([end if math.isfinite(end) else math.inf for end in ends]))
    if by == "value" or rows[0]["to"][-1] is None:
        return (value,)
    missed = sum(math.inf == row["to"][-1] for row in rows)
    return (missed, sum(min(row["to"][-1], row["spent"]) for row in rows) if missed < len(rows) else value, value)


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


# ------------------------------------------------------------------------------------ running
class Plan:
    """What is to be run, and where."""

    def __init__(self, tasked, named, budget, cost, levels, journal, jobs, dask, progress):
        self.tasks, self.methods, self.journal = {task.name: task for task in tasked}, named, journal
        self.budget, self.cost, self.levels, self.progress, self.dask = budget, cost, levels, progress, dask
        self.jobs = -1 if jobs is None else count("jobs", jobs)

    def rows(self, wanted, keep=True):
        """The rows of all that is wanted, in its order; those that the journal has are not run again."""
        keys = ["|".join(map(str, (task, name, setting, seed))) for task, name, setting, _, seed in wanted]
        missing = [i for i, key in enumerate(keys) if key not in self.journal.rows]
        clock = Clock(len(missing), self.progress)
        calls = [(i, (self.tasks[wanted[i][0]], wanted[i][3], wanted[i][4], self.budget, self.cost, self.levels, keep)) for i in missing]
        for i, row in self._on_dask(calls) if self.dask else self._here(calls):
            task, name, setting, optimizer, _ = wanted[i]
            self.journal.enter(keys[i], dict(problem=task, optimizer=name, setting=setting, fields=repr(optimizer), **row))
            clock.tick()
        return [self.journal.rows[key] for key in keys]

    def _here(self, calls):
        from joblib import Parallel, delayed

        return Parallel(n_jobs=self.jobs, return_as="generator_unordered")(delayed(_numbered)(i, call) for i, call in calls)

    def _on_dask(self, calls):
        try:
            from distributed import Client, as_completed
        except ImportError:
            raise ImportError("dask needs Dask: pip install 'nnopt[dask]'") from None
        with Client(self.dask, timeout=10, set_as_default=False) as client, client.as_current():
            waiting = [client.submit(_numbered, i, call, pure=False) for i, call in calls]
            for future in as_completed(waiting):
                yield future.result()


def _numbered(i, call):
    *arguments, keep = call
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return i, run(*arguments, keep=keep)


class Clock:
    """Runs done, and the time left."""

    def __init__(self, total, tells):
        self.total, self.done, self.began, self.tells, self.told = total, 0, time.perf_counter(), tells, 0.0

    def tick(self):
        self.done += 1
        now = time.perf_counter()
        if self.tells and (now - self.told > 1 or self.done == self.total):
            left, self.told = (now - self.began) / self.done * (self.total - self.done), now
            print(
                f"\r{self.done} of {self.total} runs, {left:.0f} s left ",
                end="\n" if self.done == self.total else "",
                file=sys.stderr,
                flush=True,
            )


class Journal:
    """Finished runs, a line of JSON each: what is killed loses the runs that were under way, and a torn last line."""

    def __init__(self, path, kept):
        self.path, self.kept, self.rows = path, kept, {}
        if path and path.is_file():
            for line in path.read_text(encoding="utf8").splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:  # torn by a kill
                    continue
                self.rows[entry["key"]] = entry["row"]
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf8") as file:  # so that a torn line does not spoil the next one
                file.write("\n" if path.stat().st_size else "")

    @classmethod
    def of(cls, store, content):
        stamp = _stamp(content)
        if store is not None:
            path = Path(store)
            return cls(path.with_name(f"{path.name}-{stamp}.jsonl") if stamp else None, True)
        folder = _cache.folder()
        return cls(folder / "comparisons" / f"{stamp}.jsonl" if folder and stamp else None, False)

    def enter(self, key, row):
        self.rows[key] = row
        if self.path:
            with open(self.path, "a", encoding="utf8") as file:
                file.write(json.dumps(dict(key=key, row=row)) + "\n")

    def done(self):
        """All runs are there: a journal that nobody asked for goes."""
        if self.path and not self.kept:
            self.path.unlink(missing_ok=True)


def _stamp(content):
    """A name for what is compared, by its content and the library's sources; None where it cannot be pickled, and nothing is kept."""
    import cloudpickle

    try:
        pickled = cloudpickle.dumps(content)
    except Exception:  # anything may refuse
        return None
    code = digest(sorted(PACKAGE.rglob("*.py")))
    return hashlib.sha256(pickled + code.encode()).hexdigest()[:16]
