"""The shape of an error: its sign, its scale, where it stands, the step at which it starts. Numbers only: no spec is looked at."""

import numpy as np

NEAR = 1e-6         # relative: what differs by less was nearly computed


def of(v, j):
    """One sentence on how part `j` is off, over all the cases on which it is wrong; '' where nothing was returned."""
    key, name = v.key, v.key.names[j]
    pairs = [(np.asarray(v.got[i][j], float), key.want[i][j], key.cases[i].args, v.tol[i][j])
             for i in v.wrong if v.got[i] is not None and not v.right[name][i]]
    if not pairs:
        return ""
    if not key.function.trajectory and any(g.shape != w.shape for g, w, *_ in pairs):
        return ""                                           # the shapes are told already
    with np.errstate(all="ignore"):
        if key.function.trajectory:
            return path(*pairs[0][:2])
        return next(filter(None, (look(name, pairs) for look in (not_finite, unchanged, nearly, whole, exchanged, scale, place, size))))


def every(pairs, holds):
    """Does this hold for every pair of returned and expected arrays?"""
    return all(bool(holds(g, w)) for g, w, *_ in pairs)


def close(a, b):
    """Equal as far as a first look goes."""
    return a.shape == b.shape and np.allclose(a, b, rtol=NEAR, atol=1e-9 * np.max(np.abs(b), initial=0))


def not_finite(name, pairs):
    lost = [np.sum(~np.isfinite(g) & np.isfinite(w)) for g, w, *_ in pairs]
    where = "" if all(lost) else ", on some inputs"
    return f"{name} is not finite (nan or inf) where a number is expected{where}" if any(lost) else ""


def unchanged(name, pairs):
    """An argument handed back as it came."""
    names = [a for a, x in pairs[0][2].items() if np.asarray(x).dtype.kind in "fiu"]
    same = [a for a in names if all(np.array_equal(args[a], g) for g, _, args, _ in pairs)]
    return f"{name} is the argument {same[0]}, as it came" if same else ""


def nearly(name, pairs):
    sizes = [np.abs(w) + 1e-3 * np.max(np.abs(w), initial=0) + 1e-300 for _, w, *_ in pairs]
    far = max(np.max(np.abs(p[0] - p[1]) / size, initial=0) for p, size in zip(pairs, sizes))
    told = f"{name} is off by {far:.0e} of its size at most: a rounded number, a lower precision, a small number added?"
    return told if far < NEAR else ""


def whole(name, pairs):
    cut = every(pairs, lambda g, w: np.array_equal(g, np.round(g))) and not every(pairs, lambda g, w: np.array_equal(w, np.round(w)))
    return f"{name} holds whole numbers only" if cut and not every(pairs, lambda g, w: not np.any(g)) else ""


def exchanged(name, pairs):
    """The right elements, elsewhere."""
    big = [p for p in pairs if p[0].size > 1]
    if big and every(pairs, lambda g, w: g.ndim == 2 and g.shape[0] == g.shape[1] and close(g, w.T)):
        return f"{name} is transposed"
    if big and every(pairs, lambda g, w: close(np.sort(g, axis=None), np.sort(w, axis=None))):
        return f"{name} has the right elements in another order"
    return ""


def scale(name, pairs):
    """A factor, or a number that is added: the same for all inputs, or for all elements of one."""
    for what, parts in (("", [(g, w) for g, w, *_ in pairs]), ("the change of ", changes(name, pairs))):
        factors = [ratio(g, w) for g, w in parts]
        if not factors or None in factors:
            continue
        c = factors[0]
        if all(abs(f - c) <= NEAR * abs(c) for f in factors):
            if c == 0 or abs(c + 1) < NEAR:
                return f"{what}{name} {'has the wrong sign' if c else 'is zero'}"
            return f"{what}{name} is {factor(c)} times what it should be, for every input"
        if max(g.size for g, _ in parts) > 1:
            told = f"{what}{name} is off by a factor that is the same for all elements of an input, not for all inputs"
            return f"{told} ({min(factors):.3g} to {max(factors):.3g})" if f"{min(factors):.3g}" != f"{max(factors):.3g}" else told
    offsets = [np.ravel(g - w) for g, w, *_ in pairs]
    offset = np.concatenate(offsets)
    if offset.size > 1 and np.ptp(offset) <= NEAR * abs(offset[0]):
        return f"{name} is {abs(offset[0]):.4g} too {'large' if offset[0] > 0 else 'small'}, for every input"
    return ""


def factor(c):
    """A factor with as many digits as it takes to tell it from 1."""
    return next(text for digits in range(4, 17) if float(text := f"{c:.{digits}g}") != 1)


def changes(name, pairs):
    """Returned and expected as differences from the argument of the same name."""
    if any(name not in args or np.shape(args[name]) != w.shape for _, w, args, _ in pairs):
        return []
    return [(g - args[name], w - args[name]) for g, w, args, _ in pairs]


def ratio(g, w):
    """The factor between two arrays, or None."""
    if not g.size or not np.any(w):
        return None
    k = np.unravel_index(np.argmax(np.abs(w)), w.shape)
    c = float(g[k] / w[k])
    return c if close(g, c * w) or (c == 0 and not np.any(g)) else None


def place(name, pairs):
    """Which elements are wrong, where these are always the same."""
    wrongs = [~((np.abs(g - w) <= tol) | (g == w)) for g, w, _, tol in pairs if w.size > 1]
    if not wrongs:
        return ""
    item = "element" if wrongs[0].ndim == 1 else "row"
    where = {f"the first {item}": (0,), f"the last {item}": (-1,)}
    if wrongs[0].ndim == 2:
        where |= {"the first column": (slice(None), 0), "the last column": (slice(None), -1)}
    for what, at in where.items():
        only, but = [np.zeros(x.shape, bool) for x in wrongs], [np.ones(x.shape, bool) for x in wrongs]
        for a, b in zip(only, but):
            a[at], b[at] = True, False
        if all(x.any() and not (x & ~a).any() and x.size > a.sum() for x, a in zip(wrongs, only)):
            return f"{name} is wrong in {what} only"
        if all(np.array_equal(x, b) and b.any() for x, b in zip(wrongs, but)):
            return f"{name} is right in {what} only"
    return ""


def size(name, pairs):
    """How many are wrong, their signs and sizes: this can always be said."""
    g, w = (np.concatenate([np.ravel(p[k]) for p in pairs]) for k in (0, 1))
    off = np.concatenate([np.ravel(~((np.abs(a - b) <= tol) | (a == b))) for a, b, _, tol in pairs])
    turned = int(np.sum(g[off] * w[off] < 0))
    told = f"{name} is wrong in {np.sum(off)} of {off.size} numbers" if not off.all() else f"{name} is wrong in all of {off.size} numbers"
    if turned:
        return f"{told}, with the other sign in {turned}"
    if not np.any(g[off]):
        return f"{told}: it is 0 there"
    larger, smaller = np.all(np.abs(g[off]) >= np.abs(w[off])), np.all(np.abs(g[off]) <= np.abs(w[off]))
    told += f"; the signs are right{', it is always too large' if larger else ', it is always too small' if smaller else ''}"
    r = np.abs(g[off]) / np.abs(w[off])
    if not np.isfinite(r).all():
        return told
    far = np.max(np.abs(r - 1))
    if far < 0.1:
        return f"{told}, by {100 * far:.2g} % at most"
    return f"{told}, {np.min(r):.2g} to {np.max(r):.2g} times as large as it should be"


def path(g, w):
    """Where two paths part, and how; that they are not of one length is told already, by their shapes."""
    if g.ndim != 2 or g.shape[1:] != w.shape[1:]:
        return ""
    n = min(len(g), len(w))
    apart = length(g[:n] - w[:n])
    far = ~(apart <= NEAR * (1 + length(w[:n])))            # what is not a number is far away, too
    if not far.any():
        if len(g) != len(w):
            return f"the {n} points that both have are right"
        return f"the path is off by {np.max(apart, initial=0):.0e} at most: a rounded number, a lower precision?"
    k = int(np.argmax(far))
    start = "the path is wrong from its first point on" if k == 0 else f"the path is right up to point {k - 1} and goes wrong at point {k}"
    lost = ~np.isfinite(apart)
    if lost[k]:
        start += "; there it is not finite (nan or inf)"
    elif lost.any():
        start += f"; there it is {apart[k]:.2g} away, and not finite (nan or inf) from point {int(np.argmax(lost))} on"
    elif k + 1 < n:
        start += f"; there it is {apart[k]:.2g} away, and {apart[n - 1]:.2g} at point {n - 1}"
    return start


def length(rows):
    """The length of every row, without overflow where the numbers are large."""
    largest = np.max(np.abs(rows), axis=1, initial=0)
    unit = np.where(largest > 0, largest, 1)
    return largest * np.sqrt(np.sum((rows / unit[:, None]) ** 2, axis=1))
