"""Build the website into `_build/html`: `python book/build.py`.

1. Nothing changed since the last good build: say so and stop.
2. Where the WebAssembly linker is, build the browser's modules whose sources changed; else those of the repository serve.
3. Run the notebooks that need it, on all cores, each in a kernel of its own. A page runs again when its text changed, or
   anything in `nnopt/` that its cells reach. A cell that fails ends the build with the page's name and the traceback.
4. Let Jupyter Book write the pages; every warning is an error.
"""

import argparse
import importlib.metadata
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
SITE = BUILD / "html"
STAMP = BUILD / "stamp"
CELL_TIMEOUT = 120              # seconds
SLOW = 10                       # seconds that a page may take on a quiet core
INPUTS = ["book", "_config.yml", "_toc.yml", "nnopt/web/static", "exercises", "solutions"]      # and the library
PACKAGES = ["jupyter-book", "sphinx-book-theme", "numpy", "numba", "scipy", "scikit-learn", "matplotlib"]

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from execution import CACHE, documents, forget, hash_of, library_hash  # noqa: E402


def say(text: str) -> None:
    print(text, flush=True)


def state() -> str:
    """Everything the site depends on, as one string."""
    versions = " ".join(f"{name}-{importlib.metadata.version(name)}" for name in PACKAGES)
    return " ".join([hash_of(*(ROOT / name for name in INPUTS)), library_hash(),
                     sys.version.split()[0], versions])


def pages() -> list[Path]:
    """The notebooks of the book, in the order of `_toc.yml`."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    files = [ROOT / f"{document.docname}.md" for document in parse_toc_yaml(ROOT / "_toc.yml").values()]
    missing = [str(file.relative_to(ROOT)) for file in files if not file.exists()]
    if missing:
        sys.exit(f"_toc.yml names a page that does not exist: {', '.join(missing)}")
    return [file for file in files if "\n```{code-cell}" in file.read_text(encoding="utf8")]


def execute(notebook, folder: str):
    """Run one notebook (in a worker process); the last item is the traceback, or None."""
    from jupyter_cache.executors.utils import single_nb_execution

    quiet = ["--IPKernelApp.log_level=40"]
    result = single_nb_execution(notebook, folder, CELL_TIMEOUT, allow_errors=False, extra_arguments=quiet)
    return result.nb, result.time, result.exc_string


def run_notebooks(workers: int) -> bool:
    """Fill the cache that Jupyter Book reads; True when every page ran."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    forget(documents())
    cache = get_cache(str(CACHE))
    todo = {}
    for page in pages():
        record = cache.add_nb_to_project(str(page), read_data={"type": "plugin", "name": "myst_nb_md"})
        if cache.get_cached_project_nb(record.uri) is None:
            todo[page] = cache.get_project_notebook(record.pk).nb
    if not todo:
        say("notebooks: all outputs are up to date")
        return True

    say(f"notebooks: running {len(todo)} on {workers} cores")
    failed, slow = [], []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(execute, notebook, str(page.parent)): page for page, notebook in todo.items()}
        for done, job in enumerate(as_completed(jobs), 1):
            page, (notebook, seconds, traceback) = jobs[job], job.result()
            name = page.relative_to(ROOT)
            say(f"  [{done}/{len(jobs)}] {name}  {seconds:.1f} s{'  FAILED' if traceback else ''}")
            if traceback:
                failed.append((name, traceback))
            else:
                slow += [f"{name} {seconds:.0f} s"] if seconds > SLOW else []
                bundle = CacheBundleIn(notebook, str(page), data={"execution_seconds": seconds})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if slow:
        say(f"slow, more than {SLOW} s (measured with {workers} at once): {', '.join(slow)}")
    for name, traceback in failed:
        say(f"\n{name} failed:\n{traceback}")
    return not failed


def build_modules() -> bool:
    """The browser's modules as the sources are, where they can be built; what cannot be compiled ends the build."""
    if not (ROOT / "nnopt" / "web" / "build.py").is_file():
        return True
    from nnopt.web import build as web

    try:
        stale = [section for section in web.modules() if web.is_stale(section)]
        if stale:
            web.linker()
    except web.BuildError as error:
        say(f"live figures: {', '.join(stale)} as in the repository, which is older than the sources ({error})")
        return True
    return web.main(stale) == 0 if stale else True


def write_site() -> bool:
    """Call Jupyter Book; warnings are errors."""
    say("pages: writing")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()",
               "build", str(ROOT), "-W", "--keep-going", "-n", "-q"]
    result = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        say(result.stdout)
        # Sphinx would not repeat the warnings of pages that it has read once: read them all again next time
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    return result.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clean", action="store_true", help="forget all outputs first")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="notebooks run at once")
    options = parser.parse_args()

    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"         # the kernel of this environment, not one of the user's
    os.environ["NNOPT_LIBRARY_HASH"] = library_hash()    # an edit during the build belongs to the next one
    os.environ.pop("MPLBACKEND", None)                   # a user's choice of windows would leave the pages without figures
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

    start = time.perf_counter()
    if options.clean:
        shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    now = state()               # before the modules are built: where that changes them, the next build asks once more
    index = SITE / "index.html"
    if index.exists() and STAMP.exists() and STAMP.read_text() == now:
        say(f"the book is up to date: {index}")
        return 0
    STAMP.unlink(missing_ok=True)
    if not (build_modules() and run_notebooks(options.workers) and write_site()):
        say("the book was not built")
        return 1
    STAMP.write_text(now)
    say(f"the book stands after {time.perf_counter() - start:.0f} s: {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
