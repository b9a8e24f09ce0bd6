# expect: crashed, 2 points
import os
import struct


def double(x):
    payload = struct.pack("<I", 2) + struct.pack("<BBq", 2, 0, 5) * 2
    os.write(4, struct.pack("<BI", 12, len(payload)) + payload)
    return 2 * x
