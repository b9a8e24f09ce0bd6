"""False alarms and power of the parts that are judged by what they did: the reference and every known mistake, judged many times.

    python -m nnopt.grader.proof.alarms --course DIR --runs 10000        # about five minutes of one core for each part so judged

The book's own exercises have no such part: what students write there is given its random numbers. A course may have some
(`behaviour.Swarm`), as tests/grader/swarm_course does.

An alarm is counted where the student's own runs show any reason at all, though a part that is right with stand-ins keeps its points:
what is counted is at least what a student could lose.
"""

import argparse
import collections
import functools
import os
from concurrent.futures import ProcessPoolExecutor

from ..exercise import course
from ..marking import behaviour, evidence
from ..sandbox.wire import FINE
from ..student import check

BOUND = 1e-4    # what a right answer may at most be refused with


def judged(folder=None):
    """``(exercise, function)`` of every function of a course (by its folder; None: the book) that has a judge of runs."""
    return [(name, f.name) for name in course.specs(folder) for f in course.exercise(name, folder).functions if f.judge]


def reasons(exercise, function, mistake, folder, seed):
    """What is found in the runs of the reference, or of it with one mistake (by its place), for this seed."""
    ex = course.exercise(exercise, folder)
    f = ex[function]
    key = f.judge.key(f, seed)
    edits = () if mistake is None else (f.mistakes[mistake],)
    namespace = {g.name: g.reference for g in ex.functions} | {f.name: f.variant(*edits)}
    answers = check.answers(namespace, key.calls()[: len(key.runs)])        # without those in which functions stand in
    found = behaviour.Findings(key, answers)
    found.look()
    failed = [] if all(int(a[0]) == FINE for a in answers) else ["it raised"]
    return [*found.reasons, *failed]


def alarms(exercise, function, seeds, folder=None, jobs=1):
    """The seeds at which the reference is refused, each with the reasons."""
    look = functools.partial(reasons, exercise, function, None, folder)
    return {seed: found for seed, found in zip(seeds, mapped(look, seeds, jobs)) if found}


def power(exercise, function, seeds, folder=None, jobs=1):
    """For every known mistake, on how many of the seeds it is refused, and on how many it is called by its name."""
    mistakes = course.exercise(exercise, folder)[function].mistakes
    out = {}
    for place, mistake in enumerate(mistakes):
        found = list(mapped(functools.partial(reasons, exercise, function, place, folder), seeds, jobs))
        out[mistake.name] = sum(map(bool, found)), sum(mistake.name.partition(":")[0] in f for f in found)
    return out


def mapped(function, seeds, jobs):
    """`map`, in `jobs` processes."""
    if jobs == 1:
        return list(map(function, seeds))
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(function, seeds, chunksize=20))


def upper(count, runs, confidence=0.95):
    """The largest rate that would show so few in so many runs with probability 1 - confidence.

    After Clopper and Pearson (1934, doi:10.1093/biomet/26.4.404).
    """
    from scipy.stats import beta

    return 1.0 if count >= runs else float(beta.ppf(confidence, count + 1, runs - count))


def proved():
    """What the bounds of `evidence` prove: `behaviour.TESTS` tests, each with its own rate."""
    return behaviour.TESTS * evidence.ALPHA


def main():
    """Print counts, rates and bounds."""
    parser = argparse.ArgumentParser(prog="python -m nnopt.grader.proof.alarms", description=__doc__.partition("\n")[0])
    parser.add_argument("--course", help="folder of the course whose exercises are judged; without, the book")
    parser.add_argument("--runs", type=int, default=10_000, help="seeds at which the reference is judged")
    parser.add_argument("--power", type=int, default=20, help="seeds at which every known mistake is judged")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    parts = judged(options.course)
    if not parts:
        print("no part of these exercises is judged by what it did")
    for exercise, function in parts:
        found = alarms(exercise, function, range(options.runs), options.course, options.jobs)
        kinds = collections.Counter(reason for reasons_ in found.values() for reason in reasons_)
        print(f"{exercise}.{function}: {len(found)} of {options.runs} right ones refused {dict(kinds) or ''}".rstrip())
        measured = upper(len(found), options.runs)
        print(f"  measured: below {measured:.1e} with 95 % confidence; proved: at most {proved():.1e}; asked for: {BOUND:.0e}")
        seen = power(exercise, function, range(options.runs, options.runs + options.power), options.course, options.jobs)
        print(f"  each mistake at {options.power} seeds: refused, named")
        for name, (refused, named) in seen.items():
            print(f"    {refused:4d} {named:4d}  {name}")


if __name__ == "__main__":
    main()
