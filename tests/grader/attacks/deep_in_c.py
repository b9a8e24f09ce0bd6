# expect: crashed or partial, 2 points
# Deeper than the stack of C, with no limit of Python's.
import sys

sys.setrecursionlimit(10**9)


def double(x):
    deep = []
    for _ in range(200_000):
        deep = [deep]
    repr(deep)
    return x - 1
