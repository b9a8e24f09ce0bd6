"""Marks in others' forms: their columns, their layouts; a fault is never a zero, and no cell is a formula."""

import csv
import io
import json
import os
import shutil
import site
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import missing
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.exercise.coursefile import Asked, CourseFile
from nnopt.grader.exports import BadExport, canvas, classroom, csv_text, gradescope, junit, moodle, read_roster, rows_of
from nnopt.grader.gradebook.gradebook import Gradebook, Row
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.tables import cell_as_it_is

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    Row("Ada Lovelace_4711", "gradient/adam", 13, 13, "right"),
    Row("Ada Lovelace_4711", "gradient/gd", 6, 12, "partial", "gd_run: \x00=1+1"),
    Row("Ben_4712", "gradient/adam", None, 13, "fault", "OSError"),
    Row("Ben_4712", "gradient/gd", 0, 12, "missing"),
    Row("=cmd()", "gradient/adam", 3.5, 13, "partial"),
]
COURSE = CourseFile(exercises={"gradient/adam": Asked("gradient/adam", points=26)})


def table(text):
    return list(csv.reader(io.StringIO(text)))


# ------------------------------------------------------------------------------------------------------------- cells
@given(st.text())
def test_no_cell_is_a_formula(text):
    (got,) = table(csv_text([[text, "x"]]))
    assert got[0].lstrip()[:1] not in ("=", "@")
    assert got[0].lstrip()[:1] not in ("+", "-") or got[0].strip() == "-" or np.isfinite(float(got[0]))
    assert "\n" not in got[0]


@pytest.mark.parametrize("text, cell", [("=1", "'=1"), (" =1", "' =1"), ("-2", "-2"), ("-", "-"), ("-nan", "'-nan"), ("+inf", "'+inf"), ("-x", "'-x"), ("@a", "'@a"), ("a=b", "a=b"), ("\t=1", "' =1")])
def test_cells(text, cell):
    assert cell_as_it_is(text) == cell


# ------------------------------------------------------------------------------------------------------------- Canvas
def test_canvas_from_a_download(tmp_path):
    text, notes = canvas.export(ROWS, COURSE)
    assert table(text) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "gradient/adam", "gradient/gd"],
        ["    Points Possible", "", "", "", "", "26", "12"],
        ["Ada Lovelace", "4711", "", "", "", "26", "6"],
        ["Ben", "4712", "", "", "", "", "0"],
        ["'=cmd()", "", "", "'=cmd()", "", "7", ""],
    ]
    assert notes == []


def test_canvas_with_its_own_gradebook(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Adam (991),Other (992)\n    Points Possible,,,,,13,5\n"
                      "\"Turing, Alan\",4713,u3,alan,S1,,\n\"Lovelace, Ada\",4711,u1,ada,S1,2,\n\"Doe, Jo\",9,u9,=cmd(),S1,,\n", encoding="utf8")  # fmt: skip
    text, notes = canvas.export(ROWS, roster=roster, titles={"gradient/adam": "Adam"})
    assert table(text) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Adam (991)", "gradient/gd"],
        ["    Points Possible", "", "", "", "", "13", "12"],
        ["Turing, Alan", "4713", "u3", "alan", "S1", "", ""],
        ["Lovelace, Ada", "4711", "u1", "ada", "S1", "13", "6"],
        ["Doe, Jo", "9", "u9", "'=cmd()", "S1", "3.5", ""],
    ]
    assert notes == ["Ben_4712 is not in the roster", f"{roster} has no column for gradient/gd: Canvas will make a new assignment 'gradient/gd' of 12 points"]


def test_two_of_one_name_do_not_get_the_points_of_one(tmp_path):
    rows = [Row("Ada Lovelace", "gradient/adam", 5, 12, "partial"), Row("Ben", "gradient/adam", 7, 12, "partial")]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Identifier,Full name,Grade\nParticipant 7,Ada Lovelace,\nParticipant 8,Ada Lovelace,\nParticipant 9,Ben,\n")
    text, notes = moodle.export(rows, roster=sheet)
    assert [line[-1] for line in table(text)[1:]] == ["", "", "7"]
    assert notes == ["Ada Lovelace stands in 2 lines of the roster (column Full name): none of them gets points"]
    sheet.write_text("Student,ID,Adam\nAda Lovelace,1\nAda Lovelace,2\nBen,3\n")
    text, notes = canvas.export(rows, roster=sheet)
    assert [line[-1] for line in table(text)[2:]] == ["", "", "7"]
    assert notes == ["Ada Lovelace stands in 2 lines of the roster (column Student): none of them gets points"]


def test_a_number_of_another_kind_leads_to_nobody_else(tmp_path):
    """A student who handed nothing in, and whose number at the registrar is another's at Canvas."""
    (tmp_path / "roster.csv").write_text("Student,ID,SIS User ID,Adam\nCid,990,4711,\nAda,4711,123,\n")
    text, notes = canvas.export([Row("Ada_4711", "gradient/adam", 5, 12, "partial")], roster=tmp_path / "roster.csv")
    assert [line[-1] for line in table(text)[2:]] == ["", "5"]
    assert notes == []
    (tmp_path / "roster.csv").write_text("Student,ID,SIS User ID,Adam\nCid,990,4711,\n")       # Ada dropped the course
    text, notes = canvas.export([Row("Ada_4711", "gradient/adam", 5, 12, "partial")], roster=tmp_path / "roster.csv")
    assert [line[-1] for line in table(text)[2:]] == [""]
    assert notes == ["Ada_4711 is not in the roster"]


@pytest.mark.parametrize("form, line", [(canvas, "Student,ID,Adam\nJo,9,\n"), (moodle, "Identifier,Grade\nParticipant 9,\n")])
def test_many_who_are_not_in_the_roster_are_one_sentence(form, line, tmp_path):
    (tmp_path / "roster.csv").write_text(line)
    rows = [Row(f"student {number:03}", "gradient/adam", 5, 12, "partial") for number in range(500)]
    (note,) = form.export(rows, roster=tmp_path / "roster.csv")[1]
    assert note.startswith("500 of 500 students are not in the roster: student 000, student 001, student 002 and 497 others; ")
    assert note.endswith(", ".join(form.KEYS))
    assert form.export(rows[:3], roster=tmp_path / "roster.csv")[1] == [f"{row.student} is not in the roster" for row in rows[:3]]


@pytest.mark.parametrize("data, sentence", [
    (b"a,b\n1,2\n", "no column 'ID'; its columns are 'a', 'b'; asked for is the gradebook that Canvas exports"),
    (b"Student;Id\nx;1\n", "its columns are 'Student', 'Id'; asked for is"), (b"", "its columns are none"),
    (b",".join(b"c%d" % k for k in range(40)) + b"\n", "'c11', 28 more; asked"),
    (b"Student,ID\n", "no line below its columns Student, ID"), (b"\xff\xfe\0", "no CSV"), (b"Student,ID\nSin\xe9ad,1\n", "no CSV in UTF-8 or UTF-16"), (b"ID,ID\n1,2\n", "more than one column 'ID'"), (None, "cannot be read"),
    (b"Student,ID,Adam (1),adam (2)\nx,1,,\n", "2 columns for gradient/adam"),
])  # fmt: skip
def test_a_bad_roster_is_refused(tmp_path, data, sentence):
    if data is not None:
        (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(BadExport, match=sentence):
        canvas.export(ROWS, roster=tmp_path / "roster.csv")


# ------------------------------------------------------------------------------------------------------------- Moodle
def test_moodle_from_a_download():
    lines = table(moodle.export(ROWS, COURSE)[0])
    assert lines[0] == list(moodle.COLUMNS)
    by_id = {line[0]: dict(zip(lines[0], line)) for line in lines[1:]}
    ada = by_id["Participant 4711"]
    assert (ada["Full name"], ada["Grade"], ada["Maximum Grade"]) == ("Ada Lovelace", "32", "38")
    assert "gradient/gd: earned 6 of 12 (gd_run:  =1+1)" in ada["Feedback comments"]
    assert by_id["Participant 4712"]["Grade"] == ""
    assert by_id["'=cmd()"]["Grade"] == "7"


def test_moodle_with_its_own_worksheet(tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Identifier,Full name,Email address,Grade,Feedback comments,Extra\nParticipant 4712,Ben,b@x.org,9,kept?,e\n"
                     "Participant 4711,Ada,a@x.org,,,f\nParticipant 1,Zoe,z@x.org,5,good,g\n", encoding="utf8")  # fmt: skip
    text, notes = moodle.export(ROWS, roster=sheet, exercise="gradient/adam")
    lines = [dict(zip(table(text)[0], line)) for line in table(text)[1:]]
    assert [(line["Identifier"], line["Grade"], line["Extra"]) for line in lines] == [
        ("Participant 4712", "", "e"), ("Participant 4711", "13", "f"), ("Participant 1", "5", "g")]  # fmt: skip
    assert lines[2]["Feedback comments"] == "good"
    assert notes == ["=cmd() is not in the roster"]
    sheet.write_text("Identifier,Full name\nParticipant 1,Zoe\n", encoding="utf8")
    with pytest.raises(BadExport, match="no column 'Grade'; its columns are 'Identifier', 'Full name'; asked for is the grading worksheet"):
        moodle.export(ROWS, roster=sheet)


def test_moodle_of_an_exercise_nobody_has():
    with pytest.raises(BadExport, match="no grades of training/x"):
        moodle.export(ROWS, exercise="training/x")


# ------------------------------------------------------------------------------------------------------------- JUnit
def test_junit():
    root = ET.fromstring(junit.export(ROWS, COURSE))
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("errors"), s.get("skipped")) for s in root] == [
        ("gradient/adam", "3", "1", "1", "0"), ("gradient/gd", "2", "1", "0", "1")]  # fmt: skip
    cases = {(c.get("classname"), c.get("name")): [e.tag for e in c] for c in root.iter("testcase")}
    assert cases["gradient.adam", "Ada Lovelace_4711"] == ["system-out"]
    assert cases["gradient.adam", "Ben_4712"] == ["error", "system-out"]


@given(st.text())
def test_junit_is_xml_whatever_a_diagnosis_holds(text):
    root = ET.fromstring(junit.export([Row("a", "b/c", 0, 1, "wrong", text)]))
    assert root.find(".//failure") is not None


# ------------------------------------------------------------------------------------------------------------- gradebook
def test_rows_of_a_gradebook(tmp_path):
    with pytest.raises(BadExport, match="holds no gradebook"):
        rows_of(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with Gradebook(tmp_path) as book:
        book.keep(Row("ada", "gradient/adam", 13, 13, "right", submitted_at=datetime(2026, 11, 1, tzinfo=UTC)))
    (row,) = rows_of(tmp_path)
    assert (row.student, row.points) == ("ada", 13)


# ------------------------------------------------------------------------------------------------------------- the command
def command(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.mark.parametrize("form", ["canvas", "moodle", "junit"])
def test_the_command(tmp_path, form):
    with Gradebook(tmp_path / "report") as book:
        book.keep(Row("ada", "gradient/adam", 13, 13, "right", submitted_at=datetime(2026, 11, 1, tzinfo=UTC)))
        book.keep(Row("ada", "gradient/gd", 11, 11, "right"))
    (tmp_path / "course").mkdir()  # a course.toml alone asks for exercises of the book
    asked = "[exercises.adam]\npoints = 26\ndue = 2026-10-31T00:00:00Z\nlate = 'points / 2'\n"
    (tmp_path / "course" / "course.toml").write_text(asked)
    done = command(form, tmp_path / "report", "--out", tmp_path / "out" / "file", "--course", tmp_path / "course")
    assert "1 of 1 submissions with a deadline count as on time" in " ".join(done.output.split())
    assert "26" in (tmp_path / "out" / "file").read_text(encoding="utf8")
    (tmp_path / "course" / "course.toml").write_text("times = 'files'\n" + asked)
    done = command(form, tmp_path / "report", "--out", tmp_path / "out" / "file", "--course", tmp_path / "course")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "out" / "file").read_text(encoding="utf8")
    assert "13" in text
    assert "gradient/gd" not in text, "the course does not ask for gd"
    done = command(form, tmp_path / "nothing", "--out", tmp_path / "other")
    assert done.exit_code == 2
    assert "holds no gradebook" in done.output
    assert not (tmp_path / "other").exists()


def test_the_command_writes_what_is_uploaded(tmp_path):
    assert command("gradescope", "adam", "--out", tmp_path / "a.zip").exit_code == 0
    assert zipfile.is_zipfile(tmp_path / "a.zip")
    assert command("classroom", "--out", tmp_path / "c.yml").exit_code == 0
    assert yaml.safe_load((tmp_path / "c.yml").read_text(encoding="utf8"))
    done = command("gradescope", "adma", "--out", tmp_path / "b.zip")
    assert done.exit_code == 2
    assert "did you mean adam?" in done.output
    assert not (tmp_path / "b.zip").exists()
    done = command("classroom", "--course", ROOT / "tests" / "grader" / "essay_course", "--out", tmp_path / "d.yml")
    assert done.exit_code == 2, "the workflow's nnopt check knows the book only"
    assert "valleys/descent is no exercise of the book" in done.output
    assert not (tmp_path / "d.yml").exists()


@pytest.mark.parametrize("name", ["adam.ipynb", "gradebook.sqlite", "Adam.IPYNB", "."])
def test_no_output_takes_the_place_of_work(tmp_path, name):
    before = b"" if name == "." else b"work"
    if name != ".":
        (tmp_path / name).write_bytes(before)
    done = command("gradescope", "adam", "--out", tmp_path / name)
    assert done.exit_code == 2
    assert "is a folder" in done.output if name == "." else "give it another name" in done.output
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([before] if before else [])


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_roster_without_an_end_is_refused():
    with pytest.raises(BadExport, match="larger than 50 MB"):
        read_roster("/dev/zero", "Identifier", "the worksheet")


# ------------------------------------------------------------------------------------------------------------- Classroom
def test_classroom():
    exercises = {name: course.exercise(name) for name in course.specs()}
    workflow = yaml.safe_load(classroom.export(exercises, "nnopt==0.1.0"))
    steps = workflow["jobs"]["run-autograding-tests"]["steps"]
    graders = [s for s in steps if "autograding-command-grader" in s.get("uses", "")]
    assert [s["with"]["command"] for s in graders] == [f"nnopt check {name}" for name in exercises]
    assert [s["with"]["max-score"] for s in graders] == [e.points for e in exercises.values()]
    ids = [s["id"] for s in graders]
    assert steps[-1]["with"]["runners"] == ",".join(ids)
    assert steps[-1]["env"] == {f"{i.upper()}_RESULTS": f"${{{{ steps.{i}.outputs.result }}}}" for i in ids}
    assert any(s.get("run") == "pip install 'nnopt==0.1.0'" for s in steps)
    assert "push" in workflow["on"]


@pytest.mark.parametrize("source", ["nnopt; rm -rf /", "'", "a b", ""])
def test_classroom_installs_one_thing(source):
    with pytest.raises(BadExport, match="pip installs"):
        classroom.export({}, source)


# ------------------------------------------------------------------------------------------------------------- Gradescope
def test_the_autograder_is_the_same_for_the_same_course():
    assert gradescope.export(["adam"], seed=1) == gradescope.export(["gradient/adam"], seed=1)
    with zipfile.ZipFile(io.BytesIO(gradescope.export(["adam"], seed=1))) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "requirements.txt", "course/solutions/gradient/adam.py"} <= set(names)
        assert not any("/pso.py" in name for name in names if name.startswith("course/"))
        assert archive.getinfo("setup.sh").external_attr >> 16 == 0o100755
        assert b"numpy==" in archive.read("requirements.txt")


@pytest.fixture(scope="module")
def autograder(tmp_path_factory):
    """Gradescope's folder, set up as Gradescope does it, but without a network: what is installed here counts as installed."""
    root = tmp_path_factory.mktemp("gradescope") / "autograder"
    with zipfile.ZipFile(io.BytesIO(gradescope.export(["adam"], no_sandbox=prove().name == "none"))) as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    for script in (root / "source" / "setup.sh", root / "run_autograder"):
        script.chmod(0o755)
    (root / "results").mkdir()
    here = site.getsitepackages()
    environment = os.environ | {"NNOPT_PYTHON": sys.executable, "PIP_NO_INDEX": "1", "PYTHONPATH": os.pathsep.join(here)}
    subprocess.run([root / "source" / "setup.sh"], check=True, env=environment, timeout=200, capture_output=True)
    packages = next((root / "nnopt-venv" / "lib").glob("python*/site-packages"))
    (packages / "here.pth").write_text("\n".join(here) + "\n")
    return root


def submit(root, files):
    """results.json and exit status for a submission of these files."""
    shutil.rmtree(root / "submission", ignore_errors=True)
    (root / "results" / "results.json").unlink(missing_ok=True)
    for name, data in files.items():
        path = root / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([root / "run_autograder"], env=environment, timeout=200, capture_output=True, text=True, check=False)
    path = root / "results" / "results.json"
    return done, json.loads(path.read_text(encoding="utf8")) if path.exists() else None


def test_gradescope_grades_a_submission(autograder):
    solution = (ROOT / "solutions" / "gradient" / "adam.ipynb").read_bytes()
    done, results = submit(autograder, {"my work.ipynb": solution})
    assert done.returncode == 0, done.stderr
    assert results["score"] == sum(t["max_score"] for t in results["tests"]) == course.exercise("adam").points
    assert {t["status"] for t in results["tests"]} == {"passed"}


def test_gradescope_names_the_mistake(autograder):
    notebook = json.loads((ROOT / "solutions" / "gradient" / "adam.ipynb").read_text(encoding="utf8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("1 - beta**t", "1 - beta") for line in cell["source"]]
    _, results = submit(autograder, {"adam.ipynb": json.dumps(notebook).encode()})
    assert results["score"] == course.exercise("adam").points - 2
    (failed,) = [t for t in results["tests"] if t["status"] == "failed"]
    assert failed["name"] == "gradient/adam: the bias of m_hat"
    assert failed["output"]


@pytest.mark.parametrize("place", ["course/solutions/config.json", "course/solutions/gradient/adam.py"])
def test_what_the_zip_knows_cannot_be_read_in_gradescope(autograder, place):
    if json.loads((autograder / "source" / gradescope.CONFIG).read_text(encoding="utf8"))["no_sandbox"]:
        missing("needs a sandbox: this machine offers none")
    notebook = json.loads((ROOT / "solutions" / "gradient" / "adam.ipynb").read_text(encoding="utf8"))
    (cell,) = [c for c in notebook["cells"] if "1 - beta**t" in "".join(c["source"])]
    cell["source"] = f"def bias(beta, t):\n    open({str(autograder / 'source' / place)!r}).read()\n    return beta / (1 - beta) - t * beta**t / (1 - beta**t)"
    _, results = submit(autograder, {"adam.ipynb": json.dumps(notebook).encode()})
    assert results["score"] == course.exercise("adam").points - 2
    assert "No such file" in str(results["tests"]) or "Permission" in str(results["tests"]) or "not permitted" in str(results["tests"])


def test_gradescope_of_nothing_and_of_rubbish(autograder):
    _, results = submit(autograder, {"notes.txt": b"none"})
    assert (results["score"], results["tests"][0]["name"]) == (0, "gradient/adam: unreadable")
    assert "handed in notes.txt" in results["tests"][0]["output"]
    _, results = submit(autograder, {"adam.ipynb": b"rubbish"})
    assert (results["score"], results["tests"][0]["name"]) == (0, "gradient/adam: unreadable")


def test_a_fault_in_gradescope_gives_no_results(autograder):
    config = autograder / "source" / gradescope.CONFIG
    good = config.read_text(encoding="utf8")
    config.write_text(good.replace('"seconds": 10.0', '"seconds": null'), encoding="utf8")
    try:
        done, results = submit(autograder, {"adam.ipynb": (ROOT / "solutions" / "gradient" / "adam.ipynb").read_bytes()})
    finally:
        config.write_text(good, encoding="utf8")
    assert done.returncode != 0
    assert results is None


def test_a_worksheets_dash_stays_a_dash(tmp_path):
    """Moodle writes it where nothing was handed in; a text that begins with one is no formula all the same."""
    roster = tmp_path / "worksheet.csv"
    roster.write_text("Identifier,Full name,Grade,Last modified (submission),Note\nParticipant 7,Ada,,-,-1+2\n", encoding="utf8")
    text, _ = moodle.export([Row("Ada_7", "gradient/adam", 5, 12, "partial")], roster=roster)
    assert text.splitlines()[1] == "Participant 7,Ada,5,-,'-1+2"


# ------------------------------------------------------------------------------------------------- rosters as they come
ADA = [Row("Ada_4711", "gradient/adam", 9, 12, "partial"), Row("Ada_4711", "gradient/gd", 6, 12, "partial"), Row("Ben_4712", "gradient/adam", 12, 12, "right"),
       Row("Ben_4712", "gradient/gd", 12, 12, "right")]  # fmt: skip
FINNISH = ("Tunniste", "Koko nimi", "Sähköpostiosoite", "Tila", "Arviointi", "Maksimipisteet", "Arviointia voidaan muuttaa", "Muokattu (palautus)",
           "Muokattu (arviointi)", "Palautekommentit")  # fmt: skip
SHEETS = {"en": ("Participant ", "Yes", "No", "24.00"), "de": ("Teilnehmer/in", "Ja", "Nein", "24,00"), "es": ("Participante ", "Sí", "No", "24,00"),
          "fr": ("Participant", "Oui", "Non", "24,00"), "fi": ("Osallistuja", "Kyllä", "Ei", "24,00")}  # fmt: skip


def worksheet(language, most=None, left_out=()):
    """A worksheet of three participants, the last of whose grades nobody can change."""
    word, yes, no, maximum = SHEETS[language]
    names = moodle.TRANSLATED.get(language, FINNISH)
    lines = [[f"{word}{number}", name, f"{name}@example.org", "Submitted", "", most or maximum, changeable, "Saturday, 24 October 2026, 8:00 PM", "-", ""]
             for number, name, changeable in ((4711, "Ada", yes), (9, "Cem", yes), (4712, "Ben", no))]  # fmt: skip
    kept = [k for k in range(len(names)) if k not in left_out]
    return [[line[k] for k in kept] for line in (list(names), *lines)]


def write(path, lines, mark=",", encoding="utf8", first=""):
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(lines)
    path.write_bytes((first + out.getvalue()).encode(encoding))
    return path


@pytest.mark.parametrize("mark, encoding, first", [(",", "utf8", ""), (";", "utf-8-sig", ""), ("\t", "utf-16", ""), (",", "utf-16", ""), (";", "utf8", "sep=;\r\n")])
@pytest.mark.parametrize("language", SHEETS)
def test_a_worksheet_in_any_language_and_form_is_filled(tmp_path, language, mark, encoding, first):
    lines = worksheet(language)
    text, notes = moodle.export(ADA, roster=write(tmp_path / "sheet.csv", lines, mark, encoding, first))
    got = table(text)
    assert [line[:4] + line[5:9] for line in got] == [line[:4] + line[5:9] for line in lines], "what is Moodle's stays"
    assert [line[4] for line in got[1:]] == ["15", "", ""]
    locked = "1 lines are left as they are, as Moodle lets nobody change their grades"
    if language == "fi":        # a language without translations here: feedback has no place that is always the same
        assert notes[0].endswith("'Tunniste' for Identifier, 'Koko nimi' for Full name, 'Arviointi' for Grade, 'Maksimipisteet' for Maximum Grade, "
                                 "'Arviointia voidaan muuttaa' for Grade can be changed")  # fmt: skip
        assert len(notes) == 2 and locked in notes[1] and got[1][9] == ""
    else:
        assert len(notes) == 1 and locked in notes[0] and got[1][9].startswith("gradient/adam: earned 9 of 12")


@pytest.mark.parametrize("language", ["en", "de", "fi"])
def test_another_maximum_is_scaled_or_refused(tmp_path, language):
    sheet = write(tmp_path / "sheet.csv", worksheet(language, most="100.00" if language == "en" else "100,00"))
    with pytest.raises(BadExport, match=r"has the maximum 100 there, and counts 24 in the course: set it to 24 there, or give --scale, which makes 24 points 100"):
        moodle.export(ADA, roster=sheet)
    text, _ = moodle.export(ADA, roster=sheet, scale=True)
    assert [line[4:6] for line in table(text)[1:]] == {"en": [["62.5", "100.00"], ["", "100.00"], ["", "100.00"]]}.get(
        language, [["62,5", "100,00"], ["", "100,00"], ["", "100,00"]])  # fmt: skip


def test_nothing_is_taken_by_place_that_is_not_there(tmp_path):
    for lines in (worksheet("fi", left_out=(5,)), worksheet("fi", left_out=(0,)), [["Tunniste", "Arviointi"], ["Osallistuja1", ""]]):
        with pytest.raises(BadExport, match="no column 'Identifier'"):
            moodle.export(ADA, roster=write(tmp_path / "sheet.csv", lines))
    text, notes = moodle.export(ADA, roster=write(tmp_path / "sheet.csv", worksheet("de", left_out=(9,))))
    assert table(text)[0] == list(moodle.TRANSLATED["de"][:9]), "no column is added"
    assert len(notes) == 1


@pytest.mark.parametrize("language, identifier", [("en", "Participant 4711"), ("de", "Teilnehmer/in4711"), ("es", "Participante 4711"), ("fr", "Participant4711")])
def test_a_worksheet_without_a_roster_is_in_the_language_asked_for(language, identifier):
    names, ada, _ = table(moodle.export(ADA, language=language)[0])
    assert tuple(names) == moodle.TRANSLATED[language] and ada[0] == identifier and ada[6] == SHEETS[language][1]
    with pytest.raises(BadExport, match="'xx' is no language of worksheets: there are en, de, es, fr"):
        moodle.export(ADA, language="xx")


def gradebook(path, possible=("100.0", "12"), mark=",", encoding="utf8"):
    lines = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW1 (1)", "adam (2)", "gd (3)", "Final Score"],
             ["    Points Possible", "", "", "", "", "24", *possible, "(read only)"],
             ["Lovelace, Ada", "4711", "s1", "ada", "A", "", "", "", ""], ["B, Ben", "4712", "s2", "ben", "A", "", "", "", ""]]  # fmt: skip
    return write(path, lines, mark, encoding)


@pytest.mark.parametrize("mark, encoding", [(",", "utf-8-sig"), (";", "utf8"), ("\t", "utf-16")])
def test_what_an_assignment_gives_in_canvas_stays(tmp_path, mark, encoding):
    roster = gradebook(tmp_path / "roster.csv", ("12.0", "12"), mark, encoding)
    text, notes = canvas.export(ADA, roster=roster)
    assert [line[5:] for line in table(text)] == [["adam (2)", "gd (3)"], ["12.0", "12"], ["9", "6"], ["12", "12"]]
    assert notes == []
    roster = gradebook(tmp_path / "roster.csv", ("100,0" if mark == ";" else "100.0", "12"), mark, encoding)
    with pytest.raises(BadExport, match=r"the column 'adam \(2\)' of .*roster.csv has the maximum 100 there, and counts 12 in the course"):
        canvas.export(ADA, roster=roster)
    text, _ = canvas.export(ADA, roster=roster, scale=True)
    assert [line[5:] for line in table(text)[1:]] == [["100,0" if mark == ";" else "100.0", "12"], ["75", "6"], ["100", "12"]]


def test_one_column_for_several_exercises(tmp_path):
    roster = gradebook(tmp_path / "roster.csv")
    text, notes = canvas.export(ADA, roster=roster, into="HW1")
    assert [line[5:] for line in table(text)] == [["HW1 (1)"], ["24"], ["15"], ["24"]]
    assert notes == []
    assert [line[5:] for line in table(canvas.export(ADA, into="Sum")[0])] == [["Sum"], ["24"], ["15"], ["24"]]
    fault = [*ADA[:3], Row("Ben_4712", "gradient/gd", None, 12, "fault")]
    assert [line[5] for line in table(canvas.export(fault, into="Sum")[0])] == ["Sum", "24", "15", ""], "a fault is never a zero"
    text, notes = canvas.export(ADA, roster=roster, into="HW7")
    assert notes == [f"{roster} has no column for HW7: Canvas will make a new assignment 'HW7' of 24 points"]
