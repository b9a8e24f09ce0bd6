"""What ``minimize`` returns: scipy's ``OptimizeResult``, with the history of the run."""

import numpy as np
from scipy.optimize import OptimizeResult

from ._loop import DIVERSITY, GRADIENTS, LEAST, MOVES, SPENT, VALUE

ENTRIES = dict(nfev=SPENT, njev=GRADIENTS, nmoves=MOVES, fun=VALUE, best=LEAST, diversity=DIVERSITY)
INTEGERS = ("nfev", "njev", "nmoves")


class History:
    """One row an iteration; its columns are those that the kind of optimizer has.

    Attributes
    ----------
    nfev : ndarray of int, shape (iterations,)
        Evaluations of the objective so far.
    njev : ndarray of int
        Gradients so far (gradient methods, searches).
    nmoves : ndarray of int
        Moves of a walk so far.
    fun : ndarray
        The value at this iteration: at the point whose gradient the next step follows, or the generation's best.
    best : ndarray
        The best value so far.
    diversity : ndarray
        Of a population: the root mean square distance of its points from the best; of permutations and bits, the share of
        entries that differ from the best point's.
    """

    def __init__(self, table, columns):
        self._table, self.columns = table, columns

    def __getattr__(self, name):
        if name.startswith("_") or name == "columns":  # so that pickle and copy may ask before there is anything
            raise AttributeError(name)
        if name not in self.columns:
            raise AttributeError(f"this history has no {name!r}; it has {', '.join(self.columns)}")
        column = self._table[:, ENTRIES[name]]
        return np.rint(column).astype(np.int64) if name in INTEGERS else column.copy()

    def __dir__(self):
        return self.columns

    def __len__(self):
        return len(self._table)

    def __repr__(self):
        return f"History({', '.join(self.columns)}: {len(self)} iterations)"


class Result(OptimizeResult):
    """The outcome of a run.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The best point that was evaluated; on batches the last, or the average that the method recommends.
    fun : float
        Its value; on batches the last batch loss.
    nfev, njev, nmoves : int
        Evaluations of the objective and of its gradient; moves of a walk.
    nit : int
        Steps, or generations.
    status : {"target", "converged", "budget", "stopped", "failed"}
        Why the run ended: the target was reached, a tolerance was met, the budget is used up, it was stopped by the
        callback or Ctrl-C, or values are not finite.
    success : bool
        True for "target" and "converged", and for "budget" where no target was set.
    message : str
        The same in words.
    history : History
    state : State
        The optimizer's state at the end: ``minimize(..., start=result)`` goes on from there, and
        ``optimizer.recommend(result.state)`` is the point that the method itself would answer.
    """
