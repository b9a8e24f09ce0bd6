"""Figures of a comparison in the book's style; ``ax.figure.alt`` is each one's alt text, made of its numbers."""

import numpy as np

from .. import plotting
from ..plotting import BLUE, INK


def _axes(ax, **size):
    return plotting.figure(**size)[1] if ax is None else ax


def shares(ax, at, found, xlabel, ylabel, n):
    """Step curves of shares, one a method."""
    ax = _axes(ax, width=5.4)
    found = _short(found)
    styles = _styles(found)
    for name in sorted(found, key=lambda name: -found[name][-1]):  # the legend in the order of the right end
        ax.step(at, found[name], where="post", label=name, **styles[name])
    ax.set(xscale="log", ylim=(-0.02, 1.02), xlabel=xlabel, ylabel=ylabel)
    ax.set_title(n, fontsize=10.5, weight="normal")
    ax.legend(fontsize=9.5)
    order = sorted(found, key=lambda name: -found[name][-1])
    ends = ", ".join(f"{name} {found[name][-1]:.0%}" for name in order)
    ax.figure.alt = f"Step curves of the {ylabel} against the {xlabel}, {n}. At the right end: {ends}."
    return ax


def _short(found):
    """Without ", tuned" where a method does not stand untuned beside it."""
    return {name.removesuffix(", tuned") if name.removesuffix(", tuned") not in found else name: value for name, value in found.items()}


def _styles(names):
    """A method's own colour and dash; what is kin to one, or has none, differs by its dash."""
    dashes = iter([":", (0, (6, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 3, 2, 3))] * len(names))
    plain = {name: name.partition(",")[0].replace("-", "") for name in names}
    own = {name for name in names if plain[name] in plotting.LINES and "," not in name}
    return {name: {**plotting.line(plain[name]), **({} if name in own else dict(linestyle=next(dashes)))} for name in names}


def critical_difference(ax, ranks):
    """Demsar's diagram: mean ranks on a line; bars join methods that Nemenyi's test does not tell apart."""
    order = np.argsort(ranks.mean, kind="stable")
    ax = _axes(ax, width=6.4, height=0.9 + 0.3 * len(order))
    for place, i in enumerate(order):
        ax.plot([ranks.mean[i]], [place], "o", color=BLUE)
        ax.annotate(f" {ranks.names[i]}  {ranks.mean[i]:.2f}", (ranks.mean[i], place), va="center", fontsize=9.5)
    for k, group in enumerate(ranks.groups()):
        ends = [ranks.mean[ranks.names.index(group[0])], ranks.mean[ranks.names.index(group[-1])]]
        ax.plot(ends, [-0.7 - 0.35 * k] * 2, color=INK, lw=3, solid_capstyle="butt")
    ax.set(ylim=(len(order) - 0.4, -1.1 - 0.35 * len(ranks.groups())), yticks=[], xlabel="mean rank", xlim=(0.8, ranks.mean.max() + 1.2))
    ax.spines["left"].set_visible(False)
    ax.grid(False, axis="y")
    ax.set_title(
        f"n = {ranks.n} problems, critical difference {ranks.critical:.2f}, Friedman p = {ranks.p:.2g}", fontsize=10.5, weight="normal"
    )
    placed = ", ".join(f"{ranks.names[i]} {ranks.mean[i]:.2f}" for i in order)
    joined = "; ".join(" with ".join((group[0], group[-1])) for group in ranks.groups()) or "none"
    ax.figure.alt = f"Mean ranks over {ranks.n} problems: {placed}. Bars join those within {ranks.critical:.2f} of each other: {joined}."
    return ax


def forest(ax, found, against, margin):
    """Differences with intervals, a row each; the band is what does not matter."""
    ax = _axes(ax, width=5.6, height=1.2 + 0.32 * len(found))
    ax.axvspan(-margin, margin, color="#88888830")
    ax.axvline(0, color=INK, lw=1)
    for row, each in enumerate(found.values()):
        ax.errorbar(each.mean, row, xerr=[[each.mean - each.low], [each.high - each.mean]], fmt="o", color=BLUE, markersize=5, capsize=3)
    ax.set(yticks=range(len(found)), yticklabels=list(found), ylim=(len(found) - 0.5, -0.5), xlabel=f"better than {against} →")
    n = sorted({each.n for each in found.values()})
    ax.set_title(f"n = {' to '.join(map(str, {n[0], n[-1]}))} pairs", fontsize=10.5, weight="normal")
    told = "; ".join(f"{name} {each.mean:+.2g} ({each.low:.2g} to {each.high:.2g})" for name, each in found.items())
    ax.figure.alt = f"Differences from {against} with intervals, a band of ±{margin:g} that does not matter: {told}."
    return ax
