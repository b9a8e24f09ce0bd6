"""`nnopt grade`: a class in, marks and reports out."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ..exercise import course, coursefile
from ..gradebook import counting, last_run, masking
from ..gradebook.database import BadGradebook
from ..gradebook.gradebook import Gradebook, Row
from ..intake import inputs, reader
from ..intake.inputs import Submission
from ..reports import pages
from ..sandbox.probes import Level
from .fingerprint import RETRIED, change, differences, grader_version, versions
from .marker import Mark, Marker, Setup, Worker, hidden_from, sha256

ORDER = "regrade"  # where a gradebook notes what is being graded again


class AtWork(BadGradebook):
    """Somebody else grades into this folder."""


class Stopped(Exception):
    """The run ends before this submission was graded."""


@dataclass
class Graded:
    """The marks of a class, and how they came about. Students are called by their codes where codes were asked for."""

    rows: Sequence[Row]  # the grades that count, as they count (`counting`), of all students in the gradebook and all exercises asked for
    level: Level
    strangers: dict[str, list[str]]  # notebooks that belong to no exercise, by student
    new: int  # how many submissions were graded in this run
    seconds: float
    changed: Sequence[Row] = ()  # marks that are others than before
    notes: list[str] = field(default_factory=list)  # what was passed over, and what is not known of deadlines
    left_out: int = 0  # how many things were passed over that may be somebody's work

    @property
    def faults(self) -> list[Row]:
        return [row for row in self.rows if row.outcome == "fault"]


class Grader:
    """Grades the submissions of a class, several at a time.

    Parameters
    ----------
    folder : path
        A folder with <student>/<section>/<name>.ipynb, or whatever else `inputs.opened` takes.
    out : path
        The gradebook; made, or gone on with.
    level : Level
        What the sandbox was proved to hold (`sandbox.probes.prove`).
    course_folder : path, optional
        A course of one's own: with ``solutions/``, ``course.toml``, or both; nnopt's by default.
    seconds : float
        Wall clock for the cells of a submission, and for each of its functions.
    jobs : int
        How many submissions are graded at a time: more than one in processes of their own.
    db : str, optional
        The gradebook's database (`Gradebook`).
    cluster : nnopt.grader.grading.distributed.Cluster, optional
        Where submissions are graded, in place of this machine.
    codes : bool
        Call students by codes in all that is written and returned; the gradebook itself keeps the names.
    known : nnopt.grader.intake.inputs.Known, optional
        How the class is to be read, where there are two ways.

    Raises
    ------
    ValueError
        When one of the folders is not what it must be; nothing is written then.
    """

    def __init__(self, folder, out, level: Level, course_folder=None, seconds=10.0, jobs=1, db: str | None = None, codes=False,
                 cluster=None, known: inputs.Known | None = None):  # fmt: skip
        self.folder, self.level, self.seconds, self.jobs, self.codes = Path(folder), level, seconds, jobs, codes
        self.course_folder, self.cluster, self.known = course_folder, cluster, known or inputs.Known()
        specs = course.specs(course_folder)
        if not specs:
            raise ValueError(f"the course has no exercises: {course.solutions(course_folder)} holds no <section>/<name>.py")
        self.course = coursefile.of(course_folder, specs)
        self.specs = {name: specs[name] for name in self.course.asked(specs)}
        self.exercises = {name: course.exercise(name, course_folder) for name in self.specs}
        self.opening = contextlib.ExitStack()
        every = {name: course.exercise(name, course_folder) for name in specs}  # a notebook is known by what it answers best
        self.handed_in = self.opening.enter_context(inputs.opened(self.folder, every, self.course.moment_of, self.known))
        self.handed_in.keep(self.specs)
        weakref.finalize(self, self.opening.close)  # what came out of archives goes, even where nobody calls close
        self.students = self.handed_in.students
        self.book = Gradebook(out, db)
        self.markers: queue.SimpleQueue[Slot] = queue.SimpleQueue()  # those that wait for work
        self.stopping = False
        self.resumed = 0  # grades that an order gave before it was stopped
        self.writing = threading.Lock()

    def close(self) -> None:
        """Let go of the class and the gradebook."""
        self.opening.close()
        self.book.close()

    def run(self, progress: Callable[[Row], None] = lambda row: None, again: Callable[[Submission], bool] | None = None,
            reason: str = "", order: str = "") -> Graded:  # fmt: skip
        """Grade what is new or changed, and write grades.csv and all pages.

        Parameters
        ----------
        progress : callable
            Called with each row as it is done.
        again : callable, optional
            ``again(submission)`` says what is graded again though nothing changed; then nothing else is graded.
        reason : str
            Why it is graded again, for the record.
        order : str
            Names what is graded again: where such an order was stopped, the rest of it is done.
        """
        begin = time.monotonic()
        with alone(self.book.folder):
            self.book.expect(self.exercises.values())
            last_run.remember(self)
            before = {(row.student, row.exercise): row for row in self.book.rows()}
            if before and not {student for student, _ in before} & set(self.students):
                self.handed_in.notes.append(f"{self.book.folder} held grades of other students only: "
                                            "if this is another class, give it its own --out")  # fmt: skip
            todo = [s for s in self.handed_in.submissions.values() if again is None or again(s)]
            todo.sort(key=lambda s: list(self.specs).index(s.exercise))  # keys are made when they are first asked for
            one = functools.partial(self.one, forced=again is not None, reason=reason)
            new: list[Row] = []
            if again is not None:
                todo, kept = self.rest(todo, before, order)
                new += kept
                self.resumed = len(kept)
                for row in kept:
                    progress(row)

            def done(row, was_new):
                if was_new:
                    new.append(row)
                progress(row)

            def absent():
                for row in self.keep_absent(before) if again is None else ():
                    progress(row)

            self.each(lambda s: one(s, before.get((s.student, s.exercise))), todo, done, meanwhile=absent)
            graded = self.report(len(new) - self.resumed, [row for row in new if row.change], begin)
            if again is not None:
                self.book.note(ORDER, "")
            return graded

    def rest(self, todo: list[Submission], before: dict, order: str) -> tuple[list[Submission], list[Row]]:
        """What is still to be graded again of an order, and the grades that it gave already, before it was stopped.

        The order is noted with the number of each grade at its beginning: what has a higher one is done, while its notebook is the same.
        Another class, grader, spec or sandbox makes it another order, which begins anew.
        """
        keys = {name: self.key(name) for name in self.specs}
        name = hashlib.sha256(json.dumps([order, str(self.folder.resolve()), keys], sort_keys=True).encode()).hexdigest()
        noted = json.loads(self.book.recall(ORDER) or "{}")
        if noted.get("name") == name:
            numbers = {(student, exercise): number for student, exercise, number in noted["numbers"]}
        else:
            numbers = {who: row.number for who, row in before.items()}
            own = [(s.student, s.exercise, numbers.get((s.student, s.exercise), 0)) for s in todo]
            self.book.note(ORDER, json.dumps({"name": name, "numbers": own}))
        done = {who: row for who, row in before.items() if row.outcome != "fault" and row.number > numbers.get(who, row.number)}
        kept: list[Row] = []
        left: list[Submission] = []
        for submission in todo:
            row = done.get((submission.student, submission.exercise))
            if row and not differences(row, self.opened(submission)[0]):
                kept.append(row)
            else:
                left.append(submission)
        return left, kept

    def each(self, function, todo, done: Callable, meanwhile: Callable) -> None:
        """``done(*function(submission))`` for each submission, several at a time; the markers live as long.

        What is to be done `meanwhile` is done in this thread while the first markers start.
        """
        jobs, kind = self.jobs, Worker if self.jobs > 1 else Marker
        if self.cluster:
            jobs, kind = self.cluster.jobs, self.cluster.marker
        slots = [Slot(kind, self.setup()) for _ in range(min(jobs, len(todo)))]
        self.markers, self.stopping = queue.SimpleQueue(), False
        for slot in slots:
            self.markers.put(slot)
        pool = ThreadPoolExecutor(jobs + 1)  # one writes into the gradebook while all markers are at work
        try:
            futures = [pool.submit(function, submission) for submission in todo]
            meanwhile()
            for future in as_completed(futures):
                done(*future.result())
        except BaseException:
            self.stopping = True  # what is being graded is dropped: it is no fault
            pool.shutdown(wait=False, cancel_futures=True)
            for slot in slots if kind is not Marker else ():
                slot.drop()
            raise
        finally:
            pool.shutdown()
            for slot in slots:
                slot.drop()

    def setup(self) -> Setup:
        """What a marker needs to know."""
        hidden = hidden_from(self.folder, self.book.folder, self.course_folder)
        return Setup(self.course_folder, self.book.seed, self.level.asked, hidden, self.seconds)

    # ------------------------------------------------------------------------------------------------- one submission
    def one(self, submission: Submission, before: Row | None, forced=False, reason="") -> tuple[Row, bool]:
        """The row of one submission, without its details, and whether it is new: what is in the gradebook, where nothing changed."""
        row, cells = self.opened(submission)
        if before and not forced and before.outcome != "fault" and not differences(before, row):
            return before, False
        if not row.diagnosis:
            self.mark(row, cells)
        if self.stopping:
            raise Stopped
        row.why = "" if before is None else reason or ", ".join(differences(before, row)) or RETRIED
        row.change = change(before, row)
        row.graded_at = datetime.now(UTC)
        with self.writing:
            self.book.keep(row)
        return replace(row, items=[], failed=[]), True

    def opened(self, submission: Submission) -> tuple[Row, list[str]]:
        """The row of one submission before it is marked, and its cells; what cannot be read has its diagnosis already."""
        exercise = self.exercises[submission.exercise]
        row = Row(submission.student, submission.exercise, 0, exercise.points, "unreadable", submitted_at=submission.when(),
                  key=self.key(submission.exercise), versions=versions())  # fmt: skip
        try:
            if submission.why:
                raise reader.Unreadable(submission.why)
            data = reader.contents(submission.path)
            row.submission_hash = hashlib.sha256(data).hexdigest()
            return row, reader.code_cells(data)
        except reader.Unreadable as error:
            row.diagnosis = str(error)
            return row, []

    def mark(self, row: Row, cells: list[str]) -> None:
        """Let a marker mark it; whatever fails in the grader is a fault, and costs neither the student nor the class."""
        slot = self.markers.get()
        try:
            if self.stopping:
                raise Stopped
            mark: Mark = slot.marker().mark(row.exercise, cells)
            row.points, row.outcome, row.diagnosis = mark.points, mark.outcome, mark.diagnosis
            row.mistakes, row.items, row.failed, row.seconds = mark.mistakes, mark.items, mark.failed, mark.seconds
        except Exception as error:
            slot.drop()
            row.points, row.outcome, row.diagnosis = None, "fault", f"{type(error).__name__}: {error}"[:400]
        finally:
            self.markers.put(slot)

    def key(self, exercise: str) -> dict:
        """All that a mark depends on besides the notebook: while both are the same, the mark is kept."""
        return {"the spec": sha256(self.specs[exercise]), "the grader": grader_version(),
                "the sandbox": self.level.name, "the time given": self.seconds}  # fmt: skip

    def keep_absent(self, before: dict) -> list[Row]:
        """The rows of what was not handed in; those that the gradebook does not hold yet are kept."""
        absent = [(student, name) for student in self.students for name in self.specs
                  if (student, name) not in self.handed_in.submissions]  # fmt: skip
        new = {who: self.missing(*who) for who in absent if who not in before}
        with self.writing:
            self.book.keep_all(list(new.values()))
        return [before.get(who) or new[who] for who in absent]

    def missing(self, student: str, exercise: str) -> Row:
        """The row of what was not handed in. It never takes the place of a grade: a folder may hold a part of the course only."""
        return Row(student, exercise, 0, self.exercises[exercise].points, "missing", graded_at=datetime.now(UTC))

    # --------------------------------------------------------------------------------------------------------- output
    def report(self, new: int, changed: list[Row], begin: float) -> Graded:
        """grades.csv and the pages, from the gradebook."""
        order = list(self.specs)
        grades = {(row.student, row.exercise): row for row in self.book.rows()}
        people = sorted({student for student, _ in grades}, key=self.name)
        absent = [self.missing(student, name) for student in people for name in order if (student, name) not in grades]
        grades |= {(row.student, row.exercise): row for row in self.book.with_manual(absent)}
        plain = [self.as_counted(grades[student, name]) for student in people for name in order]
        rows = [self.shown(row) for row in plain]
        changed = sorted(changed, key=lambda row: (self.name(row.student), order.index(row.exercise)))
        strangers = {self.name(student): paths for student, paths in self.handed_in.strangers.items()}
        notes = self.handed_in.notes
        if self.codes:  # files are called what students call them, and notes tell of who is no student
            strangers = {student: [f"{len(paths)} notebooks"] for student, paths in sorted(strangers.items())}
            notes = [f"{len(notes)} passed over; without --codes they are named"] if notes else []
        notes = notes + counting.notes(plain, self.course, self.handed_in.late, self.book.code if self.codes else None)
        graded = Graded(rows, self.level, strangers, new, time.monotonic() - begin,
                        [self.shown(self.as_counted(row)) for row in changed], notes, len(self.handed_in.left_out))  # fmt: skip
        counting.write_grades(self.book.folder / "grades.csv", rows, self.course)
        titles = {name: exercise.title for name, exercise in self.exercises.items()}
        pages.write_all(self.book.folder, graded, titles, functools.partial(self.details, people))
        return graded

    def details(self, people: list[str]) -> Iterator[tuple[str, list[Row]]]:
        """Student by student, the grades that count with all their parts."""
        for student in people:
            grades = {row.exercise: row for row in self.book.of_student(student)}
            absent = [self.missing(student, name) for name in self.specs if name not in grades]
            grades |= {row.exercise: row for row in self.book.with_manual(absent, student)}
            rows = [self.as_counted(grades[name]) for name in self.specs]
            yield self.name(student), [self.shown(row) for row in rows]

    def as_counted(self, row: Row) -> counting.Counted:
        """The row with what it counts in the course."""
        return counting.counted(row, self.course)

    def name(self, student: str) -> str:
        """What a student is called in all that is written."""
        return self.book.code(student) if self.codes else student

    def shown(self, row: counting.Counted) -> counting.Counted:
        """A row as it is written: without names where codes were asked for."""
        return self.mask.row(row) if self.codes else row

    @functools.cached_property
    def mask(self) -> masking.Mask:
        """Codes in place of the names of all whom the class or the gradebook knows."""
        named = {*self.students, *self.course.extensions, *self.course.submitted, *(row.student for row in self.book.rows())}
        return masking.Mask(self.book.code, sorted(named), [path.read_text(encoding="utf8") for path in self.specs.values()])


class Slot:
    """A place for a marker: made when it is first needed, and again after a fault."""

    def __init__(self, kind: Callable[[Setup], Marker | Worker], setup: Setup):
        self.kind, self.setup = kind, setup
        self.held: Marker | Worker | None = None

    def marker(self) -> Marker | Worker:
        """The marker; may raise what making one raises."""
        if self.held is None:
            self.held = self.kind(self.setup)
        return self.held

    def drop(self) -> None:
        """End it; the next one is made anew."""
        held, self.held = self.held, None
        if held is not None:
            held.close()


@contextlib.contextmanager
def alone(folder: Path):
    """Nobody else grades into this folder meanwhile: a lock that ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows, where nothing is graded: this makes the pages anew, after nnopt manual
        yield
        return

    with open(folder / ".lock", "w") as file:
        os.chmod(file.name, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AtWork(f"another nnopt grade is at work in {folder}; wait for it, or end it") from None
        yield
