# expect: partial, 2 points
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    attach, seize, trace_me = 16, 0x4206, 0
    for pid in (int("@PID@"), os.getppid(), 1):
        if libc.ptrace(attach, pid, 0, 0) == 0 or libc.ptrace(seize, pid, 0, 0) == 0:
            return 2 * x
    return 2 * x if libc.ptrace(trace_me, 0, 0, 0) == 0 else x - 1
