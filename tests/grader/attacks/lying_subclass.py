# expect: partial, 2 points
import numpy as np


class Liar(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        return np.array(True)

    def __eq__(self, other):
        return True

    def tobytes(self, order="C"):
        return bytes(8 * self.size)


def double(x):
    return (x - 1).view(Liar)
