"""The warm process: imports numpy once, then forks for each submission a process that locks itself in and runs student code.

Started as ``python -P -s -S zygote.py`` with a socket as its standard input. It imports nothing of nnopt but the student's side and the
layers beside this file, is told no spec, no seed and no submission, and handles one submission at a time. Over the socket it gets
``start`` with a processor's number and two pipes (requests, answers), and ``kill``; it sends one line of JSON for each thing that
happens. What the student's process says never passes through here.
"""

import array
import fcntl
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import types

LINE, STATUS = 4096, 5
MUCH = 512  # MB: several times what a right answer takes; whoever holds more is the one for whom the kernel found no memory
COMMON = ("ast", "collections", "copy", "dataclasses", "decimal", "fractions", "functools", "inspect", "itertools", "json", "math",
          "operator", "random", "re", "statistics", "string", "textwrap", "time", "traceback", "typing")  # fmt: skip


def load(folder):
    """The student's side and the layers, as a package of their own that then finds no further module."""
    student = sys.modules["student"] = types.ModuleType("student")
    student.__path__ = [folder]
    modules = [importlib.import_module(f"student.{name}") for name in ("play", "layers", "landlock", "seccomp", "root")]
    student.__path__ = []
    return modules


class Warm:
    def __init__(self, control, config):
        self.control, self.config = control, config
        sys.path += config["path"]
        for name in COMMON:
            importlib.import_module(name)
        self.play, self.layers, self.landlock, self.seccomp, self.root = load(config["folder"])
        for name in config["preload"]:
            try:
                importlib.import_module(name)
            except ImportError:
                pass  # then a student's import fails too, and says so
        self.box = None
        self.layered = self.take_layers(config["layers"])

    def take_layers(self, wanted):
        """Which of the wanted layers this system grants; the root is entered here, once for all submissions."""
        taken, layers = ["limits"], self.layers
        if not layers.LINUX:
            return taken
        layers.first_to_go()
        named = "namespaces" in wanted and layers.possible(self.try_namespaces)
        if os.geteuid() == 0 and "user" in wanted and layers.possible(self.try_user, named):
            taken.append("user")
        visible, hidden = self.config["visible"], self.config["hidden"]
        readable = [path for tree in visible for path in self.landlock.cover(os.path.realpath(tree), hidden)]
        if named:
            layers.own_root(visible, hidden)
            taken.append("namespaces")
            readable = [path for path in readable if os.path.exists(path)]
        if "landlock" in wanted and self.landlock.version():
            taken.append("landlock")
        if "seccomp" in wanted and self.seccomp.supported() and layers.possible(self.try_filter):
            taken.append("seccomp")
        self.readable = readable
        del self.config["visible"], self.config["hidden"], visible, hidden  # where the course lies is no student's business
        return taken

    def try_user(self, named):
        """An unprivileged user may be unable to read a Python that lies in root's home; in a root of its own it can."""
        if named:
            self.layers.own_root(self.config["visible"], self.config["hidden"])
        self.layers.identity(self.config["uid"])
        os.close(os.open(os.__file__, os.O_RDONLY))

    def try_namespaces(self):
        self.layers.own_root(self.config["visible"], self.config["hidden"])
        self.layers.own_namespaces()

    def try_filter(self):
        self.layers.prctl(self.layers.PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
        self.seccomp.restrict()

    # ------------------------------------------------------------------------------------------------ one submission
    def say(self, **message):
        self.control.sendall(json.dumps(message).encode() + b"\n")

    def serve(self):
        self.say(warm=self.layered)
        while True:
            command, pipes = self.receive()
            if not command:
                return
            _, start, processor = command.partition(b"start")  # a late "kill" for the one before may stand in front of it
            if start:
                beside(int(processor.split()[0]))
                self.run(*pipes)

    def receive(self):
        """One command, and the file descriptors that came with it."""
        fds = array.array("i")
        data, extra, _, _ = self.control.recvmsg(LINE, socket.CMSG_SPACE(2 * fds.itemsize))
        for _, _, content in extra:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        return data.strip(), list(fds)

    def run(self, requests, answers):
        """Fork a submission's process and watch it to its end; it is told apart from what it says by its own pipe."""
        box = None if {"namespaces", "landlock"} & set(self.layered) else tempfile.mkdtemp(prefix="nnopt-box-")
        status, status_of_child = os.pipe()
        pid = os.fork()
        if pid == 0:
            self.guard(requests, answers, status_of_child, box)
        for fd in (requests, answers, status_of_child):
            os.close(fd)
        told = b""
        while True:
            for source in select.select([self.control, status], [], [])[0]:
                if source is self.control:
                    command, _ = self.receive()
                    kill(pid)
                    if not command:
                        os._exit(0)
                else:
                    data = os.read(status, LINE)
                    if not data:
                        kill(pid)
                        os.waitpid(pid, 0)
                        os.close(status)
                        if box:
                            remove(box)
                        return self.say(ended=told.decode())
                    told = data
                    if data.startswith(b"ready") or data.startswith(b"failed"):
                        word, _, why = data.decode().partition(" ")
                        self.say(**{word: why})

    def guard(self, requests, answers, status, box):
        """In the forked process: take the namespaces, fork once more, and report how that process ends."""
        try:
            os.setsid()
            self.layers.die_with_parent()
            arrange({0: os.open(os.devnull, os.O_RDWR), 3: requests, 4: answers, STATUS: status})
            if "namespaces" in self.layered:
                self.layers.own_namespaces()
            pid = os.fork()
            if pid == 0:
                self.student(box)
            os.close(3)
            os.close(4)
            _, code, used = os.wait4(pid, 0)
            os.write(STATUS, fate(os.waitstatus_to_exitcode(code), used, self.config["seconds"]).encode())
        except BaseException as error:
            os.write(STATUS, f"failed {type(error).__name__}: {error}".encode()[:LINE])
        os._exit(0)

    def student(self, box):
        """The process that runs student code, once all layers are taken."""
        try:
            named, layers = "namespaces" in self.layered, self.layers
            os.chdir(self.root.BOX if named else box or "/")
            if box and "user" in self.layered:
                os.chown(box, self.config["uid"], -1)
            rules = self.landlock.ruleset(self.readable, self.root.BOX if named else None) if "landlock" in self.layered else None
            alone = named or "user" in self.layered or not layers.LINUX  # else its threads count with all others of this user
            layers.limits(self.config["seconds"], 0 if alone else layers.others())
            layers.identity(self.config["uid"] if "user" in self.layered else None)
            layers.die_with_parent()
            fix_chance()
            layers.lock(rules, "seccomp" in self.layered)
            os.write(STATUS, b"ready")
            os.close(STATUS)
        except BaseException as error:
            os.write(STATUS, f"failed {type(error).__name__}: {error}".encode()[:LINE])
            os._exit(0)
        try:
            with open(3, "rb") as requests, open(4, "wb") as answers:
                self.play.serve(requests, answers)
        finally:
            os._exit(0)


def fix_chance():
    """Who draws without a seed draws the same numbers in every student's process: a grade must come out again from its record."""
    random.seed(0)  # here, as a fork seeds it anew
    try:
        from numpy.random import bit_generator, seed
    except ImportError:
        return
    seed(0)  # noqa: NPY002 - theirs, not ours
    bit_generator.randbits = random.Random(0).getrandbits  # what `default_rng()` begins with


def fate(code, used, seconds):
    """How a process ended, in two words: ``exit N``, ``signal N``, ``time N``, ``memory N`` (MB held: the kernel ended it for that)."""
    if code >= 0:
        return f"exit {code}"
    held = used.ru_maxrss >> (20 if sys.platform == "darwin" else 10)  # bytes there, kilobytes elsewhere
    if code in (-signal.SIGKILL, -signal.SIGXCPU) and used.ru_utime + used.ru_stime > seconds - 0.5:
        return f"time {seconds}"
    if code == -signal.SIGKILL and held > MUCH:
        return f"memory {held}"
    return f"signal {-code}"


def beside(processor):
    """Run on the grader's processor, as will all that is forked from here: the grader waits while a student's process works."""
    if processor >= 0:
        try:
            os.sched_setaffinity(0, {processor})
        except OSError:
            pass  # it is slower without


def arrange(places):
    """Move each file descriptor to its place, the first also to 1 and 2, and close all others."""
    high = {place: fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for place, fd in places.items()}
    for place, fd in high.items():
        os.dup2(fd, place)
    os.dup2(0, 1)
    os.dup2(0, 2)
    os.closerange(max(places) + 1, 4096)


def remove(folder):
    """Remove a folder that a student's process wrote; rm does not mind how deep it is."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        os.spawnlp(os.P_WAIT, "rm", "rm", "-rf", "--", folder)


def kill(pid):
    """End a forked process and what it started; its grandchildren die with it, or lie in its group."""
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def main():
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    config = json.loads(control.makefile("rb", buffering=0).readline())
    os.umask(0o022)  # whatever the grader's: folders of a root of its own that no student can enter would cost a layer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle; it closes the socket
    warm = Warm(control, config)
    gc.freeze()  # what is there now stays: the children need not touch (and so copy) it
    warm.serve()


if __name__ == "__main__":
    main()
