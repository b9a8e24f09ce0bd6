"""A class as it was handed in: a folder, a zip, or what Moodle and Canvas download; and which notebook answers which exercise.

No code is run, no link is followed, and nothing is trusted: a student who cannot be read costs a sentence, never the class.

====================  ============================================================================
a folder or a zip     ``<student>/<section>/<name>.ipynb``, or any other place below ``<student>/``
Moodle, by folder     ``Full Name_12345_assignsubmission_file_/<file>``
Moodle, by file       ``Full Name_12345_assignsubmission_file_<file>``
Canvas                ``lastnamefirstname_[LATE_]12345_67890_<file>-1.ipynb``
a zip for a student   ``<student>.zip``, or a zip in the student's folder
====================  ============================================================================

A student of Moodle or Canvas is called by name and number, ``Full Name_12345``: names alone are not unique, and the number leads
back into the gradebook of the platform (`platform_id`).
"""

from __future__ import annotations

import functools
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from . import reader
from .archives import FULL, JOINERS, JUNK, BadArchive, Limits, Unpacked, unpack, when
from .scratch import folder as scratch_folder

MAX_DEPTH = 8  # folders below a student's
MAX_FILES = 200_000  # of the whole class
SIGNS = f" _.,'()@+-{JOINERS}"  # that may stand in a student's name
MAX_LETTERS = 100  # of a name
MAX_NAME = 200  # bytes: files are called after students, and a name with what is added to it may have 255

MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+(?:_[^_\d][^_]*)*?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
AGAIN = re.compile(r"(?:[-_ ](?P<n>\d+)| ?\((?P<m>\d+)\)| ?- ?copy\d*|-Copy\d+)$", re.IGNORECASE)  # adam-1, adam (2), adam-Copy1
KEPT = re.compile(r".+\.old-\d+")  # what nnopt start put aside
NUMBER = re.compile(r".*_(\d+)")


class BadSubmissions(ValueError):
    """There is no class that can be graded; the message says why, in one sentence."""


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in; `why` says why it must not be opened."""

    student: str
    exercise: str
    path: Path
    why: str = ""

    def when(self) -> datetime | None:
        """The time of the file."""
        try:
            return datetime.fromtimestamp(self.path.lstat().st_mtime, UTC)
        except OSError:
            return None


@dataclass(frozen=True)
class Found:
    """A notebook of one student: the name the student gave it, where it is, or why it must not be opened."""

    name: tuple[str, ...]
    path: Path
    why: str = ""
    late: bool = False  # as Canvas says
    order: int = 0  # a later attachment counts over an earlier one


@dataclass
class Class:
    """What a class handed in. `Grader` asks it for students and their submissions.

    Attributes
    ----------
    source : Path
        The folder or zip.
    students : list of str
        In order.
    submissions : dict
        By student and exercise.
    strangers : dict
        Names of notebooks that answer no exercise, or one that another notebook answers better, by student.
    notes : list of str
        A sentence for everything that was passed over, for the instructor.
    """

    source: Path
    students: list[str] = field(default_factory=list)
    submissions: dict[tuple[str, str], Submission] = field(default_factory=dict)
    strangers: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    late: set[tuple[str, str]] = field(default_factory=set)

    def find(self, student: str, exercise: str) -> Submission | None:
        return self.submissions.get((student, exercise))

    def keep(self, exercises) -> None:
        """Leave what these exercises ask for; notebooks of other exercises become strangers."""
        asked = {key: one for key, one in self.submissions.items() if key[1] in exercises}
        used = {(one.student, one.path) for one in asked.values()}
        for (student, name), one in self.submissions.items():
            if (student, name) not in asked and (student, one.path) not in used:
                self.strangers.setdefault(student, []).append(f"{name}.ipynb")
        for own in self.strangers.values():
            own.sort()
        self.submissions = asked
        self.late = {key for key in self.late if key in asked}


@contextmanager
def opened(source, exercises, moment_of: Callable[[datetime], datetime] = datetime.astimezone) -> Iterator[Class]:
    """A class, for as long as it is open: what comes out of archives is removed afterwards.

    Parameters
    ----------
    source : path
        A folder or a zip file.
    exercises : dict
        ``{"section/name": Exercise}``.
    moment_of : callable, optional
        The moment when the clock of whoever packed a zip showed a time (`coursefile.CourseFile.moment_of`).

    Raises
    ------
    BadSubmissions
        When it is neither, or nobody's work is in it.
    """
    source = Path(source)
    with scratch_folder(prefix="nnopt-class-") as scratch:
        if not source.is_dir() and not source.is_file():
            raise BadSubmissions(f"{source} is no folder and no zip; asked for is one that holds <student>/<section>/<name>.ipynb")
        try:
            if source.is_dir():
                found, people, notes = from_folder(source, scratch)
            else:
                found, people, notes = from_zip(source, scratch, functools.partial(when, moment_of=moment_of))
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise BadSubmissions(f"{scratch} has no room left to unpack {source}; set TMPDIR to a folder that has") from None
        yield sort_out(source, found, people, notes, exercises)


# ------------------------------------------------------------------------------------------------------- what is there
def from_zip(source: Path, scratch: Path, time_of):
    try:
        unpacked = unpack(source, scratch / "class", Limits(several=True), time_of=time_of)
    except BadArchive as error:
        raise BadSubmissions(f"{source}: {error}") from None
    return read_entries(unpacked, source)


def read_entries(unpacked: list[Unpacked], nowhere: Path):
    """Notebooks, top folders and notes from the entries of an archive."""
    found, people, notes = [], [], []
    for entry in unpacked:
        if entry.path or (entry.why and len(entry.name) > 1):
            found.append(Found(entry.name, entry.path or nowhere, entry.why))
        elif entry.why:
            notes.append(f"{entry.name[0]!r} is passed over: {entry.why}")
        else:
            people.append(entry.name)
    return found, people, notes


def from_folder(source: Path, scratch: Path):
    """Walk a folder without following a link; zip files in it are unpacked, each with an account of its own."""
    found, people, notes = [], [], []
    stack: list[tuple[tuple[str, ...], Path]] = [((), source)]
    seen = 0
    while stack:
        parts, folder = stack.pop()
        taken: set[str] = set()
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            seen += 1
            if seen > MAX_FILES:
                raise BadSubmissions(f"{source} holds more than {MAX_FILES} files; is it the right folder?")
            called = unicodedata.normalize("NFC", entry.name)  # macOS writes an accent apart from its letter, as zips from there do
            name, path = (*parts, called), Path(entry.path)
            suffix = path.suffix.lower()
            if (entry.name.startswith(".") and not entry.name.startswith("..")) or entry.name in JUNK:
                continue
            if called in taken:
                notes.append(f"{'/'.join(name)!r} is passed over: another one here has the same name, in other code points")
                continue
            taken.add(called)
            if entry.is_symlink():
                if not parts or suffix in (".ipynb", "", ".zip"):
                    found.append(Found(name, path, "it is a link, not a file"))
            elif entry.is_dir(follow_symlinks=False):
                if len(name) <= MAX_DEPTH:
                    stack.append((name, path))
                    people.append(name)
                else:
                    notes.append(f"{'/'.join(name)!r} is passed over: more than {MAX_DEPTH} folders deep")
            elif suffix == ".ipynb":
                found.append(Found(name, path))
            elif suffix == ".zip":
                try:
                    own = entry.stat(follow_symlinks=False)
                    inner = unpack(path, scratch / str(seen), Limits.of_one(own.st_size), time_of=at(own.st_mtime))
                    found += [Found(name + u.name, u.path or path, u.why) for u in inner if u.path or u.why]
                    people.append(name)
                except BadArchive as error:
                    found.append(Found(name, path, str(error)))
    return found, people, notes


def at(time: float):
    """What a student's zip holds was handed in when the zip was."""
    return lambda entry: time


# ------------------------------------------------------------------------------------------------------- whose it is
def sort_out(source: Path, found: list[Found], people, notes: list[str], exercises) -> Class:
    """Notebooks by student, then by exercise."""
    found, people = without_wrapper(found, people, exercises)
    out = Class(source, notes=notes)
    works: dict[str, list[Found]] = {}
    for name in people:
        student = whose(name)[0] if len(name) == 1 else None
        if student and proper(student, out.notes):
            works.setdefault(student, [])
    for one in found:
        student, rest, late, order = whose(one.name)
        if student is None:
            out.notes.append(f"{one.name[0]!r} is passed over: it lies in no student's folder")
        elif proper(student, out.notes):
            works.setdefault(student, []).append(Found(rest, one.path, one.why, late, order))
    if not works:
        raise BadSubmissions(f"{source} holds no submissions; asked for is <student>/<section>/<name>.ipynb in it")
    if set(works) <= {name.split("/")[0] for name in exercises}:
        raise BadSubmissions(f"{source} holds {', '.join(sorted(works))} where students were to be: it is one student's folder; "
                             "give the one above")  # fmt: skip
    out.students = sorted(works)
    out.notes = sorted(set(out.notes))
    asked = unique_functions(exercises)
    for student in out.students:
        assign(out, student, works[student], exercises, asked)
    return out


def without_wrapper(found, people, exercises):
    """Leave out the one folder that a zip of a folder has at its top: below it stand students, not sections."""
    tops = {f.name[0] for f in found} | {p[0] for p in people}
    inside = [f.name[1:] for f in found if len(f.name) > 1]
    if len(tops) != 1 or len(inside) < len(found) or not inside:
        return found, people
    sections = {name.split("/")[0] for name in exercises}
    if MOODLE.fullmatch(next(iter(tops))) or any(len(rest) == 1 and not platform(rest[0]) for rest in inside):
        return found, people
    if all(rest[0] in sections for rest in inside):
        return found, people  # one student's sections
    if not any(platform(rest[0]) or (len(rest) > 2 and rest[-2] in sections) for rest in inside):
        return found, people
    return [Found(f.name[1:], f.path, f.why) for f in found], [p[1:] for p in people if len(p) > 1]


def platform(name: str):
    """The match of a name that Moodle or Canvas made up."""
    return MOODLE.fullmatch(name) or CANVAS.fullmatch(name)


def whose(name: tuple[str, ...]):
    """Student, the name of the file below the student, whether it is late, and its order among attachments."""
    top, rest = name[0], name[1:]
    if match := MOODLE.fullmatch(top):
        file = (match["file"],) if match["file"] else ()
        return f"{match['name']}_{match['id']}", file + rest, False, 0
    match = CANVAS.fullmatch(top)
    if match and PurePosixPath(match["file"]).suffix.lower() in (".ipynb", ".zip"):
        return f"{match['name']}_{match['id']}", (match["file"], *rest), bool(match["late"]), int(match["attachment"][:18])
    if PurePosixPath(top).suffix.lower() == ".zip":
        return PurePosixPath(top).stem, rest or (top,), False, 0
    if not rest and PurePosixPath(top).suffix.lower() == ".ipynb":
        return None, (), False, 0
    return top, rest, False, 0


def platform_id(student: str) -> str:
    """The number by which Moodle or Canvas knows a student; empty where the class came otherwise.

    >>> platform_id("Ada Lovelace_4711"), platform_id("ada")
    ('4711', '')
    """
    match = NUMBER.fullmatch(student)
    return match[1] if match else ""


def printable(name: str) -> str:
    """A name as a terminal and a page can show it: a file may be called by half a character, or by what clears the screen."""
    return "".join(c if c.isprintable() else "?" for c in name)


def proper(student: str, notes: list[str]) -> bool:
    """Whether a student can be called this; a note where not."""
    kinds = ["_" if c in SIGNS else unicodedata.category(c)[0] for c in student]  # letters, numbers, and the marks on letters
    if kinds and kinds[0] in "LN" and set(kinds) <= set("LNM_") and len(kinds) <= MAX_LETTERS and len(student.encode()) <= MAX_NAME:
        return True
    notes.append(f"{printable(student[:80])!r} is passed over: it is no student's name, which takes a letter or digit, "
                 f"then letters, digits, spaces and _.,'()@+-, at most {MAX_LETTERS} ({MAX_NAME} bytes)")  # fmt: skip
    return False


# ------------------------------------------------------------------------------------------------------- what it answers
def assign(out: Class, student: str, works: list[Found], exercises, asked) -> None:
    """Find the notebook of each exercise: by its place, its name, what the release wrote into it, and the functions in it."""
    offers: dict[str, list[tuple]] = {}
    answering: set[int] = set()
    for number, work in enumerate(works):
        for exercise, rank in claims(work, exercises, asked).items():
            offers.setdefault(exercise, []).append((rank, work.order, again(work), -number))
    for exercise, ranked in offers.items():
        number = -max(ranked)[-1]
        work = works[number]
        out.submissions[student, exercise] = Submission(student, exercise, work.path, work.why)
        answering.add(number)
        if work.late:
            out.late.add((student, exercise))
    for number, work in enumerate(works):
        name = printable("/".join(work.name))
        if number not in answering and work.name:
            out.strangers.setdefault(student, []).append(name)
            if work.why:
                out.notes.append(f"{student}: {name} is passed over: {work.why}")
    if student in out.strangers:
        out.strangers[student].sort()


def claims(work: Found, exercises, asked) -> dict[str, tuple]:
    """Which exercises a notebook may answer, and how well: at its place, not put aside, by functions asked for, by its name."""
    place = "/".join(work.name[-2:]).removesuffix(".ipynb")
    if work.why and not (work.name and work.name[-1].lower().endswith(".ipynb")):
        return dict.fromkeys(exercises, (0, 0, 0, 0))  # the student's folder or archive itself
    named = by_name(work, exercises)
    in_place = place if place in exercises and len(work.name) == 2 else ""
    others = set().union(*(names for name, names in asked.items() if name != in_place))
    defined, tag = (set(), "") if work.why else look(work.path, others if in_place else None)
    put_aside = bool(work.name and KEPT.fullmatch(PurePosixPath(work.name[-1]).stem))
    out = {}
    for exercise in exercises:
        here = len(asked[exercise] & defined)
        is_named = exercise in (named, tag)
        if is_named or (here and 2 * here >= len(asked[exercise])):
            out[exercise] = (int(exercise == in_place), int(not put_aside), here, int(is_named))
    return out


def by_name(work: Found, exercises) -> str:
    """The exercise that a file is called after, however often it was saved; empty where it is called otherwise."""
    stem = PurePosixPath(work.name[-1]).stem
    while (shorter := AGAIN.sub("", stem)) != stem:
        stem = shorter
    hits = [e for e in exercises if e.rpartition("/")[2].casefold() == stem.casefold()]
    in_section = [e for e in hits if e.split("/")[0] in work.name[:-1]]
    return (in_section or hits)[0] if len(in_section) == 1 or len(hits) == 1 else ""


def again(work: Found) -> int:
    """The number at the end of a file's name: adam-2 counts over adam-1."""
    match = AGAIN.search(PurePosixPath(work.name[-1]).stem) if work.name else None
    return int((match["n"] or match["m"] or "0")[:9]) if match else 0


def look(path: Path, only: set[str] | None = None) -> tuple[set[str], str]:
    """What a notebook defines, and the exercise that `nnopt release` wrote into it; nothing where it cannot be read.

    With `only`, a notebook that does not even mention one of these names is not parsed: in a large class, most are not.
    """
    try:
        data = reader.contents(path)
        if only is not None and not any(name.encode() in data for name in only):
            return set(), ""
        notebook = reader.parsed(data)
        return names_in(reader.sources_of(notebook)), reader.released_as(notebook)
    except reader.Unreadable:
        return set(), ""


TOP_LEVEL = re.compile(r"^(?:def\s+(\w+)|(\w+)\s*=(?!=))", re.MULTILINE)


def names_in(sources: list[str]) -> set[str]:
    """What the cells of a notebook define at their top level, by the looks of their lines: student code is not parsed here."""
    return {name for source in sources for pair in TOP_LEVEL.findall(source) for name in pair if name}


def unique_functions(exercises) -> dict[str, set[str]]:
    """The functions that only this exercise asks for."""
    named = {name: {item.name for item in exercise.items if item.kind == "function"} for name, exercise in exercises.items()}
    return {name: own - set().union(*(other for n, other in named.items() if n != name)) for name, own in named.items()}
