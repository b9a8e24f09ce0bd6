"""What authors are given: a page that runs alone and tells all that fails, and the files of a new algorithm, which work as they are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need

from nnopt.author import NoSuchThing, files, page, root

ROOT = Path(__file__).resolve().parents[1]
HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A page

"""
CELLS = [
    "import numpy as np\nprint('fine')",
    "1 / 0",
    "import sys\nprint('beware', file=sys.stderr)",
    "from nnopt.plotting import figure\nfig, ax = figure()\nax.plot([1, 2]);",
    "assert np.sum([1, 2]) == 4",
]
NEW = {  # name -> kind, None where the section says it
    "gradient/slow_roll": None, "gradient/half_way": "search", "metaheuristics/guess_work": None, "metaheuristics/lone_walker": "walk",
}  # fmt: skip


def nnopt(folder, *arguments, timeout=200):
    """The command as it runs in a checkout."""
    command = [sys.executable, "-c", "from nnopt.cli import app; app()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder if (folder / "nnopt").is_dir() else ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)


# ------------------------------------------------------------------------------------ a page
@pytest.fixture
def book(tmp_path):
    (tmp_path / "book" / "gradient").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/gradient/one\n")
    text = HEAD + "".join(f"```{{code-cell}} python\n{cell}\n```\n\n" for cell in CELLS)
    (tmp_path / "book" / "gradient" / "one.md").write_text(text)
    return tmp_path


def test_a_page_tells_all_that_fails_and_leaves_its_figures(book):
    done = nnopt(book, "page", "one")
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stdout.splitlines() if line[:3].strip().isdigit()]
    assert [int(line[:3]) for line in lines] == [1, 2, 3, 4, 5]
    assert [int(line[:3]) for line in lines if "FAILED" in line] == [2, 3, 5]
    for said in ("ZeroDivisionError: division by zero", "wrote to stderr: beware", "AssertionError", "5 cells", "3 failed; 1 figures"):
        assert said in done.stdout
    picture = book / "build" / "pages" / "gradient" / "one" / "figure-4.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_pages_are_found_by_name_and_what_is_none_is_a_sentence(tmp_path):
    for name in ("gradient/adam", "gradient/index", "index", "training/index", "gradient/two", "training/two"):
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / f"{name}.md").write_text("# A page\n")
    assert page("adam", tmp_path) == page("book/gradient/adam.md", tmp_path) == tmp_path / "book" / "gradient" / "adam.md"
    assert page("index", tmp_path) == tmp_path / "book" / "index.md"  # the one at the top goes by its whole name
    with pytest.raises(NoSuchThing, match="'two' could be gradient/two or training/two: name the section, too"):
        page("two", tmp_path)
    with pytest.raises(NoSuchThing, match="there is no page 'adm'; near is gradient/adam"):
        page("adm", tmp_path)


def test_outside_of_a_checkout_the_commands_say_so(tmp_path):
    with pytest.raises(NoSuchThing, match="is in no checkout of the book"):
        root(tmp_path)


def test_a_process_that_ends_and_many_figures_lose_nothing(book):
    many = "import matplotlib.pyplot as plt\nfrom nnopt.plotting import use_style\nuse_style()\nfor k in range(10):\n    plt.plot([k, 1])\n    plt.show()"
    cells = [many, "import os\nos._exit(3)", "print('never')"]
    text = HEAD + "".join(f"```{{code-cell}} python\n{cell}\n```\n\n" for cell in cells)
    (book / "book" / "gradient" / "one.md").write_text(text)
    done = nnopt(book, "page", "book/gradient/one.md")
    assert done.returncode == 1
    assert "  2   FAILED  import os\n              ended the process; the cells below were not run\n" in done.stdout
    assert "3 cells" in done.stdout and "1 failed; 10 figures" in done.stdout
    assert (book / "build" / "pages" / "gradient" / "one" / "figure-1-10.png").is_file()


# ------------------------------------------------------------------------------------ a new algorithm
@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the tree with a new algorithm of each kind, for which nothing else was edited."""
    copy = tmp_path_factory.mktemp("house")
    for name in ("nnopt", "benchmarks", "book", "solutions", "exercises", "tests", "_toc.yml", "pyproject.toml", "tools"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "_vendor", "attacks"))
        else:
            shutil.copy(source, copy / name)
    for name, kind in NEW.items():
        done = nnopt(copy, "new", name, *(("--kind", kind) if kind else ()))
        assert done.returncode == 0, done.stderr
    return copy


def test_new_files_are_proved_as_they_are(house):
    done = nnopt(house, "prove", *NEW)
    assert done.returncode == 0, done.stdout
    assert "lives:" not in done.stdout
    code = "import nnopt; print(nnopt.SlowRoll(lr=0.5), nnopt.HalfWay(), nnopt.GuessWork(), nnopt.LoneWalker())"
    run = subprocess.run([sys.executable, "-c", code], cwd=house, env={**os.environ, "PYTHONPATH": str(house)}, capture_output=True, text=True)
    assert run.stdout == "SlowRoll(lr=0.5) HalfWay(lr=1.0) GuessWork(population_size=40) LoneWalker(width=0.05)\n", run.stderr


def test_new_never_writes_over_anything(house):
    before = (house / "_toc.yml").read_text()
    done = nnopt(house, "new", "gradient/slow_roll")
    assert (done.returncode, done.stderr) == (2, "nnopt: nnopt/gradient/slow_roll.py is there already\n")
    assert (house / "_toc.yml").read_text() == before


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("gradient/Slow",), "'gradient/Slow' is no section/name"),
    (("nowhere/slow",), "'nowhere/slow' is no section/name"),
    (("gradient/problem",), "nnopt.Problem is there already"),  # which two files would define
    (("gradient/lambda",), "lambda cannot be the name of an algorithm: lambda is a word of Python"),
    (("gradient/adam_variants",), "adam_variants cannot be the name of an algorithm: adam_variants are kin"),
    (("gradient/products",), "nnopt/training/products.py is there already; a name stands for one algorithm"),
    (("training/slow",), "the section training has methods of several kinds: pass --kind, one of gradient, population, search, walk"),
    (("gradient/slow", "robot"), "kind must be one of gradient, population, search, walk, not 'robot'"),
    (("gradient/slow", None, "Fast"), "the class of slow.py must be called 'slow', in whatever letters, not 'Fast'"),
])  # fmt: skip
def test_what_cannot_be_new_is_a_sentence(arguments, sentence):
    with pytest.raises(NoSuchThing, match=sentence):
        files.new(ROOT, *arguments)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_new_algorithms_go_in_by_their_files_alone(house):
    """Notebooks, layout, specs, tests, pages, the browser's modules, race and population: all take them."""
    assert nnopt(house, "release", "--run", *NEW).returncode == 0
    own = [f"tests/{section}/test_{short}.py" for section, short in (name.split("/") for name in NEW)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_layout.py", "tests/grader/test_specs.py",
               "tests/grader/test_notebooks.py", "tests/exercises/test_notebooks.py", *own]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(house), "CI": ""}
    done = subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout[-3000:]
    for name in NEW:
        assert nnopt(house, "page", name).returncode == 0
    need("wasm-ld")
    built = subprocess.run([sys.executable, "-m", "nnopt.web.build"], cwd=house, env=environment, capture_output=True, text=True, timeout=300)
    assert "gradient.js: " in built.stdout and "metaheuristics.js: " in built.stdout, built.stderr
    agree = [*command[:6], "tests/web/test_agreement.py", "-k", "(moves and (node or python)) or in_its_module"]
    done = subprocess.run(agree, cwd=house, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:]
    program = "from nnopt.web import figures as f; [f.still(*words) for words in (('race', 'SlowRoll', 'HalfWay'), ('population', 'GuessWork'), ('population', 'LoneWalker'))]"
    drawn = subprocess.run([sys.executable, "-c", program], cwd=house, env=environment, capture_output=True, text=True, timeout=300)
    assert drawn.returncode == 0, drawn.stderr
