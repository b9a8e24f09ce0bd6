"""The house: what stands in one tree stands in all, under the same name.

A public optimizer is found from the package itself, so a new one fails here until it has its page, exercise, solution, spec and
test; and no page, exercise, solution, spec or test is left without the code that it is about. What is kin to an algorithm, AdamW to
Adam, stands in `gradient/adam_variants.py` and on Adam's page, and needs no exercise of its own.
"""

import ast
import inspect
import re
from pathlib import Path

import pytest
import yaml

import nnopt
from nnopt.optimizer import Optimizer

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ("training", "gradient", "metaheuristics", "comparison", "practice", "applications", "frontier")


YEAR = re.compile(r"\b(1[6-9]|20)\d\d\b")
VIEWS = {
    "code": "nnopt/{}.py",
    "page": "book/{}.md",
    "exercise": "exercises/{}.ipynb",
    "solution": "solutions/{}.ipynb",
    "spec": "solutions/{}.py",
    "test": "tests/{0}/test_{1}.py",
}


def view(kind, name):
    section, _, short = name.partition("/")
    return VIEWS[kind].format(section, short) if kind == "test" else VIEWS[kind].format(name)


def optimizers():
    """Every public optimizer, as class name -> "section/name"."""
    found = {}
    for public in dir(nnopt):
        value = getattr(nnopt, public)
        if inspect.isclass(value) and issubclass(value, Optimizer):
            _, section, name = value.__module__.split(".")
            found[public] = f"{section}/{name}"
    return found


def namesake(name):
    """The algorithm on whose page the variants in a file stand."""
    return name.removesuffix("_variants")


ALGORITHMS = sorted({namesake(name) for name in optimizers().values()})
VARIANTS = sorted((class_name, name) for class_name, name in optimizers().items() if name != namesake(name))


def stems(folder, pattern, prefix=""):
    """The "section/name" of every file in the section folders of a tree."""
    found = {section: [*(ROOT / folder / section).glob(pattern), *(ROOT / folder / section / "layers").glob(pattern)] for section in SECTIONS}
    return {f"{section}/{path.stem.removeprefix(prefix)}" for section, files in found.items() for path in files if not path.stem.startswith("_")}


def pages():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))

    def files(entry):
        if isinstance(entry, list):
            return [file for item in entry for file in files(item)]
        if isinstance(entry, dict):
            return ([entry["file"]] if "file" in entry else []) + files([v for v in entry.values() if isinstance(v, (list, dict))])
        return []

    return [toc["root"], *files(toc)]


def test_the_optimizers_are_found():
    assert {"GD", "Adam", "PSO"} <= set(optimizers())


def stands(kind, name):
    """Whether a view is there; code may also be a kind of layer, ``nnopt/training/layers/losses.py``."""
    section, short = name.split("/")
    return (ROOT / view(kind, name)).is_file() or (kind == "code" and (ROOT / "nnopt" / section / "layers" / f"{short}.py").is_file())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_has_every_view(name):
    page = ROOT / view("page", name)
    beyond = page.is_file() and "\nsurvey: no\n" in page.read_text(encoding="utf8")  # a method that the survey lacks needs no exercise
    kinds = [kind for kind in VIEWS if not beyond or kind in ("code", "page", "test")]
    missing = [f"{kind}: {view(kind, name)}" for kind in kinds if not stands(kind, name)]
    assert not missing, f"{name} lacks " + ", ".join(missing)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_its_page_is_in_the_table_of_contents(name):
    assert f"book/{name}" in pages(), f"add a line for book/{name} to _toc.yml"


@pytest.mark.parametrize("class_name, name", sorted({*optimizers().items()} - {*VARIANTS}))
def test_a_file_is_called_after_its_class(class_name, name):
    assert name.partition("/")[2].replace("_", "") == class_name.lower()


def unfit_variant(class_name, doc, page):
    """What a variant lacks, if anything: its equations and its source in the class, and its place on the page."""
    if ".. math::" not in doc or not YEAR.search(doc):
        return f"the docstring of {class_name} lacks its equations or its source (author, year, DOI or arXiv id)"
    return "" if re.search(rf"\b{class_name}\b", page) else f"{class_name} does not stand on the page"


@pytest.mark.parametrize("class_name, name", VARIANTS)
def test_a_variant_says_what_it_is_and_stands_on_the_page(class_name, name):
    page = (ROOT / view("page", namesake(name))).read_text(encoding="utf8")
    assert not unfit_variant(class_name, getattr(nnopt, class_name).__doc__, page)


def test_an_unfit_variant_is_seen():
    doc = "A step.\n\n.. math:: x\n\nAuthor, *Title*, 2019."
    assert unfit_variant("AdamW", doc, "On AdamW.") == ""
    assert "equations" in unfit_variant("AdamW", doc.replace("math", ""), "On AdamW.")
    assert "source" in unfit_variant("AdamW", doc.replace("2019", ""), "On AdamW.")
    assert "page" in unfit_variant("AdamW", doc, "On Adam.")


@pytest.mark.parametrize("kind, files", [
    ("exercise", stems("exercises", "*.ipynb")),
    ("solution", stems("solutions", "*.ipynb")),
    ("spec", stems("solutions", "*.py")),
])
def test_no_exercise_without_its_other_views(kind, files):
    for name in sorted(files):
        missing = [view(other, name) for other in VIEWS if not stands(other, name)]
        assert not missing, f"{view(kind, name)} stands alone: there is no " + ", ".join(missing)


def test_no_page_or_test_without_code():
    code = stems("nnopt", "*.py")
    code |= {name for section in SECTIONS for name in (f"{section}/index", f"{section}/overview")}      # a section's first page
    code |= {f"{section}/{path.parent.name}" for section in SECTIONS for path in (ROOT / "nnopt" / section).glob("*/__init__.py")}  # a folder
    alone = stems("book", "*.md") - code        # a page that shows what a long run has measured: its code is a script
    assert {name for name in alone if not (ROOT / "benchmarks" / f"{name.partition('/')[2]}.py").is_file()} == set()
    assert stems("tests", "test_*.py", "test_") <= code


def test_the_table_of_contents_and_the_pages_are_the_same():
    written = {str(path.relative_to(ROOT).with_suffix("")) for path in (ROOT / "book").rglob("*.md")
               if not any(part.startswith("_") for part in path.relative_to(ROOT).parts)}
    listed = pages()
    assert len(listed) == len(set(listed))
    assert set(listed) == written


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_file_of_an_algorithm_is_short_and_tells_its_source(name):
    text = (ROOT / view("code", name)).read_text(encoding="utf8")
    assert len(text.splitlines()) <= 150
    said = ast.get_docstring(ast.parse(text)) or ""
    assert ".. math::" in said, "the module's docstring gives the equations"
    assert YEAR.search(said), "the module's docstring names the source: author, year, DOI or arXiv id"


# What a page may import of the library's inside, and why.
PRIVATE = {("book/training/backpropagation", "_jit"): "shows the plain twin of a kernel that calls BLAS"}


def private_imports(page):
    """The private modules of the library that a page's cells import."""
    cells = re.findall(r"^```\{code-cell\}.*?$(.*?)^```$", (ROOT / f"{page}.md").read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)
    return {(page, name) for cell in cells for name in re.findall(r"^\s*(?:from|import) nnopt\.(_\w+)", cell, re.MULTILINE)}


def test_pages_import_public_names():
    assert {found for page in pages() for found in private_imports(page)} == set(PRIVATE)


ORDER = ["The idea", "Try it", "The method", "Run it", "Derivation", "Where it fails", "Claims, measured", "Questions", "Exercise", "Summary",
         "Cross-check", "References"]  # fmt: skip
WITH_CARD = [path for path in sorted((ROOT / "book").rglob("*.md")) if "\n```{methodcard}" in path.read_text(encoding="utf8")]


@pytest.mark.parametrize("page", WITH_CARD, ids=lambda path: path.stem)
def test_a_method_s_page_has_its_parts_in_order(page):
    """From the idea to the cross-check; all of them, and nothing else."""
    text = re.sub(r"^(`{3,}).*?^\1", "", page.read_text(encoding="utf8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert found == ORDER


@pytest.mark.parametrize("page", WITH_CARD, ids=lambda path: path.stem)
def test_a_method_s_page_can_be_played_with(page):
    assert "\n```{live} " in page.read_text(encoding="utf8")


ASKED = sorted(path.relative_to(ROOT / "solutions").with_suffix("").as_posix() for path in (ROOT / "solutions").glob("*/*.md"))


@pytest.mark.parametrize("name", ASKED)
def test_a_page_with_an_exercise_asks_questions_and_says_how_to_begin(name):
    text = (ROOT / "book" / f"{name}.md").read_text(encoding="utf8")
    part = {heading: text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] for heading in ("Questions", "Exercise")}
    assert part["Questions"].count(":class: dropdown") == 3 and "**Open:**" in part["Questions"]
    assert f"<../../exercises/{name}.ipynb>" in part["Exercise"]
    assert re.search(r"nnopt start (\w+/)?" + name.partition("/")[2], part["Exercise"]) and "The heart of the solution" in part["Exercise"]
