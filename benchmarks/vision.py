"""Pictures of clothes, classified by a convolutional network, and digits on a canvas, found by another.

Three methods are tuned alike on validation rows, then run with three seeds; then networks with and without dropout are trained for longer,
in less than a minute of one core. The detector is trained once on canvases of training digits and looks at canvases of test digits. The
test rows choose nothing.

    OMP_NUM_THREADS=1 python -m benchmarks.vision [--quick] [--write book/data/vision.json]

The file is what the page "Vision" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import importlib.metadata
import json
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt import Conv, Dense, Dropout, MaxPool, Network, ReLU, Reshape, SquaredError
from nnopt.applications import vision

RATES = {"MiniBatchGD": (0.032, 0.1, 0.32, 1.0), "Momentum": (0.0032, 0.01, 0.032, 0.1), "Adam": (0.001, 0.0032, 0.01, 0.032)}
BATCH, HELD_OUT, TUNING_EPOCHS, EPOCHS, LONG_EPOCHS, SEEDS = 32, 1000, 4, 8, 50, range(3)
SIDE, CELLS, CANVASES, DETECTOR_EPOCHS = 32, 4, 4000, 28


def falling(rate):
    """A rate that falls in a straight line to 2 % of its first value."""
    return lambda progress: rate * max(0.02, 1 - progress)


def cnn(dropout=0.3):
    return [Reshape(1, 28, 28), Conv(8), ReLU(), MaxPool(), Conv(16), ReLU(), MaxPool(), *([Dropout(dropout)] if dropout else [])]


def perceptron():
    return [Dense(64), ReLU()]


def fitted(data, layers, method, rate, epochs, seed, held_out=True):
    """(accuracy on validation rows, on test rows, test accuracies by epoch, seconds of the processor)."""
    optimizer, curve = getattr(nnopt, method)(lr=falling(rate)), []
    rows = np.random.default_rng(seed).permutation(len(data.X_train))
    held, rows = (rows[:HELD_OUT], rows[HELD_OUT:]) if held_out else (rows[:0], rows)

    def after_epoch(seen):
        Z = seen["estimator"].network_.outputs(seen["theta"], data.X_test)
        curve.append(float(np.mean(Z.argmax(axis=1) == data.y_test)))

    model = nnopt.NetworkClassifier(layers, optimizer=optimizer, epochs=epochs, batch_size=BATCH, random_state=seed, callback=after_epoch)
    began = time.process_time()
    try:
        model.fit(data.X_train[rows], data.y_train[rows])
    except ValueError:  # it diverged
        return 0.0, 0.0, [], 0.0
    seconds = time.process_time() - began
    return (model.score(data.X_train[held], data.y_train[held]) if held_out else np.nan), curve[-1], curve, seconds


def classification(quick):
    data = nnopt.datasets.load("fashion_mnist")
    short, epochs, long, seeds = (1, 1, 1, SEEDS[:1]) if quick else (TUNING_EPOCHS, EPOCHS, LONG_EPOCHS, SEEDS)
    found = {"methods": {}, "long": {}}
    for method, rates in RATES.items():
        tuning = {rate: fitted(data, cnn(), method, rate, short, 1000)[0] for rate in rates}
        best = max(tuning, key=tuning.get)
        runs = [fitted(data, cnn(), method, best, epochs, seed) for seed in seeds]
        curve = np.mean([run[2] for run in runs], axis=0).tolist()
        found["methods"][method] = dict(tuning=list(map(list, tuning.items())), best=best, curve=curve,
                                        test=[run[1] for run in runs], seconds=[run[3] for run in runs])  # fmt: skip
        print(f"  {method:12} rate {best:g}: test {np.mean([run[1] for run in runs]):.2%}", flush=True)
    for name, layers in {"CNN, dropout": cnn(), "CNN": cnn(None), "dense": perceptron()}.items():
        runs = [fitted(data, layers, "Adam", 0.002, long, seed, held_out=False) for seed in seeds[:2]]
        found["long"][name] = dict(test=[run[1] for run in runs], seconds=[run[3] for run in runs])
        right, seconds = (np.mean([run[place] for run in runs]) for place in (1, 3))
        print(f"  {name:12} {long} epochs: test {right:.2%}, {seconds:.0f} s", flush=True)
    return found


# ------------------------------------------------------------------------------------ detection
def detector():
    """Three times half the size, then a cell's numbers from what is around it."""
    return Network(Conv(8, padding=1), ReLU(), MaxPool(), Conv(16, padding=1), ReLU(), MaxPool(),
                   Conv(32, padding=1), ReLU(), MaxPool(), Conv(64, padding=1), ReLU(), Conv(15, size=1),
                   input=(1, SIDE, SIDE), loss=SquaredError())  # fmt: skip


def detection(quick):
    digits = nnopt.datasets.load("digits")
    train, test = (vision.canvases(X.reshape(-1, 8, 8), y, rows, np.random.default_rng(seed), SIDE) for X, y, rows, seed in (
        (digits.X_train, digits.y_train, 200 if quick else CANVASES, 0), (digits.X_test, digits.y_test, 500, 1)))  # fmt: skip
    net, epochs = detector(), 1 if quick else DETECTOR_EPOCHS
    problem = net.problem(train[0], vision.as_cells(train[1], CELLS, SIDE, 10), batch=BATCH, dtype="float32")
    began = time.process_time()
    run = nnopt.minimize(problem, nnopt.Adam(lr=falling(0.002)), x0=net.start(0), batch_size=BATCH,
                         max_evals=epochs * len(train[0]) // BATCH, seed=0)  # fmt: skip
    seconds, found = time.process_time() - began, {}
    for name, (X, things) in dict(train=train, test=test).items():
        boxes = [vision.as_boxes(Z, SIDE) for Z in net.outputs(run.state.theta.astype(np.float32), X)]
        each = [vision.matched(*pair) for pair in zip(boxes, things, strict=True)]
        ratios, right = (np.concatenate([one[key] for one in each]) for key in ("iou", "right"))
        counts = np.histogram(ratios, np.linspace(0, 1, 21))[0].tolist()
        found[name] = dict(things=len(ratios), mean_iou=ratios.mean(), right=right.mean(), found=np.mean(ratios >= 0.5),
                           false=sum(one["false"] for one in each), ratios=counts)  # fmt: skip
        found[name]["boxes"] = [box.tolist() for box in boxes[:6]]
    print(f"  detector, {net.size} parameters, {seconds:.0f} s: mean IoU {found['test']['mean_iou']:.3f}, "
          f"right {found['test']['right']:.1%}", flush=True)  # fmt: skip
    return dict(parameters=net.size, seconds=seconds, **found)


def rounded(found):
    """Five digits of every number; what is not finite is null."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [rounded(value) for value in found]
    if isinstance(found, (float, np.floating)):
        return float(f"{found:.5g}") if np.isfinite(found) else None
    return int(found) if isinstance(found, np.integer) else found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one epoch: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    with threadpool_limits(1):
        found = {
            "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "scikit-learn")},
            "seeds": len(SEEDS), "epochs": EPOCHS, "detection": detection(asked.quick), "classification": classification(asked.quick),
        }  # fmt: skip
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
