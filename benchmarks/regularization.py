"""What regularization is worth: L1, L2, dropout, early stopping, label smoothing and max-norm, one at a time, on three tasks of few rows.

Each with a strength chosen by the accuracy on held-out rows, over tuning seeds of their own, then measured with ten other seeds: a seed draws
the rows, the first weights and the order of the batches, the same for all, so that they can be compared in pairs. Test rows choose nothing.

    OMP_NUM_THREADS=1 python -m benchmarks.regularization [--quick] [--write book/data/regularization.json]

The file is what the page "Regularization" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import importlib.metadata
import json
from pathlib import Path

import numpy as np

import nnopt
from nnopt import L1, Adam, AdamW, Decay, Dense, Dropout, MaxNorm, NetworkClassifier, ReLU

HIDDEN, BATCH, RATE, HELD_OUT, JUNK, WRONG = 128, 32, 1e-3, 300, 256, 0.2
SEEDS, TUNING = range(10), range(1000, 1005)
TASKS = {"wrong labels": dict(rows=300, wrong=WRONG, epochs=100), "junk inputs": dict(rows=300, junk=JUNK, epochs=60),
         "few and clean": dict(rows=100, epochs=100)}  # fmt: skip


def network(before=(), **how):
    return NetworkClassifier([*before, Dense(HIDDEN), ReLU()], batch_size=BATCH, **{"optimizer": Adam(lr=RATE), **how})


def drop(rate):
    return NetworkClassifier([Dense(HIDDEN), ReLU(), Dropout(rate)], batch_size=BATCH, optimizer=Adam(lr=RATE))


METHODS = {  # name -> (strengths, strength -> estimator)
    "plain": ([None], lambda _: network()),
    "L1": ([0.03, 0.1, 0.2, 0.4, 0.8], lambda w: network(optimizer=Adam(lr=RATE, after=(L1(w),)))),
    "L2, decoupled": ([0.3, 1.0, 2.0, 4.0, 8.0], lambda w: network(optimizer=AdamW(lr=RATE, weight_decay=w))),
    "L2, coupled": ([0.001, 0.003, 0.01, 0.03, 0.1], lambda w: network(optimizer=Adam(lr=RATE, before=(Decay(w),)))),
    "dropout": ([0.3, 0.5, 0.65, 0.8], drop),
    "label smoothing": ([0.1, 0.2, 0.4, 0.6, 0.8], lambda s: network(label_smoothing=s)),
    "max-norm": ([0.6, 0.8, 1.2, 1.8, 2.5], lambda c: network(optimizer=Adam(lr=RATE, after=(MaxNorm(c),)))),
    "early stopping": ([None], lambda _: network(early_stopping=True, validation_fraction=0.2)),
    "early stopping, refit": ([None], lambda _: network(early_stopping=True, validation_fraction=0.2, refit=True)),
}


def data(seed, rows, wrong=0.0, junk=0):
    """(X, y) to train on, held out, and to test on. Of labels to train on and held out some are drawn anew, those of the test are right."""
    rng, digits = np.random.default_rng([7, seed]), nnopt.datasets.load("digits")
    order = rng.permutation(len(digits.X_train))
    X, y = digits.X_train[order].astype(float), digits.y_train[order]
    anew = rng.random(len(y)) < wrong
    y = np.where(anew, rng.integers(0, 10, len(y)), y)

    def wide(X):
        return np.concatenate([X, rng.random((len(X), junk))], axis=1)

    held = slice(rows, rows + HELD_OUT)
    return (wide(X[:rows]), y[:rows]), (wide(X[held]), y[held]), (wide(digits.X_test.astype(float)), digits.y_test)


def trained(estimator, seed, task):
    """Accuracy on held-out and test rows, the share of weights that are zero, epochs."""
    how = dict(task)
    epochs = how.pop("epochs")
    train, held, test = data(seed, **how)
    net = estimator.set_params(random_state=seed, epochs=epochs).fit(*train)
    weights = np.concatenate([layer["W"].ravel() for layer in net.weights_])
    return net.score(*held), net.score(*test), net.score(*train), float(np.mean(weights == 0)), net.n_iter_


def measured(name, task, tuning, seeds):
    strengths, make = METHODS[name]
    held = [float(np.mean([trained(make(s), seed, task)[0] for seed in tuning])) for s in strengths]
    best = strengths[int(np.argmax(held))]
    _, test, train, zeros, epochs = np.array([trained(make(best), seed, task) for seed in seeds]).T
    print(f"  {name:22} {best or '':<6} test {np.mean(test):.2%}, training {np.mean(train):.2%}, zeros {np.mean(zeros):.0%}", flush=True)
    return {"strengths": strengths, "held_out": held, "strength": best, "test": test.tolist(), "train": train.tolist(),
            "zeros": zeros.tolist(), "epochs": epochs.tolist()}  # fmt: skip


def rounded(found):
    """Five digits of every number."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [rounded(value) for value in found]
    return float(f"{found:.5g}") if isinstance(found, float) else found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    tuning, seeds = (TUNING[:1], SEEDS[:2]) if asked.quick else (TUNING, SEEDS)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "scikit-learn")},
        "seeds": len(seeds), "tasks": {},
    }  # fmt: skip
    for name, task in TASKS.items():
        print(name, flush=True)
        found["tasks"][name] = {**task, "methods": {method: measured(method, task, tuning, seeds) for method in METHODS}}
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
