# expect: partial, 2 points
# unguarded: right, 4 points
# A fork bomb that stops by itself.
import os
import time

born = []


def double(x):
    while len(born) < 5:
        born.append(os.fork())
        if born[-1] == 0:
            time.sleep(0.5)
            os._exit(0)
    return 2 * x
