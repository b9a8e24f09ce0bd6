"""Canvas: the CSV that its gradebook imports, a column for each exercise.

Canvas finds students by ``ID``. It is known where the class came as a download of Canvas (`inputs`); else give the gradebook that Canvas
exports as the roster: its students and their order are kept, and a column of it whose name begins with an exercise's name or
title is filled, so that Canvas meets its own assignment again.
"""

from __future__ import annotations

from ..counting import count, shown
from ..coursefile import CourseFile
from ..inputs import platform_id
from ..telling import not_in_roster
from . import BadExport, csv_text, meet, read_roster

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
KEYS = COLUMNS[1:4] + COLUMNS[:1]  # by which a student is looked for in a roster
ACCEPTED = "the gradebook that Canvas exports, separated by commas: with ID; Student, SIS User ID, SIS Login ID, Section if there"
POINTS_POSSIBLE = "    Points Possible"  # with the blanks by which Canvas knows this line


def export(rows, course: CourseFile | None = None, roster=None, titles: dict[str, str] | None = None) -> tuple[str, list[str]]:
    """The CSV, and sentences on students of the rows who are not in the roster.

    Parameters
    ----------
    rows : iterable of Row
    course : CourseFile, optional
    roster : path, optional
        A gradebook exported from Canvas.
    titles : dict, optional
        Titles of exercises, by name.
    """
    rows, course = list(rows), course or CourseFile()
    exercises = list(dict.fromkeys(row.exercise for row in rows))
    points = {(row.student, row.exercise): shown(count(row, course).points) for row in rows}
    most = {row.exercise: shown(course.max_points(row.exercise, row.most)) for row in rows}
    students = list(dict.fromkeys(row.student for row in rows))
    if roster is None:
        heads = {e: e for e in exercises}
        people = [(person(s), s) for s in students]
        notes: list[str] = []
    else:
        lines = [line for line in read_roster(roster, "ID", ACCEPTED) if line.get("Student", "").strip() != "Points Possible"]
        heads = {e: head(e, (titles or {}).get(e, e), lines[0]) for e in exercises} if lines else {}
        people, notes = owned(lines, students)
    first = [*COLUMNS, *heads.values()]
    second = [POINTS_POSSIBLE, "", "", "", "", *(most[e] for e in heads)]
    body = [[*(line.get(c, "") for c in COLUMNS), *(points.get((s, e), "") for e in heads)] for line, s in people]
    return csv_text([first, second, *body]), notes


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
