"""What the defaults of differential evolution rest on: functions whose minimum is moved off the middle and whose axes are turned.

A grid of settings on five functions, each seed another shift and another rotation. Printed for each setting: the share of runs that reach
1e-6, their median evaluations, and how many times more than the best setting they take, in the geometric mean over the functions.

    python -m benchmarks.de_defaults [--quick] [--rounds SEEDS] [--dims 10 30] [--evals 10000]
"""

from .common import heading, versions  # isort: skip

import argparse
import itertools
import math

import numpy as np

import nnopt
from nnopt._jit import R, d, kernel
from nnopt.problems import Problem

TARGET = 1e-6


# ------------------------------------------------------------------------------------ shifted and rotated functions
@kernel
def turn(x: R[d], shift: R[d], Q: R[d, d], z: R[d]):
    """z = Q (x - shift)"""
    for i in range(z.size):
        z[i] = 0.0
        for j in range(x.size):
            z[i] += Q[i, j] * (x[j] - shift[j])


@kernel
def sphere(x: R[d], shift: R[d], Q: R[d, d], z: R[d]) -> R:
    turn(x, shift, Q, z)
    total = 0.0
    for i in range(z.size):
        total += z[i] * z[i]
    return total


@kernel
def ellipsoid(x: R[d], shift: R[d], Q: R[d, d], z: R[d]) -> R:
    """Curvatures from 1 to 10 000."""
    turn(x, shift, Q, z)
    total = 0.0
    for i in range(z.size):
        total += 10.0 ** (4.0 * i / (z.size - 1)) * z[i] * z[i]
    return total


@kernel
def rosenbrock(x: R[d], shift: R[d], Q: R[d, d], z: R[d]) -> R:
    turn(x, shift, Q, z)
    total = 0.0
    for i in range(z.size - 1):
        a, b = z[i] + 1.0, z[i + 1] + 1.0
        total += 100.0 * (b - a * a) ** 2.0 + (1.0 - a) ** 2.0
    return total


@kernel
def rastrigin(x: R[d], shift: R[d], Q: R[d, d], z: R[d]) -> R:
    turn(x, shift, Q, z)
    total = 0.0
    for i in range(z.size):
        total += 10.0 + z[i] * z[i] - 10.0 * math.cos(2.0 * math.pi * z[i])
    return total


@kernel
def ackley(x: R[d], shift: R[d], Q: R[d, d], z: R[d]) -> R:
    turn(x, shift, Q, z)
    squares, waves = 0.0, 0.0
    for i in range(z.size):
        squares += z[i] * z[i]
        waves += math.cos(2.0 * math.pi * z[i])
    return 20.0 - 20.0 * math.exp(-0.2 * math.sqrt(squares / z.size)) + math.e - math.exp(waves / z.size)


FUNCTIONS = dict(sphere=sphere, ellipsoid=ellipsoid, rosenbrock=rosenbrock, rastrigin=rastrigin, ackley=ackley)


def moved(name, dim, seed, rotated=True):
    """A function whose minimum is anywhere in the middle 80 % of the box, and whose axes are turned at random."""
    rng = np.random.default_rng([seed, dim])
    shift, Q = rng.uniform(-4, 4, dim), np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    arrays = dict(shift=shift, Q=Q if rotated else np.eye(dim))
    return Problem(f"{name}, moved", FUNCTIONS[name], bounds=[(-5.0, 5.0)] * dim, arrays=arrays, scratch=dict(z=dim))


# ------------------------------------------------------------------------------------ the grid
def grid():
    """Name -> optimizer."""
    found = {}
    for size, F, CR in itertools.product((20, 30, 40, 50, 80), (0.5, 0.6, 0.7, 0.8), (0.5, 0.9)):
        found[f"rand/1 n={size} F={F} CR={CR}"] = nnopt.DE(population_size=size, F=F, CR=CR)
    for size, F, pull in itertools.product((30, 40, 50, 80), (0.5, 0.7), (0.2, 0.5)):
        found[f"pull={pull} n={size} F={F} CR=0.9"] = nnopt.DE(population_size=size, F=F, CR=0.9, pull=pull)
        found[f"current pull={pull} n={size} F={F} CR=0.9"] = nnopt.DE(population_size=size, F=F, CR=0.9, pull=pull, current=True)
    for name in ("JADE", "SHADE", "LSHADE"):
        if hasattr(nnopt, name):
            found[name] = getattr(nnopt, name)()
    found["PSO"] = nnopt.PSO()
    return found


def score(optimizer, problem, budget, seed):
    """Evaluations to the target; where it is not reached, the budget and up to nine times more, by the decades that are missing."""
    r = nnopt.minimize(problem, optimizer, max_evals=budget, target=TARGET, seed=seed)
    return r.nfev if r.success else budget * (1 + min(9.0, max(0.0, math.log10(r.fun / TARGET))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seeds")
    parser.add_argument("--rounds", type=int, default=10, help="seeds")
    parser.add_argument("--dims", type=int, nargs="+", default=[10])
    parser.add_argument("--evals", type=int, default=10_000, help="evaluations for each dimension")
    parser.add_argument("--only", default="", help="settings whose name has this in it")
    options = parser.parse_args()
    seeds = 2 if options.quick else options.rounds
    heading("Differential evolution: settings on moved and turned functions")
    print(versions("numpy", "numba"))
    settings = {name: optimizer for name, optimizer in grid().items() if options.only in name}
    for dim in options.dims:
        budget = options.evals * dim
        costs = np.array([[[score(optimizer, moved(name, dim, seed), budget, seed) for seed in range(seeds)] for name in FUNCTIONS]
                          for optimizer in settings.values()])  # fmt: skip
        report(dim, budget, settings, costs)


def report(dim, budget, settings, costs):
    """A line for each setting, the best first: of what each function takes at least, how many times more does it take?"""
    solved, typical = (costs <= budget).mean(axis=2), np.median(costs, axis=2)
    times = np.exp(np.log(typical / typical.min(axis=0)).mean(axis=1))
    print(f"\n{dim} dimensions, {budget} evaluations: runs that reach {TARGET:g} and their median evaluations; mean factor over the best")
    for i in np.argsort(times):
        cells = "  ".join(f"{name} {share:4.0%} {cost:7.0f}" for name, share, cost in zip(FUNCTIONS, solved[i], typical[i], strict=True))
        print(f"  {times[i]:5.2f}  {list(settings)[i]:34} {cells}")


if __name__ == "__main__":
    main()
