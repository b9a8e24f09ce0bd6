"""Every page with code downloads as a notebook: its own cells, in plain Markdown, that runs as it is."""

import importlib.util
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
ONLY_SPHINX = re.compile(r"^(?:`{3,}|:{3,})\{|\{(?:eq|numref|ref|doc|download|footcite:\w|cite:\w)\}`", re.MULTILINE)


@pytest.fixture(scope="module")
def converter():
    spec = importlib.util.spec_from_file_location("notebooks", ROOT / "book" / "_ext" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source(document):
    return (ROOT / f"{document}.md").read_text(encoding="utf8")


@pytest.fixture
def downloaded(document, site):
    """The notebook that a page of the built site offers."""
    if "{code-cell}" not in source(document):
        pytest.skip("a page without code")
    page = BeautifulSoup((site / f"{document}.html").read_text(encoding="utf8"), "html.parser")
    link = page.select_one(".btn-download-notebook-button")["href"]
    return nbformat.read((site / f"{document}.html").parent / link, as_version=4)


def test_a_page_downloads_as_a_notebook(document, downloaded):
    nbformat.validate(downloaded)
    code = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", source(document), re.MULTILINE | re.DOTALL)
    code = [re.sub(r"\A---\n.*?^---\n|\A(?::[^\n]*\n)+", "", cell, flags=re.MULTILINE | re.DOTALL).strip() for cell in code]
    assert [cell.source.strip() for cell in downloaded.cells if cell.cell_type == "code"] == code
    text = "\n\n".join(cell.source for cell in downloaded.cells if cell.cell_type == "markdown")
    assert not ONLY_SPHINX.findall(text)
    labels = re.findall(r"^:label: (\S+)$", source(document), re.MULTILINE)
    assert re.findall(r"\\tag\{(\d+)\}", text) == [str(i + 1) for i in range(len(labels))]
    assert text.count("\n## ") + text.startswith("## ") == len(re.findall(r"^## ", source(document), re.MULTILINE))


def test_what_only_sphinx_understands_is_written_out(converter, tmp_path):
    (tmp_path / "there.md").write_text("```{code-cell} python\n1\n```\n")
    (tmp_path / "code.py").write_text("@kernel\ndef one(x):\n    return 1\n\n\ndef two(\n    x,\n):\n    return 2\n\n\nTHREE = 3\n")
    text = (
        "```{math}\n:label: eq-a\na = b\n```\n"
        "By {eq}`eq-a` and {numref}`fig-x` {footcite:p}`someone2000,other1999`, see [here](there.md#part) and [there](../map.md).\n"
        ":::{admonition} Why?\n:class: dropdown\nBecause of {eq}`eq-a`.\n:::\n"
        "```{literalinclude} code.py\n:language: python\n:pyobject: one\n```\n"
        "```{literalinclude} code.py\n:language: python\n:pyobject: two\n:lines: 4-\n```\n"
        "```{live} race GD\nTwo\npaths.\n```\n```{methodcard}\n```\n"
    )
    plain = converter.plain(text, tmp_path, {"eq-a": "1"})
    assert "$$\na = b \\tag{1}\n$$\nBy (1) and the figure [someone2000, other1999], see [here](there.ipynb) and there." in plain  # there has no code
    assert "> **Why?**\n>\n> Because of (1)." in plain
    assert "```python\n@kernel\ndef one(x):\n    return 1\n```" in plain
    assert "```python\nreturn 2\n```" in plain
    assert "*A live figure on the website:* Two paths." in plain
    assert "methodcard" not in plain


def run(converter, document, folder):
    path = ROOT / f"{document}.md"
    if not (folder.parent / "data").exists():  # what long runs have measured stands beside the sections
        shutil.copytree(ROOT / "book" / "data", folder.parent / "data")
    NotebookClient(converter.notebook(source(document), path.parent), timeout=200, resources={"metadata": {"path": str(folder)}}).execute()


def test_a_downloaded_page_runs_as_it_is(converter, tmp_path):
    """One of them; `make test-slow` runs all."""
    run(converter, "book/training/network", tmp_path)


@pytest.mark.slow
def test_every_downloaded_page_runs_as_it_is(converter, document, tmp_path):
    if "{code-cell}" in source(document):
        run(converter, document, tmp_path)
