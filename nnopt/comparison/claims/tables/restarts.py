"""Table B, part: Adam begun anew 30, 100 and 300 times, on the functions of the table ``escape``, in the same pairs of seed and start.

Added after a first look at ``escape``, whose rival begins ten times: on Rastrigin's function in two variables that is fewer starts than
there are valleys, and random search did better. It can only speak against the claim.
"""

import functools

import nnopt

from ... import Restarted, Task
from ...functions import turned
from .escape import BUDGET, DECEPTIVE, RATES, RUGGED, TRIALS

METHODS = ("Adam",)
STARTS = (30, 100, 300)


def measure(jobs=None, quick=False):
    some = [Task(f"{name} {dim}", functools.partial(turned, name, dim)) for name, dim in [*RUGGED, *DECEPTIVE]]
    found = nnopt.compare(
        some,
        {f"Adam, {starts} starts": Restarted(nnopt.Adam(), starts) for starts in STARTS},
        budget=BUDGET / 20 if quick else BUDGET,
        seeds=2 if quick else 30,
        targets=[0.01],
        trials=2 if quick else TRIALS,
        by="cost",
        tune=RATES,
        untuned=False,
        jobs=jobs,
        progress=True,
    )
    return {"functions": found}
