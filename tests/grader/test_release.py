"""``nnopt release``: what a student's notebook keeps, what it loses, and what is refused."""

import html
import io
import itertools
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import need
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.exercise.release import BadSource, release, release_zip, student_text, without_solutions, worth
from nnopt.grader.intake import inputs, reader

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    """A course of one exercise."""
    (tmp_path / "solutions" / "gradient").mkdir(parents=True)
    for suffix in (".py", ".ipynb"):
        shutil.copy(ROOT / "solutions" / "gradient" / f"adam{suffix}", tmp_path / "solutions" / "gradient")
    return tmp_path


def command(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_solutions_are_replaced_by_a_request():
    source = 'def f(x):\n    """What it does."""\n    # BEGIN SOLUTION\n    y = 2 * x\n    return y\n    # END SOLUTION\n'
    assert without_solutions(source, "here") == 'def f(x):\n    """What it does."""\n    # YOUR CODE HERE\n    raise NotImplementedError'


def test_an_answer_at_the_margin_is_left_out():
    assert without_solutions('a = ""\n# BEGIN SOLUTION\na = "b"\n# END SOLUTION', "here") == 'a = ""'


@pytest.mark.parametrize("source", ["# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION"])
def test_marks_that_do_not_match_are_refused(source):
    with pytest.raises(BadSource, match=r"^adam.ipynb, cell 3: # (BEGIN|END) SOLUTION"):
        without_solutions(source, "adam.ipynb, cell 3")


def test_only_check_cells_keep_their_outputs():
    notebook = nbformat.reads(student_text(ROOT / "solutions" / "gradient" / "adam.ipynb"), as_version=4)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    kept = [c for c in code if c.outputs]
    assert [c.source[:6] for c in kept] == ["check("] * 5      # nothing before it: nbval is told by a tag, which a beginner need not read
    assert all(o.output_type == "stream" and o.text.startswith("right ") for c in kept for o in c.outputs)
    assert "END SOLUTION" not in student_text(ROOT / "solutions" / "gradient" / "adam.ipynb")


def test_a_released_notebook_says_which_exercise_it_is():
    data = student_text(ROOT / "solutions" / "gradient" / "adam.ipynb").encode()
    assert reader.released_as(reader.parsed(data)) == "gradient/adam"


def test_release_writes_what_differs_and_removes_what_has_no_source(folder):
    assert release(folder) == ["gradient/adam"]
    assert release(folder) == []
    stale = folder / "exercises" / "gradient" / "old.ipynb"
    copied = (folder / "exercises" / "gradient" / "adam.ipynb").read_text()
    stale.write_text(copied.replace('"gradient/adam"', '"gradient/old"'))
    others = [stale.with_name("adam-Copy1.ipynb"), stale.with_name("notes.ipynb")]      # somebody's work: none of release's business
    others[0].write_text(copied)
    others[1].write_text("{}")
    assert release(folder, check_only=True) == ["gradient/old"]
    assert stale.is_file()
    done = command("release", "--course", folder)
    assert (done.exit_code, done.stdout) == (0, "exercises/gradient/old.ipynb removed, as its solution is gone\n")
    assert not stale.exists()
    assert all(other.is_file() for other in others)


def test_the_command(folder):
    done = command("release", "--course", folder, "--check")
    assert done.exit_code == 1
    assert "exercises/gradient/adam.ipynb is not what its solution gives" in done.output
    assert not (folder / "exercises").exists()
    assert command("release", "--course", folder).exit_code == 0
    assert command("release", "--course", folder, "--check").exit_code == 0
    text = (folder / "exercises" / "gradient" / "adam.ipynb").read_text(encoding="utf8")
    assert text == (ROOT / "exercises" / "gradient" / "adam.ipynb").read_text(encoding="utf8")


def test_one_by_name(folder):
    assert command("release", "adam", "--course", folder).exit_code == 0
    done = command("release", "adma", "--course", folder)
    assert done.exit_code == 2
    assert "did you mean adam?" in done.output


def test_nothing_is_written_when_one_notebook_is_bad(folder):
    (folder / "solutions" / "gradient" / "bad.ipynb").write_text("no notebook")
    done = command("release", "--course", folder)
    assert done.exit_code == 2
    assert "bad.ipynb is not a notebook" in done.output
    assert not (folder / "exercises").exists()


def test_an_empty_course_is_refused(tmp_path):
    done = command("release", "--course", tmp_path)
    assert done.exit_code == 2
    assert "has no notebooks" in done.output


def test_running_and_checking_exclude_each_other(folder):
    assert command("release", "--course", folder, "--run", "--check").exit_code == 2


def test_running_stores_the_same_outputs_again(folder):
    path = folder / "solutions" / "gradient" / "adam.ipynb"
    whole = nbformat.read(path, as_version=4)
    plain = [c for c in whole.cells if "nbval-ignore-output" not in c.metadata.get("tags", [])]      # pictures depend on the fonts of a machine
    whole.cells = plain
    path.write_text(nbformat.writes(whole).rstrip("\n") + "\n", encoding="utf8")
    command("release", "--course", folder, "--run")
    once = path.read_text(encoding="utf8")
    done = command("release", "--course", folder, "--run")
    assert done.exit_code == 0, done.output
    assert path.read_text(encoding="utf8") == once
    assert "right    the step" in once


# ------------------------------------------------------------------------------------------------------- one zip
def test_the_zip_is_the_same_for_the_same_course(folder, tmp_path):
    assert command("release", "--course", folder, "--zip", tmp_path / "a.zip").exit_code == 0
    os.utime(folder / "solutions" / "gradient" / "adam.ipynb", (0, 0))
    assert command("release", "adam", "--course", folder, "--zip", tmp_path / "b.zip").exit_code == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["README.md", "gradient/adam.ipynb"]
        assert archive.read("gradient/adam.ipynb") == (ROOT / "exercises" / "gradient" / "adam.ipynb").read_bytes()
        assert "`adam_step`, the step: 5 points" in archive.read("README.md").decode()
    assert not (folder / "exercises").exists()


def test_the_zip_of_the_book_is_made_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("release", "adam", "--zip", "adam.zip").exit_code == 0
    with zipfile.ZipFile("adam.zip") as archive:
        assert "gradient/adam.ipynb" in archive.namelist()


def test_the_zip_holds_what_the_course_asks_for(folder):
    (folder / "course.toml").write_text('title = "Optimization"\n[exercises.adam]\npoints = 24\ndue = 2026-11-20T23:59:00Z\n')
    with zipfile.ZipFile(io.BytesIO(release_zip(folder))) as archive:
        readme = archive.read("README.md").decode()
    assert readme.startswith("# Optimization\n\n## Adam: `gradient/adam.ipynb`, 24 points, due 2026-11-20 23:59 UTC\n")
    assert "the step: 10 points" in readme


def test_a_zip_comes_back_as_submissions(folder, tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.zip").write_bytes(release_zip(folder))
    with inputs.opened(tmp_path / "class", {"gradient/adam": course.exercise("adam")}) as handed_in:
        assert list(handed_in.submissions) == [("ada", "gradient/adam")]


def test_no_zip_of_a_bad_course(folder, tmp_path):
    (folder / "course.toml").write_text("[exercises.adma]\n")
    done = command("release", "--course", folder, "--zip", tmp_path / "a.zip")
    assert done.exit_code == 2
    assert "did you mean adam?" in done.output
    assert not (tmp_path / "a.zip").exists()


# ------------------------------------------------------------------------------------------------------- nbgrader
@pytest.mark.parametrize("place, passes", [("solutions", True), ("exercises", False)])
@pytest.mark.parametrize("name", [  # it starts Jupyter's server, 8 s a notebook: two here, the others by `make test-slow`
    pytest.param(name, marks=[] if name in ("gradient/adam", "metaheuristics/pso") else [pytest.mark.slow]) for name in sorted(course.specs())
])  # fmt: skip
def test_nbgrader_validates_the_solution_and_not_the_blank(tmp_path, name, place, passes):
    """By nbgrader's own command, which runs the notebook and looks at its check cells."""
    need("nbgrader")
    shutil.copy(ROOT / place / f"{name}.ipynb", tmp_path / "work.ipynb")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "nbgrader", "validate", "work.ipynb"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, timeout=250, check=False)  # fmt: skip
    assert ("Success! Your notebook passes all the tests." in done.stdout) == passes, done.stdout + done.stderr
    if not passes:
        assert "VALIDATION FAILED" in done.stdout.upper() or "failed" in done.stdout


def test_every_part_says_its_points_and_has_a_hint():
    for name in course.specs():
        exercise = course.exercise(name)
        text = student_text(ROOT / "solutions" / f"{name}.ipynb")
        cells = nbformat.reads(text, as_version=4).cells
        told = {after["metadata"]["nbgrader"]["grade_id"]: before.source for before, after in itertools.pairwise(cells)
                if "nbgrader" in after["metadata"]}  # fmt: skip
        for item in exercise.items:
            assert f"*{item.points} point" in told[item.name], (name, item.name)
            assert item.clue, (name, item.name)
            assert html.escape(item.clue, quote=False) in told[item.name], (name, item.name)
            assert item.clue not in (ROOT / "solutions" / f"{name}.ipynb").read_text(encoding="utf8"), "it is said once, in the spec"


def test_points_are_told_by_what_is_returned():
    adam = course.exercise("gradient/adam")
    assert worth(adam["adam_step"]) == "5 points: theta 2, m 1, v 1; the arguments left as they are 1"
    assert worth(adam["adam_run"]) == "3 points"
    assert worth(adam["first_step"]) == "1 point"
