"""The reference is the alphabet, and everything else is an edit of it: other right ways, mistakes, other roundings."""

import ast

import numpy as np


class SpecError(ValueError):
    """An instructor's spec says something that cannot be: the sentence names the spec and what is accepted."""


class Replace(ast.NodeTransformer):
    """Give assignments another right side: ``sides={"m_hat": "m"}``; the key ``"returns"`` is what the function returns."""

    def __init__(self, sides):
        self.sides, self.hit = sides, []

    def _swap(self, node, key):
        if key in self.sides:
            try:
                node.value = ast.parse(self.sides[key], mode="eval").body
            except SyntaxError:
                raise SpecError(f"{key}={self.sides[key]!r} is no expression") from None
            self.hit.append(key)
        return node

    def visit_Assign(self, node):
        return self._swap(node, ast.unparse(node.targets[0]))

    def visit_Return(self, node):
        return self._swap(node, "returns")


class Reround(ast.NodeTransformer):
    """Hand the result of every operation and every numpy call to ``_round``, which may round it otherwise."""

    def _wrap(self, node):
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_round", ast.Load()), [node], []), node)

    visit_BinOp = _wrap

    def visit_Call(self, node):
        numeric = ast.unparse(node.func).split(".")[0] in ("np", "math")
        return self._wrap(node) if numeric else self.generic_visit(node)


def edited(source, mistakes, where):
    """The syntax tree of `source` with these edits; `SpecError` when one hits nothing, or more than it should."""
    for w in mistakes:
        if w.edit:
            old, new = w.edit
            if source.count(old) != 1:
                raise SpecError(f"{where}, {w.name!r}: the text {old!r} stands {source.count(old)} times in the reference, not once")
            source = source.replace(old, new)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise SpecError(f"{where}, {[w.name for w in mistakes]}: the edit gives no Python ({error.msg})") from None
    sides = {name: side for w in mistakes for name, side in w.sides.items()}
    replace = Replace(sides)
    try:
        tree = replace.visit(tree)
    except SpecError as error:
        raise SpecError(f"{where}, {[w.name for w in mistakes]}: {error}") from None
    if sorted(replace.hit) != sorted(sides):
        names, held = [w.name for w in mistakes], sorted(replace.hit)
        raise SpecError(f"{where}, {names}: it replaces {sorted(sides)}, each once, but the reference has {held}")
    return ast.fix_missing_locations(tree)


def compiled(tree, name, scope, reround=None):
    """The function `name` of this tree in a scope of its own; ``reround=(rng, eps)`` rounds every result otherwise."""
    scope = dict(scope)
    if reround:
        tree = ast.fix_missing_locations(Reround().visit(tree))
        scope["_round"] = lambda x: rounded(x, *reround)
    exec(compile(tree, f"<{name}>", "exec"), scope)
    return scope[name]


def rounded(x, rng, eps):
    """`x` with every element moved by a random part of its own rounding unit; what is no float stays."""
    if isinstance(x, (float, np.floating)):
        return x * (1 + eps * (2 * rng.random() - 1))
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x * (1 + eps * (2 * rng.random(x.shape) - 1)).astype(x.dtype)
    return x


def rounded_arguments(args, rng, eps):
    """Arguments known only up to their rounding: what the condition of the problem makes of it is no one's mistake."""
    return {name: rounded(a, rng, eps) for name, a in args.items()}
