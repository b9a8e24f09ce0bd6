"""A class that hands in what was released, filled in: right answers, mistakes of the catalogue, blanks and ruins, each with its due."""

from __future__ import annotations

import ast
import itertools
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nnopt.grader.exercise import course
from nnopt.grader.exercise.variants import edited

KINDS = ("right", "another way", "mistake", "mistake", "first part", "blank", "ruin", "crash")


@dataclass(frozen=True)
class Due:
    """What a submission must come to: how it ends, the mistake that must be named, the least and the most points."""

    kind: str
    outcomes: tuple[str, ...]
    least: float
    most: float
    mistake: str = ""


def answers(exercise) -> dict[str, str]:
    """Right sources of all parts: functions as the reference has them, letters."""
    functions = {f.name: f.source for f in exercise.items if f.kind == "function"}
    return functions | {q.name: f'{q.name} = "{q.right}"' for q in exercise.items if q.kind == "question"}


def filled(notebook: dict, sources: dict[str, str]) -> dict:
    """The released notebook with these answers in the cells that wait for them."""
    cells = [cell | {"source": sources.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])}
             for cell in notebook["cells"]]  # fmt: skip
    return notebook | {"cells": cells}


def submission(exercise, released: dict, number: int) -> tuple[str, Due]:
    """The notebook that student `number` hands in, as text, and what it must come to."""
    kind, turn = KINDS[number % len(KINDS)], number // len(KINDS)
    sources, full = answers(exercise), exercise.points
    functions = [f for f in exercise.items if f.kind == "function"]
    if kind == "ruin":
        return json.dumps(released)[: 500 + number], Due(kind, ("unreadable",), 0, 0)
    if kind == "blank":
        return json.dumps(released), Due(kind, ("unfinished",), 0, 0)
    if kind == "first part":
        f = functions[0]
        return json.dumps(filled(released, {f.name: sources[f.name]})), Due(kind, ("unfinished",), f.points, f.points)
    due = Due(kind, ("right",), full, full)
    if kind == "another way":
        ways = [(f, way) for f in functions for way in f.rights]
        if ways:
            f, way = ways[turn % len(ways)]
            sources[f.name] = ast.unparse(edited(f.source, [way], f.where))
    elif kind == "mistake":
        known = [(f, mistake) for f in functions for mistake in f.mistakes]
        f, mistake = known[(2 * turn + number % 2) % len(known)]
        sources[f.name] = ast.unparse(edited(f.source, [mistake], f.where))
        due = Due(kind, ("partial", "wrong"), full - f.points, full - 1, mistake.name)
    elif kind == "crash":
        f = functions[turn % len(functions)]
        sources[f.name] = sources[f.name].replace("):\n", "):\n    import os; os._exit(0)\n", 1)
        due = Due(kind, ("crashed",), 0, full - 1)
    return json.dumps(filled(released, sources)), due


def moodle_download(target: Path, released: Path, exercises, count: int, due: datetime) -> dict[tuple[str, str], Due]:
    """Write the zip that Moodle lets a teacher download, every fifth student a day and a half late. Returns what each must come to.

    Parameters
    ----------
    target, released : path
        The zip, and the folder that was given out.
    exercises : list of str
    count : int
        How many students.
    due : datetime
        The deadline.
    """
    first, last = ("Ada", "Björn", "Chloë", "Đorđe", "Eve-Marie", "Fatma", "Gül", "Håkon"), ("O'Neill", "Zhāng", "van Dijk", "Müller", "Ng")
    expected = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (given, family) in zip(range(count), itertools.cycle(itertools.product(first, last))):
            student = f"{given} {family} {number:03}_{100_000 + number}"
            when = due + (timedelta(days=1.5) if number % 5 == 4 else -timedelta(hours=number % 48 + 1))
            for name in exercises:
                notebook = json.loads((released / f"{name}.ipynb").read_text(encoding="utf8"))
                text, expected[student, name] = submission(course.exercise(name), notebook, number)
                entry = zipfile.ZipInfo(f"{student}_assignsubmission_file/{name.rpartition('/')[2]}.ipynb", when.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, text)
    return expected
