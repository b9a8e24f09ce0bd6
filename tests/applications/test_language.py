"""Characters as numbers, windows, and bits a character: by hand, against counting, against a text of known entropy."""

import numpy as np
import pytest

from nnopt import Clip, CrossEntropy, Dense, Embedding, Network
from nnopt.applications.language import Alphabet, bits, ngram_bits, spoken, windows
from nnopt.datasets import plays


def test_an_alphabet_there_and_back():
    text = plays().text["The Tragedy of Macbeth"] if "The Tragedy of Macbeth" in plays().text else next(iter(plays().text.values()))
    alphabet = Alphabet.of(text)
    assert alphabet.text(alphabet.numbers(text[:3000])) == text[:3000]
    with pytest.raises(ValueError, match="the alphabet has no 'é'"):
        alphabet.numbers("thé")


def test_windows_say_what_comes_next():
    X, Y = windows(np.arange(11), 3)
    np.testing.assert_array_equal(X, [[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    np.testing.assert_array_equal(Y, X + 1)
    with pytest.raises(ValueError, match="a window of 3 places needs a text of 4 characters, not of 3"):
        windows([1, 2, 3], 3)


def uniform(symbols, places):
    net = Network(Embedding(symbols, 2), Dense(symbols), input=places, loss=CrossEntropy())
    return net, np.zeros(net.size)


def test_who_knows_nothing_needs_the_logarithm_of_the_alphabet():
    net, theta = uniform(8, 4)
    X, Y = windows(np.random.default_rng(0).integers(0, 8, 401), 4)
    assert bits(net, theta, X, Y) == pytest.approx(3.0, rel=1e-12)
    problem = net.problem(X, Y)
    assert bits(net, theta, X, Y) == pytest.approx(problem(theta) / np.log(2), rel=1e-12)


def test_counting_comes_near_the_entropy_of_a_chain():
    """After 0 comes 1 for certain, after 1 either with one half: in the long run 2/3 bit a character."""
    rng, text = np.random.default_rng(1), [0]
    for _ in range(60_000):
        text.append(1 if text[-1] == 0 else int(rng.integers(2)))
    X, Y = windows(text[50_000:], 50)
    found = ngram_bits(np.array(text[:50_000]), X, Y, 2, most=3)
    # The share of ones, after which a bit is needed, scatters by 0.003 over 10,000 characters: six of that.
    assert found == pytest.approx(2 / 3, abs=0.03)
    assert found < ngram_bits(np.array(text[:50_000]), X, Y, 2, most=1) - 0.2


def test_counting_gives_probabilities():
    """Over all that can follow they add up to one: none is promised twice."""
    rng = np.random.default_rng(2)
    train, X = rng.integers(0, 4, 300), rng.integers(0, 4, (5, 6))
    for row in X:
        total = 0.0
        for following in range(4):
            Y = np.array([[*row[1:], following]])
            whole, but_last = ngram_bits(train, row[None], Y, 4), ngram_bits(train, row[None, :-1], Y[:, :-1], 4)
            total += 2.0 ** -(6 * whole - 5 * but_last)
        assert total == pytest.approx(1, rel=1e-9)


def test_what_is_spoken_is_what_was_learnt():
    import nnopt

    alphabet = Alphabet.of("abc\n")
    X, Y = windows(alphabet.numbers("abc" * 200), 6)
    net = Network(Embedding(4, 8), Dense(4), input=6, loss=CrossEntropy())
    run = nnopt.minimize(net.problem(X, Y), nnopt.Adam(lr=0.1, before=(Clip(1.0),)), x0=net.start(0), batch_size=20, max_evals=200, seed=0)
    assert spoken(net, run.state.theta, alphabet, "ab", 7, np.random.default_rng(0), temperature=0.1) == "abcabcabc"
