# expect: right, 4 points
# What the forged results are made of: these bytes are an answer, and a right one counts.
import struct
import sys

import numpy as np


def frame(kind, arrays):
    payload = struct.pack("<I", len(arrays))
    for a in map(np.asarray, arrays):
        code = {"f8": 0, "i8": 2, "u1": 4}[a.dtype.str[1:]]
        payload += struct.pack("<BB", code, a.ndim) + struct.pack(f"<{a.ndim}I", *a.shape) + a.tobytes()
    return struct.pack("<BI", kind, len(payload)) + payload


sys.modules["student.play"].wire.frame = frame


def double(x):
    return 2 * x
