"""What an optimizer decides: how fast it trains, and how well its networks do on rows that they have not seen.

Nine methods on three tasks, each with a learning rate from the same grid: once the rate that is fastest on the training rows, once the one
with the least loss on validation rows. Tuned on seeds of their own, then run with ten others: a seed draws the validation rows, the
first weights and the order of the batches, and it draws the same for all methods, so that they can be compared in pairs. Then what else
decides: rows, weight decay, batch size, the epoch to stop at. The test rows choose nothing.

    OMP_NUM_THREADS=1 python -m benchmarks.generalization [--quick] [--write book/data/generalization.json]

The file is what the page "Speed and generalization" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

import nnopt

METHODS = ("SGD", "MiniBatchGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adam", "AdamW", "Lion")
RATES = tuple(float(f"{10 ** (k / 2):.2g}") for k in range(-7, 2))  # 3.2e-4 to 3.2, two in a decade
DECAYS = (0.0, 0.01, 0.1, 0.3, 1.0, 3.0)
BATCHES = (8, 512)
BATCH, HIDDEN, WRONG = 32, 64, 0.2
TUNING, SEEDS = range(1000, 1003), range(10)
POWER = 12  # iterations for the largest curvature


@dataclass(frozen=True)
class Task:
    """Data with labels, how many rows are held out for validation, how long is trained, and which training loss counts as trained."""

    name: str
    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    X_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    held_out: int
    epochs: int
    target: float
    methods: tuple = METHODS

    def split(self, seed, share=1.0):
        """(X, y) of training and validation rows; of the first only a share."""
        X, X_held, y, y_held = train_test_split(self.X, self.y, test_size=self.held_out, stratify=self.y, random_state=seed)
        rows = round(share * len(X))
        return X[:rows], y[:rows], X_held, y_held


def tasks():
    digits, fashion = nnopt.datasets.load("digits"), nnopt.datasets.load("fashion_mnist")
    rng, labels = np.random.default_rng(5), digits.y_train.copy()
    wrong = rng.choice(len(labels), round(WRONG * len(labels)), replace=False)
    labels[wrong] = (labels[wrong] + rng.integers(1, 10, len(wrong))) % 10
    test = digits.X_test, digits.y_test
    return [
        Task("digits", digits.X_train, digits.y_train, *test, held_out=287, epochs=100, target=0.025),
        Task("digits, wrong labels", digits.X_train, labels, *test, held_out=287, epochs=100, target=0.25),
        Task("Fashion-MNIST", fashion.X_train, fashion.y_train, fashion.X_test, fashion.y_test, held_out=1000, epochs=30, target=0.25,
             methods=METHODS[1:]),  # one row a step, 5,000 steps an epoch, takes ten times as long as the others
    ]


# ------------------------------------------------------------------------------------ one run
def measured(net, theta, X, y):
    """Mean cross-entropy and share of right answers."""
    Z = net.outputs(theta, X).astype(float)
    top = Z.max(axis=1)
    right = Z[np.arange(len(y)), y]
    return np.mean(top + np.log(np.exp(Z - top[:, None]).sum(axis=1)) - right), np.mean(Z.argmax(axis=1) == y)


class Run:
    """A network trained once, and what it was worth after each epoch."""

    def __init__(self, task, optimizer, seed, batch=BATCH, share=1.0):
        X, y, X_held, y_held = task.split(seed, share)
        parts = {"train": (X, y), "held": (X_held, y_held), "test": (task.X_test, task.y_test)}
        self.task, self.rows, self.best = task, (X, y), None
        self.loss, self.accuracy = {name: [] for name in parts}, {name: [] for name in parts}

        def after_epoch(seen):
            for name, rows in parts.items():
                loss, accuracy = measured(seen["estimator"].network_, seen["theta"], *rows)
                self.loss[name].append(loss)
                self.accuracy[name].append(accuracy)
            if self.loss["held"][-1] <= min(self.loss["held"]):
                self.best = seen["theta"]

        batch = 1 if isinstance(optimizer, nnopt.SGD) else batch
        self.model = nnopt.NetworkClassifier([nnopt.Dense(HIDDEN), nnopt.ReLU()], optimizer=optimizer, epochs=task.epochs, batch_size=batch,
                                             random_state=seed, callback=after_epoch)  # fmt: skip
        try:
            self.model.fit(X, y)
            self.finite = np.isfinite(self.loss["train"]).all()
        except ValueError:  # it diverged
            self.finite = False

    def held_loss(self):
        """The least validation loss of all epochs."""
        return min(self.loss["held"]) if self.finite else np.inf

    def epochs_to_target(self):
        """Epochs until the training loss is at its target; between two epochs its logarithm is taken for a line."""
        loss = np.array(self.loss["train"]) if self.finite else np.array([np.inf])
        there = np.flatnonzero(loss <= self.task.target)
        if not there.size:
            return np.inf
        after = there[0]
        if after == 0:
            return 1.0
        before = np.log(loss[after - 1])
        return after + (before - np.log(self.task.target)) / (before - np.log(loss[after]))

    def sharpness(self):
        """The largest eigenvalue of the training loss's Hessian at the best epoch, by power iteration on differences of gradients."""
        net, (X, y) = self.model.network_, self.rows
        problem, theta = net.problem(X, y), self.best.astype(float)
        v, step = np.random.default_rng(0).standard_normal(theta.size), 1e-4
        for _ in range(POWER):
            v /= np.linalg.norm(v)
            Hv = (problem.grad(theta + step * v) - problem.grad(theta - step * v)) / (2 * step)
            v, curvature = Hv, v @ Hv
        return curvature


def summary(runs, sharp=False):
    """What is kept of the runs of ten seeds."""
    best = [int(np.argmin(run.loss["held"])) for run in runs]
    found = {
        "epochs_to_target": [run.epochs_to_target() for run in runs],
        "best_epoch": [1 + b for b in best],
        "last_train_loss": [run.loss["train"][-1] for run in runs],
        "last_train_accuracy": [run.accuracy["train"][-1] for run in runs],
    }
    for name in ("loss", "accuracy"):
        found[f"test_{name}"] = [getattr(run, name)["test"][b] for run, b in zip(runs, best, strict=True)]
        found[f"last_test_{name}"] = [getattr(run, name)["test"][-1] for run in runs]
    if sharp:
        found["sharpness"] = [run.sharpness() for run in runs]
    return found


def curves(runs):
    """Medians over the seeds, epoch by epoch."""
    return {part: np.median([run.loss[part] for run in runs], axis=0).tolist() for part in ("train", "test")}


# ------------------------------------------------------------------------------------ tuning
def tuned(task, make, settings, seeds, wider=False, **how):
    """All settings on the first of the tuning seeds; the three fastest and the three of least validation loss on the others, too.

    Where one of the two best stands at an end of the settings, and these may be ``wider``, half a decade more is tried there.
    Returned are a table (setting, epochs to the target, validation loss, seeds) and the two best settings, by the means.
    """
    settings, found = sorted(settings), {}

    def best(column, among):
        return sorted(among, key=lambda s: np.mean(found[s], axis=0)[column])

    def enter(setting, seed):
        run = Run(task, make(setting), seed, **how)
        found.setdefault(setting, []).append((run.epochs_to_target(), run.held_loss()))

    for setting in settings:
        enter(setting, seeds[0])
    while wider and (ends := {best(column, settings)[0] for column in (0, 1)} & {settings[0], settings[-1]}) and len(settings) < 16:
        more = [float(f"{end / 10**0.5 if end == settings[0] else end * 10**0.5:.2g}") for end in ends]
        settings = sorted({*settings, *more})
        for setting in more:
            enter(setting, seeds[0])
    for setting in {s for column in (0, 1) for s in best(column, settings)[:3]}:
        for seed in seeds[1:]:
            enter(setting, seed)
    most = [setting for setting in settings if len(found[setting]) == len(seeds)]
    table = [[setting, *np.mean(found[setting], axis=0).tolist(), len(found[setting])] for setting in settings]
    return {"settings": table, "fastest": best(0, most)[0], "best": best(1, most)[0]}


def optimizer(method, rate):
    return getattr(nnopt, method)(lr=rate)


def method_on(task, method, rates, tuning, seeds):
    make = functools.partial(optimizer, method)
    found = tuned(task, make, rates, tuning, wider=True)
    best = [Run(task, make(found["best"]), seed) for seed in seeds]
    fastest = best if found["fastest"] == found["best"] else [Run(task, make(found["fastest"]), seed) for seed in seeds]
    epochs, right = np.mean(summary(fastest)["epochs_to_target"]), np.mean(summary(best)["test_accuracy"])
    print(f"  {method:12} rate {found['fastest']:g}: {epochs:5.1f} epochs; rate {found['best']:g}: test {right:.2%}", flush=True)
    return {"tuning": found, "fast": summary(fastest), "good": summary(best, sharp=True), "curves": curves(best)}


def what_else(task, rate, rates, tuning, seeds):
    """Adam at its rate, one thing changed at a time."""
    adam, found = functools.partial(optimizer, "Adam"), {}

    def decayed(weight):
        return nnopt.AdamW(lr=rate, weight_decay=weight)

    def enter(name, make, setting, **how):
        found[name] = {"setting": setting, **summary([Run(task, make(setting), seed, **how) for seed in seeds])}
        print(f"  {name:24} {setting:g}: test {np.mean(found[name]['test_accuracy']):.2%}", flush=True)

    enter("half of the rows", adam, rate, share=0.5)
    enter("a quarter of the rows", adam, rate, share=0.25)
    enter("weight decay", decayed, tuned(task, decayed, DECAYS, tuning)["best"])
    for batch in BATCHES:
        enter(f"batch {batch}, same rate", adam, rate, batch=batch)
        enter(f"batch {batch}, own rate", adam, tuned(task, adam, rates, tuning, wider=True, batch=batch)["best"], batch=batch)
    return found


def microseconds_a_step(task, rates):
    """Processor time of a step, the median of five, the methods in turn."""
    X, y, *_ = task.split(0)
    times = {method: [] for method in task.methods}
    for _ in range(6):
        for method in task.methods:
            batch = 1 if method == "SGD" else BATCH
            model = nnopt.NetworkClassifier([nnopt.Dense(HIDDEN), nnopt.ReLU()], optimizer=optimizer(method, rates[method]), epochs=2,
                                            batch_size=batch, random_state=0)  # fmt: skip
            began = time.process_time()
            model.fit(X, y)
            times[method].append((time.process_time() - began) / (2 * -(-len(X) // batch)))
    return {method: 1e6 * float(np.median(some[1:])) for method, some in times.items()}


# ------------------------------------------------------------------------------------ the file
def rounded(found):
    """Five digits of every number; what is not finite is null."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [rounded(value) for value in found]
    if isinstance(found, (float, np.floating)):
        return float(f"{found:.5g}") if np.isfinite(found) else None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one seed, three rates: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    rates, tuning, seeds = (RATES[3:6], TUNING[:1], SEEDS[:2]) if asked.quick else (RATES, TUNING, SEEDS)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "scikit-learn")},
        "seeds": len(seeds), "rates": rates, "tasks": {},
    }  # fmt: skip
    for task in tasks():
        print(task.name, flush=True)
        methods = {method: method_on(task, method, rates, tuning, seeds) for method in task.methods}
        best = {method: entry["tuning"]["best"] for method, entry in methods.items()}
        found["tasks"][task.name] = {
            "rows": len(task.X) - task.held_out, "held_out": task.held_out, "test": len(task.X_test), "epochs": task.epochs,
            "target": task.target, "methods": methods, "else": what_else(task, best["Adam"], rates, tuning, seeds),
            "microseconds_a_step": microseconds_a_step(task, best),
        }  # fmt: skip
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
