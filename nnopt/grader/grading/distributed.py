"""`nnopt grade --dask tcp://...`: markers on the machines of a Dask cluster that is there already.

A task is one submission, marked in a sandbox of the worker that takes it; reading notebooks and writing the gradebook stay here. When a
worker dies, the scheduler gives its task to another one, and no mark is lost or counted twice, as only this side writes them.

Whoever can speak to a Dask scheduler can run code on its workers, and tasks carry the gradebook's seed: the cluster must be the
course's own, on a network that students do not reach, or behind TLS (an address ``tls://...``, with the certificates in Dask's own
configuration).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exercise import course
from ..sandbox.probes import Level, prove
from ..sandbox.session import PATIENCE, STAGES
from ..sandbox.warm import SandboxFault
from .fingerprint import grader_version
from .marker import SLACK, Mark, Marker, Setup, sha256

if TYPE_CHECKING:
    from distributed import Future

JOIN = 10.0  # seconds to reach the scheduler
PROOF = 120.0  # seconds in which every worker must have said what its sandbox holds: a busy one takes some


class BadCluster(ValueError):
    """A cluster that cannot be used: one sentence."""


@dataclass(frozen=True)
class Terms:
    """What a mark depends on, which must be the same on every worker."""

    level: str
    grader: str
    specs: tuple[tuple[str, str], ...]

    def differences(self, other: Terms) -> list[str]:
        """What is not the same, in words."""
        found = [] if self.level == other.level else [f"its sandbox is {other.level}, here it is {self.level}"]
        found += [] if self.grader == other.grader else ["its nnopt is another one"]
        return found + ([] if self.specs == other.specs else ["its course is another one (or was, when it began: start it again)"])


class Cluster:
    """A Dask cluster as a place for markers: ``marker(setup)`` has the methods of `Marker`, ``jobs`` are its workers' threads.

    Parameters
    ----------
    address : str
        Of the scheduler, as Dask writes it: ``tcp://host:port``.
    level : Level
        What this machine's sandbox was proved to hold. Every worker must hold the same.
    course_folder : path, optional
        A course of one's own, in the same place on every worker; nnopt's by default.

    Raises
    ------
    BadCluster
        When Dask is not installed, no scheduler answers, it has no workers, or one of them would mark otherwise than this machine.
    """

    def __init__(self, address: str, level: Level, course_folder=None):
        if "://" not in address:
            raise BadCluster(f"--dask {address} is no address of a scheduler: it takes one like tcp://host:8786")
        try:
            from distributed import Client
        except ImportError:
            raise BadCluster("--dask needs Dask: pip install 'nnopt[dask]'") from None
        self.terms = terms(level.name, course_folder)
        try:
            self.client = Client(address, timeout=JOIN, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise BadCluster(f"--dask {address}: no scheduler answers there ({type(error).__name__})") from None
        try:
            threads = self.client.nthreads()
            self.jobs = sum(threads.values())
            if not self.jobs:
                raise BadCluster(f"--dask {address}: the cluster has no workers")
            found = self.client.sync(self.proofs, list(threads), level.asked, course_folder)
            for worker, own in found.items():
                wrong = self.terms.differences(own) if isinstance(own, Terms) else [f"{type(own).__name__}: {own}"[:200]]
                if wrong:
                    raise BadCluster(f"--dask {address}: the worker {worker} cannot take part: {', '.join(wrong)}")
        except BaseException:
            self.client.close()
            raise

    async def proofs(self, workers: list[str], layers: tuple[str, ...], course_folder) -> dict[str, object]:
        """The terms of every worker, or what went wrong there. A worker that hangs must not keep the class waiting."""
        asked = {worker: asyncio.ensure_future(self.client.run(on_worker, layers, course_folder, workers=[worker], on_error="return"))
                 for worker in workers}  # fmt: skip
        await asyncio.wait(asked.values(), timeout=PROOF)
        found: dict[str, object] = {}
        for worker, task in asked.items():
            if not task.done():
                task.cancel()
                found[worker] = TimeoutError(f"it did not say within {PROOF:g} seconds what its sandbox holds")
            elif error := task.exception():
                found[worker] = error
            else:
                found |= task.result()
        return found

    def marker(self, setup: Setup) -> Remote:
        """A marker whose work is done by whichever worker is free."""
        return Remote(self, setup)

    def close(self) -> None:
        """Let go of the cluster; it stays as it is."""
        self.client.close()


class Remote:
    """A `Marker` somewhere in the cluster."""

    def __init__(self, cluster: Cluster, setup: Setup):
        self.cluster, self.setup = cluster, setup
        self.task: Future | None = None
        self.patience = 2 * (2 * (1 + PATIENCE) * STAGES * setup.seconds + 2 * SLACK)  # a worker may die late, and another begin anew

    def mark(self, name: str, cells: list[str]) -> Mark:
        """As `Marker.mark`. SandboxFault also when no worker gives an answer."""
        task = self.task = self.cluster.client.submit(mark, self.setup, self.cluster.terms, name, cells, pure=False)
        try:
            return task.result(timeout=self.patience)
        except TimeoutError:
            raise SandboxFault("no worker of the cluster answers") from None
        finally:
            self.close()

    def close(self) -> None:
        """Drop what is being done for this marker."""
        task, self.task = self.task, None
        if task is not None:
            with contextlib.suppress(Exception):  # the connection may be gone, and with it the task
                task.cancel()


# ----------------------------------------------------------------------------------------------------------- on a worker
idle: queue.SimpleQueue[Marker] = queue.SimpleQueue()  # markers of this worker that wait for work


def mark(setup: Setup, expected: Terms, name: str, cells: list[str]) -> Mark:
    """One task: mark this notebook here. A worker that joined after the start proves itself first."""
    if wrong := expected.differences(on_worker(setup.layers, setup.course_folder)):
        raise SandboxFault(f"a worker of the cluster cannot take part: {', '.join(wrong)}")
    marker = free(setup)
    try:
        given = marker.mark(name, cells)
    except BaseException:
        marker.close()
        raise
    idle.put(marker)
    return given


def free(setup: Setup) -> Marker:
    """A marker of this setup that waits, or a new one; those of other setups are ended."""
    with contextlib.suppress(queue.Empty):
        while True:
            marker = idle.get_nowait()
            if marker.setup == setup:
                return marker
            marker.close()
    return Marker(setup)


@functools.cache
def on_worker(layers: tuple[str, ...], course_folder) -> Terms:
    """The terms of this process."""
    return terms(prove(layers).name, course_folder)


def terms(level: str, course_folder) -> Terms:
    """The terms of this process, whose sandbox holds `level`."""
    specs = course.specs(course_folder)
    return Terms(level, grader_version(), tuple(sorted((name, sha256(path)) for name, path in specs.items())))
