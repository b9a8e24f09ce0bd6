"""The rows of a gradebook that is there already, for whoever shows or sends them."""

from __future__ import annotations

from pathlib import Path

from ..files import BadExport
from .gradebook import BadGradebook, Gradebook


def rows_of(folder, db: str | None = None) -> list:
    """The rows of the gradebook in this folder, which must be there already."""
    folder = Path(folder)
    if db is None and not (folder / "gradebook.sqlite").is_file():
        raise BadExport(f"{folder} holds no gradebook; asked for is the folder that nnopt grade --out wrote")
    try:
        book = Gradebook(folder, db)
    except BadGradebook as error:
        raise BadExport(str(error)) from None
    try:
        rows = book.rows()
    finally:
        book.close()
    if not rows:
        raise BadExport(f"the gradebook in {folder} holds no grades yet")
    return rows
