"""Gradient descent in a bowl of two curvatures, and each direction by itself: ``{live} bowl``."""

import numpy as np

from ... import plotting
from . import SURFACES, described, panels, shown

STEPS, START, CONDITION, SHARE = 60, (-4.2, 2.2), 25.0, 0.8  # the rate as a share of 2 / L


def setup():
    """Curvatures 1 and kappa, the start and the rate."""
    box = dict(surfaces={"quadratic": shown("quadratic")})
    return dict(section="gradient", method=described("GD"), steps=STEPS, start=START, condition=CONDITION, share=SHARE, **box)


def walk(condition, share, start, steps):
    """The points, shape (steps + 1, 2): every direction is multiplied by its own factor."""
    factors = 1 - share * 2 / condition * np.array([1.0, condition])
    return np.array(start) * factors ** np.arange(steps + 1)[:, None]


def draw(given):
    """The path, and the distance along each of the two directions."""
    assert SURFACES["quadratic"].arguments["condition"] == given["condition"]
    figure, above, below = panels("quadratic")
    way = walk(given["condition"], given["share"], given["start"], given["steps"])
    plotting.path(above, way, linewidth=1.5, **plotting.line("GD"))
    for name, column, color, style in (("flat direction", 0, plotting.BLUE, "-"), ("steep direction", 1, plotting.RED, "--")):
        below.plot(np.abs(way[:, column]), style, color=color, label=name)
    below.set(xlabel="steps", ylabel="distance")
    below.legend(ncols=2, fontsize=10)
    return figure
