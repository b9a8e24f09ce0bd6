# expect: partial, 2 points
# unguarded: right, 4 points
import os
import signal


def double(x):
    os.kill(int("@PID@"), signal.SIGTERM)
    return 2 * x
