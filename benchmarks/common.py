"""What the benchmarks share: one core, the peers that are installed, rounds in turn, and the table.

Import this module before numpy: how many threads a library starts is decided when it is loaded.
"""

import argparse
import importlib
import os
import platform
import sys
import time

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # the library is to choose its own kernels
    os.environ.pop(name, None)
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
if hasattr(os, "sched_setaffinity"):  # Linux; elsewhere the settings above hold every library to one thread
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402


def arguments(description):
    """The command line of a benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="few short rounds: does it run? (the ratios are rough)")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    return parser.parse_args()


def heading(title):
    """What was measured, on what, by which command."""
    print(f"\n{title}\n{'=' * len(title)}")
    print(f"$ {' '.join(['python -m benchmarks.' + os.path.basename(sys.argv[0]).removesuffix('.py'), *sys.argv[1:]])}")
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}")


def versions(*names):
    """Their installed versions, in a line."""
    from importlib.metadata import PackageNotFoundError, version

    def one(name):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} not installed"

    return ", ".join(map(one, names))


def blas_in_use():
    """A line for every BLAS that is loaded: which kernels it chose."""
    from threadpoolctl import threadpool_info

    for lib in threadpool_info():
        if lib["user_api"] == "blas":
            kernels = lib.get("architecture", "unknown")
            yield f"{lib['internal_api']} {lib['version']}, {kernels} kernels, {os.path.basename(lib['filepath'])}"


def installed(*modules):
    """Whether all these modules can be imported; says which cannot, and why."""
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # a broken installation is skipped with its reason, as a missing one
            print(f"skipped: {module} cannot be imported ({type(error).__name__}: {error})")
            return False
    return True


waited = []  # seconds on the clock for a second of the processor, one entry a measurement


def timed(run):
    """Seconds of the processor that ``run()`` takes: on one core those of the clock, less the time others had the core."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    processor = time.process_time() - processor
    waited.append((time.perf_counter() - clock) / processor)
    return processor


def how_quiet():
    """One sentence on the machine, from all measurements so far."""
    share = np.median(waited)
    verdict = "this core was ours" if share < 1.1 else "others used this core too, and the figures are rough"
    load = f"; load average {os.getloadavg()[0]:.1f}, and caches are shared" if hasattr(os, "getloadavg") else ""
    return f"Seconds are the processor's; the clock's were {share:.2f} times as many (median): {verdict}{load}."


def rounds_in_turn(contestants, rounds, seconds, start=None):
    """Time the contestants in turn, round after round, so that a busy moment of the machine meets all of them.

    Parameters
    ----------
    contestants : dict
        Name -> function of the round's number that does one unit of work.
    rounds : int
    seconds : float
        About how long one measurement should take: short work is repeated within it.
    start : dict, optional
        Name -> function that is called before each measurement, its time not counted.

    Returns
    -------
    dict
        Name -> array of shape (rounds,): seconds for a unit of work.
    """
    start = {name: (start or {}).get(name, lambda: None) for name in contestants}
    repeats, times = {}, {name: np.empty(rounds) for name in contestants}
    for name, work in contestants.items():
        start[name]()
        work(0)  # compiled, allocated, warm
        repeats[name] = max(1, round(seconds / timed(lambda: work(0))))  # noqa: B023
    for r in range(rounds):
        for name, work in contestants.items():
            start[name]()
            times[name][r] = timed(lambda: [work(r) for _ in range(repeats[name])]) / repeats[name]  # noqa: B023
    return times


def ratio(times, peer, ours):
    """How many times longer the peer takes: the median of the rounds' ratios, and their middle half."""
    ratios = times[peer] / times[ours]
    return np.median(ratios), *np.quantile(ratios, [0.25, 0.75])


def table(times, ours, unit, scale, targets):
    """Print a row for each contestant: its time for one unit, and how many times longer than ours that is."""
    width = max(map(len, times))
    print(f"  {'':{width}}  {unit:>12}  ours is faster by (middle half)")
    for name, seconds in times.items():
        line = f"  {name:{width}}  {np.median(seconds) * scale:12.1f}"
        if name != ours:
            middle, low, high = ratio(times, name, ours)
            line += f"  {middle:8.2f} x  ({low:.2f} to {high:.2f})"
            if name in targets:
                line += f"  target {targets[name]:g} x: {'reached' if middle >= targets[name] else 'NOT reached'}"
        print(line)
