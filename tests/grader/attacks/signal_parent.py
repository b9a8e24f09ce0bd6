# expect: partial, 2 points
import os
import signal


def double(x):
    os.kill(os.getppid() or -1, signal.SIGKILL)
    return 2 * x
