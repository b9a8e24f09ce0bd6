"""Particle swarms side by side: nnopt, pygmo, pyswarms and pymoo, on Rosenbrock and Rastrigin in 10 and 40 dimensions.

The same method as far as each peer allows: inertia weight, two random numbers for every particle and coordinate, the whole
swarm as neighbours; 40 particles, the same constants, the same box, the same number of evaluations, which is asserted.
pygmo runs its own compiled problems, pyswarms and pymoo a vectorized numpy function. Every round is another seed.

    python -m benchmarks.swarm [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, ratio, rounds_in_turn, versions  # isort: skip

import contextlib
import logging
import os
import tempfile

import numpy as np

import nnopt

PARTICLES, W, C1, C2 = 40, 0.7298, 1.49618, 1.49618
TARGETS = {"pygmo": 2, "pyswarms": 15}
DIFFERENCES = """Differences that the peers' settings leave (nnopt: velocities start at zero and know no limit; a particle that
would leave the box is put on its wall and loses its velocity in that coordinate):
  pygmo     pso_gen, variant 1, neighb_type 1: velocities start at random and are cut at the width of the box (max_vel = 1,
            the most it takes); walls as here.
  pyswarms  GlobalBestPSO, bh_strategy "nearest": velocities start in [0, 1) and are kept at the walls (its "zero" would
            stop the whole particle); it also keeps every position and velocity it ever had.
  pymoo     PSO, adaptive and perturbation off, start velocities zero, max_velocity_rate 1: a particle that would leave the box
            draws new random numbers, up to 20 times, then a random place; the start is a Latin hypercube."""


def rosenbrock(X):
    """Rosenbrock's function of every row."""
    return np.sum(100.0 * (X[:, 1:] - X[:, :-1] ** 2) ** 2 + (1.0 - X[:, :-1]) ** 2, axis=1)


def rastrigin(X):
    """Rastrigin's function of every row."""
    return np.sum(10.0 + X * X - 10.0 * np.cos(2.0 * np.pi * X), axis=1)


FUNCTIONS = {"rosenbrock": rosenbrock, "rastrigin": rastrigin}


# Each contestant: (problem, generations) -> a function of the seed that returns (best value, evaluations made).
def ours(problem, generations):
    optimizer = nnopt.PSO(population_size=PARTICLES, w=W, c1=C1, c2=C2)

    def run(seed):
        result = nnopt.minimize(problem, optimizer, max_evals=PARTICLES * generations, seed=seed)
        return result.fun, result.nfev

    return run


def pygmo(problem, generations):
    import pygmo as pg

    theirs = pg.problem(getattr(pg, problem.name)(problem.dim))
    assert np.array_equal(np.transpose(theirs.get_bounds()), problem.bounds), "pygmo's box is another"

    def run(seed):
        swarm = pg.pso_gen(
            gen=generations - 1, omega=W, eta1=C1, eta2=C2, max_vel=1.0, variant=1, neighb_type=1, seed=seed
        )  # the population itself is the first generation
        population = pg.algorithm(swarm).evolve(pg.population(theirs, PARTICLES, seed=seed))
        return population.champion_f[0], population.problem.get_fevals()

    return run


def pyswarms(problem, generations):
    from pyswarms.single import GlobalBestPSO

    function, count = FUNCTIONS[problem.name], [0]
    bounds = tuple(np.array(problem.bounds).T)

    def counted(X):
        count[0] += len(X)
        return function(X)

    def run(seed):
        np.random.seed(seed)  # noqa: NPY002  # the generator that pyswarms uses
        count[0] = 0
        swarm = GlobalBestPSO(PARTICLES, problem.dim, dict(w=W, c1=C1, c2=C2), bounds=bounds, bh_strategy="nearest")
        best, _ = swarm.optimize(counted, generations, verbose=False)
        return best, count[0]

    return run


def pymoo(problem, generations):
    from pymoo.algorithms.soo.nonconvex.pso import PSO
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    function, (lower, upper) = FUNCTIONS[problem.name], np.array(problem.bounds).T

    class Theirs(Problem):
        def _evaluate(self, X, out, *args, **kwargs):
            out["F"] = function(X)[:, None]

    theirs = Theirs(n_var=problem.dim, n_obj=1, xl=lower, xu=upper)

    def run(seed):
        swarm = PSO(
            PARTICLES, w=W, c1=C1, c2=C2, adaptive=False, pertube_best=False, initial_velocity="zero", max_velocity_rate=1.0
        )
        result = minimize(theirs, swarm, ("n_gen", generations), seed=seed)
        return result.F[0], result.algorithm.evaluator.n_eval

    return run


PEERS = {"pygmo": pygmo, "pyswarms": pyswarms, "pymoo": pymoo}


@contextlib.contextmanager
def elsewhere():
    """A working directory that is thrown away: pyswarms leaves a report.log in it."""
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(home)
            logging.shutdown()


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, generations = options.rounds or (3 if options.quick else 21), 100 if options.quick else 1000
    heading("Particle swarms: 40 particles, one core")
    print(versions("numpy", "numba", "pygmo", "pyswarms", "pymoo"))
    with elsewhere():
        present = {"nnopt": ours} | {name: peer for name, peer in PEERS.items() if installed(name)}
        for name, dim in [(name, dim) for name in FUNCTIONS for dim in (10, 40)]:
            compare(getattr(nnopt.problems, name)(dim), present, rounds, generations)
    print(f"\n{DIFFERENCES}\n{how_quiet()}")


def compare(problem, contestants, rounds, generations):
    evaluations, found = PARTICLES * generations, {name: {} for name in contestants}
    print(f"\n{problem.name}, {problem.dim} dimensions, {evaluations} evaluations")
    point = np.random.default_rng(0).uniform(*np.array(problem.bounds).T)
    assert np.isclose(FUNCTIONS[problem.name](point[None])[0], problem(point), rtol=1e-10), "the functions differ"

    def counted(name, run):
        def one(seed):
            found[name][seed], spent = run(seed)
            assert spent == evaluations, f"{name} made {spent} evaluations, not {evaluations}"

        return one

    runs = {name: counted(name, make(problem, generations)) for name, make in contestants.items()}
    times = rounds_in_turn(runs, rounds, 0.0)
    print(f"  {'':10}  {'ns an evaluation':>16}  {'best value, median over seeds':>30}  ours is faster by (middle half)")
    for name, seconds in times.items():
        line = f"  {name:10}  {np.median(seconds) / evaluations * 1e9:16.1f}  {np.median(list(found[name].values())):30.3g}"
        if name != "nnopt":
            middle, low, high = ratio(times, name, "nnopt")
            line += f"  {middle:8.2f} x  ({low:.2f} to {high:.2f})"
            if name in TARGETS:
                line += f"  target {TARGETS[name]} x: {'reached' if middle >= TARGETS[name] else 'NOT reached'}"
        print(line)


if __name__ == "__main__":
    main()
