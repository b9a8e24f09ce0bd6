"""Files as the grader writes them: whole or not at all. Zip files: the same bytes for the same content."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Collection
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every file in a zip


def write(path, data: str | bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data.encode("utf8", "replace") if isinstance(data, str) else data)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def zipped(contents: dict[str, bytes], programs: Collection[str] = ()) -> bytes:
    """A zip of these files, by name; the `programs` among them may be run."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3  # Unix, whose file modes these are
            info.external_attr = (0o100755 if name in programs else 0o100644) << 16
            archive.writestr(info, content)
    return data.getvalue()


WORK = {".ipynb": "notebook", ".sqlite": "gradebook", ".db": "database", ".py": "program", ".toml": "course"}


class BadExport(ValueError):
    """What cannot be exported; the message says why, in one sentence."""


def save_output(path, data: str | bytes, mode: int = 0o644) -> None:
    """`save` what ``--out`` asks for, in place of an earlier one; BadExport where the name is that of somebody's work."""
    if kind := WORK.get(Path(path).suffix.lower()):
        raise BadExport(f"--out {path} has the name of a {kind}, which must not be replaced by another kind of file: give it another name")
    save(path, data, mode)


def save(path, data: str | bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; BadExport where it cannot be written."""
    if Path(path).is_dir():
        raise BadExport(f"{path} is a folder; asked for is the name of a file, which may be in it")
    try:
        write(path, data, mode)
    except OSError as error:
        raise BadExport(f"{path} cannot be written ({error.strerror})") from None
