r"""Search of hyperparameters: successive halving, and the learning-rate range test.

Of n candidates each gets a small resource (epochs, rows); the best share :math:`1/\eta` goes on with :math:`\eta` times as much, and so on: rung
k = 0, 1, ... trains

.. math::

    n_k = \lceil n \, \eta^{-k} \rceil \quad\text{candidates with}\quad r_k = r \, \eta^k

each, while :math:`\eta^k \le n` and :math:`r_k` is at most what one candidate may have. All rungs cost about the same.

For use there is no search engine here, since scikit-learn's work: the estimators take ``optimizer__lr`` and every other field of their optimizer as a
parameter in ``GridSearchCV``, ``RandomizedSearchCV`` and ``HalvingRandomSearchCV(..., resource="epochs")``.

K. Jamieson and A. Talwalkar, *Non-stochastic best arm identification and hyperparameter optimization*, AISTATS 2016, arXiv:1502.07943; the range test:
L. N. Smith, *Cyclical learning rates for training neural networks*, WACV 2017, arXiv:1506.01186.
"""

import dataclasses

import numpy as np

from .._checks import count, number_in, shown
from .._minimize import minimize
from ..optimizer import GradientMethod


def halving_schedule(candidates, smallest, largest, factor=3):
    """How many candidates are trained in each rung, and with how much.

    Parameters
    ----------
    candidates : int in [1, inf)
    smallest, largest : int in [1, inf)
        The resource of each candidate in the first rung, and what no candidate exceeds.
    factor : int in [2, inf), default 3

    Returns
    -------
    list of (int, int)
        Candidates and resource, rung by rung.

    Examples
    --------
    >>> halving_schedule(27, 1, 27)
    [(27, 1), (9, 3), (3, 9), (1, 27)]
    """
    for name, value in dict(candidates=candidates, smallest=smallest, largest=largest, factor=factor).items():
        count(name, value)
    if factor < 2 or smallest > largest:
        what = f"factor must be at least 2, not {factor}" if factor < 2 else f"smallest = {smallest} is more than largest = {largest}"
        raise ValueError(what)
    rungs, grown = [], 1
    while grown <= candidates and smallest * grown <= largest:
        rungs.append((-(-candidates // grown), smallest * grown))
        grown *= factor
    return rungs


def successive_halving(candidates, score, smallest, largest, factor=3):
    """The candidate that is best in the last rung, and its score there.

    Parameters
    ----------
    candidates : sequence
        Whatever ``score`` takes.
    score : callable
        ``score(candidate, resource)``, a number, higher is better; NaN counts as the worst.
    smallest, largest, factor
        As in :func:`halving_schedule`.
    """
    alive = list(candidates)
    for number, resource in halving_schedule(len(alive), smallest, largest, factor):
        scores = [score(candidate, resource) for candidate in alive[:number]]
        order = np.argsort([-s if s == s else np.inf for s in scores], kind="stable")
        alive, best = [alive[i] for i in order], scores[order[0]]
    return alive[0], best


def range_test(problem, optimizer, x0, *, low=1e-5, high=10.0, steps=100, batch_size=32, seed=None):
    """One short run whose learning rate grows from step to step: where does the loss fall, and where does it explode?

    Parameters
    ----------
    problem : Problem
        A sum over rows, such as ``network.problem(X, y)``.
    optimizer : GradientMethod
        Its ``lr`` is replaced.
    x0 : array_like, shape (d,)
    low, high : float in (0, inf)
        The first and the last rate; between them they grow by equal factors.
    steps, batch_size : int in [1, inf)
    seed : int, None or numpy.random.Generator
        Shuffles the batches.

    Returns
    -------
    rates, losses : ndarray
        Of the batches, as far as the loss was finite: at most ``steps`` of them.

    References
    ----------
    L. N. Smith, *Cyclical learning rates for training neural networks*, WACV 2017, arXiv:1506.01186.
    """
    if not isinstance(optimizer, GradientMethod) or not hasattr(optimizer, "lr"):
        raise ValueError(f"range_test needs a gradient method with a learning rate, not {shown(optimizer)}")
    number_in("low", low, "(0, inf)", lambda x: 0 < x < np.inf)
    number_in("high", high, f"({low}, inf)", lambda x: low < x < np.inf)
    rates = np.geomspace(low, high, count("steps", steps))
    method = dataclasses.replace(optimizer, lr=lambda t: rates[min(t, steps) - 1])
    run = minimize(problem, method, x0, batch_size=batch_size, max_evals=steps, seed=seed)
    losses = np.asarray(run.history.fun)
    there = int(np.argmin(np.isfinite(losses))) if not np.isfinite(losses).all() else len(losses)
    return rates[:there], losses[:there]
