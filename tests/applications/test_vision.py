"""Boxes: their ratio by counting pixels, canvases and cells there and back, and what counts as found."""

import numpy as np
import pytest

import nnopt
from nnopt.applications.vision import as_boxes, as_cells, canvases, iou, matched


def pixels(box, side=40):
    """The pixels of a box of whole numbers, as truth values."""
    found = np.zeros((side, side), bool)
    top, left, height, width = box
    found[top : top + height, left : left + width] = True
    return found


def test_the_ratio_is_that_of_pixels():
    rng = np.random.default_rng(0)
    a, b = (np.column_stack([rng.integers(0, 20, (200, 2)), rng.integers(0, 20, (200, 2))]) for _ in range(2))
    for one, two in zip(a, b, strict=True):
        both, either = pixels(one) & pixels(two), pixels(one) | pixels(two)
        expected = both.sum() / either.sum() if either.any() else 0.0
        assert iou(one, two) == pytest.approx(expected, abs=1e-14)
    np.testing.assert_allclose(iou(a, b), iou(b, a), rtol=1e-14)
    assert (iou(a[a[:, 2:].min(axis=1) > 0], a[a[:, 2:].min(axis=1) > 0]) == 1).all()


def digits():
    data = nnopt.datasets.load("digits")
    return data.X_train.reshape(-1, 8, 8), data.y_train


def test_on_a_canvas_stands_what_is_said():
    X, things = canvases(*digits(), 60, np.random.default_rng(1))
    assert X.shape == (60, 1, 32, 32) and 0 <= X.min() < X.max() == 1
    assert {len(some) for some in things} == {1, 2, 3}
    for canvas, some in zip(X[:, 0], things, strict=True):
        inked = np.zeros((32, 32), bool)
        for a, thing in enumerate(some):
            box = pixels(thing[:4].astype(int), 32)
            inked |= box
            assert canvas[box].max() > 0 and all(iou(thing[:4], other[:4]) == 0 for other in some[:a])
        assert not canvas[~inked].any()


def test_cells_tell_the_boxes():
    _, things = canvases(*digits(), 40, np.random.default_rng(2), most=2)
    Y = as_cells(things, 8, 32, 10)
    assert np.isnan(Y[:, 1:]).any() and not np.isnan(Y[:, 0]).any()
    for numbers, some in zip(Y, things, strict=True):
        found = as_boxes(numbers, 32)
        assert len(found) == len(some)
        result = matched(found, some)
        np.testing.assert_allclose(result["iou"], 1, rtol=1e-12)
        assert result["right"].all() and result["false"] == 0


def test_of_two_boxes_on_one_thing_the_surer_is_kept():
    Z = np.zeros((6, 2, 2))
    Z[0] = [[0.9, 0.8], [0.1, 0.7]]
    Z[1:3], Z[3:5] = 0.5, 0.25
    Z[1:3, 0, 0], Z[1:3, 0, 1] = (0.5, 0.9), (0.5, 0.0)  # the same place, from two cells, nearly
    found = as_boxes(Z, 32)
    np.testing.assert_allclose(found[:, -1], [0.9, 0.7])
    assert len(as_boxes(Z, 32, overlap=1.0)) == 3


def test_a_match_needs_the_class_and_takes_each_thing_once():
    things = np.array([[0, 0, 8, 8, 3], [16, 16, 8, 8, 5]], float)
    found = np.array([[0, 0, 8, 8, 3, 0.9], [1, 1, 8, 8, 3, 0.8], [16, 16, 8, 8, 4, 0.7]], float)
    result = matched(found, things)
    np.testing.assert_allclose(result["iou"], 1)
    assert result["right"].tolist() == [True, False] and result["false"] == 1
    nothing = matched(np.zeros((0, 6)), things)
    assert not nothing["iou"].any() and not nothing["right"].any() and nothing["false"] == 0
