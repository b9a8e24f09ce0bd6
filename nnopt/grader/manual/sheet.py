"""``nnopt manual export`` and ``take``: the answers to mark as a CSV that any spreadsheet opens, and the marks back."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from ..exports import BadExport, save
from ..gradebook.gradebook import Gradebook
from ..tables import cell, csv_text, read_cell
from .manual import MAX_COMMENT, VERSION, BadMarks, Entry, Taken, Work, enter, points_in, taken_away, values

COLUMNS = ("exercise", "part", "title", "max_points", "points", "comment", "version", "answer", "figure")
MAX_CELL = 2_000  # characters of an answer in the CSV; all of it stands in a file beside
MAX_CSV = 50 << 20
FORMULA = re.compile(r"""(^|[;,\t|"'\n])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")  # as some spreadsheets split cells at other signs


def export(work: Work, path, waiting=False) -> int:
    """Write the list of answers as a CSV, and all answers into a folder beside it, ``<name>-answers``.

    Parameters
    ----------
    work : Work
    path : path
        Must not be there yet: it may hold marks.
    waiting : bool
        Only what waits for a mark.

    Returns
    -------
    int
        How many answers.
    """
    path = Path(path)
    folder = path.with_name(f"{path.stem}-answers")
    if taken := next((p for p in (path, folder) if p.exists() or p.is_symlink()), None):
        raise BadMarks(f"{taken} is there already, and may hold marks: give another --out, or move it away")
    marks = work.book.marks()
    entries = [entry for entry in work.entries if not waiting or work.waits(entry, marks)]
    lines = [["code" if work.codes else "student", *COLUMNS]]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=path.parent, prefix=".nnopt-"))
    except OSError as error:
        raise BadExport(f"{path} cannot be written ({error.strerror})") from None
    try:
        for number, entry in enumerate(entries, 2):
            mark = marks.get(entry.key)
            files = [f"{folder.name}/{name}" for name in beside(work, entry, number, scratch)]
            given = [f"{mark['points']:g}", mark["comment"]] if mark and not work.waits(entry, marks) else ["", ""]
            text = entry.answer.text if entry.answer.given else "(no answer)"
            lines.append([work.name(entry.student), *entry.key[1:], entry.part.title, f"{entry.part.points:g}", *given,
                          version(entry.sha256, entry.answer.hash, mark), harmless(text), "; ".join(files)])  # fmt: skip
        cells = [[*map(cell, line[:-2]), *line[-2:]] for line in lines]
        scratch.chmod(0o755)
        scratch.rename(folder)
        save(path, "\ufeff" + csv_text(cells, quoting=csv.QUOTE_ALL))  # by this sign spreadsheets know UTF-8
    except OSError as error:
        raise BadExport(f"{path} cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return len(entries)


def beside(work: Work, entry: Entry, number: int, folder: Path) -> list[str]:
    """Write an answer into a folder; the names of its files. The number of the line keeps apart what some systems call the same."""
    called = f"{number:05} {work.name(entry.student)} {entry.part.name}"
    files: dict[str, bytes] = {f"{called}.txt": entry.answer.text.encode()} if entry.answer.text else {}
    if entry.answer.pictures:
        files |= {f"{called} {n}.{p.kind}": p.data for n, p in enumerate(work.pictures(entry), 1)}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return list(files)


def version(sha256: str, answer_hash: str, mark: dict | None) -> str:
    """What a line is of: notebook, answer, and the mark that counted; with a letter first, as spreadsheets rewrite numbers."""
    return f"v{sha256[:12]}-{answer_hash}-{mark['number'] if mark else 0}"


def harmless(text: str) -> str:
    """An answer for a cell: one line that no spreadsheet takes for a formula, even one that splits it at other signs."""
    line = " ".join(text.split())
    return FORMULA.sub(r"\1\2'", line[:MAX_CELL] + (" ..." if len(line) > MAX_CELL else ""))


def take(book: Gradebook, path, by: str) -> Taken:
    """Put the marks of a CSV into the gradebook: all of them, or none. A line whose points were emptied takes its mark away.

    Raises
    ------
    BadMarks
        When a line cannot be taken; the message names it.
    """
    rows = {(row.student, row.exercise): row for row in book.rows()}
    names = {student: student for student, _ in rows} | {book.code(student): student for student, _ in rows}
    students = {student for student, _ in rows}
    # as `tables.cell` writes a name, and as a spreadsheet takes it for a number
    for rewritten in (lambda student: " ".join(student.split()), lambda student: student.lstrip("0") or "0"):
        whose = Counter(map(rewritten, students))
        for student in students:
            if whose[rewritten(student)] == 1:
                names.setdefault(rewritten(student), student)
    parts = {(exercise, one["part"]): one for exercise, own in book.parts().items() for one in own}
    marks, new, taken = book.marks(), [], Taken()
    seen: dict[tuple, int] = {}
    for number, line in table(path):
        try:
            key, points, comment = one_line(line, names, parts)
            if key in seen:
                raise BadMarks(f"{key[0]}, {key[2]} stands in line {seen[key]} already")
            seen[key] = number
            mark, most = marks.get(key), parts[key[1:]]["max_points"]
            if points is not None:
                if given := checked(line, key, points, comment, by, rows, mark, most):
                    new.append(given)
                    taken.new += 1
            elif mark is None or not current(mark, rows.get(key[:2]), most):
                taken.empty += 1
            elif shown_in(line, mark):
                new.append(taken_away(key, mark, most, by))
                taken.away += 1
            else:
                taken.empty += 1
                taken.since += 1
        except BadMarks as error:
            raise BadMarks(f"{path}, line {number}: {error}") from None
    enter(book, new)
    return taken


def one_line(line: dict, names: dict, parts: dict) -> tuple[tuple[str, str, str], float | None, str]:
    """Whose mark a line gives, the points (None where the cell is empty), and the comment."""
    called = read_cell(line.get("student") or line.get("code") or "")
    if called not in names:
        raise BadMarks(f"no student is called {called[:80]!r} in the gradebook")
    exercise, part = line["exercise"].strip(), line["part"].strip()
    if (exercise, part) not in parts:
        known = ", ".join(f"{e} {p}" for e, p in parts)
        raise BadMarks(f"{exercise[:80]} has no part {part[:80]!r} that is marked by hand; there are {known or 'none'}")
    comment = read_cell(line["comment"])
    if len(comment) > MAX_COMMENT:
        raise BadMarks(f"the comment has {len(comment)} characters; at most {MAX_COMMENT} are kept")
    if not line["points"].strip():
        if comment:
            raise BadMarks("a comment without points is not kept: give points, or take the comment out")
        return (names[called], exercise, part), None, ""
    return (names[called], exercise, part), points_in(line["points"], parts[exercise, part]["max_points"]), comment


def checked(line, key, points, comment, by, rows, mark, most) -> dict | None:
    """The mark that a line gives; None where it is the one that counts already."""
    hashes = VERSION.fullmatch(line["version"].strip())
    if not hashes:
        raise BadMarks(f"version {line['version'][:60]!r} is none; leave this column as nnopt manual export wrote it")
    row = rows.get(key[:2])
    if row is None or not row.submission_hash.startswith(hashes[1]):
        raise BadMarks(f"the notebook of {key[0]} is another one since the list was written: export again, or take the line out")
    same = mark is not None and (mark["points"], mark["comment"], mark["max_points"]) == (points, comment, most)
    if same and mark["submission_hash"] == row.submission_hash:
        return None
    if int(hashes[3]) != (mark["number"] if mark else 0):
        since = f"was marked since ({mark['points']:g} by {mark['by'] or 'somebody'})" if mark else "has no such mark in this gradebook"
        raise BadMarks(f"{key[0]}, {key[2]} {since}: export again, or take the line out")
    student, exercise, part = key
    return values(student, exercise, part, points, most, comment, by, row.submission_hash, hashes[2])


def current(mark: dict, row, most: float) -> bool:
    """Is this a mark of the notebook that was graded last, and of what the part gives now?"""
    return row is not None and (mark["submission_hash"], mark["max_points"]) == (row.submission_hash, most)


def shown_in(line: dict, mark: dict) -> bool:
    """Is this the mark that the line showed when the list was written?"""
    hashes = VERSION.fullmatch(line["version"].strip())
    return hashes is not None and mark["submission_hash"].startswith(hashes[1]) and mark["number"] == int(hashes[3])


def table(path) -> list[tuple[int, dict[str, str]]]:
    """The lines of a CSV with their numbers, as spreadsheets write it: commas, semicolons or tabs between the cells."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_CSV + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadMarks(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadMarks(f"{path} is no text in UTF-8; save it as CSV UTF-8") from None
    if len(data) > MAX_CSV:
        raise BadMarks(f"{path} is larger than {MAX_CSV >> 20} MB")
    needed = {"exercise", "part", "points", "comment", "version"}
    for delimiter in ",;\t":
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="", strict=True)
        try:
            if needed <= set(lines.fieldnames or ()) and {"student", "code"} & set(lines.fieldnames or ()):
                return [(lines.line_num, line) for line in lines if any(v for k, v in line.items() if k is not None)]
        except csv.Error as error:
            raise BadMarks(f"{path}, line {lines.line_num}: it is no CSV ({error})") from None
    raise BadMarks(f"{path} has no first line with the columns student (or code), {', '.join(sorted(needed))}")
