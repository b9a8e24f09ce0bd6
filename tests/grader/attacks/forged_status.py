# expect: crashed, 2 points
import os
import struct


def double(x):
    payload = struct.pack("<I", 1) + struct.pack("<BBq", 2, 0, 77)
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return 2 * x
