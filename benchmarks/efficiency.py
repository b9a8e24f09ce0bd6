"""Work, time and memory of a step: methods of the book at a hundred to a million parameters, and what batches bring.

    OMP_NUM_THREADS=1 python -m benchmarks.efficiency [--quick] [--write [FILE]]

The file is what the page "Work, time and memory" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import json
import platform
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt.comparison.efficiency import growth, numbers_kept, step_seconds

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "efficiency.json"
GRADIENT = ("GD", "Momentum", "AdaGrad", "RMSprop", "Adam", "AdamW", "Lion", "RAdam")
POPULATIONS = ("PSO", "DE", "GA", "SepCMAES", "CMAES")
DIMS = {"gradient": (10**3, 10**4, 10**5, 10**6), "populations": (10, 100, 1000)}
CMA_DIMS = (10, 30, 100)
BATCHES = (1, 8, 64, 512)


def triad(n=4_000_000, rounds=7):
    """Bytes a second of a = b + s c on arrays far larger than the caches."""
    b, c, a = np.ones(n), np.ones(n), np.empty(n)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        np.multiply(c, 1.5, out=a)
        np.add(a, b, out=a)
        times.append(time.perf_counter() - began)
    return 5 * 8 * n / min(times)


def product_rate(n=512, rounds=15):
    """Operations a second of a product of two float32 matrices."""
    A, B, times = np.ones((n, n), np.float32), np.ones((n, n), np.float32), []
    for _ in range(rounds):
        began = time.perf_counter()
        A @ B
        times.append(time.perf_counter() - began)
    return 2 * n**3 / min(times)


def batch_microseconds(rounds=9):
    """Microseconds a row of a loss with its gradient, 64-64-10 in float32."""
    digits = nnopt.datasets.load("digits")
    net = nnopt.Network(nnopt.Dense(64), nnopt.ReLU(), nnopt.Dense(10), input=64, loss=nnopt.CrossEntropy())
    problem, start, found = net.problem(digits.X_train, digits.y_train, dtype="float32"), net.start(0), {}
    for batch in BATCHES:
        steps, times = max(20, 2000 // batch), []
        for _ in range(rounds):
            began = time.process_time()
            nnopt.minimize(problem, nnopt.GD(lr=1e-4), x0=start, max_evals=steps, batch_size=batch, seed=0)
            times.append((time.process_time() - began) / (steps * batch))
        found[str(batch)] = 1e6 * float(np.median(times))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the numbers here, as JSON")
    asked = parser.parse_args()
    found = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "machine": platform.machine(), "methods": {}}
    with threadpool_limits(1):
        for name in (*GRADIENT, *POPULATIONS):
            dims = DIMS["gradient"] if name in GRADIENT else CMA_DIMS if name == "CMAES" else DIMS["populations"]
            dims = dims[:2] if asked.quick else dims
            optimizer = getattr(nnopt, name)()
            seconds = [step_seconds(optimizer, dim, steps=20 if dim >= 10**5 else 200) for dim in dims]
            kept = [numbers_kept(optimizer, dim) for dim in dims]
            found["methods"][name] = {
                "dims": dims,
                "seconds": [float(f"{s:.4g}") for s in seconds],
                "kept": [k / d for k, d in zip(kept, dims)],
                "growth": growth(dims[-3:], seconds[-3:]),
            }
            print(
                f"{name:10} {kept[-1] / dims[-1]:8.1f} numbers a parameter, {1e9 * seconds[-1] / dims[-1]:7.2f} ns a parameter", flush=True
            )
        found["bytes a second"], found["operations a second"] = triad(), product_rate()
        found["microseconds a row"] = batch_microseconds()
    print({name: found[name] for name in ("bytes a second", "operations a second", "microseconds a row")})
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
