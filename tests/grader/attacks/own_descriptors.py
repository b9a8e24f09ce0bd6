# expect: partial, 2 points
# without closed descriptors: right, 4 points
# Files that the grader forgot to close.
import os


def double(x):
    found = []
    for fd in range(5, 1024):
        try:
            found.append(os.fstat(fd))
        except OSError:
            pass
    return 2 * x if found else x - 1
