"""The 24 functions of BBOB (Hansen et al. 2009): how many targets each method reaches, by evaluations, beside pygmo, SciPy and pycma.

    OMP_NUM_THREADS=1 python -m benchmarks.bbob [--quick] [--jobs N] [--keep FOLDER] [--write [FILE]]

Dimensions 5, 10 and 20, instances 1 to 3, 2,000 evaluations a dimension; 51 targets from 100 to 1e-8 above the optimum. The functions are
IOHexperimenter's (pip install ioh; equal to COCO's to 1e-12), called from Python by all: what is compared is evaluations, not seconds.
All methods have their defaults, the box [-5, 5] and the budget; pygmo's populations have forty members, since it states no default.
pycma restarts itself (BIPOP) from random points with step 2, as COCO's authors run it. What is done is kept in FOLDER (build/bbob), and
not done again.

The file is what the page "Benchmarks" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import contextlib
import functools
import hashlib
import importlib.metadata
import json
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import nnopt

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "bbob.json"
FUNCTIONS, INSTANCES, DIMS = range(1, 25), (1, 2, 3), (5, 10, 20)
BUDGET = 2_000  # evaluations a dimension
TARGETS = 10.0 ** np.linspace(2, -8, 51)
GRID = np.geomspace(1, BUDGET, 45)  # evaluations a dimension, at which the shares are kept
MEMBERS = 40  # of pygmo's populations


class Done(Exception):
    """The budget is used up, or the last target reached: thrown through whatever optimizer asks."""


class Recorded:
    """A function of the suite that notes after how many evaluations each target was first reached."""

    def __init__(self, problem):
        self.problem, self.dim, self.evaluations = problem, problem.meta_data.n_variables, 0
        self.optimum = problem.optimum.y
        self.first = np.full(len(TARGETS), np.inf)
        self.reached, self.next = 0, self.optimum + TARGETS[0]

    def __call__(self, x):
        if self.evaluations >= BUDGET * self.dim:
            raise Done
        value = self.problem(x)
        self.evaluations += 1
        while value <= self.next:
            self.first[self.reached] = self.evaluations
            self.reached += 1
            if self.reached == len(TARGETS):
                raise Done
            self.next = self.optimum + TARGETS[self.reached]
        return value


# ------------------------------------------------------------------------------------ contestants: (function, seed) -> nothing
def ours(optimizer, f, seed):
    nnopt.minimize(f, optimizer, bounds=[(-5.0, 5.0)] * f.dim, max_evals=BUDGET * f.dim, seed=seed)


def pygmo(name, settings, f, seed):
    import pygmo as pg

    class Problem:
        def fitness(self, x):
            return [f(x)]

        def get_bounds(self):
            return [-5.0] * f.dim, [5.0] * f.dim

    pg.set_global_rng_seed(seed + 1)
    population = pg.population(pg.problem(Problem()), MEMBERS, seed=seed + 1)
    algorithm = pg.algorithm(getattr(pg, name)(**settings, seed=seed + 1))
    before = -1
    while f.evaluations > before:  # until the budget ends it; what stops by itself goes on from its population, while it asks
        before = f.evaluations
        population = algorithm.evolve(population)


def scipy(name, f, seed):
    from scipy import optimize

    settings = {"maxiter": 10**6, "tol": 0.0} if name == "differential_evolution" else {"maxiter": 10**6, "maxfun": 10**7}
    getattr(optimize, name)(f, [(-5.0, 5.0)] * f.dim, rng=seed, **settings)


def pycma(f, seed):
    import cma

    rng = np.random.default_rng(seed)
    while True:
        cma.fmin2(f, lambda: rng.uniform(-4, 4, f.dim), 2.0, {"verbose": -9, "seed": seed + 1, "maxfevals": BUDGET * f.dim},
                  restarts=9, bipop=True)  # fmt: skip


ENDLESS = {"gen": 10**6}
UNTIRING = ENDLESS | {"ftol": 0.0, "xtol": 0.0}
CONTESTANTS = {
    "RestartCMAES": functools.partial(ours, nnopt.RestartCMAES()),
    "CMAES": functools.partial(ours, nnopt.CMAES()),
    "LSHADE": functools.partial(ours, nnopt.LSHADE()),
    "DE": functools.partial(ours, nnopt.DE()),
    "PSO": functools.partial(ours, nnopt.PSO(topology="ring")),
    "SA": functools.partial(ours, nnopt.SA()),
    "GA": functools.partial(ours, nnopt.GA()),
    "pycma (BIPOP)": pycma,
    "pygmo cmaes": functools.partial(pygmo, "cmaes", UNTIRING | {"force_bounds": True}),
    "pygmo sade": functools.partial(pygmo, "sade", UNTIRING),
    "pygmo de1220": functools.partial(pygmo, "de1220", UNTIRING),
    "pygmo de": functools.partial(pygmo, "de", UNTIRING),
    "pygmo pso": functools.partial(pygmo, "pso", ENDLESS),
    "pygmo sga": functools.partial(pygmo, "sga", ENDLESS),
    "pygmo simulated_annealing": functools.partial(pygmo, "simulated_annealing", {}),
    "SciPy differential_evolution": functools.partial(scipy, "differential_evolution"),
    "SciPy dual_annealing": functools.partial(scipy, "dual_annealing"),
}


def run(name, dim, folder, functions=FUNCTIONS, instances=INSTANCES):
    """Evaluations to each target, shape (functions, instances, targets), of one method in one dimension; kept in the folder."""
    file = folder / f"{name.replace(' ', '_')}-{dim}.npy"
    if file.exists():
        return np.load(file)
    import ioh

    found = []
    for function in functions:
        for instance in instances:
            f = Recorded(ioh.get_problem(function, instance, dim))
            with contextlib.suppress(Done), warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                CONTESTANTS[name](f, seed=1000 * function + instance)
            found.append(f.first)
    firsts = np.reshape(found, (len(functions), len(instances), len(TARGETS)))
    np.save(file, firsts)
    return firsts


def share(firsts, evaluations):
    """Of all runs and targets, how many were reached within so many evaluations."""
    return float(np.mean(firsts <= evaluations))


def told(firsts, dim):
    """What the page shows of one method in one dimension."""
    curve = [round(share(firsts, dim * at), 4) for at in GRID]
    functions = [round(share(of_one, dim * BUDGET), 3) for of_one in firsts]
    return {"curve": curve, "end": curve[-1], "mean": round(float(np.mean(curve)), 4), "functions": functions}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two functions in five dimensions: does it run?")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", type=Path, default=Path("build/bbob"))
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the shares here, as JSON")
    asked = parser.parse_args()
    folder = asked.keep / "quick" if asked.quick else asked.keep
    folder.mkdir(parents=True, exist_ok=True)
    of = {"functions": (1, 8), "instances": (1,)} if asked.quick else {}
    cases = [(name, dim) for dim in (DIMS[:1] if asked.quick else DIMS) for name in CONTESTANTS]
    versions = {name: importlib.metadata.version(name) for name in ("ioh", "pygmo", "cma", "scipy")}
    found = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "versions": versions, "budget": BUDGET,
             "grid": [round(float(at), 3) for at in GRID], "dims": {}}  # fmt: skip
    with ProcessPoolExecutor(asked.jobs) as pool:
        runs = [pool.submit(run, name, dim, folder, **of) for name, dim in cases]
        for (name, dim), result in zip(cases, runs, strict=True):
            entry = found["dims"].setdefault(str(dim), {})[name] = told(result.result(), dim)
            print(f"{dim:2} dimensions  {name:29} {entry['end']:6.1%} of all targets, {entry['mean']:6.1%} over the budget", flush=True)
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
