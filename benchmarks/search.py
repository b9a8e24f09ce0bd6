"""Searches compared by the epochs that they train: grid, random search, successive halving, and Optuna's TPE where it is installed.

Four hyperparameters of Adam and a network of one hidden layer on the digits, each drawn from an interval: the learning rate (1e-5 to 1), beta1 (0 to 0.98), epsilon (1e-10 to
1e-4) and the hidden neurons (8 to 64). 1,000 rows train, 437 choose, the test rows choose nothing. A search is repeated with other random numbers; grids are shifted by chance
within their cells, so that they are repeated, too.

    OMP_NUM_THREADS=1 python -m benchmarks.search [--quick] [--write book/data/search.json]

The file is what the page "Search" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import importlib.util
import itertools
import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

import nnopt
from nnopt.practice.search import halving_schedule, successive_halving

NAMES = ("learning rate", "beta1", "epsilon", "hidden neurons")
EPOCHS, POOL, MOST = 5, 400, 27


@functools.cache
def rows():
    data = nnopt.datasets.load("digits")
    return *train_test_split(data.X_train, data.y_train, test_size=437, random_state=0, stratify=data.y_train), data.X_test, data.y_test


def trained(u, epochs):
    """Errors on the rows that choose and on the test rows, for a point of the unit cube."""
    X, X_held, y, y_held, X_test, y_test = rows()
    adam = nnopt.Adam(lr=10 ** (5 * u[0] - 5), beta1=0.98 * u[1], eps=10 ** (6 * u[2] - 10))
    hidden = round(2 ** (3 + 3 * u[3]))
    try:
        net = nnopt.MLPClassifier((hidden,), optimizer=adam, epochs=epochs, batch_size=32, random_state=0).fit(X, y)
    except ValueError:  # it diverged
        return 0.9, 0.9
    return 1 - net.score(X_held, y_held), 1 - net.score(X_test, y_test)


# ------------------------------------------------------------------------------------ the searches: (validation error, test error, epochs)
def best_of(points, epochs):
    found = np.array([trained(u, epochs) for u in points])
    return *found[found[:, 0].argmin()], len(points) * epochs


def random_search(rng, trials, epochs=EPOCHS):
    return best_of(rng.random((trials, 4)), epochs)


def grid(rng, side):
    """``side`` values an axis, evenly spaced, shifted by chance within their cells, each axis by its own shift."""
    axes = (np.arange(side)[:, None] + rng.random(4)) / side
    return best_of(np.array(list(itertools.product(*axes.T))), EPOCHS)


def halving(rng, candidates=81):
    seen = {}

    def score(place, epochs):
        seen[place, epochs] = trained(points[place], epochs)
        return -seen[place, epochs][0]

    points = rng.random((candidates, 4))
    best, _ = successive_halving(range(candidates), score, 1, MOST)
    return *seen[best, MOST], sum(n * epochs for n, epochs in halving_schedule(candidates, 1, MOST))


def tpe(rng, trials):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = []

    def objective(trial):
        found.append(trained([trial.suggest_float(name, 0, 1) for name in NAMES], MOST))
        return found[-1][0]

    optuna.create_study(sampler=optuna.samplers.TPESampler(seed=int(rng.integers(2**31)))).optimize(objective, n_trials=trials)
    return *min(found), trials * MOST


# ------------------------------------------------------------------------------------ what is measured
def explained(points, errors, bins=8):
    """The share of the variance of the error that each axis explains by itself: that of the means over bins."""
    shares = []
    for column in points.T:
        place = np.minimum((column * bins).astype(int), bins - 1)
        means = np.array([errors[place == b].mean() for b in range(bins)])
        shares.append(float(np.mean((means[place] - errors.mean()) ** 2) / errors.var()))
    return shares


def repeated(name, search, repeats):
    found = np.array([search(np.random.default_rng([11, i])) for i in range(repeats)])
    print(f"{name:32} {int(found[0, 2]):4} epochs: validation {np.median(found[:, 0]):.2%}, test {np.median(found[:, 1]):.2%}", flush=True)
    return {"validation": found[:, 0].tolist(), "test": found[:, 1].tolist(), "epochs": int(found[0, 2])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    many, some, pool = (2, 2, 40) if asked.quick else (30, 15, POOL)
    points = np.random.default_rng(5).random((pool, 4))
    errors = np.array([trained(u, EPOCHS) for u in points])
    shares = explained(points, errors[:, 0])
    print("explained", dict(zip(NAMES, np.round(shares, 2), strict=True)), flush=True)
    searches = {
        "random, 16 trials": (many, functools.partial(random_search, trials=16)), "grid, 2 x 2 x 2 x 2": (many, functools.partial(grid, side=2)),
        "halving": (some, halving),
        "random, as many epochs": (some, functools.partial(random_search, trials=12, epochs=MOST)),
        "random, twice as many epochs": (some, functools.partial(random_search, trials=24, epochs=MOST)),
    }  # fmt: skip
    if importlib.util.find_spec("optuna"):
        searches["TPE, as many epochs"] = some, functools.partial(tpe, trials=12)
        searches["TPE, twice as many epochs"] = some, functools.partial(tpe, trials=24)
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "scikit-learn")},
        "explained": dict(zip(NAMES, shares, strict=True)), "points": points.round(4).tolist(), "pool": errors.round(5).tolist(),
        "searches": {name: repeated(name, search, repeats) for name, (repeats, search) in searches.items()},
    }  # fmt: skip
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
