"""What a class's grades say of the exercises: how points are spread, how difficult an exercise is, how well it discriminates.

Only what was handed in and marked counts: neither what is missing nor a grader's fault.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

BINS = 10


def marked(rows: Iterable) -> list:
    """The rows that say something of an exercise."""
    return [row for row in rows if row.points is not None and row.outcome != "missing" and row.max_points]


def distribution(rows: Iterable) -> list[tuple[str, int]]:
    """How many students have which share of all points, in ten equal bins; what is missing counts as no points here.

    Students with a fault are left out, as their points are not known.

    Returns
    -------
    list of (str, int)
        The bin and its students; the last bin includes 100 %.
    """
    points: dict[str, list] = {}
    for row in rows:
        points.setdefault(row.student, []).append((row.points, row.max_points))
    shares = [sum(p for p, _ in own) / total for own in points.values()
              if all(p is not None for p, _ in own) and (total := sum(m for _, m in own))]  # fmt: skip
    counts, edges = np.histogram(np.clip(shares, 0, 1), bins=BINS, range=(0, 1))
    return [(f"{100 * a:.0f}–{100 * b:.0f} %", int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts)]


def difficulty(rows: Iterable) -> float | None:
    """The mean share of an exercise's points that was earned, 0 (nobody earned any) to 1; None where nothing was handed in.

    Test theory calls this the difficulty index *p*: the *smaller*, the more difficult.
    """
    shares = [row.points / row.max_points for row in marked(rows)]
    return float(np.mean(shares)) if shares else None


def discrimination(rows: Iterable, exercise: str) -> float | None:
    r"""The correlation of an exercise with the rest, the *item-rest correlation*, -1 to 1.

    .. math:: r = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}{\sqrt{\sum_i (x_i - \bar x)^2 \sum_i (y_i - \bar y)^2}}

    over the students :math:`i` who handed in this exercise and another one; :math:`x_i` is the share of the points that student earned
    in this exercise, :math:`y_i` the share earned in all others handed in, together. Where an exercise is right or wrong and nothing
    between, this is the point-biserial correlation. Near 0 or below, the exercise tells strong from weak students badly.

    Returns
    -------
    float or None
        None with fewer than three such students, or where all earned the same.
    """
    here: dict[str, float] = {}
    others: dict[str, tuple] = {}
    for row in marked(rows):
        if row.exercise == exercise:
            here[row.student] = row.points / row.max_points
        else:
            earned, possible = others.get(row.student, (0, 0))
            others[row.student] = earned + row.points, possible + row.max_points
    students = sorted(here.keys() & others.keys())
    return correlation([(here[s], others[s][0] / others[s][1]) for s in students])


def parts(marks: Iterable[list[tuple[str, float, float]]]) -> list[dict]:
    """The parts of one exercise: how difficult each is, and how well it goes with the rest of the exercise.

    Parameters
    ----------
    marks : iterable of list
        Of each student who handed in, part by part: its title, the points earned and the most it gives.

    Returns
    -------
    list of dict
        In the order of the exercise: title, max_points, count (of students), right (how many earned all), difficulty, and discrimination
        as of exercises, with the exercise's other parts as the rest.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    most: dict[str, float] = {}
    for own in marks:
        earned, possible = sum(points for _, points, _ in own), sum(of for *_, of in own)
        for title, points, of in own:
            rest = (earned - points) / (possible - of) if possible > of else 0.0
            found.setdefault(title, []).append((points / of if of else 0.0, rest))
            most[title] = of
    return [{"title": title, "max_points": most[title], "count": len(pairs), "right": sum(share >= 1 for share, _ in pairs),
             "difficulty": float(np.mean([share for share, _ in pairs])), "discrimination": correlation(pairs)}
            for title, pairs in found.items()]  # fmt: skip


def correlation(pairs: list[tuple[float, float]]) -> float | None:
    """Pearson's; None with fewer than three pairs, or where one side is always the same."""
    x, y = np.array(pairs, float).reshape(-1, 2).T
    if len(x) < 3 or np.ptp(x) < 1e-12 or np.ptp(y) < 1e-12:
        return None
    return float(np.corrcoef(x, y)[0, 1])
