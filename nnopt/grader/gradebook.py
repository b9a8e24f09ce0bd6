"""The folder of a graded class: the secret seed, a record of each submission, and grades.csv. Whatever is written is written whole."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

COLUMNS = ("student", "exercise", "points", "max_points", "outcome", "diagnosis")
OUTCOMES = ("fault", "unreadable", "crashed", "timeout", "missing", "unfinished", "wrong", "partial", "right")  # what needs a look first


@dataclass
class Row:
    """The mark of one student in one exercise. A fault has no points: they are None."""

    student: str
    exercise: str
    points: int | None
    max_points: int
    outcome: str
    diagnosis: str = ""
    items: list[dict] = field(default_factory=list)  # part by part: title, outcome, points, max_points, text, picture
    failed: list[str] = field(default_factory=list)  # cells that raised
    key: dict = field(default_factory=dict)  # what the mark depends on: the notebook, the spec, the grader, how it was run
    change: str = ""  # what was different in the run before, and why it was graded again


class BadGradebook(ValueError):
    """The output folder holds something that is no gradebook."""


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(fd, "w", encoding="utf8", errors="replace", newline="") as file:
            file.write(text)
        os.chmod(temporary, 0o600 if path.suffix == ".json" else 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


class Gradebook:
    """A folder with ``gradebook.json`` (the seed), ``records/`` and what is made of them.

    Parameters
    ----------
    folder : path
        Made when it is missing.

    Raises
    ------
    BadGradebook
        When the folder is a file, or its ``gradebook.json`` cannot be read.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise BadGradebook(f"{folder} is a file; --out takes a folder")
        path = self.folder / "gradebook.json"
        if not path.exists():
            write(path, json.dumps({"seed": secrets.randbits(63)}) + "\n")
        try:
            self.seed = int(json.loads(path.read_text(encoding="utf8"))["seed"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadGradebook(f"{path} is no gradebook ({error}); remove it to begin anew, with another seed") from None

    def path(self, student: str, exercise: str) -> Path:
        return self.folder / "records" / student / f"{exercise}.json"

    def record(self, student: str, exercise: str) -> Row | None:
        """The mark kept from an earlier run."""
        try:
            return Row(**json.loads(self.path(student, exercise).read_text(encoding="utf8")))
        except (OSError, ValueError, TypeError):
            return None  # never graded, or by another version of the grader: graded again

    def keep(self, row: Row) -> None:
        write(self.path(row.student, row.exercise), json.dumps(asdict(row)))

    def write_grades(self, rows: list[Row]) -> None:
        """grades.csv: a row for each student and exercise."""
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in rows:
            points = "" if row.points is None else row.points
            table.writerow([cell(row.student), row.exercise, points, row.max_points, row.outcome, cell(row.diagnosis)])
        write(self.folder / "grades.csv", out.getvalue())


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula, in one line."""
    text = " ".join(text.split())
    return "'" + text if text[:1] in "=+-@" and text else text
