# expect: partial, 2 points
# The array of every call is the same: what was sent for the first input must not become what comes later.
import numpy as np

out = np.zeros(5)


def double(x):
    out[:] = 2 * x if not out.any() else out + 0
    return out
