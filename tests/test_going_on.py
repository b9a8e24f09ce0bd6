"""Runs that go on are held against their problem as those that start; what else a search and a walk are asked and told."""

import os
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from kinds_of_methods import Annealing, Polyak, Steepest, note_places, tour_length, tsp, turn_apply, turn_delta  # noqa: F401

import nnopt
from nnopt._jit import R64, N, Point, R, d, k, kernel
from nnopt._loop import OVER, VALUE, Objective, look
from nnopt.optimizer import SearchMethod
from nnopt.problems import Problem, quadratic, sphere
from nnopt.walk import Neighbourhood

CIRCLE = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.random.default_rng(0).permutation(12) / 12])

OTHER_MOVES = """
import numpy as np, nnopt
from kinds_of_methods import *
@kernel
def no_change(x: S[d], q: N) -> R:
    return 0.0
@kernel
def no_move(x: S[d], q: N):
    x[0] = x[0]
cities = np.random.default_rng(0).normal(size=(12, 2))
first = nnopt.minimize(tsp(cities, Neighbourhood(lambda dim: 5, no_change, no_move)), Annealing(), max_evals=100, seed=0)
try: nnopt.minimize(tsp(cities), Annealing(), start=first, max_evals=100)
except ValueError as error: print(error)
"""


def test_a_walk_does_not_go_on_among_other_moves():
    """In a process of its own: the notes of the new moves would lie beyond the end of the old ones' table."""
    done = subprocess.run([sys.executable, "-c", OTHER_MOVES], cwd=os.path.dirname(__file__), capture_output=True, text=True, timeout=200)
    assert (done.returncode, "start" in done.stdout) == (0, True), done.stderr[-300:]


@kernel(browser=False)
def naive(fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], t: N):
    ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)
    for i in range(theta.size):
        theta[i] -= 0.1 * grad[i]
    ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)


@dataclass(frozen=True)
class Naive(SearchMethod, move=naive):
    """Two looks an iteration, as the class's docstring says."""


@pytest.mark.parametrize("max_evals", [4, 5])
def test_a_search_that_looks_in_vain_has_used_its_budget(max_evals):
    r = nnopt.minimize(sphere(2), Naive(), x0=[1.0, 2.0], max_evals=max_evals)
    assert (r.status, r.nfev, r.success) == ("budget", max_evals, True)


@kernel(browser=False)
def compass(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], none: Point[k], theta: R[d], width: R[1], t: N
):  # fmt: skip
    if t == 0:
        ledger[VALUE], width[0] = look(fun, theta, none, rows, given, best, ledger), 1.0
        return
    for j in range(theta.size):
        for sign in (-1.0, 1.0):
            theta[j] += sign * width[0]
            value = look(fun, theta, none, rows, given, best, ledger)
            if value < ledger[VALUE]:
                ledger[VALUE] = value
                return
            theta[j] -= sign * width[0]
            if ledger[OVER] > 0.0:
                return
    width[0] *= 0.5


@dataclass(frozen=True)
class Compass(SearchMethod, move=compass):
    """A search that asks for no gradient."""

    needs_gradient = False


def test_a_look_without_gradient_is_one_evaluation():
    seen = []

    def value(x):
        seen.append(x.copy())
        return quadratic(3)(x)

    r = nnopt.minimize(value, Compass(), x0=[1.0, 2.0, 3.0], max_evals=100)
    assert (r.nfev, r.njev) == (len(seen), 0) == (100, 0)


@kernel
def square(x: R[d]) -> R:
    return x[0] * x[0]


def test_a_search_that_needs_no_gradient_takes_a_problem_without():
    assert nnopt.minimize(Problem("square", square), Compass(), x0=[1.0, 2.0], max_evals=100).fun == 0.0


@pytest.mark.parametrize("count", [lambda dim: 0, lambda dim: dim * (dim - 1) / 4, lambda dim: -1])
def test_a_number_of_moves_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match="count"):
        nnopt.minimize(tsp(CIRCLE[:3], Neighbourhood(count, turn_delta, turn_apply, note_places)), Steepest(), max_evals=50)


def test_a_step_by_hand_that_looks_at_the_loss_asks_for_it():
    optimizer = nnopt.GD(lr=1.0, before=Polyak())
    with pytest.raises((TypeError, ValueError), match="loss"):
        optimizer.step(optimizer.init([1.0]), [1.0])


def test_a_run_that_goes_on_is_held_against_its_new_problem():
    """Evaluations by differences are counted as such, and what the method needs is asked for again."""
    first, seen = nnopt.minimize(quadratic(3), nnopt.GD(lr=0.05), x0=[1.0, 2.0, 3.0], max_evals=5), []

    def value(x):
        seen.append(x.copy())
        return quadratic(3)(x)

    r = nnopt.minimize(value, nnopt.GD(lr=0.05), start=first, max_evals=20)
    assert r.nfev - first.nfev == len(seen) == 20
    with pytest.raises(ValueError, match="GD needs a gradient, which square does not have"):
        nnopt.minimize(Problem("square", square), nnopt.GD(lr=0.05), start=first)
    first = nnopt.minimize(tsp(CIRCLE), Annealing(), max_evals=50, seed=0)
    with pytest.raises(ValueError, match="start is of a run among other moves than those of tsp"):
        nnopt.minimize(tsp(CIRCLE, neighbourhood=None), Annealing(), start=first)


def test_a_step_that_nobody_looked_at_is_no_step_of_length_zero():
    """The tolerance of the step holds against where it began, also where the run broke off behind it."""

    def value(x):
        if len(seen) == 10:
            seen.append(x)
            raise ZeroDivisionError
        seen.append(x)
        return float(x @ x)

    seen: list = []
    optimizer, given = nnopt.GD(lr=0.1), dict(jac=lambda x: 2 * x, xtol=1e-6)
    with pytest.raises(ZeroDivisionError) as caught:
        nnopt.minimize(value, optimizer, x0=[1.0, 2.0], **given)
    r = nnopt.minimize(value, optimizer, start=caught.value.result, **given)
    whole = nnopt.minimize(lambda x: float(x @ x), optimizer, x0=[1.0, 2.0], **given)
    assert (r.status, r.nit) == (whole.status, whole.nit) == ("converged", whole.nit)
