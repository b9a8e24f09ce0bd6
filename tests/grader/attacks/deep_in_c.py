# expect: crashed or partial, 2 points
# Deeper than the stack of C, with no limit of Python's. (`repr` of a nested list gets there too, but looks each level up in all above it.)
import sys

sys.setrecursionlimit(10**9)


def double(x):
    deep = ()
    for _ in range(500_000):
        deep = (deep,)
    hash(deep)
    return x - 1
