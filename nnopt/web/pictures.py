"""``python -m nnopt.web.pictures``: the still pictures that stand where the live figures cannot run, by the same kernels."""

import io

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from .. import plotting
from ..gradient.adam import Adam
from ..gradient.gd import GD
from ..metaheuristics.pso import pso_move, pso_remember
from ..problems.multimodal import rastrigin_value
from ..problems.smooth import rosenbrock
from ..random import scatter
from .build import BUILT

# The state in which race.js and swarm.js begin; a test compares.
RACE = dict(start=(-1.2, 1.0), lr=dict(gd=10**-2.8, adam=10**-0.4), beta1=0.9, steps=300)
RACE_BOX = ((-2.1, 2.1), (-0.8, 2.6))
SWARM = dict(particles=24, seed=1, w=0.73, c1=1.5, c2=1.5, generations=60)
SWARM_BOX = ((-5.12, 5.12), (-5.12, 5.12))
SHOWN = 6  # the generation in the picture


def descend(optimizer, problem, start, steps):
    """The points that an optimizer visits, shape (steps + 1, 2)."""
    state = optimizer.init(start)
    points = [state.theta.copy()]
    for _ in range(steps):
        state = optimizer.step(state, problem.grad(state.theta))
        points.append(state.theta.copy())
    return np.array(points)


def fly(particles, seed, w, c1, c2, generations, box=SWARM_BOX, value=rastrigin_value):
    """All positions, shape (generations + 1, particles, 2), and the best value after each generation, of a swarm."""
    lower, upper = (np.array(ends, dtype=float) for ends in zip(*box, strict=True))
    X, V, P = (np.zeros((particles, 2)) for _ in range(3))
    fP, b, fb, rng = np.zeros(particles), np.zeros(2), np.zeros(1), np.array([seed], np.uint64)
    scatter(X, lower, upper, rng)
    positions, best = [], []
    for t in range(generations + 1):
        if t > 0:
            pso_move(X, V, P, b, np.zeros(2), np.zeros(2), lower, upper, rng, w, c1, c2)
        pso_remember(X, np.array([value(x) for x in X]), P, fP, b, fb, t)
        positions.append(X.copy())
        best.append(fb[0])
    return np.array(positions), np.array(best)


def panels(value, box, soft, levels):
    """A figure with the map of a function above and room for the plot of values beneath."""
    plotting.use_style()
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(7.2, 6.4), height_ratios=(2.4, 1), layout="constrained", facecolor="white"
    )
    (x0, x1), (y0, y1) = box
    x, y = np.linspace(x0, x1, 200), np.linspace(y0, y1, 200)
    height = np.array([[value(np.array([a, b])) for a in x] for b in y])
    height = np.log(height - height.min() + soft * np.ptp(height))
    above.contourf(x, y, height, levels, cmap="Blues", alpha=0.5)
    above.contour(x, y, height, levels, colors=plotting.INK, linewidths=0.4, alpha=0.35)
    above.set(xlim=(x0, x1), ylim=(y0, y1), xticks=[], yticks=[])
    above.grid(False)
    below.set(yscale="log", ylabel="value f")
    return figure, above, below


def race():
    """Gradient descent and Adam in Rosenbrock's valley."""
    problem = rosenbrock(2)
    figure, above, below = panels(problem, RACE_BOX, soft=1e-3, levels=15)
    for name, optimizer, color, line in (
        ("gradient descent", GD(lr=RACE["lr"]["gd"]), plotting.RED, "--"),
        ("Adam", Adam(lr=RACE["lr"]["adam"], beta1=RACE["beta1"]), plotting.BLUE, "-"),
    ):
        points = descend(optimizer, problem, RACE["start"], RACE["steps"])
        plotting.path(above, points, color, linestyle=line, linewidth=1.5)
        below.plot([problem(point) for point in points], line, color=color, label=name)
    above.plot(*problem.x_best, "x", color=plotting.INK, markersize=8)
    below.set(xlabel="steps")
    below.legend()
    return figure


def swarm():
    """A swarm over Rastrigin's dents, in flight."""
    figure, above, below = panels(rastrigin_value, SWARM_BOX, soft=0.3, levels=9)
    positions, best = fly(**SWARM)
    for old, new in zip(positions[SHOWN - 1], positions[SHOWN], strict=True):
        above.plot(*np.transpose([old, new]), color=plotting.BLUE, alpha=0.5, linewidth=1.5)
    above.plot(*positions[SHOWN].T, "o", color=plotting.BLUE, markeredgecolor="white", markersize=7)
    above.plot(0, 0, "x", color=plotting.INK, markersize=8)
    below.plot(best, color=plotting.RED, label="best of the swarm")
    below.plot(SHOWN, best[SHOWN], "o", color=plotting.RED)
    below.set(xlabel="generations")
    below.legend()
    return figure


def main():
    mpl.use("Agg")
    for draw in (race, swarm):
        path = BUILT.with_name(f"{draw.__name__}.png")
        drawing = io.BytesIO()
        figure = draw()
        with mpl.rc_context({"savefig.bbox": "standard"}):  # exactly the size that the pages state
            figure.savefig(drawing, dpi=150, facecolor="white")
        Image.open(drawing).convert("RGB").quantize(128).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
