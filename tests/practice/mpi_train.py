"""What test_parallel.py runs under mpiexec: ``mpi_train.py WHAT FOLDER``."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

import nnopt
from nnopt.practice import MPI
from nnopt.practice.parallel import SplitLayer

WHAT, FOLDER = sys.argv[1], Path(sys.argv[2])
DATA = nnopt.datasets.load("digits")
X, Y = DATA.X_train[:400], DATA.y_train[:400]


def network(**how):
    given = dict(layers=[nnopt.Dense(32), nnopt.ReLU()], optimizer=nnopt.Adam(lr=3e-3), epochs=5, dtype="float64", random_state=0)
    return nnopt.NetworkClassifier(**{**given, **how})


def main():
    comm = MPI()
    if WHAT == "equal":
        np.save(FOLDER / f"theta{comm.rank}.npy", network().fit(X, Y, communicator=comm).theta_)
    if WHAT == "kill":

        def bomb(seen):
            if os.environ.get("KILL_AT") == str(seen["epoch"]) and comm.rank == comm.size - 1:
                os.kill(os.getpid(), signal.SIGKILL)

        net = network(layers=[nnopt.Dense(32), nnopt.ReLU(), nnopt.Dropout(0.2)], callback=bomb)
        np.save(FOLDER / f"theta{comm.rank}.npy", net.fit(X, Y, communicator=comm, checkpoint=FOLDER / "run.npz").theta_)
    if WHAT == "raise":
        network(callback=lambda seen: 1 / (comm.rank - 1)).fit(X, Y, communicator=comm)
    if WHAT == "differ":
        network().fit(X[: 400 - comm.rank], Y[: 400 - comm.rank], communicator=comm)
    if WHAT == "split":
        rng = np.random.default_rng(0)
        W1, W2 = rng.normal(size=(64, 30)) / 8, rng.normal(size=(30, 10)) / 5
        whole, part = SplitLayer(W1, np.zeros(30), W2, np.zeros(10)), SplitLayer(W1, np.zeros(30), W2, np.zeros(10), comm)
        for _ in range(50):
            rows = rng.integers(0, 400, 32)
            losses = whole.step(X[rows], Y[rows], 0.1), part.step(X[rows], Y[rows], 0.1)
        off = max(np.abs(whole.W1[:, part.mine] - part.W1).max(), np.abs(whole.W2[part.mine] - part.W2).max(), abs(losses[0] - losses[1]))
        np.save(FOLDER / f"off{comm.rank}.npy", off)


if __name__ == "__main__":
    main()
