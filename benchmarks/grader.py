"""What the grader costs for each submission: ``python -m benchmarks.grader``; a whole class: ``--class 500``.

A class of the Adam exercise is made of the sample class's notebooks, each with another fingerprint, and graded by the command
``nnopt grade``, from its start to its end: how many a second, when the first result stood in the gradebook, and how much memory the
grader's processes had at most. Then a fifth of it, for the memory; then a small class with and without one endless loop. The processor
seconds of all processes, sandboxes too, stand beside: on a shared machine they are what can be compared.

Without ``--class``: one process at a time, medians over repetitions. *bare* is a notebook with one function, so it is the price
of the sandbox itself;
the rest are the first students of the sample class with every exercise; the comparator's time stands apart.
"""

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nnopt.grader.exercise import course
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.gradebook.gradebook import Gradebook
from nnopt.grader.grading import marker
from nnopt.grader.intake import reader
from nnopt.grader.marking import marking
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.sandbox.session import Session
from nnopt.grader.sandbox.warm import LAYERS, Warm

CLASS = Path(__file__).resolve().parents[1] / "sample_class"
BARE = ["import numpy as np", "def f(x):\n    return 2 * x"]
REPEAT = 40


def timed(run, repeat=REPEAT):
    """Median and least time of a run, in milliseconds."""
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - begin))
    return f"{statistics.median(times):7.1f} ms median, {min(times):7.1f} ms least"


def bare(warm):
    """A process that locks itself in, runs two cells, answers one call, and ends."""
    session = Session(warm, BARE, 10.0)
    (answer,) = session.answer([("f", {"x": 1.0}, 1)])
    session.close()
    assert answer[1] == 2.0


def make_class(folder, count, loops=0):
    """Notebooks of the sample class in turn, none with the fingerprint of another; the first `loops` of them never end."""
    paths = [p for p in sorted(CLASS.glob("*/gradient/adam.ipynb")) if p.parts[-3] not in ("ivan", "nora")]  # a loop, and no notebook
    notebooks = [json.loads(p.read_text(encoding="utf8")) for p in paths]
    for number, notebook in zip(range(count), itertools.cycle(notebooks)):
        cells = list(notebook["cells"])
        if number < loops:
            endless = "def adam_run(*args):\n    while True:\n        pass"
            cells.append({"cell_type": "code", "source": endless, "metadata": {}, "outputs": [], "execution_count": None})
        path = folder / f"student {number:04}" / "gradient" / "adam.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook | {"cells": cells, "metadata": notebook["metadata"] | {"number": number}}), encoding="utf8")


def grade_class(count, jobs, loops=0):
    """Grade such a class by the command. Returns seconds to the end and to the first result, the peak memory in MB, processor seconds."""
    with tempfile.TemporaryDirectory(prefix="nnopt-bench-") as scratch:
        folder, out = Path(scratch) / "class", Path(scratch) / "out"
        make_class(folder, count, loops)
        command = [sys.executable, "-c", "from nnopt.cli import app; app()", "grade", str(folder), "--out", str(out), "--jobs", str(jobs)]
        begin, clock, used = time.perf_counter(), time.time(), processor()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(0.25)
        seconds, said = time.perf_counter() - begin, process.stdout.read()
        process.stdout.close()
        if process.returncode:
            raise SystemExit(said)
        with Gradebook(out) as book:
            rows = [row for row in book.rows() if row.outcome != "missing"]
        assert len(rows) == count
        assert sum(row.outcome == "timeout" for row in rows) == loops
        return seconds, min(row.graded_at.timestamp() for row in rows) - clock, peak, processor() - used


def processor():
    """Seconds of processor time of all processes that this one started and saw end, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(pid):
    """Megabytes that `nnopt grade` and its workers hold, without the sandboxes' (Linux; 0 elsewhere)."""
    total = 0
    for path in [Path(f"/proc/{pid}"), *map(Path, filter(None, children(pid)))]:
        try:
            total += int((path / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        except (OSError, IndexError):
            continue
    return total


def children(pid):
    """The folders in /proc of a process's own children."""
    try:
        tasks = Path(f"/proc/{pid}/task")
        return [f"/proc/{child}" for task in tasks.iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []


def whole_class(count, jobs):
    """Print what a class costs."""
    print(f"sandbox: {prove().name}; {jobs} jobs; load average {os.getloadavg()[0]:.1f} at the start")
    spent = {}
    for size in (count, count // 5):
        seconds, first, peak, spent[size] = grade_class(size, jobs)
        print(f"{size} submissions of gradient/adam: {seconds:.1f} s in all, {size / seconds:.1f} a second; "
              f"first result after {first:.2f} s; at most {peak:.0f} MB in the grader and its workers; "
              f"{spent[size]:.1f} s of processor time")  # fmt: skip
    if count // 5:
        each = (spent[count] - spent[count // 5]) / (count - count // 5)
        print(f"processor time of a further submission: {1e3 * each:.0f} ms; {jobs} free cores grade {jobs / each:.0f} a second at most")
    small = max(count // 10, 4 * jobs)
    calm, loop = grade_class(small, jobs)[0], grade_class(small, jobs, loops=1)[0]
    print(f"{small} submissions: {calm:.1f} s, with one endless loop (its limit: 10 s a function) {loop:.1f} s, {loop - calm:+.1f} s")
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--class", dest="count", type=int, metavar="N", help="grade a class of N submissions of the Adam exercise")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.count:
        return whole_class(options.count, options.jobs)
    return parts()


def parts():
    """What a submission costs, by part."""
    print(f"sandbox: {prove().name}")
    for preload in (("numpy",), ("numpy", "matplotlib.pyplot")):
        for layers in ((), ("user", "landlock", "seccomp"), LAYERS):
            begin = time.perf_counter()
            with Warm(layers, preload=preload) as warm:
                start = time.perf_counter() - begin
                bare(warm)
                name = "+".join(warm.taken)
                print(f"bare, {'+'.join(preload)}, {name}: {timed(lambda: bare(warm))}; started once in {start:.2f} s")
    with Warm() as warm:
        for name in course.specs():
            of_exercise(warm, name)


def of_exercise(warm, name):
    """Print what one submission of this exercise costs, by side."""
    path = min(CLASS.glob(f"*/{name}.ipynb"))
    exercise, cells = course.exercise(name), reader.read(path).cells
    shown = [n for n, cell in enumerate(cells, 1) if cell.strip() in marker.shown(course.specs()[name])]
    begin = time.perf_counter()
    calls = [call for item in exercise.items for call in marking.key_of(item, 1).calls()]
    print(f"{name}: expected values, once for a class: {time.perf_counter() - begin:.2f} s")

    def ask():
        session = Session(warm, cells, 20.0, shown)
        try:
            return session.answer(calls)
        finally:
            session.close()

    answers = ask()
    marking.grade_exercise(exercise, 1, lambda _: answers)
    questions = sum(len(a[-1]) for a, call in zip(answers, calls) if any(isinstance(x, Objective) for x in call[1].values()))
    print(f"{name}: {path.parts[-3]}'s process, {len(calls)} calls, objectives asked at {questions} points: {timed(ask, 10)}")
    print(f"{name}: comparator: {timed(lambda: marking.grade_exercise(exercise, 1, lambda _: answers), 10)}")


if __name__ == "__main__":
    main()
