"""What `nnopt grade` made the pages from, kept in the output folder, so that they can be made again."""

from __future__ import annotations

import json
from pathlib import Path

from ..files import write

LAST = ".last-run.json"  # in the output folder: from what `nnopt grade` made the pages, so that they can be made again


def remember(grader) -> None:
    """Keep what a run made the pages from."""
    folder = grader.course_folder
    said = {"submissions": str(grader.folder.resolve()), "course": folder and str(Path(folder).resolve()), "codes": grader.codes,
            "level": grader.level.name, "layout": grader.known.layout, "names": grader.known.names}  # fmt: skip
    write(grader.book.folder / LAST, json.dumps(said, indent=1) + "\n", 0o600)


def last_run(out) -> dict:
    """What `remember` kept; nothing where there is nothing."""
    try:
        said = json.loads((Path(out) / LAST).read_text(encoding="utf8"))
        return said if isinstance(said, dict) else {}
    except (OSError, ValueError):
        return {}
