"""Inputs that are nearly right, and changes that keep them so: plain bytes would stop at the first bracket, length or checksum.

A mutator is ``mutate(data, size, rng, plain)``: `plain(data, size)` is libFuzzer's own, which knows what the code compared with.
"""

import copy
import io
import json
import struct
import warnings
import zipfile

from nnopt.grader.exercise import course
from nnopt.grader.sandbox import wire

from .targets import FATES, GOOD, SEPARATOR, exercises

SIZE = 1 << 16  # bytes of an input


# ----------------------------------------------------------------------------------------------------------------- JSON
SOURCES = ["def adam_step(theta):\n    return theta\n", "x = 1", "", "%%time\nbias = 3", "# \u202e\U0001f600", "\ud800", "def gd_step(): pass"]
VALUES = [None, True, 0, 4, -1, 1e308, 10**300, "", "code", "markdown", "cells", [], {}, [[]], "\ud800", "\0", "é\u2028", float("nan"), SOURCES]
KEYS = ["cells", "cell_type", "source", "metadata", "nbformat", "worksheets", "nnopt", "exercise", "outputs", "tags", ""]


def cell(source, kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def notebook_seeds() -> list[bytes]:
    """Notebooks of the course, without what they show, and short ones of every form the format allows."""
    short = [[], [cell("x = 1")], [cell(["a = 1\n", "b = 2"]), cell("text", "markdown")], [cell(s) for s in SOURCES],
             [cell("x", outputs=[{"output_type": "stream", "text": ["1"]}], execution_count=1)]]  # fmt: skip
    out = [json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode() for cells in short]
    out += [b"", b"[]", b"{}", b'{"worksheets": [], "nbformat": 3}', b"\xef\xbb\xbf" + out[1], out[2].decode().encode("utf-16"), out[1].replace(b" ", b"\r\n")]
    for spec in course.specs().values():
        whole = json.loads(spec.with_suffix(".ipynb").read_text(encoding="utf-8"))
        cells = [cell("".join(c["source"])[:300], c["cell_type"]) for c in whole["cells"][:12]]
        marks = {"nnopt": {"exercise": f"{spec.parent.name}/{spec.stem}"}}
        out.append(json.dumps({"cells": cells, "metadata": marks, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode())
    return out


def mutate_json(data, size, rng, plain):
    """Change a value or two of the tree, or its text."""
    try:
        tree = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return plain(data, size)
    if rng.random() < 0.25:
        return plain(data, size)
    holder = [tree]
    for _ in range(rng.randint(1, 3)):
        change(rng.choice(places(holder)), rng, plain)
    text = json.dumps(holder[0], ensure_ascii=rng.random() < 0.7, indent=rng.choice([None, None, 1]))
    return text.encode("utf-8", "surrogatepass")[:size]


def places(tree) -> list:
    """Every list and dictionary of a tree that holds something, with the place in it."""
    out, stack = [], [tree]
    while stack and len(out) < 5000:
        node = stack.pop()
        for key in range(len(node)) if isinstance(node, list) else list(node):
            out.append((node, key))
            if isinstance(node[key], (list, dict)):
                stack.append(node[key])
    return out


def change(place, rng, plain):
    node, key = place
    old = node[key]
    kind = rng.randrange(7)
    if kind == 0:
        node[key] = copy.deepcopy(rng.choice(VALUES))
    elif kind == 1 and isinstance(old, str):
        node[key] = plain(old.encode("utf-8", "replace")[:4096] or b"x", 4096).decode("utf-8", "replace")
    elif kind == 2 and isinstance(old, list):
        old *= rng.choice([0, 2, 5]) if len(old) < 300 else 1
    elif kind == 3 and isinstance(old, list):
        old.append(cell(rng.choice([*SOURCES, list(SOURCES)]), rng.choice(["code", "markdown", "raw", "code"])))
    elif kind == 4 and isinstance(old, dict):
        old[rng.choice(KEYS)] = copy.deepcopy(rng.choice(VALUES))
    elif kind == 5:
        node[key] = [old] if rng.random() < 0.5 else {rng.choice(KEYS): old}
    elif isinstance(node, dict) and len(node) > 1:
        del node[key]


# --------------------------------------------------------------------------------------------------------------- frames
NUMBERS = [0, 1, 2, 3, 4, 8, 9, 255, 4095, 4096, 4097, 1 << 16, (1 << 23) - 1, 1 << 23, (1 << 23) + 1, 1 << 31, (1 << 32) - 1]
TEXT = "NameError: é\x1b[31m\u202e\n"


def arrays_of_all_kinds():
    import numpy as np

    return [np.int64(0), np.int64(1), np.arange(3.0), np.ones((2, 3), "<f4"), np.array([True, False]), np.arange(4), wire.text(TEXT), np.empty((0, 3))]


def frame_seeds() -> list[bytes]:
    arrays = arrays_of_all_kinds()
    each = [wire.frame(kind, [a]) for kind in (wire.BEGIN, wire.READY, wire.ASK, wire.ANSWER) for a in arrays]
    return [b"", wire.frame(wire.ANSWER, arrays), wire.frame(wire.READY, []), *each[::3], each[0] + each[9] + each[20]]


def split(data: bytes) -> list:
    """Frames (kind, payload) as far as they go."""
    out, place = [], 0
    while place + wire.HEAD.size <= len(data):
        kind, length = wire.HEAD.unpack_from(data, place)
        place += wire.HEAD.size
        out.append([kind, data[place : place + length]])
        place += length
    return out


def loosely(payload: bytes):
    """The arrays of a payload as ``[code, shape, bytes]``, read as far as it goes."""
    out, place = [], 4
    while place + 2 <= len(payload) and len(out) < 500:
        code, ndim = payload[place], payload[place + 1]
        place += 2
        if place + 4 * ndim > len(payload):
            break
        shape = list(struct.unpack_from(f"<{ndim}I", payload, place))
        place += 4 * ndim
        width = wire.DTYPES[code % len(wire.DTYPES)].itemsize
        size = width
        for side in shape:
            size *= side
        out.append([code, shape, payload[place : place + size]])
        place += size
    return out


def tightly(arrays, rng) -> bytes:
    """The payload of such arrays; seldom with a number of them that is wrong."""
    count = len(arrays) if rng.random() < 0.95 else rng.choice(NUMBERS)
    parts = [struct.pack("<I", count & 0xFFFFFFFF)]
    for code, shape, content in arrays:
        shape = [s & 0xFFFFFFFF for s in shape[:255]]
        parts.append(struct.pack(f"<BB{len(shape)}I", code % 256, len(shape), *shape) + content)
    return b"".join(parts)


def mutate_payload(payload, rng, plain):
    """Change dtype, shape, bytes or number of the arrays: with fitting lengths mostly."""
    arrays = loosely(payload)
    if not arrays or rng.random() < 0.1:
        return plain(payload or b"\0", 4096)
    a = rng.choice(arrays)
    kind = rng.randrange(7)
    if kind == 0:
        a[0] = rng.choice([0, 1, 2, 3, 4, 5, 255])
    elif kind == 1 and a[1]:
        a[1][rng.randrange(len(a[1]))] = rng.choice(NUMBERS)
    elif kind == 2:
        a[1].insert(rng.randint(0, len(a[1])), rng.choice([0, 1, 1, 2]))
    elif kind == 3:
        a[2] = plain(a[2] or b"\0", 4096)
    elif kind == 4:
        arrays.insert(rng.randrange(len(arrays)), [a[0], list(a[1]), a[2]])
    elif kind == 5:
        arrays.remove(a)
    else:
        fresh = loosely(wire.pack(arrays_of_all_kinds()))
        arrays.append(rng.choice(fresh))
    if rng.random() < 0.7:  # as many bytes as the shape asks for
        for a in arrays:
            size = wire.DTYPES[a[0] % len(wire.DTYPES)].itemsize
            for side in a[1]:
                size *= side
            a[2] = (a[2] + bytes(min(size, 1 << 12)))[: min(size, SIZE)]
    return tightly(arrays, rng)


def mutate_frames(data, size, rng, plain):
    """Change, repeat, drop, move or insert a frame; lengths fit, but for some."""
    said = split(data)
    if rng.random() < 0.1:
        return plain(data, size)
    kind = rng.randrange(6)
    place = rng.randrange(len(said)) if said else 0
    if kind == 0 or not said:
        said.insert(rng.randint(0, len(said)), split(rng.choice(conversation_frames()))[0])
    elif kind == 1:
        said.insert(place, said[rng.randrange(len(said))])
    elif kind == 2:
        del said[place]
    else:
        said[place] = [said[place][0], mutate_payload(said[place][1], rng, plain)]
        if rng.random() < 0.1:
            said[place][0] = rng.choice([0, 1, 10, 11, 12, 13, 255])
    return b"".join(
        struct.pack("<BI", k, len(payload) if rng.random() < 0.97 else rng.choice(NUMBERS)) + payload for k, payload in said
    )[:size]


# ---------------------------------------------------------------------------------------------------------- conversation
def conversation_frames() -> list[bytes]:
    """Frames that mean something to the grader."""
    import numpy as np

    fine, x = np.int64(0), np.arange(6.0).reshape(2, 3)
    two = [fine, np.ones(3), np.ones(3), x]
    return [wire.frame(wire.BEGIN, [np.array([1, 1])]), wire.frame(wire.BEGIN, [np.array([2, 7])]), wire.frame(wire.READY, []),
            wire.frame(wire.READY, [wire.text(TEXT)] * 3), wire.frame(wire.ANSWER, two[:3]), wire.frame(wire.ANSWER, two),
            wire.frame(wire.ANSWER, [fine, np.ones(3), x]), wire.frame(wire.ANSWER, [fine, np.ones(3)]),
            wire.frame(wire.ANSWER, [fine, np.ones(3), np.ones(3)]), wire.frame(wire.ANSWER, [fine, wire.text("a")]),
            wire.frame(wire.ANSWER, [np.int64(1), wire.text(TEXT)]), wire.frame(wire.ANSWER, [np.int64(2)]),
            wire.frame(wire.ANSWER, [np.int64(3), wire.text(TEXT)]), wire.frame(wire.ASK, [fine, np.ones(3)]),
            wire.frame(wire.ASK, [fine, np.ones((4, 3))]), wire.frame(wire.ASK, [np.int64(1), np.ones(3)]),
            wire.frame(wire.ASK, [fine, np.ones(2)]), wire.frame(wire.ASK, [fine, np.ones((60, 3))]), wire.frame(wire.ASK, [fine, np.empty((0, 3))])]  # fmt: skip


def conversation_seeds() -> list[bytes]:
    f = conversation_frames()
    begin, ready, both, one, text, missing, ask = f[0], f[2], f[5], f[7], f[9], f[11], f[13]
    answers = [both, both, f[6], ask + f[14] + f[6], ask + f[15] + f[4], text, one]
    honest = b"\0" + begin + ready + b"".join(answers)
    dies = SEPARATOR.join([b"\1" + begin + ready + both, b"\2" + begin + f[1], b"\2" + f[1], b"\0" + ready + ask + missing, b"\3" + ready])
    hangs = SEPARATOR.join([b"\2" + begin, b"\2" + f[1], b"\2" + begin])
    return [b"", honest, dies, hangs, *(b"\0" + ready + frame for frame in f)]


def mutate_conversation(data, size, rng, plain):
    """Change what one of the processes says, or how many there are."""
    stages = data.split(SEPARATOR)
    place = rng.randrange(len(stages))
    kind = rng.randrange(10)
    if kind == 0:
        stages.insert(place, stages[rng.randrange(len(stages))])
    elif kind == 1:
        del stages[place]
    elif kind == 2:
        stages[place] = bytes([rng.randrange(len(FATES))]) + stages[place][1:]
    else:
        stages[place] = stages[place][:1] + mutate_frames(stages[place][1:], size, rng, plain)
    return SEPARATOR.join(stages)[:size]


# -------------------------------------------------------------------------------------------------------------- marking
def marking_seeds() -> list[bytes]:
    """Every part answered rightly, and with each edit once."""
    from .targets import items

    return [bytes([n, 0]) for n in range(len(items()))] + [bytes([n % 27, n % 6, n % 2, n, 1, n % 9, n % 4, n, n]) for n in range(120)]


# ----------------------------------------------------------------------------------------------------------- similarity
def similarity_seeds() -> list[bytes]:
    codes = [spec.read_bytes()[:800] for spec in course.specs().values()]
    a, b = codes[0], codes[1]
    more = [b"# only a comment\n", b"x = '''", b"def f(:\n\t)", b"<b>&amp;</b>", "é = 'ü'\r\n".encode(), b"@a.b\nasync def f(x: int = 3) -> None: ...\n" * 5]
    return [b"\0\0", a + b"\0\0" + a, a + b"\0\0" + b, *(m + a[:600] + b"\0\0" + a[:600] + m for m in more), *(m + b"\0\0" + m for m in more)]


def mutate_text(data, size, rng, plain):
    """Change a line in one student's code, or let the other have it."""
    if rng.random() < 0.4:
        return plain(data, size)
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    lines.insert(rng.randint(0, len(lines)), lines[place] if rng.random() < 0.5 else plain(lines[place] or b"x", 500))
    return b"\n".join(lines)[:size]


# -------------------------------------------------------------------------------------------------------------- archives
NAMES = ["ada/adam.ipynb", "adam.ipynb", "gradient/adam.ipynb", "hw/ada/gradient/adam.ipynb", "Ada Lovelace_47_assignsubmission_file_/adam.ipynb",
         "Ada Lovelace_47_assignsubmission_file_adam.ipynb", "lovelaceada_LATE_47_99_adam-1.ipynb", "../x.ipynb", "/x.ipynb", "C:\\x.ipynb",
         "ada/../../x.ipynb", "a\\b.ipynb", "ada/work.zip", "ada/", "__MACOSX/ada/._adam.ipynb", "ada/\x07.ipynb", "é/adam (2).ipynb",
         "ada/" + "d/" * 40 + "adam.ipynb", "ada/" + "x" * 300 + ".ipynb", "\u202e/adam.ipynb", "ada/adam.ipynb/adam.ipynb", "..ipynb", "ada/adam-Copy1.ipynb",
         "_1_assignsubmission_file_", "47_99_1_adam.ipynb"]  # fmt: skip
CONTENTS = [GOOD, b"", b"x", bytes(2000), GOOD * 40, bytes(3 << 20)]


def zipped(entries) -> bytes:
    """A zip of ``[name, contents, mode, packed]``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content, mode, how in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED if how else zipfile.ZIP_STORED
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                file.writestr(info, content)
    return out.getvalue()


def archive_seeds() -> list[bytes]:
    inner = zipped([["adam.ipynb", GOOD, 0o100644, 1]])
    twice = zipped([["inner.zip", inner, 0, 0]])
    whole = [[name, GOOD, 0o100644, n % 2] for n, name in enumerate(NAMES)]
    return [b"", zipped([]), inner, twice, zipped([["ada/work.zip", twice, 0, 0]]), *(zipped([e]) for e in whole), zipped(whole),
            zipped([["ada/adam.ipynb", b"/etc/passwd", 0o120777, 0], ["ben/gd.ipynb", b"", 0o010644, 0]]),
            zipped([[f"s{n}/adam.ipynb", bytes(900_000), 0, 1] for n in range(3)])]  # fmt: skip


def mutate_archive(data, size, rng, plain):
    """Write the archive anew with other entries; then, at times, lie in a header, or let two entries share their bytes."""
    if rng.random() < 0.15:
        return plain(data, size)
    entries = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for info in file.infolist()[:60]:
                content = file.open(info).read(1 << 16) if info.file_size < 1 << 22 else b""
                entries.append([info.filename, content, info.external_attr >> 16 & 0xFFFF, info.compress_type])
    except Exception:
        return plain(data, size)
    for _ in range(rng.randint(0, 3)):
        entry = rng.choice(entries) if entries else ["adam.ipynb", GOOD, 0, 0]
        kind = rng.randrange(6)
        if kind == 0:
            entries.append([rng.choice(NAMES), rng.choice(CONTENTS), rng.choice([0, 0o100644, 0o120777, 0o040755, 0o010644]), rng.randrange(2)])
        elif kind == 1:
            entry[0] = plain(entry[0].encode("utf-8", "replace") or b"x", 300).decode("utf-8", "replace") or "x"
        elif kind == 2:
            entry[1] = plain(entry[1] or b"x", 4096) if len(entry[1]) < 4096 else rng.choice(CONTENTS)
        elif kind == 3 and entries:
            entries.remove(entry)
        elif kind == 4:
            entries.append([rng.choice(NAMES), zipped([entry]), 0, 0])
        else:
            entry[0] = rng.choice(["ada", "ben", "hw1", *list(exercises())]) + "/" + entry[0]
    try:
        out = bytearray(zipped(entries))
    except (ValueError, OSError, struct.error):
        return plain(data, size)
    if rng.random() < 0.5:
        lie(out, rng)
    return bytes(out[:size])


def lie(data: bytearray, rng) -> None:
    """Change a field of a header: lengths, offsets, counts, flags, methods."""
    mark, fields = rng.choice([(b"PK\1\2", [8, 10, 12, 16, 20, 24, 28, 30, 34, 38, 42]), (b"PK\3\4", [6, 8, 14, 18, 22, 26, 28]),
                               (b"PK\5\6", [4, 8, 10, 12, 16, 20])])  # fmt: skip
    found = [n for n in range(len(data)) if data.startswith(mark, n)]
    if not found:
        return
    place = rng.choice(found) + rng.choice(fields)
    value = rng.choice([0, 1, 8, 14, 0xFFFF, 0xFFFFFFFF, 0x800, len(data), *(found[:1])])
    piece = struct.pack("<I", value & 0xFFFFFFFF)[: rng.choice([2, 4])]
    if place + len(piece) <= len(data):
        data[place : place + len(piece)] = piece


def by_itself(data, size, rng, plain):
    """libFuzzer's own: every input means something."""
    return plain(data, size)


MUTATORS = {  # target: its seeds, and how it is changed
    "notebook": (notebook_seeds, mutate_json), "similarity": (similarity_seeds, mutate_text), "frames": (frame_seeds, mutate_frames),
    "conversation": (conversation_seeds, mutate_conversation), "marking": (marking_seeds, by_itself), "archive": (archive_seeds, mutate_archive),
}  # fmt: skip
