"""Every way in which a class comes in: whose each notebook is, and which exercise it answers. No link is followed, nobody is lost."""

import io
import json
import os
import struct
import sys
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nnopt.grader.exercise import course
from nnopt.grader.intake import filenames, inputs

EXERCISES = {name: course.exercise(name) for name in course.specs()}
ADAM = "def adam_step():\n    pass\ndef adam_run():\n    pass\ndef bias():\n    pass\n"
GD = "def gd_step():\n    pass\ndef gd_run():\n    pass\ndef largest_lr():\n    pass\n"


def notebook(*sources, exercise=None):
    cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None} for s in sources]
    metadata = {"nnopt": {"exercise": exercise}} if exercise else {}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def tree(at, files):
    for name, data in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return at


def zipped(at, files):
    with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return at


def sorted_out(source):
    """{(student, exercise): contents or why}, the class."""
    with inputs.opened(source, EXERCISES) as handed_in:
        return {key: s.why or s.path.read_bytes() for key, s in handed_in.submissions.items()}, handed_in


def dated(files):
    """A zip as bytes, of (name, date and time, extra field, data)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, when, extra, data in files:
            info = zipfile.ZipInfo(name, when)
            info.extra = extra
            file.writestr(info, data)
    return out.getvalue()


def test_when_something_was_handed_in(tmp_path):
    """By the clock of a zip, read in the zone that the course says; exactly, where the zip has it; what a student's zip holds, with that zip."""
    east, noon, long_ago = timezone(timedelta(hours=9)), (2026, 11, 20, 12, 0, 0), (1999, 1, 1, 0, 0, 0)
    exactly = struct.pack("<HHBi", 0x5455, 5, 1, int(datetime(2026, 11, 19, 8, tzinfo=UTC).timestamp()))
    work = dated([("adam.ipynb", long_ago, b"", notebook(ADAM))])
    (tmp_path / "class.zip").write_bytes(dated([
        ("ada/adam.ipynb", noon, b"", notebook(ADAM)), ("ben/adam.ipynb", noon, struct.pack("<HHI", 0x7875, 4, 0) + exactly, notebook(ADAM)),
        ("cem/work.zip", noon, b"", work), ("dee/adam.ipynb", (2026, 0, 0, 0, 0, 0), b"", notebook(ADAM)),
    ]))  # fmt: skip

    def times(source):
        with inputs.opened(source, EXERCISES, lambda clock: clock.replace(tzinfo=east)) as handed_in:
            return {student: one.when() for (student, _), one in handed_in.submissions.items()}

    read = datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert times(tmp_path / "class.zip") == {"ada": read, "ben": datetime(2026, 11, 19, 8, tzinfo=UTC), "cem": read, "dee": datetime.fromtimestamp(0, UTC)}
    tree(tmp_path / "class", {"ada/work.zip": work, "ben/x/y.txt": b""})
    os.utime(tmp_path / "class" / "ada" / "work.zip", (read.timestamp(),) * 2)
    assert times(tmp_path / "class")["ada"] == read


LAYOUTS = {
    "plain": ({"ada/gradient/adam.ipynb": ADAM, "ben/gradient/gd.ipynb": GD}, "ada", "ben"),
    "flat": ({"ada/adam.ipynb": ADAM, "ben/gd-2.ipynb": GD}, "ada", "ben"),
    "wrapped": ({"hw1/ada/gradient/adam.ipynb": ADAM, "hw1/ben/gradient/gd.ipynb": GD}, "ada", "ben"),
    "Moodle, by folder": ({
        "Ada Lovelace_4711_assignsubmission_file_/adam.ipynb": ADAM, "Ben O'Hara_4712_assignsubmission_file_/solution.ipynb": GD,
    }, "Ada Lovelace_4711", "Ben O'Hara_4712"),
    "Moodle, by folder, older": ({
        "Ada Lovelace_4711_assignsubmission_file/adam.ipynb": ADAM, "Ben O'Hara_4712_assignsubmission_file/gd.ipynb": GD,
    }, "Ada Lovelace_4711", "Ben O'Hara_4712"),
    "Moodle, by file": ({
        "Ada Lovelace_4711_assignsubmission_file_adam.ipynb": ADAM, "Ben O'Hara_4712_assignsubmission_file_gd.ipynb": GD,
    }, "Ada Lovelace_4711", "Ben O'Hara_4712"),
    "Moodle, wrapped": ({
        "Course-HW1-88/Ada Lovelace_4711_assignsubmission_file_/adam.ipynb": ADAM,
        "Course-HW1-88/Ben O'Hara_4712_assignsubmission_file_/gd.ipynb": GD,
    }, "Ada Lovelace_4711", "Ben O'Hara_4712"),
    "Canvas": ({
        "lovelaceada_4711_99001_adam-1.ipynb": ADAM, "oharaben_LATE_4712_99002_gd.ipynb": GD,
    }, "lovelaceada_4711", "oharaben_4712"),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout, packed):
    files, ada, ben = LAYOUTS[layout]
    files = {name: notebook(source) for name, source in files.items()}
    source = zipped(tmp_path / "class.zip", files) if packed else tree(tmp_path / "class", files)
    got, handed_in = sorted_out(source)
    assert got == {(ada, "gradient/adam"): notebook(ADAM), (ben, "gradient/gd"): notebook(GD)}
    assert handed_in.students == [ada, ben]
    assert handed_in.notes == []
    assert handed_in.late == ({(ben, "gradient/gd")} if layout == "Canvas" else set())
    assert inputs.platform_id(ada) == ("4711" if "_" in ada else "")


def test_what_an_archive_gave_is_gone_afterwards(tmp_path):
    with inputs.opened(zipped(tmp_path / "c.zip", {"ada/adam.ipynb": notebook(ADAM)}), EXERCISES) as handed_in:
        path = handed_in.find("ada", "gradient/adam").path
        assert path.is_file()
        assert not path.is_relative_to(tmp_path)
    assert not path.exists()


def test_one_notebook_with_several_exercises(tmp_path):
    both = notebook(ADAM, "%matplotlib inline", GD)
    got, _ = sorted_out(tree(tmp_path, {"ada/all.ipynb": both, "ben/gradient/adam.ipynb": both}))
    assert got == {(s, e): both for s in ("ada", "ben") for e in ("gradient/adam", "gradient/gd")}


def test_a_helper_of_the_same_name_is_no_answer(tmp_path):
    got, _ = sorted_out(tree(tmp_path, {"ada/adam.ipynb": notebook(ADAM, "def gd_step():\n    pass")}))
    assert list(got) == [("ada", "gradient/adam")]


def test_renamed_files_are_known_by_what_the_release_wrote(tmp_path):
    got, _ = sorted_out(tree(tmp_path, {"ada/homework.ipynb": notebook("x = 1", exercise="gradient/adam")}))
    assert list(got) == [("ada", "gradient/adam")]


@pytest.mark.parametrize("first, second, counts", [
    ("adam-1.ipynb", "adam-2.ipynb", 1), ("adam (2).ipynb", "adam.ipynb", 0), ("gradient/adam.ipynb", "adam-7.ipynb", 0),
    ("Adam.ipynb", "notes.ipynb", 0),
])  # fmt: skip
def test_two_notebooks_for_one_exercise(tmp_path, first, second, counts):
    pair = [notebook(ADAM, "1"), notebook(ADAM, "2")]
    got, handed_in = sorted_out(tree(tmp_path, {f"ada/{first}": pair[0], f"ada/{second}": pair[1]}))
    assert got == {("ada", "gradient/adam"): pair[counts]}
    other = (second, first)[counts]
    assert handed_in.superseded == {"ada": [other]}, "it is no notebook of another course"
    assert handed_in.strangers == {}
    assert handed_in.notes == [f"ada: {other} is passed over: it is superseded by another gradient/adam of the same student"]


def test_what_start_put_aside_does_not_count_over_the_notebook(tmp_path):
    pair = [notebook(ADAM, text, exercise="gradient/adam") for text in ("the old", "the new")]
    got, _ = sorted_out(tree(tmp_path, {"ada/adam.old-1.ipynb": pair[0], "ada/adam.ipynb": pair[1]}))
    assert got == {("ada", "gradient/adam"): pair[1]}


def test_an_empty_copy_does_not_hide_the_answer(tmp_path):
    got, _ = sorted_out(tree(tmp_path, {"ada/adam.ipynb": notebook("x = 1"), "ada/final.ipynb": notebook(ADAM)}))
    assert got == {("ada", "gradient/adam"): notebook(ADAM)}


def test_the_later_attachment_of_canvas_counts(tmp_path):
    names = ["lovelaceada_4711_99001_adam.ipynb", "lovelaceada_4711_100002_adam.ipynb"]
    got, _ = sorted_out(tree(tmp_path, {name: notebook(ADAM, name) for name in names}))
    assert got == {("lovelaceada_4711", "gradient/adam"): notebook(ADAM, names[1])}


def test_zips_in_a_folder(tmp_path):
    tree(tmp_path / "c", {"cem/x.txt": b"", "Ada_4711_assignsubmission_file_/y.txt": b""})
    zipped(tmp_path / "c" / "ben.zip", {"gradient/gd.ipynb": notebook(GD)})
    zipped(tmp_path / "c" / "cem" / "hw.zip", {"hw/adam.ipynb": notebook(ADAM)})
    zipped(tmp_path / "c" / "Ada_4711_assignsubmission_file_" / "hw.zip", {"adam.ipynb": notebook(ADAM)})
    got, handed_in = sorted_out(tmp_path / "c")
    assert got == {("ben", "gradient/gd"): notebook(GD), ("cem", "gradient/adam"): notebook(ADAM), ("Ada_4711", "gradient/adam"): notebook(ADAM)}
    assert handed_in.students == ["Ada_4711", "ben", "cem"]


def test_students_with_nothing_are_still_students(tmp_path):
    (tmp_path / "ben").mkdir()
    _, handed_in = sorted_out(tree(tmp_path, {"ada/adam.ipynb": notebook(ADAM)}))
    assert handed_in.students == ["ada", "ben"]


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_students_called_as_nobody_is_cost_a_sentence(tmp_path, packed):
    """What leads elsewhere, calculates, moves the cursor or turns the direction of writing; any other name is text, and has its row."""
    names = ["..x/adam.ipynb", "=cmd/adam.ipynb", "a\nb/adam.ipynb", "\u202egnp/adam.ipynb", "<b>/adam.ipynb", "ada/adam.ipynb"]
    names += ["../x/adam.ipynb", "/x/adam.ipynb"] if packed else []
    files = {name: notebook(ADAM) for name in names}
    got, handed_in = sorted_out(zipped(tmp_path / "c.zip", files) if packed else tree(tmp_path / "c", files))
    assert list(got) == [("ada", "gradient/adam")]
    assert handed_in.students == ["ada"]
    assert len(handed_in.notes) == len(names) - 1
    assert handed_in.left_out == handed_in.notes
    assert all("passed over" in note and "\n" not in note for note in handed_in.notes)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_names_of_all_scripts_are_names(tmp_path, packed):
    """Marks on letters belong to them; macOS writes an accent apart from its letter, and the same student stays the same."""
    names = ["हिन्दी कुमारी", "มาลี", "علی\u200cرضا", "Jose\u0301 Núñez", "Ada O'Hara-Smith, jr."]
    files = {f"{name}/adam.ipynb": notebook(ADAM, name) for name in names}
    got, handed_in = sorted_out(zipped(tmp_path / "c.zip", files) if packed else tree(tmp_path / "c", files))
    assert handed_in.students == sorted(unicodedata.normalize("NFC", name) for name in names)
    assert handed_in.notes == []
    assert got["José Núñez", "gradient/adam"] == notebook(ADAM, names[3])


def test_two_folders_of_one_name_are_not_one_student(tmp_path):
    names = ["Jos\u00e9", "Jose\u0301"]
    folder = tree(tmp_path / "c", {f"{name}/adam.ipynb": notebook(ADAM, name) for name in names})
    if len(os.listdir(folder)) < 2:
        pytest.skip("this file system takes both names for one")
    got, handed_in = sorted_out(folder)
    assert got == {("José", "gradient/adam"): notebook(ADAM, names[1])}, "the first in the order of code points"
    assert handed_in.notes == ["'José' is passed over: another one here has the same name, in other code points"]


def test_a_name_too_long_for_files_is_a_name(tmp_path):
    """Pages are called after students, yet no longer than a file's name may be (`filenames.safe`)."""
    names = ["語" * 250, "語" * 66, "ada"]
    _, handed_in = sorted_out(zipped(tmp_path / "c.zip", {f"{name}/adam.ipynb": notebook(ADAM) for name in names}))
    assert handed_in.students == ["ada", "語" * 66, "語" * 250]
    assert handed_in.notes == []
    pages = [filenames.safe(name) for name in names]
    assert len(set(pages)) == 3
    assert max(len(page.encode()) for page in pages) <= 200


def test_links_are_not_followed(tmp_path):
    tree(tmp_path / "elsewhere", {"adam.ipynb": notebook(ADAM), "gradient/adam.ipynb": notebook(ADAM)})
    c = tree(tmp_path / "c", {"ada/gradient/adam.ipynb": notebook(ADAM)})
    (c / "mal").symlink_to(tmp_path / "elsewhere")
    (c / "ben").mkdir()
    (c / "ben" / "gradient").symlink_to(tmp_path / "elsewhere" / "gradient")
    (c / "cem").mkdir()
    (c / "cem" / "adam.ipynb").symlink_to(tmp_path / "elsewhere" / "adam.ipynb")
    got, handed_in = sorted_out(c)
    assert handed_in.students == ["ada", "ben", "cem", "mal"]
    assert {got[s, "gradient/adam"] for s in ("ben", "cem", "mal")} == {"it is a link, not a file"}
    assert got["ada", "gradient/adam"] == notebook(ADAM)


def test_a_bad_archive_of_one_student_is_that_students(tmp_path):
    bomb = tmp_path / "bomb.zip"
    zipped(bomb, {"adam.ipynb": bytes(50 << 20)})
    tree(tmp_path / "c", {"ada/hw.zip": b"no zip", "ben/hw.zip": bomb.read_bytes(), "cem/adam.ipynb": notebook(ADAM)})
    got, _ = sorted_out(tmp_path / "c")
    assert "no zip" in got["ada", "gradient/adam"]
    assert "times its size" in got["ben", "gradient/adam"]
    assert got["cem", "gradient/adam"] == notebook(ADAM)


def test_an_unreadable_notebook_is_known_by_its_name(tmp_path):
    got, handed_in = sorted_out(tree(tmp_path, {"ada/adam.ipynb": b"no notebook", "ada/other.ipynb": b"no notebook"}))
    assert got == {("ada", "gradient/adam"): b"no notebook"}
    assert handed_in.strangers == {"ada": ["other.ipynb"]}


def test_no_name_of_a_file_reaches_the_terminal_as_it_is(tmp_path):
    names = ["\x1b[2J=1.ipynb", "\u202egnp.ipynb"]
    if sys.platform == "linux":  # elsewhere every name is text
        names.append(os.fsdecode(b"\xff.ipynb"))
    _, handed_in = sorted_out(tree(tmp_path, {f"ada/{name}": b"no notebook" for name in names} | {"ada/adam.ipynb": notebook(ADAM)}))
    assert len(handed_in.strangers["ada"]) == len(names)
    said = [*handed_in.strangers["ada"], *handed_in.notes]
    assert all(text.isprintable() and "?" in text for text in said), said


@pytest.mark.parametrize("make", [
    lambda at: at / "nothing", lambda at: tree(at, {"class.txt": b"text"}) / "class.txt", lambda at: tree(at / "empty", {"x.txt": b""}),
    lambda at: zipped(at / "empty.zip", {}), lambda at: tree(at / "loose", {"adam.ipynb": notebook(ADAM)}),
])  # fmt: skip
def test_what_is_no_class_is_refused(tmp_path, make):
    with pytest.raises(inputs.BadSubmissions, match=r"asked for is|no zip file"), inputs.opened(make(tmp_path), EXERCISES):
        pass


def test_the_sample_class_comes_in_as_it_stands():
    root = Path(__file__).resolve().parents[2] / "sample_class"
    expected = {p.relative_to(root).with_suffix("").as_posix() for p in root.rglob("*.ipynb")}
    _, handed_in = sorted_out(root)
    assert {f"{s}/{e}" for s, e in handed_in.submissions} == expected
    assert handed_in.notes == ["'README.md' is passed over: it lies in no student's folder, and is no notebook"]
    assert handed_in.left_out == []
    assert handed_in.strangers == {}


def test_one_students_folder_is_no_class(tmp_path):
    tree(tmp_path / "ada", {"gradient/adam.ipynb": notebook(ADAM), "training/backpropagation.ipynb": notebook(ADAM)})
    with pytest.raises(inputs.BadSubmissions, match="holds gradient, training where students were to be"):
        sorted_out(tmp_path / "ada")
    assert sorted_out(tmp_path)[1].students == ["ada"]
