"""`nnopt grade` beside nbgrader and Otter-Grader: ``python -m benchmarks.grader_peers [--python PYTHON]``.

All three mark the same ten notebooks of the sample class's Adam exercise, from a command's start to its end; then a class of a hundred,
which are the ten, ten times over. `nnopt grade` does so with one job, and with one for each core, which is its default; the others
know one job only. Otter runs one command for each submission, so its hundred are ten times its ten. PYTHON is an interpreter that has
nnopt and the peers (they bring Jupyter's server, so `make bench-grader` gives them an environment of their own); by default this one.

A further submission is what one more costs where a command takes many: the hundred less the ten, over ninety. The others' commands take
minutes, over which a shared machine's moods even out; ours take seconds, so they are run again after each of these, and medians count.

What is alike: the students' code, and the checks, which are nnopt's. What differs:

- nbgrader marks our notebooks as they are: their check cells call ``nnopt.check`` in the student's kernel. ``nbgrader autograde`` has
  no sandbox; its time-out is a cell's. With Otter it shares all or nothing for each part.
- Otter gets the same notebooks without their check cells, and the same checks as one exception-based test file for each part, so that
  each check runs once. It is run by
  ``otter run``, one command for each submission: ``otter grade`` wants Docker, which would cost more.
- `nnopt grade` runs the students' code in its sandbox, calls each function with other inputs than the student's own check, and writes a
  gradebook and a page for each student.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nnopt.grader.exercise import course

ROOT = Path(__file__).resolve().parents[1]
EXERCISE = "gradient/adam"
STUDENTS = ("ada", "bruno", "chen", "divya", "emre", "fatima", "goran", "hana", "kofi", "lena")  # jun's ends its own process
COPIES = 10  # of the ten, in a class
LIMIT = 900.0  # seconds for a command
CORES = os.cpu_count() or 1
NBGRADER = """
c = get_config()
c.CourseDirectory.course_id = "bench"
c.ClearSolutions.enforce_metadata = False
c.ExecutePreprocessor.timeout = 60
"""
OTTER_TEST = '''
from otter.test_files import test_case

OK_FORMAT = False
name = {part!r}
points = {points}


@test_case(points={points})
def check_part(env):
    exec("import nnopt; nnopt.check({whole!r})", env)
'''


class Failed(Exception):
    """A peer is missing, or did not grade; says why."""


def notebooks():
    """The ten notebooks, by student."""
    return {s: json.loads((ROOT / "sample_class" / s / f"{EXERCISE}.ipynb").read_text(encoding="utf8")) for s in STUDENTS}


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf8")


def run(python, folder, *words):
    """Run ``python WORDS`` in this folder; its seconds and what it said. Raises `Failed` when it fails."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path, "HOME": str(folder), "MPLBACKEND": "Agg",
                                "PATH": os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])}  # fmt: skip
    begin = time.perf_counter()
    try:
        done = subprocess.run([python, *map(str, words)], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from None
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise Failed(f"{' '.join(map(str, words))}: {done.stdout[-400:].strip()}")
    return seconds, done.stdout


def copied(copies):
    """The ten notebooks so many times, each with a name and a fingerprint of its own: none is graded twice."""
    for number in range(copies):
        for student, notebook in notebooks().items():
            notebook["metadata"]["number"] = number
            yield f"{student}{number or ''}", notebook


def nnopt(folder, python, copies=1, jobs=1):
    """Seconds of `nnopt grade` for the ten notebooks, and the points they got."""
    for student, notebook in copied(copies):
        write(folder / "class" / student / f"{EXERCISE}.ipynb", notebook)
    code = "from nnopt.cli import app; app()"
    seconds, _ = run(python, folder, "-c", code, "grade", folder / "class", "--out", folder / "out", "--jobs", jobs)
    lines = [line.split(",") for line in (folder / "out" / "grades.csv").read_text(encoding="utf8").splitlines()]
    points = {line[0]: float(line[2]) for line in lines if line[1] == EXERCISE}
    return seconds, points


def nbgrader(folder, python, copies=1):
    """Seconds of ``nbgrader autograde``, and the points."""
    version(python, "nbgrader")
    name = EXERCISE.rpartition("/")[2]
    (folder / "nbgrader_config.py").write_text(NBGRADER, encoding="utf8")
    write(folder / "source" / name / f"{name}.ipynb", json.loads((ROOT / "exercises" / f"{EXERCISE}.ipynb").read_text(encoding="utf8")))
    for student, notebook in copied(copies):
        write(folder / "submitted" / student / name / f"{name}.ipynb", notebook)
    run(python, folder, "-m", "nbgrader", "generate_assignment", name)
    seconds, _ = run(python, folder, "-m", "nbgrader", "autograde", name, "--create")
    ask = ("from nbgrader.api import Gradebook\nimport json\nwith Gradebook('sqlite:///gradebook.db') as g:\n"
           f"    print(json.dumps({{s.student.id: s.score for s in g.assignment_submissions({name!r})}}))")  # fmt: skip
    points = json.loads(run(python, folder, "-c", ask)[1].splitlines()[-1])
    return seconds, points


def otter(folder, python):
    """Seconds of ``otter run``, once for each submission, and the points."""
    version(python, "otter")
    exercise = course.exercise(EXERCISE)
    (folder / "tests").mkdir()
    for item in exercise.items:
        test = OTTER_TEST.format(part=item.name, points=item.points, whole=f"{exercise.name.rpartition('/')[2]}.{item.name}")
        (folder / "tests" / f"{item.name}.py").write_text(test, encoding="utf8")
    run(python, folder, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements", "--no-environment")
    total, points = 0.0, {}
    for student, notebook in notebooks().items():
        notebook["cells"] = [c for c in notebook["cells"] if not c["metadata"].get("nbgrader", {}).get("grade")]
        write(folder / student / "adam.ipynb", notebook)
        seconds, _ = run(python, folder, "-m", "otter", "run", "-a", "autograder.zip", "-o", student, "--no-logo", f"{student}/adam.ipynb")
        total += seconds
        results = json.loads((folder / student / "results.json").read_text(encoding="utf8"))
        points[student] = sum(test.get("score", 0) for test in results["tests"])
    return total, points


def version(python, module):
    """Raises `Failed` where the interpreter lacks the module, or nnopt."""
    try:
        run(python, ROOT, "-c", f"import {module}, nnopt.grader.student.check")
    except Failed as error:
        raise Failed(f"missing: {str(error).splitlines()[-1]}") from None


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, type=os.path.abspath, help="one with nnopt, nbgrader and otter-grader")
    options = parser.parse_args()
    print(f"ten notebooks of {EXERCISE}, and {10 * COPIES}, whole commands; load average {os.getloadavg()[0]:.1f}")
    points, own, theirs = measured(nnopt, sys.executable)[1], [ours()], {}
    for peer in (nbgrader, otter):
        try:
            theirs[peer.__name__] = beside(peer, options.python, own)
        except Failed as error:
            print(f"{peer.__name__:15} not measured: {error}")
    ten, hundred, parallel = map(statistics.median, zip(*own))
    print(f"nnopt: medians of {len(own)} rounds, before, between and after the others' commands")
    tell("nnopt grade", ten, hundred)
    print(f"{'':15} with {CORES} jobs, its default here: {10 * COPIES} in {parallel:.2f} s, {10 * COPIES / parallel:.2f} a second")
    for name, (its_ten, its_hundred, given) in theirs.items():
        tell(name, its_ten, its_hundred)
        same = sum(given.get(student) == points[student] for student in STUDENTS)
        print(f"{'':15} nnopt's rate in the class is {its_hundred / hundred:.0f} times this one, with {CORES} jobs "
              f"{its_hundred / parallel:.0f} times; with ten {its_ten / ten:.1f} times; "
              f"a further submission {(its_hundred - its_ten) / (hundred - ten):.0f} times; the same points for {same} of 10")  # fmt: skip
        for student in STUDENTS:
            if given.get(student) != points[student]:
                print(f"{'':15} {student}: {given.get(student)} points, nnopt {points[student]:g}")
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


def ours():
    """A round of `nnopt grade`: seconds for the ten, for the class with one job, and with one for each core."""
    return tuple(measured(nnopt, sys.executable, copies, jobs)[0] for copies, jobs in ((1, 1), (COPIES, 1), (COPIES, CORES)))


def beside(peer, python, own):
    """A peer's seconds for the ten and the class, and its points; after each of its commands a round of ours."""
    ten, given = measured(peer, python)
    own.append(ours())
    hundred = measured(peer, python, COPIES)[0] if peer is nbgrader else COPIES * ten
    if peer is nbgrader:
        own.append(ours())
    return ten, hundred, given


def tell(name, ten, hundred):
    """Print what ten and a class took."""
    each = (hundred - ten) / (10 * COPIES - 10)
    rate = 10 * COPIES / hundred
    print(f"{name:15} ten in {ten:.2f} s; {10 * COPIES} in {hundred:.2f} s, {rate:.2f} a second; a further one {each:.3f} s")


def measured(peer, *options):
    """What the peer returns, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="nnopt-bench-") as folder:
        return peer(Path(folder), *options)


if __name__ == "__main__":
    main()
