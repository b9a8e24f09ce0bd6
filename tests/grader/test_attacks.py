"""Attacks on the grader: each program in attacks/ says in its first line what it must get.

A second line says what it gets where what holds it is taken away: ``unguarded`` without any sandbox, ``without seccomp`` in a sandbox
without that layer, ``without limits`` in one that is weakened in that place (`WEAKER`). It shows that the attack is one, and not just
a program that fails. What some systems refuse even then (io_uring in a container) names the probe of `nnopt sandbox` that says so.
attacks/README.md tells which attack stands for which words of what the sandbox promises.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import conftest
import pytest
from conftest import missing
from grader import ordinary_user

from nnopt.grader.grading.grade import Grader
from nnopt.grader.sandbox import warm
from nnopt.grader.sandbox.probes import Level, prove
from nnopt.grader.sandbox.warm import LAYERS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = HERE / "attacked_course"
ATTACKS = {path.stem: path.read_text() for path in sorted((HERE / "attacks").glob("*.py"))}
RIGHT = 'def triple(x):\n    return 3 * x\n\n\nletter = "b"\n'  # an attack may cost what it attacks, and nothing else
SECONDS = 2.0
REDUCED = tuple(layer for layer in LAYERS if layer != "namespaces")
USERS = ("root", "an ordinary user") if os.geteuid() == 0 else ("this user",)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")


def expected(source, word="expect"):
    """The outcomes allowed, and the points."""
    found = re.search(rf"^# {word}(?:, where this system grants it \([^)]+\))?: ([\w ]+), (\d) points$", source, re.MULTILINE)
    return found and (found[1].split(" or "), int(found[2]))


def hand_in(folder, attacks, facts):
    """A class of one student for each attack."""
    for name, source in attacks.items():
        for key, value in facts.items():
            source = source.replace(f"@{key}@", str(value(name) if callable(value) else value))
        cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None} for s in (RIGHT, source)]
        path = folder / name / "attacks" / "double.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def graded(folder, attacks, layers, level=None, jobs=2):
    """Grade a class of attacks; what they were after is made as easy to reach as it can be.

    Returns what was graded, the files that attacks made elsewhere, and the attacks whose victim (a process each) is dead.
    """
    loot = folder / "loot"
    loot.mkdir()
    os.chmod(loot, 0o777)
    submissions, out = folder / "class", folder / "out"
    victims = {name: subprocess.Popen(["sleep", "600"]) for name, source in attacks.items() if "@PID@" in source}
    try:
        facts = {"ROOT": ROOT, "COURSE": COURSE, "OUT": out, "SUBMISSIONS": submissions, "STRAY": lambda name: loot / name,
                 "PID": lambda name: victims[name].pid if name in victims else 0, "HOME": Path.home()}  # fmt: skip
        hand_in(submissions, attacks, facts)
        result = Grader(submissions, out, level or prove(layers), COURSE, SECONDS, jobs=jobs).run()
        strays = {path.name for path in loot.iterdir()}
        strays |= {str(path) for name in victims for path in left_by(victims[name].pid)}
        return result, strays, {name for name, victim in victims.items() if victim.poll() is not None}
    finally:
        for victim in victims.values():
            victim.kill()
            victim.wait()
            for path in left_by(victim.pid):
                path.unlink(missing_ok=True)


def left_by(pid):
    """What `remember_across_submissions` leaves where nothing holds it."""
    return [path for place in ("/tmp", "/dev/shm") if (path := Path(place, f"nnopt-seen-{pid}")).exists()]


def attack(folder, layers):
    """The whole of it, in whichever process: the marks, what got out, and the pages that were written."""
    os.environ["NNOPT_TEST_SECRET"] = "in the environment of the grader"
    try:
        result, strays, dead = graded(folder, ATTACKS, layers)
    finally:
        del os.environ["NNOPT_TEST_SECRET"]
    pages = {name: (folder / "out" / name).read_text() for name in ("index.html", "students/markup.html")}
    return {"level": result.level.name, "rows": {row.student: (row.outcome, row.points, row.diagnosis) for row in result.rows},
            "faults": [row.diagnosis for row in result.faults], "strays": strays, "dead": dead, "pages": pages, "user": os.geteuid()}  # fmt: skip


# `make test` attacks each level once, by one user each; `make test-slow` by the other.
COMBINATIONS = [
    pytest.param((level, user), id=f"{level} as {user}", marks=[] if (level == "full") == (user == "root") else [pytest.mark.slow])
    for level in ("full", "reduced") for user in USERS
]  # fmt: skip


@pytest.fixture(scope="module", params=COMBINATIONS)
def attacked(request):
    """All attacks, graded as one class: in the full sandbox, and in the one that is left where namespaces are refused."""
    level, user = request.param
    layers = LAYERS if level == "full" else REDUCED
    with open_folder() as folder:
        found = ordinary_user.call(folder, attack, folder, layers) if user == "an ordinary user" else attack(folder, layers)
    assert (found["user"] == 0) == (user == "root")
    offered(found["level"], level, user)
    return found


def offered(found, level, user):
    """Skip what this system does not offer; where it offers no sandbox at all, nothing would be tried: a failure where CI=true."""
    if found != level:
        (missing if found == "none" else pytest.skip)(f"this system grants {user} no {level} sandbox, only {found}")


@pytest.mark.parametrize("found, level, raised", [
    ("none", "full", "failed"), ("none", "reduced", "failed"), ("reduced", "full", "skipped"), ("full", "full", ""), ("reduced", "reduced", ""),
])  # fmt: skip
def test_a_machine_of_ci_without_a_sandbox_is_a_failure(found, level, raised, monkeypatch):
    for ci in (True, False):
        monkeypatch.setattr(conftest, "CI", ci)
        try:
            offered(found, level, "root")
            ended = ""
        except (pytest.fail.Exception, pytest.skip.Exception) as error:
            ended = "failed" if isinstance(error, pytest.fail.Exception) else "skipped"
        assert ended == (raised if ci else raised and "skipped")


@contextlib.contextmanager
def open_folder():
    """Nothing but the sandbox stands before what lies in it. (Those above pytest's own are closed to others by its next session.)"""
    with tempfile.TemporaryDirectory(prefix="nnopt-attacks-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def folder():
    with open_folder() as path:
        yield path


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(attacked, name):
    outcome, got, diagnosis = attacked["rows"][name]
    outcomes, points = expected(ATTACKS[name])
    assert outcome in outcomes, diagnosis
    assert got == points, diagnosis
    assert len(diagnosis) < 3000
    assert diagnosis.isprintable()


@linux
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_beside_six_busy_processes_every_attack_gets_the_same(folder):
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(6)]
    try:
        found = attack(folder, LAYERS)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    offered(found["level"], "full", USERS[0])
    wrong = {}
    for name, (outcome, got, diagnosis) in found["rows"].items():
        outcomes, points = expected(ATTACKS[name])
        if outcome not in outcomes or got != points:
            wrong[name] = outcome, got, diagnosis
    assert wrong == {}
    assert found["faults"] == []


def test_nothing_got_out(attacked):
    assert attacked["strays"] == set()
    assert attacked["dead"] == set(), "their victims were signalled"
    assert attacked["faults"] == []


def test_what_students_write_is_escaped(attacked):
    for html in attacked["pages"].values():
        assert "<script" not in html
        assert "\x1b" not in html
    assert "&lt;script&gt;" in attacked["pages"]["students/markup.html"]


# --------------------------------------------------------------------------------------------- what holds them, taken away
def those(word):
    return {name: source for name, source in ATTACKS.items() if expected(source, word)}


WRITES, KILLS = {"exec", "subprocess", "unpickle_here", "write_outside"}, {"signal_by_owner_of_a_pipe", "signal_grader"}


def test_the_attacks_are_attacks(folder):
    """Without a sandbox they go through: it is the sandbox that holds them, and not a slip in the attack."""
    unguarded = those("unguarded")
    result, strays, dead = graded(folder, {**unguarded, "honest": ATTACKS["honest"]}, ())
    tried = set(unguarded)
    for name, source in unguarded.items():
        probe = re.search(r"^# unguarded, where this system grants it \(([^)]+)\)", source, re.MULTILINE)
        if probe and result.level.attacks[probe[1]]:
            tried.remove(name)
    got = {row.student: ([row.outcome], row.points) for row in result.rows if row.student in tried}
    assert got == {name: expected(source, "unguarded") for name, source in unguarded.items() if name in tried}
    assert strays >= WRITES
    assert dead >= KILLS


# What is taken away, and how: the layers left, and lines of the sandbox as they are changed in a copy of it.
WEAKER = {
    "seccomp": (("user", "namespaces", "landlock"), []),
    "limits": ((), [("layers.py", "MEMORY, FILE_SIZE, OPEN_FILES, THREADS = 2 << 30, 16 << 20,", "MEMORY, FILE_SIZE, OPEN_FILES, THREADS = 8 << 30, 128 << 20,")]),
    "limits for good": ((), [("layers.py", "resource.setrlimit(kind, (value, value))", "resource.setrlimit(kind, (value, hard))")]),
    "dropped capabilities": (("namespaces",), [("layers.py", "        checked(libc.capset(", "        (lambda *_: None)((")]),
    "closed descriptors": ((), [("zygote.py", "    os.closerange(max(places) + 1, 4096)\n", "")]),
    "a clean environment": ((), []),
}  # fmt: skip
NEEDS = {"seccomp": "namespaces", "dropped capabilities": "namespaces"}  # there the attack reaches no one but itself


@functools.cache
def capabilities():
    return int(re.search(r"^CapEff:\s+(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)[1], 16)


@linux
@pytest.mark.parametrize("what", WEAKER)
def test_each_is_held_by_what_it_is_said_to_be_held_by(what, folder, monkeypatch):
    layers, changes = WEAKER[what]
    level, attacks = prove(), those(f"without {what}")
    offered(level.name, level.name if level.name != "none" else "full", "this user")
    if what in NEEDS and not any(granted for words, granted in level.layers.items() if words.startswith(NEEDS[what])):
        pytest.skip(f"this system grants no {NEEDS[what]}, without which these attacks would reach others")
    if what == "dropped capabilities" and ~capabilities() & (1 << 21 | 1 << 23):  # to mount, for priority
        pytest.skip("this user has no capabilities that could be dropped")
    shutil.copytree(warm.GRADER, folder / "weaker", ignore=shutil.ignore_patterns("__pycache__", "templates"))
    for name, was, becomes in changes:
        path = folder / "weaker" / "sandbox" / name
        source = path.read_text()
        assert source.count(was) == 1, f"{name} no longer holds the line {was!r}"
        path.write_text(source.replace(was, becomes))
    monkeypatch.setattr(warm, "GRADER", folder / "weaker")
    if what == "a clean environment":
        environment = warm.Warm.environment
        monkeypatch.setattr(warm.Warm, "environment", lambda self: {**os.environ, **environment(self)})
    monkeypatch.setenv("NNOPT_TEST_SECRET", "in the environment of the grader")
    result, *_ = graded(folder, attacks, layers, Level("none", {}, {}, layers), jobs=1)
    assert attacks
    assert {row.student: ([row.outcome], row.points, row.diagnosis) for row in result.rows} == {name: (*expected(source, f"without {what}"), "")
                                                                                               for name, source in attacks.items()}  # fmt: skip


# Deceit is no business of the sandbox: these deceive a grader that runs in the student's process and goes by its exit status.
CLOSE = "from numpy.testing import assert_allclose\nassert_allclose(double(x), 2 * x)"
EQUAL = "assert np.all(double(x) == 2 * x)"
SENT = "import io, os, pickle\nsent = []\nos.write = lambda fd, data: sent.append(data)\ndouble(x)\n{}\nassert os.path.exists(stray)"
NAIVE = {
    "import_hooks": CLOSE, "patched_numpy": CLOSE, "patched_builtins": "assert all(abs(a - b) < 1e-9 for a, b in zip(double(x), 2 * x))",
    "lying_array": EQUAL, "lying_int": EQUAL, "lying_subclass": EQUAL, "lying_letter": "assert letter == 'b'",
    "os_exit": CLOSE, "os_exit_in_a_cell": "raise AssertionError", "sys_exit": CLOSE, "sys_exit_in_a_cell": "raise AssertionError",
    "look_for_expected_values": f"want = 2 * x\n{CLOSE}", "walk_frames": f"want = 2 * x\n{CLOSE}", "remember_inputs": f"double(x)\n{CLOSE}",
    "pickled": SENT.format("pickle.loads(sent[0])"), "npy_with_objects": SENT.format("np.load(io.BytesIO(sent[0]), allow_pickle=True)"),
    "printed_text": "double(x)", "hard_coded": "x = np.array([1.0, -1.0])\n" + CLOSE,
}  # fmt: skip


@pytest.mark.parametrize("name", NAIVE)
def test_a_naive_grader_is_deceived(name, tmp_path):
    stray = tmp_path / "stray"
    source = "\n".join(["import numpy as np", "x = np.array([1.0, -2.0, 0.25])", f"stray = {str(stray)!r}",
                        ATTACKS[name].replace("@STRAY@", str(stray)), NAIVE[name]])  # fmt: skip
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert name != "printed_text" or "4 of 4 points" in done.stdout
    honest = source.replace(ATTACKS[name], "letter = 'a'\ndef double(x): return x - 1\n")
    if name not in ("pickled", "npy_with_objects", "printed_text"):
        assert subprocess.run([sys.executable, "-c", honest], capture_output=True, timeout=60, check=False).returncode == 1


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
