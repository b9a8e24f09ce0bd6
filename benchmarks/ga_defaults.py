"""What the defaults of the genetic algorithm rest on: the moved and turned functions of ``de_defaults``.

A grid of settings on five functions, each seed another shift and another rotation. Printed for each setting: the mean over the functions
of the decimal logarithm of the median final value (1e-6 and less count as 1e-6), then the five medians' logarithms.

    python -m benchmarks.ga_defaults [--quick] [--rounds SEEDS] [--dims 10 30] [--evals 10000]
"""

from .common import heading, versions  # isort: skip

import argparse
import itertools
import math

import numpy as np

import nnopt

from .de_defaults import FUNCTIONS, TARGET, moved

CROSSOVERS = [dict(crossover_reals="blend", alpha=0.3), dict(crossover_reals="blend", alpha=0.5), dict(crossover_reals="sbx", eta_c=2.0),
              dict(crossover_reals="sbx", eta_c=15.0), dict(crossover_reals="uniform"), dict(crossover_reals="one_point")]  # fmt: skip


def grid():
    """Every optimizer of the grid, and a few that differ from the default in one number."""
    sizes, rounds, mutations = (50, 100, 200), (2, 4), (0.5, 1.0)
    found = [nnopt.GA(population_size=n, tournament_size=k, mutation=m, **crossover)
             for n, k, m, crossover in itertools.product(sizes, rounds, mutations, CROSSOVERS)]  # fmt: skip
    others = (dict(selection="rank"), dict(selection="roulette"), dict(elite=0), dict(elite=5), dict(crossover=0.5), dict(crossover=0.0),
              dict(mutation=0.0), dict(eta_m=100.0))  # fmt: skip
    return found + [nnopt.GA(**other) for other in others]


def brief(optimizer):
    """A setting as what it differs from the default in."""
    other = {name: value for name, value in vars(optimizer).items() if name in vars(nnopt.GA()) and value != getattr(nnopt.GA(), name)}
    return ", ".join(f"{name}={value}" for name, value in other.items()) or "default"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seeds")
    parser.add_argument("--rounds", type=int, default=10, help="seeds")
    parser.add_argument("--dims", type=int, nargs="+", default=[10])
    parser.add_argument("--evals", type=int, default=10_000, help="evaluations for each dimension")
    options = parser.parse_args()
    seeds = 2 if options.quick else options.rounds
    heading("Genetic algorithm: settings on moved and turned functions")
    print(versions("numpy", "numba"))
    settings = [*grid(), nnopt.DE(), nnopt.PSO()]
    for dim in options.dims:
        problems = {(name, seed): moved(name, dim, seed) for name in FUNCTIONS for seed in range(seeds)}

        def final(optimizer, name, seed):
            run = nnopt.minimize(problems[name, seed], optimizer, max_evals=options.evals * dim, target=TARGET, seed=seed)  # noqa: B023
            return math.log10(max(run.fun, TARGET))

        medians = np.array([[np.median([final(optimizer, name, seed) for seed in range(seeds)]) for name in FUNCTIONS]
                            for optimizer in settings])  # fmt: skip
        print(f"\n{dim} dimensions, {options.evals * dim} evaluations, {seeds} seeds; {', '.join(FUNCTIONS)}")
        for i in np.argsort(medians.mean(axis=1)):
            name = brief(settings[i]) if isinstance(settings[i], nnopt.GA) else type(settings[i]).__name__
            print(f"  {medians[i].mean():6.2f}   {'  '.join(f'{value:5.1f}' for value in medians[i])}   {name}")


if __name__ == "__main__":
    main()
