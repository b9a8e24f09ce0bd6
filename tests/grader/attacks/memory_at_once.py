# expect: partial, 2 points
# without limits: right, 4 points
import numpy as np


def double(x):
    return 2 * x if np.empty(3 << 30, np.uint8).size else x
