# expect: crashed, 2 points
# Whatever the student's side asks of what was returned, it ends, raises or lies.
import os
import sys


class Hostile:
    @property
    def __array_interface__(self):
        sys.exit(0)

    @property
    def __array_struct__(self):
        os._exit(0)

    def __array__(self, *args, **kwargs):
        raise KeyboardInterrupt

    def __buffer__(self, flags):
        raise MemoryError

    def __iter__(self):
        raise GeneratorExit

    def __del__(self):
        raise SystemExit

    @property
    def __class__(self):
        raise ZeroDivisionError


def double(x):
    return Hostile()
