"""Test functions against their formulas, their known minima and central differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnopt
from nnopt._jit import ENABLED, World
from nnopt.problems import Problem
from nnopt.problems.multimodal import cos_turns

FORMULAS = {
    "sphere": lambda x: np.sum(x**2),
    "quadratic": lambda x: 0.5 * np.sum(np.geomspace(1, 10, x.size) * x**2),
    "rosenbrock": lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "himmelblau": lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
    "rastrigin": lambda x: np.sum(10 + x**2 - 10 * np.cos(2 * np.pi * x)),
    "ackley": lambda x: (20 + np.e - 20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * np.pi * x)))),
}


def problems():
    for name in FORMULAS:
        make = getattr(nnopt.problems, name)
        yield from [make()] if name == "himmelblau" else [make(2), make(7)]


@pytest.mark.parametrize("problem", list(problems()), ids=lambda p: f"{p.name}-{p.dim}")
def test_value_gradient_minimum(problem):
    rng = np.random.default_rng(0)
    assert problem(problem.x_best) == pytest.approx(problem.minimum, abs=1e-14)
    for _ in range(20):
        x = rng.uniform(-3, 3, problem.dim)
        assert problem(x) == pytest.approx(FORMULAS[problem.name](x), rel=1e-12, abs=1e-12)
        assert problem(x) > problem.minimum
        h = 1e-6
        central = [(problem(x + h * e) - problem(x - h * e)) / (2 * h) for e in np.eye(problem.dim)]
        np.testing.assert_allclose(problem.grad(x), central, rtol=1e-6, atol=1e-5)


def test_every_problem_is_tested():
    sums = {"least_squares", "logistic", "cloud"}  # in test_kinds.py, and below
    sums |= {"tsp", "qap", "qubo", "maxcut", "knapsack"}  # below, with their moves
    sums |= {"shifted", "rotated"}  # below, of others
    sums |= {"lennard_jones"}  # below, and in frontier/test_hybrid.py
    assert {name for name in dir(nnopt.problems) if name != "Problem"} == set(FORMULAS) | sums


def test_cosine_without_libm():
    x = np.concatenate([np.linspace(-3, 3, 20_001), [0.5, -0.5, 1e6 + 0.25]])
    error = max(abs(cos_turns(v) - math.cos(2 * math.pi * math.remainder(v, 1))) for v in x)
    assert error < 1e-15


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nnopt.problems.rosenbrock(1), r"rosenbrock: dim must be an integer in \[2, inf\), not 1"),
        (lambda: nnopt.problems.sphere(2.5), "not 2.5"),
        (lambda: nnopt.problems.quadratic(2, 0.5), "condition must be a number in .*, not 0.5"),
        (lambda: nnopt.problems.sphere(3)([1, 2]), r"sphere takes a vector of 3 numbers, not an array of shape \(2,\)"),
        (lambda: Problem("f", np.sum).grad([1.0]), "f has no gradient"),
        (lambda: nnopt.problems.shifted(nnopt.problems.sphere(2), [1, 2, 3]), r"shifted: by has shape \(3,\), but \(2,\) is needed"),
        (lambda: nnopt.problems.shifted(nnopt.problems.sphere(2), [1, 9]), r"minimum of sphere would lie at \[1.0, 9.0\], outside the box"),
        (lambda: nnopt.problems.shifted(nnopt.problems.qubo(np.eye(2)), [1, 2]), "known number of reals in float64, but qubo takes 2 of bits"),
        (lambda: nnopt.problems.rotated(nnopt.problems.sphere(2), np.ones((2, 2))), "must be orthogonal, but by @ by.T is up to 2 off"),
        (lambda: nnopt.problems.rotated(nnopt.problems.sphere(2), "left"), "by must be a seed or an orthogonal matrix, not 'left'"),
        (lambda: nnopt.problems.rotated(Problem("f", np.sum), 0), "rotated needs a known number of reals"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_unknown_problem_names_the_known_ones():
    with pytest.raises(AttributeError, match=r"no 'rosenbrok'; it has .*rosenbrock"):
        nnopt.problems.rosenbrok  # noqa: B018


def test_a_cloud_is_a_mean_of_bowls():
    problem = nnopt.problems.cloud(9, dim=3, condition=4.0, seed=2)
    C, a = problem.arrays["C"], problem.arrays["curvatures"]
    np.testing.assert_allclose(C.mean(axis=0), 0, atol=1e-15)
    assert a[0] == 1 and a[-1] == 4
    assert problem(problem.x_best) == pytest.approx(problem.minimum, rel=1e-12)
    rng = np.random.default_rng(1)
    for _ in range(5):
        x = rng.standard_normal(3)
        assert problem(x) == pytest.approx(0.5 * np.mean((x - C) ** 2 @ a), rel=1e-12)
        np.testing.assert_allclose(problem.grad(x), a * x, atol=1e-12)  # the rows' mean is the origin
    with pytest.raises(ValueError, match=r"cloud: condition must be a number in \[1, inf\), not 0.5"):
        nnopt.problems.cloud(condition=0.5)
    with pytest.raises(ValueError, match="cloud: rows must be"):
        nnopt.problems.cloud(0)


# ------------------------------------------------------------------------------------ elsewhere
TURN = np.linalg.qr(np.random.default_rng(7).standard_normal((4, 4)))[0]
BY = np.array([1.0, -0.5, 0.25, 2.0])
MOVED = {  # the problem, and the place that it looks at
    "shifted": (lambda p: nnopt.problems.shifted(p, BY), lambda x, c: x - BY),
    "rotated": (lambda p: nnopt.problems.rotated(p, TURN), lambda x, c: c + TURN @ (x - c)),
    "both": (lambda p: nnopt.problems.shifted(nnopt.problems.rotated(p, TURN), BY), lambda x, c: c + TURN @ (x - BY - c)),
}


@pytest.mark.parametrize("way", MOVED)
@pytest.mark.parametrize("inner", [
    nnopt.problems.rosenbrock(4), nnopt.problems.rastrigin(4), nnopt.problems.quadratic(4, 100), nnopt.problems.least_squares(np.eye(4), BY),
    Problem("python", lambda x: float(np.sum(x**4) + x[0]), lambda x: 4 * x**3 + [1, 0, 0, 0], 4, [(-2, 6)] * 4),
    Problem("no gradient", lambda x: float(np.sum(x**4) + x[0]), None, 4),
    Problem("kernel, no gradient", nnopt.problems.rastrigin(4).value, None, 4, [(-3.0, 5.0)] * 4),
], ids=lambda p: p.name)  # fmt: skip
def test_a_problem_elsewhere_is_the_problem_there(way, inner):
    """Values by the formula, gradients by differences, the minimum where it is said to be; the box stays."""
    make, there = MOVED[way]
    problem, rng = make(inner), np.random.default_rng(0)
    centre = np.zeros(4) if inner.bounds is None else np.mean(inner.bounds, axis=1)
    assert problem.compiled == inner.compiled and problem.bounds == inner.bounds and problem.dim == 4 and problem.rows == inner.rows
    for _ in range(10):
        x = rng.uniform(-3, 3, 4)
        assert problem(x) == pytest.approx(inner(there(x, centre)), rel=1e-12, abs=1e-12)
        if "no gradient" in inner.name:
            with pytest.raises(ValueError, match="has no gradient"):
                problem.grad(x)
            continue
        h = 1e-6
        central = [(problem(x + h * e) - problem(x - h * e)) / (2 * h) for e in np.eye(4)]
        np.testing.assert_allclose(problem.grad(x), central, rtol=1e-6, atol=1e-4)
    if inner.x_best is not None:
        assert problem.minimum == inner.minimum and problem(problem.x_best) == pytest.approx(inner.minimum, abs=1e-20)
        assert np.linalg.norm(problem.x_best - inner.x_best) > 0.1 or (way == "rotated" and (inner.x_best == centre).all())
    if inner.rows:
        assert problem([1.0, 2, 3, 4], rows=[1]) == pytest.approx(inner(there(np.array([1.0, 2, 3, 4]), centre), rows=[1]))


def test_problems_elsewhere_are_minimized_in_compiled_loops():
    """The path of a method that does not know where the origin is, is the same elsewhere: gradient descent, but for rounding."""
    inner = nnopt.problems.rosenbrock(4)
    problem = nnopt.problems.shifted(inner, BY)
    runs = [nnopt.minimize(p, nnopt.Adam(lr=0.02), x0=x, max_evals=200) for p, x in ((inner, np.zeros(4)), (problem, BY))]
    np.testing.assert_allclose(runs[1].x, runs[0].x + BY, rtol=1e-9)
    r = nnopt.minimize(nnopt.problems.rotated(problem, 1), nnopt.CMAES(), max_evals=20_000, target=1e-8, seed=0)
    assert r.success
    seeds = [nnopt.problems.rotated(inner, by)([1, 2, 3, 4]) for by in (5, 5, np.random.default_rng(5), 6)]
    assert seeds[0] == seeds[1] == seeds[2] != seeds[3]


def test_a_seeds_rotations_are_uniform():
    """Where the first axis goes: over 2000 seeds each coordinate has mean 0 and mean square 1/3. Means of 2000 pass five deviations (the
    mean square's variance is 4/45) about twice in a million runs, and the seeds are fixed."""
    tip = Problem("tip", lambda x: float(x[0]), dim=3, bounds=[(-1, 1)] * 3)
    first = np.array([[nnopt.problems.rotated(tip, seed)(e) for e in np.eye(3)] for seed in range(2000)])
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1)
    assert (abs(first.mean(axis=0)) < 5 * np.sqrt(1 / 3 / 2000)).all()
    assert (abs((first**2).mean(axis=0) - 1 / 3) < 5 * np.sqrt(4 / 45 / 2000)).all()


# ------------------------------------------------------------------------------------ some rows of a sum
X, LABELS = np.random.default_rng(0).normal(size=(12, 4)), np.random.default_rng(1).integers(0, 3, 12)
NET = nnopt.Network(nnopt.Dense(5), nnopt.Tanh(), nnopt.Dense(3), input=4, loss=nnopt.CrossEntropy())
SUMS = {  # from some rows alone the problem of those rows
    "kernels": lambda X, y: nnopt.problems.least_squares(X, y),
    "network": lambda X, y: NET.problem(X, y),
    "network, float32": lambda X, y: NET.problem(X, y, dtype="float32"),
    "network, five rows at a time": lambda X, y: NET.problem(X, y, batch=5),
    "functions of Python": lambda X, y: Problem(
        "mean", lambda x, X, rows: float(np.mean(X[rows] @ x)), lambda x, X, rows: X[rows].mean(axis=0), dim=4, rows=len(X), arrays=dict(X=X)
    ),
}


@pytest.mark.parametrize("make", SUMS.values(), ids=SUMS)
@pytest.mark.parametrize("rows", [[3], [11, 0, 7], np.array([2, 2, 5], np.int32), range(12)[::-1]], ids=["one", "three", "twice", "all"])
def test_rows_make_the_problem_of_these_rows(make, rows):
    whole, part = make(X, LABELS), make(X[rows], LABELS[rows])
    x = np.random.default_rng(2).normal(size=whole.dim)
    close = dict(rtol=1e-5, atol=1e-6) if whole.dtype == "float32" else dict(rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(whole(x, rows=rows), part(x), **close)
    np.testing.assert_allclose(whole.grad(x, rows=rows), part.grad(x), **close)
    assert whole.grad(x, rows=rows).dtype == whole.dtype
    if len(rows) < 12:
        assert abs(whole(x, rows=rows) - whole(x)) > 1e-3  # the others do not count


@pytest.mark.parametrize(
    "rows, message",
    [
        ([12], "least_squares: rows must be numbers from 0 to 11, not 12"),
        ([3, -1], "least_squares: rows must be numbers from 0 to 11, not -1"),
        ([], r"must be a vector of 1 to 12 numbers, not an array of shape \(0,\)"),
        ([0] * 13, r"must be a vector of 1 to 12 numbers, not an array of shape \(13,\)"),
        ([[0, 1]], r"must be a vector of 1 to 12 numbers, not an array of shape \(1, 2\)"),
        (3, r"must be a vector of 1 to 12 numbers, not an array of shape \(\)"),
        ([0.5], "must be integers, but entry 0 is 0.5"),
        ([True, False], "not a mask of booleans"),
        ("some", "must be an array of real numbers, not 'some'"),
    ],
)
def test_rows_that_are_none(rows, message):
    problem = nnopt.problems.least_squares(X, LABELS)
    for ask in (problem, problem.grad):
        with pytest.raises(ValueError, match=message):
            ask(np.zeros(4), rows=rows)


def test_no_sum_has_no_rows():
    sphere = nnopt.problems.sphere(2)
    for ask in (sphere, sphere.grad):
        with pytest.raises(ValueError, match="rows must be None for sphere, which is no sum over rows"):
            ask(np.zeros(2), rows=[0])


# ------------------------------------------------------------------------------------ moves
def combinatorial(kind, seed, dim):
    """A random problem of a kind that states its moves."""
    rng = np.random.default_rng(seed)
    if kind == "tsp":
        return nnopt.problems.tsp(rng.uniform(size=(dim, 2)))
    if kind == "qap":
        A, C = (M + M.T for M in rng.normal(size=(2, dim, dim)))
        return nnopt.problems.qap(A, C)
    if kind == "qubo":
        return nnopt.problems.qubo(rng.normal(size=(dim, dim)))
    if kind == "maxcut":
        W = rng.uniform(size=(dim, dim))
        return nnopt.problems.maxcut(W + W.T)
    return nnopt.problems.knapsack(rng.uniform(1, 9, dim), rng.uniform(1, 9, dim), 2.0 * dim)


@pytest.mark.parametrize("kind", ["tsp", "qap", "qubo", "maxcut", "knapsack"])
@given(seed=st.integers(0, 10**6), dim=st.integers(4, 24))
@settings(max_examples=25, deadline=None)
def test_what_a_move_changes_is_what_the_whole_says(kind, seed, dim):
    """Deltas, one by one and all at once after a move, against full evaluations, along a random walk; 0 where a move is none."""
    problem, rng = combinatorial(kind, seed, dim), np.random.default_rng(seed)
    words = frozenset(("begin", "delta", "apply", "refresh"))
    begin, delta, apply, refresh, *_ = problem.moves(World(problem.points), words)
    held = problem.notes(dim), problem.table()  # their addresses alone would not keep them
    notes, table = [each.addresses if ENABLED else each for each in held]
    x = (rng.permutation(dim) if problem.points == "permutations" else rng.integers(0, 2, dim)).astype(np.int64)
    changes = np.zeros(problem.neighbourhood.count(dim))
    begin(x, notes, table)
    refresh(x, -1, changes, notes, table)
    for _ in range(20):
        q, before = int(rng.integers(changes.size)), problem(x)
        change = delta(x, q, notes, table)
        assert change == pytest.approx(changes[q], abs=1e-9 * dim)
        apply(x, q, notes, table)  # also where q is no move: then it does nothing
        assert problem(x) - before == pytest.approx(change, abs=1e-9 * dim)
        refresh(x, q, changes, notes, table)


@pytest.mark.parametrize("kind", ["tsp", "qap", "qubo", "maxcut", "knapsack"])
@given(seed=st.integers(0, 10**6), dim=st.integers(4, 12))
@settings(max_examples=15, deadline=None)
def test_what_is_no_move_brings_nothing_and_changes_nothing(kind, seed, dim):
    """For every q at a random point: where all that it brings is -1, x stays as it is; else x becomes another point, which has what is brought."""
    problem, rng = combinatorial(kind, seed, dim), np.random.default_rng(seed)
    begin, _, apply, _, exchange, _ = problem.moves(World(problem.points), frozenset(("begin", "apply", "exchange")))
    held = problem.notes(dim), problem.table()
    notes, table = [each.addresses if ENABLED else each for each in held]
    start = (rng.permutation(dim) if problem.points == "permutations" else rng.integers(0, 2, dim)).astype(np.int64)
    features = {"tsp": lambda x: {min(a, b) * dim + max(a, b) for a, b in zip(x, np.roll(x, -1), strict=True)},
                "qap": lambda x: set(np.arange(dim) * dim + x)}.get(kind, lambda x: set(np.flatnonzero(x != start)))  # fmt: skip
    for q in range(problem.neighbourhood.count(dim)):
        x, brings, drops = start.copy(), np.zeros(3, np.int64), np.zeros(3, np.int64)
        begin(x, notes, table)
        exchange(x, q, brings, drops, notes, table)
        apply(x, q, notes, table)
        if (brings < 0).all():
            assert (x == start).all() and (drops < 0).all()
        else:
            assert features(x) != features(start)
            assert {b for b in brings if b >= 0} <= features(x)


def test_instances_come_along_with_their_optimum():
    assert nnopt.problems.tsp("berlin52").minimum == 7542 and nnopt.problems.qap("nug30").minimum == 6124
    with pytest.raises(ValueError, match="no instance is called 'berlin'; there are 'berlin52', 'kroA100', 'pcb442'"):
        nnopt.problems.tsp("berlin")


@pytest.mark.parametrize("make, message", [
    (lambda p: p.tsp(np.ones((3, 2))), "at least 4 cities, not of shape"),
    (lambda p: p.tsp([[0, 1, 2, 3], [1, 0, 1, 1], [2, 1, 0, 1], [4, 1, 1, 0]]), "tsp: distances must be the same both ways, but between 0 and 3 they are 3.0 and 4.0"),
    (lambda p: p.qap(np.ones((3, 3))), "qap needs distances beside flows"),
    (lambda p: p.qap(np.ones((3, 3)), np.ones((4, 4))), r"one shape \(d, d\), d at least 3"),
    (lambda p: p.qubo(np.ones(3)), "qubo: Q must be a square array, not of shape"),
    (lambda p: p.knapsack([1, 2], [1, 0], 3), "weights be above zero"),
    (lambda p: p.knapsack([1, 2], [1, 1], 0), r"knapsack: room must be a number in \(0, inf\), not 0"),
])  # fmt: skip
def test_problems_with_moves_say_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make(nnopt.problems)


@pytest.mark.parametrize("atoms", [2, 5])
def test_a_cluster_has_the_energy_of_its_pairs(atoms):
    problem, rng = nnopt.problems.lennard_jones(atoms), np.random.default_rng(0)
    for _ in range(10):
        places = rng.uniform(-1.5, 1.5, (atoms, 3))
        r = np.array([np.linalg.norm(places[i] - places[j]) for i in range(atoms) for j in range(i)])
        if r.min() < 0.5:
            continue
        x = places.ravel()
        assert problem(x) == pytest.approx(4 * np.sum(r**-12 - r**-6), rel=1e-9)
        central = [(problem(x + 1e-6 * e) - problem(x - 1e-6 * e)) / 2e-6 for e in np.eye(x.size)]
        np.testing.assert_allclose(problem.grad(x), central, rtol=1e-5, atol=1e-4 * max(1, np.abs(central).max()))
    assert problem(np.array([0.0, 0, 0, 2 ** (1 / 6), 0, 0] + [100.0 * k for k in range(1, 3 * atoms - 5)])) == pytest.approx(-1, abs=1e-3)
