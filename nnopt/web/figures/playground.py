"""Two optimizers train the same small network, from the same first weights, on points of two classes: ``{live} playground``."""

import functools
import itertools

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap

import nnopt

from ... import plotting
from ...random import normal
from . import SIZE, Replay, described, method

POINTS, STEPS, GRID, EDGE = 160, 900, 40, 1.6  # points, steps, a picture's cells along a side, and how far it reaches from the middle
DATA = dict(spirals="two spirals", moons="two moons", circles="two circles")
WIDTHS, DEPTHS = (2, 4, 8, 16), (1, 2, 3)
ACTIVATIONS = dict(tanh=nnopt.Tanh, ReLU=nnopt.ReLU)
BEGINS = dict(data="spirals", width=8, depth=2, activation="tanh", seed=1)
SIDES = dict(left="GD", right="Adam")
CLASSES = dict(orange="o", sky="s")  # colour and marker of the points of class 0 and of class 1

# Methods that look at all rows, and the power of ten of the learning rate from which each begins: the best of `POWERS`, by `score`.
POWERS = np.round(np.arange(-3.5, 1.1, 0.25), 2)
RATES = dict(
    GD=0.25, Momentum=1.0, HeavyBall=0.0, Nesterov=-0.5, AdaGrad=-0.5, RMSprop=-1.5, AdaDelta=0.75, Adam=-0.75, AdamW=-1.0,
    AMSGrad=-0.75, NAdam=-1.0, RAdam=-0.25, Adamax=-0.5, Lion=-1.5,
)  # fmt: skip


# ------------------------------------------------------------------------------------ what is learned
@functools.cache
def points(data):
    """Points and their classes.

    Parameters
    ----------
    data : {"spirals", "moons", "circles"}

    Returns
    -------
    X : ndarray, shape (160, 2)
        Within -1.5 and 1.5; rounded to three digits, so that the page's JSON is short.
    y : ndarray, shape (160,)
        0 or 1.
    """
    if data not in DATA:
        raise ValueError(f"the playground's data are {', '.join(DATA)}, not {data!r}")
    rng = np.random.default_rng(0)
    y, along = np.repeat([0, 1], POINTS // 2), np.tile((np.arange(POINTS // 2) + 0.5) / (POINTS // 2), 2)
    if data == "moons":
        angle, side = np.pi * along, 1 - 2 * y
        X = 0.85 * np.stack([np.cos(angle) * side + y - 0.5, np.sin(angle) * side + 0.5 * y - 0.25], axis=1)
        X += rng.normal(0, 0.08, X.shape)
    elif data == "circles":
        X = np.where(y, 0.5, 1.15)[:, None] * np.stack([np.cos(2 * np.pi * along), np.sin(2 * np.pi * along)], axis=1)
        X += rng.normal(0, 0.08, X.shape)
    else:
        radius, angle = 0.15 + 1.1 * along, 3 * np.pi * along + np.pi * y  # one turn and a half
        X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.025, (POINTS, 2))
    return np.round(np.clip(X, -1.5, 1.5), 3), y


def network(width, depth, activation):
    """The network: two inputs, ``depth`` hidden layers of ``width`` units, one output, binary cross-entropy."""
    hidden = [layer for _ in range(depth) for layer in (nnopt.Dense(width), ACTIVATIONS[activation]())]
    return nnopt.Network(*hidden, nnopt.Dense(1), input=2, loss=nnopt.BinaryCrossEntropy())


def first(width, depth, activation, seed):
    """First weights of a seed, shape (size,), by the generator of the kernels: Xavier's scale before tanh, else He's; biases zero."""
    rng, theta, net = np.array([seed], np.uint64), [], [2, *[width] * depth, 1]
    for layer, (p, q) in enumerate(itertools.pairwise(net)):
        scale = np.sqrt(2 / (p + q) if activation == "tanh" and layer < depth else 2 / p)
        theta += [scale * normal(rng) for _ in range(p * q)] + [0.0] * q
    return np.array(theta)


def trained(name, rate, data, width, depth, activation, seed, steps=STEPS):
    """The loss before each of the steps and after the last, shape (steps + 1,), and the last weights."""
    problem = network(width, depth, activation).problem(*points(data))
    replay = Replay(method(name)(lr=rate), problem, first(width, depth, activation, seed))
    with np.errstate(all="ignore"):  # where the rate is too large, the loss overflows
        values = replay.frames(steps + 1)["value"]
    return values, replay.state.theta.copy()


def right(theta, data, width, depth, activation):
    """The share of the points that the network with these weights tells apart."""
    X, y = points(data)
    return float(((network(width, depth, activation).outputs(theta, X)[:, 0] > 0) == y).mean())


def score(name, power):
    """The mean, over the three data sets, of the power of ten of the loss after all steps from the first weights, at a rate of 10**power;
    infinity where a loss is ever above twice the first one."""
    losses = [trained(name, 10.0**power, **{**BEGINS, "data": data})[0] for data in DATA]
    falls = all(np.isfinite(values).all() and values.max() < 2 * values[0] for values in losses)
    return float(np.mean([np.log10(max(values[-1], 1e-5)) for values in losses])) if falls else np.inf


# ------------------------------------------------------------------------------------ the figure
def rate(power):
    """The learning rate at a power of ten: of three digits, so that an address holds it."""
    return float(f"{10.0**power:.3g}")


def setup():
    """The points, the methods and their rates, the choices, and what the page begins with."""
    data = {name: dict(label=label, X=points(name)[0].ravel().tolist(), y=points(name)[1].tolist()) for name, label in DATA.items()}
    methods = [{**described(name), "rate": rate(power)} for name, power in RATES.items()]
    choices = dict(data=DATA, width=WIDTHS, depth=DEPTHS, activation=list(ACTIVATIONS))
    begins = {**BEGINS, **{side: dict(method=name, rate=rate(RATES[name])) for side, name in SIDES.items()}}
    return dict(section="training", also=["gradient"], data=data, methods=methods, choices=choices, begins=begins, steps=STEPS, grid=GRID,
                edge=EDGE, classes=list(CLASSES))  # fmt: skip


def draw(given):
    """What both have learned after all steps, and their losses."""
    begins, setting = given["begins"], {name: given["begins"][name] for name in BEGINS}
    figure = plt.figure(figsize=SIZE, layout="constrained", facecolor="white")
    grid = figure.add_gridspec(2, 2, height_ratios=(2.1, 1))
    below = figure.add_subplot(grid[1, :])
    for i, side in enumerate(SIDES):
        name, lr = begins[side]["method"], begins[side]["rate"]
        losses, theta = trained(name, lr, **setting, steps=given["steps"])
        label = described(name)["label"]
        ax = figure.add_subplot(grid[0, i])
        regions(ax, theta, setting)
        ax.set_title(f"{label}: {right(theta, **shape(setting)):.0%} right", fontsize=12, weight="normal")
        below.plot(losses, label=f"{label}, rate {lr:g}", linewidth=1.6, **plotting.line(name))
    below.set(yscale="log", xlabel="evaluations of loss and gradient", ylabel="loss")
    below.legend(ncols=2, fontsize=10)
    return figure


def shape(setting):
    return {name: setting[name] for name in ("data", "width", "depth", "activation")}


def regions(ax, theta, setting):
    """The points, and behind them how sure the network is of each class; a line where it is undecided."""
    side, (X, y) = np.linspace(-EDGE, EDGE, 4 * GRID), points(setting["data"])
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    outputs = network(setting["width"], setting["depth"], setting["activation"]).outputs(theta, plane)[:, 0].reshape(len(side), -1)
    sure = 1 / (1 + np.exp(-np.clip(outputs, -50, 50)))
    shades = LinearSegmentedColormap.from_list("classes", [plotting.COLORS[c] for c in CLASSES])
    ax.imshow(sure, extent=(-EDGE, EDGE) * 2, origin="lower", cmap=shades, vmin=0, vmax=1, alpha=0.35)
    ax.contour(side, side, outputs, [0], colors=plotting.INK, linewidths=1.4)
    for label, (color, marker) in enumerate(CLASSES.items()):
        ax.plot(*X[y == label].T, marker, color=plotting.COLORS[color], markersize=4.5, markeredgecolor="white", markeredgewidth=0.6)
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.grid(False)
    ax.spines[:].set_visible(False)
