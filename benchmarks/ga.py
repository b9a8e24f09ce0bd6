"""The genetic algorithm side by side with pygmo's ``sga``, on Rosenbrock and Rastrigin in 10 and 40 dimensions.

100 members, tournaments of 2, simulated binary crossover of 0.9 of the pairs (eta 15), polynomial mutation (eta 20), in the same box, with
the same number of evaluations, which is asserted. pygmo runs its own compiled problems. Every round is another seed.

    python -m benchmarks.ga [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, versions  # isort: skip

import numpy as np

import nnopt

from .de import compare
from .swarm import FUNCTIONS

MEMBERS, ROUNDS, CROSSOVER, ETA_C, ETA_M = 100, 2, 0.9, 15.0, 20.0
DIFFERENCES = """Both let the best 100 of members and children survive, which is an elite of 100 here, and mutate each coordinate with
probability 1/d. What differs: pygmo's operators keep children in the box by changed probabilities, ours put them on its wall."""


# Each contestant: (problem, generations) -> a function of the seed that returns (best value, evaluations made).
def ours(problem, generations):
    optimizer = nnopt.GA(population_size=MEMBERS, tournament_size=ROUNDS, crossover=CROSSOVER, crossover_reals="sbx", eta_c=ETA_C,
                         mutation=1.0, eta_m=ETA_M, elite=MEMBERS)  # fmt: skip

    def run(seed):
        result = nnopt.minimize(problem, optimizer, max_evals=MEMBERS * generations, seed=seed)
        return result.fun, result.nfev

    return run


def pygmo(problem, generations):
    import pygmo as pg

    theirs = pg.problem(getattr(pg, problem.name)(problem.dim))
    assert np.array_equal(np.transpose(theirs.get_bounds()), problem.bounds), "pygmo's box is another"

    def run(seed):
        method = pg.sga(gen=generations - 1, cr=CROSSOVER, eta_c=ETA_C, m=1.0 / problem.dim, param_m=ETA_M, param_s=ROUNDS, crossover="sbx",
                        mutation="polynomial", selection="tournament", seed=seed)  # fmt: skip
        population = pg.algorithm(method).evolve(pg.population(theirs, MEMBERS, seed=seed))
        return population.champion_f[0], population.problem.get_fevals()

    return run


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, generations = options.rounds or (2 if options.quick else 5), 50 if options.quick else 2000
    heading(f"Genetic algorithm: {MEMBERS} members, {MEMBERS * generations} evaluations, one core")
    print(versions("numpy", "numba", "pygmo"))
    present = {"nnopt": ours} | ({"pygmo": pygmo} if installed("pygmo") else {})
    for name, dim in [(name, dim) for name in FUNCTIONS for dim in (10, 40)]:
        compare(getattr(nnopt.problems, name)(dim), present, rounds, generations, MEMBERS)
    print(f"\n{DIFFERENCES}\n{how_quiet()}")


if __name__ == "__main__":
    main()
