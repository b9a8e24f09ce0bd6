"""``course.toml``: which exercises a course asks for, what they count, when they are due, and what being late costs.

.. code-block:: toml

    title = "Optimization, winter term"
    late = "points * max(0, 1 - 0.1 * ceil(days_late))"     # of points, days_late, max_points
    grace = 15                                              # minutes that cost nothing
    timezone = "Europe/Berlin"                              # of times that are given without a zone

    [exercises."gradient/adam"]
    points = 20                                             # what it counts; by default, what its spec gives
    due = 2026-11-20T23:59:00+01:00

    [exercises.pso]
    due = 2026-12-04T23:59:00+01:00
    late = "0 if days_late > 2 else points - 2 * days_late"

    [extensions."Ada Lovelace_4711"]                        # a student: a new deadline by exercise, or for all
    "gradient/adam" = 2026-11-27T23:59:00+01:00
    all = 2026-12-11T23:59:00+01:00

    [submitted.ben]                                         # when a student handed in, where that is known otherwise
    "gradient/adam" = 2026-11-21T08:00:00+01:00

Where exercises are named, the course asks for these only. When something was handed in is taken from ``[submitted]``, then from
``submitted.csv`` beside ``course.toml`` (columns student, submitted_at, and exercise where it differs by exercise). Files have a time, too,
but copying, cloning and some downloads set it anew: it counts only where ``times = "files"`` says so. Whoever has no time is on time.

Most zips hold the time of a file as the clock of whoever packed them showed it, without a zone: that is taken to be ``timezone``, where it
is given, else the zone of the deadline nearest to it, else this computer's.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from .formula import BadFormula, Formula

FILE = "course.toml"
SUBMITTED = "submitted.csv"
TIMES = ("given", "files")  # where the time of a submission comes from, when nothing gives it


class BadCourse(ValueError):
    """``course.toml`` says something that cannot be: the message names the line, the key, the value and what is accepted."""


@dataclass(frozen=True)
class Asked:
    """One exercise of the course: None where ``course.toml`` says nothing."""

    name: str
    points: float | None = None
    due: datetime | None = None
    late: Formula | None = None


@dataclass(frozen=True)
class CourseFile:
    """What ``course.toml`` says. An empty one asks for every exercise, at any time."""

    title: str = ""
    exercises: dict[str, Asked] = field(default_factory=dict)
    late: Formula | None = None
    grace: timedelta = timedelta(0)
    extensions: dict[str, dict[str, datetime]] = field(default_factory=dict)
    submitted: dict[str, dict[str, datetime]] = field(default_factory=dict)
    times: str = "given"
    zone: tzinfo | None = None
    unsure: list[datetime] = field(default_factory=list, compare=False)  # what clocks showed twice, or never, of those that were asked for

    def asked(self, known) -> list[str]:
        """The exercises that the course asks for, in its order: all of `known` where it names none."""
        return list(self.exercises or known)

    def submitted_at(self, row) -> datetime | None:
        """When a row was handed in; None where nothing says so that can be trusted."""
        own = self.submitted.get(row.student, {})
        when = own.get(row.exercise) or own.get("all") or (row.submitted_at if self.times == "files" else None)
        return when.replace(tzinfo=UTC) if when and when.tzinfo is None else when

    def moment_of(self, clock: datetime) -> datetime:
        """The moment when a clock showed this, whose zone nothing says."""
        dues = [asked.due for asked in self.exercises.values() if asked.due and asked.due.tzinfo]
        nearest = min(dues, key=lambda due: abs(due.replace(tzinfo=None) - clock), default=None)
        first, second = moments(clock, self.zone or (nearest.tzinfo if nearest else None))
        if first != second:
            self.unsure.append(clock)
        return min(first, second)

    def due(self, student: str, exercise: str) -> tuple[datetime | None, bool]:
        """When this student must hand in this exercise, and whether that is an extension."""
        own = self.extensions.get(student, {})
        asked = self.exercises.get(exercise)
        extended = own.get(exercise) or own.get("all")
        due = asked.due if asked else None
        if extended and (due is None or apart(extended, due) > timedelta(0)):
            return (extended, True) if due else (None, False)
        return due, False

    def max_points(self, exercise: str, of_spec: float) -> float:
        """What the exercise counts."""
        asked = self.exercises.get(exercise)
        return of_spec if asked is None or asked.points is None else asked.points


# --------------------------------------------------------------------------------------------------------- reading it
TOP = {"title": str, "late": str, "grace": (int, float), "times": str, "timezone": str, "exercises": dict, "extensions": dict,
       "submitted": dict}  # fmt: skip
EXERCISE = {"points": (int, float), "due": datetime, "late": str}
WORDS = {str: "a text in quotes", dict: "a table", datetime: "a date and time with its zone, as 2026-11-20T23:59:00+01:00"}


def read(path, known) -> CourseFile:
    """Read a ``course.toml``.

    Parameters
    ----------
    path : path
        The file, or the folder of the course; a folder without the file gives an empty one.
    known : collection of str
        The exercises there are, as ``"section/name"``.

    Raises
    ------
    BadCourse
        When it, or ``submitted.csv`` beside it, cannot be read, or says what cannot be.
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE
        if not path.is_file():
            return CourseFile()
    try:
        text = path.read_text(encoding="utf8")
        said = tomllib.loads(text)
    except UnicodeDecodeError:
        raise BadCourse(f"{path} is no UTF-8 text") from None
    except OSError as error:
        raise BadCourse(f"{path} cannot be read ({error.strerror})") from None
    except tomllib.TOMLDecodeError as error:
        raise BadCourse(f"{path}: {error}") from None
    return Reading(path, text, list(known)).course(said)


def of(folder, known) -> CourseFile:
    """What the ``course.toml`` of a course says, where one is given (``--course``); else an empty one."""
    return CourseFile() if folder is None else read(folder, known)


@dataclass
class Reading:
    """One ``course.toml`` on its way to a `CourseFile`."""

    path: Path
    text: str
    known: list[str]
    zone: tzinfo | None = None

    def refuse(self, keys, sentence):
        line = line_of(self.text, keys)
        raise BadCourse(f"{self.path}{f', line {line}' if line else ''}: {'.'.join(keys)} {sentence}")

    def course(self, said: dict) -> CourseFile:
        self.expect((), said, TOP)
        grace = said.get("grace", 0)
        if not 0 <= grace <= 10_000:
            self.refuse(("grace",), f"is {grace}; it takes minutes, from 0 to 10000")
        self.zone = self.timezone(said["timezone"]) if "timezone" in said else None
        exercises: dict[str, Asked] = {}
        for key, table in said.get("exercises", {}).items():
            name = self.exercise(("exercises", key))
            if name in exercises:
                self.refuse(("exercises", key), f"stands there twice, it is {name}")
            exercises[name] = self.asked(name, ("exercises", key), table)
        extensions, submitted = ({student: self.moments((of_whom, student), table, exercises) for student, table in
                                  said.get(of_whom, {}).items()} for of_whom in ("extensions", "submitted"))  # fmt: skip
        for student, own in self.submitted(exercises).items():
            submitted[student] = own | submitted.get(student, {})
        late = self.formula(("late",), said["late"]) if "late" in said else None
        times = said.get("times", TIMES[0])
        if times not in TIMES:
            self.refuse(("times",), f"is {times!r}; it takes {' or '.join(map(repr, TIMES))}")
        return CourseFile(said.get("title", ""), exercises, late, timedelta(minutes=grace), extensions, submitted, times,
                          self.zone)  # fmt: skip

    def asked(self, name, keys, table) -> Asked:
        self.expect(keys, table, EXERCISE)
        points = table.get("points")
        if points is not None and not 0 < points < 1e6:
            self.refuse((*keys, "points"), f"is {points}; it takes a number above 0")
        late = self.formula((*keys, "late"), table["late"]) if "late" in table else None
        return Asked(name, points, self.moment((*keys, "due"), table["due"]) if "due" in table else None, late)

    def moments(self, keys, table, exercises) -> dict[str, datetime]:
        """One student's deadlines, or times of submission, by exercise."""
        if not isinstance(table, dict):
            self.refuse(keys, f"is {table!r}; it takes a table of times by exercise")
        return {self.of_course((*keys, key), exercises): self.moment((*keys, key), when) for key, when in table.items()}

    def of_course(self, keys, exercises) -> str:
        """The full name of an exercise that the course asks for, or ``all``."""
        name = keys[-1] if keys[-1] == "all" else self.exercise(keys)
        if name != "all" and exercises and name not in exercises:
            self.refuse(keys, "is an exercise that this course does not ask for")
        return name

    def submitted(self, exercises) -> dict[str, dict[str, datetime]]:
        """The times in ``submitted.csv``, where there is one: those of its last lines count."""
        path = self.path.with_name(SUBMITTED)
        out: dict[str, dict[str, datetime]] = {}
        if not path.is_file():
            return {}
        try:
            lines = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
            if not {"student", "submitted_at"} <= set(lines.fieldnames or ()):
                found = ", ".join(map(repr, lines.fieldnames or ())) or "none"
                raise BadCourse(f"{path}: its columns are {found}; it takes student and submitted_at, and may have exercise")
            for line in lines:
                place = Reading(Path(f"{path}, line {lines.line_num}"), "", self.known, self.zone)
                own = out.setdefault(line["student"] or "", {})
                name = place.of_course(("exercise", line.get("exercise") or "all"), exercises)
                own[name] = place.moment(("submitted_at",), when(line["submitted_at"]))
        except OSError as error:
            raise BadCourse(f"{path} cannot be read ({error.strerror})") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadCourse(f"{path} is no CSV in UTF-8 ({error})") from None
        return out

    def exercise(self, keys) -> str:
        """The full name of an exercise."""
        name = keys[-1]
        hits = [full for full in self.known if name in (full, full.rpartition("/")[2])]
        if len(hits) == 1:
            return hits[0]
        if hits:
            self.refuse(keys, f"could be {' or '.join(hits)}: name the section, too")
        near = difflib.get_close_matches(name, [*self.known, *(n.rpartition("/")[2] for n in self.known)], 1, 0.5)
        self.refuse(keys, "is no exercise" + (f"; did you mean {near[0]}?" if near else f": there are {', '.join(self.known)}"))
        raise AssertionError

    def moment(self, keys, value) -> datetime:
        if not isinstance(value, datetime):
            self.refuse(keys, f"is {value}; it takes {WORDS[datetime]}")
        if value.tzinfo is None and self.zone is None:
            self.refuse(keys, f"is {value.isoformat()}, without a zone; write {value.isoformat()}+00:00, or whatever zone is meant")
        if value.tzinfo is not None or self.zone is None:
            return value
        first, second = moments(value, self.zone)
        if first != second:
            ways = " or ".join(value.replace(tzinfo=self.zone, fold=fold).isoformat() for fold in (0, 1))
            often = "twice" if first < second else "never"
            told = f"is {value.isoformat()}, which the clocks of {self.zone} show {often}"
            self.refuse(keys, f"{told}, as they are changed then; write {ways}")
        return value.replace(tzinfo=self.zone)

    def timezone(self, name: str) -> tzinfo:
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, LookupError):  # no such file, no such name, no list of zones on this system
            self.refuse(("timezone",), f"is {name!r}; it takes a zone that this system knows, as Europe/Berlin, America/New_York or UTC")
            raise AssertionError from None

    def formula(self, keys, text) -> Formula:
        try:
            return Formula(text)
        except BadFormula as error:
            self.refuse(keys, f"= {text[:80]!r}: {error}")
            raise AssertionError from None

    def expect(self, keys, table, allowed) -> None:
        """Only known keys, each with a value of its kind."""
        if not isinstance(table, dict):
            self.refuse(keys, f"is {table!r}; it takes {WORDS[dict]} with {', '.join(allowed)}")
        for key, value in table.items():
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1, 0.5)
                guess = f"; did you mean {near[0]}?" if near else f": there are {', '.join(allowed)}"
                self.refuse((*keys, key), f"is no key{guess}")
            kind = allowed[key]
            if kind is datetime:
                continue  # `moment` says it better
            if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
                self.refuse((*keys, key), f"is {value!r}; it takes {WORDS.get(kind, 'a number')}")


def moments(clock: datetime, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The moments, in UTC, when clocks of a zone (else of this computer) show this: two that differ where clocks are changed.

    The first is the earlier one where they show it twice, and the later one where they never show it.
    """
    first, second = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def apart(when: datetime, due: datetime) -> timedelta:
    """How long after `due` it is. Python takes two times of one zone for what the clock shows, which the night of a change falsifies."""
    return when.astimezone(UTC) - due.astimezone(UTC)


def when(text: str | None):
    """A time as TOML would give it; what is none stays the text it is."""
    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return text


def line_of(text: str, keys) -> int | None:
    """The line where a key stands, else where the nearest table above it begins."""
    heading: tuple = ()
    at: dict[tuple, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            heading = path_in(line)
            at.setdefault(heading, number)
        elif "=" in line:
            at.setdefault(heading + path_in(line.partition("=")[0] + "= 0"), number)
    return next((at[tuple(keys[:n])] for n in range(len(keys), 0, -1) if tuple(keys[:n]) in at), None)


def path_in(line: str) -> tuple:
    """The keys that one line of TOML names."""
    try:
        table = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    keys = []
    while isinstance(table, dict) and table:
        keys.append(next(iter(table)))
        table = table[keys[-1]]
    return tuple(keys)
