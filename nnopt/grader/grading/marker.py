"""Who marks a notebook: a warm sandbox and the keys of the exercises, in this process or in one of its own.

Judging takes as much of a processor as running the student's code, and one Python process uses one core: with several jobs, each is
a process (`Worker`) that holds its own sandbox and its own keys. It never touches the gradebook.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from ..exercise import course
from ..marking import feedback, marking, picture
from ..sandbox.session import PATIENCE, STAGES, Session
from ..sandbox.warm import GRADER, LAYERS, SandboxFault, Warm
from ..sandbox.wire import ALONE

SHOWN = "nbval-ignore-output"  # the tag of cells whose output is not compared: a figure, a training
SLACK = 60.0  # seconds that a worker may take beyond the time of the student's code: for keys, judging and the sandbox's own deadlines


@dataclass
class Setup:
    """All that marking depends on, but for the notebook."""

    course_folder: Path | None
    seed: int = field(repr=False)
    layers: tuple[str, ...] = LAYERS
    hidden: tuple[Path, ...] = ()  # what a student must not read
    seconds: float = 10.0


def hidden_from(submissions, out, course_folder) -> tuple[Path, ...]:
    """What a student's code must not read, should it lie inside Python's own folders: the class, the gradebook, the course, the sources."""
    submissions = Path(submissions).resolve()
    hidden = [submissions if submissions.is_dir() else submissions.parent, Path(out).resolve(), course.solutions(course_folder).resolve()]
    if (GRADER.parent.parent / "pyproject.toml").is_file():
        hidden.append(GRADER.parent.parent)
    return tuple(hidden)


@dataclass
class Mark:
    """What marking a notebook gave."""

    points: int
    outcome: str
    diagnosis: str
    mistakes: list[str]
    items: list[dict]
    failed: list[str]
    seconds: float = 0.0


class Marker:
    """Marks notebooks in this process, one at a time.

    The sandbox's warm process starts beside the keys being made: both take a second.
    """

    def __init__(self, setup: Setup):
        self.setup = setup
        self.warm: Warm | None = None

    def mark(self, name: str, cells: list[str]) -> Mark:
        """Ask the student's functions, judge what they answer; where the sandbox fails, once more in a new one.

        Raises
        ------
        SandboxFault
            When the new one fails, too.
        """
        begin = time.perf_counter()
        try:
            mark = self.once(name, cells)
        except SandboxFault:
            self.close()
            mark = self.once(name, cells)
        mark.seconds = time.perf_counter() - begin
        return mark

    def once(self, name: str, cells: list[str]) -> Mark:
        exercise = course.exercise(name, self.setup.course_folder)
        self.ready(exercise)
        assert self.warm is not None
        demonstrations = shown(course.specs(self.setup.course_folder)[name])
        display = [n for n, cell in enumerate(cells, 1) if cell.strip() in demonstrations]
        session = Session(self.warm, cells, self.setup.seconds, display)
        try:
            result = marking.grade_exercise(exercise, self.setup.seed, session.answer)
        finally:
            session.close()
        died = session.broken or next(iter(session.deaths.values()), None)
        outcome = died.why if died else result.outcome  # named even where other functions earned points
        mistakes = [f"{item.title}: {mistake}" for item in result.items for mistake in item.mistakes]
        parts = [part(item, session.deaths) for item in result.items]
        return Mark(result.points, outcome, diagnosis(result, session), mistakes, parts, session.failed)

    def ready(self, exercise) -> None:
        """A warm process, and the expected values: made once, then kept with the exercise."""
        s = self.setup
        with ThreadPoolExecutor(1) as beside:
            starting = None if self.warm else beside.submit(Warm, s.layers, s.hidden, seconds=STAGES * s.seconds)
            try:
                for item in exercise.items:
                    marking.key_of(item, s.seed)
            finally:
                if starting:
                    self.warm = starting.result()

    def close(self) -> None:
        """End the warm process."""
        if self.warm:
            self.warm.close()
            self.warm = None


class Worker:
    """A `Marker` in a process of its own, with the same methods."""

    def __init__(self, setup: Setup):
        ours, theirs = socket.socketpair()
        source = f"from {__name__} import serve; serve({theirs.fileno()})"
        with theirs:
            self.process = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            pass_fds=[theirs.fileno()], env=environment())  # fmt: skip
        self.pipe = Connection(ours.detach())
        self.seconds = (1 + PATIENCE) * STAGES * setup.seconds
        self.pipe.send(setup)

    def mark(self, name: str, cells: list[str]) -> Mark:
        """As `Marker.mark`. SandboxFault also when the process itself fails."""
        try:
            self.pipe.send((name, cells))
            if not self.pipe.poll(2 * (2 * self.seconds + SLACK)):
                raise SandboxFault("a worker process of the grader does not answer")
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise SandboxFault(f"a worker process of the grader ended ({self.process.poll() or type(error).__name__})") from None
        if isinstance(answer, Mark):
            return answer
        raise SandboxFault(answer)

    def close(self) -> None:
        """End the process: at once when it waits, else by a signal upon which it takes its sandbox along."""
        self.pipe.close()
        for end in (lambda: None, self.process.terminate, self.process.kill):
            end()
            try:
                self.process.wait(2)
                return
            except subprocess.TimeoutExpired:
                continue


def environment() -> dict[str, str]:
    """The worker finds nnopt where this process found it."""
    package = str(Path(__file__).resolve().parents[3])
    path = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def serve(fd: int) -> None:
    """The life of a worker: a setup, then notebooks until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process above, which then ends this one
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Connection(fd) as pipe:
        marker = Marker(pipe.recv())
        try:
            while True:
                name, cells = pipe.recv()
                try:
                    answer: Mark | str = marker.mark(name, cells)
                except Exception as error:  # a fault of the grader: it must cost neither the student nor the class
                    answer = f"{type(error).__name__}: {error}"
                pipe.send(answer)
        except (EOFError, OSError):
            pass
        finally:
            marker.close()


def part(item, deaths) -> dict:
    """What a page says of one part of an exercise: its heading apart, then the report without its own."""
    outcome = deaths[item.name].why if item.outcome == "crashed" and item.name in deaths else item.outcome
    _, _, report = item.text.partition("\n")
    try:
        drawn = picture.of(item)
        image = {"svg": drawn.svg, "alt": drawn.alt} if drawn else None
    except Exception:  # a run too wild to be drawn costs the picture, not the mark
        image = None
    return {"title": item.title, "outcome": outcome, "points": item.points, "max_points": item.max_points,
            "text": "\n".join(line.strip() for line in report.split("\n")), "mistakes": item.mistakes, "picture": image}  # fmt: skip


def diagnosis(result, session) -> str:
    """In one line: what ended the process, the mistakes by name, what was raised."""
    if session.broken:
        return f"the cells: {session.broken}"
    said = [f"{name}: {death}" for name, death in session.deaths.items() if not name.endswith(ALONE)]
    said += [result.diagnosis] if result.diagnosis else []
    notes = {item.name: feedback.note(item) for item in result.items if item.name not in session.deaths}
    causes: dict[str, list[str]] = {}  # a name that is missing everywhere is one cause
    for name, note in notes.items():
        if note:
            causes.setdefault(feedback.reason(note) or f"{name}: {note}", []).append(name)
    said += [f"{', '.join(names)}: {notes[names[0]]}" for names in causes.values()]
    for item in result.items:
        if item.outcome == "partial" and getattr(item.verdict, "written_to", ""):
            said.append(f"{item.name}: writes into {item.verdict.written_to}")
    return "; ".join(said)


@functools.cache
def shown(spec: Path) -> frozenset[str]:
    """The cells of an exercise that only show a figure or a run: while they stand as the course wrote them, grading need not."""
    path = Path(spec).with_suffix(".ipynb")
    cells = json.loads(path.read_text(encoding="utf8"))["cells"] if path.is_file() else []
    return frozenset("".join(cell["source"]).strip() for cell in cells if SHOWN in cell["metadata"].get("tags", []))


def sha256(path: Path) -> str:
    """The fingerprint of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
