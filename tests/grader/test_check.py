"""``check`` in a notebook and ``nnopt check`` in a shell: what they print, what they refuse, and how they end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from typer.testing import CliRunner

import nnopt
from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.intake import reader
from nnopt.grader.marking import picture
from nnopt.grader.student import check

ROOT = Path(__file__).resolve().parents[2]
ADAM = course.exercise("adam")
RIGHT = {f.name: f.reference for f in ADAM.functions} | {"first_step": "b", "rescaled": "c"}


def run_cell(source, **names):
    """Run a check cell in a namespace, as a kernel does."""
    space = {"check": check.check} | names
    exec(source, space)


def command(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def notebook(tmp_path):
    """``notebook(name, change)``: a solved notebook with a text changed, in a folder of its own."""
    def make(name="gradient/adam", old="", new="", filename=None):
        solved = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
        for cell in solved.cells:
            cell.source = cell.source.replace(old, new) if old else cell.source
        path = tmp_path / (filename or f"{name.rpartition('/')[2]}.ipynb")
        nbformat.write(solved, path)
        return path
    return make


def test_check_prints_a_line_for_each_part(capsys):
    run_cell('check("adam")', **RIGHT)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ADAM.items)
    assert lines[0] == "right    the step                   5 of 5"


def test_check_of_one_part_needs_no_other(capsys):
    run_cell('check("adam.bias")', bias=ADAM["bias"].reference)
    assert capsys.readouterr().out == "right    the bias of m_hat          2 of 2\n"
    run_cell('check("gradient/adam.bias")', bias=ADAM["bias"].reference)


def test_check_raises_the_report_without_a_traceback():
    with pytest.raises(check.NotYet) as error:
        run_cell('check("adam.bias")', bias=lambda beta, t: beta / (1 - beta))
    text = str(error.value)
    assert "after many steps" in text
    assert "Think: Try t = 1." in text
    assert error.value._render_traceback_() == text.splitlines()


@pytest.mark.parametrize(("what", "sentence"), [
    ("adma", "no exercise is called 'adma': there are .*adam, .* did you mean adam"), ("adam.step", "adam has no part 'step'; its parts are adam_step, "),
    ("", "no exercise is called ''"), (3, "takes the name of an exercise as a string")])
def test_unknown_names(what, sentence):
    with pytest.raises(ValueError, match=sentence):
        check.check(what)


def test_the_public_name():
    assert nnopt.check is check.check


def test_checking_loads_no_compiler():
    code = ("import sys\nfrom nnopt import check\nbias = lambda beta, t: beta / (1 - beta) - t * beta**t / (1 - beta**t)\ncheck('adam.bias')\n"
            "assert not {'numba', 'matplotlib', 'scipy', 'sklearn'} & set(sys.modules), sorted(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_wrong_loop_is_drawn_over_the_reference():
    loop = ADAM["adam_run"]
    result = check.grade_exercise(ADAM, 0, lambda calls: check.answers(RIGHT | {"adam_run": loop.variant(loop.mistakes[0])}, calls), [loop])
    drawn = picture.of(result.items[0])
    assert drawn.png.startswith(b"\x89PNG")
    assert "they part at point 2" in drawn.alt
    assert f'alt="{drawn.alt}"'.replace("'", "&#x27;") in drawn.html
    assert picture.of(result.items[0]).png == drawn.png


def test_a_path_of_half_a_million_points_is_no_page_of_megabytes():
    walk = 0.1 * np.random.default_rng(0).normal(size=(500_000, 2))
    answers = RIGHT | {"adam_run": lambda grad, theta, *others: theta + walk}
    result = check.grade_exercise(ADAM, 0, lambda calls: check.answers(answers, calls), [ADAM["adam_run"]])
    assert len(picture.of(result.items[0]).svg) < 100_000


def test_a_notebook_shows_the_picture_and_the_report_and_no_traceback(notebook):
    from nbclient import NotebookClient

    wrong = nbformat.read(notebook(old="adam_step(theta, grad(theta), m, v, t,", new="adam_step(theta, grad(theta), m, v, 1,"), as_version=4)
    needed = ("imports", "adam_step", "adam_run", "adam_run_check")
    wrong.cells = [c for c in wrong.cells if c.cell_type == "code" and c.metadata.nbgrader.grade_id in needed]
    wrong.cells[1].source = wrong.cells[1].source.replace("    m = beta1", "    print('a trace')\n    m = beta1")      # not shown
    NotebookClient(wrong, allow_errors=True, timeout=120).execute()
    image, error = wrong.cells[-1].outputs
    assert "Your path over the reference" in image.data["text/plain"]
    assert image.data["text/html"].startswith("<img alt=")
    assert error.ename == "NotYet"
    assert error.traceback[0].startswith("not yet  the loop")
    assert not any("grade_exercise" in line for line in error.traceback)


def test_the_command_on_a_solved_notebook(notebook):
    done = command("check", notebook())
    assert done.exit_code == 0, done.output
    assert "12 of 12 points" in done.output


def test_the_command_on_a_wrong_notebook(notebook, tmp_path):
    path = notebook(old="grad(theta), m, v, t, lr", new="grad(theta), m, v, 1, lr")
    done = command("check", path, "--plot", tmp_path / "pictures")
    assert done.exit_code == 1
    assert "t stands still" in done.output
    assert "9 of 12 points" in done.output
    assert (tmp_path / "pictures" / "adam_run.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_on_a_blank_notebook():
    done = command("check", ROOT / "exercises" / "gradient" / "adam.ipynb")
    assert done.exit_code == 1
    assert "0 of 12 points" in done.output
    assert "adam_step is not written yet" in done.output
    assert "failed" not in done.output                      # the cell that draws waits for the loop: it is no mistake


def test_of_a_cell_the_first_line_that_failed_is_told(notebook):
    done = command("check", notebook(old="import numpy as np", new="import numpi as np"))
    lines = [line for line in done.output.splitlines() if line.startswith("  cell ")]
    assert lines[0] == "  cell 1, line 2: ModuleNotFoundError: No module named 'numpi'"
    assert len({line.partition(",")[0] for line in lines}) == len(lines) > 1
    assert max(map(len, done.output.splitlines())) <= 110   # no line is broken within a word


def test_the_command_finds_the_notebook_by_its_name(notebook, monkeypatch):
    path = notebook()
    monkeypatch.chdir(path.parent)
    assert command("check", "adam").exit_code == 0
    assert "adam.ipynb: 2 of 2" in command("check", "adam.bias").output
    done = command("check", "pso")
    assert done.exit_code == 2
    assert "no notebook for 'pso' here: looked for pso.ipynb" in done.output


def test_a_notebook_of_another_name(notebook):
    path = notebook(filename="homework 3.ipynb")
    done = command("check", path)
    assert done.exit_code == 2
    assert "--exercise NAME" in done.output
    assert command("check", path, "--exercise", "adam").exit_code == 0
    assert command("check", notebook(filename="adam (1).ipynb")).exit_code == 0
    given = nbformat.read(path, as_version=4)
    given.metadata["nnopt"] = {"exercise": "gradient/adam"}  # as nnopt release writes it
    nbformat.write(given, path)
    assert command("check", path).exit_code == 0


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("adam", "--exercise", "gd"), "--exercise gd is for a notebook, and 'adam' is no file"), (("adam", "--watch", "--plot", "x"), "exclude each other"),
    (("adam.bias", "--watch"), "nnopt check adam --watch"), (("wrong.ipynb", "--plot", "adam.ipynb"), "--plot adam.ipynb cannot be written")])
def test_what_cannot_be_checked_together(notebook, monkeypatch, arguments, sentence):
    monkeypatch.chdir(notebook().parent)
    wrong = notebook(old="grad(theta), m, v, t, lr", new="grad(theta), m, v, 1, lr", filename="wrong.ipynb")
    done = command("check", *arguments, *(("--exercise", "adam") if wrong.name in arguments else ()))
    assert done.exit_code == 2
    assert sentence in done.output


@pytest.mark.parametrize("content", [b"", b"no json", b"{}", b'{"cells": 3}', b"\xff\xfe", b'{"worksheets": [], "nbformat": 3}'])
def test_what_is_no_notebook(content, tmp_path):
    path = tmp_path / "adam.ipynb"
    path.write_bytes(content)
    done = command("check", path)
    assert done.exit_code == 2
    assert "cannot be read" in done.output
    assert len(done.output.strip().splitlines()) == 1


@pytest.mark.parametrize("what", ["nowhere.ipynb", "adma", "adam.step"])
def test_what_is_not_there(what):
    done = command("check", what)
    assert done.exit_code == 2
    assert what.partition(".")[0] in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_cells_that_fail_take_nothing_else_down(notebook):
    done = command("check", notebook(old="import numpy as np", new="import no_such_module\nimport numpy as np"))
    assert done.exit_code == 0, done.output


def test_an_endless_loop_ends(notebook):
    path = notebook(old="return beta / (1 - beta) - t * beta**t / (1 - beta**t)", new="while True:\n        pass")
    result, _ = check.check_notebook(path, seconds=0.3)
    assert [i.outcome for i in result.items][2] == "crashed"
    assert "no answer after 0.3 seconds" in result.items[2].text
    assert result.points == 10


def test_a_hang_costs_its_time_once():
    asked = []

    def step():
        asked.append(1)
        while True:
            pass

    said = check.answers({"step": step, "bias": lambda: 1.0}, [*[("step", {}, 1)] * 3, ("bias", {}, 1)], seconds=0.2)
    assert [int(a[0]) for a in said] == [1, 1, 1, 0]
    assert len(asked) == 1


def test_a_step_that_hangs_does_not_cost_the_loop(notebook):
    path = notebook(old="return theta - lr", new="while True:\n        pass\n    return theta - lr")
    result, _ = check.check_notebook(path, seconds=0.3)
    step, loop = result.items[:2]
    assert (step.points, loop.points) == (0, loop.max_points), result.text
    assert "only because adam_step is not right yet" in loop.text


def test_a_line_that_failed_is_the_students(notebook):
    """Not NumPy's, in which it failed; and a syntax error names no file that there is not."""
    result, _ = check.check_notebook(notebook(old="np.sqrt", new="np.sqroot"))
    assert "has no attribute 'sqroot' (line 12: return theta" in " ".join(result.text.split())
    _, failed = check.check_notebook(notebook(old="def bias(", new="def bias)"))
    assert any(line.endswith("SyntaxError: unmatched ')'") or line.endswith("SyntaxError: expected '('") for line in failed), failed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("deaf", [False, True])
def test_the_keyboard_ends_a_check(notebook, deaf):
    """Once for a loop that never ends; twice where its code catches everything."""
    loop = "open('ready', 'w').close()\nwhile True: pass"
    if deaf:
        loop = "while True:\n try:\n  open('ready', 'w').close()\n  while True: pass\n except BaseException: open('heard', 'w').close()"
    path = notebook(old="import numpy as np", new=f"{loop}\nimport numpy as np")
    with subprocess.Popen([sys.executable, "-c", "from nnopt.cli import app; app()", "check", path], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}) as checking:  # fmt: skip
        for sign in ("ready", "heard")[: 1 + deaf]:
            while not path.with_name(sign).exists() and checking.poll() is None:
                time.sleep(0.02)
            checking.send_signal(signal.SIGINT)
        said = checking.communicate(timeout=20)[0]
    assert checking.returncode == (-signal.SIGINT if deaf else 130), said
    assert said == ("" if deaf else "nnopt: stopped\n")


def test_the_folder_and_the_public_name_are_restored(notebook):
    before = Path.cwd(), nnopt.check
    check.check_notebook(notebook())
    assert (Path.cwd(), nnopt.check) == before


def test_a_link_is_not_followed(notebook):
    path = notebook()
    link = path.with_name("pso.ipynb")
    link.symlink_to(path)
    with pytest.raises(reader.Unreadable):
        check.check_notebook(link)


def test_a_course_of_ones_own(tmp_path):
    folder = tmp_path / "solutions" / "gradient"
    folder.mkdir(parents=True)
    (folder / "adam.py").write_text((ROOT / "solutions" / "gradient" / "adam.py").read_text())
    assert list(course.specs(tmp_path)) == ["gradient/adam"]
    assert course.exercise("adam", tmp_path) is not ADAM
    with pytest.raises(ValueError, match="is no course"):
        course.solutions(tmp_path / "nowhere")
    with pytest.raises(course.UnknownExercise, match="no exercise is called 'pso': there are adam"):
        course.find("pso", tmp_path)


def test_a_spec_must_have_the_name_of_its_file(tmp_path):
    folder = tmp_path / "solutions" / "gradient"
    folder.mkdir(parents=True)
    (folder / "gd.py").write_text((ROOT / "solutions" / "gradient" / "adam.py").read_text())
    with pytest.raises(ValueError, match=r"gradient/gd.py calls its exercise 'gradient/adam'"):
        course.exercise("gd", tmp_path)


def test_the_installed_copy_is_used_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "PACKAGE", tmp_path / "nnopt")
    assert course.solutions() == tmp_path / "nnopt" / "_course" / "solutions"
