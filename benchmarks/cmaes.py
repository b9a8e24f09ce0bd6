"""CMA-ES side by side: nnopt, pycma and pygmo: evaluations to 1e-8, and microseconds an evaluation.

On the sphere, an ellipsoid of condition 10^6 and Rosenbrock's valley in 10, 20 and 40 dimensions. Every round is another start, uniform in
the middle half of the box, the same for all; the first step is 0.3 of the box's side, the population 4 + floor(3 ln d). nnopt minimizes its
own compiled functions, the peers a NumPy function of one point, as their users write it: what that takes alone is printed, too.

    python -m benchmarks.cmaes [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, timed, versions  # isort: skip

import functools

import numpy as np

import nnopt

TARGET, STEP, MOST = 1e-8, 0.3, 400_000
DIFFERENCES = """Differences that the settings leave:
  nnopt     a point outside the box is looked at where the walls throw it back.
  pycma     without a box (its handling of one costs it more time); negative weights, as here.
  pygmo     without negative weights, force_bounds False; it evolves its own population until its best value has the target, and is
            asked every 10 generations, so its evaluations are rounded up to these."""


def bowl(x, curvatures):
    return 0.5 * float(curvatures @ (x * x))


def valley(x):
    y = x[1:] - x[:-1] * x[:-1]
    return float(100.0 * (y @ y) + ((1.0 - x[:-1]) ** 2).sum())


def cases(dims):
    """Problem of the library, the same function in NumPy."""
    P = nnopt.problems
    for dim in dims:
        yield P.sphere(dim), lambda x: float(x @ x)
        yield P.quadratic(dim, 1e6), functools.partial(bowl, curvatures=np.geomspace(1.0, 1e6, dim))
        yield P.rosenbrock(dim), valley


def size(dim):
    return 4 + int(3 * np.log(dim))


# Each contestant: (problem, function, start, seed) -> evaluations, and the best value.
def ours(problem, function, start, seed):
    r = nnopt.minimize(problem, nnopt.CMAES(step=STEP), x0=start, target=TARGET, max_evals=MOST, seed=seed)
    return r.nfev, r.fun


def pycma(problem, function, start, seed):
    import cma

    wide = problem.bounds[0][1] - problem.bounds[0][0]
    options = dict(seed=seed + 1, verbose=-9, ftarget=TARGET, maxfevals=MOST, popsize=size(problem.dim))
    es = cma.CMAEvolutionStrategy(start, STEP * wide, options)
    es.optimize(function)
    return es.result.evaluations, es.result.fbest


class Theirs:
    """A function as a problem of pygmo."""

    def __init__(self, function, bounds):
        self.function, self.bounds = function, bounds

    def fitness(self, x):
        return [self.function(x)]

    def get_bounds(self):
        return tuple(map(list, np.transpose(self.bounds)))


def pygmo(problem, function, start, seed):
    import pygmo as pg

    population = pg.population(pg.problem(Theirs(function, problem.bounds)), seed=seed)
    rng = np.random.default_rng(seed)
    for k in range(size(problem.dim)):  # its mean begins at the best member
        population.push_back(start if k == 0 else start + 1e-9 * rng.standard_normal(problem.dim))
    method = pg.cmaes(gen=10, sigma0=STEP * (problem.bounds[0][1] - problem.bounds[0][0]), ftol=0.0, xtol=0.0, memory=True, seed=seed)
    algorithm = pg.algorithm(method)
    while population.champion_f[0] > TARGET and population.problem.get_fevals() < MOST:
        population = algorithm.evolve(population)
    return population.problem.get_fevals(), population.champion_f[0]


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, dims = options.rounds or (2 if options.quick else 11), (10,) if options.quick else (10, 20, 40)
    heading(f"CMA-ES to {TARGET:g}: median of {rounds} starts, one core")
    print(versions("numpy", "numba", "cma", "pygmo"))
    contestants = {"nnopt": ours} | {name: run for name, run in (("cma", pycma), ("pygmo", pygmo)) if installed(name)}
    for problem, function in cases(dims):
        compare(problem, function, contestants, rounds)
    print(f"\n{DIFFERENCES}\n{how_quiet()}")


def compare(problem, function, contestants, rounds):
    lower, upper = np.transpose(problem.bounds)
    x = 0.5 * (lower + upper) + 0.1
    assert np.isclose(function(x), problem(x), rtol=1e-12), "the functions differ"
    alone = timed(lambda: [function(x) for _ in range(1000)]) / 1000
    print(f"\n{problem.name}, {problem.dim} dimensions; the function in NumPy alone takes {alone * 1e6:.1f} us")
    ours(problem, function, x, 0)  # compiled
    found = {name: [] for name in contestants}
    for seed in range(rounds):
        start = np.random.default_rng(seed).uniform(0.75 * lower + 0.25 * upper, 0.25 * lower + 0.75 * upper)
        for name, run in contestants.items():
            kept = []
            seconds = timed(lambda: kept.append(run(problem, function, start, seed)))  # noqa: B023
            evaluations, value = kept[0]
            found[name].append((evaluations, seconds / evaluations, value <= TARGET))
    print(f"  {'':7}  {'reached':>9}  {'evaluations':>11}  {'us an evaluation':>16}")
    for name, rows in found.items():
        evaluations, seconds, reached = np.array(rows).T
        print(f"  {name:7}  {int(reached.sum()):3} of {rounds:2}  {np.median(evaluations):11.0f}  {np.median(seconds) * 1e6:16.2f}")


if __name__ == "__main__":
    main()
