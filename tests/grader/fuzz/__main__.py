"""`make fuzz`: every target in a process of its own, driven by libFuzzer (atheris), for some minutes in all.

    PYTHONPATH=tests python -m grader.fuzz --minutes 10              # all targets
    PYTHONPATH=tests python -m grader.fuzz --replay frames FILE      # one input again, without atheris
    PYTHONPATH=tests python -m grader.fuzz --merge                   # the smallest set of inputs that gets as far becomes the corpus

What is found is saved under build/fuzz/findings, and makes the exit status 1.
"""

import argparse
import importlib
import importlib.util
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

BUILD = Path("build/fuzz")
HERE = Path(__file__).resolve().parent
PACE = {"frames": 1, "notebook": 2, "conversation": 2, "marking": 2, "archive": 2, "similarity": 1}  # shares of the time; 1 unless named
BUDGET = 40_000  # bytes of the corpus of one target
MOST = 80  # and files


def main(argv=None) -> int:
    """Fuzz, replay or merge; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m grader.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"))
    parser.add_argument("--merge", action="store_true")
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.replay:
        return replay(*args.replay)
    if importlib.util.find_spec("atheris") is None:
        print('fuzzing needs atheris, which has wheels for Linux on x86-64: pip install "nnopt[fuzz]"; the corpus is tested without it', file=sys.stderr)
        return 2
    if args.one:
        return one(*args.one)
    from .targets import MEMORY, SCRATCH, TARGETS

    if not 0 < args.minutes <= 10_000:
        parser.error(f"--minutes {args.minutes:g}: give more than 0")
    if unknown := set(args.target or ()) - set(TARGETS):
        parser.error(f"no target is called {', '.join(sorted(unknown))}: there are {', '.join(TARGETS)}")
    names = [name for name in TARGETS if not args.target or name in args.target]
    absent = [name for name in names if TARGETS[name].needs and importlib.util.find_spec(TARGETS[name].needs) is None]
    for name in absent:
        print(f"{name} is left out: {TARGETS[name].needs} is not installed")
    names = [name for name in names if name not in absent]
    with tempfile.TemporaryDirectory(prefix="nnopt-fuzz-", dir=MEMORY, ignore_cleanup_errors=True) as os.environ[SCRATCH]:
        if args.merge:
            return max([merge(name) for name in names], default=0)
        whole = sum(PACE.get(name, 1) for name in names)
        found = [fuzz(name, max(1, round(60 * args.minutes * PACE.get(name, 1) / whole))) for name in names]
    return int(any(found))


# ------------------------------------------------------------------------------------------------- the process above
def libfuzzer(name: str, *options) -> subprocess.Popen:
    """libFuzzer on this target, its words in a pipe."""
    command = [sys.executable, "-m", "grader.fuzz", "--one", name, *map(str, options)]
    path = os.pathsep.join(filter(None, [str(HERE.parents[1]), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")  # fmt: skip


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz one target for so long; whether anything was found."""
    from . import mutators, targets

    corpus, findings, kept = BUILD / "corpus" / name, BUILD / "findings" / name, targets.CORPUS / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = BUILD / "seeds" / name
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir(parents=True)
    for n, seed in enumerate(mutators.MUTATORS[name][0]() if name in mutators.MUTATORS else ()):
        (seeds / str(n)).write_bytes(seed)
    old, before = set(os.listdir(corpus)), set(findings.iterdir())
    target = targets.TARGETS[name]
    begin = time.monotonic()
    with libfuzzer(name, f"-max_total_time={seconds}", f"-timeout={target.seconds}", "-rss_limit_mb=2048", f"-max_len={mutators.SIZE}",
                   "-print_final_stats=1", "-reload=0", f"-artifact_prefix={findings}/", corpus, seeds, *([kept] if kept.is_dir() else [])) as run:  # fmt: skip
        words = run.communicate()[0]
    (BUILD / f"{name}.log").write_text(words)
    runs, edges = re.findall(r"number_of_executed_units: (\d+)", words), re.findall(r"cov: (\d+)", words)
    new = sorted(set(findings.iterdir()) - before)
    fresh = set(os.listdir(corpus)) - old
    print(f"{name:13} {time.monotonic() - begin:4.0f} s  {int(runs[-1]) if runs else 0:9,} executions  {edges[-1] if edges else 0:>5} edges covered  {len(fresh):5} new inputs")
    failed = run.returncode != 0 or bool(new)
    if failed:
        print("\n".join(f"    {line}" for line in words.splitlines()[-30:]))
        for path in new:
            print(f"    {path}: PYTHONPATH=tests {sys.executable} -m grader.fuzz --replay {name} {path}")
    else:
        sys.stdout.writelines(f"    {line}\n" for line in reach(name, [corpus, seeds, kept]))
    sys.stdout.flush()
    return failed


def reach(name: str, folders) -> list[str]:
    """Which part of the lines of a target's modules its inputs reach, in a process of its own."""
    code = "import sys; from grader.fuzz.__main__ import reached; reached(sys.argv[1], sys.argv[2:])"
    path = os.pathsep.join(filter(None, [str(HERE.parents[1]), os.environ.get("PYTHONPATH")]))
    got = subprocess.run([sys.executable, "-c", code, name, *map(str, folders)], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    return got.stdout.splitlines() or got.stderr.splitlines()[-1:]


def reached(name: str, folders) -> None:
    """Run these inputs and print the lines inside functions that ran, by module."""
    from . import targets

    target, hit = targets.TARGETS[name], set()
    modules = {m: importlib.import_module(f"nnopt.grader.{m}") for m in target.reaches}
    files = {m.__file__ for m in modules.values()}

    def trace(frame, event, arg):
        if frame.f_code.co_filename not in files:
            return None
        hit.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    for data in inputs_in(folders):
        sys.settrace(trace)
        try:
            target.run(data)
        finally:
            sys.settrace(None)
    for m, module in modules.items():
        lines = lines_of(module)
        got = {line for file, line in hit if file == module.__file__} & lines
        print(f"{m}.py: {len(got)} of {len(lines)} lines in functions")


def inputs_in(folders, most=300):
    paths = [p for folder in map(Path, folders) if folder.is_dir() for p in sorted(folder.iterdir())]
    return (p.read_bytes() for p in paths[:: max(1, len(paths) // most)])


def lines_of(module) -> set[int]:
    """The lines of a module that stand in functions."""
    out, codes = set(), [compile(Path(module.__file__).read_bytes(), module.__file__, "exec")]
    while codes:
        code = codes.pop()
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        if code.co_flags & 2:  # a function: what a module and a class run, they run when they are imported
            out |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    return out


def merge(name: str) -> int:
    """The smallest set of inputs that covers what all of them cover becomes the corpus of this target."""
    from . import targets

    kept, fresh = targets.CORPUS / name, BUILD / "merged" / name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    sources = [f for f in (kept, BUILD / "corpus" / name, BUILD / "seeds" / name) if f.is_dir()]
    with libfuzzer(name, "-set_cover_merge=1", fresh, *sources) as run:
        words = run.communicate()[0]
    if run.returncode:
        print(words[-2000:])
        return 1
    kept.mkdir(parents=True, exist_ok=True)
    paths = sorted(fresh.iterdir(), key=lambda p: p.stat().st_size)[:MOST]
    size, count = 0, 0
    held = {p.read_bytes() for p in kept.iterdir()}
    for path in paths:
        data = path.read_bytes()
        size += len(data)
        if size > BUDGET:
            break
        count += 1
        if data not in held:
            (kept / path.name[:12]).write_bytes(data)
    print(f"{name}: {count} of {len(list(fresh.iterdir()))} inputs, {size:,} bytes at most")
    return 0


def replay(name: str, path: str) -> int:
    """One input again: what it raises is shown."""
    from .targets import TARGETS, check

    if name not in TARGETS:
        print(f"no target is called {name!r}: there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    data = Path(path).read_bytes()
    TARGETS[name].run(b"")
    check(name, data)
    print(f"{path}: nothing is found")
    return 0


# ---------------------------------------------------------------------------------------------- the process of a target
def one(name: str, *options) -> int:
    """libFuzzer itself, on instrumented modules."""
    import atheris

    with atheris.instrument_imports(include=["nnopt.grader", "copydetect"], enable_loader_override=False):
        from . import targets

        for module in targets.TARGETS[name].reaches:
            importlib.import_module(f"nnopt.grader.{module}")
    from . import mutators

    _, mutate = mutators.MUTATORS.get(name, (None, mutators.by_itself))
    random.seed(0)
    targets.check(name, b"")  # loads what is loaded once

    def changed(data, size, seed):
        try:
            return mutate(data, size, random.Random(seed), atheris.Mutate)
        except RecursionError:
            return atheris.Mutate(data, size)

    command = f"{shlex.quote(sys.executable)} -m grader.fuzz --one {name}"  # to merge, libFuzzer calls itself
    atheris.Setup([command, *options], lambda data: targets.check(name, data), custom_mutator=changed)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
