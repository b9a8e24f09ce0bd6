"""`nnopt grade` follows course.toml: what it asks for, what counts, and the sentence that says why; the gradebook keeps the bare marks."""

import csv
import os
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise.coursefile import Asked, CourseFile
from nnopt.grader.exercise.formula import Formula
from nnopt.grader.gradebook import counting, database
from nnopt.grader.gradebook.gradebook import COLUMNS, Gradebook, Row

COURSE = Path(__file__).parent / "attacked_course"
SAMPLE = Path(__file__).resolve().parents[2] / "sample_class"
DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
TEXT = """
late = "points * (1 - 0.1 * ceil(days_late))"
[exercises.double]
points = 20
due = 2026-11-20T22:59:00Z
[extensions.bob]
all = 2026-11-23T22:59:00Z
"""
RIGHT = "def double(x):\n    return 2 * x\ndef triple(x):\n    return 3 * x\nletter = 'b'\n"


def hand_in(folder, days_late=0.0, **sources):
    import json

    for student, source in sources.items():
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
        path = folder / student / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        os.utime(path, (DUE.timestamp() + 86400 * days_late,) * 2)


@pytest.fixture
def classroom(tmp_path):
    """ann is late, bob has an extension and made a mistake, eve handed nothing in."""
    hand_in(tmp_path / "class", 1.3, ann=RIGHT)
    hand_in(tmp_path / "class", 1.3, bob=RIGHT.replace("2 * x", "x"))
    (tmp_path / "class" / "eve").mkdir()
    shutil.copytree(COURSE, tmp_path / "course")
    return tmp_path / "class"


def grade(tmp_path, text, *options, verb="grade", folder=None):
    if text is not None:
        (tmp_path / "course").mkdir(exist_ok=True)
        (tmp_path / "course" / "course.toml").write_text(text)
    words = [verb, folder or tmp_path / "class", "--out", tmp_path / "out", "--course", tmp_path / "course", "--no-sandbox", "--jobs", "1", *options]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def table(tmp_path):
    with open(tmp_path / "out" / "grades.csv", newline="", encoding="utf8") as file:
        return list(csv.DictReader(file))


def points(tmp_path):
    return [(row["student"], row["points"], row["max_points"]) for row in table(tmp_path)]


def page(tmp_path, name):
    return " ".join((tmp_path / "out" / name).read_text(encoding="utf8").split())


def test_what_counts_is_shown_everywhere_and_the_mark_stays(classroom, tmp_path):
    said = grade(tmp_path, None)
    assert points(tmp_path) == [("ann", "4", "4"), ("bob", "2", "4"), ("eve", "0", "4")]
    assert "deadline" not in said + page(tmp_path, "students/ann.html")
    assert tuple(table(tmp_path)[0]) == COLUMNS
    bare = [(row.points, row.max_points, row.number) for row in Gradebook(tmp_path / "out").rows()]

    said = grade(tmp_path, "times = 'files'\n" + TEXT)
    assert "0 graded in this run" in said, "another course.toml is no reason to grade again"
    assert "changed" not in said
    assert points(tmp_path) == [("ann", "16", "20"), ("bob", "10", "20"), ("eve", "0", "20")], "and it counts at once"
    assert [(row.points, row.max_points, row.number) for row in Gradebook(tmp_path / "out").rows()] == bare
    assert tuple(table(tmp_path)[0])[:6] == COLUMNS
    ann = ("earned 4 of 4, which counts 20 of 20; handed in 1.3 days late at 2026-11-22 06:11 UTC (deadline 2026-11-20 22:59 UTC), "
           "so 16 by the late policy: points * (1 - 0.1 * ceil(days_late))")  # fmt: skip
    bob = ("earned 2 of 4, which counts 10 of 20; handed in on time at 2026-11-22 06:11 UTC (deadline 2026-11-23 22:59 UTC, extended)")
    assert [(row["submitted_at"], row["days_late"], row["how"]) for row in table(tmp_path)] == [
        ("2026-11-22T06:11:00+00:00", "1.3", ann), ("2026-11-22T06:11:00+00:00", "0", bob), ("", "0", "earned 0 of 4, which counts 0 of 20")]  # fmt: skip
    assert "<p>16 of 20 points.</p>" in page(tmp_path, "students/ann.html")
    assert f"How the points came about: {ann}." in page(tmp_path, "students/ann.html")
    assert f"How the points came about: {bob}." in page(tmp_path, "students/bob.html")
    report = page(tmp_path, "index.html")
    assert "16/20 <span class=\"right\">right</span>, late" in report
    assert '<th scope="row">80–90 %</th><td class="number">1</td>' in report, "the distribution is of what counts"
    assert '<td class="number">13.0</td><td class="number">20</td>' in report, "the mean, too"
    assert '<td class="number">0.75</td>' in report, "being late makes no exercise difficult"


def test_a_zip_is_read_by_the_clock_of_the_deadline(tmp_path):
    """Handed in half an hour before the deadline, where the day begins."""
    hand_in(tmp_path / "class", ann=RIGHT)
    shutil.copytree(COURSE, tmp_path / "course")
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as file:
        info = zipfile.ZipInfo("ann/attacks/double.ipynb", (2026, 11, 20, 23, 30, 0))
        file.writestr(info, (tmp_path / "class" / info.filename).read_bytes())
    grade(tmp_path, "times = 'files'\n[exercises.double]\ndue = 2026-11-21T00:00:00+14:00", folder=tmp_path / "class.zip")
    assert "handed in on time at 2026-11-20 23:30 UTC+14:00" in table(tmp_path)[0]["how"]


@pytest.mark.parametrize("formula, points, said", [
    ("points / (days_late - 4)", 8, "gives no points here, so nothing is taken off: it fails at points = 8, days_late = 4, max_points = 10 (float division by zero)"),
    ("points - 1  # {x}", 7, "so 7 by the late policy: points - 1  # {x}"),
])  # fmt: skip
def test_no_late_policy_costs_the_class_its_report(formula, points, said):
    """One that fails between the values it was tried at, and one with a comment that looks like a place for a value."""
    late = CourseFile(exercises={"a/b": Asked("a/b", due=DUE)}, late=Formula(formula), times="files")
    found = counting.count(Row("ann", "a/b", 8, 10, "partial", submitted_at=DUE + timedelta(days=4)), late)
    assert (found.points, found.days_late) == (points, 4)
    assert said in found.said


def test_a_late_policy_that_fails_is_told_the_instructor_once():
    late = CourseFile(exercises={"a/b": Asked("a/b", due=DUE)}, late=Formula("points / (days_late - 4)"), times="files")
    rows = [Row(f"student {k}", "a/b", 8, 10, "partial", submitted_at=DUE + timedelta(days=4 if k < 9 else 5)) for k in range(10)]
    said = counting.notes([counting.counted(row, late) for row in rows], late, set())
    assert said == ["the late policy gives no points for 9, from whom nothing is taken off: student 0 (a/b), student 1 (a/b), student 2 (a/b) and 6 others"]


def test_files_that_may_be_copies_make_nobody_late(classroom, tmp_path):
    said = grade(tmp_path, TEXT)
    assert points(tmp_path)[:2] == [("ann", "20", "20"), ("bob", "10", "20")]
    note = "2 of 2 submissions with a deadline count as on time, since it is not known when they were handed in: give submitted.csv"
    assert note in said
    assert note in page(tmp_path, "index.html")
    assert "is not known, so it counts as on time" in page(tmp_path, "students/ann.html")
    (tmp_path / "course" / "submitted.csv").write_text("student,submitted_at\nann,2026-11-22T06:11:00Z\nbbo,2026-11-22T06:11:00Z\n")
    said = grade(tmp_path, TEXT)
    assert points(tmp_path)[0] == ("ann", "16", "20")
    assert "submitted of 'bbo': no student is called so; did you mean 'bob'?" in said
    coded = grade(tmp_path, TEXT, "--codes")
    assert "submitted of 1 whom no student is called like; without --codes they are named" in coded
    assert not {"ann", "bob", "bbo", "eve"} & set(re.findall(r"\w+", coded)), "however short a name is"
    hand_in(classroom, 1.3, cem=RIGHT, dan=RIGHT)
    assert "as after copying" in grade(tmp_path, "times = 'files'\n" + TEXT)


def test_canvas_says_late_and_no_time_does(tmp_path):
    shutil.copytree(COURSE, tmp_path / "course")
    hand_in(tmp_path / "one", ann=RIGHT)
    (tmp_path / "class").mkdir()
    for name in ("lovelaceada_LATE_4711_99_double.ipynb", "hopperg_4712_98_double.ipynb"):
        shutil.copy(tmp_path / "one/ann/attacks/double.ipynb", tmp_path / "class" / name)
    said = grade(tmp_path, TEXT.replace("bob", "hopperg_4712"))
    assert "called late by the platform, though no time says how late: lovelaceada_4711 (attacks/double)" in said
    assert "hopperg" not in said
    coded = grade(tmp_path, TEXT.replace("bob", "hopperg_4712"), "--codes")
    assert re.search(r"how late: [2-9A-Z-]+ \(attacks/double\)", coded)
    assert "lovelace" not in coded
    with_times = TEXT + "[submitted.lovelaceada_4711]\nall = 2026-11-21T00:00:00Z\n"
    assert "called late" not in grade(tmp_path, with_times.replace("bob", "hopperg_4712"))


def test_a_regrade_counts_as_the_course_says(classroom, tmp_path):
    grade(tmp_path, "times = 'files'\n" + TEXT)
    with Gradebook(tmp_path / "out") as book:  # as if an earlier version of the grader had been harder on ann
        row = book.record("ann", "attacks/double")
        row.points, row.outcome = 1, "partial"
        book.keep(row)
    said = grade(tmp_path, None, "--student", "ann", verb="regrade")
    assert "changed: ann, attacks/double: now 4 points (right); 1 points (partial) before; changed: nothing; earned 4 of 4, which counts 20" in said
    assert points(tmp_path)[0] == ("ann", "16", "20")


def test_only_what_the_course_asks_for(tmp_path):
    """A course.toml without solutions/ asks for exercises of the book."""
    for name in ("divya", "mateo"):
        shutil.copytree(SAMPLE / name, tmp_path / "class" / name)
    said = grade(tmp_path, "[exercises.gd]\npoints = 26\n")
    assert [(row["student"], row["exercise"], row["points"], row["max_points"], row["outcome"]) for row in table(tmp_path)] == [
        ("divya", "gradient/gd", "22", "26", "partial"), ("mateo", "gradient/gd", "0", "26", "missing")]  # fmt: skip
    assert "no exercise of this course: divya: gradient/adam.ipynb" in said
    assert "no exercise of this course: mateo: gradient/adam.ipynb" in said
    first = "gradient/adam"  # which divya handed in, too
    said = grade(tmp_path, f'[exercises.gd]\n[exercises."{first}"]\n', folder=shutil.copytree(tmp_path / "class/divya", tmp_path / "two/divya").parent)
    assert {row["student"]: row["outcome"] for row in table(tmp_path) if row["exercise"] == first} == {"divya": "partial", "mateo": "missing"}
    assert page(tmp_path, "index.html").count("<td>") % 2 == 0, "every student has a cell for every exercise"
    refused = CliRunner().invoke(app, ["regrade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--course", str(tmp_path / "course"),
                                       "--exercise", "pso", "--no-sandbox"])  # fmt: skip
    assert refused.exit_code == 2
    assert "the course does not ask for metaheuristics/pso" in refused.stderr


@pytest.mark.parametrize("verb", ["grade", "regrade"])
def test_a_broken_course_is_refused_before_anything_is_written(classroom, tmp_path, verb):
    (tmp_path / "course" / "course.toml").write_text("[exercises.duoble]\n")
    if verb == "regrade":
        Gradebook(tmp_path / "out").close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = CliRunner().invoke(app, [verb, str(classroom), "--out", str(tmp_path / "out"), "--course", str(tmp_path / "course"), "--no-sandbox"])
    assert done.exit_code == 2
    assert "line 1: exercises.duoble is no exercise; did you mean double?" in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert (tmp_path / "out" / database.FILE).exists() == (verb == "regrade")
