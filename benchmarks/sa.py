"""Simulated annealing side by side: nnopt, pygmo and scipy, on Rosenbrock and Rastrigin in 10 and 40 dimensions, 200,000 evaluations.

pygmo's simulated_annealing is Corana's, with as many temperatures as the evaluations allow, to its default last temperature (0.1) and to
1e-6; scipy's dual_annealing is without local search. pygmo runs its own compiled problems, scipy a numpy function of one point, as its users
write it. Every round is another seed.

    python -m benchmarks.sa [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, versions  # isort: skip

import warnings

import nnopt

from .de import compare
from .swarm import FUNCTIONS

SWEEPS, RANGES = 10, 10  # pygmo's defaults: steps of each coordinate between changes of the range, and of these at one temperature
DIFFERENCES = """Differences that the peers' settings leave (nnopt: steps with Cauchy's tails, their width led to where 0.44 of them are made, temperatures in
units of what a step changes at first):
  pygmo     simulated_annealing: uniform steps, ranges led to where 0.4 to 0.6 of them are made, temperatures from 10 on.
  scipy     dual_annealing, no_local_search: visits by a distorted Cauchy-Lorentz distribution, all coordinates and then one by one."""


# Each contestant: (problem, evaluations) -> a function of the seed that returns (best value, evaluations made).
def ours(problem, evaluations):
    def run(seed):
        result = nnopt.minimize(problem, nnopt.SA(), max_evals=evaluations, seed=seed)
        return result.fun, result.nfev

    return run


def pygmo(problem, evaluations, last=0.1):
    import pygmo as pg

    theirs = pg.problem(getattr(pg, problem.name)(problem.dim))
    temperatures = (evaluations - 1) // (SWEEPS * RANGES * problem.dim)

    def run(seed):
        method = pg.simulated_annealing(
            Ts=10.0, Tf=last, n_T_adj=temperatures, n_range_adj=RANGES, bin_size=SWEEPS, start_range=1.0, seed=seed
        )
        population = pg.algorithm(method).evolve(pg.population(theirs, 1, seed=seed))
        return population.champion_f[0], population.problem.get_fevals()

    return run


def pygmo_colder(problem, evaluations):
    return pygmo(problem, evaluations, last=1e-6)


def scipy(problem, evaluations):
    from scipy.optimize import dual_annealing

    function = FUNCTIONS[problem.name]

    def run(seed):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = dual_annealing(
                lambda x: function(x[None])[0], problem.bounds, maxiter=10**9, maxfun=evaluations, no_local_search=True, rng=seed
            )
        return result.fun, result.nfev

    return run


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, evaluations = options.rounds or (2 if options.quick else 5), 20_001 if options.quick else 200_001
    heading(f"Simulated annealing: {evaluations} evaluations, one core")
    print(versions("numpy", "numba", "scipy", "pygmo"))
    present = {"nnopt": ours, "scipy": scipy} | ({"pygmo": pygmo, "to 1e-6": pygmo_colder} if installed("pygmo") else {})
    for name, dim in [(name, dim) for name in FUNCTIONS for dim in (10, 40)]:
        compare(getattr(nnopt.problems, name)(dim), present, rounds, evaluations, members=1, slack=1000)
    print(f"\n{DIFFERENCES}\n{how_quiet()}")


if __name__ == "__main__":
    main()
