# expect: crashed, 2 points
import io
import os

import numpy as np


class Payload:
    def __reduce__(self):
        return os.system, ("touch @STRAY@",)


def double(x):
    out = io.BytesIO()
    np.save(out, np.array([Payload()], dtype=object), allow_pickle=True)
    os.write(4, out.getvalue())
    return 2 * x
