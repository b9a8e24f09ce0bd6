"""Where tables stand, and of what code: a table that rests on code which has changed since is stale, and a test says so."""

import ast
import hashlib
import importlib
import json
from pathlib import Path

import nnopt

from ..comparison import Comparison, _plain

FOLDER = Path(__file__).parent / "results"
PACKAGE = Path(nnopt.__file__).parent
TABLES = ("curvature", "noise", "choices", "batches", "sparse", "escape", "restarts", "deep", "reading")
COLUMNS = (
    "problem",
    "optimizer",
    "setting",
    "seed",
    "start",
    "minimum",
    "best",
    "spent",
    "steps",
    "seconds",
    "status",
    "score",
    "held",
    "to",
)


def module(table):
    return importlib.import_module(f"nnopt.comparison.claims.tables.{table}")


def rests_on(table):
    """The files by which a table's numbers stand: its own, the tasks, what makes a run, and its methods."""
    compared = [PACKAGE / "comparison" / f"{name}.py" for name in ("compare", "runs", "tasks")]
    own = [Path(module(table).__file__), Path(__file__).parent / "tasks.py", *compared]
    methods = [PACKAGE.parent / Path(*getattr(nnopt, name).__module__.split(".")).with_suffix(".py") for name in module(table).METHODS]
    return [*own, *sorted({*methods})]


def stamp(table):
    """A hash of what the code does: comments, docstrings and line breaks may change."""
    return hashlib.sha256("\n".join(map(meaning, rests_on(table))).encode()).hexdigest()[:16]


def meaning(path):
    """The syntax tree of a file without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def path(table):
    return FOLDER / f"{table}.json"


def write(table, found, seconds):
    """A table as JSON, a row a run, without curves."""
    content = {name: _slim(each) if isinstance(each, Comparison) else _plain(each) for name, each in found.items()}
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(dict(code=stamp(table), seconds=round(seconds), found=content), separators=(",", ":"), allow_nan=False)
    path(table).write_text(text + "\n", encoding="utf8")


def _slim(comparison):
    """Columns instead of rows: a tenth of the bytes."""
    table = {name: [_plain(row[name]) for row in comparison.table] for name in COLUMNS}
    return dict(about=_plain(comparison.about), columns=table)


def read(table):
    """What a table found: name -> Comparison, or plain numbers; and the seconds that it took."""
    if not path(table).is_file():
        return None
    stored = json.loads(path(table).read_text(encoding="utf8"))
    found = {name: _whole(each) if isinstance(each, dict) and "columns" in each else each for name, each in stored["found"].items()}
    return dict(code=stored["code"], seconds=stored["seconds"], found=found)


def _whole(stored):
    columns = stored["columns"]
    rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
    return Comparison.of(dict(about=stored["about"], table=rows))
