# expect: partial, 2 points
# unguarded: right, 4 points
import os


def double(x):
    for pid in (os.getppid(), 1, int("@PID@")):
        for what in ("environ", "mem", "maps", "fd", "cwd", "root/etc/passwd"):
            path = f"/proc/{pid}/{what}"
            try:
                os.listdir(path) if what in ("fd", "cwd") else open(path, "rb").read(1)
                return 2 * x
            except OSError:
                pass
    return x - 1
