"""L-BFGS: its direction against the matrix written out, its search against Wolfe's conditions, its runs beside SciPy's."""

import itertools

import numpy as np
import pytest
import scipy.optimize

import nnopt
from nnopt.gradient.lbfgs import two_loops
from nnopt.gradient.wolfe import between
from nnopt.problems import himmelblau, quadratic, rosenbrock


def test_the_two_loops_are_the_product_with_the_matrix():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5, 5))
    A = A @ A.T + np.eye(5)
    for made in range(6):  # with room for three pairs
        S, Y, rho = np.zeros((3, 5)), np.zeros((3, 5)), np.zeros(3)
        for q in range(made):
            S[q % 3] = rng.normal(size=5)
            Y[q % 3] = A @ S[q % 3]
            rho[q % 3] = 1 / (S[q % 3] @ Y[q % 3])
        last = (made - 1) % 3
        H = np.eye(5) * (S[last] @ Y[last] / (Y[last] @ Y[last]) if made else 1.0)
        for q in range(max(0, made - 3), made):
            s, y, r = S[q % 3], Y[q % 3], rho[q % 3]
            V = np.eye(5) - r * np.outer(y, s)
            H = V.T @ H @ V + r * np.outer(s, s)
        g = rng.normal(size=5)
        p = g.copy()
        two_loops(p, S, Y, rho, np.zeros(3), made)
        np.testing.assert_allclose(p, H @ g, rtol=1e-10)


def test_the_cubic_is_least_where_it_says():
    """x^3 - 3 x on [0, 3]: least at 1; where the cubic has no such place, the middle."""
    assert between(0.0, 0.0, -3.0, 3.0, 18.0, 24.0) == pytest.approx(1.0, rel=1e-12)
    assert between(3.0, 18.0, 24.0, 0.0, 0.0, -3.0) == pytest.approx(1.0, rel=1e-12)
    assert between(0.0, 0.0, -1.0, 1.0, -5.0, -1.0) == 0.5
    assert between(0.0, 0.0, -1.0, 1.0, np.nan, 1.0) == 0.5


@pytest.mark.parametrize("problem, x0", [
    (rosenbrock(2), [-1.2, 1.0]), (rosenbrock(10), [-0.5] * 10), (quadratic(30, 1e4), [1.0] * 30), (himmelblau(), [0.5, -3.0]),
])  # fmt: skip
def test_needs_no_more_evaluations_than_scipy(problem, x0):
    ours = nnopt.minimize(problem, nnopt.LBFGS(), x0=x0, gtol=1e-6, max_evals=5000)
    theirs = scipy.optimize.minimize(lambda x: (problem(x), problem.grad(x)), x0, jac=True, method="L-BFGS-B",
                                     options=dict(gtol=1e-6, ftol=0, maxcor=10, maxiter=5000, maxfun=5000))
    assert ours.status == "converged"
    assert np.abs(problem.grad(ours.x)).max() <= 1e-6
    assert ours.nfev <= 1.25 * theirs.nfev + 5


def test_every_step_meets_wolfes_conditions():
    problem, points = rosenbrock(6), []
    nnopt.minimize(problem, nnopt.LBFGS(), x0=np.full(6, -0.5), gtol=1e-5, max_evals=2000, callback=lambda r: points.append(r.x))
    points = [np.full(6, -0.5), *points]
    assert len(points) > 20
    for a, b in itertools.pairwise(points):
        along = b - a
        before, after = problem.grad(a) @ along, problem.grad(b) @ along
        assert problem(b) <= problem(a) + 1e-4 * before + 1e-12
        assert abs(after) <= 0.9 * abs(before) + 1e-12


def test_says_when_nothing_better_can_be_found():
    r = nnopt.minimize(rosenbrock(5), nnopt.LBFGS(), x0=np.zeros(5), max_evals=5000)
    assert r.status == "stopped"
    assert r.fun < 1e-20 and r.nfev < 500


def test_a_wall_is_no_end():
    """Beyond 2 there is no value: the search comes back from it."""

    def wall(x):
        return np.inf if x[0] > 2 else (x[0] - 1.9) ** 2

    r = nnopt.minimize(wall, nnopt.LBFGS(), x0=[-50.0], jac=lambda x: 2 * (x - 1.9), max_evals=200)
    np.testing.assert_allclose(r.x, 1.9, atol=1e-6)


def test_a_budget_that_ends_within_a_search_goes_on():
    problem, optimizer = rosenbrock(4), nnopt.LBFGS()
    for first in (3, 7, 12):
        short = nnopt.minimize(problem, optimizer, x0=np.zeros(4), max_evals=first)
        assert short.nfev <= first
        long = nnopt.minimize(problem, optimizer, start=short, max_evals=400, gtol=1e-8)
        assert long.status == "converged"


def test_trains_a_network_on_all_rows():
    data = nnopt.datasets.load("digits")
    X, y = data.X_train[:300], data.y_train[:300]
    net = nnopt.MLPClassifier((16,), optimizer=nnopt.LBFGS(), epochs=60, random_state=0).fit(X, y)
    assert net.loss_curve_[-1] < 0.05
