# expect: right, 4 points
# Its pipes hand out what is written packet by packet, and wait for nothing.
import fcntl
import os

fcntl.fcntl(4, fcntl.F_SETFL, os.O_DIRECT)


def double(x):
    return 2 * x
