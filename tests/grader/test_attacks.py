"""Attacks on the grader: each program in attacks/ says in its first line what it must get.

A second line, ``unguarded``, says what it gets without a sandbox: it shows that the attack is one, and not just a program that fails.
What some systems refuse even then (io_uring in a container) names the probe of `nnopt sandbox` that says so.
attacks/README.md tells which attack stands for which words of what the sandbox promises.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from nnopt.grader.grade import Grader
from nnopt.grader.sandbox.probes import prove
from nnopt.grader.sandbox.warm import LAYERS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = HERE / "attacked_course"
ATTACKS = {path.stem: path.read_text() for path in sorted((HERE / "attacks").glob("*.py"))}
RIGHT = 'def triple(x):\n    return 3 * x\n\n\nletter = "b"\n'  # an attack may cost what it attacks, and nothing else
SECONDS = 2.0


def expected(source, word="expect"):
    """The outcomes allowed, and the points."""
    found = re.search(rf"^# {word}(?:, where this system grants it \([^)]+\))?: ([\w ]+), (\d) points$", source, re.MULTILINE)
    return found and (found[1].split(" or "), int(found[2]))


def hand_in(folder, attacks, facts):
    """A class of one student for each attack."""
    for name, source in attacks.items():
        for key, value in facts.items():
            source = source.replace(f"@{key}@", str(value))
        cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None} for s in (RIGHT, source)]
        path = folder / name / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def graded(tmp_path, attacks, layers):
    """Grade a class of attacks; what they were after is made as easy to reach as it can be."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    loot = tmp_path / "loot"
    loot.mkdir()
    os.chmod(loot, 0o777)
    submissions, out, stray = tmp_path / "class", tmp_path / "out", loot / "stray"
    victim = subprocess.Popen(["sleep", "600"])
    try:
        facts = {"ROOT": ROOT, "COURSE": COURSE, "OUT": out, "SUBMISSIONS": submissions, "STRAY": stray, "PID": victim.pid,
                 "HOME": Path.home()}  # fmt: skip
        hand_in(submissions, attacks, facts)
        level = prove(layers)
        grader = Grader(submissions, out, level, COURSE, SECONDS, jobs=2)
        result = grader.run()
        return result, out, stray, victim.poll()
    finally:
        victim.kill()
        victim.wait()


@pytest.fixture(scope="module", params=["full", "reduced"])
def attacked(request, tmp_path_factory):
    """All attacks, graded as one class: in the full sandbox, and in the one that is left where namespaces are refused."""
    layers = LAYERS if request.param == "full" else tuple(layer for layer in LAYERS if layer != "namespaces")
    os.environ["NNOPT_TEST_SECRET"] = "in the environment of the grader"
    try:
        result, out, stray, victim = graded(tmp_path_factory.mktemp("attacks"), ATTACKS, layers)
    finally:
        del os.environ["NNOPT_TEST_SECRET"]
    if result.level.name != request.param:
        pytest.skip(f"this system grants no {request.param} sandbox, only {result.level.name}")
    return result, out, stray, victim


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(attacked, name):
    result, *_ = attacked
    row = next(row for row in result.rows if row.student == name)
    outcomes, points = expected(ATTACKS[name])
    assert row.outcome in outcomes, row.diagnosis
    assert row.points == points, row.diagnosis
    assert len(row.diagnosis) < 3000
    assert row.diagnosis.isprintable()


def test_nothing_got_out(attacked):
    result, _, stray, victim = attacked
    assert not stray.exists()
    assert victim is None, "the victim was signalled"
    assert not result.faults


def test_what_students_write_is_escaped(attacked):
    _, out, *_ = attacked
    for page in (out / "index.html", out / "students" / "markup.html"):
        html = page.read_text()
        assert "<script" not in html
        assert "\x1b" not in html
    assert "&lt;script&gt;" in (out / "students" / "markup.html").read_text()


UNGUARDED = {name: source for name, source in ATTACKS.items() if expected(source, "unguarded")}


def test_the_attacks_are_attacks(tmp_path):
    """Without a sandbox they go through: it is the sandbox that holds them, and not a slip in the attack."""
    result, *_ = graded(tmp_path, {**UNGUARDED, "honest": ATTACKS["honest"]}, ())
    for name, source in UNGUARDED.items():
        probe = re.search(r"^# unguarded, where this system grants it \(([^)]+)\)", source, re.MULTILINE)
        if probe and result.level.attacks[probe[1]]:
            result.rows[:] = [row for row in result.rows if row.student != name]
    tried = {row.student for row in result.rows}
    got = {row.student: ([row.outcome], row.points) for row in result.rows if row.student in UNGUARDED}
    assert got == {name: expected(source, "unguarded") for name, source in UNGUARDED.items() if name in tried}


# ------------------------------------------------------------------------------------------------------------ the table
TABLE = re.findall(r"^\| (?!words|---)([^|]+) \| ([^|]+) \|$", (HERE / "attacks" / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("words, named", TABLE, ids=[words for words, _ in TABLE])
def test_every_word_of_the_table_has_its_attacks(words, named):
    names = re.findall(r"`([\w ,'./]+)`", named)
    notebooks = (HERE / "test_hostile_notebooks.py").read_text()
    assert names, words
    for name in names:
        assert name in ATTACKS or f'"{name}"' in notebooks, f"{words}: there is no attack {name}"


def test_every_attack_stands_in_the_table():
    named = " ".join(names for _, names in TABLE)
    assert [name for name in ATTACKS if f"`{name}`" not in named] == []
