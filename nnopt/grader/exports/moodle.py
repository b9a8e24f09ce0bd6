"""Moodle: the offline grading worksheet of one assignment, which holds one exercise or all of them.

Moodle finds participants by the number in their first column. It is known where the class came as a download of Moodle (`inputs`); else,
or to keep all other columns as they are, give the worksheet that Moodle offers for download as the roster. Moodle writes and reads it in
the language of whoever asks: its columns are found by Moodle's own translations, else by their place, which is always the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..exercise.coursefile import CourseFile
from ..gradebook.counting import count, shown
from ..intake.inputs import platform_id
from ..telling import few, not_in_roster
from . import BadExport, amount, csv_text, factor, meet, no_column, read_table

COLUMNS = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
           "Last modified (submission)", "Last modified (grade)", "Feedback comments")  # fmt: skip
# The same columns, in Moodle's own translations (lang/*/assign.php, moodle.php and assignfeedback_comments.php).
TRANSLATED = {
    "en": COLUMNS,
    "de": ("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung", "Bewertung kann geändert werden",
           "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)", "Feedback als Kommentar"),
    "es": ("Identificador", "Nombre completo", "Dirección de correo", "Estado", "Calificación", "Calificación máxima",
           "La calificación puede ser cambiada", "Última modificación (entrega)", "Última modificación (calificación)",
           "Comentarios de retroalimentación"),
    "fr": ("Identifiant", "Nom complet", "Adresse de courriel", "Statut", "Note", "Note maximale", "La note peut être modifiée",
           "Dernière modification (travail remis)", "Dernière modification (note)", "Feedback par commentaires"),
}  # fmt: skip
PARTICIPANT = {"en": "Participant ", "de": "Teilnehmer/in", "es": "Participante ", "fr": "Participant"}  # before the number
YES = {"en": "Yes", "de": "Ja", "es": "Sí", "fr": "Oui"}
CHANGEABLE = {word.casefold() for word in (
    *YES.values(), "Si", "Sì", "Sim", "Tak", "Ano", "Áno", "Да", "Так", "是", "はい", "예", "Evet", "Kyllä", "Igen", "Da", "Ναι", "Jah",
    "Jā", "Taip", "כן", "نعم", "Bai", "Já")}  # fmt: skip
NUMBER = "ID number"  # of the registrar's, where the site shows it
KEYS = ("Identifier", "Email address", "Full name", NUMBER)  # by which a student is looked for in a roster
NUMBERS = {NUMBER, "ID-Nummer", "Número de ID", "Numéro d'identification", "Numéro d’identification"}
ACCEPTED = "the grading worksheet that Moodle offers, in any language: with Identifier and Grade, and Feedback comments where it has it"
MAX_FEEDBACK = 2000


def export(rows, course: CourseFile | None = None, roster=None, exercise: str | None = None, scale: bool = False,
           language: str = "en") -> tuple[str, list[str]]:  # fmt: skip
    """The CSV, and sentences on students of the rows who are not in the roster, and on lines of it that are left as they are.

    Parameters
    ----------
    rows : iterable of Row
    course : CourseFile, optional
    roster : path, optional
        A worksheet downloaded from Moodle.
    exercise : str, optional
        Only this one; by default their sum, which is empty as long as one of them is a fault.
    scale : bool
        Scale points to the maximum of the roster; else a roster with another one is refused.
    language : str
        Without a roster, the language of the Moodle interface that reads the worksheet: one of `TRANSLATED`.
    """
    rows, course = [row for row in rows if exercise in (None, row.exercise)], course or CourseFile()
    if not rows:
        raise BadExport(f"the gradebook holds no grades of {exercise}")
    if language not in TRANSLATED:
        raise BadExport(f"{language!r} is no language of worksheets: there are {', '.join(TRANSLATED)}")
    by_student: dict[str, list] = {}
    for row in rows:
        by_student.setdefault(row.student, []).append(row)
    most = sum({row.exercise: course.max_points(row.exercise, row.most) for row in rows}.values())
    marks = {student: mark(own, course) for student, own in by_student.items()}
    if roster is not None:
        return fill(Sheet.read(roster), marks, most, scale)
    lines = [person(s, language) | {"Grade": shown(grade), "Maximum Grade": shown(most), "Feedback comments": said}
             for s, (grade, said) in marks.items()]  # fmt: skip
    return csv_text([TRANSLATED[language], *([line.get(c, "") for c in COLUMNS] for line in lines)]), []


def fill(sheet: Sheet, marks: dict[str, tuple[float | None, str]], most: float, scale: bool) -> tuple[str, list[str]]:
    """A worksheet with these marks, and what is to be said of it."""
    keys = {f"Participant {platform_id(s)}": s for s in marks if platform_id(s)} | {s: s for s in marks}
    owners, met, notes = meet(sheet.known(keys), dict.fromkeys(KEYS, keys))
    locked = []
    for line, student in zip(sheet.lines, owners):
        if student is None:
            continue
        if sheet.changeable(line):
            sheet.put(line, marks[student], factor(sheet.most(line), most, scale, f"the assignment of {sheet.path}"))
        else:
            locked.append(student)
    if locked:
        column = sheet.columns["Grade can be changed"]
        notes.append(f"{len(locked)} lines are left as they are, as Moodle lets nobody change their grades ({column}): {few(locked)}")
    missed = [s for s in marks if s not in met]
    body = [[line.get(c, "") for c in sheet.names] for line in sheet.lines]
    return csv_text([sheet.names, *body]), sheet.notes() + notes + not_in_roster(missed, len(marks), ", ".join(KEYS))


@dataclass
class Sheet:
    """A worksheet that Moodle wrote, in whatever language.

    Attributes
    ----------
    path : path
    names : list of str
        Its columns.
    lines : list of dict
    columns : dict
        What its columns are called, by their names in English.
    placed : list of str
        Columns, in English, that were found by their place alone.
    """

    path: object
    names: list[str]
    lines: list[dict[str, str]]
    columns: dict[str, str]
    placed: list[str]

    @classmethod
    def read(cls, path) -> Sheet:
        """Read it; BadExport where it cannot be read, or has no identifiers or no grades."""
        names, lines = read_table(path, ACCEPTED)
        nearest = max(TRANSLATED.values(), key=lambda own: len({*own} & {*names}))
        columns = {english: own for english, own in zip(COLUMNS, nearest) if own in names}
        columns |= dict([(NUMBER, name) for name in names if name in NUMBERS][:1])
        taken = {*columns, *columns.values()}
        placed = {english: name for english, name in by_place(names, lines).items() if not {english, name} & taken}
        for column in ("Identifier", "Grade"):
            if column not in columns | placed:
                raise BadExport(no_column(path, column, names, ACCEPTED))
        if not lines:
            raise BadExport(f"{path} has no line below its columns; asked for is {ACCEPTED}")
        return cls(path, names, lines, columns | placed, list(placed))

    def cell(self, line, column: str) -> str:
        """A cell, by the English name of its column; empty where there is no such column."""
        return line.get(self.columns.get(column, ""), "")

    def known(self, keys) -> list[dict[str, str]]:
        """Its lines by English columns, for `meet`: identifiers are told by their number, whatever word stands before it."""
        found = []
        for line in self.lines:
            own = {column: self.cell(line, column) for column in KEYS}
            number = re.search(r"\d+$", own["Identifier"].strip())
            if number and own["Identifier"] not in keys:
                own["Identifier"] = f"Participant {number[0]}"
            found.append(own)
        return found

    def changeable(self, line) -> bool:
        """Whether Moodle lets the grade of a line be changed."""
        return "Grade can be changed" not in self.columns or self.cell(line, "Grade can be changed").strip().casefold() in CHANGEABLE

    def most(self, line) -> float | None:
        """The most that its assignment gives; None where it does not say."""
        return amount(self.cell(line, "Maximum Grade"))

    def put(self, line, mark: tuple[float | None, str], times: float) -> None:
        """Write a mark into a line, its number as those of this worksheet are written."""
        grade = shown(None if mark[0] is None else mark[0] * times)
        line[self.columns["Grade"]] = grade.replace(".", ",") if "," in self.cell(line, "Maximum Grade") else grade
        if "Feedback comments" in self.columns:
            line[self.columns["Feedback comments"]] = mark[1]

    def notes(self) -> list[str]:
        """A sentence on columns whose names no translation knows."""
        told = ", ".join(f"{self.columns[c]!r} for {c}" for c in self.placed)
        return [f"the columns of {self.path} are taken by their place: {told}"] if told else []


def by_place(names: list[str], lines) -> dict[str, str]:
    """Which columns are which in a worksheet of any language: identifiers come first, and the grade stands before its maximum.

    The maximum is the same number in every line, and whether the grade can be changed, one or two words, stands behind it.
    """
    if not lines or not all(re.search(r"\d$", line.get(names[0], "").strip()) for line in lines):
        return {}
    for at in range(2, len(names) - 1):
        maxima, words = ({line.get(names[k], "").strip() for line in lines} for k in (at, at + 1))
        if len(maxima) == 1 and (amount(*maxima) or 0) > 0 and len(words) <= 2 and all(word.isalpha() for word in words):
            return {"Identifier": names[0], "Full name": names[1], "Grade": names[at - 1], "Maximum Grade": names[at],
                    "Grade can be changed": names[at + 1]}  # fmt: skip
    return {}


def mark(rows, course) -> tuple[float | None, str]:
    """The grade of one student, and how it came about."""
    counts = [count(row, course) for row in rows]
    known = [c.points for c in counts if c.points is not None]
    grade = sum(known) if len(known) == len(counts) else None
    said = [f"{row.exercise}: {c.said}" + (f" ({row.diagnosis})" if row.diagnosis else "") for row, c in zip(rows, counts)]
    return grade, "; ".join(said)[:MAX_FEEDBACK]


def person(student: str, language: str) -> dict[str, str]:
    """A student's first columns, from a name that a download of Moodle gave."""
    number = platform_id(student)
    return {"Identifier": f"{PARTICIPANT[language]}{number}" if number else student, "Full name": student.removesuffix(f"_{number}"),
            "Grade can be changed": YES[language]}  # fmt: skip
