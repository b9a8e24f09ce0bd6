"""Memory of training: what a fit holds at most, beside parameters, the method's memory, and one batch's activations.

Counted are the bytes that NumPy and Python allocate (tracemalloc) between the call of fit and its return, in a process that has compiled
everything before; the rows themselves, in the precision of the network and as they are checked, are counted apart.

    python -m benchmarks.memory [--quick]
"""

from .common import arguments, heading, versions  # isort: skip

import tracemalloc

import numpy as np

import nnopt

SIZES = (((1024, 1024), 128), ((256, 128), 128), ((64,), 1024))
METHODS = {"MiniBatchGD": (nnopt.MiniBatchGD(lr=0.01), 0), "Momentum": (nnopt.Momentum(lr=0.01), 1), "Adam": (nnopt.Adam(), 2)}


def classifier(optimizer, hidden, batch):
    layers = [layer for units in hidden for layer in (nnopt.Dense(units), nnopt.ReLU())]
    return nnopt.NetworkClassifier(layers, optimizer=optimizer, epochs=1, batch_size=batch, random_state=0)


def peak(optimizer, hidden, batch, X, y):
    """The most bytes held at a time during a fit, and how many of them the weights take."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    net = classifier(optimizer, hidden, batch).fit(X, y)
    most = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return most, 4 * net.theta_.size


def main():
    options = arguments(__doc__.splitlines()[0])
    heading("Memory of training: 784 inputs, ReLU, 10 classes, float32")
    print(versions("numpy", "numba"))
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2_000, 784)).astype(np.float32), rng.integers(0, 10, 2_000)
    rows = X.size * (4 + 8)  # in float32 for the network, in float64 as they are checked
    for name, (optimizer, slots) in METHODS.items():
        classifier(optimizer, (8,), 128).fit(X, y)
        for hidden, batch in SIZES[1:] if options.quick else SIZES:
            most, weights = peak(optimizer, hidden, batch, X, y)
            activations = 4 * batch * (784 + 2 * sum(hidden) + 10)
            needed = weights * (1 + slots) + activations
            print(f"{name:12} hidden {hidden!s:13} batch {batch:4}: weights {weights / 1e6:5.2f} MB, activations {activations / 1e6:4.2f},"
                  f" held {(most - rows) / 1e6:6.1f}: {(most - rows) / needed:5.2f} times what is needed (asked: 1.5)")  # fmt: skip


if __name__ == "__main__":
    main()
