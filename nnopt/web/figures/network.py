"""A small network: values go forward, derivatives of the loss come back: ``{live} network``."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

from ... import plotting
from . import SIZE

X, TARGET, RATE = (1.5, -0.5), 1.0, 0.1
W = ((0.8, -0.6, 0.3), (0.5, 0.9, -1.2))  # W[i][j] leads from input i to hidden unit j
V = (1.0, 0.7, -0.5)  # from the hidden units to the output
SELECTED = "w11"
BACK, TINT, QUIET = "#a05c00", "#fff3d6", "#8b98a5"

# Where things stand, in percent of the width and the height. A weight's box stands at the same share of the way on all edges of
# a layer: with these places the six boxes of the first layer lie evenly above each other.
PLACES = dict(inputs=((10.4, 39.4), (10.4, 60.6)), hidden=((50.5, 14.0), (50.5, 50.0), (50.5, 86.0)), output=(89.6, 37.0),
              loss=(89.6, 74.0), along=(0.54, 0.5))  # fmt: skip


def setup():
    """The example, the weights, the rate, and where the boxes stand."""
    return dict(section="training", x=X, target=TARGET, rate=RATE, W=W, V=V, selected=SELECTED, places=PLACES)


def passes(x, target, W, V):
    """Both passes through the network of two inputs, three units of tanh and one output without biases.

    Parameters
    ----------
    x : array_like, shape (2,)
    target : float
    W : array_like, shape (2, 3)
    V : array_like, shape (3,)

    Returns
    -------
    dict
        ``z``, ``a``, ``o`` and ``loss`` of the pass forward; ``do``, ``dV``, ``da``, ``dz``, ``dW`` and ``dx``, the derivatives of the
        loss, of the pass back. Shapes are those of what they are derivatives by.
    """
    x, W, V = np.array(x), np.array(W), np.array(V)
    z = x @ W
    a = np.tanh(z)
    o = a @ V
    loss = (o - target) ** 2
    do = 2 * (o - target)
    dV = a * do
    da = do * V
    dz = da * (1 - a**2)
    return dict(z=z, a=a, o=o, loss=loss, do=do, dV=dV, da=da, dz=dz, dW=np.outer(x, dz), dx=W @ dz)


def edges(given, found):
    """Name, ends, share of the way, weight and derivative of each edge."""
    places = given["places"]
    for j, hidden in enumerate(places["hidden"]):
        for i, source in enumerate(places["inputs"]):
            yield f"w{i + 1}{j + 1}", source, hidden, places["along"][0], given["W"][i][j], found["dW"][i, j]
        yield f"v{j + 1}", hidden, places["output"], places["along"][1], given["V"][j], found["dV"][j]


def units(given, found):
    """Place, title, and the rows of values and of derivatives of each unit."""
    places = given["places"]
    for i, place in enumerate(places["inputs"]):
        yield place, "input", [(f"x_{i + 1}", given["x"][i])], [(f"dx_{i + 1}", found["dx"][i])]
    for j, place in enumerate(places["hidden"]):
        z, a, da, dz = ((f"{name}_{j + 1}", found[name][j]) for name in ("z", "a", "da", "dz"))
        yield place, "tanh", [z, a], [da, dz]
    yield places["output"], "output", [("o", found["o"])], [("do", found["do"])]
    yield places["loss"], "loss", [("y", given["target"]), ("L", found["loss"])], []


def draw(given):
    """The network after both passes, and how the selected weight's derivative is made."""
    found = passes(given["x"], given["target"], given["W"], given["V"])
    figure, (axes, below) = plt.subplots(2, 1, figsize=SIZE, height_ratios=(8, 1), layout="constrained", facecolor="white")
    for ax in (axes, below):
        ax.set(xlim=(0, 100), ylim=(100, 0))
        ax.axis("off")
    axes.plot(*zip(given["places"]["output"], given["places"]["loss"], strict=True), color=QUIET, linewidth=1.2)
    for name, start, end, share, weight, slope in edges(given, found):
        color, width = (plotting.BLUE, 2.5) if name == given["selected"] else (QUIET, 1.0)
        axes.plot(*zip(start, end, strict=True), color=color, linewidth=width, zorder=1)
        middle = [s + share * (e - s) for s, e in zip(start, end, strict=True)]
        card(axes, middle, [(shown(weight), plotting.INK), (shown(slope), BACK)], 7.5, dict(edgecolor=color, linewidth=width))
    for place, title, values, slopes in units(given, found):
        rows = [(f"${name}$  {shown(value)}", plotting.BLUE) for name, value in values]
        rows += [(f"${name}$  {shown(value)}", BACK) for name, value in slopes]
        card(axes, place, [(title, plotting.INK), *rows], 12.5, dict(edgecolor=plotting.INK, linewidth=1.2))
    product = f"({shown(found['dz'][0], 3)}) · {shown(given['x'][0])}  ≈  {shown(found['dW'][0, 0])}"
    below.text(50, 50, f"derivative of $L$ by $w_{{11}}$  =  $dz_1 \\cdot x_1$  ≈  {product}", ha="center", va="center",
               bbox=dict(boxstyle="round,pad=0.5", facecolor=TINT, edgecolor="none"))  # fmt: skip
    return figure


def shown(value, digits=2):
    """A number with so many digits after the point."""
    return f"{value:.{digits}f}".replace("-", "−")


def card(axes, place, rows, width, edge, apart=3.8):
    """A box with rows of text, each in its own colour."""
    x, y = place
    height = apart * len(rows) + 0.8
    axes.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, facecolor="white", zorder=2, **edge))
    for i, (row, color) in enumerate(rows):
        axes.text(x, y + apart * (i - (len(rows) - 1) / 2), row, fontsize=10, ha="center", va="center", color=color, zorder=3)
