"""What ``nnopt grade`` and ``nnopt sandbox`` print: progress, the level of the sandbox, the summary of a class."""

from __future__ import annotations

import contextlib
import difflib
import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from nnopt.grader import telling
from nnopt.grader.intake.inputs import Known
from nnopt.grader.sandbox.probes import Level, prove
from nnopt.grader.sandbox.warm import LAYERS, SandboxFault

NO_SANDBOX = (
    "this system offers no sandbox that holds (see nnopt sandbox): student code could read your files and use your network. "
    "Grade in a Linux container (README.md, Levels of the sandbox); if you trust the class, say --no-sandbox"
)
EXPLAIN = {
    "full": "student code runs without network, other processes or files other than Python's own",
    "reduced": "student code starts no process, reaches no network and reads no file but Python's own, "
    "but it runs among the system's other processes",
    "none": "nothing keeps student code from your files; nnopt grade refuses, unless you say --no-sandbox",
}

CHANGED = 10  # marks that nnopt grade tells one by one, where more changed; nnopt regrade tells all


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


def grade(folder: Path, out: Path, course: Path | None = None, no_sandbox=False, seconds=10.0, jobs=1, db: str | None = None,
          codes=False, regrade: Regrade | None = None, dask: str | None = None, known: Known | None = None) -> int:  # fmt: skip
    """Grade a class. Returns the exit status: 0, or 3 when the grader itself failed somewhere, or somebody's work was left out.

    Raises
    ------
    ValueError
        When a folder is not what it must be, no sandbox holds, or nothing was handed in of what is to be graded again.
    """
    if not 0 < seconds < math.inf:
        raise Refused(f"--timeout {seconds:g} is no time: give seconds above 0")
    if jobs < 1:
        raise Refused(f"--jobs {jobs} is no number of jobs: give 1 or more")
    if not Path(folder).exists():
        raise Refused(f"{folder} is no folder; asked for is one that holds <student>/<section>/<name>.ipynb")
    if Path(out).resolve().is_relative_to(Path(folder).resolve()):
        raise Refused(f"--out {out} lies in the submissions; give a folder elsewhere")
    console = Console()
    with ThreadPoolExecutor(1) as beside:
        proof = beside.submit(prove, () if no_sandbox else LAYERS)
        from nnopt.grader.gradebook.database import FILE
        from nnopt.grader.grading.grade import (
            Grader,  # meanwhile: the library for databases takes as long to load as the proof
        )
    if regrade and not db and not (Path(out) / FILE).is_file():
        raise Refused(f"{out} holds no gradebook to grade again; nnopt grade makes one")
    try:
        level = proof.result()
    except SandboxFault as error:
        raise Refused(f"the sandbox does not start: {error}") from None
    if level.name == "none" and not no_sandbox:
        raise Refused(NO_SANDBOX)
    with contextlib.ExitStack() as closing:
        cluster = closing.enter_context(contextlib.closing(joined(dask, level, course))) if dask else None
        grader = closing.enter_context(contextlib.closing(Grader(folder, out, level, course, seconds, jobs, db, codes, cluster, known)))
        again = regrade.chosen(grader) if regrade else None
        console.print("[bold]Without a sandbox[/], as asked." if no_sandbox else f"Sandbox: [bold]{level.name}[/].")
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as progress:
            submissions = grader.handed_in.submissions.values()
            task = progress.add_task("Grading", total=sum(map(again, submissions)) if again else len(submissions))
            done = lambda row: progress.advance(task, row.outcome != "missing")  # noqa: E731 - what is not handed in takes no time
            graded = grader.run(done, again, regrade.reason if regrade else "", repr(regrade))
    if grader.resumed:
        console.print(f"{grader.resumed} were graded before this order was stopped; the rest was done now.", highlight=False)
    summarize(console, graded, every=regrade is not None)
    print(f"To look at: {Path(out) / 'index.html'}")  # not wrapped, so that it can be clicked
    return 3 if graded.faults or graded.left_out else 0


def joined(address: str, level, course):
    """The Dask cluster at this address. Refused when it cannot be used."""
    from nnopt.grader.grading.distributed import Cluster

    return Cluster(address, level, course)


@dataclass(frozen=True)
class Regrade:
    """What is graded again though nothing changed: all, an exercise, a student; and why."""

    exercise: str | None = None
    student: str | None = None
    reason: str = "asked for"

    def chosen(self, grader):
        """The function that says of a submission whether it is graded again. Refused when it would say so of none."""
        from nnopt.grader.exercise.course import find

        exercise = find(self.exercise, grader.course_folder) if self.exercise else None
        if exercise and exercise not in grader.specs:
            raise Refused(f"the course does not ask for {exercise}: it asks for {', '.join(grader.specs)}")
        names = {name for name in grader.students if self.student in (name, grader.book.code(name))} if self.student else set()
        if self.student and not names:
            near = difflib.get_close_matches(self.student, map(grader.name, grader.students), 1)
            raise Refused(f"no student is called {self.student!r}" + (f"; did you mean {near[0]}?" if near else ""))

        def again(submission) -> bool:
            return (not names or submission.student in names) and exercise in (None, submission.exercise)

        if not any(map(again, grader.handed_in.submissions.values())):
            raise Refused("nothing was handed in of what is to be graded again")
        return again


class RateColumn(ProgressColumn):
    """Submissions a second."""

    def render(self, task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="progress.data.speed")


def changed(row) -> str:
    """What became of a mark, and why."""
    points = "no points" if row.points is None else f"{row.points} points"
    counts = f"; {row.said}" if row.said else ""
    return f"now {points} ({row.outcome}); {row.change}{counts}"


def summarize(console: Console, graded, every=True) -> None:
    """Print what a run came to; `every` mark that changed, or the first of them."""
    from nnopt.grader.gradebook.gradebook import OUTCOMES

    faults: dict[str, list[str]] = {}
    for row in graded.faults:
        faults.setdefault(row.diagnosis, []).append(f"{row.student}, {row.exercise}")
    for why, own in faults.items():
        for whose in own if len(own) <= telling.FEW else [f"{len(own)} submissions: {telling.few(own, '; ')}"]:
            console.print(f"fault: {whose}: {why}", markup=False, highlight=False, style="red")
    counts = Counter(row.outcome for row in graded.rows)
    console.print(", ".join(f"{counts[o]} {o}" for o in OUTCOMES if counts[o]), highlight=False)
    shown = len(graded.changed) if every else CHANGED
    for row in graded.changed[:shown]:
        now = f"changed: {row.student}, {row.exercise}: {changed(row)}"
        console.print(now, markup=False, highlight=False)
    more = [f"changed: {len(graded.changed) - shown} more, all of them on index.html"] if len(graded.changed) > shown else []
    for line in [*more, *telling.strangers(graded.strangers), *(line for line, _ in telling.gathered(graded.notes))]:
        console.print(line, markup=False, highlight=False)
    console.print(f"{graded.new} graded in this run, {graded.seconds:.1f} s.", highlight=False)
    if graded.faults:
        console.print("The grader failed on the submissions above; run the same command to try them again.")
    if graded.left_out:
        console.print(f"Left out: {graded.left_out} that may be somebody's work, as said above; they have no row.", highlight=False)
