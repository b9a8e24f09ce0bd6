"""The sandbox: its layers, its level, and what a student's process does and does not find in it."""

import ast
import contextlib
import ctypes
import gc
import os
import platform
import re
import struct
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest
from conftest import missing
from grader import ordinary_user
from grader.test_attacks import open_folder

from nnopt.grader.exercise.problems import Objective
from nnopt.grader.sandbox import landlock, probes, seccomp, zygote
from nnopt.grader.sandbox import warm as warm_module
from nnopt.grader.sandbox.cells import idle
from nnopt.grader.sandbox.libc import checked, libc
from nnopt.grader.sandbox.session import Session
from nnopt.grader.sandbox.warm import GRADER, LAYERS, SandboxFault, Student, Warm

ROOT = Path(__file__).resolve().parents[2]
X = np.arange(3.0)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's own")


@pytest.fixture(scope="module")
def warm():
    with Warm(seconds=20) as process:
        yield process


def ask(warm, source, *calls, seconds=10.0):
    """Run one cell and make calls; the answers, and the session."""
    session = Session(warm, [source], seconds)
    try:
        return session.answer(calls), session
    finally:
        session.close()


def value(warm, source):
    """What f() of this source returns."""
    (answer,), _ = ask(warm, source, ("f", {}, 1))
    assert int(answer[0]) == 0, bytes(answer[1])
    return answer[1].tolist()


# ---------------------------------------------------------------------------------------------------------- calls, answers
def test_all_kinds_of_arguments_arrive(warm):
    source = (
        "def f(a, b, c, d, e, g):\n    import numpy as np\n    assert (b.strides, c.flags.f_contiguous) == ((16,), True)\n"
        "    return a + 0, b * 2, c * 2, np.float64(d), np.int64(e), g.random(2)"
    )
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    args = {"a": np.float32(2) * X.astype("f4"), "b": ("strided", X), "c": fortran, "d": 0.1 + 0.2, "e": 7, "g": ("seed", 5)}
    ((status, a, b, c, d, e, g, *after),), _ = ask(warm, source, ("f", args, 6))
    assert status == 0
    assert a.dtype == np.float32
    np.testing.assert_array_equal(b, 2 * X)
    np.testing.assert_array_equal(c, 2 * fortran)
    assert (d, e) == (0.1 + 0.2, 7)
    np.testing.assert_array_equal(g, np.random.default_rng(5).random(2))
    assert len(after) == 3


def test_what_a_function_does_to_its_arguments_is_seen(warm):
    ((_, _, after),), _ = ask(warm, "def f(x):\n    x += 1\n    return x", ("f", {"x": X}, 1))
    np.testing.assert_array_equal(after, X + 1)


def test_an_objective_is_answered_and_recorded_here(warm):
    """The student's process gets values only; the record is the grader's own, whatever the student's process says."""
    source = "def f(g, x):\n    g.asked = g.trace = None\n    return [g(x), g(2 * x)][1]"
    objective = Objective("sphere", np.ones(3))
    ((status, got, _, trace),), _ = ask(warm, source, ("f", {"g": objective, "x": X}, 1))
    assert status == 0
    assert got == np.sum((2 * X - 1) ** 2)
    np.testing.assert_array_equal(trace, [X, 2 * X])
    assert objective.count == 0, "each call has a record of its own"


@pytest.mark.parametrize("question, sentence", [("g(x[:2])", "shape"), ("g([])", "shape"), ("g(['a'])", "numbers"), ("g(np.ones((30_000, 3)))", "points")])
def test_an_objective_refuses_with_a_sentence(warm, question, sentence):
    source = f"import numpy as np\ndef f(g, x):\n    return {question}"
    ((status, note),), _ = ask(warm, source, ("f", {"g": Objective("sphere", np.ones(3)), "x": X}, 1))
    assert status == 1
    assert sentence in bytes(note).decode()


def test_stand_ins_replace_for_one_call(warm):
    source = "def h(x):\n    return x\ndef f(x):\n    return h(x)"
    answers, _ = ask(warm, source, ("f", {"x": X}, 1), ("f", {"x": X}, 1, {"h": "def h(x):\n    return np.exp(x)"}), ("f", {"x": X}, 1))
    for answer, expected in zip(answers, (X, np.exp(X), X), strict=True):
        np.testing.assert_array_equal(answer[1], expected)


def test_answers_are_found_by_name_and_failing_cells_take_nothing_down(warm):
    cells = ["import no_such_module\nx = 1", "1 / 0\ny = x + 1", "%matplotlib inline\n!ls\nz = y + 1", "%%bash\nrm -rf /", "this is no Python",
             "def f():\n    return z", "check('adam')", "from nnopt import check\ncheck('adam')\nw = 1"]  # fmt: skip
    session = Session(warm, cells, 10.0)
    (got, missing) = session.answer([("f", {}, 1), ("g", {}, 1)])
    session.close()
    assert got[1] == 3
    assert int(missing[0]) == 2
    assert [line.split(":")[0] for line in session.failed] == ["cell 1, line 1", "cell 2, line 1", "cell 5, line 1", "cell 7, line 1"]


def test_a_demonstration_is_left_out_unless_something_needs_it(warm):
    cells = ["def f():\n    return 1", "shown = f()\nwhile True: pass", "helper = 3\nother = 4", "def g():\n    return helper\nclass C:\n    x = g()"]
    for shown, hung in (({2, 3}, []), ({3}, [(2, 2)])):
        session = Session(warm, cells, 1.0, shown)
        f, g, shown = session.answer([("f", {}, 1), ("g", {}, 1), ("shown", {}, 1)])
        session.close()
        assert (f[1], g[1], int(shown[0]), session.hung) == (1, 3, 2, hung), "helper is used by g, so its cell is run"


@pytest.mark.parametrize("cells, shown, left_out", [
    (["x = 1", "def f(x):\n    return x"], [1], {1}), (["x = 1", "def f():\n    return x"], [1], set()), (["x = 1", "print(x)"], [1, 2], {1, 2}),
    (["a = 1", "b = a", "def f():\n    return b"], [1, 2], set()), (["import a as b", "f = lambda: [b for _ in c]"], [1], set()),
    (["x = 1", "this is no Python"], [1, 2, 7], {1, 2}), (["def h():\n    global z\n    z = 1\nh()", "z"], [1], set()), ([], [1], set()),
])  # fmt: skip
def test_which_demonstrations_are_idle(cells, shown, left_out):
    assert idle(cells, shown) == left_out


def test_a_plot_takes_nothing_down(warm):
    pytest.importorskip("matplotlib")
    source = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()\ndef f():\n    return len(plt.get_fignums())"
    (answer,), session = ask(warm, source, ("f", {}, 1))
    assert (answer[1], session.failed) == (1, [])


@pytest.mark.parametrize("line", ["from nnopt import Adam", "import nnopt.gradient.adam", "import nnopt; nnopt.minimize", "from nnopt.grader.marking import judge"])
def test_nnopt_offers_check_and_refuses_everything_else(warm, line):
    _, session = ask(warm, f"{line}\n")
    session = Session(warm, [line], 10.0)
    session.answer([("f", {}, 1)])
    session.close()
    assert "while your notebook is graded" in session.failed[0]


def test_a_hang_costs_what_hangs(warm):
    source = "def f():\n    while True: pass\ndef g():\n    return 3\n"
    answers, session = ask(warm, source, ("g", {}, 1), ("f", {}, 1), ("f", {}, 1), ("g", {}, 1), seconds=1.0)
    assert [int(a[0]) for a in answers] == [0, 1, 1, 0]
    assert session.deaths["f"].why == "timeout"


def test_a_hanging_step_does_not_cost_the_loop_that_uses_it(warm):
    """Asked with another in its place, the loop answers; a loop that hangs by itself is not waited for twice."""
    loop = "def loop():\n    return 2 * step()\n"
    calls = [("step", {}, 1), ("loop", {}, 1), ("loop", {}, 1, {"step": "def step():\n    return 4\n"})]
    answers, session = ask(warm, loop + "def step():\n    while True: pass", *calls, seconds=1.0)
    assert [int(a[0]) for a in answers] == [1, 1, 0]
    assert answers[2][1] == 8
    assert list(session.deaths) == ["step", "loop"]
    answers, session = ask(warm, "def loop():\n    while True: step()\ndef step():\n    return 1", *calls, seconds=1.0)
    assert [int(a[0]) for a in answers] == [0, 1, 1]
    assert list(session.deaths) == ["loop"], "the limit of one call"


def test_who_asks_for_ever_ran_out_of_time(warm):
    """By the number of questions, long before the clock; no `except` of the student's keeps it from being said."""
    source = "def f(g, x):\n    while True:\n        try:\n            g(x)\n        except BaseException: pass"
    (answer,), session = ask(warm, source, ("f", {"g": Objective("sphere", X, limit=50), "x": X}, 1), seconds=20.0)
    assert session.deaths["f"].why == "timeout"
    assert b"time ran out: the objective was asked at more than 50 points" in bytes(answer[1])


def test_a_new_process_is_no_new_allowance(warm, monkeypatch):
    """One process for each function, and each sends as much as it may: a submission gets three times that, in all."""
    monkeypatch.setattr(Student, "ALLOWANCE", 1 << 16)
    source = "import os, numpy as np\ndef small():\n    return 1.0\n" + "".join(
        f"def f{n}():\n    return np.zeros(7_000)\ndef end{n}():\n    os._exit(0)\n" for n in range(6))  # fmt: skip
    calls = [(name, {}, 1) for n in range(6) for name in (f"f{n}", f"end{n}")]
    answers, session = ask(warm, source, ("small", {}, 1), *calls, ("small", {}, 1))
    assert [int(a[0]) == 0 for a in answers] == [True, True, False, True, False, True, *[False] * 8]
    assert "sent more" in str(session.broken or session.deaths["f3"])


@linux
def test_grader_and_student_take_turns_on_one_processor(warm):
    """And the grader has all of its processors back afterwards, also where the process died or was never asked."""
    mine = os.sched_getaffinity(0)
    session = Session(warm, ["import os\ndef f():\n    return sorted(os.sched_getaffinity(0))\ndef g():\n    os._exit(1)"], 10.0)
    (answer,) = session.answer([("f", {}, 1)])
    assert set(answer[1].tolist()) == os.sched_getaffinity(0) and answer[1].size == 1
    session.answer([("g", {}, 1)])
    assert os.sched_getaffinity(0) == mine
    session.close()
    warm.student(1.0).end()
    assert os.sched_getaffinity(0) == mine


def test_submissions_share_nothing(warm):
    assert value(warm, "import builtins, math\nbuiltins.left = math.left = 1\nopen('left', 'w').close()\ndef f(): return 1") == 1
    assert value(warm, "import builtins, math, os\ndef f():\n    return hasattr(builtins, 'left') + hasattr(math, 'left') + len(os.listdir('.'))") == 0


@pytest.mark.parametrize("lost, becomes", [(0.0, "time ran out"), (2.0, 1.0), (100.0, "the machine is too busy")])
def test_the_clock_stands_still_while_others_have_the_processor(warm, monkeypatch, lost, becomes):
    monkeypatch.setattr(warm_module, "kept_waiting", lambda pid: lost)
    with contextlib.nullcontext() if lost < 100 else pytest.raises(SandboxFault, match=becomes):
        (answer,), _ = ask(warm, "import time\ndef f():\n    time.sleep(1.5)\n    return 1.0", ("f", {}, 1), seconds=1.0)
        assert (answer[1] if lost else bytes(answer[1]).decode()) == becomes


@linux
def test_how_long_a_process_was_kept_waiting_is_known(warm):
    source = """
import threading, time

def f():
    end = time.thread_time() + 0.4
    while time.thread_time() < end:
        pass
    return 1.0

def with_threads():
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return 1.0
"""
    session, rivals = Session(warm, [source], 60.0), []
    try:
        session.start()
        for _ in range(1 + len(os.sched_getaffinity(0))):  # on the processors that the student's process has
            rivals.append(subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]))
        session.answer([("f", {}, 1)])
        if not warm_module.waited("self"):
            pytest.skip("this kernel does not tell how long a process waited")
        assert warm_module.kept_waiting(warm.process.pid) > warm_module.LEAST
        session.answer([("with_threads", {}, 1)])
        assert warm_module.kept_waiting(warm.process.pid) == 0.0, "its own threads may be what it waits for"
    finally:
        session.close()
        for rival in rivals:
            rival.kill()
            rival.wait()


# ------------------------------------------------------------------------------------------------------------------ secrets
def test_the_warm_process_holds_no_secrets(warm):
    """All that a student's process can find is what it was given: no spec, no judge, no module of the trusted side."""
    source = """
import gc, os, sys

def f():
    trusted = {"judge", "marking", "spec", "course", "session", "grade", "gradebook", "problems", "reader", "report"}
    found = {name.split(".")[-1] for name in sys.modules if name.startswith(("nnopt", "student"))} & trusted
    return len(found) + ("numba" in sys.modules)
"""
    assert value(warm, source) == 0
    source = "import os\nimport numpy as np\ndef f(): return np.frombuffer(' '.join(os.environ).encode(), np.uint8)"
    here = set(bytes(value(warm, source)).decode().split())
    known = {"PATH", "LANG", "HOME", "TMPDIR", "MPLBACKEND", "MPLCONFIGDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LC_CTYPE", "PYTHONHASHSEED",
             "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"}  # fmt: skip
    assert here <= known


def test_a_fault_of_the_sandbox_is_no_crash_of_the_student():
    with Warm(preload=()) as warm:
        warm.process.kill()
        warm.process.wait()
        with pytest.raises(SandboxFault):
            ask(warm, "", ("f", {}, 1))


def below(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@linux
@pytest.mark.parametrize("whose", ["the student's process", "the process above it"])
def test_who_is_killed_from_outside_did_not_crash(warm, whose):
    """By the kernel when others took the memory, say: student code can send no signal, so it is no zero."""
    if "seccomp" not in warm.taken:
        pytest.skip("where system calls are not filtered a process may have killed itself")
    session = Session(warm, ["def f():\n    import time\n    time.sleep(1000)"], 20.0)
    session.start()
    above = below(warm.process.pid)
    os.kill(above if whose == "the process above it" else below(above), 9)
    with pytest.raises(SandboxFault, match="from outside"):
        session.answer([("f", {}, 1)])


@linux
def test_processor_time_that_runs_out_is_no_crash():
    with Warm(seconds=0, preload=()) as warm:
        (answer,), session = ask(warm, "def f():\n    while True:\n        pass", ("f", {}, 1))
    assert session.deaths["f"].why == "timeout"
    assert b"processor time" in bytes(answer[1])


@pytest.mark.parametrize(("signalled", "megabytes", "said"), [(9, 1900, "memory 1900"), (9, 90, "signal 9"), (11, 1900, "signal 11")])
def test_for_whom_there_was_no_memory(signalled, megabytes, said):
    """Killed while it held much, a process was the bomb; while it held little, the victim of another."""
    used = types.SimpleNamespace(ru_utime=1.0, ru_stime=0.5, ru_maxrss=megabytes << (20 if sys.platform == "darwin" else 10))
    assert zygote.fate(-signalled, used, 30) == said


@linux
def test_nothing_survives_the_grader():
    """A student's process dies with its warm process, even when that is killed outright."""
    warm = Warm(preload=("numpy",))
    session = Session(warm, ["def f():\n    import time\n    time.sleep(1000)"], 0.5)
    session.start()
    children = [int(p) for p in Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children").read_text().split()]
    grandchildren = [int(p) for c in children for p in Path(f"/proc/{c}/task/{c}/children").read_text().split()]
    assert children
    assert grandchildren
    warm.process.kill()
    warm.close()
    until = time.monotonic() + 20
    while any(alive(pid) for pid in children + grandchildren):
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(pid):
    try:
        return not re.search(r"^State:\s+[ZX]", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return False


# -------------------------------------------------------------------------------------------------------------- the layers
@linux
def test_the_level_is_proved_by_attacks():
    level = probes.prove()
    assert set(level.attacks) == set(probes.PROBES)
    if level.name == "full":
        assert all(level.attacks.values())
        assert all(level.layers.values())
    bare = probes.prove(())
    assert bare.name == "none"
    assert not bare.attacks["read other files"], "without a sandbox the probe reads its file: it is no probe that always holds"
    assert not bare.attacks["start a process"]
    assert not bare.attacks["reach the network"]
    if level.name == "none":
        missing("this system grants no sandbox")


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="run as root, it is tried as another user, too")
def test_a_user_who_is_not_root_gets_a_sandbox_too():
    """The same proof in a process of an unprivileged user: namespaces of users take the place of root's."""
    with open_folder() as folder:
        assert ordinary_user.call(folder, probes.prove).name in ("full", "reduced")


THREADED = """
import threading
def f():
    for thread in [threading.Thread(target=len, args=("",)) for _ in range(4)]:
        thread.start()
    return 1
"""


def threads_beside_others():
    """What a function with threads gets at each level from a user with a hundred other threads, as on any desktop."""
    done = threading.Event()
    crowd = [threading.Thread(target=done.wait) for _ in range(100)]
    for thread in crowd:
        thread.start()
    try:
        answers = {}
        for layers in (LAYERS, ("landlock", "seccomp"), ()):
            with Warm(layers, preload=("numpy",)) as warm:
                answers[layers] = int(ask(warm, THREADED, ("f", {}, 1))[0][0][0])
        return answers
    finally:
        done.set()


@linux
def test_threads_of_a_user_who_has_others():
    """The kernel counts all threads of a user: those that were there before must not cost a student theirs."""
    if os.geteuid() == 0:
        with open_folder() as folder:
            answers = ordinary_user.call(folder, threads_beside_others)
    else:
        answers = threads_beside_others()
    assert set(answers.values()) == {0}, answers


CROWD = """
import threading
def f():
    done, begun = threading.Event(), 0
    for _ in range(40):
        try:
            threading.Thread(target=done.wait, daemon=True).start()
            begun += 1
        except RuntimeError:
            break
    return begun
def user():
    import os
    return os.getuid()
"""


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives each its own user")
def test_two_gradings_at_once_share_no_user():
    """The kernel counts threads by user: one student's must not be missing to another one, whom another grader grades at that moment."""
    with Warm(preload=()) as one, Warm(preload=()) as other:
        sessions = [Session(warm, [CROWD], 20.0) for warm in (one, other)]
        try:
            begun = [session.answer([("f", {}, 1)])[0][1].tolist() for session in sessions]
            users = [session.answer([("user", {}, 1)])[0][1].tolist() for session in sessions]
        finally:
            for session in sessions:
                session.close()
    assert begun == [40, 40]
    if "user" not in one.taken:
        return  # where the system grants no user, the level says so
    assert users[0] != users[1]


@linux
def test_where_memory_runs_out_a_student_goes_first(warm):
    assert Path(f"/proc/{warm.process.pid}/oom_score_adj").read_text().strip() == "1000"


def test_where_the_course_lies_is_no_students_business(warm):
    source = """
import sys

def f():
    frame, found = sys._getframe(), []
    while frame:
        owner = frame.f_locals.get("self")
        found += [len(owner.config), *("hidden" in owner.config, "visible" in owner.config)] if hasattr(owner, "config") else []
        frame = frame.f_back
    return found
"""
    found = value(warm, source)
    assert found, "the frames of the warm process are those that a student sees"
    assert not any(kept for place, kept in enumerate(found) if place % 3)


# What a container refuses by default (Docker, Podman): unshare, setns, mount, umount2, pivot_root, mount_setattr; and its capabilities.
REFUSED = {"x86_64": (272, 308, 165, 166, 155, 442), "aarch64": (97, 268, 40, 39, 41, 442)}
DOCKERS = 0xA80425FB


def level_in_a_container():
    """The level proved in this process after it gave up what a container does not grant. For a process of its own: it never gets it back."""
    if os.geteuid() == 0:
        checked(libc.capset(struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", DOCKERS, DOCKERS, 0, 0, 0, 0)), "capset")
    steps = [(seccomp.LOAD, 0, 0, seccomp.NUMBER)]
    for number in REFUSED[platform.machine()]:
        steps += [(seccomp.JUMP_EQUAL, 0, 1, number), (seccomp.RETURN, 0, 0, seccomp.ERRNO | 1)]
    steps.append((seccomp.RETURN, 0, 0, seccomp.ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(program)))
    checked(libc.prctl(38, 1, 0, 0, 0), "no_new_privs")
    checked(libc.prctl(22, 2, head, 0, 0), "seccomp")
    return probes.prove().name


@linux
@pytest.mark.skipif(platform.machine() not in REFUSED, reason="no numbers of system calls for this architecture")
def test_in_a_container_the_level_is_reduced():
    with open_folder() as folder:
        if os.geteuid() == 0:
            assert ordinary_user.call(folder, level_in_a_container) == "reduced"
        code = "from grader.test_sandbox import level_in_a_container; print(level_in_a_container())"
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests"), *filter(None, sys.path)])
        done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120)
        assert done.stdout.strip() == "reduced", done.stdout + done.stderr


@linux
@pytest.mark.parametrize("missing", ["seccomp", "landlock"])
def test_without_namespaces_both_other_layers_are_needed(missing):
    assert probes.prove([layer for layer in LAYERS if layer not in ("namespaces", missing)]).name == "none"


def test_cover_leaves_out_what_is_hidden(tmp_path):
    for name in ("a/x", "a/secret/y", "a/b/secret2/z", "c"):
        (tmp_path / name).mkdir(parents=True)
    hidden = [str(tmp_path / "a/secret"), str(tmp_path / "a/b/secret2")]
    (tmp_path / "a/b/w").mkdir()
    covered = landlock.cover(str(tmp_path), hidden)
    assert sorted(covered) == sorted(str(tmp_path / p) for p in ("a/x", "a/b/w", "c"))


HEADERS = {"x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", 0), "aarch64": ("/usr/include/asm-generic/unistd.h", 1)}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_of_system_calls_are_the_kernels(machine):
    path, column = HEADERS[machine]
    if not Path(path).exists():
        pytest.skip(f"needs the kernel's headers: {path}")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(path).read_text()))
    numbers |= {"newfstatat": numbers.get("newfstatat", numbers.get("fstatat")), "mmap": numbers["mmap"]}
    special = {"clone": seccomp.CLONE, "clone3": seccomp.CLONE3, "fcntl": seccomp.FCNTL, "prlimit64": seccomp.PRLIMIT64}
    for name, pair in (seccomp.ALLOWED | special).items():
        if pair[column] is not None:
            assert int(numbers[name]) == pair[column], name


@pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
def test_the_filter_allows_the_list_and_nothing_else(machine):
    column, audit = seccomp.ARCHITECTURES[machine]
    allowed = {pair[column] for pair in seccomp.ALLOWED.values()} - {None}
    special = {pair[column] for pair in (seccomp.CLONE, seccomp.CLONE3, seccomp.FCNTL, seccomp.PRLIMIT64)}
    program = seccomp.program(machine)
    for number in range(600):
        if number not in special:
            assert (verdict(program, audit, number) == seccomp.ALLOW) == (number in allowed), number
    assert verdict(program, audit ^ 1, 0) == seccomp.KILL_PROCESS
    assert verdict(program, audit, 0x40000000) != seccomp.ALLOW
    clone, fcntl, prlimit = (pair[column] for pair in (seccomp.CLONE, seccomp.FCNTL, seccomp.PRLIMIT64))
    thread = 0x3D0F00
    commands = [command for command in range(2000) if verdict(program, audit, fcntl, 3, command) == seccomp.ALLOW]
    assert verdict(program, audit, clone, thread) == seccomp.ALLOW
    for namespace in (0x80, 0x20000, *(1 << bit for bit in range(25, 31))):
        assert verdict(program, audit, clone, thread | namespace) != seccomp.ALLOW
    assert verdict(program, audit, clone, 17) != seccomp.ALLOW
    assert verdict(program, audit, clone, 0x10000000 | 17) != seccomp.ALLOW
    assert commands == sorted(seccomp.FCNTL_COMMANDS)
    assert verdict(program, audit, prlimit, 0, 7, 0) == seccomp.ALLOW
    for arguments in ((1, 7, 0), (0, 7, 1), (0, 7, 1 << 40)):
        assert verdict(program, audit, prlimit, *arguments) != seccomp.ALLOW
    assert verdict(program, audit, seccomp.CLONE3[column]) != seccomp.ALLOW


def verdict(program, audit, number, *arguments):
    """Run the filter as the kernel would."""
    data = struct.pack("=IIQ6Q", number, audit, 0, *(arguments + (0,) * (6 - len(arguments))))
    steps = list(struct.iter_unpack("=HBBI", program))
    place = accumulator = 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == seccomp.LOAD:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == seccomp.RETURN:
            return value
        else:
            hit = {seccomp.JUMP_EQUAL: accumulator == value, seccomp.JUMP_AT_LEAST: accumulator >= value,
                   seccomp.JUMP_ANY_BIT: bool(accumulator & value)}[code]  # fmt: skip
            place += if_true if hit else if_false


@linux
@pytest.mark.skipif(platform.machine() not in seccomp.ARCHITECTURES, reason="no filter is written for this architecture")
def test_the_kernel_takes_the_filter(warm):
    assert "seccomp" in warm.taken


def test_warm_processes_do_not_pile_up():
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _ in range(3):
        with Warm(preload=()) as warm:
            ask(warm, "def f():\n    return 1", ("f", {}, 1))
    gc.collect()
    after = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    assert after <= before


def test_nothing_is_decided_by_an_assert():
    """Python leaves them out where PYTHONOPTIMIZE is set: in the grader they tell the type checker what is there, and nothing else."""
    found = {path: [node.test for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))) if isinstance(node, ast.Assert)]
             for path in GRADER.rglob("*.py")}  # fmt: skip
    assert len(found) > 50
    for path, tests in found.items():
        for test in tests:
            assert re.fullmatch(r"[\w.]+ is not None", ast.unparse(test)), path.name


@pytest.mark.parametrize("layers", [LAYERS, ("landlock", "seccomp"), ("namespaces",), ()], ids=lambda layers: " ".join(layers) or "none")
def test_attacks_tried_in_one_process_come_out_as_each_in_its_own(layers, monkeypatch):
    together = probes.prove(layers)
    alone = lambda warm, sources: {name: probes.went_through(warm, source) for name, source in sources.items()}  # noqa: E731
    monkeypatch.setattr(probes, "attempted", alone)
    assert probes.prove(layers) == together


@pytest.mark.parametrize("starved", [True, False])
def test_a_starved_supervisor_is_given_time_to_tell_how_a_process_ended(monkeypatch, starved):
    """Its seconds without a processor do not count; whoever has one and says nothing is not waited for."""
    import socket

    here, there = socket.socketpair()
    clock = time.monotonic()
    monkeypatch.setattr(warm_module, "waited", lambda task: time.monotonic() - clock if starved else 0.0)
    student = Student.__new__(Student)
    student.warm = types.SimpleNamespace(lines=[], control=here, process=types.SimpleNamespace(pid=1))
    telling = threading.Timer(0.6, there.sendall, [b"ended\n"])
    telling.start()
    assert student.told_within(0.2) is starved
    telling.join()
    for end in (here, there):
        end.close()
