"""What was handed in, as one tree, whatever it came in: a folder or a zip gives its members, and one walk looks at each of them.

No link is followed, and no name is trusted as a path. Only what may be a notebook is taken out of a zip (and zip files, down to two inside
each other): all else costs nothing, but is named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from .filenames import of_disc, printable
from .reader import begins_as_notebook, untrusted

ADDED = ("__MACOSX", "Thumbs.db", "desktop.ini", "__pycache__")  # what a computer adds by itself, besides what is hidden
CHECKPOINTS = ".ipynb_checkpoints"  # where Jupyter keeps copies
WANTED = ("submission_metadata.yml",)  # no notebook, yet read: Gradescope's list of who is who
PACKED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".zipx", ".lzma")  # what may hold notebooks
BEGIN = 1 << 12  # bytes by which a notebook is known
MAX_PARTS = 64  # folders above a file
MAX_FILES = 200_000  # of a folder that holds a class

ABSOLUTE, LEADS_OUT = "its path in the archive is absolute", "its path in the archive leads out of it (..)"
NO_NAME = "its name holds what no file name does"
TOO_DEEP = f"it lies more than {MAX_PARTS} folders deep"
REFUSED = (ABSOLUTE, LEADS_OUT, TOO_DEEP)


class BadArchive(ValueError):
    """The file is no zip that can be unpacked; the message says why, in one sentence."""


@dataclass
class Limits:
    """What an archive, with all archives inside it, may cost. `left` and `files_left` count down."""

    files: int = 50_000
    total: int = 4 << 30  # bytes, of everything unpacked
    ratio: int = 300  # bytes that one packed byte may become, beyond the first megabyte
    several: bool = False  # it is a class's: each archive inside is one student's, and takes nothing from the others
    left: int = field(init=False)
    files_left: int = field(init=False)

    def __post_init__(self):
        self.left, self.files_left = self.total, self.files

    @classmethod
    def of_one(cls, size: int) -> Limits:
        """What an archive of so many bytes may cost that one student handed in: notebooks become some ten times as large."""
        return cls(files=2_000, total=min((64 << 20) + 50 * size, 256 << 20))


@dataclass(frozen=True)
class Entry:
    """One thing that was handed in.

    Attributes
    ----------
    name : tuple of str
        Where it stood; a zip is a folder.
    path : Path or None
        Where its bytes are now; None for a folder, and for what was not unpacked.
    why : str
        Why it must not be opened.
    kind : str
        ``notebook`` (what ends or begins as one), ``archive`` (what may hold notebooks and cannot be opened), ``folder``, ``other``,
        ``junk`` (what a computer adds), ``refused`` (what has no name that can be shown, or leads elsewhere).
    """

    name: tuple[str, ...]
    path: Path | None = None
    why: str = ""
    kind: str = "notebook"


class Member(Protocol):
    """One file or folder of a container, before it is trusted with anything."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Its name."""

    @property
    def why(self) -> str:
        """Why it must not be opened."""

    @property
    def is_folder(self) -> bool:
        """Whether it is one."""

    def begin(self) -> bytes:
        """Its first bytes."""

    def take(self, path: Path) -> Path:
        """Where its bytes can be read: at `path`, if they must be unpacked. BadArchive when they cannot be, or cost too much."""

    def limits(self, path: Path) -> Limits:
        """What it may cost, if it is a zip."""

    def time(self, path: Path) -> float:
        """When it was handed in."""


@dataclass
class Names:
    """In which code pages names of zips are read, and what there is to say of that.

    Attributes
    ----------
    page : str
        The code page, where it is known (`filenames.decoded`).
    read_as : set of str
        Those that were taken.
    """

    page: str = ""
    read_as: set[str] = field(default_factory=set)

    def notes(self) -> list[str]:
        """What the instructor should check."""
        pages = ", ".join(sorted(self.read_as - {self.page}))
        return [f"names that an older Windows packed are read in code page {pages}; where they are wrong, say --names"] if pages else []


# ---------------------------------------------------------------------------------------------------------- the one walk
def walk(members: Iterable[Member], into: Path, nested: int, names: Names, unpack: Callable[..., list[Entry]]) -> Iterator[Entry]:
    """What each member of a container gives: itself, or what a zip among them holds, which `unpack` opens (`archives.unpack`)."""
    taken: set[tuple[str, ...]] = set()
    for number, member in enumerate(members):
        name = member.parts
        suffix = PurePosixPath(name[-1]).suffix.lower() if name else ""
        if not name:
            continue
        if name in taken and not member.is_folder:
            yield Entry(name, None, "it stands in the archive twice")
            continue
        taken.add(name)
        if member.why in REFUSED:
            yield Entry(name, None, member.why, "refused")
        elif junk := junk_in(name):
            if junk[-1] != CHECKPOINTS and (junk == name or junk not in taken):
                taken.add(junk)
                yield Entry(junk, kind="junk")
        elif member.why:
            yield Entry(name, None, member.why, kind_of(suffix))
        elif member.is_folder:
            yield Entry(name, kind="folder")
        elif suffix == ".zip" and not nested:
            yield Entry(name, None, "it is a zip file inside a zip file inside a zip file; hand in notebooks", "archive")
        else:  # no name of a stranger reaches the disc
            yield from opened(member, suffix, into / f"{number}{suffix if suffix in ('.ipynb', '.zip') else ''}", nested, names, unpack)


def opened(member: Member, suffix: str, path: Path, nested: int, names: Names, unpack: Callable[..., list[Entry]]) -> Iterator[Entry]:
    """What one file gives."""
    name = member.parts
    named = suffix == ".ipynb"
    try:
        if suffix == ".zip":
            given = member.take(path)
            time = member.time(given)
            inner = unpack(given, path.with_suffix(""), member.limits(given), nested - 1, lambda _: time, names, of_class=False)
            yield Entry(name, kind="folder")
            yield from (Entry(name + one.name, one.path, one.why, one.kind) for one in inner)
        elif named or name[-1] in WANTED or begins_as_notebook(member.begin()):
            yield Entry(name, member.take(path), kind="other" if name[-1] in WANTED else "notebook")
        else:
            yield Entry(name, kind=kind_of(suffix))
    except BadArchive as error:
        path.unlink(missing_ok=True)
        yield Entry(name, None, str(error) if named or suffix == ".zip" else "", kind_of(suffix))


def is_junk(part: str) -> bool:
    """Whether a computer adds files of this name by itself: copies that Jupyter keeps, what a version control or an editor hides."""
    return part in ADDED or (part.startswith(".") and not part.startswith(".."))


def junk_in(name: tuple[str, ...]) -> tuple[str, ...]:
    """The name up to the first part that a computer added, whatever lies in it; of Jupyter's copies the whole; nothing where none did."""
    number = next((n for n, part in enumerate(name) if is_junk(part)), None)
    if number is None:
        return ()
    return name if name[number] == CHECKPOINTS and len(name) == number + 2 else name[: number + 1]


def kind_of(suffix: str) -> str:
    """What a file that is not opened may be: a link without a suffix may be a folder, and hold all."""
    return "notebook" if suffix == ".ipynb" else "archive" if suffix in (*PACKED, "") else "other"


def unfit(parts: tuple[str, ...]) -> str:
    """Why this is no name of a file: what moves a cursor, or is longer than any disc takes; empty where it is one."""
    if len(parts) > MAX_PARTS:
        return TOO_DEEP
    return NO_NAME if any(len(part) > 255 or any(c < " " or c in "\x7f\x85\u2028\u2029" for c in part) for part in parts) else ""


def legible(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A name as it can be shown."""
    return tuple(printable(part)[:255] for part in parts)


# -------------------------------------------------------------------------------------------------------------- a folder
@dataclass(frozen=True)
class OnDisc:
    """A file or folder below a folder."""

    parts: tuple[str, ...]
    entry: os.DirEntry
    why: str = ""

    @property
    def is_folder(self) -> bool:
        return self.entry.is_dir(follow_symlinks=False)

    def begin(self) -> bytes:
        return beginning(Path(self.entry.path))

    def take(self, path: Path) -> Path:
        return Path(self.entry.path)

    def limits(self, path: Path) -> Limits:
        return Limits.of_one(path.lstat().st_size)

    def time(self, path: Path) -> float:
        return path.lstat().st_mtime


def folder_members(source: Path) -> Iterator[OnDisc]:
    """A folder's files, and those of the folders in it."""
    stack: list[tuple[tuple[str, ...], Path]] = [((), source)]
    seen = 0
    while stack:
        parts, folder = stack.pop()
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            seen += 1
            if seen > MAX_FILES:
                raise BadArchive(f"it holds more than {MAX_FILES} files; is it the right folder?")
            name = (*parts, of_disc(entry.name))
            why = "it is a link, not a file" if entry.is_symlink() else unfit(name)
            if not why and not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
                why = "it is no regular file"
            yield OnDisc(legible(name) if why == NO_NAME else name, entry, why)
            if not why and entry.is_dir(follow_symlinks=False) and (not is_junk(entry.name) or entry.name == CHECKPOINTS):
                stack.append((name, Path(entry.path)))


def beginning(path: Path) -> bytes:
    """The first bytes of a regular file; none where it cannot be read."""
    try:
        fd = untrusted(path)
        with open(fd, "rb") as file:
            return file.read(BEGIN) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
