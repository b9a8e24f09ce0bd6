"""Tours of TSPLIB out of the box: ``python -m benchmarks.tsp [--quick]``.

Each row is many seeded runs with a budget of evaluations (a move is counted as 5/d of one), each stopped where it reaches the optimum:
how many do, how far above it the others end, and the processor's time, after compilation.
"""

import argparse
import dataclasses
import time

import numpy as np

import nnopt
from nnopt.problems import tsp

ROWS = [  # instance, optimizers, budget, seeds
    ("berlin52", (nnopt.SA(), nnopt.ACO()), 100_000, 100),
    ("kroA100", (nnopt.SA(), nnopt.ACO()), 200_000, 30),
    ("pcb442", (nnopt.SA(), nnopt.ACO()), 1_000_000, 5),
]
KIN = [  # ants that do not improve their tours
    ("berlin52", (nnopt.AntSystem(), nnopt.AntColonySystem(), nnopt.ACO(population_size=25, search=0.0)), 50_000, 20),
    ("kroA100", (nnopt.AntSystem(), nnopt.AntColonySystem(), nnopt.ACO(population_size=25, search=0.0)), 50_000, 20),
]


def measured(instance, optimizer, budget, seeds):
    """Gaps in per cent, and seconds of the processor, of each run."""
    problem = tsp(instance)
    nnopt.minimize(problem, optimizer, max_evals=1000, seed=0)  # compiles
    gaps, seconds = [], []
    for seed in range(seeds):
        began = time.process_time()
        run = nnopt.minimize(problem, optimizer, max_evals=budget, seed=seed, target=problem.minimum)
        seconds.append(time.process_time() - began)
        gaps.append(100 * (run.fun / problem.minimum - 1))
    return np.array(gaps), np.array(seconds)


def shown(optimizer):
    """The class, and the fields that are not as they come."""
    fields = [field for field in dataclasses.fields(optimizer) if field.name not in ("before", "after")]
    changed = [f"{field.name}={value}" for field in fields if (value := getattr(optimizer, field.name)) != field.default]
    return f"{type(optimizer).__name__}({', '.join(changed)})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the seeds, and a tenth of the budget")
    part = 10 if parser.parse_args().quick else 1
    print(f"{'instance':<9} {'evaluations':>11} {'optimizer':<40} {'at optimum':>11} {'mean gap':>9} {'worst':>7} {'median time':>12}")
    for instance, optimizers, budget, seeds in ROWS + KIN:
        for optimizer in optimizers:
            gaps, seconds = measured(instance, optimizer, budget // part, max(1, seeds // part))
            named = shown(optimizer)
            reached = f"{(gaps <= 0).sum()} of {len(gaps)}"
            print(f"{instance:<9} {budget // part:>11,} {named:<40} {reached:>11} {gaps.mean():>7.2f} % {gaps.max():>5.2f} % "
                  f"{1000 * np.median(seconds):>9.0f} ms", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
