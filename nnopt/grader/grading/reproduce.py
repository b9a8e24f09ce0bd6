"""A grade from its record: the same notebook, the recorded seed and time, graded again and compared. Nothing is written."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from ..exercise import course
from ..gradebook.database import FILE
from ..gradebook.gradebook import Gradebook, Row
from ..intake import inputs, reader
from ..sandbox.probes import Level
from .fingerprint import differences, grader_version, versions
from .marker import Marker, Setup, hidden_from, sha256

SAME = ("points", "max_points", "outcome", "diagnosis", "mistakes", "failed")  # of a grade: must come out as it was
OF_ITEMS = ("title", "outcome", "points", "max_points", "text", "mistakes")


class NotReproducible(ValueError):
    """There is nothing to grade again: no such grade, no notebook, or another one."""


@dataclass
class Reproduction:
    """What came of grading a record again.

    Attributes
    ----------
    record : Row
        As it stands in the gradebook.
    again : Row
        As it comes out now.
    circumstances : list of str
        What a grade depends on that is not as recorded: each with what it was and is.
    differs : list of str
        What came out otherwise: empty where the grade is reproduced.
    """

    record: Row
    again: Row
    circumstances: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differs


def reproduce(out, submissions, student: str, exercise: str, level: Level, course_folder=None, db: str | None = None,
              number: int | None = None, known: inputs.Known | None = None) -> Reproduction:  # fmt: skip
    """Grade once more what a record says was graded.

    Parameters
    ----------
    out : path
        The folder of the gradebook.
    submissions : path
        The class as `nnopt grade` takes it, or the one notebook.
    student, exercise : str
        The student by name or code.
    level : Level
        The sandbox to grade in.
    course_folder, db
        As of `grade.Grader`.
    number : int, optional
        Which of the student's grades in this exercise; by default the last.

    Raises
    ------
    NotReproducible
        When the gradebook holds no such grade, nothing was graded in it, or the notebook is not the one that was graded.
    ValueError
        When a folder or name is not what it must be.
    """
    if not db and not (Path(out) / FILE).is_file():
        raise NotReproducible(f"{out} holds no gradebook; give the folder that nnopt grade --out wrote")
    name = course.find(exercise, course_folder)
    with Gradebook(out, db) as book:
        record = recorded(book, student, name, number)
        data = contents(submissions, record, course_folder, student, known)
        found = hashlib.sha256(data).hexdigest()
        if found != record.submission_hash:
            hashes = f"its SHA-256 is {short(found)}, recorded is {short(record.submission_hash)}"
            raise NotReproducible(f"the notebook is not the one that was graded: {hashes}")
        key = {"the spec": sha256(course.specs(course_folder)[name]), "the grader": grader_version(),
               "the sandbox": level.name, "the time given": record.key.get("the time given", 10.0)}  # fmt: skip
        points = course.exercise(name, course_folder).points
        again = Row(record.student, name, 0, points, "unreadable", submission_hash=found, key=key, versions=versions())
        seed_id, again.seed_id = record.seed_id, book.seed_id
        hidden = hidden_from(submissions, out, course_folder)
        setup = Setup(course_folder, book.seed, level.asked, hidden, again.key["the time given"])
    mark(again, data, setup)
    circumstances = [f"{what}: was {short(record.key.get(what))}, is {short(again.key[what])}" for what in differences(record, again)]
    for what, now in again.versions.items():
        if record.versions.get(what) != now:
            circumstances.append(f"{what}: was {record.versions.get(what)}, is {now}")
    circumstances += [f"the secret seed: was {seed_id}, is {again.seed_id}"] if seed_id != again.seed_id else []
    return Reproduction(record, again, circumstances, compare(record, again))


def recorded(book: Gradebook, student: str, exercise: str, number: int | None) -> Row:
    """The grade to reproduce."""
    names = {row.student for row in book.rows()}
    called = next((name for name in names if student in (name, book.code(name))), student)
    history = book.history(called, exercise)
    if not history:
        raise NotReproducible(f"the gradebook has no grade of {student!r} in {exercise}")
    found = [row for row in history if number in (None, row.number)]
    if not found:
        raise NotReproducible(f"{student!r} has no grade number {number} in {exercise}; there are 1 to {history[-1].number}")
    row = found[-1]
    if not row.submission_hash:
        raise NotReproducible(f"grade {row.number} of {student!r} in {exercise} is {row.outcome!r}: there was no notebook to grade")
    return row


def contents(submissions, record: Row, course_folder, called: str, known: inputs.Known | None = None) -> bytes:
    """The bytes of the notebook that was graded, or of what is now in its place; messages name the student as `called`."""
    submissions = Path(submissions)
    try:
        if submissions.suffix == ".ipynb":
            return reader.contents(submissions)
        exercises = {name: course.exercise(name, course_folder) for name in course.specs(course_folder)}
        with contextlib.ExitStack() as opening:
            handed_in = opening.enter_context(inputs.opened(submissions, exercises, known=known)).submissions
            if (record.student, record.exercise) not in handed_in:
                raise NotReproducible(f"{submissions} holds no {record.exercise} of {called!r}")
            submission = handed_in[record.student, record.exercise]
            if submission.why:
                raise reader.Unreadable(submission.why)
            return reader.contents(submission.path)
    except reader.Unreadable as error:
        raise NotReproducible(f"the notebook cannot be read: {error}") from None


def mark(row: Row, data: bytes, setup: Setup) -> None:
    """As `grade.Grader` marks it."""
    try:
        cells = reader.code_cells(data)
    except reader.Unreadable as error:
        row.diagnosis = str(error)
        return
    with contextlib.closing(Marker(setup)) as marker:
        given = marker.mark(row.exercise, cells)
    row.points, row.outcome, row.diagnosis = given.points, given.outcome, given.diagnosis
    row.mistakes, row.items, row.failed = given.mistakes, given.items, given.failed


def compare(record: Row, again: Row) -> list[str]:
    """What came out otherwise, each in a line."""
    pairs = [(name, getattr(record, name), getattr(again, name)) for name in SAME]
    found = [f"{name}: was {was!r}, is {now!r}" for name, was, now in pairs if was != now]
    if len(record.items) != len(again.items):
        return [*found, f"parts: were {len(record.items)}, are {len(again.items)}"]
    for was, now in zip(record.items, again.items):
        found += [f"{was['title']}, {name}: was {was[name]!r}, is {now[name]!r}" for name in OF_ITEMS if was.get(name) != now.get(name)]
    return found


def short(value) -> str:
    """A fingerprint in a few letters, anything else as it is."""
    return f"{value[:12]}..." if isinstance(value, str) and len(value) == 64 else str(value)
