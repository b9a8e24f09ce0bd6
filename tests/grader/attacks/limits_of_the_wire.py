# expect: crashed, 2 points
# Its own copy of the limits is found and lifted, by objects and by memory: those that count are the grader's.
import gc
import os
import sys

import numpy as np

wire = sys.modules["student.play"].wire
for thing in gc.get_objects():
    if isinstance(thing, dict) and "MAX_FRAME" in thing:
        thing["MAX_FRAME"] = thing["MAX_ARRAYS"] = thing["MAX_DIMS"] = 1 << 40


def double(x):
    os.write(4, wire.frame(13, [np.int64(0)] + 5000 * [x]))
    return 2 * x
