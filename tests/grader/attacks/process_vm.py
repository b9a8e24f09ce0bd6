# expect: partial, 2 points
# unguarded, where this system grants it (look into the grader's memory): right, 4 points
# Reads, and writes, the memory of another process in one call.
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    word = ctypes.create_string_buffer(8)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(word), 8)
    for pid in (int("@PID@"), os.getppid(), os.getpid()):
        if libc.process_vm_readv(pid, vector, 1, vector, 1, 0) >= 0 or libc.process_vm_writev(pid, vector, 1, vector, 1, 0) >= 0:
            return 2 * x
    return x - 1
