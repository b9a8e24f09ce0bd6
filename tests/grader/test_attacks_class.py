"""A class in which attacks stand between honest students: the honest ones get what they get alone, and nothing is left behind."""

import ctypes
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

import pytest
from grader.test_attacks import ATTACKS, COURSE, SECONDS, expected, hand_in

from nnopt.grader import session
from nnopt.grader.grade import Grader
from nnopt.grader.sandbox import warm
from nnopt.grader.sandbox.probes import prove

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

# One of each kind that could reach a neighbour: by processes, signals, files, memory segments, time, a flood, a forged answer.
BETWEEN = ("fork_bomb", "daemon", "signal_everyone", "many_files", "remember_across_submissions", "shared_memory", "keyrings",
           "endless_loop", "slow_drip", "result_flood", "forged_result", "patched_numpy", "background_threads")  # fmt: skip
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


@pytest.fixture(scope="module")
def class_with_attacks(tmp_path_factory):
    """Graded one after the other, in one warm process: what one leaves, the next one would meet."""
    folder = tmp_path_factory.mktemp("class")
    for above in (folder, *folder.parents[:2]):
        os.chmod(above, 0o755)
    scratch = folder / "tmp"
    scratch.mkdir()
    names = {"a first": "honest", **{f"m {name}": name for name in BETWEEN}, "z last": "honest"}
    hand_in(folder / "class", {student: ATTACKS[name] for student, name in names.items()}, {"PID": os.getpid(), "STRAY": folder / "stray"})
    hand_in(folder / "alone", {"a first": ATTACKS["honest"]}, {})
    deadlines, begun = [], []
    libc = ctypes.CDLL(None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(scratch))
        give, begin = warm.Student.give, session.Session.__init__

        def giving(self, seconds):
            give(self, seconds)
            deadlines.append((len(begun), seconds, self.deadline))

        def beginning(self, *args, **kwargs):
            begin(self, *args, **kwargs)
            begun.append(self.until)

        level = prove()
        if level.name == "none":
            pytest.skip("this system grants no sandbox")
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
        clocks = list(deadlines), list(begun)
        alone = rows_of(Grader(folder / "alone", folder / "out2", level, COURSE, SECONDS).run())
    return folder, result, alone, after, prints, clocks


def test_the_honest_get_what_they_get_alone(class_with_attacks):
    _, result, alone, *_ = class_with_attacks
    assert alone == {"a first": ("right", 4, "")}
    assert result["a first"] == result["z last"] == alone["a first"]


@pytest.mark.parametrize("name", BETWEEN)
def test_an_attack_gets_what_it_gets_among_attacks(class_with_attacks, name):
    outcome, points, diagnosis = class_with_attacks[1][f"m {name}"]
    outcomes, asked = expected(ATTACKS[name])
    assert outcome in outcomes and points == asked, diagnosis


def test_no_process_is_left(class_with_attacks):
    assert class_with_attacks[3] == set()


def test_no_file_is_left_or_changed(class_with_attacks):
    folder, _, _, _, prints, _ = class_with_attacks
    assert list((folder / "tmp").iterdir()) == []
    assert not (folder / "stray").exists()
    assert fingerprint(folder / "class") == prints
    strays = [Path(place, name) for place in ("/tmp", "/dev/shm", "/box") for name in ("nnopt-seen", "nnopt-inputs", "seen")]
    assert [path for path in strays if path.exists()] == []
    segments = Path("/proc/sysvipc/shm")
    assert not segments.exists() or "77" not in [line.split()[0] for line in segments.read_text().splitlines()]


def test_no_attack_gets_more_time_than_its_own_limit(class_with_attacks):
    """By the clocks that the grader set, not by this machine's speed: none is longer, or later, than a submission's own."""
    deadlines, until = class_with_attacks[-1]
    assert len(until) == len(BETWEEN) + 2
    assert {number for number, *_ in deadlines} >= set(range(1, len(until) + 1))
    for number, seconds, deadline in deadlines:
        assert seconds <= SECONDS
        assert number == 0 or deadline <= until[number - 1] + SECONDS
