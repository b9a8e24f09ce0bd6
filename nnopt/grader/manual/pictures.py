"""Pictures that a notebook stores: PNG and JPEG, known by their bytes, never decoded here.

A stranger's file is read by its structure: its size is checked, and what is no part of a still picture (text, profiles, other files) is
left out.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAX_BYTES = 4 << 20
MAX_SIDE = 8_000
MAX_PIXELS = 25_000_000

PNG = b"\x89PNG\r\n\x1a\n"
CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"IDAT", b"IEND"}  # what a still picture is made of
DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}  # bits, by kind of colour
FRAMES = {0xC0, 0xC1, 0xC2}  # of JPEG: baseline, extended, progressive
SEGMENTS = FRAMES | {0xC4, 0xDB, 0xDD, 0xE0, 0xEE}  # tables and what JFIF and Adobe say of colours


class BadPicture(ValueError):
    """What is no picture that can be shown; the message says why."""


@dataclass(frozen=True)
class Picture:
    """A picture whose header was checked."""

    kind: str  # png or jpeg
    width: int
    height: int
    data: bytes


def picture(data: bytes) -> Picture:
    """The picture that these bytes are.

    Raises
    ------
    BadPicture
        When they are none, or a larger one than is shown.
    """
    if len(data) > MAX_BYTES:
        raise BadPicture(f"a picture is larger than {MAX_BYTES >> 20} MB")
    try:
        if data.startswith(PNG):
            return png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return jpeg(data)
    except (struct.error, IndexError):
        raise BadPicture("a picture ends in its midst") from None
    raise BadPicture("an output says that it is a picture, and is none")


def sized(width: int, height: int) -> None:
    """Refuse what would take too much memory to show."""
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise BadPicture(f"a picture of {width} x {height} is not shown: at most {MAX_SIDE} a side, {MAX_PIXELS:,} in all")


def png(data: bytes) -> Picture:
    """A PNG: the chunks of a still picture, each with a right checksum."""
    width, height, depth, colour, *ways = struct.unpack_from(">IIBBBBB", data, 16)
    if data[8:16] != b"\x00\x00\x00\rIHDR" or depth not in DEPTHS.get(colour, ()) or ways[:2] != [0, 0] or ways[2] > 1:
        raise BadPicture("a picture has no header of PNG")
    sized(width, height)
    kept, place, kind = [PNG], len(PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, place)
        whole = data[place : place + 12 + length]
        if struct.unpack_from(">I", whole, 8 + length)[0] != zlib.crc32(whole[4 : 8 + length]):
            raise BadPicture("a picture is damaged")
        if kind in CHUNKS:
            kept.append(whole)
        place += 12 + length
    return Picture("png", width, height, b"".join(kept))


def jpeg(data: bytes) -> Picture:
    """A JPEG: its tables, its frame, and what follows to its end."""
    kept, place, size = [data[:2]], 2, (0, 0)
    while True:
        mark, kind, length = struct.unpack_from(">BBH", data, place)
        if mark != 0xFF or length < 2 or place + 2 + length > len(data):
            raise BadPicture("a picture is damaged")
        if kind == 0xDA:
            break
        if kind in FRAMES:
            _, height, width = struct.unpack_from(">BHH", data, place + 4)
            size = width, height
        if kind in SEGMENTS:
            kept.append(data[place : place + 2 + length])
        place += 2 + length
    sized(*size)
    end = data.rindex(b"\xff\xd9") + 2 if b"\xff\xd9" in data[place:] else len(data)
    return Picture("jpeg", *size, b"".join([*kept, data[place:end]]))
