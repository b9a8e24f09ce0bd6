"""A picture of a run as SVG: two lines over contours, axes with a few numbers, a legend. Fast and small, and the same on every machine."""

import html
import math

import numpy as np

YOURS, REFERENCE = "#0072B2", "#E69F00"      # Okabe and Ito: told apart by colour-blind readers; the lines differ in width and dash, too
LEVELS = 10

WIDTH, HEIGHT = 506, 374
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 32, 46
INK, SOFT = "#1b1f24", "#888888"
FAR = 1e5  # pixels: what lies farther out is drawn there


def draw(picture):
    """The SVG text of a `picture.Picture`."""
    low, high = picture.box or limits(picture)
    place = placing(low, high)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
             f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
             f'<clipPath id="c"><rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"/></clipPath>',
             '<g clip-path="url(#c)" fill="none" stroke-linejoin="round">']  # fmt: skip
    if picture.level_lines:
        lines.append(f'<path stroke="{SOFT}" stroke-width=".7" d="{contours(picture.level_lines, place)}"/>')
    theirs, mine = (place(stairs(a) if picture.steps else a) for a in (picture.theirs, picture.mine))
    lines.append(f'<path stroke="{REFERENCE}" stroke-width="6" stroke-opacity=".8" stroke-dasharray="18 9" d="{path(theirs)}"/>')
    lines.append(f'<path stroke="{YOURS}" stroke-width="2" d="{path(mine)}"/>')
    if not picture.steps:
        dots = "".join(f"M{x:g} {y:g}h0" for x, y in shown(mine))
        lines.append(f'<path stroke="{YOURS}" stroke-width="5.5" stroke-linecap="round" d="{dots}"/>')
    lines += ["</g>", *axes(low, high, place, picture), *legend(), "</svg>"]
    return "".join(lines)


def limits(picture):
    """The corners of all that is drawn, with a little room."""
    points = np.concatenate([picture.theirs, picture.mine])
    points = points[np.isfinite(points).all(axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.04 * (high - low) + 1e-12 * (1 + np.abs(high))
    return low - room, high + room


def placing(low, high):
    """The function from points to pixels, in tenths."""
    scale = np.array([WIDTH - LEFT - RIGHT, -(HEIGHT - TOP - BOTTOM)]) / (np.asarray(high) - low)

    def place(points):
        with np.errstate(all="ignore"):
            pixels = (np.asarray(points, float) - low) * scale + (LEFT, HEIGHT - BOTTOM)
        return np.round(np.clip(np.nan_to_num(pixels, nan=FAR), -FAR, FAR), 1)

    return place


def path(points):
    """A line through points, as SVG writes it."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist())


def shown(points):
    """The points within the picture, no two at the same pixel."""
    inside = points[(points > -9).all(axis=1) & (points < (WIDTH + 9, HEIGHT + 9)).all(axis=1)]
    return np.unique(np.round(inside), axis=0).tolist() if len(inside) else []


def stairs(points):
    """A staircase through points: level up to each one, then up or down to it. Only the corners."""
    turn = np.flatnonzero(np.diff(points[:, 1])) + 1
    before = np.column_stack([points[turn, 0], points[turn - 1, 1]])
    corners = np.stack([before, points[turn]], axis=1).reshape(-1, 2)
    return np.concatenate([points[:1], corners, points[-1:]])


def contours(level_lines, place):
    """The level lines of a function on a grid."""
    from contourpy import contour_generator

    x, y, z = level_lines
    generator = contour_generator(x, y, z)
    low, high = float(np.min(z)), float(np.max(z))
    levels = np.linspace(low, high, LEVELS + 2)[1:-1]
    return "".join(path(place(line)) for level in levels for line in generator.lines(level))


def axes(low, high, place, picture):
    """Title, axes, a few numbers on each."""
    foot, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    yield f'<path fill="none" stroke="{INK}" d="M{LEFT} {TOP}V{foot}H{right}"/>'
    yield f'<text x="{(LEFT + right) / 2:g}" y="20" text-anchor="middle" font-size="14">{html.escape(picture.title)}</text>'
    for value in ticks(low[0], high[0]):
        x = place([value, low[1]])[0]
        yield f'<path stroke="{INK}" d="M{x:g} {foot}v4"/><text x="{x:g}" y="{foot + 17}" text-anchor="middle">{value:.6g}</text>'
    for value in ticks(low[1], high[1]):
        y = place([low[0], value])[1]
        yield f'<path stroke="{INK}" d="M{LEFT} {y:g}h-4"/><text x="{LEFT - 7}" y="{y + 4:g}" text-anchor="end">{value:.6g}</text>'
    if picture.labels[0]:
        yield f'<text x="{(LEFT + right) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(picture.labels[0])}</text>'
    if picture.labels[1]:
        turned = f"translate(13 {(TOP + foot) / 2:g}) rotate(-90)"
        yield f'<text transform="{turned}" text-anchor="middle">{html.escape(picture.labels[1])}</text>'


def ticks(low, high):
    """About five round numbers between two."""
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (m * step) <= 6)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [k * step for k in range(first, last + 1)]


def legend():
    """Which line is whose."""
    x, y = WIDTH - RIGHT - 96, TOP + 8
    yield f'<rect x="{x - 6}" y="{y - 4}" width="98" height="42" rx="3" fill="#fff" fill-opacity=".85" stroke="{SOFT}" stroke-width=".5"/>'
    yield f'<path stroke="{REFERENCE}" stroke-width="6" stroke-opacity=".8" stroke-dasharray="11 5" d="M{x} {y + 8}h27"/>'
    yield f'<text x="{x + 34}" y="{y + 12}">reference</text>'
    yield f'<path stroke="{YOURS}" stroke-width="2" d="M{x} {y + 27}h27"/><text x="{x + 34}" y="{y + 31}">yours</text>'
