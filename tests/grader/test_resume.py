"""`nnopt grade` killed with SIGKILL, again and again at moments drawn at random: the last run ends with the grades of an undisturbed one."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nnopt.grader.gradebook import gradebook
from nnopt.grader.gradebook.gradebook import Gradebook

COURSE = Path(__file__).parent / "attacked_course"
ROOT = Path(__file__).resolve().parents[2]
BODIES = ["return 2 * x", "return x", "return x + x", "raise ValueError('no')", "return 'two'", "raise SystemExit(3)"]


def hand_in(folder, count):
    for i in range(count):
        source = f"def double(x):\n    {BODIES[i % len(BODIES)]}\ndef triple(x):\n    return 3 * x  # {i}\nletter = 'b'\n"
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
        path = folder / f"student {i:02}" / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (folder / "student 07/attacks/double.ipynb").write_text("{")
    (folder / "who handed nothing in").mkdir()


def start(classroom, out, verb="grade"):
    command = [sys.executable, "-c", "from nnopt.cli import app; app()", verb, str(classroom), "--out", str(out),
               "--course", str(COURSE), "--no-sandbox", "--jobs", "2"]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
                            env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip


def finish(classroom, out, verb="grade"):
    process = start(classroom, out, verb)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return " ".join(said.split())


def dump(out):
    """All that must be the same: every table but that of the times, and grades.csv."""
    with Gradebook(out) as book, book.engine.connect() as connection:
        tables = [t for t in gradebook.tables.sorted_tables if t.name != "clock"]
        rows = {t.name: sorted(tuple(row) for row in connection.execute(gradebook.sa.select(t))) for t in tables}
    return rows | {"csv": (out / "grades.csv").read_bytes()}


def count(out):
    with Gradebook(out) as book:
        return len(book.rows())


@pytest.mark.timeout(600)
def test_killed_again_and_again_it_ends_with_the_same_grades(tmp_path):
    classroom, whole, out = tmp_path / "class", tmp_path / "whole", tmp_path / "killed"
    hand_in(classroom, 40)
    Gradebook(whole, seed=5).close()
    shutil.copytree(whole, out)
    begin = time.monotonic()
    assert "40 graded in this run" in finish(classroom, whole)
    duration = time.monotonic() - begin
    moments, after = random.Random(1), []
    for attempt in range(5):
        process = start(classroom, out)
        wait = duration * moments.uniform(0.3, 0.9)
        if attempt == 0:  # at least one kill in the midst of the grades, however fast or slow this machine is today
            until = time.monotonic() + 60
            while count(out) < 8 and process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
        else:
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                pass
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        after.append(count(out))
    assert 0 < after[0] < 41, "killed in the midst"
    assert after == sorted(after), "nothing that was kept is lost"
    said = finish(classroom, out)
    assert "40 graded in this run" not in said, "what was graded before the kill is not graded again"
    assert dump(out) == dump(whole)
    pages = {p.relative_to(out): p.read_bytes() for p in out.rglob("*.html")}
    assert pages == {p.relative_to(whole): p.read_bytes() for p in whole.rglob("*.html")}
    assert "0 graded in this run" in finish(classroom, out)
    assert dump(out) == dump(whole), "a run with nothing to do changes nothing"


def test_ctrl_c_is_one_sentence_and_the_same_command_goes_on(tmp_path):
    """And what counts in the progress is what was handed in: whoever handed in nothing is no work done."""
    classroom, out = tmp_path / "class", tmp_path / "out"
    hand_in(classroom, 30)
    Gradebook(out).close()
    process = start(classroom, out)
    until = time.monotonic() + 60
    while count(out) < 5 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.rstrip().endswith("nnopt: stopped; the same command goes on where it stopped") and "Traceback" not in said
    assert 5 <= count(out) < 31, "stopped in the midst"
    said = finish(classroom, out)
    assert "30/30" in said and "30 graded in this run" not in said


@pytest.mark.parametrize(("verb", "signals"), [
    pytest.param("grade", [signal.SIGTERM], marks=pytest.mark.slow), pytest.param("grade", [signal.SIGINT, signal.SIGINT], marks=pytest.mark.slow),
    ("regrade", [signal.SIGINT, signal.SIGTERM]),  # both signals, and what most is at stake in
])  # fmt: skip
def test_however_it_is_stopped_nothing_stays_behind_and_nothing_is_lost(tmp_path, verb, signals):
    classroom, whole, out = tmp_path / "class", tmp_path / "whole", tmp_path / "out"
    hand_in(classroom, 30)
    Gradebook(whole, seed=5).close()
    if verb == "grade":
        shutil.copytree(whole, out)
    finish(classroom, whole)
    if verb == "regrade":
        shutil.copytree(whole, out)
    psutil = pytest.importorskip("psutil") if not Path("/proc").is_dir() else None
    first = grades(out)
    process = start(classroom, out, verb)
    until = time.monotonic() + 60
    while grades(out) < first + 4 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    family = set(children(process.pid, psutil))  # its own: other graders may be at work on this machine
    assert len(family) >= 2, "two workers, and what they started"
    for number in signals:
        process.send_signal(number)
        time.sleep(0.05)
        family |= set(children(process.pid, psutil))
    said, _ = process.communicate(timeout=60)
    assert process.returncode in (130, *(-number for number in signals)), said
    assert "Traceback" not in said
    until = time.monotonic() + 20
    while any(map(alive, family)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in family if alive(pid)], "processes of the grader outlive it"
    finish(classroom, out, verb)
    assert (out / "grades.csv").read_bytes() == (whole / "grades.csv").read_bytes()


def grades(out):
    """How many grades were ever given."""
    with Gradebook(out) as book, book.engine.connect() as connection:
        return connection.execute(gradebook.sa.select(gradebook.sa.func.count()).select_from(gradebook.grade)).scalar()


@pytest.mark.slow  # test_grade.py has one that is stopped in its own process
@pytest.mark.timeout(600)
def test_a_regrade_killed_again_and_again_grades_nothing_twice(tmp_path):
    classroom, whole, out = tmp_path / "class", tmp_path / "whole", tmp_path / "killed"
    hand_in(classroom, 24)
    Gradebook(whole, seed=5).close()
    finish(classroom, whole)
    with Gradebook(whole) as book:  # as if an earlier version of the grader had been harder on these two
        for student in ("student 00", "student 23"):
            row = book.record(student, "attacks/double")
            row.points, row.outcome = 0, "wrong"
            book.keep(row)
    shutil.copytree(whole, out)
    first = grades(out)
    said = finish(classroom, whole, "regrade")
    assert "24 graded in this run" in said
    assert grades(whole) == first + 24
    for enough in (4, 10):
        process = start(classroom, out, "regrade")
        until = time.monotonic() + 60
        while grades(out) < first + enough and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert first + 10 <= grades(out) < first + 24, "killed in the midst"
    again = finish(classroom, out, "regrade")
    assert "24 graded in this run" not in again
    assert "were graded before this order was stopped" in again
    assert dump(out) == dump(whole), "each was graded again once"
    for student in ("student 00", "student 23"):
        assert f"changed: {student}, attacks/double: now" in said
        assert f"changed: {student}, attacks/double: now" in again, "who changed before the kill is told, too"
    assert "24 graded in this run" in finish(classroom, out, "regrade"), "done is done: the same command is a new order"


def test_workers_end_with_the_process_that_was_killed(tmp_path):
    psutil = pytest.importorskip("psutil") if not Path("/proc").is_dir() else None
    hand_in(tmp_path / "class", 30)
    process = start(tmp_path / "class", tmp_path / "out")
    until = time.monotonic() + 60
    while time.monotonic() < until and (not (tmp_path / "out").is_dir() or count(tmp_path / "out") < 5):
        time.sleep(0.02)
    family = children(process.pid, psutil)
    assert len(family) >= 2, "two workers, and what they started"
    process.kill()
    process.communicate(timeout=60)
    until = time.monotonic() + 60
    while time.monotonic() < until and any(map(alive, family)):
        time.sleep(0.05)
    assert not [pid for pid in family if alive(pid)]


def children(pid, psutil):
    """All processes below this one."""
    if psutil:
        return [p.pid for p in psutil.Process(pid).children(recursive=True)] if psutil.pid_exists(pid) else []
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        own = parents.get(todo.pop(), [])
        found += own
        todo += own
    return found


def alive(pid):
    """Is there such a process, that is no zombie?"""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
    except PermissionError:
        return True
