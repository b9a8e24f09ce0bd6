"""Codes in place of names: in texts that students wrote, as far as a name can be told from a word; and the table that leads back."""

import csv
import io
import json
import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.gradebook.gradebook import Gradebook, Row
from nnopt.grader.gradebook.masking import Mask

COURSE = Path(__file__).parent / "attacked_course"
CLASS = ["Ada Lovelace_4711", "José Núñez_4712", "Max Grad_4713", "bobolink", "s1234567", "张伟", "O'Brien, Ann (3)", "x", "mean", "हिन्दी कुमारी_9"]


def hand_in(folder, **sources):
    for student, source in sources.items():
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
        path = folder / student / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def mask():
    return Mask(lambda student: f"<{CLASS.index(student)}>", CLASS, ["the grad of a step, for Adam"])


@pytest.mark.parametrize("student, text, masked", [
    (0, "File '/srv/people/adalovelace/hw/ada.py', line 3", "File '/srv/people/<0>/hw/<0>.py', line 3"),
    (0, "NameError: name 'ADA_LOVELACE' is not defined", "NameError: name '<0>' is not defined"),
    (0, "I am lovelace, ada; 4711. LovelaceAda_hw1", "I am <0>; <0>_hw1"), (0, "Ada Lovelace_4711", "<0>"),
    (0, "Adam at step 47110, 0.4711, in Canada", "Adam at step 47110, 0.4711, in Canada"), (0, "mylovelacefile", "my<0>file"),
    (1, "jose nunez, José, Nu\u0301n\u0303ez and NUÑEZ", "<1>, <1> and <1>"), (2, "np.max of the grad, says Max Grad", "np.max of the grad, says <2>"),
    (4, "/srv/s1234567/x.py, 1234567", "/srv/<4>/x.py, <4>"), (5, "张伟: no", "<5>: no"), (6, "obrien ann, O'Brien", "<6>, O'<6>"),
    (7, "x = 3", "x = 3"), (8, "np.mean", "np.mean"), (3, "Bobolink's", "<3>'s"),
    (3, "from Ada Lovelace and bobolink", "from <0> and <3>"), (3, "ada alone, or lovelace, mean, max, 4711", "ada alone, or lovelace, mean, max, 4711"),
    (9, "हिन्दी कुमारी: न, कुमारी, कुमार", "<9>: न, <9>, कुमार"), (0, "हिन्दी कुमारी, हिन्दी", "<9>, हिन्दी"),
])  # fmt: skip
def test_names_are_told_from_words(mask, student, text, masked):
    assert mask.text(text, CLASS[student]) == masked


def test_every_text_of_a_grade_is_masked(mask):
    said = "Ada Lovelace said so"
    part = {"part": "why", "title": "Why", "points": 1, "max_points": 2, "comment": said, "stale": ""}
    row = Row(CLASS[0], "a/b", 1, 2, "wrong", said, [{"title": "t", "text": said}], [said], change=said, mistakes=[said], why=said, manual=[part])
    assert "lovelace" not in str(mask.row(row)).casefold()
    assert "Lovelace" in str(row), "the row itself stays"


def test_what_students_print_names_nobody(tmp_path):
    """Tracebacks, paths and messages of their own; beside the codes nothing tells who it is."""
    folder, out = tmp_path / "people", tmp_path / "out"
    names = {"Annabel Quux_90210": "raise ValueError('annabel quux')", "bobolink": "def double(x):\n    raise KeyError('/srv/people/BOBOLINK/x, 90210')",
             "Evelyn": "def double(x):\n    raise ValueError('by Annabel Quux, not by Evelyn')\nevelyn"}  # fmt: skip
    hand_in(folder, **names)
    options = ["--course", str(COURSE), "--no-sandbox", "--jobs", "1"]

    def written(*more):
        result = CliRunner().invoke(app, ["grade", str(folder), "--out", str(out), *options, *more])
        assert result.exit_code == 0, result.output
        return result.output + "".join(p.name + p.read_text() for p in out.rglob("*") if p.suffix in (".html", ".csv"))

    named = re.compile("annabel|quux|bobolink|evelyn", re.IGNORECASE)
    assert {name.casefold() for name in named.findall(written())} == {"annabel", "quux", "bobolink", "evelyn"}
    said = written("--codes")
    assert named.findall(said) == []
    assert "KeyError" in said
    refused = CliRunner().invoke(app, ["regrade", str(folder), "--out", str(out), *options, "--codes", "--student", "Evelin"])
    assert refused.exit_code == 2
    assert "Evelyn" not in refused.output

    with Gradebook(out) as book:
        code = book.code("Annabel Quux_90210")
    junit = CliRunner().invoke(app, ["export", "junit", str(out), "--out", str(tmp_path / "marks.xml"), "--course", str(COURSE), "--codes"])
    assert junit.exit_code == 0, junit.output
    xml = (tmp_path / "marks.xml").read_text()
    assert named.findall(junit.output + xml) == []
    assert f'name="{code}"' in xml
    again = CliRunner().invoke(app, ["reproduce", str(out), code, "double", "--from", str(folder), "--course", str(COURSE), "--no-sandbox"])
    assert again.exit_code == 0, again.output
    assert f"equal: {code}" in again.output
    assert named.findall(again.output) == []

    printed = CliRunner().invoke(app, ["codes", str(out)])
    assert printed.exit_code == 0
    with Gradebook(out) as book:
        assert list(csv.reader(io.StringIO(printed.output))) == [["student", "code"], *([name, book.code(name)] for name in sorted(names))]
    assert CliRunner().invoke(app, ["codes", str(out), "--out", str(tmp_path / "codes.csv")]).exit_code == 0
    assert (tmp_path / "codes.csv").read_text() == printed.output
    assert stat.S_IMODE((tmp_path / "codes.csv").stat().st_mode) == 0o600
    nothing = CliRunner().invoke(app, ["codes", str(tmp_path / "nowhere")])
    assert nothing.exit_code == 2
    assert "holds no gradebook" in nothing.stderr
