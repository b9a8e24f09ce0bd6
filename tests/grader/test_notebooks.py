"""Solution notebooks are made from a text and the spec: they fit each other, or one sentence says where they do not."""

import shutil
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course, notebooks
from nnopt.grader.exercise.release import text_of

ROOT = Path(__file__).resolve().parents[2]
TEXTS = sorted((ROOT / "solutions").glob("*/*.md"))
SPEC = """
from nnopt.grader.exercise.spec import Exercise, wrong
ex = Exercise("own/toy", title="A toy")

@ex.function(parts={"y": 2}, title="the toy")
def toy(x, k):
    y = k * x
    return y

@toy.inputs
def _(d):
    return dict(x=d.normal(), k=d.number(2, 3))

toy.known(wrong("upside down", "k multiplies.", "Put k = 1.", y="x / k"))
ex.question("why", points=1, right="a", b="Think again.")
"""
TEXT = '''# A toy

*A toy* of the book.

+++

Imports.

```{code} imports
from nnopt import check
```

Write it.

```{solution} toy
def toy(x, k):
    """k times x."""
    # BEGIN SOLUTION
    return k * x
    # END SOLUTION
```

```{show} plot
print(toy(1, 2))
```

Why?

```{solution} why
why = ""
# BEGIN SOLUTION
why = "a"
# END SOLUTION
```
'''


@pytest.fixture
def own(tmp_path):
    """A course of one exercise."""
    folder = tmp_path / "solutions" / "own"
    folder.mkdir(parents=True)
    (folder / "toy.py").write_text(SPEC)
    (folder / "toy.md").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_is_what_its_text_gives(text):
    assert text_of(notebooks.remake(text, ROOT)) == text.with_suffix(".ipynb").read_text(encoding="utf8")


def test_every_exercise_of_the_book_has_a_text():
    assert {f"{text.parent.name}/{text.stem}" for text in TEXTS} == set(course.specs(ROOT))


def test_points_names_and_checks_are_the_specs(own):
    cells = notebooks.remake(own / "solutions" / "own" / "toy.md", own).cells
    assert [cell.id for cell in cells] == ["intro", "imports-text", "imports", "toy-text", "toy", "toy-check", "plot", "why-text", "why", "why-check"]
    checks = {cell.source: cell.metadata.nbgrader.points for cell in cells if cell.metadata.nbgrader.grade}
    assert checks == {'check("toy.toy")': 2, 'check("toy.why")': 1}
    nbformat.validate(nbformat.v4.new_notebook(cells=cells))


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("def toy(x, k)", "def toy(x)", "toy.md, toy: it takes (x), the spec's reference (x, k)"),
    ("def toy(x, k)", "def toy(x, k, *rest)", "toy.md, toy: it takes (x, k, *rest), the spec's reference (x, k)"),
    ("def toy(x, k)", "def toy(x, k=3)", "toy.md, toy: it takes (x, k=3), the spec's reference (x, k)"),
    ("def toy(x, k)", "def doll(x, k)", "toy.md, toy: no function of this name is defined there"),
    ("def toy(x, k)", "def toy(x, k", "toy.md, toy: its code cannot be read ('(' was never closed in line 1)"),
    ('    """k times x."""\n', "", "toy.md, toy: its docstring says nothing of what it takes and returns"),
    ("    # BEGIN SOLUTION\n", "", "toy.md, toy: it has no line # BEGIN SOLUTION, so students would get the answer, or nothing"),
    ("    # END SOLUTION\n", "", "toy.md, toy: it has no line # END SOLUTION, so students would get the answer, or nothing"),
    ("```{show} plot", "```{code} imports", "toy.md: two cells are called imports"),
    ("```{show} plot", "```{shwo} plot", "toy.md: '```{shwo} plot' begins no cell; what does is ```{code} NAME, ```{show} NAME, ```{solution} NAME, "
                                        "each with its ``` below"),
    ("```{solution} why", "```{solution} when", "toy.md: the spec has no part 'when'; its parts are toy, why"),
    ("```{solution} why", "```{code} why", "toy.md: nothing solves why, which the spec asks for: ```{solution} why"),
    ("```{code} imports", "```{code}", "toy.md: a cell has no name: ```{code} NAME"),
])  # fmt: skip
def test_a_text_that_does_not_fit_its_spec_is_refused_before_anything_is_written(own, old, new, sentence):
    text = own / "solutions" / "own" / "toy.md"
    assert old in TEXT
    text.write_text(TEXT.replace(old, new, 1))
    done = CliRunner().invoke(app, ["release", "--course", str(own)])
    assert (done.exit_code, done.stderr) == (2, f"nnopt: {sentence}\n")
    assert not text.with_suffix(".ipynb").exists()
    assert not (own / "exercises").exists()


def test_release_makes_and_says_what_is_stale(own):
    invoke = lambda *more: CliRunner().invoke(app, ["release", "--course", str(own), *more])  # noqa: E731
    text, made = (own / "solutions" / "own" / f"toy.{end}" for end in ("md", "ipynb"))
    bare = invoke()
    assert (bare.exit_code, bare.stderr) == (2, "nnopt: own/toy.ipynb, cell toy-check: its output is not stored; run nnopt release --run own/toy\n")
    assert not made.exists()
    notebook = notebooks.remake(text, own)  # stands for a run, which the next test tries
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count, cell.outputs = count, [nbformat.v4.new_output("stream", text=f"output {count}\n")]
    made.write_text(text_of(notebook))
    assert invoke().exit_code == 0
    assert invoke("--check").exit_code == 0

    text.write_text(TEXT.replace("Why?", "Why not?"))  # prose: all outputs stay
    stale = invoke("--check")
    assert (stale.exit_code, "solutions/own/toy.ipynb is not what its text gives" in stale.stdout) == (1, True)
    assert invoke().exit_code == 0
    assert "Why not?" in made.read_text()

    before = made.read_text()
    text.write_text(TEXT.replace("return k * x", "return x * k"))  # code: what comes after it must run again
    again = invoke()
    assert (again.exit_code, "its output is not stored" in again.stderr) == (2, True)
    assert made.read_text() == before


def test_a_run_stores_all_or_nothing_and_names_the_cell(own):
    invoke = lambda: CliRunner().invoke(app, ["release", "--run", "--course", str(own)])  # noqa: E731
    text, made = (own / "solutions" / "own" / f"toy.{end}" for end in ("md", "ipynb"))
    text.write_text(TEXT.replace("from nnopt import check", "check = print"))
    assert invoke().exit_code == 0
    before = made.read_text()
    assert "toy.toy" in before.partition('"outputs": [')[2]
    text.write_text(text.read_text().replace("print(toy(1, 2))", "1 / 0"))
    broken = invoke()
    assert (broken.exit_code, broken.stderr) == (2, "nnopt: own/toy.ipynb, cell plot: ZeroDivisionError: division by zero; nothing was stored\n")
    assert made.read_text() == before


def test_other_markdown_is_somebodys_own(own):
    (own / "solutions" / "own" / "README.md").write_text("# How to\n")
    assert "README" not in CliRunner().invoke(app, ["release", "--course", str(own)]).output


def test_a_notebook_without_a_text_is_left_alone(own):
    shutil.copy(own / "solutions" / "own" / "toy.md", own / "toy.md")
    (own / "solutions" / "own" / "toy.md").unlink()
    by_hand = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("By hand")], metadata=notebooks.METADATA)
    (own / "solutions" / "own" / "toy.ipynb").write_text(text_of(by_hand))
    assert CliRunner().invoke(app, ["release", "--course", str(own)]).exit_code == 0
    assert "By hand" in (own / "exercises" / "own" / "toy.ipynb").read_text()
