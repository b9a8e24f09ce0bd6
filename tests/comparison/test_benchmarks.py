"""The learning-rate cliff, on a bowl where its place is known."""

import numpy as np
import pytest

import nnopt
from nnopt.comparison.benchmarks import learning_rates, width


def test_gradient_descent_falls_off_at_two_over_the_curvature():
    rates = np.geomspace(0.01, 10, 7)  # the sphere has the curvature 2: stable below 1
    excess = learning_rates(nnopt.problems.sphere(3), nnopt.GD, rates, budget=90, seeds=3, jobs=1)
    start = learning_rates(nnopt.problems.sphere(3), nnopt.GD, [1e-9, 1e-8], budget=90, seeds=3, jobs=1)[0]
    assert (excess[:4] < start).all() and (excess[rates > 1.1] >= start * 0.999).all()


def test_a_width_counts_decades():
    assert width([0.1, 1.0, 10.0], [1.0, 1.5, 9.0]) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="two arrays of one length"):
        width([1.0], [1.0])
