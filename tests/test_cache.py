"""The cache of compiled kernels is a convenience: whatever is wrong with it, runs are right, and at most one warning says so."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import missing

import nnopt

PACKAGE = Path(nnopt.__file__).parent
STEP = "print(step())"

# What each process does: a step, and a value; how many functions were compiled for it, and what was warned of.
PREAMBLE = """
import json, os, sys, warnings
import numpy as np
from numba.core.event import install_recorder

def step(theta=(1.0, 2.0)):
    optimizer = nnopt.GD(lr=0.5)
    new = optimizer.step(optimizer.init(np.array(theta)), [1.0, 1.0])
    return [*new.theta.tolist(), new.theta.dtype.name, nnopt.problems.sphere(2)([3.0, 4.0])]

with warnings.catch_warnings(record=True) as caught, install_recorder("numba:compile") as recorder:
    warnings.simplefilter("always")
"""
ENDING = """
    import nnopt
    found = {body}
print(json.dumps(dict(found=found, compiled=sum(e.is_start for _, e in recorder.buffer), warned=[str(w.message) for w in caught])))
"""
RIGHT = [0.5, 1.5, "float64", 25.0]


def run(body="step()", before="pass", folder=None, cwd=None, **environment):
    """What a fresh Python finds, compiles and warns of; an environment's None is no variable at all."""
    given = {**os.environ, "NNOPT_CACHE": folder and str(folder), **environment}
    code = f"{PREAMBLE}    {before}{ENDING.format(body=body)}"
    command = [sys.executable, "-c", code]
    env = {name: str(value) for name, value in given.items() if value is not None}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == ""
    return json.loads(done.stdout.splitlines()[-1])


def one_warning(warned):
    """Whether there was exactly one, which says what to do."""
    return len(warned) == 1 and "set NNOPT_CACHE to a folder that can be read and written" in warned[0] and "\n" not in warned[0]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache that a process filled."""
    folder = tmp_path_factory.mktemp("filled")
    first = run(folder=folder)
    assert (first["found"], first["warned"]) == (RIGHT, [])
    assert first["compiled"] > 0
    return folder


def test_a_filled_cache_compiles_nothing_and_warns_of_nothing(filled):
    assert run(folder=filled) == dict(found=RIGHT, compiled=0, warned=[])


# ------------------------------------------------------------------------------------ where nothing can be kept
@pytest.mark.parametrize("place", ["a file", "below a file", "no folder that can be made"])
def test_where_nothing_can_be_kept_a_run_is_right_and_warns_once(tmp_path, place):
    (tmp_path / "file").write_text("")
    folder = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "deep"}.get(place, "/proc/nnopt")
    if place not in ("a file", "below a file") and not os.path.isdir("/proc/self"):
        missing("needs /proc")
    done = run(folder=folder)
    assert done["found"] == RIGHT
    assert done["compiled"] > 0
    assert one_warning(done["warned"])


def test_on_a_full_disk_a_run_is_right_and_warns_once(tmp_path):
    """The system lets no file grow: folders are made, and nothing gets into them."""
    done = run(before="import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))", folder=tmp_path)
    assert done["found"] == RIGHT
    assert one_warning(done["warned"])
    after = run(folder=tmp_path)
    assert (after["found"], after["warned"]) == (RIGHT, [])


@pytest.mark.parametrize("home", ["none", "one that is no folder"])
def test_a_user_without_a_home_is_served(tmp_path, home):
    (tmp_path / "home").write_text("")
    variables = dict(HOME=None if home == "none" else tmp_path / "home", XDG_CACHE_HOME=None)
    nobody = "import pathlib; pathlib.Path.home = classmethod(lambda cls: (_ for _ in ()).throw(RuntimeError('Could not determine home')))"
    done = run(before=nobody if home == "none" else "pass", **variables)
    assert done["found"] == RIGHT
    assert one_warning(done["warned"])


def test_the_cache_is_where_the_system_keeps_caches(tmp_path):
    assert run(XDG_CACHE_HOME=tmp_path / "xdg")["warned"] == []
    assert run(XDG_CACHE_HOME=None, HOME=tmp_path / "home")["warned"] == []
    assert {path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*.nbi")} >= {("home", ".cache", "nnopt")}
    assert [*(tmp_path / "xdg" / "nnopt").glob("*/*.nbi")]


def test_a_folder_named_from_here_stays_here(tmp_path):
    """A relative name, and a program that changes its folder: nothing is scattered."""
    (tmp_path / "there").mkdir()
    body = "[step(), os.chdir('there'), step(np.ones(2, np.float32))][2]"
    done = run(body, folder="cache", cwd=tmp_path)
    assert (done["found"], done["warned"]) == ([0.5, 0.5, "float32", 25.0], [])
    assert not any((tmp_path / "there").iterdir())
    assert run(body, folder=tmp_path / "cache", cwd=tmp_path)["compiled"] == 0


# ------------------------------------------------------------------------------------ what stands in it is broken
DAMAGES = [
    lambda data: b"",
    lambda data: data[: len(data) // 2],
    lambda data: data[:-1],
    lambda data: b"\x80garbage",
    lambda data: pickle.dumps("something else"),
]


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_what_is_broken_in_the_cache_is_mended_for_the_next_process(filled, tmp_path, suffix):
    """Each file in another way: an index and a kernel that were cut short, and what is no pickle."""
    shutil.copytree(filled, tmp_path / "cache")
    files = sorted((tmp_path / "cache").rglob(f"*.{suffix}"), key=lambda path: ("step" not in path.name, path.name))
    assert len(files) >= 3
    for path, damage in zip(files, DAMAGES):
        path.write_bytes(damage(path.read_bytes()))
    done = run(folder=tmp_path / "cache")
    assert done["found"] == RIGHT
    assert done["compiled"] > 0
    assert not done["warned"] or one_warning(done["warned"])
    assert run(folder=tmp_path / "cache") == dict(found=RIGHT, compiled=0, warned=[])


@pytest.mark.parametrize("damage", range(len(DAMAGES)))
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.slow
def test_each_file_may_be_broken_in_each_way(filled, tmp_path, suffix, damage):
    shutil.copytree(filled, tmp_path / "cache")
    for path in (tmp_path / "cache").rglob(f"*.{suffix}"):
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    done = run(folder=tmp_path / "cache")
    assert done["found"] == RIGHT
    assert not done["warned"] or one_warning(done["warned"])
    assert run(folder=tmp_path / "cache") == dict(found=RIGHT, compiled=0, warned=[])


def test_what_was_deleted_from_the_cache_is_compiled_again(filled, tmp_path):
    shutil.copytree(filled, tmp_path / "cache")
    for path in (tmp_path / "cache").rglob("*.nbc"):
        path.unlink()
    done = run(folder=tmp_path / "cache")
    assert (done["found"], done["warned"]) == (RIGHT, [])
    assert run(folder=tmp_path / "cache") == dict(found=RIGHT, compiled=0, warned=[])


# ------------------------------------------------------------------------------------ what belongs together
def test_worlds_of_the_same_signature_share_nothing(filled, tmp_path):
    """A step's signature is that of any step, in float64 and in float32: with the other's code it would write elsewhere."""
    shutil.copytree(filled, tmp_path / "cache")
    single = run("step(np.array([1.0, 2.0], np.float32))", folder=tmp_path / "cache")
    assert (single["found"], single["warned"]) == ([0.5, 1.5, "float32", 25.0], [])
    assert single["compiled"] > 0
    both = run("[step(np.array([1.0, 2.0], np.float32)), step()]", folder=tmp_path / "cache")
    assert both == dict(found=[[0.5, 1.5, "float32", 25.0], RIGHT], compiled=0, warned=[])


def test_what_an_editor_leaves_beside_the_sources_is_no_source(tmp_path):
    """Emacs locks ``adam.py`` by a link that leads nowhere; others leave copies."""
    copy = tmp_path / "nnopt"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "web", "grader", "datasets"))
    given = dict(before=f"sys.path.insert(0, {str(tmp_path)!r})", body="[nnopt.__path__[0], *step()]", folder=tmp_path / "cache")
    assert run(**given)["found"] == [str(copy), *RIGHT]
    for place in (copy, copy / "gradient"):
        (place / ".#adam.py").symlink_to("user@host.1234:5678")
        (place / "#adam.py#").write_text("half a line")
        (place / ".adam.py.swp").write_bytes(b"\xff\xfe")
        (place / "adam.py~").write_text("yesterday's")
        (place / "._adam.py").write_bytes(b"\x00\x05\x16\x07")  # macOS on a foreign disk
    assert run(**given) == dict(found=[str(copy), *RIGHT], compiled=0, warned=[])


def test_an_edit_compiles_what_depends_on_it_and_nothing_else(tmp_path):
    copy = tmp_path / "nnopt"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "web", "grader", "datasets"))

    def edited(name, body):
        path = copy / name
        path.write_text(path.read_text() + "\nEDITED = True\n")
        return run(body, before=f"sys.path.insert(0, {str(tmp_path)!r})", folder=tmp_path / "cache")["compiled"]

    swarm = "nnopt.minimize(nnopt.problems.sphere(2), nnopt.PSO(population_size=4), max_evals=40, seed=0).nfev"
    both = f"[step(), {swarm}]"
    assert edited("metaheuristics/pso.py", both) > 10
    assert edited("metaheuristics/pso.py", "step()") == 0  # neither GD nor the problem imports it
    assert 0 < edited("gradient/gd.py", both) < 10  # and the swarm, which was edited and not run since
    assert edited("gradient/gd.py", swarm) == 0
    assert edited("random.py", both) > 10  # all of them reach it


# ------------------------------------------------------------------------------------ no compiler
@pytest.mark.parametrize("variables", [dict(NUMBA_DISABLE_JIT="1"), dict(NNOPT_JIT="0")], ids=repr)
def test_without_a_compiler_kernels_are_plain_python(tmp_path, variables):
    """Not only steps: runs of every kind."""
    body = """[step(), nnopt.minimize(nnopt.problems.sphere(2), nnopt.PSO(population_size=4), max_evals=40, seed=0).nfev,
        nnopt.minimize(lambda x: float(x @ x), nnopt.Adam(), x0=[1.0], max_evals=10).nfev]"""
    assert run(body, folder=tmp_path, **variables) == dict(found=[RIGHT, 40, 10], compiled=0, warned=[])
    assert not [*tmp_path.rglob("*.nbi")]


def test_a_compiler_that_a_file_switches_off_is_one_sentence(tmp_path):
    """Numba reads ``.numba_config.yaml`` where a program starts, when it is too late for us to know."""
    (tmp_path / ".numba_config.yaml").write_text("disable_jit: 1\n")
    body = "str(__import__('pytest').raises(RuntimeError, step).value)"
    assert run(body, folder=tmp_path / "cache", cwd=tmp_path)["found"].endswith("set NNOPT_JIT=0 to run kernels as plain Python")
