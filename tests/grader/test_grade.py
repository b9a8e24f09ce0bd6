"""`nnopt grade`: rows for all, faults apart, nothing half-written, gone on with where it stopped."""

import csv
import errno
import functools
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader import files, tables
from nnopt.grader.exercise import course
from nnopt.grader.gradebook import database
from nnopt.grader.gradebook.database import BadGradebook
from nnopt.grader.gradebook.gradebook import COLUMNS, Gradebook
from nnopt.grader.grading import fingerprint, grade, marker
from nnopt.grader.grading.grade import Grader
from nnopt.grader.grading.marker import Marker
from nnopt.grader.intake import inputs
from nnopt.grader.marking import marking
from nnopt.grader.sandbox import wire
from nnopt.grader.sandbox.probes import Level, prove
from nnopt.grader.sandbox.session import is_array
from nnopt.grader.sandbox.warm import SandboxFault, Warm

COURSE = Path(__file__).parent / "attacked_course"
RIGHT = "def double(x):\n    return 2 * x\ndef triple(x):\n    return 3 * x\nletter = 'b'\n"
WRONG = RIGHT.replace("2 * x", "x")


@pytest.fixture(scope="module")
def level():
    """The best this system has; without a sandbox the grader itself is the same."""
    best = prove()
    return best if best.name != "none" else prove(())


@pytest.fixture(autouse=True)
def quick_start(monkeypatch):
    """Nothing here plots: a warm process without matplotlib starts in a third of the time."""
    monkeypatch.setattr(marker, "Warm", functools.partial(Warm, preload=("numpy",)))


def hand_in(folder, **sources):
    for student, source in sources.items():
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
        path = folder / student / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def classroom(tmp_path):
    folder = tmp_path / "class"
    hand_in(folder, ann=RIGHT, bob=WRONG)
    (folder / "eve").mkdir()
    return folder


def table(out):
    with open(out / "grades.csv", newline="", encoding="utf8") as file:
        return list(csv.DictReader(file))


def test_every_student_has_a_row(classroom, tmp_path, level):
    graded = Grader(classroom, tmp_path / "out", level, COURSE, jobs=2).run()
    rows = table(tmp_path / "out")
    assert tuple(rows[0]) == COLUMNS
    assert [(r["student"], r["points"], r["max_points"], r["outcome"], r["diagnosis"]) for r in rows] == [
        ("ann", "4", "4", "right", ""), ("bob", "2", "4", "partial", "double: as it was"), ("eve", "0", "4", "missing", "")]  # fmt: skip
    assert graded.new == 2
    for page in ("index.html", "students/ann.html", "students/bob.html", "students/eve.html"):
        html = (tmp_path / "out" / page).read_text()
        assert "Graded " in html, "each page says in which sandbox it was graded"
        assert not re.search(r"(src|href)=\"(?!data:|[\w/.%-]+\")", html), "nothing is fetched from elsewhere"


def test_the_second_run_grades_what_is_new_only(classroom, tmp_path, level):
    out = tmp_path / "out"
    assert Grader(classroom, out, level, COURSE).run().new == 2
    seed = Gradebook(out).seed
    assert Grader(classroom, out, level, COURSE).run().new == 0
    hand_in(classroom, bob=RIGHT)
    graded = Grader(classroom, out, level, COURSE).run()
    assert Gradebook(out).seed == seed, "the seed is drawn once"
    assert graded.new == 1
    (changed,) = graded.changed
    assert (changed.student, changed.points) == ("bob", 4)
    assert changed.change == "2 points (partial) before; changed: the notebook"
    assert "2 points (partial) before" in (out / "index.html").read_text()


def test_a_run_that_was_stopped_goes_on(classroom, tmp_path, level):
    out = tmp_path / "out"

    def stop(row):
        if row.student == "ann":
            raise KeyboardInterrupt

    hand_in(classroom, **{f"s{i}": RIGHT for i in range(5)})
    with pytest.raises(KeyboardInterrupt):
        Grader(classroom, out, level, COURSE, jobs=2).run(stop)
    assert not (out / "grades.csv").exists(), "no half of a table"
    with Gradebook(out) as book:
        assert "fault" not in {row.outcome for row in book.rows()}, "what was dropped is no fault"
    assert Grader(classroom, out, level, COURSE).run().new <= 6
    assert len(table(out)) == 8


def test_a_fault_is_the_graders_and_is_tried_again(classroom, tmp_path, level, monkeypatch):
    out = tmp_path / "out"
    real = marking.grade_exercise

    def broken(exercise, seed, answer):
        if hand.student == "bob":
            raise ZeroDivisionError("the grader's own doing")
        return real(exercise, seed, answer)

    mark = Grader.mark

    def remember(self, row, cells):
        hand.student = row.student
        return mark(self, row, cells)

    hand = threading.local()
    monkeypatch.setattr(marking, "grade_exercise", broken)
    monkeypatch.setattr(Grader, "mark", remember)
    graded = Grader(classroom, out, level, COURSE).run()
    (fault,) = graded.faults
    assert fault.student == "bob"
    row = next(r for r in table(out) if r["student"] == "bob")
    assert (row["points"], row["outcome"]) == ("", "fault")
    html = (out / "index.html").read_text()
    assert html.index("the grader failed") < html.index(">ann<"), "faults are shown first"
    assert "not your code" in (out / "students" / "bob.html").read_text()
    monkeypatch.setattr(marking, "grade_exercise", real)
    graded = Grader(classroom, out, level, COURSE).run()
    assert (graded.new, graded.faults) == (1, [])
    assert next(r for r in table(out) if r["student"] == "bob")["points"] == "2"


def test_a_warm_process_that_dies_is_replaced(classroom, tmp_path, level, monkeypatch):
    grader = Grader(classroom, tmp_path / "out", level, COURSE)
    ready, died = Marker.ready, []

    def unlucky(self, exercise):
        ready(self, exercise)
        if not died:
            died.append(self.warm)
            died[0].process.kill()
            died[0].process.wait()

    monkeypatch.setattr(Marker, "ready", unlucky)
    graded = grader.run()
    assert died
    assert [row.outcome for row in graded.rows] == ["right", "partial", "missing"]


def test_a_sandbox_that_never_starts_is_a_fault(classroom, tmp_path, level, monkeypatch):
    def never(*args, **kwargs):
        raise SandboxFault("no sandbox today")

    monkeypatch.setattr(marker, "Warm", never)
    graded = Grader(classroom, tmp_path / "out", level, COURSE).run()
    assert [row.outcome for row in graded.rows] == ["fault", "fault", "missing"]
    assert graded.rows[0].points is None


def test_what_cannot_be_read_costs_its_own_row(classroom, tmp_path, level):
    hand_in(classroom, fay=RIGHT, gus=RIGHT, hal=RIGHT)
    (classroom / "fay/attacks/double.ipynb").write_text("{")
    notebook = classroom / "gus/attacks/double.ipynb"
    notebook.rename(tmp_path / "elsewhere.ipynb")
    notebook.symlink_to(tmp_path / "elsewhere.ipynb")
    shutil.rmtree(classroom / "hal")
    (classroom / "hal").symlink_to(classroom / "ann")
    (classroom / "ivy/attacks/double.ipynb").mkdir(parents=True)
    Grader(classroom, tmp_path / "out", level, COURSE).run()
    outcomes = {r["student"]: (r["outcome"], r["diagnosis"]) for r in table(tmp_path / "out")}
    assert [outcomes[s][0] for s in ("fay", "gus", "hal", "ivy")] == ["unreadable"] * 3 + ["missing"]
    assert "link" in outcomes["gus"][1]
    assert "link" in outcomes["hal"][1]
    assert outcomes["ann"][0] == "right"


def test_notebooks_of_no_exercise_are_named(classroom, tmp_path, level):
    (classroom / "ann/attacks/copy of double.ipynb").write_text("{}")
    graded = Grader(classroom, tmp_path / "out", level, COURSE).run()
    assert graded.strangers == {"ann": ["attacks/copy of double.ipynb"]}
    assert "copy of double" in (tmp_path / "out/index.html").read_text()


def test_garbage_answers_are_judged_and_are_no_fault():
    """Whatever arrays come back, the comparator gives points or none; it never fails."""
    rng = np.random.default_rng(0)
    shapes = [(), (0,), (1,), (5,), (3, 4), (1, 1, 1), (0, 7), (2,) * 8]

    def garbage(call):
        status = int(rng.integers(4))
        if status == wire.MISSING:
            return [np.int64(2)]
        if status in (wire.RAISED, wire.NO_NUMBERS):
            return [np.int64(status), rng.integers(0, 256, int(rng.integers(30)), np.uint8)]
        if call[0] == "__value__":
            return [np.int64(0), rng.integers(0, 256, int(rng.integers(3)), np.uint8)]
        count = call[2] + sum(map(is_array, call[1].values()))
        dtypes = [np.float64, np.float32, np.int64, np.bool_, np.uint8]
        values = [np.nan, np.inf, -np.inf, 1e308, 0.0, -1.0]
        with np.errstate(all="ignore"):
            return [np.int64(0), *(rng.choice(values, shapes[rng.integers(len(shapes))]).astype(dtypes[rng.integers(5)]) for _ in range(count))]

    for name in [*course.specs(), *course.specs(COURSE)]:
        exercise = course.exercise(name, COURSE if name == "attacks/double" else None)
        for _ in range(30):
            result = marking.grade_exercise(exercise, 0, lambda calls: [garbage(call) for call in calls])
            assert 0 <= result.points <= result.max_points
            assert result.text.isprintable() or "\n" in result.text
        for item in result.items:
            marker.part(item, {})


# ----------------------------------------------------------------------------------------------------------- what is written
def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    files.write(path, "before")

    def full(*args):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        files.write(path, "after")
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["grades.csv"]


@pytest.mark.parametrize("text, expected", [("=1+1", "'=1+1"), ("@x", "'@x"), ("a\nb\tc", "a b c"), ("fine", "fine"), ("-2", "'-2")])
def test_no_cell_of_the_table_is_a_formula(text, expected):
    assert tables.cell(text) == expected


@pytest.mark.parametrize("name", ["=cmd()", "<b>", "a\nb", "-rf", "a\u202eb"])
def test_a_name_that_is_no_name_is_passed_over(tmp_path, name):
    for folder in (name, "ada"):
        (tmp_path / folder).mkdir()
    with inputs.opened(tmp_path, {}) as handed_in:
        assert handed_in.students == ["ada"]
        assert "no student's name" in handed_in.notes[0]


def test_names_from_all_over_the_world_are_names(tmp_path):
    names = {"O'Brien, Ann (3)", "O’Brien", "José", "张伟", "s1234567", "ann@example.org", "Łukasz-Jan", "Zoe 🙂", "a;b", "x" * 101}
    for name in (*names, ".git"):
        (tmp_path / name).mkdir()
    (tmp_path / "readme.txt").touch()
    with inputs.opened(tmp_path, {}) as handed_in:
        assert set(handed_in.students) == names


# -------------------------------------------------------------------------------------------------------------- the command
def invoke(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.parametrize("error, sentence", [
    (OSError(errno.ENOSPC, "No space left on device"), "report cannot be read or written (No space left on device)"),
    (OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")), "the gradebook cannot be written (database or disk is full)"),
])  # fmt: skip
def test_a_full_disk_is_a_sentence(monkeypatch, error, sentence):
    def full(*_, **__):
        raise error

    monkeypatch.setattr("nnopt.cli.grading.grade", full)
    result = CliRunner().invoke(app, ["grade", "class", "--out", "report"])
    assert (result.exit_code, result.output) == (2, f"nnopt: {sentence}; the same command goes on where this stopped\n")


def test_a_place_where_nothing_can_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadGradebook, match=r"gradebook.sqlite cannot be written \("):
        Gradebook(tmp_path / "file" / "out")


def run(*arguments):
    return invoke("grade", *arguments)


@pytest.mark.parametrize("arguments, sentence", [
    (["nowhere", "--out", "out"], "nowhere is no folder"), (["empty", "--out", "out"], "no submissions"),
    (["class", "--out", "out", "--timeout", "0"], "timeout"), (["class", "--out", "out", "--timeout", "nan"], "timeout"),
    (["class", "--out", "out", "--jobs", "-1"], "jobs"), (["class", "--out", "file"], "file"),
    (["class", "--out", "out", "--course", "empty"], "no course"), (["class", "--out", "class"], "submissions"),
])  # fmt: skip
def test_bad_input_is_one_sentence_and_nothing_written(classroom, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert sentence in result.output
    assert len(result.stderr.strip().splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_sandbox_it_refuses_unless_told(classroom, tmp_path, monkeypatch):
    monkeypatch.setattr("nnopt.cli.grading.prove", lambda layers: Level("none", {}, {}, layers))
    result = run(classroom, "--out", tmp_path / "out", "--course", COURSE)
    assert result.exit_code == 2
    assert "--no-sandbox" in result.stderr
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    result = run(classroom, "--out", tmp_path / "out", "--course", COURSE, "--no-sandbox")
    assert result.exit_code == 0, result.output
    assert "without a sandbox" in (tmp_path / "out/index.html").read_text()
    assert table(tmp_path / "out")[0]["outcome"] == "right"


def test_whoever_is_left_out_makes_the_exit_status_3(classroom, tmp_path):
    """A notebook in nobody's folder is told, and said to a script; a student with an odd name has a page."""
    (classroom / "ann").rename(classroom / "Ann’s 🙂")
    out = tmp_path / "out"
    result = invoke("grade", tmp_path / "class", "--out", out, "--course", COURSE, "--no-sandbox", "--layout", "student")
    assert result.exit_code == 0, result.output
    (page,) = (out / "students").glob("Ann*")
    assert page.name.startswith("Ann_s _-")
    assert page.name in urllib.parse.unquote((out / "index.html").read_text(encoding="utf8"))
    (tmp_path / "class" / "adam.ipynb").write_bytes(b"{}")
    result = invoke("grade", tmp_path / "class", "--out", out, "--course", COURSE, "--no-sandbox")
    assert result.exit_code == 3, result.output
    assert "lies in no student's folder" in " ".join(result.output.split())
    assert invoke("grade", tmp_path / "class", "--out", out, "--layout", "pupil").exit_code == 2


def test_a_fault_makes_the_exit_status_3(classroom, tmp_path, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(marking, "grade_exercise", broken)
    result = run(classroom, "--out", tmp_path / "out", "--course", COURSE, "--no-sandbox", "--jobs", "1")
    assert result.exit_code == 3
    assert "fault" in result.output


def test_nnopt_sandbox_says_what_it_held():
    result = CliRunner().invoke(app, ["sandbox"])
    assert re.search(r"^(full|reduced|none):", result.output, re.MULTILINE)
    assert "read the reference" in result.output
    assert result.exit_code == int("none:" in result.output)


# ---------------------------------------------------------------------------------------------------- graded again, codes
def test_what_is_not_in_this_folder_keeps_its_grade(classroom, tmp_path, level):
    out = tmp_path / "out"
    Grader(classroom, out, level, COURSE).run()
    (classroom / "ann/attacks/double.ipynb").unlink()
    shutil.rmtree(classroom / "bob")
    hand_in(classroom, eve=RIGHT)
    Grader(classroom, out, level, COURSE).run()
    assert [(r["student"], r["points"]) for r in table(out)] == [("ann", "4"), ("bob", "2"), ("eve", "4")]
    assert [row.outcome for row in Gradebook(out).history("eve", "attacks/double")] == ["missing", "right"]


def test_regrade_keeps_the_old_grade_and_says_who_changed(classroom, tmp_path, level):
    out, options = tmp_path / "out", ["--course", COURSE, "--no-sandbox", "--jobs", "1"]
    assert invoke("grade", classroom, "--out", out, *options).exit_code == 0
    with Gradebook(out) as book:  # as if an earlier version of the grader had been harder on bob
        row = book.record("bob", "attacks/double")
        row.points, row.outcome = 0, "wrong"
        book.keep(row)
    result = invoke("regrade", classroom, "--out", out, "--student", "bob", "--reason", "an appeal", *options)
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "changed: bob, attacks/double: now 2 points (partial); 0 points (wrong) before" in said
    assert "1 graded in this run" in said
    history = Gradebook(out).history("bob", "attacks/double")
    assert [(r.number, r.points, r.why) for r in history] == [(1, 2, ""), (2, 0, ""), (3, 2, "an appeal")]
    assert len(Gradebook(out).history("ann", "attacks/double")) == 1
    assert "1 graded" not in invoke("regrade", classroom, "--out", out, *options).output, "all are graded again"
    assert [r.points for r in Gradebook(out).history("ann", "attacks/double")] == [4, 4]


def test_a_regrade_that_was_stopped_goes_on(classroom, tmp_path, level):
    hand_in(classroom, **{f"s{i}": RIGHT for i in range(4)})
    out, name = tmp_path / "out", "attacks/double"
    Grader(classroom, out, level, COURSE).run()
    seen = []

    def stop(row):
        seen.append(row)
        if len(seen) == 3:
            raise KeyboardInterrupt

    def numbers():
        with Gradebook(out) as book:
            return [row.number for row in book.rows() if row.outcome != "missing"]

    with pytest.raises(KeyboardInterrupt):
        Grader(classroom, out, level, COURSE).run(stop, lambda submission: True, order="all")
    given = sum(number == 2 for number in numbers())
    assert 3 <= given < 6
    graded = Grader(classroom, out, level, COURSE).run(again=lambda submission: True, order="all")
    assert graded.new == 6 - given
    assert numbers() == [2] * 6, "each is graded again once"
    seen.clear()
    with pytest.raises(KeyboardInterrupt):
        Grader(classroom, out, level, COURSE).run(stop, lambda submission: True, order="all")
    assert Grader(classroom, out, level, COURSE).run(again=lambda submission: True, order="another").new == 6, "another order begins anew"
    assert Gradebook(out).history("ann", name)[0].number == 1


def test_a_regrade_goes_on_with_the_same_notebooks_of_the_same_class_only(classroom, tmp_path, level):
    out, other = tmp_path / "out", tmp_path / "other"
    hand_in(classroom, cem="{")
    (classroom / "cem/attacks/double.ipynb").write_text("{")
    Grader(classroom, out, level, COURSE).run()
    shutil.copytree(classroom, other)

    def ordered(folder):
        return Grader(folder, out, level, COURSE).run(again=lambda submission: True, order="all")

    def stop(*args):
        raise KeyboardInterrupt

    def begun():
        """Stopped when all are graded, before the order is done with."""
        grader = Grader(classroom, out, level, COURSE)
        grader.report = stop
        with pytest.raises(KeyboardInterrupt):
            grader.run(again=lambda submission: True, order="all")

    begun()
    assert ordered(classroom).new == 0, "all were graded before it was stopped"
    begun()
    assert ordered(other).new == 3, "another folder is another order"
    begun()
    hand_in(classroom, bob=RIGHT)
    graded = ordered(classroom)
    assert graded.new == 1
    assert [(row.student, row.points) for row in graded.rows] == [("ann", 4), ("bob", 4), ("cem", 0), ("eve", 0)]


@pytest.mark.parametrize("options, sentence", [
    (["--student", "bbo"], "did you mean bob"), (["--exercise", "nosuch"], "no exercise is called"), (["--student", "eve"], "nothing was handed in")])  # fmt: skip
def test_a_regrade_of_nothing_is_refused(classroom, tmp_path, options, sentence):
    assert "holds no gradebook" in invoke("regrade", classroom, "--out", tmp_path / "out", *options).stderr
    Gradebook(tmp_path / "out").close()
    result = invoke("regrade", classroom, "--out", tmp_path / "out", "--course", COURSE, "--no-sandbox", *options)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_codes_stand_for_names_in_every_output(classroom, tmp_path):
    folder, out = tmp_path / "people", tmp_path / "out"
    names = {"Annabel": RIGHT, "Bobolink": "raise SystemExit", "Evelyn": WRONG}
    hand_in(folder, **names)
    (folder / "Annabel/attacks/Annabel.ipynb").write_text("{}")
    options = ["--course", COURSE, "--no-sandbox", "--jobs", "1"]
    first = invoke("grade", folder, "--out", out, *options).output
    assert "Annabel" in first + (out / "grades.csv").read_text(), "without codes there is a name to be found"
    hand_in(folder, Evelyn=RIGHT)
    result = invoke("grade", folder, "--out", out, "--codes", *options)
    files = [p for p in out.rglob("*") if p.is_file() and p.name != database.FILE]
    said = result.output + "".join(map(str, files)) + "".join(p.read_text() for p in files)
    assert not [name for name in names if name in said]
    book = Gradebook(out)
    assert sorted(r["student"] for r in table(out)) == [r["student"] for r in table(out)] == sorted(map(book.code, names))
    assert f"changed: {book.code('Evelyn')}" in " ".join(result.output.split())
    assert {p.stem for p in (out / "students").iterdir()} == {book.code(name) for name in names}


def test_two_runs_do_not_grade_into_one_folder(classroom, tmp_path, level):
    grader = Grader(classroom, tmp_path / "out", level, COURSE)
    with grade.alone(tmp_path / "out"), pytest.raises(BadGradebook, match="another nnopt grade"):
        grader.run()
    assert Gradebook(tmp_path / "out").rows() == []


def test_the_fingerprint_of_the_grader_holds_all_that_marks():
    """Every module that a worker process imports while it marks, and none that does not exist."""
    source = ("import sys; from nnopt.grader.grading import marker; from nnopt.grader.marking import behaviour, mirror, svg; "
              "print(*[m.__file__ for name, m in sys.modules.items() if name.startswith('nnopt.grader.')])")
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True, env=marker.environment())
    used = {Path(file) for file in done.stdout.split() if not file.endswith("__init__.py")}
    assert used <= {path.resolve() for path in fingerprint.marking_sources()}
    assert len(fingerprint.grader_version()) == 64


def test_every_grade_says_what_it_depended_on(classroom, tmp_path, level):
    Grader(classroom, tmp_path / "out", level, COURSE, jobs=2).run()
    row = Gradebook(tmp_path / "out").record("bob", "attacks/double")
    data = (classroom / "bob/attacks/double.ipynb").read_bytes()
    assert row.submission_hash == hashlib.sha256(data).hexdigest()
    assert set(row.key) == {"the spec", "the grader", "the sandbox", "the time given"}
    assert row.versions["numpy"] == np.__version__
    assert row.mistakes == ["double: as it was"]
    assert row.submitted_at is not None and row.graded_at is not None and row.seconds > 0


def test_another_class_in_the_same_gradebook_is_noted(classroom, tmp_path, level):
    out = tmp_path / "out"
    assert not any("another class" in note for note in Grader(classroom, out, level, COURSE).run().notes)
    other = tmp_path / "other"
    hand_in(other, zoe=RIGHT)
    assert any("another class" in note for note in Grader(other, out, level, COURSE).run().notes)
    assert not any("another class" in note for note in Grader(other, out, level, COURSE).run().notes), "zoe is known by now"
