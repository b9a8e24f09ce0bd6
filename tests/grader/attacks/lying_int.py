# expect: partial, 2 points
# Numbers that are equal to everything.
class Liar(float):
    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = lambda self, *other: Liar(0)

    def __array__(self, dtype=None, copy=None):
        raise SystemExit(0)


def double(x):
    return Liar(0)
