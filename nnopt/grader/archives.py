"""What was handed in, as one tree: a folder is walked, a zip is unpacked, a zip inside is a folder. Nothing is trusted on the way.

Nothing lands outside the folder of the run, and nothing above the caps: sizes that an archive declares are not believed, bytes are counted
as they come. Only what may be a notebook is unpacked (and zip files, down to two inside each other): all else costs nothing, but is named.
No link is followed.
"""

from __future__ import annotations

import errno
import itertools
import math
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from .filenames import Undecided, decoded, of_disc, printable
from .reader import MAX_BYTES, begins_as_notebook, untrusted

CHUNK = 1 << 16
BEGIN = 1 << 12  # bytes by which a notebook is known
ADDED = ("__MACOSX", "Thumbs.db", "desktop.ini", "__pycache__")  # what a computer adds by itself, besides what is hidden
CHECKPOINTS = ".ipynb_checkpoints"  # where Jupyter keeps copies
WANTED = ("submission_metadata.yml",)  # no notebook, yet read: Gradescope's list of who is who
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every learning platform and desktop writes
HEADER = 30  # bytes before the name of a file, and then what is packed, at least
ENTRY = 400  # bytes of an archive's table of contents for one file, on average: a long name, and times
MAX_PARTS = 64  # folders above a file
MAX_FILES = 200_000  # of a folder that holds a class
NESTED = 2  # zip files inside each other, below the folder or zip of the class
FULL = (errno.ENOSPC, errno.EDQUOT)  # nothing that an archive can be blamed for


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


# ---------------------------------------------------------------------------------------------------------- the one walk
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


def tree(source: Path, scratch: Path, time_of: Callable[[zipfile.ZipInfo], float] | None = None, names: Names | None = None) -> list[Entry]:
    """All that a folder or a zip holds, in the order of the names.

    Parameters
    ----------
    source : path
    scratch : path
        A folder for what is unpacked.
    time_of : callable, optional
        The time of a file in a zip (`unpack`).
    names : Names, optional
        In which code page to read names in zips that are neither ASCII nor UTF-8.

    Raises
    ------
    BadArchive
        When the zip cannot be read, holds too much, or its names can be read in several ways.
    """
    names = names or Names()
    if source.is_dir():
        entries = list(walk(folder_members(source), scratch, NESTED, names))
    else:
        entries = unpack(source, scratch / "class", Limits(several=True), NESTED, time_of, names)
    return sorted(entries, key=lambda entry: entry.name)


def walk(members: Iterable[Member], into: Path, nested: int, names: Names) -> Iterator[Entry]:
    """What each member of a container gives: itself, or what a zip among them holds."""
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
            yield from opened(member, suffix, into / f"{number}{suffix if suffix in ('.ipynb', '.zip') else ''}", nested, names)


def opened(member: Member, suffix: str, path: Path, nested: int, names: Names) -> Iterator[Entry]:
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


PACKED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".zipx", ".lzma")


def kind_of(suffix: str) -> str:
    """What a file that is not opened may be: a link without a suffix may be a folder, and hold all."""
    return "notebook" if suffix == ".ipynb" else "archive" if suffix in (*PACKED, "") else "other"


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


# ----------------------------------------------------------------------------------------------------------------- a zip
@dataclass(frozen=True)
class Zipped:
    """An entry of a zip."""

    parts: tuple[str, ...]
    file: zipfile.ZipFile
    entry: zipfile.ZipInfo
    own: Limits
    time_of: Callable[[zipfile.ZipInfo], float]
    why: str = ""

    @property
    def is_folder(self) -> bool:
        return self.entry.is_dir()

    def begin(self) -> bytes:
        try:
            with self.file.open(self.entry) as file:
                return file.read(BEGIN)
        except (*DAMAGED, OSError):
            return b""

    def take(self, path: Path) -> Path:
        write(self.file, self.entry, path, self.own)
        os.utime(path, (self.time(path),) * 2)
        return path

    def limits(self, path: Path) -> Limits:
        return Limits.of_one(path.stat().st_size) if self.own.several else self.own

    def time(self, path: Path) -> float:
        return self.time_of(self.entry)


DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error)


def unpack(archive, into: Path, limits: Limits | None = None, nested: int = 1, time_of: Callable[[zipfile.ZipInfo], float] | None = None,
           names: Names | None = None, of_class: bool = True) -> list[Entry]:  # fmt: skip
    """Unpack what may be a notebook in a zip file into a folder of its own.

    Parameters
    ----------
    archive : path
    into : path
        A new or empty folder.
    limits : Limits, optional
        Shared by archives that are unpacked together.
    nested : int
        How many zip files inside each other are unpacked, too.
    time_of : callable, optional
        The time that an unpacked file gets, in seconds since 1970; by default what the archive says, by this computer's zone (`when`).
        What lies in an archive inside gets the time of that archive: it was handed in with it, whatever its packer wrote into it.
    names : Names, optional
        In which code page to read its names, where they are neither ASCII nor UTF-8.
    of_class : bool
        Names of people are in it: they must not be guessed.

    Returns
    -------
    list of Entry
        One for each entry, in the order of the archive.

    Raises
    ------
    BadArchive
        When the file is no zip, or holds more files than allowed. Nothing is written then.
    """
    limits, names = limits or Limits(), names or Names()
    check_directory(Path(archive), limits)
    into = Path(into)
    try:
        with zipfile.ZipFile(archive) as file:
            entries = file.infolist()
            if len(entries) > limits.files_left:
                raise BadArchive(f"it holds {len(entries)} files, at most {limits.files} are unpacked")
            if share_bytes(entries):
                raise BadArchive("its files share their bytes, which unpacks to more than it holds")
            called = texts(entries, names, of_class)
            limits.files_left -= len(entries)
            into.mkdir(parents=True, exist_ok=True)
            members = (member(file, entry, name, limits, time_of or when) for entry, name in zip(entries, called, strict=True))
            return list(walk(members, into, nested, names))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        if isinstance(error, BadArchive) or getattr(error, "errno", None) in FULL:
            raise
        raise BadArchive(f"it is no zip file that can be read ({str(error)[:80]})") from None


def check_directory(path: Path, limits: Limits) -> None:
    """Refuse a table of contents too long to be read into memory, before anything reads it."""
    try:
        fd = untrusted(path)
        with open(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise BadArchive("it is no regular file")
            size = file.seek(0, os.SEEK_END)
            start = file.seek(max(0, size - (1 << 16) - 100))
            tail = file.read()
            place = tail.rfind(b"PK\5\6")
            if place < 0 or place + 22 > len(tail):
                raise BadArchive("it is no zip file")
            count, length = struct.unpack_from("<HI", tail, place + 10)
            if count == 0xFFFF or length == 0xFFFFFFFF or b"PK\6\7" in tail[:place]:  # a zip64: larger than what any class hands in
                raise BadArchive("it is a zip file of the kind made for more than 65,535 files or 4 GB")
            if length > start + place:  # `read` would take that much memory before it reads
                raise BadArchive("it is no zip file: it is shorter than its table of contents")
            if length <= ENTRY * limits.files_left:  # the count is not believed either: zipfile takes a thousand bytes for each file
                file.seek(start + place - length)
                count = max(count, file.read(length).count(b"PK\1\2"))
    except OSError as error:
        raise BadArchive("it is a link, not a file" if path.is_symlink() else f"it cannot be opened ({error.strerror})") from None
    if length > ENTRY * limits.files_left or count > limits.files_left:
        raise BadArchive(f"it holds {count} files with {length >> 10} kB of names, at most {limits.files} files are unpacked")


def share_bytes(entries) -> bool:
    """Whether some bytes of an archive belong to two of its files: how a few of them become gigabytes, file by file."""
    places = sorted((entry.header_offset, entry.header_offset + HEADER + entry.compress_size) for entry in entries)
    return any(end > begin for (_, end), (begin, _) in itertools.pairwise(places))


ABSOLUTE, LEADS_OUT = "its path in the archive is absolute", "its path in the archive leads out of it (..)"
NO_NAME = "its name holds what no file name does"
TOO_DEEP = f"it lies more than {MAX_PARTS} folders deep"
REFUSED = (ABSOLUTE, LEADS_OUT, TOO_DEEP)


def member(file, entry, name: str, limits: Limits, time_of) -> Zipped:
    """An entry of a zip, and why it is not opened: when it would leave the folder, or is no plain file or folder."""
    name = name.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        why = ABSOLUTE
    elif ".." in parts:
        why = LEADS_OUT
    elif why := unfit(parts):
        pass
    elif kind == stat.S_IFLNK:
        why = "it is a link, not a file"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        why = "it is no regular file"
    elif entry.flag_bits & 1:
        why = "it is encrypted"
    if why in REFUSED:
        parts = (shown(name),)
    return Zipped(legible(parts) if why == NO_NAME else parts, file, entry, limits, time_of, why)


def unfit(parts: tuple[str, ...]) -> str:
    """Why this is no name of a file: what moves a cursor, or is longer than any disc takes; empty where it is one."""
    if len(parts) > MAX_PARTS:
        return TOO_DEEP
    return NO_NAME if any(len(part) > 255 or any(c < " " or c in "\x7f\x85\u2028\u2029" for c in part) for part in parts) else ""


def legible(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A name as it can be shown."""
    return tuple(printable(part)[:255] for part in parts)


def texts(entries, pages: Names, of_class: bool) -> list[str]:
    """The names of entries: many programs write UTF-8 without saying so, or a code page, which zipfile then reads as code page 437."""
    names = [unicode_path(entry) or entry.orig_filename for entry in entries]  # with what a NUL hides
    old = [number for number, entry in enumerate(entries) if not entry.flag_bits & 0x800 and not unicode_path(entry)]
    raw = [names[number].encode("cp437", "replace") for number in old]
    try:
        own, page = decoded(raw, pages.page)
    except Undecided as error:
        if of_class:
            raise BadArchive(str(error)) from None
        own, page = decoded(raw, "cp437")  # of files, not of people
    pages.read_as |= {page} - {""}
    for number, name in zip(old, own, strict=True):
        names[number] = name
    return names


def unicode_path(entry) -> str:
    """The name in UTF-8 that WinRAR and Info-ZIP write beside that in a code page; empty where there is none for this one."""
    for kind, value in fields(entry.extra):
        if kind == 0x7075 and len(value) > 5 and value[0] == 1:
            raw = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace")
            if struct.unpack_from("<I", value, 1)[0] == zlib.crc32(raw):
                return value[5:].decode("utf-8", "replace")
    return ""


def shown(name: str) -> str:
    """A name that was refused, as a message can show it."""
    return "".join(c if c.isprintable() else "?" for c in name.encode("utf-8", "replace").decode()[:100])


def when(entry, moment_of: Callable[[datetime], datetime] = datetime.astimezone) -> float:
    """When the file was last changed: in universal time where the archive has it, else by the clock of whoever packed it.

    ``moment_of(clock)`` says which moment it is when a clock shows this; by default, a clock of this computer.
    """
    try:
        seconds = universal(entry.extra)
        return moment_of(datetime(*entry.date_time)).timestamp() if seconds is None else float(seconds)
    except (ValueError, OverflowError):
        return 0.0


def universal(extra: bytes) -> int | None:
    """The time in an entry's extended timestamp, which many programs write beside that of their clock; None where there is none."""
    for kind, value in fields(extra):
        if kind == 0x5455 and len(value) >= 5 and value[0] & 1:
            return struct.unpack_from("<i", value, 1)[0]
    return None


def fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """What stands beside an entry's name: kinds and values."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def write(file, entry, path: Path, limits: Limits) -> None:
    """Unpack one entry, counting bytes as they come; BadArchive, and no file, when there are too many."""
    if entry.compress_type not in METHODS:
        raise BadArchive("it is packed by a method other than deflate; pack it again")
    most = math.inf if path.suffix == ".zip" else MAX_BYTES  # a zip has what is left of all
    size = 0
    try:
        with file.open(entry) as source, open(path, "xb") as target:
            while data := source.read(CHUNK):
                size += len(data)
                if size > most:
                    raise BadArchive(f"it is larger than {MAX_BYTES >> 20} MB; clear its outputs and hand it in again")
                if size > (1 << 20) + limits.ratio * max(entry.compress_size, 1):
                    raise BadArchive(f"it unpacks to more than {limits.ratio} times its size")
                if len(data) > limits.left:
                    raise BadArchive(f"the archive unpacks to more than {limits.total >> 20} MB")
                limits.left -= len(data)
                target.write(data)
    except DAMAGED as error:
        path.unlink(missing_ok=True)
        raise BadArchive(f"it is damaged ({str(error)[:80]})") from None
    except BadArchive:
        path.unlink(missing_ok=True)
        raise
