"""A notebook as it was handed in, read without running anything: bytes in, the sources of its code cells out."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 20 << 20  # of the file; its pictures count
MAX_TOKENS = 1_000_000  # strings, and brackets, braces and commas outside them: what parsing costs in memory
MAX_DEPTH = 50
MAX_CELLS = 1_000
MAX_SOURCE = 1 << 20  # characters of all code cells together

CLEAR = "clear the outputs and hand it in again"  # code is small: what is large, many or deep are figures and widgets

# A string, closed or not: one that had to be closed would be looked for again from every quote in it, which takes years.
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)


class Unreadable(ValueError):
    """The file is no notebook that can be graded; the message says why, in one sentence for the student."""


@dataclass(frozen=True)
class Notebook:
    """What the grader takes from a notebook: its code cells, and a fingerprint of the whole file."""

    cells: list[str]
    sha256: str


def read(path) -> Notebook:
    """Read a notebook of format 4.

    Raises
    ------
    Unreadable
        When the file is missing, no regular file (a link, a pipe), too large, not JSON, nested too deeply, or no notebook.
    """
    data = contents(Path(path))
    return Notebook(code_cells(data), hashlib.sha256(data).hexdigest())


def untrusted(path: Path) -> int:
    """Open a stranger's file to read it: a file descriptor. No link is followed, no pipe waited for; OSError where it cannot be opened."""
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows, which lacks both, and has texts apart from bytes
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    flags = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.open(path, sum((getattr(os, name, 0) for name in flags), os.O_RDONLY))


def contents(path: Path) -> bytes:
    """The bytes of a regular file, never more than `MAX_BYTES`; links are not followed, pipes do not block.

    A file that is too large is not read at all, and a small one takes no more memory than it has bytes.
    """
    try:
        fd = untrusted(path)
    except OSError as error:
        link = path.is_symlink()
        raise Unreadable("it is a link, not a file" if link else f"it cannot be opened ({error.strerror})") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is no regular file")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(status.st_size + 1) if status.st_size <= MAX_BYTES else b""
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from None
    finally:
        os.close(fd)
    if max(status.st_size, len(data)) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES >> 20} MB; {CLEAR}")
    return data


def begins_as_notebook(data: bytes) -> bool:
    """Whether a file with this beginning may be a notebook, whatever it is called: an object of JSON, and what notebooks begin with."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and any(key in start for key in (b'"cells"', b'"metadata"', b'"nbformat"', b'"worksheets"'))


def code_cells(data: bytes) -> list[str]:
    """The sources of the code cells of a notebook given as bytes."""
    return sources_of(parsed(data))


def parsed(data: bytes) -> dict:
    """A notebook of format 4 as JSON; of its cells nothing is known yet but their number."""
    if not data:
        raise Unreadable("it is empty")
    check_size(data)
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("it is not JSON (and no UTF-8 text)") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not JSON ({str(error)[:80]})") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        old = isinstance(notebook, dict) and "worksheets" in notebook
        raise Unreadable("it is a notebook of format 3; save it as format 4" if old else "it is JSON, but no notebook: it has no cells")
    if notebook.get("nbformat") != 4:
        given = notebook.get("nbformat")
        shown = repr(str(given)[:20]) if isinstance(given, str | int | float | None) else f"a {type(given).__name__}"
        raise Unreadable(f"its notebook format is {shown}, asked for is 4")
    if len(notebook["cells"]) > MAX_CELLS:
        raise Unreadable(f"it has {len(notebook['cells'])} cells, at most {MAX_CELLS} are read")
    return notebook


def sources_of(notebook: dict) -> list[str]:
    """The sources of the code cells of a parsed notebook."""
    sources = [source(cell, number) for number, cell in enumerate(notebook["cells"], 1) if is_code(cell, number)]
    if sum(map(len, sources)) > MAX_SOURCE:
        raise Unreadable(f"its code has more than {MAX_SOURCE} characters")
    return sources


def released_as(notebook: dict) -> str:
    """The exercise that `nnopt release` wrote into a notebook; empty where it says none."""
    metadata = notebook.get("metadata")
    mark = metadata.get("nnopt") if isinstance(metadata, dict) else None
    name = mark.get("exercise") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else ""


def check_size(data: bytes) -> None:
    """Refuse what would cost too much to parse: structure is counted outside strings, without building anything."""
    depth = 0
    for count, match in enumerate(TOKEN.finditer(data)):
        mark = data[match.start()]  # not match[0], which would copy a string
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > MAX_DEPTH:
            raise Unreadable(f"it is nested deeper than {MAX_DEPTH} levels; {CLEAR}")
        if count > MAX_TOKENS:
            raise Unreadable(f"it holds more values than a notebook can; {CLEAR}")


def is_code(cell, number) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise Unreadable(f"its cell {number} has no type")
    return cell["cell_type"] == "code"


def source(cell, number) -> str:
    """The source of a cell, which the format allows as one string or as a list of lines."""
    lines = cell.get("source")
    lines = [lines] if isinstance(lines, str) else lines
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Unreadable(f"its cell {number} has no source")
    if sum(map(len, lines)) > MAX_SOURCE:  # before it is copied
        raise Unreadable(f"its code has more than {MAX_SOURCE} characters")
    return "".join(lines).encode("utf-8", "replace").decode()  # half a surrogate pair is no text
