"""Tables B and C, part: metaheuristics, one run of Adam, restarted Adam and random search where there are many minima. It answers
meta-escape and iterations-time.

All are tuned, 6 trials on two seeds (16 in the register: changed before the run, for time); 30 seeds on functions, 15 on networks. The
survey's ants move on permutations only: of its six, five stand here.
"""

import functools

from scipy.stats import loguniform

import nnopt

from ... import RANDOM_SEARCH, Restarted, Task
from ...functions import turned
from .. import tasks

METHODS = ("GA", "PSO", "DE", "SA", "TabuSearch", "CMAES", "Adam")
SIX = ("GA", "PSO", "DE", "SA", "TabuSearch")
RUGGED = (("rastrigin", 2), ("rastrigin", 5), ("rastrigin", 10), ("ackley", 10), ("griewank", 10), ("schwefel", 5))
DECEPTIVE = (("gallagher", 5), ("gallagher", 10), ("lunacek", 5), ("lunacek", 10))
NETWORKS = {"XOR 2-2-1": 5e4, "spirals 2-4-4-1": 1.5e4, "digits 64-4-10": 3e3}  # losses on all rows
BUDGET, TRIALS = 1e5, 6
RATES = {"lr": loguniform(1e-4, 10)}
TUNE = {
    "GA": dict(population_size=[20, 50, 100], mutation=[0.1, 0.3, 0.5], crossover=[0.5, 0.9]),
    "PSO": dict(population_size=[16, 40, 80], w=[0.4, 0.6, 0.7298, 0.8]),
    "DE": dict(population_size=[20, 40, 80], F=[0.4, 0.6, 0.8], CR=[0.1, 0.5, 0.9]),
    "SA": dict(hot=loguniform(0.03, 3), cold=loguniform(1e-5, 1e-2)),
    "TabuSearch": dict(neighbours=[5, 10, 20, 40]),
    "CMA-ES": dict(step=[0.1, 0.3, 0.6], population_size=[10, 30, 100]),
}


def rivals(separable=False):
    found = {name: getattr(nnopt, name)() for name in SIX}
    found["CMA-ES"] = nnopt.SepCMAES() if separable else nnopt.CMAES()
    return {**found, "Adam": nnopt.Adam(), "Adam, restarted": Restarted(nnopt.Adam()), "random search": RANDOM_SEARCH}


def measure(jobs=None, quick=False):
    tune = {**TUNE, "Adam": RATES, "Adam, restarted": RATES}
    how = dict(trials=2 if quick else TRIALS, by="cost", tune=tune, untuned=False, jobs=jobs, progress=True)
    some = [Task(f"{name} {dim}", functools.partial(turned, name, dim)) for name, dim in [*RUGGED, *DECEPTIVE]]
    found = {
        "functions": nnopt.compare(some, rivals(), budget=BUDGET / 20 if quick else BUDGET, seeds=2 if quick else 30, targets=[0.01], **how)
    }
    for name, losses in NETWORKS.items():
        rows = len(tasks.network(name).X)
        budget = losses * rows / (20 if quick else 1)
        least = 0.0 if "XOR" in name else tasks.best_known(name, 3 * budget)
        task = tasks.learning(name, None, least)
        found[name] = nnopt.compare(
            task, rivals(separable="digits" in name), budget=budget, seeds=2 if quick else 15, targets=[0.01], **how
        )
    return found
