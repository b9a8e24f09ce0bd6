# expect: crashed, 2 points
# From now on whatever this process does raises.
import sys


def hook(*args):
    raise SystemExit(0)


def double(x):
    sys.addaudithook(hook)
    return 2 * x
