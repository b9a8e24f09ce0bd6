"""Where exercises and their specs are: a course's own folder, else this repository, else the copy that travels with nnopt.

A course that is a ``course.toml`` only, without a folder ``solutions/``, asks for exercises of the book.
"""

import difflib
import functools
from pathlib import Path

from .spec import load

PACKAGE = Path(__file__).resolve().parents[2]


class UnknownExercise(ValueError):
    """A name that no exercise has; the message says which names there are."""


def solutions(course=None):
    """The folder ``solutions/`` of a course, of the repository that nnopt is run from, or of the installed copy.

    Raises
    ------
    ValueError
        When `course` is given and has neither that folder nor a ``course.toml``.
    """
    if course is not None:
        folder = Path(course) / "solutions"
        if folder.is_dir():
            return folder
        if not (Path(course) / "course.toml").is_file():
            raise ValueError(
                f"{course} is no course: it has no course.toml, and no folder solutions/ with a spec solutions/<section>/<name>.py "
                "for each exercise"
            )
    checkout = PACKAGE.parent / "solutions"
    return checkout if checkout.is_dir() and (PACKAGE.parent / "pyproject.toml").is_file() else PACKAGE / "_course" / "solutions"


def specs(course=None):
    """The specs of a course by ``"section/name"``, in order."""
    folder = solutions(course)
    return {f"{p.parent.name}/{p.stem}": p for p in sorted(folder.glob("*/*.py")) if not p.stem.startswith("_")}


def find(name, course=None):
    """The full name ``"section/name"`` of an exercise given by its name, with or without the section.

    Raises
    ------
    UnknownExercise
        When there is none, or more than one; the message names the nearest.
    """
    known = specs(course)
    hits = [full for full in known if name in (full, full.rpartition("/")[2])]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise UnknownExercise(f"{name!r} could be {' or '.join(hits)}: name the section, too")
    short = [full.rpartition("/")[2] for full in known]
    near = difflib.get_close_matches(name.rpartition("/")[2].lower(), short, 1, 0.5)
    guess = f"; did you mean {near[0]}?" if near else ""
    raise UnknownExercise(f"no exercise is called {name!r}: there are {', '.join(sorted(short)) or 'none here'}{guess}")


def exercise(name, course=None):
    """The exercise of this name (`find`), loaded once."""
    full = find(name, course)
    return _load(specs(course)[full])


@functools.cache
def _load(path):
    loaded = load(path)
    expected = f"{path.parent.name}/{path.stem}"
    if loaded.name != expected:
        raise ValueError(f"the spec {expected}.py calls its exercise {loaded.name!r}; it must be called {expected!r}")
    return loaded
