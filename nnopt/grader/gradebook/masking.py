"""Codes in place of names: also in texts that students' code printed, in tracebacks and paths, as far as a name can be told from a word."""

from __future__ import annotations

import builtins
import functools
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..exercise import course
from ..intake import filenames
from ..tables import cell, csv_text
from .gradebook import Gradebook, Row
from .rows import rows_of

ANY = TypeVar("ANY", bound=Row)
SHORTEST = 3  # letters of a part of a name, and digits of a number, that are masked where they stand alone
LONG = 6  # letters of a part that is masked inside a longer word, too
PYTHON = [*keyword.kwlist, *dir(builtins), *dir(np), *dir(np.linalg), *dir(np.ndarray)]
COMMON = ["line", "file", "cell", "the", "was"]  # of tracebacks and diagnoses
WORDS = {word.casefold() for name in PYTHON + COMMON for word in re.split(r"[\W_]+", name)}


class Mask:
    """Puts codes in place of names.

    Parameters
    ----------
    code : callable
        ``code(student)`` is the student's code.
    students : iterable of str
        All who may be named.
    words : iterable of str
        Texts of the course: what is a word there is no name where it stands alone (``Max`` in ``max``).
    """

    def __init__(self, code: Callable[[str], str], students: Iterable[str], words: Iterable[str] = ()):
        self.code = code
        self.words = WORDS | {word.casefold() for text in words for word in re.findall(r"[^\W\d_]+", text)}
        self.named: dict[str, set[str]] = {}  # a word that may begin or be a name, and whose
        self.whole: dict[str, re.Pattern] = {}
        for student in students:
            self.add(student)

    def add(self, student: str) -> None:
        names = parts(student)
        if student in self.whole or not "".join(names)[1:]:  # a single letter is no name
            return
        if len(names) == 1 and folded(names[0]) in self.words:  # a code in place of the word would tell who is called so
            return
        named = letters(names) if len(letters(names)) > 1 else names
        self.whole[student] = pattern([joined(order) for order in (names, names[::-1], named, named[::-1])])
        for key in {*map(folded, names), folded("".join(names)), folded("".join(letters(names)))}:
            self.named.setdefault(key, set()).add(student)

    def text(self, text: str, student: str | None = None) -> str:
        """A text with the code of each student who is named in it in full; of its own `student`, also where a part of the name stands."""
        if not text:
            return text
        text = lettered(text)
        if student is not None:
            self.add(student)
            for own in filter(None, (self.whole.get(student), self.own(student))):
                text = own.sub(self.code(student), text)
        found = {key for word in re.findall(r"\w+", text) for key in (folded(word), *map(folded, re.split(r"_+", word)))}
        for other in sorted({s for key in found & self.named.keys() for s in self.named[key]} - {student}, key=lambda s: (-len(s), s)):
            if len(parts(other)) > 1 or len(other) > SHORTEST:  # else it may be any word
                text = self.whole[other].sub(self.code(other), text)
        return text.translate({letter: mark for mark, letter in marks().items()})

    def own(self, student: str) -> re.Pattern | None:
        """What names a student in part: what is no word of Python or of the course."""
        safe = [part for part in parts(student) if len(part) >= SHORTEST and folded(part) not in self.words]
        return pattern([one(part) for part in sorted(safe, key=len, reverse=True)]) if safe else None

    def row(self, row: ANY) -> ANY:
        """A grade without its student's name."""
        def hide(text: str) -> str:
            return self.text(text, row.student)

        return replace(row, student=self.code(row.student), diagnosis=hide(row.diagnosis), change=hide(row.change), why=hide(row.why),
                       mistakes=[*map(hide, row.mistakes)], failed=[*map(hide, row.failed)],
                       manual=[part | {"comment": hide(part["comment"])} for part in row.manual],
                       items=[item | {"text": hide(item.get("text") or "")} for item in row.items])  # fmt: skip


def of_gradebook(folder, db: str | None, course_folder=None, students: Iterable[str] = ()) -> Mask:
    """Codes in place of the names of all whom a gradebook knows, and of these students; the codes are those of `nnopt grade --codes`."""
    named = {row.student for row in rows_of(folder, db)} | set(students)
    with Gradebook(folder, db) as book:
        return Mask(book.code, sorted(named), [path.read_text(encoding="utf8") for path in course.specs(course_folder).values()])


def table(folder, db: str | None, students: Iterable[str]) -> str:
    """CSV: the code of each of these students in this gradebook."""
    with Gradebook(folder, db) as book:
        lines = [(cell(student), book.code(student)) for student in students]
    return csv_text([("student", "code"), *lines])


def parts(student: str) -> list[str]:
    """The words and numbers of a name."""
    return re.findall(r"[^\W\d_]+|\d+", lettered(student))


def lettered(text: str) -> str:
    """A text in which letters stand in for the marks on letters, which end a word for `re`: vowels in Hindi, say."""
    return unicodedata.normalize("NFC", text).translate(marks())


@functools.cache
def marks() -> dict[int, int]:
    """For each mark that stands on letters or joins them a letter that nobody writes: a rare Chinese one."""
    found = [*filenames.JOINERS, *(c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c)[0] == "M")]
    return {ord(mark): 0x30000 + n for n, mark in enumerate(found)}


def letters(names: list[str]) -> list[str]:
    return [name for name in names if not name.isdigit()]


def folded(text: str) -> str:
    """A word without case and accents."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare if not unicodedata.combining(c)).casefold()


def either(part: str) -> str:
    """A pattern for a part, each letter with or without its accents."""
    bare = [unicodedata.normalize("NFKD", c)[0] for c in part]
    return "".join(re.escape(c) if c == plain else f"[{re.escape(c + plain)}]" for c, plain in zip(part, bare))


def joined(names: list[str]) -> str:
    """A pattern for a name in full, whatever stands between its parts; it begins and ends where words do."""
    return r"(?<![^\W_])" + r"[\W_]{0,3}".join(map(either, names)) + r"(?![^\W_])"


def one(part: str) -> str:
    """A pattern for a part of a name."""
    if part.isdigit():
        return rf"(?<![\d.]){part}(?![\d.])"
    return either(part) if len(part) >= LONG else rf"(?<![^\W\d_]){either(part)}(?![^\W\d_])"


def pattern(found: list[str]) -> re.Pattern:
    return re.compile("|".join(found), re.IGNORECASE)
