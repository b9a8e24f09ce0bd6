"""The site, built once for all tests of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def _build(root):
    environment = {name: value for name, value in os.environ.items() if name != "NNOPT_LIBRARY_HASH"}
    command = [sys.executable, str(root / "book" / "build.py")]
    return subprocess.run(command, cwd=root, env=environment, text=True, timeout=1800,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def pytest_generate_tests(metafunc):
    """A test that takes `document` runs for every page that _toc.yml names, as in `book/gradient/adam`."""
    if "document" not in metafunc.fixturenames:
        return
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    metafunc.parametrize("document", names)


@pytest.fixture(scope="session")
def build():
    """build(folder): run the book/build.py that stands there; the finished process, its output as text."""
    return _build


@pytest.fixture(scope="session")
def site():
    """The folder of the built site; a build with nothing to do takes a few seconds."""
    built = _build(ROOT)
    assert built.returncode == 0, built.stdout
    return ROOT / "_build" / "html"
