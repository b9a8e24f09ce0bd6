"""The wire: what is packed comes back; what lies about itself is refused before anything is allocated."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnopt.grader.sandbox import wire

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
ARRAYS = st.sampled_from(wire.DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, SHAPES))


@given(st.lists(ARRAYS, max_size=5))
def test_arrays_come_back(arrays):
    got = wire.unpack(wire.pack(arrays))
    assert len(got) == len(arrays)
    for a, b in zip(got, arrays, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("a", [np.float16(1.5), np.int8([1, 2]), np.uint64(3), np.arange(6.0).reshape(2, 3).T, np.arange(8.0)[::2],
                               np.arange(3, dtype=">f8"), 7, 2.5, True, [1, 2], np.longdouble(1.5)])  # fmt: skip
def test_every_kind_of_number_is_cast(a):
    (got,) = wire.unpack(wire.pack([a]))
    assert got.dtype.str in wire.DTYPES
    np.testing.assert_array_equal(got, np.asarray(a))


@pytest.mark.parametrize("a", [object(), "text", 1j, [1, "a"], None, np.datetime64("2000-01-01"), np.zeros(2, "f8,i4"), np.zeros((1,) * 9)])
def test_what_is_no_number_is_refused(a):
    with pytest.raises((TypeError, ValueError)):
        wire.pack([a])


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_garbage_is_refused_or_read_whole(data):
    try:
        arrays = wire.unpack(data)
    except wire.WireError:
        return
    assert sum(a.nbytes for a in arrays) <= len(data)


@given(st.lists(ARRAYS, min_size=1, max_size=3), st.data())
@settings(max_examples=500)
def test_a_changed_byte_is_refused_or_read_whole(arrays, data):
    payload = bytearray(wire.pack(arrays))
    payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        got = wire.unpack(bytes(payload))
    except wire.WireError:
        return
    assert sum(a.nbytes for a in got) <= len(payload)
    for a in got:
        if a.dtype == bool:  # a byte that is neither 0 nor 1 would be a third truth value
            assert set(np.unique(a.view(np.uint8))) <= {0, 1}


def one(code, ndim, shape, data=b""):
    return struct.pack("<IBB", 1, code, ndim) + struct.pack(f"<{len(shape)}I", *shape) + data


@pytest.mark.parametrize("payload", [
    one(0, 2, (2**31, 2**31), bytes(64)), one(0, 2, (2**16, 2**16), bytes(64)), one(0, 1, (9,), bytes(64)), one(0, 1, (7,), bytes(64)),
    one(0, 3, (0, 2**31, 2**31)), one(5, 0, (), bytes(8)), one(255, 0, (), bytes(8)), one(0, 9, (1,) * 9, bytes(8)), one(0, 255, ()),
    struct.pack("<I", 2**32 - 1), struct.pack("<I", wire.MAX_ARRAYS + 1), b"", b"\x01", b"\x93NUMPY\x01\x00",
])  # fmt: skip
def test_a_lie_is_refused_before_allocation(payload):
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError):
            wire.unpack(payload)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [(wire.ANSWER, 2**32 - 1), (wire.ANSWER, wire.MAX_FRAME + 1), (wire.READY, 4), (wire.CALL, 4), (0, 0)])
def test_a_head_is_checked_before_its_payload(data):
    with pytest.raises(wire.WireError):
        wire.head(wire.HEAD.pack(*data), (wire.ANSWER, wire.ASK))


def test_too_much_is_not_sent():
    with pytest.raises(wire.WireError, match="bytes"):
        wire.frame(wire.ANSWER, [np.zeros(wire.MAX_FRAME)])


def test_text_is_cut_and_cleaned():
    assert wire.string(wire.text("é\x1b[31m\x00\u202eabc\nd")) == "é[31mabc\nd"
    assert len(wire.string(wire.text("x" * 10_000))) == wire.MAX_TEXT
    assert wire.string(np.array([255, 254, 65], np.uint8)).endswith("A")
    assert wire.string(wire.text("\ud800")) == "?"
