"""What all optimizers are: fields, memory and kernels, whose parameters are found by name, bound into one move for the loop."""

import functools
import itertools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from . import _loop as at
from ._checks import points_of, shown
from ._fields import Fields, columns, hints
from ._jit import (
    ENABLED,
    KINDS,
    REALS,
    Call,
    Cell,
    Interface,
    N,
    Point,
    R,
    Random,
    Space,
    Table,
    bind,
    calling,
    compiled,
    d,
    k,
    n,
    parameters,
    python,
    takes_functions,
)  # fmt: skip
from ._state import NO_NOTES, RESERVED, Layout, State
from .walk import FUNCTIONS

# What the loop gives beside the arguments of Move.
WORDS = dict(
    loss="ledger[VALUE]", progress="ledger[PROGRESS]", scale="ledger[RATE : RATE + 1]", none="best[:0]",
    count="int(ledger[COUNT])", price="ledger[PRICE]", sweep="ledger[SWEEP]", tenure="ledger[TENURE]",
)  # fmt: skip
ASKED = {"fun": (at.Objective, at.OBJECTIVE), **FUNCTIONS}  # functions that a kernel may ask for: their places in the table
VIEWS = {name: f"{name} = {kind.__name__}(table, {place})" for name, (kind, place) in ASKED.items()} | dict(
    given="given = N_at(table, GIVEN, (table[LENGTH],))", notes="notes = N_at(table, NOTES, (table[NOTED],))",
    rng="rng = Random_at(table, RNG, (1,))",
)  # fmt: skip
GIVEN = {  # what these names are, which are no field's and no array's
    **parameters(at.Move), **{name: kind for name, (kind, _) in ASKED.items()}, **dict(given=N[k], notes=N[k], rng=Random),
    **dict(loss=R, progress=R, scale=Cell, none=Point[k], count=N, price=R, sweep=R, tenure=R),
}  # fmt: skip


class Part(Fields):
    """A kernel before or after the step of any gradient method, with its numbers: ``Adam(before=(Clip(1.0),))``.

    A subclass is a frozen dataclass that names its kernel, ``class Clip(Part, kernel=clip)``. The kernel may ask for the
    method's rate, ``lr``.
    """

    kernel: ClassVar

    def __init_subclass__(cls, kernel=None, **words):
        super().__init_subclass__(**words)
        cls.kernel = kernel or getattr(cls, "kernel", None)
        if cls.kernel is None:
            raise TypeError(f"{cls.__name__} names no kernel: class {cls.__name__}(Part, kernel=...)")


@dataclass(frozen=True)
class Owner:
    """Whose a layout is: a class, and the classes of the parts before and after its step."""

    cls: type
    before: tuple = ()
    after: tuple = ()

    @property
    def parts(self):
        """All of them, the class first."""
        return (self.cls, *self.before, *self.after)

    def __repr__(self):
        return " with ".join(cls.__name__ for cls in self.parts)


class Optimizer(Fields):
    """Named numbers (fields), named arrays (memory), and kernels whose parameters are those names."""

    family: ClassVar[Any] = None
    kernels: ClassVar[dict] = {}
    recommends: ClassVar[str] = "best"
    words: ClassVar[dict] = {}  # the kernels of a family: word -> whether it must be there
    keeps: ClassVar[dict] = {}  # its arrays
    columns: ClassVar[tuple] = ()  # of its history
    sizes: ClassVar[tuple] = (n, d)
    frail: ClassVar[bool] = False  # whether a value that is not finite ends a run
    needs_gradient: ClassVar[bool] = False
    before: ClassVar[tuple] = ()
    after: ClassVar[tuple] = ()

    def __init_subclass__(cls, recommends=None, family=False, **kernels):
        super().__init_subclass__()
        several = {word: f if isinstance(f, (list, tuple)) else (f,) for word, f in kernels.items()}
        cls.kernels = {**cls.kernels, **{word: tuple(f) for word, f in several.items()}}
        cls.recommends = recommends or cls.recommends
        cls.family = cls if family else cls.family
        if not family:
            _check_class(cls)

    @classmethod
    def kinds(cls):
        """Kind of points ("reals", "permutations", "bits") -> word -> the kernels for it."""
        return {kind: found for kind in ("reals", "permutations", "bits") if (found := _for_kind(cls, kind))}

    @functools.cached_property
    def owner(self):
        """What this optimizer is composed of, for which everything is bound and compiled once."""
        return Owner(type(self), *(tuple(type(part) for part in parts) for parts in (self.before, self.after)))

    # -------------------------------------------------------------------------------- numbers
    @functools.cached_property
    def _columns(self):
        return columns((self, *self.before, *self.after))

    @property
    def varies(self):
        """Whether a hyperparameter is a schedule."""
        return bool(self._columns[1])

    def hyper(self, t=1, steps=1, progress=0.0, each=0.0):
        """The numbers that the kernels get: a row for each of the steps t, t + 1, ...; a single row where nothing varies.

        ``progress`` is the share of the budget used before the first step, and each step uses the share ``each`` more. A
        schedule that fails at a later step than t shortens the table: perhaps the run ends before that step.
        """
        constants, schedules = self._columns
        if not schedules:
            return constants
        rows = np.repeat(constants, steps, axis=0)
        for i in range(steps):
            try:
                for schedule in schedules:
                    rows[i, schedule.column] = schedule.at(t + i, progress + i * each)
            except Exception:
                if i == 0:
                    raise
                return rows[:i]
        return rows

    def batch(self, rows):
        """How many of a sum's rows a step looks at in training, where nothing else is asked for."""
        return min(32, rows)

    # -------------------------------------------------------------------------------- states
    def recommend(self, state):
        """The point that the method would give as its answer: the best it has seen, or, where its class says so, its mean; where
        a gradient method was never told a value, the point where it is."""
        name = self.recommends
        if name == "best" and not np.isfinite(self._own(state).ledger[at.LEAST]):
            name = "theta" if "theta" in state.arrays else name
            if name == "best" and not state.ledger[at.SPENT]:
                raise ValueError(f"{type(self).__name__} recommends nothing: its state has seen no value yet")
        return getattr(self._own(state), name).copy()

    def _own(self, state):
        """The state, if it is one of this method's."""
        name = type(self).__name__
        if not isinstance(state, State):
            raise TypeError(f"{name} needs a state, from its init, not {shown(state)}")
        if state.owner != self.owner:
            raise ValueError(f"{name} needs a state of its own, from its init, not one of {state.owner}")
        if (size := self._size(state.size["d"], state.size.get("n"))) != state.size:
            raise ValueError(f"{name} needs a state of the sizes {size}, not {state.size}")
        if "asked" in state.arrays and not 1 <= state.asked[0] <= state.size["n"]:
            raise ValueError(f"asked must be an integer in [1, {state.size['n']}], not {state.asked[0]}")
        for array, space in _layout(self.owner).spaces.items() if state.t else ():  # kernels use permutations as places
            if space.name == "S" and space.shape == (d,):
                points_of(array, state.arrays[array], "permutations")
        return state

    def _size(self, dim, count=1):
        """The sizes in the shapes of the arrays, by name, in the layout's order."""
        if "population_size" in hints(type(self)):
            given: Any = vars(self)["population_size"]
            count = self._checked("population_size", given(dim), *hints(type(self))["population_size"][:2]) if callable(given) else given
        known = dict(n=count, d=dim)
        return {s: known[s] if s in known else getattr(self, s) for s in _layout(self.owner).sizes}

    def _new_state(self, world, dim, seed=None, max_evals=None, count=1, notes=NO_NOTES):
        state = _layout(self.owner).new(world, self._size(dim, count), seed, max_evals, notes)
        state.ledger[at.FRAIL] = self.frail
        return state

    # -------------------------------------------------------------------------------- binding
    def bound(self, word="move", points="reals"):
        """A part of an iteration ("move", or "step", "learn", "ask", "tell") as one function with the arguments of ``Move``, not
        compiled: ``print(optimizer.bound().source)`` is what the loop runs."""
        return _bound(self.owner, word, points)

    def compiled(self, word="move", world=REALS):
        """The same, compiled."""
        for part in (self, *self.before, *self.after):
            for name, (kind, *_) in hints(type(part)).items():
                value = getattr(part, name)
                if kind is not str and not callable(value) and value > 0 and np.dtype(world.state).type(value) == 0:
                    raise ValueError(f"{type(part).__name__}: {name} = {value} is zero in {world.state}")
        return _compiled(self.owner, word, world)

    def in_python(self, word="move", world=REALS, ahead=None):
        """The same as a Python function, of which every piece that calls no function is compiled: for objectives in Python. ``ahead`` is
        called before a generation is looked at."""
        pieces = _pieces(self.owner, word, world)

        def move(table, *arguments):
            for takes, piece, looks in pieces:
                if looks and ahead is not None:
                    ahead()
                piece(table if takes or not ENABLED else table.addresses, *arguments)

        return move

    def _run(self, word, state, step, t):
        """Run a part of an iteration on a state, in place."""
        self.runner(word, state)(step, t)

    def runner(self, word, state):
        """A function that runs a part of an iteration on a state, in place, again and again: ``run(step, t)``."""
        ledger, table, move = state.ledger, state.table(NO_FUNCTIONS, NO_PROBLEM), self.compiled(word, state.world)
        given = table.addresses if ENABLED else table

        def run(step, t, held=table):  # the table must live as long as the addresses in it
            ledger[at.PROGRESS] = progress = float(ledger[at.SPENT] / ledger[at.BUDGET])
            move(given, NO_ROWS, ledger, self.hyper(step, progress=progress)[0], t)

        return run


NO_FUNCTIONS, NO_PROBLEM, NO_ROWS = [0] * 8, Table(), np.zeros(0, np.int64)


# ------------------------------------------------------------------------------------ what a class must be
IN_A_ROW = ("before", "after")  # of these a class may name several, which are all called; of others one for each kind of points


def _check_class(cls):
    """Refuse a class whose kernels or fields could not be what they are called."""
    name, family = cls.__name__, cls.family
    known = ", ".join(family.words)
    for word in cls.kernels:
        if word not in family.words:
            raise TypeError(f"{name}: {word} is no kernel of a {family.__name__}, which takes {known}")
    if missing := [word for word, needed in family.words.items() if needed and not cls.kernels.get(word)]:
        raise TypeError(f"{name} lacks the kernel {missing[0]}; a {family.__name__} takes {known}")
    named: dict = {}
    for function in _kernels(cls):
        if named.setdefault(python(function).__name__, function) is not function:
            raise TypeError(f"{name}: two kernels are named {python(function).__name__}")
    for word, several in cls.kernels.items():
        known_kinds = [_kind(f) for f in several]
        if twice := [kind or "any points" for kind in known_kinds if known_kinds.count(kind) > 1 and word not in IN_A_ROW]:
            raise TypeError(f"{name}: two kernels {word} are for {twice[0]}")
    if taken := [field for field in hints(cls) if field in {*GIVEN, *cls.keeps, n, d, k}]:
        raise TypeError(f"{name}: a field cannot be named {taken[0]}, which is what the loop gives")
    layout = _layout(Owner(cls))
    if cls.recommends not in layout.spaces:
        raise TypeError(f"{name} cannot recommend {cls.recommends}; it keeps {', '.join(layout.spaces)}")


def _kernels(part):
    """The kernels of a class, of an optimizer or a part, that are bound into its move."""
    if issubclass(part, Part):
        return [part.kernel]
    return [f for word, several in part.kernels.items() if word != "rows" for f in several]


def asks_for(part, name):
    """Whether a kernel of a class, of an optimizer or a part, asks for ``name``."""
    return any(name in parameters(function) for function in _kernels(part))


def functions_of(optimizer, points):
    """The functions that a method's kernels for a kind of points ask for, by name."""
    return {name for several in optimizer.kinds()[points].values() for f in several for name in parameters(f) if name in ASKED}


@functools.cache
def _layout(owner):
    """The arrays of a method: what its family keeps, then what its kernels ask for and neither loop nor field gives."""
    cls, memory, sizes = owner.cls, dict(owner.cls.keeps), list(owner.cls.sizes)
    keeper: dict = {}
    for part in dict.fromkeys(owner.parts):
        twice = owner.parts.count(part) > 1
        numbers, used = hints(part), {"population_size", "batch_size"}
        for function in getattr(part, "kernels", {}).get("rows", ()):  # it runs between passes, and keeps nothing
            used |= parameters(function).keys()
        for function in _kernels(part):
            for name, space in parameters(function).items():
                used.add(name)
                given = GIVEN.get(name) or cls.keeps.get(name)
                if given and not _fits(space, given):
                    raise TypeError(f"{part.__name__}: {python(function).__name__} asks for {name} as {space}, but it is {given}")
                rate = name == "lr" and not getattr(space, "shape", ()) and "lr" in hints(cls)  # which a part may ask for
                if given or name in numbers or rate:
                    continue
                integers = {s for s in getattr(space, "shape", ()) if s in numbers and numbers[s][0] is int}
                _check_memory(part.__name__, python(function).__name__, name, space, {*cls.sizes, *integers})
                if keeper.setdefault(name, part) is not part or twice:
                    raise TypeError(f"{keeper[name].__name__} and {part.__name__} both keep {name}")
                if name in hints(cls):
                    raise TypeError(f"{part.__name__}: memory cannot be named {name}, which is a field of {cls.__name__}")
                if memory.setdefault(name, space).name != space.name:  # a point, in kernels for several kinds of them
                    memory[name] = Space("Point", "point", space.shape)
                sizes += sorted(integers - {*sizes})
                used |= integers
        if unused := set(numbers) - used:
            raise TypeError(f"{part.__name__}: no kernel asks for {', '.join(sorted(unused))}")
    return Layout(owner, memory, tuple(sizes))


def _fits(asked, given):
    """Whether a kernel may ask so for what the loop gives: the same function, or numbers of the same sort and dimensions."""
    if isinstance(given, Interface) or isinstance(asked, Interface):
        return asked is given
    return len(asked.shape) == len(given.shape) and ((asked.kind == "int64") == (given.kind == "int64") or given.kind == "point")


def _check_memory(owner, function, name, space, sizes):
    """Refuse memory that has no shape, or the name of something else."""
    shape = getattr(space, "shape", ())
    unknown = [s for s in shape if not isinstance(s, int) and s not in sizes]
    if not shape or unknown:
        what = f"of length {unknown[0]}" if unknown else "a number"
        raise TypeError(f"{owner}: {function} asks for {name}, {what}, which is no field of the class")
    if name in RESERVED or name.startswith("_"):
        raise TypeError(f"{owner}: memory cannot be named {name}, which every state has already")


def _for_kind(cls, kind):
    """Word -> kernels for points of this kind; {} where one that is needed is missing."""
    found = {}
    for word, several in cls.kernels.items():
        fit = [f for f in several if _kind(f) in (None, kind)]
        found[word] = tuple(fit if word in IN_A_ROW else [f for f in fit if _kind(f)] or fit)  # one for this kind before one for any
    return {} if any(needed and not found.get(word) for word, needed in cls.words.items()) else found


def _kind(function):
    """The kind of points that a kernel knows, or None if any."""
    points = [space for name, space in parameters(function).items() if name in ("X", "x", "theta")]
    return KINDS.get(points[0].name) if points else None


# ------------------------------------------------------------------------------------ binding
@functools.cache
def _calls(owner, word, kind):
    """The calls that a part of an iteration consists of, each with expressions for the names that are its own."""
    places: list[dict] = []
    column = itertools.count()
    scaled = scales([Call(f) for part in owner.parts for f in _kernels(part)])
    for part in owner.parts:
        places.append({})
        for name, (kind_of_number, _, *marks) in hints(part).items():
            entry = f"hyper[{next(column)}]"
            entry = f"{entry} * ledger[RATE]" if scaled and "rate" in marks else entry
            places[-1][name] = "n" if "size" in marks else f"int({entry})" if kind_of_number in (int, str) else entry
    rate = {name: places[0][name] for name in ("lr",) if name in places[0]}
    parts = [Call(part.kernel, "{}", {**rate, **own}) for part, own in zip(owner.parts[1:], places[1:], strict=True)]
    calls = owner.cls._iteration(word, owner.cls.kinds()[kind], kind, parts[: len(owner.before)], parts[len(owner.before) :])
    return [Call(call.kernel, call.line, {**places[0], **call.places}) for call in calls]


def scales(calls):
    """Whether a kernel scales the rate of the step."""
    return any("scale" in parameters(call.kernel) for call in calls)


def _bind(owner, word, calls):
    return bind(f"{owner.cls.__name__}_{word}", at.Move, calls, WORDS, _layout(owner).views() | VIEWS, at.CONSTANTS)


@functools.cache
def _bound(owner, word, kind):
    return _bind(owner, word, _calls(owner, word, kind))


@functools.cache
def _compiled(owner, word, world):
    return compiled(_bound(owner, word, world.points), world)


@functools.cache
def _pieces(owner, word, world):
    """An iteration in pieces: compiled where no kernel takes functions, else Python."""
    pieces = []
    for takes, group in itertools.groupby(_calls(owner, word, world.points), lambda call: takes_functions(call.kernel)):
        several = list(group)
        calls = [Call(calling(call.kernel), call.line, call.places) for call in several]
        bound = _bind(owner, word, calls)
        pieces.append((takes, bound if takes else compiled(bound, world), several[0].kernel is at.look_at_all))
    return pieces


