"""A grade comes out again from its record; what is not as it was is named, and nothing is written."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.gradebook.gradebook import Gradebook
from nnopt.grader.grading import marker
from nnopt.grader.grading.grade import Grader
from nnopt.grader.grading.reproduce import NotReproducible, compare, reproduce
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.sandbox.warm import Warm

COURSE = Path(__file__).parent / "attacked_course"
SOURCES = {"ann": "def double(x):\n    return 2 * x\ndef triple(x):\n    return 3 * x\nletter = 'b'\n",
           "bob": "def double(x):\n    return x\ndef triple(x):\n    return 1 / 0\nprint(nothing)\n",
           "cat": "import random\nimport numpy as np\ndef double(x):\n    raise ValueError(f'{hash(\"a\")} {random.random()} {np.random.rand()}')\n"
                  "def triple(x):\n    raise ValueError(f'{np.random.default_rng().random()} {random.choice(list({\"b\", \"c\"}))}')\n",
           "dan": "import locale, os, sys, time\ndef double(x):\n    assert len(x) == 0, 'said'\n"
                  "def triple(x):\n    raise ValueError(f'{time.tzname} {locale.getlocale()} {sys.flags} {oct(os.umask(0))} {sorted(os.environ)}')\n"}  # fmt: skip


@pytest.fixture(scope="module")
def level():
    best = prove()
    return best if best.name != "none" else prove(())


@pytest.fixture
def graded(tmp_path, level, monkeypatch):
    """A class of five, graded once: one leaves all to chance, one tells where it runs, one has no notebook."""
    monkeypatch.setattr(marker, "Warm", functools.partial(Warm, preload=("numpy",)))
    folder, out = tmp_path / "class", tmp_path / "out"
    for student, source in SOURCES.items():
        path = folder / student / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (folder / "eve").mkdir()
    grader = Grader(folder, out, level, COURSE)
    grader.run()
    grader.close()
    return folder, out


def test_every_grade_is_reproduced(graded, level):
    folder, out = graded
    before = (out / "gradebook.sqlite").read_bytes()
    for student in SOURCES:
        found = reproduce(out, folder, student, "double", level, COURSE)
        assert found.equal, found.differs
        assert found.circumstances == []
        assert found.again.items, "it was graded again, not copied"
    with Gradebook(out) as book:
        code = book.code("bob")
    assert reproduce(out, folder / "bob" / "attacks" / "double.ipynb", code, "attacks/double", level, COURSE).record.student == "bob"
    assert (out / "gradebook.sqlite").read_bytes() == before


def test_a_grade_is_reproduced_elsewhere(graded, tmp_path):
    """By another user's shell: none of what it sets reaches a mark, or weakens the sandbox."""
    folder, out = graded
    (tmp_path / "scratch").mkdir()
    package = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": os.pathsep.join([str(package), *filter(None, sys.path)]), "PATH": os.environ.get("PATH", ""), "TZ": "Asia/Tokyo",
                   "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "1", "PYTHONWARNINGS": "error",
                   "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "2", "TMPDIR": str(tmp_path / "scratch")}  # fmt: skip
    arguments = [] if prove().name != "none" else ["--no-sandbox"]
    for student in ("cat", "dan"):
        command = [sys.executable, "-c", "from nnopt.cli import app; app()", "reproduce", str(out), student, "double", "--from", str(folder), *arguments]
        done = subprocess.run([*command, "--course", str(COURSE)], env=environment, umask=0o077, cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("equal: "), "nothing is otherwise than recorded, the level of the sandbox least of all"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_another_notebook_is_refused(graded, level):
    folder, out = graded
    with pytest.raises(NotReproducible, match="not the one that was graded"):
        reproduce(out, folder / "ann" / "attacks" / "double.ipynb", "bob", "double", level, COURSE)
    with pytest.raises(NotReproducible, match="no notebook to grade"):
        reproduce(out, folder, "eve", "double", level, COURSE)
    with pytest.raises(NotReproducible, match="no grade of 'zoe'"):
        reproduce(out, folder, "zoe", "double", level, COURSE)
    with pytest.raises(NotReproducible, match="there are 1 to 1"):
        reproduce(out, folder, "bob", "double", level, COURSE, number=2)
    with pytest.raises(NotReproducible, match="holds no gradebook"):
        reproduce(folder, folder, "bob", "double", level, COURSE)
    assert not (folder / "gradebook.sqlite").exists()


def test_what_is_not_as_recorded_is_named(graded, level):
    folder, out = graded
    with Gradebook(out) as book:
        row = book.record("bob", "attacks/double")
        row.points, row.outcome = 4, "right"
        row.key["the spec"], row.versions["numpy"] = "0" * 64, "1.0"
        book.keep(row)
    found = reproduce(out, folder, "bob", "double", level, COURSE)
    assert [line.partition(":")[0] for line in found.circumstances] == ["the spec", "numpy"]
    assert [line.partition(":")[0] for line in found.differs] == ["points", "outcome"]
    assert reproduce(out, folder, "bob", "double", level, COURSE, number=1).equal
    found.again.items[0]["text"] += "."
    assert any(line.startswith(found.record.items[0]["title"]) for line in compare(found.record, found.again))


def test_the_command(graded):
    folder, out = graded
    arguments = ["reproduce", str(out), "bob", "double", "--from", str(folder), "--course", str(COURSE)]
    plain = [] if prove().name != "none" else ["--no-sandbox"]
    done = CliRunner().invoke(app, arguments + plain)
    assert done.exit_code == 0, done.output
    assert "equal: " in done.output
    with Gradebook(out) as book:
        row = book.record("bob", "attacks/double")
        row.points = 4
        book.keep(row)
    done = CliRunner().invoke(app, arguments + plain)
    assert done.exit_code == 1
    assert "points: was 4" in done.output
    assert CliRunner().invoke(app, ["reproduce", str(folder), "bob", "double", "--from", str(folder)]).exit_code == 2
