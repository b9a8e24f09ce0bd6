"""Points by hand: cells in a notebook, answers of strangers, a CSV and back, a page on this computer only; nothing is run or rendered."""

import base64
import csv
import http.client
import io
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import nbformat
import pytest
from conftest import need
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course, release
from nnopt.grader.exercise.coursefile import Asked, CourseFile
from nnopt.grader.exercise.spec import Exercise, SpecError
from nnopt.grader.exports import gradescope
from nnopt.grader.gradebook import gradebook, last_run
from nnopt.grader.gradebook.gradebook import Gradebook
from nnopt.grader.grading import grade
from nnopt.grader.manual import answers as manual_answers
from nnopt.grader.manual import manual, sheet
from nnopt.grader.manual import pictures as manual_pictures
from nnopt.grader.manual import server as manual_server
from nnopt.grader.sandbox.probes import Level
from nnopt.grader.student import check, student

ROOT = Path(__file__).resolve().parents[2]
COURSE = Path(__file__).parent / "essay_course"
SOLUTION = COURSE / "solutions" / "valleys" / "descent.ipynb"
EXERCISE = course.exercise("descent", COURSE)
GIVEN = nbformat.reads(release.student_text(SOLUTION), as_version=4)
PROMPTS = manual_answers.prompts_of(release.student_text(SOLUTION), EXERCISE)
NASTY = "<script>document.title = 'gotcha'</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\n=cmd|' /C calc'!A0\n\u202eevil\x1b[31m"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=4, height=3, extra=b"", after=b""):
    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height)) if width * height < 1e6 else b""
    return (manual_pictures.PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + after)  # fmt: skip


def output(data, kind="image/png"):
    value = base64.b64encode(data).decode() + "\n" if isinstance(data, bytes) else data
    return {"output_type": "display_data", "data": {kind: value}, "metadata": {}}


def cell(part, text, outputs=(), kind=None):
    kind = kind or ("code" if part == "valley" else "markdown")
    more = {"outputs": list(outputs), "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"nbgrader": {"grade_id": part}}, "source": text, **more}


def notebook(*cells):
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
            "source": "def step(x, g, lr):\n    return x - lr * g\nsteepest = 'b'\n"}  # fmt: skip
    return json.dumps({"cells": [code, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def found(*cells):
    return manual_answers.answers(notebook(*cells).encode(), EXERCISE, PROMPTS)


CLASS = {
    "ann": [cell("discussion", "Curvature."), cell("valley", "plt.plot()", [output(png())])],
    "ben": [cell("discussion", NASTY), cell("valley", "plt.plot()", [output("<svg onload=alert(1)>", "image/svg+xml")])],
    "cem": [cell("discussion", PROMPTS["discussion"]), cell("valley", PROMPTS["valley"])],
    "dee": [],
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that was graded, without a sandbox, as nothing in it is hostile to run."""
    folder = tmp_path_factory.mktemp("graded")
    for name, cells in CLASS.items():
        hand_in(folder, name, *cells)
    (folder / "class" / "eve").mkdir()
    grade_it(folder)
    return folder


@pytest.fixture
def classroom(graded, tmp_path):
    """That class, to write into."""
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)
    last = tmp_path / "out" / last_run.LAST
    last.write_text(last.read_text().replace(str(graded), str(tmp_path)))
    return tmp_path


def hand_in(folder, name, *cells):
    path = folder / "class" / name / "valleys" / "descent.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(*cells))


def grade_it(folder, codes=False):
    grader = grade.Grader(folder / "class", folder / "out", Level("none", {}, {}), COURSE, 10.0, codes=codes)
    try:
        return grader.run()
    finally:
        grader.close()


def grades(folder):
    with open(folder / "out" / "grades.csv", newline="", encoding="utf8") as file:
        return {line["student"]: line for line in csv.DictReader(file)}


def command(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def lines_of(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write_lines(path, lines, **how):
    out = io.StringIO()
    table = csv.DictWriter(out, list(lines[0]), **how)
    table.writeheader()
    table.writerows(lines)
    path.write_text(out.getvalue(), encoding="utf8")


# --------------------------------------------------------------------------------------------------- in an exercise
def test_a_spec_declares_what_is_marked_by_hand():
    assert [(i.name, i.points, i.kind, i.title) for i in EXERCISE.by_hand] == [("discussion", 2, "text", "Discussion"), ("valley", 1.5, "figure", "The valley")]
    assert (EXERCISE.points, EXERCISE.max_points) == (3, 6.5)
    assert check.by_hand(EXERCISE) == "marked by hand: 3.5 points (Discussion, The valley)"


@pytest.mark.parametrize("arguments, sentence", [
    ({"name": "a b", "points": 1}, "is no name of a part"), ({"name": "a", "points": 0}, "a number above 0"),
    ({"name": "a", "points": True}, "a number above 0"), ({"name": "a", "points": 1, "kind": "film"}, "text or figure"),
])  # fmt: skip
def test_a_spec_that_cannot_be_is_refused(arguments, sentence):
    with pytest.raises(SpecError, match=sentence):
        Exercise("a/b").manual(**arguments)


def test_a_released_notebook_keeps_a_prompt_and_no_answer():
    text = release.student_text(SOLUTION)
    assert "curvature is large" not in text
    assert PROMPTS == {"discussion": "*Your answer here (2 points, marked by hand).*", "valley": "# Your figure here (1.5 points, marked by hand)"}
    meta = next(c.metadata.nbgrader for c in GIVEN.cells if c.metadata.nbgrader.grade_id == "discussion")
    assert (meta.grade, meta.solution, meta.locked, meta.points, meta.schema_version) == (True, True, False, 2, 3)


def test_of_a_marked_answer_the_rest_stays():
    cell = nbformat.v4.new_markdown_cell(f"Why?\n\n{release.TEXT_BEGIN}\nSo.\n{release.TEXT_END}", metadata={"nbgrader": {"points": 1}})
    assert release.blank(cell, "here") == "Why?\n\n*Your answer here (1 point, marked by hand).*"


def edited(**changes):
    def edit(nb):
        for c in nb.cells:
            if c.metadata.nbgrader.grade_id == "discussion":
                for key, value in changes.items():
                    c.metadata.nbgrader[key] = value
    return edit


def drop(nb):
    nb.cells = [c for c in nb.cells if c.metadata.nbgrader.grade_id != "discussion"]


def twice(nb):
    nb.cells.append(nbformat.v4.new_markdown_cell("x", metadata={"nbgrader": {"grade_id": "discussion", "grade": True, "solution": True}}))


@pytest.mark.parametrize("edit, sentence", [
    (edited(points=3), "gives 3 points, in the spec descent.py 2"), (edited(grade_id="talk"), "has no ex.manual('talk'"),
    (edited(solution=False), "grade and solution true"), (edited(locked=True), "locked and task false"), (drop, "no cell with the grade_id 'discussion'"),
    (twice, "two cells have the grade_id"),
])  # fmt: skip
def test_release_refuses_a_notebook_that_is_not_as_its_spec(tmp_path, edit, sentence):
    shutil.copytree(COURSE / "solutions", tmp_path / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "solutions" / "valleys" / "descent.ipynb"
    nb = nbformat.read(path, as_version=4)
    edit(nb)
    path.write_text(json.dumps(nb))
    done = command("release", "--course", tmp_path)
    assert done.exit_code == 2
    assert sentence in done.output
    assert not (tmp_path / "exercises").exists()


def test_a_part_marked_by_hand_can_be_renewed(tmp_path):
    path = tmp_path / "descent.ipynb"
    nb = nbformat.reads(release.student_text(SOLUTION), as_version=4)
    own = next(c for c in nb.cells if c.metadata.nbgrader.grade_id == "discussion")
    own.source = "My words."
    path.write_text(nbformat.writes(nb))
    assert student.reset(path, "descent", "discussion", COURSE).endswith("your answer stands below it")
    sources = [c.source for c in nbformat.read(path, as_version=4).cells]
    assert PROMPTS["discussion"] in sources
    assert any("My words." in s for s in sources), "no work is lost"
    assert student.reset(path, "descent", "discussion", COURSE).endswith("as it was given out already")


def test_check_says_what_is_marked_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "solutions", lambda folder=None: COURSE / "solutions")
    path = tmp_path / "descent.ipynb"
    path.write_text(notebook())
    done = command("check", path)
    assert done.exit_code == 0, "what waits for a person is not missing"
    assert "3 of 3 points\nmarked by hand: 3.5 points (Discussion, The valley)" in done.output
    done = command("check", "descent.discussion")
    assert (done.exit_code, "discussion is marked by hand" in done.output) == (2, True)


# --------------------------------------------------------------------------------------------------- answers of strangers
def test_answers_are_found_by_their_name():
    got = found(cell("discussion", "one", kind="raw"), cell("x", "not asked"), cell("valley", "plot", [output(png())]))
    assert (got["discussion"].text, got["discussion"].given, got["discussion"].notes) == ("one", True, [])
    assert [(p.kind, p.width, p.height) for p in got["valley"].pictures] == [("png", 4, 3)]


def test_a_copied_cell_counts_where_it_says_something():
    got = found(cell("discussion", "one"), cell("discussion", PROMPTS["discussion"]), cell("discussion", "two"), cell("discussion", "one"))
    assert got["discussion"].text == "one\n\ntwo"
    assert "2 cells" in got["discussion"].notes[0]


def test_no_answer_is_seen_as_none():
    got = found(cell("discussion", PROMPTS["discussion"] + "\n"))
    assert (got["discussion"].given, got["valley"].given, got["valley"].notes) == (False, False, ["Its cell was deleted."])


def test_hostile_texts_are_capped_and_legible():
    got = found(cell("discussion", "x" * 30_000), cell("valley", "\x00\x1b[2J\u202e\r\nok"))
    assert len(got["discussion"].text) == manual_answers.MAX_TEXT
    assert "first 20,000 of its 30,000" in got["discussion"].notes[0]
    assert got["valley"].text == "��[2J�\nok"


@pytest.mark.parametrize("outputs", [None, 3, [None, 3, {}, {"data": []}, {"data": {"image/png": 3}}, {"data": {"image/png": ["a", 3]}}],
                                     [output("no base64 \ud83d")], [output("AAAA")], [output(b"GIF89a" + bytes(50))]])  # fmt: skip
def test_outputs_that_are_none_are_passed_over(outputs):
    thing = cell("valley", "plot")
    thing["outputs"] = outputs
    got = found(thing)["valley"]
    assert (got.pictures, got.given) == ([], True)


@pytest.mark.parametrize("metadata", [None, [], {"nbgrader": None}, {"nbgrader": {"grade_id": ["discussion"]}}, {"nbgrader": {"grade_id": {}}}])
def test_metadata_that_is_none_is_passed_over(metadata):
    assert found({"cell_type": "markdown", "source": "x", "metadata": metadata}, 3, None)["discussion"].given is False


def test_only_checked_pictures_are_shown_and_nothing_else_ever():
    got = found(cell("valley", "plot", [output("<svg/>", "image/svg+xml"), output("<b>", "text/html"), output(png(9000, 9000)), output(png())]))["valley"]
    assert len(got.pictures) == 1
    assert sum("never shown" in note for note in got.notes) == 2
    assert any("9000 x 9000" in note for note in got.notes)
    assert len(found(cell("valley", "plot", [output(png()) for _ in range(20)]))["valley"].pictures) == manual_answers.MAX_PICTURES


def test_of_a_png_only_the_picture_stays():
    clean = png()
    dirty = png(extra=chunk(b"tEXt", b"Comment\0<script>") + chunk(b"acTL", bytes(8)), after=b"PK\3\4 another file")
    assert manual_pictures.picture(dirty).data == clean


@pytest.mark.parametrize("data", [
    png()[:40], png()[:-20], manual_pictures.PNG, manual_pictures.PNG + bytes(60), png().replace(b"IDAT", b"IDAX"), b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x02" * 3,
    b"\xff\xd8\xff\xc0\xff\xff", png(0, 3), png(2**31 - 1, 2**31 - 1), png(8000, 8000), bytes(manual_pictures.MAX_BYTES + 1), b"<svg/>",
])  # fmt: skip
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(manual_pictures.BadPicture):
        manual_pictures.picture(data)


def test_a_picture_of_matplotlib_is_one():
    import matplotlib
    from matplotlib.figure import Figure

    for kind in ("png", "jpeg"):
        out = io.BytesIO()
        with matplotlib.rc_context({"savefig.bbox": None}):  # the book's own style, which another test may have set, cuts margins
            Figure(figsize=(2, 1)).savefig(out, format=kind, dpi=100)
        got = manual_pictures.picture(out.getvalue())
        assert (got.kind, got.width, got.height) == (kind, 200, 100)
        import matplotlib.image

        assert matplotlib.image.imread(io.BytesIO(got.data), format=kind).shape[:2] == (100, 200), "it is still that picture"


# --------------------------------------------------------------------------------------------------- what waits
def test_what_waits_is_said_and_no_zero(classroom):
    rows = grades(classroom)
    assert (rows["ann"]["points"], rows["ann"]["max_points"], rows["ann"]["outcome"]) == ("3", "6.5", "right")
    assert rows["ann"]["diagnosis"] == "3.5 points wait for marking by hand"
    assert (rows["eve"]["outcome"], rows["eve"]["diagnosis"]) == ("missing", "")
    page = (classroom / "out" / "students" / "ann.html").read_text()
    assert "3 of 6.5 points" in page
    assert "3.5 points wait for marking by hand" in page
    assert "wait for marking by hand" in (classroom / "out" / "index.html").read_text()


def test_exports_say_how_many_wait(classroom):
    done = command("export", "canvas", classroom / "out", "--course", COURSE, "--out", classroom / "canvas.csv")
    assert done.exit_code == 0, done.output
    assert "4 grades are provisional: 14 points wait for marking by hand" in done.output


def test_gradescope_is_told_what_is_marked_by_hand_and_gives_the_rest(classroom):
    with Gradebook(classroom / "out") as book:
        results = gradescope.results_of([book.record("ann", "valleys/descent")], CourseFile(exercises={"valleys/descent": Asked("valleys/descent", 13)}), "full")
    assert (results["score"], sum(t["max_score"] for t in results["tests"])) == (6, 6), "3 of the 6.5 points, each of which counts 2"
    assert "3.5 points wait for marking by hand" in results["output"]


@pytest.mark.parametrize("name", ["descent", "rewritten"])
def test_nbgrader_reads_the_cells(tmp_path, name):
    """Its own `validate`, on the solution as it stands, and on one with another text in the cell that a person marks."""
    need("nbgrader")
    nb = nbformat.read(SOLUTION, as_version=4)
    nb.cells = [c for c in nb.cells if "nnopt" not in c.source]  # it runs what it validates, and knows nothing of this course
    if name == "rewritten":
        next(c for c in nb.cells if c.metadata.nbgrader.grade_id == "discussion").source = "My own words."
    (tmp_path / "work.ipynb").write_text(nbformat.writes(nb))
    next(c for c in nb.cells if c.metadata.nbgrader.grade_id == "valley").source = "pass"
    (tmp_path / "work.ipynb").write_text(nbformat.writes(nb))
    done = subprocess.run([sys.executable, "-m", "nbgrader", "validate", "work.ipynb"], cwd=tmp_path, env=os.environ | {"HOME": str(tmp_path)},
                          capture_output=True, text=True, timeout=250, check=False)  # fmt: skip
    assert "Success! Your notebook passes all the tests." in done.stdout, done.stdout + done.stderr


# --------------------------------------------------------------------------------------------------- a CSV and back
def exported(classroom, *more):
    done = command("manual", "export", classroom / "out", "--from", classroom / "class", "--course", COURSE, "--out", classroom / "marks.csv", *more)
    assert done.exit_code == 0, done.output
    return lines_of(classroom / "marks.csv")


def marked(lines, points, comment=""):
    """The lines with these points, by student and part."""
    for line in lines:
        key = line.get("student", line.get("code")), line["part"]
        line["points"], line["comment"] = points.get(key, line["points"]), comment if key in points else line["comment"]
    return lines


def take(classroom, *more):
    return command("manual", "import", classroom / "out", classroom / "marks.csv", *more)


def test_marks_go_out_and_come_back(classroom):
    lines = exported(classroom)
    assert [(line["student"], line["part"]) for line in lines] == [(s, p) for p in ("discussion", "valley") for s in CLASS]
    assert [line["points"] for line in lines] == [""] * 8
    write_lines(classroom / "marks.csv", marked(lines, {("ann", "discussion"): "1,5", ("ann", "valley"): "1", ("cem", "discussion"): "0"}, "-1: éa"),
                delimiter=";")  # fmt: skip
    done = take(classroom, "--by", "tutor")
    assert done.exit_code == 0, done.output
    assert "3 new marks; 5 lines without points" in done.output
    rows = grades(classroom)
    assert (rows["ann"]["points"], rows["ann"]["diagnosis"]) == ("5.5", "")
    assert (rows["cem"]["points"], rows["cem"]["diagnosis"]) == ("3", "1.5 points wait for marking by hand")
    assert "-1: éa" in (classroom / "out" / "students" / "ann.html").read_text(encoding="utf8")
    before = dump(classroom)
    assert "0 new marks" in take(classroom).output
    assert dump(classroom) == before, "a second time adds nothing"
    (classroom / "marks.csv").rename(classroom / "old.csv")
    shutil.rmtree(classroom / "marks-answers")
    again = exported(classroom)
    assert again[0]["comment"] == "'-1: éa", "no formula"
    assert "0 new marks" in take(classroom).output
    assert dump(classroom) == before


def dump(classroom):
    with Gradebook(classroom / "out") as book, book.engine.connect() as connection:
        return connection.execute(gradebook.manual.select()).all()


@pytest.mark.parametrize("change, sentence", [
    ({"points": "3"}, "points 3 are out of range; 0 to 2"), ({"points": "-1"}, "out of range"), ({"points": "nan"}, "out of range"),
    ({"points": "two"}, "'two' are no number"), ({"points": "=1+1"}, "no number"), ({"student": "zoe"}, "no student is called 'zoe'"),
    ({"part": "essay"}, "no part 'essay'"), ({"exercise": "a/b"}, "no part 'discussion'"), ({"version": "1.2E+11", "points": "1"}, "version '1.2E+11' is none"),
    ({"points": "", "comment": "good"}, "a comment without points"), ({"comment": "x" * 3000, "points": "1"}, "3000 characters"),
    ({"student": "ann", "points": "1"}, "stands in line 2 already"),
])  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_kept(classroom, change, sentence):
    lines = marked(exported(classroom), {("ann", "discussion"): "1"})
    lines[1] |= change
    write_lines(classroom / "marks.csv", lines)
    done = take(classroom)
    assert done.exit_code == 2
    assert "line 3: " in done.output
    assert sentence in done.output.replace("\n", " ")
    assert dump(classroom) == []


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\xff", 'student,exercise,part,points,comment,version\n"x'])
def test_what_is_no_list_is_refused(classroom, text):
    (classroom / "marks.csv").write_bytes(text.encode("latin1"))
    done = take(classroom)
    assert done.exit_code == 2
    assert done.output.count("\n") <= 2
    assert "Traceback" not in done.output


def test_a_line_of_an_older_notebook_is_refused(classroom):
    lines = marked(exported(classroom), {("ann", "discussion"): "1"})
    write_lines(classroom / "marks.csv", lines)
    hand_in(classroom, "ann", cell("discussion", "More."))
    grade_it(classroom)
    done = take(classroom)
    assert done.exit_code == 2
    assert "line 2: the notebook of ann is another one since the list was written" in done.output
    assert dump(classroom) == []


def test_a_line_that_was_marked_since_is_refused(classroom):
    lines = marked(exported(classroom), {("ann", "discussion"): "1"})
    write_lines(classroom / "marks.csv", lines)
    with manual.Work(classroom / "out") as work:
        work.give(work.entries[0], 2, "", "other")
    done = take(classroom)
    assert done.exit_code == 2
    assert "line 2: ann, discussion was marked since (2 by other)" in done.output


def test_emptied_points_take_the_mark_away(classroom):
    with manual.Work(classroom / "out") as work:
        for entry in work.entries[:3]:
            work.give(entry, 1, "Yes.", "tutor")
        lines = exported(classroom)
        work.give(work.entries[2], 2, "", "other")
        work.give(work.entries[3], 0, "", "other")
    for n in range(4):  # of these four, the last was not marked yet when the list was written
        lines[n] |= {"points": "1" if n == 0 else "", "comment": "Yes." if n == 0 else ""}
    write_lines(classroom / "marks.csv", lines)
    done = take(classroom, "--by", "me")
    assert done.exit_code == 0, done.output
    assert ("0 new marks; 6 lines without points; 1 taken away, as their points were emptied; 2 of the lines without points were marked since"
            in " ".join(done.output.split()))  # fmt: skip
    assert {student: points for (student, _), points in grades_of_hand(classroom).items()} == {"ann": 1, "cem": 2, "dee": 0}
    assert [(m.points, m.by) for m in dump(classroom) if m.student == "ben"] == [(1, "tutor"), (gradebook.TAKEN_AWAY, "me")], "the record stays"
    row = grades(classroom)["ben"]
    assert (row["points"], row["diagnosis"]) == ("3", "3.5 points wait for marking by hand")
    before = dump(classroom)
    assert "taken away" not in take(classroom).output
    assert dump(classroom) == before, "a second time changes nothing"
    write_lines(classroom / "marks.csv", marked(lines, {("ben", "discussion"): "2"}))
    assert "ben, discussion has no such mark in this gradebook: export again" in " ".join(take(classroom).output.split())
    with manual.Work(classroom / "out") as work:
        work.give(work.entries[1], 2, "", "me")
    assert grades_of_hand(classroom)["ben", "discussion"] == 2


def test_names_come_back_as_they_are(tmp_path):
    for name in ("Ada  Lovelace_1", "bob ", "0042", "0"):
        hand_in(tmp_path, name, cell("discussion", f"Words of {name}."))
    grade_it(tmp_path)
    lines = marked(exported(tmp_path), {})
    write_lines(tmp_path / "marks.csv", [line | {"student": line["student"].lstrip("0") or "0", "points": "1"} for line in lines])
    done = take(tmp_path)
    assert done.exit_code == 0, done.output
    assert {student for student, _ in grades_of_hand(tmp_path)} == {"Ada Lovelace_1", "bob", "0042", "0"}  # names as they are shown


def grades_of_hand(folder):
    with Gradebook(folder / "out") as book:
        return {(student, part): mark["points"] for (student, _, part), mark in book.marks().items()}


def test_answers_in_cells_are_no_formulas(classroom):
    lines = exported(classroom)
    text = next(line["answer"] for line in lines if line["student"] == "ben")
    assert "\n" not in text
    assert not re.search(r"(^|[;,\t|\"'\n])\s*[=+\-@](?!')", text.replace("'=", "").replace("'-", ""))
    assert "'=cmd" not in sheet.harmless("a =cmd"), "in the midst of a cell it is a text"
    assert sheet.harmless("=1") == "'=1"
    assert sheet.harmless("x;\t=1\n@y, -2") == "x;'=1 @y, '-2".replace(";'", "; '")
    assert (classroom / "marks-answers" / "00003 ben discussion.txt").read_text(encoding="utf8") == manual_answers.legible(NASTY)
    assert (classroom / "marks-answers" / "00006 ann valley 1.png").read_bytes() == png()


def test_an_export_overwrites_nothing(classroom):
    (classroom / "marks.csv").write_text("my marks")
    done = command("manual", "export", classroom / "out", "--out", classroom / "marks.csv")
    assert done.exit_code == 2
    assert "is there already" in done.output
    assert (classroom / "marks.csv").read_text() == "my marks"
    assert not (classroom / "marks-answers").exists()


def test_codes_in_place_of_names(classroom):
    hand_in(classroom, "ann", cell("discussion", "Curvature. Signed: Ann"), cell("valley", "plt.plot()", [output(png())]))
    grade_it(classroom, codes=True)
    lines = exported(classroom)
    assert any("Curvature. Signed: " in line["answer"] for line in lines)
    assert next(iter(lines[0])) == "code"
    for path in [classroom / "marks.csv", *(classroom / "marks-answers").iterdir()]:
        assert not re.search(r"\b(ann|ben|cem|dee)\b", path.name + path.read_bytes().decode("latin1"), re.IGNORECASE)
    with Gradebook(classroom / "out") as book:
        code = book.code("ann")
    write_lines(classroom / "marks.csv", marked(lines, {(code, "discussion"): "2"}))
    assert take(classroom).exit_code == 0
    assert grades(classroom)[code]["points"] == "5", "the pages are made as they were: with codes"
    assert not (classroom / "out" / "students" / "ann.html").exists()


def test_a_mark_stays_with_the_answer(classroom):
    with manual.Work(classroom / "out") as work:
        for entry in work.entries[:2]:
            work.give(entry, 1, "", "tutor")
    hand_in(classroom, "ann", cell("valley", "plot", [output(png())]), cell("discussion", "Curvature."))
    hand_in(classroom, "ben", cell("discussion", "Another one."))
    grade_it(classroom)
    assert "look again" in grades(classroom)["ann"]["diagnosis"]
    with manual.Work(classroom / "out") as work:
        assert work.carried == 1
        waits = [entry.student for entry in work.entries if entry.part.name == "discussion" and work.waits(entry, work.book.marks())]
    assert waits == ["ben", "cem", "dee"]
    assert manual.refresh(classroom / "out")
    assert "look again" not in grades(classroom)["ann"]["diagnosis"]
    assert (grades(classroom)["ben"]["points"], "look again" in grades(classroom)["ben"]["diagnosis"]) == ("4", True)


def test_pages_wait_for_a_run_that_is_at_work(classroom):
    said, done = [], []
    with manual.Work(classroom / "out") as work:
        work.give(work.entries[0], 2, "", "tutor")
    with grade.alone(classroom / "out"):
        thread = threading.Thread(target=lambda: done.append(manual.refresh(classroom / "out", say=said.append)))
        thread.start()
        while not said:
            time.sleep(0.01)
        assert not done
        assert grades(classroom)["ann"]["points"] == "3"
    thread.join()
    assert done == [True]
    assert grades(classroom)["ann"]["points"] == "5"


@pytest.mark.parametrize("arguments", [["export", "--out", "x.csv"], ["serve"]])
def test_a_folder_without_gradebook_is_refused(tmp_path, arguments):
    done = command("manual", arguments[0], tmp_path, "--from", tmp_path, "--course", COURSE, *arguments[1:])
    assert done.exit_code == 2
    assert "holds no gradebook" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_course_without_such_parts_is_refused(classroom):
    done = command("manual", "export", classroom / "out", "--from", classroom / "class", "--course", ROOT, "--out", classroom / "x.csv")
    assert (done.exit_code, "no exercise that this course asks for" in done.output) == (2, True)


def test_what_the_course_does_not_ask_for_is_not_marked(classroom):
    own = classroom / "own"
    shutil.copytree(COURSE / "solutions", own / "solutions")
    shutil.copytree(ROOT / "solutions" / "gradient", own / "solutions" / "gradient")
    (own / "course.toml").write_text("[exercises.gd]\n")
    done = command("manual", "export", classroom / "out", "--course", own, "--out", classroom / "x.csv")
    assert (done.exit_code, "no exercise that this course asks for" in done.output) == (2, True)
    (own / "course.toml").write_text("[exercises.gd]\n[exercises.descent]\n")
    assert command("manual", "export", classroom / "out", "--course", own, "--out", classroom / "x.csv").exit_code == 0


# --------------------------------------------------------------------------------------------------- a page on this computer
@pytest.fixture
def server(classroom):
    """The list of the class, served."""
    with manual.Work(classroom / "out") as work, manual_server.Server(manual_server.Desk(work, "tutor")) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(server, path, method="GET", body=None, **headers):
    """A request, with the headers of a browser on an own page unless others are given; None leaves one out."""
    own = f"127.0.0.1:{server.server_port}"
    headers = {"Host": own} | ({"Origin": f"http://{own}"} if method == "POST" else {}) | {k.replace("_", "-"): v for k, v in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        data = None if body is None else urlencode(body).encode() if isinstance(body, dict) else body
        headers = ({"Content-Length": str(len(data))} if data is not None else {}) | headers
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        return SimpleNamespace(status=answer.status, headers=answer.headers, data=answer.read())
    finally:
        connection.close()


def own(server, rest=""):
    return f"/{server.token}/{rest}"


@pytest.mark.parametrize("path", ["/", "", "/favicon.ico", "/x/", "/{}x/", "/{}", "//", "/../{}/", "/%2e%2e/etc/passwd", "{}/"])
def test_without_the_token_there_is_nothing(server, path):
    token = server.token[:-1]
    for method in ("GET", "POST", "HEAD", "PUT", "OPTIONS"):
        got = ask(server, path.format(token), method, {} if method == "POST" else None)
        assert (got.status, got.data) == (403, b"")


def test_only_this_computers_name_is_answered(server):
    port = server.server_port
    for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}", f"127.0.0.1:{port}.evil.example", "", None):
        assert ask(server, own(server), Host=host).status == 403, host
    assert ask(server, own(server), Host=f"localhost:{port}").status == 200
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("headers", [
    {"Origin": None}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    {"Origin": "null", "Sec_Fetch_Site": "same-site"}, {"Origin": "http://127.0.0.1"}, {"Host": "evil.example", "Origin": "http://evil.example"},
])  # fmt: skip
def test_marks_come_from_own_pages_only(server, headers):
    form = {"points": "1", "comment": "", "seen": "0"}
    assert ask(server, own(server, "0/0"), "POST", form, **headers).status == 403
    assert ask(server, own(server, "0"), "POST", form, **headers).status == 403
    assert server.desk.work.book.marks() == {}
    assert ask(server, own(server, "0/0"), "POST", form, Origin="null", Sec_Fetch_Site="same-origin").status == 303


@pytest.mark.parametrize("path", ["9", "0/99", "x", "0/0/", "0/0/picture/0", "1/0/picture/1", "1/1/picture/0", "1/0/picture/../../..", "../../etc/passwd",
                                  "0/0/picture/%2e%2e", "-1", "0/-1", "٣", "0?x", "0/0/picture/1/../0"])  # fmt: skip
def test_no_other_place_is_served(server, path):
    from urllib.parse import quote

    assert ask(server, own(server, quote(path, safe="/?%"))).status == 404


@pytest.mark.parametrize("body, headers, status", [
    ({"points": "3"}, {}, 409), ({"points": "nan"}, {}, 409), ({"points": ""}, {}, 409), ({}, {}, 409), ({"points": "1", "seen": "1"}, {}, 409),
    ({"points": "1", "seen": "0", "comment": "x" * 3000}, {}, 409), (b"points=\xff", {}, 400), (b"a=1&" * 40, {}, 400),
    (b"", {"Content_Length": "-1"}, 400), (b"", {"Content_Length": "99999999"}, 400), (b"", {"Content_Length": None}, 400),
    (b"points=1&seen=0", {"Transfer_Encoding": "chunked"}, 400),
])  # fmt: skip
def test_what_is_no_mark_is_not_kept(server, body, headers, status):
    got = ask(server, own(server, "0/0"), "POST", body, **headers)
    assert got.status == status
    assert server.desk.work.book.marks() == {}
    if status == 409:
        assert b"Not kept" in got.data


def test_every_answer_forbids_scripts_and_tells_nobody(server):
    for path in ("", "0", "0/1", "1/0/picture/0"):
        got = ask(server, own(server, path))
        assert got.status == 200
        assert got.headers["Referrer-Policy"] == "no-referrer"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Cache-Control"] == "no-store"
        assert got.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "script-src" not in got.headers["Content-Security-Policy"]
        assert "unsafe" not in got.headers["Content-Security-Policy"]
        assert "Python" not in got.headers["Server"]
    assert (got.headers["Content-Type"], got.data) == ("image/png", png())
    html = ask(server, own(server, "0/1")).data.decode()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "{{ 7 * 7 }}" in html, "shown as it was written"
    assert "<svg" not in ask(server, own(server, "1/1")).data.decode()


def test_a_notebook_that_changed_meanwhile_shows_no_picture(server, classroom):
    hand_in(classroom, "ann", cell("valley", "other", [output(png(9, 9))]))
    assert ask(server, own(server, "1/0/picture/0")).status == 404


def test_marks_are_kept_as_they_are_saved(server):
    got = ask(server, own(server, "0/0"), "POST", {"points": "1.5", "comment": " two\nlines ", "seen": "0"})
    assert (got.status, got.headers["Location"]) == (303, own(server, "0/1"))
    book = server.desk.work.book
    assert [(m["points"], m["comment"], m["by"], m["number"]) for m in book.marks().values()] == [(1.5, "two lines", "tutor", 1)]
    ask(server, own(server, "0/0"), "POST", {"points": "1.5", "comment": "two lines", "seen": "0"})
    assert [m["number"] for m in book.marks().values()] == [1], "the same again is nothing new"
    got = ask(server, own(server, "0/0"), "POST", {"points": "1", "comment": "", "seen": "0"})
    assert got.status == 409
    assert b"marked elsewhere meanwhile" in got.data
    ask(server, own(server, "0/0"), "POST", {"quick": "2", "points": "", "comment": "", "seen": "1"})
    assert [(m["points"], m["number"]) for m in book.marks().values()] == [(2, 2)]
    assert ask(server, own(server, "0"), "POST", {}).status == 303
    assert {key[0]: m["points"] for key, m in book.marks().items()} == {"ann": 2, "cem": 0, "dee": 0}, "no points to those without an answer"


def test_a_mark_is_taken_away(server, classroom):
    """It stays in the record; what was marked elsewhere meanwhile stays, too."""
    book, away = server.desk.work.book, {"away": "yes"}
    assert b"Take this mark away" not in ask(server, own(server, "0/0")).data, "there is none"
    assert ask(server, own(server, "0/0"), "POST", {**away, "seen": "0"}).status == 303
    assert dump(classroom) == []
    ask(server, own(server, "0/0"), "POST", {"points": "2", "comment": "", "seen": "0"})
    assert b"Take this mark away" in ask(server, own(server, "0/0")).data
    got = ask(server, own(server, "0/0"), "POST", {**away, "seen": "0"})
    assert got.status == 409 and b"marked elsewhere" in got.data and len(book.marks()) == 1
    got = ask(server, own(server, "0/0"), "POST", {**away, "seen": "1"})
    assert (got.status, got.headers["Location"]) == (303, own(server, "0/0")), "to be seen that it waits again"
    assert book.marks() == {} and b"marked by" not in ask(server, own(server, "0/0")).data.lower()
    assert [(m.points, m.by) for m in dump(classroom)] == [(2, "tutor"), (gradebook.TAKEN_AWAY, "tutor")]
    ask(server, own(server, "0/0"), "POST", {"points": "1", "comment": "", "seen": "0"})
    assert [m["points"] for m in book.marks().values()] == [1]


def test_a_busy_gradebook_keeps_nothing_and_says_so(server, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def locked(marks):
        raise OperationalError("insert", {}, Exception("database is locked"))

    monkeypatch.setattr(server.desk.work.book, "mark", locked)
    got = ask(server, own(server, "0/0"), "POST", {"points": "1", "comment": "mine", "seen": "0"})
    assert (got.status, b"Not kept" in got.data, b"mine" in got.data) == (409, True, True)


def test_no_points_go_to_all_or_none_and_what_fails_is_said(server, monkeypatch, capsys):
    from sqlalchemy.exc import OperationalError

    book, kept = server.desk.work.book, []

    def locked(marks):
        kept.extend(marks)
        raise OperationalError("insert", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(book, "mark", locked)
        got = ask(server, own(server, "0"), "POST", {})
    assert (got.status, b"Not kept: the gradebook is busy" in got.data) == (409, True)
    assert [mark["student"] for mark in kept] == ["cem", "dee"], "in one step"
    assert ask(server, own(server, "0"), "POST", {}).status == 303
    assert [mark["student"] for mark in book.marks().values()] == ["cem", "dee"]
    server.desk.templates = None
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, own(server))
    assert "a page could not be made" in capsys.readouterr().err


def test_port_80_needs_no_number(server, monkeypatch):
    monkeypatch.setattr(server, "server_port", 80)
    handler = manual_server.Handler.__new__(manual_server.Handler)
    handler.server, handler.path = server, f"/{server.token}/0"
    for host, rest in (("127.0.0.1", "0"), ("localhost:80", "0"), ("evil.example", None)):
        handler.headers = http.client.HTTPMessage()
        handler.headers["Host"] = host
        assert handler.place() == rest


def test_marks_given_at_once_are_all_kept(classroom):
    with manual.Work(classroom / "out") as work:
        entry = work.entries[0]
        give = lambda points: manual.enter(work.book, [manual.values(*entry.key, points, 2, "", "", entry.sha256, "")])  # noqa: E731
        threads = [threading.Thread(target=give, args=(n / 10,)) for n in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert work.book.marks()[entry.key]["number"] == 4


def begin(classroom, *more):
    """``nnopt manual serve`` in a process of its own, and the address that it prints."""
    arguments = [sys.executable, "-c", "from nnopt.cli import app; app()", "manual", "serve", str(classroom / "out"), *more]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    said = ""
    while "Ctrl-C ends it" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return process, re.search(r"http://\S+", said)[0]


def test_a_kill_loses_nothing_that_was_saved(classroom):
    process, address = begin(classroom)
    try:
        _, _, host, token, _ = address.split("/")
        far = SimpleNamespace(server_port=int(host.partition(":")[2]), token=token)
        assert ask(far, own(far, "0/0"), "POST", {"points": "2", "comment": "", "seen": "0"}).status == 303
    finally:
        process.kill()
        process.communicate(timeout=60)
    assert [line.points for line in dump(classroom)] == [2]
    assert grades(classroom)["ann"]["points"] == "3", "the pages are as they were"
    grade_it(classroom)
    assert grades(classroom)["ann"]["points"] == "5"


def test_two_answers_marked_in_a_browser(classroom, browser, axe):
    process, address = begin(classroom)
    try:
        context = browser.new_context()
        page, wrong = context.new_page(), []
        page.on("console", lambda message: wrong.append(f"{message.location['url']}: {message.text}"))
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
        page.goto(address)
        look(page, axe)
        for link in ("Discussion", "ann"):
            with page.expect_navigation():
                page.get_by_role("link", name=link).click()
            look(page, axe)
        page.keyboard.type("1.5")  # the field for points has the keyboard already
        page.keyboard.press("Tab")
        page.keyboard.type("Say why.")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/0/1$"))
        assert page.locator("h1").inner_text().startswith("ben")
        assert "gotcha" not in page.title()
        page.get_by_role("button", name="Save with 2 points").click()
        page.wait_for_url(re.compile("/0/2$"))
        assert "2 left in this part" in page.locator("main").inner_text()
        page.goto(f"{address}1/0")
        assert page.locator("figure img").evaluate("image => image.naturalWidth") == 4
        look(page, axe)
        page.goto(f"{address}0/1")
        with page.expect_navigation():
            page.get_by_role("button", name="Take this mark away").click()
        assert "3 left in this part" in page.locator("main").inner_text()
        with page.expect_navigation():
            page.get_by_role("button", name="Save with 2 points").click()
        page.goto(f"{address}0/0")
        look(page, axe)
        page.get_by_label("Points, 0 to 2").fill("")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        look(page, axe)
        assert "Not kept" in page.get_by_role("alert").inner_text()
        expected = ("/favicon.ico: Failed", "/0/0: Failed to load resource: the server responded with a status of 409")
        assert [w for w in wrong if not any(e in w for e in expected)] == []
        context.close()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert "up to date" in said
    finally:
        process.kill()
        process.communicate()
    rows = grades(classroom)
    assert (rows["ann"]["points"], rows["ben"]["points"], rows["cem"]["points"]) == ("4.5", "5", "3")
    assert "Say why." in (classroom / "out" / "students" / "ann.html").read_text(encoding="utf8")


def look(page, axe):
    """Nothing is too wide or hard to read or to reach, in light and dark."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than {width} px"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(axe + ";axe.run(document, {resultTypes: ['violations', 'passes']})")
            assert len(found["passes"]) > 10, "axe-core looked at next to nothing"
            assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]] == [], f"{page.url}, {width} px, {scheme}"
            if os.environ.get("NNOPT_PICTURES"):  # to be looked at by a person
                page.screenshot(path=f"{os.environ['NNOPT_PICTURES']}/{len(os.listdir(os.environ['NNOPT_PICTURES'])):02} {width} {scheme}.png")
