"""Characters of eight plays: a recurrent network, a transformer, what clipping, warm-up and the place of norms are worth, four methods.

The plays are cut into windows of 64 characters. Once a random tenth of the windows is held out, once the last tenth of the text, a play
that was not seen. The networks train for as many steps as take about two minutes of one core. Small networks then compare methods, each
at the best of five rates, and norms before and after each block.

    OMP_NUM_THREADS=1 python -m benchmarks.language [--quick] [--processes N] [--write book/data/language.json]

The file is what the page "Language" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import concurrent.futures
import hashlib
import importlib.metadata
import json
import multiprocessing
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt import GELU, GRU, Attention, Clip, CrossEntropy, Dense, Embedding, LayerNorm, Network, Positions, Residual
from nnopt.applications.language import Alphabet, bits, ngram_bits, spoken, windows

PLACES, BATCH = 64, 32
STEPS = {"GRU": 5200, "transformer": 4500}
SMALL_PLACES, SMALL_STEPS, SEEDS = 32, 500, range(2)
RATES = {"MiniBatchGD": (0.3, 1.0, 3.0, 10.0, 30.0), "Momentum": (0.03, 0.1, 0.3, 1.0, 3.0), "RMSprop": (3e-4, 1e-3, 3e-3, 0.01, 0.03),
         "Adam": (1e-3, 3e-3, 0.01, 0.03, 0.1)}  # fmt: skip
BLOCKS, NORM_RATES, NORM_STEPS = 6, (1e-3, 3e-3, 0.01), 300


def gru(symbols, places=PLACES, width=64, units=128):
    return Network(Embedding(symbols, width), GRU(units), Dense(symbols), input=places, loss=CrossEntropy())


def transformer(symbols, places=PLACES, width=64, heads=4, blocks=2, norms="before"):
    """Blocks of attention and of two dense layers; the norms stand before each, or after each sum."""
    layers = []
    for _ in range(blocks):
        for inside in ((Dense(3 * width), Attention(heads, causal=True), Dense(width)), (Dense(4 * width), GELU(), Dense(width))):
            layers += [Residual(LayerNorm(), *inside)] if norms == "before" else [Residual(*inside), LayerNorm()]
    last = [LayerNorm()] if norms == "before" else []
    return Network(Embedding(symbols, width), Positions(), *layers, *last, Dense(symbols), input=places, loss=CrossEntropy())


def warmed_up(rate, share=0.02):
    """A rate that rises to its value in a share of the steps, and falls to 2 % of it."""
    return lambda progress: rate * min(1.0, progress / share + 1e-3) * max(0.02, 1 - progress)


def text():
    """(alphabet, the plays as numbers)."""
    whole = "\n".join(nnopt.datasets.plays().text.values())
    alphabet = Alphabet.of(whole)
    return alphabet, alphabet.numbers(whole)


def split(numbers, places, apart):
    """Training windows and held-out ones: a random tenth, or (``apart``) the last."""
    X, Y = windows(numbers, places)
    order, held = np.arange(len(X)) if apart else np.random.default_rng(1).permutation(len(X)), len(X) // 10
    train, test = (order[:-held], order[-held:])
    return X[train], Y[train], X[test], Y[test]


def trained(net, X, Y, optimizer, steps, seed=0):
    """(weights, losses of the steps), or no weights where training fails."""
    problem = net.problem(X, Y, batch=BATCH, dtype="float32")
    try:
        run = nnopt.minimize(problem, optimizer, x0=net.start(seed), batch_size=BATCH, max_evals=steps, seed=seed)
    except ValueError:
        return None, np.full(steps, np.nan)
    return run.state.theta.astype(np.float32), run.history.fun


# ------------------------------------------------------------------------------------ the jobs
def whole_network(name, apart, quick):
    """A network trained for two minutes: bits a character on what was held out."""
    alphabet, numbers = text()
    X, Y, X_held, Y_held = split(numbers, PLACES, apart)
    net = (gru if name == "GRU" else transformer)(len(alphabet))
    steps = 60 if quick else STEPS[name]
    began = time.process_time()
    theta, losses = trained(net, X, Y, nnopt.Adam(lr=warmed_up(3e-3), before=(Clip(1.0),)), steps)
    seconds = time.process_time() - began
    found = dict(parameters=net.size, steps=steps, seconds=seconds, held_bits=bits(net, theta, X_held, Y_held),
                 train_bits=bits(net, theta, X[:1500], Y[:1500]), curve=smooth(losses))  # fmt: skip
    if not apart:
        found["sample"] = spoken(net, theta, alphabet, "ROMEO.\n", 300, np.random.default_rng(0), 0.7)
    return found


def counted(apart):
    alphabet, numbers = text()
    X, Y, X_held, Y_held = split(numbers, PLACES, apart)
    train = np.column_stack([X, Y[:, -1:]]).ravel() if not apart else np.concatenate([X.ravel(), Y[-1:, -1]])
    return {str(most): ngram_bits(train, X_held, Y_held, len(alphabet), most) for most in (1, 2, 3, 4, 5)}


def smooth(losses, points=40):
    """Means of as many pieces, in bits."""
    return [float(np.mean(piece) / np.log(2)) for piece in np.array_split(np.asarray(losses), points)]


def of_a_method(method, clip, quick):
    """A small GRU by one method: each rate with one seed, the best with all."""
    alphabet, numbers = text()
    X, Y, X_held, Y_held = split(numbers, SMALL_PLACES, False)
    net = gru(len(alphabet), SMALL_PLACES, 32, 64)
    steps, before = 50 if quick else SMALL_STEPS, (Clip(1.0),) if clip else ()

    def held(rate, seed):
        theta, losses = trained(net, X, Y, getattr(nnopt, method)(lr=rate, before=before), steps, seed)
        fits = theta is not None and np.isfinite(theta).all()
        return (bits(net, theta, X_held[:1000], Y_held[:1000]) if fits else np.inf), losses

    tuning = {rate: held(rate, 1000)[0] for rate in RATES[method]}
    best = min(tuning, key=tuning.get)
    runs = [held(best, seed) for seed in SEEDS]
    return dict(tuning=list(map(list, tuning.items())), best=best, held_bits=[run[0] for run in runs], curve=smooth(runs[0][1]))


def of_norms(norms, warm, quick):
    """Six narrow blocks, with the norms before or after, with and without a warm-up: each rate, one seed."""
    alphabet, numbers = text()
    X, Y, X_held, Y_held = split(numbers, SMALL_PLACES, False)
    net = transformer(len(alphabet), SMALL_PLACES, 32, 2, BLOCKS, norms)
    steps, found = 30 if quick else NORM_STEPS, {}
    for rate in NORM_RATES:
        lr = warmed_up(rate, 0.25) if warm else (lambda progress, rate=rate: rate * max(0.02, 1 - progress))
        theta, _ = trained(net, X, Y, nnopt.Adam(lr=lr), steps)
        found[rate] = bits(net, theta, X_held[:1000], Y_held[:1000]) if theta is not None and np.isfinite(theta).all() else np.inf
    return list(map(list, found.items()))


def job(task):
    """One entry of the file, in a process of its own."""
    function, name, arguments = task
    with threadpool_limits(1):
        began, found = time.perf_counter(), globals()[function](*arguments)
    print(f"  {name}: {time.perf_counter() - began:.0f} s", flush=True)
    return name, found


def tasks(quick):
    yield from (("whole_network", f"{name}, {'apart' if apart else 'random'}", (name, apart, quick))
                for apart, name in ((False, "transformer"), (False, "GRU"), (True, "GRU")))  # fmt: skip
    yield from (("of_a_method", method + (", clipped" if clip else ""), (method, clip, quick))
                for method in RATES for clip in (False, True))  # fmt: skip
    yield from (("of_norms", f"norms {norms}{', warm-up' if warm else ''}", (norms, warm, quick)) for norms in ("before", "after")
                for warm in (False, True))  # fmt: skip
    yield from (("counted", f"counting, {'apart' if apart else 'random'}", (apart,)) for apart in (False, True))


def rounded(found):
    """Five digits of every number; what is not finite is null."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [rounded(value) for value in found]
    if isinstance(found, (float, np.floating)):
        return float(f"{found:.5g}") if np.isfinite(found) else None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few steps: does it run?")
    parser.add_argument("--processes", type=int, default=1, help="jobs at a time, each on a core")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    with concurrent.futures.ProcessPoolExecutor(asked.processes, multiprocessing.get_context("spawn")) as pool:
        results = dict(pool.map(job, tasks(asked.quick)))
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy")},
        "seeds": len(SEEDS), "small_steps": SMALL_STEPS, "norm_steps": NORM_STEPS, "results": results,
    }  # fmt: skip
    for name, result in results.items():
        print(name, result.get("held_bits", result))
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


if __name__ == "__main__":
    main()
