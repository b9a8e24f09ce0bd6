"""The learning-rate cliff: seven methods on three tasks, thirteen rates over six decades, five seeds.

    OMP_NUM_THREADS=1 python -m benchmarks.benchmarks [--quick] [--write [FILE]]

The file is what the page "Benchmarks" of the book shows, beside the tables of the ledger; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np

import nnopt
from nnopt.comparison.benchmarks import learning_rates, width
from nnopt.comparison.claims import tasks

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "benchmarks.json"
METHODS = ("GD", "Momentum", "AdaGrad", "RMSprop", "Adam", "Lion", "ScheduleFree")
RATES = np.geomspace(1e-5, 10, 13)
BUDGET, SEEDS = 6e4, 5


def rounded(numbers):
    return [float(f"{number:.4g}") if np.isfinite(number) else None for number in numbers]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds, three rates: does it run?")
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the numbers here, as JSON")
    asked = parser.parse_args()
    rates, seeds, began = (RATES[5:8], 2, time.perf_counter()) if asked.quick else (RATES, SEEDS, time.perf_counter())
    some = {
        "noisy quadratic": tasks.noisy_quadratic(32),
        "digits 64-64-10": tasks.learning("digits 64-64-10", 32, 0.0),
        "text": tasks.learning("text", 32, 0.0),
    }
    found = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "nnopt": nnopt.__version__,
             "rates": rounded(rates), "seeds": seeds, "budget": BUDGET, "tasks": {}}  # fmt: skip
    for name, task in some.items():
        found["tasks"][name] = {}
        for method in METHODS:
            excess = learning_rates(task, getattr(nnopt, method), rates, budget=BUDGET, seeds=seeds)
            found["tasks"][name][method] = {"excess": rounded(excess), "width": width(rates, excess)}
            print(f"{name:18} {method:14} width {width(rates, excess):.1f} decades, best {excess.min():.3g}", flush=True)
    found["seconds"] = round(time.perf_counter() - began)
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
