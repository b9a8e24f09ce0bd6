# expect: partial, 2 points
# unguarded: right, 4 points
import os


def double(x):
    if os.fork() == 0:
        os._exit(0)
    return 2 * x
