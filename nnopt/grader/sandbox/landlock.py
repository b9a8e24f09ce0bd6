"""Landlock: which files a process may still open, taken on by the process itself (Linux >= 5.13)."""

from __future__ import annotations

import os
import struct

from .libc import checked, libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
READ_FILE, READ_DIR, WRITE_FILE, TRUNCATE = 1 << 2, 1 << 3, 1 << 1, 1 << 14
MAKE_DIR, MAKE_FILE, REMOVE_DIR, REMOVE_FILE = 1 << 7, 1 << 8, 1 << 4, 1 << 5
SCRATCH = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | MAKE_DIR | MAKE_FILE | REMOVE_DIR | REMOVE_FILE


def version() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    return max(0, libc.syscall(CREATE_RULESET, None, 0, 1))


def cover(root: str, hidden: list[str]) -> list[str]:
    """Paths whose trees together are `root` without what is hidden. (Landlock can only allow, not except.)"""
    if root in hidden:
        return []
    if not any(h.startswith(root.rstrip("/") + "/") for h in hidden):
        return [root]
    return [path for entry in os.scandir(root) for path in cover(entry.path, hidden)]


def ruleset(readable: list[str], scratch: str | None) -> int:
    """A set of rules as a file descriptor: trees to read, and one to write.

    Directories that hold something hidden are listed in `readable` piece by piece (`cover`). Executing a program is allowed nowhere.
    """
    abi = version()
    files = (1 << 13) - 1 | (abi >= 2) << 13 | (abi >= 3) << 14 | (abi >= 5) << 15
    network = 3 if abi >= 4 else 0  # TCP bind and connect
    scope = 3 if abi >= 6 else 0  # abstract sockets and signals reach no one outside
    attributes = struct.pack("=QQQ", files, network, scope)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    rules = checked(libc.syscall(CREATE_RULESET, attributes, len(attributes), 0), "landlock")
    for path in readable:
        allow(rules, path, READ_FILE | READ_DIR)
    allow(rules, os.devnull, READ_FILE | WRITE_FILE)
    if scratch:
        allow(rules, scratch, SCRATCH & files)
    return rules


def allow(rules: int, path: str, access: int) -> None:
    fd = os.open(path, os.O_PATH)
    try:
        if not os.path.isdir(path):
            access &= READ_FILE | WRITE_FILE
        checked(libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", access, fd), 0), f"landlock, {path}")
    finally:
        os.close(fd)


def restrict(rules: int) -> None:
    """Take the rules on, for good; needs no_new_privs."""
    checked(libc.syscall(RESTRICT_SELF, rules, 0), "landlock")
