# expect: partial, 2 points
# unguarded: right, 4 points
import importlib
import sys


def double(x):
    del sys.modules["nnopt"]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "find_spec") or "play" not in str(finder)]
    sys.path[:0] = ["@ROOT@"]
    importlib.import_module("nnopt")
    return 2 * x
