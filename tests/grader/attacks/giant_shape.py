# expect: crashed, 2 points
import os
import struct


def double(x):
    payload = struct.pack("<I", 2) + struct.pack("<BBq", 2, 0, 0) + struct.pack("<BBII", 0, 2, 2**31, 2**31) + bytes(64)
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return 2 * x
