"""One row's gradient against that of all rows, at the start, at half and at the end of training: table K, part. It answers sgd-variance."""

import numpy as np

import nnopt

from .. import tasks

METHODS = ("Adam",)
NETWORKS = ("digits 64-64-10", "Fashion 784-64-10", "text")
DRAWS, BUDGET = 1000, 1e5


def measured(problem, theta, draws):
    """Median angle, in degrees, and trace of the covariance over the squared length of the gradient."""
    whole = problem.grad(theta).astype(float)
    rows = np.random.default_rng(5).integers(0, problem.rows, draws)
    g = np.array([problem.grad(theta, rows=[row]) for row in rows], float)
    lengths = np.linalg.norm(g, axis=1) * np.linalg.norm(whole)
    cosine = (g @ whole)[lengths > 0] / lengths[lengths > 0]
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    found = dict(mean=angles.mean(), deviation=angles.std(ddof=1), noise=g.var(axis=0).sum() / (whole @ whole))
    return {name: float(number) for name, number in found.items()} | dict(n=len(angles))


def measure(jobs=None, quick=False):
    found = {}
    for name in NETWORKS:
        problem, theta, made = tasks.network(name).problem, None, None
        theta = tasks.start(name, problem, np.random.default_rng(0)).astype("float32")
        steps = int((BUDGET / 20 if quick else BUDGET) / (3 * 32))
        found[name] = {"start": measured(problem, theta, 50 if quick else DRAWS)}
        for place in ("half", "end"):
            made = nnopt.minimize(
                problem, nnopt.Adam(lr=3e-3), x0=None if made else theta, start=made, max_evals=steps // 2, batch_size=32, seed=1
            )
            found[name][place] = measured(problem, made.x, 50 if quick else DRAWS)
    return found
