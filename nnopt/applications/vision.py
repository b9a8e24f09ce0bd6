r"""Seeing: where things stand in a picture, as boxes, and how well a box that was found fits the true one.

A canvas is divided into cells. To each cell the network gives 5 + C numbers: whether the middle of a thing lies in it, where in the cell
that is, how high and wide the thing is (as shares of the canvas), and which of C classes it has. All are trained on the squared error;
what a cell without a thing says of place, size and class does not count. Two boxes are compared by

.. math::

    \text{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|} ,

and of boxes that overlap by more than a limit, only the surest is kept.

J. Redmon, S. Divvala, R. Girshick and A. Farhadi, *You only look once: unified, real-time object detection*, CVPR 2016,
arXiv:1506.02640; the ratio: P. Jaccard, *The distribution of the flora in the alpine zone*,
New Phytologist 11 (1912), 37-50, doi:10.1111/j.1469-8137.1912.tb05611.x.
"""

import numpy as np

from .._checks import count, numbers

SURE, OVERLAP = 0.5, 0.4  # from where on a cell claims a thing; from where on two boxes count as one


def iou(a, b):
    """Intersection over union of boxes.

    Parameters
    ----------
    a, b : array_like, shape (..., 4)
        Top, left, height and width of each; the two shapes are broadcast.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; of two boxes without an area 0.
    """
    a, b = numbers("a", a), numbers("b", b)
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    both = np.prod(np.maximum(high - low, 0), axis=-1)
    union = np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - both
    return np.divide(both, union, out=np.zeros(np.shape(union)), where=union > 0)


def canvases(pictures, labels, rows, rng, side=32, most=3, scales=(1, 2)):
    """Canvases with pictures at random places, none upon another.

    Parameters
    ----------
    pictures : ndarray, shape (n, height, width)
        With values in [0, 1]; what is drawn are those whose number is drawn, enlarged.
    labels : ndarray, shape (n,)
        Their classes.
    rows : int
        How many canvases.
    rng : numpy.random.Generator
    side : int
        Height and width of a canvas in pixels.
    most : int
        A canvas gets 1 to ``most`` pictures; fewer where no free place was found in fifty trials.
    scales : tuple of int
        Each picture is enlarged by one of these, which is drawn.

    Returns
    -------
    X : ndarray, shape (rows, 1, side, side)
    things : list of ndarray, shape (things, 5)
        Top, left, height, width, in pixels, and class: of the ink, not of the picture.
    """
    X, things = np.zeros((rows, 1, side, side)), []
    for row in range(count("rows", rows)):
        taken, found = [], []
        wanted = rng.integers(1, most + 1)
        for _ in range(50):
            if len(found) == wanted:
                break
            which, scale = rng.integers(len(pictures)), rng.choice(scales)
            picture = np.kron(pictures[which], np.ones((scale, scale)))
            height, width = picture.shape
            top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
            if any(abs(2 * (top - t) + height - h) < height + h and abs(2 * (left - l) + width - w) < width + w for t, l, h, w in taken):
                continue
            taken.append((top, left, height, width))
            X[row, 0, top : top + height, left : left + width] = picture
            lines, places = np.flatnonzero(picture.max(axis=1) > 0), np.flatnonzero(picture.max(axis=0) > 0)
            found.append([top + lines[0], left + places[0], 1 + np.ptp(lines), 1 + np.ptp(places), labels[which]])
        things.append(np.array(found, float))
    return X, things


def as_cells(things, cells, side, classes):
    """Targets for a network: of each canvas the numbers of all cells, NaN where they do not count.

    Parameters
    ----------
    things : list of ndarray, shape (things, 5)
        As :func:`canvases` gives them.
    cells : int
        A canvas has cells x cells of them.

    Returns
    -------
    ndarray, shape (rows, 5 + classes, cells, cells)
    """
    Y = np.full((len(things), 5 + classes, cells, cells), np.nan)
    Y[:, 0] = 0.0
    for row, some in enumerate(things):
        for top, left, height, width, label in some:
            y, x = (top + height / 2) * cells / side, (left + width / 2) * cells / side
            i, j = int(y), int(x)
            Y[row, :5, i, j] = 1.0, y - i, x - j, height / side, width / side
            Y[row, 5:, i, j] = np.arange(classes) == label
    return Y


def as_boxes(Z, side, sure=SURE, overlap=OVERLAP):
    """What a network's numbers say: the boxes of one canvas, the surest first.

    Parameters
    ----------
    Z : ndarray, shape (5 + classes, cells, cells)

    Returns
    -------
    ndarray, shape (found, 6)
        Top, left, height, width, class, and how sure.
    """
    cells, found = Z.shape[1], []
    for place in np.argsort(-Z[0], axis=None):
        i, j = np.unravel_index(place, Z[0].shape)
        if Z[0, i, j] < sure:
            break
        y, x = (i + Z[1, i, j]) * side / cells, (j + Z[2, i, j]) * side / cells
        height, width = np.maximum(Z[3:5, i, j], 0) * side
        box = np.array([y - height / 2, x - width / 2, height, width])
        if not found or iou(box, np.array(found)[:, :4]).max() <= overlap:
            found.append([*box, Z[5:, i, j].argmax(), Z[0, i, j]])
    return np.array(found).reshape(-1, 6)


def matched(found, things, at_least=0.5):
    """How boxes that were found fit the true ones, each true one with the surest box that overlaps it most and is not yet taken.

    Returns
    -------
    dict
        ``iou``: of each thing the ratio with its box, 0 where there is none; ``right``: whether the ratio is ``at_least`` so large and the
        class is the same; ``false``: boxes that belong to nothing, at that ratio.
    """
    ratios, right, free = np.zeros(len(things)), np.zeros(len(things), bool), set(range(len(things)))
    false = 0
    for box in found:
        fitting = {thing: iou(box[:4], things[thing, :4]).item() for thing in free}
        best = max(fitting, key=fitting.get, default=None)
        if best is None or fitting[best] < at_least:
            false += 1
        if best is not None and fitting[best] > 0:
            ratios[best], right[best] = fitting[best], fitting[best] >= at_least and box[4] == things[best, 4]
            free.discard(best)
    return dict(iou=ratios, right=right, false=false)
