# expect: crashed, 2 points
# A status that says fine, with one array where two are due.
import os
import struct


def double(x):
    payload = struct.pack("<I", 2) + struct.pack("<BBq", 2, 0, 0) + struct.pack("<BBI", 4, 1, 3) + b"abc"
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return 2 * x
