r"""Training on several processes: the rows of a batch are shared out, the gradients summed, and every rank takes the same step.

With a batch's rows S split into :math:`S_1, \dots, S_P`, rank r computes the gradient :math:`g_r` of the mean loss of its rows, and

.. math::

    g = \sum_r \frac{|S_r|}{|S|} \, g_r

is the gradient of the whole batch: the run is that of one process, up to the order of a sum. A *communicator* is what has ``rank``, ``size`` and
``allreduce(x)``, which sums the array x over all ranks, in place. It costs about

.. math::

    T(d) = \alpha + \beta d

seconds for d numbers: a latency, and a time for each number.

R. Thakur, R. Rabenseifner and W. Gropp, *Optimization of collective communication operations in MPICH*, 2005, doi:10.1177/1094342005051521; local SGD:
S. U. Stich 2019, arXiv:1805.09767; Hogwild: F. Niu et al. 2011, arXiv:1106.5730; error feedback: S. P. Karimireddy et al. 2019, arXiv:1901.09847; the split of a
layer: M. Shoeybi et al. 2019, arXiv:1909.08053.
"""

import dataclasses
import math
import os
import re
import sys
import threading
import time
import traceback
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from .._checks import count, number_in, shown
from .._minimize import Rows, Run
from ..optimizer import GradientMethod


# ------------------------------------------------------------------------------------ communicators
class Alone:
    """A communicator of one rank."""

    rank, size = 0, 1

    def allreduce(self, x):
        """Sum x over all ranks, in place."""


class MPI:
    """The processes that ``mpiexec -n 4 python train.py`` has started; one, where nothing has.

    A rank that ends by an exception ends all others, too, so that none waits for it; one that is killed is what ``mpiexec`` looks after.

    Raises
    ------
    ImportError
        If mpi4py is not installed.
    """

    def __init__(self):
        try:
            from mpi4py import MPI as mpi
        except ImportError as error:
            raise ImportError('MPI needs mpi4py and an MPI library: pip install "nnopt[mpi]"') from error
        self._in_place, self._comm = mpi.IN_PLACE, mpi.COMM_WORLD
        self.rank, self.size = self._comm.rank, self._comm.size
        if self.size > 1:
            sys.excepthook = self._end_all

    def _end_all(self, kind, error, trace):
        traceback.print_exception(kind, error, trace)
        sys.stderr.flush()
        time.sleep(0.5)  # mpiexec passes on what was printed, unless it is ended first
        self._comm.Abort(1)

    def allreduce(self, x):
        """Sum x over all ranks, in place."""
        self._comm.Allreduce(self._in_place, x)


class Threads:
    """As many ranks as threads of this process, for pages and tests: ``Threads.run(4, work)``.

    Parameters
    ----------
    rank : int
    shared : list
        One place for each rank.
    barrier : threading.Barrier
    """

    def __init__(self, rank, shared, barrier):
        self.rank, self.size, self._shared, self._barrier = rank, len(shared), shared, barrier

    @classmethod
    def run(cls, size, work, timeout=60.0):
        """What ``work(communicator)`` returns on each of ``size`` ranks, as a list.

        If a rank raises, the others end, and its error comes out. Who waits longer than ``timeout`` seconds for another gives up.
        """
        shared, barrier = [None] * count("size", size), threading.Barrier(size, timeout=timeout)

        def one(rank):
            try:
                return work(cls(rank, shared, barrier))
            except BaseException:
                barrier.abort()
                raise

        with ThreadPoolExecutor(size) as pool:
            futures = [pool.submit(one, rank) for rank in range(size)]
        errors = [future.exception() for future in futures if future.exception() is not None]
        first = [error for error in errors if not isinstance(error, threading.BrokenBarrierError)]
        if errors:
            raise first[0] if first else TimeoutError(f"a rank did not come within {timeout:g} seconds")
        return [future.result() for future in futures]

    def allreduce(self, x):
        """Sum x over all ranks, in place."""
        self._shared[self.rank] = x
        self._barrier.wait()
        total = sum(self._shared[1:], self._shared[0].copy())  # in the same order on every rank, so that the ranks stay bit-equal
        self._barrier.wait()
        x[...] = total


def checked(communicator):
    """A communicator, or one sentence."""
    if communicator is None:
        return Alone()
    if not all(hasattr(communicator, name) for name in ("rank", "size", "allreduce")):
        raise ValueError(f"communicator must have rank, size and allreduce, such as nnopt.practice.MPI(), not {shown(communicator)}")
    return communicator


def agree(communicator, facts):
    """Raise on every rank, with one sentence, where the ranks do not have the same facts, a dict of name -> bytes, array or text."""
    if communicator.size == 1:
        return
    marks = np.array([_mark(fact) for fact in facts.values()])
    sums = np.concatenate([marks, marks**2])
    communicator.allreduce(sums)
    means, squares = np.split(sums, 2)
    if (apart := communicator.size * squares != means**2).any():
        name = list(facts)[int(apart.argmax())]
        raise ValueError(f"rank {communicator.rank}: the ranks have different {name}; give every rank the same data and settings")


def _mark(fact):
    """A whole number below 2^24, whose square a float64 holds exactly, for up to 30 ranks even in the sum."""
    raw = np.ascontiguousarray(fact).tobytes() if isinstance(fact, np.ndarray) else without_addresses(str(fact)).encode()
    return float(zlib.crc32(raw) % (1 << 24))


def without_addresses(text):
    """A text without where in memory a function or an object lies, which differs from process to process."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def broadcast(communicator, arrays):
    """Rank 0's float64 arrays, on every rank; all give arrays of the same shapes."""
    for array in arrays:
        if communicator.rank != 0:
            array[...] = 0
        communicator.allreduce(array)


def share(rows, rank, size):
    """The rows of a batch that belong to a rank, and their part of it.

    Parameters
    ----------
    rows : ndarray of int, shape (B,)
    rank, size : int

    Returns
    -------
    ndarray of int, float
    """
    low, high = rank * len(rows) // size, (rank + 1) * len(rows) // size
    return rows[low:high], (high - low) / len(rows)


# ------------------------------------------------------------------------------------ compression
def top_k(x, k):
    """x where it is largest in size, at k entries, and zero elsewhere."""
    kept = np.zeros_like(x)
    places = np.argpartition(np.abs(x), len(x) - k)[len(x) - k :]
    kept[places] = x[places]
    return kept


class TopK:
    """A communicator that sends, of each gradient, the largest entries only, and remembers what it did not send.

    What is left out is added to the next gradient (*error feedback*), so that it is sent late, and not never. Here the sum is still one of whole
    vectors: this shows what compression does to learning, not what it saves.

    Parameters
    ----------
    communicator : communicator
    share : float in (0, 1]
        The share of the entries that is sent.
    feedback : bool, default True
        Whether the rest is remembered.

    References
    ----------
    S. P. Karimireddy et al., *Error feedback fixes SignSGD and other gradient compression schemes*, ICML 2019, arXiv:1901.09847.
    """

    def __init__(self, communicator, share, feedback=True):
        self._under = checked(communicator)
        self.rank, self.size, self.feedback, self._rest = self._under.rank, self._under.size, feedback, None
        self.share = number_in("share", share, "(0, 1]", lambda s: 0 < s <= 1)

    def allreduce(self, x):
        """Sum x over all ranks, in place and whole."""
        self._under.allreduce(x)

    def allreduce_gradient(self, x):
        """Sum the largest entries over all ranks, in place."""
        if self._rest is None or self._rest.shape != x.shape:
            self._rest = np.zeros_like(x)
        wanted = x + self._rest
        sent = top_k(wanted, max(1, round(self.share * len(x))))
        if self.feedback:
            self._rest = wanted - sent
        x[...] = sent
        self._under.allreduce(x)


# ------------------------------------------------------------------------------------ checkpoints
class Checkpoint:
    """What a run needs to go on, in one file: written whole or not at all.

    Parameters
    ----------
    path : str or Path
        Rank 0 writes it; all ranks get what it holds.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise ValueError(f"checkpoint must be a file in a folder that exists, not {self.path}")

    def save(self, **arrays):
        """Replace the file at once, after the new one has reached the disk."""
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        try:
            with open(temporary, "wb") as file:
                np.savez(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def load(self):
        """The arrays by name, or None where there is no file.

        Raises
        ------
        ValueError
            If the file is no checkpoint.
        """
        if not self.path.exists():
            return None
        try:
            with open(self.path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
                return dict(file)
        except (ValueError, TypeError, OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{self.path} is no checkpoint of a training: remove it, or name another file") from error


# ------------------------------------------------------------------------------------ without waiting for each other
def local_sgd(problem, optimizer, x0, *, rows, steps, every, batch_size=32, communicator=None, seed=None):
    """Local SGD: each rank takes ``every`` steps on rows of its own, then the points of all ranks are averaged.

    Parameters
    ----------
    problem : Problem
        A sum over rows, such as ``network.problem(X, y)``, the same on every rank.
    optimizer : GradientMethod
        Its memory stays each rank's own.
    x0 : array_like, shape (d,)
    rows : array_like of int
        The numbers of the rows that this rank has.
    steps, every, batch_size : int in [1, inf)
        Steps of each rank; after how many the points are averaged; rows in a step.
    communicator : communicator, optional
    seed : int or None
        Each rank shuffles by a generator of (seed, rank).

    Returns
    -------
    ndarray, shape (d,)
        The average after the last step, the same on every rank.
    """
    comm, own = checked(communicator), np.asarray(rows, np.int64)
    if not own.size:
        raise ValueError(f"rank {comm.rank} has no rows")
    _needs_gradient(optimizer)
    rng = np.random.default_rng([0 if seed is None else seed, comm.rank])
    batch = min(count("batch_size", batch_size), len(own))
    state = optimizer.init(np.asarray(x0, problem.dtype), max_evals=count("steps", steps), seed=rng)
    run = Run(_own(problem), optimizer, state, rows=Rows(len(own), batch, lambda: own[rng.permutation(len(own))]))
    left = steps
    while left > 0:
        goal = min(count("every", every), left)
        _go(run, goal)
        comm.allreduce(state.theta)
        state.theta /= comm.size
        left -= goal
    return state.theta.copy()


def hogwild(problem, optimizer, x0, *, threads, steps, batch_size=32, seed=None):
    """Threads that step one and the same point without waiting for each other; two runs are not equal.

    Parameters
    ----------
    problem, optimizer, x0, batch_size
        As in :func:`local_sgd`.
    threads, steps : int in [1, inf)
        Steps of all threads together; each has a share of the rows, and its own memory.

    Returns
    -------
    ndarray, shape (d,)
    """
    _needs_gradient(optimizer)
    threads, each = count("threads", threads), -(-count("steps", steps) // threads)
    shared = None

    def make(rank):
        nonlocal shared
        rng, own = np.random.default_rng([0 if seed is None else seed, rank]), np.arange(rank, problem.rows, threads)
        state = optimizer.init(np.asarray(x0, problem.dtype), max_evals=each, seed=rng)
        shared = state.arrays["theta"] if shared is None else shared
        state.arrays["theta"] = shared  # before the run notes its address
        return Run(_own(problem), optimizer, state, rows=Rows(len(own), min(batch_size, len(own)), lambda: own[rng.permutation(len(own))]))

    runs = [make(rank) for rank in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda run: _go(run, each), runs))
    return shared.copy()


def _own(problem):
    """The same problem with scratch of its own: two threads that write to one would spoil each other's gradients."""
    return dataclasses.replace(problem)


def _needs_gradient(optimizer):
    if not isinstance(optimizer, GradientMethod):
        raise ValueError(f"training on several ranks needs a gradient method, not {shown(optimizer)}")


def _go(run, steps):
    """So many steps of a run on batches."""
    goal, end = run.state.t + steps, None
    while run.state.t < goal and end is None:
        end = run.go_on(goal - run.state.t)
    if end is not None and end[0] == "failed":
        raise ValueError(f"training diverged: {end[1]}; try a smaller learning rate")


def delay_limit(delay, curvature=1.0):
    r"""The largest rate at which gradient descent with gradients ``delay`` steps old is stable on a quadratic.

    .. math:: \alpha < \frac{2}{h} \sin \frac{\pi}{2 (2 \tau + 1)}

    Parameters
    ----------
    delay : int in [0, inf)
        :math:`\tau`: the gradient is that at the point of so many steps ago.
    curvature : float in (0, inf), default 1.0
        The largest, h.

    Examples
    --------
    >>> delay_limit(0), round(delay_limit(1), 3)
    (2.0, 1.0)
    """
    return 2 * math.sin(math.pi / (2 * (2 * delay + 1))) / curvature


# ------------------------------------------------------------------------------------ a layer split
class SplitLayer:
    """Model parallelism: a network of one hidden ReLU layer, whose neurons are shared out.

    A rank holds some columns of W1 and the same rows of W2. A step needs one sum of the outputs, (B, C), and none of the weights.

    Parameters
    ----------
    W1, b1, W2, b2 : ndarray, shapes (p, h), (h,), (h, C), (C,)
        The whole network; each rank keeps its part.
    communicator : communicator
    """

    def __init__(self, W1, b1, W2, b2, communicator=None):
        self.comm = comm = checked(communicator)
        if W1.shape[1] < comm.size:
            raise ValueError(f"{W1.shape[1]} neurons cannot be shared among {comm.size} ranks: each needs one at least")
        self.mine = slice(comm.rank * W1.shape[1] // comm.size, (comm.rank + 1) * W1.shape[1] // comm.size)
        self.W1, self.b1, self.W2, self.b2 = W1[:, self.mine].copy(), b1[self.mine].copy(), W2[self.mine].copy(), b2.copy()

    def gradients(self, X, labels):
        """The mean cross-entropy of rows X, (B, p), with classes (B,), and its gradients by this rank's W1, b1, W2 and by b2."""
        A = np.maximum(X @ self.W1 + self.b1, 0)
        Z = A @ self.W2
        self.comm.allreduce(Z)
        Z += self.b2
        Z -= Z.max(axis=1, keepdims=True)
        log_P = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
        rows = np.arange(len(X))
        D = np.exp(log_P)
        D[rows, labels] -= 1
        D /= len(X)
        DA = (D @ self.W2.T) * (A > 0)
        return -log_P[rows, labels].mean(), (X.T @ DA, DA.sum(axis=0), A.T @ D, D.sum(axis=0))

    def step(self, X, labels, lr):
        """A step of gradient descent; the loss before it."""
        loss, gradients = self.gradients(X, labels)
        for weight, gradient in zip((self.W1, self.b1, self.W2, self.b2), gradients, strict=True):
            weight -= lr * gradient
        return loss
