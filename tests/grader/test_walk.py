"""An instructor's way from the released exercises to the file that the learning platform takes back, by the command line alone."""

import csv
import json
import zipfile
from datetime import UTC, datetime

import pytest
from grader.generated_class import moodle_download
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course

DEADLINE = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
COURSE = """
times = "files"
late = "points * max(0, 1 - 0.1 * ceil(days_late))"
grace = 15

[exercises.adam]
points = 24
due = 2026-11-20T23:59:00Z

[exercises.gd]
due = 2026-11-20T23:59:00Z
"""
COUNTS = {"gradient/adam": 2.0, "gradient/gd": 1.0}  # what a point of the spec counts in the course
LATE = 0.8  # a day and a half late, two days begun


def run(*words, status=0):
    """A command of nnopt, and what it printed."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == status, f"{' '.join(map(str, words))}: {result.output}"
    return " ".join(result.output.split())


def table(path):
    with open(path, encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("count", [16, pytest.param(500, marks=pytest.mark.slow)])
def test_from_the_released_exercises_to_the_platforms_table(tmp_path, count):
    run("release", "--zip", tmp_path / "exercises.zip", "--course", course.solutions().parent)
    with zipfile.ZipFile(tmp_path / "exercises.zip") as archive:
        archive.extractall(tmp_path / "released")
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "course.toml").write_text(COURSE, encoding="utf8")
    due = moodle_download(tmp_path / "class.zip", tmp_path / "released", list(COUNTS), count, DEADLINE)
    out = tmp_path / "report"

    run("grade", tmp_path / "class.zip", "--out", out, "--course", tmp_path / "course")
    rows = {(row["student"], row["exercise"]): row for row in table(out / "grades.csv")}
    assert set(rows) == set(due), "each student and exercise has a row, and nothing else has"
    for (student, exercise), expected in due.items():
        row, late = rows[student, exercise], int(student[-6:]) % 5 == 4
        worth = COUNTS[exercise] * (LATE if late else 1.0)
        assert row["outcome"] in expected.outcomes, (row, expected)
        assert worth * expected.least - 0.01 <= float(row["points"]) <= worth * expected.most + 0.01, (row, expected)
        assert expected.mistake in row["diagnosis"], (row, expected)
        assert (float(row["days_late"]) > 0) == late

    worksheet = tmp_path / "worksheet.csv"  # as Moodle offers it, with a column of its own and somebody who handed in nothing
    people = sorted({student for student, _ in rows})
    lines = [[f"Participant {student[-6:]}", student[:-7], "", "", "kept"] for student in people]
    with open(worksheet, "w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows([["Identifier", "Full name", "Grade", "Feedback comments", "Group"], *lines,
                                    ["Participant 7", "Nobody", "", "", "kept"]])  # fmt: skip
    run("export", "moodle", out, "--course", tmp_path / "course", "--roster", worksheet, "--out", tmp_path / "back.csv")
    back = {line["Identifier"]: line for line in table(tmp_path / "back.csv")}
    assert len(back) == count + 1
    assert all(line["Group"] == "kept" for line in back.values())
    assert back["Participant 7"]["Grade"] == ""
    for student in people:
        total = sum(float(rows[student, exercise]["points"]) for exercise in COUNTS)
        assert float(back[f"Participant {student[-6:]}"]["Grade"]) == pytest.approx(total, abs=0.011)

    again = run("grade", tmp_path / "class.zip", "--out", out, "--course", tmp_path / "course")
    assert "0 graded in this run" in again
    mistaken = next(who for who, expected in due.items() if expected.mistake)
    said = run("reproduce", out, *mistaken, "--from", tmp_path / "class.zip", "--course", tmp_path / "course")
    assert said.startswith("equal: ")


def test_the_generated_class_holds_every_kind(tmp_path):
    """Else the walk would prove less than it says."""
    run("release", "--zip", tmp_path / "exercises.zip", "--course", course.solutions().parent)
    with zipfile.ZipFile(tmp_path / "exercises.zip") as archive:
        archive.extractall(tmp_path / "released")
    due = moodle_download(tmp_path / "class.zip", tmp_path / "released", list(COUNTS), 16, DEADLINE)
    kinds = [expected.kind for expected in due.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"right": 4, "another way": 4, "mistake": 8, "first part": 4, "blank": 4,
                                                           "ruin": 4, "crash": 4}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "class.zip") as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert len(set(texts)) > len(texts) / 2
    assert sum('"cells"' in text and text.endswith("}") and bool(json.loads(text)) for text in texts) == 28
