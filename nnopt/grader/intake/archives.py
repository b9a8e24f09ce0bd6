"""Zip files as they were handed in, unpacked without trust: nothing outside the folder, nothing above the caps.

Sizes that an archive declares are not believed: bytes are counted as they come. What becomes of each entry is said in `trees`, for zips and
folders alike.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .filenames import Undecided, decoded
from .reader import MAX_BYTES, untrusted
from .trees import (
    ABSOLUTE,
    BEGIN,
    LEADS_OUT,
    NO_NAME,
    REFUSED,
    BadArchive,
    Entry,
    Limits,
    Names,
    folder_members,
    legible,
    unfit,
    walk,
)

CHUNK = 1 << 16
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every learning platform and desktop writes
HEADER = 30  # bytes before the name of a file, and then what is packed, at least
ENTRY = 400  # bytes of an archive's table of contents for one file, on average: a long name, and times
NESTED = 2  # zip files inside each other, below the folder or zip of the class
FULL = (errno.ENOSPC, errno.EDQUOT)  # nothing that an archive can be blamed for


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
        entries = list(walk(folder_members(source), scratch, NESTED, names, unpack))
    else:
        entries = unpack(source, scratch / "class", Limits(several=True), NESTED, time_of, names)
    return sorted(entries, key=lambda entry: entry.name)


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
            return list(walk(members, into, nested, names, unpack))
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
