# expect: partial, 2 points
# unguarded: right, 4 points
from subprocess import run


def double(x):
    run(["/bin/sh", "-c", "touch @STRAY@"])
    return 2 * x
