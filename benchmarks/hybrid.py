"""Hybrids: Lamarck and Baldwin beside both parents, basin hopping beside restarts on clusters of atoms, a hand-over on XOR.

    OMP_NUM_THREADS=1 python -m benchmarks.hybrid [--quick] [--write [FILE]]

A value counts one, a gradient one. Of the memetic algorithms a generation is finished, so that they overspend by less than one; their
settings were chosen on five other seeds.

The file is what the page "Hybrids" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

import nnopt
from nnopt import DE, GA, LBFGS, BasinHopping
from nnopt.frontier.hybrid import hand_over, memetic

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "hybrid.json"
BUDGET, TARGET, STEPS = 12_000, 1e-6, 10
RUGGED = {
    "Rastrigin 20": (nnopt.problems.rastrigin(20), GA(population_size=6)),
    "turned Rastrigin 10": (
        nnopt.problems.rotated(nnopt.problems.shifted(nnopt.problems.rastrigin(10), np.linspace(-2, 2, 10)), 0),
        DE(population_size=15, F=0.5, CR=0.5, pull=0.3),
    ),
}


def restarts(problem, target, budget, seed, each=10**6):
    """L-BFGS from random points of the box until the target is reached: the best value, and what was spent."""
    rng, best, spent = np.random.default_rng(seed), np.inf, 0
    low, high = np.transpose(problem.bounds)
    while spent < budget and best > target:
        run = nnopt.minimize(problem, LBFGS(), x0=rng.uniform(low, high), max_evals=min(each, max(1, (budget - spent) // 2)), gtol=1e-5)
        best, spent = min(best, run.fun), spent + run.nfev + run.njev
    return best, spent


def rugged(seeds):
    """Function -> method -> (value, spent) of each seed."""
    found = {}
    for name, (problem, population) in RUGGED.items():
        entry = found[name] = {}
        for way, inherit in (("Lamarck", True), ("Baldwin", False)):
            given = dict(steps=STEPS, max_evals=BUDGET, inherit=inherit, target=TARGET)
            runs = [memetic(problem, population, LBFGS(), seed=seed, **given) for seed in seeds]
            entry[way] = [(run.fun, run.spent) for run in runs]
        parents = {"the same population": population, "GA": GA(), "DE": DE()}
        for way, parent in parents.items():
            runs = [nnopt.minimize(problem, parent, max_evals=BUDGET, target=TARGET, seed=seed) for seed in seeds]
            entry[way] = [(run.fun, run.nfev) for run in runs]
        entry["restarts"] = [restarts(problem, TARGET, BUDGET, seed) for seed in seeds]
        print(name, {way: f"{sum(value <= TARGET for value, _ in runs)} of {len(runs)}" for way, runs in entry.items()}, flush=True)
    return found


def clusters(sizes, budget, seeds):
    """Atoms -> method -> (value, spent) of each seed."""
    found = {}
    for atoms in sizes:
        problem = nnopt.problems.lennard_jones(atoms)
        target = problem.minimum + 1e-4
        low, high = np.transpose(problem.bounds)
        entry = found[str(atoms)] = {"hopping": [], "restarts": []}
        for seed in seeds:
            start = np.random.default_rng(seed).uniform(low, high)
            method = BasinHopping(step=0.4, temperature=0.8)
            run = nnopt.minimize(problem, method, x0=start, max_evals=budget // 2, target=target, seed=seed)
            entry["hopping"].append((run.fun, run.nfev + run.njev))
            entry["restarts"].append(restarts(problem, target, budget, seed))
        reached = {way: sum(value <= target for value, _ in runs) for way, runs in entry.items()}
        print(f"{atoms} atoms", reached, {way: np.median([spent for _, spent in runs]) for way, runs in entry.items()}, flush=True)
    return found


def xor(seeds, budget=3_000, solved=0.01):
    """A network of two neurons: a swarm that hands over, and a descent that is begun anew; how many seeds come below the loss."""
    net = nnopt.Network(nnopt.Dense(2), nnopt.Tanh(), nnopt.Dense(1), input=2, loss=nnopt.SquaredError())
    problem = net.problem([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
    problem = nnopt.problems.Problem("XOR", problem, problem.grad, net.size, [(-5.0, 5.0)] * net.size)
    swarm = [hand_over(problem, nnopt.PSO(), LBFGS(), max_evals=budget, seed=seed) for seed in seeds]
    anew = [restarts(problem, solved, budget, seed) for seed in seeds]
    found = {"hand-over": [(run.fun, run.spent) for run in swarm], "restarts": anew}
    print("XOR", {way: (sum(v <= solved for v, _ in runs), np.median([s for _, s in runs])) for way, runs in found.items()})
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few seeds: does it run?")
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the numbers here, as JSON")
    asked = parser.parse_args()
    seeds = range(100, 102 if asked.quick else 115)
    found = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "target": TARGET, "budget": BUDGET}
    found["rugged"] = rugged(seeds)
    found["clusters"] = clusters((13,) if asked.quick else (13, 19), 400_000, seeds)
    found["xor"] = xor(seeds)
    if asked.write:
        rounded = json.loads(json.dumps(found), parse_float=lambda text: float(f"{float(text):.6g}"))
        Path(asked.write).write_text(json.dumps(rounded, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
