# expect: crashed, 0 points
# Answers to what is not asked yet, with word that the cells are done.
import os
import struct


def frame(kind, *arrays):
    payload = struct.pack("<I", len(arrays)) + b"".join(arrays)
    return struct.pack("<BI", kind, len(payload)) + payload


ones = struct.pack("<BBI5d", 0, 1, 5, 1, 1, 1, 1, 1)
os.write(4, frame(11) + 50 * frame(13, struct.pack("<BBq", 2, 0, 0), ones, ones))


def double(x):
    return x - 1
