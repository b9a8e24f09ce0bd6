"""The tasks of the ledger: networks from narrow to 24 layers, texts, quadratics. Every process makes its own, once."""

import functools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

import nnopt

from ..runs import run
from ..tasks import Task

HELD = 0.2  # of the training rows, for validation


@dataclass(frozen=True)
class Rows:
    """A network with its rows."""

    net: Any
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    held: tuple | None = None

    @functools.cached_property
    def problem(self):
        return self.net.problem(self.X, self.y, dtype="float32")

    @functools.cached_property
    def validation(self):
        return self.net.problem(*self.held, dtype="float32")

    def accuracy(self, theta):
        Z = self.net.outputs(theta.astype("float32"), self.X_test)
        return float(np.mean((Z[:, 0] > 0 if Z.shape[1] == 1 else Z.argmax(axis=1)) == self.y_test))


def spirals(rows, seed):
    """Two spirals of one and a half turns with a little noise; labels 0 and 1."""
    rng = np.random.default_rng(seed)
    label = np.arange(rows) % 2
    turn = 3 * np.pi * np.sqrt(rng.uniform(0.02, 1, rows))
    angle = turn + np.pi * label
    return (np.column_stack([np.cos(angle), np.sin(angle)]) * turn[:, None] + rng.normal(0, 0.3, (rows, 2))) / (3 * np.pi), label


def words(passages=2000, length=80, known=1000):
    """Counts of the commonest words in passages of the eight plays, names of speakers (words in capitals) left out; the label is the
    play."""
    rng, texts, labels = np.random.default_rng(0), [], []
    for label, play in enumerate(nnopt.datasets.plays().text.values()):
        tokens = re.findall(r"[a-z']+", " ".join(word.lower() for word in play.split() if not word.isupper()))
        for start in rng.choice(len(tokens) - length, passages // 8, replace=False):
            texts.append(tokens[start : start + length])
            labels.append(label)
    names = {word: i for i, word in enumerate(sorted({w for t in texts for w in t}))}
    counts = np.zeros((len(texts), len(names)), np.float32)
    for row, text in enumerate(texts):
        for word in text:
            counts[row, names[word]] += 1
    return counts[:, np.argsort(-counts.sum(axis=0), kind="stable")[:known]], np.array(labels)


def equal_frequencies(rows=2000, words_known=1000, length=60, seed=0):
    """Sparse rows whose words are all equally frequent, labelled by a linear rule."""
    rng = np.random.default_rng(seed)
    X = np.zeros((rows, words_known), np.float32)
    for row in X:
        row[rng.choice(words_known, length, replace=False)] = 1.0
    return X, (X @ rng.standard_normal((words_known, 8))).argmax(axis=1)


def _parted(X, y, test=0.2, seed=0):
    """(training, test, validation) rows."""
    from sklearn.model_selection import train_test_split

    X, X_test, y, y_test = train_test_split(X, y, test_size=test, random_state=seed, stratify=y)
    X, y, held = _held_apart(X, y)
    return X, y, X_test, y_test, held


def _deep(layers, pixels, wide=32, residual=False, activation=None):
    act = activation or nnopt.ReLU
    middle = [nnopt.Residual(nnopt.Dense(wide), act()) if residual else [nnopt.Dense(wide), act()] for _ in range(layers - 1)]
    flat = [layer for each in middle for layer in (each if isinstance(each, list) else [each])]
    return nnopt.Network(nnopt.Dense(wide), act(), *flat, nnopt.Dense(10), input=pixels, loss=nnopt.CrossEntropy())


def _network(name):
    dense, relu, tanh, network = nnopt.Dense, nnopt.ReLU, nnopt.Tanh, nnopt.Network
    if name == "XOR 2-2-1":
        X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
        return Rows(network(dense(2), tanh(), dense(1), input=2, loss=nnopt.BinaryCrossEntropy()), X, y, X, y)
    if name == "spirals 2-4-4-1":
        net = network(dense(4), tanh(), dense(4), tanh(), dense(1), input=2, loss=nnopt.BinaryCrossEntropy())
        return Rows(net, *spirals(200, 0), *spirals(1000, 1))
    if name in ("text", "text, turned", "text, equal frequencies", "text, equal frequencies, turned"):
        X, y = equal_frequencies() if "equal" in name else words()
        if "turned" in name:
            Q = np.linalg.qr(np.random.default_rng(9).standard_normal((X.shape[1], X.shape[1])))[0]
            X = (X @ Q).astype(np.float32)
        return Rows(network(dense(8), input=X.shape[1], loss=nnopt.CrossEntropy()), *_parted(X, y))
    source = nnopt.datasets.load("fashion_mnist" if "Fashion" in name else "digits")
    X, y, held = source.X_train, source.y_train, None
    if "Fashion" in name:
        X, y = X[: 500 if "500" in name else 2000], y[: 500 if "500" in name else 2000]
    X, y, held = _held_apart(X, y)
    pixels = X.shape[1]
    if "[32]" in name:
        layers = 24 if "x24" in name else 12
        net = _deep(layers, pixels, residual="residual" in name, activation=nnopt.Sigmoid if "sigmoid" in name else None)
    else:
        hidden = int(re.search(r"-(\d+)-", name)[1])
        net = network(dense(hidden), relu(), dense(10), input=pixels, loss=nnopt.CrossEntropy())
    return Rows(net, X, y, source.X_test, source.y_test, held)


def _held_apart(X, y):
    """(training rows, their labels, validation rows with labels)."""
    from sklearn.model_selection import train_test_split

    X, X_held, y, y_held = train_test_split(X, y, test_size=HELD, random_state=0, stratify=y)
    return X, y, (X_held, y_held)


network = functools.cache(_network)


# ------------------------------------------------------------------------------------ what a Task asks for, by name
def make(name, seed):
    return network(name).problem


@functools.cache
def _some(name, rows):
    has = network(name)
    return has.net.problem(has.X[:rows], has.y[:rows], dtype="float32")


def make_some(name, rows, seed):
    """The problem of the first rows only: a loss for less."""
    return _some(name, rows)


def start(name, problem, rng):
    """He's or Xavier's weights; zeros for a single layer."""
    theta = network(name).net.start(rng)
    return np.zeros_like(theta) if name.startswith("text") else theta


def accuracy(name, theta, seed):
    return network(name).accuracy(theta)


def held(name, theta, seed):
    return float(network(name).validation(theta))


def whole(name, theta, seed):
    """The loss on all training rows."""
    return float(network(name).problem(theta.astype("float32")))


def learning(name, batch=None, minimum=None, scored=False, label=None):
    """The task of training a network; scored, it runs to the end of its budget, for test rows and validation rows."""
    more = dict(score=functools.partial(accuracy, name), held=functools.partial(held, name)) if scored else {}
    return Task(label or name, functools.partial(make, name), functools.partial(start, name), minimum, batch, relative=True,
                box=network(name).net.box(3.0), **more)  # fmt: skip


def near(problem, rng):
    """A start of a quadratic: normal."""
    return rng.standard_normal(problem.dim)


@functools.cache
def _cloud(condition):
    return nnopt.problems.cloud(1024, 100, condition)


def make_cloud(condition, seed):
    return _cloud(condition)


def noisy_quadratic(batch, condition=100.0, label="noisy quadratic"):
    """The mean of 1,024 bowls in 100 dimensions: what a batch gets wrong of the gradient is known exactly."""
    return Task(label, functools.partial(make_cloud, condition), near, None, batch, relative=True)


def best_known(name, budget, batch=32, rates=(1e-3, 3e-3, 1e-2), seeds=2):
    """The least training loss of a long run: Adam with each of some rates, on seeds of its own."""
    task = learning(name, batch)
    return min(run(task, nnopt.Adam(lr=rate), 2000 + seed, budget, keep=False)["best"] for rate in rates for seed in range(seeds))
