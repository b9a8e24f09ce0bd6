"""The picture of a run that is not right yet: the student's over the reference's."""

import base64
import html
import io
from dataclasses import dataclass

import numpy as np

from .problems import TABLE

YOURS, REFERENCE = "#0072B2", "#E69F00"      # Okabe and Ito: told apart by colour-blind readers; the lines differ in width and dash, too


@dataclass
class Picture:
    """A PNG image and the words that stand for it."""

    png: bytes
    alt: str

    @property
    def html(self):
        """An image element with its alternative text."""
        data = base64.b64encode(self.png).decode()
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}" style="max-width: 100%">'


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
    figure, axes = new()
    low, high = theirs.min(axis=0), theirs.max(axis=0)
    margin = 0.25 * np.max(high - low)
    contours(axes, case.args[key.function.trajectory], low - margin, high + margin)
    axes.plot(*theirs.T, "--", color=REFERENCE, linewidth=5, alpha=0.8, label="reference")
    axes.plot(*mine.T, "o-", color=YOURS, linewidth=1.5, markersize=3.5, label="yours")
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    axes.set_title(f"{key.function.title}: {case.situation}")
    part = next((k for k in range(min(len(mine), len(theirs))) if not np.allclose(mine[k], theirs[k], rtol=1e-6, atol=1e-9)), None)
    ends = ", ".join(f"{x:.3g}" for x in mine[-1]), ", ".join(f"{x:.3g}" for x in theirs[-1])
    alt = (f"Your path over the reference's, {case.situation}: "
           + (f"they part at point {part}" if part is not None else f"yours has {len(mine)} points, the reference {len(theirs)}")
           + f"; yours ends at ({ends[0]}), the reference at ({ends[1]}).")
    return finished(figure, axes, alt)


def contours(axes, objective, low, high):
    """Level lines of the function whose gradient the loop was given."""
    value = TABLE[objective.name.removesuffix("_gradient")](*objective.arrays)
    x, y = np.meshgrid(np.linspace(low[0], high[0], 60), np.linspace(low[1], high[1], 60))
    axes.contour(x, y, value(np.stack([x, y], axis=-1)), levels=10, colors="#888888", linewidths=0.7)


def new():
    """An empty figure that no window shows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.4), dpi=110, layout="constrained")
    return figure, figure.subplots()


def finished(figure, axes, alt):
    """The figure as a picture."""
    axes.legend(loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return Picture(out.getvalue(), alt)


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
    figure, axes = new()
    axes.step(np.arange(1, len(theirs) + 1), theirs, "--", color=REFERENCE, linewidth=5, alpha=0.8, label="reference")
    axes.step(np.arange(1, len(mine) + 1), mine, color=YOURS, linewidth=1.5, label="yours")
    axes.set(xlabel="evaluations", ylabel="best value so far", title=f"{function.title} on {run.args['f'].name}")
    alt = (f"The best value so far against evaluations: yours comes from {mine[0]:.3g} to {mine[-1]:.3g} in {len(mine)} evaluations, "
           f"the reference from {theirs[0]:.3g} to {theirs[-1]:.3g} in {len(theirs)}.")
    return finished(figure, axes, alt)
