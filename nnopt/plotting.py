"""Figures of the book: one palette, one style, and the two drawings that most pages need.

The colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart; every curve also differs by
its label. Figures have no background of their own, so that they stand on a light and on a dark page.
"""

import os
from collections.abc import Callable
from typing import NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, INK = "#CC79A7", "#56B4E9", "#F0E442", "#333333"
PALE = mpl.colors.LinearSegmentedColormap.from_list("pale", ["#ffffff", "#e3eef6", "#b4d0e5", "#8bb3d3"])
PALETTE = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY]


class Line(NamedTuple):
    """How a method is drawn in the whole book."""

    color: str
    dash: str


# One colour and dash a method, of all that the survey names; any other is drawn in ink, dotted.
COLORS = dict(blue=BLUE, orange=ORANGE, green=GREEN, red=RED, purple=PURPLE, sky=SKY, ink=INK)
DASHES = dict(solid="-", dashed="--", dashdot="-.", dotted=":")
OTHER = Line("ink", "dotted")
LINES = {
    name: Line(color, dash)
    for color, names in dict(
        red="GD:dashed SGD:dotted MiniBatchGD:dashdot PSO:dashdot",
        purple="Momentum:dashdot HeavyBall:dashed Nesterov:solid SA:solid",
        green="AdaGrad:solid AdaDelta:dashed DE:solid",
        orange="RMSprop:solid Muon:dashed Shampoo:dotted SOAP:dashdot GA:solid",
        blue="Adam:solid AdamW:dashed AMSGrad:dotted NAdam:dashdot ACO:dashed",
        sky="RAdam:solid Adamax:dashed Lion:dotted ScheduleFree:dashdot TabuSearch:solid",
        ink="LBFGS:solid BacktrackingGD:dashed",
    ).items()
    for name, dash in (each.split(":") for each in names.split())
}


def line(name: str) -> dict:
    """The colour and line style of a method, by the name of its class: ``ax.plot(values, **line("Adam"))``."""
    found = LINES.get(name, OTHER)
    return dict(color=COLORS[found.color], linestyle=DASHES[found.dash])


STYLE: dict = {
    "axes.prop_cycle": mpl.rcsetup.cycler(color=PALETTE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#888888",
    "grid.alpha": 0.25,
    "font.size": 11.5,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "figure.figsize": (5.0, 3.6),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": "tight",
    "svg.fonttype": "path",          # the same letters on every machine
    "svg.hashsalt": "nnopt",         # the same file on every build
}


def use_style() -> None:
    """Set the book's style for all figures that follow; in a notebook, draw them as SVG."""
    plt.rcParams.update(STYLE)
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        if os.environ.get("NNOPT_FIGURES") == "png":      # to be looked at in a file: `nnopt page`
            set_matplotlib_formats("png", facecolor="white", dpi=110)
        else:
            set_matplotlib_formats("svg")
    except (ImportError, AttributeError):
        pass                         # not in a notebook


def figure(rows: int = 1, columns: int = 1, width: float = 5.0, height: float = 3.6, **kwargs) -> tuple[Figure, Axes]:
    """`matplotlib.pyplot.subplots` in the book's style; `width` and `height` in inches."""
    use_style()
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **kwargs)


def contour(ax: Axes, fun: Callable, bounds, levels: int = 24, points: int = 160, log: bool = True) -> None:
    """Draw a function of two variables as filled contours.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    fun : callable
        Takes an array of shape (2,), returns a float.
    bounds : sequence of two (low, high) pairs
        The rectangle that is shown.
    levels, points : int
        Number of contours, and of grid points a side.
    log : bool
        Whether contours are evenly spaced in the logarithm of the height, which shows valleys, or in the height itself.
    """
    (x_low, x_high), (y_low, y_high) = bounds
    x, y = np.linspace(x_low, x_high, points), np.linspace(y_low, y_high, points)
    height = np.array([[fun(np.array([a, b])) for a in x] for b in y])
    if log:
        height = np.log10(height - height.min() + 1e-3 * np.ptp(height))
    ax.contourf(x, y, height, levels, cmap=PALE, antialiased=True)
    ax.contour(x, y, height, levels, colors=INK, linewidths=0.4, alpha=0.35)
    ax.set(xlim=(x_low, x_high), ylim=(y_low, y_high))
    ax.grid(False)


def path(ax: Axes, points, color: str = ORANGE, label: str | None = None, **kwargs) -> None:
    """Draw the way of an optimizer: an array of shape (steps, 2), its start as a ring, its end as a dot."""
    points = np.asarray(points)
    ax.plot(points[:, 0], points[:, 1], color=color, label=label, marker=".", markersize=4, **kwargs)
    ax.plot(*points[0], "o", color=color, markerfacecolor="white", markersize=8, markeredgewidth=2)
    ax.plot(*points[-1], "o", color=color, markersize=8, markeredgecolor="white")
