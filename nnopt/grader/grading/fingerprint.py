"""What a mark depends on: the notebook, the spec, the seed, the grader's own sources and the libraries; and what of it changed."""

from __future__ import annotations

import functools
import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..gradebook.gradebook import Row
from ..sandbox.warm import GRADER

MARKING = ("exercise", "marking", "sandbox", "grading/marker.py", "intake/reader.py")  # what a mark depends on
LIBRARIES = ("nnopt", "numpy")  # what a mark is computed with, besides Python
RETRIED = "nothing, the fault was tried again"


def differences(before: Row, row: Row) -> list[str]:
    """What a mark depends on that is not as it was, in words."""
    unreadable = not row.submission_hash and before.diagnosis != row.diagnosis  # what cannot be opened has no fingerprint
    found = ["the notebook"] if before.submission_hash != row.submission_hash or unreadable else []
    return found + [name for name in row.key if before.key and before.key.get(name) != row.key[name]]


def change(before: Row | None, row: Row) -> str:
    """What is different from the grade before, and why: empty when it is the first, or the mark is the same."""
    if before is None or (before.points, before.outcome) == (row.points, row.outcome):
        return ""
    why = differences(before, row) + ([] if before.versions in ({}, row.versions) else ["the libraries"])
    was = "none" if before.points is None else before.points
    return f"{was} points ({before.outcome}) before; changed: {', '.join(why) or (RETRIED if before.outcome == 'fault' else 'nothing')}"


@functools.cache
def versions() -> dict:
    """Of Python and the libraries that a mark is computed with."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from its sources
            found[name] = "of the sources"
    return found


@functools.cache
def grader_version() -> str:
    """A fingerprint of all sources of the grader that a mark depends on: a new page or export is no reason to grade again."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in marking_sources())).hexdigest()


def marking_sources() -> list[Path]:
    """The files that mark."""
    return sorted(path for place in MARKING for path in ((GRADER / place).rglob("*.py") if (GRADER / place).is_dir() else [GRADER / place]))
