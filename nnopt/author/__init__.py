"""What an author of the book needs: a page that runs in seconds, and the first lines of an algorithm's files. It works in a checkout."""

import difflib
from pathlib import Path


class NoSuchThing(ValueError):
    """What was asked for is not there, or cannot be; the message says what is."""


def root(start: Path | None = None) -> Path:
    """The checkout around a folder: where ``_toc.yml`` and ``book/`` stand."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise NoSuchThing(f"{here} is in no checkout of the book, which has a folder book/ and a file _toc.yml")


def page(name: str, folder: Path) -> Path:
    """The page of this name: ``adam``, ``gradient/adam``, or a path."""
    files = [path.relative_to(folder / "book") for path in sorted((folder / "book").rglob("*.md"))]
    pages = {path.with_suffix("").as_posix(): folder / "book" / path for path in files if path.parts[0][0] not in "._"}
    given = Path(name).resolve()
    if given.is_file() and given.is_relative_to(folder / "book"):
        name = given.relative_to(folder / "book").as_posix()
    asked = name.removeprefix("book/").removesuffix(".md")
    if asked in pages:  # also a page at the top, which others of its name stand below
        return pages[asked]
    found = [path for full, path in pages.items() if asked in (full, full.rpartition("/")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        several = " or ".join(path.relative_to(folder / "book").with_suffix("").as_posix() for path in found)
        raise NoSuchThing(f"{name!r} could be {several}: name the section, too")
    near = [full for full in pages if difflib.get_close_matches(asked.lower(), (full, full.rpartition("/")[2]), 1, 0.6)]
    raise NoSuchThing(f"there is no page {name!r}; " + (f"near is {', '.join(near)}" if near else f"there are {', '.join(pages)}"))
