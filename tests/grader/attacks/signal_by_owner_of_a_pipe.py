# expect: partial, 2 points
# unguarded: right, 4 points
# A pipe sends its owner any signal when data come: no kill is called.
import fcntl
import os
import signal


def double(x):
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETOWN, int("@PID@"))
    fcntl.fcntl(read, 10, signal.SIGKILL)
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")
    return 2 * x
