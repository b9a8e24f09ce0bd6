"""Recorded runs on a tour of thirty cities, of methods that move permutations: ``{live} tour ACO``.

What a method asks of a tour goes by data, which the browser's modules cannot do: the library runs here, and the page plays back.
"""

import base64
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib import pyplot as plt

import nnopt

from ... import plotting
from ..._fields import hints
from . import SIZE, Replay, described, method, section

BOX, CITIES, APART, SEED = (120, 90), 30, 9, 1
EDGES = np.triu_indices(CITIES, 1)  # in the order in which marks are stored
PICTURED = 20  # the step in the still


# ------------------------------------------------------------------------------------ what is recorded
def trail(state):
    """How much of the trail at its two cities lies on each edge, shape (435,): 1 where it is one half, the share of a tour, at both."""
    tau = state.tau - np.diag(np.diag(state.tau))
    share = tau / tau.sum(axis=1, keepdims=True)
    return np.minimum((share + share.T)[EDGES], 1.0)


@dataclass(frozen=True)
class Recording:
    """What is recorded of a method.

    Attributes
    ----------
    settings : dict
        Label -> fields; the first is that of the still.
    tasks : list
        "Predict, then try": (text, the settings to look at, from which step on).
    step, steps : str, int
        What a frame is called, and how many there are after the first.
    budget : int, optional
        Evaluations, of which a method that cools takes the share.
    mark, marked : callable, str
        What a method writes on edges, from 0 to 1, as a function of its state; and how that is called.
    """

    settings: dict
    tasks: list
    step: str = "generation"
    steps: int = 60
    budget: int = 1 << 40
    mark: Callable | None = None
    marked: str = ""


ANTS = dict(population_size=10, search=0.0)
CHAIN = dict(chain=300)
RECORDINGS = {
    "ACO": Recording(
        {
            "A: trail and closeness": ANTS,
            "B: closeness only, α = 0": dict(ANTS, alpha=0.0),
            "C: trail only, β = 0": dict(ANTS, beta=0.0),
            "D: quick to forget, ρ = 0.9": dict(ANTS, rho=0.9),
            "E: ants improve their tours": dict(ANTS, search=1.0),
        },
        [
            ("Ants that do not smell the trail (B): do their tours get shorter? Predict, then look at B's end.", [1], 60),
            ("Which is worth more, trail or closeness? Predict, then compare the ends of B and C.", [1, 2], 60),
            ("What becomes of the trail when ants forget quickly (D)? Predict, then look at D's generation 10.", [3], 10),
        ],
        mark=trail,
        marked="trail",
    ),
    "SA": Recording(
        {"A: cooled": CHAIN, "B: cold from the start": dict(CHAIN, hot=1e-6, cold=1e-6), "C: never cooled": dict(CHAIN, hot=0.3, cold=0.3)},
        [
            ("Where does a walk end that only ever falls (B)? Predict, then look at its end.", [1], 60),
            ("What does the tour look like that never cools (C)? Predict, then look.", [2], 60),
        ],
        step="chain",
        budget=1 + (60 * CHAIN["chain"] + 200) * 5 // CITIES,  # the start, the unit, sixty chains; a move costs 5 / d
    ),
}


@functools.cache
def cities():
    """Places of the cities, shape (30, 2), none nearer to another than can be seen."""
    rng, found = np.random.default_rng(3), []
    while len(found) < CITIES:
        place = np.round(rng.uniform((4, 4), np.subtract(BOX, 4)), 1)
        if all(np.hypot(*(place - other)) >= APART for other in found):
            found.append(place)
    return np.array(found)


@functools.cache
def posed():
    """The problem, with the least length: the best of some runs, which a test proves to be least."""
    problem = nnopt.problems.tsp(cities())
    least = min(nnopt.minimize(problem, nnopt.SA(), max_evals=6000, seed=seed).fun for seed in range(8))
    return nnopt.problems.tsp(cities(), minimum=least)


def recording(name):
    """What is recorded of a method, or one sentence."""
    if name not in RECORDINGS:
        raise ValueError(f"tour shows {' or '.join(RECORDINGS)}, not {name!r}")
    return RECORDINGS[name]


@functools.cache
def recorded(name, label, seed=SEED):
    """A run: after each step the best tour so far and the tour of now, their lengths, and the marks."""
    shown, problem, rows = recording(name), posed(), []
    replay = Replay(method(name)(**shown.settings[label]), problem, seed=seed, budget=shown.budget)
    for _ in range(shown.steps + 1):
        replay.move()
        state = replay.state
        best, now = state.best.copy(), (state.X[int(np.argmin(state.f))] if "X" in state.arrays else state.x).copy()
        rows.append((best, now, problem(best), problem(now), shown.mark(state) if shown.mark else ()))
    return dict(zip(("best", "now", "least", "value", "marks"), map(np.array, zip(*rows))))


# ------------------------------------------------------------------------------------ the page's part
def packed(numbers, scale=1):
    """Small numbers as text, a byte each."""
    return base64.b64encode(np.round(numbers * scale).astype(np.uint8).tobytes()).decode()


def told(name, label):
    """A run as JavaScript reads it."""
    ran, optimizer = recorded(name, label), method(name)(**recording(name).settings[label])
    tables = dict(best=packed(ran["best"]), now=packed(ran["now"]), marks=packed(ran["marks"], 255))
    lengths = {key: np.round(ran[key], 2).tolist() for key in ("least", "value")}
    return dict(label=label, fields={field: getattr(optimizer, field) for field in hints(type(optimizer))}, **tables, **lengths)


def setup(name):
    """The cities, and what was recorded under each setting."""
    shown = recording(name)
    return dict(
        section=section(name), method=described(name), step=shown.step, steps=shown.steps, marked=shown.marked, box=BOX, seed=SEED,
        cities=cities().tolist(), minimum=round(posed().minimum, 2), runs=[told(name, label) for label in shown.settings],
        tasks=[dict(text=text, runs=runs, after=after) for text, runs, after in shown.tasks],
    )  # fmt: skip


def draw(given):
    """The first setting's run on its way: marks, cities, the best tour; beneath, how the lengths fell."""
    ran, least = recorded(given["method"]["name"], given["runs"][0]["label"]), posed().minimum
    figure, (above, below) = plt.subplots(2, 1, figsize=SIZE, height_ratios=(2.4, 1), layout="constrained", facecolor="white")
    for strength, i, j in zip(ran["marks"][PICTURED], *EDGES) if given["marked"] else ():
        above.plot(*cities()[[i, j]].T, color=plotting.BLUE, linewidth=11 * strength, alpha=0.5 * strength**0.5, solid_capstyle="round")
    best = ran["best"][PICTURED]
    above.plot(*cities()[np.append(best, best[0])].T, color=plotting.RED, linewidth=1.8)
    above.plot(*cities().T, "o", color=plotting.INK, markersize=6)
    above.set(xlim=(0, BOX[0]), ylim=(0, BOX[1]), xticks=[], yticks=[], aspect="equal")
    above.set_axis_off()
    now = "best of the generation" if given["step"] == "generation" else "tour of now"
    below.plot(100 * (ran["value"] / least - 1), "--", color=plotting.BLUE, linewidth=1.5, label=now)
    below.plot(100 * (ran["least"] / least - 1), color=plotting.RED, label="best so far")
    below.plot(PICTURED, 100 * (ran["least"][PICTURED] / least - 1), "o", color=plotting.RED)
    below.set(xlabel=f"{given['step']}s", ylabel="above the shortest, %", ylim=(0, None))
    below.legend(fontsize=10)
    return figure
