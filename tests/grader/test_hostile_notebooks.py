"""Notebooks, folders and archives that attack by their form: each has its row (or its note), and the class goes on."""

import csv
import io
import json
import os
import zipfile

import pytest
from grader.test_attacks import ATTACKS, COURSE, RIGHT, SECONDS, hand_in

from nnopt.grader.grading.grade import Grader
from nnopt.grader.intake import reader
from nnopt.grader.sandbox.probes import prove

DOUBLE = "def double(x):\n    return 2 * x\n"
HONEST = (RIGHT, DOUBLE)


def cell(source, kind="code", **more):
    return {"cell_type": kind, "source": source, "metadata": {}, **({"outputs": [], "execution_count": None} if kind == "code" else {}), **more}


def notebook(*sources, **changes):
    """The bytes of a notebook; each source a code cell, or a cell as it is."""
    cells = [s if isinstance(s, dict) else cell(s) for s in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes).encode()


WIDGET = cell("import ipywidgets\nipywidgets.IntSlider()", outputs=[
    {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "x" * 10_000}}}])  # fmt: skip
STATE = {"metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {str(n): {"model_name": "IntSlider"} for n in range(1000)}}}}}

# name: the bytes handed in, the outcome, the points, and a word of the diagnosis
NOTEBOOKS = {
    "not JSON": (b"def double(x):\n    return 2 * x\n", "unreadable", 0, "not JSON"),
    "no text": (bytes(range(256)) * 10, "unreadable", 0, "not JSON"),
    "empty": (b"", "unreadable", 0, "it is empty"),
    "wrong schema": (b'{"worksheet": {"cells": []}}', "unreadable", 0, "no cells"),
    "format 3": (b'{"worksheets": [], "nbformat": 3}', "unreadable", 0, "format 3"),
    "a list": (b"[1, 2, 3]", "unreadable", 0, "no notebook"),
    "no type": (notebook({"source": DOUBLE}), "unreadable", 0, "cell 1"),
    "no source": (notebook(RIGHT, {"cell_type": "code"}), "unreadable", 0, "cell 2"),
    "source of numbers": (notebook(cell([1, 2])), "unreadable", 0, "source"),
    "larger than the cap": (b" " * (reader.MAX_BYTES + 1), "unreadable", 0, "larger than"),
    "a string never closed": (b'{"cells": "' + b'\\"' * 1_000_000, "unreadable", 0, "not JSON"),
    "deep nesting": (b'{"cells": ' + b"[" * 1_000_000, "unreadable", 0, "deeper"),
    "deep nesting in code": (notebook(*HONEST, "y = " + "(" * 5000 + "1" + ")" * 5000), "right", 4, ""),
    "very many values": (b'{"cells": [' + b"0," * 2_000_000 + b"0]}", "unreadable", 0, "more values"),
    "missing cells": (notebook(DOUBLE), "unfinished", 2, ""),
    "duplicated cells": (notebook(*HONEST, *HONEST, *HONEST), "right", 4, ""),
    "renamed functions": (notebook(RIGHT, DOUBLE.replace("double", "Double")), "unfinished", 2, ""),
    "magics and shell escapes": (notebook("%matplotlib inline\n!touch stray\nfiles = !ls\ndouble?\n%%time", RIGHT, "%%time\n" + DOUBLE), "right", 4, ""),
    "a cell of another language": (notebook(*HONEST, "%%bash\nrm -rf /", "%%html\n<script>"), "right", 4, ""),
    "widgets": (notebook(*HONEST, WIDGET, **STATE), "right", 4, ""),
    "no code": (notebook(cell("# double\n\nI did not get far.", "markdown")), "unfinished", 0, ""),
    "no cells": (notebook(), "unfinished", 0, ""),
    "Windows line ends": (notebook(*(s.replace("\n", "\r\n") for s in HONEST)).replace(b", ", b",\r\n"), "right", 4, ""),
    "old Mac line ends": (notebook(*(s.replace("\n", "\r") for s in HONEST)), "right", 4, ""),
    "byte order mark": (b"\xef\xbb\xbf" + notebook(*HONEST), "right", 4, ""),
    "UTF-16": (notebook(*HONEST).decode().encode("utf-16"), "unreadable", 0, "not JSON"),
    "identifiers that NFKC makes equal": (notebook(RIGHT, "def ｄｏｕｂｌｅ(ｘ):\n    return 2 * x\n"), "right", 4, ""),
    "bidirectional text": (notebook(*HONEST, "# \u202e)x(elbuod fed\u2066\n'\u200f'"), "right", 4, ""),
    "half a surrogate pair": (notebook(*HONEST, "s = '\ud800'"), "right", 4, ""),
    "NUL in the code": (notebook(*HONEST, "a = 1\0"), "right", 4, ""),
    "NUL in the file": (notebook(*HONEST).replace(b": ", b":\0", 1), "unreadable", 0, "not JSON"),
}  # fmt: skip


def zipped(**files):
    """The bytes of a zip file of these names; a value of None is a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o120777 if data is None else 0o100644) << 16
            file.writestr(info, data or b"/etc/passwd")
    return out.getvalue()


GOOD = notebook(*HONEST)
ARCHIVES = {  # handed in as <student>/work.zip; the outcome
    "zip that writes outside": (zipped(**{"../../double.ipynb": GOOD, "/tmp/stray/double.ipynb": GOOD}), ("missing", "unreadable")),
    "zip of links": (zipped(**{"double.ipynb": None}), ("missing", "unreadable")),
    "zip bomb": (zipped(**{"double.ipynb": b" " * (reader.MAX_BYTES + 1)}), ("unreadable",)),
    "zip in a zip": (zipped(**{"a.zip": zipped(**{"b.zip": zipped(**{"double.ipynb": GOOD})})}), ("missing", "unreadable")),
    "no zip": (b"PK\x03\x04 and nothing more", ("unreadable", "missing")),
}
OTHERS = {"a link": ("unreadable",), "a link to a folder": ("unreadable",), "FIFO": ("unreadable",), "a folder": ("unreadable", "missing")}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The class of all of them, graded once, between two honest students."""
    folder = tmp_path_factory.mktemp("hostile")
    os.chmod(folder, 0o755)
    names = {}
    hand_in(folder / "class", {"0 first": ATTACKS["honest"], "zz last": ATTACKS["honest"]}, {})

    def place(name):
        names[name] = f"m{len(names)}"
        path = folder / "class" / names[name] / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        return path

    for name, (data, *_) in NOTEBOOKS.items():
        place(name).write_bytes(data)
    for name, (data, _) in ARCHIVES.items():
        path = place(name)
        path.parent.rmdir()
        (path.parent.parent / "work.zip").write_bytes(data)
    place("a link").symlink_to(folder / "class" / "0 first" / "attacks" / "double.ipynb")
    path = place("a link to a folder")
    path.parent.rmdir()
    path.parent.symlink_to(folder / "class" / "0 first" / "attacks")
    os.mkfifo(place("FIFO"))
    place("a folder").mkdir()
    for odd in ("..x", "x\ny", "\u202egnp.exe", "<b>"):
        hand_in(folder / "class", {odd: ATTACKS["honest"]}, {})
    level = prove()
    level = level if level.name != "none" else prove(())
    grader = Grader(folder / "class", folder / "out", level, COURSE, SECONDS)
    result = grader.run()
    return folder, {name: next((r for r in result.rows if r.student == student), None) for name, student in names.items()}, result


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_has_its_row(rows, name):
    row = rows[1][name]
    _, outcome, points, word = NOTEBOOKS[name]
    assert (row.outcome, row.points) == (outcome, points), row.diagnosis
    assert word in row.diagnosis
    assert row.diagnosis.isprintable()


@pytest.mark.parametrize("name", [*ARCHIVES, *OTHERS])
def test_what_is_no_notebook_has_its_row(rows, name):
    row = rows[1][name]
    assert row.outcome in (ARCHIVES[name][1] if name in ARCHIVES else OTHERS[name]), row.diagnosis
    assert row.points == 0
    assert row.diagnosis.isprintable()


def test_the_class_goes_on(rows):
    folder, _, result = rows
    honest = {row.student: (row.outcome, row.points, row.diagnosis) for row in result.rows if row.student in ("0 first", "zz last")}
    assert honest == {"0 first": ("right", 4, ""), "zz last": ("right", 4, "")}
    assert not result.faults
    with open(folder / "out" / "grades.csv", newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(result.rows)


def test_nothing_was_written_outside(rows):
    folder, *_ = rows
    assert sorted(path.name for path in folder.iterdir()) == ["class", "out"]
    assert not os.path.exists("/tmp/stray")


def test_odd_names_are_passed_over_and_told(rows):
    _, _, result = rows
    assert not {row.student for row in result.rows} & {"..x", "x\ny", "\u202egnp.exe", "<b>"}
    assert len([note for note in result.notes if "no student's name" in note]) == 4
    assert all(note.isprintable() for note in result.notes)


def test_a_student_called_outside_the_folder(tmp_path):
    """A class as a zip, in which one student's folder is called "../x": passed over with a note, and the others are graded."""
    path = tmp_path / "class.zip"
    files = {"ann/attacks/double.ipynb": GOOD, "../x/attacks/double.ipynb": GOOD, "zoe/attacks/double.ipynb": GOOD}
    path.write_bytes(zipped(**files))
    level = prove()
    result = Grader(path, tmp_path / "out", level if level.name != "none" else prove(()), COURSE, SECONDS).run()
    assert {row.student: row.points for row in result.rows} == {"ann": 4, "zoe": 4}
    assert any("out of it" in note or "x" in note for note in result.notes)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["class.zip", "out"]
