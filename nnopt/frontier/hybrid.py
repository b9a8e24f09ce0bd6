r"""Hybrids: a population that looks far, and a descent that looks closely.

A *memetic* algorithm lets every point of a generation descend for some steps. In Lamarck's way the point that was reached takes the
place of the one that was drawn; in Baldwin's way the drawn point stays, and only its value is that of the place it can reach:

.. math::

    x' = \text{descent}(x) , \qquad
    \text{Lamarck: } (x, f) \leftarrow (x', f(x')) , \qquad \text{Baldwin: } (x, f) \leftarrow (x, f(x'))

*Handing over* is simpler: a population has the first share of the budget, and a descent goes on from its best point.

P. Moscato, *On evolution, search, optimization, genetic algorithms and martial arts*, Caltech C3P report 826, 1989;
D. Whitley, V. S. Gordon and K. Mathias, *Lamarckian evolution, the Baldwin effect and function optimization*, PPSN III (1994), 5-15,
doi:10.1007/3-540-58484-6_245.

Basin hopping stands in ``hybrid_variants.py``.
"""

import dataclasses

import numpy as np

from .._checks import count, number_in
from .._minimize import minimize
from ..optimizer import GradientMethod, PopulationMethod, SearchMethod


@dataclasses.dataclass(frozen=True)
class Found:
    """What a hybrid has found.

    Parameters
    ----------
    x : ndarray, shape (d,)
        The best point.
    fun : float
        Its value.
    spent : int
        Values and gradients that were asked for.
    """

    x: np.ndarray
    fun: float
    spent: int


def memetic(problem, population, descent, *, steps, max_evals, inherit=True, target=-np.inf, seed=None):
    """A population whose points descend before they are compared.

    Parameters
    ----------
    problem : Problem
        With a gradient and a box.
    population : PopulationMethod
        Such as ``GA()``.
    descent : GradientMethod or SearchMethod
        Such as ``LBFGS()``.
    steps : int in [1, inf)
        The evaluations of each descent, with their gradients.
    max_evals : int in [1, inf)
        Values and gradients together; the last generation may begin before they are used up, and is finished.
    inherit : bool, default True
        Lamarck's way: the points that were reached go on. False is Baldwin's: only their values count.
    target : float, optional
        A value at which to stop.
    seed : int, None or numpy.random.Generator

    Returns
    -------
    Found

    Raises
    ------
    TypeError
        If the methods are not of these kinds.
    ValueError
        If a number is outside its range.
    """
    _kinds(population, descent)
    steps, max_evals = count("steps", steps), count("max_evals", max_evals)
    low, high = np.transpose(problem.bounds)
    state = population.init(problem.bounds, seed)
    best, spent = Found(np.full(problem.dim, np.nan), np.inf, 0), 0
    while spent < max_evals and best.fun > target:
        state, points = population.ask(state)
        runs = [minimize(problem, descent, x0=point, max_evals=steps) for point in points]
        spent += sum(run.nfev + run.njev for run in runs)
        reached = np.clip([run.x for run in runs], low, high)
        state = population.tell(state, reached if inherit else points, [run.fun for run in runs])
        least = min(runs, key=lambda run: run.fun)
        best = Found(least.x, least.fun, spent) if least.fun < best.fun else dataclasses.replace(best, spent=spent)
    return best


def hand_over(problem, first, second, *, max_evals, share=0.5, seed=None):
    """A population for the first share of the budget, and a descent from the best point that it found.

    Parameters
    ----------
    problem : Problem
    first : PopulationMethod
    second : GradientMethod or SearchMethod
    max_evals : int in [1, inf)
        Values and gradients together.
    share : float in (0, 1), default 0.5
        What the population may spend of them.
    seed : int, None or numpy.random.Generator

    Returns
    -------
    Found
    """
    _kinds(first, second)
    max_evals, share = count("max_evals", max_evals), number_in("share", share, "(0, 1)", lambda s: 0 < s < 1)
    far = minimize(problem, first, max_evals=max(1, int(share * max_evals)), seed=seed)
    close = minimize(problem, second, x0=far.x, max_evals=max(1, (max_evals - far.nfev) // 2))
    best = min(far, close, key=lambda run: run.fun)
    return Found(best.x, best.fun, far.nfev + close.nfev + close.njev)


def _kinds(population, descent):
    """Raise where a method is of another kind."""
    for method, kinds, words in ((population, PopulationMethod, "a population, such as GA()"),
                                 (descent, (GradientMethod, SearchMethod), "a descent, such as LBFGS()")):  # fmt: skip
        if not isinstance(method, kinds):
            raise TypeError(f"{words} is wanted, not {method!r}")
