"""The C library, for the calls that Python does not offer."""

from __future__ import annotations

import ctypes
import os

libc = ctypes.CDLL(None if os.name == "posix" else "msvcrt", use_errno=True)  # elsewhere nothing of it is called
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38


def checked(result: int, what: str) -> int:
    """The result of a C call; OSError when it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int, what: str) -> None:
    checked(libc.prctl(option, value, 0, 0, 0), what)
