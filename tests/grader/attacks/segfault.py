# expect: crashed, 2 points
import ctypes


def double(x):
    return ctypes.string_at(0)
