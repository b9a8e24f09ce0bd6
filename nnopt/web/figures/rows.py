"""Steps that look at some rows of a sum, on a mean of bowls: ``{live} rows SGD`` or ``{live} rows MiniBatchGD``."""

import numpy as np

from ... import plotting
from . import described, panels, problem, section, shown

STEPS, SEED, RATE = 300, 1, 0.1
LINES = {1: ("red", "dotted"), 8: ("blue", "dashdot"), 64: ("ink", "solid")}  # by the size of the batch
BEGINS = {"SGD": (1, 64), "MiniBatchGD": (1, 8, 64)}


def setup(name):
    """The cloud, and the sizes of the batches that run side by side."""
    if name not in BEGINS:
        raise ValueError(f"rows shows {' or '.join(BEGINS)}, not {name!r}")
    runs = [dict(batch=batch, color=color, dash=dash) for batch in BEGINS[name] for color, dash in [LINES[batch]]]
    surfaces = {"cloud": shown("cloud", rows=problem("cloud").rows, least=problem("cloud").minimum)}
    return dict(section=section(name), method=described(name), runs=runs, steps=STEPS, seed=SEED, lr=RATE, surfaces=surfaces)


def walk(batch, lr, steps, seed, replacement):
    """The points of a run, shape (steps + 1, 2), by the kernels that the page calls, one draw of the rows a pass."""
    from ...gradient.mini_batch_gd import shuffle_rows
    from ...problems.sums import cloud_gradient

    arrays, rows = problem("cloud").arrays, problem("cloud").rows
    order, rng, grad = np.zeros(rows, np.int64), np.array([seed], np.uint64), np.zeros(2)
    theta, way, place = np.array([-2.8, 1.6]), [], rows
    for _ in range(steps + 1):
        way.append(theta.copy())
        if place >= rows:
            shuffle_rows(order, rng, float(replacement and batch < rows))  # of all rows none is put back
            place = 0
        cloud_gradient(theta, grad, order[place : place + batch], arrays["C"], arrays["curvatures"])
        theta, place = theta - lr * grad, place + batch
    return np.array(way)


def draw(given):
    """The paths, and how far above the least value they stay."""
    figure, above, below = panels("cloud")
    replacement = given["method"]["name"] == "SGD"
    for run in given["runs"]:
        batch = run["batch"]
        way = walk(batch, given["lr"], given["steps"], given["seed"], replacement)
        style = dict(color=plotting.COLORS[run["color"]], linestyle=plotting.DASHES[run["dash"]])
        plotting.path(above, way, linewidth=1.0, **style)
        excess = [problem("cloud")(point) - problem("cloud").minimum for point in way]
        below.plot(np.maximum(excess, 1e-7), label=f"{run['batch']} of {problem('cloud').rows} rows a step", linewidth=1.4, **style)
    below.set(xlabel="steps", ylabel="above the least", ylim=(1e-6, 1e2))
    below.legend(ncols=3, fontsize=9)
    return figure

