# expect: crashed, 0 points
import os


def double(x):
    return 2 * x


os._exit(0)
