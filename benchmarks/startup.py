"""How long a reader waits: the first compilation of everything, and a fresh process that finds it compiled.

Each line is a process of its own; what is counted are its seconds of the processor, Python's own start included.

    python -m benchmarks.startup [--quick] [--rounds N]
"""

from .common import arguments, heading, versions  # isort: skip

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

NOTHING = "pass"
IMPORT = "import nnopt"
SCIPY = "import numba, scipy.linalg"
SKLEARN = "import sklearn.neural_network"
STEP = """
import numpy as np, nnopt
opt = nnopt.Adam(lr=0.02)
state = opt.step(opt.init(np.ones(10)), np.ones(10))
assert state.t == 1
"""
STEPPED = "import nnopt; print(*[n for n in nnopt.__all__ if getattr(getattr(nnopt, n), 'family', None) is nnopt.Adam.family])"
SMALLEST = "import os, sys; sys.path.insert(0, os.environ['NNOPT_CACHE']); import smallest"
SMALLEST_MODULE = """
import numba, numpy
@numba.njit("void(float64[::1])", cache=True)
def add_one(x):
    for i in range(x.size):
        x[i] += 1.0
add_one(numpy.ones(3))
"""
KERNEL = """
import numpy as np
from nnopt._minimize import Rows, Run
from nnopt.gradient.adam import Adam
from nnopt import CrossEntropy, Dense, Network, ReLU
rng = np.random.default_rng(0)
net, opt = Network(Dense(64), ReLU(), Dense(10), input=64, loss=CrossEntropy()), Adam()
problem = net.problem(rng.random((32, 64)), rng.integers(0, 10, 32), dtype="float32")
run = Run(problem, opt, opt.init(net.start(rng).astype(np.float32)), rows=Rows.of(opt, 32, 32, rng))
assert run.go_on(1) is None and np.isfinite(run.state.theta).all()
"""
FIT = """
import numpy as np, nnopt
rng = np.random.default_rng(0)
X, y = rng.random((32, 64)), np.arange(32) % 10
nnopt.MLPClassifier((64,), epochs=1, batch_size=32, random_state=0).fit(X, y)
"""
SLICE = """
import numpy as np, nnopt
problem = nnopt.problems.rosenbrock(10)
for optimizer in (nnopt.GD(lr=1e-4), nnopt.Adam(lr=0.02), nnopt.PSO()):
    nnopt.minimize(problem, optimizer, None if optimizer == nnopt.PSO() else np.zeros(10), max_evals=1000, seed=0)
rng = np.random.default_rng(0)
X, y = rng.random((320, 64)), np.arange(320) % 10
for optimizer in (nnopt.GD(lr=0.01), nnopt.Adam(), nnopt.PSO(population_size=10)):
    nnopt.MLPClassifier((64,), optimizer=optimizer, epochs=2, batch_size=32, random_state=0).fit(X, y)
"""


def processor_seconds(code, cache):
    """Seconds of the processor of a new process that runs ``code``, kernels cached in the folder ``cache``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "NNOPT_CACHE": cache})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def first_steps(cache, rounds):
    """Class name -> median seconds of a process that imports nnopt and makes one step with that gradient method, compiled before."""
    names = subprocess.run([sys.executable, "-c", STEPPED], check=True, capture_output=True, text=True).stdout.split()
    codes = {name: STEP.replace("Adam(lr=0.02)", f"{name}()") for name in names}
    for code in codes.values():
        processor_seconds(code, cache)
    seconds = {name: [] for name in names}
    for _ in range(rounds):
        for name, code in codes.items():
            seconds[name].append(processor_seconds(code, cache))
    return {name: float(np.median(s)) for name, s in seconds.items()}


def line(what, seconds, target=None):
    text = f"  {what:90}  {seconds:7.2f} s"
    if target:
        text += f"  target {target} s: {'reached' if seconds <= target else 'NOT reached'}"
    print(text)


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds = options.rounds or (3 if options.quick else 9)
    heading("Start: seconds of the processor, each line a process of its own")
    print(versions("numpy", "numba", "scipy", "scikit-learn"))
    with tempfile.TemporaryDirectory() as cache:
        print("\nCold, an empty cache:")
        line("GD, Adam and PSO on a problem, and a network trained with each", processor_seconds(SLICE, cache), 15)
        Path(cache, "smallest.py").write_text(SMALLEST_MODULE, encoding="utf8")
        print(f"\nWarm, everything compiled before; medians of {rounds} rounds:")
        processes = {
            "Python itself": (NOTHING, None),
            "import nnopt": (IMPORT, None),
            "import nnopt, one step of Adam (opt.step)": (STEP, 0.8),
            "import nnopt, one training step of a network (the compiled loop)": (KERNEL, 0.8),
            "import nnopt, one training step of a network (MLPClassifier.fit, which needs scikit-learn)": (FIT, None),
            "GD, Adam and PSO on a problem, and a network trained with each": (SLICE, None),
            "for comparison: the smallest cached function of Numba, which no warm start can undercut": (SMALLEST, None),
            "for comparison: import numba, scipy.linalg": (SCIPY, None),
            "for comparison: import sklearn.neural_network": (SKLEARN, None),
        }
        seconds = {what: [] for what in processes}
        for code, _ in processes.values():
            processor_seconds(code, cache)
        for _ in range(rounds):
            for what, (code, _) in processes.items():
                seconds[what].append(processor_seconds(code, cache))
        for what, (_, target) in processes.items():
            line(what, np.median(seconds[what]), target)
        each = first_steps(cache, max(3, rounds // 3))
        slowest = max(each, key=each.get)
        line(f"import nnopt, one step of each of {len(each)} gradient methods: the slowest, {slowest}", each[slowest], 0.85)


if __name__ == "__main__":
    main()
