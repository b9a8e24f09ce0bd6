"""The only module that knows Numba.

A *kernel* is a Python function of arrays and numbers whose annotations are mathematics::

    @kernel
    def adam(theta: R[d], grad: R[d], m: R[d], v: R[d], t: N, lr: R, beta1: R, beta2: R, eps: R): ...

``R[d]`` is a real vector, ``R[n, d]`` a real matrix, ``R`` a real number, ``N`` an integer, ``Random`` the state of the
generator. The annotations are read by the reader, by :func:`bind`, which hands a kernel its arguments *by name*, and by the
build of the browser's module, whose exports they are.

Nothing is compiled, and Numba is not even imported, before a kernel first runs. With ``NNOPT_JIT=0`` in the environment a
kernel is the plain Python function it is written as.
"""

import functools
import hashlib
import inspect
import os
import threading
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np

ENABLED = os.environ.get("NNOPT_JIT", "1") != "0"
PACKAGE = Path(__file__).resolve().parent


# ------------------------------------------------------------------------------------ the language of annotations
class Space:
    """A set that an argument lives in: ``R``, ``R[d]``, ``R[n, d]``, ``N``, ``N[k]``, ``Random``..."""

    def __init__(self, name, kind, shape=()):
        self.name, self.kind, self.shape = name, kind, shape

    def __getitem__(self, shape):
        return Space(self.name, self.kind, shape if isinstance(shape, tuple) else (shape,))

    def __repr__(self):
        return self.name + (f"[{', '.join(map(str, self.shape))}]" if self.shape else "")

    def numba(self, nb, world):
        """The Numba type of this space in one of the WORLDS."""
        real, point = WORLDS[world]
        dtype = {"real": real if self.shape else "float64", "point": point}.get(self.kind, self.kind)
        scalar = getattr(nb.types, dtype)
        return nb.types.Array(scalar, len(self.shape), "C") if self.shape else scalar


# What "a real vector" and "a point" are made of. Functions are minimized in float64, networks train in either precision,
# and the points of a combinatorial problem are permutations of integers. Numbers on their own are always float64.
WORLDS = {"float64": ("float64", "float64"), "float32": ("float32", "float32"), "tours": ("float64", "int64")}

n, d, k = "n", "d", "k"  # size of the population, dimension, "some length"
R = Space("R", "real")
R64 = Space("R64", "float64")  # float64 in every world
N = Space("N", "int64")
Point = Space("Point", "point")
Random = Space("Random", "uint64", (k,))


def interface(function):
    """A type of function, written as an empty function: any kernel bound to it can be handed to a compiled loop."""
    function.numba = lambda nb, world: nb.types.FunctionType(signature(function, world))
    return function


def signature(function, world="float64"):
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
        if not (isinstance(space, Space) or hasattr(space, "numba")):
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


def kernel(function=None, *, reorder=False, wraps=False, browser=True):
    """Make a kernel of a function.

    Parameters
    ----------
    reorder : bool
        Sums may be taken in another order, so that they vectorize. Everywhere else the order is kept, and the three
        runtimes (Numba, Python, WebAssembly) differ in the last bit of an operation only.
    wraps : bool
        Integers overflow on purpose.
    browser : bool
        Whether WebAssembly exports it; False where it calls BLAS or takes functions.
    """
    if function is None:
        return functools.partial(kernel, reorder=reorder, wraps=wraps, browser=browser)
    function.reorder, function.browser = reorder, browser
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


def variant(function, name, **callees):
    """The same source with other callees: the plain twin of a kernel that calls BLAS."""
    source = python(function)
    twin = types.FunctionType(source.__code__, {**source.__globals__, **callees}, name)
    twin.__qualname__, twin.__module__, twin.__doc__ = name, source.__module__, source.__doc__
    twin.__annotations__ = source.__annotations__
    return kernel(twin, reorder=source.reorder)


# ------------------------------------------------------------------------------------ binding by name
LINE = 16  # arrays of an optimizer's memory start at multiples of 16 entries, a cache line in float32: 10-40 % of a step


def bind(name, prototype, *calls, hyper=(), memory=None):
    """The function with ``prototype``'s arguments that makes ``calls``, each argument found by its name.

    A kernel's parameter is, in this order: an argument of the prototype; a hyperparameter, if ``hyper`` lists it; an array
    of the optimizer's memory, if ``memory`` (name -> Space) has it. The result is ordinary source: ``print(bound.source)``.
    """
    arguments = list(inspect.signature(prototype).parameters)
    lines = [f"def {name}({', '.join(arguments)}):"]
    if memory:
        lines.append("    n, d = X.shape" if "X" in arguments else "    d = theta.size")
        lines += _views(memory)
    place = {**{h: f"hyper[{i}]" for i, h in enumerate(hyper)}, **{m: m for m in memory or ()}, **{a: a for a in arguments}}
    own = python(calls[-1][0])  # the method's own kernel comes last: its file decides whether the result may be cached
    scope, returns = {"__name__": own.__module__}, inspect.signature(prototype).return_annotation
    for function, condition in calls:
        word = python(function).__name__
        word += "_" * (word == name)  # a kernel may bear the name of its wrapper
        scope[word] = function
        given = ", ".join(place[p] for p in inspect.signature(function).parameters)
        call = f"{word}({given})" if returns is inspect.Signature.empty else f"return {word}({given})"
        lines.append(f"    {condition}: {call}" if condition else f"    {call}")
    source = "\n".join(lines) + "\n"
    exec(compile(source, own.__code__.co_filename, "exec"), scope)
    bound = scope[name]
    bound.source, bound.reorder, bound.__annotations__ = source, False, prototype.__annotations__
    return bound


def _views(memory):
    """Source lines that cut an optimizer's two blocks of memory, real numbers and integers, into its named arrays."""
    lines, end = [], {"memory": "0", "counts": "0"}
    for array, space in memory.items():
        block = "counts" if space.kind == "int64" else "memory"
        size, shape = " * ".join(map(str, space.shape)), ", ".join(map(str, space.shape))
        start, stop = end[block], f"end_{array}"
        view = f".reshape({shape})" if len(space.shape) > 1 else ""
        lines.append(f"    {stop} = {start} + {size}")
        lines.append(f"    {array} = {block}[{start}:{stop}]{view}")
        lines.append(f"    {stop} += -{stop} % {LINE}")
        end[block] = stop
    return lines


# ------------------------------------------------------------------------------------ Numba
_lock = threading.RLock()
ROUNDING = {"contract", "arcp", "nsz"}  # an operation may round otherwise in its last bit; NaN and order are kept


@functools.cache
def numba():
    """Numba, imported on first use, taught that a kernel met inside another kernel is its dispatcher."""
    import numba
    from numba.extending import typeof_impl

    @typeof_impl.register(Kernel)
    def _(value, context):
        return numba.types.Dispatcher(value.jitted)

    return numba


@functools.cache
def cache_folder():
    """A folder of the user's cache, named by a hash of all sources that kernels can see (a grader has none).

    Numba's own key looks at one file only: edit a callee in another, and the cached caller returns the old result.
    """
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] != "grader":
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nnopt"
    return Path(os.environ.get("NNOPT_CACHE") or home) / digest.hexdigest()[:16]


def compiled(function, world=None):
    """A plain function compiled: Numba's dispatcher, or, with ``world``, a value of one function type, the annotations'.

    A value is called from Python or handed to a compiled loop; its arguments are not converted, so they must fit.
    """
    if not ENABLED:
        return function
    nb = numba()
    ours = Path(function.__code__.co_filename).resolve().is_relative_to(PACKAGE)  # never cache what the hash does not see
    options = dict(nogil=True, error_model="numpy", fastmath=ROUNDING | ({"reassoc"} if function.reorder else set()))
    if not world:  # a kernel becomes part of those that call it: Rastrigin's function takes 24 ns instead of 54
        options["forceinline"] = True
    with _lock:
        before, nb.config.CACHE_DIR = nb.config.CACHE_DIR, str(cache_folder())  # the user's own cache is not ours
        try:
            dispatcher = nb.njit(cache=ours, **options)(function)
        finally:
            nb.config.CACHE_DIR = before
        if not world:
            return dispatcher
        spelled = signature(function, world)
        dispatcher.compile(spelled)
    value = nb.core.types.function_type.CompileResultWAP(dispatcher.overloads[spelled.args])
    value._numba_type_ = nb.types.FunctionType(spelled)  # handing it over: 1 us, where a dispatcher costs 80
    return value


@functools.cache
def loop(function, world="float64"):
    """A kernel that takes functions, compiled once for all of them."""
    return compiled(python(function), world)
