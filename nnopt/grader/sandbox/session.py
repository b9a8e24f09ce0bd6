"""The grader's conversation with one submission: calls go in, validated arrays come back."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import NoReturn

import numpy as np

from ..exercise.problems import Objective
from . import wire
from .warm import Student, StudentDied, Warm
from .wire import FINE, MISSING, NO_NUMBERS, RAISED

MOST = wire.MAX_FRAME // 8  # numbers of an answer: where it is judged each takes eight bytes, though a truth value came as one
STAGES = 3  # a submission gets this many times the seconds of one function, in all, and the bytes of one process
PATIENCE = 10  # times all its seconds, by which deadlines are put off while others have the processor; then the machine is too busy


class Session:
    """Runs the cells of one submission in a student's process, and asks it.

    A process that hangs or dies in one function costs that function only: the next one is asked in a new process. A statement of a
    cell that hangs is left out in a new process. Cells that end the process cost everything.

    Parameters
    ----------
    warm : Warm
    cells : list of str
        Sources of the notebook's code cells.
    seconds : float
        Wall clock for the cells, and again for each function asked; it stands still while others have the processor.
    shown : collection of int
        Numbers of the cells that only show something: left out where nothing else needs them.
    """

    def __init__(self, warm: Warm, cells: list[str], seconds: float, shown: Collection[int] = ()):
        self.warm, self.cells, self.seconds, self.shown = warm, cells, seconds, shown
        self.until = time.monotonic() + STAGES * seconds
        self.failed: list[str] = []  # statements that raised or hung, as text
        self.hung: list[tuple[int, int]] = []  # statements that hung, by cell and line
        self.deaths: dict[str, StudentDied] = {}  # what hung or died, by the name of the function
        self.broken: StudentDied | None = None  # the cells themselves did
        self.process: Student | None = None
        self.left = STAGES * Student.ALLOWANCE  # bytes that all its processes may still send
        self.given = 0  # of these bytes to the process
        self.lent = 0.0  # seconds by which deadlines were put off, in the processes before this one
        self.asked: str | None = None  # the function whose clock runs

    def answer(self, calls) -> list[list[np.ndarray]]:
        """One answer for each call (the language of both stands in `nnopt.grader`)."""
        return [self.one(*call) for call in calls]

    def one(self, name, args, parts, stand_ins=None):
        which = args["name"] if name == "__value__" else wire.clocked(name, stand_ins, self.deaths)
        if self.broken or which in self.deaths:
            return raised(self.broken or self.deaths[which])
        try:
            if self.process is None:
                self.start()
            if which != self.asked:
                self.asked = which
                self.clock()
            return self.ask(name, args, parts, stand_ins)
        except StudentDied as death:
            death.__traceback__ = death.__context__ = None  # kept below: its frames would keep the grader, and what it unpacked
            self.gone()
            if self.asked is None:
                self.broken = death
            else:
                self.deaths[which] = death
            return raised(death)

    @property
    def student(self) -> Student:
        """The student's process; only while there is one."""
        assert self.process is not None
        return self.process

    def clock(self):
        self.student.give(min(self.seconds, self.rest()))

    def rest(self) -> float:
        """Seconds that are left of all its time."""
        return self.until + self.lent + self.student.lent - time.monotonic()

    def start(self):
        """A new process, in which the cells are run; where a statement hangs, another one without it."""
        while True:
            self.asked, place = None, None
            self.process = self.warm.student(self.seconds)
            self.process.most = PATIENCE * STAGES * self.seconds - self.lent
            self.given = self.process.left = min(self.process.left, self.left)
            self.clock()
            try:
                hung, shown = np.array(self.hung, np.int64).reshape(-1, 2), np.array(sorted(self.shown), np.int64)
                self.student.send(wire.CELLS, [hung, shown, *map(wire.text, self.cells)])
                while True:
                    kind, came = self.student.receive(wire.BEGIN, wire.READY)
                    if kind == wire.READY:
                        self.failed = [self.text(line) for line in came[:50]]
                        self.failed += [f"cell {cell}, line {line}: time ran out" for cell, line in self.hung]
                        return
                    place = self.place(came)
            except StudentDied as death:
                if death.why != "timeout" or place is None or place in self.hung or self.rest() < 0:
                    raise
                self.gone()
                self.hung.append(place)

    def gone(self):
        """The process has ended; what it sent, the next one may not send."""
        if self.process is not None:
            self.left -= self.given - self.process.left
            self.lent += self.process.lent
            self.process = None

    def place(self, came):
        """Cell and line of the statement that begins."""
        if len(came) != 1 or came[0].shape != (2,) or came[0].dtype != np.int64:
            self.rubbish("a statement that is nowhere")
        return tuple(came[0].tolist())

    def ask(self, name, args, parts, stand_ins):
        """One call: its objectives are answered here, point by point, and record what they were asked."""
        what, arrays, objectives = encode(name, args, parts, stand_ins)
        self.student.send(wire.CALL, [wire.text(json.dumps(what)), *arrays])
        while True:
            kind, came = self.student.receive(wire.ASK, wire.ANSWER)
            if kind == wire.ANSWER:
                given = sum(is_array(a) for a in args.values())
                answer = self.checked(came, parts, given, name == "__value__")
                return answer + [o.trace() for o in objectives] if int(answer[0]) == FINE else answer
            try:
                answer = reply(objectives, came)
            except TimeoutError as error:
                self.student.end()
                raise StudentDied("timeout", f"time ran out: {error}") from None
            self.student.send(*answer or self.rubbish("a question to no objective"))

    def checked(self, came, parts, given, is_text):
        """An answer has a status, and then what belongs to this status: text, or arrays."""
        if not came or came[0].shape != () or came[0].dtype != np.int64:
            self.rubbish("an answer without a status")
        status = int(came[0])
        if status == FINE and not is_text and len(came) == 1 + parts + given:
            if sum(a.size for a in came) > MOST:
                return [np.array(NO_NUMBERS), wire.text(f"returned too much: more than {MOST} numbers")]
            return came
        if status == MISSING and len(came) == 1:
            return came
        if status not in (RAISED, NO_NUMBERS, *([FINE] if is_text else [])) or len(came) != 2:
            self.rubbish("an answer of the wrong length")
        return [came[0], wire.text(self.text(came[1]))]

    def text(self, a) -> str:
        if a.dtype != np.uint8:
            self.rubbish("a text that is none")
        return wire.string(a)

    def rubbish(self, what) -> NoReturn:
        self.student.end()
        raise StudentDied("crashed", f"your code wrote into the grader's channel ({what})")

    def close(self):
        if self.process is not None:
            self.process.end()
            self.process = None


def raised(death) -> list:
    return [np.array(RAISED), wire.text(str(death))]


def is_array(a) -> bool:
    return isinstance(a, np.ndarray) or (isinstance(a, tuple) and a[0] == "strided")


def encode(name: str, args: dict, parts: int, stand_ins: dict | None):
    """A call as JSON and arrays, and the objectives among its arguments, each with an empty record."""
    marked: list[tuple] = []
    arrays: list[np.ndarray] = []
    objectives: list[Objective] = []

    def add(key, mark, value, to):
        marked.append((key, mark, len(to)))
        to.append(value)

    for key, a in args.items():
        if isinstance(a, Objective):
            add(key, "objective", a.fresh(), objectives)
        elif isinstance(a, tuple) and a[0] == "strided":
            add(key, "strided", a[1], arrays)
        elif isinstance(a, tuple) and a[0] == "seed":
            marked.append((key, "seed", int(a[1])))
        elif isinstance(a, np.ndarray):
            add(key, "F" if a.flags.f_contiguous and not a.flags.c_contiguous else "C", a, arrays)
        else:
            marked.append((key, "plain", a.item() if isinstance(a, np.generic) else a))
    return {"name": name, "args": marked, "parts": parts, "stand_ins": stand_ins}, arrays, objectives


def reply(objectives, came):
    """The answer to a question ``[number of the objective, points]``, as a frame; None when it is no such question."""
    if len(came) != 2 or came[0].shape != () or came[0].dtype != np.int64 or not 0 <= came[0] < len(objectives):
        return None
    try:
        with np.errstate(all="ignore"):
            return wire.VALUE, [objectives[int(came[0])](came[1])]
    except ValueError as error:
        return wire.REFUSED, [wire.text(str(error))]
