"""The layers of the sandbox, each taken on by the process itself before any of a student's code runs."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

try:
    import resource
except ImportError:  # Windows, where `nnopt sandbox` says so
    pass

from . import landlock, root, seccomp
from .libc import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, checked, libc, prctl

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
LINUX = sys.platform == "linux"
MEMORY, FILE_SIZE, OPEN_FILES, THREADS = 2 << 30, 16 << 20, 64, 64
CAPABILITIES_V3 = 0x20080522


def possible(step, *args) -> bool:
    """Does this step succeed? Tried in a forked process, so that a half-taken step changes nothing here."""
    pid = os.fork()
    if pid == 0:
        try:
            step(*args)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def own_root(visible, hidden) -> None:
    """Once, in the warm process: a mount namespace whose root holds only what is visible. Needs root or user namespaces."""
    if os.geteuid() == 0:
        checked(libc.unshare(NEWNS), "unshare")
    else:
        uid, gid = os.geteuid(), os.getegid()
        checked(libc.unshare(NEWUSER | NEWNS), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    root.build(visible, hidden)


def own_namespaces() -> None:
    """For each submission: no network, no one else's memory segments, its own mounts; the next process forked is alone."""
    checked(libc.unshare(NEWPID | NEWNET | NEWIPC | NEWUTS | NEWNS), "unshare")
    root.scratch()


def others() -> int:
    """How many threads this user has: the kernel counts them all."""
    count = 0
    for path in os.scandir("/proc"):
        try:
            if path.name.isdecimal() and path.stat().st_uid == os.geteuid():
                count += len(os.listdir(f"{path.path}/task"))
        except OSError:
            pass  # it has ended
    return count


def limits(seconds: int, beside: int = 0) -> None:
    """Caps on memory, processor time, files and threads (`beside` are there already); the kernel enforces them."""
    wanted = {"AS": MEMORY, "CPU": seconds, "FSIZE": FILE_SIZE, "NOFILE": OPEN_FILES, "CORE": 0}
    if LINUX:  # elsewhere all processes of the user count, and address space is not capped
        wanted["NPROC"] = THREADS + beside
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            if LINUX:
                raise


def identity(uid: int | None) -> None:
    """As root: become a user that owns nothing (unless None). In any case: give up all capabilities."""
    if os.geteuid() == 0 and uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if LINUX:
        empty = ctypes.create_string_buffer(24)
        checked(libc.capset(struct.pack("=Ii", CAPABILITIES_V3, 0), empty), "capset")


def first_to_go() -> None:
    """Where memory runs out, the kernel ends a student's process, and not the grader or the reader's editor."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass  # no /proc: then the kernel chooses by size, which a memory bomb has


def die_with_parent() -> None:
    if LINUX:
        prctl(PR_SET_PDEATHSIG, 9, "pdeathsig")


def lock(rules: int | None, filtered: bool) -> None:
    """The last step: no new privileges, no inspection by others, then Landlock and the filter of system calls."""
    if LINUX:
        prctl(PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
        prctl(PR_SET_DUMPABLE, 0, "dumpable")
    if rules is not None:
        landlock.restrict(rules)
        os.close(rules)
    if filtered:
        seccomp.restrict()
