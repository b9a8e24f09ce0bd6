# expect: partial, 2 points
# The same input again must not get what was learnt before: nothing there ever says what is right.
import numpy as np

seen = {}


def double(x):
    key = np.asarray(x).tobytes()
    count = seen[key] = seen.get(key, 0) + 1
    return 2 * x if count > 1 else x
