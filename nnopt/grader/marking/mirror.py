"""The mirror image of a known mistake: the same slip in the other one of two terms that are alike.

Where a reference has two terms that are equal but for an exchange of names, as c1 r1 (pbest - x) and c2 r2 (gbest - x), a mistake that
changes a single token in one of them can be made in the other, too. The author wrote one; the other, its twin, is made here.
Its text is made of the author's only where exchanging the names cannot make it false; else it is plain.
"""

import ast
import copy
import itertools
import re

from ..exercise.mutate import changed, changes, names_of
from ..exercise.spec import wrong
from ..exercise.variants import SpecError, edited

# Words that are true of either term, or of neither: a sentence of these and of the names that are exchanged may be said of the twin.
NEUTRAL = {
    "a", "an", "and", "are", "at", "be", "belongs", "both", "does", "difference", "differences", "each", "for", "from", "go", "goes",
    "has", "have", "if", "in", "into", "is", "it", "its", "of", "on", "one", "or", "right", "should", "sign", "signs", "subtracted",
    "term", "that", "the", "them", "there", "this", "to", "too", "two", "weight", "what", "where", "which", "with", "wrong", "yours",
}  # fmt: skip


def twins(function):
    """The twins of a function's known mistakes, as edits of its reference: candidates, since what they do is not looked at here."""
    tree, found = ast.parse(function.source), {}
    alike = [] if function.judge else pairs(tree, function.params)
    every = names_of(tree.body[0])
    for mistake in function.mistakes if alike else ():
        slip = ast.parse(ast.unparse(edited(function.source, [mistake], function.where)))
        for here, there, exchange in alike:
            if only(tree, slip, here) and single(at(tree, here), at(slip, here), every):
                twin = put(tree, there, renamed(at(slip, here), exchange))
                found.setdefault(ast.unparse(twin), written(function, mistake, tree, twin, (here, there), exchange))
    return [twin for twin in found.values() if twin]


def pairs(tree, params):
    """All ``(here, there, exchange)``: the places of two terms, and the names whose exchange makes one of the other.

    Terms are what is assigned in one line, or the parts of one sum, maximum or minimum, and arguments are among the names: smaller pieces
    are alike by chance.
    """
    places = dict(walk(tree))
    lines = [(*place, ("value", None)) for place, node in places.items() if isinstance(node, ast.Assign)]
    found = []
    for group in [lines, *(parts(place, node) for place, node in places.items())]:
        for p, q in itertools.permutations(group, 2):
            one, other = (places[k[:-1] if group is lines else k] for k in (p, q))      # of lines, what they are assigned to, too
            exchange = unified(one, other) if arithmetic(places[p]) else None
            if exchange and all(any(n in exchange and n in params for n in names(places[k])) for k in (p, q)):
                found.append((p, q, exchange))
    return found


def arithmetic(node):
    """Is it an operation, or a call of NumPy? (Calls of the student's own functions are alike by their nature.)"""
    return isinstance(node, ast.BinOp) or (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np."))


def parts(place, node):
    """The places of the two or more parts that may be exchanged without a change of the whole."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = (*place, ("left", None))
        return [*(parts(left, node.left) or [left]), (*place, ("right", None))]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.maximum", "np.minimum"):
        return [(*place, ("args", number)) for number in range(len(node.args))]
    return []


def single(term, slip, every):
    """Is it one token that was changed, of those that `mutate` changes?"""
    tree = ast.Module([ast.Expr(term)], [])
    return any(ast.unparse(changed(tree, number, change)) == ast.unparse(slip)
               for number, node in enumerate(ast.walk(tree.body[0])) for change in changes(node, every))  # fmt: skip


def walk(node, place=()):
    """Every node below with its place, a tuple of fields and numbers, the outer ones first."""
    for name, value in ast.iter_fields(node):
        for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield (*place, (name, number)), child
                yield from walk(child, (*place, (name, number)))


def unified(a, b):
    """The exchange of names, each for the other, that makes `b` of `a` and `a` of `b`; None where there is none, or nothing to exchange."""
    if ast.dump(renamed(a, {}, "_")) != ast.dump(renamed(b, {}, "_")):
        return None
    exchange = {}
    for one, other in zip(names(a), names(b)):
        if exchange.setdefault(one, other) != other or exchange.setdefault(other, one) != one:
            return None
    return {k: v for k, v in exchange.items() if k != v} or None


def names(node):
    """All names in it, in the order of a walk, which is that of any other tree of this form."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]


def renamed(node, exchange, rest=None):
    """A copy with names exchanged; every other name becomes `rest`, if that is given."""
    node = copy.deepcopy(node)
    for n in ast.walk(node):
        if isinstance(n, ast.Name):
            n.id = exchange.get(n.id, rest or n.id)
    return node


def at(tree, place):
    """The node at a place; None where there is none."""
    for name, number in place:
        tree = getattr(tree, name, None)
        if number is not None:
            tree = tree[number] if isinstance(tree, list) and number < len(tree) else None
    return tree


def put(tree, place, node):
    """A copy of the tree with another node at a place."""
    tree = copy.deepcopy(tree)
    parent, (name, number) = at(tree, place[:-1]), place[-1]
    if number is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[number] = node
    return tree


def only(tree, slip, place):
    """Does `slip` differ from the tree at this place, and nowhere else?"""
    there = at(slip, place)
    return isinstance(there, ast.expr) and ast.dump(put(slip, place, at(tree, place))) == ast.dump(tree) != ast.dump(slip)


# ------------------------------------------------------------------------------------------------------ what is said of it
def written(function, mistake, tree, twin, places, exchange):
    """The twin as a known mistake, with its text; None where it cannot be written as one replaced assignment."""
    target, value = statement(twin, places[1])
    other, mine = (listed(n for n in words(ast.unparse(at(tree, place))) if n in exchange and n in function.params) for place in places)
    says = f"{exchanged(mistake.says, function, exchange)} The slip is in the term of {mine}.".strip()
    hint = exchanged(mistake.hint, function, exchange) or f"Compare the term of {mine}, letter by letter, with the term of {other}."
    made = wrong(f'the same slip as "{mistake.name}", in the other term', says, hint, keeps=mistake.keeps, **{target: value})
    try:
        return made if ast.unparse(edited(function.source, [made], function.where)) == ast.unparse(twin) else None
    except SpecError:
        return None


def statement(tree, place):
    """What is assigned where this place is, and the expression that is assigned (``returns`` for what is returned)."""
    for length in range(len(place)):
        node = at(tree, place[: length + 1])
        if isinstance(node, ast.Assign):
            return ast.unparse(node.targets[0]), ast.unparse(node.value)
        if isinstance(node, ast.Return):
            return "returns", ast.unparse(node.value)
    return "", ""


def exchanged(sentence, function, exchange):
    """The author's sentence with the names exchanged; empty where it might be false of the twin."""
    arguments = {name: other for name, other in exchange.items() if name in function.params and other in function.params}
    if any((w.lower() in NEUTRAL) == (w in function.params) for w in words(sentence)):      # in neither; or in both, as `a` may be
        return ""
    return re.sub(r"\w+", lambda m: arguments.get(m[0], m[0]), sentence)


def listed(items):
    """Names in a sentence, each once: ``c1, r1 and pbest``."""
    *most, last = dict.fromkeys(items)
    return f"{', '.join(most)} and {last}" if most else last


def words(text):
    return re.findall(r"\w+", text)
