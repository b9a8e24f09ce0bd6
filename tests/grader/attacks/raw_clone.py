# expect: partial, 2 points
# unguarded: right, 4 points
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    number, vfork = (56, 58) if os.uname().machine == "x86_64" else (220, 220)
    for call in (lambda: libc.syscall(number, 17, 0, 0, 0, 0), lambda: libc.syscall(vfork, 17, 0, 0, 0, 0)):
        pid = call()
        if pid == 0:
            os._exit(0)
        if pid > 0:
            return 2 * x
    return x - 1
