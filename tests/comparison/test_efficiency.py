"""What a method keeps is counted by hand; how times grow is the slope of a line. No time is asserted."""

import numpy as np
import pytest

import nnopt
from nnopt.comparison.efficiency import growth, numbers_kept, step_seconds


@pytest.mark.parametrize("optimizer, each", [(nnopt.GD(), 0), (nnopt.Momentum(), 1), (nnopt.AdaGrad(), 1), (nnopt.Adam(), 2)])
def test_numbers_kept_a_parameter(optimizer, each):
    assert numbers_kept(optimizer, 1000) - numbers_kept(optimizer, 500) == 500 * each


def test_a_population_keeps_its_points():
    swarm = nnopt.PSO(population_size=10)
    assert numbers_kept(swarm, 200) - numbers_kept(swarm, 100) >= 100 * 30  # places, velocities, best places


def test_growth_is_a_slope():
    dims = np.array([10.0, 100.0, 1000.0])
    assert growth(dims, 3e-9 * dims**1.5) == pytest.approx(1.5)


def test_a_step_takes_time():
    assert step_seconds(nnopt.GD(), 1000, steps=20, rounds=2) > 0
