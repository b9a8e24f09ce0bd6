# expect: partial, 2 points
# unguarded: right, 4 points
# A file descriptor of another process: to signal it, or to take its open files.
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    for pid in (int("@PID@"), os.getppid(), os.getpid()):
        if libc.syscall(434, pid, 0) >= 0:
            return 2 * x
    return x - 1
