"""Every single-token change of a reference."""

import ast
import copy
import difflib
import itertools
import random

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
CALLS = {
    "np.sqrt": ["np.abs", "np.square", "np.cbrt", "np.exp"], "np.exp": ["np.expm1", "np.sqrt"], "np.log": ["np.log1p", "np.sqrt"],
    "np.clip": ["np.maximum", "np.minimum"], "np.minimum": ["np.maximum"], "np.maximum": ["np.minimum"],
    "np.argmin": ["np.argmax"], "np.min": ["np.max"], "np.max": ["np.min"],
    "np.sum": ["np.mean", "np.max"], "np.mean": ["np.sum", "np.median"],
    "np.zeros_like": ["np.ones_like"], "np.where": [], "np.tanh": ["np.arctan", "np.sinh"], "np.abs": [],
}


def mutants(source):
    """Pairs ``(what, tree)``: the lines that changed, and the syntax tree of the mutant. Each text once."""
    tree = ast.parse(source)
    lines, seen, even = ast.unparse(tree).split("\n"), {ast.unparse(tree)}, signless(tree)
    for number, node in enumerate(ast.walk(tree.body[0])):
        for change in changes(node, names_of(tree.body[0]), node in even):
            mutant = changed(tree, number, change)
            text = ast.unparse(mutant)
            if text not in seen:
                seen.add(text)
                yield difference(lines, text.split("\n")), mutant


SHAPES = ("len", "np.shape", "np.zeros_like", "np.ones_like")


def signless(tree):
    """The places where a sign does not matter: only the shape is taken, or an even power."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("shape", "size", "ndim", "dtype"):
            found.add(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in SHAPES:
            found.update(node.args[:1])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and is_even(node.right):
            found.add(node.left)
    return found


def is_even(node):
    """Is it an even number that is written out?"""
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and node.value % 2 == 0


def names_of(function):
    """The names that a slip of the pen may exchange: parameters and local variables."""
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return sorted(stored | {a.arg for a in function.args.args})


def changed(tree, number, change):
    """A copy of the tree with its `number`-th node (breadth first) changed in place, or replaced by what `change` returns."""
    tree = copy.deepcopy(tree)
    target = list(ast.walk(tree.body[0]))[number]

    class Apply(ast.NodeTransformer):
        def visit(self, node):
            return (change(node) or node) if node is target else self.generic_visit(node)

    return ast.fix_missing_locations(Apply().visit(tree))


def put(**values):
    """A change that sets attributes of a node."""
    def change(node):
        for name, value in values.items():
            setattr(node, name, value)
    return change


def changes(node, names, even=False):
    """All changes of one node; where its sign does not matter (`even`), none of the sign."""
    if isinstance(node, ast.BinOp):
        yield from (put(op=o()) for o in OPERATORS if not isinstance(node.op, o))
        yield lambda n: n.left
        yield lambda n: n.right
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            yield lambda n: ast.BinOp(n.right, n.op, n.left)
    elif isinstance(node, ast.Compare):
        yield from (put(ops=[o()]) for o in COMPARISONS if not isinstance(node.ops[0], o))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield put(value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield from (put(value=c) for c in (node.value + 1, node.value - 1, 0, -node.value, 2 * node.value)
                    if c != node.value)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (put(id=other) for other in names if other != node.id)
        if not even:
            yield lambda n: ast.UnaryOp(ast.USub(), n)
    elif isinstance(node, ast.UnaryOp):
        yield lambda n: n.operand
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
        yield from (put(func=ast.parse(other, mode="eval").body) for other in CALLS[ast.unparse(node.func)])
        yield lambda n: n.args[0]
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield lambda n: n.value
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for order in itertools.permutations(node.value.elts):
            yield put(value=ast.Tuple(list(order), ast.Load()))
    elif isinstance(node, ast.Assign):
        yield lambda n: ast.Pass()


def difference(before, after):
    """The lines that changed, as ``old -> new``."""
    lines = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    before, after = ("; ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return f"{before}  ->  {after}"


def sampled(source, size=None):
    """The mutants, or of many `size` that are drawn from them; the same ones for the same source."""
    found = list(mutants(source))
    if size is None or len(found) <= size:
        return found
    return random.Random(source).sample(found, size)
