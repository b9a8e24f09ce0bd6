"""Training a network: the loops that bring data, network and optimizer together.

Both loops count alike: an epoch is as many batch losses as there are batches, of which a gradient step uses one and a
generation of a population of P uses P.
"""

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from .._jit import R64, N, R, d, k, kernel, loop, put
from ..optimizer import GradientMethod, Step, aligned
from .backpropagation import LossGradient, backpropagation, loss_only
from .initialization import search_box
from .network import work_size


@kernel(browser=False)
def descend_batches(
    loss_gradient: LossGradient, step: Step, theta: R[d], grad: R[d], memory: R[k], counts: N[k], hyper: R64[k, k],
    work: R[k], net: N[k], X: R[k, k], Y: R[k, k], order: N[k], batch: N, t: N, trace: R64[k],
):  # fmt: skip
    """A step for each batch taken from order; trace gets the losses."""
    for i in range(trace.size):
        rows = order[i * batch : min((i + 1) * batch, order.size)]
        trace[i] = loss_gradient(theta, grad, work, net, X, Y, rows)
        step(theta, grad, memory, counts, hyper[min(i, hyper.shape[0] - 1)], t + i + 1)


@kernel(browser=False)
def population_losses(
    P: R64[k, k], f: R64[k], theta: R[d], work: R[k], net: N[k], X: R[k, k], Y: R[k, k], rows: N[k]
):  # fmt: skip
    """The loss of every network of a population over the same rows; theta holds one of them in the data's precision."""
    for i in range(f.size):
        put(theta, P[i])
        f[i] = loss_only(theta, work, net, X, Y, rows)


@functools.cache
def blas_libraries():
    """The BLAS libraries of this process, looked up once: that reads a list of all its files, 5 to 20 ms."""
    importlib.import_module("scipy.linalg.cython_blas")  # what the kernels' products call

    return ThreadpoolController()


@dataclass
class Task:
    """What is to be learnt: a network's shape, and data in its precision."""

    net: np.ndarray
    X: np.ndarray
    Y: np.ndarray
    batch: int

    @property
    def batches(self):
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self.X) // self.batch)

    def scratch(self):
        """Scratch memory for one batch."""
        return aligned(work_size(self.net, self.batch), self.X.dtype)


def train(task, optimizer, theta, rng, epochs, radius=3.0, on_epoch: Callable = lambda epoch, theta, loss: None):
    """Train a network.

    Parameters
    ----------
    task : Task
    optimizer : Optimizer
        Gradient-based or not.
    theta : ndarray, shape (parameters,)
        The start; populations start around zero instead.
    rng : numpy.random.Generator
        Shuffles the batches and seeds the optimizer.
    epochs : int
    radius : float
        For populations: the box to search in, in standard deviations of He's initialization.
    on_epoch : callable
        Called after each epoch with its number, the parameters and the mean batch loss; for populations with the least
        batch loss so far, NaN before the first generation.

    Returns
    -------
    ndarray, shape (parameters,)

    Raises
    ------
    ValueError
        If the loss is no longer finite, or the epochs are too few for one generation.
    """
    run = _by_gradient if isinstance(optimizer, GradientMethod) else _by_population
    with blas_libraries().limit(limits=1, user_api="blas"):  # a second BLAS thread makes products of this size slower
        for epoch, (trained, loss) in enumerate(run(task, optimizer, theta, rng, epochs, radius), start=1):
            on_epoch(epoch, trained, loss)
    return trained


def _by_gradient(task, optimizer, theta, rng, epochs, radius):
    s, dtype = optimizer.init(theta.astype(task.X.dtype)), task.X.dtype.name
    run, gradient, step = loop(descend_batches, dtype), loop(backpropagation, dtype), optimizer.stepper(dtype)
    grad, work, trace = aligned(s.theta.size, s.theta.dtype), task.scratch(), np.empty(task.batches)
    for epoch in range(1, epochs + 1):
        hyper, order = optimizer.hyper(s.t + 1, trace.size), rng.permutation(len(task.X))
        run(
            gradient, step, s.theta, grad, s.memory, s.counts, hyper,
            work, task.net, task.X, task.Y, order, task.batch, s.t, trace,
        )  # fmt: skip
        s.t += trace.size
        loss = trace.mean()
        if not (np.isfinite(loss) and np.isfinite(s.theta).all()):
            raise ValueError(f"training with {optimizer!r} diverged in epoch {epoch}: the loss is {loss}; "
                             "try a smaller learning rate, or scale the inputs")
        yield s.theta, loss


def _by_population(task, optimizer, theta, rng, epochs, radius):
    """All points of a generation see the same batch. The result is the network with the least batch loss seen."""
    budget = epochs * task.batches
    s = optimizer.init(search_box(task.net, radius), rng, max_evals=budget)
    if len(s.X) > budget:
        raise ValueError(f"{epochs} epochs of {task.batches} batches are {budget} batch losses, too few for one "
                         f"generation of {len(s.X)} networks")
    run, dtype = loop(population_losses, task.X.dtype.name), task.X.dtype
    one, work, order, at = aligned(theta.size, dtype), task.scratch(), rng.permutation(len(task.X)), 0
    best, least, spent = theta.astype(dtype), np.nan, 0  # no loss is known before the first generation
    for epoch in range(1, epochs + 1):
        while spent + s.asked[0] <= epoch * task.batches:
            if at >= len(order):
                order, at = rng.permutation(len(task.X)), 0
            s, P = optimizer.ask(s)
            f = np.empty(len(P))
            run(P, f, one, work, task.net, task.X, task.Y, order[at : at + task.batch])
            f[~np.isfinite(f)] = np.inf
            s = optimizer.tell(s, P, f)
            spent, at = spent + len(P), at + task.batch
            if not least <= f.min():
                best, least = P[f.argmin()].astype(dtype), f.min()
        yield best, least
    if not np.isfinite(least):
        raise ValueError(f"training with {optimizer!r} found no network with a finite loss; scale the inputs or the targets")
