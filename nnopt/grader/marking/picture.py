"""The picture of a run that is not right yet: the student's over the reference's."""

import base64
import functools
import html
import io
from dataclasses import dataclass

import numpy as np

from ..exercise.problems import TABLE
from .svg import LEVELS, REFERENCE, YOURS, draw

MOST = 2000      # points that are drawn of a student's path: half a million would make a page of seven megabytes


@dataclass
class Picture:
    """Lines to be drawn, and the words that stand for them. Drawn when it is asked for, as PNG or as SVG.

    Attributes
    ----------
    title, alt : str
    theirs, mine : array of shape (n, 2)
        The reference's line and the student's.
    level_lines : tuple, optional
        ``(x, y, z)`` on a grid, of shapes (k,), (k,) and (k, k): the contours below.
    box : tuple, optional
        ``(low, high)``, the corners of what is shown; everything by default.
    labels : tuple of str
        Of both axes.
    steps : bool
        The lines are staircases, without marks at their points.
    """

    title: str
    alt: str
    theirs: np.ndarray
    mine: np.ndarray
    level_lines: tuple | None = None
    box: tuple | None = None
    labels: tuple[str, str] = ("", "")
    steps: bool = False

    @functools.cached_property
    def png(self):
        """The picture as matplotlib draws it, for a notebook or a file."""
        figure, axes = new()
        if self.level_lines:
            axes.contour(*self.level_lines, levels=LEVELS, colors="#888888", linewidths=0.7)
        style = {"drawstyle": "steps-pre"} if self.steps else {}
        axes.plot(*self.theirs.T, "--", color=REFERENCE, linewidth=5, alpha=0.8, label="reference", **style)
        axes.plot(*self.mine.T, "-" if self.steps else "o-", color=YOURS, linewidth=1.5, markersize=3.5, label="yours", **style)
        if self.box:
            axes.set(xlim=(self.box[0][0], self.box[1][0]), ylim=(self.box[0][1], self.box[1][1]))
        axes.set(title=self.title, xlabel=self.labels[0], ylabel=self.labels[1])
        return finished(figure, axes)

    @functools.cached_property
    def svg(self):
        """The same as SVG, written here: a class has hundreds of them, and matplotlib takes a hundred times as long."""
        with np.errstate(all="ignore"):
            return draw(self)

    @property
    def html(self):
        """An image element with its alternative text."""
        data = base64.b64encode(self.png).decode()
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}" style="max-width: 100%">'


@np.errstate(all="ignore")     # of a student's path, whatever stands in it
def of(item):
    """The picture of this part's run, or None where there is nothing to draw."""
    if item.outcome == "right" or item.verdict is None:
        return None
    if hasattr(item.verdict, "picture"):
        return item.verdict.picture()
    return trajectory(item.verdict) if item.verdict.key.function.trajectory else None


def trajectory(v):
    """The student's path over the reference's, on the objective's contours, for the first wrong case that has a path in the plane."""
    key = v.key
    is_path = lambda a: a.ndim == 2 and a.shape[1] == 2 and len(a) > 1 and np.isfinite(a).all()     # noqa: E731
    i = next((i for i in v.wrong if v.got[i] is not None and is_path(v.got[i][0]) and is_path(key.want[i][0])), None)
    if i is None:
        return None
    case, mine, theirs = key.cases[i], v.got[i][0], key.want[i][0]
    low, high = theirs.min(axis=0), theirs.max(axis=0)
    margin = 0.25 * np.max(high - low)
    low, high = low - margin, high + margin
    part = next((k for k in range(min(len(mine), len(theirs))) if not np.allclose(mine[k], theirs[k], rtol=1e-6, atol=1e-9)), None)
    ends = ", ".join(f"{x:.3g}" for x in mine[-1]), ", ".join(f"{x:.3g}" for x in theirs[-1])
    alt = (f"Your path over the reference's, {case.situation}: "
           + (f"they part at point {part}" if part is not None else f"yours has {len(mine)} points, the reference {len(theirs)}")
           + f"; yours ends at ({ends[0]}), the reference at ({ends[1]}).")
    return Picture(f"{key.function.title}: {case.situation}", alt, theirs, mine[:MOST],
                   grid(case.args[key.function.trajectory], low, high), (low, high))


def grid(objective, low, high):
    """The function whose gradient the loop was given, on a grid between these corners."""
    value = TABLE[objective.name.removesuffix("_gradient")](*objective.arrays)
    x, y = np.linspace(low[0], high[0], 60), np.linspace(low[1], high[1], 60)
    return x, y, value(np.stack(np.meshgrid(x, y), axis=-1))


def new():
    """An empty figure that no window shows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.4), dpi=110, layout="constrained")
    return figure, figure.subplots()


def finished(figure, axes):
    """The figure as the bytes of a PNG image."""
    axes.legend(loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def swarm(function, run, answer):
    """The best value found so far against evaluations, over a run of the reference."""
    args = {name: np.random.default_rng(a[1]) if isinstance(a, tuple) else a for name, a in run.args.items()}
    args["f"] = run.args["f"].fresh()
    function.reference(**args)
    value = run.args["f"].fun
    asked = np.asarray(answer[-1], float)
    if asked.ndim != 2 or asked.shape[1] != len(run.args["lower"]) or not len(asked):
        return None
    mine, theirs = (np.minimum.accumulate(value(points)) for points in (asked, args["f"].trace()))
    alt = (f"The best value so far against evaluations: yours comes from {mine[0]:.3g} to {mine[-1]:.3g} in {len(mine)} evaluations, "
           f"the reference from {theirs[0]:.3g} to {theirs[-1]:.3g} in {len(theirs)}.")
    mine, theirs = (np.column_stack([np.arange(1, len(best) + 1), best]) for best in (mine, theirs))
    return Picture(f"{function.title} on {run.args['f'].name}", alt, theirs, mine, labels=("evaluations", "best value so far"), steps=True)
