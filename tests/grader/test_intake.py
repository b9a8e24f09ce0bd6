"""Ordinary classes, in every shape that they come in: nobody is lost, and what can be read in two ways is not read.

The shapes are those of reports from the field: each stands for a kind, and hypothesis draws the rest of the kind.
"""

import io
import itertools
import os
import shutil
import string
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnopt.grader.intake import inputs, layouts
from nnopt.grader.intake.inputs import BadSubmissions, Known

from .test_inputs import ADAM, EXERCISES, GD, notebook, tree, zipped

ANY = notebook(ADAM)


def class_of(source, **known):
    """Students, what answers what, and all that was said."""
    with inputs.opened(source, EXERCISES, known=Known(**known)) as got:
        answers = {key: one.why or one.path.read_bytes() for key, one in got.submissions.items()}
        return got, answers


def graded(source, **known):
    """{student: the notebook or why not} of Adam."""
    got, answers = class_of(source, **known)
    return {student: answers.get((student, "gradient/adam")) for student in got.students}


def bytes_of_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


def with_raw_names(path, files):
    """A zip whose names are bytes without a word on their encoding, as an older Windows packs them."""
    marks = [f"{n:03}".ljust(len(name), "~") for n, name in enumerate(files)]
    data = bytes_of_zip(dict(zip(marks, files.values(), strict=True)))
    for mark, name in zip(marks, files, strict=True):
        data = data.replace(mark.encode(), name)
    path.write_bytes(data)
    return path


# ------------------------------------------------------------------------------------------- one tree, whatever it came in
SHAPES = ({"adam.ipynb": ANY}, {"gradient/adam.ipynb": ANY}, {"hw/solution.ipynb": ANY}, {"hw.rar": b"Rar!"}, {"adam.ipynb.txt": ANY},
          {".ipynb_checkpoints/adam-checkpoint.ipynb": notebook(ADAM, "old")}, {"gradient/gd.ipynb": notebook(GD)}, {"notes.pdf": b"%PDF"},
          {"work.zip": bytes_of_zip({"adam-2.ipynb": notebook(ADAM, "packed")})}, {"adam.ipynb": b"{}"}, {"adam.py": b"x = 1"},
          {"old/adam.ipynb": notebook(ADAM, "1"), "new/adam.ipynb": notebook(ADAM, "2")}, {"adam-1.ipynb": notebook(ADAM, "again")})  # fmt: skip
NAMES = st.text(st.sampled_from(string.ascii_letters + "éßŁяし-_’·🙂 '"), min_size=1, max_size=12).filter(
    lambda name: layouts.proper(name) and layouts.person(name) == name and not layouts.is_platforms(name, True) and name not in EXERCISES)
WORK = st.lists(st.sampled_from(SHAPES), max_size=3).map(lambda own: dict(itertools.chain.from_iterable(one.items() for one in own)))
CLASSES = st.dictionaries(NAMES, WORK, min_size=1, max_size=4)


def packed(own):
    return bytes_of_zip(own)


def forms(own: dict, at):
    """A class as a folder, a zip, a folder and a zip of zips, and each of these in outer folders; with how deep students stand."""
    flat = {f"{student}/{name}": data for student, work in own.items() for name, data in work.items()}
    empty = [f"{student}/" for student, work in own.items() if not work]
    zips = {f"{student}.zip": packed(work) for student, work in own.items()}
    for depth in range(3):
        above = "/".join(("hw1", "all of it")[:depth]) + ("/" if depth else "")
        for name, files, folders in (("plain", flat, empty), ("zips", zips, [])):
            put = {above + name: data for name, data in files.items()} | {above + name: b"" for name in folders}
            folder = at / f"{name}{depth}"
            tree(folder, {name: data for name, data in put.items() if not name.endswith("/")})
            for one in put:
                if one.endswith("/"):
                    (folder / one).mkdir(parents=True, exist_ok=True)
            yield depth, folder
            yield depth, zipped(at / f"{name}{depth}.zip", put)
    yield 1, zipped(at / "a zip in a zip.zip", {"hw1.zip": bytes_of_zip(dict.fromkeys(empty, b"") | flat)})


def said(source, **known):
    """The class, as it can be compared; or that it can be read in two ways."""
    try:
        got, answers = class_of(source, **known)
    except BadSubmissions as error:
        return "refused" if "two ways" in str(error) or "holds" in str(error) else str(error)
    return got.students, answers, got.strangers, got.left_out


@settings(max_examples=40, deadline=None)
@given(CLASSES)
@example({"ada": {"adam.ipynb": ANY}, "ben": {"adam.ipynb": ANY}, "cem": {"adam.ipynb": b"{}"}})
@example({"ada": {"gradient/adam.ipynb": ANY}})
@example({"ada": {"hw/solution.ipynb": ANY}, "ben": {}})
@example({"Ada": {"adam.ipynb": ANY}, "ada": {"adam.ipynb": b"{}"}})
def test_a_class_is_the_same_in_every_form(tmp_path_factory, own):
    """Folder, zip, zip of zips, in outer folders: the same class where it is said how deep students stand; else the same, or a question."""
    at = tmp_path_factory.mktemp("forms")
    try:
        told = {source.name: said(source, layout=layouts.layout_of(depth)) for depth, source in forms(own, at)}
        first = told["plain0"]
        assert first[0] == sorted(own)
        assert {name: one for name, one in told.items() if one != first} == {}
        guessed = {(depth, source.name): said(source) for depth, source in forms(own, at)}
        assert len({repr(one) for (depth, _), one in guessed.items() if depth == 0}) == 1, "folder, zip and zip of zips"
        if len(own) > 1 and not any(set(work) & {"old/adam.ipynb"} for work in own.values()):
            assert all(one in (first, "refused") for one in guessed.values())
    finally:
        shutil.rmtree(at)


@settings(max_examples=30, deadline=None)
@given(CLASSES)
def test_everything_has_a_row_or_a_line(tmp_path_factory, own):
    at = tmp_path_factory.mktemp("lines")
    try:
        tree(at, {f"{student}/{name}": data for student, work in own.items() for name, data in work.items()})
        for student in own:
            (at / student).mkdir(exist_ok=True)
        got, answers = class_of(at, layout="student")
        for student, work in own.items():
            rows = [why for (who, _), why in answers.items() if who == student]
            for name, data in work.items():
                short = name.rpartition("/")[2]
                lines = [*got.strangers.get(student, []), *got.superseded.get(student, []), *(why for why in rows if isinstance(why, str))]
                junk = name.startswith(".ipynb_checkpoints") and any("computers add" in note for note in got.notes)
                assert data in rows or junk or any(short in line for line in lines) or name == "work.zip", (student, name)
            assert rows or not work or student in got.strangers, "handed in something, and is called missing"
    finally:
        shutil.rmtree(at)


# ------------------------------------------------------------------------------------------------------ cases of the field
def test_a_zip_of_zips_that_nnopt_submit_packed(tmp_path):
    """Canvas's download of what students packed."""
    work = bytes_of_zip({"gradient/adam.ipynb": ANY})
    names = ("lovelaceada_4711_99001_submission.zip", "oharaben_LATE_4712_99002_submission.zip")
    got, answers = class_of(zipped(tmp_path / "c.zip", dict.fromkeys(names, work)))
    assert answers == {("lovelaceada_4711", "gradient/adam"): ANY, ("oharaben_4712", "gradient/adam"): ANY}
    assert got.late == {("oharaben_4712", "gradient/adam")}
    assert got.notes == []


def test_a_class_in_one_outer_folder(tmp_path):
    files = {"hw1/ada/adam.ipynb": ANY, "hw1/ben/adam.ipynb": ANY, "hw1/cem/adam.ipynb": b"{}"}
    got, answers = class_of(zipped(tmp_path / "c.zip", files))
    assert answers == {(who, "gradient/adam"): ANY for who in ("ada", "ben")} | {("cem", "gradient/adam"): b"{}"}
    assert got.notes == ["c.zip is read as 3 students, ada, ben, cem, in the folder hw1, as their notebooks answer the same exercises"]
    assert got.left_out == []


@pytest.mark.parametrize("files, one, other", [
    ({"hw1/ada/adam.ipynb": ANY}, "one student, hw1 (--layout student)", "one student, ada, in the folder hw1 (--layout folder/student)"),
    ({"x/a/adam.ipynb": ANY, "x/b/gd.ipynb": notebook(GD)}, "one student, x (", "2 students, a, b, in the folder x (--layout folder/student)"),
    ({"group 1/ada/adam.ipynb": ANY, "group 1/ben/adam.ipynb": ANY, "group 2/cem/adam.ipynb": ANY},
     "2 students, group 1, group 2 (--layout student)", "3 students, ada, ben, cem (--layout folder/student)"),
])  # fmt: skip
def test_what_can_be_read_in_two_ways_is_not_read(tmp_path, files, one, other):
    """The sentence shows both; each can be said."""
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        with pytest.raises(BadSubmissions) as error, inputs.opened(source, EXERCISES):
            pass
        assert f"as {one}" in str(error.value) and other in str(error.value), error.value
        assert set(graded(source, layout="student")) == {name.split("/")[0] for name in files}
        assert set(graded(source, layout="folder/student")) == {name.split("/")[1] for name in files}


def test_a_layout_that_is_none_is_said(tmp_path):
    with pytest.raises(BadSubmissions, match="'pupil' is no layout"):
        graded(tree(tmp_path, {"ada/adam.ipynb": ANY}), layout="pupil")


PLATFORMS = {
    "Canvas, anonymous": ({"anon_f7Hm2_99006_adam.ipynb": ANY, "anon_x9AbC_LATE_99007_adam.ipynb": ANY}, ["anon_f7Hm2", "anon_x9AbC"]),
    "Canvas, a text": ({"lovelaceada_4711_99001_adam.ipynb": ANY, "oharaben_4712_text.html": b"<p>"}, ["lovelaceada_4711", "oharaben_4712"]),
    "Canvas, a rar": ({"lovelaceada_4711_99001_hw.rar": b"Rar!", "oharaben_4712_99002_adam.ipynb": ANY}, ["lovelaceada_4711", "oharaben_4712"]),
    "Blackboard": ({
        "Homework 1_alovelace_attempt_2026-11-20-14-05-09_adam.ipynb": ANY, "Homework 1_alovelace_attempt_2026-11-20-14-05-09.txt": b"Name: Ada",
        "Homework 1_ben_o_attempt_2026-11-20-15-00-00_adam.ipynb": ANY, "Homework 1_ben_o_attempt_2026-11-20-15-00-00.txt": b"Name: Ben",
    }, ["alovelace", "ben_o"]),
    "Gradescope": ({
        "assignment_7_export/submission_101/adam.ipynb": ANY, "assignment_7_export/submission_102/gradient/adam.ipynb": ANY,
        "assignment_7_export/submission_metadata.yml": b"---\nsubmission_101:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '1'\n"
        b"  :results:\n    :tests:\n    - :name: no student\nsubmission_102:\n  :submitters:\n  - :name: \"Zo\\xEB O'Hara\"\n  - :name: Ben\n",
    }, ["Ada Lovelace_101", "Zoë O'Hara, Ben_102"]),
    "Gradescope, no list": ({"submission_101/adam.ipynb": ANY, "submission_102/adam.ipynb": ANY}, ["submission_101", "submission_102"]),
    "ILIAS": ({
        "Blatt 1/Abgaben/Lovelace_Ada_alovelace_4711/adam.ipynb": ANY,
        "Blatt 1/Abgaben/O'Hara_Ben_bohara_4712/20261120140509_adam.ipynb": ANY,
    }, ["Lovelace_Ada_alovelace_4711", "O'Hara_Ben_bohara_4712"]),
    "ILIAS, teams": ({
        "Blatt 1/Abgaben/Team 7/Lovelace_Ada_alovelace_4711/adam.ipynb": ANY, "Blatt 1/Abgaben/Team 8/OHara_Ben_bohara_4712/adam.ipynb": ANY,
    }, ["Lovelace_Ada_alovelace_4711", "OHara_Ben_bohara_4712"]),
    "Moodle, a text": ({
        "Ada_4711_assignsubmission_file_/adam.ipynb": ANY, "Ben_4712_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        "Cem_4713_assignsubmission_file_/hw.7z": b"7z",
    }, ["Ada_4711", "Ben_4712", "Cem_4713"]),
    "zips": ({"ada.zip": bytes_of_zip({"adam.ipynb": ANY}), "ben.zip": bytes_of_zip({"ben/adam.ipynb": ANY}), "cem.rar": b"Rar!"},
             ["ada", "ben", "cem"]),
}  # fmt: skip


@pytest.mark.parametrize("wrapped", ["", "outer/"])
@pytest.mark.parametrize("layout", PLATFORMS)
def test_what_platforms_export(tmp_path, layout, wrapped):
    """As a folder and as a zip, also in an outer folder: whose it is, and whatever was handed in is a row."""
    files, students = PLATFORMS[layout]
    files = {wrapped + name: data for name, data in files.items()}
    known = {"layout": "folder/student"} if wrapped and layout == "zips" else {}
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        got, answers = class_of(source, **known)
        assert got.students == sorted(students)
        assert got.notes == []
        assert got.strangers == {}
        for student in students:
            work = answers[student, "gradient/adam"]
            assert work == ANY or "handed in" in work


def test_a_later_attempt_of_blackboard_counts(tmp_path):
    names = [f"HW_{who}_attempt_2026-11-{day}-14-05-09_adam.ipynb" for who, day in (("ada", 21), ("ada", 20), ("ben", 20))]
    assert graded(zipped(tmp_path / "c.zip", {name: notebook(ADAM, name) for name in names})) == {
        "ada": notebook(ADAM, names[0]), "ben": notebook(ADAM, names[2])}  # fmt: skip


def test_whatever_ending_a_file_has_its_student_has_a_row(tmp_path):
    """What reads as a notebook is graded; anything else is a row with the file's name."""
    files = {"ada/adam.ipynb.txt": ANY, "ben/adam.ipynb.json": ANY, "cem/hw.rar": b"Rar!\x1a\x07", "dee/hw.7z": b"7z", "eve/adam.py": b"#",
             "fay/adam.ipynb": ANY, "gus/hw.tar.gz": b"\x1f\x8b", "hal/adam.IPYNB": ANY, "ida/adam.json": ANY, "jon/adam.html": b"<p",
             "kim/.ipynb_checkpoints/adam-checkpoint.ipynb": ANY, "lea/adam (1).ipynb.download": ANY, "mia/solution": ANY}  # fmt: skip
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        got = graded(source)
        assert {student for student, work in got.items() if work == ANY} == {"ada", "ben", "fay", "hal", "ida", "lea", "mia"}
        for student, name in (("cem", "hw.rar"), ("dee", "hw.7z"), ("eve", "adam.py"), ("gus", "hw.tar.gz"), ("jon", "adam.html"),
                              ("kim", ".ipynb_checkpoints/adam-checkpoint.ipynb")):  # fmt: skip
            assert got[student] == f"handed in {name}, which is no notebook that can be read; asked for is a file .ipynb"


def test_a_file_called_after_an_exercise_stands_for_that_one_only(tmp_path):
    _, answers = class_of(tree(tmp_path, {"ada/gd.py": b"", "ada/adam.ipynb": ANY, "ada/plot.png": b"", "ben/adam.ipynb": ANY}))
    assert answers["ada", "gradient/adam"] == ANY
    assert "gd.py" in answers["ada", "gradient/gd"]
    assert len(answers) == 3


def test_copies_that_computers_keep_are_not_graded(tmp_path):
    old = notebook(ADAM, "old")
    files = {"ada/adam.ipynb": ANY, "ada/.ipynb_checkpoints/adam-checkpoint.ipynb": old, "__MACOSX/ada/._adam.ipynb": b"\0", ".git/x": b"",
             "ben/gradient/adam.ipynb": ANY, "ben/gradient/.ipynb_checkpoints/adam-checkpoint.ipynb": old, "ben/.DS_Store": b""}  # fmt: skip
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        got, answers = class_of(source)
        assert answers == {("ada", "gradient/adam"): ANY, ("ben", "gradient/adam"): ANY}
        assert got.left_out == []
        (note,) = got.notes
        assert ".ipynb_checkpoints (2)" in note


NAMED = ["Sinéad O’Brien_4800", "Marcel·la Gal·la_4801", "阿卜杜拉·买买提_4802", "ジョン・スミス_4803", "Ann–Lee Kim_4804", "Ana\xa0Ruiz_4805",
         "Zoe 🙂_4806", "\u200fعلي_4807"]  # fmt: skip


def test_names_are_text(tmp_path):
    files = {f"{name}_assignsubmission_file_/adam.ipynb": ANY for name in NAMED}
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        got, _ = class_of(source)
        assert {layouts.platform_id(student) for student in got.students} == {str(4800 + n) for n in range(8)}
        assert {"Ana Ruiz_4805", "علي_4807", "Zoe 🙂_4806"} <= set(got.students)
        assert got.notes == []


def test_two_whose_names_show_alike_are_not_one(tmp_path):
    got, answers = class_of(tree(tmp_path, {"Ana Ruiz/adam.ipynb": ANY, "Ana\xa0Ruiz/adam.ipynb": notebook(GD)}))
    assert answers == {("Ana Ruiz", "gradient/adam"): ANY}
    assert got.left_out == ["'Ana Ruiz' is passed over: another one here has the same name, in other code points"]


def test_names_of_an_older_windows(tmp_path):
    names = ["Jürgen Müller", "Zoë", "João", "Nuñez Ángel", "ada"]
    path = with_raw_names(tmp_path / "c.zip", {f"{name}/adam.ipynb".encode("cp850"): ANY for name in names})
    got, answers = class_of(path)
    assert got.students == sorted(names)
    assert set(answers.values()) == {ANY}
    assert got.notes == ["names that an older Windows packed are read in code page cp850; where they are wrong, say --names"]
    assert class_of(path, names="cp850")[0].notes == []


def test_names_in_an_alphabet_that_cannot_be_told(tmp_path):
    path = with_raw_names(tmp_path / "c.zip", {"Анна/adam.ipynb".encode("cp866"): ANY})
    with pytest.raises(BadSubmissions, match="--names cp866"):
        graded(path)
    assert graded(path, names="cp866") == {"Анна": ANY}


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_folder_that_such_a_zip_was_unpacked_into(tmp_path):
    folder = os.fsencode(tmp_path) + "/Jürgen".encode("cp850")
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    Path(os.fsdecode(folder), "adam.ipynb").write_bytes(ANY)
    assert graded(tmp_path) == {"Jürgen": ANY}


def test_work_in_nobodys_folder_is_left_out_and_said(tmp_path):
    files = {"ada/adam.ipynb": ANY, "adam.ipynb": ANY, "grades.csv": b"", "ben/adam.ipynb": ANY}
    for source in (tree(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        got, _ = class_of(source)
        assert got.students == ["ada", "ben"]
        assert got.left_out == ["'adam.ipynb' is passed over: it lies in no student's folder"]
        assert len(got.notes) == 2
        assert any("grades.csv" in note for note in got.notes)


def test_a_class_in_a_zip_that_cannot_be_unpacked_is_not_one_student(tmp_path):
    with pytest.raises(BadSubmissions, match=r"nothing but hw1.zip, and it is no zip file; unpack it"):
        graded(zipped(tmp_path / "c.zip", {"hw1.zip": b"no zip"}))
    assert "no zip file" in graded(tmp_path / "c.zip", layout="student")["hw1"]
