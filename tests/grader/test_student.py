"""A student's folder: no work is lost, one part is renewed alone, what is packed is what is graded, and a save is a check."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.intake import inputs
from nnopt.grader.student import check, student

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
    assert "adam.ipynb is here, as it was given out" in command("start", "adam").output
    assert len(list(folder.iterdir())) == 4


def test_a_start_that_fails_leaves_what_was_there(folder, monkeypatch):
    (folder / "adam.ipynb").write_text("work")

    def full(path, data, mode=0):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nnopt.grader.files.write", full)
    done = command("start", "adam")
    assert (done.exit_code, done.output) == (2, "nnopt: adam.ipynb cannot be written (No space left on device)\n")
    assert {p.name: p.read_text() for p in folder.iterdir()} == {"adam.ipynb": "work"}


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


def test_reset_says_an_answer_stands_below_only_where_it_does(folder):
    """Where no cell holds one, as it is called otherwise or its cell was emptied, that is said."""
    for source, said, below in (("def bias(beta, t):\n    return 1", "; your answer stands below it", True),
                                ("def lag(beta, t):\n    return 1", "; no cell was found that held an answer to it", False),
                                ("", "; its cell was empty", False)):  # fmt: skip
        notebook = nbformat.reads(SOLVED.decode(), as_version=4)
        next(c for c in notebook.cells if c.id == "bias").source = source
        (folder / "adam.ipynb").write_text(nbformat.writes(notebook))
        done = command("reset", "adam", "bias")
        assert done.exit_code == 0 and said in done.output
        kept = [c.source for c in nbformat.read(folder / "adam.ipynb", as_version=4).cells]
        assert any("The answer before nnopt reset" in text and source in text for text in kept) is below
        assert not source or any(source in text for text in kept), "no work is lost"
        assert below or "stands below" not in done.output


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


def broken(change):
    notebook = json.loads(SOLVED)
    change(notebook)
    return json.dumps(notebook).encode()


@pytest.mark.parametrize("change", [
    lambda nb: [cell.pop("metadata") for cell in nb["cells"]], lambda nb: [cell.update(metadata=3) for cell in nb["cells"]],
    lambda nb: [cell.pop("source") for cell in nb["cells"]], lambda nb: [cell.update(source=3) for cell in nb["cells"]],
    lambda nb: [cell.pop("cell_type") for cell in nb["cells"]], lambda nb: nb["cells"].append(5),
    lambda nb: [cell.update(outputs=3) for cell in nb["cells"]], lambda nb: nb.update(nbformat_minor="x"),
    lambda nb: nb.update(nbformat=3), lambda nb: nb.update(metadata=3), lambda nb: nb.update(cells=3),
])  # fmt: skip
def test_reset_of_a_broken_notebook_is_a_sentence(folder, change):
    (folder / "adam.ipynb").write_bytes(broken(change))
    done = command("reset", "adam", "adam_step")
    assert (done.exit_code, done.exception.__class__) == (2, SystemExit)
    assert "adam.ipynb cannot be read: " in done.output
    assert (folder / "adam.ipynb").read_bytes() == broken(change)


def test_a_course_of_its_own_is_checked(folder):
    """With its specs: an instructor who writes an exercise, or a course that is open."""
    own = ROOT / "tests" / "grader" / "essay_course"
    assert "check descent --course" in command("start", "descent", "--course", own).output
    done = command("check", "descent", "--course", own)
    assert (done.exit_code, "0 of 3 points" in done.output) == (1, True)
    solution = own / "solutions" / "valleys" / "descent.ipynb"
    done = command("check", solution, "--course", own)
    assert (done.exit_code, "3 of 3 points" in done.output) == (0, True), done.output
    assert student.check_apart(solution, "valleys/descent", course=own)["points"] == 3
    (folder / "descent.ipynb").write_bytes(solution.read_bytes())
    said = []
    student.watch(folder / "descent.ipynb", "valleys/descent", [], said.append, own)
    assert "3 of 3" in "".join(said)
    assert command("check", "descent").exit_code == 2


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


def test_submit_packs_what_the_grader_would_find(folder):
    """A copy under another name, a notebook in its section's folder; not what nnopt start put aside, and not what answers nothing."""
    (folder / "metaheuristics").mkdir()
    (folder / "metaheuristics" / "pso.ipynb").write_bytes((ROOT / "exercises" / "metaheuristics" / "pso.ipynb").read_bytes())
    (folder / "homework 3.ipynb").write_bytes(SOLVED)
    (folder / "notes.ipynb").write_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}')
    (folder / "adam.old-1.ipynb").write_bytes(BLANK)
    done = command("submit")
    assert "homework 3.ipynb: 12 of 12 points\n" in done.output
    assert "metaheuristics/pso.ipynb: 0 of 24 points, as it was given out\n" in done.output
    assert "left out: adam.old-1.ipynb, notes.ipynb\n" in done.output
    with zipfile.ZipFile(folder / "submission.zip") as archive:
        assert archive.namelist() == ["gradient/adam.ipynb", "metaheuristics/pso.ipynb"]
        assert archive.read("gradient/adam.ipynb") == SOLVED


def test_submit_refuses_what_nobody_could_grade(folder):
    asked = ", ".join(f"{name.partition('/')[2]}.ipynb" for name in course.specs())
    assert f"asked for are {asked}" in " ".join(command("submit").output.split())
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
    most, first = course.exercise("adam").points, next(iter(course.specs()))
    assert "not written yet" in said[0]
    assert f"gradient/adam                0 of {most}" in said[1]
    assert f"Next: {first}" in said[1]
    assert "cannot be read" in said[2]
    assert "right" in said[3]
    assert f"x gradient/adam                {most} of {most}" in said[4]
    assert f"Next: {first} (nnopt start {first.partition('/')[2]})" in said[4]
    assert len(said) == 5
    assert student.progress(folder)["gradient/adam"] == {"points": most, "max_points": most}


WINDOWS = """
import os, signal, sys
for module, names in ((os, ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "killpg", "fork", "geteuid", "getuid", "sched_setaffinity")),
                      (signal, ("SIGALRM", "SIGHUP", "setitimer", "alarm"))):
    for name in names:
        vars(module).pop(name, None)
sys.modules.update(fcntl=None, resource=None, pwd=None)
"""


def test_a_students_commands_need_nothing_that_windows_lacks(folder, tmp_path_factory):
    """As far as that can be seen elsewhere: with what only Unix has taken away, in their child processes, too."""
    own = tmp_path_factory.mktemp("windows")
    (own / "sitecustomize.py").write_text(WINDOWS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(own), str(ROOT)])}

    def run(*arguments):
        command = [sys.executable, "-c", "from nnopt.cli import app; app()", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    assert run("start", "adam").returncode == 0
    assert "0 of 12 points" in run("check", "adam").stdout
    (folder / "adam.ipynb").write_bytes(SOLVED)
    assert run("check", "adam").returncode == 0
    assert "your answer stands below it" in run("reset", "adam", "adam_step").stdout
    assert "of 12 points" in run("submit").stdout
    assert zipfile.is_zipfile(folder / "submission.zip")
    (folder / "gd.ipynb").symlink_to(folder / "adam.ipynb")
    assert "it is a link" in run("check", "gd.ipynb").stderr
    done = run("grade", str(folder), "--out", str(own / "out"))
    assert (done.returncode, "this system cannot fork" in done.stderr) == (2, True), done.stderr


def cell(source):
    """A notebook of one cell."""
    one = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [one], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.mark.parametrize(("line", "points"), [("os.kill(os.getpid(), 9)", None), ("os._exit(0)", 2)])
def test_a_notebook_that_ends_python_does_not_end_the_watch(folder, line, points):
    """Nor does its status say that all is right."""
    (folder / "adam.ipynb").write_bytes(cell(f"import os\n{line}\ndef bias(beta, t):\n    return beta / (1 - beta) - t * beta**t / (1 - beta**t)"))
    assert student.check_apart(folder / "adam.ipynb", "gradient/adam")["points"] == points


def test_a_save_ends_the_check_of_what_was_there_before(folder):
    """And what this check started: its notebook starts a program, and waits for ever."""
    path, said = folder / "adam.ipynb", []
    path.write_bytes(cell("import subprocess\np = subprocess.Popen(['sleep', '600'])\nopen('pid', 'w').write(f'{p.pid}.')\nwhile True: pass"))

    def saving():
        while not (folder / "pid").is_file() or not (folder / "pid").read_text().endswith("."):
            time.sleep(0.02)
        path.write_bytes(SOLVED)

    thread = threading.Thread(target=saving)
    thread.start()
    student.watch(path, "gradient/adam", [], said.append)
    thread.join()
    assert len(said) == 2
    assert said[0].startswith("right")
    pid = (folder / "pid").read_text()[:-1]
    state = subprocess.run(["ps", "-o", "state=", "-p", pid], capture_output=True, text=True, check=False).stdout.strip()
    assert state in ("", "Z"), state


def test_watch_goes_on_where_it_can(folder, monkeypatch):
    """Without the notebook until it is back; where no progress can be written; over the folders of the sections."""
    path, said = folder / "gradient" / "adam.ipynb", []
    path.parent.mkdir()
    path.write_bytes(SOLVED)
    (folder / "metaheuristics").mkdir()
    (folder / "metaheuristics" / "pso.ipynb").write_bytes(SOLVED)
    monkeypatch.setattr(student, "check_apart", lambda *_: {"text": "checked", "points": 12, "max_points": 12})
    (folder / student.PROGRESS).mkdir()

    def saves():
        path.unlink()
        yield
        path.write_bytes(SOLVED)
        yield

    student.watch(path, "gradient/adam", saves(), said.append)
    assert said[0] == said[4] == "checked"
    assert said[1].startswith("Your progress is not kept: ")
    assert "pso           not checked yet" in said[2]
    most = sum(course.exercise(name).points for name in course.specs())
    assert f"in all                       12 of {most}" in said[2]
    assert said[3] == f"{path} is gone; it is checked when it is back"


def test_the_command_watches_until_it_is_stopped(folder):
    (folder / "adam.ipynb").write_bytes(BLANK)
    said = []
    with subprocess.Popen([sys.executable, "-c", "from nnopt.cli import app; app()", "check", "adam", "--watch"],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as watching:  # fmt: skip
        late = threading.Timer(200, watching.kill)  # where a line never comes, the test fails and does not wait
        late.start()
        for line in watching.stdout:
            said.append(line)
            if line.startswith("Next: "):
                (folder / "adam.ipynb").write_bytes(SOLVED)
                if sum(line.startswith("Next: ") for line in said) == 2:
                    watching.send_signal(signal.SIGINT)
        late.cancel()
    assert watching.returncode == 0, said
    assert any("Watching adam.ipynb" in line for line in said)
