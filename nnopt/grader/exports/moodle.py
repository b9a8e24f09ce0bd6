"""Moodle: the offline grading worksheet of one assignment, which holds one exercise or all of them.

Moodle finds participants by ``Identifier``. It is known where the class came as a download of Moodle (`inputs`); else, or to keep all
other columns as they are, give the worksheet that Moodle offers for download as the roster.
"""

from __future__ import annotations

from ..counting import count, shown
from ..coursefile import CourseFile
from ..inputs import platform_id
from ..telling import not_in_roster
from . import BadExport, csv_text, meet, no_column, read_roster

COLUMNS = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
           "Last modified (submission)", "Last modified (grade)", "Feedback comments")  # fmt: skip
KEYS = ("Identifier", "Email address", "Full name", "ID number")  # by which a student is looked for in a roster
ACCEPTED = "the grading worksheet that Moodle offers, separated by commas: with Identifier and Grade, and Feedback comments where it has it"
MAX_FEEDBACK = 2000


def export(rows, course: CourseFile | None = None, roster=None, exercise: str | None = None) -> tuple[str, list[str]]:
    """The CSV, and sentences on students of the rows who are not in the roster.

    Parameters
    ----------
    rows : iterable of Row
    course : CourseFile, optional
    roster : path, optional
        A worksheet downloaded from Moodle.
    exercise : str, optional
        Only this one; by default their sum, which is empty as long as one of them is a fault.
    """
    rows, course = [row for row in rows if exercise in (None, row.exercise)], course or CourseFile()
    if not rows:
        raise BadExport(f"the gradebook holds no grades of {exercise}")
    by_student: dict[str, list] = {}
    for row in rows:
        by_student.setdefault(row.student, []).append(row)
    most = {row.exercise: course.max_points(row.exercise, row.most) for row in rows}
    marks = {student: mark(own, course) | {"Maximum Grade": shown(sum(most.values()))} for student, own in by_student.items()}
    if roster is None:
        return csv_text([COLUMNS, *([line.get(c, "") for c in COLUMNS] for line in (person(s) | marks[s] for s in marks))]), []
    lines = read_roster(roster, "Identifier", ACCEPTED)
    keys = {identifier(s): s for s in marks} | {s: s for s in marks}
    owners, met, notes = meet(lines, dict.fromkeys(KEYS, keys))
    for line, student in zip(lines, owners):
        if student:
            line |= {c: v for c, v in marks[student].items() if c in line and c in ("Grade", "Feedback comments")}
    columns = list(lines[0])
    if "Grade" not in columns:
        raise BadExport(no_column(roster, "Grade", columns, ACCEPTED))
    body = [[line.get(c, "") for c in columns] for line in lines]
    missed = [s for s in marks if s not in met]
    return csv_text([columns, *body]), notes + not_in_roster(missed, len(marks), ", ".join(KEYS))


def mark(rows, course) -> dict[str, str]:
    """The grade of one student, and how it came about."""
    counts = [count(row, course) for row in rows]
    known = [c.points for c in counts if c.points is not None]
    grade = sum(known) if len(known) == len(counts) else None
    said = [f"{row.exercise}: {c.said}" + (f" ({row.diagnosis})" if row.diagnosis else "") for row, c in zip(rows, counts)]
    return {"Grade": shown(grade), "Feedback comments": "; ".join(said)[:MAX_FEEDBACK]}


def identifier(student: str) -> str:
    number = platform_id(student)
    return f"Participant {number}" if number else student


def person(student: str) -> dict[str, str]:
    """A student's first columns, from a name that a download of Moodle gave."""
    return {"Identifier": identifier(student), "Full name": student.removesuffix(f"_{platform_id(student)}"), "Grade can be changed": "Yes"}
