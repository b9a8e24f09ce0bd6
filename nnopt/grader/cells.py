"""The cells of a notebook, run by the student's side."""

from __future__ import annotations

import ast
import dis
import linecache
import re
import types

from . import wire

FAILED = "These lines of the notebook failed (only cells with code are counted):"


def run_cells(sources, namespace, begin=lambda cell, line: None, skip=()):
    """Run cells, each top-level statement by itself: one that fails takes nothing else down.

    Parameters
    ----------
    sources : list of str
    namespace : dict
        The statements are run in it.
    begin : callable
        Called with the number of the cell and of the line before a statement is run.
    skip : collection of (int, int)
        Statements to leave out, by cell and line; a line of None leaves out the cell.

    Returns
    -------
    list of str
        A line for each statement that failed.
    """
    failed = []
    for number, source in enumerate(sources, 1):
        linecache.cache[f"<cell {number}>"] = (len(source), None, source.splitlines(keepends=True), f"<cell {number}>")
        if (number, None) in skip:
            continue
        try:
            body = parse(source).body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            failed.append(f"cell {number}, line {getattr(error, 'lineno', None) or 1}: {describe(error)}")
            continue
        for statement in body:
            if (number, statement.lineno) in skip:
                continue
            begin(number, statement.lineno)
            try:
                exec(compile(ast.Module([statement], []), f"<cell {number}>", "exec"), namespace)
            except BaseException as error:
                failed.append(f"cell {number}, line {statement.lineno}: {describe(error)}")
    return failed


def first_failures(failed):
    """Of the lines of `run_cells`, the first of every cell, where a notebook stops; none that only waits for what is not written yet."""
    first = {line.partition(",")[0]: line for line in reversed(failed)}
    return [line for line in failed if line in first.values() and not line.endswith(": NotImplementedError")]


def parse(source):
    """The syntax tree of a cell; where it is no Python, of the cell without the magics of the notebook."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(without_magics(source))


def without_magics(source):
    """A cell without ``%magic``, ``!shell`` and ``help?`` lines. Line numbers stay."""
    lines = source.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not re.match(r"%%(time|timeit|capture|prun)\b", first):
        return ""  # a whole cell in another language
    return "\n".join(re.sub(r"\S.*", "pass", line) if re.match(r"\s*([%!?]|[\w.]+\s*\?\??\s*$|\w+\s*=\s*[%!])", line) else line
                     for line in lines)  # fmt: skip


def describe(error):
    """An exception in one line, as a student sees it under a cell; computed even where the exception itself misbehaves."""
    try:
        said = error.msg if isinstance(error, SyntaxError) and error.msg else error  # its text names a file that there is not
        return f"{type(error).__name__}: {said}".split("\n")[0].removesuffix(": ")[: wire.MAX_TEXT]
    except BaseException:
        return type(error).__name__


def idle(sources, shown):
    """Which of the cells that only show something can be left out: those that define no name which a cell that is run uses.

    Parameters
    ----------
    sources : list of str
        All cells.
    shown : collection of int
        Numbers, from 1, of the cells that show a figure or a run, just as the course wrote them.
    """
    if not shown:
        return set()
    codes = {number: compiled(source) for number, source in enumerate(sources, 1)}
    stored = {number: names_stored(codes[number]) for number in set(shown) & set(codes)}
    left_out = set(stored)
    while left_out:
        used = set().union(*(code.co_names for number, own in codes.items() if number not in left_out for code in own))
        needed = {number for number in left_out if stored[number] & used}
        if not needed:
            break
        left_out -= needed
    return left_out


def compiled(source):
    """The code of a cell and of all functions in it; none where it is no Python, which cannot be run either."""
    try:
        codes = [compile(parse(source), "<cell>", "exec")]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    for code in codes:  # which grows meanwhile
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return codes


def names_stored(codes):
    """The global names that these codes assign. (Those that a code uses are among its ``co_names``, which cost nothing to read.)"""
    return {step.argval for code in codes for step in dis.get_instructions(code) if step.opname in ("STORE_NAME", "STORE_GLOBAL")}
