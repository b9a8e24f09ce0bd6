"""What ``nnopt grade`` and ``nnopt sandbox`` print: progress, the level of the sandbox, the summary of a class."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .gradebook import OUTCOMES
from .sandbox.probes import Level, prove
from .sandbox.warm import LAYERS, SandboxFault

NO_SANDBOX = (
    "this system offers no sandbox that holds (see nnopt sandbox): student code could read your files and use your network. "
    "If you trust the class, say --no-sandbox"
)
EXPLAIN = {
    "full": "student code runs without network, other processes or files other than Python's own",
    "reduced": "student code starts no process, reaches no network and reads no file but Python's own, "
    "but it runs among the system's other processes",
    "none": "nothing keeps student code from your files; nnopt grade refuses, unless you say --no-sandbox",
}


class Refused(ValueError):
    """What was asked for is not done; the message says why."""


def sandbox(layers=LAYERS) -> Level:
    """Attack the sandbox and print what it held."""
    console = Console()
    try:
        level = prove(layers)
    except SandboxFault as error:
        raise Refused(f"the sandbox does not start: {error}") from None
    table = Table("layer", "granted by this system", box=None, pad_edge=False)
    for layer, granted in level.layers.items():
        table.add_row(layer, "yes" if granted else "[red]no[/]")
    console.print(table, "")
    table = Table("attack", "held", box=None, pad_edge=False)
    for attack, held in level.attacks.items():
        table.add_row(attack, "yes" if held else "[red]no[/]")
    console.print(table, "")
    console.print(f"[bold]{level.name}[/]: {EXPLAIN[level.name]}")
    return level


def grade(folder: Path, out: Path, course: Path | None, no_sandbox: bool, seconds: float, jobs: int) -> int:
    """Grade a class. Returns the exit status: 0, or 3 when the grader itself failed somewhere.

    Raises
    ------
    ValueError
        When a folder is not what it must be, or no sandbox holds.
    """
    from .grade import Grader
    from .submissions import students

    if not 0 < seconds < math.inf:
        raise Refused(f"--timeout {seconds:g} is no time: give seconds above 0")
    if jobs < 1:
        raise Refused(f"--jobs {jobs} is no number of jobs: give 1 or more")
    students(folder)
    if Path(out).resolve().is_relative_to(Path(folder).resolve()):
        raise Refused(f"--out {out} lies in the submissions; give a folder elsewhere")
    console = Console()
    try:
        level = prove(() if no_sandbox else LAYERS)
    except SandboxFault as error:
        raise Refused(f"the sandbox does not start: {error}") from None
    if level.name == "none" and not no_sandbox:
        raise Refused(NO_SANDBOX)
    console.print("[bold]Without a sandbox[/], as asked." if no_sandbox else f"Sandbox: [bold]{level.name}[/].")
    grader = Grader(folder, out, level, course, seconds, jobs)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Grading", total=len(grader.students) * len(grader.specs))
        graded = grader.run(lambda row: progress.advance(task))
    summarize(console, graded, out)
    return 3 if graded.faults else 0


def summarize(console: Console, graded, out: Path) -> None:
    for row in graded.faults:
        console.print(f"fault: {row.student}, {row.exercise}: {row.diagnosis}", markup=False, highlight=False, style="red")
    counts = Counter(row.outcome for row in graded.rows)
    console.print(", ".join(f"{counts[o]} {o}" for o in OUTCOMES if counts[o]), highlight=False)
    for row in graded.changed:
        now = f"changed: {row.student}, {row.exercise}: now {row.points} points ({row.outcome}); {row.change}"
        console.print(now, markup=False, highlight=False)
    for student, paths in graded.strangers.items():
        console.print(f"no exercise of this course: {student}: {', '.join(paths)}", markup=False, highlight=False)
    console.print(f"{graded.new} graded in this run, {graded.seconds:.1f} s.", highlight=False)
    if graded.faults:
        console.print("The grader failed on the submissions above; run the same command to try them again.")
