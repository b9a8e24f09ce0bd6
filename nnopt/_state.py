"""What a method remembers: arrays by name. One layout serves Python and compiled code."""

from dataclasses import dataclass

import numpy as np

from ._checks import count, number_in, shown
from ._jit import Table, World, aligned, cut
from ._loop import BUDGET, COST, ENTRIES, FTOL, GTOL, LEAST, OWN, RATE, SPENT, TARGET, XTOL
from .random import generator

IN_LEDGER = dict(nfev=SPENT, max_evals=BUDGET)  # entries of the ledger that have a name in a state
RESERVED = {"copy", "t", "owner", "world", "size", "arrays", "notes", "ledger", "rng", *IN_LEDGER}  # no other array may be called so
NO_NOTES = Table()


@dataclass(frozen=True)
class Layout:
    """Where a method's arrays stand in its table: the order of ``spaces``, after the sizes in their shapes."""

    owner: object
    spaces: dict
    sizes: tuple

    def views(self):
        """Source lines that get sizes and arrays out of the table."""
        lines = {f"*{size}": f"{size} = table[{i}]" for i, size in enumerate(self.sizes, OWN)}
        places = enumerate(self.spaces.items(), OWN + len(self.sizes))
        return lines | {name: cut(name, space, "table", i, space.shape) for i, (name, space) in places}

    def new(self, world, size, seed, max_evals=None, notes=NO_NOTES):
        """A state of zeros, with its ledger opened."""
        arrays = {}
        for name, space in self.spaces.items():
            dtype = {"real": world.state, "point": world.point, "data": world.data}.get(space.kind, space.kind)
            arrays[name] = aligned([size.get(s, s) for s in space.shape], dtype)
        budget = np.inf if max_evals is None else number_in("max_evals", count("max_evals", max_evals), "[1, 1e308]", np.isfinite)
        ledger = np.zeros(ENTRIES)
        ledger[[LEAST, TARGET, BUDGET, COST, RATE]] = np.inf, -np.inf, budget, 1, 1
        ledger[[GTOL, FTOL, XTOL]] = -1.0
        return State(self.owner, world, size, arrays | dict(ledger=ledger, rng=generator(seed)), notes)


class State:
    """An optimizer's arrays by name: ``state.theta``, ``state.m``.

    ``copy`` is deep: an older state stays what it was. To assign to a name, ``state.m = 0``, is to write into its array.
    """

    def __init__(self, owner, world: World, size, arrays, notes=NO_NOTES, t=0):
        self.__dict__.update(owner=owner, world=world, size=size, arrays=arrays, notes=notes, t=t)

    def __getattr__(self, name):
        if name.startswith("_"):  # so that pickle and copy may ask before there is anything
            raise AttributeError(name)
        if name in IN_LEDGER:
            return self.arrays["ledger"][IN_LEDGER[name] : IN_LEDGER[name] + 1]
        try:
            return self.arrays[name]
        except KeyError:
            raise AttributeError(f"this state has no {name!r}; it has {', '.join(self)}") from None

    def __setattr__(self, name, value):
        if name == "t":
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise ValueError(f"t must be an integer in [0, inf), not {shown(value)}")
            self.__dict__["t"] = int(value)
        elif name in self.__dict__:
            raise AttributeError(f"{name} of a state cannot be set")
        else:
            getattr(self, name)[...] = value

    def __iter__(self):
        yield from (name for name in self.arrays if name not in ("ledger", "rng"))
        yield from IN_LEDGER
        yield "rng"

    def __dir__(self):
        return ["t", "copy", *self]

    def table(self, functions, given):
        """The table of a move: functions, the problem's table, and this state."""
        own = [*self.size.values(), *(array for name, array in self.arrays.items() if name not in ("ledger", "rng"))]
        return Table([*functions, given, len(given), self.notes, len(self.notes), self.rng, *own])

    def copy(self):
        """A state of its own, equal to this one."""
        arrays = dict(zip(self.arrays, _copies(list(self.arrays.values())), strict=True))
        return State(self.owner, self.world, self.size, arrays, Table(_copies(self.notes)), self.t)

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self.copy()

    def __repr__(self):
        return f"State(t={self.t}, " + ", ".join(f"{name}={getattr(self, name)}" for name in self) + ")"


def _copies(arrays):
    """Copies of arrays in one block, each on a 64-byte line: one request for memory costs as much as all this."""
    sizes = [-(-array.nbytes // 64) * 64 for array in arrays]
    block, copies = np.empty(sum(sizes) + 64, np.uint8), []
    place = -block.ctypes.data % 64
    for array, size in zip(arrays, sizes, strict=True):
        copies.append(np.ndarray(array.shape, array.dtype, block, place))
        copies[-1][...] = array
        place += size
    return copies
