"""Zip files as they were handed in, unpacked without trust: nothing outside the folder, nothing above the caps.

Sizes that an archive declares are not believed: bytes are counted as they come. Only notebooks are unpacked (and, one level
down, zip files that hold notebooks): what else a student packed is passed over, and costs nothing.
"""

from __future__ import annotations

import errno
import itertools
import math
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from .reader import MAX_BYTES, untrusted

CHUNK = 1 << 16
JOINERS = "\u200c\u200d"  # signs without width that join letters or keep them apart, in Persian and Hindi, say
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what a computer adds by itself
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every learning platform and desktop writes
HEADER = 30  # bytes before the name of a file, and then what is packed, at least
ENTRY = 400  # bytes of an archive's table of contents for one file, on average: a long name, and times
MAX_PARTS = 64  # folders above a file
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
class Unpacked:
    """One notebook of an archive: where it stood in it, and where it is now; or why it was not unpacked."""

    name: tuple[str, ...]
    path: Path | None = None
    why: str = ""


def unpack(archive, into: Path, limits: Limits | None = None, nested: bool = True,
           time_of: Callable[[zipfile.ZipInfo], float] | None = None) -> list[Unpacked]:  # fmt: skip
    """Unpack the notebooks of a zip file into a folder of their own.

    Parameters
    ----------
    archive : path
    into : path
        A new or empty folder.
    limits : Limits, optional
        Shared by archives that are unpacked together.
    nested : bool
        Whether zip files inside are unpacked too; those inside them never are.
    time_of : callable, optional
        The time that an unpacked file gets, in seconds since 1970; by default what the archive says, by this computer's zone (`when`).
        What lies in an archive inside gets the time of that archive: it was handed in with it, whatever its packer wrote into it.

    Returns
    -------
    list of Unpacked
        One for each notebook, in the order of the archive; empty names of folders are kept with ``path=None, why=""``.

    Raises
    ------
    BadArchive
        When the file is no zip, or holds more files than allowed. Nothing is written then.
    """
    limits = limits or Limits()
    check_directory(Path(archive), limits)
    into = Path(into)
    try:
        with zipfile.ZipFile(archive) as file:
            entries = file.infolist()
            if len(entries) > limits.files_left:
                raise BadArchive(f"it holds {len(entries)} files, at most {limits.files} are unpacked")
            if share_bytes(entries):
                raise BadArchive("its files share their bytes, which unpacks to more than it holds")
            limits.files_left -= len(entries)
            into.mkdir(parents=True, exist_ok=True)
            found: list[Unpacked] = []
            taken: set[str] = set()
            for number, entry in enumerate(entries):
                found += one(file, entry, number, into, limits, nested, taken, time_of or when)
            return found
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


def one(file, entry, number, into, limits, nested, taken, time_of) -> list[Unpacked]:
    """What one entry of an archive gives: nothing, a notebook, or the notebooks of an archive inside it."""
    try:
        name = parts_of(entry)
    except BadArchive as error:
        return [Unpacked((shown(entry.filename),), None, str(error))]
    if not name or any(part in JUNK or part.startswith("._") for part in name):
        return []
    if entry.is_dir():
        return [Unpacked(name)]
    suffix = PurePosixPath(name[-1]).suffix.lower()
    if suffix not in (".ipynb", ".zip"):
        return []
    key = "/".join(name)  # to the letter: Anna and anna are two people
    if key in taken:
        return [Unpacked(name, None, "it stands in the archive twice")]
    taken.add(key)
    if suffix == ".zip" and not nested:
        return [Unpacked(name, None, "it is a zip file inside a zip file inside a zip file; hand in notebooks")]
    path = into / f"{number}{suffix}"  # no name of the archive reaches the disc
    try:
        write(file, entry, path, limits)
        time = time_of(entry)
        os.utime(path, (time, time))
        if suffix == ".ipynb":
            return [Unpacked(name, path)]
        own = Limits.of_one(path.stat().st_size) if limits.several else limits
        inner = unpack(path, into / str(number), own, nested=False, time_of=lambda _: time)
        return [Unpacked(name[:-1] + u.name, u.path, u.why) for u in inner]
    except BadArchive as error:
        path.unlink(missing_ok=True)
        return [Unpacked(name, None, str(error))]


def parts_of(entry) -> tuple[str, ...]:
    """The parts of an entry's name; BadArchive when it would leave the folder, or is no plain file or folder."""
    name = text(entry).replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise BadArchive("its path in the archive is absolute")
    if ".." in parts:
        raise BadArchive("its path in the archive leads out of it (..)")
    if any(not c.isprintable() and c not in JOINERS for c in name) or any(len(part) > 255 for part in parts) or len(parts) > MAX_PARTS:
        raise BadArchive("its name in the archive holds what no file name does")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise BadArchive("it is a link, not a file")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive("it is no regular file")
    if entry.flag_bits & 1:
        raise BadArchive("it is encrypted")
    return tuple(part for part in parts if part not in ("", "."))


def text(entry) -> str:
    """An entry's name: many programs write UTF-8 without saying so, which zipfile then reads as code page 437."""
    name = entry.orig_filename  # with what a NUL hides
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return unicodedata.normalize("NFC", name)


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
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == 0x5455 and len(field) >= 5 and field[0] & 1:
            return struct.unpack_from("<i", field, 1)[0]
    return None


def write(file, entry, path: Path, limits: Limits) -> None:
    """Unpack one entry, counting bytes as they come; BadArchive, and no file, when there are too many."""
    if entry.compress_type not in METHODS:
        raise BadArchive("it is packed by a method other than deflate; pack it again")
    most = MAX_BYTES if path.suffix == ".ipynb" else math.inf  # a zip has what is left of all
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        path.unlink(missing_ok=True)
        raise BadArchive(f"it is damaged ({str(error)[:80]})") from None
    except BadArchive:
        path.unlink(missing_ok=True)
        raise
