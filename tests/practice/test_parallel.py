"""Several ranks: equal to one, to each other, and after a kill; what is sent and what is remembered; and what is refused with one sentence."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import need

import nnopt
from nnopt import GD, SGD, Adam, Clip, Dense, Momentum, NetworkClassifier, NetworkRegressor, ReLU, ScheduleFree
from nnopt.practice import Alone, Threads, TopK
from nnopt.practice.parallel import Checkpoint, SplitLayer, agree, delay_limit, hogwild, local_sgd, share, top_k

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def rows():
    data = nnopt.datasets.load("digits")
    return data.X_train[:300], data.y_train[:300]


def network(**how):
    return NetworkClassifier(**{**dict(layers=[Dense(24), ReLU()], optimizer=Adam(lr=3e-3), epochs=3, dtype="float64", random_state=0), **how})


def on_ranks(size, rows, **how):
    return Threads.run(size, lambda c: network(**how).fit(*rows, communicator=c))


# ------------------------------------------------------------------------------------ data parallelism
@pytest.mark.parametrize("how", [
    {}, dict(optimizer=SGD(lr=0.01), batch_size=7), dict(optimizer=ScheduleFree(lr=0.01)),
    dict(optimizer=Momentum(lr=lambda t: 0.1 / t, before=(Clip(0.5),), after=(nnopt.L1(0.01),))), dict(early_stopping=True, refit=True, epochs=6),
    dict(batch_size=300), dict(class_weight="balanced", label_smoothing=0.1),
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 3])
def test_ranks_train_the_network_of_one_process(rows, how, size):
    """A batch of 32 among 3 ranks is shared unequally, 10, 11 and 11; the last one has 12 rows."""
    one, several = network(**how).fit(*rows), on_ranks(size, rows, **how)
    for net in several:
        assert np.abs(net.theta_ - one.theta_).max() < 1e-12
        np.testing.assert_array_equal(net.theta_, several[0].theta_)
        np.testing.assert_allclose(net.loss_curve_, one.loss_curve_, rtol=1e-12)
        assert net.n_iter_ == one.n_iter_


def test_regression_in_single_precision_and_with_weights_of_rows(rows):
    X, y = rows
    weights = np.linspace(0.5, 2.0, len(X))
    make = lambda: NetworkRegressor([Dense(8), ReLU()], epochs=2, random_state=1)  # noqa: E731
    one = make().fit(X, y / 10.0, weights)
    several = Threads.run(2, lambda c: make().fit(X, y / 10.0, weights, communicator=c))
    np.testing.assert_allclose(several[1].theta_, one.theta_, atol=1e-5)
    np.testing.assert_array_equal(several[0].theta_, several[1].theta_)


def test_dropout_draws_other_masks_on_each_rank_and_the_ranks_stay_equal(rows):
    nets = on_ranks(2, rows, layers=[Dense(24), ReLU(), nnopt.Dropout(0.3)])
    np.testing.assert_array_equal(nets[0].theta_, nets[1].theta_)
    assert np.abs(nets[0].theta_ - on_ranks(1, rows, layers=[Dense(24), ReLU(), nnopt.Dropout(0.3)])[0].theta_).max() > 1e-4


def test_without_a_seed_all_ranks_take_rank_0s(rows):
    nets = on_ranks(2, rows, random_state=None, early_stopping=True, refit=True)
    np.testing.assert_array_equal(nets[0].theta_, nets[1].theta_)


def test_shares_are_all_rows_and_their_parts_add_up():
    for batch, size in ((10, 3), (2, 3), (7, 7)):
        shares = [share(np.arange(batch), rank, size) for rank in range(size)]
        np.testing.assert_array_equal(np.concatenate([rows for rows, _ in shares]), np.arange(batch))
        assert sum(part for _, part in shares) == pytest.approx(1.0) and all(part == len(rows) / batch for rows, part in shares)


# ------------------------------------------------------------------------------------ checkpoints
class Stopped(Exception):
    pass


def stops_at(epoch):
    def callback(seen):
        if seen["epoch"] == epoch:
            raise Stopped

    return callback


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("how", [{}, dict(early_stopping=True, n_iter_no_change=2, refit=True), dict(optimizer=Momentum(lr=lambda t: 0.1 / t)), dict(dtype="float32")])
def test_a_run_goes_on_from_its_checkpoint_to_the_last_bit(rows, tmp_path, size, how):
    how = dict(layers=[Dense(24), ReLU(), nnopt.Dropout(0.2)], epochs=6) | how
    undisturbed = on_ranks(size, rows, **how)[0]
    fit = lambda c, **more: network(**how, **more).fit(*rows, communicator=c, checkpoint=tmp_path / "run.npz")  # noqa: E731
    with pytest.raises(Stopped):
        Threads.run(size, lambda c: fit(c, callback=stops_at(4)))
    for _ in range(2):  # and once more, from a run that had ended
        for net in Threads.run(size, fit):
            np.testing.assert_array_equal(net.theta_, undisturbed.theta_)
            assert net.loss_curve_ == undisturbed.loss_curve_ and net.validation_scores_ == undisturbed.validation_scores_
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("size", [1, 2])
def test_a_checkpoint_of_another_network_or_none_is_one_sentence_on_every_rank(rows, tmp_path, size):
    path = tmp_path / "run.npz"
    network().fit(*rows, checkpoint=path)
    before = path.read_bytes()
    for other in (dict(layers=[Dense(25), ReLU()]), dict(optimizer=Adam(lr=0.1)), dict(dtype="float32"), dict(random_state=1)):
        with pytest.raises(ValueError, match="is the checkpoint of another network, optimizer, data or seed|rank 0 cannot read the checkpoint"):
            Threads.run(size, lambda c, other=other: network(**other).fit(*rows, communicator=c, checkpoint=path))
    assert path.read_bytes() == before
    path.write_bytes(before[: len(before) // 2])
    with pytest.raises(ValueError, match="is no checkpoint of a training|rank 0 cannot read the checkpoint"):
        Threads.run(size, lambda c: network().fit(*rows, communicator=c, checkpoint=path))
    with pytest.raises(ValueError, match="in a folder that exists"):
        network().fit(*rows, checkpoint=tmp_path / "nowhere" / "run.npz")


def test_a_checkpoint_is_replaced_whole(tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path / "run.npz")
    checkpoint.save(a=np.arange(3))

    def full(*args, **more):
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.save(a=np.arange(4))
    np.testing.assert_array_equal(checkpoint.load()["a"], np.arange(3))
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


# ------------------------------------------------------------------------------------ MPI
def mpiexec(what, folder, ranks=2, **environment):
    need("mpi4py")
    found = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found, "mpi4py is installed, but no mpiexec: pip install mpich"
    return subprocess.run([found, "-n", str(ranks), sys.executable, str(HERE / "mpi_train.py"), what, str(folder)], capture_output=True, text=True,
                          timeout=240, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})  # fmt: skip


def test_two_processes_train_the_network_of_one(rows, tmp_path):
    data = nnopt.datasets.load("digits")
    done = mpiexec("equal", tmp_path)
    assert done.returncode == 0, done.stderr
    thetas = [np.load(tmp_path / f"theta{rank}.npy") for rank in range(2)]
    one = NetworkClassifier([Dense(32), ReLU()], optimizer=Adam(lr=3e-3), epochs=5, dtype="float64", random_state=0)
    one.fit(data.X_train[:400], data.y_train[:400])
    np.testing.assert_array_equal(*thetas)
    assert np.abs(thetas[0] - one.theta_).max() < 1e-12


@pytest.mark.timeout(500)
def test_a_killed_rank_ends_the_run_which_goes_on_to_the_same_end(tmp_path):
    quiet, killed = tmp_path / "quiet", tmp_path / "killed"
    quiet.mkdir(), killed.mkdir()
    assert mpiexec("kill", quiet).returncode == 0
    assert mpiexec("kill", killed, KILL_AT="3").returncode != 0
    assert [path.name for path in killed.iterdir()] == ["run.npz"] or not any(path.name.startswith("theta") for path in killed.iterdir())
    again = mpiexec("kill", killed)
    assert again.returncode == 0, again.stderr
    np.testing.assert_array_equal(np.load(quiet / "theta0.npy"), np.load(killed / "theta1.npy"))


def test_a_rank_that_raises_ends_all(tmp_path):
    done = mpiexec("raise", tmp_path)
    assert done.returncode != 0 and "ZeroDivisionError" in done.stderr


def test_ranks_with_other_rows_end_with_one_sentence(tmp_path):
    done = mpiexec("differ", tmp_path)
    assert done.returncode != 0 and "the ranks have different shapes or types of rows" in done.stderr


def test_a_layer_split_over_two_processes_is_the_layer(tmp_path):
    done = mpiexec("split", tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(np.load(tmp_path / f"off{rank}.npy") for rank in range(2)) < 1e-12


# ------------------------------------------------------------------------------------ threads
def test_a_thread_that_raises_ends_the_others_with_its_error():
    def work(comm):
        if comm.rank == 1:
            raise KeyError("mine")
        comm.allreduce(np.zeros(2))

    began = time.perf_counter()
    with pytest.raises(KeyError, match="mine"):
        Threads.run(3, work)
    assert threading.active_count() < 50 and time.perf_counter() - began < 30


def test_a_thread_that_does_not_come_is_not_waited_for():
    with pytest.raises(TimeoutError, match=r"did not come within 0\.2 seconds"):
        Threads.run(2, lambda c: c.rank or c.allreduce(np.zeros(1)), timeout=0.2)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("other", [dict(dtype="float32"), dict(optimizer=Adam(lr=0.5)), dict(epochs=9), dict(random_state=5)])
def test_ranks_with_other_settings_are_told_so(rows, size, other):
    with pytest.raises(ValueError, match="the ranks have different values of"):
        Threads.run(size, lambda c: network(**(other if c.rank == 1 else {})).fit(*rows, communicator=c))


def test_three_ranks_whose_mean_one_has_are_told_apart():
    def work(comm):
        try:
            agree(comm, {"marks": "abc"[comm.rank]})
        except ValueError as error:
            return str(error)

    assert all("the ranks have different marks" in said for said in Threads.run(3, work))


@pytest.mark.parametrize("how, message", [
    (dict(communicator=3), "communicator must have rank, size and allreduce, such as"), (dict(communicator=Alone), None),
])  # fmt: skip
def test_what_is_no_communicator_is_one_sentence(rows, how, message):
    if message is None:
        how = dict(communicator=Alone())
        assert network().fit(*rows, **how).score(*rows) > 0.2
        return
    with pytest.raises(ValueError, match=message):
        network().fit(*rows, **how)


def test_a_population_and_a_batch_too_small_are_refused(rows):
    with pytest.raises(ValueError, match="communicator needs a method that follows a gradient, not PSO"):
        network(optimizer=nnopt.PSO(population_size=2), batch_size=300).fit(*rows, communicator=Alone())
    with pytest.raises(ValueError, match="a batch of 1 rows cannot be shared among 2 ranks"):
        on_ranks(2, rows, batch_size=1)


# ------------------------------------------------------------------------------------ compression
def test_top_k_by_hand():
    np.testing.assert_array_equal(top_k(np.array([1.0, -5.0, 0.5, 3.0]), 2), [0.0, -5.0, 0.0, 3.0])


def test_what_is_not_sent_is_sent_later():
    """Over all steps, what was sent and what is remembered add up to what was given."""
    rng = np.random.default_rng(0)

    def work(comm):
        compressed, given, sent = TopK(comm, 0.25), np.zeros(8), np.zeros(8)
        for _ in range(20):
            x = rng.normal(size=8)
            given += x
            compressed.allreduce_gradient(x)
            assert np.count_nonzero(x) <= 2
            sent += x
        np.testing.assert_allclose(sent + compressed._rest, given, atol=1e-12)

    Threads.run(1, work)


def test_error_feedback_keeps_learning_where_compression_alone_stops(rows):
    """Two per cent of each gradient is sent. With the rest remembered the loss after 15 epochs is near the whole gradient's."""
    losses = {}
    for name, wrap in dict(whole=lambda c: c, feedback=lambda c: TopK(c, 0.02), without=lambda c: TopK(c, 0.02, feedback=False)).items():
        nets = Threads.run(2, lambda c, wrap=wrap: network(optimizer=GD(lr=0.1), batch_size=32, epochs=15).fit(*rows, communicator=wrap(c)))
        np.testing.assert_array_equal(nets[0].theta_, nets[1].theta_)
        losses[name] = nets[0].loss_curve_[-1]
    assert losses["feedback"] < 1.15 * losses["whole"] and losses["without"] > 1.15 * losses["feedback"]


# ------------------------------------------------------------------------------------ seldom, late, without locks
@pytest.fixture(scope="module")
def problem(rows):
    net = network(epochs=1).fit(*rows).network_
    return net.problem(*rows), net.start(0)


def test_local_sgd_of_one_rank_is_sgd(problem):
    loss, theta = problem
    found = local_sgd(loss, GD(lr=0.1), theta, rows=np.arange(300), steps=20, every=7, batch_size=30, seed=4)
    order, x = np.random.default_rng([4, 0]), theta.copy()
    order.integers(0, 2**64, size=1, dtype=np.uint64)  # the optimizer's own seed
    for _ in range(2):
        for batch in order.permutation(300).reshape(10, 30):
            x -= 0.1 * loss.grad(x, rows=batch)
    np.testing.assert_allclose(found, x, atol=1e-12)


def test_local_sgd_averages_the_ranks(problem):
    loss, theta = problem
    work = lambda c: local_sgd(loss, GD(lr=0.1), theta, rows=np.arange(c.rank, 300, 3), steps=30, every=10, communicator=c, seed=1)  # noqa: E731
    nets = Threads.run(3, work)
    np.testing.assert_array_equal(nets[0], nets[2])
    assert loss(nets[0]) < 0.95 * loss(theta)
    with pytest.raises(ValueError, match="rank 1 has no rows"):
        Threads.run(2, lambda c: local_sgd(loss, GD(), theta, rows=[0, 1] if c.rank == 0 else [], steps=1, every=1, communicator=c))


def test_hogwild_learns(problem):
    loss, theta = problem
    for threads in (1, 4):
        assert loss(hogwild(loss, GD(lr=0.1), theta, threads=threads, steps=200, seed=0)) < 0.6 * loss(theta)
    with pytest.raises(ValueError, match="a gradient method, not PSO"):
        hogwild(loss, nnopt.PSO(), theta, threads=2, steps=10)


@pytest.mark.parametrize("delay", [0, 1, 2, 5, 12])
def test_the_limit_of_a_delay(delay):
    """Just below it the iteration dies out, just above it grows: the roots of z^(tau + 1) - z^tau + rate."""
    for factor, stable in ((0.999, True), (1.001, False)):
        polynomial = np.zeros(delay + 2)
        polynomial[:2] = 1, -1
        polynomial[-1] += factor * delay_limit(delay)
        assert (np.abs(np.roots(polynomial)).max() < 1) == stable
    assert delay_limit(delay, curvature=4.0) == pytest.approx(delay_limit(delay) / 4)


# ------------------------------------------------------------------------------------ a layer split
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_split_layer_has_the_gradients_of_the_whole(size):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), rng.integers(0, 3, 20)
    net = nnopt.Network(Dense(7), ReLU(), Dense(3), input=5, loss=nnopt.CrossEntropy())
    theta = net.start(1) + 0.1
    first, second = net.arrays(theta)
    wanted = net.arrays(net.problem(X, y).grad(theta))

    def work(comm):
        part = SplitLayer(first["W"], first["b"], second["W"], second["b"], comm)
        loss, gradients = part.gradients(X, y)
        expected = wanted[0]["W"][:, part.mine], wanted[0]["b"][part.mine], wanted[1]["W"][part.mine], wanted[1]["b"]
        for found, right in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-12)
        assert loss == pytest.approx(net.problem(X, y)(theta), rel=1e-12)

    Threads.run(size, work)


def test_more_ranks_than_neurons_are_refused():
    with pytest.raises(ValueError, match="2 neurons cannot be shared among 3 ranks"):
        Threads.run(3, lambda c: SplitLayer(np.zeros((4, 2)), np.zeros(2), np.zeros((2, 3)), np.zeros(3), c))
