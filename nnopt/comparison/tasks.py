"""What optimizers are compared on, and rivals that are made of one optimizer: the same start, seed and rows for every method."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._checks import count, shown
from .._jit import R, Random, d, kernel, n
from ..optimizer import GradientMethod, Optimizer, PopulationMethod, SearchMethod, Size
from ..problems import Problem
from ..random import fill


def in_the_box(problem, rng):
    """A start: uniform in the problem's box; a random order or random bits where that is what points are."""
    if problem.bounds is None and problem.points == "reals":
        raise ValueError(f"{problem.name} has no box to draw a start from: give compare a Task with a start")
    if problem.points == "permutations":
        return rng.permutation(problem.dim)
    if problem.points == "bits":
        return rng.integers(0, 2, problem.dim)
    low, high = np.array(problem.bounds, float).T
    return low + (0.01 + 0.98 * rng.random(len(low))) * (high - low)


@dataclass(frozen=True)
class Task:
    """A problem, or a problem a seed, with what a comparison must know of it.

    Parameters
    ----------
    name : str
    make : Problem or callable
        The problem, or a function of the seed that returns it (functions that are turned and shifted, rows that are split anew).
    start : callable, optional
        A function of the problem and a ``numpy.random.Generator`` that returns the start x0, shape (d,); by default uniform in the box.
    minimum : float, optional
        The least value known; by default the problem's.
    batch : int, optional
        Rows in a step of gradient methods; by default all. Other methods see all rows.
    relative : bool
        Whether a target eps means minimum + eps (value at the start - minimum), as for networks, or minimum + eps.
    score : callable, optional
        A function of x, the answer of a run, and the seed, that returns a number (test accuracy), kept in the table.
    held : callable, optional
        A function of x and the seed: the loss on validation rows, by which tuning chooses. Without it, tuning sees the training value.
    box : array_like, shape (d, 2), optional
        Bounds for methods that search a box; by default the problem's.
    """

    name: str
    make: Any
    start: Callable = in_the_box
    minimum: float | None = None
    batch: int | None = None
    relative: bool = False
    score: Callable | None = field(default=None, repr=False)
    held: Callable | None = field(default=None, repr=False)
    box: Any = field(default=None, repr=False)

    def problem(self, seed):
        """The problem of a seed."""
        made = self.make if isinstance(self.make, Problem) else self.make(seed)
        if not isinstance(made, Problem):
            raise TypeError(f"the task {self.name} must make a problem, not {shown(made)}")
        return made

    def least(self, problem):
        """The least value known: minus infinity where none is."""
        known = problem.minimum if self.minimum is None else self.minimum
        return -math.inf if known is None else float(known)


@dataclass(frozen=True)
class Restarted:
    """A gradient method begun anew from random points, in equal shares of the budget: the fair rival of a population."""

    optimizer: Optimizer
    runs: int = 10

    def __post_init__(self):
        if not isinstance(self.optimizer, (GradientMethod, SearchMethod)):
            raise TypeError(f"restarts are for methods that begin at one point, not for {shown(self.optimizer)}")
        count("runs", self.runs)


@kernel(browser=False)
def anywhere(X: R[n, d], lower: R[d], upper: R[d], rng: Random):
    """Points uniform in the box."""
    for i in range(X.shape[0]):
        fill(X[i], rng)
        for j in range(X.shape[1]):
            X[i, j] = lower[j] + X[i, j] * (upper[j] - lower[j])


@kernel(browser=False)
def forget(f: R[n], last: R[n]):
    """Nothing is learnt: the loop itself keeps the best point."""
    for i in range(f.size):
        last[i] = f[i]


@dataclass(frozen=True)
class _RandomSearch(PopulationMethod, ask=anywhere, tell=forget):
    """Random search: points uniform in the box. A method that does not beat it has not searched."""

    population_size: Size = 40


RANDOM_SEARCH = _RandomSearch()


def tasks(problems):
    """Problems, tasks or a dict of them as a list of tasks with names of their own."""
    named = problems.items() if isinstance(problems, dict) else [(None, each) for each in _listed(problems)]
    found = []
    for name, each in named:
        if isinstance(each, Problem):
            each = Task(name or each.name, each)
        if not isinstance(each, Task):
            raise TypeError(f"problems must be problems such as nnopt.problems.rosenbrock(2), or tasks, not {shown(each)}")
        found.append(each)
    return _unlike("problems", found, [task.name for task in found])


def methods(optimizers):
    """Optimizers as a dict, name -> optimizer."""
    named = optimizers.items() if isinstance(optimizers, dict) else [(None, each) for each in _listed(optimizers)]
    found = [(name or called(each), each) for name, each in named]
    for _, each in found:
        if not isinstance(each, (Optimizer, Restarted)):
            raise TypeError(f"optimizers must be optimizers such as nnopt.Adam(), not {shown(each)}")
    return dict(_unlike("optimizers", found, [name for name, _ in found]))


def called(optimizer):
    if isinstance(optimizer, Restarted):
        return f"{type(optimizer.optimizer).__name__}, restarted"
    return "random search" if isinstance(optimizer, _RandomSearch) else type(optimizer).__name__


def _listed(some):
    return list(some) if isinstance(some, (list, tuple)) else [some]


def _unlike(what, found, names):
    if not found:
        raise ValueError(f"{what} must be at least one, not none")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two {what} are called {twice[0]!r}: name them, as in {{'large': ..., 'small': ...}}")
    return found
