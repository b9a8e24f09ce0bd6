"""A class as it was handed in: SUBMISSIONS/<student>/<section>/<name>.ipynb."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = re.compile(r"[^\W_][\w .,'()@+-]{0,99}")


class BadSubmissions(ValueError):
    """The folder holds no class that can be graded; the message says why, in one sentence."""


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in; `why` says why it must not be opened, `submitted_at` when it came, where that is known."""

    student: str
    exercise: str
    path: Path
    why: str = ""
    submitted_at: datetime | None = None

    def when(self) -> datetime | None:
        """When it came: by default the time of the file."""
        try:
            return self.submitted_at or datetime.fromtimestamp(self.path.lstat().st_mtime, UTC)
        except OSError:
            return None


def students(folder) -> list[str]:
    """The students of a class, in order: its subfolders. Files and hidden folders beside them are passed over.

    Raises
    ------
    BadSubmissions
        When there is no such folder, it has no subfolders, or one is called what no student is called.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadSubmissions(f"{folder} is no folder; asked for is one that holds <student>/<section>/<name>.ipynb")
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith(".") and (p.is_dir() or p.is_symlink()))
    if not names:
        raise BadSubmissions(f"{folder} holds no submissions; asked for is <student>/<section>/<name>.ipynb in it")
    for name in names:
        if not NAME.fullmatch(name):
            raise BadSubmissions(f"{name!r} is no student's name: it takes a letter or digit, then letters, digits, spaces and _.,'()@+-")
    return names


def find(folder, student: str, exercise: str) -> Submission | None:
    """What this student handed in for this exercise, or None. Nothing is followed out of the folder."""
    path = Path(folder) / student / f"{exercise}.ipynb"
    for step in (path.parent.parent, path.parent, path):
        if step.is_symlink():
            return Submission(student, exercise, path, "it is a link, not a file")
        if not step.exists():
            return None
    return Submission(student, exercise, path)


def strangers(folder, student: str, exercises) -> list[str]:
    """Notebooks of a student that belong to no exercise of the course."""
    home = Path(folder) / student
    if home.is_symlink():
        return []
    found = (p.relative_to(home) for p in home.rglob("*.ipynb") if not any(part.startswith(".") for part in p.relative_to(home).parts))
    return sorted(str(p) for p in found if str(p.with_suffix("")) not in exercises)
