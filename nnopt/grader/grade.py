"""`nnopt grade`: a class in, marks and reports out."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import course, marking, pages, picture, reader, submissions
from .gradebook import Gradebook, Row
from .sandbox.probes import Level
from .sandbox.warm import GRADER, SandboxFault, Warm
from .session import STAGES, Session
from .submissions import Submission

SHOWN = "nbval-ignore-output"  # the tag of cells whose output is not compared: a figure, a training
drawing = threading.Lock()  # matplotlib draws one picture at a time


@dataclass
class Graded:
    """The marks of a class, and how they came about."""

    rows: list[Row]
    level: Level
    strangers: dict[str, list[str]]  # notebooks that belong to no exercise, by student
    new: int  # how many submissions were graded in this run
    seconds: float

    @property
    def faults(self) -> list[Row]:
        return [row for row in self.rows if row.outcome == "fault"]

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.change]


class Grader:
    """Grades the submissions of a class, several at a time.

    Parameters
    ----------
    folder : path
        SUBMISSIONS/<student>/<section>/<name>.ipynb.
    out : path
        The gradebook; made, or gone on with.
    level : Level
        What the sandbox was proved to hold (`sandbox.probes.prove`).
    course_folder : path, optional
        A course of one's own; nnopt's by default.
    seconds : float
        Wall clock for the cells of a submission, and for each of its functions.
    jobs : int
        How many submissions are graded at a time.

    Raises
    ------
    ValueError
        When one of the folders is not what it must be; nothing is written then.
    """

    def __init__(self, folder, out, level: Level, course_folder=None, seconds=10.0, jobs=1):
        self.folder, self.level, self.seconds, self.jobs = Path(folder), level, seconds, jobs
        self.students = submissions.students(folder)
        self.specs = course.specs(course_folder)
        if not self.specs:
            raise ValueError(f"the course has no exercises: {course.solutions(course_folder)} holds no <section>/<name>.py")
        self.exercises = {name: course.exercise(name, course_folder) for name in self.specs}
        hidden = [self.folder.resolve(), Path(out).resolve(), course.solutions(course_folder).resolve()]
        self.hidden = [*hidden, GRADER.parent.parent] if (GRADER.parent.parent / "pyproject.toml").is_file() else hidden
        self.book = Gradebook(out)
        self.local, self.making_keys = threading.local(), threading.Lock()
        self.places = iter(range(10_000))

    def run(self, progress: Callable[[Row], None] = lambda row: None) -> Graded:
        """Grade what is new or changed, and write grades.csv and all pages. `progress` is called with each row as it is done."""
        begin = time.monotonic()
        rows: list[Row] = []
        todo: list[Submission] = []
        for student in self.students:
            for name in self.specs:
                handed_in = submissions.find(self.folder, student, name)
                if handed_in is None:
                    rows.append(Row(student, name, 0, self.exercises[name].points, "missing"))
                else:
                    todo.append(handed_in)
        for row in rows:
            progress(row)
        new = 0
        with ExitStack() as self.warm_processes, ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(self.one, submission) for submission in todo]
            try:
                for future in as_completed(futures):
                    row, was_new = future.result()
                    new += was_new
                    rows.append(row)
                    progress(row)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        rows.sort(key=lambda row: (row.student, list(self.specs).index(row.exercise)))
        strangers = {s: others for s in self.students if (others := submissions.strangers(self.folder, s, self.specs))}
        graded = Graded(rows, self.level, strangers, new, time.monotonic() - begin)
        self.book.write_grades(rows)
        pages.write_all(self.book.folder, graded, {name: exercise.title for name, exercise in self.exercises.items()})
        return graded

    # ------------------------------------------------------------------------------------------------- one submission
    def one(self, submission: Submission) -> tuple[Row, bool]:
        """The row of one submission, from the gradebook where nothing changed; and whether it is new."""
        exercise = self.exercises[submission.exercise]
        empty = Row(submission.student, submission.exercise, 0, exercise.points, "unreadable")
        try:
            if submission.why:
                raise reader.Unreadable(submission.why)
            notebook = reader.read(submission.path)
        except reader.Unreadable as error:
            empty.diagnosis = str(error)
            return empty, False
        key = self.key(submission, notebook)
        before = self.book.record(submission.student, submission.exercise)
        if before and before.key == key and before.outcome != "fault":
            return before, False
        try:
            row = self.again_on_fault(submission, notebook.cells)
        except Exception as error:  # the grader's own doing, whatever it is: it must cost neither the student nor the class
            row = empty
            row.points, row.outcome = None, "fault"
            row.diagnosis = f"{type(error).__name__}: {error}"[:400]
        row.key = key
        row.change = change(before, row)
        self.book.keep(row)
        return row, True

    def key(self, submission, notebook) -> dict:
        """All that a mark depends on: while it is the same, the mark is kept."""
        return {"the notebook": notebook.sha256, "the spec": sha256(self.specs[submission.exercise]), "the grader": grader_version(),
                "the sandbox": self.level.name, "the time given": self.seconds}  # fmt: skip

    def again_on_fault(self, submission, cells) -> Row:
        """Mark a submission; where the sandbox fails, once more with a new one."""
        try:
            return self.mark(submission, cells)
        except SandboxFault:
            self.local.warm = None
            return self.mark(submission, cells)

    def warm(self) -> Warm:
        """The warm process of this thread."""
        if getattr(self.local, "warm", None) is None:
            seconds = STAGES * self.seconds
            self.local.warm = Warm(self.level.asked, self.hidden, seconds=seconds, place=next(self.places) % 500)
            self.warm_processes.callback(self.local.warm.close)
        return self.local.warm

    def mark(self, submission, cells) -> Row:
        """Ask the student's process, judge what it answers."""
        exercise = self.exercises[submission.exercise]
        with self.making_keys:  # the expected values, made once and then kept with the exercise
            for item in exercise.items:
                marking.key_of(item, self.book.seed)
        demonstrations = shown(self.specs[submission.exercise])
        session = Session(self.warm(), cells, self.seconds, [n for n, cell in enumerate(cells, 1) if cell.strip() in demonstrations])
        try:
            result = marking.grade_exercise(exercise, self.book.seed, session.answer)
        finally:
            session.close()
        died = session.broken or next(iter(session.deaths.values()), None)
        outcome = died.why if died else result.outcome  # named even where other functions earned points
        return Row(submission.student, submission.exercise, result.points, result.max_points, outcome, diagnosis(result, session),
                   [part(item) for item in result.items], session.failed)  # fmt: skip


def part(item) -> dict:
    """What a page says of one part of an exercise: its heading apart, then the report without its own."""
    _, _, report = item.text.partition("\n")
    with drawing:
        try:
            drawn = picture.of(item)
        except Exception:  # a run too wild to be drawn costs the picture, not the mark
            drawn = None
    image = {"png": base64.b64encode(drawn.png).decode(), "alt": drawn.alt} if drawn else None
    return {"title": item.title, "outcome": item.outcome, "points": item.points, "max_points": item.max_points,
            "text": "\n".join(line.strip() for line in report.split("\n")), "mistakes": item.mistakes, "picture": image}  # fmt: skip


def diagnosis(result, session) -> str:
    """In one line: what ended the process, the mistakes by name, what was raised."""
    if session.broken:
        return f"the cells: {session.broken}"
    said = [f"{name}: {death}" for name, death in session.deaths.items()]
    said += [result.diagnosis] if result.diagnosis else []
    for item in result.items:
        if item.outcome == "crashed" and item.name not in session.deaths and getattr(item.verdict, "note", ""):
            said.append(f"{item.name}: {item.verdict.note}")
        if item.outcome == "partial" and getattr(item.verdict, "written_to", ""):
            said.append(f"{item.name}: writes into {item.verdict.written_to}")
    return "; ".join(said)


def change(before: Row | None, row: Row) -> str:
    """What is different from the run before, and why: empty when it is the first, or the mark is the same."""
    if before is None or (before.points, before.outcome) == (row.points, row.outcome):
        return ""
    why = [name for name in row.key if before.key.get(name) != row.key[name]]
    was = "none" if before.points is None else before.points
    return f"{was} points ({before.outcome}) before; changed: {', '.join(why) or 'nothing, the fault was tried again'}"


@functools.cache
def shown(spec: Path) -> frozenset[str]:
    """The cells of an exercise that only show a figure or a run: while they stand as the course wrote them, grading need not."""
    path = Path(spec).with_suffix(".ipynb")
    cells = json.loads(path.read_text(encoding="utf8"))["cells"] if path.is_file() else []
    return frozenset("".join(cell["source"]).strip() for cell in cells if SHOWN in cell["metadata"].get("tags", []))


@functools.cache
def grader_version() -> str:
    """A fingerprint of the grader's own sources."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(GRADER.rglob("*.py")))).hexdigest()


def sha256(path: Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
