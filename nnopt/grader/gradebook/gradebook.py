"""The gradebook of a class: every grade ever given, what it depended on, and the secret seed, in one database.

The file ``gradebook.sqlite`` in the output folder by default, PostgreSQL where a URL says so. A grade is never changed and never
removed: a new one of the same student and exercise gets the next `number`, and the highest number counts. What must be the same
when a class is graded again (table ``grade``) is kept apart from what never is (table ``clock``: the times). Marks by hand (table
``manual``) are kept in the same way, beside the grades: they are added to a grade where it is read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from .. import telling
from .database import BadGradebook, clock, engine, grade, manual, part, setting, tables

COLUMNS = ("student", "exercise", "points", "max_points", "outcome", "diagnosis")
OUTCOMES = ("fault", "unreadable", "crashed", "timeout", "missing", "unfinished", "wrong", "partial", "right")  # what needs a look first
SCHEMA = "1"
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of codes: 32 that nobody takes for one another


@dataclass
class Row:
    """One grade of one student in one exercise. A fault has no points: they are None.

    Attributes
    ----------
    student, exercise : str
        The exercise is ``section/name``.
    points : int, float or None
    max_points : int or float
    outcome : str
        One of `OUTCOMES`.
    diagnosis : str
        In one line: the mistakes by name, what was raised.
    mistakes : list of str
        The mistakes recognised, each as ``part: name``.
    number : int
        1 for the first grade of this student in this exercise; the highest counts.
    submitted_at : datetime or None
        When it was handed in (UTC).
    submission_hash : str
        SHA-256 of the notebook; empty where there was none to read.
    key : dict
        All that the grade depends on besides: hash of the spec and of the grader, level of the sandbox, time given.
    versions : dict
        Of Python and the libraries.
    seed_id : str
        Names the secret seed, and does not tell it.
    why : str
        Why it was graded: empty for the first grade.
    change : str
        What is different from the grade before: empty where the mark is the same.
    graded_at : datetime or None
        When (UTC).
    seconds : float
        How long it took.
    items : list of dict
        Part by part: title, outcome, points, max_points, text, mistakes, picture.
        Like `failed` only where asked for, since they are large: `Gradebook.record`, `Gradebook.history`.
    failed : list of str
        Cells that raised.
    manual : list of dict
        What is marked by hand, part by part: part, title, kind, points (None: not marked yet), max_points, comment, number (of the
        mark; 0 for none), answer_hash, by, and in `stale` why a mark must be looked at again. Not part of the grade, and not kept with it.
    """

    student: str
    exercise: str
    points: int | float | None
    max_points: int | float
    outcome: str
    diagnosis: str = ""
    items: list[dict] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    key: dict = field(default_factory=dict)
    change: str = ""
    mistakes: list[str] = field(default_factory=list)
    number: int = 0
    submitted_at: datetime | None = None
    submission_hash: str = ""
    versions: dict = field(default_factory=dict)
    seed_id: str = ""
    why: str = ""
    graded_at: datetime | None = None
    seconds: float = 0.0
    manual: list[dict] = field(default_factory=list)

    @property
    def total(self) -> int | float | None:
        """The points, with those given by hand so far; None for a fault."""
        return None if self.points is None else number(self.points + sum(part["points"] or 0 for part in self.manual))

    @property
    def most(self) -> int | float:
        """The most points, with those that can be given by hand."""
        return number(self.max_points + sum(part["max_points"] for part in self.manual))  # type: ignore[return-value]

    @property
    def waiting(self) -> int | float:
        """The points that nobody decided on yet. For what is missing or cannot be read there is nothing to decide."""
        unmarked = [] if self.outcome in ("missing", "unreadable") else [part for part in self.manual if part["points"] is None]
        return number(sum(part["max_points"] for part in unmarked))  # type: ignore[return-value]

    @property
    def provisional(self) -> list[str]:
        """Why `total` may still change by hand, each in a sentence; empty where it will not."""
        said = [f"{self.waiting:g} {'point waits' if self.waiting == 1 else 'points wait'} for marking by hand"] if self.waiting else []
        return said + [f"{part['title']}: {part['stale']}" for part in self.manual if part["stale"]]


OWN = ("student", "exercise", "part")  # whose mark by hand it is
TAKEN_AWAY = -1.0  # in place of the points of a mark by hand: from then on there is none, and those before stay in the record
EARLIER = "of an earlier version, look again"
JSON = ("mistakes", "key", "versions", "items", "failed")
LARGE = ("items", "failed")
TIMES = ("submitted_at", "graded_at", "seconds")


class Gradebook:
    """The grades of a class.

    Parameters
    ----------
    folder : path
        Where what is made of the grades goes, and ``gradebook.sqlite`` unless `url` is given. Made when it is missing.
    url : str, optional
        A database of SQLAlchemy's, as ``postgresql+psycopg://user@host/class``.
    seed : int, optional
        For a new gradebook, in place of a drawn one: whoever knows it knows all inputs.

    Attributes
    ----------
    seed : int
        The secret that all inputs are drawn from; drawn once.
    seed_id : str
        A name for it that does not tell it.

    Raises
    ------
    BadGradebook
        When the folder is a file, the database cannot be reached, or it is no gradebook.
    """

    def __init__(self, folder, url: str | None = None, seed: int | None = None):
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise BadGradebook(f"{folder} is a file; --out takes a folder")
        self.engine, self.name = engine(self.folder, url)
        try:
            self.seed, self.seed_id = self._begin(secrets.randbits(63) if seed is None else seed)
        except SQLAlchemyError as error:
            first = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise BadGradebook(f"{self.name} is no gradebook that can be used ({first})") from None

    def _begin(self, seed: int) -> tuple[int, str]:
        """The seed and its name: drawn in one transaction with the tables, so that a gradebook has all or nothing."""
        first = {"schema": SCHEMA, "seed": str(seed), "seed_id": secrets.token_hex(4)}
        with self.engine.begin() as connection:
            if self.engine.name == "sqlite" and not set(tables.tables) <= set(sa.inspect(connection).get_table_names()):
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # of two who begin at once, one waits until the other has made them
            self._refuse_others(connection)
            tables.create_all(connection)
            if not connection.execute(sa.select(setting.c.name)).first():
                connection.execute(sa.insert(setting), [{"name": name, "value": value} for name, value in first.items()])
            found = dict(connection.execute(sa.select(setting.c.name, setting.c.value)).all())
            if found.get("schema") != SCHEMA:  # inside the transaction: what is refused gets no table of ours
                raise BadGradebook(f"{self.name} has the form {found.get('schema')}, this nnopt reads {SCHEMA}; give another --out or --db")
        try:
            return int(found["seed"]), found["seed_id"]
        except (KeyError, ValueError):
            raise BadGradebook(f"{self.name} has lost its seed; its grades cannot be gone on with") from None

    def _refuse_others(self, connection) -> None:
        """Stop where the tables are another program's, before one of ours stands beside them."""
        there = sorted(sa.inspect(connection).get_table_names())
        own = setting.name in there and connection.execute(sa.select(setting.c.value).where(setting.c.name == "schema")).first()
        if there and not own:
            raise BadGradebook(f"{self.name} belongs to another program (its tables are {telling.few(there)}); "
                               "asked for is a gradebook, or a database without tables")  # fmt: skip

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # -------------------------------------------------------------------------------------------------------------- read
    def rows(self, details: bool = False) -> list[Row]:
        """The grade that counts of every student and exercise, sorted by both; `items` and `failed` only with `details`."""
        last = (sa.select(grade.c.student, grade.c.exercise, sa.func.max(grade.c.number).label("number"))
                .group_by(grade.c.student, grade.c.exercise).subquery())  # fmt: skip
        same = [last.c[name] == grade.c[name] for name in ("student", "exercise", "number")]
        return self.with_manual(self._select(sa.and_(*same), details=details, of=last))

    def history(self, student: str, exercise: str) -> list[Row]:
        """All grades of a student in an exercise, the first one first."""
        return self._select(sa.and_(grade.c.student == student, grade.c.exercise == exercise))

    def record(self, student: str, exercise: str, details: bool = True) -> Row | None:
        """The grade that counts, or None."""
        number = sa.select(sa.func.max(grade.c.number)).where(grade.c.student == student, grade.c.exercise == exercise).scalar_subquery()
        found = self._select(sa.and_(grade.c.student == student, grade.c.exercise == exercise, grade.c.number == number), details)
        return self.with_manual(found, student)[0] if found else None

    def of_student(self, student: str) -> list[Row]:
        """The grades that count of one student, with details."""
        found = {row.exercise: row for row in self._select(grade.c.student == student)}  # the highest number comes last
        return self.with_manual(list(found.values()), student)

    def _select(self, where, details: bool = True, of=None) -> list[Row]:
        columns = [c for c in grade.c if details or c.name not in LARGE] + [clock.c[name] for name in TIMES]
        source = grade.outerjoin(clock) if of is None else grade.join(of, where).outerjoin(
            clock, sa.and_(*(clock.c[name] == grade.c[name] for name in ("student", "exercise", "number"))))  # fmt: skip
        query = sa.select(*columns).select_from(source).order_by(grade.c.number)
        with self.engine.connect() as connection:
            found = connection.execute(query if of is not None else query.where(where)).mappings()
            rows = [from_table(values) for values in found]
        return sorted(rows, key=lambda row: (row.student, row.exercise, row.number))  # databases sort letters differently

    # ------------------------------------------------------------------------------------------------------------- write
    def keep(self, row: Row) -> Row:
        """Add a grade: whole, or not at all. Its `number` and `seed_id` are set here."""
        return self.keep_all([row])[0]

    def keep_all(self, rows: list[Row]) -> list[Row]:
        """Add grades, each of another student or exercise: all of them, or none."""
        if not rows:
            return rows
        one = grade.c.student == rows[0].student, grade.c.exercise == rows[0].exercise
        last = sa.select(grade.c.student, grade.c.exercise, sa.func.max(grade.c.number)).where(*one if len(rows) == 1 else ())
        with self.engine.begin() as connection:
            found = connection.execute(last.group_by(grade.c.student, grade.c.exercise))
            numbers = {(student, exercise): number for student, exercise, number in found}
            for row in rows:
                row.number, row.seed_id = 1 + numbers.get((row.student, row.exercise), 0), self.seed_id
            values = [to_table(row) for row in rows]
            for table in (grade, clock):
                connection.execute(sa.insert(table), [{c.name: v[c.name] for c in table.c} for v in values])
        return rows

    # ------------------------------------------------------------------------------------------------------ marks by hand
    def expect(self, exercises: Iterable) -> None:
        """What these exercises ask to be marked by hand, from now on."""
        for exercise in exercises:
            wanted = [{"exercise": exercise.name, "part": item.name, "place": place, "kind": item.kind, "title": item.title,
                       "max_points": float(item.points)} for place, item in enumerate(exercise.by_hand)]  # fmt: skip
            own = part.c.exercise == exercise.name
            with self.engine.begin() as connection:
                found = connection.execute(sa.select(part).where(own).order_by(part.c.place)).mappings()
                if [dict(line) for line in found] != wanted:
                    connection.execute(sa.delete(part).where(own))
                    if wanted:
                        connection.execute(sa.insert(part), wanted)

    def parts(self) -> dict[str, list[dict]]:
        """What is marked by hand, by exercise."""
        found: dict[str, list[dict]] = {}
        with self.engine.connect() as connection:
            for line in connection.execute(sa.select(part).order_by(part.c.exercise, part.c.place)).mappings():
                found.setdefault(line["exercise"], []).append({**line, "max_points": number(line["max_points"])})
        return found

    def marks(self, student: str | None = None) -> dict[tuple[str, str, str], dict]:
        """The mark by hand that counts, by student, exercise and part."""
        query = sa.select(manual).order_by(manual.c.number)
        with self.engine.connect() as connection:
            lines = connection.execute(query if student is None else query.where(manual.c.student == student)).mappings()
            last = {tuple(line[name] for name in OWN): {**line, "points": number(line["points"])} for line in lines}
        return {key: mark for key, mark in last.items() if mark["points"] != TAKEN_AWAY}

    def mark(self, marks: list[dict]) -> None:
        """Add marks by hand: all of them, or none. Each gets the next number of its part; what stood there stays.

        One with the points `TAKEN_AWAY` leaves its part without a mark.
        """
        with self.engine.begin() as connection:
            for values in marks:
                own = [manual.c[name] == values[name] for name in OWN]
                last = connection.execute(sa.select(sa.func.max(manual.c.number)).where(*own)).scalar() or 0
                connection.execute(sa.insert(manual), {**values, "number": last + 1})

    def with_manual(self, rows: list[Row], student: str | None = None) -> list[Row]:
        """The rows, with what is marked by hand."""
        parts = self.parts()
        given = self.marks(student) if parts else {}
        for row in rows:
            row.manual = [by_hand(one, given.get((row.student, row.exercise, one["part"])), row) for one in parts.get(row.exercise, ())]
        return rows

    # ---------------------------------------------------------------------------------------------------- what is under way
    def recall(self, name: str) -> str:
        """What was noted under this name; empty where nothing is."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(setting.c.value).where(setting.c.name == name)).scalar() or ""

    def note(self, name: str, value: str) -> None:
        """Note something that a later run goes on with; an empty value takes it away."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(setting).where(setting.c.name == name))
            if value:
                connection.execute(sa.insert(setting), {"name": name, "value": value})

    # ------------------------------------------------------------------------------------------------------------- codes
    def code(self, student: str) -> str:
        """A name that stands for the student wherever names must not be seen: always the same, and made with the secret seed."""
        digest = int.from_bytes(hmac.digest(b"code %d" % self.seed, student.encode("utf8", "surrogatepass"), hashlib.sha256)[:10])
        letters = "".join(LETTERS[digest >> 5 * i & 31] for i in range(10))
        return f"{letters[:5]}-{letters[5:]}"


def to_table(row: Row) -> dict:
    """A grade as the columns of its tables."""
    values = {name: getattr(row, name) for name in {*grade.c.keys(), *clock.c.keys()}}
    for name, value in values.items():
        if name in JSON:
            values[name] = json.dumps(value, sort_keys=True)
        elif isinstance(value, datetime):
            values[name] = value.astimezone(UTC).isoformat(timespec="milliseconds")
        elif isinstance(value, str):  # PostgreSQL holds no NUL, and no database half a surrogate pair
            values[name] = value.encode("utf8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return values


def from_table(values) -> Row:
    """A grade from the columns of its tables."""
    row = dict(values)
    for name in JSON:
        if name in row:
            row[name] = json.loads(row[name])
    for name in ("submitted_at", "graded_at"):
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    for name in ("points", "max_points"):
        row[name] = number(row[name])
    row["seconds"] = row["seconds"] or 0.0
    return Row(**row)


def by_hand(asked: dict, given: dict | None, row: Row) -> dict:
    """One part that is marked by hand, as `Row.manual` has it."""
    shown = {name: asked[name] for name in ("part", "title", "kind", "max_points")}
    if given is None:
        return shown | {"points": None, "comment": "", "number": 0, "answer_hash": "", "by": "", "stale": ""}
    stale = EARLIER if given["submission_hash"] != row.submission_hash else ""
    if given["max_points"] != asked["max_points"]:
        stale = f"was marked when it gave {given['max_points']:g} points, look again"
    return shown | {name: given[name] for name in ("comment", "number", "answer_hash", "by")} | {
        "points": min(given["points"], asked["max_points"]), "stale": stale}  # fmt: skip


def number(points: float | None) -> int | float | None:
    """Whole points as a whole number."""
    return int(points) if points is not None and points == int(points) else points
