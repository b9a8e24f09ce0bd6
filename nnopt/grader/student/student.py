"""A student's own folder: a clean copy of an exercise, one part of it renewed, what is handed in, and a check at every save.

No work is ever lost: what would be overwritten is kept beside the new.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ..exercise import course as courses
from ..exercise import coursefile, release
from ..files import save, zipped
from ..intake import inputs, reader
from ..sandbox.cells import FAILED, first_failures
from . import check

PROGRESS = ".nnopt-progress.json"  # the points of the last checks, in the student's folder
OLD = "old-answer"  # the tag of a cell that keeps what stood there before


class BadFolder(ValueError):
    """What was asked for cannot be done here; the message says why, in one sentence."""


def clean(name: str, course=None) -> tuple[str, str]:
    """The full name of an exercise, and the text of its notebook as students get it."""
    full = courses.find(name, course)
    path = courses.specs(course)[full].with_suffix(".ipynb")
    if not path.is_file():
        raise BadFolder(f"{full} has no notebook: {path.name} is missing beside its spec")
    return full, release.student_text(path)


def start(name: str, folder=".", course=None) -> tuple[Path, Path | None, bool]:
    """Put a clean copy of an exercise into a folder.

    Returns
    -------
    Path, Path or None, bool
        The copy; where the notebook that stood there is kept now; and False where the clean copy itself stood there.
    """
    full, text = clean(name, course)
    path = Path(folder) / f"{full.rpartition('/')[2]}.ipynb"
    kept = None
    if path.is_symlink() or path.exists():
        if not path.is_file():
            raise BadFolder(f"{path} is no file; move it away first")
        if path.read_bytes() == text.encode():
            return path, None, False
        kept = free(path)
        path.rename(kept)
    try:
        save(path, text)
    except BaseException:
        if kept:
            kept.rename(path)
        raise
    return path, kept, True


def free(path: Path) -> Path:
    """A name beside this one that nothing has yet: ``adam.old-1.ipynb``."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.old-{number}{path.suffix}")).exists() or kept.is_symlink():
        number += 1
    return kept


def reset(path, name: str, part: str, course=None) -> str:
    """Renew the cell of one part of an exercise; the old answer stays below it, as a cell that is not run.

    Returns
    -------
    str
        In a sentence, what was done: renewed, added where no cell held an answer, or nothing where it already was as it was given out.
    """
    path = Path(path)
    full, text = clean(name, course)
    exercise = courses.exercise(full, course)
    parts = [item.name for item in exercise.items + exercise.by_hand]
    if part not in parts:
        raise BadFolder(f"{full} has no part {part!r}; its parts are {', '.join(parts)}")
    given = nbformat.reads(text, as_version=4)
    holds = by_hand if part in [item.name for item in exercise.by_hand] else defines
    fresh = next((cell for cell in given.cells if holds(cell, part)), None)
    if fresh is None:
        raise BadFolder(f"the notebook of {full} has no cell for {part}")
    try:
        data = reader.contents(path)
        reader.code_cells(data)  # says best what is wrong
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two cells with one id, which is mended
            changed, said = renewed(data.decode("utf-8-sig"), fresh, part, holds)
    except reader.Unreadable as error:
        raise BadFolder(f"{path} cannot be read: {error}") from None
    except Exception as error:  # nbformat raises whatever a broken notebook leads it to
        raise BadFolder(f"{path} cannot be read: it is no valid notebook ({type(error).__name__}: {str(error)[:80]})") from None
    if changed is not None:
        save(path, changed)
    return said


def renewed(text: str, fresh, part: str, holds) -> tuple[str | None, str]:
    """A notebook with the `fresh` cell in place of the one that holds this part, and what that is; None where nothing changes."""
    own = nbformat.reads(text, as_version=4)
    place = place_of(own.cells, fresh, part, holds)
    if place is None:
        own.cells.append(fresh)
        said = f"{part} stands at the end of the notebook as it was given out; no cell was found that held an answer to it"
    elif (before := own.cells[place].source).strip() == fresh.source.strip():
        return None, f"{part} is as it was given out already"
    elif not before.strip():
        own.cells[place] = fresh
        said = f"{part} is as it was given out; its cell was empty"
    else:
        said = f"{part} is as it was given out; your answer stands below it"
        kept = nbformat.v4.new_raw_cell(f"# The answer before nnopt reset; this cell is not run.\n{before}", metadata={"tags": [OLD]})
        own.cells[place : place + 1] = [fresh, kept]
    if (own.nbformat, own.nbformat_minor) < (4, 5):
        own.nbformat_minor = 5
    _, own = nbformat.validator.normalize(own)
    return release.text_of(own), said


def place_of(cells, fresh, part, holds) -> int | None:
    """Where the cell of a part is now: by its id, else the last one that holds it."""
    for number, cell in enumerate(cells):
        if cell.cell_type == fresh.cell_type and cell.get("id") == fresh.id and (holds(cell, part) or not cell.source.strip()):
            return number
    hits = [n for n, cell in enumerate(cells) if holds(cell, part)]
    return hits[-1] if hits else None


def defines(cell, part) -> bool:
    """Does this cell define the function or the variable that is the answer?"""
    return cell.cell_type == "code" and part in inputs.names_in([cell.source])


def by_hand(cell, part) -> bool:
    """Is this the cell of a part marked by hand?"""
    meta = cell.metadata.get("nbgrader")
    return isinstance(meta, dict) and meta.get("grade_id") == part


# ------------------------------------------------------------------------------------------------------------ handing in
@dataclass
class Packed:
    """What `pack` put together."""

    data: bytes
    places: dict[str, Path]  # the notebook of each exercise
    missing: list[str]  # exercises that the course asks for, and that are not here
    left_out: list[str]  # notebooks that answer none of them


def pack(folder=".", course=None) -> Packed:
    """The notebooks of a folder as one zip, each at its place; the same work gives the same bytes.

    Which notebook answers which exercise is found as the grader finds it: a notebook may be renamed, and may hold several exercises.

    Raises
    ------
    BadFolder
        When a notebook cannot be read, or there is none.
    """
    asked = {name: courses.exercise(name, course) for name in asked_for(course)}
    own = inputs.Class(Path(folder))
    inputs.assign(own, "", [inputs.Found(path.relative_to(folder).parts, path) for path in notebooks(folder, asked)], asked,
                  inputs.unique_functions(asked))  # fmt: skip
    places = {name: own.submissions["", name].path for name in asked if ("", name) in own.submissions}
    left_out = sorted(own.strangers.get("", []) + own.superseded.get("", []))
    if not places:
        found = f" (there are {', '.join(left_out)})" if left_out else ""
        raise BadFolder(f"no notebook in {Path(folder).resolve().name}/ answers an exercise{found}: asked for are "
                        + ", ".join(f"{short(name)}.ipynb" for name in asked))  # fmt: skip
    contents = {}
    for name, path in places.items():
        try:
            contents[f"{name}.ipynb"] = content = reader.contents(path)
            reader.code_cells(content)
        except reader.Unreadable as error:
            raise BadFolder(f"{path} cannot be handed in: {error}") from None
    return Packed(zipped(contents), places, [name for name in asked if name not in places], left_out)


def notebooks(folder, names) -> list[Path]:
    """The notebooks of a student's folder, and those in the folders of the sections of these exercises."""
    sections = sorted({name.partition("/")[0] for name in names})
    found = [path for place in (Path(folder), *(Path(folder) / section for section in sections)) for path in sorted(place.glob("*.ipynb"))]
    return [path for path in found if not path.name.startswith(".") and (path.is_file() or path.is_symlink())]


def exercise_of(path, course=None) -> str:
    """The exercise that a notebook answers, by its name, else by what `nnopt release` wrote into it.

    Raises
    ------
    BadFolder, courses.UnknownExercise
        When there is no such file; when neither says.
    """
    path, known = Path(path), courses.specs(course)
    if not path.is_file():
        raise BadFolder(f"there is no file {path}")
    said = inputs.by_name(inputs.Found((path.name,), path), known) or inputs.look(path)[1]
    if said in known:
        return said
    try:
        return courses.find(path.stem, course)
    except courses.UnknownExercise as error:
        raise courses.UnknownExercise(f"{error}; a notebook is called after its exercise") from None


def is_blank(path: Path, name: str, course=None) -> bool:
    """Has nothing been written into the code of this notebook yet?"""
    _, text = clean(name, course)
    return reader.read(path).cells == reader.code_cells(text.encode())


def asked_for(course=None) -> list[str]:
    """The exercises of a course, in order: those of course.toml, else all."""
    known = courses.specs(course)
    return coursefile.of(course, known).asked(known)


def places(name: str, folder) -> list[Path]:
    """Where a student's notebook of this exercise may be, the likeliest first."""
    return [Path(folder) / f"{short(name)}.ipynb", Path(folder) / f"{name}.ipynb", Path(folder) / "exercises" / f"{name}.ipynb"]


def notebook_here(name: str, folder) -> Path | None:
    """Where a student's notebook of this exercise is; what a repository gives out in exercises/ is nobody's yet."""
    return next((place for place in places(name, folder)[:2] if place.is_file()), None)


def short(name: str) -> str:
    return name.rpartition("/")[2]


# ------------------------------------------------------------------------------------------------------------- progress
def check_apart(path: Path, name: str, outdated: Callable[[], bool] = lambda: False, course=None) -> dict:
    """Check a notebook in a process of its own, so that nothing of one check is left for the next.

    Returns
    -------
    dict
        ``text``, the report; ``points`` and ``max_points``, or None where the notebook could not be checked. Empty when it was
        `outdated` before the check was done.
    """
    with tempfile.TemporaryDirectory(prefix="nnopt-check-") as scratch:
        result, said = Path(scratch) / "result.json", Path(scratch) / "said"
        command = [sys.executable, "-m", "nnopt.grader.student.student", str(path), name, str(result), *([str(course)] if course else [])]
        with open(said, "w") as errors:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
            try:
                while not ended(process):
                    if outdated():
                        return {}
            finally:
                end(process)
        if result.is_file():
            return json.loads(result.read_text(encoding="utf8"))
        last = (said.read_text(encoding="utf8", errors="replace").strip().splitlines() or ["it ended without a word"])[-1]
    return {"text": f"{path} ended the check: {last}", "points": None, "max_points": None}


def end(process: subprocess.Popen) -> None:
    """End a process, and what it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()  # where it is over already, nothing happens
    process.wait()


def ended(process: subprocess.Popen) -> bool:
    """Whether a process is over, after waiting a moment for it."""
    try:
        process.wait(0.3)
    except subprocess.TimeoutExpired:
        return False
    return True


def check_here(path: Path, name: str, course=None) -> dict:
    """What `check_apart` returns, in this process."""
    try:
        result, failed = check.check_notebook(path, name, course=course)
    except ValueError as error:
        return {"text": f"{path} cannot be checked: {error}", "points": None, "max_points": None}
    told = first_failures(failed) if result.outcome != "right" else []
    lines = ["", FAILED, *(f"  {line}" for line in told)] if told else []
    return {"text": "\n".join([result.text, *lines]), "points": result.points, "max_points": result.max_points}


def remember(folder, name: str, result: dict, course=None) -> dict[str, dict]:
    """Keep the points of a check; returns those of all exercises."""
    known = progress(folder)
    known[name] = {"points": result["points"] or 0, "max_points": result["max_points"] or courses.exercise(name, course).points}
    save(Path(folder) / PROGRESS, json.dumps(known, indent=1, sort_keys=True) + "\n")
    return known


def progress(folder) -> dict[str, dict]:
    """The points of the last checks, by exercise; nothing where there were none."""
    try:
        known = json.loads((Path(folder) / PROGRESS).read_text(encoding="utf8"))
        return {n: known[n] for n in known if {"points", "max_points"} <= set(known[n])}
    except (OSError, ValueError, TypeError):
        return {}


def overview(known: dict[str, dict], folder, course=None) -> str:
    """A line for each exercise of the book, their sum, and what comes next."""
    lines, following, earned, whole = [], "", 0, 0
    for name in asked_for(course):
        most = courses.exercise(name, course).points
        points = known.get(name, {}).get("points")
        here = notebook_here(name, folder)
        state = f"{points} of {most}" if points is not None else "not checked yet" if here else "not started"
        lines.append(f"  {'x' if points == most else ' '} {name:<28} {state}")
        earned, whole = earned + (points or 0), whole + most
        if not following and points != most:
            following = f"Next: {name}" + ("" if here else f" (nnopt start {short(name)})")
    return "\n".join([*lines, f"    {'in all':<28} {earned} of {whole}", following or "All exercises are right."])


def root_of(path: Path, name: str) -> Path:
    """A student's folder, from the place of one notebook in it: this may lie in the folder of its section."""
    folder = path.resolve().parent
    return folder.parent if folder.name == name.partition("/")[0] else folder


def watch(path: Path, name: str, changes: Iterable, say=print, course=None) -> None:
    """Check a notebook now, and again at each of `changes`; a save that changes no code cell is passed over.

    A save during a check ends this check: what it would say is about what is gone.
    """
    seen: list[str] | None = None
    folder = root_of(path, name)

    def saved() -> bool:
        try:
            return reader.read(path).cells != seen
        except reader.Unreadable:  # half a save: the next change says more
            return False

    for _ in itertools.chain([None], changes):
        while True:
            try:
                cells = reader.read(path).cells
            except reader.Unreadable as error:
                say(f"{path} cannot be read: {error}" if path.exists() else f"{path} is gone; it is checked when it is back")
                seen = None
                break
            if cells == seen:
                break
            seen = cells
            result = check_apart(path, name, saved, course)
            if result:
                say(result["text"])
                say("\n" + overview(keep_points(folder, name, result, say, course), folder, course) + "\n")


def keep_points(folder: Path, name: str, result: dict, say, course=None) -> dict[str, dict]:
    """What `remember` returns; where nothing can be written, it is said, and not kept."""
    try:
        return remember(folder, name, result, course)
    except ValueError as error:
        say(f"Your progress is not kept: {error}")
        return progress(folder) | {name: result}


if __name__ == "__main__":
    save(sys.argv[3], json.dumps(check_here(Path(sys.argv[1]), sys.argv[2], *sys.argv[4:])))
