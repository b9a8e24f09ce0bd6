"""Metaheuristics beside Python's libraries: microseconds an evaluation, objective included, of pymoo, mealpy, DEAP and SciPy.

Rosenbrock and Rastrigin in 10 and 40 dimensions, populations of 40, 8,000 evaluations for a peer (ours 200,000), the same kind of method;
pymoo gets the function of a whole population, as its users write it, the others a NumPy function of a point. Rates are compared, not
results: operators and defaults differ from library to library. mealpy needs NumPy 1: install the peers apart
(pip install pymoo mealpy deap).

    python -m benchmarks.python_peers [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, ratio, rounds_in_turn, versions  # isort: skip

import math
import warnings

import numpy as np

import nnopt

MEMBERS, EVALUATIONS, OURS = 40, 8_000, 200_000
FLAT = 2 * math.pi


def rosenbrock(X):
    """Of a point, shape (d,), or of many, (n, d)."""
    return np.sum(100.0 * (X[..., 1:] - X[..., :-1] ** 2) ** 2 + (1.0 - X[..., :-1]) ** 2, axis=-1)


def rastrigin(X):
    return np.sum(X * X - 10.0 * np.cos(FLAT * X) + 10.0, axis=-1)


# ------------------------------------------------------------------------------------ contestants: (function, box, dim) -> a run
def scipy_de(f, low, high, dim):
    from scipy.optimize import differential_evolution

    size = max(1, MEMBERS // dim)
    generations = EVALUATIONS // (size * dim) - 1
    return lambda r: differential_evolution(f, [(low, high)] * dim, popsize=size, maxiter=generations, tol=0, polish=False, rng=r).nfev


def scipy_annealing(f, low, high, dim):
    from scipy.optimize import dual_annealing

    return lambda r: dual_annealing(f, [(low, high)] * dim, maxfun=EVALUATIONS, maxiter=10**6, no_local_search=True, rng=r).nfev


def pymoo(name):
    def contestant(f, low, high, dim):
        from pymoo.algorithms.soo.nonconvex.de import DE
        from pymoo.algorithms.soo.nonconvex.ga import GA
        from pymoo.algorithms.soo.nonconvex.pso import PSO
        from pymoo.core.problem import Problem
        from pymoo.optimize import minimize

        class Whole(Problem):
            def __init__(self):
                super().__init__(n_var=dim, n_obj=1, xl=low, xu=high)

            def _evaluate(self, x, out, *args, **kwargs):
                out["F"] = f(x)

        make = {"GA": GA, "DE": DE, "PSO": PSO}[name]
        return lambda r: minimize(Whole(), make(pop_size=MEMBERS), ("n_eval", EVALUATIONS), seed=r).algorithm.evaluator.n_eval

    return contestant


def mealpy(module, name):
    def contestant(f, low, high, dim):
        import importlib

        from mealpy import FloatVar

        cls = getattr(importlib.import_module(f"mealpy.{module}"), name)
        problem = {"obj_func": f, "bounds": FloatVar(lb=(low,) * dim, ub=(high,) * dim), "minmax": "min", "log_to": None}

        def run(r):
            model = cls(epoch=EVALUATIONS // MEMBERS, pop_size=MEMBERS)
            model.solve(problem, seed=r, termination={"max_fe": EVALUATIONS})
            return model.nfe_counter

        return run

    return contestant


def deap(f, low, high, dim):
    import random

    from deap import algorithms, base, creator, tools

    if not hasattr(creator, "Least"):
        creator.create("Least", base.Fitness, weights=(-1.0,))
        creator.create("Member", list, fitness=creator.Least)
    box = base.Toolbox()
    box.register("member", tools.initRepeat, creator.Member, lambda: random.uniform(low, high), dim)
    box.register("population", tools.initRepeat, list, box.member)
    box.register("evaluate", lambda x: (float(f(np.array(x))),))
    box.register("mate", tools.cxSimulatedBinaryBounded, eta=15.0, low=low, up=high)
    box.register("mutate", tools.mutPolynomialBounded, eta=20.0, low=low, up=high, indpb=1.0 / dim)
    box.register("select", tools.selTournament, tournsize=3)

    def run(r):
        random.seed(r)
        _, book = algorithms.eaSimple(box.population(n=MEMBERS), box, 0.9, 1.0, EVALUATIONS // MEMBERS - 1, verbose=False)
        return sum(book.select("nevals"))

    return run


PEERS = {
    "GA": {"pymoo GA": (pymoo("GA"), "pymoo"), "mealpy BaseGA": (mealpy("evolutionary_based.GA", "BaseGA"), "mealpy"),
           "DEAP eaSimple": (deap, "deap")},
    "DE": {"pymoo DE": (pymoo("DE"), "pymoo"), "mealpy OriginalDE": (mealpy("evolutionary_based.DE", "OriginalDE"), "mealpy"),
           "SciPy differential_evolution": (scipy_de, "scipy")},
    "PSO": {"pymoo PSO": (pymoo("PSO"), "pymoo"), "mealpy OriginalPSO": (mealpy("swarm_based.PSO", "OriginalPSO"), "mealpy")},
    "SA": {"mealpy OriginalSA": (mealpy("physics_based.SA", "OriginalSA"), "mealpy"), "SciPy dual_annealing": (scipy_annealing, "scipy")},
}  # fmt: skip
METHODS = {
    "GA": nnopt.GA(population_size=MEMBERS),
    "DE": nnopt.DE(population_size=MEMBERS),
    "PSO": nnopt.PSO(population_size=MEMBERS),
    "SA": nnopt.SA(),
}
FUNCTIONS = {"Rosenbrock": (rosenbrock, nnopt.problems.rosenbrock), "Rastrigin": (rastrigin, nnopt.problems.rastrigin)}


def ours(problem, optimizer):
    return lambda r: nnopt.minimize(problem, optimizer, max_evals=OURS, seed=r).nfev


def an_evaluation(run, counts, name):
    """The same run; it notes how many evaluations it made."""

    def counted(r):
        counts[name] = run(r)

    return counted


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds = options.rounds or (1 if options.quick else 5)
    warnings.simplefilter("ignore")
    heading("Metaheuristics beside Python's libraries: microseconds an evaluation")
    print(versions("numpy", "numba", "scipy", "pymoo", "mealpy", "deap"))
    for label, (function, make) in FUNCTIONS.items():
        for dim in (10,) if options.quick else (10, 40):
            problem = make(dim)
            low, high = problem.bounds[0]
            for kind, peers in PEERS.items():
                runs = {"nnopt": ours(problem, METHODS[kind])}
                runs |= {name: peer(function, low, high, dim) for name, (peer, module) in peers.items() if installed(module)}
                counts: dict = {}
                times = rounds_in_turn({name: an_evaluation(run, counts, name) for name, run in runs.items()}, rounds, 0.0)
                times = {name: seconds / counts[name] for name, seconds in times.items()}
                for name in runs:
                    beside = "" if name == "nnopt" else "{:7.0f} x ({:.0f} to {:.0f})".format(*ratio(times, name, "nnopt"))
                    print(f"  {label:10} {dim:2}  {kind:3}  {name:29} {1e6 * np.median(times[name]):8.2f} us{beside}", flush=True)
    print(how_quiet())


if __name__ == "__main__":
    main()
