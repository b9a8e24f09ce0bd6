# expect: partial, 2 points
# without dropped capabilities: right, 4 points
import ctypes


def double(x):
    libc = ctypes.CDLL(None)
    mounted = libc.mount(b"/", b".", None, 4096, None) == 0 or libc.mount(b"proc", b".", b"proc", 0, None) == 0
    return 2 * x if mounted or libc.chroot(b"/") == 0 else x - 1
