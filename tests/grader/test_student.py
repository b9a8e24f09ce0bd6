"""A student's folder: no work is lost, one part is renewed alone, what is packed is what is graded, and a save is a check."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader import check, course, inputs, student

ROOT = Path(__file__).resolve().parents[2]
BLANK = (ROOT / "exercises" / "gradient" / "adam.ipynb").read_bytes()
SOLVED = (ROOT / "solutions" / "gradient" / "adam.ipynb").read_bytes()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def command(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def code_of(path):
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


# ------------------------------------------------------------------------------------------------------------- start
def test_start_gives_what_the_course_releases(folder):
    assert command("start", "adam").exit_code == 0
    assert (folder / "adam.ipynb").read_bytes() == BLANK
    assert sorted(p.name for p in folder.iterdir()) == ["adam.ipynb"]


def test_start_never_overwrites(folder):
    for n in range(3):
        (folder / "adam.ipynb").write_text(f"work {n}")
        assert f"kept as adam.old-{n + 1}.ipynb" in command("start", "adam").output
    assert [(folder / f"adam.old-{n + 1}.ipynb").read_text() for n in range(3)] == ["work 0", "work 1", "work 2"]
    assert (folder / "adam.ipynb").read_bytes() == BLANK
    command("start", "adam")
    assert len(list(folder.iterdir())) == 4


def test_start_of_what_there_is_not(folder):
    done = command("start", "adma")
    assert done.exit_code == 2
    assert "did you mean adam?" in done.output
    (folder / "adam.ipynb").mkdir()
    assert command("start", "adam").exit_code == 2


# ------------------------------------------------------------------------------------------------------------- reset
def test_reset_renews_one_part_and_keeps_the_answer(folder):
    (folder / "adam.ipynb").write_bytes(SOLVED)
    assert command("reset", "adam", "adam_step").exit_code == 0
    before, after = (nbformat.reads(text, as_version=4).cells for text in (SOLVED.decode(), (folder / "adam.ipynb").read_text()))
    place = next(n for n, cell in enumerate(before) if cell.id == "adam-step")
    assert "raise NotImplementedError" in after[place].source
    assert after[place + 1].cell_type == "raw"
    assert before[place].source in after[place + 1].source
    assert [c.source for c in after[:place] + after[place + 2:]] == [c.source for c in before[:place] + before[place + 1:]]
    result, _ = check.check_notebook(folder / "adam.ipynb")
    assert {item.name: item.outcome for item in result.items}["adam_step"] == "unfinished"
    assert "already" in command("reset", "adam.ipynb", "adam_step").output


def test_reset_of_a_cell_that_was_moved_or_deleted(folder):
    notebook = nbformat.reads(SOLVED.decode(), as_version=4)
    notebook.cells = [c for c in notebook.cells if c.id not in ("bias", "adam-step")]
    notebook.cells.insert(0, nbformat.v4.new_code_cell("def adam_step():\n    return 'mine'"))
    nbformat.write(notebook, folder / "adam.ipynb")
    assert command("reset", "adam", "bias").exit_code == 0
    assert command("reset", "adam", "adam_step").exit_code == 0
    cells = nbformat.read(folder / "adam.ipynb", as_version=4).cells
    assert "NotImplementedError" in cells[0].source
    assert "'mine'" in cells[1].source
    assert cells[-1].id == "bias"


@pytest.mark.parametrize("data, arguments, sentence", [
    (SOLVED, ("adam", "adm_step"), "its parts are adam_step"), (None, ("adam", "adam_step"), "nnopt start adam"),
    (b"rubbish", ("adam", "adam_step"), "cannot be read"), (SOLVED, ("adma", "x"), "did you mean"),
])  # fmt: skip
def test_reset_refuses_and_changes_nothing(folder, data, arguments, sentence):
    if data is not None:
        (folder / "adam.ipynb").write_bytes(data)
    done = command("reset", *arguments)
    assert done.exit_code == 2
    assert sentence in done.output
    assert data is None or (folder / "adam.ipynb").read_bytes() == data


# ------------------------------------------------------------------------------------------------------------- submit
def test_submit_packs_what_can_be_graded(folder):
    (folder / "adam.ipynb").write_bytes(SOLVED)
    done = command("submit")
    assert done.exit_code == 0, done.output
    most = course.exercise("adam").points
    assert f"adam.ipynb: {most} of {most} points" in done.output
    assert "not here: gradient/gd" in done.output
    first = (folder / "submission.zip").read_bytes()
    os.utime(folder / "adam.ipynb", (0, 0))
    assert command("submit", "--no-check").exit_code == 0
    assert (folder / "submission.zip").read_bytes() == first
    (folder / "class").mkdir()
    (folder / "submission.zip").rename(folder / "class" / "ada.zip")
    with inputs.opened(folder / "class", {"gradient/adam": course.exercise("adam")}) as handed_in:
        assert handed_in.find("ada", "gradient/adam").path.read_bytes() == SOLVED


def test_submit_packs_what_the_course_asks_for(folder, tmp_path_factory):
    own = tmp_path_factory.mktemp("course")
    (own / "solutions").symlink_to(ROOT / "solutions")
    (own / "course.toml").write_text("[exercises.adam]\n")
    for name in ("adam", "gd"):
        (folder / f"{name}.ipynb").write_bytes(SOLVED)
    assert command("submit", "--no-check", "--course", own).exit_code == 0
    with zipfile.ZipFile(io.BytesIO((folder / "submission.zip").read_bytes())) as archive:
        assert archive.namelist() == ["gradient/adam.ipynb"]


def test_submit_refuses_what_nobody_could_grade(folder):
    assert "called after an exercise" in command("submit").output
    (folder / "adam.ipynb").write_bytes(b"rubbish")
    done = command("submit")
    assert done.exit_code == 2
    assert "cannot be handed in: it is not JSON" in done.output
    assert not (folder / "submission.zip").exists()


# ------------------------------------------------------------------------------------------------------------- watch
def test_each_save_is_a_check(folder):
    path, said = folder / "adam.ipynb", []
    path.write_bytes(BLANK)

    def saves():
        yield "nothing changed"
        path.write_bytes(b"half a save")
        yield
        path.write_bytes(SOLVED)
        yield

    student.watch(path, "gradient/adam", saves(), said.append)
    most = course.exercise("adam").points
    assert "not written yet" in said[0]
    assert f"gradient/adam                0 of {most}" in said[1]
    assert "Next: gradient/adam" in said[1]
    assert "cannot be read" in said[2]
    assert "right" in said[3]
    assert f"x gradient/adam                {most} of {most}" in said[4]
    assert "Next: gradient/gd (nnopt start gd)" in said[4]
    assert len(said) == 5
    assert student.progress(folder)["gradient/adam"] == {"points": most, "max_points": most}


def test_a_notebook_that_ends_python_does_not_end_the_watch(folder):
    notebook = {"cells": [{"cell_type": "code", "source": "import os\nos._exit(0)", "metadata": {}, "outputs": [], "execution_count": None}],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    (folder / "adam.ipynb").write_text(json.dumps(notebook))
    assert student.check_apart(folder / "adam.ipynb", "gradient/adam")["points"] is None


def test_the_command_watches_until_it_is_stopped(folder):
    (folder / "adam.ipynb").write_bytes(BLANK)
    said = []
    with subprocess.Popen([sys.executable, "-c", "from nnopt.cli import app; app()", "check", "adam", "--watch"],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as watching:  # fmt: skip
        for line in watching.stdout:
            said.append(line)
            if line.startswith("Next: gradient/adam"):
                (folder / "adam.ipynb").write_bytes(SOLVED)
            if line.startswith("Next: gradient/gd"):
                watching.send_signal(signal.SIGINT)
    assert watching.returncode == 0, said
    assert any("Watching adam.ipynb" in line for line in said)
