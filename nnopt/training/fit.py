"""Training: a network's loss over the rows of the data is a problem like any other, and a run on it goes batch by batch.

An epoch is as many batch losses as there are batches, of which a gradient step uses one and a generation of a population of P
uses P.
"""

import numpy as np

from .. import _loop as at
from .._jit import World, parameters
from .._minimize import Rows, Run
from .._threads import one_thread
from ..optimizer import GradientMethod, PopulationMethod, SearchMethod
from ..practice.parallel import Alone, share
from ..random import generator


class Training:
    """A run of an optimizer on a network's loss, epoch by epoch.

    Parameters
    ----------
    problem : Problem
        A sum over rows, as from ``Network.problem``.
    optimizer : Optimizer
        Gradient-based or not.
    theta : ndarray, shape (parameters,)
        The start. Populations start in the box instead, but a method's own ``start`` may ask for it as ``x0``.
    rng : numpy.random.Generator
        Shuffles the batches and seeds the optimizer.
    batch : int
        Rows in a batch.
    box : ndarray, shape (parameters, 2), optional
        For populations: where to search.
    marks : dict of ndarray, shape (parameters,), optional
        What parts of the optimizer, such as ``L1``, are told of the parameters, by the name of their memory.
    communicator : communicator, optional
        For :class:`SharedTraining`.
    """

    def __init__(self, problem, optimizer, theta, rng, batch, box=None, marks=None, communicator=None):
        self.problem, self.optimizer, self.rng, self.batch, self.box = problem, optimizer, rng, batch, box
        self.marks, self.communicator = marks or {}, communicator
        self.theta = theta.astype(problem.dtype)
        self.batches = -(-problem.rows // batch)  # in an epoch; the last one may be smaller

    def begin(self, epochs, state=None):
        """Make the run, of so many epochs at most; with a state of the same optimizer it goes on from there.

        Raises
        ------
        ValueError
            If the epochs are too few for one generation.
        """
        budget = epochs * self.batches
        if state is None:
            state = self._first_state(budget)
        else:
            state = state.copy()
            if self.optimizer.recommends == "best":  # perhaps an earlier one than the last, where training was stopped
                state.theta = self.theta
            state.ledger[at.BUDGET] = state.ledger[at.SPENT] + budget
        self.spent = float(state.ledger[at.SPENT])
        self.run = Run(self.problem, self.optimizer, state, rows=Rows.of(self.optimizer, self.problem.rows, self.batch, self.rng))

    def _first_state(self, budget):
        optimizer = self.optimizer
        if isinstance(optimizer, (GradientMethod, SearchMethod)):
            state = optimizer.init(self.theta, max_evals=budget, seed=_aside(self.rng))
            for name in self.marks.keys() & state.arrays.keys():
                setattr(state, name, self.marks[name])
            return state
        state = optimizer.init(self.box, self.rng, max_evals=budget)
        state.x0 = self.theta
        state.started = any("x0" in parameters(f) for f in optimizer.kinds()["reals"].get("start", ()))
        if isinstance(optimizer, PopulationMethod) and state.size["n"] > budget:
            raise ValueError(f"{budget // self.batches} epochs of {self.batches} batches are {budget} batch losses, too few for one "
                             f"generation of {state.size['n']} networks")
        return state

    def epoch(self, number):
        """Train until the end of this epoch, counted from 1; the network, and the mean batch loss: for populations the least so far,
        NaN before the first generation.

        Raises
        ------
        ValueError
            If training diverges.
        """
        run = self.run
        began, end = run.rowed, None
        with one_thread:
            while end is None and (most := self._iterations(self.spent + number * self.batches)) > 0:
                end = run.go_on(most)
        theta, loss = self._after(began)
        if run.book[at.FRAIL] and ((end is not None and end[0] == "failed") or not np.isfinite(theta).all()):
            raise ValueError(f"training with {self.optimizer!r} diverged in epoch {number}: the loss is {loss}; "
                             "try a smaller learning rate, or scale the inputs")
        self.theta = theta
        return theta, loss

    def check(self, loss):
        """Raise a ValueError where no network was found."""
        if not np.isfinite(loss):
            raise ValueError(f"training with {self.optimizer!r} found no network with a finite loss; scale the inputs or the targets")

    def _iterations(self, until):
        """How many iterations fit until so many batch losses are used."""
        return int((until - self.run.book[at.SPENT]) // self.run.price)

    def _after(self, began):
        """The network after an epoch, and its loss."""
        run = self.run
        if run.learns:
            loss = run.table[began : run.rowed, at.VALUE].copy().mean() if run.rowed > began else np.nan
            return run.learnt, loss
        if not run.book[at.SPENT]:
            return self.theta, np.nan
        return self.optimizer.recommend(run.state).astype(self.theta.dtype), run.book[at.LEAST]


class SharedTraining(Training):
    """The same on several ranks: the rows of each batch are shared out, the gradients summed, and all ranks take the same step."""

    def begin(self, epochs, state=None):
        super().begin(epochs, state)
        self.communicator, run = self.communicator or Alone(), self.run
        if not run.learns:
            raise ValueError(f"communicator needs a method that follows a gradient, not {self.optimizer!r}")
        if self.batch < self.communicator.size:
            raise ValueError(f"a batch of {self.batch} rows cannot be shared among {self.communicator.size} ranks: some would have none")
        self.objective = self.problem.objective(World(self.problem.points, run.state.world.state, self.problem.dtype), True)
        self.noise = generator(0)  # of dropout: each rank and epoch has its own
        self.table = self.problem.table(self.noise, 1)
        self.words = _words(self.rng)

    def pass_over(self, epochs):
        """So many epochs were trained before: their orders are drawn, and not used."""
        for _ in range(epochs):
            self.run.rows.draw()

    def epoch(self, number):
        run, comm, optimizer, batches = self.run, self.communicator, self.optimizer, self.batches
        state, ledger = run.state, run.ledger
        self.noise[:] = generator(np.random.SeedSequence([*self.words, number, comm.rank]))
        order, losses, theta, grad, step = run.rows.draw(), np.zeros(batches), state.theta, state.grad, optimizer.runner("step", state)
        given = self.table.addresses if self.problem.compiled else self.table
        together = getattr(comm, "allreduce_gradient", comm.allreduce)
        with one_thread:
            for i in range(batches):
                mine, part = share(order[i * self.batch : (i + 1) * self.batch], comm.rank, comm.size)
                grad[:] = 0
                if len(mine):
                    losses[i] = part * self.objective(theta, grad, mine, given)
                    grad *= grad.dtype.type(part)
                together(grad)
                state.t += 1
                step(state.t, state.t)
                ledger[at.SPENT] += 1
        comm.allreduce(losses)
        theta = run.learnt
        loss = losses.mean()
        if not np.isfinite(theta).all() or not np.isfinite(loss):
            raise ValueError(f"training with {optimizer!r} diverged in epoch {number}: the loss is {loss}; "
                             "try a smaller learning rate, or scale the inputs")
        self.theta = theta
        return theta, loss


def _words(rng):
    return [int(word) for word in np.atleast_1d(rng.bit_generator.seed_seq.generate_state(4))]


def _aside(rng):
    """A seed that takes nothing from the generator: the batches are shuffled alike with and without dropout."""
    return np.random.SeedSequence(_words(rng))
