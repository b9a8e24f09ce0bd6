"""A class in which attacks stand between honest students: the honest ones get what they get alone, and nothing is left behind."""

import ctypes
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import missing
from grader import ordinary_user
from grader.test_attacks import ATTACKS, COURSE, SECONDS, USERS, expected, hand_in, open_folder

from nnopt.grader.grading.grade import Grader
from nnopt.grader.sandbox import session, warm
from nnopt.grader.sandbox.probes import prove

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

# One of each kind that could reach a neighbour: by processes, signals, files, memory segments, time, a flood, a forged answer,
# the circumstances of a process (twice: the second would find what the first one left).
BETWEEN = ("fork_bomb", "daemon", "signal_everyone", "many_files", "remember_across_submissions", "shared_memory", "keyrings",
           "endless_loop", "slow_drip", "result_flood", "forged_result", "patched_numpy", "background_threads",
           "kernel_objects", "own_circumstances", "own_circumstances")  # fmt: skip
SUBREAPER = 36


def children():
    """Living processes below this one, however they were orphaned: this one is their subreaper, and buries the dead."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(path.parent.name)] = int(parent)
            elif int(parent) == os.getpid():
                os.waitpid(int(path.parent.name), os.WNOHANG)
        except (OSError, ValueError):
            pass
    below, found = {os.getpid()}, set()
    while below:
        below = {pid for pid, parent in parents.items() if parent in below} - found
        found |= below
    return found


def fingerprint(folder):
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def rows_of(graded):
    return {row.student: (row.outcome, row.points, row.diagnosis) for row in graded.rows}


def observed(folder, names):
    """Grade attacks one after the other, in one warm process: what one leaves, the next one would meet. Returns what was seen."""
    scratch = folder / "tmp"
    scratch.mkdir()
    students = {"a first": "honest"}
    for number, name in enumerate(names):
        students |= {f"m{number:03} {name}": name, f"m{number:03} {name} then honest": "honest"}
    sources = {student: ATTACKS[name] for student, name in students.items()}
    facts = {"PID": os.getpid(), "STRAY": folder / "stray", "ROOT": "/", "COURSE": COURSE, "OUT": folder / "out", "HOME": Path.home(),
             "SUBMISSIONS": folder / "class"}  # fmt: skip
    hand_in(folder / "class", sources, facts)
    hand_in(folder / "alone", {"a first": ATTACKS["honest"]}, {})
    clocks, begun, libc = [], [], ctypes.CDLL(None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(scratch))
        give, begin = warm.Student.give, session.Session.__init__

        def giving(self, seconds):
            give(self, seconds)
            clocks.append((len(begun), seconds, self.deadline))

        def beginning(self, *args, **kwargs):
            begin(self, *args, **kwargs)
            begun.append(self.until)

        level = prove()
        if level.name == "none":
            return {"level": "none"}
        patch.setattr(warm.Student, "give", giving)
        patch.setattr(session.Session, "__init__", beginning)
        libc.prctl(SUBREAPER, 1, 0, 0, 0)
        try:
            before, prints = children(), fingerprint(folder / "class")
            result = rows_of(Grader(folder / "class", folder / "out", level, COURSE, SECONDS).run())
            for _ in range(50):  # a process that was killed needs a moment to die
                if not (after := children() - before):
                    break
                time.sleep(0.1)
        finally:
            libc.prctl(SUBREAPER, 0, 0, 0, 0)
        seen = list(clocks), list(begun)
        changed = fingerprint(folder / "class") != prints
        alone = rows_of(Grader(folder / "alone", folder / "out2", level, COURSE, SECONDS).run())
    segments = Path("/proc/sysvipc/shm")
    places = [Path(place, name) for place in ("/tmp", "/dev/shm", "/box") for name in (f"nnopt-seen-{os.getpid()}", "nnopt-inputs")]
    left = [str(path) for path in [*scratch.iterdir(), folder / "stray", *places] if os.path.lexists(path)]
    left += ["a memory segment"] if segments.exists() and "77" in [line.split()[0] for line in segments.read_text().splitlines()] else []
    return {"level": level.name, "rows": result, "alone": alone, "processes": after, "changed": changed, "left": left, "clocks": seen}


def holds(seen, names):
    """Nothing of an attack is met by the student graded next, or left behind, and none was given more time than its own."""
    if seen["level"] == "none":
        missing("this system grants no sandbox")
    assert seen["alone"] == {"a first": ("right", 4, "")}
    for number, name in enumerate(names):
        outcome, points, diagnosis = seen["rows"][f"m{number:03} {name}"]
        outcomes, asked = expected(ATTACKS[name])
        assert outcome in outcomes, (name, diagnosis)
        assert points == asked, (name, diagnosis)
        assert seen["rows"][f"m{number:03} {name} then honest"] == ("right", 4, ""), f"the student after {name}"
    assert seen["processes"] == set()
    assert seen["left"] == []
    assert not seen["changed"], "a submission was changed"
    clocks, until = seen["clocks"]  # by the clocks that the grader set, not by this machine's speed
    assert len(until) == 1 + 2 * len(names)
    assert {number for number, *_ in clocks} >= set(range(1, len(until) + 1))
    for number, seconds, deadline in clocks:
        assert seconds <= SECONDS
        lent = session.PATIENCE * session.STAGES * SECONDS  # at the most, where the machine had no processor for it
        assert number == 0 or deadline <= until[number - 1] + lent + SECONDS


def as_user(user, names):
    with open_folder() as folder:
        return ordinary_user.call(folder, observed, folder, names) if user == "an ordinary user" else observed(folder, names)


@pytest.mark.parametrize("user", USERS)
def test_attacks_change_nothing_for_others_and_leave_nothing(user):
    holds(as_user(user, BETWEEN), BETWEEN)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("user", USERS)
def test_no_attack_at_all_changes_anything_for_others(user):
    holds(as_user(user, tuple(ATTACKS)), tuple(ATTACKS))
