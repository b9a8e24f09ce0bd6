"""Table E: metaheuristics at ten times Adam's cost on networks of 12 and 24 layers. It answers meta-deep.

Favours granted: He's start as the first point (CMA-ES: as its mean), a box of three deviations, tuning (2 trials on two seeds; 16 in the
register: changed before the run, for time), a fixed subset of 256 rows in place of all 1,149, and the best point for the final loss.
Adam has 5e4 rows in batches of 32 (5e5 in the register: changed before the run, too), the others 5e5; 8 seeds. Not granted, for time:
random subspaces, the last layer only, threshold units.
"""

import functools

from scipy.stats import loguniform

import nnopt

from ...tasks import Task
from .. import tasks
from .escape import SIX, TUNE

METHODS = ("GA", "PSO", "DE", "SA", "TabuSearch", "SepCMAES", "Adam")
NETWORKS = (
    "digits 64-[32]x12-10",
    "digits 64-[32]x12-10 residual",
    "digits 64-[32]x24-10",
    "digits 64-[32]x12-10 sigmoid",
    "Fashion 784-[32]x12-10",
)
ROWS, BUDGET, FACTOR, SEEDS, TRIALS = 256, 5e4, 10, 8, 2


def task(name, batch=None, rows=None):
    make = functools.partial(tasks.make, name) if rows is None else functools.partial(tasks.make_some, name, rows)
    return Task(name, make, functools.partial(tasks.start, name), None, batch, relative=True, score=functools.partial(tasks.accuracy, name),
                held=functools.partial(tasks.whole, name), box=tasks.network(name).net.box(3.0))  # fmt: skip


def measure(jobs=None, quick=False):
    budget, others = BUDGET / 20 if quick else BUDGET, {name: getattr(nnopt, name)() for name in SIX} | {"CMA-ES": nnopt.SepCMAES()}
    how = dict(
        targets=[0.5], by="value", untuned=False, jobs=jobs, progress=True, seeds=2 if quick else SEEDS, trials=1 if quick else TRIALS
    )
    gradient = nnopt.compare([task(name, 32) for name in NETWORKS], nnopt.Adam(), budget=budget, tune={"lr": loguniform(1e-4, 1)}, **how)
    search = nnopt.compare([task(name, None, ROWS) for name in NETWORKS], others, budget=FACTOR * budget, tune=TUNE, **how)
    return {"gradient": gradient, "search": search}
