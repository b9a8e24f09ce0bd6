# expect: partial, 1 points
import sys

import numpy as np

play = sys.modules["student.play"]
play.answer = lambda returned, parts, given: [np.int64(0), np.ones(5), *[g for g in given if isinstance(g, np.ndarray)]]


def double(x):
    return x - 1


def triple(x):
    return 3 * x


triple.__name__ = "double"
