"""Where grades are kept: the tables, in SQLite or PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

FILE = "gradebook.sqlite"
GRADES = "grades.csv"  # what is made of it, in the same folder


class BadGradebook(ValueError):
    """The output folder or the database holds something that is no gradebook."""


tables = sa.MetaData()
setting = sa.Table("setting", tables, sa.Column("name", sa.String(40), primary_key=True), sa.Column("value", sa.Text, nullable=False))
grade = sa.Table(
    "grade", tables,
    sa.Column("student", sa.String(200), primary_key=True), sa.Column("exercise", sa.String(200), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("points", sa.Float), sa.Column("max_points", sa.Float, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("outcome", "diagnosis", "mistakes", "submission_hash", "key", "versions",
                                                            "seed_id", "why", "change", "items", "failed")),
)  # fmt: skip
clock = sa.Table(
    "clock", tables,
    *(sa.Column(name, kind, primary_key=True, autoincrement=False)
      for name, kind in (("student", sa.String(200)), ("exercise", sa.String(200)), ("number", sa.Integer))),
    sa.Column("submitted_at", sa.Text), sa.Column("graded_at", sa.Text), sa.Column("seconds", sa.Float, nullable=False),
    sa.ForeignKeyConstraint(["student", "exercise", "number"], ["grade.student", "grade.exercise", "grade.number"]),
)  # fmt: skip
# What is marked by hand: what the exercises ask for, and every mark ever given (`nnopt.grader.manual.manual`).
part = sa.Table(
    "part", tables,
    sa.Column("exercise", sa.String(200), primary_key=True), sa.Column("part", sa.String(200), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False), sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("title", sa.Text, nullable=False), sa.Column("max_points", sa.Float, nullable=False),
)  # fmt: skip
manual = sa.Table(
    "manual", tables,
    *(sa.Column(name, sa.String(200), primary_key=True) for name in ("student", "exercise", "part")),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("points", sa.Float, nullable=False), sa.Column("max_points", sa.Float, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("comment", "by", "at", "submission_hash", "answer_hash")),
)  # fmt: skip


def engine(folder: Path, url: str | None) -> tuple[sa.Engine, str]:
    """The database, and what to call it in a message: never with its password."""
    if url is None:
        path = folder / FILE
        if path.is_file() and not path.stat().st_size and (folder / GRADES).is_file():  # a copy that broke off, a disk that was full
            raise BadGradebook(f"{path} is empty, though {folder / GRADES} tells of grades; put a copy of it back, "
                               "or remove both to begin anew")  # fmt: skip
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # before SQLite would, which makes it readable by all
            os.chmod(path, 0o600)
        except OSError as error:
            raise BadGradebook(f"{path} cannot be written ({error.strerror})") from None
        address = sa.URL.create("sqlite", database=str(path))
        return sa.create_engine(address, poolclass=sa.NullPool, connect_args={"timeout": 30}), str(path)  # no connection is left open
    try:
        parsed = sa.make_url(url)
        name = parsed.render_as_string(hide_password=True)
        return sa.create_engine(parsed), name
    except (ArgumentError, NoSuchModuleError):
        raise BadGradebook("--db takes the URL of a database, as postgresql+psycopg://user@host/class") from None
    except ImportError as error:
        how = 'pip install "nnopt[postgres]"' if error.name == "psycopg" else "install it, or keep the grades in PostgreSQL"
        raise BadGradebook(f"{name} needs {error.name}, which is not here: {how}") from None
