"""What being late costs: arithmetic on `points`, `days_late` and `max_points`, walked as a syntax tree and never handed to Python."""

from __future__ import annotations

import ast
import math
import operator
from dataclasses import dataclass

MAX_FORMULA = 300  # characters
# A formula is tried at so many days late.
DAYS = (0.001, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0, 60.0, 100.0, 365.0, 800.0, 1500.0, 3653.0)

NAMES = ("points", "days_late", "max_points")


def rounded(value: float, digits: float = 0.0) -> float:
    """``round`` where all numbers are floats."""
    return round(value, int(digits))


FUNCTIONS = {"min": min, "max": max, "abs": abs, "round": rounded, "floor": math.floor, "ceil": math.ceil, "exp": math.exp}
BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
          ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow}  # fmt: skip
UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
           ast.Eq: operator.eq, ast.NotEq: operator.ne}  # fmt: skip


class BadFormula(ValueError):
    """A late policy that is no arithmetic on points, days_late and max_points."""


@dataclass(frozen=True)
class Formula:
    """Arithmetic on `points`, `days_late` and `max_points`; its syntax tree is walked, and never handed to Python.

    Raises
    ------
    BadFormula
        When it holds anything else, or gives no finite number somewhere on its domain.

    Examples
    --------
    >>> Formula("points * max(0, 1 - 0.1 * ceil(days_late))")(points=10, days_late=1.2, max_points=12)
    8.0
    """

    text: str

    def __post_init__(self):
        if len(self.text) > MAX_FORMULA:
            raise BadFormula(f"it has {len(self.text)} characters, at most {MAX_FORMULA} are read")
        try:
            tree = ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise BadFormula(f"it is no formula ({str(error)[:60]})") from None
        object.__setattr__(self, "tree", tree)
        for max_points in (1.0, 10.0, 100.0):
            for days_late in DAYS:
                for points in (0.0, max_points / 3, max_points):
                    self(points, days_late, max_points)

    def __call__(self, points: float, days_late: float, max_points: float) -> float:
        """The points left, never more than `points`, never below 0."""
        given = dict(points=float(points), days_late=float(days_late), max_points=float(max_points))
        try:
            value = value_of(self.tree, given)  # type: ignore[attr-defined]
            value = float(value) if isinstance(value, (int, float)) else math.nan
        except (ArithmeticError, TypeError, RecursionError) as error:
            raise BadFormula(f"it fails at {told(given)} ({error})") from None
        except ValueError as error:
            raise error if isinstance(error, BadFormula) else BadFormula(f"it fails at {told(given)} ({error})") from None
        if not math.isfinite(value):
            raise BadFormula(f"it gives no number at {told(given)}")
        return min(max(value, 0.0), float(points))


def told(given: dict) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in given.items())


def value_of(node, given):
    """The value of one node. All numbers are floats, so that no power of integers can grow without end."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return float(value)
        case ast.Name(id=name) if name in given:
            return given[name]
        case ast.BinOp(left, op, right) if type(op) in BINARY:
            return BINARY[type(op)](value_of(left, given), value_of(right, given))
        case ast.UnaryOp(op, operand) if type(op) in UNARY:
            return UNARY[type(op)](value_of(operand, given))
        case ast.BoolOp(op, values):
            results = [value_of(v, given) for v in values]
            return float(all(results) if isinstance(op, ast.And) else any(results))
        case ast.IfExp(test, body, orelse):
            return value_of(body if value_of(test, given) else orelse, given)
        case ast.Compare(left, ops, comparators) if all(type(op) in COMPARE for op in ops):
            values = [value_of(v, given) for v in (left, *comparators)]
            return float(all(COMPARE[type(op)](a, b) for op, a, b in zip(ops, values, values[1:])))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            if any(isinstance(a, ast.Starred) for a in args):
                raise BadFormula("a star is not arithmetic")
            return float(FUNCTIONS[name](*(value_of(a, given) for a in args)))
    raise BadFormula(f"{ast.unparse(node)[:60]!r} is not allowed: it takes numbers, {', '.join(NAMES)}, + - * / // % **, "
                     f"comparisons, if-else and {', '.join(FUNCTIONS)}")  # fmt: skip
