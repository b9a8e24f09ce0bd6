"""Rates of traces whose rate is known, and of methods whose rate is proved."""

import numpy as np
import pytest

import nnopt
from nnopt.comparison.convergence import exponent, is_linear, linear_rate

t = np.arange(1, 200)


def test_rates_that_are_known():
    assert linear_rate(3 * 0.9**t) == pytest.approx(0.9) and exponent(5 * t**-1.5) == pytest.approx(1.5)
    assert exponent(5.0 * (t[9:]) ** -0.5, first=10) == pytest.approx(0.5)
    assert is_linear(0.9**t) and not is_linear(1.0 / t)


def test_gradient_descent_s_factor_on_a_bowl():
    """Condition 10, rate 2 / (L + mu): each coordinate shrinks by 9 / 11, the value by its square."""
    bowl = nnopt.problems.quadratic(2, condition=10)
    values = nnopt.minimize(bowl, nnopt.GD(lr=2 / 11), x0=[1.0, 0.1], max_evals=60).history.fun
    assert linear_rate(values) == pytest.approx((9 / 11) ** 2, rel=1e-9)


@pytest.mark.parametrize("excess", [[1.0], [1.0, 0.0], [1.0, -2.0], []])
def test_what_has_no_logarithm_is_refused(excess):
    with pytest.raises(ValueError, match="at least two positive numbers"):
        linear_rate(excess)
