"""What ``minimize`` returns: scipy's ``OptimizeResult``, with the history of the run."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult


@dataclass(frozen=True)
class History:
    """One entry an iteration.

    Attributes
    ----------
    nfev : ndarray of int, shape (iterations,)
        Evaluations of the objective so far.
    fun : ndarray, shape (iterations,)
        The value at this iteration: at theta for gradient methods, the generation's best for populations.
    best : ndarray, shape (iterations,)
        The best value so far.
    """

    nfev: np.ndarray
    fun: np.ndarray

    @property
    def best(self):
        """The running minimum of ``fun``."""
        return np.fmin.accumulate(self.fun)


class Result(OptimizeResult):
    """The outcome of a run.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The best point that was evaluated.
    fun : float
        Its value.
    nfev, njev : int
        Evaluations of the objective and of its gradient.
    nit : int
        Steps, or generations.
    success : bool
        Whether the target was reached; without a target, whether the budget was used up with a finite value found.
    message : str
        Why the run ended.
    history : History
    """
