"""Agents on cart-pole and acrobot, ten seeds each: does the policy at the end of the run solve the task, over 100 episodes?

PPO with and without its clip, at a low and at a high rate; with other optimizers in it; DQN by squared error and by Huber's loss; and
policies searched by PSO, CMA-ES and differential evolution, without a gradient. No agent is stopped early, and its last policy is judged,
not its best; a search ends where its episodes cannot be better.

    OMP_NUM_THREADS=1 python -m benchmarks.reinforcement [--quick] [--write book/data/reinforcement.json]

The file is what the page "Reinforcement learning" of the book shows; a test holds the hash in it against this script.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import json
import time
from pathlib import Path

import numpy as np

import nnopt
from nnopt.applications.environments import acrobot, cartpole
from nnopt.applications.reinforcement import DQN, PPO, evaluate, falling, policy_problem

SEEDS, EPISODES, JUDGE = 10, 100, 777
NO_CLIP = 1e9
SEARCH = 200_000  # steps in the world


def ended(returns, steps, pieces=40):
    """The mean return of the episodes that ended in each of so many pieces of the run; None where none did."""
    at, what = np.array(returns).T
    piece = np.minimum((at * pieces / steps).astype(int), pieces - 1)
    return [float(what[piece == i].mean()) if (piece == i).any() else None for i in range(pieces)]


def agents(make, env, steps, seeds):
    """The last policies of so many runs, judged."""
    found = {"returns": [], "seconds": [], "curves": []}
    for seed in range(seeds):
        began = time.process_time()
        try:
            agent = make(seed).fit(env, steps)
            found["returns"].append(float(agent.evaluate(env, EPISODES, JUDGE).mean()))
            found["curves"].append(ended(agent.returns_, steps))
        except ValueError:  # training diverged
            found["returns"].append(None)
        found["seconds"].append(time.process_time() - began)
    return summary(found, env, steps)


def searched(optimizer, env, layers, seeds):
    """The best policies that a search has found when its steps in the world are used up, or all its episodes last."""
    found = {"returns": [], "seconds": [], "spent": []}
    for seed in range(seeds):
        began = time.process_time()
        problem, net = policy_problem(env, *layers, seed=1000 + seed)
        spent = problem.arrays["spent"]
        target = -env.limit + 0.5 if env.solved > 0 else -env.solved - 10  # the most there is; of acrobot, ten better than solved
        r = nnopt.minimize(problem, optimizer, max_evals=100_000, seed=seed, target=target, callback=lambda _, s=spent: s[0] > SEARCH)
        found["returns"].append(float(evaluate(env, net, r.x, EPISODES, JUDGE).mean()))
        found["spent"].append(float(spent[0]))
        found["seconds"].append(time.process_time() - began)
    return summary(found, env, SEARCH) | {"parameters": net.size}


def summary(found, env, steps):
    solved = sum(value is not None and value >= env.solved for value in found["returns"])
    return {"solved": solved, "runs": len(found["returns"]), "steps": steps, **found}


def experiments(seeds, share):
    """Name -> what is measured, one after the other."""
    pole, links = cartpole(), acrobot()
    n = int(60_000 * share)
    yield "PPO", agents(lambda s: PPO(random_state=s), pole, n, seeds)
    for rate in (3e-4, 1e-2):
        for name, clip in (("clip", 0.2), ("no clip", NO_CLIP)):
            make = functools.partial(PPO, clip=clip, optimizer=nnopt.Adam(lr=rate))
            yield f"PPO, rate {rate:g}, {name}", agents(lambda s, make=make: make(random_state=s), pole, int(40_000 * share), seeds)
    pieces = n // 1024 * 160
    inside = {
        "RMSprop": nnopt.RMSprop(lr=falling(1e-3, pieces)), "AdamW": nnopt.AdamW(lr=falling(1e-3, pieces)),
        "Momentum": nnopt.Momentum(lr=falling(3e-2, pieces)),
    }  # fmt: skip
    for name, optimizer in inside.items():
        yield f"PPO with {name}", agents(lambda s, o=optimizer: PPO(optimizer=o, random_state=s), pole, n, seeds)
    yield "PPO, acrobot", agents(lambda s: PPO(random_state=s), links, int(100_000 * share), seeds)
    for name, optimizer in (("PSO", nnopt.PSO(population_size=20)), ("CMAES", nnopt.CMAES()), ("DE", nnopt.DE(population_size=20))):
        yield f"{name}, linear", searched(optimizer, pole, (), seeds)
        yield f"{name}, 16 tanh", searched(optimizer, pole, (nnopt.Dense(16), nnopt.Tanh()), seeds)
        yield f"{name}, acrobot", searched(optimizer, links, (), seeds)
    yield "DQN, acrobot", agents(lambda s: DQN(random_state=s), links, int(40_000 * share), min(seeds, 5))
    yield "DQN", agents(lambda s: DQN(random_state=s), pole, int(100_000 * share), seeds)
    yield "DQN, Huber", agents(lambda s: DQN(loss=nnopt.Huber(), random_state=s), pole, int(100_000 * share), min(seeds, 5))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds, a tenth of the steps: does it run?")
    parser.add_argument("--write", metavar="FILE", help="write the numbers here, as JSON")
    asked = parser.parse_args()
    found = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "versions": {name: importlib.metadata.version(name) for name in ("nnopt", "numpy", "numba")},
        "seeds": 2 if asked.quick else SEEDS, "runs": {},
    }  # fmt: skip
    PPO(random_state=0).fit(cartpole(), 2_000)  # compiles
    for name, what in experiments(found["seeds"], 0.1 if asked.quick else 1.0):
        found["runs"][name] = what
        values = [round(value) if value is not None else None for value in what["returns"]]
        print(f"{name:28} {what['solved']}/{what['runs']}  {np.mean(what['seconds']):6.2f} s a run  {values}", flush=True)
    if asked.write:
        Path(asked.write).write_text(json.dumps(rounded(found), separators=(",", ":")) + "\n", encoding="utf8")
        print(f"written: {asked.write}")


def rounded(found):
    """Five digits of every number."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [rounded(value) for value in found]
    return float(f"{found:.5g}") if isinstance(found, float) else found


if __name__ == "__main__":
    main()
