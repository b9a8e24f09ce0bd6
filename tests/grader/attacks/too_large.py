# expect: partial, 2 points
import numpy as np


def double(x):
    return np.zeros(1 << 24)
