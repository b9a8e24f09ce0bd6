"""Grades as they count in a course: what grades.csv, the pages and the exports show. The gradebook itself keeps the bare marks."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .. import telling
from ..exercise.coursefile import CourseFile, apart
from ..exercise.formula import BadFormula
from ..files import write
from ..tables import cell, csv_text
from .gradebook import COLUMNS, Row, number

TIMES = ("submitted_at", "days_late", "how")  # further columns, where the course has deadlines
HOW = """give submitted.csv (student, submitted_at), or say times = "files" in course.toml if the files' own times are right"""
ALIKE = timedelta(minutes=5)  # files of a whole class that are no further apart were copied
DAY = 86_400.0


@dataclass(frozen=True)
class Count:
    """What a grade counts in a course.

    Attributes
    ----------
    points : float or None
        After the course's weight and its late policy; None where there are none: a fault is never a zero.
    max_points : float
    said : str
        In a sentence, how the points came about.
    submitted_at, due : datetime or None
        Where they are known.
    days_late : float
        0 for what is on time, or whose time is not known.
    unpoliced : bool
        Late, yet nothing is taken off, as the late policy fails here.
    """

    points: float | None
    max_points: float
    said: str
    submitted_at: datetime | None = None
    due: datetime | None = None
    days_late: float = 0.0
    unpoliced: bool = False


def count(row, course: CourseFile) -> Count:
    """What a row counts: everything that shows points asks here.

    Parameters
    ----------
    row : Row
        With what was given by hand so far (`Row.total`): what waits is said in the sentence.
    course : CourseFile
    """
    most = course.max_points(row.exercise, row.most)
    due, extended = course.due(row.student, row.exercise)
    if row.points is None:
        return Count(None, most, "the grader failed here: no points yet", due=due)
    points = row.total * most / row.most if row.most else 0.0
    said = f"earned {shown(row.total)} of {shown(row.most)}"
    said += f", which counts {shown(points)} of {shown(most)}" if most != row.most else ""
    if due is None or row.outcome == "missing":
        return Count(round(points, 2), most, "; ".join([said, *row.provisional]), course.submitted_at(row), due)
    when = course.submitted_at(row)
    after = apart(when, due) if when else timedelta(0)
    days = after.total_seconds() / DAY if after > course.grace else 0.0
    deadline = f"deadline {moment(due, due)}" + (", extended" if extended else "")
    left, sentence = after_deadline(row, course, points, most, days, (moment(when, due), deadline))
    sentences = "; ".join([said, sentence, *row.provisional])
    return Count(round(points if left is None else left, 2), most, sentences, when, due, days, unpoliced=left is None)


def after_deadline(row, course, points, most, days, told: tuple[str, str]) -> tuple[float | None, str]:
    """The points left by the late policy, None where it fails; and why, in a sentence. The times of both are `told`."""
    at, deadline = told
    if course.submitted_at(row) is None:
        return points, f"when it was handed in is not known, so it counts as on time ({deadline})"
    if not days:
        return points, f"handed in on time at {at} ({deadline})"
    late = f"handed in {lateness(days)} late at {at} ({deadline})"
    asked = course.exercises.get(row.exercise)
    formula = (asked and asked.late) or course.late
    if formula is None:
        return points, f"{late}, which costs nothing here"
    try:
        left = formula(points, days, most)
    except BadFormula as error:  # between the values that it was tried at: one late student must not cost the class its report
        return None, f"{late}; the late policy {formula.text} gives no points here, so nothing is taken off: {error}"
    return left, f"{late}, so {shown(left)} by the late policy: {formula.text}"


def lateness(days: float) -> str:
    return f"{shown(days)} day{'' if shown(days) == '1' else 's'}" if days >= 0.1 else f"{max(1, round(days * 1440))} minutes"


def moment(when: datetime | None, like: datetime) -> str:
    """A moment in the zone of a deadline."""
    return f"{when.astimezone(like.tzinfo):%Y-%m-%d %H:%M %Z}" if when else ""


def shown(points: float | None) -> str:
    """Points, or days, with two decimals at most; empty where there are none."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


@dataclass
class Counted(Row):
    """A grade, and what it counts.

    Attributes
    ----------
    final : int, float or None
        The points that count; None for a fault.
    of : int or float
        The most that can count.
    said : str
        In a sentence, how they came about; empty where they are the mark itself.
    handed_in : datetime or None
        When, where that is known.
    days_late : float
    unpoliced : bool
        Late, yet nothing is taken off, as the late policy fails here.
    """

    final: int | float | None = None
    of: int | float = 0
    said: str = ""
    handed_in: datetime | None = None
    days_late: float = 0.0
    unpoliced: bool = False


def counted(row: Row, course: CourseFile) -> Counted:
    """A row of the gradebook with what it counts."""
    if isinstance(row, Counted):
        return row
    found = count(row, course)
    plain = row.points is None or (found.due is None and found.max_points == row.most)
    return Counted(**{f.name: getattr(row, f.name) for f in fields(row)}, final=number(found.points), of=number(found.max_points) or 0,
                   said="" if plain else found.said, handed_in=found.submitted_at, days_late=found.days_late,
                   unpoliced=found.unpoliced)  # fmt: skip


def write_grades(path: Path, rows: list[Counted], course: CourseFile) -> None:
    """grades.csv: a row for each student and exercise, with the points that count."""
    times = TIMES if any(asked.due for asked in course.exercises.values()) else ()
    lines: list[Sequence] = [COLUMNS + times]
    for row in rows:
        diagnosis = "; ".join([*filter(None, [row.diagnosis]), *row.provisional])  # what waits is no zero without a word
        line = [cell(row.student), row.exercise, "" if row.final is None else row.final, row.of, row.outcome, cell(diagnosis)]
        when = row.handed_in.isoformat(timespec="seconds") if row.handed_in else ""
        lines.append([*line, when, shown(row.days_late), row.said] if times else line)
    write(path, csv_text(lines))


def notes(rows: list[Counted], course: CourseFile, late: set[tuple[str, str]], code: Callable[[str], str] | None = None) -> list[str]:
    """What an instructor must know of deadlines, each in a sentence.

    Parameters
    ----------
    rows : list of Counted
    course : CourseFile
    late : set of (str, str)
        Students and exercises that the platform calls late.
    code : callable, optional
        ``code(student)`` is what a student is called here; names that no student has are counted then, not told.
    """
    due = [row for row in rows if course.due(row.student, row.exercise)[0] and row.outcome != "missing"]
    unknown = [row for row in due if row.handed_in is None]
    said: list[str] = []
    if unknown:
        said.append(f"{len(unknown)} of {len(due)} submissions with a deadline count as on time, since it is not known when they were "
                    f"handed in: {HOW}")  # fmt: skip
    name = code or str
    called = sorted(f"{name(row.student)} ({row.exercise})" for row in unknown if (row.student, row.exercise) in late)
    if called:
        said.append(telling.Many("called late by the platform, though no time says how late: ", called))
    failed = sorted(f"{name(row.student)} ({row.exercise})" for row in rows if row.unpoliced)
    if failed:
        said.append(telling.Many(f"the late policy gives no points for {len(failed)}, from whom nothing is taken off: ", failed))
    if course.times == "files" and copied(due, course):
        said.append(f"all {len(due)} submissions are files of the same few minutes, as after copying: are these the times of handing in?")
    if course.unsure and course.times == "files":
        clocks = telling.few(sorted({f"{clock:%Y-%m-%d %H:%M}" for clock in course.unsure}))
        said.append(f"{len(course.unsure)} files were packed when the clock was changed, and show a time that was twice or never "
                    f"({clocks}): the earlier moment is taken")  # fmt: skip
    students = sorted({row.student for row in rows})
    for of_whom, named in (("extensions", course.extensions), ("submitted", course.submitted)):
        strangers = sorted(named.keys() - set(students))
        if strangers and code:
            said.append(f"{of_whom} of {len(strangers)} whom no student is called like; without --codes they are named")
        elif len(strangers) > telling.FEW:
            said.append(telling.Many(f"{of_whom} of {len(strangers)} whom no student is called like: ", map(repr, strangers)))
        for stranger in strangers if not code and len(strangers) <= telling.FEW else ():
            near = difflib.get_close_matches(stranger, students, 1)
            said.append(f"{of_whom} of {stranger!r}: no student is called so" + (f"; did you mean {near[0]!r}?" if near else ""))
    return said


def copied(rows: list[Counted], course: CourseFile) -> bool:
    """Whether the times of these files say when they were copied, rather than when they were handed in."""
    times = [row.handed_in.astimezone(UTC) for row in rows if row.handed_in and row.student not in course.submitted]
    return len(times) >= 3 and max(times) - min(times) <= ALIKE
