# expect: partial, 2 points
# unguarded: crashed, 2 points
import os


def double(x):
    os.execv("/bin/sh", ["sh", "-c", "touch @STRAY@"])
    return 2 * x
