"""The live figures: what each begins with, which its JavaScript reads, and the still picture of the same.

A module of this folder is a figure: ``setup(*words)`` returns what stands in the page, ``draw(setup)`` the picture that is seen
where scripts do not run, and ``static/live/NAME.js`` is the rest. In a page of the book, the text being what the picture shows::

    ```{live} race GD Adam
    Gradient descent and Adam start at the same point of ...
    ```
"""

import functools
import importlib
import io
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

import nnopt

from ... import plotting, problems
from ..._minimize import Rows, Run, _start
from ..._sources import digest_of

SCRIPTS = Path(__file__).resolve().parents[1] / "static" / "live"
SIZE, DPI = (7.2, 6.4), 150  # inches; a still is exactly as large as the page says


# ------------------------------------------------------------------------------------ surfaces
@dataclass(frozen=True)
class Surface:
    """How a problem of two variables is shown.

    Attributes
    ----------
    label : str
    box : tuple
        The rectangle ((x0, x1), (y0, y1)).
    minima : tuple
        The points to mark.
    start : tuple
        Where a race begins.
    decades : tuple
        Powers of ten between which values are plotted.
    soft, levels : float, int
        Heights are drawn as log(f + soft * range): the softer, the more even; in so many bands.
    arguments : dict
        Of the function in ``nnopt.problems``.
    """

    label: str
    box: tuple
    minima: tuple
    start: tuple
    decades: tuple
    soft: float = 3e-3
    levels: int = 15
    arguments: dict = field(default_factory=dict)


SURFACES = dict(
    rosenbrock=Surface("Rosenbrock's valley", ((-2.1, 2.1), (-0.8, 2.6)), ((1, 1),), (-1.2, 1.0), (-4, 3), soft=1e-3),
    quadratic=Surface("Quadratic bowl", ((-5, 5), (-3.2, 3.2)), ((0, 0),), (-4.2, 2.2), (-10, 3), arguments=dict(condition=25.0)),
    himmelblau=Surface(
        "Himmelblau's four valleys", ((-5.5, 5.5), (-5.2, 5.2)),
        ((3, 2), (-2.805118, 3.131313), (-3.77931, -3.283186), (3.584428, -1.848127)), (0.0, -3.0), (-10, 3),
    ),
    rastrigin=Surface("Rastrigin's dents", ((-5.12, 5.12),) * 2, ((0, 0),), (-3.4, 2.4), (-6, 2), soft=0.3, levels=9),
    cloud=Surface("Mean of bowls", ((-3.2, 3.2), (-2.0, 2.0)), ((0, 0),), (-2.8, 1.6), (-6, 2)),
    ackley=Surface("Ackley's funnel", ((-10, 10),) * 2, ((0, 0),), (-6.0, 4.0), (-6, 2), soft=1.0, levels=10),
)  # fmt: skip


@functools.cache
def problem(surface):
    """The problem of a surface."""
    return getattr(problems, surface)(**SURFACES[surface].arguments)


def shown(surface, **more):
    """A surface as JavaScript reads it."""
    arrays = {name: dict(shape=array.shape, values=array.ravel().tolist()) for name, array in problem(surface).arrays.items()}
    return {**asdict(SURFACES[surface]), "arrays": arrays, **more}


# ------------------------------------------------------------------------------------ methods and their runs
def method(name):
    """The class of a public optimizer, or one sentence."""
    found = getattr(nnopt, name, None)
    if not (isinstance(found, type) and hasattr(found, "family")):
        raise ValueError(f"a live figure shows optimizers such as Adam, not {name!r}")
    return found


def described(name):
    """What a figure's legend needs of a method: its name in words, its colour and dash."""
    words = re.split(r"[.,;:(]", (method(name).__doc__ or name).strip(), maxsplit=1)[0]
    return dict(name=name, label=words, **plotting.LINES.get(name, plotting.OTHER)._asdict())


def section(name):
    """The section whose module holds a method."""
    return method(name).__module__.split(".")[1]


class Replay:
    """A run of the library's own loop, one move at a time, as JavaScript's ``nn.run`` makes it, on a surface or another problem."""

    def __init__(self, optimizer, where, start=None, seed=0, budget=1 << 40):
        posed = where if isinstance(where, problems.Problem) else problem(where)
        boxed = SURFACES[where].box if posed is not where and not optimizer.needs_gradient else None
        state = self.state = _start(posed, optimizer, start, boxed, budget, seed)
        state.rng[0] = seed
        self._run = Run(posed, optimizer, state, rows=Rows(posed.rows))

    def move(self):
        """One move."""
        self._run.go_on(1)

    def frames(self, moves, *names):
        """The arrays of these names, and ``value`` and ``least``, after each of the moves."""
        found = {name: [] for name in (*names, "value", "least")}
        for _ in range(moves):
            self.move()
            for name in names:
                found[name].append(getattr(self.state, name).copy())
            found["value"].append(self.state.ledger[nnopt._loop.VALUE])
            found["least"].append(self.state.ledger[nnopt._loop.LEAST])
        return {name: np.array(rows) for name, rows in found.items()}


# ------------------------------------------------------------------------------------ stills
def figures():
    """Name -> module of every figure."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


@functools.cache
def setup(name, *words):
    """What a figure begins with, as JSON."""
    if name not in figures():
        raise ValueError(f"there is no live figure {name!r}; there are {', '.join(figures())}")
    return json.dumps({"figure": name, **figures()[name].setup(*words)}, separators=(",", ":"))


def still(name, *words):
    """The picture of what a figure begins with, as the bytes of a PNG."""
    from PIL import Image

    drawing = io.BytesIO()
    plotting.use_style()
    drawn = figures()[name].draw(json.loads(setup(name, *words)))
    with mpl.rc_context({"savefig.bbox": "standard"}):
        drawn.savefig(drawing, dpi=DPI, facecolor="white", format="png")
    plt.close(drawn)
    small = io.BytesIO()
    Image.open(drawing).convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return small.getvalue()


def sources(name, *words):
    """A hash of all that a figure is made of."""
    named = [getattr(nnopt, word, None) for word in words]
    files = [nnopt._sources.PACKAGE.joinpath(*cls.__module__.split(".")[1:]).with_suffix(".py") for cls in named if isinstance(cls, type)]
    return digest_of(figures()[name].__file__, *map(str, files))


@functools.cache
def heights(surface, points=200):
    """The two axes of a map, and the heights to draw on it."""
    shape = SURFACES[surface]
    x, y = (np.linspace(low, high, points) for low, high in shape.box)
    height = np.array([[problem(surface)([a, b]) for a in x] for b in y])
    return x, y, np.log(height - height.min() + shape.soft * np.ptp(height))


def panels(surface):
    """A figure with the map of a surface above and room for the plot of values beneath."""
    shape, (x, y, height) = SURFACES[surface], heights(surface)
    figure, (above, below) = plt.subplots(2, 1, figsize=SIZE, height_ratios=(2.4, 1), layout="constrained", facecolor="white")
    (x0, x1), (y0, y1) = shape.box
    above.contourf(x, y, height, shape.levels, cmap="Blues", alpha=0.5)
    above.contour(x, y, height, shape.levels, colors=plotting.INK, linewidths=0.4, alpha=0.35)
    above.plot(*np.transpose(shape.minima), "x", color=plotting.INK, markersize=8)
    above.set(xlim=(x0, x1), ylim=(y0, y1), xticks=[], yticks=[])
    above.grid(False)
    below.set(yscale="log", ylabel="value f")
    return figure, above, below
