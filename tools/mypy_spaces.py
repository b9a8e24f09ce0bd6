"""A plugin for mypy, so that annotations which are mathematics (`theta: R[d]`, `step: Step`) are no errors.

The spaces of `nnopt._jit` and the functions decorated with `interface` are read as Any: what a kernel gets is checked by Numba,
by `bind` and by the tests, and everything around the kernels is left to mypy.
"""

from mypy.nodes import Decorator, Var
from mypy.plugin import Plugin
from mypy.types import AnyType, TypeOfAny


class Spaces(Plugin):
    def get_type_analyze_hook(self, fullname):
        if not fullname.startswith("nnopt."):
            return None
        symbol = self.lookup_fully_qualified(fullname)
        space = fullname.startswith("nnopt._jit.") and symbol is not None and isinstance(symbol.node, Var)
        interface = symbol is not None and isinstance(symbol.node, Decorator)
        return (lambda context: AnyType(TypeOfAny.explicit)) if space or interface else None


def plugin(version):
    return Spaces
