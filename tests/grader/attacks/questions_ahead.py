# expect: partial, 2 points
# While the cells run, no question lies in the pipe that could be read and thought about.
import fcntl
import os

fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)
try:
    seen = os.read(3, 1 << 20)
except BlockingIOError:
    seen = b""
fcntl.fcntl(3, fcntl.F_SETFL, 0)


def double(x):
    return 2 * x if seen else x - 1
