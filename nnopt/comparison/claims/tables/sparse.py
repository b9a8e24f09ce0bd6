"""Table K, part: softmax regression on word counts, as they are and turned dense by an orthogonal matrix. It answers adaptive-sparse.

1,000 words (2,000 in the register: changed before the run, for time); the rate over five decades, 10 trials on two seeds; 15 seeds. SGD's
runs on the turned rows are the same runs to rounding, which a test checks.
"""

from scipy.stats import loguniform

import nnopt

from .. import tasks

METHODS = ("MiniBatchGD", "AdaGrad", "RMSprop", "Adam")
INPUTS = ("text", "text, turned", "text, equal frequencies", "text, equal frequencies, turned")
BATCH, BUDGET, SEEDS, TRIALS, EPS = 32, 1.5e5, 15, 10, 0.1


def measure(jobs=None, quick=False):
    least = {name: tasks.best_known(name, BUDGET / 10 if quick else 2 * BUDGET, rates=(1e-3, 1e-2), seeds=1) for name in INPUTS[::2]}
    some = [tasks.learning(name, BATCH, least[name.removesuffix(", turned")]) for name in INPUTS]
    found = nnopt.compare(
        some, {name: getattr(nnopt, name)() for name in METHODS}, budget=BUDGET / 10 if quick else BUDGET, seeds=2 if quick else SEEDS,
        targets=[0.5, EPS], tune={"lr": loguniform(1e-4, 10)}, trials=2 if quick else TRIALS, by="cost", untuned=False, jobs=jobs,
        progress=True,
    )  # fmt: skip
    return {"runs": found}
