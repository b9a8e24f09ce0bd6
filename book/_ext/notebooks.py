"""Sphinx extension: every page that has code downloads as a notebook that runs as it is.

The cells are those of the page, in its order; what only Sphinx understands is written out in plain Markdown: numbered equations,
boxes, code that is included from a file, references to all these. A live figure becomes its description.
"""

import ast
import re
import textwrap
from pathlib import Path

import nbformat
import yaml
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.util import parselinenos

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[a-z-]+)\}(?P<rest>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"^:([a-z]+):[ ]*(.*)\n", re.MULTILINE)
ONLY_ON_THE_SITE = ("methodcard", "methods", "optimizers", "paths", "prerequisites", "cheatsheet", "footbibliography", "bibliography")


def notebook(text, where):
    """The page as a notebook; ``where`` is the folder of the page, for files that it includes."""
    book = read_myst_markdown_notebook(text)
    equations = {label: str(number) for number, label in enumerate(re.findall(r"^:label: (\S+)$", text, re.MULTILINE), start=1)}
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, where, equations)
    kernel = yaml.safe_load(text.split("\n---", 1)[0].removeprefix("---"))["kernelspec"]
    book.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    book.cells = [cell for cell in book.cells if cell.source.strip()]
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    book.nbformat, book.nbformat_minor = 4, 5
    return book


def plain(text, where, equations):
    """Markdown that any reader of notebooks shows."""
    text = BLOCK.sub(lambda block: written(block, where, equations), text)
    text = re.sub(r"\{eq\}`([^`]+)`", lambda found: f"({equations.get(found[1], found[1])})", text)
    text = re.sub(r"\{numref\}`[^`]*`", "the figure", text)
    text = re.sub(r"\{download\}`([^<`]+?)\s*<[^`]*>`", r"\1", text)
    text = re.sub(r"[ ]?\{(?:footcite|cite):[pt]\}`([^`]+)`", lambda found: f" [{found[1].replace(',', ', ')}]", text)
    return re.sub(r"\[([^\]]*)\]\(([\w./-]+)\.md(#[\w-]*)?\)", lambda found: linked(found[1], found[2], where), text)


def linked(words, page, where):
    """A link to a page that downloads as a notebook, too; of one that does not, the words."""
    source = where / f"{page}.md"
    return f"[{words}]({page}.ipynb)" if source.is_file() and "{code-cell}" in source.read_text(encoding="utf8") else words


def written(block, where, equations):
    """One directive in plain Markdown."""
    name, rest, body = block["name"], block["rest"].strip(), block["body"]
    options = dict(OPTION.findall(body))
    body = OPTION.sub("", body).strip("\n")
    if name == "math":
        return f"$$\n{body.strip()}{tag(options, equations)}\n$$"
    if name == "literalinclude":
        return f"```{options.get('language', '')}\n{included(where / rest, options)}\n```"
    if name == "live":
        return f"*A live figure on the website:* {' '.join(body.split())}"
    if name == "admonition":
        return "\n".join(f"> {line}".rstrip() for line in [f"**{rest}**", "", *plain(body, where, equations).splitlines()])
    return "" if name in ONLY_ON_THE_SITE else body


def tag(options, equations):
    return rf" \tag{{{equations[options['label']]}}}" if "label" in options else ""


def included(path, options):
    """The lines of a function, or of a file."""
    text = path.resolve().read_text(encoding="utf8")
    lines = text.splitlines()
    if "pyobject" in options:
        found = ast.parse(text)
        for name in options["pyobject"].split("."):     # a method stands in its class
            found = next(node for node in found.body if getattr(node, "name", "") == name)
        first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
        lines = lines[first - 1 : found.end_lineno]
    if "lines" in options:
        lines = [lines[place] for place in parselinenos(options["lines"], len(lines)) if place < len(lines)]
    return textwrap.dedent("\n".join(lines))


# ------------------------------------------------------------------------------------ the build
def _offer(app, page, template, context, doctree):
    """The theme offers a notebook where it is told of one."""
    if page in _with_code(app):
        context["ipynb_source"] = f"{page}.ipynb"


def _with_code(app):
    return {page for page in app.env.found_docs if "{code-cell}" in Path(app.env.doc2path(page)).read_text(encoding="utf8")}


def _write(app, error):
    if error is None and app.builder.name == "html":
        for page in sorted(_with_code(app)):
            source = Path(app.env.doc2path(page))
            target = Path(app.outdir) / "_sources" / f"{page}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook(source.read_text(encoding="utf8"), source.parent), target)


def setup(app):
    app.connect("html-page-context", _offer, priority=400)  # before the theme makes its buttons
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
