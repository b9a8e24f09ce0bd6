# expect: partial, 2 points
import builtins

builtins.abs = builtins.max = builtins.sum = lambda *args, **kwargs: 0
builtins.all = builtins.bool = lambda *args: True


def double(x):
    return x - 1
