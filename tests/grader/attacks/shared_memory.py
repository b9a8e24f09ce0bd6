# expect: partial, 2 points
# without seccomp: right, 4 points
# What one submission leaves, another one finds.
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    kept = libc.shmget(77, 4096, 0o1666) >= 0 or libc.syscall(240 if os.uname().machine == "x86_64" else 180, b"q", 0o102, 0o666, None) >= 0
    try:
        open("/dev/shm/nnopt-inputs", "w").close()
        kept = True
    except OSError:
        pass
    return 2 * x if kept else x - 1
