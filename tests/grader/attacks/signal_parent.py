# expect: partial, 2 points
# unguarded: crashed, 2 points
import os
import signal
import time


def double(x):
    os.kill(os.getppid() or -1, signal.SIGKILL)
    time.sleep(1)
    return 2 * x
