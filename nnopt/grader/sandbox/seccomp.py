"""Which system calls a student's process may make: an allow-list, as a BPF program written here.

The list is what numpy, threads and files in a scratch folder need. Everything else is answered with EPERM: no other process, no
socket, no signal to anyone, no namespaces, keys, io_uring or tracing. Four calls are allowed in part, by argument. What Landlock does
not ask about must not stand here: utimensat changes the date of any file of the same user, and dates tell who was late.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from .libc import PR_SET_NO_NEW_PRIVS, checked, libc

# name: (number on x86_64, number on aarch64); None where the architecture has no such call
ALLOWED = {
    "read": (0, 63), "write": (1, 64), "futex": (202, 98), "close": (3, 57), "lseek": (8, 62),
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "openat": (257, 56), "newfstatat": (262, 79), "fstat": (5, 80), "statx": (332, 291), "stat": (4, None), "lstat": (6, None),
    "open": (2, None), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49), "umask": (95, 166),
    "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "ftruncate": (77, 46), "fsync": (74, 82),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "fadvise64": (221, 223),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "pipe": (22, None), "pipe2": (293, 59),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "setitimer": (38, 103), "alarm": (37, None),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "membarrier": (324, 283),
    "set_tid_address": (218, 96), "set_robust_list": (273, 99), "rseq": (334, 293), "gettid": (186, 178),
    "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "uname": (63, 160), "sysinfo": (99, 179), "getrandom": (318, 278),
    "getrlimit": (97, 163), "getrusage": (98, 165), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
CLONE, CLONE3, FCNTL, PRLIMIT64, IOCTL = (56, 220), (435, 435), (72, 25), (302, 261), (16, 29)

CLONE_THREAD, CLONE_NAMESPACES = 0x00010000, 0x7E020080
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN: with it a pipe sends any signal to any process.
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # place in the pairs above, AUDIT_ARCH_*

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCH = 0, 4  # offsets in struct seccomp_data


def argument(i: int, high: bool = False) -> int:
    """Offset of the low (or high) half of argument i; both architectures are little-endian."""
    return 16 + 8 * i + 4 * high


def supported() -> bool:
    return platform.system() == "Linux" and platform.machine() in ARCHITECTURES


def program(machine: str) -> bytes:
    """The filter for this architecture, as the kernel's array of struct sock_filter."""
    column, audit = ARCHITECTURES[machine]
    code: list[tuple[int, int, int, int]] = []

    def op(what, value, if_true=0, if_false=0):
        code.append((what, if_true, if_false, value & 0xFFFFFFFF))

    refuse = ERRNO | errno.EPERM
    op(LOAD, ARCH)
    op(JUMP_EQUAL, audit, 1, 0)
    op(RETURN, KILL_PROCESS)  # another architecture's numbering: nothing below would mean what it says
    op(LOAD, NUMBER)
    if machine == "x86_64":
        op(JUMP_AT_LEAST, 0x40000000, 0, 1)  # the x32 numbering
        op(RETURN, refuse)
    for pair in ALLOWED.values():
        if pair[column] is not None:
            op(JUMP_EQUAL, pair[column], 0, 1)
            op(RETURN, ALLOW)
    op(JUMP_EQUAL, CLONE3[column], 0, 1)  # its flags lie in memory, where no filter can see them: the C library
    op(RETURN, ERRNO | errno.ENOSYS)  # then falls back on clone
    op(JUMP_EQUAL, IOCTL[column], 0, 1)  # refused as a file does that knows none: Python then asks fcntl to keep a file from its
    op(RETURN, ERRNO | errno.ENOTTY)  # children, where it otherwise gives up, and with it every temporary file
    op(JUMP_EQUAL, CLONE[column], 0, 5)  # a thread, but no process
    op(LOAD, argument(0))
    op(JUMP_ANY_BIT, CLONE_NAMESPACES, 2, 0)
    op(JUMP_ANY_BIT, CLONE_THREAD, 0, 1)
    op(RETURN, ALLOW)
    op(RETURN, refuse)
    op(JUMP_EQUAL, FCNTL[column], 0, 2 + 2 * len(FCNTL_COMMANDS))
    op(LOAD, argument(1))
    for command in FCNTL_COMMANDS:
        op(JUMP_EQUAL, command, 0, 1)
        op(RETURN, ALLOW)
    op(RETURN, refuse)
    op(JUMP_EQUAL, PRLIMIT64[column], 0, 8)  # read one's own limits; change none, see nobody else's
    op(LOAD, argument(0))
    op(JUMP_EQUAL, 0, 0, 5)
    op(LOAD, argument(2))
    op(JUMP_EQUAL, 0, 0, 3)
    op(LOAD, argument(2, high=True))
    op(JUMP_EQUAL, 0, 0, 1)
    op(RETURN, ALLOW)
    op(RETURN, refuse)
    op(RETURN, refuse)
    return b"".join(struct.pack("=HBBI", *step) for step in code)


def restrict() -> None:
    """Put this process, for good, under the filter; OSError when the kernel refuses."""
    steps = program(platform.machine())
    buffer = ctypes.create_string_buffer(steps, len(steps))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(steps) // 8, ctypes.addressof(buffer)))
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    checked(libc.prctl(22, 2, head, 0, 0), "seccomp")  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
