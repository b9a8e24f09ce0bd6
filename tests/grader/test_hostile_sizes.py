"""Sizes no student hands in, at their full measure: 100 MB, gigabytes in a zip, a million entries, cells or levels.

Each costs the row of whoever handed it in and nothing else. What it costs in memory is asserted; what it costs in time is not: an input
that took minutes would end the run. Files are written as what they unpack from, or with holes: none takes more than 50 MB of disc.
"""

import io
import os
import struct
import tempfile
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from grader.fuzz import targets
from grader.test_attacks import ATTACKS, COURSE, SECONDS, hand_in
from grader.test_hostile_notebooks import HONEST, cell, notebook

from nnopt.grader.exercise import course
from nnopt.grader.grading.grade import Grader
from nnopt.grader.intake import archives, inputs, reader
from nnopt.grader.intake.archives import BadArchive, Limits
from nnopt.grader.marking import marking
from nnopt.grader.sandbox import wire
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.sandbox.session import Session
from nnopt.grader.sandbox.warm import Student

MB = 1 << 20
GOOD = notebook(*HONEST)


class Peak:
    """The most memory that Python took meanwhile, in bytes."""

    def __enter__(self):
        tracemalloc.start()
        self.before = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(self, *exc):
        self.bytes = tracemalloc.get_traced_memory()[1] - self.before
        tracemalloc.stop()


def zeros(megabytes) -> tuple[bytes, int]:
    """So many megabytes of zeros as deflate packs them, and their checksum: one megabyte packed, then repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(bytes(MB), crc)
    return block * megabytes + packer.flush(), crc


def archive(entries, count=None, directory=None) -> bytes:
    """A zip written by hand of ``(name, packed, crc, size, place)``: `place` is that of another entry whose bytes it shares, or None."""
    body, table, places = [], [], []
    at = 0
    for name, packed, crc, size, place in entries:
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), size & 0xFFFFFFFF, len(name), 0)
        places.append(at if place is None else places[place])
        if place is None:
            body += [b"PK\3\4", head, name, packed]
            at += 4 + len(head) + len(name) + len(packed)
        table += [b"PK\1\2", struct.pack("<H", 20), head, struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, places[-1]), name]
    table = b"".join(table) if directory is None else directory
    count = len(entries) if count is None else count
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(table), at, 0)
    return b"".join(body) + table + end


def good(name=b"double.ipynb"):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (name, packer.compress(GOOD) + packer.flush(), zlib.crc32(GOOD), len(GOOD), None)


def gigabytes():
    """205 notebooks of 20 MB, each packed to 20 kB: 4 GB out of 4 MB, and no byte shared."""
    packed, crc = zeros(20)
    return archive([(b"%03d/double.ipynb" % n, packed, crc, 20 * MB, None) for n in range(205)])


def overlapping():
    """Two thousand notebooks of 20 MB that are the same 20 kB: 40 GB out of 150 kB ("a better zip bomb")."""
    packed, crc = zeros(20)
    return archive([(b"%04d/double.ipynb" % n, packed, crc, 20 * MB, 0 if n else None) for n in range(2000)])


def quoted():
    """The kind that shares its bytes by quoting: each entry holds the headers of all that follow as stored blocks, then the same zeros."""
    packed, crc = zeros(20)
    places, body = [], b""
    for n in reversed(range(200)):
        name = b"%04d/double.ipynb" % n
        head = b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), 20 * MB, len(name), 0) + name
        body = head + (struct.pack("<BHH", 0, len(body[:51]), ~len(body[:51]) & 0xFFFF) if body else b"") + body
        places.insert(0, (name, len(body)))
    whole = body + packed
    table = b"".join(
        b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 8, 0, 33, crc, left - 46 + len(packed), 20 * MB, len(name), 0, 0, 0, 0, 0o100644 << 16,
                                len(body) - left) + name for name, left in places)  # fmt: skip
    return whole + table + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 200, 200, len(table), len(whole), 0)


def nested():
    """Ten zip files in one, each of a gigabyte."""
    packed, crc = zeros(1024)
    one = archive([(b"double.ipynb", packed, crc, 1 << 30, None)])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for n in range(10):
            file.writestr(f"{n}.zip", one)
    return out.getvalue()


def a_million_entries():
    """47 MB of table of contents, of which the end says that it holds ten."""
    name, packed, crc, size, _ = good(b"a")
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), size, 1, 0)
    entry = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return archive([(name, packed, crc, size, None)], 10, entry * 1_000_000)


NOTEBOOKS = {  # the outcome, the points, and a word of the diagnosis
    "deep lists": (b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "unreadable", 0, "deeper"),
    "deep dictionaries": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "unreadable", 0, "deeper"),
    "deep brackets in code": (notebook(*HONEST, "y = " + "(" * 100_000 + ")" * 100_000), "right", 4, ""),
    "deep minus in code": (notebook(*HONEST, "y = " + "-" * 100_000 + "1"), "right", 4, ""),
    "deep sums in code": (notebook(*HONEST, "y = " + "1+" * 100_000 + "1"), "right", 4, ""),
    "deep attributes in code": (notebook(*HONEST, "y = x" + ".a" * 100_000), "right", 4, ""),
    "a million cells": (b'{"nbformat": 4, "cells": [' + b"{}," * 1_000_000 + b"{}]}", "unreadable", 0, "more values"),
    "a million numbers": (b'{"nbformat": 4, "cells": [' + b"0," * 1_000_000 + b"0]}", "unreadable", 0, "more values"),
    "as many cells as are read": (notebook(*HONEST, *["x = 1"] * (reader.MAX_CELLS - 2)), "right", 4, ""),
    "as much code as is read": (notebook(*HONEST, "# " + "\U0001f600" * (reader.MAX_SOURCE - 200)), "right", 4, ""),
    "pictures up to the cap": (notebook(*HONEST, cell("# \U0001f600", outputs=["x" * (reader.MAX_BYTES - 2000)])), "right", 4, ""),
}  # fmt: skip
ARCHIVES = {"gigabytes": gigabytes, "overlapping": overlapping, "quoted": quoted, "nested": nested, "a million entries": a_million_entries}
SAID = {"gigabytes": "times its size", "overlapping": "share their bytes", "quoted": "share their bytes", "nested": "larger than 20 MB",
        "a million entries": "files are unpacked"}  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class of all of them but the archives, between two honest students, graded once; and what it cost."""
    folder = tmp_path_factory.mktemp("sizes")
    os.chmod(folder, 0o755)
    hand_in(folder / "class", {"0 first": ATTACKS["honest"], "zz last": ATTACKS["honest"]}, {})
    students = {}
    for name in ["100 MB", *NOTEBOOKS]:
        students[name] = f"m{len(students)}"
        path = folder / "class" / students[name] / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(NOTEBOOKS[name][0] if name in NOTEBOOKS else GOOD)
        if name == "100 MB":
            os.truncate(path, 100 * MB)  # a hole: it takes no room
    level = prove()
    grader = Grader(folder / "class", folder / "out", level if level.name != "none" else prove(()), COURSE, SECONDS)
    with Peak() as peak:
        result = grader.run()
    grader.close()
    return {name: next(row for row in result.rows if row.student == student) for name, student in students.items()}, result, peak.bytes


@pytest.mark.parametrize("name", ["100 MB", *NOTEBOOKS])
def test_a_notebook_costs_its_own_row(graded, name):
    row = graded[0][name]
    outcome, points, word = NOTEBOOKS[name][1:] if name in NOTEBOOKS else ("unreadable", 0, "larger than 20 MB")
    assert (row.outcome, row.points) == (outcome, points), row.diagnosis
    assert word in row.diagnosis


def test_the_others_have_their_marks_and_the_grader_its_memory(graded):
    _, result, peak = graded
    honest = [(row.outcome, row.points, row.diagnosis) for row in result.rows if row.student in ("0 first", "zz last")]
    assert honest == [("right", 4, "")] * 2
    assert not result.faults
    assert peak < 256 * MB  # a notebook of 20 MB with a letter beyond 16 bits in it is a text of 80 MB, and its picture another one


def test_100_mb_are_refused_unread(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"{}")
    os.truncate(tmp_path / "a.ipynb", 100 * MB)
    with Peak() as peak, pytest.raises(reader.Unreadable, match="larger than 20 MB"):
        reader.read(tmp_path / "a.ipynb")
    assert peak.bytes < 100_000


def test_a_small_notebook_takes_little(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(GOOD)
    reader.read(tmp_path / "a.ipynb")
    with Peak() as peak:
        reader.read(tmp_path / "a.ipynb")
    assert peak.bytes < 100_000


WORST = {
    "one long text": b'"\xf0\x9f\x98\x80' + b"x" * (reader.MAX_BYTES - 100) + b'"',
    "text and dictionaries": b'["\xf0\x9f\x98\x80' + b"x" * (17 * MB) + b'",' + b'{"":0},' * 190_000 + b"0]",
    "quotes": b'""' * (reader.MAX_BYTES // 2 - 100),
    "keys": b"{" + b",".join(b'"k%06d":0' % n for n in range(490_000)) + b"}",
}


@pytest.mark.parametrize("name", WORST)
def test_what_a_notebook_may_cost_at_most(name):
    data = b'{"nbformat":4,"cells":[],"metadata":' + WORST[name] + b"}"
    with Peak() as peak:
        try:
            reader.code_cells(data)
        except reader.Unreadable:
            pass
    assert peak.bytes < 200 * MB


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_costs_its_own_row(tmp_path, name, monkeypatch):
    """Handed in by one student of a class; the neighbour's archive, which is good, is unpacked as ever."""
    data = ARCHIVES[name]()
    assert len(data) < 50 * MB
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    for student, content in (("ann", archive([good()])), ("mal", data), ("zoe", archive([good()]))):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "work.zip").write_bytes(content)
    exercises = {"attacks/double": course.exercise("double", COURSE)}
    del data
    with Peak() as peak, inputs.opened(tmp_path / "class", exercises) as got:
        assert sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file()) < 260 * MB
        for student in ("ann", "zoe"):
            assert got.find(student, "attacks/double").path.read_bytes() == GOOD
        row = got.find("mal", "attacks/double")
        assert SAID[name] in row.why, row.why
    assert peak.bytes < 40 * MB
    assert list(scratch.iterdir()) == []


def test_archives_of_several_students_in_one_take_nothing_from_each_other(tmp_path):
    """A class as a zip of their zips: what one of them unpacks to is not what the next one may not."""
    out, inner = io.BytesIO(), io.BytesIO()
    large = notebook(*HONEST, cell("# a picture", outputs=[os.urandom(200_000).hex()]))
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("double.ipynb", large)
    bomb = gigabytes()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in (("ann", inner.getvalue()), *((f"mal{n}", bomb) for n in range(3)), ("zoe", inner.getvalue())):
            file.writestr(f"{name}/work.zip", content)
    (tmp_path / "class.zip").write_bytes(out.getvalue())
    exercises = {"attacks/double": course.exercise("double", COURSE)}
    with inputs.opened(tmp_path / "class.zip", exercises) as got:
        assert [got.find(student, "attacks/double").path.read_bytes() == large for student in ("ann", "zoe")] == [True, True]
        assert got.students == ["ann", "mal0", "mal1", "mal2", "zoe"]


@pytest.mark.parametrize("size, said", [(10, "damaged"), (0xFFFFFFFE, "times its size")])
def test_sizes_that_are_not_true(tmp_path, size, said):
    """A gigabyte that says it is ten bytes, or four gigabytes."""
    packed, crc = zeros(1024)
    (tmp_path / "a.zip").write_bytes(archive([(b"a/double.ipynb", packed, crc, size, None), good(b"b/double.ipynb")]))
    with Peak() as peak:
        bad, fine = archives.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert bad.path is None
    assert said in bad.why or "larger than" in bad.why
    assert fine.path.read_bytes() == GOOD
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) == len(GOOD)
    assert peak.bytes < 4 * MB


def test_a_table_longer_than_its_archive_is_not_read(tmp_path):
    data = archive([good()])
    (tmp_path / "a.zip").write_bytes(data[:-10] + struct.pack("<I", 19 * MB) + data[-6:])
    with Peak() as peak, pytest.raises(BadArchive, match="shorter than its table"):
        archives.unpack(tmp_path / "a.zip", tmp_path / "out", Limits())
    assert peak.bytes < 400_000


def test_no_room_left_is_nobodys_fault(tmp_path, monkeypatch):
    """A full disc must not make the notebooks of a class unreadable: the run ends before it begins."""
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / "work.zip").write_bytes(archive([good()]))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "write", full)
    with pytest.raises(inputs.BadSubmissions, match="no room left"), inputs.opened(tmp_path / "class", {}):
        pass


@pytest.mark.filterwarnings("default")
def test_a_flood_of_results_is_bounded():
    """Every call answered with 8 MB, the most that a frame holds: what the grader keeps and judges stays near the allowance of a process."""
    number, item = next((number, item) for number, (_, item) in enumerate(targets.items()) if item.name == "gd_step")
    answers = targets.honest_answers(number)
    flood = wire.frame(wire.ANSWER, [np.int64(0), *[np.zeros((8 * MB - 1000) // 24)] * (len(answers[0][-1][1]) - 1)])
    session = Session(targets.Play([flood] * len(answers)), targets.CELLS, 3600.0)
    with Peak() as peak:
        result = marking.grade_exercise(item.exercise, targets.SEED, session.answer, [item])
        session.close()
    assert result.items[0].points == 0
    assert 20 * MB < peak.bytes < 2 * Student.ALLOWANCE
