"""A file system of one's own: an empty root into which only what Python needs is mounted, read-only."""

from __future__ import annotations

import ctypes
import os
import struct

from .libc import checked, libc

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 1, 2, 4, 4096, 16384, 1 << 18, 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
BOX = "/box"  # the scratch folder of a submission


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encoded = [s.encode() if s is not None else None for s in (source, target, kind)]
    checked(libc.mount(*encoded, ctypes.c_ulong(flags), data.encode()), f"mount {target}")


def build(visible: list[str], hidden: list[str]) -> None:
    """Make a new root and move into it, in a mount namespace of one's own.

    `visible` are files and folders kept at their own paths, read-only; `hidden` are folders inside them that are covered by nothing.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    new = "/proc"  # any folder serves that holds nothing visible: what is mounted there is seen in this namespace only
    mount("root", new, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for path in sorted(visible):
        if os.path.islink(path):
            os.makedirs(os.path.dirname(new + path), exist_ok=True)
            os.symlink(os.readlink(path), new + path)
        elif not any(path.startswith(other + "/") for other in visible):
            bind(path, new + path)
    for path in hidden:
        if os.path.isdir(new + path):
            mount("nothing", new + path, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "size=4k,mode=555")
    os.mkdir(new + BOX)
    os.chdir(new)
    checked(libc.syscall(PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    checked(libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    attributes = struct.pack("=QQQQ", MS_RDONLY, 0, 0, 0)
    checked(libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", 0, attributes, len(attributes)), "read-only root")


def bind(path: str, target: str) -> None:
    """Show a file or folder at `target`, read-only with all that is mounted below it."""
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
        device = 0
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        device = path.startswith("/dev/")
    mount(path, target, None, MS_BIND | MS_REC)
    attributes = struct.pack("=QQQQ", MS_RDONLY | MS_NOSUID | (0 if device else MS_NODEV), 0, 0, 0)
    checked(libc.syscall(MOUNT_SETATTR, AT_FDCWD, target.encode(), AT_RECURSIVE, attributes, len(attributes)), f"read-only {target}")


def scratch() -> None:
    """A fresh writable folder at `BOX`, in memory, gone with the process."""
    mount("box", BOX, "tmpfs", MS_NOSUID | MS_NODEV, "size=32m,nr_inodes=2000,mode=777")
