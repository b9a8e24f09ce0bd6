# expect: crashed, 0 points
import os
import struct


def double(x):
    # status 0, then five ones; again and again, so that the answers to triple are forged, too
    status = struct.pack("<BBq", 2, 0, 0)
    ones = struct.pack("<BBI5d", 0, 1, 5, 1, 1, 1, 1, 1)
    payload = struct.pack("<I", 3) + status + ones + ones
    for _ in range(200):
        os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return x
