"""The solution notebook, made from a text beside its spec: prose and code are written there, all else is the spec's.

``solutions/gradient/adam.md`` is Markdown. Its fences become cells; a line ``+++`` parts two cells of text that follow each other::

    ```{code} imports
    import numpy as np
    from nnopt import check
    ```

    ```{solution} adam_step
    def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
        ...
    ```

``{code}`` is an ordinary cell, ``{show}`` one that only shows something, whose output nobody compares. ``{solution}`` names a function or a
question of the spec; the cell that checks it follows by itself, and points, names and nbgrader's metadata are the spec's. A text is
optional: a course may write its notebooks by hand.
"""

import ast
import itertools
import re

import nbformat

from . import course

FENCE = re.compile(r"^```\{(code|show|solution)\} *([\w-]*) *\n(.*?)\n?^```$", re.MULTILINE | re.DOTALL)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
IGNORED, COMPARED = ["nbval-ignore-output"], ["nbval-check-output"]


class BadText(ValueError):
    """A text that gives no notebook for its spec; the message names the file and what is wrong."""


def remake(path, root, keep=True):
    """The solution notebook that a text gives, with the outputs of the one that stands there, where the code up to them is the same.

    Parameters
    ----------
    path : Path
        The text, ``solutions/<section>/<name>.md``.
    root : Path
        The folder that holds ``solutions/``.
    keep : bool
        Keep outputs.

    Raises
    ------
    BadText
        If the text and the spec do not ask for the same.
    """
    exercise = course.exercise(f"{path.parent.name}/{path.stem}", root)
    cells = [cell for piece in pieces(path.read_text(encoding="utf8"), path.name) for cell in cells_of(piece, exercise, path.name)]
    agree(cells, exercise, path.name)
    name_texts(cells)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in cells], metadata=METADATA)
    made = path.with_suffix(".ipynb")
    if keep and made.is_file():
        keep_outputs(notebook, nbformat.read(made, as_version=4))
    return notebook


def pieces(text, where):
    """The text in order: ``("text", "", prose)``, and ``(kind, name, code)`` for every fence."""
    place = 0
    for fence in FENCE.finditer(text):
        yield from prose(text[place : fence.start()], where)
        yield fence[1], fence[2], fence[3]
        place = fence.end()
    yield from prose(text[place:], where)


def prose(text, where):
    """The cells of text between fences."""
    if strange := re.search(r"^```\{.*", text, re.MULTILINE):
        known = ", ".join(f"```{{{kind}}} NAME" for kind in ("code", "show", "solution"))
        raise BadText(f"{where}: {strange[0]!r} begins no cell; what does is {known}, each with its ``` below")
    for part in re.split(r"^\+\+\+$", text, flags=re.MULTILINE):
        if part.strip():
            yield "text", "", part.strip()


def cells_of(piece, exercise, where):
    """The cells of one piece of the text."""
    kind, name, source = piece
    if kind == "text":
        yield cell("markdown", "", source)
        return
    if not name:
        raise BadText(f"{where}: a cell has no name: ```{{{kind}}} NAME")
    if kind != "solution":
        yield cell("code", name, source, tags=IGNORED if kind == "show" else None)
        return
    items = {item.name: item for item in exercise.items}
    if name not in items:
        raise BadText(f"{where}: the spec has no part {name!r}; its parts are {', '.join(items)}")
    if getattr(items[name], "kind", "") == "function":
        agree_on_arguments(source, items[name], where)
    for line in ("# BEGIN SOLUTION", "# END SOLUTION"):
        if line not in source:
            raise BadText(f"{where}, {name}: it has no line {line}, so students would get the answer, or nothing")
    yield cell("code", name, source, locked=False, solution=True)
    short = exercise.name.rpartition("/")[2]
    yield cell("code", f"{name}_check", f'check("{short}.{name}")', COMPARED, grade=True, points=items[name].points)


def cell(kind, name, source, tags=None, **more):
    """A cell with nbgrader's metadata."""
    told = dict(grade=False, grade_id=name.replace("-", "_"), locked=True, schema_version=3, solution=False, task=False) | more
    metadata = {"nbgrader": {key: told[key] for key in sorted(told)}} | ({"tags": tags} if tags else {})
    found = dict(cell_type=kind, id=name.replace("_", "-"), metadata=metadata, source=source)
    return found if kind == "markdown" else found | dict(execution_count=None, outputs=[])


def name_texts(cells):
    """Texts are called after the code below them, the first one ``intro``."""
    for before, after in itertools.pairwise([*cells, cell("code", "end", "")]):
        if before["cell_type"] == "markdown":
            name = "intro" if before is cells[0] else f"{after['metadata']['nbgrader']['grade_id']}_text"
            before["metadata"]["nbgrader"]["grade_id"], before["id"] = name, name.replace("_", "-")


def agree(cells, exercise, where):
    """Every part of the spec has its cell, once and in order."""
    names = [c["id"] for c in cells if c["cell_type"] == "code"]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadText(f"{where}: two cells are called {twice[0]}")
    asked = [item.name for item in exercise.items]
    found = [c["metadata"]["nbgrader"]["grade_id"] for c in cells if c["metadata"]["nbgrader"]["solution"]]
    if missing := [name for name in asked if name not in found]:
        raise BadText(f"{where}: nothing solves {missing[0]}, which the spec asks for: ```{{solution}} {missing[0]}")
    if found != asked:
        raise BadText(f"{where}: it solves {', '.join(found)}, the spec asks for {', '.join(asked)}, in this order and once each")


def agree_on_arguments(source, function, where):
    """A function's solution takes the arguments that the spec's reference takes, and says what they are."""
    try:
        defined = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == function.name]
    except SyntaxError as error:
        raise BadText(f"{where}, {function.name}: its code cannot be read ({error.msg} in line {error.lineno})") from None
    if not defined:
        raise BadText(f"{where}, {function.name}: no function of this name is defined there")
    ours, theirs = ast.unparse(defined[0].args), ast.unparse(ast.parse(function.source).body[0].args)
    if ours != theirs:
        raise BadText(f"{where}, {function.name}: it takes ({ours}), the spec's reference ({theirs})")
    if not ast.get_docstring(defined[0]):
        raise BadText(f"{where}, {function.name}: its docstring says nothing of what it takes and returns")


def keep_outputs(notebook, old):
    """Take over the outputs of an older notebook, cell by cell, up to the first code that changed."""
    codes = [[c for c in book.cells if c.cell_type == "code"] for book in (notebook, old)]
    for new, before in zip(*codes):
        if (new.id, new.source) != (before.id, before.source):
            return
        new.outputs, new.execution_count = before.outputs, before.execution_count
