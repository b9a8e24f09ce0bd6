r"""Work, time and memory of a step, and how they grow with the number of parameters.

Of an optimizer on d parameters: the numbers that it keeps beside the parameters and their gradient, and the processor's seconds of a step
whose objective costs next to nothing. Growth is the slope of the logarithm of the time on that of d:

.. math:: T(d) \approx c \, d^{\,s}

S. Williams, A. Waterman and D. Patterson, *Roofline: an insightful visual performance model*, CACM 52(4), 2009,
doi:10.1145/1498765.1498785.
"""

import time

import numpy as np

from .._checks import count
from .._minimize import minimize
from ..optimizer import GradientMethod
from ..problems import sphere

SHARED = ("theta", "grad", "best", "old", "ledger", "lower", "upper", "x0", "f")  # what the loop keeps for every method


def numbers_kept(optimizer, dim):
    """Floating-point numbers that the optimizer's state holds for ``dim`` parameters, those of the parameters and the gradient left out."""
    made = optimizer.init(np.zeros(dim)) if isinstance(optimizer, GradientMethod) else optimizer.init([(-1.0, 1.0)] * dim, 0)
    arrays = [getattr(made, name) for name in dir(made) if name not in SHARED]
    return sum(array.size for array in arrays if isinstance(array, np.ndarray) and array.dtype.kind == "f")


def step_seconds(optimizer, dim, steps=50, rounds=5):
    """Processor seconds of a step on the sphere, the median of some rounds; of a generation, for a population."""
    count("steps", steps)
    problem = sphere(dim)
    gradient = isinstance(optimizer, GradientMethod)
    how = dict(x0=np.full(dim, 0.5), seed=0) if gradient else dict(seed=0)
    size = 1 if gradient else optimizer.init(problem.bounds, 0).size.get("n", 1)
    minimize(problem, optimizer, max_evals=2 * size, **how)  # compiles
    times = []
    for _ in range(count("rounds", rounds)):
        began = time.process_time()
        minimize(problem, optimizer, max_evals=(steps + 1) * size, **how)
        times.append((time.process_time() - began) / steps)
    return float(np.median(times))


def growth(dims, seconds):
    """The exponent s with which the time grows."""
    return float(np.polyfit(np.log(dims), np.log(seconds), 1)[0])
