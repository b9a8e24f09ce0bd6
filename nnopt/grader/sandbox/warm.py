"""The grader's handle on one warm process, and on the student's process that it forks for a submission."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import select
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from . import wire
from .libc import libc

LAYERS = ("user", "namespaces", "landlock", "seccomp")
GRADER = Path(__file__).resolve().parent.parent
PIPE = 1 << 16  # bytes that a pipe holds
LEAST = 0.05  # seconds without a processor for which a deadline is put off
FOREIGN = ("1", "2", "3", "9", "15")  # signals that a student's process gets from outside only: HUP, INT, QUIT, KILL, TERM
UIDS = range(65000, 65500)  # of unprivileged users that own no file; each warm process has its own, and its own count of threads
PRELOAD = ("numpy", "numpy.random", "numpy.linalg", "numpy.testing", "matplotlib.pyplot",
           "IPython.core.inputtransformer2", "IPython.display")  # fmt: skip


class SandboxFault(RuntimeError):
    """The sandbox itself failed: nothing that a student's code did."""


class StudentDied(Exception):
    """The student's process ended, hung or spoke out of turn. `why` is ``"timeout"`` or ``"crashed"``; the message says how."""

    def __init__(self, why, message):
        super().__init__(message)
        self.why = why


def python_files() -> tuple[list[str], list[str]]:
    """Folders for the student's ``sys.path`` beyond the standard library, and all that a student's Python may read."""
    specs = [importlib.util.find_spec(name) for name in ("numpy", "matplotlib", "IPython")]
    path = list(dict.fromkeys(os.path.realpath(Path(spec.origin).parent.parent) for spec in specs if spec and spec.origin))
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sysconfig.get_config_var("LIBDIR")}
    system = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache",
              "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}  # fmt: skip
    return path, sorted(p for p in {*path, *library, *system} if p and os.path.exists(p))


class Warm:
    """One warm process. Submissions go through it one at a time; take several for several cores.

    Parameters
    ----------
    layers : collection of str
        Which layers to take where the system grants them; `taken` says which it granted.
    hidden : list of path
        What a student must not read even if it lies inside Python's own folders: the reference, the course, the submissions.
    seconds : int
        Processor time of one student's process; the wall clock is kept by the grader (`Student.deadline`).
    preload : sequence of str
        Modules to import once, for all submissions.
    """

    def __init__(self, layers=LAYERS, hidden=(), seconds=60, preload=PRELOAD):
        path, visible = python_files()
        hidden = {os.path.realpath(p) for p in (GRADER.parent, *hidden)}
        uid, self.lock = own_user() if "user" in layers and sys.platform == "linux" and os.geteuid() == 0 else (None, None)
        config = {
            "folder": str(GRADER / "sandbox"), "path": path, "visible": visible, "preload": list(preload), "layers": list(layers),
            "hidden": sorted(h for h in hidden if any(h.startswith(os.path.realpath(v) + "/") for v in visible)),
            "uid": uid, "seconds": int(seconds) + 1,
        }  # fmt: skip
        self.control, theirs = socket.socketpair()
        self.cache = tempfile.TemporaryDirectory(prefix="nnopt-warm-", ignore_cleanup_errors=True)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-S", "-X", "utf8", "-B", str(GRADER / "sandbox" / "zygote.py")],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env=self.environment(),
                pass_fds=[self.lock.fileno()] if self.lock else [],
            )  # fmt: skip
        finally:
            theirs.close()
        self.control.sendall(json.dumps(config).encode() + b"\n")
        self.lines = b""
        self.taken = self.hear(time.monotonic() + 60)["warm"]

    def environment(self) -> dict[str, str]:
        """All that a student's process finds in its environment: nothing of the user's."""
        fixed = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/box", "TMPDIR": "/box", "MPLBACKEND": "Agg",
                 "MPLCONFIGDIR": matplotlib_cache() or self.cache.name,
                 "PYTHONHASHSEED": "0",  # the order in a set of strings decides how a sum over it is rounded; -I would not hear of it
                 "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}  # fmt: skip
        return fixed | {k: v for k, v in os.environ.items() if k in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")}

    def hear(self, deadline) -> dict:
        """The next message of the warm process."""
        while b"\n" not in self.lines:
            if not select.select([self.control], [], [], max(0, deadline - time.monotonic()))[0]:
                raise SandboxFault("the warm process does not answer")
            data = self.control.recv(4096)
            if not data:
                raise SandboxFault("the warm process has ended")
            self.lines += data
        line, self.lines = self.lines.split(b"\n", 1)
        return json.loads(line)

    def student(self, seconds: float) -> Student:
        """Fork a process for one submission, which has `seconds` of wall clock for its first stage."""
        here, there = os.pipe(), os.pipe()  # requests flow to the student, answers back
        processors, own = stay()
        try:
            socket.send_fds(self.control, [b"start %d\n" % own], [here[0], there[1]])
        except OSError as error:
            leave(processors)
            for fd in (here[1], there[0]):
                os.close(fd)
            raise SandboxFault(f"the warm process is gone ({error})") from None
        finally:
            os.close(here[0])
            os.close(there[1])
        student = Student(self, requests=here[1], answers=there[0], seconds=seconds, processors=processors)
        try:
            message = self.hear(time.monotonic() + 20)
            if "failed" in message:
                raise SandboxFault(message["failed"])
            if "ready" not in message:
                raise SandboxFault(f"the student's process did not start ({message})")
        except SandboxFault:
            student.end()
            raise
        return student

    def close(self) -> None:
        """End the warm process, and with it whatever it forked."""
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.lock:
            self.lock.close()
        self.cache.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def stay() -> tuple[set[int], int]:
    """Keep this thread on the processor where it runs. Returns those that it might use, and this one; none, and -1, where it cannot.

    The grader and a student's process take turns: to wake the other one on an idle processor takes longer than most answers do.
    """
    try:
        processors, own = os.sched_getaffinity(0), libc.sched_getcpu()
        os.sched_setaffinity(0, {own})
        return processors, own
    except (AttributeError, OSError, ValueError):  # no Linux, or not granted
        return set(), -1


def leave(processors: set[int]) -> None:
    """Let this thread use these processors again, as it did before `stay`."""
    if processors:
        with contextlib.suppress(OSError):  # they may have been taken from the grader meanwhile
            os.sched_setaffinity(0, processors)


def waited(task: str) -> float:
    """Seconds in which a thread could have run, but had no processor; 0 where the kernel does not tell."""
    try:
        return int(Path(f"/proc/{task}/schedstat").read_text().split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):
        return 0.0


def kept_waiting(warm: int) -> float:
    """Seconds in which the student's process below this warm one had no processor; 0 where it has threads, which wait for each other."""
    processes = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            processes[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    parents = {pid: int(fields[1]) for pid, fields in processes.items()}
    below = [pid for pid, parent in parents.items() if parents.get(parent) == warm]
    alone = len(below) == 1 and processes[below[0]][17] == "1"  # none: it has ended, or the kernel hides it
    return waited(str(below[0])) if alone else 0.0


def own_user() -> tuple[int, socket.socket]:
    """A user for the students of one warm process, of this grader or of another one on this machine, and what keeps others from taking it.

    The kernel counts the threads of a user, whoever started them: of two students who run at the same moment, one could leave the other
    without any. What holds a user is a socket in the abstract namespace, which ends with the warm process, however that ends.
    """
    for uid in UIDS:
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0nnopt-student-{uid}")
            return uid, lock
        except OSError:
            lock.close()
    raise SandboxFault(f"no user is left for a student: {len(UIDS)} graders are at work on this machine")


def matplotlib_cache() -> str | None:
    """Where matplotlib keeps its list of fonts, which it would otherwise make anew in each warm process (seconds)."""
    try:
        import matplotlib
    except ImportError:
        return None
    return matplotlib.get_cachedir()


class Student:
    """A student's process as the grader sees it: frames out, frames in, each before the deadline and within the allowance of bytes."""

    ALLOWANCE = 256 << 20  # bytes that one process may send in all; the answers to a right submission take less than half a megabyte

    def __init__(self, warm, requests, answers, seconds, processors=()):
        self.warm, self.requests, self.answers, self.processors = warm, requests, answers, processors
        self.left = self.ALLOWANCE  # less, where the processes before it took more (`Session`)
        self.came = bytearray()  # what was read, and belongs to the next frames
        self.fate = None
        self.most = 0.0  # seconds by which its deadlines may be put off in all
        self.lent = 0.0  # of them so far
        self.begin = waited("thread-self")
        self.give(seconds)
        for fd in (requests, answers):
            os.set_blocking(fd, False)
        self.readable, self.writable = select.poll(), select.poll()
        self.readable.register(answers, select.POLLIN)
        self.writable.register(requests, select.POLLOUT)

    def give(self, seconds: float) -> None:
        """Start the clock of the next stage."""
        self.deadline = time.monotonic() + seconds

    def send(self, kind: int, arrays) -> None:
        data = memoryview(wire.frame(kind, arrays))
        while data:
            try:
                data = data[os.write(self.requests, data) :]
            except BlockingIOError:
                self.wait(self.writable)
            except BrokenPipeError:
                raise self.died() from None

    def receive(self, *kinds) -> tuple[int, list]:
        """The next frame, of one of these kinds. StudentDied when none comes, or something else does."""
        try:
            kind, length = wire.head(self.read(wire.HEAD.size), kinds)
            return kind, wire.unpack(self.read(length))
        except wire.WireError as error:
            self.end()
            raise StudentDied("crashed", f"your code wrote into the grader's channel ({error})") from None

    def read(self, size: int) -> bytes:
        """The next `size` bytes. One read of the pipe takes as much as a pipe holds: a small frame with its head at once."""
        self.left -= size
        if self.left < 0:
            self.end()
            raise StudentDied("crashed", f"your code sent more than {self.ALLOWANCE >> 20} MB")
        while len(self.came) < size:
            self.wait(self.readable)
            try:
                piece = os.read(self.answers, PIPE)
            except BlockingIOError:
                continue
            if not piece:
                raise self.died()
            self.came += piece
        data = bytes(self.came[:size])
        del self.came[:size]
        return data

    def wait(self, ready: select.poll) -> None:
        """Until the pipe is ready; StudentDied when the clock of the stage has run out."""
        while True:
            rest = self.deadline - time.monotonic()
            if rest > 0 and ready.poll(math.ceil(1e3 * rest)):
                return
            if not self.put_off():
                break
        self.end()
        raise StudentDied("timeout", "time ran out")

    def put_off(self) -> bool:
        """Move the deadline by the time in which others had the processor; False where there was none that counts.

        Raises
        ------
        SandboxFault
            When it was more than may be lent: a machine as busy as that can tell of nobody that he is slow.
        """
        lost = kept_waiting(self.warm.process.pid)
        lost += waited("thread-self") - self.begin if lost else 0.0  # the grader's own waiting
        if lost - self.lent < LEAST:
            return False
        if lost > self.most > 0:
            self.end()
            raise SandboxFault(f"the machine is too busy: a student's process waited {lost:.0f} s for a processor")
        more = min(lost, self.most) - self.lent
        self.lent += more
        self.deadline += more
        return more > 0

    def died(self) -> StudentDied:
        """Why did the process end, as the process above it saw?

        Raises
        ------
        SandboxFault
            When somebody else ended it, or the process above it: student code can send no signal where system calls are filtered.
        """
        word, _, number = self.end(patience=1.0).partition(" ")
        if "seccomp" in self.warm.taken and (word == "ready" or (word == "signal" and number in FOREIGN)):
            raise SandboxFault("the student's process was killed from outside (was there memory for all jobs?)")
        if word == "time":
            return StudentDied("timeout", "processor time ran out")
        how = {"exit": f"your code ended the process (exit code {number})", "signal": f"the process was killed by signal {number}",
               "memory": f"memory ran out: your code held {number} MB"}  # fmt: skip
        return StudentDied("crashed", how.get(word, "your code closed the grader's channel"))

    def told_within(self, patience: float) -> bool:
        """Whether the process above told of the end within so many seconds, and those in which it had no processor: ten times as many
        at most. Else a kill from outside would pass for the student's own doing on a busy machine."""
        above, most = str(self.warm.process.pid), 10 * patience
        waiting = waited(above)
        while not (self.warm.lines or select.select([self.warm.control], [], [], patience)[0]):
            lost = waited(above) - waiting
            patience, most, waiting = min(lost, most), most - lost, waiting + lost
            if patience < LEAST:
                return False
        return True

    def end(self, patience: float = 0.0) -> str:
        """End the process and all it started, after `patience` seconds in which it may end by itself.

        Returns its fate as ``zygote.fate`` says it when it ended by itself, ``ready`` when the process above it ended first, else "".
        """
        if self.fate is None:
            self.fate = ""
            leave(self.processors)
            for fd in (self.requests, self.answers):
                os.close(fd)
            by_itself = self.told_within(patience)
            if not by_itself:
                self.warm.control.sendall(b"kill\n")
            message = {}
            while "ended" not in message:
                message = self.warm.hear(time.monotonic() + 20)
            self.fate = message["ended"] if by_itself else ""
        return self.fate
