"""Which source files a file reaches through imports: by these, compiled kernels and the book's pages are kept.

Imports are read, not run: ``import``, ``from ... import`` and ``import_module("...")``, wherever they stand. The package's own
``__init__.py`` finds its names when they are asked for, and reaches nothing.
"""

import functools
import hashlib
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


@functools.cache
def reached(path: Path) -> frozenset[Path]:
    """The file and all files of the package that it reaches."""
    found, wait = {path}, [path]
    for one in wait:
        new = imported(one) - found
        found |= new
        wait += new
    return frozenset(found)


@functools.cache
def imported(path: Path) -> frozenset[Path]:
    """The files of the package that a file itself imports."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts if path.is_relative_to(PACKAGE) else ()
    return frozenset(file for name in imports(path.read_text(encoding="utf8", errors="replace"), here) for file in files(name))


FROM = re.compile(r"^\s*from\s+(\.*)([\w.]*)\s+import\s+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
IMPORT = re.compile(r"^\s*import\s+([\w., ]+)|import_module\(\s*[\"']([\w.]+)", re.MULTILINE)


def imports(text, here=()):
    """The modules that a text may import, dotted; ``here`` are the parts of its own name. (Parsing it would take ten times as long,
    at every start; what stands in a docstring costs a file too many.)"""
    for dots, module, names in FROM.findall(text):
        within = here[: len(here) - len(dots)] if dots else ()
        base = [*within, *([module] if module else [])]
        yield from (".".join([*base, name.split()[0]]) for name in names.strip("() ").split(",") if name.strip())
    for several, named in IMPORT.findall(text):
        yield from (name.split()[0] for name in several.split(",") if name.strip())
        yield named


def files(name):
    """The files behind a dotted name of the package: the module's, or that of the module which has the name, and its packages'."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return
    for length in range(2, len(parts) + 1):
        place = PACKAGE.parent.joinpath(*parts[:length])
        yield from (file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file())


def digest(paths) -> str:
    """A hash of names and bytes of files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode() + content)
    return found.hexdigest()[:16]


@functools.cache
def digest_of(*sources: str) -> str:
    """The same of all that these files reach."""
    return digest(frozenset().union(*(reached(Path(source).resolve()) for source in sources)))
