"""Generations looked at by several processes: the same run whatever their number, and what becomes of those that raise or die."""

import os
import threading
import time
from multiprocessing import parent_process

import numpy as np
import pytest

import nnopt

BOX = [(-3.0, 3.0)] * 3


def bowl(x):
    return float(np.sum((x - 1.0) ** 2))


def raises(x):
    if x[0] > 1.0:
        raise KeyError("too far")
    return bowl(x)


def dies(x):
    if parent_process() is not None:
        os._exit(3)
    return bowl(x)


class DiesOnce:
    """In the first process that finds no file."""

    def __init__(self, path):
        self.path, self.__name__ = str(path), "dies_once"

    def __call__(self, x):
        if parent_process() is not None and not os.path.exists(self.path):
            with open(self.path, "w"):
                pass
            os._exit(3)
        return bowl(x)


@pytest.mark.parametrize("method", [nnopt.PSO(population_size=12), nnopt.CMAES()], ids=lambda m: type(m).__name__)
def test_the_run_is_the_same_for_any_number(method):
    """100 evaluations are no whole number of generations: the last one is not begun."""
    alone = nnopt.minimize(bowl, method, bounds=BOX, max_evals=100, seed=3)
    for workers in (1, 2, map):
        shared = nnopt.minimize(bowl, method, bounds=BOX, max_evals=100, seed=3, workers=workers)
        np.testing.assert_array_equal(alone.x, shared.x)
        np.testing.assert_array_equal(alone.history.fun, shared.history.fun)
        assert (alone.nfev, alone.fun) == (shared.nfev, shared.fun)


def test_other_processes_do_the_work():
    where = []

    def spread(fun, points):
        where.append(len(points))
        return [fun(x) for x in points]

    r = nnopt.minimize(bowl, nnopt.PSO(population_size=10), bounds=BOX, max_evals=50, seed=0, workers=spread)
    assert where == [10] * 5 and r.nfev == 50


def slow_pid(x):
    time.sleep(0.005)
    return float(os.getpid())


def test_values_come_from_several_processes_other_than_this():
    r = nnopt.minimize(slow_pid, nnopt.PSO(population_size=20), bounds=BOX, max_evals=60, seed=0, workers=2)
    assert r.fun != os.getpid()


def test_what_a_worker_raises_comes_out_with_the_best_so_far():
    with pytest.raises(KeyError, match="too far") as caught:
        nnopt.minimize(raises, nnopt.PSO(population_size=8), bounds=[(-3.0, 1.0), *BOX[1:]], max_evals=8, seed=0, workers=2)
        nnopt.minimize(raises, nnopt.PSO(population_size=30), bounds=BOX, max_evals=300, seed=0, workers=2)
    assert not caught.value.result.success


def test_a_worker_that_dies_is_replaced_once(tmp_path):
    alone = nnopt.minimize(bowl, nnopt.PSO(population_size=8), bounds=BOX, max_evals=40, seed=0)
    r = nnopt.minimize(DiesOnce(tmp_path / "died"), nnopt.PSO(population_size=8), bounds=BOX, max_evals=40, seed=0, workers=2)
    assert (tmp_path / "died").exists()
    np.testing.assert_array_equal(alone.x, r.x)


@pytest.mark.timeout(120)
def test_one_that_dies_again_ends_the_run_with_one_sentence():
    with pytest.raises(RuntimeError, match="a worker process died while it evaluated dies, and so did the one in its place"):
        nnopt.minimize(dies, nnopt.PSO(population_size=8), bounds=BOX, max_evals=40, seed=0, workers=2)


def test_what_cannot_be_sent_is_one_sentence():
    lock = threading.Lock()

    def locked(x):
        with lock:
            return bowl(x)

    with pytest.raises(ValueError, match="workers = 2: locked cannot be sent to other processes"):
        nnopt.minimize(locked, nnopt.PSO(population_size=8), bounds=BOX, max_evals=40, seed=0, workers=2)


@pytest.mark.parametrize("how, message", [
    (dict(fun=nnopt.problems.rosenbrock(3)), "workers are for a Python function, not for the problem rosenbrock"),
    (dict(optimizer=nnopt.Adam(), x0=[0.0] * 3, bounds=None), "many points at once, not for Adam"),
    (dict(workers=0), "workers must be an integer in"), (dict(workers=1.5), "workers must be an integer in"), (dict(workers=True), "workers must be"),
    (dict(jac="2-point"), "jac must be None"),
])  # fmt: skip
def test_bad_input_is_one_sentence(how, message):
    with pytest.raises(ValueError, match=message):
        nnopt.minimize(**{**dict(fun=bowl, optimizer=nnopt.PSO(), bounds=BOX, workers=2), **how})
