# expect: timeout, 2 points
# A frame that never gets done, though there is always something to read.
import os
import struct
import time


def double(x):
    os.write(4, struct.pack("<BI", 13, 1 << 20))
    while True:
        os.write(4, b"\0")
        time.sleep(0.01)
