"""Walk-forward splits, blocks, thresholds and costs: by hand, and by what they promise."""

import numpy as np
import pytest
from sklearn.model_selection import TimeSeriesSplit

from nnopt.applications.finance import (
    best_threshold,
    block_interval,
    cost_threshold,
    mean_cost,
    sharpe,
    volatility,
    walk_forward,
)


def test_splits_by_hand():
    splits = [(train.tolist(), test.tolist()) for train, test in walk_forward(10, first=4, test=3, horizon=2)]
    assert splits == [([0, 1], [4, 5, 6]), ([0, 1, 2, 3, 4], [7, 8, 9])]
    assert [train.tolist() for train, _ in walk_forward(10, first=4, test=3, horizon=2, window=2)] == [[0, 1], [3, 4]]


@pytest.mark.parametrize("horizon", [1, 5, 22])
def test_no_label_reaches_into_the_test_and_no_day_is_tested_twice(horizon):
    tested = []
    for train, test in walk_forward(500, first=100, test=37, horizon=horizon):
        assert train[-1] + horizon == test[0] - 1
        tested += test.tolist()
    assert tested == list(range(100, 500))


def test_splits_are_scikit_learns():
    """Its gap is the horizon here."""
    theirs = TimeSeriesSplit(4, gap=3, test_size=20).split(np.zeros(100))
    for (train, test), (a, b) in zip(walk_forward(100, first=20, test=20, horizon=3), theirs, strict=True):
        np.testing.assert_array_equal(train, a)
        np.testing.assert_array_equal(test, b)


def test_splits_that_cannot_be_are_refused():
    for first in (3, 10, 12):
        with pytest.raises(ValueError, match=r"first must be above the horizon 3 and below n = 10"):
            list(walk_forward(10, first=first, test=2, horizon=3))


def test_volatility_by_hand():
    found = volatility([3.0, 4.0, 0.0, 0.0], 2)
    assert np.isnan(found[0]) and found[1:] == pytest.approx([np.sqrt(12.5), np.sqrt(8), 0.0])


def test_blocks_tell_what_single_days_hide():
    """A walk of means: neighbours are alike, so that the mean of 1,000 days is as uncertain as that of 50."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=50), 20)
    single, blocks = (np.ptp(block_interval(np.mean, x, block=block, draws=400)) for block in (1, 40))
    assert blocks > 2.5 * single
    low, high = block_interval(np.mean, x, block=40)
    assert low < x.mean() < high


def test_a_sharpe_ratio_by_hand():
    assert sharpe([0.01, -0.01, 0.03]) == pytest.approx(0.01 / 0.02 * np.sqrt(252)) and sharpe([0.0, 0.0]) == 0


COSTS = [[0.0, 1.0], [5.0, 0.0]]


def test_the_threshold_is_where_both_decisions_cost_the_same():
    t = cost_threshold(COSTS)
    assert t == pytest.approx(1 / 6) and (1 - t) * 1 == pytest.approx(t * 5)
    assert cost_threshold([[-1, 1], [5, 1]]) == pytest.approx(2 / 6)
    with pytest.raises(ValueError, match="must cost more"):
        cost_threshold([[0, 1], [0, 0]])


def test_costs_by_hand():
    p, y = [0.1, 0.2, 0.6, 0.9], [1, 0, 0, 1]
    assert mean_cost(p, y, COSTS, 0.5) == (5 + 0 + 1 + 0) / 4
    assert mean_cost(p, y, COSTS, 0.2) == (5 + 1 + 1 + 0) / 4
    assert best_threshold(p, y, COSTS) == 0.1 and mean_cost(p, y, COSTS, 0.1) == 0.5


def test_where_probabilities_are_true_the_cheapest_threshold_is_the_derived_one():
    """20,000 outcomes: costs a tenth away from the threshold are higher by more than 5 standard errors."""
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    y = (rng.random(20_000) < p).astype(int)
    assert abs(best_threshold(p, y, COSTS) - 1 / 6) < 0.05
    least = mean_cost(p, y, COSTS, 1 / 6)
    assert least < min(mean_cost(p, y, COSTS, 0.05), mean_cost(p, y, COSTS, 0.3))


def test_nobody_may_be_the_cheapest_to_refuse():
    assert mean_cost([0.2, 0.3], [0, 0], COSTS, best_threshold([0.2, 0.3], [0, 0], COSTS)) == 0
