r"""Reading: characters as numbers, windows of a text with what comes next, and what a prediction is worth.

A model gives each next character a probability; what it is worth is counted in bits a character,

.. math::

    H = - \frac{1}{T} \sum_{t=1}^{T} \log_2 p(x_{t+1} \mid x_1, \dots, x_t) ,

so many binary digits would a perfect code by the model's probabilities need. It is the mean cross-entropy divided by :math:`\log 2`.
A model that knows nothing of 80 characters needs :math:`\log_2 80 = 6.32`.

C. E. Shannon, *Prediction and entropy of printed English*, Bell System Technical Journal 30 (1951), 50-64,
doi:10.1002/j.1538-7305.1951.tb01366.x.
"""

import math

import numpy as np

from .._checks import count, shown


class Alphabet(tuple):
    """The characters of a text, sorted: their places are the numbers that stand for them.

    Examples
    --------
    >>> from nnopt.applications.language import Alphabet
    >>> alphabet = Alphabet.of("to be or not to be")
    >>> alphabet.numbers("bone"), alphabet.text([1, 4, 3, 2])
    (array([1, 4, 3, 2]), 'bone')
    """

    __slots__ = ()

    @classmethod
    def of(cls, text):
        """The alphabet of a text."""
        return cls(sorted(set(text)))

    def numbers(self, text):
        """The numbers of a text's characters, shape (characters,)."""
        places = {character: place for place, character in enumerate(self)}
        if unknown := sorted(set(text) - places.keys()):
            raise ValueError(f"the alphabet has no {shown(unknown[0])}")
        return np.array([places[character] for character in text], np.int64)

    def text(self, numbers):
        """The text of these numbers."""
        return "".join(self[int(number)] for number in numbers)


def windows(numbers, places):
    """A text cut into windows of so many places, one after the other: (X, Y), what is read and, of each place, what comes next."""
    numbers, places = np.asarray(numbers), count("places", places)
    rows = (len(numbers) - 1) // places
    if rows < 1:
        raise ValueError(f"a window of {places} places needs a text of {places + 1} characters, not of {len(numbers)}")
    return numbers[: rows * places].reshape(rows, places), numbers[1 : rows * places + 1].reshape(rows, places)


def bits(net, theta, X, Y):
    """Bits a character of a network's predictions of Y from X, the mean over all places."""
    Z = net.outputs(theta, X).astype(np.float64)
    Z -= Z.max(axis=-1, keepdims=True)
    right = np.take_along_axis(Z, np.asarray(Y)[..., None], axis=-1)[..., 0]
    return float(np.mean(np.log(np.exp(Z).sum(axis=-1)) - right) / math.log(2))


def ngram_bits(train, X, Y, symbols, most=4, weight=0.5):
    """Bits a character of counting, the baseline: what followed the last 0 to ``most`` - 1 characters in the training text.

    Each longer context is mixed with the shorter one as so many seen characters, Witten's and Bell's rule.

    Parameters
    ----------
    train : ndarray, shape (characters,)
    X, Y : ndarray, shape (rows, places)
        At the first places of a row contexts are short.
    symbols : int
    most : int in [1, inf)
        The longest run of characters that is counted.
    weight : float in (0, inf)
        How many kinds of followers count as one that was not seen: 1 is Witten's and Bell's rule.
    """
    p = np.full(Y.shape, 1.0 / symbols)
    for order in range(most):
        key = np.zeros(len(train) - order, np.int64)
        for back in range(order):
            key = key * symbols + train[order - 1 - back : len(train) - 1 - back]
        pairs, times = np.unique(key * symbols + train[order:], return_counts=True)
        contexts, start = np.unique(pairs // symbols, return_index=True)
        kinds, total = np.diff([*start, len(pairs)]), np.add.reduceat(times, start)
        here = np.zeros(X.shape, np.int64)
        for back in range(order):
            here = here * symbols + np.pad(X, ((0, 0), (back, 0)))[:, : X.shape[1]]
        seen, follow = _lookup(contexts, here), _lookup(pairs, here * symbols + Y)
        n, k = np.where(seen >= 0, total[seen], 0), np.where(seen >= 0, weight * kinds[seen], 1)
        long = np.arange(X.shape[1]) >= order - 1
        p = np.where(long, (np.where(follow >= 0, times[follow], 0) + k * p) / (n + k), p)
    return float(-np.mean(np.log2(p)))


def _lookup(table, keys):
    """Where each key stands in a sorted table; -1 where it does not."""
    place = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return np.where(table[place] == keys, place, -1)


def spoken(net, theta, alphabet, begin, length, rng, temperature=1.0):
    """A text that goes on from ``begin``, character by character, drawn from a network's probabilities.

    Parameters
    ----------
    net : Network
        Of windows of characters; it sees as many of the last ones as its input has places. A shorter beginning is preceded by line ends.
    temperature : float in (0, inf)
        Below 1 the probable becomes more probable.
    """
    places, = net.input
    known = list(alphabet.numbers("\n" * places + begin))
    for _ in range(length):
        z = net.outputs(theta, np.array([known[-places:]]))[0, -1].astype(np.float64) / temperature
        p = np.exp(z - z.max())
        known.append(int(rng.choice(len(alphabet), p=p / p.sum())))
    return alphabet.text(known[places:])
