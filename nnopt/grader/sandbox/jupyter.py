"""What a notebook's kernel does before and around Python: magics, shell lines, ``display``.

A cell that is no Python goes through IPython's own transformer, which makes a call of every magic; `ZMQInteractiveShell` stands in for the
shell that is called. It runs what a magic runs in the notebook's names (``%time x = f()``), writes what it writes (``%%writefile``),
forgets what it forgets (``%reset -f``), and does nothing where a magic measures, installs, shows, or asks the system.

A cell that is Python stays as it is: the transformer would change only what cannot be parsed, and prompts within texts.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import difflib
import itertools
import os
import re
import shlex
import sys

HERE = re.compile(r"%%(time|capture|prun)\b")  # magics of a cell that is run with the notebook's names, and kept
STATEMENT = "time", "prun"  # of a line whose statement is run
BARE = ("pip", "conda", "mamba", "uv", "cd", "ls", "pwd", "time", "timeit", "matplotlib", "pylab", "load_ext", "reload_ext", "autoreload",
        "config", "env", "reset", "who", "whos", "precision", "cat", "mkdir", "clear")  # that a cell of one line may call without a %


def parse(source):
    """The syntax tree of a cell, and its text as Python; SyntaxError where it has none. Lines keep their numbers."""
    try:
        return ast.parse(source), source
    except SyntaxError:
        text = as_python(source)
        return ast.parse(text), text


def as_python(source):
    """A cell as Python: IPython's own reading of its magics. Without IPython such lines are left out."""
    lines = source.splitlines(keepends=True)
    blank = list(itertools.takewhile(lambda line: not line.strip(), lines))
    begin, *body = lines[len(blank) :] or [""]
    if HERE.match(begin.lstrip()):  # each statement of it stands by itself
        return "\n" * (len(blank) + 1) + parse("".join(body))[1]
    if not body and begin.split()[:1] and begin.split()[0] in BARE:
        source = "".join(blank) + "%" + begin.lstrip()
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return without_magics(source)
    return aligned(lines, TransformerManager().transform_cell(source).splitlines(keepends=True))


def aligned(before, after):
    """The lines of a transformed cell, with blank ones where several became one: a message names the line that the student wrote."""
    if len(before) == len(after):
        return "".join(after)
    out = []
    for _, begin, end, start, stop in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        out += after[start:stop] + ["\n"] * (end - begin - (stop - start))
    return "".join(out)


def without_magics(source):
    """A cell without ``%magic``, ``!shell`` and ``help?`` lines."""
    if source.lstrip().startswith("%%"):
        return ""  # a whole cell in another language
    return "\n".join(re.sub(r"\S.*", "pass", line) if re.match(r"\s*([%!?]|[\w.]+\s*\?\??\s*$|\w+\s*=\s*[%!])", line) else line
                     for line in source.split("\n"))  # fmt: skip


class Nothing:
    """What a magic without a stand-in returns: it takes every call, and says nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **named):
        return self

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __bool__(self):
        return False

    def __float__(self):
        return float("nan")

    def __repr__(self):
        return ""

    def __format__(self, how):
        return ""


class ZMQInteractiveShell(Nothing):
    """Stands for what ``get_ipython()`` returns in a kernel, and is called what that is called: notebooks ask for it.

    Parameters
    ----------
    namespace : dict
        The names of the notebook.
    """

    def __init__(self, namespace):
        self.user_ns = self.user_global_ns = namespace
        self.config = {"IPKernelApp": {}}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __bool__(self):
        return True

    def names(self):
        """What a notebook finds in its kernel beside Python's own names."""
        return {"get_ipython": lambda: self, "display": display}

    def run_line_magic(self, name, line="", *_, **__):
        """What follows a ``%``."""
        caller = sys._getframe(1)
        return self.line_magic(name, line, caller.f_globals, caller.f_locals)

    def magic(self, line):
        """The same in one text."""
        caller = sys._getframe(1)
        name, _, rest = line.lstrip("%").partition(" ")
        return self.line_magic(name, rest, caller.f_globals, caller.f_locals)

    def line_magic(self, name, line, names, own):
        if name in STATEMENT:
            return run(without_options(line), names, own)
        if name == "reset" and {"-f", "-sf", "-fs"} & set(line.split()):
            self.forget()
        elif name == "xdel":
            names.pop(line.strip(), None)
        elif name == "pwd":
            return os.getcwd()
        elif name in ("env", "set_env"):
            return environment(line)
        elif name == "run":
            with open(shlex.split(line)[0], encoding="utf8") as file:
                run(file.read(), self.user_ns)
        return Nothing()

    def run_cell_magic(self, name, line="", cell="", *_, **__):
        """What follows a ``%%``."""
        if HERE.match(f"%%{name}"):
            return run(cell, self.user_ns)
        if name in ("writefile", "file"):
            *options, path = shlex.split(line)
            with open(os.path.expanduser(path), "a" if options else "w", encoding="utf8") as file:
                file.write(cell)
            if "" not in sys.path:
                sys.path.insert(0, "")  # as in a kernel: what was written can be imported
        return Nothing()

    def getoutput(self, *_, **__):
        """No system is asked: ``files = !ls`` finds none."""
        return []

    def run_cell(self, source, *_, **__):
        """Run a text as a cell."""
        return run(source, self.user_ns)

    ex = ev = run_cell

    def push(self, variables, *_, **__):
        """Add names."""
        self.user_ns.update(variables if isinstance(variables, dict) else {})

    def forget(self):
        """Forget all names but those that a kernel begins with."""
        begun = {"__name__": "__main__", "__builtins__": builtins} | self.names()
        self.user_ns.clear()
        self.user_ns.update(begun)


@contextlib.contextmanager
def known_to_libraries(shell):
    """Meanwhile, ``from IPython import get_ipython`` gives this shell, too, where IPython is loaded."""
    modules = [sys.modules[name] for name in ("IPython", "IPython.core.getipython") if name in sys.modules]
    before = [module.get_ipython for module in modules]
    for module in modules:
        module.get_ipython = lambda: shell
    try:
        yield
    finally:
        for module, get_ipython in zip(modules, before):
            module.get_ipython = get_ipython


def cache_or_not():
    """Once Numba is loaded: its ``cache=True`` keeps nothing, in place of failing, where no folder can be written."""
    dispatcher = sys.modules.get("numba.core.dispatcher")
    kind = getattr(dispatcher, "Dispatcher", None)  # none while it is being loaded
    if kind is None or hasattr(kind.enable_caching, "strict"):
        return

    def enable_caching(self):
        with contextlib.suppress(RuntimeError):
            enable_caching.strict(self)

    enable_caching.strict, kind.enable_caching = kind.enable_caching, enable_caching


def display(*objects, **named):
    """Show objects: to nobody, while a notebook is graded. What asks for a handle gets one that takes everything."""
    return Nothing() if named.get("display_id") else None


def run(text, names, own=None):
    """Run a text with these names; the value of its last line, where that is an expression."""
    *body, last = parse(text)[0].body or [ast.Pass()]
    value = isinstance(last, ast.Expr)
    exec(compile(ast.Module(body if value else [*body, last], []), "<magic>", "exec", dont_inherit=True), names, own)
    return eval(compile(ast.Expression(last.value), "<magic>", "eval", dont_inherit=True), names, own) if value else None


def without_options(line):
    """What ``%time`` and ``%prun`` run, without ``-q`` and ``-s key``, which tell how to show it."""
    return re.sub(r"^\s*(--?(no-raise-error|[slDT]\s+\S+|[a-zA-Z]+)\s+)*", "", line)


def environment(line):
    """``%env NAME=value`` and ``%env NAME value`` set a variable, ``%env NAME`` reads it."""
    name, found, value = line.strip().partition("=" if "=" in line else " ")
    if found:
        os.environ[name.strip()] = value.strip()
        return Nothing()
    return os.environ.get(name, "") if name else dict(os.environ)
