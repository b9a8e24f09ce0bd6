# expect: crashed, 2 points
import os


def double(x):
    os.closerange(0, 256)
    return 2 * x
