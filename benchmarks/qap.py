"""Tabu search and annealing, out of the box, on assignments and functions of bits, each for as many seconds of the processor.

Printed for each instance and method: the share of runs that end at the least value known, the median gap to it, and the median seconds of
the processor until a run has found it (of those that do). QUBO-200 is x' Q x of 200 bits with whole numbers between -100 and 100, whose
least value is not proven: the best that any run here found stands for it.

    python -m benchmarks.qap [--quick] [--rounds SEEDS]
"""

from .common import arguments, heading, how_quiet, versions  # isort: skip

import time

import numpy as np

import nnopt
from nnopt.problems import qap, qubo

from .common import waited

INSTANCES = {"nug30": (1.0, 100), "tai30a": (1.0, 100), "sko64": (1.0, 20), "QUBO-200": (0.2, 20)}  # seconds a run, seeds


def quadratic(dim=200, seed=0):
    """A random quadratic function of bits."""
    Q = np.triu(np.random.default_rng(seed).integers(-100, 101, (dim, dim)).astype(float))
    return qubo(Q + np.triu(Q, 1).T)


def rate(problem, optimizer, seconds):
    """Evaluations for which a run takes this long: of a short run, its time scaled up."""
    evals = 1000
    nnopt.minimize(problem, optimizer, max_evals=evals, seed=0)  # compiled
    while True:
        before = time.process_time()
        nnopt.minimize(problem, optimizer, max_evals=evals, seed=0)
        spent = time.process_time() - before
        if spent > seconds / 4:
            return max(1, int(evals * seconds / spent))
        evals *= 2


def runs(problem, optimizer, evals, seeds):
    """The least values found and the seconds that each run took; one that meets the least value known stops there."""
    ends, took = [], []
    for seed in range(seeds):
        clock, before = time.perf_counter(), time.process_time()
        ends.append(nnopt.minimize(problem, optimizer, max_evals=evals, seed=seed, target=problem.minimum).fun)
        took.append(time.process_time() - before)
        waited.append((time.perf_counter() - clock) / took[-1])
    return np.array(ends), np.array(took)


def report(name, problem, seconds, seeds):
    """A line for each method."""
    found = {}
    for optimizer in (nnopt.TabuSearch(), nnopt.SA()):
        evals = rate(problem, optimizer, seconds)
        found[type(optimizer).__name__] = (evals, *runs(problem, optimizer, evals, seeds))
    least = problem.minimum if problem.minimum is not None else min(ends.min() for _, ends, _ in found.values())
    for method, (evals, ends, took) in found.items():
        at = ends == least
        first = f"{np.median(took[at]):6.2f} s" if at.any() and problem.minimum is not None else "       -"
        print(f"  {name:9} {method:11} {evals:9} evaluations  at the least value {at.mean():4.0%}  "
              f"gap {100 * abs(np.median(ends) / least - 1):6.3f} %  found after {first}", flush=True)


def main():
    options = arguments(__doc__.splitlines()[0])
    given, share = options.rounds or (5 if options.quick else None), 0.1 if options.quick else 1.0
    heading("Assignments and bits, one core")
    print(versions("numpy", "numba"))
    for name, (seconds, usual) in INSTANCES.items():
        seeds = given or usual
        print(f"\n{name}, {seconds * share:g} s a run, {seeds} seeds")
        problem = quadratic() if name == "QUBO-200" else qap(name)
        report(name, problem, seconds * share, seeds)
    print(f"\n{how_quiet()}")


if __name__ == "__main__":
    main()
