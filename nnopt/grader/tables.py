"""Tables as CSV, whose cells no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@")  # what a formula begins with


def cell(text: str) -> str:
    """A text in one line; `read_cell` gives it back."""
    text = " ".join(text.split())
    return "'" + text if text.startswith((*FORMULA, "'")) else text


def read_cell(text: str) -> str:
    """What `cell` was given, however a spreadsheet stored it."""
    text = " ".join(text.split())
    return text[1:] if text[:1] == "'" and text[1:].startswith((*FORMULA, "'")) else text


def cell_as_it_is(value) -> str:
    """A cell of another system's table: blanks and numbers stay, as it may know a line by them."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    plain = not text.lstrip().startswith(FORMULA) or text.strip() == "-" or finite(text)  # Moodle's "-" says: nothing
    return text if plain else "'" + text


def finite(text: str) -> bool:
    """Whether a text is a number; a spreadsheet has no infinite ones."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def csv_text(lines: Iterable[Iterable], **form) -> str:
    """Lines of cells as CSV; `form` is for `csv.writer`."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **form).writerows(lines)
    return out.getvalue()
