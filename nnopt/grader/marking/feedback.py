"""What a student reads: the mistake by its name, where it is known, then one coordinate to work out by hand.

All of the input is shown only when it is asked for. The same answers always give the same text.
"""

import textwrap

import numpy as np

from ..exercise.problems import Objective
from . import byhand, shape
from .judge import NOT_WRITTEN

INDENT = " " * 9
ONE_CAUSE = "NameError: ", "ImportError: ", "ModuleNotFoundError: "  # an import that is missing fails every function that needs it
WIDTH = 90          # characters of a line beside its margin: what a notebook shows beside its list of files
WORDS = {"right": "right", "partial": "partly", "unfinished": "to do"}


def head(outcome, title, points, max_points):
    """The first line on a part."""
    return f"{WORDS.get(outcome, 'not yet'):<{len(INDENT)}}{title:<26} {points} of {max_points}"


def text(v, verbose=False):
    """The report on one function, from the judge's verdict; if `verbose`, with all of the input that is told of, to be pasted and run."""
    function = v.key.function
    lines, shown = [head(v.outcome, function.title, v.points, function.points)], None
    if v.outcome == "unfinished":
        lines.append(unwritten(function.name, missing=not v.note))
    elif v.alone:
        lines.append(f"Your function is right. It goes astray only because {' or '.join(function.uses)} is not right yet.")
    elif not v.values_right:
        shown = clearest(v)
        lines += on_values(v, shown)
    else:
        if v.forms_wrong:
            shown = next(i for i in v.key.formed if v.key.cases[i].situation == v.forms_wrong[0])
            lines += [f"Right for ordinary values, not yet for {', '.join(v.forms_wrong)}.", *difference(v, shown)]
        if v.remembers:
            lines.append("The same input gave two answers: something is remembered between calls.")
    if v.written_to and function.pure and not v.alone and v.outcome != "unfinished":
        lines.append(f"It writes into its argument {v.written_to}, so the caller's array changes. Work on a copy or a new array.")
    if verbose and shown is not None:
        lines += in_full(v.key.cases[shown].args)
    return f"\n{INDENT}".join(lines)


def note(item):
    """What a part that gave nothing but an exception said; '' where there is none."""
    found = item.verdict
    return (getattr(found, "note", "") or getattr(found, "failed", "")) if item.outcome == "crashed" else ""


def reason(said):
    """A message without the line of the student's code where it arose, where that is one cause for many parts; else ''."""
    return said.partition(" (line ")[0] if said.startswith(ONE_CAUSE) else ""


def once(items):
    """The same name that is missing in several parts is told in full by the first: the others refer to it, without an input."""
    told = set()
    for item in items:
        said = note(item)
        if (why := reason(said)) in told:
            lines = item.text.splitlines()
            k = next((k for k, line in enumerate(lines) if said in line), len(lines))
            item.text = "\n".join([*lines[:k], f"{INDENT}As above: {said}"])
        elif why:
            told.add(why)


def unwritten(name, missing):
    """What to say of a function that is not there, or that was left as it was given out."""
    return f"No function is called {name} yet." if missing else f"{name} is not written yet: it ends at raise NotImplementedError."


def on_values(v, i):
    """Lines on wrong values: what it looks like, what is right, and the input `i`, which shows the difference."""
    good = [p for p in v.key.names if v.part_right(p)]
    told = difference(v, i)
    shapes = tuple(f"{p} has shape " for p in v.key.names if any(f"{p} has shape " in line for line in told))
    lines = named(v.known) + [f"Seen: {s}." for s in v.seen[:2] if not shapes or not s.startswith(shapes)]
    lines += [f"Right so far: {', '.join(good)}."] if good else []
    lines += told
    if v.key.function.clue and not v.known and not v.seen:   # else there is something better to think of
        lines += [f"Think: {v.key.function.clue}"]
    return lines


def named(mistakes):
    """Lines on the known mistakes that it looks like: their names and explanations, then their questions."""
    if not mistakes:
        return []
    return ["This looks like: " + " And: ".join(f"{w.name}. {w.says}" for w in mistakes), *(f"Think: {w.hint}" for w in mistakes)]


def on_its_own(v):
    """A line on a function that fails with the right functions in place of those it uses, too: then the mistake is its own."""
    if not v.key.stand_ins or v.note_alone == v.note:
        return []
    others = " and ".join(v.key.function.uses)
    return [f"With the right {others} it fails, too: {v.note_alone}" if v.note_alone else f"With the right {others} it goes astray, too."]


def difference(v, i):
    """How the answer differs on input `i`: one coordinate and what it takes to work that out; the error's shape. Or what failed there."""
    key = v.key
    case, got, want = key.cases[i], v.got[i], key.want[i]
    if got is None and key.function.uses and v.notes[i].startswith(NOT_WRITTEN):
        why = f": {v.note_alone}" if v.note_alone else "."
        return [f"{' or '.join(key.function.uses)} is not written yet; with the right one in its place it goes astray, too{why}"]
    if got is None:
        return [f"For {case.situation}: {v.notes[i] or 'no answer'}", *on_its_own(v), *there(byhand.shortened(case.args))]
    j = next(j for j, p in enumerate(key.names) if not v.right[p][i])
    part = key.names[j]
    if got[j].shape != want[j].shape:
        lines = [f"For {case.situation}: {part} has shape {got[j].shape}, expected {want[j].shape}"]
        lines += there(byhand.shortened(case.args) if key.function.trajectory else byhand.shapes(case.args))
    else:
        where = element(got[j], want[j], v.tol[i][j], key.function.trajectory or part == "path")
        a, b = two(float(got[j][where]) + 0, float(want[j][where]) + 0)       # 0, not -0
        lines = [f"By hand, {case.situation}: yours is {part}{byhand.index(where)} = {a}, expected {b}"]
        lines += there(byhand.pieces(key, i, j, where))
    told = shape.of(v, j)
    return [*lines, *([f"The error: {told}."] if told else [])]


def there(pieces):
    """Lines on the input, broken between its pieces."""
    lines = ["Given:"]
    for k, piece in enumerate(pieces, 1):
        word = piece + ("," if k < len(pieces) else "")
        if len(lines[-1]) + 1 + len(word) > WIDTH and lines[-1] != "Given:":
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines if pieces else []


def in_full(args):
    """An input as lines of Python, to be pasted and run."""
    lines = ["The input:"]
    numbers = [f"{name} = {literal(a)}" for name, a in args.items() if np.ndim(a) == 0 and not isinstance(a, Objective)]
    arrays = [f"{name} = {literal(a)}" for name, a in args.items() if np.ndim(a) or isinstance(a, Objective)]
    for line in [*arrays, *(["; ".join(numbers)] if numbers else [])]:
        lines += textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)
    return lines


def wrapped(text):
    """A report whose lines break between words, and go on below where they began: a notebook breaks them anywhere."""
    lines = []
    for line in text.split("\n"):
        margin = INDENT if line.startswith(INDENT) else ""
        own = textwrap.wrap(line.strip(), WIDTH, break_long_words=False, break_on_hyphens=False) if margin else [line]
        lines += [margin + piece for piece in own]
    return "\n".join(lines)


def literal(a):
    """A value as Python writes it, exactly."""
    if isinstance(a, Objective):
        return a.python([literal(x) for x in a.arrays])
    if isinstance(a, tuple) and a[:1] == ("seed",):
        return f"np.random.default_rng({a[1]})"
    if not isinstance(a, np.ndarray):
        return byhand.runnable(a.item() if isinstance(a, np.generic) else a)
    shortest = a.dtype.kind == "f" and a.size                # of float32, too: 0.03, not 0.029999999329447746
    values = np.reshape([float(str(x)) + 0 for x in a.ravel()], a.shape).tolist() if shortest else a.tolist()
    kind = "" if a.dtype in (np.float64, np.int64) and a.size else f", dtype=np.{a.dtype}"
    return f"np.array({byhand.runnable(values)}{kind})" if a.size else f"np.zeros({a.shape}{kind})"


def clearest(v):
    """The first of the cases that show the difference most plainly: relative to the value, up to its double, and with few numbers.

    What failed is as plain as can be; but a mistake that has a name is shown where it returned something, if it ever did.
    """
    def plain(i):
        if v.got[i] is None:
            return 0.0 if v.known else 1.0
        sizes = [0.0]
        for g, w, part in zip(v.got[i], v.key.want[i], v.key.names):
            if not v.right[part][i]:
                sizes.append(1.0 if g.shape != w.shape else float(np.max(relative(g, w), initial=0)))
        return round(min(max(sizes), 1.0), 1)
    return max(v.wrong, key=lambda i: (plain(i), v.got[i] is not None or not v.known, byhand.few(v.key.cases[i]), -i))


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
