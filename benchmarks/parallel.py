"""What several ranks bring: the time of a step on one and on two processes, of a sum over ranks, and what waiting less costs in learning.

    OMP_NUM_THREADS=1 python -m benchmarks.parallel [--quick] [--write book/data/parallel.json]

needs mpi4py and mpiexec (pip install "nnopt[mpi]"), which it calls for two processes. Of times the quantile of a tenth is taken, since other work on the machine only
adds to them. The file is what the page "Parallel training" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import nnopt
from nnopt import GD, Adam, CrossEntropy, Dense, Network, NetworkClassifier, ReLU
from nnopt.practice import MPI, Alone, Threads, TopK
from nnopt.practice.parallel import hogwild, local_sgd

HIDDEN, BATCHES, ROWS = (64, 256), (32, 64, 128, 256, 512), 8192
SIZES = (1, 64, 1024, 4810, 19_210, 65_536, 262_144)
EVERY, STEPS, RANKS = (1, 5, 20, 100, 500), 1000, 4


def digits():
    return nnopt.datasets.load("digits")


# ------------------------------------------------------------------------------------ times
class Clocked:
    """A communicator that notes when each gradient was summed."""

    def __init__(self, communicator):
        self.under, self.rank, self.size, self.ticks = communicator, communicator.rank, communicator.size, []
        self.allreduce = communicator.allreduce

    def allreduce_gradient(self, x):
        self.under.allreduce(x)
        self.ticks.append(time.perf_counter())


def step_seconds(communicator, hidden, batch, steps):
    """The time of a step: the tenth part of them is shorter, those in which nobody else had the processor."""
    data, clocked = digits(), Clocked(communicator)
    rows = np.arange(ROWS) % len(data.X_train)
    epochs = -(-steps * batch // ROWS)
    net = NetworkClassifier([Dense(hidden), ReLU()], optimizer=Adam(), epochs=epochs, batch_size=batch, random_state=0)
    net.fit(data.X_train[rows], data.y_train[rows], communicator=clocked)
    return float(np.quantile(np.diff(clocked.ticks), 0.1))


def sum_seconds(communicator, size, times):
    x, found = np.zeros(size, np.float32), []
    for _ in range(times):
        communicator.allreduce(np.zeros(1))  # together
        began = time.perf_counter()
        communicator.allreduce(x)
        found.append(time.perf_counter() - began)
    return float(np.quantile(found, 0.1))


def on_two(quick):
    """What mpiexec's processes measure; the first prints it."""
    comm = MPI()
    enough = 30 if quick else 300
    sums = [[size, sum_seconds(comm, size, 30 if quick else 300)] for size in SIZES]
    steps = [[hidden, batch, step_seconds(comm, hidden, batch, enough)] for hidden in HIDDEN for batch in BATCHES]
    if comm.rank == 0:
        print(json.dumps({"sums": sums, "steps": steps}))


def times(quick):
    mpiexec = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    alone, enough = Alone(), 30 if quick else 300
    halves = sorted({batch // part for batch in BATCHES for part in (1, 2)})
    one = [[hidden, batch, step_seconds(alone, hidden, batch, enough)] for hidden in HIDDEN for batch in halves]
    done = subprocess.run([mpiexec, "-n", "2", sys.executable, "-m", "benchmarks.parallel", "--on-two", *["--quick"] * quick],
                          capture_output=True, text=True, check=True)  # fmt: skip
    two = json.loads(done.stdout)
    size, seconds = np.array(two["sums"]).T
    weight = 1 / seconds  # relative errors
    alpha, beta = np.linalg.lstsq(np.stack([weight, size * weight], axis=1), np.ones_like(size), rcond=None)[0]
    print(f"a sum over two ranks: {1e6 * alpha:.1f} us and {1e9 * beta:.2f} ns a number")
    for hidden, batch, second in two["steps"]:
        first, half = (next(s for h, b, s in one if (h, b) == (hidden, wanted)) for wanted in (batch, batch // 2))
        guess = half + alpha + beta * ((64 + 1) * hidden + (hidden + 1) * 10)
        print(f"64-{hidden}-10, batch {batch:4}: {1e6 * first:6.0f} us alone, {1e6 * second:6.0f} on two, {first / second:.2f} times, predicted {1e6 * guess:.0f}")
    return {"one": one, "two": two["steps"], "sums": two["sums"], "alpha": float(alpha), "beta": float(beta), "cores": os.cpu_count()}


# ------------------------------------------------------------------------------------ learning
def task():
    data = digits()
    net = Network(Dense(64), ReLU(), Dense(10), input=64, loss=CrossEntropy())
    return net, net.problem(data.X_train, data.y_train)


def error(net, theta):
    data = digits()
    return float(np.mean(net.outputs(theta, data.X_test).argmax(axis=1) != data.y_test))


def seldom(seeds):
    """Local SGD: the same number of steps of each rank, with more and more of them between two averages."""
    (net, problem), labels = task(), digits().y_train
    by_class = np.array_split(np.argsort(labels, kind="stable"), RANKS)
    found = []
    for kind in ("shared", "own classes"):
        for every in EVERY:
            errors = []
            for seed in seeds:
                rows = [np.arange(rank, len(labels), RANKS) for rank in range(RANKS)] if kind == "shared" else by_class
                work = lambda c: local_sgd(problem, GD(lr=0.1), net.start(seed), rows=rows[c.rank], steps=STEPS, every=every, communicator=c, seed=seed)  # noqa: B023, E731
                errors.append(error(net, Threads.run(RANKS, work)[0]))
            found.append([kind, every, errors])
            print(f"local SGD, {kind:12} {every:4} steps between averages: test error {np.median(errors):.1%}", flush=True)
    return found


def without_locks(seeds):
    net, problem = task()
    found = []
    for threads in (1, 2, 4):
        errors = [error(net, hogwild(problem, GD(lr=0.1), net.start(seed), threads=threads, steps=STEPS, seed=seed)) for seed in seeds]
        again = [hogwild(problem, GD(lr=0.1), net.start(0), threads=threads, steps=STEPS, seed=0) for _ in range(5)]
        found.append([threads, errors, all(np.array_equal(again[0], other) for other in again)])
        print(f"Hogwild, {threads} threads: test error {np.median(errors):.1%}, the same each time: {found[-1][2]}", flush=True)
    return found


def compressed(seeds):
    data, found = digits(), []
    for share in (1.0, 0.1, 0.01):
        for feedback in (True, False):
            errors, losses = [], []
            for seed in seeds:

                def work(comm):
                    net = NetworkClassifier([Dense(64), ReLU()], optimizer=GD(lr=0.1), epochs=22, batch_size=32, random_state=seed)  # noqa: B023
                    return net.fit(data.X_train, data.y_train, communicator=TopK(comm, share, feedback))  # noqa: B023

                net = Threads.run(2, work)[0]
                errors.append(1 - net.score(data.X_test, data.y_test))
                losses.append(net.loss_curve_[-1])
            found.append([share, feedback, errors, losses])
            print(f"top {share:.0%}, {'with' if feedback else 'without'} feedback: loss {np.median(losses):.3f}, test error {np.median(errors):.1%}", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it run?")
    parser.add_argument("--on-two", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    if asked.on_two:
        on_two(asked.quick)
        return
    seeds = range(1 if asked.quick else 5)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "mpi4py", "mpich")},
        "times": times(asked.quick), "seldom": seldom(seeds), "hogwild": without_locks(seeds), "compressed": compressed(seeds),
    }  # fmt: skip
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
