"""Networks trained without gradients, against Adam: at as many forward passes, and in as much processor time.

Four networks of 17 to 12,730 weights. The unit of cost is one row of data through the network once: a loss over all rows is one pass,
a loss with its gradient three, and on a batch its share of that. Every method starts from the same first network, has six settings, and
gets the best of them by its mean training loss, on seeds of their own; then it runs with seven others. The second budget is time: the
processor seconds of Adam's median run, turned into passes by what a pass of each method took. A task has a process of its own, in which
all its methods run one after the other.

    OMP_NUM_THREADS=1 python -m benchmarks.networks [--quick] [--write [FILE]]

The file is what the page "Networks without gradients" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import itertools
import json
import multiprocessing
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt import BinaryCrossEntropy, CrossEntropy, Dense, Network, ReLU, Tanh

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "networks.json"
COMMAND = "OMP_NUM_THREADS=1 python -m benchmarks.networks --write"
GRADIENT = 3  # forward passes that a loss with its gradient is counted as
BATCH, BATCHED = 32, "Adam, 32 rows"
MATRICES = 100  # weights up to which CMA-ES may decompose its d x d matrix, d^3 operations; above, its separable form runs
POINTS = 40  # of a curve
INSIDE = 0.999  # of the box: float32 would round a point on its wall to one beyond
TUNING, SEEDS = range(1000, 1002), range(7)

RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
RADII = (1.0, 5.0, 25.0)  # of the box, in standard deviations of He's weights
OTHER = {  # two values of one field; with three boxes that is six settings, as Adam's six rates
    "PSO": ("population_size", (16, 50)),
    "GA": ("population_size", (16, 50)),
    "DE": ("population_size", (16, 50)),
    "SHADE": ("population_size", (16, 50)),
    "CMAES": ("step", (0.03, 0.3)),
    "SepCMAES": ("step", (0.03, 0.3)),
    "SA": ("hot", (0.3, 3.0)),
    "TabuSearch": ("neighbours", (5, 20)),
}


@dataclass(frozen=True)
class Task:
    """A network, its rows, how many passes each method gets, and the training loss that counts as trained."""

    name: str
    net: Network
    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    X_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    passes: int
    target: float

    def methods(self):
        large = self.net.size > MATRICES
        left_out = {"CMAES"} if large else {"SepCMAES"}
        return ["Adam", *[BATCHED] * (len(self.X) > BATCH), *(m for m in OTHER if hasattr(nnopt, m) and m not in left_out)]

    def right(self, theta, X, y):
        Z = self.net.outputs(theta, X)
        return float(np.mean((Z[:, 0] > 0 if Z.shape[1] == 1 else Z.argmax(axis=1)) == y))


def spirals(rows, seed):
    """Two spirals of one and a half turns with a little noise, scaled to about [-1, 1]; labels 0 and 1."""
    rng = np.random.default_rng(seed)
    label = np.arange(rows) % 2
    turn = 3 * np.pi * np.sqrt(rng.uniform(0.02, 1, rows))
    angle = turn + np.pi * label
    return (np.column_stack([np.cos(angle), np.sin(angle)]) * turn[:, None] + rng.normal(0, 0.3, (rows, 2))) / (3 * np.pi), label


def tasks():
    corners, exclusive = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    digits, fashion = nnopt.datasets.load("digits"), nnopt.datasets.load("fashion_mnist")
    deep = Network(Dense(16), Tanh(), Dense(16), Tanh(), Dense(2), input=2, loss=CrossEntropy())

    def shallow(pixels):
        return Network(Dense(16), ReLU(), Dense(10), input=pixels, loss=CrossEntropy())

    return [
        Task("XOR", Network(Dense(4), Tanh(), Dense(1), input=2, loss=BinaryCrossEntropy()), corners, exclusive, corners, exclusive,
             passes=30_000, target=0.01),
        Task("spirals", deep, *spirals(200, 0), *spirals(1000, 1), passes=20_000, target=0.1),
        Task("digits", shallow(64), digits.X_train, digits.y_train, digits.X_test, digits.y_test, passes=4000, target=0.5),
        Task("Fashion-MNIST", shallow(784), fashion.X_train[:1000], fashion.y_train[:1000], fashion.X_test, fashion.y_test,
             passes=600, target=1.0),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------ one run
class Run:
    """A network trained once: its loss on all training rows by passes, its accuracies, and the processor seconds that it took."""

    def __init__(self, task, problem, method, setting, seed, passes):
        self.task, self.problem, self.passes = task, problem, passes
        start = task.net.start(np.random.default_rng(seed))
        began = time.process_time()
        if method == BATCHED:
            result = self._in_batches(setting, start, seed)
        else:
            result = self._on_all_rows(method, setting, start, seed)
            self.seconds = time.process_time() - began
            self.used = result.history.nfev + (GRADIENT - 1.0) * getattr(result.history, "njev", 0)
            self.losses = result.history.best
        theta = result.x.astype("float32")
        self.loss = float(problem(theta))
        self.train, self.test = task.right(theta, task.X, task.y), task.right(theta, task.X_test, task.y_test)

    def _on_all_rows(self, method, setting, start, seed):
        if method == "Adam":
            return nnopt.minimize(self.problem, nnopt.Adam(lr=setting), x0=start, max_evals=max(1, self.passes // GRADIENT), seed=seed)
        box = self.task.net.box(setting["radius"])
        optimizer = getattr(nnopt, method)(**{name: value for name, value in setting.items() if name != "radius"})
        return nnopt.minimize(self.problem, optimizer, x0=np.clip(start, *(INSIDE * box.T)), bounds=box, max_evals=self.passes, seed=seed)

    def _in_batches(self, rate, start, seed):
        """Adam in stretches, between which the loss on all rows is looked at, off the clock: batches do not tell it."""
        price = GRADIENT * BATCH / len(self.task.X)
        ends = np.unique(np.geomspace(1, max(1, int(self.passes / price)), POINTS).astype(int))
        result, adam, rng, losses, self.seconds = None, nnopt.Adam(lr=rate), np.random.default_rng(seed), [], 0.0
        for steps in np.diff(ends, prepend=0):
            first = dict(x0=start) if result is None else dict(start=result)
            began = time.process_time()
            result = nnopt.minimize(self.problem, adam, max_evals=int(steps), batch_size=BATCH, seed=rng, **first)
            self.seconds += time.process_time() - began
            losses.append(self.problem(result.x))
        self.used, self.losses = ends * price, np.minimum.accumulate(losses)
        return result

    def to_target(self):
        """Passes until the training loss is at its target."""
        there = np.flatnonzero(self.losses <= self.task.target)
        return float(self.used[there[0]]) if there.size else np.inf

    def at(self, passes):
        """The least loss after so many passes; not a number before the first one is known."""
        known = np.searchsorted(self.used, passes, side="right") - 1
        return np.where(known >= 0, np.asarray(self.losses)[np.maximum(known, 0)], np.nan)


# ------------------------------------------------------------------------------------ a method on a task
def settings(method):
    if method in ("Adam", BATCHED):
        return list(RATES)
    name, values = OTHER[method]
    return [{name: value, "radius": radius} for value, radius in itertools.product(values, RADII)]


def ran(task, problem, method, setting, seeds, passes):
    return [Run(task, problem, method, setting, seed, passes) for seed in seeds]


def numbers(runs):
    return {name: [getattr(run, name) for run in runs] for name in ("loss", "train", "test", "seconds")}


def method_on(task, problem, method, tuning, seeds):
    """The best of six settings, run with all seeds: table of the settings, finals, and quartiles of the curve."""
    Run(task, problem, method, settings(method)[0], 0, 200)  # compiles
    table = [[setting, float(np.mean([run.loss for run in ran(task, problem, method, setting, tuning, task.passes)]))]
             for setting in settings(method)]  # fmt: skip
    best = min(table, key=lambda row: row[1])[0]
    runs = ran(task, problem, method, best, seeds, task.passes)
    grid = np.geomspace(10, task.passes, POINTS)
    curves = np.array([run.at(grid) for run in runs])
    found = {
        "tuning": table, "setting": best, **numbers(runs), "to_target": [run.to_target() for run in runs],
        "curve": np.median(curves, axis=0).tolist(), "low": curves.min(axis=0).tolist(), "high": curves.max(axis=0).tolist(),
    }  # fmt: skip
    print(f"{task.name:14} {method:14} {best}: loss {np.median(found['loss']):.4f}, test {np.median(found['test']):.1%}, "
          f"{np.median(found['seconds']):.2f} s, target {np.isfinite(found['to_target']).sum()}/{len(runs)}", flush=True)
    return found


def on(task, tuning, seeds):
    problem = task.net.problem(task.X, task.y, dtype="float32")
    methods = {method: method_on(task, problem, method, tuning, seeds) for method in task.methods()}
    clock = float(np.median(methods["Adam"]["seconds"]))
    for method, found in methods.items():
        passes = max(100, round(task.passes * clock / np.median(found["seconds"])))
        found["equal_time"] = {"passes": passes, **numbers(ran(task, problem, method, found["setting"], seeds, passes))}
    return {"weights": task.net.size, "rows": len(task.X), "test_rows": len(task.X_test), "passes": task.passes, "target": task.target,
            "seconds": clock, "grid": np.geomspace(10, task.passes, POINTS).tolist(), "methods": methods}  # fmt: skip


def alone(tuning, seeds, number):
    """One task, in its process."""
    task, began = tasks()[number], time.perf_counter()
    with threadpool_limits(1):
        found = on(task, tuning, seeds)
    print(f"{task.name} in {time.perf_counter() - began:.0f} s", flush=True)
    return found


# ------------------------------------------------------------------------------------ the file
def rounded(found):
    """Four digits of every number; what is not finite is null."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [rounded(value) for value in found]
    if isinstance(found, (float, np.floating)):
        return float(f"{found:.4g}") if np.isfinite(found) else None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one seed of each: does it run?")
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the numbers here, as JSON (book/data/networks.json)")
    asked = parser.parse_args()
    tuning, seeds = (TUNING[:1], SEEDS[:2]) if asked.quick else (TUNING, SEEDS)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "command": COMMAND,
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy")},
        "seeds": len(seeds), "settings": len(RATES), "tasks": {},
    }  # fmt: skip
    names = [task.name for task in tasks()]
    with multiprocessing.get_context("spawn").Pool(len(names)) as pool:
        measured = pool.map(functools.partial(alone, tuning, seeds), range(len(names)), chunksize=1)
    found["tasks"] = dict(zip(names, measured, strict=True))
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
