# expect: crashed, 2 points
import os
import struct


def double(x):
    empty = struct.pack("<BB8I", 0, 8, 0, *[2**31] * 7)
    payload = struct.pack("<I", 3) + struct.pack("<BBq", 2, 0, 0) + empty + empty
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return 2 * x
