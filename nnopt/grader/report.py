"""What a student reads: what is right, then one thing to look at next. The same answers always give the same text."""

import numpy as np

from .problems import Objective

INDENT = " " * 9
WORDS = {"right": "right", "partial": "partly", "unfinished": "to do"}


def head(outcome, title, points, max_points):
    """The first line on a part."""
    return f"{WORDS.get(outcome, 'not yet'):<{len(INDENT)}}{title:<26} {points} of {max_points}"


def text(v):
    """The report on one function, from the judge's verdict."""
    function = v.key.function
    lines = [head(v.outcome, function.title, v.points, function.points)]
    if v.outcome == "unfinished":
        lines.append(f"{function.name} is not written yet." if v.note else f"No function is called {function.name} yet.")
    elif v.alone:
        lines.append(f"Your function is right. It goes astray only because {' or '.join(function.uses)} is not right yet.")
    elif not v.values_right:
        lines += on_values(v)
    else:
        if v.forms_wrong:
            lines.append(f"Right for ordinary values, not yet for {', '.join(v.forms_wrong)}." + (f" {v.note}" if v.note else ""))
        if v.remembers:
            lines.append("The same input gave two answers: something is remembered between calls.")
    if v.written_to and function.pure and not v.alone and v.outcome != "unfinished":
        lines.append(f"It writes into its argument {v.written_to}, so the caller's array changes. Work on a copy or a new array.")
    return f"\n{INDENT}".join(lines)


def on_values(v):
    """Lines on wrong values: what is right, the first input that shows the difference, and what it looks like."""
    good = [p for p in v.key.names if v.part_right(p)]
    lines = [f"Right so far: {', '.join(good)}."] if good else []
    lines += difference(v)
    if v.known:
        lines.append("This looks like: " + " And: ".join(f"{w.name}. {w.says}" for w in v.known))
        lines += [f"Think: {w.hint}" for w in v.known]
    return lines + [f"Seen: {s}." for s in v.seen[:2]]


def difference(v):
    """The first input at which the answer clearly differs, its values, and what was expected."""
    key, i = v.key, clearest(v)
    case, got, want = key.cases[i], v.got[i], key.want[i]
    names = ", ".join(f"{name}={short(a)}" for name, a in case.args.items())
    if got is None:
        return [f"For {case.situation}: {v.note or 'no answer'}", f"at {names}"]
    j = next(j for j, p in enumerate(key.names) if not v.right[p][i])
    part = key.names[j]
    if got[j].shape != want[j].shape:
        return [f"For {case.situation}: {part} has shape {got[j].shape}, expected {want[j].shape}", f"at {names}"]
    where = element(got[j], want[j], v.tol[i][j], key.function.trajectory)
    a, b = two(float(got[j][where]), float(want[j][where]))
    if want[j].ndim and not key.function.trajectory:         # arguments of the same shape: show the same element of them
        names = ", ".join(f"{name}={short(x[where] if np.shape(x) == want[j].shape else x)}"
                          for name, x in case.args.items())
    index = f"[{', '.join(map(str, where))}]" if where else ""
    return [f"First clear difference, {case.situation}: {part}{index} = {a}, expected {b}", f"at {names}"]


def clearest(v):
    """The first of the cases that show the difference most plainly: relative to the value, up to its double."""
    def plain(i):
        if v.got[i] is None:
            return 1.0
        sizes = [0.0]
        for g, w, part in zip(v.got[i], v.key.want[i], v.key.names):
            if not v.right[part][i]:
                sizes.append(1.0 if g.shape != w.shape else float(np.max(relative(g, w), initial=0)))
        return round(min(max(sizes), 1.0), 1)
    return max(v.wrong, key=lambda i: (plain(i), -i))


def relative(g, w):
    """Relative differences; what is not finite counts as far away."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(g - w) / (np.abs(w) + 1e-12), nan=1.0, posinf=1.0)


def element(got, want, tol, in_order):
    """The index of the element to show: of a trajectory the first that differs, else the one that differs most."""
    with np.errstate(all="ignore"):
        right = (np.abs(got - want) <= tol) | (got == want) | (np.isnan(got) & np.isnan(want))
    if got.ndim == 0:
        return ()
    flat = np.argmin(right) if in_order else np.argmax(np.where(right, -1.0, relative(got, want)))
    return tuple(int(k) for k in np.unravel_index(int(flat), got.shape))


def two(a, b):
    """Two numbers with as many digits as it takes to tell them apart."""
    digits = next((d for d in range(4, 17) if f"{a:.{d}g}" != f"{b:.{d}g}"), 17)
    return f"{a:.{digits}g}", f"{b:.{digits}g}"


def short(x):
    """A value in a few characters: a large array by its shape."""
    if isinstance(x, Objective):
        return f"{x.name}({', '.join(short(a) for a in x.arrays)})"
    x = np.asarray(x)
    if x.ndim == 0:
        return f"{x.item() + 0:.4g}" if x.dtype.kind == "f" else str(x.item())
    if x.size > 6:
        return f"an array {x.shape}"
    return np.array2string(x + 0 if x.dtype.kind == "f" else x, precision=4, separator=", ").replace("\n", "")
