"""Gradescope: a zip that its autograder runs, and the results.json that it reads.

The zip carries nnopt's own sources, the specs and pinned requirements: Gradescope installs them once (``setup.sh``) and then calls
``run_autograder`` for each submission. Where the grader itself fails, no results are written: Gradescope then says so, and gives no zero.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from ..exercise import course as courses
from ..exercise import coursefile
from ..files import zipped
from ..gradebook.gradebook import Gradebook, Row
from ..intake import inputs
from ..sandbox.probes import prove
from ..sandbox.warm import LAYERS
from . import BadExport, save

PACKAGE = courses.PACKAGE
SUFFIXES = (".py", ".html", ".json", ".js", ".css", ".c", ".txt", ".svg")  # of what the grader needs of nnopt/
LEFT_OUT = ("datasets", "web", "_course", "__pycache__")  # folders of nnopt/ that grading does without
STUDENT = "submission"
CONFIG = "course/solutions/config.json"  # where the sandbox hides it, with the specs

SETUP = """\
#!/usr/bin/env bash
# Run once by Gradescope: installs a Python, and into it what nnopt needs, in the versions that the course was written with.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
good='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
find_python() {
    for python in ${NNOPT_PYTHON:-} python3.13 python3.12 python3.14 python3.11 python3; do
        if command -v "$python" > /dev/null && "$python" -c "$good"; then echo "$python"; return; fi
    done
}
python="$(find_python)"
if [ -z "$python" ] || ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
    apt-get update && apt-get install -y python3 python3-venv
    python="$(find_python)"
fi
if [ -z "$python" ]; then
    echo "nnopt needs Python 3.11 to 3.14: choose a newer base image (Ubuntu 24.04)" >&2
    exit 1
fi
"$python" -m venv "$root/nnopt-venv"
"$root/nnopt-venv/bin/python" -m pip install --quiet -r "$root/source/requirements.txt"
"""
RUN = """\
#!/usr/bin/env bash
# Run by Gradescope for each submission: reads submission/, writes results/results.json.
set -euo pipefail
root="$(cd "$(dirname "$0")" && pwd)"
cd "$root"
PYTHONPATH="$root/source" exec "$root/nnopt-venv/bin/python" -m nnopt.grader.exports.gradescope "$root"
"""


# ----------------------------------------------------------------------------------------------------------- the zip
def export(names=None, course=None, no_sandbox=False, seconds=10.0, seed: int | None = None) -> bytes:
    """The autograder's zip.

    Parameters
    ----------
    names : list of str, optional
        The exercises of this assignment; all by default.
    course : path, optional
        A course of one's own.
    no_sandbox : bool
        Grade even where Gradescope's machine offers no sandbox: students could then read the specs.
    seconds : float
        As for `nnopt grade --timeout`.
    seed : int, optional
        The secret that inputs are drawn from; a new one by default.
    """
    specs = courses.specs(course)
    asked = coursefile.of(course, specs)
    chosen = [courses.find(name, course) for name in names] if names else asked.asked(specs)
    weights = {name: asked.exercises[name].points for name in chosen if name in asked.exercises}  # deadlines are Gradescope's own
    config = {"exercises": chosen, "points": weights, "seed": secrets.randbits(63) if seed is None else seed, "no_sandbox": no_sandbox,
              "seconds": seconds}  # fmt: skip
    files = {"setup.sh": SETUP, "run_autograder": RUN, "requirements.txt": requirements(), CONFIG: json.dumps(config) + "\n"}
    out = {name: text.encode() for name, text in files.items()} | sources()
    for name in chosen:
        for path in (specs[name], specs[name].with_suffix(".ipynb")):
            if path.is_file():
                out[f"course/solutions/{name}{path.suffix}"] = path.read_bytes()
    return zipped(out, programs=("setup.sh", "run_autograder"))


def sources() -> dict[str, bytes]:
    """The files of nnopt that grading needs."""
    found = {}
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE)
        if path.is_file() and path.suffix in SUFFIXES and not set(place.parts[:-1]) & set(LEFT_OUT):
            found[f"nnopt/{place.as_posix()}"] = path.read_bytes()
    return found


def requirements() -> str:
    """What nnopt needs, in the versions installed here."""
    project = PACKAGE.parent / "pyproject.toml"
    try:
        if project.is_file():
            needed = tomllib.loads(project.read_text(encoding="utf8"))["project"]["dependencies"]
        else:
            needed = [line for line in requires("nnopt") or [] if "extra ==" not in line]
        names = sorted({re.match(r"[\w.-]+", line)[0].lower() for line in needed})  # type: ignore[index]
        return "".join(f"{name}=={version(name)}\n" for name in names)
    except PackageNotFoundError as error:
        raise BadExport(f"{error.name} is not installed, so its version is not known: pip install nnopt") from None


# ------------------------------------------------------------------------------------------------------- in Gradescope
def run(root: Path) -> int:
    """Grade ``submission/``, write ``results/results.json``, return the exit status: 3, and nothing written, when the grader failed."""
    config = json.loads((root / "source" / CONFIG).read_text(encoding="utf8"))
    own = root / "source" / "course"
    level = prove(() if config["no_sandbox"] else LAYERS)
    if level.name == "none" and not config["no_sandbox"]:
        print("nnopt: this machine offers no sandbox that holds; export again with --no-sandbox if you trust the class", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="nnopt-") as scratch:
        rows = graded(root / "submission", Path(scratch), own, level, config)
    rows = [row for row in rows if row.exercise in config["exercises"]]
    for row in rows:
        if row.points is None:
            print(f"nnopt: the grader failed on {row.exercise}: {row.diagnosis}", file=sys.stderr)
            return 3
    weights = coursefile.CourseFile(exercises={name: coursefile.Asked(name, points) for name, points in config["points"].items()})
    results = results_of(rows, weights, level.name)
    save(root / "results" / "results.json", json.dumps(results, indent=1) + "\n")
    return 0


def graded(submission: Path, scratch: Path, own: Path, level, config) -> list[Row]:
    """The rows of one submission, wherever in its folder the notebooks lie."""
    from ..grading.grade import Grader

    exercises = {name: courses.exercise(name, own) for name in courses.specs(own)}
    handed, tidy = scratch / "handed", scratch / "class"
    shutil.copytree(submission, handed / STUDENT, symlinks=True)
    (tidy / STUDENT).mkdir(parents=True)
    refused = []
    with inputs.opened(handed, exercises, known=inputs.Known("student")) as work:
        for (_, name), one in work.submissions.items():
            if one.why or one.path.is_symlink():
                refused.append(Row(STUDENT, name, 0, exercises[name].points, "unreadable", one.why or "it is a link, not a file"))
            else:
                target = tidy / STUDENT / f"{name}.ipynb"
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(one.path, target)
    Gradebook(scratch / "out", seed=config["seed"]).close()
    grader = Grader(tidy, scratch / "out", level, own, config["seconds"])
    rows = grader.run().rows
    by_name = {row.exercise: grader.book.record(STUDENT, row.exercise) or row for row in rows}
    by_name |= {row.exercise: row for row in refused}
    return [by_name[name] for name in exercises if name in by_name]


def results_of(rows, course: coursefile.CourseFile, level: str) -> dict:
    """What Gradescope reads: a test for each part of each exercise. Deadlines are Gradescope's own, so only weights count here."""
    tests = []
    for row in rows:
        scale = course.max_points(row.exercise, row.most) / row.most if row.most else 0
        whole = {"title": row.outcome, "points": 0, "max_points": row.max_points, "text": row.diagnosis or row.outcome}
        parts = row.items or [whole | {"outcome": row.outcome}]
        for part in parts:
            tests.append({
                "name": f"{row.exercise}: {part['title']}", "score": round(part["points"] * scale, 2),
                "max_score": round(part["max_points"] * scale, 2), "status": "passed" if part["outcome"] == "right" else "failed",
                "output": part["text"], "output_format": "text", "visibility": "visible",
            })  # fmt: skip
    said = [f"{row.exercise}: {row.outcome}" + (f" ({row.diagnosis})" if row.diagnosis else "") for row in rows]
    said = ["; ".join([first, *row.provisional]) for first, row in zip(said, rows)]
    return {"score": round(sum(t["score"] for t in tests), 2), "tests": tests, "visibility": "visible", "stdout_visibility": "hidden",
            "output": "\n".join([*said, f"Sandbox: {level}."]), "output_format": "text"}  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]).resolve()))
