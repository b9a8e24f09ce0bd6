"""Differential evolution side by side: nnopt, pygmo and scipy, on Rosenbrock and Rastrigin in 10 and 40 dimensions.

DE/rand/1/bin with 40 members, F = 0.6, CR = 0.9, in the same box, with the same number of evaluations, which is asserted; a coordinate
outside is drawn anew by all three. pygmo runs its own compiled problems, scipy a numpy function of one point, as its users write it, and
in another row ("vectorized") one of a whole generation. Every round is another seed.

    python -m benchmarks.de [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, ratio, rounds_in_turn, versions  # isort: skip

import warnings

import numpy as np

import nnopt

from .swarm import FUNCTIONS

MEMBERS, F, CR = 40, 0.6, 0.9
DIFFERENCES = """Differences that the peers' settings leave (nnopt and scipy, updating "deferred", make all trials before they select):
  pygmo     de, variant 7: members of the new generation stand beside the old one, as here; ftol and xtol 0.
  scipy     differential_evolution, polish False, tol 0 and atol -1, so that it never stops early; the first generation is drawn as here."""


# Each contestant: (problem, generations) -> a function of the seed that returns (best value, evaluations made).
def ours(problem, generations):
    optimizer = nnopt.DE(population_size=MEMBERS, F=F, CR=CR)

    def run(seed):
        result = nnopt.minimize(problem, optimizer, max_evals=MEMBERS * generations, seed=seed)
        return result.fun, result.nfev

    return run


def pygmo(problem, generations):
    import pygmo as pg

    theirs = pg.problem(getattr(pg, problem.name)(problem.dim))
    assert np.array_equal(np.transpose(theirs.get_bounds()), problem.bounds), "pygmo's box is another"

    def run(seed):
        method = pg.de(gen=generations - 1, F=F, CR=CR, variant=7, ftol=0.0, xtol=0.0, seed=seed)
        population = pg.algorithm(method).evolve(pg.population(theirs, MEMBERS, seed=seed))
        return population.champion_f[0], population.problem.get_fevals()

    return run


def scipy(problem, generations, vectorized=False):
    from scipy.optimize import differential_evolution

    function, (lower, upper) = FUNCTIONS[problem.name], np.transpose(problem.bounds)
    made = [0]

    def value(x):
        X = x.T if vectorized else x[None]
        made[0] += len(X)
        return function(X) if vectorized else function(X)[0]

    def run(seed):
        made[0] = 0
        start = np.random.default_rng(seed).uniform(lower, upper, (MEMBERS, problem.dim))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the budget ends the run, as it should
            result = differential_evolution(
                value, problem.bounds, strategy="rand1bin", maxiter=generations - 1, mutation=F, recombination=CR, init=start,
                updating="deferred", polish=False, tol=0.0, atol=-1.0, vectorized=vectorized, rng=seed,
            )  # fmt: skip
        return result.fun, made[0]

    return run


def scipy_vectorized(problem, generations):
    return scipy(problem, generations, vectorized=True)


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, generations = options.rounds or (2 if options.quick else 5), 100 if options.quick else 5000
    heading(f"Differential evolution: {MEMBERS} members, {MEMBERS * generations} evaluations, one core")
    print(versions("numpy", "numba", "scipy", "pygmo"))
    present = {"nnopt": ours, "scipy": scipy, "vectorized": scipy_vectorized} | ({"pygmo": pygmo} if installed("pygmo") else {})
    for name, dim in [(name, dim) for name in FUNCTIONS for dim in (10, 40)]:
        compare(getattr(nnopt.problems, name)(dim), present, rounds, generations)
    print(f"\n{DIFFERENCES}\n{how_quiet()}")


def compare(problem, contestants, rounds, generations, members=MEMBERS, slack=0):
    """Time and best values; ``slack`` evaluations may be made more or fewer, where a contestant cannot be told exactly."""
    evaluations, found = members * generations, {name: {} for name in contestants}
    print(f"\n{problem.name}, {problem.dim} dimensions")

    def counted(name, run):
        def one(seed):
            found[name][seed], spent = run(seed)
            assert abs(spent - evaluations) <= slack, f"{name} made {spent} evaluations, not {evaluations}"

        return one

    times = rounds_in_turn({name: counted(name, make(problem, generations)) for name, make in contestants.items()}, rounds, 0.0)
    print(f"  {'':10}  {'ns an evaluation':>16}  {'best value, median over seeds':>30}  ours is faster by (middle half)")
    for name, seconds in times.items():
        line = f"  {name:10}  {np.median(seconds) / evaluations * 1e9:16.1f}  {np.median(list(found[name].values())):30.3g}"
        if name != "nnopt":
            middle, low, high = ratio(times, name, "nnopt")
            line += f"  {middle:8.1f} x  ({low:.1f} to {high:.1f})"
        print(line)


if __name__ == "__main__":
    main()
