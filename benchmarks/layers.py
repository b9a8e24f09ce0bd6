"""Steps of networks of other layers than dense ones: convolutional, recurrent, transformer; nnopt and PyTorch eager, side by side.

Both start from the same weights and see the same batches; their first losses are compared before any clock is started. Adam, in PyTorch
fused into one kernel; float32, one core.

    python -m benchmarks.layers [--quick] [--rounds N] [NAME ...]      # NAME: cnn, gru, transformer
"""

from .common import arguments, blas_in_use, heading, how_quiet, installed, rounds_in_turn, table, versions  # isort: skip

import sys
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

import nnopt
from nnopt import (
    GELU,
    GRU,
    Attention,
    Conv,
    CrossEntropy,
    Dense,
    Embedding,
    LayerNorm,
    MaxPool,
    Network,
    Positions,
    ReLU,
    Residual,
)
from nnopt._loop import VALUE
from nnopt._minimize import Rows, Run

LR = 1e-3
SYMBOLS, PLACES, WIDTH, HEADS, UNITS = 80, 64, 64, 4, 128
STEPS = 4  # a measurement, and as many batches
TOLERANCE = 2e-4


def cnn():
    """Two layers of filters, 8 and 16."""
    return Network(Conv(8), ReLU(), MaxPool(), Conv(16), ReLU(), MaxPool(), Dense(10), input=(1, 28, 28), loss=CrossEntropy())


def gru():
    """Characters by 128 gated units."""
    return Network(Embedding(SYMBOLS, WIDTH), GRU(UNITS), Dense(SYMBOLS), input=PLACES, loss=CrossEntropy())


def transformer():
    """Characters by two blocks of attention and two dense layers."""
    blocks = [block for _ in range(2) for block in (
        Residual(LayerNorm(), Dense(3 * WIDTH), Attention(HEADS, causal=True), Dense(WIDTH)),
        Residual(LayerNorm(), Dense(4 * WIDTH), GELU(), Dense(WIDTH)),
    )]  # fmt: skip
    return Network(Embedding(SYMBOLS, WIDTH), Positions(), *blocks, LayerNorm(), Dense(SYMBOLS), input=PLACES, loss=CrossEntropy())


@dataclass
class Job:
    """A network, its first weights, and data of whole batches."""

    name: str
    batch: int
    targets: dict = field(default_factory=dict)

    def __post_init__(self):
        rng, rows = np.random.default_rng(0), STEPS * self.batch
        self.net = dict(cnn=cnn, gru=gru, transformer=transformer)[self.name]()
        self.theta = self.net.start(rng).astype(np.float32)
        if self.name == "cnn":
            self.X, self.y = rng.random((rows, 1, 28, 28), np.float32), rng.integers(0, 10, rows)
        else:
            self.X, self.y = (rng.integers(0, SYMBOLS, (rows, PLACES)) for _ in range(2))


class Nnopt:
    """The loop that ``minimize`` and the estimators run."""

    def __init__(self, job):
        self.job, self.optimizer = job, nnopt.Adam(lr=LR)
        self.problem = job.net.problem(job.X, job.y, batch=job.batch, dtype="float32")
        self.start()

    def start(self):
        rows = Rows(len(self.job.X), self.job.batch, lambda: np.arange(len(self.job.X)))
        self.run = Run(self.problem, self.optimizer, self.optimizer.init(self.job.theta), rows=rows)

    def steps(self):
        self.run.go_on(STEPS)
        return self.run.table[self.run.rowed - STEPS : self.run.rowed, VALUE]


class Torch:
    """Eager, as one writes it in PyTorch; its attention is ``scaled_dot_product_attention``."""

    def __init__(self, job):
        import torch

        torch.set_num_threads(1)
        self.torch, self.job = torch, job
        self.X, self.y = torch.from_numpy(job.X), torch.from_numpy(job.y)
        self.start()

    def start(self):
        torch = self.torch
        self.model = dict(cnn=torch_cnn, gru=torch_gru, transformer=torch_transformer)[self.job.name](torch)
        ours = [array for layer in self.job.net.arrays(self.job.theta) for array in layer.values()]
        for (weight, turned), array in zip(self.model.order(), ours, strict=True):
            with torch.no_grad():
                weight.copy_(torch.from_numpy(array.T.copy() if turned else array.copy()).reshape(weight.shape))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LR, fused=True)

    def steps(self):
        losses, batch, entropy = [], self.job.batch, self.torch.nn.functional.cross_entropy
        for i in range(0, STEPS * batch, batch):
            self.optimizer.zero_grad(set_to_none=True)
            Z = self.model(self.X[i : i + batch])
            loss = entropy(Z.reshape(-1, Z.shape[-1]), self.y[i : i + batch].reshape(-1))
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return losses


def both(module, turned=True):
    """The weight, which in a linear layer is ours transposed, and the bias."""
    return [(module.weight, turned), (module.bias, False)]


def torch_cnn(torch):
    nn, F = torch.nn, torch.nn.functional

    class CNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.out = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3), nn.Linear(400, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.one(x)), 2)
            return self.out(F.max_pool2d(F.relu(self.two(x)), 2).flatten(1))

        def order(self):
            return [*both(self.one, False), *both(self.two, False), *both(self.out)]

    return CNN()


def torch_gru(torch):
    nn = torch.nn

    class Characters(nn.Module):
        def __init__(self):
            super().__init__()
            self.symbols, self.out = nn.Embedding(SYMBOLS, WIDTH), nn.Linear(UNITS, SYMBOLS)
            self.gru = nn.GRU(WIDTH, UNITS, batch_first=True)

        def forward(self, x):
            return self.out(self.gru(self.symbols(x))[0])

        def order(self):
            inner = self.gru
            cell = [(inner.weight_ih_l0, True), (inner.weight_hh_l0, True), (inner.bias_ih_l0, False), (inner.bias_hh_l0, False)]
            return [(self.symbols.weight, False), *cell, *both(self.out)]

    return Characters()


def torch_transformer(torch):
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.inside, self.out = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.again, self.wide, self.narrow = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            rows = x.shape[0]
            parts = (a.view(rows, PLACES, HEADS, -1).transpose(1, 2) for a in self.inside(self.norm(x)).split(WIDTH, 2))
            y = F.scaled_dot_product_attention(*parts, is_causal=True)
            x = x + self.out(y.transpose(1, 2).reshape(rows, PLACES, WIDTH))
            return x + self.narrow(F.gelu(self.wide(self.again(x)), approximate="tanh"))

        def order(self):
            return [*both(self.norm), *both(self.inside), *both(self.out), *both(self.again), *both(self.wide), *both(self.narrow)]

    class Characters(nn.Module):
        def __init__(self):
            super().__init__()
            self.symbols, self.places = nn.Embedding(SYMBOLS, WIDTH), nn.Parameter(torch.zeros(PLACES, WIDTH))
            self.blocks, self.norm, self.out = nn.ModuleList([Block(), Block()]), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, SYMBOLS)

        def forward(self, x):
            x = self.symbols(x) + self.places
            for block in self.blocks:
                x = block(x)
            return self.out(self.norm(x))

        def order(self):
            inner = [pair for block in self.blocks for pair in block.order()]
            return [(self.symbols.weight, False), (self.places, False), *inner, *both(self.norm), *both(self.out)]

    return Characters()


PEER = "PyTorch, eager, fused Adam"
TARGETS = dict(cnn={32: 3.0, 128: 2.0}, gru={32: 1.3, 128: 1.0}, transformer={32: 1.0, 128: 1.0})


def main():
    names = [name for name in sys.argv[1:] if name in TARGETS] or list(TARGETS)
    sys.argv = [word for word in sys.argv if word not in TARGETS]
    options = arguments(__doc__.splitlines()[0])
    rounds, seconds = options.rounds or (3 if options.quick else 15), 0.05 if options.quick else 0.3
    heading("Layers: steps of networks side by side, Adam, float32, one core")
    print(versions("numpy", "numba", "scipy", "torch"))
    with threadpool_limits(1):
        for name in names:
            for batch in (32, 128):
                job = Job(name, batch)
                print(f"\n{name}, batch {batch}: {job.theta.size} parameters")
                everyone = {"nnopt": Nnopt(job)} | ({PEER: Torch(job)} if installed("torch") else {})
                losses = [np.array(each.steps(), dtype=float) for each in everyone.values()]
                error = max(np.max(np.abs(theirs / losses[0] - 1)) for theirs in losses)
                assert error <= TOLERANCE, f"the first losses differ by {error:.1e}: not the same work"
                print(f"  same work: the first {STEPS} losses agree to {error:.0e}")
                times = rounds_in_turn({n: lambda r, c=c: c.steps() for n, c in everyone.items()}, rounds, seconds,
                                       {n: c.start for n, c in everyone.items()})  # fmt: skip
                table({n: t / STEPS for n, t in times.items()}, "nnopt", "ms a step", 1e3, {PEER: TARGETS[name][batch]})
    for line in blas_in_use():
        print(f"BLAS: {line}")
    print(how_quiet())


if __name__ == "__main__":
    main()
