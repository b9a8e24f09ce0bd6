# expect: partial, 2 points
import numpy as np


def double(x):
    return np.array([object()] * 5)
