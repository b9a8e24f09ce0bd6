"""Figures of a comparison: what is drawn is what was given, and the alt text tells it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnopt.comparison import plots
from nnopt.comparison.statistics import paired, ranks


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_shares_are_drawn_as_steps():
    at = np.array([1.0, 10.0, 100.0])
    ax = plots.shares(None, at, {"Adam": np.array([0, 0.5, 1.0]), "PSO, tuned": np.array([0, 0, 0.25])}, "cost", "share", "n = 4")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0, 0.5, 1])
    assert "Adam 100%, PSO 25%" in ax.figure.alt and "n = 4" in ax.figure.alt


def test_no_two_curves_look_the_same():
    names = ["Adam", "Adam, tuned", "Adam, restarted", "CMA-ES", "random search", "PSO"]
    ax = plots.shares(None, np.array([1.0, 10.0]), {name: np.array([0, k / 6]) for k, name in enumerate(names)}, "cost", "share", "n = 4")
    assert len({(curve.get_color(), str(curve._unscaled_dash_pattern)) for curve in ax.lines}) == len(names)
    assert [curve.get_label() for curve in ax.lines] == names[::-1]


def test_a_critical_difference_diagram_joins_what_is_not_told_apart():
    found = ranks(np.arange(40).reshape(10, 4) % 4, ["a", "b", "c", "d"])
    ax = plots.critical_difference(None, found)
    assert "a 1.00, b 2.00" in ax.figure.alt and "a with b" in ax.figure.alt


def test_a_forest_has_a_row_for_each():
    found = {"a": paired([0.1, 0.2, 0.3]), "b": paired([-0.1, -0.2, -0.4])}
    ax = plots.forest(None, found, "c", 0.1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"] and "a +0.2" in ax.figure.alt
