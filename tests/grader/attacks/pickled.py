# expect: crashed, 2 points
import os
import pickle
import struct


class Payload:
    def __reduce__(self):
        return os.system, ("touch @STRAY@",)


def double(x):
    data = pickle.dumps(Payload())
    os.write(4, data)
    os.write(4, struct.pack("<BI", 13, len(data)) + data)
    return 2 * x
