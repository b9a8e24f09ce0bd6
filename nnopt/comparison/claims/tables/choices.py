"""Table A: five methods on six tasks, tuned for speed and for validation loss. It answers choice-speed, choice-quality and iterations-time.

Tuned: the rate over five decades, 12 trials on two seeds (16 in the register: changed before the run, for time). Budget 1.5e5 rows, about
40 passes of a loss with its gradient; 15 seeds.
"""

from scipy.stats import loguniform

import nnopt

from .. import tasks

METHODS = ("Momentum", "MiniBatchGD", "AdaGrad", "RMSprop", "Adam")
NETWORKS = ("digits 64-64-10", "Fashion 784-64-10", "digits 64-[32]x12-10", "digits 64-[32]x12-10 residual", "text")
BATCH, BUDGET, SEEDS, TRIALS = 32, 1.5e5, 15, 12
EPS = (0.5, 0.1, 0.01)


def measure(jobs=None, quick=False):
    least = {name: tasks.best_known(name, BUDGET / 10 if quick else 4 * BUDGET) for name in NETWORKS}
    some = [tasks.learning(name, BATCH, least[name], scored=True) for name in NETWORKS] + [tasks.noisy_quadratic(BATCH)]
    found = nnopt.compare(
        some, {name: getattr(nnopt, name)() for name in METHODS}, budget=BUDGET / 10 if quick else BUDGET, seeds=2 if quick else SEEDS,
        targets=EPS, tune={"lr": loguniform(1e-4, 10)}, trials=2 if quick else TRIALS, by=("value", "cost"), untuned=False, jobs=jobs,
        progress=True,
    )  # fmt: skip
    return {"runs": found}
