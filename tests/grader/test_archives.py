"""Zip files from strangers: nothing lands outside, nothing above the caps, and one bad entry costs itself only."""

import io
import os
import random
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnopt.grader.intake import archives
from nnopt.grader.intake.archives import BadArchive, Limits, unpack


def pack(path, entries):
    """A zip of (name or ZipInfo, bytes)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def size_below(folder):
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def outcomes(found):
    return {"/".join(u.name): u.why or (u.path and u.path.read_bytes()) for u in found}


def test_notebooks_come_out_and_nothing_else_does(tmp_path):
    zipped = pack(tmp_path / "a.zip", [("ada/adam.ipynb", b"1"), ("ada/data.csv", b"2"), ("ben/", b""), ("__MACOSX/ada/._adam.ipynb", b"3")])
    found = unpack(zipped, tmp_path / "out")
    assert outcomes(found) == {"ada/adam.ipynb": b"1", "ben": None, "ada/data.csv": None, "__MACOSX": None}
    assert [entry.kind for entry in found] == ["notebook", "other", "folder", "junk"]
    assert size_below(tmp_path / "out") == 1


@pytest.mark.parametrize("name, why", [
    ("../evil.ipynb", "leads out"), ("ada/../../evil.ipynb", "leads out"), ("/etc/evil.ipynb", "absolute"), ("C:\\evil.ipynb", "absolute"),
    ("ada\\..\\..\\evil.ipynb", "leads out"), ("ada/\x07.ipynb", "no file name"), ("ada/" + "x" * 300 + ".ipynb", "no file name"),
])  # fmt: skip
def test_slips_are_refused_and_the_rest_goes_on(tmp_path, name, why):
    zipped = pack(tmp_path / "a.zip", [(name, b"evil"), ("ada/adam.ipynb", b"good")])
    before = files_below(tmp_path)
    bad, good = unpack(zipped, tmp_path / "deep" / "out")
    assert why in bad.why
    assert bad.path is None
    assert good.path.read_bytes() == b"good"
    assert len(files_below(tmp_path)) == len(before) + 1
    assert good.path.parent == tmp_path / "deep" / "out"


def test_links_and_pipes_are_refused(tmp_path):
    entries = []
    for name, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO)):
        info = zipfile.ZipInfo(f"ada/{name}.ipynb")
        info.external_attr = (kind | 0o777) << 16
        entries.append((info, b"/etc/passwd"))
    link, pipe = unpack(pack(tmp_path / "a.zip", entries), tmp_path / "out")
    assert "link" in link.why
    assert "regular" in pipe.why
    assert files_below(tmp_path / "out") == []


def test_a_bomb_is_never_unpacked_beyond_the_caps(tmp_path):
    zipped = pack(tmp_path / "a.zip", [("ada/adam.ipynb", bytes(100 << 20)), ("ada/gd.ipynb", bytes(5 << 20)), ("ben/adam.ipynb", b"good")])
    assert zipped.stat().st_size < 200_000
    large, bomb, good = unpack(zipped, tmp_path / "out")
    assert "larger than 20 MB" in large.why
    assert "times its size" in bomb.why
    assert good.path.read_bytes() == b"good"
    assert size_below(tmp_path / "out") == 4


def test_what_an_archive_declares_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    zipped = pack(tmp_path / "a.zip", [("ada/adam.ipynb", os.urandom(50_000))])
    data = bytearray(zipped.read_bytes())
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(mark) + at, 10)
    zipped.write_bytes(data)
    (lying,) = unpack(zipped, tmp_path / "out")
    assert lying.why
    assert size_below(tmp_path / "out") == 0


def test_a_file_larger_than_a_notebook_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    (large,) = unpack(pack(tmp_path / "a.zip", [("ada/adam.ipynb", os.urandom(1001))]), tmp_path / "out")
    assert "larger than" in large.why
    assert size_below(tmp_path / "out") == 0


def test_the_total_is_capped_over_all_entries(tmp_path):
    zipped = pack(tmp_path / "a.zip", [(f"s{n}/adam.ipynb", os.urandom(600_000)) for n in range(5)])
    found = unpack(zipped, tmp_path / "out", Limits(total=2 << 20))
    assert [bool(u.why) for u in found] == [False, False, False, True, True]
    assert size_below(tmp_path / "out") <= 2 << 20


def test_too_many_files_are_refused_before_any_is_written(tmp_path):
    zipped = pack(tmp_path / "a.zip", [(f"{n}.ipynb", b"") for n in range(11)])
    with pytest.raises(BadArchive, match="11 files"):
        unpack(zipped, tmp_path / "out", Limits(files=10))
    assert not (tmp_path / "out").exists()


def test_archives_inside_are_unpacked_one_level(tmp_path):
    inmost = pack(tmp_path / "c.zip", [("deep.ipynb", b"3")]).read_bytes()
    inner = pack(tmp_path / "b.zip", [("gd.ipynb", b"2"), ("more.zip", inmost), ("../up.ipynb", b"4")]).read_bytes()
    got = outcomes(unpack(pack(tmp_path / "a.zip", [("ada/work.zip", inner), ("ben/bad.zip", b"no zip")]), tmp_path / "out"))
    assert got["ada/work.zip/gd.ipynb"] == b"2"
    assert "zip file inside" in got["ada/work.zip/more.zip"]
    assert "leads out" in got["ada/work.zip/../up.ipynb"]
    assert "no zip file" in got["ben/bad.zip"]


def test_a_bomb_inside_counts_for_the_whole(tmp_path):
    inner = pack(tmp_path / "b.zip", [(f"{n}.ipynb", os.urandom(900_000)) for n in range(4)]).read_bytes()
    zipped = pack(tmp_path / "a.zip", [("ada/1.zip", inner), ("ben/adam.ipynb", os.urandom(900_000))])
    found = unpack(zipped, tmp_path / "out", Limits(total=5 << 20))
    assert size_below(tmp_path / "out") <= 5 << 20
    assert any("more than 5 MB" in u.why for u in found)


def test_names_in_utf8_without_the_flag(tmp_path):
    zipped = pack(tmp_path / "a.zip", [("Jos\u00e9/adam.ipynb", b"1")])
    data = bytearray(zipped.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<H", data, data.index(mark) + at, 0)
    zipped.write_bytes(data)
    (got,) = unpack(zipped, tmp_path / "out")
    assert got.name == ("Jos\u00e9", "adam.ipynb")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(tmp_path):
    zipped = pack(tmp_path / "a.zip", [("ada/adam.ipynb", b"1"), ("ada/adam.ipynb", b"2"), ("Ada/adam.ipynb", b"3")])
    first, second, other = unpack(zipped, tmp_path / "out")
    assert first.path.read_bytes() == b"1"
    assert "twice" in second.why
    assert other.path.read_bytes() == b"3"      # Ada and ada are two people


def test_a_zip_inside_that_is_too_large_is_not_told_to_clear_its_outputs(tmp_path):
    inner = pack(tmp_path / "inner.zip", [("adam.ipynb", random.Random(1).randbytes(200_000))]).read_bytes()
    (refused,) = unpack(pack(tmp_path / "a.zip", [("ada/work.zip", inner)]), tmp_path / "out", Limits(total=100_000))
    assert "the archive unpacks to more than" in refused.why


def test_a_damaged_entry_costs_itself(tmp_path):
    zipped = pack(tmp_path / "a.zip", [("a.ipynb", b"x" * 1000), ("b.ipynb", b"good")])
    data = bytearray(zipped.read_bytes())
    data[data.index(b"a.ipynb") + 9] ^= 0xFF
    zipped.write_bytes(data)
    damaged, good = unpack(zipped, tmp_path / "out")
    assert "damaged" in damaged.why
    assert good.path.read_bytes() == b"good"


def test_other_methods_and_encryption_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a.ipynb", b"1")
    assert "deflate" in unpack(tmp_path / "a.zip", tmp_path / "out")[0].why
    zipped = pack(tmp_path / "b.zip", [("a.ipynb", b"1")])
    data = bytearray(zipped.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    zipped.write_bytes(data)
    assert "encrypted" in unpack(zipped, tmp_path / "out2")[0].why


def test_links_and_other_files_are_no_archives(tmp_path):
    pack(tmp_path / "a.zip", [("a.ipynb", b"1")])
    (tmp_path / "link.zip").symlink_to(tmp_path / "a.zip")
    (tmp_path / "text.zip").write_text("text")
    for name, why in (("link", "link"), ("text", "no zip file"), ("nothing", "opened")):
        with pytest.raises(BadArchive, match=why):
            unpack(tmp_path / f"{name}.zip", tmp_path / "out")


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w", zipfile.ZIP_DEFLATED) as _file:
    _file.writestr("ada/adam.ipynb", b"some notebook" * 10)
    _file.writestr("ben/gd.ipynb", b"another")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE.getvalue()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_read_or_refused(tmp_path_factory, damage):
    data = bytearray(WHOLE.getvalue())
    for place, byte in damage:
        data[place] = byte
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "a.zip").write_bytes(data)
    try:
        found = unpack(folder / "a.zip", folder / "deep" / "out", Limits(total=10_000))
    except BadArchive:
        pass
    else:
        assert all(u.path is None or u.path.is_relative_to(folder / "deep" / "out") for u in found)
    assert size_below(folder) <= len(data) + 10_000
    assert {p.split("/")[0] for p in files_below(folder)} <= {"a.zip", "deep"}
