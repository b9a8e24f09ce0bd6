"""The only module that knows Numba (with ``_cache.py``, where its results are kept).

A *kernel* is a Python function of arrays and numbers whose annotations are mathematics::

    @kernel
    def adam(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], t: N,
             lr: R, beta1: R, beta2: R, eps: R): ...

``R[d]`` is a real vector, ``R[n, d]`` a real matrix, ``R`` a real number, ``Rplus[d]`` a vector without negative entries,
``N`` an integer, ``Random`` the state of the generator. The annotations are read by the reader, by :func:`bind`, which hands a
kernel its arguments *by name*, and by the build of the browser's module, whose exports they are.

Nothing is compiled, and Numba is not even imported, before a kernel first runs. With ``NNOPT_JIT=0`` in the environment a
kernel is the plain Python function it is written as.
"""

import functools
import hashlib
import inspect
import math
import os
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import _cache
from ._native import NATIVE, array_at

ENABLED = os.environ.get("NNOPT_JIT", "1") != "0" and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


# ------------------------------------------------------------------------------------ the language of annotations
@dataclass(frozen=True)
class World:
    """What points are (reals, permutations, bits), and the precision of a method's and of a problem's arrays.

    Functions are minimized in float64, networks train in either precision, and a population in float64 may search the
    weights of a network in float32. Numbers on their own are always float64.
    """

    points: str = "reals"
    state: str = "float64"
    data: str = "float64"

    @property
    def point(self):
        """The dtype of a point."""
        return self.state if self.points == "reals" else "int64"


REALS = World()
KINDS = {"R": "reals", "S": "permutations", "N": "permutations", "B": "bits"}  # what points a kernel knows, by its space


class Space:
    """A set that an argument lives in: ``R``, ``R[d]``, ``R[n, d]``, ``N``, ``N[k]``, ``Random``...

    Called, ``R(table, 3, (n, d))``, it is the array of that shape at place 3 of a :class:`Table`.
    """

    def __init__(self, name, kind, shape=()):
        self.name, self.kind, self.shape = name, kind, shape

    def __getitem__(self, shape):
        return Space(self.name, self.kind, shape if isinstance(shape, tuple) else (shape,))

    def __repr__(self):
        return self.name + (f"[{', '.join(map(str, self.shape))}]" if self.shape and self.name not in ONE else "")

    def __call__(self, table, place, shape=()):
        return table[place]

    def numba(self, nb, world):
        """The Numba type of this space in a world."""
        real = world.state if self.shape else "float64"
        dtype = {"real": real, "point": world.point, "data": world.data}.get(self.kind, self.kind)
        scalar = getattr(nb.types, dtype)
        return nb.types.Array(scalar, len(self.shape), "C") if self.shape else scalar


n, d, m, k = "n", "d", "m", "k"  # size of the population, dimension, rows of data, "some length"
R = Space("R", "real")
Rplus = Space("Rplus", "real")  # not negative, such as an average of squares
R64 = Space("R64", "float64")  # float64 in every world
N = Space("N", "int64")
S = Space("S", "int64")  # S[d]: a permutation of 0 ... d - 1
B = Space("B", "int64")  # B[d]: zeros and ones
Point = Space("Point", "point")  # a point of any kind
Data = Space("Data", "data")  # in the precision of the problem's arrays
Cell = Space("Cell", "real", (1,))  # one number that a kernel may write to, as cell[0]: an argument that is a number is a copy
Counter = Space("Counter", "int64", (1,))  # one integer, likewise
Random = Space("Random", "uint64", (k,))
SPACES = {f"{space.name}_at": space for space in (R, Rplus, R64, N, S, B, Point, Data, Cell, Counter, Random)}
ONE = ("Cell", "Counter", "Random")  # their shape goes without saying


class Interface:
    """A type of function, written as an empty function: any kernel bound to it can be handed to a compiled loop.

    ``Objective(table, 1)`` is the function of this type at place 1 of a :class:`Table`.
    """

    __name__: str

    def __init__(self, function):
        functools.update_wrapper(self, function)

    def __call__(self, table, place):
        return table[place]

    def __repr__(self):
        return self.__name__

    def numba(self, nb, world):
        return nb.types.FunctionType(signature(self, world))


class Table(list):
    """Numbers, arrays, functions and other tables behind one argument: in plain Python this list, in compiled code an array of
    the numbers and of addresses. An argument costs 7 words at every call, and a function handed over from Python 8 us."""

    def __reduce__(self):  # addresses are of this process
        return Table, (list(self),)

    @functools.cached_property
    def addresses(self):
        """What compiled code gets. Hold the table as long as this is used: numbers hold nothing, and what they point to would be freed."""
        return np.array([_address(thing) for thing in self], np.int64)


def _address(thing):
    if isinstance(thing, np.ndarray):
        return thing.__array_interface__["data"][0]
    if isinstance(thing, Table):
        return _address(thing.addresses)
    return getattr(thing, "address", 0) if callable(thing) else thing  # compiled code never calls a function of Python


def interface(function):
    """Make an :class:`Interface` of an empty function."""
    return Interface(function)


def signature(function, world=REALS):
    """The Numba signature that the annotations of ``function`` spell."""
    nb, spelled = numba(), inspect.signature(function, eval_str=True)
    arguments = [space.numba(nb, world) for space in parameters(function).values()]
    returned = spelled.return_annotation
    return (nb.void if returned is spelled.empty else returned.numba(nb, world))(*arguments)


@functools.cache
def parameters(function):
    """Name -> space of a kernel's parameters.

    Raises
    ------
    TypeError
        If a parameter is annotated with anything but a space: its name is the sentence's subject.
    """
    spaces = {p.name: p.annotation for p in inspect.signature(function, eval_str=True).parameters.values()}
    for name, space in spaces.items():
        if not isinstance(space, (Space, Interface)):
            raise TypeError(f"kernel {python(function).__name__}: {name} must be annotated with a space such as R[d] or N")
    return spaces


# ------------------------------------------------------------------------------------ kernels
class Kernel:
    """A function that compiles itself when first called, and that other kernels may call."""

    __wrapped__: Callable
    __name__: str
    __qualname__: str

    def __init__(self, function):
        functools.update_wrapper(self, function)

    @functools.cached_property
    def jitted(self):
        return compiled(self.__wrapped__)

    def __call__(self, *args):
        return self.jitted(*args)

    def __reduce__(self):  # pickled by name, as functions are
        return self.__qualname__

    def __repr__(self):
        return f"<kernel {self.__module__}.{self.__name__}{inspect.signature(self)}>"


def kernel(function=None, *, reorder=False, wraps=False, browser=True, apart=False):
    """Make a kernel of a function.

    Parameters
    ----------
    reorder : bool
        Sums may be taken in another order, so that they vectorize. Everywhere else the order is kept, and the three
        runtimes (Numba, Python, WebAssembly) differ in the last bit of an operation only.
    wraps : bool
        Integers overflow on purpose.
    browser : bool
        Whether WebAssembly exports it; False where it takes functions, or calls BLAS.
    apart : bool
        A function of its own in machine code, for what is long: compiled once, not anew within each that calls it.
    """
    if function is None:
        return functools.partial(kernel, reorder=reorder, wraps=wraps, browser=browser, apart=apart)
    function.reorder, function.browser, function.apart = reorder, browser, apart
    if ENABLED:
        return Kernel(function)
    return np.errstate(over="ignore")(function) if wraps else function


@kernel
def put(target: R[k], source: R[k]):
    """target[:] = source, without the array expression (which allocates)."""
    for i in range(target.size):
        target[i] = source[i]


def python(function):
    """The plain Python function behind a kernel."""
    return function.__wrapped__ if isinstance(function, Kernel) else function


def is_kernel(function):
    """Whether ``function`` came out of :func:`kernel`, compiled or not."""
    return hasattr(python(function), "browser")


def takes_functions(function):
    """Whether a kernel asks for other functions, such as the objective."""
    return any(isinstance(space, Interface) for space in parameters(function).values())


def variant(function, name, **callees):
    """The same source with other callees: the plain twin of a kernel that calls BLAS."""
    source = python(function)
    return kernel(_with_globals(source, callees, name), reorder=source.reorder)


def calling(function):
    """The Python function behind a kernel that takes functions, and behind those it hands them on to: for objectives in Python."""
    if not (isinstance(function, Kernel) and takes_functions(function)):
        return function
    source = python(function)
    seen = {name: source.__globals__.get(name) for name in source.__code__.co_names}
    return _with_globals(source, {name: calling(f) for name, f in seen.items() if isinstance(f, Kernel)})


def _with_globals(function, names, name=None):
    """The same code, to which some names mean something else."""
    twin = types.FunctionType(
        function.__code__, {**function.__globals__, **names}, name or function.__name__, function.__defaults__, function.__closure__
    )
    twin.__dict__.update(function.__dict__)
    twin.__module__, twin.__doc__, twin.__annotations__ = function.__module__, function.__doc__, function.__annotations__
    twin.__qualname__ = name or function.__qualname__
    return twin


# ------------------------------------------------------------------------------------ binding by name
def aligned(shape, dtype):
    """Zeros that start on a 64-byte line: 10-40 % of a step."""
    length = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.zeros(length + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + length].view(dtype).reshape(shape)


def cut(name, space, table, place, shape):
    """The source line that gets a named array out of a table; place and shape are expressions."""
    sides = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
    return f"{name} = {space.name}_at({table}, {place}, ({sides}))"


@dataclass(frozen=True)
class Call:
    """A kernel, the line of source that it stands in, and expressions for names that are its own."""

    kernel: Callable
    line: str = "{}"
    places: dict = field(default_factory=dict)


def bind(name, prototype, calls, places, views=None, constants=None):
    """The function with ``prototype``'s arguments that makes ``calls`` one after the other, each argument found by its name.

    A kernel's parameter is one of the call's own places, an argument of the prototype, an entry of ``places`` (an
    expression) or of ``views`` (name -> the line that makes it, written where a call asks for it); the expressions may name
    ``constants``. The result is ordinary
    source: ``print(bound.source)``, or ``bound.outline`` without the views.
    """
    arguments, views = list(inspect.signature(prototype).parameters), views or {}
    taken = {name, *arguments, *views, *places}
    scope, lines, needed = {**SPACES, **(constants or {})}, [], set()
    for call in calls:
        word = python(call.kernel).__name__
        word += "_" * (word in taken)  # a kernel may bear the name of an argument, or of its wrapper
        if scope.setdefault(word, call.kernel) is not call.kernel:
            raise TypeError(f"{name}: two kernels are named {word}")
        asked = {p: call.places.get(p, p if p in arguments or p in views else places.get(p)) for p in parameters(call.kernel)}
        if unknown := [p for p, place in asked.items() if place is None]:
            raise TypeError(f"{python(call.kernel).__name__} asks for {', '.join(unknown)}, which nothing gives")
        needed |= {p for p in asked if p not in call.places}
        lines.append("    " + call.line.format(f"{word}({', '.join(asked.values())})"))
        for space in parameters(call.kernel).values():
            if isinstance(space, Interface):
                scope[space.__name__] = space
    head = [f"    {line}" for view, line in views.items() if view in needed or view.startswith("*")]
    first = f"def {name}({', '.join(arguments)}):"
    source, outline = ("\n".join([first, *body]) + "\n" for body in ([*head, *lines], lines))
    files = [python(call.kernel).__code__.co_filename for call in calls]
    strange = [file for file in files if not _ours(file)]  # what the cache's key does not see decides that nothing is kept
    exec(compile(source, (strange or files)[-1], "exec"), scope)
    bound = scope[name]
    bound.source, bound.outline, bound.reorder, bound.sources = source, outline, False, files
    bound.__annotations__ = prototype.__annotations__
    bound.__module__ = python(calls[-1].kernel).__module__
    kernels = ", ".join(f"{python(c.kernel).__module__}.{python(c.kernel).__name__}" for c in calls)
    bound.__qualname__ = f"{name}.{hashlib.sha256((source + kernels).encode()).hexdigest()[:12]}"
    return bound


# ------------------------------------------------------------------------------------ Numba
_lock = threading.RLock()
ROUNDING = {"contract", "arcp", "nsz"}  # an operation may round otherwise in its last bit; NaN and order are kept


@functools.cache
def numba():
    """Numba, imported on first use, taught that a kernel met inside another kernel is its dispatcher."""
    import numba
    from numba.extending import typeof_impl

    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        raise RuntimeError("Numba's compiler is switched off by its configuration; set NNOPT_JIT=0 to run kernels as plain Python")

    @typeof_impl.register(Kernel)
    def _(value, context):
        return numba.types.Dispatcher(value.jitted)

    return numba


@functools.cache
def _native_array(space, world):
    """What a space is in compiled code: the array whose address stands in a table; 7 ns, where a slice with reshape takes 60."""
    nb = numba()
    from numba.np.arrayobj import make_array

    dtype = Space(space.name, space.kind, (k,)).numba(nb, world).dtype

    @nb.extending.intrinsic
    def at(context, table, place, shape):
        kind = nb.types.Array(dtype, len(shape), "C")

        def generate(context, builder, spelled, arguments):
            entry = builder.gep(make_array(table)(context, builder, arguments[0]).data, [arguments[1]])
            return array_at(context, builder, kind, arguments[2], lambda pointer: builder.inttoptr(builder.load(entry), pointer))

        return kind(table, place, shape), generate

    return at


@functools.cache
def _native_function(prototype, world):
    """What an interface is in compiled code: the function whose address stands in a table."""
    nb, kind = numba(), prototype.numba(numba(), world)
    from numba.core import cgutils
    from numba.np.arrayobj import make_array

    @nb.extending.intrinsic
    def function_at(context, table, place):
        def generate(context, builder, spelled, arguments):
            entry = builder.gep(make_array(table)(context, builder, arguments[0]).data, [arguments[1]])
            address = builder.load(entry)
            found = cgutils.create_struct_proxy(kind)(context, builder)
            found.jit_addr = builder.inttoptr(address, cgutils.voidptr_t)
            found.py_addr = found.c_addr = cgutils.get_null_value(cgutils.voidptr_t)
            return found._getvalue()

        return kind(table, place), generate

    return function_at


def _native(function):
    """The function, with what has another form in compiled code exchanged for that."""
    met = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    natives = {name: NATIVE[value]() for name, value in met.items() if isinstance(value, types.FunctionType) and value in NATIVE}
    return _with_globals(function, natives) if natives else function


def _in_world(function, world):
    """The function, with spaces and interfaces exchanged for what they are in compiled code."""
    met = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    natives = {name: _native_function(value, world) for name, value in met.items() if isinstance(value, Interface)}
    natives |= {name: _native_array(value, world) for name, value in met.items() if isinstance(value, Space)}
    twin = _with_globals(function, natives)
    twin.__qualname__ += f".{world.points}.{world.state}.{world.data}"  # two worlds may share a signature, never an entry of the cache
    return twin


def _ours(file):
    """Whether the cache's key sees this file: what it does not see is never kept."""
    return Path(file).resolve().is_relative_to(_cache.PACKAGE)


def compiled(function, world=None):
    """A plain function compiled: Numba's dispatcher, or, with ``world``, a value of one function type, the annotations'.

    A value is called from Python or its address handed to a compiled loop; its arguments are not converted, so they must fit.
    """
    if not ENABLED:
        return function
    nb = numba()
    # Without reference counting (_nrt, an inner option of the pinned Numba) a call of an objective takes 15 ns, with it 51;
    # a kernel that allocates is then refused when it compiles.
    options = dict(nogil=True, error_model="numpy", _nrt=False, fastmath=ROUNDING | ({"reassoc"} if function.reorder else set()))
    if not world:  # a kernel becomes part of those that call it: Rastrigin's function takes 24 ns instead of 54
        options["forceinline"] = not function.apart
    with _lock:
        dispatcher = nb.njit(**options)(_in_world(_native(function), world) if world else _native(function))
        if _ours(function.__code__.co_filename):
            _cache.attach(dispatcher)
        if not world:
            return dispatcher
        spelled = signature(function, world)
        dispatcher.compile(spelled)
        result = dispatcher.overloads[spelled.args]
    return Compiled(result, function)


class Compiled:
    """A compiled function of one signature: called from Python, or by its address from compiled code."""

    def __init__(self, result, function):
        functools.update_wrapper(self, function)
        self.result, self.call = result, result.entry_point
        self.address = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)

    def __call__(self, *arguments):
        return self.call(*arguments)


@functools.cache
def loop(function, world=REALS):
    """A kernel that takes functions, compiled once for all of them."""
    return compiled(python(function), world)
