"""splitmix64 against its published numbers, and what is drawn with it."""

import numpy as np
import pytest

from nnopt.random import below, fill, generator, normal, shuffle, uniform

# S. Vigna's splitmix64.c, state 1234567: the first five outputs.
PUBLISHED = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]


def state(seed=1234567):
    return np.array([seed], dtype=np.uint64)


def test_published_numbers():
    rng = state()
    assert [uniform(rng) for _ in range(5)] == [(z >> 11) * 2.0**-53 for z in PUBLISHED]


def test_fill_draws_what_uniform_draws():
    one, other, out = state(), state(), np.empty(1000)
    fill(out, one)
    assert out.tolist() == [uniform(other) for _ in range(1000)]
    assert one[0] == other[0]


def test_state_wraps_around():
    rng = state(2**64 - 1)
    assert 0.0 <= uniform(rng) < 1.0
    assert rng[0] == (2**64 - 1 + 0x9E3779B97F4A7C15) % 2**64


def test_uniform_is_uniform_and_normal_is_normal():
    """Fixed seeds: no false alarm can come and go. The bounds are five standard errors, 6e-7 for a seed chosen blindly."""
    size, u, rng = 200_000, np.empty(200_000), state(1)
    fill(u, rng)
    z = np.array([normal(rng) for _ in range(size)])
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / size)
    assert abs(z.mean()) < 5 / np.sqrt(size)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / size)
    assert set(np.unique([below(rng, 6) for _ in range(1000)])) == set(range(6))


def test_shuffle_makes_permutations_all_equally_likely():
    """The 6 orders of 3 cities, 6000 draws from a fixed seed: each count within five standard deviations of 1000."""
    X = np.zeros((6000, 3), np.int64)
    shuffle(X, state(5))
    orders, counts = np.unique(X, axis=0, return_counts=True)
    assert orders.shape == (6, 3)
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(6000 * (1 / 6) * (5 / 6))


def test_generator_takes_what_numpy_takes():
    assert generator(3) == generator(3)
    assert generator(3) != generator(4)
    assert generator(np.random.default_rng(3)) == generator(3)
    with pytest.raises(ValueError, match="seed must be a non-negative integer, None or a numpy Generator, not -1"):
        generator(-1)
