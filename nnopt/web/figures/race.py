"""Gradient methods from the same start, each with the rate that serves it best there: ``{live} race GD Adam``."""

import numpy as np

import nnopt

from ... import plotting
from ..._fields import hints
from . import SURFACES, Replay, described, method, panels, problem, section, shown

STEPS = 300
COURSES = ("rosenbrock", "quadratic", "himmelblau", "rastrigin")
RATES = np.round(np.arange(-4.0, 0.55, 0.1), 1)  # powers of ten


def tuned(name, surface):
    """The power of ten of the learning rate with which a method's values, never above the first, are least on average, in the
    logarithm."""
    if "lr" not in hints(method(name)):
        return None
    start, least = SURFACES[surface].start, problem(surface).minimum
    scores = []
    for rate in RATES:
        values = nnopt.minimize(problem(surface), method(name)(lr=10.0**rate), start, max_evals=STEPS).history.fun
        falls = len(values) == STEPS and (values <= values[0]).all()
        scores.append(np.log(values - least + 1e-10).mean() if falls else np.inf)
    return float(RATES[int(np.argmin(scores))])


def setup(*names):
    """The methods, and where they start on each surface, with which rates."""
    if not names:
        raise ValueError("a race needs methods: {live} race GD Adam")
    surfaces = {surface: shown(surface, rates={name: tuned(name, surface) for name in names}) for surface in COURSES}
    first, *also = dict.fromkeys(section(name) for name in names)
    others = dict(also=also) if also else {}
    return dict(section=first, **others, methods=[described(name) for name in names], steps=STEPS, surfaces=surfaces)


def draw(given):
    """All of them in the first surface's valley."""
    name = next(iter(given["surfaces"]))
    surface = given["surfaces"][name]
    figure, above, below = panels(name)
    for runner in given["methods"]:
        rate = surface["rates"][runner["name"]]
        optimizer = method(runner["name"])(**({} if rate is None else {"lr": 10.0**rate}))
        ran = Replay(optimizer, name, surface["start"]).frames(given["steps"] + 1, "theta")
        style = plotting.line(runner["name"])
        plotting.path(above, ran["theta"], linewidth=1.5, **style)
        below.plot(ran["value"], label=runner["label"], **style)
    below.set(xlabel="steps")
    below.legend(ncols=2, fontsize=10)
    return figure
