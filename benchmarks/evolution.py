"""Evolution strategies: evaluations to 1e-8 beside CMA-ES; the digits by losses alone beside Adam; neurons that have no gradient.

    OMP_NUM_THREADS=1 python -m benchmarks.evolution [--quick] [--write [FILE]]

Settings are chosen on a fifth of the training rows, the test rows are looked at once. A loss is one forward pass over 32 rows, or the same
number of rows in larger batches; a step of Adam counts as three. The threshold network is 64 neurons that fire or do not, written in NumPy
for all who train it; *straight-through* Adam pretends that a neuron near its threshold has the derivative one (Bengio et al. 2013).

The file is what the page "Evolution strategies" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

import nnopt
from nnopt import Adam, Cosine, Dense, NetworkClassifier, OpenAIES, ReLU

from .common import installed

FILE = Path(__file__).resolve().parents[1] / "book" / "data" / "evolution.json"
TARGET, MOST = 1e-8, 300_000
ROWS = 32  # of one loss
DIGITS = nnopt.datasets.load("digits")


# ------------------------------------------------------------------------------------ evaluations to 1e-8
def functions(dim):
    bowl = nnopt.problems.quadratic(dim, 1e6)
    return {"sphere": nnopt.problems.sphere(dim), "ellipsoid": bowl, "turned ellipsoid": nnopt.problems.rotated(bowl, 1)}


def pycma(problem, seed):
    """Evaluations that pycma takes, None where it does not come there."""
    import cma

    low, high = problem.bounds[0]
    start = np.random.default_rng(seed).uniform(low, high, problem.dim)
    options = {"seed": seed + 1, "verbose": -9, "ftarget": TARGET, "maxfevals": MOST}
    es = cma.CMAEvolutionStrategy(start, 0.3 * (high - low), options).optimize(lambda x: float(problem(x)))
    return es.result.evaluations if es.result.fbest <= TARGET else None


def evaluations(dims, seeds):
    """Function -> method -> evaluations to the target, one a seed; None: never."""
    found = {}
    for dim in dims:
        for name, problem in functions(dim).items():
            entry = found.setdefault(f"{name} {dim}", {})
            for method in (nnopt.CMAES(), nnopt.SNES(), nnopt.XNES()):
                runs = [nnopt.minimize(problem, method, target=TARGET, max_evals=MOST, seed=seed) for seed in range(seeds)]
                entry[type(method).__name__] = [run.nfev if run.fun <= TARGET else None for run in runs]
            if installed("cma"):
                entry["pycma"] = [pycma(problem, seed) for seed in range(seeds)]
            print(f"{name} {dim}:", {k: np.median([v or np.inf for v in values]) for k, values in entry.items()}, flush=True)
    return found


# ------------------------------------------------------------------------------------ the digits
def by_losses(X, y, losses, members, step, lr, batch, seed):
    """A 64-64-10 network trained by losses over batches of so many rows, worth ``losses`` of 32 rows."""
    batches = -(-len(X) // batch)
    epochs = max(1, round(losses * ROWS / batch / batches))
    optimizer = OpenAIES(population_size=members, step=step, lr=Cosine(lr, max(1, epochs * batches // members)), beta2=0.99)
    return NetworkClassifier([Dense(64), ReLU()], optimizer=optimizer, epochs=epochs, batch_size=batch, random_state=seed).fit(X, y)


def by_gradients(X, y, losses, lr, seed):
    """The same network by Adam with a cosine, of which each step is worth three losses."""
    batches = -(-len(X) // ROWS)
    epochs = max(1, round(losses / 3 / batches))
    return NetworkClassifier([Dense(64), ReLU()], optimizer=Adam(lr=Cosine(lr, epochs * batches)), epochs=epochs, batch_size=ROWS,
                             random_state=seed).fit(X, y)  # fmt: skip


def best_setting(train, settings, seeds):
    """The setting whose validation accuracy is highest on average."""
    X, X_held, y, y_held = train_test_split(DIGITS.X_train, DIGITS.y_train, test_size=0.2, stratify=DIGITS.y_train, random_state=0)

    def score(setting):
        return np.mean([train(X, y, *setting, seed).score(X_held, y_held) for seed in range(100, 100 + seeds)])

    return max(settings, key=score)


def digits(budgets, quick, seeds):
    """Method -> budget in losses -> the test accuracies, one a seed."""
    found = {"ES": {}, "Adam": {}, "settings": {}}
    for budget in budgets:
        choices = [(budget, members, 0.02, lr, batch) for members in (20, 40) for lr in (0.01, 0.02, 0.04) for batch in (32, 128)]
        es = best_setting(by_losses, choices[:2] if quick else choices, 1 if quick else 2)
        adam = best_setting(by_gradients, [(budget, lr) for lr in (0.001, 0.003, 0.01, 0.03)], 1 if quick else 2)
        for name, train, setting in (("ES", by_losses, es), ("Adam", by_gradients, adam)):
            scores = [train(DIGITS.X_train, DIGITS.y_train, *setting, seed).score(DIGITS.X_test, DIGITS.y_test) for seed in range(seeds)]
            found[name][str(budget)] = [round(float(score), 4) for score in scores]
            found["settings"][f"{name} {budget}"] = setting[1:]
            print(f"{budget:6} losses, {name:4} {setting[1:]}: {np.mean(scores):.1%}", flush=True)
    return found


# ------------------------------------------------------------------------------------ neurons without a gradient
class Threshold:
    """64 inputs, 64 neurons that are 0 or 1, 10 outputs; as one vector of parameters."""

    size = 65 * 64 + 65 * 10

    @staticmethod
    def parts(theta):
        return theta[:4096].reshape(64, 64), theta[4096:4160], theta[4160:4800].reshape(64, 10), theta[4800:]

    @classmethod
    def outputs(cls, theta, X):
        W, b, V, c = cls.parts(theta)
        return (X @ W + b > 0) @ V + c

    @classmethod
    def loss(cls, theta, X, y):
        out = cls.outputs(theta, X)
        top = out.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(out - top).sum(axis=1)) + top[:, 0] - out[np.arange(len(y)), y]))

    @classmethod
    def pretended(cls, theta, X, y):
        """A gradient as if a neuron within one of its threshold had the derivative one."""
        W, b, V, c = cls.parts(theta)
        z = X @ W + b
        h = (z > 0) * 1.0
        out = h @ V + c
        p = np.exp(out - out.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        back = (p @ V.T) * (np.abs(z) < 1)
        return np.concatenate([(X.T @ back).ravel(), back.sum(axis=0), (h.T @ p).ravel(), p.sum(axis=0)])

    @classmethod
    def start(cls, rng):
        return np.concatenate([rng.normal(0, 0.18, 4096), np.zeros(64), rng.normal(0, 0.18, 640), np.zeros(10)])

    @classmethod
    def score(cls, theta):
        return float(np.mean(cls.outputs(theta, DIGITS.X_test).argmax(axis=1) == DIGITS.y_test))


def threshold_by_losses(losses, seed, members=40, batch=128, lr=0.02):
    """OpenAI-ES on batches that change from generation to generation."""
    X, y, rng = DIGITS.X_train, DIGITS.y_train, np.random.default_rng(seed)
    generations = round(losses * ROWS / batch / members)
    optimizer = OpenAIES(population_size=members, step=0.02, lr=Cosine(lr, generations), beta2=0.99)
    state = optimizer.init(bounds=[(-1.0, 1.0)] * Threshold.size, x0=Threshold.start(rng), seed=seed)
    for _ in range(generations):
        rows = rng.choice(len(X), batch, replace=False)
        state, points = optimizer.ask(state)
        state = optimizer.tell(state, points, [Threshold.loss(theta, X[rows], y[rows]) for theta in points])
    return Threshold.score(optimizer.recommend(state))


def threshold_straight_through(losses, seed, lr=0.01):
    X, y, rng = DIGITS.X_train, DIGITS.y_train, np.random.default_rng(seed)
    steps = round(losses / 3)
    optimizer = Adam(lr=Cosine(lr, steps))
    state = optimizer.init(Threshold.start(rng))
    for _ in range(steps):
        rows = rng.choice(len(X), ROWS, replace=False)
        state = optimizer.step(state, Threshold.pretended(state.theta, X[rows], y[rows]))
    return Threshold.score(state.theta)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small budgets: does it run?")
    parser.add_argument("--write", metavar="FILE", nargs="?", const=FILE, help="write the numbers here, as JSON")
    asked = parser.parse_args()
    seeds = 2 if asked.quick else 10
    found = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}
    found["evaluations"] = evaluations((10,) if asked.quick else (10, 20), seeds)
    found["digits"] = digits((500,) if asked.quick else (500, 1_500, 4_500, 13_500, 40_000), asked.quick, seeds)
    losses = 2_000 if asked.quick else 40_000
    ways = {"ES": threshold_by_losses, "straight-through Adam": threshold_straight_through}
    found["threshold"] = {"losses": losses} | {name: [round(way(losses, seed), 4) for seed in range(seeds)] for name, way in ways.items()}
    print(f"threshold neurons, {losses} losses:", {k: f"{np.mean(v):.1%}" for k, v in found["threshold"].items() if k != "losses"})
    if asked.write:
        Path(asked.write).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
