"""This checkout beside another one: the same runs, each checkout in a process of its own, in turn, so that noise meets both.

    python -m benchmarks.against OTHER [--rounds N] [--only TEXT]

OTHER is the folder of the other checkout. Both run with this interpreter, and with caches of their own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1]

# What one process measures, again and again as it is asked: name -> nanoseconds of the processor for a unit of work.
WORKER = """
import json, sys, time, warnings
sys.path.insert(0, sys.argv[1])
import numpy as np, nnopt
from nnopt.problems import quadratic, rastrigin, rosenbrock
assert nnopt.__file__.startswith(sys.argv[1]), nnopt.__file__
warnings.simplefilter("ignore")

def descent(optimizer, dim):
    problem, x0 = rosenbrock(dim), np.full(dim, 0.5)
    return 100_000, lambda n: nnopt.minimize(problem, optimizer, x0=x0, max_evals=n)

def swarm(problem):
    return 100_000, lambda n: nnopt.minimize(problem, nnopt.PSO(), max_evals=n, seed=0)

def watched(n):
    return nnopt.minimize(rosenbrock(2), nnopt.GD(lr=1e-4), x0=[0.5, 0.5], max_evals=n, callback=lambda r: None)

digits = nnopt.datasets.load("digits")
X, y = digits.X_train[:1408], digits.y_train[:1408]

def fit(optimizer, epochs, batch):
    def run(n):
        nnopt.MLPClassifier((64,), optimizer=optimizer, epochs=epochs, batch_size=batch, random_state=0).fit(X, y)
    return epochs * (len(X) // batch), run

works = {f"GD, Rosenbrock-{dim}, a step": descent(nnopt.GD(lr=1e-4), dim) for dim in (2, 10, 100)}
works |= {f"Adam, Rosenbrock-{dim}, a step": descent(nnopt.Adam(lr=1e-3), dim) for dim in (2, 10, 100)}
works |= {f"PSO, {p.name}-{p.dim}, an evaluation": swarm(p) for dim in (2, 10, 40) for p in (rosenbrock(dim), rastrigin(dim))}
works["PSO, quadratic-10 (an array), an evaluation"] = swarm(quadratic(10))
works["GD with a callback, a step"] = 2000, watched
works["network 64-64-10, batch 32, Adam, a step (fit)"] = fit(nnopt.Adam(), 10, 32)
works["network 64-64-10, batch 32, PSO, a loss (fit)"] = fit(nnopt.PSO(), 20, 32)
works = {name: work for name, work in works.items() if sys.argv[2] in name}
for size, work in works.values():
    work(size)
for line in sys.stdin:
    found = {}
    for name, (size, work) in works.items():
        began = time.thread_time()
        work(size)
        found[name] = (time.thread_time() - began) / size * 1e9
    print(json.dumps(found), flush=True)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="those whose name has this in it")
    options = parser.parse_args()
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    with tempfile.TemporaryDirectory() as cache:
        workers = [
            subprocess.Popen([sys.executable, "-c", WORKER, str(folder.resolve()), options.only], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, cwd=cache,
                             env={**environment, "NNOPT_CACHE": cache, "OPENBLAS_NUM_THREADS": "1"})
            for folder in (options.other, HERE)
        ]  # fmt: skip
        rounds = []
        for _ in range(options.rounds):
            rounds.append([])
            for worker in workers:
                worker.stdin.write("\n")
                worker.stdin.flush()
                rounds[-1].append(json.loads(worker.stdout.readline()))
        for worker in workers:
            worker.stdin.close()
            worker.wait()
    what = f"ns of the processor, medians of {options.rounds} rounds"
    print(f"{what:50} {'other':>9} {'this':>9}  other / this (middle half)")
    for name in rounds[0][0]:
        times = np.array([[one[name] for one in both] for both in rounds])
        ratios = np.quantile(times[:, 0] / times[:, 1], [0.5, 0.25, 0.75])
        middles = np.median(times, axis=0)
        low, high = ratios[1:]
        print(f"{name:50} {middles[0]:9.1f} {middles[1]:9.1f}  {ratios[0]:6.2f}  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
