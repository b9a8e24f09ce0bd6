"""What a killed run unpacked goes with the next run: one's own only, nothing through a link, nothing of a run that is alive."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nnopt.grader.intake import scratch

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import time
from nnopt.grader.intake.scratch import folder
with folder("nnopt-class-") as path:
    (path / "deep").mkdir()
    (path / "deep" / "work.ipynb").write_text("{}")
    print(path, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    pytest.importorskip("fcntl")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_goes_at_the_end():
    with scratch.folder("nnopt-class-") as path:
        assert path.is_dir()
    assert not path.exists()


def test_what_a_killed_run_left_goes_and_what_a_live_one_holds_stays(temporary):
    env = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, env=env)
    try:
        left = Path(run.stdout.readline().strip())
        with scratch.folder("nnopt-class-"):
            assert (left / "deep" / "work.ipynb").is_file(), "that run is alive"
        run.send_signal(signal.SIGKILL)
        run.wait(30)
        assert left.is_dir()
        with scratch.folder("nnopt-class-"):
            assert not left.exists()
    finally:
        run.kill()
        run.communicate()


def test_nothing_is_followed_and_nothing_strange_is_removed(temporary):
    kept = temporary / "kept"
    kept.mkdir(mode=0o700)
    (kept / scratch.LOCK).touch()
    (temporary / "nnopt-class-link").symlink_to(kept)
    (temporary / "nnopt-class-new").mkdir(mode=0o700)  # its run has not locked it yet
    (temporary / "nnopt-class-open").mkdir()
    os.chmod(temporary / "nnopt-class-open", 0o777)
    (temporary / "nnopt-class-open" / scratch.LOCK).touch()
    (temporary / "nnopt-class-file").touch()
    odd = temporary / "nnopt-class-odd"
    odd.mkdir(mode=0o700)
    (odd / scratch.LOCK).symlink_to(kept / scratch.LOCK)
    mine = temporary / "nnopt-class-left"
    mine.mkdir(mode=0o700)
    (mine / scratch.LOCK).touch()
    (mine / "out").symlink_to(kept)
    before = set(temporary.iterdir())
    scratch.sweep("nnopt-class-")
    assert set(temporary.iterdir()) == before - {mine}
    assert (kept / scratch.LOCK).is_file()
