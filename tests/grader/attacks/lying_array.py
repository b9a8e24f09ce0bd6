# expect: partial, 2 points
import numpy as np


class Liar:
    shape, dtype, ndim = (5,), np.dtype(float), 1

    def __array__(self, dtype=None, copy=None):
        return np.zeros(5)

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __abs__ = __le__ = __ge__ = __sub__


def double(x):
    return Liar()
