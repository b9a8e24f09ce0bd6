"""Training a network: its loss over the rows of the data is a problem like any other, and a run on it goes batch by batch.

An epoch is as many batch losses as there are batches, of which a gradient step uses one and a generation of a population of P
uses P.
"""

import contextlib
import functools
import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from .. import _loop as at
from .._jit import parameters
from .._minimize import Rows, Run
from ..optimizer import GradientMethod, PopulationMethod, SearchMethod
from ..problems.sums import network_loss
from .initialization import search_box


@functools.cache
def blas_libraries():
    """The BLAS libraries of this process, looked up once: that reads a list of all its files, 5 to 20 ms."""
    importlib.import_module("scipy.linalg.cython_blas")  # what the kernels' products call

    return ThreadpoolController()


class OneThread:
    """BLAS with one thread, since a second makes products of this size slower. The limit is the process's: the first run that
    is under way sets it, and the last to end lifts it."""

    def __init__(self):
        self.lock, self.runs, self.limit = threading.Lock(), 0, contextlib.ExitStack()

    def __enter__(self):
        with self.lock:
            if self.runs == 0:
                self.limit.enter_context(blas_libraries().limit(limits=1, user_api="blas"))
            self.runs += 1

    def __exit__(self, *error):
        with self.lock:
            self.runs -= 1
            if self.runs == 0:
                for library in blas_libraries().lib_controllers:  # threadpoolctl heeds the thread that set a limit, while it lives
                    getattr(library, "clear_controlling_thread", lambda force: None)(force=True)
                self.limit.close()


one_thread = OneThread()


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


def train(task, optimizer, theta, rng, epochs, radius=3.0, on_epoch: Callable = lambda epoch, theta, loss: None):
    """Train a network.

    Parameters
    ----------
    task : Task
    optimizer : Optimizer
        Gradient-based or not.
    theta : ndarray, shape (parameters,)
        The start. Populations start around zero instead, but a method's own ``start`` may ask for it as ``x0``.
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
    run = _run(task, optimizer, theta, rng, epochs, radius)
    trained = theta.astype(task.X.dtype)
    with one_thread:
        for epoch in range(1, epochs + 1):
            began, end = run.rowed, None
            while end is None and (most := _iterations(run, epoch * task.batches)) > 0:
                end = run.go_on(most)
            trained, loss = _after(run, began, trained)
            if run.book[at.FRAIL] and ((end is not None and end[0] == "failed") or not np.isfinite(trained).all()):
                raise ValueError(f"training with {optimizer!r} diverged in epoch {epoch}: the loss is {loss}; "
                                 "try a smaller learning rate, or scale the inputs")
            on_epoch(epoch, trained, loss)
    if not np.isfinite(loss):
        raise ValueError(f"training with {optimizer!r} found no network with a finite loss; scale the inputs or the targets")
    return trained


def _run(task, optimizer, theta, rng, epochs, radius):
    """The run that has not begun."""
    budget = epochs * task.batches
    problem = network_loss(task.net, task.X, task.Y, task.X.dtype.name)
    if isinstance(optimizer, (GradientMethod, SearchMethod)):
        state = optimizer.init(theta.astype(task.X.dtype), max_evals=budget, seed=_aside(rng))
    else:
        state = optimizer.init(search_box(task.net, radius), rng, max_evals=budget)
        state.x0 = theta
        state.started = any("x0" in parameters(f) for f in optimizer.kinds()["reals"].get("start", ()))
        if isinstance(optimizer, PopulationMethod) and state.size["n"] > budget:
            raise ValueError(f"{epochs} epochs of {task.batches} batches are {budget} batch losses, too few for one "
                             f"generation of {state.size['n']} networks")
    return Run(problem, optimizer, state, rows=Rows(len(task.X), task.batch, rng))


def _aside(rng):
    """A seed that takes nothing from the generator: the batches are shuffled alike with and without dropout."""
    return np.random.SeedSequence([int(word) for word in np.atleast_1d(rng.bit_generator.seed_seq.generate_state(4))])


def _iterations(run, until):
    """How many iterations fit until so many batch losses are used."""
    return int((until - run.book[at.SPENT]) // run.price)


def _after(run, began, trained):
    """The network after an epoch, and its loss."""
    if run.learns:
        return run.state.theta, run.table[began : run.rowed, at.VALUE].copy().mean()
    if not run.book[at.SPENT]:
        return trained, np.nan
    return run.optimizer.recommend(run.state).astype(trained.dtype), run.book[at.LEAST]
