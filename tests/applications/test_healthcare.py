"""Calibration, net benefit, intervals and the AUC: by hand, against scikit-learn, and by what they promise."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from nnopt.applications.healthcare import auc, calibration_error, interval, net_benefit, reliability


def test_calibration_by_hand():
    p, y = [0.1, 0.2, 0.6, 1.0], [0, 1, 1, 1]
    said, happened, number = reliability(p, y, bins=2)
    np.testing.assert_allclose(said, [0.15, 0.8])
    assert happened.tolist() == [0.5, 1.0] and number.tolist() == [2, 2]
    assert calibration_error(p, y, bins=2) == pytest.approx((0.35 + 0.2) / 2)


@pytest.mark.parametrize("bins", [1, 5, 10])
def test_bins_are_scikit_learns(bins):
    rng = np.random.default_rng(0)
    p = rng.beta(0.7, 1.2, 500)
    y = (rng.random(500) < p).astype(int)
    happened, said = calibration_curve(y, p, n_bins=bins)
    ours = reliability(p, y, bins)
    np.testing.assert_allclose(ours[0], said, rtol=1e-12)
    np.testing.assert_allclose(ours[1], happened, rtol=1e-12)
    assert ours[2].sum() == 500


def test_who_is_right_has_no_error_and_who_is_too_sure_has_one():
    """Bins of 1,000 and more: a mean error of 0.02 is beyond 4 of its standard errors."""
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    y = rng.random(20_000) < p
    assert calibration_error(p, y) < 0.02 < 0.1 < calibration_error(np.round(p), y)


def test_net_benefit_by_hand():
    p, y = [0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0]
    assert net_benefit(p, y, 0.5) == pytest.approx((1 - 1) / 4)
    assert net_benefit(p, y, 0.2) == pytest.approx((2 - 0.25) / 4)
    assert net_benefit(p, y, 0.95) == 0
    assert net_benefit(np.ones(4), y, 0.25) == pytest.approx(0.5 - 0.5 / 3)


def test_auc_is_scikit_learns_with_ties():
    rng = np.random.default_rng(2)
    p, y = np.round(rng.random(300), 1), rng.integers(0, 2, 300)
    assert auc(p, y) == pytest.approx(roc_auc_score(y, p), rel=1e-12)
    assert np.isnan(auc([0.2, 0.3], [1, 1]))


def test_an_interval_holds_the_mean_as_often_as_it_says():
    """300 intervals of 90 %: below 82 % or above 96 % by chance less than once in 10,000 (the bootstrap itself is a little short)."""
    rng, held = np.random.default_rng(3), 0
    for _ in range(300):
        x = rng.normal(size=60)
        low, high = interval(np.mean, x, draws=200, level=0.9, seed=rng)
        held += low <= 0 <= high
    assert 0.82 < held / 300 < 0.96


def test_rows_are_drawn_together():
    x = np.arange(50.0)
    assert interval(lambda a, b: np.max(np.abs(a - 2 * b)), 2 * x, x) == (0.0, 0.0)
    assert interval(np.mean, x, seed=4) == interval(np.mean, x, seed=4) != interval(np.mean, x, seed=5)


@pytest.mark.parametrize("p, y, sentence", [
    ([0.2, 1.2], [0, 1], "probabilities in"), ([0.2], [2], "y must hold 0 and 1, not 2"), ([0.2, 0.3], [1], "same length"), ([], [], "same length"),
])  # fmt: skip
def test_what_is_no_probability_is_refused(p, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        calibration_error(p, y)


def test_thresholds_and_bins_are_checked():
    with pytest.raises(ValueError, match="threshold must be"):
        net_benefit([0.5], [1], 1.0)
    with pytest.raises(ValueError, match="bins"):
        calibration_error([0.5], [1], bins=0)
    with pytest.raises(ValueError, match="as many rows"):
        interval(np.mean, [1.0], [1.0, 2.0])
