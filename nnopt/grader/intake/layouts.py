"""Whose each thing is that was handed in: what learning platforms call their files, and how deep in the tree students stand.

====================  ============================================================================
a folder or a zip     ``<student>/<section>/<name>.ipynb``, or any other place below ``<student>/``
a zip for a student   ``<student>.zip``, or a zip in the student's folder
Moodle                ``Full Name_12345_assignsubmission_file_/<file>``, or ``..._file_<file>``
Canvas                ``lastnamefirstname_[LATE_]12345_67890_<file>``; graded anonymously, ``anon_f7Hm2_[LATE_]67890_<file>``
Blackboard            ``<assignment>_<user>_attempt_2026-11-20-14-05-09_<file>``
Gradescope            ``submission_12345/<file>`` beside ``submission_metadata.yml``, which says whose it is
ILIAS                 ``Lastname_Firstname_login_12345/<file>``, also in ``Team 7/``
====================  ============================================================================

All of these may lie in outer folders, or in a zip inside a zip. A student of a platform is called by name and number, ``Full Name_12345``:
names alone are not unique, and the number leads back into the gradebook of the platform (`platform_id`). What can be read in two ways is
not read: `read` shows both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from .. import telling
from . import reader
from .filenames import person, printable
from .trees import PACKED, WANTED, Entry, is_junk

DEEPEST = 6  # folders above those of the students
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL)
ANONYMOUS = re.compile(r"(?P<name>anon_[A-Za-z0-9]+)_(?P<late>LATE_)?(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+(?:_[^_\d][^_]*)*?)_(?P<late>LATE_)?(?P<id>\d+)_(?:(?P<attachment>\d+)_(?P<file>.+)|text\.html)",
                    re.DOTALL)  # fmt: skip
BLACKBOARD = re.compile(r"(?P<name>.+)_attempt_(?P<attachment>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL)
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
ILIAS = re.compile(r"[^_]+_[^_]+_[^_]+_\d+")
TEAM = re.compile(r"Team[ _]\d+")
BLACKBOARDS_OWN = "the text of Blackboard"  # beside each student's files
NOT_FIRST = "=+-@."  # formulas, options of commands, hidden files
NOWHERE = '<>:"|?*='
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # all that follows; a mark (\u200f) turns nothing but itself
NOBODY = (f"it is no student's name, which begins with none of {' '.join(NOT_FIRST)} and holds none of {' '.join(NOWHERE)}, "
          "nor what moves a cursor or turns the direction of writing")  # fmt: skip
NUMBER = re.compile(r".*_(\d+)", re.DOTALL)


class BadLayout(ValueError):
    """Whose the work is cannot be told; the message says why, in one sentence."""


@dataclass(frozen=True)
class Found:
    """Something that one student handed in.

    Attributes
    ----------
    name : tuple of str
        What the student called it, from the student's folder on.
    path : Path
    why : str
        Why it must not be opened.
    late : bool
        As Canvas says.
    order : int
        A later attachment counts over an earlier one.
    kind : str
        As of `trees.Entry`.
    """

    name: tuple[str, ...]
    path: Path
    why: str = ""
    late: bool = False
    order: int = 0
    kind: str = "notebook"


@dataclass
class Reading:
    """Whose everything is, and what is nobody's."""

    works: dict[str, list[Found]] = field(default_factory=dict)  # by student
    notes: list[str] = field(default_factory=list)  # a sentence for all that was passed over
    left_out: list[str] = field(default_factory=list)  # those of them that may be somebody's work


Claims = Callable[[Found], object]  # the exercises that it may answer, as something iterable


def read(source: Path, entries: list[Entry], sections: set[str], claims: Claims, layout: str = "") -> Reading:
    """The students of a class, and what each handed in.

    Parameters
    ----------
    source : Path
        Where it came from.
    entries : list of Entry
        `archives.tree` of it.
    sections : set of str
        Names of folders that are no students.
    claims : callable
        ``claims(found)``: the exercises that a notebook may answer.
    layout : str
        How deep the students stand, where that is known: ``student``, ``folder/student``, ``folder/folder/student``, ...

    Raises
    ------
    BadLayout
        When nobody's work is in it, or when it can be read in two ways.
    """
    if len(entries) == 1 and entries[0].why and not layout:
        name = printable("/".join(entries[0].name))
        raise BadLayout(f"{source} holds nothing but {name}, and {entries[0].why}; unpack it, and give its folder")
    shape = Shape(source, [e for e in entries if e.kind not in ("junk", "refused")], sections, claims)
    depth = depth_of(layout) if layout else shape.depth()
    out = Reading(notes=shape.notes)
    out.left_out += [f"{printable('/'.join(e.name))!r}{telling.PASSED}{e.why}" for e in entries if e.kind == "refused"]
    tell_junk(out, entries)
    known = gradescope_names(entries, depth)
    title = blackboard_title(e.name[depth] for e in entries if len(e.name) > depth)
    called: dict[str, str] = {}  # what students are called in the tree, by what they are called here
    for entry in entries:
        if entry.kind != "refused" and not (entry.kind == "junk" and any(map(is_junk, entry.name[: depth + 1]))):
            place(out, entry, depth, source, known, title, called)
    if not out.works:
        raise BadLayout(f"{source} holds no submissions; asked for is <student>/<section>/<name>.ipynb in it")
    if set(out.works) <= sections:
        raise BadLayout(f"{source} holds {', '.join(sorted(out.works))} where students were to be: it is one student's folder; "
                        "give the one above")  # fmt: skip
    out.left_out = sorted(set(out.left_out))
    out.notes = sorted(set(out.notes)) + out.left_out
    return out


def place(out: Reading, entry: Entry, depth: int, source: Path, known: dict[str, str], title: str, called: dict[str, str]) -> None:
    """Put one entry where it belongs: to a student, or among what is nobody's."""
    whole = printable("/".join(entry.name))
    loose = len(entry.name) == depth + 1 and entry.kind != "folder"
    whose_it_is = whose(entry.name[depth:], loose, known, title) if len(entry.name) > depth else None
    if whose_it_is is None:
        if entry.kind in ("notebook", "archive"):
            out.left_out.append(f"{whole!r}{telling.PASSED}it lies in no student's folder")
        elif entry.kind == "other" and entry.name[-1] not in WANTED:
            out.notes.append(f"{whole!r}{telling.PASSED}it lies in no student's folder, and is no notebook")
        return
    raw, rest, late, order = whose_it_is
    student = person(raw)
    if not proper(raw):
        out.left_out.append(f"{printable(raw[:80])!r}{telling.PASSED}{NOBODY}")
    elif called.setdefault(student, raw) != raw:
        out.left_out.append(f"{student!r}{telling.PASSED}another one here has the same name, in other code points")
    else:
        works = out.works.setdefault(student, [])
        if entry.kind != "folder":
            works.append(Found(rest, entry.path or source, entry.why, late, order, "junk" if rest == (BLACKBOARDS_OWN,) else entry.kind))


def proper(name: str) -> bool:
    """Whether somebody can be called this: any text that does nothing but show."""
    shown = person(name)
    return bool(shown) and shown[0] not in NOT_FIRST and not any(c in NOWHERE or c in TURNS or c < " " for c in name)


def tell_junk(out: Reading, entries: Sequence[Entry]) -> None:
    """One sentence for what computers add by themselves."""
    count: dict[str, int] = {}
    for entry in entries:
        if entry.kind == "junk":
            added = next(part for part in entry.name if is_junk(part))
            count[added] = count.get(added, 0) + 1
    if count:
        shown = telling.few(f"{printable(name)} ({n})" for name, n in sorted(count.items()))
        out.notes.append(f"files that computers add by themselves are not looked at: {shown}")


def depth_of(layout: str) -> int:
    """How deep students stand.

    >>> depth_of("student"), depth_of("folder/student")
    (0, 1)
    """
    *above, last = layout.split("/")
    if last != "student" or set(above) - {"folder"} or len(above) > DEEPEST:
        raise BadLayout(f"--layout {layout!r} is no layout; asked for is student, folder/student or folder/folder/student: what stands "
                        "above the work of each")  # fmt: skip
    return len(above)


def layout_of(depth: int) -> str:
    return "folder/" * depth + "student"


# ----------------------------------------------------------------------------------------------------- how deep they are
class Shape:
    """The tree of a class, asked how deep students stand in it."""

    def __init__(self, source: Path, entries: list[Entry], sections: set[str], claims: Claims):
        self.source, self.sections, self.claims = source, sections, claims
        self.folders = [e for e in entries if e.kind == "folder"]
        self.work = [e for e in entries if e.kind in ("notebook", "archive")]
        self.other = [e for e in entries if e.kind == "other"]
        self.notes: list[str] = []

    def depth(self) -> int:
        """BadLayout when there is more than one answer."""
        for depth in range(DEEPEST):
            if self.of_platform(depth):
                return depth
        fit = [depth for depth in range(DEEPEST) if self.wraps(depth) and self.fits(depth)]
        if not fit:
            return 0
        depth = fit[-1]
        if len(fit) > 1 and not self.in_sections(depth):
            if not self.compete(depth):
                raise BadLayout(self.two_ways(fit[-2], depth))
            self.notes.append(f"{self.source.name} is read as {self.said(depth)}, as their notebooks answer the same exercises")
        if len(self.nodes(depth)) > 1 and self.fits(depth + 1) and self.apart(depth + 1) and self.compete(depth + 1, within=True):
            raise BadLayout(self.two_ways(depth, depth + 1))
        return depth

    def nodes(self, depth: int) -> list[str]:
        """The folders at a depth."""
        inside = (e.name[depth] for e in [*self.work, *self.other, *self.folders] if len(e.name) > depth + 1)
        return sorted({*inside, *(e.name[depth] for e in self.folders if len(e.name) > depth)})

    def of_platform(self, depth: int) -> bool:
        """Whether what stands here is called as a platform calls it: of those at the top one, deeper all that may be work."""
        here = [e for e in self.work or self.other if len(e.name) > depth]
        named = [is_platforms(e.name[depth], len(e.name) == depth + 1) for e in here]
        if depth == 0:
            sure = {e.name[0] for e in [*here, *self.other] if is_platforms(e.name[0], len(e.name) == 1)}
            return len(sure) > 1 or any(not ILIAS.fullmatch(name) and not GRADESCOPE.fullmatch(name) for name in sure)
        grouped = all(MOODLE.fullmatch(e.name[depth]) or TEAM.fullmatch(e.name[depth - 1]) for e in here)
        return bool(here) and len(here) == len(self.work or self.other) and all(named) and (grouped or self.wraps(depth))

    def wraps(self, depth: int) -> bool:
        """Whether all stands below one folder at each depth above this one."""
        return all(len(self.nodes(above)) == 1 for above in range(depth))

    def fits(self, depth: int) -> bool:
        """Whether students may stand here: nothing that may be work lies beside or above them, and they are no sections."""
        nodes = self.nodes(depth)
        inside = all(len(e.name) > depth + 1 or (len(e.name) == depth + 1 and e.kind == "archive") for e in self.work)
        return bool(nodes) and inside and not set(nodes) <= self.sections

    def in_sections(self, depth: int) -> bool:
        """Whether two of those here have sections, as students do."""
        return len({e.name[depth] for e in self.work if len(e.name) > depth + 2 and e.name[depth + 1] in self.sections}) > 1

    def apart(self, depth: int) -> bool:
        """Whether folders here are called differently, as students are, and none as a section."""
        paths = {e.name[: depth + 1] for e in [*self.work, *self.other] if len(e.name) > depth + 1}
        names = [path[-1] for path in paths]
        return len(set(names)) == len(names) and not set(names) & self.sections

    def compete(self, depth: int, within: bool = False) -> bool:
        """Whether two of those here answer the same exercise, so that they are hardly one student; `within` the same folder above."""
        taken: dict[tuple, str] = {}
        for e in [*self.work, *self.other]:
            if len(e.name) <= depth + 1:
                continue
            for exercise in self.claims(Found(e.name[depth + 1 :], e.path or self.source, e.why, kind=e.kind)):  # type: ignore[attr-defined]
                above = e.name[:depth] if within else ()
                if taken.setdefault((above, exercise), e.name[depth]) != e.name[depth]:
                    return True
        return False

    def said(self, depth: int) -> str:
        names = [printable(name) for name in self.nodes(depth)]
        above = "/".join(printable(self.nodes(d)[0]) for d in range(depth)) if self.wraps(depth) else ""
        many = f"{len(names)} students, " if len(names) > 1 else "one student, "
        return many + telling.few(names) + (f", in the folder {above}" if above else "")

    def two_ways(self, one: int, other: int) -> str:
        return (f"{self.source.name} can be read in two ways: as {self.said(one)} (--layout {layout_of(one)}), or as {self.said(other)} "
                f"(--layout {layout_of(other)}); say which")  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- whose it is
def is_platforms(name: str, loose: bool) -> bool:
    """Whether a learning platform made this name up, of a file (`loose`) or a folder."""
    patterns = [MOODLE]
    if loose or name.lower().endswith(".zip"):
        patterns += [ANONYMOUS, CANVAS, BLACKBOARD]
    if not loose:
        patterns += [GRADESCOPE, ILIAS]
    return any(pattern.fullmatch(name) for pattern in patterns)


def whose(name: tuple[str, ...], loose: bool, known: dict[str, str], title: str):
    """Student, the name below the student, whether it is late, and its order among attachments; None where it is nobody's."""
    top, rest = name[0], name[1:]
    if match := MOODLE.fullmatch(top):
        return f"{match['name']}_{match['id']}", (*filter(None, [match["file"]]), *rest), False, 0
    if loose or top.lower().endswith(".zip"):
        if match := ANONYMOUS.fullmatch(top):
            return match["name"], (match["file"], *rest), bool(match["late"]), int(match["attachment"][:18])
        if match := BLACKBOARD.fullmatch(top):
            user = match["name"].removeprefix(title) if title else match["name"].rpartition("_")[2]
            return user, (match["file"] or BLACKBOARDS_OWN, *rest), False, int(match["attachment"].replace("-", ""))
        if match := CANVAS.fullmatch(top):
            order = int((match["attachment"] or "0")[:18])
            return f"{match['name']}_{match['id']}", (match["file"] or "text.html", *rest), bool(match["late"]), order
    if not loose:
        return known.get(top) or without_ending(top, (".zip",)), rest, False, 0
    if PurePosixPath(top).suffix.lower() in PACKED:  # one file for a student
        return without_ending(top, PACKED), (top,), False, 0
    return (top, (), False, 0) if "." not in top else None  # a link in a folder's place


def without_ending(name: str, endings: tuple[str, ...]) -> str:
    while (suffix := PurePosixPath(name).suffix).lower() in endings and suffix:
        name = name.removesuffix(suffix)
    return name


def blackboard_title(names) -> str:
    """What all names of Blackboard's begin with: the assignment, up to the user."""
    whole = {match["name"] for name in names if (match := BLACKBOARD.fullmatch(name))}
    first, last = min(whole, default=""), max(whole, default="")
    same = next((n for n, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return first[:same].rpartition("_")[0] + "_" if len(whole) > 1 else ""


def platform_id(student: str) -> str:
    """The number by which a platform knows a student; empty where the class came otherwise.

    >>> platform_id("Ada Lovelace_4711"), platform_id("ada")
    ('4711', '')
    """
    match = NUMBER.fullmatch(student)
    return match[1] if match else ""


def gradescope_names(entries: Sequence[Entry], depth: int) -> dict[str, str]:
    """Whose each folder of Gradescope's export is, by the list that comes with it: ``{"submission_123": "Ada Lovelace_123"}``."""
    lists = [e.path for e in entries if len(e.name) == depth + 1 and e.name[-1] == "submission_metadata.yml" and e.path]
    try:
        names = submitters(reader.contents(lists[0])) if lists else {}
    except (reader.Unreadable, yaml.YAMLError, UnicodeError, RecursionError):
        return {}
    return {folder: f"{', '.join(own)}_{match[1]}" for folder, own in names.items() if own and (match := GRADESCOPE.fullmatch(folder))}


def submitters(data: bytes) -> dict[str, list[str]]:
    """The names of those who handed in together, by folder. The list is read piece by piece: it holds all results of all students, too."""
    names: dict[str, list[str]] = {}
    keys: list[str | None] = []  # of the mappings around the place, the last one first met; None in a sequence
    awaits: list[bool] = []  # whether a key comes next, for each of them
    for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if awaits and keys[-1] is not None:
                awaits[-1] = True
            keys.append("" if isinstance(event, yaml.MappingStartEvent) else None)
            awaits.append(isinstance(event, yaml.MappingStartEvent))
            if len(keys) > reader.MAX_DEPTH:
                return names
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            keys.pop()
            awaits.pop()
        elif isinstance(event, yaml.ScalarEvent) and keys and keys[-1] is not None:
            if awaits[-1]:
                keys[-1] = event.value
            elif keys[1:] == [":submitters", None, ":name"]:
                names.setdefault(str(keys[0]), []).append(event.value)
            awaits[-1] = not awaits[-1]
    return names
