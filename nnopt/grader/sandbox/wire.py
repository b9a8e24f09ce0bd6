"""What crosses between the grader and a student's process: frames of numbers.

A frame is one byte for its kind, four for the length of its payload, then the payload: a list of arrays, each with its dtype (from a
whitelist), its shape and its bytes. Every length is checked before anything is allocated. Nothing is pickled, in either direction.
Text travels as an array of bytes.
"""

from __future__ import annotations

import math
import struct

import numpy as np

DTYPES = tuple(map(np.dtype, ("<f8", "<f4", "<i8", "|b1", "|u1")))  # the whitelist; a code is a place in it
CODES = {dtype: code for code, dtype in enumerate(DTYPES)}
ALONE = " alone"  # marks a function that was asked with others in place of those it uses
MAX_FRAME = 8 << 20  # bytes of one payload
MAX_ARRAYS = 4096  # arrays in one payload (the cells of a notebook are one payload)
MAX_DIMS = 8
MAX_TEXT = 400  # characters that a message to the student keeps

# Kinds of frames: first the grader's, then the student's.
CELLS, CALL, VALUE, REFUSED = 1, 2, 3, 4
BEGIN, READY, ASK, ANSWER = 10, 11, 12, 13

FINE, RAISED, MISSING, NO_NUMBERS = range(4)  # how a call ended: the first array of an answer

HEAD = struct.Struct("<BI")


class WireError(ValueError):
    """What came over the wire is not a frame of arrays."""


def number(x) -> np.ndarray:
    """`x` as an array of one of the whitelisted dtypes; TypeError when it does not hold numbers."""
    a = np.asarray(x)
    if a.dtype.kind not in "fiub":
        raise TypeError(f"not numbers but {a.dtype}")
    if a.ndim > MAX_DIMS:
        raise TypeError(f"{a.ndim} dimensions, at most {MAX_DIMS} are read")
    if a.dtype in CODES:  # nearly always
        return a
    if a.dtype.newbyteorder("<") in CODES:
        return a.astype(a.dtype.newbyteorder("<"))
    return a.astype("<i8" if a.dtype.kind in "iu" and a.dtype != np.uint64 else "<f8")


def text(s) -> np.ndarray:
    """A string as an array of UTF-8 bytes."""
    return np.frombuffer(str(s).encode("utf-8", "replace"), np.uint8)


def string(a: np.ndarray, limit: int | None = MAX_TEXT) -> str:
    """The string in an array of bytes; what does not print is dropped, what is too long is cut."""
    s = a.tobytes().decode("utf-8", "replace")
    if limit is None:
        return s
    return "".join(c for c in s[: 4 * limit] if c.isprintable() or c == "\n")[:limit]


def pack(arrays) -> bytes:
    """Arrays as one payload."""
    out = [struct.pack("<I", len(arrays))]
    for a in map(number, arrays):
        out += [struct.pack(f"<BB{a.ndim}I", CODES[a.dtype], a.ndim, *a.shape), a.tobytes()]
    return b"".join(out)


def unpack(payload: bytes) -> list[np.ndarray]:
    """The arrays of a payload; WireError when it does not hold exactly what it declares."""
    place = 0

    def take(form: str):
        nonlocal place
        size = struct.calcsize(form)
        if place + size > len(payload):
            raise WireError("the payload ends early")
        values = struct.unpack_from(form, payload, place)
        place += size
        return values

    (count,) = take("<I")
    if count > MAX_ARRAYS:
        raise WireError(f"{count} arrays declared, at most {MAX_ARRAYS} are read")
    arrays = []
    for _ in range(count):
        code, ndim = take("<BB")
        if code >= len(DTYPES) or ndim > MAX_DIMS:
            raise WireError(f"dtype code {code} or {ndim} dimensions are not allowed")
        shape = take(f"<{ndim}I")
        dtype = DTYPES[code]
        if math.prod([max(s, 1) for s in shape]) > MAX_FRAME:  # an empty array of monstrous shape, too
            raise WireError("the declared shape is larger than any payload")
        size = math.prod(shape)
        if size * dtype.itemsize > len(payload) - place:
            raise WireError("the declared shape asks for more bytes than came")
        if dtype.kind == "b":  # a byte that is neither 0 nor 1 is no truth value
            a = np.frombuffer(payload, np.uint8, size, place) != 0
        else:
            a = np.frombuffer(payload, dtype, size, place).copy()
        arrays.append(a.reshape(shape))
        place += size * dtype.itemsize
    if place != len(payload):
        raise WireError("bytes are left over")
    return arrays


def frame(kind: int, arrays) -> bytes:
    """One frame; WireError when it would be too long."""
    if sum(np.asarray(a).nbytes for a in arrays) > 8 * MAX_FRAME:  # not even copied
        raise WireError(f"arrays of more than {8 * MAX_FRAME} bytes")
    payload = pack(arrays)
    if len(payload) > MAX_FRAME:
        raise WireError(f"{len(payload)} bytes, at most {MAX_FRAME} travel at once")
    return HEAD.pack(kind, len(payload)) + payload


def head(data: bytes, kinds) -> tuple[int, int]:
    """Kind and length of the frame that these five bytes begin, checked before its payload is read."""
    kind, length = HEAD.unpack(data)
    if kind not in kinds:
        raise WireError(f"a frame of kind {kind} where one of {tuple(kinds)} was due")
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length} bytes declared, at most {MAX_FRAME} are read")
    return kind, length


def clocked(name, stand_ins, lost):
    """What a call counts as where something hangs: its function; this function alone where one of those it uses is lost, too.

    So a step that never ends costs its own points, and not those of the loop.

    Parameters
    ----------
    name : str
    stand_ins : dict or None
        The functions that stand in for those it uses.
    lost : collection of str
        What hung or died before.
    """
    return name + ALONE if any(used in lost for used in stand_ins or ()) else name
