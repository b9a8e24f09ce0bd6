"""The student's side: calls the functions that the cells of a notebook define, and hands back arrays.

It knows no spec, no expected value and no other submission. In a notebook's kernel it serves `check` (`call`); in the sandbox it
answers the grader's frames (`serve`). The language of calls and answers stands in `nnopt.grader`.
"""

from __future__ import annotations

import builtins
import itertools
import json
import os
import sys
import traceback
import types
import warnings

import numpy as np

from . import wire
from .cells import describe, idle, run_cells
from .wire import FINE, MISSING, NO_NUMBERS, RAISED

LIBRARIES = (os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(np.__file__)))  # Python's, and NumPy's neighbours
REFUSAL = "while your notebook is graded, nnopt has no {!r}, only a check(...) that does nothing: write what you need yourself"


def stand_in_for_nnopt():
    """While grading, the name ``nnopt`` is a module that offers `check` and refuses everything else with a sentence."""

    class Refusing(types.ModuleType):
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise ImportError(REFUSAL.format(name))

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name.startswith("nnopt."):
                raise ImportError(REFUSAL.format(name))

    module = Refusing("nnopt")
    vars(module).update(__path__=[], check=lambda *args, **kwargs: None)
    sys.modules["nnopt"] = module
    sys.meta_path.insert(0, Finder)


def notebook_names():
    """The names of a module ``__main__`` of the notebook's own, where pickle and the like look for what it defines."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    return vars(main)


# ------------------------------------------------------------------------------------------------------------------ calls
def dress(a):
    """An argument as the function gets it: what the marks stand for, and a copy of every array."""
    if isinstance(a, tuple) and a[0] == "strided":
        base = np.zeros(a[1].shape[:-1] + (2 * a[1].shape[-1],), a[1].dtype)
        base[..., ::2] = a[1]
        return base[..., ::2]
    if isinstance(a, tuple) and a[0] == "seed":
        return np.random.default_rng(a[1])
    if hasattr(a, "fresh"):
        return a.fresh()
    return a.copy(order="K") if isinstance(a, np.ndarray) else a


def call(namespace, name, args, parts, stand_ins=None):
    """Call the function `name` of a namespace. Returns an answer: a list of arrays, its first the status (see `nnopt.grader`)."""
    if name == "__value__":
        value = namespace.get(args["name"])
        return [np.int64(FINE), wire.text(value[:1])] if isinstance(value, str) else [np.int64(MISSING)]
    function = namespace.get(name)
    if not callable(function):
        return [np.int64(MISSING)]
    given = {key: dress(a) for key, a in args.items()}
    own = {other: namespace.get(other) for other in stand_ins or ()}
    try:
        for other, source in (stand_ins or {}).items():
            scope = {"np": np}
            exec(source, scope)
            namespace[other] = scope[other]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            returned = function(*given.values())
        return answer(returned, parts, given.values())
    except BaseException as error:
        return [np.int64(RAISED), wire.text(describe(error) + place_of(error))]
    finally:
        namespace.update(own)


def answer(returned, parts, given):
    """An answer made of what a function returned."""
    if returned is None:
        return [np.int64(NO_NUMBERS), wire.text("it returned None: is there a return at the end of the function?")]
    if parts == 1:
        returned = (returned,)
    values = unpacked(returned, parts)
    if len(values) != parts:
        return [np.int64(NO_NUMBERS), wire.text(f"it returned {kind_of(returned, values, parts)}, asked for are {parts} values")]
    if any(is_complex(r) for r in values):
        return [np.int64(NO_NUMBERS), wire.text("it returned complex numbers, where real numbers are expected")]
    try:
        arrays = [numbers(r) for r in values]
    except (TypeError, ValueError) as error:
        return [np.int64(NO_NUMBERS), wire.text(f"it returned something that is not an array of numbers ({describe(error)})")]
    after = [a for a in given if isinstance(a, np.ndarray)]
    return [np.int64(FINE), *arrays, *after, *(a.trace() for a in given if hasattr(a, "fresh"))]


def kind_of(returned, values, parts):
    """What was returned where several values were asked for, as ``one array of shape (5,)`` or ``a tuple of 2``."""
    if isinstance(returned, np.ndarray):
        return f"one array of shape {returned.shape}"
    count = f" of {len(values)}{' or more' if len(values) > parts else ''}" if values else ""
    return f"{type(returned).__name__}{count}"


def unpacked(returned, parts):
    """The values that ``a, b, c = returned`` would give, at most one more than asked for: of a tuple, a generator, a stacked array."""
    try:
        values = iter(() if isinstance(returned, str | bytes | dict | set) else returned)
    except TypeError:                                   # a number, None
        return ()
    return tuple(itertools.islice(values, parts + 1))


def numbers(returned):
    """An array of numbers; one of type object, as `np.frompyfunc` makes them, where each of its elements is a real number.

    So are those of other libraries that turn into a float: Decimal, Fraction, SymPy's and mpmath's numbers.
    """
    a = np.asarray(returned)
    if a.dtype.kind == "O" and all(np.ndim(x) == 0 and (np.asarray(x).dtype.kind in "fiub" or hasattr(x, "__float__")) for x in a.flat):
        a = np.array([float(x) for x in a.flat]).reshape(a.shape)
    return wire.number(a)


def is_complex(returned):
    """Are these complex numbers, or is one of them? (What is no array at all is told of elsewhere.)"""
    try:
        a = np.asarray(returned)
        return a.dtype.kind == "c" or (a.dtype.kind == "O" and any(np.ndim(x) == 0 and np.asarray(x).dtype.kind == "c" for x in a.flat))
    except Exception:
        return False


def place_of(error):
    """The line of the student's code where an exception arose, though it came out of a library that this line calls."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(os.path.dirname(__file__))]
    frames = [f for f in frames if not f.filename.startswith(LIBRARIES)] or frames
    if not frames:
        return ""
    return f" (line {frames[-1].lineno}: {frames[-1].line})" if frames[-1].line else f" (line {frames[-1].lineno})"


# -------------------------------------------------------------------------------------------------------------- the sandbox
class Proxy:
    """Stands for an objective that is answered, and recorded, by the grader."""

    def __init__(self, number, ask):
        self._number, self._ask = number, ask

    def __call__(self, x):
        return self._ask(self._number, wire.number(x))


def serve(requests, answers):
    """Answer the grader's frames until it closes its end. `requests` and `answers` are binary files."""

    def send(kind, arrays):
        answers.write(wire.frame(kind, arrays))
        answers.flush()

    def receive(*kinds):
        head = requests.read(wire.HEAD.size)
        if len(head) < wire.HEAD.size:
            raise EOFError
        kind, length = wire.head(head, kinds)
        return kind, wire.unpack(requests.read(length))

    def ask(number, x):
        send(wire.ASK, [np.int64(number), x])
        kind, arrays = receive(wire.VALUE, wire.REFUSED)
        if kind == wire.REFUSED:
            raise ValueError(wire.string(arrays[0]))
        return arrays[0][()]  # a scalar where a number was meant

    def argument(mark, value, arrays):
        if mark == "objective":
            return Proxy(value, ask)
        if mark == "seed":
            return ("seed", value)
        if mark == "plain":
            return value
        a = arrays[value]
        return {"C": a, "F": np.asfortranarray(a), "strided": ("strided", a)}[mark]

    stand_in_for_nnopt()
    namespace = notebook_names()
    _, (skip, shown, *sources) = receive(wire.CELLS)
    sources = [wire.string(s, None) for s in sources]
    skip = {(cell, line) for cell, line in skip.tolist()} | {(cell, None) for cell in idle(sources, shown.tolist())}
    failed = run_cells(sources, namespace, lambda *place: send(wire.BEGIN, [np.array(place)]), skip)
    send(wire.READY, [wire.text(line) for line in failed[:50]])
    while True:
        try:
            _, (head, *arrays) = receive(wire.CALL)
        except EOFError:
            return
        what = json.loads(head.tobytes())
        args = {name: argument(mark, value, arrays) for name, mark, value in what["args"]}
        result = call(namespace, what["name"], args, what["parts"], what["stand_ins"])
        try:
            send(wire.ANSWER, result)
        except wire.WireError as error:
            send(wire.ANSWER, [np.int64(NO_NUMBERS), wire.text(f"returned too much: {error}")])
