"""A cache is a convenience: whatever is wrong with it, a run gives the same result, and at most one warning says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnopt

PACKAGE = Path(nnopt.__file__).parent
RUN = """
import sys, numpy as np
{before}
import nnopt
state = nnopt.Adam(lr=0.1).init(np.ones(3))
state = nnopt.Adam(lr=0.1).step(state, np.ones(3))
print(state.theta[0])
"""


def run(before="", **environment):
    """What a fresh process prints, and how many warnings of ours it gave."""
    env = {name: value for name, value in os.environ.items() if environment.get(name, "") is not None}
    env |= {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run([sys.executable, "-c", RUN.format(before=before)], capture_output=True, text=True, env=env, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    warnings = done.stderr.count("UserWarning: compiled kernels cannot be kept")
    assert warnings == done.stderr.count("set NNOPT_CACHE to a folder")
    return float(done.stdout.splitlines()[-1]), warnings


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with what the run compiled."""
    folder = tmp_path_factory.mktemp("cache")
    assert run(NNOPT_CACHE=str(folder)) == (pytest.approx(0.9), 0)
    return folder


def test_a_folder_that_cannot_be_made_costs_one_warning(tmp_path):
    (tmp_path / "file").write_text("")
    assert run(NNOPT_CACHE=str(tmp_path / "file" / "below")) == (pytest.approx(0.9), 1)


def test_a_user_without_a_home_is_warned_once():
    homeless = "import pathlib\ndef home():\n    raise RuntimeError('no home')\npathlib.Path.home = home"
    assert run(homeless, NNOPT_CACHE=None, XDG_CACHE_HOME=None, HOME=None) == (pytest.approx(0.9), 1)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_files_cut_short_are_mended_for_the_next_process(filled, tmp_path, kind):
    folder = tmp_path / "cache"
    shutil.copytree(filled, folder)
    cut = list(folder.rglob(f"*.{kind}"))
    assert cut
    for path in cut:
        path.write_bytes(path.read_bytes()[:20])
    value, warnings = run(NNOPT_CACHE=str(folder))
    assert (value, warnings <= 1) == (pytest.approx(0.9), True)
    assert run(NNOPT_CACHE=str(folder)) == (pytest.approx(0.9), 0)


def test_numbas_own_switch_means_plain_python():
    assert run(NUMBA_DISABLE_JIT="1") == (pytest.approx(0.9), 0)


def test_what_an_editor_leaves_beside_the_sources_is_no_source(tmp_path):
    copy = tmp_path / "nnopt"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "web", "grader", "datasets"))
    (copy / "gradient" / ".#adam.py").symlink_to("ada@nowhere.1234:5678")  # as Emacs does
    before = f"sys.path.insert(0, {str(tmp_path)!r})"
    assert run(before, NNOPT_JIT="0") == (pytest.approx(0.9), 0)
    assert run(before, NNOPT_CACHE=str(tmp_path / "cache")) == (pytest.approx(0.9), 0)


def test_two_precisions_share_no_entry(filled):
    """Their moves have the same signature: an entry that they shared would write eight bytes where there are four."""
    single = "import nnopt\nstate = nnopt.Adam(lr=0.1).init(np.ones(3, np.float32))\n"
    single += "state = nnopt.Adam(lr=0.1).step(state, np.ones(3))\nassert abs(state.theta - 0.9).max() < 1e-6 and state.theta.dtype == np.float32"
    for _ in range(2):
        assert run(single, NNOPT_CACHE=str(filled)) == (pytest.approx(0.9), 0)
