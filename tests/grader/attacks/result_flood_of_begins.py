# expect: timeout, 0 points
import struct

# Before the cells are done: statements that never end to begin.
frame = struct.pack("<BI", 10, 4 + 2 + 4 + 16) + struct.pack("<IBBIqq", 1, 2, 1, 2, 1, 1)
with open(4, "wb", closefd=False) as channel:
    while True:
        channel.write(frame * 1000)
