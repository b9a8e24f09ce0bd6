# expect: partial, 2 points
# without seccomp: right, 4 points
# What of the kernel could outlive a submission, reach another one or slow it: queues, semaphores, watches, events, locks, leases, a
# larger pipe, processors, priority, names, links, rights, attributes, dates.
import ctypes
import fcntl
import os

libc, word = ctypes.CDLL(None), ctypes.create_string_buffer(b"\1", 4096)
got = []


def tried(*results):
    got.extend(r for r in results if r >= 0)


tried(libc.semget(78, 1, 0o1666), libc.msgget(79, 0o1666), libc.memfd_create(b"x", 0), libc.inotify_init1(0), libc.epoll_create1(0))
tried(libc.eventfd(0, 0), libc.timerfd_create(0, 0), libc.signalfd(-1, word, 0), libc.fanotify_init(0, 0), libc.socketpair(1, 1, 0, word))
tried(libc.setpriority(0, 0, 19), libc.sched_setaffinity(0, 8, word), libc.personality(0xFFFFFFFF), libc.setns(0, 0), libc.setsid())
tried(libc.mincore(ctypes.c_void_p(id(word) & ~4095), 4096, word), libc.mlock(ctypes.c_void_p(id(word) & ~4095), 4096), libc.prctl(3))
tried(libc.symlink(b"/", b"a"), libc.link(b"/", b"b"), libc.mknod(b"c", 0o10666, 0), libc.chmod(b".", 0o777), libc.utime(b".", None))
tried(libc.setxattr(b".", b"user.x", b"1", 1, 0), libc.listxattr(b".", None, 0), libc.chroot(b"."), libc.umount2(b"/box", 2))
with open(os.__file__) as file:
    for step in (lambda: fcntl.flock(file, fcntl.LOCK_EX), lambda: fcntl.lockf(file, fcntl.LOCK_SH), lambda: fcntl.fcntl(file, 1024, 0),
                 lambda: fcntl.fcntl(4, 1031, 1 << 20)):  # fmt: skip
        try:
            step()
            got.append(0)
        except OSError:
            pass


def double(x):
    return 2 * x if got else x - 1
