"""Points that move over a surface, of any method that asks for points or walks: ``{live} population PSO``."""

import numpy as np

from ... import plotting
from ...optimizer import WalkMethod
from . import Replay, described, method, panels, section, shown

GENERATIONS, SEED = 60, 1
SIZES = dict(population_size=24, chain=12)  # annealing makes a chain of moves where a population makes a generation
LANDS = ("rastrigin", "ackley", "himmelblau", "rosenbrock")
PLACES = {  # of a method's map of stability, each a button: name -> its fields
    "PSO": {"A: default": dict(w=0.7298, c1=1.49618, c2=1.49618), "B: settles at once": dict(w=0.3, c1=0.3, c2=0.3),
            "C: swings grow": dict(w=0.9, c1=2.2, c2=2.2)},
}  # fmt: skip
PICTURED = 6  # the generation in the still


def setup(name):
    """The method, its size, and the seed of its run."""
    fields = {field: size for field, size in SIZES.items() if hasattr(method(name)(), field)}
    surfaces = {surface: shown(surface) for surface in LANDS}
    return dict(section=section(name), method=described(name), fields=fields, seed=SEED, steps=GENERATIONS,
                places=PLACES.get(name, {}), surfaces=surfaces)


def draw(given):
    """The points in flight over the first surface."""
    surface, optimizer = LANDS[0], method(given["method"]["name"])(**given["fields"])
    points = "x" if issubclass(method(given["method"]["name"]), WalkMethod) else "X"
    budget = given["fields"]["chain"] * (given["steps"] + 1) if "chain" in given["fields"] else 1 << 40  # annealing cools with its share
    ran = Replay(optimizer, surface, seed=given["seed"], budget=budget).frames(given["steps"] + 1, points)
    old, new = (np.atleast_2d(ran[points][t]) for t in (PICTURED - 1, PICTURED))
    figure, above, below = panels(surface)
    above.plot(*np.stack([old, new]).transpose(2, 0, 1), color=plotting.BLUE, alpha=0.5, linewidth=1.5)
    above.plot(*new.T, "o", color=plotting.BLUE, markeredgecolor="white", markersize=7)
    below.plot(ran["least"], color=plotting.RED, label="best so far")
    below.plot(PICTURED, ran["least"][PICTURED], "o", color=plotting.RED)
    below.set(xlabel="generations")
    below.legend()
    return figure
