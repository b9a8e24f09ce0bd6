"""Marks in the forms that others read: Canvas, Moodle, Gradescope, GitHub Classroom, JUnit.

Each module makes text or bytes from any iterable of rows (`gradebook.Row`); a fault is an empty cell or an error, never a zero.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re

from .. import tables
from ..files import BadExport, save, save_output
from ..gradebook.rows import rows_of

__all__ = ["BadExport", "csv_text", "meet", "no_column", "provisional", "read_roster", "rows_of", "save", "save_output", "shown"]
SHOWN = 12  # columns of a roster that a message names
MAX_ROSTER = 50 << 20  # bytes


def provisional(rows) -> list[str]:
    """A sentence on grades that still change by hand; none where all are marked."""
    open_ = [row for row in rows if row.provisional]
    points = sum(row.waiting for row in open_)
    return [f"{len(open_)} grades are provisional: {points:g} points wait for marking by hand (nnopt manual)"] if open_ else []


def csv_text(lines) -> str:
    """Lines of cells as CSV, as other systems take it."""
    return tables.csv_text([tables.cell_as_it_is(cell) for cell in line] for line in lines)


def read_roster(path, column: str, accepted: str) -> list[dict[str, str]]:
    """The lines of a CSV that a learning platform exported; `column` is one that it must have, `accepted` says which table it is."""
    found, lines = read_table(path, accepted)
    if column not in found:
        raise BadExport(no_column(path, column, found, accepted))
    if not lines:
        raise BadExport(f"{path} has no line below its columns {', '.join(found[:SHOWN])}; asked for is {accepted}")
    return lines


def read_table(path, accepted: str) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a CSV, and its lines: as platforms write it, or a spreadsheet after them (semicolons, tabs, UTF-16)."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_ROSTER + 1)  # a pipe or a device may have no end
        if len(data) > MAX_ROSTER:
            raise BadExport(f"{path} is larger than {MAX_ROSTER >> 20} MB; asked for is {accepted}")
        text = data.decode("utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig")
        first, _, rest = text.partition("\n")
        told = re.fullmatch(r"sep=(.)", first.strip().strip('"'))  # Excel's own word on what stands between cells
        table = csv.DictReader(io.StringIO(rest if told else text, newline=""), delimiter=told[1] if told else between(first))
        found, lines = list(table.fieldnames or ()), list(table)
    except OSError as error:
        raise BadExport(f"{path} cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadExport(f"{path} is no CSV in UTF-8 or UTF-16 ({error})") from None
    twice = sorted({name for name in found if name and found.count(name) > 1})
    if twice:
        raise BadExport(f"{path} has more than one column {twice[0]!r}: which is meant?")
    return found, [{key: value or "" for key, value in line.items() if key is not None} for line in lines]


def between(head: str) -> str:
    """What stands between the cells of a table with this first line."""
    try:
        return csv.Sniffer().sniff(head, delimiters=",;\t").delimiter
    except csv.Error:  # one column, or names that hold as much of another mark
        return max(",;\t", key=lambda mark: len(next(csv.reader([head], delimiter=mark), [])))


def amount(text: str) -> float | None:
    """A number as a platform writes it, with a point or a comma; None where it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def factor(platform: float | None, course: float, scale: bool, what: str) -> float:
    """By what points are multiplied on a platform that gives another maximum than the course.

    Raises
    ------
    BadExport
        Where it does, and nobody asked to scale.
    """
    if platform is None or abs(platform - course) < 1e-9:
        return 1.0
    if scale and course > 0:
        return platform / course
    ours, theirs = shown(course), shown(platform)
    raise BadExport(f"{what} has the maximum {theirs} there, and counts {ours} in the course: set it to {ours} there, "
                    f"or give --scale, which makes {ours} points {theirs}")  # fmt: skip


def meet(lines, keys: dict[str, dict[str, str]]) -> tuple[list[str | None], set[str], list[str]]:
    """Whose each line of a roster is.

    Columns are looked through one after the other: who is known by the platform's own number is nobody else by a number of another kind
    or by a name. Whom several lines of one column name, as two people of the same name, gets no points in any of them.

    Parameters
    ----------
    lines : list of dict
    keys : dict
        For each column, the surest first, the students by what it may call them.

    Returns
    -------
    list of (str or None), set of str, list of str
        The student of each line; who was found; sentences on those whom several lines name.
    """
    owners: list[str | None] = [None] * len(lines)
    met: set[str] = set()
    notes = []
    for column, students in keys.items():
        places: dict[str, list[int]] = {}
        for place, line in enumerate(lines):
            student = students.get(line.get(column, ""))
            if student and student not in met and owners[place] is None:
                places.setdefault(student, []).append(place)
        for student, own in places.items():
            met.add(student)
            if len(own) == 1:
                owners[own[0]] = student
            else:
                notes.append(f"{student} stands in {len(own)} lines of the roster (column {column}): none of them gets points")
    return owners, met, notes


def no_column(path, column: str, found: list[str], accepted: str) -> str:
    """A sentence on a roster that lacks a column: which it has, and which table is accepted."""
    more = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
    named = ", ".join([*map(repr, found[:SHOWN]), *more]) or "none, since it is empty"
    return f"{path} has no column {column!r}; its columns are {named}; asked for is {accepted}"


def shown(points: float | None) -> str:
    """Points as a cell: empty where there are none."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")
