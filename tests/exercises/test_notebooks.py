"""Every exercise and its solution: the notebook asks for what the spec marks, and plain nbval tells the parts of a blank, a wrong and a solved one."""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest

from nnopt.grader.exercise import course
from nnopt.grader.exercise.release import BEGIN, student_text

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(course.specs(ROOT))
every_exercise = pytest.mark.parametrize("name", NAMES)

# Each notebook takes seconds to run: `make test` runs one of each section blank and solved, `make test-slow` the others; the solutions
# themselves are all run by `make test`, with nbval's own command.
SAMPLE = [next(name for name in NAMES if name.startswith(section)) for section in dict.fromkeys(name.partition("/")[0] for name in NAMES)]
SAMPLE += [name for name in ("gradient/adam",) if name not in SAMPLE]
by_running = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SAMPLE else [pytest.mark.slow]) for name in NAMES]
)


def read(folder, name):
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)


def kind(cell):
    meta = cell.metadata.get("nbgrader", {})
    if cell.cell_type != "code" or not (meta.get("grade") or meta.get("solution")):
        return "plot" if "nbval-ignore-output" in cell.metadata.get("tags", []) else "other"
    return "answer" if meta["solution"] else "check"


def test_there_are_exercises():
    assert {"gradient/adam", "gradient/gd", "metaheuristics/pso", "training/backpropagation"} <= set(NAMES)


@every_exercise
def test_notebook_asks_for_what_the_spec_marks(name):
    exercise, cells = course.exercise(name, ROOT), read("solutions", name).cells
    answers = [c.metadata.nbgrader.grade_id for c in cells if kind(c) == "answer"]
    checks = {c.source: c.metadata.nbgrader.points for c in cells if kind(c) == "check"}
    stem = name.rpartition("/")[2]
    assert answers == [item.name for item in exercise.items]
    assert checks == {f'check("{stem}.{item.name}")': item.points for item in exercise.items}
    assert all("nbval-check-output" in c.metadata.tags for c in cells if kind(c) == "check")


@every_exercise
def test_signatures_are_those_of_the_spec(name):
    exercise, cells = course.exercise(name, ROOT), read("exercises", name).cells
    for cell in cells:
        if kind(cell) == "answer" and cell.source.startswith("def "):
            function = ast.parse(cell.source).body[0]
            assert [a.arg for a in function.args.args] == exercise[function.name].params
            assert ast.get_docstring(function), f"{function.name} does not say what it takes and returns"


@every_exercise
def test_notebook_is_nbgrader_3(name):
    for cell in read("exercises", name).cells:
        meta = cell.metadata.nbgrader
        assert meta.schema_version == 3
        assert set(meta) >= {"grade", "solution", "locked", "task", "grade_id"}
    ids = [c.metadata.nbgrader.grade_id for c in read("exercises", name).cells]
    assert len(ids) == len(set(ids))


@every_exercise
def test_exercises_are_what_release_writes(name):
    text = (ROOT / "exercises" / f"{name}.ipynb").read_text(encoding="utf8")
    assert text == student_text(ROOT / "solutions" / f"{name}.ipynb")
    assert BEGIN not in text


@every_exercise
def test_there_is_a_picture_to_enjoy_and_a_page_to_read(name):
    cells = read("exercises", name).cells
    assert any(kind(c) == "plot" for c in cells)
    title = (ROOT / "book" / f"{name}.md").read_text(encoding="utf8").partition("\n# ")[2].partition("\n")[0]
    assert f"*{title}* of the book" in " ".join(cells[0].source.split())    # by its title: a link is dead outside of a checkout


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, request):
    """``(folder, name) -> {number of a cell: failed?}`` of one run of nbval over blank, solved and wrong notebooks."""
    folder = tmp_path_factory.mktemp("notebooks")
    asked = {item.callspec.params["name"] for item in request.session.items
             if "outcomes" in item.fixturenames and "name" in getattr(getattr(item, "callspec", None), "params", {})}
    for name in sorted(asked | {"gradient/adam"}):
        blank = read("exercises", name)
        write(blank, folder / "blank" / name)
        for cell, solved in zip(blank.cells, read("solutions", name).cells):
            if kind(cell) == "answer":
                cell.source = solved.source
        write(blank, folder / "solved" / name)
    wrong = nbformat.read(folder / "solved" / "gradient" / "adam.ipynb", as_version=4)
    step = next(c for c in wrong.cells if c.metadata.nbgrader.grade_id == "adam_step")
    step.source = step.source.replace("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)")
    write(wrong, folder / "wrong" / "gradient" / "adam")
    return run_nbval(folder, folder / "lax.xml", "--nbval-lax")


def write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path.with_suffix(".ipynb"))


def run_nbval(folder, report, *options):
    """The outcome of every code cell of the notebooks in a folder."""
    run = subprocess.run([sys.executable, "-m", "pytest", *options, "--nbval-current-env", "-o", "addopts=", "-p", "no:cacheprovider", "-q",
                          f"--junitxml={report}", f"--rootdir={folder}", str(folder)], capture_output=True, text=True, timeout=280, cwd=folder)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        number = int(case.get("name").rpartition(" ")[2])
        *above, section, stem = [part for part in case.get("classname").split(".") if part != "ipynb"]
        key = (above[-1] if above else "", f"{section}/{stem}")
        found.setdefault(key, {})[number] = case.find("failure") is not None or case.find("error") is not None
    return found


def code_kinds(name):
    return [kind(c) for c in read("exercises", name).cells if c.cell_type == "code"]


@by_running
def test_nbval_fails_the_blank_notebook_part_by_part(name, outcomes):
    failed = outcomes["blank", name]
    assert {i for i, k in enumerate(code_kinds(name)) if k == "check"} <= {i for i in failed if failed[i]}
    assert {code_kinds(name)[i] for i in failed if failed[i]} <= {"check", "plot"}


@by_running
def test_nbval_passes_the_solved_notebook(name, outcomes):
    assert not any(outcomes["solved", name].values())


def test_nbval_fails_only_the_part_that_is_wrong(outcomes):
    failed = outcomes["wrong", "gradient/adam"]
    assert [i for i in failed if failed[i]] == [2]      # the check of the step; the loop stands alone
