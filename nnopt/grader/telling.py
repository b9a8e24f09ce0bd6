"""Sentences on many: what concerns 500 students is one sentence with a number and the first names, not 500 sentences."""

from __future__ import annotations

from collections.abc import Iterable

FEW = 3  # names that are told one by one
PASSED = " is passed over: "  # in a note: what, and why


def few(names: Iterable[str], mark: str = ", ") -> str:
    """All names where they are few; else the first of them, and how many there are besides.

    >>> few("abc"), few("abcde")
    ('a, b, c', 'a, b, c and 2 others')
    """
    names = list(names)
    return mark.join(names) if len(names) <= FEW else f"{mark.join(names[:FEW])} and {others(len(names) - FEW)}"


def others(count: int) -> str:
    """How many there are besides."""
    return f"{count} other{'s' if count > 1 else ''}"


class Many(str):
    """A sentence on many: what is the matter with them, and the first of their names; `each` has all of them."""

    each: list[str]

    def __new__(cls, what: str, names: Iterable[str]):
        names = list(names)
        sentence = super().__new__(cls, what + few(names))
        sentence.each = names
        return sentence


def gathered(notes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Notes as sentences, each with all that it stands for: of many that give the same reason for passing something over, one is made."""
    groups: dict[str, list[str]] = {}
    many = []
    for note in notes:
        if isinstance(note, Many) and len(note.each) > FEW:
            many.append((str(note), note.each))
            continue
        _, passed, why = note.partition(PASSED)
        groups.setdefault(why if passed else note, []).append(note)
    found = []
    for why, own in groups.items():
        if len(own) <= FEW:
            found += [(note, [note]) for note in own]
        else:
            found.append((f"{len(own)} are passed over: {few(note.partition(PASSED)[0] for note in own)}: {why}", own))
    return found + many


def strangers(by_student: dict[str, list[str]]) -> list[str]:
    """Sentences on notebooks that belong to no exercise, of many students one."""
    own = [f"{student}: {few(names)}" for student, names in by_student.items()]
    if len(own) <= FEW:
        return [f"no exercise of this course: {line}" for line in own]
    return [f"no exercise of this course: notebooks of {len(own)} students: {few(own, '; ')}"]


def not_in_roster(students: Iterable[str], of: int, columns: str) -> list[str]:
    """Sentences on students whom no line of a roster names, of many students one that says how they are looked for.

    Parameters
    ----------
    students : iterable of str
    of : int
        How many students have grades.
    columns : str
        Where in the roster they are looked for.
    """
    students = list(students)
    if len(students) <= FEW:
        return [f"{student} is not in the roster" for student in students]
    return [f"{len(students)} of {of} students are not in the roster: {few(students)}; they are looked for in its columns {columns}"]
