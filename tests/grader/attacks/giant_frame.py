# expect: crashed, 2 points
import os
import struct


def double(x):
    os.write(4, struct.pack("<BI", 13, 2**32 - 1))
    return 2 * x
