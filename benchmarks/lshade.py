"""Adaptive differential evolution side by side: nnopt's LSHADE and pygmo's sade and de1220, on Rosenbrock and Rastrigin in 10 and 40 dimensions.

200,000 evaluations each, out of the box: LSHADE begins with 18 d members and ends with four, pygmo's have 40 throughout. pygmo runs its own
compiled problems. Every round is another seed.

    python -m benchmarks.lshade [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, versions  # isort: skip

import nnopt

from .de import compare
from .swarm import FUNCTIONS

MEMBERS = 40


# Each contestant: (problem, evaluations) -> a function of the seed that returns (best value, evaluations made).
def ours(problem, evaluations):
    def run(seed):
        result = nnopt.minimize(problem, nnopt.LSHADE(), max_evals=evaluations, seed=seed)
        return result.fun, result.nfev

    return run


def pygmo(problem, evaluations, name="sade"):
    import pygmo as pg

    theirs = pg.problem(getattr(pg, problem.name)(problem.dim))

    def run(seed):
        method = getattr(pg, name)(gen=evaluations // MEMBERS - 1, ftol=0.0, xtol=0.0, seed=seed)
        population = pg.algorithm(method).evolve(pg.population(theirs, MEMBERS, seed=seed))
        return population.champion_f[0], population.problem.get_fevals()

    return run


def de1220(problem, evaluations):
    return pygmo(problem, evaluations, "de1220")


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, evaluations = options.rounds or (2 if options.quick else 5), 20_000 if options.quick else 200_000
    heading(f"Adaptive differential evolution: {evaluations} evaluations, one core")
    print(versions("numpy", "numba", "pygmo"))
    present = {"nnopt": ours} | ({"sade": pygmo, "de1220": de1220} if installed("pygmo") else {})
    for name, dim in [(name, dim) for name in FUNCTIONS for dim in (10, 40)]:
        compare(getattr(nnopt.problems, name)(dim), present, rounds, evaluations, members=1, slack=1000)
    print(f"\n{how_quiet()}")


if __name__ == "__main__":
    main()
