"""``nnopt manual``: texts and figures marked by hand, as a CSV and back (`export`, `take`) or in a browser (`manual_server`).

Marks go into the gradebook, each beside the ones before. Where a student hands in again and the answer is the same, its mark is carried
over; where the answer changed, the old mark counts until somebody looks again.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError, OperationalError

from ..exercise import course, coursefile, release
from ..exercise.spec import Manual
from ..gradebook import masking
from ..gradebook.database import FILE, BadGradebook
from ..gradebook.gradebook import TAKEN_AWAY, Gradebook
from ..gradebook.last_run import last_run
from ..intake import inputs, reader
from ..intake.inputs import Submission
from .answers import Answer, answers, prompts_of

MAX_COMMENT = 2_000
TRIES = 5
VERSION = re.compile(r"v([0-9a-f]{12})-([0-9a-f]{12})-(\d+)")  # of a line (`version`)


class BadMarks(ValueError):
    """Marks that cannot be taken; the message names the line and what is accepted."""


class Busy(BadMarks):
    """The gradebook is locked for longer than one waits."""


@dataclass(frozen=True)
class Entry:
    """One answer to mark."""

    student: str
    part: Manual
    submission: Submission
    sha256: str  # of the notebook
    answer: Answer

    @property
    def key(self) -> tuple[str, str, str]:
        return self.student, self.part.exercise.name, self.part.name


@dataclass
class Taken:
    """What came of the lines of a CSV, in numbers."""

    new: int = 0
    empty: int = 0  # have no points, and showed no mark that counts
    away: int = 0  # had points, which were emptied: the mark is taken away
    since: int = 0  # of those that are empty: their part was marked since, and keeps its mark

    def __str__(self):
        said = [f"{self.new} new marks", f"{self.empty} lines without points"]
        said += [f"{self.away} taken away, as their points were emptied"] if self.away else []
        return "; ".join(said + ([f"{self.since} of the lines without points were marked since, and keep that mark"] if self.since else []))


class Work:
    """What a class handed in that is marked by hand, and the gradebook that it is marked in.

    Parameters
    ----------
    out : path
        What `nnopt grade` wrote.
    submissions : path
        As `nnopt grade` takes it; by default what it took.
    course_folder, db, codes
        As of `nnopt grade`; the course and codes by default as they were there.

    Raises
    ------
    ValueError
        When a folder is not what it must be, or nothing is marked by hand.
    """

    def __init__(self, out, submissions=None, course_folder=None, db: str | None = None, codes=False):
        self.out, self.db = Path(out), db
        last = last_run(self.out)
        source = submissions or last.get("submissions")
        self.course_folder = course_folder or last.get("course")
        self.codes = bool(codes or last.get("codes"))
        if source is None:
            raise BadMarks(f"{out} does not say which class it is of: say --from SUBMISSIONS")
        every = {name: course.exercise(name, self.course_folder) for name in course.specs(self.course_folder)}
        self.exercises = {name: every[name] for name in coursefile.of(self.course_folder, every).asked(every)}
        if not any(exercise.by_hand for exercise in self.exercises.values()):
            raise BadMarks("no exercise that this course asks for has a part that is marked by hand (ex.manual in its spec)")
        with ExitStack() as opening:
            self.book = opening.enter_context(gradebook_of(out, db))
            self.handed_in = opening.enter_context(inputs.opened(Path(source), every, known=known_of(last)))
            self.handed_in.keep(self.exercises)
            self.book.expect(self.exercises.values())
            self.notes: list[str] = []
            self.entries = self.read()
            self.carried = self.carry()
            self.opening = opening.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.opening.close()

    def name(self, student: str) -> str:
        """What a student is called in all that is shown."""
        return self.book.code(student) if self.codes else student

    def read(self) -> list[Entry]:
        """All answers, by exercise and part; a notebook that cannot be read has none, as `nnopt grade` says."""
        found = []
        hide = self.mask().text if self.codes else None
        prompts: dict[str, dict[str, str]] = {}
        graded = {(row.student, row.exercise): row.submission_hash for row in self.book.rows()}
        newer = 0
        for (student, name), submission in sorted(self.handed_in.submissions.items(), key=lambda kv: (kv[0][1], self.name(kv[0][0]))):
            exercise = self.exercises[name]
            if not exercise.by_hand or submission.why:
                continue
            if name not in prompts:
                path = course.specs(self.course_folder)[name].with_suffix(".ipynb")
                prompts[name] = prompts_of(release.student_text(path), exercise) if path.is_file() else {}
            try:
                data = reader.contents(submission.path)
                given = answers(data, exercise, prompts[name])
            except reader.Unreadable:
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            newer += graded.get((student, name)) != sha256
            found += [Entry(student, item, submission, sha256, light(given[item.name], student, hide)) for item in exercise.by_hand]
        if newer:
            these = "notebook is" if newer == 1 else "notebooks are"
            self.notes.append(f"{newer} {these} not as last graded: run nnopt grade, else marks of them cannot be imported")
        place = {(e.name, item.name): (n, m) for n, e in enumerate(self.exercises.values()) for m, item in enumerate(e.by_hand)}
        return sorted(found, key=lambda entry: place[entry.key[1:]])  # students stay in order

    def mask(self) -> masking.Mask:
        """Codes in place of names in what students wrote; their pictures stay as they are."""
        texts = [path.read_text(encoding="utf8") for path in course.specs(self.course_folder).values()]
        return masking.Mask(self.book.code, sorted({*self.handed_in.students, *(row.student for row in self.book.rows())}), texts)

    def pictures(self, entry: Entry):
        """The pictures of an answer, read again from the notebook; none where it is another one meanwhile."""
        try:
            data = reader.contents(entry.submission.path)
            if hashlib.sha256(data).hexdigest() != entry.sha256:
                return []
            return answers(data, entry.part.exercise, {})[entry.part.name].pictures
        except reader.Unreadable:
            return []

    def carry(self) -> int:
        """Marks of an earlier notebook whose answer is the same are marks of the present one."""
        marks = self.book.marks()
        old = [(entry, marks[entry.key]) for entry in self.entries if entry.key in marks]
        again = [{**mark, "submission_hash": entry.sha256} for entry, mark in old
                 if mark["submission_hash"] != entry.sha256 and mark["answer_hash"] == entry.answer.hash
                 and mark["max_points"] == entry.part.points]  # fmt: skip
        enter(self.book, again)
        return len(again)

    def waits(self, entry: Entry, marks: dict) -> bool:
        """Has this answer no mark, or one of another answer?"""
        mark = marks.get(entry.key)
        return mark is None or mark["submission_hash"] != entry.sha256 or mark["max_points"] != entry.part.points

    def give(self, entry: Entry, points: float, comment: str, by: str) -> None:
        """Mark one answer; what is already marked so is not marked again."""
        mark = self.book.marks(entry.student).get(entry.key)
        if mark and not self.waits(entry, {entry.key: mark}) and (mark["points"], mark["comment"]) == (points, comment):
            return
        self.give_all([entry], points, comment, by)

    def take_away(self, entry: Entry, by: str) -> None:
        """Leave an answer without its mark; nothing where it has none."""
        mark = self.book.marks(entry.student).get(entry.key)
        enter(self.book, [taken_away(entry.key, mark, entry.part.points, by)] if mark else [])

    def give_all(self, entries: list[Entry], points: float, comment: str, by: str) -> None:
        """Give all of these answers the same mark, or none."""
        enter(self.book, [values(*e.key, points, e.part.points, comment, by, e.sha256, e.answer.hash) for e in entries])


def taken_away(key: tuple[str, str, str], mark: dict, most: float, by: str) -> dict:
    """What stands in the gradebook from then on in place of a mark: none. The mark stays in the record."""
    return values(*key, TAKEN_AWAY, most, "", by, mark["submission_hash"], mark["answer_hash"])


def light(answer: Answer, student: str, hide: Callable[[str, str], str] | None) -> Answer:
    """An answer without the bytes of its pictures, as a class has many; and without names, where there is a way to `hide` them."""
    text = hide(answer.text, student) if hide else answer.text
    notes = [hide(note, student) for note in answer.notes] if hide else answer.notes
    return Answer(text, [type(p)(p.kind, p.width, p.height, b"") for p in answer.pictures], notes, answer.given, answer.hash)


def values(student, exercise, part, points, max_points, comment, by, sha256, answer_hash) -> dict:
    """A mark as the gradebook keeps it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"student": student, "exercise": exercise, "part": part, "points": float(points), "max_points": float(max_points),
            "comment": comment, "by": by, "at": at, "submission_hash": sha256, "answer_hash": answer_hash}  # fmt: skip


def enter(book: Gradebook, marks: list[dict]) -> None:
    """Put marks into the gradebook, all or none, also where `nnopt grade` or somebody else writes at the same moment."""
    for attempt in range(TRIES):
        try:
            book.mark(marks)
            return
        except IntegrityError:  # somebody else gave this number; the next one is free
            if attempt == TRIES - 1:
                raise
        except OperationalError:
            raise Busy("the gradebook is busy; nothing was kept, try again") from None


def gradebook_of(out, db: str | None) -> Gradebook:
    """The gradebook in this folder, which must be there."""
    if not db and not (Path(out) / FILE).is_file():
        raise BadGradebook(f"{out} holds no gradebook; asked for is the folder that nnopt grade --out wrote")
    return Gradebook(out, db)


def points_in(text: str, most: float) -> float:
    """Points as somebody wrote them, with a point or a comma; a ValueError says what is accepted."""
    try:
        points = float(text.strip().replace(",", "."))
    except ValueError:
        raise BadMarks(f"points {text.strip()[:40]!r} are no number; 0 to {most:g} are accepted") from None
    if not (math.isfinite(points) and 0 <= points <= most):
        raise BadMarks(f"points {text.strip()[:40]} are out of range; 0 to {most:g} are accepted")
    return points


# ------------------------------------------------------------------------------------------------------------ CSV and back
# ------------------------------------------------------------------------------------------------------------------- pages
def known_of(last: dict) -> inputs.Known:
    """How that run was told to read its class."""
    return inputs.Known(str(last.get("layout", "")), str(last.get("names", "")))


def refresh(out, db: str | None = None, say: Callable[[str], None] = print) -> bool:
    """Make grades.csv and all pages anew from the gradebook, as the last run of `nnopt grade` made them. Grades nothing.

    Returns
    -------
    bool
        False when that run or its class is gone: the next `nnopt grade` makes them.
    """
    from ..grading.grade import AtWork, Grader
    from ..sandbox.probes import Level

    last = last_run(out)
    try:
        level = Level(last["level"], {}, {})
        grader = Grader(last["submissions"], out, level, last["course"], db=db, codes=last["codes"], known=known_of(last))
    except (KeyError, ValueError) as error:
        say(f"the marks are kept; grades.csv and the pages come with the next nnopt grade ({error})")
        return False
    waits = False
    while True:
        try:
            grader.run(again=lambda submission: False)
            grader.close()
            return True
        except AtWork:
            if not waits:
                say("The marks are kept. nnopt grade is at work there: grades.csv and the pages wait for it (Ctrl-C leaves them to it).")
            waits = True
            time.sleep(0.3)
