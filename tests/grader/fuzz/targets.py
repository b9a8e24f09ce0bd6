"""What reads bytes of strangers, one function a target: any exception that is not the documented one is a finding.

Each also asserts that what came through is what the next reader relies on. `check` holds every target under its cap of memory.
"""

import atexit
import functools
import html
import json
import os
import re
import shutil
import tempfile
import tracemalloc
import types
import unittest.mock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnopt.grader.exercise import course
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.grading import marker
from nnopt.grader.intake import filenames, inputs, reader
from nnopt.grader.marking import marking
from nnopt.grader.sandbox import play, wire
from nnopt.grader.sandbox.session import Session
from nnopt.grader.sandbox.warm import Student, StudentDied

CORPUS = Path(__file__).parent / "corpus"
SCRATCH = "NNOPT_FUZZ_SCRATCH"  # in the environment: where files of inputs lie
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SEED = 20  # of the keys that answers are judged with


class TooMuch(AssertionError):
    """An input cost more memory than its size allows."""


@dataclass(frozen=True)
class Target:
    """What is done with an input, and what that may cost.

    Attributes
    ----------
    run : callable
        ``run(data)``; whatever it raises is a finding.
    reaches : tuple of str
        The modules of nnopt.grader whose coverage is stated.
    base, ratio : int
        Peak memory is at most ``base + ratio * len(data)`` bytes.
    seconds : int
        An input that takes longer is a finding (of `make fuzz`; the tests assert no time).
    needs : str
        A library without which there is nothing to test.
    """

    run: Callable[[bytes], None]
    reaches: tuple[str, ...]
    base: int
    ratio: int
    seconds: int = 10
    needs: str = ""

    def cap(self, size: int) -> int:
        """Bytes that an input of this size may cost."""
        return self.base + self.ratio * size


def check(name: str, data: bytes) -> None:
    """Run one input through a target and hold it to the cap; what is loaded once, and kept, is not counted."""
    target = TARGETS[name]
    peak = peak_of(target.run, data)
    if peak > target.cap(len(data)):
        peak = peak_of(target.run, data)
    if peak > target.cap(len(data)):
        raise TooMuch(f"{len(data)} bytes of input cost {peak} bytes of memory, at most {target.cap(len(data))} are allowed")


def peak_of(run, data) -> int:
    """The most memory that was taken beyond what was taken before, in bytes: NumPy's arrays are counted, too."""
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        run(data)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if started:
            tracemalloc.stop()


def sentence(text: str) -> None:
    """What a student or an instructor reads: one line that prints."""
    printable(text)
    assert 0 < len(text) < 500, ascii(text)


def printable(text: str) -> None:
    """Nothing in it moves a cursor, hides a line or turns the direction of writing."""
    assert text.isprintable(), ascii(text)


@functools.cache
def exercises() -> dict:
    """The course that classes are sorted by."""
    return {name: course.exercise(name) for name in course.specs()}


@functools.cache
def scratch() -> Path:
    """A folder for what must be a file, on a disc of memory where there is one."""
    if given := os.environ.get(SCRATCH):  # libFuzzer ends a process without its last words: the one above removes the folder
        return Path(given)
    folder = tempfile.mkdtemp(prefix="nnopt-fuzz-", dir=MEMORY)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


# ------------------------------------------------------------------------------------------------------------ notebooks
def notebook(data: bytes) -> None:
    """A notebook: its cells, whose exercise it is, which cells only show something, and its way to the student's process."""
    path = scratch() / "notebook.ipynb"
    path.write_bytes(data)
    inputs.claims(inputs.Found(("work", "adam.ipynb"), path), exercises(), inputs.unique_functions(exercises()))
    try:
        cells = reader.read(path).cells
    except reader.Unreadable as error:
        sentence(str(error))
        return
    assert len(cells) <= reader.MAX_CELLS
    assert sum(map(len, cells)) <= reader.MAX_SOURCE
    assert all(type(cell) is str and cell.encode() is not None for cell in cells)  # no half of a surrogate pair
    assert all(name.isidentifier() or re.fullmatch(r"\w+", name) for name in inputs.names_in(cells))
    spec = course.specs()["gradient/adam"]
    display = [n for n, cell in enumerate(cells, 1) if cell.strip() in marker.shown(spec)]
    frame = wire.frame(wire.CELLS, [np.empty((0, 2), np.int64), np.array(display, np.int64), *map(wire.text, cells)])
    _, length = wire.head(frame[: wire.HEAD.size], (wire.CELLS,))
    _, shown, *came = wire.unpack(frame[wire.HEAD.size :])
    assert length == len(frame) - wire.HEAD.size
    assert shown.tolist() == display
    assert [wire.string(a, None) for a in came] == cells


GIVEN = "import numpy as np\n\n\ndef adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):\n    raise NotImplementedError\n"


def similarity(data: bytes) -> None:
    """Two students' code, apart by a NUL and NUL: compared, and shown with what they share."""
    from nnopt.grader.reports import similarity

    first, _, second = data.decode("utf-8", "replace").partition("\0\0")
    codes = {"ada": first, "ben": second, "cem": second + "\n" + first}
    for pair in similarity.of_exercise("gradient/adam", codes, GIVEN, 0.5):
        assert 0 < pair.share <= 1
        for student, text in zip(pair.students, pair.texts, strict=True):
            plain = html.unescape(re.sub("</?mark>", "", text))
            assert not re.search("[<>]", re.sub("</?mark>", "", text)), "markup of a student"
            assert plain == codes[student], "other code than was handed in"


# ------------------------------------------------------------------------------------------------------------- the wire
def frames(data: bytes) -> None:
    """Bytes as frames, one after the other."""
    place = 0
    while place + wire.HEAD.size <= len(data):
        try:
            _, length = wire.head(data[place : place + wire.HEAD.size], (wire.BEGIN, wire.READY, wire.ASK, wire.ANSWER))
            payload = data[place + wire.HEAD.size :][:length]
            if len(payload) < length:
                return  # `Student.read` would wait for the rest
            arrays = wire.unpack(payload)
        except wire.WireError as error:
            sentence(str(error))
            return
        whole(arrays, len(payload))
        again = wire.unpack(wire.pack(arrays))
        assert [a.tobytes() for a in again] == [a.tobytes() for a in arrays]
        for a in arrays:
            assert len(wire.string(a)) <= wire.MAX_TEXT
        place += wire.HEAD.size + length


def whole(arrays, size) -> None:
    """Arrays as `wire` promises them."""
    assert len(arrays) <= wire.MAX_ARRAYS
    assert sum(a.nbytes for a in arrays) <= size
    for a in arrays:
        assert type(a) is np.ndarray and a.dtype in wire.DTYPES and a.ndim <= wire.MAX_DIMS and a.flags.c_contiguous
        assert a.dtype != bool or np.all(a.view(np.uint8) <= 1)


SEPARATOR = b"\xf5next"  # between what one process of a student says and the next one; then a byte for how it ended
FATES = ("exit 0", "exit 1", "time 7", "signal 11", "", "memory 900")  # those that student code can come to


class Fed(Student):
    """A student's process that says what it is given, of which the last is its end."""

    def __init__(self, stage, said: bytes):
        os.ftruncate(stage.file, 0)
        os.pwrite(stage.file, said, 0)
        os.lseek(stage.file, 0, os.SEEK_SET)
        heard = os.open(scratch() / "requests", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)  # macOS polls no /dev/null
        super().__init__(stage, heard, os.dup(stage.file), 3600)
        self.end_of_file = len(said)

    def say(self, more: bytes) -> None:
        """Say more."""
        os.pwrite(self.warm.file, more, self.end_of_file)
        self.end_of_file += len(more)

    def send(self, kind, arrays):
        super().send(kind, arrays)
        self.warm.heard(self, kind, arrays)


class Stage:
    """In the place of a warm process: the students that it forks say what was written down for them."""

    taken = ("seccomp",)
    process = types.SimpleNamespace(pid=0)  # which never waits for a processor

    def __init__(self, data: bytes = b""):
        self.said = data.split(SEPARATOR)
        self.file = file_of_answers()
        self.lines, self.control, self.forked = b"", None, 0

    def student(self, seconds):
        number, self.forked = self.forked, self.forked + 1
        said = self.said[number] if number < len(self.said) else b""
        fate = FATES[said[0] % len(FATES)] if said else FATES[0]
        self.lines = json.dumps({"ended": fate}).encode() + b"\n"  # heard as soon as somebody asks
        return Fed(self, said[1:])

    def hear(self, deadline):
        return json.loads(self.lines)

    def heard(self, student, kind, arrays):
        """What the grader sent: nobody answers to it."""


@functools.cache
def file_of_answers() -> int:
    return os.open(scratch() / "answers", os.O_RDWR | os.O_CREAT)


CELLS = ["def f(x):\n    return x, x\n", "def g(fun, x):\n    return fun(x)\n", "q = 'a'\n"]
X = np.arange(6.0).reshape(2, 3)


def calls_of_all_kinds():
    """Every kind of call there is, in an order that crosses from a function to the next."""
    objective = Objective("quadratic", np.eye(3), np.ones(3), limit=50)
    gradient = Objective("quadratic_gradient", np.eye(3), np.ones(3), limit=50)
    return [("f", {"x": X, "n": 3}, 2), ("f", {"x": ("strided", X)}, 2), ("f", {"x": np.asfortranarray(X)}, 1),
            ("g", {"fun": objective, "x": X[0]}, 1), ("g", {"fun": objective, "grad": gradient, "rng": ("seed", 3)}, 2),
            ("__value__", {"name": "q"}, 1), ("h", {"x": np.float64(2)}, 1, {"f": "def f(x):\n    return x\n"})]  # fmt: skip


def conversation(data: bytes) -> None:
    """All that the grader hears while it asks one submission, from its first frame to the last, over all its processes."""
    stage = Stage(data)
    session = Session(stage, CELLS, 3600.0, [2])
    calls = calls_of_all_kinds()
    try:
        answers = session.answer(calls)
    finally:
        session.close()
    assert stage.forked <= len(stage.said) + len(calls) + 1
    for text in session.failed:
        assert len(text) <= wire.MAX_TEXT
        assert all(c.isprintable() or c == "\n" for c in text)
    for death in filter(None, [session.broken, *session.deaths.values()]):
        assert type(death) is StudentDied and death.why in ("timeout", "crashed")
        sentence(str(death))
    for call, answer in zip(calls, answers, strict=True):
        valid(call, answer)


def valid(call, answer) -> None:
    """An answer as the judge relies on it (its language stands in `nnopt.grader`)."""
    name, args, parts = call[:3]
    whole(answer, 1 << 40)
    assert answer[0].shape == ()
    status = int(answer[0])
    assert status in (wire.FINE, wire.RAISED, wire.MISSING, wire.NO_NUMBERS)
    if status == wire.FINE and name != "__value__":
        given = sum(isinstance(a, np.ndarray) or (isinstance(a, tuple) and a[0] == "strided") for a in args.values())
        objectives = [a for a in args.values() if isinstance(a, Objective)]
        assert len(answer) == 1 + parts + given + len(objectives)
        for objective, trace in zip(objectives, answer[1 + parts + given :], strict=True):
            assert trace.dtype == float and trace.ndim == 2 and trace.shape[1] == objective.dim and len(trace) <= objective.limit
    elif status != wire.MISSING:
        assert len(answer) == 2 and answer[1].dtype == np.uint8
        assert len(bytes(answer[1]).decode()) <= wire.MAX_TEXT


# -------------------------------------------------------------------------------------------------------------- marking
class Bytes:
    """An input taken apart from its beginning; after its end, zeros come."""

    def __init__(self, data: bytes):
        self.data, self.place = data, 0

    def take(self, size: int) -> bytes:
        piece = self.data[self.place : self.place + size]
        self.place += size
        return piece.ljust(size, b"\0")

    def byte(self, below: int = 256) -> int:
        return self.take(1)[0] % below

    @property
    def over(self) -> bool:
        return self.place >= len(self.data)


SPECIAL = (0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.5, 2.0**63, 1e-12, 256.0)
SHAPES = ((), (0,), (1,), (2,), (1, 1), (0, 3), (3, 0), (2, 3), (3, 2), (1, 2, 3), (1,) * 8, (1000,), (1, 1000), (1000, 1), (40, 40))


def edited(arrays: list, edits: Bytes) -> list:
    """An answer with one thing otherwise."""
    arrays = [np.asarray(a) for a in arrays]
    kind, which = edits.byte(9), edits.byte() % len(arrays)
    a = arrays[which]
    if kind == 0:
        return [np.int64(edits.byte(5)), wire.text(edits.take(edits.byte()).decode("latin-1"))]
    if kind == 1 and a.size:
        a = np.array(a, float)
        a.flat[edits.byte() % a.size] = SPECIAL[edits.byte(len(SPECIAL))]
    elif kind == 2:
        with np.errstate(all="ignore"):
            a = a.astype(wire.DTYPES[edits.byte(len(wire.DTYPES))])
    elif kind == 3:
        a = np.resize(a, SHAPES[edits.byte(len(SHAPES))])
    elif kind == 4:
        shape, dtype = SHAPES[edits.byte(len(SHAPES))], wire.DTYPES[edits.byte(len(wire.DTYPES))]
        a = np.frombuffer(np.resize(np.frombuffer(edits.take(8), np.uint8), int(np.prod(shape)) * dtype.itemsize).tobytes(), dtype)
        a = (a != 0 if dtype.kind == "b" else a).reshape(shape)
    elif kind == 5:
        a = a[..., ::-1] if a.ndim else a
    elif kind == 6:
        with np.errstate(all="ignore"):
            a = a * SPECIAL[edits.byte(len(SPECIAL))] + SPECIAL[edits.byte(len(SPECIAL))]
    elif kind == 7:
        a = a[None]
    else:
        return arrays[:which] + arrays[which + 1 :] if edits.byte(2) else [*arrays, a]
    return [*arrays[:which], a, *arrays[which + 1 :]]


@functools.cache
def items() -> list:
    """Every part of every exercise, with its exercise."""
    own = course.exercise("swarm", Path(__file__).parents[1] / "swarm_course")  # a part of it is judged by what it did
    return [(exercise, item) for exercise in [*exercises().values(), own] for item in exercise.items]


@functools.cache
def honest_answers(number) -> list:
    """What the reference answers to the calls of part `number`, as frames come: questions first."""
    exercise, item = items()[number]
    space = {f.name: f.reference for f in exercise.functions}
    space |= {item.name: item.right for item in exercise.items if item.kind == "question"}
    return [honest(space, *call) for call in marking.key_of(item, SEED).calls()]


class Answered:
    """An objective that keeps the questions as the student's process would send them."""

    def __init__(self, number, objective):
        self.number, self.objective, self.asked = number, objective.fresh(), []

    def __call__(self, x):
        value = self.objective(x)
        self.asked.append((wire.ASK, [np.int64(self.number), wire.number(x).copy()]))
        return value


def honest(space, name, args, parts, stand_ins=None) -> list:
    """What the reference sends when it is called so: frames, as (kind, arrays)."""
    objectives = [Answered(n, a) for n, a in enumerate(a for a in args.values() if isinstance(a, Objective))]
    rest = iter(objectives)
    given = {key: next(rest) if isinstance(a, Objective) else a for key, a in args.items()}
    answer = play.call(space, name, given, parts, stand_ins)
    return [question for o in objectives for question in o.asked] + [(wire.ANSWER, answer)]


class Play(Stage):
    """Students that answer as the reference does, but for the edits of some calls."""

    def __init__(self, answers: dict):
        super().__init__()
        self.answers, self.next = answers, 0
        self.fate = FATES[0]

    def student(self, seconds):
        self.lines = json.dumps({"ended": self.fate}).encode() + b"\n"
        return Fed(self, wire.frame(wire.READY, []))

    def heard(self, student, kind, arrays):
        if kind == wire.CALL:
            student.say(self.answers[self.next])
            self.next += 1


def marked(data: bytes) -> None:
    """A part of an exercise, answered as the reference does but for some edits: it is marked, reported and drawn, and never a fault."""
    edits = Bytes(data)
    number = edits.byte() % len(items())
    (exercise, item), answers = items()[number], honest_answers(number)
    stage = Play(list(map(packed, answers)))
    stage.fate = FATES[edits.byte(len(FATES))]
    for _ in range(8):
        if edits.over:
            break
        every, which = edits.byte(2), edits.byte() % len(answers)
        begin, last = edits.place, edits.byte()
        for n in range(len(answers)) if every else [which]:
            edits.place = begin + 1
            stage.answers[n] = changed(answers[n], last, edits)
    session = Session(stage, CELLS, 3600.0)
    try:
        result = marking.grade_exercise(exercise, SEED, session.answer, [item])
    finally:
        session.close()
    (got,) = result.items
    assert 0 <= got.points <= got.max_points
    assert got.outcome in ("right", "partial", "wrong", "unfinished", "crashed")
    assert stage.answers != list(map(packed, answers)) or got.outcome == "right"
    text = json.dumps([marker.part(got, {}), marker.diagnosis(result, session), got.mistakes, session.failed], allow_nan=False)
    text.encode()


def changed(frames: list, kind: int, edits: Bytes) -> bytes:
    """What a call is answered with, after an edit of one frame: mostly the last, which is the answer."""
    which = len(frames) - 1 if kind % 4 else edits.byte() % len(frames)
    if kind % 4 == 1 and edits.byte(8) == 0:
        return packed(frames)[: -1 - edits.byte()]  # it dies on the way
    if kind % 4 == 2 and edits.byte(4) == 0:
        which = edits.byte() % len(frames)
        return packed(frames[:which] + frames[which + edits.byte(2) + 1 :])
    return packed([*frames[:which], (frames[which][0], edited(frames[which][1], edits)), *frames[which + 1 :]])


def packed(frames) -> bytes:
    return b"".join(wire.frame(*frame) for frame in frames)


# ------------------------------------------------------------------------------------------------------------- archives
GOOD = json.dumps({"cells": [{"cell_type": "code", "source": "def adam_step(): pass\ndef adam_run(): pass\ndef bias(): pass"}],
                   "nbformat": 4}).encode()  # fmt: skip
DISC = 64  # bytes on disc for one of an archive, beyond 96 MB: above what `archives.Limits.of_one` allows


def archive(data: bytes) -> None:
    """A zip as a class, and as what one student of a class handed in: the neighbour's notebook counts as ever."""
    folder = scratch() / "class"
    shutil.rmtree(folder, ignore_errors=True)
    for student in ("ada", "zoe"):
        (folder / student).mkdir(parents=True)
    (folder / "ada" / "work.zip").write_bytes(data)
    (folder / "zoe" / "adam.ipynb").write_bytes(GOOD)
    sorted_out(folder / "ada" / "work.zip", len(data))
    got = sorted_out(folder, len(data))
    assert got is not None
    assert got.students == ["ada", "zoe"]
    assert got.find("zoe", "gradient/adam").path == folder / "zoe" / "adam.ipynb"


def sorted_out(source: Path, size: int):
    """A class, all it promises looked at while it is open; None where it is refused."""
    with unittest.mock.patch.object(tempfile, "tempdir", str(scratch())):  # where `inputs.opened` unpacks
        return looked_at(source, size)


def looked_at(source: Path, size: int):
    try:
        with inputs.opened(source, exercises()) as got:
            out = list(scratch().glob("nnopt-class-*"))
            inside = [Path(root, name) for folder in out for root, _, names in os.walk(folder) for name in names]
            assert sum(path.lstat().st_size for path in inside) <= (96 << 20) + DISC * size
            assert not any(path.is_symlink() for path in inside)
            for student in got.students:
                printable(re.sub("[\u200c\u200d]", "", student))
                assert student[0] not in "=+-@. " and not set(student) & set("/\\\0\n=:*?<>|")
                page = filenames.safe(student)
                assert page[:1].isalnum() or page[:1] == "_"
                assert len(page.encode()) <= 200 and not set(page) & set("/\\\0\n=:*?<>|\"’")
            for submission in got.submissions.values():
                submission.when()
                assert submission.path in inside or submission.path.is_relative_to(source) or submission.why
                if submission.why:
                    sentence(submission.why)
            for note in got.notes:
                printable(note)
            json.dumps(got.strangers).encode()
        assert not any(map(os.path.exists, out)), "what was unpacked is still there"
        return got
    except inputs.BadSubmissions as error:
        printable(str(error))
        return None


KB, MB = 1 << 10, 1 << 20
TARGETS = {  # the caps of memory stand here and nowhere else
    "notebook": Target(notebook, ("reader", "inputs"), base=1 * MB, ratio=64),
    "similarity": Target(similarity, ("similarity",), base=4 * MB, ratio=2000, needs="copydetect"),
    "frames": Target(frames, ("wire",), base=256 * KB, ratio=128),
    "conversation": Target(conversation, ("session", "wire", "sandbox.warm"), base=2 * MB, ratio=128),
    "marking": Target(marked, ("session", "marking", "judge", "behaviour", "evidence", "notice", "report", "picture"), base=32 * MB, ratio=64),
    "archive": Target(archive, ("archives", "filenames", "inputs", "layouts", "trees"), base=2 * MB, ratio=128),
}
