"""Which schedule beats the best constant rate? Plans and rules that watch, on a network for digits.

Every way has a grid for its own rate (Polyak's step for its c; Prodigy and Adam's defaults have nothing to choose). The rate is
chosen by the validation loss at the end of the run, on three seeds; ten others are reported. A seed draws the validation rows, the first
weights and the order of the batches, the same for all. The test rows choose nothing, and the numbers are those of the last step.

    OMP_NUM_THREADS=1 python -m benchmarks.schedulers [--quick] [--write book/data/schedulers.json]

The file is what the page "Schedules" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import importlib.metadata
import json
from pathlib import Path

import numpy as np

import nnopt

from .generalization import Task, measured, rounded

BATCH, HIDDEN = 32, 64
TUNING, SEEDS = range(100, 103), range(10)
ADAM = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)
BALL = (0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
POLYAK = (0.1, 0.2, 0.5, 1.0, 2.0)
ALONE = (1.0,)


def tasks():
    """The task, and how many epochs."""
    digits = nnopt.datasets.load("digits")
    for epochs in (10, 30):
        yield Task(f"{epochs} epochs", digits.X_train, digits.y_train, digits.X_test, digits.y_test, held_out=287, epochs=epochs, target=0)



def plans(T):
    """Name -> the schedule with a given largest rate, of a run of T steps."""
    return {
        "constant": lambda lr: lr,
        "step": lambda lr: nnopt.StepDecay(lr, every=-(-T // 3), factor=0.2),
        "linear": lambda lr: nnopt.LinearDecay(lr, T),
        "cosine": lambda lr: nnopt.Cosine(lr, T),
        "restarts": lambda lr: nnopt.WarmRestarts(lr, period=-(-T // 7)),  # T/7 + 2T/7 + 4T/7
        "one cycle": lambda lr: nnopt.OneCycle(lr, T),
        "warm-up, stable, decay": lambda lr: nnopt.WarmupStableDecay(lr, T),
    }


def ways(rows, epochs):
    """Name -> (how an optimizer is made of a number, the numbers to choose from)."""
    batches = -(-rows // BATCH)
    found = {}
    for name, plan in plans(batches * epochs).items():
        found[f"Adam, {name}"] = lambda lr, plan=plan: nnopt.Adam(lr=plan(lr)), ADAM
        found[f"HeavyBall, {name}"] = lambda lr, plan=plan: nnopt.HeavyBall(lr=plan(lr)), BALL
    watch = nnopt.Plateau(patience=1, window=batches, gain=0.1)
    found["Adam, plateau"] = lambda lr: nnopt.Adam(lr=lr, before=(watch,)), ADAM
    found["HeavyBall, plateau"] = lambda lr: nnopt.HeavyBall(lr=lr, before=(watch,)), BALL
    found["Adam, hypergradient"] = lambda lr: nnopt.Adam(lr=lr, before=(nnopt.Hypergradient(),)), ADAM
    found["GD, Polyak's step"] = (
        lambda c: nnopt.GD(lr=1.0, before=(nnopt.PolyakStep(c=c, most=10.0, growth=2 ** (BATCH / rows)),)), POLYAK)
    found["Prodigy, untuned"] = lambda _: nnopt.Prodigy(), ALONE
    found["Prodigy, cosine, untuned"] = lambda _: nnopt.Prodigy(lr=nnopt.Cosine(1.0, batches * epochs)), ALONE
    found["Adam, defaults"] = lambda _: nnopt.Adam(), ALONE
    return found


def ends(task, optimizer, seed):
    """Loss on the training, validation and test rows after the last step, and the accuracy on the test rows; infinite where it diverged."""
    X, y, X_held, y_held = task.split(seed)
    model = nnopt.NetworkClassifier([nnopt.Dense(HIDDEN), nnopt.ReLU()], optimizer=optimizer, epochs=task.epochs, batch_size=BATCH,
                                    random_state=seed)  # fmt: skip
    last = {}
    model.set_params(callback=lambda seen: last.update(net=seen["estimator"].network_, theta=seen["theta"]))
    try:
        model.fit(X, y)
    except ValueError:
        return np.inf, np.inf, np.inf, 0.0
    test, right = measured(last["net"], last["theta"], task.X_test, task.y_test)
    return *(measured(last["net"], last["theta"], *rows)[0] for rows in ((X, y), (X_held, y_held))), test, right


def on(task, tuning, seeds):
    """What every way reaches on a task."""
    rows, found = len(task.X) - task.held_out, {}
    for name, (make, grid) in ways(rows, task.epochs).items():
        held = [np.mean([ends(task, make(number), seed)[1] for seed in tuning]) for number in grid] if len(grid) > 1 else [0.0]
        best = grid[int(np.nanargmin(held))]
        train, _, test, right = np.array([ends(task, make(best), seed) for seed in seeds]).T
        at_an_end = len(grid) > 1 and best in (grid[0], grid[-1])
        found[name] = {"number": best, "at_an_end": at_an_end, "train_loss": train, "test_loss": test, "test_accuracy": right}
        print(f"  {name:34}{best:8g}{' (end)' if at_an_end else '':7} training {np.median(train):.4f}, test {np.median(test):.4f}, "
              f"{np.mean(right):.2%}", flush=True)
    return {"rows": rows, "epochs": task.epochs, "ways": {name: {k: list(v) if isinstance(v, np.ndarray) else v for k, v in way.items()}
                                                          for name, way in found.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one tuning seed, two seeds, the first task: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    tuning, seeds = (TUNING[:1], SEEDS[:2]) if asked.quick else (TUNING, SEEDS)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "scikit-learn")},
        "seeds": len(seeds), "tasks": {},
    }  # fmt: skip
    for task in [*tasks()][: 1 if asked.quick else None]:
        print(task.name, flush=True)
        found["tasks"][task.name] = on(task, tuning, seeds)
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
