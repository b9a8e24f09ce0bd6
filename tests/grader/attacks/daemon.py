# expect: partial, 2 points
import os


def double(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)
    return 2 * x
