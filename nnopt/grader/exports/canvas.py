"""Canvas: the CSV that its gradebook imports, a column for each exercise.

Canvas finds students by ``ID``. It is known where the class came as a download of Canvas (`inputs`); else give the gradebook that Canvas
exports as the roster: its students and their order are kept, and a column of it whose name begins with an exercise's name or
title is filled, so that Canvas meets its own assignment again. What an assignment gives there is Canvas's to say: points are scaled to it
on request.
"""

from __future__ import annotations

from ..exercise.coursefile import CourseFile
from ..gradebook.counting import count, shown
from ..intake.inputs import platform_id
from ..telling import not_in_roster
from . import BadExport, amount, csv_text, factor, meet, read_roster

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
KEYS = COLUMNS[1:4] + COLUMNS[:1]  # by which a student is looked for in a roster
ACCEPTED = "the gradebook that Canvas exports: with ID; Student, SIS User ID, SIS Login ID, Section if there"
POINTS_POSSIBLE = "    Points Possible"  # with the blanks by which Canvas knows this line


def export(rows, course: CourseFile | None = None, roster=None, titles: dict[str, str] | None = None, scale: bool = False,
           into: str | None = None) -> tuple[str, list[str]]:  # fmt: skip
    """The CSV, and sentences on students of the rows who are not in the roster, and on columns that are new to it.

    Parameters
    ----------
    rows : iterable of Row
    course : CourseFile, optional
    roster : path, optional
        A gradebook exported from Canvas.
    titles : dict, optional
        Titles of exercises, by name.
    scale : bool
        Scale points to what the roster's assignments give; else an assignment that gives something else is refused.
    into : str, optional
        One column for all exercises, which gets their sum; empty as long as one of them is a fault.
    """
    rows, course = list(rows), course or CourseFile()
    students = list(dict.fromkeys(row.student for row in rows))
    points, most = totals(rows, course, into) if into else each(rows, course)
    if roster is None:
        body = [[*(person(s).get(c, "") for c in COLUMNS), *(shown(points.get((s, e))) for e in most)] for s in students]
        return csv_text([[*COLUMNS, *most], [POINTS_POSSIBLE, "", "", "", "", *map(shown, most.values())], *body]), []
    lines = read_roster(roster, "ID", ACCEPTED)
    possible = next((line for line in lines if is_possible(line)), {})
    lines = [line for line in lines if not is_possible(line)]
    heads = {e: head(e, (titles or {}).get(e, e), lines[0]) for e in most} if lines else {}
    there = {e: amount(possible.get(column, "")) for e, column in heads.items()}
    factors = {e: factor(there[e], most[e], scale, f"the column {column!r} of {roster}") for e, column in heads.items()}
    people, notes = owned(lines, students)
    new = [f"{roster} has no column for {e}: Canvas will make a new assignment {heads[e]!r} of {shown(most[e])} points"
           for e in heads if heads[e] not in lines[0]]  # fmt: skip
    second = [POINTS_POSSIBLE, "", "", "", "", *(possible.get(c, "") or shown(most[e]) for e, c in heads.items())]
    body = [[*(line.get(c, "") for c in COLUMNS), *(filled(points.get((s, e)), factors[e]) for e in heads)] for line, s in people]
    return csv_text([[*COLUMNS, *heads.values()], second, *body]), notes + new


def is_possible(line: dict[str, str]) -> bool:
    """Whether a line of Canvas's gradebook tells what its assignments give."""
    return line.get("Student", "").strip() == POINTS_POSSIBLE.strip()


def filled(points: float | None, times: float) -> str:
    return shown(None if points is None else points * times)


def each(rows, course) -> tuple[dict, dict[str, float]]:
    """The points of every student in every exercise, and the most that each gives."""
    points = {(row.student, row.exercise): count(row, course).points for row in rows}
    return points, {row.exercise: course.max_points(row.exercise, row.most) for row in rows}


def totals(rows, course, name: str) -> tuple[dict, dict[str, float]]:
    """The same of one column for all exercises; no points where those of one are not known."""
    points, most = each(rows, course)
    sums: dict[tuple[str, str], float | None] = {}
    for (student, _), own in points.items():
        before = sums.get((student, name), 0.0)
        sums[student, name] = None if own is None or before is None else before + own
    return sums, {name: sum(most.values())}


def person(student: str) -> dict[str, str]:
    """A student's first columns, from a name that a download of Canvas gave."""
    number = platform_id(student)
    return {"Student": student.removesuffix(f"_{number}") if number else student, "ID": number, "SIS Login ID": "" if number else student}


def head(exercise: str, title: str, line: dict) -> str:
    """The name of an exercise's column: that of the roster, as ``Adam (1234)``, where it has one."""
    names = {exercise.casefold(), exercise.rpartition("/")[2].casefold(), title.casefold()}
    hits = [column for column in line if column.rpartition(" (")[0].casefold() in names or column.casefold() in names]
    if len(hits) > 1:
        raise BadExport(f"the roster has {len(hits)} columns for {exercise}: {', '.join(hits)}")
    return hits[0] if hits else exercise


def owned(lines, students):
    """Lines of the roster, each with its student (or None); sentences on students whom no line names."""
    names = {student: student for student in students}
    numbers = {platform_id(student): student for student in students if platform_id(student)}
    keys = dict.fromkeys(KEYS, names) | {"ID": numbers | names}  # a number of Canvas's says nothing in a column of the registrar's
    owners, met, notes = meet(lines, keys)
    return list(zip(lines, owners)), notes + not_in_roster([s for s in students if s not in met], len(students), ", ".join(KEYS))
