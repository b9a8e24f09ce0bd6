"""Sphinx extension: outputs of notebooks follow the library.

Jupyter's execution cache is keyed by the text of a page alone, so an edited kernel would leave old output beside new
code. Here the cache lives in a folder named by the hash of everything a page can import.
"""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = {".py", ".npz", ".gz", ".json", ".csv"}


def hash_of(*paths: Path) -> str:
    """Hash of names and bytes of the files below `paths`."""
    digest = hashlib.sha256()
    for path in sorted(file for top in paths for file in ([top] if top.is_file() else top.rglob("*"))):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def library_hash() -> str:
    """Hash of the library and of the specs of the exercises; book/build.py fixes it for the time of one build."""
    if "NNOPT_LIBRARY_HASH" in os.environ:
        return os.environ["NNOPT_LIBRARY_HASH"]
    specs = sorted((ROOT / "solutions").rglob("*.py"))
    return hash_of(*(file for file in (ROOT / "nnopt").rglob("*") if file.suffix in CODE), *specs)


def cache_folder() -> Path:
    return ROOT / "_build" / ".jupyter_cache" / library_hash()


def _configure(app, config):
    config.nb_execution_cache_path = str(cache_folder())
    config.library_hash = library_hash()        # a change makes Sphinx read every page again


def setup(app):
    app.add_config_value("library_hash", "", "env", str)
    app.connect("config-inited", _configure, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
