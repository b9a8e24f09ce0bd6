"""The cells of a notebook, run by the student's side."""

from __future__ import annotations
import __future__

import ast
import dis
import inspect
import linecache
import re
import types

from . import wire
from .jupyter import ZMQInteractiveShell, cache_or_not, known_to_libraries, parse

FAILED = "These lines of the notebook failed (only cells with code are counted):"
FILE = "<ipython-input-{}>"  # of a cell: under such a name Numba keeps what it compiled, for cache=True
FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
NOT_PYTHON = SyntaxError, ValueError, MemoryError, RuntimeError  # what reading a cell may end with; IPython's reader has limits of its own


def run_cells(sources, namespace, begin=lambda cell, line: None, skip=()):
    """Run cells as a notebook's kernel does, but each top-level statement by itself: one that fails takes nothing else down.

    Parameters
    ----------
    sources : list of str
    namespace : dict
        The statements are run in it; it gets the names that a kernel offers, ``display`` and ``get_ipython``.
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
    shell = ZMQInteractiveShell(namespace)
    namespace.update(shell.names())
    with known_to_libraries(shell), Statements(namespace) as statements:
        for number, source in enumerate(sources, 1):
            if (number, None) in skip:
                continue
            try:
                tree, text = parse(source)
            except NOT_PYTHON as error:
                failed.append(f"cell {number}, line {getattr(error, 'lineno', None) or 1}: {describe(error)}")
                continue
            file = FILE.format(number)
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            for statement in tree.body:
                if (number, statement.lineno) in skip:
                    continue
                begin(number, statement.lineno)
                try:
                    statements.run(statement, file)
                except BaseException as error:
                    failed.append(f"cell {number}, line {statement.lineno}: {describe(error)}")
    return failed


class Statements:
    """Runs statements one after the other with the same names: imports from ``__future__`` last, and ``await`` works."""

    def __init__(self, namespace):
        self.namespace, self.flags, self.loop = namespace, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, None

    def run(self, statement, file):
        """Run one statement of this file."""
        code = compile(ast.Module([statement], []), file, "exec", self.flags, dont_inherit=True)
        self.flags |= code.co_flags & FUTURES
        cache_or_not()
        if not code.co_flags & inspect.CO_COROUTINE:
            exec(code, self.namespace)
            return
        self.loop = self.loop or event_loop()
        self.loop.run_until_complete(eval(code, self.namespace))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.loop:
            self.loop.close()


def event_loop():
    """A loop for ``await`` that needs no sockets, which a sandbox refuses. (Few notebooks need it, and it is long in loading.)"""
    import asyncio
    import selectors

    class Loop(asyncio.SelectorEventLoop):
        def _make_self_pipe(self):  # by which other threads would wake it
            self._ssock = self._csock = None

        def _close_self_pipe(self):
            pass

    return Loop(selectors.SelectSelector())


def first_failures(failed):
    """Of the lines of `run_cells`, the first of every cell, where a notebook stops; none that only waits for what is not written yet."""
    first = {line.partition(",")[0]: line for line in reversed(failed)}
    return [line for line in failed if line in first.values() and not line.endswith(": NotImplementedError")]


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
    texts = {number: python(source) for number, source in enumerate(sources, 1)}
    codes = {number: compiled(text) for number, text in texts.items()}
    stored = {number: names_stored(codes[number]) for number in set(shown) & set(codes) if texts[number] == sources[number - 1]}
    magic = {name for source, text in zip(sources, texts.values()) if text != source for name in used_by_magics(source, text)}
    left_out = set(stored)
    while left_out:
        used = magic.union(*(code.co_names for number, own in codes.items() if number not in left_out for code in own))
        needed = {number for number in left_out if stored[number] & used}
        if not needed:
            break
        left_out -= needed
    return left_out


def used_by_magics(source, text):
    """The names in those lines of a cell that were no Python: a magic may run what it is given."""
    return re.findall(r"\w+", " ".join({*source.splitlines()} - {*text.splitlines()}))


def python(source):
    """A cell as Python; as it is where it cannot be read as such, nor run."""
    try:
        return parse(source)[1]
    except NOT_PYTHON:
        return source


def compiled(text):
    """The code of a cell and of all functions in it; none where it is no Python."""
    try:
        codes = [compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)]
    except NOT_PYTHON:  # a return outside of a function is found only here
        return []
    for code in codes:  # which grows meanwhile
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return codes


def names_stored(codes):
    """The global names that these codes assign. (Those that a code uses are among its ``co_names``, which cost nothing to read.)"""
    return {step.argval for code in codes for step in dis.get_instructions(code) if step.opname in ("STORE_NAME", "STORE_GLOBAL")}
