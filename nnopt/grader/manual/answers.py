"""Answers that a person marks, found in notebooks as they were handed in: texts and stored pictures. No code is run, nothing is rendered.

A cell is known by nbgrader's ``grade_id``, wherever it stands now, whatever its type became, and however often it was copied.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..intake import reader
from .pictures import MAX_BYTES, BadPicture, Picture, picture

MAX_TEXT = 20_000  # characters of an answer that are shown
MAX_PICTURES = 6
SHOWN = ("image/png", "image/jpeg")
NEVER = "SVG and HTML are never shown, as they may hold programs"


@dataclass(frozen=True)
class Answer:
    """What a student handed in for one part.

    Attributes
    ----------
    text : str
        The text, or the source of a figure; at most `MAX_TEXT` characters.
    pictures : list of Picture
    notes : list of str
        A sentence on everything that is not as it was given out, or is not shown.
    given : bool
        Whether there is an answer at all: something that was not given out.
    hash : str
        Of all of it.
    """

    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    given: bool = False
    hash: str = ""


def answers(data: bytes, exercise, prompts: dict[str, str]) -> dict[str, Answer]:
    """The answers in a notebook, by the name of the part.

    Parameters
    ----------
    data : bytes
        The notebook.
    exercise : Exercise
    prompts : dict of str
        The source of each part's cell as it was given out (`prompts_of`).

    Raises
    ------
    reader.Unreadable
        When it is no notebook.
    """
    cells: dict[str, list[dict]] = {item.name: [] for item in exercise.by_hand}
    for cell in reader.parsed(data)["cells"]:
        if (name := grade_id(cell)) in cells:
            cells[name].append(cell)
    return {item.name: answer(item, cells[item.name], prompts.get(item.name, "")) for item in exercise.by_hand}


def prompts_of(notebook: str, exercise) -> dict[str, str]:
    """The source of each part's cell in a notebook as it is given out."""
    asked = [item.name for item in exercise.by_hand]
    return {name: source(cell) for cell in json.loads(notebook)["cells"] if (name := grade_id(cell)) in asked}


def grade_id(cell) -> str:
    """The name that nbgrader knows a cell by; empty where it has none."""
    found = cell
    for key in ("metadata", "nbgrader", "grade_id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def source(cell: dict) -> str:
    """What stands in a cell: nothing, where it is no text."""
    try:
        return reader.source(cell, 0)
    except reader.Unreadable:
        return ""


def answer(item, cells: list[dict], prompt: str) -> Answer:
    """One answer: of several cells all that say something; those that stand as they were given out say nothing."""
    if not cells:
        return Answer(notes=["Its cell was deleted."], hash=fingerprint(""))
    sources = list(dict.fromkeys(source(cell) for cell in cells))
    own = [text for text in sources if text.strip() not in ("", prompt.strip())]
    whole = "\n\n".join(own)
    notes = [f"It stands in {len(own)} cells, here one below the other."] if len(own) > 1 else []
    notes += [f"Only the first {MAX_TEXT:,} of its {len(whole):,} characters are shown."] if len(whole) > MAX_TEXT else []
    pictures: list[Picture] = []
    if item.kind == "figure":
        pictures, said = pictures_of(cells)
        notes += said + ([] if pictures else ["No picture is stored in its cell (PNG or JPEG)."])
    digest = fingerprint(whole, *(p.data for p in pictures))
    return Answer(legible(whole[:MAX_TEXT]), pictures, notes, bool(own or pictures), digest)


def pictures_of(cells: list[dict]) -> tuple[list[Picture], list[str]]:
    """The pictures stored in these cells, and why others are not shown."""
    found: list[Picture] = []
    said: list[str] = []
    for kind, value in outputs(cells):
        if kind not in SHOWN:
            said += [f"An output of type {legible(kind[:40])} is not shown: {NEVER}."] if not kind.startswith("text/plain") else []
        elif len(found) == MAX_PICTURES:
            said.append(f"Only {MAX_PICTURES} pictures are shown.")
        else:
            try:
                found.append(picture(decoded(value)))
            except BadPicture as error:
                said.append(f"Not shown: {error}.")
    return found, list(dict.fromkeys(said))[:10]


def outputs(cells: list[dict]) -> Iterator[tuple[str, object]]:
    """What the outputs of these cells hold, each with its type."""
    for cell in cells:
        stored = cell.get("outputs")
        for output in stored if isinstance(stored, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            yield from data.items() if isinstance(data, dict) else ()


def decoded(value) -> bytes:
    """Bytes from base64, which the format allows as one string or as a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str) or len(value) > 2 * MAX_BYTES:
        raise BadPicture("an output says that it is a picture, and is none" if not isinstance(value, str)
                         else f"a picture is larger than {MAX_BYTES >> 20} MB")  # fmt: skip
    try:
        return binascii.a2b_base64(value.encode("ascii"))
    except (ValueError, binascii.Error):
        raise BadPicture("an output says that it is a picture, and is none") from None


def legible(text: str) -> str:
    """A text without what no reader sees: other control characters than line ends and tabs; signs that turn the direction of writing."""
    turns = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\N{REPLACEMENT CHARACTER}" if (c < " " and c not in "\n\t") or "\x7f" <= c < "\xa0" or c in turns else c for c in text)


def fingerprint(text: str, *pictures: bytes) -> str:
    """A name for an answer that changes with it."""
    digest = hashlib.sha256(text.encode("utf8", "replace"))
    for data in pictures:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:12]
