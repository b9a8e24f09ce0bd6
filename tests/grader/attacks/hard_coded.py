# expect: partial, 2 points
# The outputs of one seed say nothing about the next.
import numpy as np

KNOWN = {1.0: 2.0, 0.5: 1.0, 0.0: 0.0, -1.0: -2.0}


def double(x):
    return np.vectorize(lambda one: KNOWN.get(float(one), 1.0))(x)
