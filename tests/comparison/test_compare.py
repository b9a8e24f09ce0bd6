"""Comparisons: pairs, costs, tuning on other seeds, equal whatever the number of processes, and going on after a kill."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nnopt
from nnopt.comparison import RANDOM_SEARCH, Restarted, Task
from nnopt.comparison.claims import tasks
from nnopt.comparison.runs import run, thinned

sphere, rosenbrock = nnopt.problems.sphere(3), nnopt.problems.rosenbrock(2)


def same(a, b):
    """Equal but for the clock."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in a.table] == [{k: v for k, v in row.items() if k != "seconds"} for row in b.table]


def test_runs_are_paired_by_seed_and_start():
    found = nnopt.compare([sphere, rosenbrock], [nnopt.GD(), nnopt.Adam()], budget=60, seeds=3, jobs=1)
    for problem in found.problems:
        starts = [found.values(problem, method, "start") for method in found.methods]
        np.testing.assert_array_equal(*starts)
        assert len(set(starts[0])) == 3


def test_a_gradient_costs_three_rows():
    """GD from the start: the value and gradient of 7 points fit into 21 rows; a swarm of 40 has no generation in them."""
    row = run(Task("s", sphere), nnopt.GD(lr=0.01), 0, 21, targets=[1e-9])
    assert row["spent"] == 21 and row["steps"] == 6 and row["curve"][0] == [3.0 * k for k in range(1, 8)]
    assert run(Task("s", sphere), nnopt.GD(lr=0.01), 0, 21, "evaluations", [1e-9])["spent"] == 21
    steps = run(Task("s", sphere), nnopt.GD(lr=0.01), 0, 21, "steps", [1e-9])
    assert steps["steps"] == 21 and steps["spent"] == 21


def test_a_gradient_on_a_batch_costs_three_times_its_rows():
    task = tasks.noisy_quadratic(batch=8)
    row = run(task, nnopt.GD(lr=1e-3), 0, 24 * 100, targets=[1e-9])
    assert row["steps"] == 100 and row["spent"] == 2400
    whole = run(tasks.noisy_quadratic(batch=None), nnopt.GD(lr=1e-3), 0, 3 * 1024 * 5, targets=[1e-9])
    assert whole["spent"] == 3 * 1024 * 5


def test_the_cost_to_a_target_is_where_it_is_reached():
    """GD halves the distance in each step of lr = 0.25 on the sphere: its value is a quarter, so the k-th look sees f0 / 4^k."""
    row = run(Task("s", sphere), nnopt.GD(lr=0.25), 3, 300, targets=[1.0, 1e-3])
    k = [max(0, math.ceil(math.log(row["start"] / eps, 4))) for eps in (1.0, 1e-3)]
    assert row["to"] == [3.0 * (1 + each) for each in k] and row["status"] == "target"


def test_a_miss_is_infinite_and_an_unknown_minimum_none():
    assert run(Task("r", rosenbrock), nnopt.GD(lr=1e-4), 0, 30, targets=[1e-6])["to"] == [math.inf]
    unknown = nnopt.problems.least_squares([[1.0], [1.0]], [0.0, 2.0])
    task = Task("u", unknown, start=lambda problem, rng: rng.standard_normal(1))
    assert run(task, nnopt.GD(), 0, 30, targets=[1e-6])["to"] == [None]


def test_what_diverges_is_told():
    row = run(tasks.noisy_quadratic(batch=8), nnopt.GD(lr=1e3), 0, 2e4, targets=[0.1])
    assert row["status"] == "failed" and row["to"] == [math.inf]


def test_restarts_share_the_budget():
    row = run(Task("s", sphere), Restarted(nnopt.GD(lr=1e-6), runs=4), 0, 120, targets=[1e-9])
    assert row["spent"] == 120 and row["steps"] == 4 * 9
    one = run(Task("s", sphere), nnopt.GD(lr=1e-6), 0, 120, targets=[1e-9])
    assert row["best"] <= one["best"] * (1 + 1e-3)


def test_random_search_stays_in_the_box_and_finds_something():
    row = run(Task("s", sphere), RANDOM_SEARCH, 0, 4000, targets=[1e-12])
    assert row["best"] < row["start"] and row["spent"] == 4000


def test_seconds_end_a_run():
    row = run(Task("r", rosenbrock), nnopt.Adam(lr=1e-6), 0, 0.05, "seconds", [1e-12])
    assert row["spent"] <= 0.05 and row["steps"] > 10


def test_a_thinned_curve_keeps_its_end_and_falls():
    cost, best = thinned(np.arange(1, 5001.0), np.minimum.accumulate(np.random.default_rng(0).random(5000)))
    assert len(cost) <= 201 and cost[-1] == 5000 and (np.diff(best) <= 0).all()


def test_it_is_equal_whatever_the_number_of_processes():
    how = dict(budget=400, seeds=4, targets=[0.1], tune={"lr": [0.01, 0.1, 0.3]}, trials=2)
    some = [nnopt.GD(), nnopt.PSO(population_size=10)]
    assert same(nnopt.compare([sphere, rosenbrock], some, jobs=1, **how), nnopt.compare([sphere, rosenbrock], some, jobs=2, **how))


def test_tuning_looks_at_other_seeds_and_stands_beside_the_untuned():
    from scipy.stats import loguniform

    found = nnopt.compare(sphere, [nnopt.GD(lr=1e-6), nnopt.PSO()], budget=200, seeds=4, targets=[0.1], tune={"lr": loguniform(1e-3, 1)}, jobs=1)
    assert found.methods == ["GD", "GD, tuned", "PSO"] and {row["seed"] for row in found.table} == {0, 1, 2, 3}
    assert np.median(found.values("sphere", "GD, tuned")) < np.median(found.values("sphere", "GD"))
    assert list(found.about["tuned"]) == ["sphere, GD, tuned"] and found.about["tuning_cost"]["sphere, GD"] > 200
    with pytest.raises(ValueError, match="seed 1000 is one that tuning takes"):
        nnopt.compare(sphere, nnopt.GD(), budget=9, seeds=[1000], tune={"lr": [0.1]})


def test_validation_rows_choose_and_test_rows_do_not():
    task = tasks.learning("digits 64-4-10", 32, scored=True)
    row = run(task, nnopt.Adam(lr=0.01), 0, 3e4, targets=[0.1])
    assert 0.1 < row["score"] < 1 and row["held"] > 0 and row["to"] == [None]


KILLED = """
import nnopt, sys, time
def slow(x):
    time.sleep(0.002)
    return float(x @ x)
p = nnopt.Problem("slow", slow, lambda x: 2 * x, 2, [(-1, 1)] * 2, 0.0)
print("begun", flush=True)
nnopt.compare(p, nnopt.GD(lr=1e-3), budget=150, seeds=20, targets=[1e-9], jobs=1, store=sys.argv[1])
print("done", flush=True)
"""


def test_a_killed_comparison_goes_on_where_it_stopped(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf8")
    command = [sys.executable, str(script), str(tmp_path / "kept")]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    journal = None
    for _ in range(2000):
        journal = next(iter(tmp_path.glob("kept-*.jsonl")), None)
        if journal and len(journal.read_text(encoding="utf8").splitlines()) >= 3:
            break
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    first.wait()
    first.stdout.close()
    before = [json.loads(line) for line in journal.read_text(encoding="utf8").splitlines() if line.endswith("}")]
    assert 3 <= len(before) < 20
    with open(journal, "a", encoding="utf8") as file:
        file.write('{"key": "slow|GD|def')  # torn by the kill
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    assert "done" in done.stdout
    kept = {}
    for line in journal.read_text(encoding="utf8").splitlines():
        if line.endswith("}"):
            entry = json.loads(line)
            assert entry["key"] not in kept, "run twice"
            kept[entry["key"]] = entry["row"]
    assert len(kept) == 20 and all(kept[entry["key"]] == entry["row"] for entry in before)


@pytest.mark.parametrize("change, sentence", [
    (dict(problems=3), "problems must be problems such as"),
    (dict(optimizers="Adam"), "optimizers must be optimizers such as"),
    (dict(problems=[sphere, sphere]), "two problems are called 'sphere'"),
    (dict(budget=0), "budget"),
    (dict(cost="joules"), "cost must be one of rows, evaluations, steps, seconds, not 'joules'"),
    (dict(targets=[]), "targets must be at least one"),
    (dict(targets=[-1.0]), "a target"),
    (dict(tune={"rate": [1.0]}), "no method that is compared has a field 'rate' to tune"),
    (dict(tune={"PSO": {"w": [1.0]}}), "tune names 'PSO', which is not compared"),
    (dict(seeds=[1, 1]), "seeds must be"),
    (dict(optimizers=[]), "optimizers must be at least one"),
])  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence(change, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        nnopt.compare(**{**dict(problems=sphere, optimizers=nnopt.GD(), budget=10, jobs=1), **change})


def test_nothing_is_left_in_the_cache(tmp_path, monkeypatch):
    from nnopt import _cache

    monkeypatch.setattr(_cache, "folder", lambda: tmp_path)
    nnopt.compare(sphere, nnopt.GD(), budget=30, seeds=2, jobs=1)
    assert [path for path in Path(tmp_path).rglob("*") if path.is_file()] == []


def test_on_a_dask_cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        there = nnopt.compare(sphere, nnopt.GD(), budget=60, seeds=3, targets=[0.1], dask=cluster.scheduler_address)
    assert same(there, nnopt.compare(sphere, nnopt.GD(), budget=60, seeds=3, targets=[0.1], jobs=1))
