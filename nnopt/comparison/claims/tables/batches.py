"""Table F: SGD and momentum at batches from one row to all. It answers momentum-noise, momentum-curvature (on networks), batch-compromise
and iterations-time.

Tuned at each batch: the rate over five decades, for momentum its beta too, 10 trials on two seeds for both; 15 seeds; runs end at eps =
0.01 (Fashion, of 400 rows: 0.05, changed before the run, for time). Budget 2e6 rows.
"""

from scipy.stats import loguniform

import nnopt

from .. import tasks

METHODS = ("GD", "Momentum")
NETWORKS = {"digits 64-16-10": 0.01, "Fashion 784-16-10, 500 rows": 0.05}
BATCHES = (1, 8, 64, 512, None)
BUDGET, SEEDS, TRIALS = 2e6, 15, 10


def sized(batch, rows):
    return batch if batch is not None and batch < rows else rows


def measure(jobs=None, quick=False):
    how = dict(budget=BUDGET / 20 if quick else BUDGET, seeds=2 if quick else SEEDS, trials=2 if quick else TRIALS, by="cost",
    untuned=False, jobs=jobs,
               tune={"lr": loguniform(1e-4, 10), "beta": [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]}, progress=True)  # fmt: skip
    both, found = {"SGD": nnopt.GD(), "Momentum": nnopt.Momentum()}, {}
    for name, eps in NETWORKS.items():
        least, rows = tasks.best_known(name, 5e4 if quick else BUDGET), len(tasks.network(name).X)
        some = [tasks.learning(name, batch, least, label=f"B = {sized(batch, rows)}") for batch in BATCHES if batch is None or batch < rows]
        found[name] = nnopt.compare(some, both, targets=[eps], **how)
    some = [tasks.noisy_quadratic(batch, label=f"B = {sized(batch, 1024)}") for batch in BATCHES]
    found["noisy quadratic"] = nnopt.compare(some, both, targets=[0.01], **how)
    return found
