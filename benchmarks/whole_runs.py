"""Whole epochs on a small network by every gradient-based method, beside PyTorch's own and optax in one lax.scan.

64-64-10 on the digits, batches of 32, float32, one core; the same first weights, the same batches in the same order. The mean loss of the
first epoch is compared before any clock is started: where definitions differ (the place of epsilon), losses do in the third digit.

    python -m benchmarks.whole_runs [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, ratio, rounds_in_turn, versions  # isort: skip

import warnings

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt

from .steps import FUSED, METHODS
from .training import Jax, Nnopt, Torch, jobs

AS_OURS = {"AdaGrad": {"initial_accumulator_value": 0.0, "eps": 1e-10},  # optax begins its sums at 0.1
           "RMSprop": {"decay": 0.99, "eps_in_sqrt": False}}  # fmt: skip
ALIKE = 0.02  # relative, of the mean loss of the first epoch


def everyone(job, name):
    """Contestants of one method, after the first epoch of each has shown the same mean loss."""
    fields, torch, optax, _ = METHODS[name]
    found = {"nnopt": Nnopt(job, getattr(nnopt, name)(**fields))}
    if torch and installed("torch"):
        found["PyTorch"] = Torch(job, torch[0], **torch[1], **({"fused": True} if torch[0] in FUSED else {}))
    if optax and installed("jax", "optax"):
        found["JAX"] = Jax(job, optax[0], **optax[1] | AS_OURS.get(name, {}))
    means = {who: float(np.mean(np.array(contestant.epoch(), dtype=np.float64))) for who, contestant in found.items()}
    far = {who: mean for who, mean in means.items() if abs(mean / means["nnopt"] - 1) > ALIKE}
    for who, mean in far.items():
        print(f"  {name:18} {who} is left out: its mean loss, {mean:.4g}, is not ours, {means['nnopt']:.4g}: another definition")
    return {who: contestant for who, contestant in found.items() if who not in far}


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, seconds = options.rounds or (3 if options.quick else 9), 0.03 if options.quick else 0.15
    warnings.simplefilter("ignore")
    heading("Whole epochs of every gradient-based method: 64-64-10, batch 32, float32, one core")
    print(versions("numpy", "numba", "torch", "jax", "optax"))
    job = jobs(quick=True)[0]
    print(f"  {'':18} {'nnopt':>10}  {'PyTorch takes':>24}  {'JAX takes':>24}")
    with threadpool_limits(1):
        for name in METHODS:
            found = everyone(job, name)
            epochs = {who: lambda r, c=c: c.epoch() for who, c in found.items()}
            times = rounds_in_turn(epochs, rounds, seconds, {who: c.start for who, c in found.items()})
            beside = {who: "{:8.2f} x ({:.2f} to {:.2f})".format(*ratio(times, who, "nnopt")) for who in times}
            ours = 1e6 * np.median(times["nnopt"]) / job.steps
            print(f"  {name:18} {ours:7.1f} us  {beside.get('PyTorch', ''):>24}  {beside.get('JAX', ''):>24}", flush=True)
    print(how_quiet())


if __name__ == "__main__":
    main()
