"""The build itself, on a small book in a folder of its own: what fails must break it, and an edit must show."""

import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A page

"""
EXERCISE = "\n{download}`The exercise <../exercises/page.txt>`\n\n```{literalinclude} ../solutions/page.txt\n```\n"
CELL = "```{code-cell} python\nimport nnopt\nprint('the answer is', nnopt.ANSWER)\nassert nnopt.ANSWER < 50\n```\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A book of one page over a library of one line."""
    for name in ("_config.yml", "book/build.py", "book/_ext", "book/_static", "book/references.bib"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "book" / "_vendor").mkdir()
    (tmp_path / "nnopt" / "web" / "static").mkdir(parents=True)
    (tmp_path / "nnopt" / "__init__.py").write_text("ANSWER = 42\n")
    shutil.copy(ROOT / "nnopt" / "_sources.py", tmp_path / "nnopt")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/page\n")
    (tmp_path / "book" / "page.md").write_text(HEADER + CELL + EXERCISE)
    for folder in ("exercises", "solutions"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.txt").write_text("VERSION_ONE\n")
    return tmp_path


def test_an_edit_shows_on_the_page_and_no_edit_costs_nothing(small, build):
    site = small / "_build" / "html"
    page = site / "book" / "page.html"
    first = build(small)
    assert first.returncode == 0, first.stdout
    assert "the answer is 42" in page.read_text(encoding="utf8")
    assert [file.read_text() for file in (site / "_downloads").rglob("page.txt")] == ["VERSION_ONE\n"]
    assert "VERSION_ONE" in page.read_text(encoding="utf8")

    for folder in ("exercises", "solutions"):               # neither is a page, and neither runs anything
        (small / folder / "page.txt").write_text(f"VERSION_TWO_OF_{folder}\n")
    assert build(small).returncode == 0
    assert [file.read_text() for file in (site / "_downloads").rglob("page.txt")] == ["VERSION_TWO_OF_exercises\n"]
    assert "VERSION_TWO_OF_solutions" in page.read_text(encoding="utf8")

    again = build(small)
    assert again.returncode == 0 and "up to date" in again.stdout and "running" not in again.stdout

    (small / "nnopt" / "__init__.py").write_text("ANSWER = 43\n")
    assert build(small).returncode == 0
    assert "the answer is 43" in page.read_text(encoding="utf8")

    (small / "nnopt" / "__init__.py").write_text("ANSWER = 99\n")
    refuted = build(small)
    assert refuted.returncode == 1 and "book/page.md failed" in refuted.stdout
    assert "assert nnopt.ANSWER < 50" in refuted.stdout and "AssertionError" in refuted.stdout


def test_a_page_runs_again_when_what_it_reaches_was_edited_and_else_not(small, build):
    """Two pages, two modules, and one that both import."""
    library = small / "nnopt"
    (library / "shared.py").write_text("BOTH = 1\n")
    for name in ("one", "two"):
        (library / f"{name}.py").write_text("from .shared import BOTH\nVALUE = BOTH\n")
        cell = f"```{{code-cell}} python\nimport nnopt\nfrom nnopt.{name} import VALUE\nprint('{name} is', VALUE)\n```\n"
        (small / "book" / f"{name}.md").write_text(HEADER + cell)
    (small / "_toc.yml").write_text("format: jb-book\nroot: book/page\nchapters:\n  - file: book/one\n  - file: book/two\n")
    assert "running 3" in build(small).stdout
    (library / "two.py").write_text("from .shared import BOTH\nVALUE = 2 * BOTH\n")
    again = build(small).stdout
    assert "running 1 " in again and "book/two.md" in again and "book/one.md" not in again
    assert "two is 2" in (small / "_build" / "html" / "book" / "two.html").read_text(encoding="utf8")
    (library / "shared.py").write_text("BOTH = 5\n")
    assert "running 2 " in build(small).stdout
    assert "two is 10" in (small / "_build" / "html" / "book" / "two.html").read_text(encoding="utf8")


@pytest.fixture(scope="module")
def execution():
    spec = importlib.util.spec_from_file_location("execution_of_pages", ROOT / "book" / "_ext" / "execution.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("code, reaches, spared", [
    ("import nnopt\nnnopt.Adam()", "gradient/adam.py", "metaheuristics/pso.py"),
    ("import nnopt\nnnopt.minimize(nnopt.problems.rosenbrock(2), nnopt.PSO())", "problems/smooth.py", "gradient/adam.py"),
    ("import nnopt\nnnopt.problems.rosenbrock(2)", "_loop.py", "problems/multimodal.py"),
    ("from nnopt.plotting import figure", "plotting.py", "_jit.py"),
    ("from nnopt.training.network import Network", "training/network.py", "training/fit.py"),
    ("import nnopt\nnnopt.datasets.load('digits')", "datasets/fashion_mnist.npz", "optimizer.py"),
    ("import nnopt\nnnopt.MLPClassifier", "training/products.py", "metaheuristics/pso.py"),
])  # fmt: skip
def test_what_a_page_reaches_is_read_from_its_cells(execution, code, reaches, spared):
    found = {path.relative_to(ROOT / "nnopt").as_posix() for path in execution.reached(f"```{{code-cell}} python\n{code}\n```\n")}
    assert reaches in found
    assert spared not in found


@pytest.mark.parametrize("code", ["import nnopt\nvars(nnopt)", "import nnopt\nnnopt.check('adam')", "import nnopt\nnnopt.Nothing", "half a ( line"])
def test_where_in_doubt_a_page_reaches_everything(execution, code):
    assert execution.reached(f"```{{code-cell}} python\n{code}\n```\n") == execution.whole_library()


def test_a_page_reaches_the_numbers_that_it_reads(execution):
    reads = 'json.loads(Path("../data/generalization.json").read_text())'
    assert execution.stored(reads) == [ROOT / "book" / "data" / "generalization.json"]
    assert execution.stored("import nnopt") == []


def test_a_figure_is_drawn_whatever_backend_the_user_has_chosen(small, build, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plot = "```{code-cell} python\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n```\n"
    (small / "book" / "page.md").write_text(HEADER + plot)
    built = build(small)
    assert built.returncode == 0, built.stdout
    assert "_images/" in (small / "_build" / "html" / "book" / "page.html").read_text(encoding="utf8")


def test_a_warning_breaks_the_build_every_time(small, build):
    (small / "book" / "page.md").write_text(HEADER + CELL + "\nSee {eq}`eq-that-is-not-there`.\n")
    for _ in range(2):
        built = build(small)
        assert built.returncode == 1, built.stdout
        assert "eq-that-is-not-there" in built.stdout


def test_a_page_that_does_not_exist_is_named(small, build):
    (small / "_toc.yml").write_text("format: jb-book\nroot: book/page\nchapters:\n  - file: book/nowhere\n")
    built = build(small)
    assert built.returncode == 1 and "book/nowhere.md" in built.stdout
