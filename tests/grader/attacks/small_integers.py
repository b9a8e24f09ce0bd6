# expect: crashed or partial, 2 points
# By its memory, 1 is 0 in this process: a call that raised would be one that went well.
import ctypes


def double(x):
    ctypes.memmove(id(1) + 24, id(0) + 24, 4)
    return x
