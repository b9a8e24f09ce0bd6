# expect: partial, 2 points
# An array that tells another type, shape and content than it has, and raises where it is made anew.
import numpy as np


class Liar(np.ndarray):
    made = 0

    def __array_finalize__(self, other):
        Liar.made += 1
        if Liar.made > 1:
            raise SystemExit

    @property
    def nbytes(self):
        return 0

    @property
    def shape(self):
        return (1 << 30,)

    def astype(self, *args, **kwargs):
        return 2 * np.ones(5)

    def tobytes(self, *args, **kwargs):
        return b"\0" * (1 << 20)


def double(x):
    return (x - 1).view(Liar)
