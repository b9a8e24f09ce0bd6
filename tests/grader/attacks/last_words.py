# expect: crashed, 0 points
# Frames from whatever is called at the end: of the program, of an object.
import atexit
import os
import struct
import sys


def words():
    payload = struct.pack("<I", 1) + struct.pack("<BBq", 2, 0, 2)
    os.write(4, struct.pack("<BI", 13, len(payload)) + payload)


class Last:
    def __del__(self):
        words()


last = Last()
atexit.register(words)


def double(x):
    global last
    del last
    sys.exit(0)
