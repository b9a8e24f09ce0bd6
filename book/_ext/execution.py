"""Sphinx extension: outputs of notebooks follow the library.

Jupyter's execution cache is keyed by the text of a page alone, so an edited kernel would leave old output beside new code. Here each
page has a hash of all that its cells reach: the modules that they name, what these import, data, and the specs of exercises. A page
whose hash changed is taken out of the cache, runs again, and is written anew; an edit elsewhere runs nothing.
"""

import ast
import functools
import hashlib
import json
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "nnopt"
CACHE = ROOT / "_build" / ".jupyter_cache"
KNOWN = CACHE / "pages.json"  # page -> the hash of what it reached when it ran
CODE = {".py", ".npz", ".gz", ".json", ".csv"}
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)

sys.path.insert(0, str(ROOT))
from nnopt import _sources as sources  # noqa: E402


def hash_of(*paths: Path) -> str:
    """Hash of names and bytes of the files below `paths`."""
    digest = hashlib.sha256()
    for path in sorted(file for top in paths for file in ([top] if top.is_file() else top.rglob("*"))):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


# ------------------------------------------------------------------------------------ what a page reaches
@functools.cache
def whole_library() -> frozenset[Path]:
    """All that a page can reach."""
    found = [file for file in LIBRARY.rglob("*") if file.suffix in CODE and "__pycache__" not in file.parts]
    return frozenset([*found, *(ROOT / "solutions").rglob("*.py")])


def reached(text: str) -> frozenset[Path]:
    """The files of the library that the cells of a page can reach; all of them, where that cannot be told."""
    found, code = {LIBRARY / "__init__.py"}, []
    for cell in CELL.findall(text):
        lines = re.sub(r"\A---\n.*?^---\n", "", cell, flags=re.MULTILINE | re.DOTALL)
        code.append(re.sub(r"^%.*$", "", lines, flags=re.MULTILINE))
    try:
        tree = ast.parse("\n".join(code))
    except SyntaxError:
        return whole_library()
    dotted = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    asked = {name for name in [*dotted, *sources.imports("\n".join(code))] if re.fullmatch(r"nnopt(\.\w+)+", name)}
    attributes = sum(isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "nnopt" for n in ast.walk(tree))
    if attributes < sum(isinstance(n, ast.Name) and n.id == "nnopt" for n in ast.walk(tree)):
        return whole_library()  # the library itself is handed on
    for name in asked:
        places = places_of(name)
        if places is None:
            return whole_library()
        for place in places:
            found |= sources.reached(place)
    folders = {path.parent for path in found if path.name == "__init__.py" and path.parent != LIBRARY}
    return frozenset(found | {file for folder in folders for file in folder.glob("*") if file.suffix in CODE - {".py"}})


def places_of(name: str) -> list[Path] | None:
    """The files that define a dotted name of the library; None where no one knows."""
    import nnopt

    first, _, rest = name.removeprefix("nnopt.").partition(".")
    known = getattr(nnopt, "_names", dict)()
    if first in known:
        name = f"{known[first]}.{rest}"
    if name.startswith("nnopt.grader"):  # it reads the specs of all exercises
        return None
    own = list(sources.files(name))
    if own and own[-1].name != "__init__.py":
        return own
    package = own[-1].parent if own else LIBRARY  # a name that its package finds in one of its modules
    word = rest.partition(".")[0] if own else first
    defines = re.compile(rf"^(def|class) {word}\b|^{word} =", re.MULTILINE)
    defined = [file for file in package.glob("*.py") if word and defines.search(file.read_text(encoding="utf8"))]
    return [*own, *defined] if own or defined else None


@functools.cache
def hash_of_page(name: str) -> str:
    """The hash of all that a page reaches, by its name without ending, ``book/gradient/adam``."""
    path = ROOT / f"{name}.md"
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf8")
    return hash_of(*reached(text), *stored(text))


def stored(text: str) -> list[Path]:
    """The numbers of long runs, in book/data, that a page reads."""
    return [file for file in (ROOT / "book" / "data").glob("*.json") if f"data/{file.name}" in text]


# ------------------------------------------------------------------------------------ what is kept
def pages_that_changed(names) -> list[str]:
    """Those of these pages that reach something which is not as it was when they last ran; all, where nothing is known."""
    known = json.loads(KNOWN.read_text(encoding="utf8")) if KNOWN.is_file() else {}
    return [name for name in names if known.get(name) != hash_of_page(name)]


def forget(names) -> list[str]:
    """Take what changed out of the cache of outputs, and remember what all pages reach now; returns what changed."""
    from jupyter_cache import get_cache

    changed = pages_that_changed(names)
    CACHE.mkdir(parents=True, exist_ok=True)
    cache = get_cache(str(CACHE))
    for record in cache.list_cache_records():
        if Path(record.uri).resolve().relative_to(ROOT).with_suffix("").as_posix() in changed:
            cache.remove_cache(record.pk)
    KNOWN.write_text(json.dumps({name: hash_of_page(name) for name in names}, indent=0), encoding="utf8")
    return changed


def library_hash() -> str:
    """Hash of all that pages can reach; book/build.py fixes it for the time of one build."""
    return os.environ.get("NNOPT_LIBRARY_HASH") or hash_of(*whole_library())


def documents() -> list[str]:
    """The pages of the book."""
    found = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "book").rglob("*.md")]
    return sorted(path.as_posix() for path in found if not any(part[0] in "._" for part in path.parts))


def _configure(app, config):
    forget(documents())
    config.nb_execution_cache_path = str(CACHE)


def _outdated(app, env, added, changed, removed):
    """Sphinx reads a page again whose outputs may be others."""
    before, now = getattr(env, "nnopt_pages", {}), {name: hash_of_page(name) for name in env.found_docs}
    env.nnopt_pages = now
    return [name for name in now if before.get(name) != now[name] and name in env.all_docs]


def setup(app):
    app.connect("config-inited", _configure, priority=100)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
