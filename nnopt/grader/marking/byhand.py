"""What it takes to work out one coordinate by hand: every number, and of every array the entries on which that coordinate depends.

Which entries these are is not read off names or shapes, it is tried: the reference is run with each entry changed, one after the other.
So a matrix product shows a row of one factor and a column of the other, and a broadcast vector its one entry, also where all axes are
equally long.
"""

import re

import numpy as np

from ..exercise.problems import Objective
from .tolerance import evaluate

SMALL = 20          # numbers of an array that are shown; of a larger piece its shape
FEW = 6             # entries that are shown one by one where what they span is larger
MOST = 400          # entries of an input that are tried; a larger one counts as needed whole
TRIALS = 30         # times that all entries which seem not to matter are changed at once


def pieces(key, i, j, where):
    """What the coordinate `where` of part `j` takes on case `i`, as texts ``name[index] = value``, in the order of the arguments."""
    if (i, j, where) not in key.worked_out:
        key.worked_out[i, j, where] = found(key, i, j, where)
    return key.worked_out[i, j, where]


def found(key, i, j, where):
    """As `pieces`, which keeps them."""
    told, marks = [], together(key, i, j, where, {name: needed(key, i, j, where, name) for name in arrays(key.cases[i].args)})
    for name, a in key.cases[i].args.items():
        if name not in marks:
            told.append(whole(name, a))
            continue
        used = marks[name]
        if not used.any() and (beside := aligned(a.shape, key.want[i][j].shape, where)):
            told.append(f"{name}{index(beside)} = {text(a[beside])}")
        else:
            told.append(piece(name, a, used))
    return told


def arrays(args):
    """The names of the arguments that have entries."""
    return [name for name, a in args.items() if isinstance(a, np.ndarray) and a.ndim]


def together(key, i, j, where, marks):
    """The masks, of which one marks all where the entries that it left out matter once several of them change at a time.

    A minimum of seven numbers hardly ever depends on one of the larger six, but on all of them.
    """
    rng = np.random.default_rng(i)
    for names in [[name] for name in marks] + [list(marks)]:
        for _ in range(TRIALS):
            args = key.cases[i].args
            if not holds(key, i, j, where, args | {name: redrawn(args[name], marks[name], rng) for name in names}):
                marks |= {name: np.ones(args[name].shape, bool) for name in names}
                break
    return marks


def redrawn(a, mask, rng):
    """The array with other numbers wherever nothing is marked: those of its own in another order, or of another sign and size."""
    other = rng.permuted(a) if a.dtype.kind in "iub" or rng.random() < 0.5 else rng.normal(0, 2, a.shape)
    return np.where(mask, a, other).astype(a.dtype)


def holds(key, i, j, where, args):
    """Is the coordinate with these arguments what it was?"""
    got, want = evaluate(key.function.reference, args, len(key.names)), key.want[i][j]
    return got is not None and got[j].shape == want.shape and bool(abs(got[j][where] - want[where]) <= key.tol[i][j][where])


def few(case):
    """Is every array of this case small enough to be shown?"""
    return all(np.size(a) <= SMALL for a in case.args.values() if isinstance(a, np.ndarray))


def needed(key, i, j, where, name):
    """The entries of the argument `name` on which the coordinate depends, as a mask."""
    args, a = key.cases[i].args, key.cases[i].args[name]
    if a.size > MOST:
        return np.ones(a.shape, bool)
    mask = np.zeros(a.shape, bool)
    for place in np.ndindex(a.shape):
        for value in others(a, place):
            changed = a.copy(order="K")
            changed[place] = value
            if not holds(key, i, j, where, args | {name: changed}):
                mask[place] = True
                break
    return mask


def others(a, place):
    """Values to put into the place of an entry: near by, of the other sign, and far away to both sides, where a bound may hold."""
    x = a[place]
    if a.dtype.kind == "f":
        return x + 1, -x - 0.5, x / 2, 1e3, -1e3
    if a.dtype.kind == "b":
        return (not x,)
    return [y for y in np.unique(a) if y != x] or [x + 1]    # whole numbers count rows or classes: others that occur, too


def aligned(shape, of, where):
    """The index into an array of this shape that goes with `where`: by broadcasting, else by its rows; empty where nothing does."""
    if len(shape) <= len(where) and shape == of[len(of) - len(shape) :]:
        return where[len(where) - len(shape) :]
    alike = [n == m for n, m in zip(shape, of)] + [False]
    return where[: alike.index(False)]


def piece(name, a, mask):
    """The part of an array that a mask marks, as text: an axis on which it marks one index only is fixed.

    Of a part that is too large its few marked entries are shown one by one, else the array's shape.
    """
    marked = [np.unique(axis) for axis in np.nonzero(mask)]
    at = tuple(int(k[0]) if len(k) == 1 and n > 1 else slice(None) for k, n in zip(marked, a.shape))
    if np.size(a[at]) > SMALL and 0 < np.count_nonzero(mask) <= FEW:
        return ", ".join(f"{name}{index(place)} = {text(a[tuple(place)])}" for place in np.argwhere(mask).tolist())
    if not mask.any() or np.size(a[at]) > SMALL:
        return whole(name, a) if a.size <= SMALL // 4 else f"{name} of shape {a.shape}"
    return f"{name}{index(at)} = {text(a[at])}"


def index(at):
    """An index as Python writes it; empty for the whole array."""
    at = list(at)
    while at and isinstance(at[-1], slice):
        at.pop()
    return f"[{', '.join(':' if isinstance(k, slice) else str(k) for k in at)}]" if at else ""


def whole(name, a):
    """An argument in a few characters: a number or function as it is, a small array in full, of a larger one its shape."""
    if isinstance(a, Objective):
        large = any(x.size > SMALL for x in a.arrays)
        return f"{name}: {a.name}" if large else f"{name} = {a.python([f'np.array({text(x)})' for x in a.arrays])}"
    if isinstance(a, tuple) and a[:1] == ("seed",):
        return f"{name} = np.random.default_rng({a[1]})"
    return f"{name} = {text(a)}" if np.size(a) <= SMALL else f"{name} of shape {np.shape(a)}"


def shortened(args):
    """All arguments in a few characters each."""
    return [whole(name, a) for name, a in args.items()]


def shapes(args):
    """The numbers among the arguments, and of the arrays their shapes."""
    return [f"{name} of shape {a.shape}" if np.ndim(a) else whole(name, a) for name, a in args.items() if not isinstance(a, Objective)]


def text(a):
    """Numbers as Python writes them, exactly; of float32, too, no more digits than it takes."""
    if isinstance(a, np.ndarray | np.generic) and a.dtype.kind == "f":
        return runnable(np.reshape([float(str(x)) + 0 for x in np.ravel(a)], np.shape(a)).tolist())
    return runnable(a.tolist() if isinstance(a, np.ndarray | np.generic) else a)


def runnable(value):
    """A value as Python reads it back, what is no finite number, too."""
    return re.sub(r"\b(nan|inf)\b", r"np.\1", repr(value))
