"""A class as it was handed in, and which notebook answers which exercise. `trees` and `archives` read it, `layouts` says whose it is.

No code is run, and nothing is trusted: a student who cannot be read costs a sentence, never the class. What was handed in may be unusable,
but it never disappears: it is a row, or a line.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from .. import telling
from . import layouts, reader
from .archives import FULL, tree, when
from .filenames import printable
from .layouts import Found, platform_id
from .scratch import folder as scratch_folder
from .trees import PACKED, BadArchive, Names

__all__ = ["BadSubmissions", "Class", "Found", "Known", "Submission", "assign", "by_name", "claims", "look", "names_in", "opened",
           "platform_id", "unique_functions"]  # fmt: skip

AGAIN = re.compile(r"(?:[-_ ](?P<n>\d+)| ?\((?P<m>\d+)\)| ?- ?copy\d*|-Copy\d+)$", re.IGNORECASE)  # adam-1, adam (2), adam-Copy1
KEPT = re.compile(r".+\.old-\d+")  # what nnopt start put aside
STAMP = re.compile(r"\d{14}_")  # before a file's name: when it was handed in, as ILIAS has it
ENDINGS = (".ipynb", ".txt", ".json", ".download", ".py", ".html", ".pdf", ".md", *PACKED)  # of files called after an exercise


class BadSubmissions(ValueError):
    """There is no class that can be graded; the message says why, in one sentence."""


@dataclass(frozen=True)
class Known:
    """What is known of how a class was handed in, where it can be read in two ways.

    Attributes
    ----------
    layout : str
        How deep students stand (`layouts.depth_of`).
    names : str
        The code page of names in zips that an older Windows packed (`filenames.decoded`).
    """

    layout: str = ""
    names: str = ""


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
        Names of files that answer no exercise, by student.
    superseded : dict
        Names of files that answer an exercise which another one answers better or later, by student.
    notes : list of str
        A sentence for everything that was passed over, for the instructor.
    left_out : list of str
        Those of them that may be somebody's work.
    """

    source: Path
    students: list[str] = field(default_factory=list)
    submissions: dict[tuple[str, str], Submission] = field(default_factory=dict)
    strangers: dict[str, list[str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    late: set[tuple[str, str]] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)

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
def opened(source, exercises, moment_of: Callable[[datetime], datetime] = datetime.astimezone,
           known: Known | None = None) -> Iterator[Class]:  # fmt: skip
    """A class, for as long as it is open: what comes out of archives is removed afterwards.

    Parameters
    ----------
    source : path
        A folder or a zip file.
    exercises : dict
        ``{"section/name": Exercise}``.
    moment_of : callable, optional
        The moment when the clock of whoever packed a zip showed a time (`coursefile.CourseFile.moment_of`).
    known : Known, optional
        How it is to be read.

    Raises
    ------
    BadSubmissions
        When it is neither, nobody's work is in it, or it can be read in two ways.
    """
    source, known = Path(source), known or Known()
    with scratch_folder(prefix="nnopt-class-") as scratch:
        if not source.is_dir() and not source.is_file():
            raise BadSubmissions(f"{source} is no folder and no zip; asked for is one that holds <student>/<section>/<name>.ipynb")
        try:
            entries = tree(source, scratch, functools.partial(when, moment_of=moment_of), pages := Names(known.names))
        except BadArchive as error:
            raise BadSubmissions(f"{source}: {error}") from None
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise BadSubmissions(f"{scratch} has no room left to unpack {source}; set TMPDIR to a folder that has") from None
        handed_in = sort_out(source, entries, exercises, known.layout)
        handed_in.notes += pages.notes()
        yield handed_in


def sort_out(source: Path, entries, exercises, layout: str = "") -> Class:
    """Notebooks by student, then by exercise."""
    asked = unique_functions(exercises)
    sections = {name.split("/")[0] for name in exercises}
    try:
        whose = layouts.read(source, entries, sections, lambda found: answers(found, exercises, asked), layout)
    except layouts.BadLayout as error:
        raise BadSubmissions(str(error)) from None
    out = Class(source, sorted(whose.works), notes=whose.notes, left_out=whose.left_out)
    for student in out.students:
        assign(out, student, whose.works[student], exercises, asked)
    return out


# ------------------------------------------------------------------------------------------------------- what it answers
def assign(out: Class, student: str, works: list[Found], exercises, asked) -> None:
    """Find the notebook of each exercise: by its place, its name, what the release wrote into it, and the functions in it.

    Where there is none, what was handed in in its place makes a submission that cannot be read.
    """
    offers: dict[str, list[tuple]] = {}
    answering: set[int] = set()
    superseded: dict[int, str] = {}
    for number, work in enumerate(works):
        for exercise, rank in claims(work, exercises, asked).items() if work.kind in ("notebook", "archive") else ():
            offers.setdefault(exercise, []).append((rank, work.order, again(work), -number))
    for exercise, ranked in offers.items():
        number = -max(ranked)[-1]
        work = works[number]
        out.submissions[student, exercise] = Submission(student, exercise, work.path, work.why)
        answering.add(number)
        superseded |= {-other[-1]: exercise for other in ranked if other[-1] != -number}
        if work.late:
            out.late.add((student, exercise))
    for exercise, unusable in in_place_of(works, [e for e in exercises if e not in offers], exercises, nothing=not offers).items():
        out.submissions[student, exercise] = Submission(student, exercise, works[unusable[0]].path, why_unusable(works, unusable))
        answering.update(unusable)
    for number, work in enumerate(works):
        name = printable("/".join(work.name))
        if number in superseded and number not in answering and work.name and not work.why:
            out.superseded.setdefault(student, []).append(name)
            out.notes.append(f"{student}: {name}{telling.PASSED}it is superseded by another {superseded[number]} of the same student")
        elif number not in answering and work.name and work.kind != "junk":
            out.strangers.setdefault(student, []).append(name)
            if work.why:
                out.notes.append(f"{student}: {name}{telling.PASSED}{work.why}")
    if student in out.strangers:
        out.strangers[student].sort()


def in_place_of(works: list[Found], left: list[str], exercises, nothing: bool) -> dict[str, list[int]]:
    """What stands for each exercise that no notebook answers: files called after it, archives; where there is `nothing` else, all."""
    unusable = {number: work for number, work in enumerate(works) if work.kind in ("archive", "other") and work.name}
    found: dict[str, list[int]] = {}
    for number, work in unusable.items():
        named = by_name(work, exercises)
        for exercise in [named] if named else left if work.kind == "archive" else []:
            if exercise in left:
                found.setdefault(exercise, []).append(number)
    if nothing and not found and not any(readable(work) for work in works if work.kind == "notebook"):
        numbers = list(unusable) or [number for number, work in enumerate(works) if work.name]
        numbers += [n for n, work in enumerate(works) if work.kind == "notebook" and n not in numbers]
        found = dict.fromkeys(left, numbers) if numbers else {}
    return found


def why_unusable(works: list[Found], numbers: list[int]) -> str:
    """The sentence on what was handed in in a notebook's place."""
    names = telling.few(printable("/".join(works[number].name))[-80:] for number in numbers)
    return f"handed in {names}, which is no notebook that can be read; asked for is a file .ipynb"


def readable(work: Found) -> bool:
    """Whether it is a notebook, though perhaps of no exercise."""
    try:
        return not work.why and bool(reader.parsed(reader.contents(work.path)))
    except reader.Unreadable:
        return False


def answers(work: Found, exercises, asked) -> list[str]:
    """The exercises that something may answer, whether it can be read or not."""
    if work.kind == "notebook":
        return list(claims(work, exercises, asked))
    named = by_name(work, exercises)
    return [named] if named else []


def claims(work: Found, exercises, asked) -> dict[str, tuple]:
    """Which exercises a notebook may answer, and how well: at its place, not put aside, by functions asked for, by its name."""
    if work.kind == "archive" and not work.why:
        return {}  # of a kind that is not opened
    if work.why and not (work.name and work.name[-1].lower().endswith(".ipynb")):
        return dict.fromkeys(exercises, (0, 0, 0, 0))  # the student's folder or archive itself
    inside = [part for part in work.name if not part.lower().endswith(".zip")]  # what `nnopt submit` packs has its places
    place = "/".join(inside).removesuffix(".ipynb")
    named = by_name(work, exercises)
    in_place = place if place in exercises else ""
    others = set().union(*(names for name, names in asked.items() if name != in_place))
    defined, tag = (set(), "") if work.why else look(work.path, others if in_place else None)
    put_aside = bool(work.name and KEPT.fullmatch(stem(work)))
    out = {}
    for exercise in exercises:
        here = len(asked[exercise] & defined)
        is_named = exercise in (named, tag)
        if is_named or (here and 2 * here >= len(asked[exercise])):
            out[exercise] = (int(exercise == in_place), int(not put_aside), here, int(is_named))
    return out


def by_name(work: Found, exercises) -> str:
    """The exercise that a file is called after, however often it was saved; empty where it is called otherwise."""
    called = stem(work)
    while (shorter := AGAIN.sub("", called)) != called:
        called = shorter
    hits = [e for e in exercises if e.rpartition("/")[2].casefold() == called.casefold()]
    in_section = [e for e in hits if e.split("/")[0] in work.name[:-1]]
    return (in_section or hits)[0] if len(in_section) == 1 or len(hits) == 1 else ""


def stem(work: Found) -> str:
    """The name of a file without its endings, however many a browser added, and without the time that ILIAS wrote before it."""
    name = work.name[-1] if work.name else ""
    while (suffix := PurePosixPath(name).suffix) and suffix.lower() in ENDINGS:
        name = name.removesuffix(suffix)
    return STAMP.sub("", name, count=1) if STAMP.match(name) else name


def again(work: Found) -> int:
    """The number at the end of a file's name: adam-2 counts over adam-1."""
    match = AGAIN.search(stem(work)) if work.name else None
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
