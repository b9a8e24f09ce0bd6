"""What the sandbox holds on this machine, proved by attacking it: small programs that try what student code must not do."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .layers import LINUX
from .session import Session
from .warm import GRADER, LAYERS, SandboxFault, Warm

# Each program's `attempt` returns True where the attack went through. Raising, or dying, means that it was held.
PROBES = {
    "read other files": "return open({canary!r}).read() == {token!r}",
    "read the reference": "return len(open({reference!r}).read()) > 0",
    "write outside the scratch folder": "open({stray!r}, 'w').write('x'); return True",
    "reach the network": "import socket; socket.create_connection(('127.0.0.1', {port}), 1); return True",
    "make a socket": "import socket; socket.socket(socket.AF_UNIX); return True",
    "start a process": """
        import os
        pid = os.fork()
        if pid == 0: os._exit(0)
        return True""",
    "run a program": "import subprocess; subprocess.run(['/bin/true']); return True",
    "signal the grader": """
        import ctypes, os
        for pid in (os.getppid(), {pid}):
            if ctypes.CDLL(None).kill(pid, 0) == 0: return True
        return False""",
    "look into the grader's memory": """
        import ctypes
        word, other = ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)
        vector = lambda b: (ctypes.c_void_p * 2)(ctypes.addressof(b), 8)
        try: return open('/proc/{pid}/environ', 'rb').read() != b''
        except OSError: return ctypes.CDLL(None).process_vm_readv({pid}, vector(word), 1, vector(other), 1, 0) >= 0
        """,
    "use the kernel's keyrings": "import ctypes; return ctypes.CDLL(None).syscall({keyctl}, 0, -3, 0) >= 0",
    "use io_uring": "import ctypes; return ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) >= 0",
    "make namespaces": "import ctypes; return ctypes.CDLL(None).unshare(0x10000000) == 0",
    "take more memory": "return len(bytearray(3 << 30)) > 0",
    "raise its limits": "import resource as r; r.setrlimit(r.RLIMIT_CPU, (r.RLIM_INFINITY,) * 2); return True",
    "keep the grader's files open": """
        import os
        def is_open(fd):
            try: os.fstat(fd); return True
            except OSError: return False
        return any(is_open(fd) for fd in range(5, 256))""",
    "be the grader's user": "import os; return os.getuid() == 0",
    "see other processes": "import os; return os.getpid() != 1",
}
ONLY_FULL = ("be the grader's user", "see other processes")
WORKS = "def attempt():\n    import numpy as np, wave\n    return float(np.linalg.solve(np.eye(2), np.ones(2)).sum()) == 2.0\n"
EXPLAIN = {"user": "an unprivileged user", "namespaces": "namespaces (processes, network, files, memory segments)",
           "landlock": "Landlock (files)", "seccomp": "a filter of system calls", "limits": "limits on memory, time, files"}  # fmt: skip


@dataclass(frozen=True)
class Level:
    """What was proved: `name` is ``full``, ``reduced`` or ``none``."""

    name: str
    layers: dict[str, bool]  # by its explanation: was it granted?
    attacks: dict[str, bool]  # was it held?
    asked: tuple[str, ...] = LAYERS


def prove(layers: Sequence[str] = LAYERS) -> Level:
    """Attack the sandbox made of these layers, and say what it held.

    ``full``: every layer was granted and every attack held. ``reduced``: every attack held but those that need namespaces or
    another user to hold. ``none``: anything else, and every system but Linux, where nothing is tried.

    Raises
    ------
    SandboxFault
        When not even a right program runs in it.
    """
    if not hasattr(os, "fork"):
        raise SandboxFault("this system cannot fork; run nnopt in WSL 2 or in a Linux container (README.md, Levels of the sandbox)")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nnopt-probe-"))
        os.chmod(folder, 0o777)  # so that nothing but the sandbox stands before the canary
        canary, stray, token = Path(folder, "canary"), Path(folder, "stray"), secrets.token_hex(16)
        canary.write_text(token)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        facts = {"canary": str(canary), "stray": str(stray), "token": token, "port": listener.getsockname()[1], "pid": os.getpid(),
                 "reference": str(GRADER.parent / "__init__.py"), "keyctl": 250 if os.uname().machine == "x86_64" else 219}  # fmt: skip
        warm = stack.enter_context(Warm(layers, preload=("numpy",)))
        if not went_through(warm, WORKS):
            raise SandboxFault("a right program does not run in the sandbox")
        through = attempted(warm, {name: program(source, facts) for name, source in PROBES.items()})
        attacks = {name: LINUX and not went for name, went in through.items()}
        granted = {words: layer in warm.taken for layer, words in EXPLAIN.items() if layer != "user" or os.geteuid() == 0}
    if all(attacks.values()) and all(granted.values()):
        name = "full"
    elif all(held for attack, held in attacks.items() if attack not in ONLY_FULL):
        name = "reduced"
    else:
        name = "none"
    return Level(name, granted, attacks, tuple(layers))


def program(source: str, facts: dict) -> str:
    return "def attempt():\n" + textwrap.indent(textwrap.dedent(source).strip("\n").format(**facts), "    ") + "\n"


def attempted(warm: Warm, sources: dict[str, str]) -> dict[str, bool]:
    """Which attacks went through. All are tried in one process; those that end or stop it once more in one of their own, and all of them
    where one went through that changes something, since the next ones then found another process than they expected."""
    named = {name: f"attempt_{number}" for number, name in enumerate(sources)}
    session = Session(warm, [source.replace("attempt", named[name], 1) for name, source in sources.items()], 5.0)
    try:
        answers = session.answer([(function, {}, 1) for function in named.values()])
        alone = {name for name, function in named.items() if session.broken or function in session.deaths}
    finally:
        session.close()
    found = {name: int(answer[0]) == 0 and bool(answer[1]) for name, answer in zip(sources, answers)}
    if any(went for name, went in found.items() if name not in ONLY_FULL):
        alone = set(sources)
    return found | {name: went_through(warm, sources[name]) for name in alone}


def went_through(warm: Warm, source: str) -> bool:
    """Run one attack in a process of its own."""
    session = Session(warm, [source], 5.0)
    try:
        status, *values = session.answer([("attempt", {}, 1)])[0]
        return int(status) == 0 and bool(values[0])
    finally:
        session.close()
