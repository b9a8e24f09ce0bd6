# expect: crashed, 2 points
# A message that is no text.
import os
import struct


def double(x):
    payload = struct.pack("<I", 2) + struct.pack("<BBq", 2, 0, 1) + struct.pack("<BBI2d", 0, 1, 2, float("nan"), 1e300)
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)
    return 2 * x
