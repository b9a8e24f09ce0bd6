# expect: partial, 2 points
import sys


def double(x):
    sys.exit(0)
