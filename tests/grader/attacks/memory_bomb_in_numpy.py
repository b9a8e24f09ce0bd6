# expect: partial, 2 points
import numpy as np


def double(x):
    return np.ones((1 << 20, 1 << 12)) @ np.ones((1 << 12, 1))
