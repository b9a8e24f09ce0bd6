"""The reader: code cells out of a notebook, one clear sentence for everything else, and never a byte run."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.grader.intake import reader


def code(source):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def notebook(*cells, **changes):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes


def read(tmp_path, content):
    path = tmp_path / "notebook.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return reader.read(path)


def test_code_cells_are_read(tmp_path):
    text = {"cell_type": "markdown", "source": "# x = 1", "metadata": {}}
    got = read(tmp_path, notebook(code("a = 1\nb = 2"), text, code(["c = 3\n", "d = 4"]), code("")))
    assert got.cells == ["a = 1\nb = 2", "c = 3\nd = 4", ""]


def test_the_fingerprint_is_of_the_whole_file(tmp_path):
    assert read(tmp_path, notebook(code("a"))).sha256 != read(tmp_path, notebook(code("b"))).sha256


def test_a_byte_order_mark_is_no_matter(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf" + json.dumps(notebook(code("a"))).encode()).cells == ["a"]


def test_half_a_surrogate_pair_becomes_text(tmp_path):
    (cell,) = read(tmp_path, b'{"cells": [{"cell_type": "code", "source": "x = 1  # \\ud800"}], "nbformat": 4}').cells
    cell.encode()


@pytest.mark.parametrize("content, sentence", [
    (b"", "it is empty"), (b"this is no notebook", "not JSON"), (b"\xff\xfe\x00", "not JSON"), (b"[1, 2]", "no notebook"),
    (b"3", "no notebook"), (b"{}", "no cells"), (b'{"cells": 3}', "no cells"), (b'{"worksheets": []}', "format 3"),
    (notebook(nbformat=3), "format"), (notebook(nbformat=None), "format"), (notebook(nbformat=[4]), "format"),
    (notebook(3), "cell 1"), (notebook({}), "cell 1"), (notebook({"cell_type": "code"}), "source"),
    (notebook(code(["a", 3])), "source"), (notebook(code({"a": 1})), "source"), (notebook({"cell_type": []}), "cell 1"),
    (b"[" * 100_000, "deeper"), (b'{"a":' * 100_000, "deeper"), (b"[" + b"0," * 2_000_000 + b"0]", "more values"),
    (notebook(*[code("")] * 1001), "cells"), (notebook(code("x" * (1 << 20)), code("y")), "characters"),
    (b'{"cells": [], "nbformat": ' + b"1" * 5000 + b"}", "not JSON"),
])  # fmt: skip
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path, content, sentence):
    with pytest.raises(reader.Unreadable, match=sentence) as error:
        read(tmp_path, content)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_a_string_never_closed_is_looked_at_once(tmp_path):
    """From every quote in it anew, 64 kB took half a minute, and this file would take days."""
    with pytest.raises(reader.Unreadable, match="not JSON"):
        read(tmp_path, b'"' + b'\\"' * 5_000_000)


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 100)
    with pytest.raises(reader.Unreadable, match="larger"):
        read(tmp_path, notebook(code("x" * 100)))


def test_links_pipes_folders_and_nothing_are_refused(tmp_path):
    (tmp_path / "there.ipynb").write_text(json.dumps(notebook(code("a"))))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "there.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    for name, sentence in (("link", "link"), ("pipe", "regular"), ("folder", "regular"), ("nothing", "opened")):
        with pytest.raises(reader.Unreadable, match=sentence):
            reader.read(tmp_path / f"{name}.ipynb")


KEYS = st.sampled_from(["cells", "cell_type", "source", "nbformat", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner))


@given(JSON)
def test_any_json_is_read_or_refused(content):
    try:
        cells = reader.code_cells(json.dumps(content).encode())
    except reader.Unreadable:
        return
    assert all(isinstance(cell, str) for cell in cells)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        reader.code_cells(data)
    except reader.Unreadable:
        pass


@pytest.mark.parametrize("output", [
    {"text/html": "x" * (reader.MAX_BYTES + 1)}, {"application/vnd.plotly.v1+json": {"z": [0] * 1_100_000}},
    {"application/vnd.vega.v5+json": json.loads("[" * 60 + "]" * 60)}], ids=["large", "many", "deep"])  # fmt: skip
def test_what_its_outputs_make_too_much_says_to_clear_them(tmp_path, output):
    cell = {"cell_type": "code", "source": "x = 1", "metadata": {}, "execution_count": 1}
    book = {"cells": [cell | {"outputs": [{"output_type": "display_data", "metadata": {}, "data": output}]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "adam.ipynb"
    path.write_text(json.dumps(book))
    with pytest.raises(reader.Unreadable, match=r"; clear the outputs and hand it in again$"):
        reader.read(path)
    path.write_text(json.dumps(book | {"cells": [cell | {"outputs": []}]}))
    assert reader.read(path).cells == ["x = 1"]
