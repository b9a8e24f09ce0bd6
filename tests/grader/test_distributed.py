"""`nnopt grade --dask`: a real scheduler and two workers, which the test starts and one of which it kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import need
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.gradebook.gradebook import Gradebook
from nnopt.grader.grading.grade import Grader
from nnopt.grader.sandbox.probes import prove

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = ("ada", "divya", "emre", "fatima", "goran", "hana", "jun", "kofi", "lena", "mateo")

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own, of its threads and of what it imports


def start(*words):
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen([sys.executable, "-W", "ignore", "-m", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": path})  # fmt: skip


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, and its two workers' processes."""
    need("distributed")
    file = tmp_path / "scheduler.json"
    started = [start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)]
    try:
        started += [start("distributed.cli.dask_worker", "--scheduler-file", file, "--nthreads", 1, "--no-nanny", "--no-dashboard",
                          "--name", name, "--local-directory", tmp_path) for name in ("one", "two")]  # fmt: skip
        deadline = time.monotonic() + 60
        while not file.is_file() or not file.read_text():
            assert time.monotonic() < deadline, "the scheduler does not start"
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.fixture
def submissions(tmp_path):
    for student in STUDENTS:
        to = tmp_path / "class" / student / "gradient" / "adam.ipynb"
        to.parent.mkdir(parents=True)
        to.write_bytes((ROOT / "sample_class" / student / "gradient" / "adam.ipynb").read_bytes())
    return tmp_path / "class"


def marks(graded):
    return {row.student: (row.points, row.outcome, row.diagnosis, row.mistakes) for row in graded.rows if row.outcome != "missing"}


def test_a_worker_killed_half_way_loses_nothing(cluster, submissions, tmp_path, monkeypatch):
    from nnopt.grader.grading import distributed
    from nnopt.grader.grading.distributed import BadCluster, Cluster

    address, (victim, other) = cluster
    level = prove()
    there = Cluster(address, level)
    assert there.jobs == 2
    lost = []

    def kill(row):
        """After the first mark, as soon as the victim has a submission in hand."""
        if lost or row.outcome == "missing":
            return
        name = next(w for w, about in there.client.scheduler_info()["workers"].items() if about["id"] == "one")
        deadline = time.monotonic() + 10
        while not (in_hand := there.client.processing()[name]):
            assert time.monotonic() < deadline, "the worker gets nothing to do"
        lost.extend(in_hand)
        victim.send_signal(signal.SIGKILL)

    grader = Grader(submissions, tmp_path / "far", level, cluster=there)
    try:
        graded = grader.run(kill)
        seed = grader.book.seed
    finally:
        grader.close()
        there.close()
    assert lost
    assert victim.wait(10) == -signal.SIGKILL
    assert not graded.faults
    here = Grader(submissions, tmp_path / "near", level)
    try:
        here.book.seed = seed  # the same inputs
        assert marks(here.run()) == marks(graded)
    finally:
        here.close()
    assert len(marks(graded)) == len(STUDENTS)

    # a regrade there, by the worker that is left
    far, sent = distributed.Remote.mark, []
    monkeypatch.setattr(distributed.Remote, "mark", lambda self, *what: sent.append(what[0]) or far(self, *what))
    arguments = ["regrade", str(submissions), "--out", str(tmp_path / "far"), "--student", "ada", "--dask", address]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "1 graded in this run" in done.output
    assert sent == ["gradient/adam"]
    with Gradebook(tmp_path / "far") as book:
        first, second = book.history("ada", "gradient/adam")
        assert (second.points, second.diagnosis, second.items) == (first.points, first.diagnosis, first.items)
        assert (second.why, second.key) == ("asked for", first.key)
        assert len(book.history("divya", "gradient/adam")) == 1

    # a worker that hangs keeps nobody waiting
    monkeypatch.setattr(distributed, "PROOF", 1.0)
    other.send_signal(signal.SIGSTOP)
    with pytest.raises(BadCluster, match=r"the worker tcp://\S+ cannot take part: TimeoutError: it did not say within 1 seconds what"):
        Cluster(address, level)
    with Gradebook(tmp_path / "far") as book:
        assert len(book.history("ada", "gradient/adam")) == 2


def test_refused_where_no_scheduler_answers(submissions, tmp_path, monkeypatch):
    need("distributed")
    from nnopt.grader.grading import distributed

    monkeypatch.setattr(distributed, "JOIN", 0.5)
    done = CliRunner().invoke(app, ["grade", str(submissions), "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"])
    assert done.exit_code == 2
    assert "no scheduler answers" in done.output
    assert not (tmp_path / "out").exists()


def test_refused_where_the_address_is_none():
    from nnopt.grader.grading.distributed import BadCluster, Cluster

    with pytest.raises(BadCluster, match="--dask localhost is no address of a scheduler"):
        Cluster("localhost", prove(()))
