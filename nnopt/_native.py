"""What Numba has no word for: each a Python function, the definition, and what stands in its place in compiled code."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def window(array, start, shape):
    """The part of a vector from ``start`` on, as an array of this shape: in compiled code an address; slice and reshape take 60 ns."""
    return array[start : start + math.prod(shape)].reshape(shape)


def call(functions, place, arguments):
    """What the function at this place of a table returns, a number; in compiled code its address stands there, and its types are
    those of the arguments."""
    return functions[place](*arguments)


def multiply(A, B, C):
    """C = A B, by BLAS; A or B may be transposed. In compiled code without the counts and checks of ``np.dot``: 27 ns a call, not 110."""
    np.dot(A, B, C)


def flush(on):
    """From here on numbers below the least normal one, 1e-38, count as zero, if ``on`` is 1: with them, a step of Adam takes twice as long.
    Returns what :func:`restore` needs. In compiled code on x86-64 and aarch64; elsewhere, and in Python, nothing happens."""
    return 0


def restore(before):
    """Take :func:`flush` back."""


# ------------------------------------------------------------------------------------ in compiled code
def array_at(context, builder, kind, shape, data):
    """Generate an array of this kind and shape; ``data(pointer)`` generates where it stands, as a pointer of that type."""
    from numba import types
    from numba.core import cgutils
    from numba.np.arrayobj import make_array, populate_array

    array = make_array(kind)(context, builder)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    sides, stride = cgutils.unpack_tuple(builder, shape), size
    strides: list = []
    for side in reversed(sides):
        strides.insert(0, stride)
        stride = builder.mul(stride, side)
    populate_array(array, data=data(array.data.type), shape=sides, strides=strides, itemsize=size, meminfo=None)
    return array._getvalue()


def _window():
    from numba import types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array

    @intrinsic
    def window(context, array, start, shape):
        kind = types.Array(array.dtype, len(shape), "C")

        def generate(context, builder, spelled, given):
            entry = builder.gep(make_array(array)(context, builder, given[0]).data, [given[1]])
            return array_at(context, builder, kind, given[2], lambda pointer: builder.bitcast(entry, pointer))

        return kind(array, types.intp, shape), generate

    return window


def _call():
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array

    @intrinsic
    def call(context, functions, place, arguments):
        def generate(context, builder, spelled, given):
            convention = context.call_conv
            entry = builder.gep(make_array(functions)(context, builder, given[0]).data, [given[1]])
            kind = convention.get_function_type(types.float64, arguments.types)
            function = builder.inttoptr(builder.load(entry), kind.as_pointer())
            several = cgutils.unpack_tuple(builder, given[2])
            status, result = convention.call_function(builder, function, types.float64, arguments.types, several)
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return result

        return types.float64(functions, types.intp, arguments), generate

    return call


def _multiply():
    import scipy.linalg.cython_blas  # noqa: F401  # where Numba finds BLAS
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array

    byte, size = ir.IntType(8), ir.IntType(64)
    pointer = byte.as_pointer()
    spelled_in_c = ir.FunctionType(
        ir.IntType(32), [byte] * 3 + [size] * 3 + [pointer, pointer, size, pointer, size, pointer, pointer, size]
    )  # kind, transposed?, transposed?, sides, alpha, B, its line, A, its line, beta, C, its line

    def one_in(context, builder, dtype, value):
        return builder.bitcast(cgutils.alloca_once_value(builder, context.get_constant(dtype, value)), pointer)

    @intrinsic
    def multiply(context, A, B, C):
        def generate(context, builder, spelled, given):
            arrays = [make_array(kind)(context, builder, value) for kind, value in zip((A, B, C), given, strict=True)]
            (rows, inner), (_, columns) = (cgutils.unpack_tuple(builder, array.shape) for array in arrays[:2])
            a, b, c = (builder.bitcast(array.data, pointer) for array in arrays)
            how = [byte(ord("n" if kind.layout == "C" else "t")) for kind in (A, B)]  # BLAS counts by columns: it sees C' = B' A'
            lines = [inner if A.layout == "C" else rows, columns if B.layout == "C" else inner]
            function = cgutils.get_or_insert_function(builder.module, spelled_in_c, "numba_xxgemm")
            letter = byte(ord(dict(float32="s", float64="d")[C.dtype.name]))
            one, zero = (one_in(context, builder, C.dtype, value) for value in (1.0, 0.0))
            builder.call(function, [letter, how[1], how[0], columns, rows, inner, one, b, lines[1], a, lines[0], zero, c, columns])
            return context.get_dummy_value()

        return types.void(A, B, C), generate

    return multiply


def _register(builder, triple):
    """(read, write) of the register that says what becomes of such numbers, and its bits for it; None where it is not known."""
    from llvmlite import ir
    from numba.core import cgutils

    if triple.startswith("x86_64"):
        word, raw = ir.IntType(32), ir.IntType(8).as_pointer()
        place = cgutils.alloca_once(builder, word)
        spelled = ir.FunctionType(ir.VoidType(), [raw])
        load, store = (cgutils.get_or_insert_function(builder.module, spelled, f"llvm.x86.sse.{name}") for name in ("ldmxcsr", "stmxcsr"))

        def read():
            builder.call(store, [builder.bitcast(place, raw)])
            return builder.zext(builder.load(place), ir.IntType(64))

        def write(value):
            builder.store(builder.trunc(value, word), place)
            builder.call(load, [builder.bitcast(place, raw)])

        return read, write, 0x8040  # MXCSR: results, and operands
    if triple.startswith(("aarch64", "arm64")):
        word = ir.IntType(64)

        def read():
            return builder.asm(ir.FunctionType(word, []), "mrs $0, fpcr", "=r", [], True)

        def write(value):
            builder.asm(ir.FunctionType(ir.VoidType(), [word]), "msr fpcr, $0", "r", [value], True)

        return read, write, 1 << 24  # FPCR: both
    return None


def _flush():
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def flush(context, on):
        def generate(context, builder, spelled, given):
            found = _register(builder, builder.module.triple)
            if found is None:
                return ir.IntType(64)(0)
            read, write, bits = found
            before = read()
            write(builder.or_(before, builder.mul(given[0], ir.IntType(64)(bits))))
            return before

        return types.int64(types.int64), generate

    return flush


def _restore():
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def restore(context, before):
        def generate(context, builder, spelled, given):
            if found := _register(builder, builder.module.triple):
                found[1](given[0])
            return context.get_dummy_value()

        return types.void(types.int64), generate

    return restore


NATIVE: dict[Any, Callable] = {
    window: functools.cache(_window), call: functools.cache(_call), multiply: functools.cache(_multiply),
    flush: functools.cache(_flush), restore: functools.cache(_restore),
}  # fmt: skip
