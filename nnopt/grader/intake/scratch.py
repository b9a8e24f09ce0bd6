"""A folder for what comes out of archives. It goes with the run; what a killed run left behind goes with the next one.

Each folder holds a lock that ends with its process, however that ends: a folder whose lock can be taken belongs to nobody any more. Only
folders of the same user are looked at, and nothing is followed through a link.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

LOCK = ".lock"


@contextlib.contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A new folder, removed at the end, after those that killed runs left."""
    try:
        import fcntl
    except ImportError:  # no locks here: nothing tells what is left from what is in use
        with tempfile.TemporaryDirectory(prefix=prefix) as path:
            yield Path(path)
        return
    sweep(prefix)
    with tempfile.TemporaryDirectory(prefix=prefix) as path:
        held = os.open(Path(path) / f"{LOCK}.new", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            os.rename(Path(path) / f"{LOCK}.new", Path(path) / LOCK)  # nobody sees it before it is held
            yield Path(path)
        finally:
            os.close(held)


def sweep(prefix: str) -> None:
    """Remove this user's folders that no run holds."""
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                remove(path)


def remove(path: Path) -> None:
    """Remove one folder, if it is one's own and its run is over; OSError where not."""
    import fcntl

    inside = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        about = os.fstat(inside)
        if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & 0o077:
            return
        lock = os.open(LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            now = os.lstat(path)
            if (now.st_dev, now.st_ino) == (about.st_dev, about.st_ino) and shutil.rmtree.avoids_symlink_attacks:
                shutil.rmtree(path)
        finally:
            os.close(lock)
    finally:
        os.close(inside)
