"""Every input that fuzzing kept, once more, without a fuzzer: the same invariants and the same cap of memory (`fuzz/targets.py`).

`make fuzz` looks for new ones; `python -m grader.fuzz --merge` chooses what is kept.
"""

import importlib.util
import os
import random
import struct

import numpy as np
import pytest
from conftest import need
from grader.fuzz import mutators, targets

from nnopt.grader.intake import layouts, reader
from nnopt.grader.sandbox import wire

KEPT = sorted(path for path in targets.CORPUS.glob("*/*") if path.is_file())


@pytest.fixture(autouse=True)
def _own_scratch(tmp_path, monkeypatch):
    """Files of a target lie in the test's own folder."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(targets, "scratch", lambda: tmp_path / "scratch")
    targets.file_of_answers.cache_clear()
    yield
    if targets.file_of_answers.cache_info().currsize:
        os.close(targets.file_of_answers())
        targets.file_of_answers.cache_clear()


def ready(name):
    """The target, where what it needs is installed; what it loads once is loaded."""
    if targets.TARGETS[name].needs:
        need(targets.TARGETS[name].needs)
    return name


@pytest.mark.filterwarnings("default")  # a warning is no finding: NumPy warns of what a student's numbers do
@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_input_kept_is_read_or_refused(path):
    targets.check(ready(path.parent.name), path.read_bytes())


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", sorted(targets.TARGETS))
def test_seeds_and_what_mutators_make_of_them(name):
    """The inputs that fuzzing starts from, and forty changes of them, drawn from one seed."""
    seeds, mutate = mutators.MUTATORS[ready(name)]
    rng, made = random.Random(1), seeds()
    few = made if name in ("frames", "conversation", "notebook") else made[:: max(1, len(made) // 20)]
    for seed in few:
        targets.check(name, seed)
    for _ in range(40):
        changed = mutate(rng.choice(few), mutators.SIZE, rng, lambda data, size: flipped(data, size, rng))
        assert len(changed) <= mutators.SIZE
        targets.check(name, changed)


def flipped(data, size, rng):
    """In the place of libFuzzer's own mutator: one byte otherwise."""
    data = bytearray(data[:size] or b"\0")
    data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def test_the_corpus_is_small_and_has_something_for_every_target():
    assert {path.parent.name for path in KEPT} == set(targets.TARGETS)
    assert sum(path.stat().st_size for path in KEPT) < 300_000


def monstrous():
    return struct.pack("<IBB2I", 1, 0, 2, 1 << 11, 1 << 11) + bytes(64)  # 32 MB declared


@pytest.mark.parametrize("module, what, otherwise, name, data", [
    # `unpack` without its check of lengths
    (wire, "unpack", lambda payload: [np.zeros(struct.unpack_from("<2I", payload, 6))], "frames", wire.HEAD.pack(wire.ANSWER, 78) + monstrous()),
    # half a surrogate pair goes through
    (reader, "source", lambda cell, number: cell["source"], "notebook", b'{"cells": [{"cell_type": "code", "source": "\\ud800"}], "nbformat": 4}'),
    # anything is a student's name
    (layouts, "proper", lambda name: True, "archive", mutators.zipped([["..x/adam.ipynb", b"x", 0, 0], ["ada/adam.ipynb", b"x", 0, 0]])),
])  # fmt: skip
def test_the_invariants_find_what_they_are_for(monkeypatch, module, what, otherwise, name, data):
    targets.check(name, data)
    monkeypatch.setattr(module, what, otherwise)
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        targets.check(name, data)


def test_without_atheris_a_sentence_says_so(monkeypatch, capsys):
    from grader.fuzz.__main__ import main

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "atheris" else find(name, *more))
    assert main(["--minutes", "1"]) == 2
    said = capsys.readouterr().err
    assert "atheris" in said
    assert "Linux" in said
    assert said.count("\n") == 1


def test_an_input_is_replayed(tmp_path, capsys):
    from grader.fuzz.__main__ import main

    (tmp_path / "input").write_bytes(b"{}")
    assert main(["--replay", "notebook", str(tmp_path / "input")]) == 0
    assert "nothing is found" in capsys.readouterr().out
    assert main(["--replay", "notebok", str(tmp_path / "input")]) == 2
    assert "notebok" in capsys.readouterr().err
