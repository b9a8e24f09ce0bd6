"""What the grader costs for each submission: ``python -m benchmarks.grader``.

One process at a time, medians over repetitions. *bare* is a notebook with one function, so it is the price of the sandbox itself;
the rest are the first students of the sample class with every exercise; the comparator's time stands apart.
"""

import statistics
import time
from pathlib import Path

from nnopt.grader import course, marker, marking, reader
from nnopt.grader.problems import Objective
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.sandbox.warm import LAYERS, Warm
from nnopt.grader.session import Session

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


def main():
    """Print the table."""
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
