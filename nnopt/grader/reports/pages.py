"""The reports on a graded class: a page for each student, and one for the class. Static, offline, every text escaped."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import jinja2

from .. import telling
from ..exercise.coursefile import CourseFile
from ..files import write
from ..gradebook.counting import counted
from ..gradebook.gradebook import OUTCOMES, number
from ..intake.filenames import safe
from ..sandbox.cells import first_failures
from . import statistics

WORDS = {"fault": "the grader failed", "unreadable": "cannot be read", "crashed": "crashed", "timeout": "ran out of time",
         "missing": "not handed in", "unfinished": "not finished", "wrong": "not right yet", "partial": "partly right",
         "right": "right"}  # fmt: skip
LEVELS = {
    "full": "Graded in the full sandbox: student code ran without network, without other processes and without any file but Python's own.",
    "reduced": "Graded in the reduced sandbox of this system: student code could start no process, reach no network and read no file but "
    "Python's own, yet it ran among the system's other processes.",
    "none": "Graded without a sandbox: student code could read files and reach the network. "
    "Trust these marks as far as you trust the class.",
}


def write_all(folder: Path, graded, titles: dict[str, str], details: Callable[[], Iterable]) -> None:
    """index.html, and students/<name>.html for each. `details` yields students with their rows, one at a time."""
    templates = environment()
    common = {"words": WORDS, "titles": titles, "level": graded.level.name, "stamp": LEVELS[graded.level.name], "page": page}
    template, written = templates.get_template("student.html"), set()
    marks: dict[str, list] = {name: [] for name in titles}  # by part, of all who handed in
    for student, found in details():
        rows = [counted(row, CourseFile()) for row in found]
        for row in statistics.marked(rows):
            if row.items:
                marks[row.exercise].append([(item["title"], item["points"], item["max_points"]) for item in row.items])
        write(folder / page(student), template.render(student=student, rows=rows, **sums(rows), **common))
        written.add(folder / page(student))
    for path in set(folder.glob("students/*.html")) - written:  # of a run with names instead of codes, or the other way round
        path.unlink()
    students: dict[str, list] = {}
    all_rows = [counted(row, CourseFile()) for row in graded.rows]
    for row in all_rows:
        students.setdefault(row.student, []).append(row)
    look = sorted((r for r in all_rows if r.outcome in ("fault", "unreadable", "crashed", "timeout")), key=attention)
    html = templates.get_template("class.html").render(
        students=students, look=look, graded=graded, notes=telling.gathered(graded.notes),
        changed=[counted(row, CourseFile()) for row in graded.changed],
        summaries=[summary(name, all_rows) for name in titles], sums=sums,
        parts={name: statistics.parts(own) for name, own in marks.items() if own},
        late=sum(row.days_late > 0 for row in all_rows), mistakes=commonest(all_rows),
        distribution=statistics.distribution(replace(row, points=row.final, max_points=row.of) for row in all_rows), **common)  # fmt: skip
    write(folder / "index.html", html)


def environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    templates = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    templates.filters["url"] = quote
    templates.filters["first_failures"] = first_failures
    templates.filters["base64"] = lambda text: base64.b64encode(text.encode()).decode()
    return templates


def page(student: str) -> str:
    return f"students/{safe(student)}.html"


def sums(rows) -> dict:
    """What counts over all exercises of a student."""
    return {"final": number(round(sum(row.final or 0 for row in rows), 2)), "of": number(round(sum(row.of for row in rows), 2))}


def attention(row):
    """Order of what needs a look: faults first."""
    return OUTCOMES.index(row.outcome), row.student, row.exercise


def summary(exercise: str, rows) -> dict:
    """One exercise over the class: how many of each outcome, the mean of what counts; difficulty and discrimination of the bare marks."""
    own = [row for row in rows if row.exercise == exercise]
    points = [row.final for row in statistics.marked(own)]
    return {"exercise": exercise, "max_points": max((row.of for row in own), default=0), "count": len(points),
            "mean": sum(points) / len(points) if points else None, "difficulty": statistics.difficulty(own),
            "discrimination": statistics.discrimination(rows, exercise),
            "outcomes": {word: n for word in reversed(OUTCOMES) if (n := sum(row.outcome == word for row in own))}}  # fmt: skip


def commonest(rows, most: int = 15) -> list[tuple[str, str, int, int]]:
    """The mistakes made most: exercise, mistake by name, how many made it, of how many."""
    handed_in = Counter(row.exercise for row in statistics.marked(rows))
    made = Counter((row.exercise, mistake) for row in rows for mistake in set(row.mistakes))
    ranked = sorted(made.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(exercise, mistake, n, handed_in[exercise]) for (exercise, mistake), n in ranked[:most]]
