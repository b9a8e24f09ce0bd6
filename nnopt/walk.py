"""Neighbourhoods: a problem states its moves, and a move is a number q = 0, 1, ..., count - 1.

To draw a move is to draw a number, to enumerate them is to count. A walk asks what a move *changes* (``delta``), not what the
whole is worth. Kernels of a neighbourhood ask by name for x, q, the problem's arrays, and arrays of their own (``place: N[d]``),
their notes about x, which ``begin`` makes and ``apply`` keeps.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._jit import (
    R64,
    B,
    Call,
    Counter,
    N,
    Point,
    R,
    Random,
    S,
    Table,
    aligned,
    bind,
    calling,
    compiled,
    cut,
    d,
    interface,
    k,
    kernel,
    parameters,
)
from ._loop import APPLY, BEGIN, DELTA, DESIRE, EXCHANGE, REFRESH
from .random import below, uniform


@interface
def Begin(x: Point[d], notes: N[k], given: N[k]):
    """Make the notes about x; ``notes`` is the table of their arrays."""


@interface
def Delta(x: Point[d], q: N, notes: N[k], given: N[k]) -> R:
    """What move q would change."""


@interface
def Apply(x: Point[d], q: N, notes: N[k], given: N[k]):
    """Make move q, in x and in the notes."""


@interface
def Refresh(x: Point[d], q: N, changes: R64[k], notes: N[k], given: N[k]):
    """What every move would change, after move q was made; q = -1 at the start."""


@interface
def Exchange(x: Point[d], q: N, brings: N[k], drops: N[k], notes: N[k], given: N[k]):
    """The features that move q would bring into x, and those that it would drop: numbers, or -1; all of them -1 where q is no move
    at x (two cities that are neighbours already), which changes nothing, and whose ``apply`` does nothing."""


@interface
def Desire(i: N, j: N, given: N[k]) -> R:
    """What an ant sees: how good j looks after i."""


FUNCTIONS = dict(
    begin=(Begin, BEGIN), delta=(Delta, DELTA), apply=(Apply, APPLY), refresh=(Refresh, REFRESH),
    exchange=(Exchange, EXCHANGE), desire=(Desire, DESIRE),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """A problem's moves.

    Parameters
    ----------
    count : callable
        The number of moves in d dimensions.
    delta, apply : kernel
        What a move changes, and the move.
    begin, refresh, exchange, desire : kernel, optional
        As the interfaces of this module say. Without ``refresh``, all deltas are computed again.
    price, sweep : callable, optional
        What one delta costs, and all of them after a move, in evaluations, in d dimensions; by default 1 and ``count``.
    tenure : callable, optional
        How many moves tabu search should keep away from what it gave up, in d dimensions; by default d.
    """

    count: Callable
    delta: Any
    apply: Any
    begin: Any = None
    refresh: Any = None
    exchange: Any = None
    desire: Any = None
    price: Callable = lambda dim: 1.0
    sweep: Callable | None = None
    tenure: Callable = lambda dim: float(dim)

    @property
    def kernels(self):
        """Word -> kernel, of those that are stated."""
        return {word: f for word in FUNCTIONS if (f := getattr(self, word))}

    def numbers(self, dim):
        """Count, price, sweep and tenure in ``dim`` dimensions, as the ledger holds them."""
        count = self.count(dim)
        return count, self.price(dim), self.sweep(dim) if self.sweep else count * self.price(dim), self.tenure(dim)


@kernel(browser=False)
def nothing():
    """Where a problem does not say."""


@kernel(browser=False)
def zero() -> R:
    """Where a problem does not say what something is worth."""
    return 0.0


@functools.cache
def _bound(neighbourhood, arrays, plain=False):
    """Word -> the function behind its interface; and the spaces of the notes, in the order of their table. ``plain``: for functions of
    Python, which only Python can call."""
    taken = {"x", "q", "changes", "brings", "drops", "i", "j", *(name for name, _ in arrays)}
    views: dict = dict(arrays)
    notes: dict = {}
    for function in neighbourhood.kernels.values() if neighbourhood else ():
        for name, space in parameters(function).items():
            if name not in taken and name not in notes:
                shape = ["x.size" if s == d else s for s in space.shape]
                views[name] = cut(name, R64 if space.kind == "real" else space, "notes", len(notes), shape)
                notes[name] = space
    functions = {}
    for word, (prototype, _) in FUNCTIONS.items():
        line = "return {}" if word in ("delta", "desire") else "{}"
        stated = getattr(neighbourhood, word, None) or (zero if "return" in line else nothing)
        if word == "refresh" and neighbourhood and stated is nothing:
            stated, line = neighbourhood.delta, "for q in range(changes.size): changes[q] = {}"
        functions[word] = bind(word, prototype, [Call(calling(stated) if plain else stated, line)], {}, views)
    return functions, notes


@functools.cache
def functions(neighbourhood, arrays, world, words):
    """The six functions behind their interfaces, in the order of the table; those not in ``words``, which nobody asks for, do
    nothing, and are not compiled for each problem. Without a ``world``, in Python."""
    found, stubs = _bound(neighbourhood, arrays, not world)[0], _bound(None, ())[0]
    chosen = [found[word] if word in words else stubs[word] for word in FUNCTIONS]
    return [_compiled(f, world) if world else f for f in chosen]


@functools.cache
def _compiled(function, world):
    return compiled(function, world)


def notes(neighbourhood, arrays, dim):
    """The arrays in which a walk keeps its notes, in ``dim`` dimensions."""
    spaces = _bound(neighbourhood, arrays)[1].values() if neighbourhood else ()
    return Table(aligned([dim if s == d else s for s in space.shape], "int64" if space.kind == "int64" else "float64") for space in spaces)


@kernel(browser=False)
def is_move(exchange: Exchange, x: Point[d], q: N, brings: N[k], drops: N[k], notes: N[k], given: N[k]) -> N:
    """Whether q is a move at x: not where the problem says that it brings nothing."""
    brings[0] = 0  # where a problem does not say, all are
    exchange(x, q, brings, drops, notes, given)
    for h in range(brings.size):
        if brings[h] >= 0:
            return 1
    return 0


# ------------------------------------------------------------------------------------ where a walk starts
@kernel(browser=False)
def start_reals(x: R[d], lower: R[d], upper: R[d], rng: Random, x0: R[d], started: Counter):
    """A point drawn in the box, or the given one."""
    for j in range(x.size):
        x[j] = x0[j] if started[0] == 1 else lower[j] + (upper[j] - lower[j]) * uniform(rng)


@kernel(browser=False)
def start_permutation(x: S[d], rng: Random, x0: S[d], started: Counter):
    """A random permutation, or the given one."""
    for j in range(x.size):
        x[j] = x0[j] if started[0] == 1 else j
    for j in range(x.size - 1 if started[0] == 0 else 0, 0, -1):
        other = below(rng, j + 1)
        x[j], x[other] = x[other], x[j]


@kernel(browser=False)
def start_bits(x: B[d], rng: Random, x0: B[d], started: Counter):
    """Random bits, or the given ones."""
    for j in range(x.size):
        x[j] = x0[j] if started[0] == 1 else below(rng, 2)


STARTS = dict(reals=start_reals, permutations=start_permutation, bits=start_bits)
