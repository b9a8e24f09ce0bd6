"""Hyperparameters: fields of a frozen dataclass that check themselves, each a number, a schedule or a choice among names."""

import functools
import inspect
import numbers
import operator
import typing
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from ._checks import shown


@dataclass(frozen=True)
class Interval:
    """``Interval("[0, 1)")``: where a hyperparameter may lie."""

    text: str

    def holds(self, value):
        """Whether ``value`` (a number or an array) lies in the interval; NaN never does."""
        low, high = (float(end) for end in self.text[1:-1].split(","))
        above = operator.ge if self.text[0] == "[" else operator.gt
        below = operator.le if self.text[-1] == "]" else operator.lt
        return above(value, low) & below(value, high)


@dataclass(frozen=True)
class Choice:
    """``Choice("tournament", "rank")``: the names that a field takes. Kernels get a name's place among them, an integer from 0."""

    names: tuple

    def __init__(self, *names):
        object.__setattr__(self, "names", names)

    @property
    def text(self):
        """The names as a sentence has them."""
        return " or ".join(filter(None, [", ".join(self.names[:-1]), self.names[-1]]))


Positive = typing.Annotated[float, Interval("(0, inf)")]
NonNegative = typing.Annotated[float, Interval("[0, inf)")]
Fraction = typing.Annotated[float, Interval("[0, 1)")]
Share = typing.Annotated[float, Interval("[0, 1]")]
OpenFraction = typing.Annotated[float, Interval("(0, 1)")]
Count = typing.Annotated[int, Interval("[1, inf)")]
FixedFraction = typing.Annotated[float, Interval("[0, 1)"), "constant"]  # takes no schedule
Rate = typing.Annotated[float, Interval("(0, inf)"), "rate"]  # a schedule of it may warm up from 0, or decay to 0
Flag = typing.Annotated[bool, Interval("[0, 1]")]  # True or False; kernels get 1.0 or 0.0
Size = typing.Annotated[int, Interval("[1, inf)"), "size"]  # of a population: an integer, or a function of the dimension


class Fields:
    """Named numbers and choices, in the order in which they are declared. A schedule is a function of the step, ``lr=lambda t: 0.1 / t``
    with t = 1, 2, ..., or of the share of the budget that is used, if its argument is called ``progress``."""

    def __post_init__(self):
        for name, (kind, interval, *marks) in hints(type(self)).items():
            value = getattr(self, name)
            if not (callable(value) and may_vary(kind, marks)):  # what a schedule gives is checked as it is used
                object.__setattr__(self, name, self._checked(name, value, kind, interval))

    def _checked(self, name, value, kind, interval):
        if kind is bool:
            if not isinstance(value, (bool, np.bool_)):
                raise ValueError(f"{type(self).__name__}: {name} must be True or False, not {shown(value)}")
            return bool(value)
        if kind is str:
            if not (isinstance(value, str) and value in interval.names):
                raise ValueError(f"{type(self).__name__}: {name} must be {interval.text}, not {shown(value)}")
            return str(value)
        try:
            number = kind(value)
            fits = (number == value or kind is float) and bool(interval.holds(number))
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits or isinstance(value, (bool, np.bool_, str, bytes)):
            wanted = "an integer" if kind is int else "a number"
            raise ValueError(f"{type(self).__name__}: {name} must be {wanted} in {interval.text}, not {shown(value)}")
        return number

    def __init_subclass__(cls, **words):
        super().__init_subclass__(**words)
        cls.__repr__ = Fields._text  # type: ignore  # set before the dataclass would write its own

    def _text(self):
        given = {name: getattr(self, name) for name in hints(type(self))}
        given |= {name: value for name in ("before", "after") if (value := getattr(self, name, ()))}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def may_vary(kind, marks):
    """Whether a field may be a function."""
    return (kind is float and "constant" not in marks) or "size" in marks


@functools.cache
def hints(cls):
    """Name -> (kind, interval, marks...) of the fields, in order.

    Raises
    ------
    TypeError
        If a field is not annotated with a set of numbers.
    """
    found = {}
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        if typing.ClassVar in (hint, typing.get_origin(hint)) or name in ("before", "after"):
            continue
        found[name] = typing.get_args(hint)
        if len(found[name]) < 2 or not isinstance(found[name][1], (Interval, Choice)):
            raise TypeError(f"{cls.__name__}: {name} must be annotated with a set such as Positive or Count, not {shown(hint)}")
    return found


@dataclass(frozen=True)
class Schedule:
    """A field that varies: its column among the numbers that kernels get, and how its values are had and checked."""

    column: int
    owner: str
    name: str
    call: typing.Callable
    interval: Interval
    by_share: bool = field(default=False)

    def at(self, step, progress):
        """The value for a step, t = 1, 2, ..."""
        value = self.call(progress if self.by_share else step)
        try:
            number = float(value) if isinstance(value, (numbers.Real, Decimal)) else np.nan
        except OverflowError:
            number = np.nan
        if not self.interval.holds(number):
            raise ValueError(f"{self.owner}: the schedule of {self.name} gave {shown(value)} for step {step}, "
                             f"which is not in {self.interval.text}")
        return number


def columns(parts):
    """The fields of an optimizer and of what it is composed of: constants, one a column, and the schedules among them."""
    constants: list[float] = []
    schedules: list[Schedule] = []
    for part in parts:
        for name, (kind, interval, *marks) in hints(type(part)).items():
            value = getattr(part, name)
            if callable(value) and kind is float:
                allowed = Interval(interval.text.replace("(0,", "[0,")) if "rate" in marks else interval
                schedules.append(Schedule(len(constants), type(part).__name__, name, value, allowed, _by_share(value)))
            place = interval.names.index(value) if kind is str else value
            constants.append(0.0 if callable(value) else float(place))
    return np.array([constants], dtype=np.float64), tuple(schedules)


def _by_share(schedule):
    try:
        first = next(iter(inspect.signature(schedule).parameters), "")
    except (TypeError, ValueError):  # a function of C without a signature: of the step
        return False
    return first == "progress"
