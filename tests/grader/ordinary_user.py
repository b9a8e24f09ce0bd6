"""Calls a function as an ordinary user: the tests of the sandbox run as root and as one, where they are started as root.

Root's Python, its libraries and this copy of nnopt may lie in a folder that only root may enter, /root for example. Then they are shown
at their own paths in a mount namespace of the process that is started; nothing on the disk is changed.
"""

import functools
import importlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

UID = 64999
ROOT = Path(__file__).resolve().parents[2]
START = "from grader.ordinary_user import answer; answer()"


def call(folder, function, *args):
    """What ``function(*args)`` returns in a process of an ordinary user, who owns `folder`. Where that cannot be, the test is skipped, and fails where CI=true."""
    if why := hindrance():
        from conftest import missing  # not above: the script that this file is has another conftest beside it

        missing(why)
    own(folder)
    done = start(folder, pickle.dumps((function.__module__, function.__qualname__, args)))
    if done.returncode:
        pytest.fail(f"as user {UID}: {done.stderr.decode()}", pytrace=False)
    return pickle.loads(done.stdout)


@functools.cache
def hindrance():
    """Why no ordinary user can run this Python and these tests; empty where one can."""
    with tempfile.TemporaryDirectory() as folder:
        own(Path(folder))
        done = start(Path(folder), pickle.dumps(("builtins", "len", ("abc",))))
    last = done.stderr.decode().strip().split("\n")[-1]
    return f"no ordinary user can run {sys.executable} and these tests: {last}" if done.returncode else ""


def own(folder):
    """Hand a folder over to the ordinary user, with matplotlib's list of fonts, which takes seconds to make."""
    os.chmod(folder, 0o755)
    fonts, there = Path.home() / ".cache" / "matplotlib", folder / ".cache" / "matplotlib"
    if fonts.is_dir() and not there.exists():
        shutil.copytree(fonts, there)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, UID, UID)


def start(folder, data):
    """Run this file as root; it goes on as the ordinary user."""
    path = os.pathsep.join(dict.fromkeys([str(ROOT), str(ROOT / "tests"), *filter(None, sys.path)]))
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": path,
                   "NNOPT_TEST_SECRET": os.environ.get("NNOPT_TEST_SECRET", "")}  # fmt: skip
    return subprocess.run([sys.executable, "-B", __file__], input=data, capture_output=True, timeout=280, cwd="/", env=environment, check=False)


# ------------------------------------------------------------------------------------------------ in the process started
def become():
    """From root to the ordinary user, for whom the folders of Python can be read."""
    closed = {gate for folder in (sys.base_prefix, sys.prefix, str(ROOT), *sys.path) if (gate := closed_above(folder))}
    if closed:
        open_up(closed, [folder for folder in (sys.base_prefix, sys.prefix, str(ROOT), *sys.path) if closed_above(folder)])
    os.setgroups([])
    os.setresgid(UID, UID, UID)
    os.setresuid(UID, UID, UID)
    os.execv(sys.executable, [sys.executable, "-B", "-c", START])


def closed_above(folder):
    """The first folder on the way to this one that not everyone may enter."""
    path = Path(folder).resolve()
    return next((above for above in (*reversed(path.parents), path) if above.is_dir() and not above.stat().st_mode & 1), None)


def open_up(closed, folders):
    """In a mount namespace of one's own, put in place of each closed folder one that holds `folders` alone."""
    from nnopt.grader.sandbox.layers import NEWNS
    from nnopt.grader.sandbox.libc import checked, libc
    from nnopt.grader.sandbox.root import MS_BIND, MS_PRIVATE, MS_REC, mount

    checked(libc.unshare(NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    held = {os.path.realpath(folder): os.open(folder, os.O_PATH) for folder in folders if os.path.isdir(folder)}
    for gate in closed:
        mount("open", str(gate), "tmpfs", 0, "mode=755,size=1m")
    for folder, fd in sorted(held.items()):
        if not os.path.isdir(folder):
            os.makedirs(folder)
            mount(f"/proc/self/fd/{fd}", folder, None, MS_BIND | MS_REC)


def answer():
    """Call what is asked for on standard input, and write what it returns."""
    out = os.dup(1)
    os.dup2(2, 1)
    module, name, args = pickle.load(sys.stdin.buffer)
    result = pickle.dumps(getattr(importlib.import_module(module), name)(*args))
    with open(out, "wb") as file:
        file.write(result)


if __name__ == "__main__":
    become()
