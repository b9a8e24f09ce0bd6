"""The small tools that the commands and the tests rely on: need(), find_python.sh, check_addresses.py."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import conftest
import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"


@pytest.fixture
def no_such_tool(monkeypatch):
    monkeypatch.setitem(conftest.TOOLS, "frobnicator", (["frobnicator", "/nowhere/frobnicator"], "the frobnicator"))
    monkeypatch.setitem(conftest.LIBRARIES, "frobnicate", "pip install frobnicate")


@pytest.mark.parametrize("tool", ["frobnicator", "frobnicate"])
def test_a_missing_tool_skips_with_the_reason_and_fails_in_ci(tool, no_such_tool, monkeypatch):
    monkeypatch.setattr(conftest, "CI", False)
    with pytest.raises(pytest.skip.Exception, match=f"needs .*{tool}"):
        conftest.need(tool)
    monkeypatch.setattr(conftest, "CI", True)
    with pytest.raises(pytest.fail.Exception, match=f"needs .*{tool}"):
        conftest.need(tool)


def test_a_tool_that_is_there_is_given(monkeypatch):
    monkeypatch.setitem(conftest.TOOLS, "python", (["frobnicator", sys.executable], "Python"))
    assert conftest.need("python") == sys.executable
    with pytest.raises(ValueError, match="known are chromium"):
        conftest.need("chrome")


def find_python(*arguments, path="/usr/bin:/bin"):
    return subprocess.run(["sh", str(TOOLS / "find_python.sh"), *arguments], capture_output=True, text=True, env={"PATH": path}, timeout=60)


def fake_python(folder, version):
    """A program called python3 that says it is of this version."""
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("version, fits", [("3.10", False), ("3.11", True), ("3.14", True), ("3.15", False), ("2.7", False)])
def test_a_python_is_taken_or_refused_in_one_sentence(version, fits, tmp_path):
    program = str(fake_python(tmp_path, version))
    found = find_python(program)
    assert found.returncode == (0 if fits else 2)
    assert found.stdout.strip() == (program if fits else "")
    if not fits:
        assert len(found.stderr.strip().splitlines()) == 1
        assert f"{program} is Python {version}" in found.stderr
        assert "3.11 to 3.14" in found.stderr


def test_another_python_is_found_where_the_first_is_too_old(tmp_path):
    fake_python(tmp_path, "3.9")
    other = fake_python(tmp_path, "3.12").rename(tmp_path / "python3.12")
    fake_python(tmp_path, "3.9")
    found = find_python(path=f"{tmp_path}:/usr/bin:/bin")
    assert found.returncode == 0
    assert found.stdout.strip().startswith("python3.1")
    assert other.exists()


@pytest.fixture(scope="module")
def addresses():
    module_spec = importlib.util.spec_from_file_location("check_addresses", TOOLS / "check_addresses.py")
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("line", [
    str(ROOT / "nnopt"),
    "see /home" + "/ada/notes",
    "/Users" + "/ada/notes",
    "file:" + "///opt/packages",
    "--index" + "-url",
    "--extra-index" + "-url",
    "https://mirror.example/simp" + "le/numpy",
    '"resolved": "http' + 's://registry.example/axe-core.tgz"',
])
def test_addresses_of_one_machine_are_found(line, addresses):
    assert addresses.patterns("README.md").search(f"words {line} words")


@pytest.mark.parametrize("line", [
    "https://creativecommons.org/licenses/by/4.0/", "a simple/plain line", "http://localhost:8000", "home/away", "doi:10.1/x",
])
def test_other_lines_are_not(line, addresses):
    assert not addresses.patterns("README.md").search(line)


def test_the_lock_file_may_hold_no_address_at_all(addresses):
    assert addresses.patterns("requirements.lock").search("numpy @ https://mirror.example/numpy.whl")
    assert not addresses.patterns("requirements.lock").search("numpy==2.4.6 ; python_full_version < '3.12' \\")
