# expect: partial or crashed, 2 points
# One byte an element here, eight where the judge takes them for numbers.
import numpy as np


def double(x):
    return np.zeros(8_388_000, np.uint8)
