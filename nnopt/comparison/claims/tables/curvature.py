"""Table K, part: gradient descent and heavy ball with their optimal constants on quadratics. It answers momentum-curvature; 30 starts."""

import math

import numpy as np

import nnopt
from nnopt.problems.smooth import quadratic_gradient, quadratic_value

from ...tasks import Task
from .. import tasks

METHODS = ("GD", "HeavyBall")
CONDITIONS = (1.0, 10.0, 100.0, 1e3, 1e4)
SEEDS = 30


def bowl(condition, factor):
    """A quadratic with curvatures from ``factor`` to ``factor`` times the condition."""
    curvatures = factor * np.geomspace(1.0, condition, 100)
    return nnopt.Problem(
        "quadratic", quadratic_value, quadratic_gradient, 100, None, 0.0, np.zeros(100), arrays=dict(curvatures=curvatures)
    )


def optimal(condition, factor):
    """Constants that are optimal for curvatures in [mu, L] (Polyak 1964)."""
    mu, L = factor, factor * condition
    a, b = math.sqrt(L), math.sqrt(mu)
    return {"GD": nnopt.GD(lr=2 / (L + mu)), "HeavyBall": nnopt.HeavyBall(lr=4 / (a + b) ** 2, beta=((a - b) / (a + b)) ** 2)}


def measure(jobs=None, quick=False):
    found = {}
    for condition in CONDITIONS[:3] if quick else CONDITIONS:
        for factor in (1.0, 100.0):
            task = Task("quadratic", bowl(condition, factor), tasks.near, relative=True)
            found[f"{condition:g}, {factor:g}"] = nnopt.compare(
                task, optimal(condition, factor), budget=3e6, seeds=2 if quick else SEEDS, targets=[1e-6], jobs=1,
            )  # fmt: skip
    return found
