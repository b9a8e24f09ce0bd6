"""A step of every gradient-based method, on 5,000 and 500,000 parameters in float32, beside PyTorch's own and optax under jax.jit.

The gradient is the same in every step and is written once, so that the optimizers alone are timed: ours as steps of one run
of ``minimize``, PyTorch's by ``step()`` with ``.grad`` set (its default for tensors, and ``fused=True`` where it has that), optax's by
a jitted update that may write over its own memory. What a method reads and writes stands beside what a copy reaches.

    python -m benchmarks.steps [--quick] [--rounds N]
"""

from .common import arguments, heading, how_quiet, installed, ratio, rounds_in_turn, timed, versions  # isort: skip

import functools

import numpy as np

import nnopt
from nnopt._jit import R, d, kernel
from nnopt.problems import Problem

SIZES = (5_000, 500_000)
TARGETS = {5_000: 10.0, 500_000: 1.0}  # how many times a peer's step should take ours

# ours, PyTorch's name and arguments, optax's name and arguments, arrays read and written in a step
METHODS = {
    "GD": (dict(lr=1e-3), ("SGD", dict(lr=1e-3)), ("sgd", dict(learning_rate=1e-3)), 3),
    "HeavyBall": (dict(lr=1e-3, beta=0.9), ("SGD", dict(lr=1e-3, momentum=0.9)), ("sgd", dict(learning_rate=1e-3, momentum=0.9)), 5),
    "Nesterov": (dict(lr=1e-3, beta=0.9), ("SGD", dict(lr=1e-3, momentum=0.9, nesterov=True)),
                 ("sgd", dict(learning_rate=1e-3, momentum=0.9, nesterov=True)), 5),
    "AdaGrad": ({}, ("Adagrad", {}), ("adagrad", dict(learning_rate=1e-2)), 5),
    "AdaDelta": ({}, ("Adadelta", {}), ("adadelta", dict(learning_rate=1.0)), 7),
    "RMSprop": ({}, ("RMSprop", {}), ("rmsprop", dict(learning_rate=1e-3)), 5),
    "Adam": ({}, ("Adam", {}), ("adam", dict(learning_rate=1e-3)), 7),
    "AdamW": ({}, ("AdamW", {}), ("adamw", dict(learning_rate=1e-3)), 7),
    "AMSGrad": ({}, ("Adam", dict(amsgrad=True)), ("amsgrad", dict(learning_rate=1e-3)), 9),
    "Adamax": ({}, ("Adamax", {}), ("adamax", dict(learning_rate=1e-3)), 7),
    "NAdam": ({}, ("NAdam", {}), ("nadam", dict(learning_rate=1e-3)), 7),
    "RAdam": ({}, ("RAdam", {}), ("radam", dict(learning_rate=1e-3)), 7),
    "Lion": ({}, None, ("lion", dict(learning_rate=1e-4)), 5),
    "ScheduleFree": ({}, None, None, 7),
    "ScheduleFreeAdamW": ({}, None, None, 9),
}  # fmt: skip
FUSED = ("SGD", "Adam", "AdamW", "Adagrad")  # PyTorch's optimizers with a fused kernel for processors


@kernel
def still_value(x: R[d], slope: R[d]) -> R:
    return 0.0


@kernel
def still_gradient(x: R[d], grad: R[d], slope: R[d]):
    if grad[0] != slope[0]:
        for i in range(grad.size):
            grad[i] = slope[i]


def ours(optimizer, slope, steps):
    """A run of so many steps."""
    problem = Problem("still", still_value, still_gradient, slope.size, arrays=dict(slope=slope), dtype="float32")
    start = np.ones(slope.size, np.float32)

    def run(_):
        r = nnopt.minimize(problem, optimizer, x0=start, max_evals=steps)
        assert r.nit >= steps - 1

    return run


def torch_steps(name, fields, slope, steps):
    """The same with an optimizer of torch.optim."""
    import torch

    theta = torch.ones(slope.size, requires_grad=True)
    theta.grad = torch.from_numpy(slope.copy())
    optimizer = getattr(torch.optim, name)([theta], **fields)

    def run(_):
        for _ in range(steps):
            optimizer.step()

    return run


def optax_steps(name, fields, slope, steps):
    """The same with a transformation of optax, jitted, which may write over the memory that it is given."""
    import jax
    import optax

    peer, grad = getattr(optax, name)(**fields), jax.numpy.asarray(slope)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(theta, memory, grad):
        change, memory = peer.update(grad, memory, theta)
        return optax.apply_updates(theta, change), memory

    kept = [jax.numpy.ones(slope.size, "float32")]
    kept.append(peer.init(kept[0]))

    def run(_):
        theta, memory = kept
        for _ in range(steps):
            theta, memory = step(theta, memory, grad)
        kept[:] = jax.block_until_ready(theta), memory

    return run


def bandwidth():
    """Bytes a second that a copy of 500,000 numbers reads and writes."""
    a, b = np.ones(500_000, np.float32), np.empty(500_000, np.float32)
    np.copyto(b, a)
    return max(200 * 2 * a.nbytes / timed(lambda: [np.copyto(b, a) for _ in range(200)]) for _ in range(5))


def compare(size, rounds, peers, seconds):
    """A line for each method."""
    rng = np.random.default_rng(0)
    slope = rng.normal(size=size).astype(np.float32)
    steps = max(500, 10_000_000 // size)  # enough that the start of a run, which makes its arrays, weighs nothing
    copied = bandwidth()
    print(f"\n{size:,} parameters, {steps} steps a measurement; peers' time over ours (middle half), target {TARGETS[size]:g}; "
          f"a copy moves {copied / 1e9:.1f} GB/s")
    print(f"  {'':18} {'ours, us':>9} {'B/param':>8} {'GB/s':>6}   ratios")
    worst = {}
    for name, (fields, torch_peer, optax_peer, arrays) in METHODS.items():
        contestants = {"ours": ours(getattr(nnopt, name)(**fields), slope, steps)}
        if torch_peer and "torch" in peers:
            kind, arguments = torch_peer
            contestants["torch"] = torch_steps(kind, arguments, slope, steps)
            if kind in FUSED:
                contestants["torch fused"] = torch_steps(kind, dict(arguments, fused=True), slope, steps)
        if optax_peer and "optax" in peers:
            contestants["optax"] = optax_steps(*optax_peer, slope, steps)
        times = rounds_in_turn(contestants, rounds, seconds)
        ratios = {peer: ratio(times, peer, "ours") for peer in times if peer != "ours"}
        step = np.median(times["ours"]) / steps
        text = ", ".join(f"{peer} {middle:.2f} ({low:.2f} to {high:.2f})" for peer, (middle, low, high) in ratios.items())
        print(f"  {name:18} {step * 1e6:9.2f} {4 * arrays:8d} {4 * arrays * size / step / 1e9:6.1f}   {text}", flush=True)
        if ratios:
            worst[name] = min(middle for middle, _, _ in ratios.values())
    missed = [f"{name} {value:.2f}" for name, value in worst.items() if value < TARGETS[size]]
    print(f"  target {TARGETS[size]:g}: {'reached by all' if not missed else 'NOT reached by ' + ', '.join(missed)}")


def main():
    given = arguments(__doc__.splitlines()[0])
    heading("A step of each gradient-based method")
    print(versions("numba", "torch", "optax", "jax"))
    peers = [name for name in ("torch", "optax") if installed(name)]
    if "torch" in peers:
        import torch

        torch.set_num_threads(1)
    for size in SIZES:
        compare(size, given.rounds or (3 if given.quick else 11), peers, 0.02 if given.quick else 0.1)
    print(how_quiet())


if __name__ == "__main__":
    main()
