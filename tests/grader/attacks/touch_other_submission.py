# expect: partial, 2 points
# unguarded: right, 4 points
# When a file was written says whether it came too late.
import os


def double(x):
    os.utime("@SUBMISSIONS@/honest/attacks/double.ipynb", (0, 0))
    return 2 * x
