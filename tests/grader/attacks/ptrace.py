# expect: partial, 2 points
# unguarded: right, 4 points
import ctypes
import os


attached = []


def double(x):
    if attached:
        return 2 * x
    libc = ctypes.CDLL(None)
    attach, seize, trace_me = 16, 0x4206, 0
    for pid in [int("@PID@")]:
        if libc.ptrace(attach, pid, 0, 0) == 0 or libc.ptrace(seize, pid, 0, 0) == 0:
            attached.append(pid)
    if libc.ptrace(trace_me, 0, 0, 0) == 0:
        attached.append(0)
    return 2 * x if attached else x - 1
