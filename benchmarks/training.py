"""Train the same networks side by side: nnopt, PyTorch, JAX and scikit-learn, with Adam, float32, on one core.

All start from the same weights and see the same batches in the same order; their losses are compared before any clock is
started. A unit of work is an epoch: batches are gathered in a given order, weights updated. Every measurement starts from the
first weights again: a network trained for too long has gradients so small (subnormal) that some processors slow down.

    python -m benchmarks.training [--quick] [--rounds N]
"""

from .common import arguments, blas_in_use, heading, how_quiet, installed, rounds_in_turn, table, versions  # isort: skip

import functools
import itertools
import warnings
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt._jit import N, R, aligned, compiled, d, k, kernel
from nnopt._loop import VALUE
from nnopt._minimize import Rows, Run
from nnopt.training.products import product, product_tn

LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8
TOLERANCE = 1e-4  # relative, for the losses of the first steps: float32 sums in another order


@dataclass
class Job:
    """A network, its first weights, and data: whole batches only, so that no peer meets a smaller last one."""

    title: str
    sizes: tuple
    batch: int
    X: np.ndarray
    y: np.ndarray
    targets: dict = field(default_factory=dict)

    def __post_init__(self):
        rng, whole = np.random.default_rng(0), len(self.X) // self.batch * self.batch
        self.X, self.y = np.ascontiguousarray(self.X[:whole], np.float32), self.y[:whole].astype(np.int64)
        hidden = [layer for units in self.sizes[1:-1] for layer in (nnopt.Dense(units), nnopt.ReLU())]
        self.net = nnopt.Network(*hidden, nnopt.Dense(self.sizes[-1]), input=self.sizes[0], loss=nnopt.CrossEntropy())
        self.theta = self.net.start(rng).astype(np.float32)
        self.order = rng.permutation(whole)

    @property
    def steps(self):
        return len(self.X) // self.batch

    def weights(self):
        """(W, b) of each layer, W of shape (inputs, outputs)."""
        for layer in self.net.arrays(self.theta):
            yield layer["W"], layer["b"]


# ------------------------------------------------------------------------------------ the contestants
class Nnopt:
    """The loop that MLPClassifier runs, an epoch at a time."""

    def __init__(self, job, optimizer=None):
        self.job, self.optimizer = job, optimizer or nnopt.Adam(lr=LR, beta1=BETA1, beta2=BETA2, eps=EPS)
        self.problem = job.net.problem(job.X, job.y, batch=job.batch, dtype="float32")
        self.start()

    def start(self):
        rows = Rows(len(self.job.X), self.job.batch, lambda: self.job.order)
        self.run = Run(self.problem, self.optimizer, self.optimizer.init(self.job.theta), rows=rows)

    def epoch(self):
        self.run.go_on(self.job.steps)
        return self.run.table[self.run.rowed - self.job.steps : self.run.rowed, VALUE]


class Torch:
    """Eager, Adam fused into one kernel. The epoch's rows are gathered at once; batches are views."""

    steps_alike, mean_alike = 50, 1e-4

    def __init__(self, job, name=None, **settings):
        import torch

        adam = dict(lr=LR, betas=(BETA1, BETA2), eps=EPS, fused=True)
        self.make = functools.partial(getattr(torch.optim, name or "Adam"), **(settings if name else adam))

        torch.set_num_threads(1)
        self.torch, self.job, self.batch, self.loss = torch, job, job.batch, torch.nn.functional.cross_entropy
        self.X, self.y, self.order = torch.from_numpy(job.X), torch.from_numpy(job.y), torch.from_numpy(job.order)
        self.start()

    def start(self):
        torch, modules = self.torch, []
        for W, b in self.job.weights():
            linear = torch.nn.Linear(*W.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W.T.copy()))
                linear.bias.copy_(torch.from_numpy(b))
            modules += [linear, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*modules[:-1])
        self.optimizer = self.make(self.model.parameters())

    def epoch(self):
        X, y, losses = self.X[self.order], self.y[self.order], []
        for i in range(0, len(X), self.batch):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.model(X[i : i + self.batch]), y[i : i + self.batch])
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return losses


class Jax:
    """Jitted: one lax.scan over an epoch, optax's Adam, buffers donated. The epoch's rows are gathered at once.

    optax computes 1 - beta2**t in float32, 1e-5 off in the first steps, and the large network amplifies that tenfold every
    few steps: hence fewer steps to compare.
    """

    steps_alike, mean_alike = 8, 1e-2

    def __init__(self, job, name=None, **settings):
        import jax
        import jax.numpy as jnp
        import optax

        method = getattr(optax, name or "adam")(**(settings if name else dict(learning_rate=LR, b1=BETA1, b2=BETA2, eps=EPS)))

        def loss(params, X, y):
            for W, b in params[:-1]:
                X = jax.nn.relu(X @ W + b)
            W, b = params[-1]
            return optax.softmax_cross_entropy_with_integer_labels(X @ W + b, y).mean()

        def step(carry, batch):
            params, state = carry
            value, grads = jax.value_and_grad(loss)(params, *batch)
            updates, state = method.update(grads, state, params)
            return (optax.apply_updates(params, updates), state), value

        def epoch(carry, X, y, order):
            batches = X[order].reshape(-1, job.batch, X.shape[1]), y[order].reshape(-1, job.batch)
            return jax.lax.scan(step, carry, batches)

        def carry():
            params = [(jnp.array(W), jnp.array(b)) for W, b in job.weights()]
            return params, method.init(params)

        self.first, self.run = carry, jax.jit(epoch, donate_argnums=0)
        self.data = jnp.array(job.X), jnp.array(job.y.astype(np.int32)), jnp.array(job.order.astype(np.int32))
        self.start()

    def start(self):
        self.carry = self.first()

    def epoch(self):
        self.carry, losses = self.run(self.carry, *self.data)
        return losses.block_until_ready()


class ScikitLearn:
    """partial_fit, which is one epoch, on rows that lie in order already; its own weights replaced by ours.

    It shows the mean loss of an epoch only, and its epsilon stands elsewhere in the formula.
    """

    steps_alike, mean_alike = 0, 1e-3

    def __init__(self, job):
        from sklearn.neural_network import MLPClassifier

        self.model = MLPClassifier(
            job.sizes[1:-1], solver="adam", alpha=0.0, batch_size=job.batch, learning_rate_init=LR, beta_1=BETA1,
            beta_2=BETA2, epsilon=EPS, shuffle=False,
        )  # fmt: skip
        self.job, self.X, self.y = job, job.X[job.order], job.y[job.order]
        self.model.partial_fit(self.X, self.y, classes=np.arange(job.sizes[-1]))
        self.start()

    def start(self):
        for l, (W, b) in enumerate(self.job.weights()):
            self.model.coefs_[l][:], self.model.intercepts_[l][:] = W, b
        vars(self.model).pop("_optimizer", None)  # the next epoch starts with a new one

    def epoch(self):
        self.model.partial_fit(self.X, self.y)
        return self.model.loss_  # the mean over the epoch


PEERS = {
    "PyTorch, eager, fused Adam": (Torch, ["torch"]),
    "JAX, lax.scan, optax": (Jax, ["jax", "optax"]),
    "scikit-learn, MLPClassifier": (ScikitLearn, ["sklearn"]),
}


def contestants(job):
    """Name -> contestant, after the first epoch of each has shown the same losses."""
    field_of = {"nnopt": Nnopt(job)}
    field_of |= {name: peer(job) for name, (peer, modules) in PEERS.items() if installed(*modules)}
    ours = field_of["nnopt"].epoch().copy()
    for name, contestant in field_of.items():
        if name == "nnopt":
            continue
        theirs, steps = np.array(contestant.epoch(), dtype=np.float64), min(contestant.steps_alike, ours.size)
        mean_error = abs(theirs.mean() / ours.mean() - 1)
        error = np.max(np.abs(theirs / ours - 1)[:steps], initial=0.0)
        assert error <= TOLERANCE, f"{name}: the first {steps} losses differ from ours by {error:.1e}: not the same work"
        assert mean_error <= contestant.mean_alike, f"{name}: the mean loss differs from ours by {mean_error:.1e}: not the same work"
        first = f"the first {steps} losses agree to {error:.0e}, " if steps else ""
        print(f"  same work: {name}: {first}the mean of the first {ours.size} to {mean_error:.0e}")
    return field_of


# ------------------------------------------------------------------------------------ matrix products
@kernel(browser=False)
def products_of_a_step(theta: R[d], grad: R[d], work: R[k], sizes: N[k], B: N, times: N):
    """The matrix products of a step and nothing else: as the dense layers make them, in arrays of their sizes."""
    for _ in range(times):
        w, a = 0, 0
        for l in range(sizes.size - 1):
            p, q = sizes[l], sizes[l + 1]
            A, Z = work[a : a + B * p].reshape(B, p), work[a + B * p : a + B * (p + q)].reshape(B, q)
            product(A, theta[w : w + p * q].reshape(p, q), Z)
            w, a = w + p * q + q, a + B * p
        C = sizes[sizes.size - 1]
        D, spare = work[a : a + B * C].reshape(B, C), a + B * C
        for l in range(sizes.size - 2, -1, -1):
            p, q = sizes[l], sizes[l + 1]
            w, a = w - (p * q + q), a - B * p
            product_tn(work[a : a + B * p].reshape(B, p), D, grad[w : w + p * q].reshape(p, q))
            if l > 0:
                below = work[spare : spare + B * p].reshape(B, p)
                product(D, theta[w : w + p * q].reshape(q, p), below)  # the layer has transposed W before
                D, spare = below, spare + B * p


def operations(job):
    """Additions and multiplications in the products of a step: 2 m n k for each, the lowest layer has one product less."""
    products = [(2 if l == 0 else 3) * p * q for l, (p, q) in enumerate(itertools.pairwise(job.sizes))]
    return 2 * job.batch * sum(products)


def products_against_peak(job, ours, rounds, seconds):
    """The rate of the step's products, and of the whole step, as a share of sgemm's peak in the same run."""
    rng = np.random.default_rng(0)
    run, square = compiled(products_of_a_step.__wrapped__), compiled(product.__wrapped__)
    A, B, C = (aligned((1024, 1024), np.float32) for _ in range(3))
    A[:], B[:] = rng.random(A.shape), rng.random(B.shape)
    # Arrays of their own, and zeros in them, would tempt the processor: take random numbers
    theta, grad, work = job.theta.copy(), ours.run.state.grad.copy(), aligned((2 * job.batch * sum(job.sizes),), np.float32)
    work[:] = rng.random(work.size) - 0.5
    times = rounds_in_turn(
        {
            "sgemm 1024 x 1024 x 1024, as the kernels call it": lambda r: square(A, B, C),
            "sgemm 1024 x 1024 x 1024, numpy's": lambda r: np.dot(A, B, C),
            "products of a step": lambda r: run(theta, grad, work, np.array(job.sizes), job.batch, 10),
            "whole step": lambda r: ours.epoch(),
        },
        rounds, seconds, {"whole step": ours.start},
    )  # fmt: skip
    peak_work, work_done = 2 * 1024**3, operations(job)
    amounts = [peak_work, peak_work, 10 * work_done, job.steps * work_done]
    rates = {name: amount / times[name] / 1e9 for (name, amount) in zip(times, amounts, strict=True)}
    names = list(rates)
    peak = np.maximum(rates[names[0]], rates[names[1]])  # round by round, the faster of the two libraries
    print(f"  {'':50}  {'GFLOP/s, median (best)':>22}  share of the peak")
    for name in names:
        share = np.median(rates[name] / peak)
        line = f"  {name:50}  {np.median(rates[name]):12.1f} ({rates[name].max():.1f})  {share:10.0%}"
        if name == "products of a step":
            line += f"  target 75%: {'reached' if share >= 0.75 else 'NOT reached'}"
        print(line)
    print("  The step's products were run alone, in a compiled loop, in their own shapes; 2mnk operations each.")


# ------------------------------------------------------------------------------------ fit, as a user calls it
def whole_fits(job, epochs):
    """The estimators' fit, from data to trained network: conversion, initialization and shuffling included."""
    from sklearn.neural_network import MLPClassifier

    ours = nnopt.MLPClassifier(
        job.sizes[1:-1], optimizer=nnopt.Adam(lr=LR), epochs=epochs, batch_size=job.batch, random_state=0
    )
    theirs = MLPClassifier(
        job.sizes[1:-1], solver="adam", alpha=0.0, batch_size=job.batch, learning_rate_init=LR, max_iter=epochs,
        tol=0.0, n_iter_no_change=epochs + 1, random_state=0,
    )  # fmt: skip
    return {
        "nnopt.MLPClassifier.fit": lambda r: ours.fit(job.X, job.y),
        "sklearn MLPClassifier.fit": lambda r: theirs.fit(job.X, job.y),
    }


def jobs(quick):
    digits, fashion = nnopt.datasets.load("digits"), nnopt.datasets.load("fashion_mnist")
    small = {"PyTorch, eager, fused Adam": 30, "JAX, lax.scan, optax": 2, "scikit-learn, MLPClassifier": 30}
    large = {"PyTorch, eager, fused Adam": 2, "JAX, lax.scan, optax": 1}
    rows = 128 * (10 if quick else 46)
    return [
        Job("64-64-10 (input, hidden, output), digits, batch 32", (64, 64, 10), 32, digits.X_train, digits.y_train, small),
        Job("64-64-64-10, digits, batch 32", (64, 64, 64, 10), 32, digits.X_train, digits.y_train),
        Job("784-256-128-10, Fashion-MNIST, batch 128", (784, 256, 128, 10), 128,
            fashion.X_train[:rows], fashion.y_train[:rows], large),
    ]  # fmt: skip


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, seconds = options.rounds or (3 if options.quick else 15), 0.05 if options.quick else 0.3
    warnings.simplefilter("ignore")  # scikit-learn's, that it has not converged
    heading("Training: networks side by side, Adam, float32, one core")
    print(versions("numpy", "numba", "scipy", "torch", "jax", "optax", "scikit-learn"))
    with threadpool_limits(1):
        for job in jobs(options.quick):
            print(f"\n{job.title}: {job.theta.size} parameters, {job.steps} steps an epoch")
            everyone = contestants(job)
            epochs = {name: lambda r, c=c: c.epoch() for name, c in everyone.items()}
            times = rounds_in_turn(epochs, rounds, seconds, {name: c.start for name, c in everyone.items()})
            table({name: t / job.steps for name, t in times.items()}, "nnopt", "µs a step", 1e6, job.targets)
            if job.sizes == (64, 64, 10):
                times = rounds_in_turn(whole_fits(job, 30), min(rounds, 5), seconds)
                print("  a whole fit of 30 epochs, same settings; weights and shuffles are each estimator's own:")
                table(times, "nnopt.MLPClassifier.fit", "ms", 1e3, {})
            if job.sizes[0] == 784:
                products_against_peak(job, everyone["nnopt"], rounds, seconds)
    print("\nDifferences: scikit-learn's Adam adds epsilon before the bias correction of v, and draws no batches here")
    print("(shuffle=False; the rows lie in order); PyTorch and JAX gather the rows of an epoch at once, nnopt batch by batch.")
    for line in blas_in_use():
        print(f"BLAS: {line}")
    print(how_quiet())


if __name__ == "__main__":
    main()
