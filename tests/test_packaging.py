"""The wheel carries what a student needs, works away from the repository, and the lock file holds what `make` installs."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf8")


def tracked(folder):
    """The files under a folder that git knows; all of them where there is no git."""
    listing = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True)
    names = listing.stdout.splitlines() if listing.returncode == 0 else []
    return names or [str(p.relative_to(ROOT)) for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network and without changing the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
               "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("nnopt-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the unpacked wheel, as a package index would give it."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(installed, cwd, *arguments):
    """Run Python away from the repository, with the unpacked wheel before anything else."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=240)


def test_the_wheel_is_the_package_and_its_course(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = set(tracked("nnopt")) | {f"nnopt/_course/{name}" for name in tracked("solutions")}
    assert {"nnopt/datasets/fashion_mnist.npz", "nnopt/_course/solutions/gradient/adam.py", "nnopt/cli/__init__.py"} <= wanted
    assert wanted - held == set()
    strays = [name for name in held if not name.startswith(("nnopt/", "nnopt-")) or "__pycache__" in name]
    assert strays == []


def test_the_wheel_carries_the_licences(wheel):
    licences = {name.partition("/licenses/")[2] for name in zipfile.ZipFile(wheel).namelist() if "/licenses/" in name}
    assert set(PROJECT["license-files"]) == licences


def test_the_licence_expression_names_every_licence():
    assert PROJECT["license"].split(" AND ") == ["BSD-3-Clause", "CC-BY-4.0", "MIT"]
    for file, words in (("LICENSE", "BSD 3-Clause"), ("LICENSE-TEXT", "CC BY 4.0"), ("nnopt/datasets/LICENSE-fashion-mnist", "MIT")):
        assert words in (ROOT / file).read_text(encoding="utf8")


def test_the_installed_package_has_its_data_and_its_exercises(installed, tmp_path):
    code = ("import nnopt, nnopt.datasets as data; from nnopt.grader.exercise import course; "
            "print(nnopt.__file__); print(data.load('fashion_mnist').X_train.shape); print(*course.specs())")
    ran = run(installed, tmp_path, "-c", code)
    assert ran.returncode == 0, ran.stderr
    file, shape, specs = ran.stdout.splitlines()
    assert Path(file).is_relative_to(installed)
    assert shape == "(6000, 784)"
    here = [str(path.relative_to(ROOT / "solutions").with_suffix("")) for path in sorted((ROOT / "solutions").glob("*/[a-z]*.py"))]
    assert specs.split() == here


def test_nnopt_check_works_away_from_the_repository(installed, tmp_path):
    cli = "from nnopt.cli import app; app()"
    shutil.copy(ROOT / "solutions" / "gradient" / "adam.ipynb", tmp_path)
    ran = run(installed, tmp_path, "-c", cli, "check", "adam.ipynb")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    shutil.copy(ROOT / "exercises" / "gradient" / "adam.ipynb", tmp_path)
    ran = run(installed, tmp_path, "-c", cli, "check", "adam.ipynb")
    assert ran.returncode == 1, ran.stdout + ran.stderr

    ran = run(installed, tmp_path, "-c", cli, "check", "adams_family")
    assert ran.returncode == 2
    assert "adams_family" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_what_nnopt_imports_is_declared():
    """Imports at the top of a module; those inside functions, and in web/, are for notebooks and builds, where the extras are."""
    distributions = packages_distributions()
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    for path in set((ROOT / "nnopt").rglob("*.py")) - set((ROOT / "nnopt" / "web").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"nnopt"}:
                assert declared & {canonicalize_name(d) for d in distributions[name]}, f"{path}: {name} is no dependency"


def test_the_example_of_the_readme_runs(tmp_path):
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)
    code = example + "\nassert r.fun < 1e-6 and clf.score(digits.X_test, digits.y_test) > 0.9\n"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr


# ------------------------------------------------------------------------------------ the lock file
def locked():
    """name -> the versions that the lock file pins it to (one for each range of Pythons)."""
    pins = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


def test_the_lock_holds_every_direct_dependency_in_its_range():
    extras = PROJECT["optional-dependencies"]
    for line in [*PROJECT["dependencies"], *extras["book"], *extras["dev"]]:
        wanted = Requirement(line)
        versions = locked().get(canonicalize_name(wanted.name))
        assert versions, f"{wanted.name} is not in requirements.lock: make lock"
        for version in versions:
            assert wanted.specifier.contains(version, prereleases=True), f"requirements.lock has {wanted.name} {version}: make lock"


def test_the_lock_leaves_the_large_peers_out():
    assert not {"torch", "jax", "jaxlib", "mlxtend"} & set(locked())


def test_every_pin_has_hashes_and_no_address():
    entries = re.split(r"\n(?=[\w.-]+==)", LOCK[LOCK.index("\n", LOCK.rindex("# ")) + 1:])
    assert len(entries) == sum(map(len, locked().values())) > 50
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
    assert not re.search(r"://|file:|@|(?<!\S)/|--(?!hash=sha256:)", LOCK)


def test_numba_in_the_lock_has_wheels_for_every_platform():
    """Four Pythons on three platforms (Linux x86-64, Linux ARM, Apple silicon) make at least 12 files."""
    entry = re.search(r"^numba==.*?(?=^\S)", LOCK, re.MULTILINE | re.DOTALL).group()
    assert entry.count("--hash=") >= 12


def test_python_versions_are_said_once_and_the_same():
    supported = SpecifierSet(PROJECT["requires-python"])
    script = (ROOT / "tools" / "find_python.sh").read_text(encoding="utf8")
    (case,) = re.findall(r"^\s*(3\.\d+(?: \| 3\.\d+)*)\) echo", script, re.MULTILINE)
    assert case.split(" | ") == [f"3.{minor}" for minor in range(30) if f"3.{minor}.0" in supported]


def test_nothing_is_kept_that_is_ignored():
    """A link to an environment, once added, breaks every fresh checkout."""
    listing = subprocess.run(["git", "ls-files", "--cached", "--ignored", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("not a checkout of git")
    assert listing.stdout == ""
