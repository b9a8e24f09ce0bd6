"""The genetic algorithm: operators by hand and by their laws, whole runs against NumPy from the same random numbers, three kinds of points."""

import numpy as np
import pytest
from scipy.stats import kstest

import nnopt
from nnopt.metaheuristics import genetic_operators as ops
from nnopt.problems import Problem, maxcut, rastrigin, rosenbrock, sphere, tsp
from nnopt.random import fill, generator


# ------------------------------------------------------------------------------------ operators by hand
def test_slots_by_hand():
    fP, wheel = np.array([3.0, 1.0, np.inf, 5.0, 3.0]), np.zeros(5)
    ops.slots_by_value(wheel, fP)
    assert wheel.tolist() == [1, 3, 3, 3, 4]  # half the widths 2, 4, 0, 0, 2
    ops.slots_by_rank(wheel, fP)
    assert wheel.tolist() == [2.5, 6.5, 6.5, 7.5, 10]  # worse ones: 2 and half an equal one, 4, 0, 1, 2 and a half


def test_the_wheel_finds_the_slot():
    wheel = np.array([0.0, 2.0, 6.0, 6.0, 8.0])
    assert [ops.spin(wheel, u) for u in (0.0, 0.249, 0.25, 0.74, 0.75, 0.999)] == [1, 1, 2, 2, 4, 4]
    for equal in (np.full(4, 7.0), np.full(4, np.inf)):  # any
        ops.slots_by_value(wheel[:4], equal)
        assert [ops.spin(wheel[:4], u) for u in (0.0, 0.3, 0.99)] == [0, 1, 3]


def test_roulette_shifts_with_the_values_but_does_not_bear_a_bent_scale():
    f = np.array([1.0, 2.0, 3.0, 4.0])
    wheels = [np.zeros(4) for _ in range(3)]
    for wheel, values in zip(wheels, (f, 10 * f + 1000, np.exp(f))):
        ops.slots_by_value(wheel, values)
    np.testing.assert_allclose(wheels[0] / wheels[0][-1], wheels[1] / wheels[1][-1], rtol=1e-12)
    assert abs(wheels[0] / wheels[0][-1] - wheels[2] / wheels[2][-1]).max() > 0.1
    ranked = np.zeros(4)
    for values in (f, np.exp(f)):
        ops.slots_by_rank(ranked, values)
        assert ranked.tolist() == [3, 5, 6, 6]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_tournament_takes_ranks_by_its_law(size):
    """Member of rank r of n is taken with probability ((n - r)^k - (n - r - 1)^k) / n^k. 20 000 draws, chi squared of 9 degrees beyond 45
    happens once in 1e6 runs, and the seed is fixed."""
    n, rng = 10, generator(1)
    fP = np.random.default_rng(0).permutation(n).astype(float)
    counts = np.bincount([int(fP[ops.tournament(fP, rng, size)]) for _ in range(20_000)], minlength=n)
    r = np.arange(n)
    expected = 20_000 * ((n - r) ** size - (n - r - 1) ** size) / n**size
    assert ((counts - expected) ** 2 / expected).sum() < 45


def test_crossovers_by_hand():
    x, y = np.arange(5.0), np.arange(10.0, 15.0)
    ops.cross_one_point(x, y, 3)
    assert (x.tolist(), y.tolist()) == ([0, 1, 2, 13, 14], [10, 11, 12, 3, 4])
    x, y = np.arange(3), np.arange(3) + 10
    ops.cross_uniform(x, y, np.array([0.49, 0.5, 0.0]))
    assert (x.tolist(), y.tolist()) == ([10, 1, 12], [0, 11, 2])
    x, y = np.zeros(3), np.array([1.0, 1.0, -2.0])
    ops.cross_blend(x, y, np.array([0.0, 0.75, 0.5]), 0.5)
    assert (x.tolist(), y.tolist()) == ([-0.5, 1, -1], [1.5, 0, -1])
    x, y = np.full(4, 2.0), np.full(4, 4.0)
    ops.cross_sbx(x, y, np.array([0.125, 0.125, 0.5, 0.125]), np.array([0.3, 0.2, 0.4, 0.6]), 1.0)  # beta(1/8) = 1/2, beta(1/2) = 1
    np.testing.assert_allclose((x, y), ([2.5, 3.5, 2, 2], [3.5, 2.5, 4, 4]))


def test_order_crossover_by_hand():
    """The example of D. E. Goldberg 1989, chapter 5, with cities counted from 0: the piece of A, the rest of B from behind the piece."""
    a, b = np.array([9, 8, 4, 5, 6, 7, 1, 3, 2, 10]) - 1, np.array([8, 7, 1, 2, 3, 10, 9, 5, 4, 6]) - 1
    child, taken = np.zeros(10, int), np.zeros(10, int)
    ops.cross_order(a, b, 3, 3, child, taken)
    assert (child + 1).tolist() == [2, 3, 10, 5, 6, 7, 9, 4, 8, 1]
    ops.cross_order(a, b, 8, 4, child, taken)  # around the end: 2, 10, 9, 8
    assert (child + 1).tolist() == [9, 8, 1, 3, 5, 4, 6, 7, 2, 10]


def test_mutations_by_hand():
    for u, eta, step in ((0.5, 3.0, 0.0), (0.0, 3.0, -1.0), (0.125, 1.0, -0.5), (0.875, 1.0, 0.5)):
        assert ops.polynomial_step(u, eta) == pytest.approx(step)
    x = np.arange(6)
    ops.mutate_inversion(x, 4, 1)
    assert x.tolist() == [0, 4, 3, 2, 1, 5]
    ops.mutate_swap(x, 0, 5)
    assert x.tolist() == [5, 4, 3, 2, 1, 0]


# ------------------------------------------------------------------------------------ operators by their laws
def test_spread_and_step_have_the_published_densities():
    """Kolmogorov-Smirnov on 20 000 numbers; a right one fails with probability 1e-6 each (fixed seeds)."""
    eta, u = 3.0, np.random.default_rng(0).random(20_000)
    beta = np.array([ops.spread(v, eta) for v in u])

    def of_spread(b):  # its density is (eta + 1) / 2 times b^eta below 1, b^-(eta + 2) above
        return np.where(b <= 1, 0.5 * b ** (eta + 1), 1 - 0.5 * b ** -(eta + 1.0))

    def of_step(s):  # its density is (eta + 1) / 2 times (1 - |s|)^eta
        return np.where(s < 0, 0.5 * (1 + s) ** (eta + 1), 1 - 0.5 * (1 - np.abs(s)) ** (eta + 1))

    assert kstest(beta, of_spread).pvalue > 1e-6
    delta = np.array([ops.polynomial_step(v, eta) for v in u])
    assert kstest(delta, of_step).pvalue > 1e-6


def test_flips_are_as_many_as_asked_for():
    """Binomial, 100 000 bits: six standard deviations, passed once in 5e8 runs."""
    bits = np.zeros(100_000, int)
    ops.mutate_flip(bits, generator(3), 0.02)
    assert abs(bits.sum() - 2000) < 6 * np.sqrt(100_000 * 0.02 * 0.98)
    moved, rng = 0, generator(4)
    for _ in range(2000):  # 1.5 swaps each; of 1000 entries hardly two are the same
        x = np.arange(1000)
        ops.mutate_permutation(x, rng, 1.5, ops.SWAP)
        moved += (x != np.arange(1000)).sum() / 2
    assert abs(moved / 2000 - 1.5) < 6 * np.sqrt(0.25 / 2000) + 0.01


def test_a_mutation_of_a_permutation_always_changes_it_and_every_pair_is_as_likely():
    """30 000 swaps of four entries: the counts of the six pairs within six standard deviations, passed once in 1e8 runs. One entry stays."""
    rng, counts = generator(5), {}
    for _ in range(30_000):
        x = np.arange(4)
        ops.mutate_permutation(x, rng, 1.0, ops.SWAP)
        pair = tuple(np.flatnonzero(x != np.arange(4)).tolist())
        counts[pair] = counts.get(pair, 0) + 1
    assert sorted(map(len, counts)) == [2] * 6
    assert max(abs(count - 5000) for count in counts.values()) < 6 * np.sqrt(30_000 / 6 * 5 / 6)
    for kind in (ops.SWAP, ops.INVERSION):
        x = np.arange(1)
        ops.mutate_permutation(x, rng, 3.0, kind)
        assert x.tolist() == [0]


# ------------------------------------------------------------------------------------ whole runs against NumPy
class Uniforms:
    """The library's random numbers, one after the other."""

    def __init__(self, rng):
        self.rng = rng.copy()

    def __call__(self, *shape):
        out = np.empty(int(np.prod(shape)))
        fill(out, self.rng)
        return out.reshape(shape) if shape else out[0]

    def below(self, bound):
        return int(self() * bound)


def pool(P, fP, u, selection, tournament_size):
    if selection == "tournament":
        drawn = [[u.below(len(P)) for _ in range(tournament_size)] for _ in P]
        return P[[min(row, key=lambda i: fP[i]) for row in drawn]]
    widths = fP.max() - fP if selection == "roulette" else np.array([(fP > f).sum() + ((fP == f).sum() - 1) / 2 for f in fP])
    return P[[np.searchsorted(widths.cumsum(), u() * widths.cumsum()[-1], "right") for _ in P]]


def crossed_reals(a, b, u, crossover_reals, alpha, eta_c):
    v = u(len(a))
    if crossover_reals == "uniform":
        return np.where(v < 0.5, b, a), np.where(v < 0.5, a, b)
    if crossover_reals == "one_point":
        cut = int(v[0] * len(a))
        return np.r_[a[:cut], b[cut:]], np.r_[b[:cut], a[cut:]]
    if crossover_reals == "blend":
        x = a + (v * (1 + 2 * alpha) - alpha) * (b - a)
        return x, a + b - x
    r = u(len(a))
    beta = np.where(v < 0.5, (2 * v) ** (1 / (eta_c + 1)), (1 / (2 * (1 - v))) ** (1 / (eta_c + 1)))
    x, y = 0.5 * ((1 + beta) * a + (1 - beta) * b), 0.5 * ((1 - beta) * a + (1 + beta) * b)
    return np.where(r < 0.25, y, np.where(r < 0.5, x, a)), np.where(r < 0.25, x, np.where(r < 0.5, y, b))


def crossed_bits(a, b, u, crossover_bits):
    return crossed_reals(a, b, u, crossover_bits, 0, 0)


def crossed_orders(a, b, u):
    d = len(a)
    start, length = u.below(d), u.below(d)

    def child(a, b):  # as a ring that begins at the piece
        piece = np.roll(a, -start)[:length]
        rest = [city for city in np.roll(b, -(start + length)) if city not in piece]
        return np.roll(np.r_[piece, rest].astype(int), start)

    return child(a, b), child(b, a)


def mutated(x, kind, u, lower, upper, mutation, eta_m, mutation_permutations):
    d = len(x)
    if kind == "permutations":
        for _ in range(int(mutation + u())):
            i = u.below(d)
            j = u.below(d - 1)
            j += j >= i
            if mutation_permutations == "swap":
                x[[i, j]] = x[[j, i]]
            else:
                i, j = sorted((i, j))
                x[i : j + 1] = x[i : j + 1][::-1]
        return x
    for j in range(d):
        if u() < mutation / d and kind == "bits":
            x[j] = 1 - x[j]
        elif kind == "reals" and u.last < mutation / d:
            v = u()
            step = (2 * v) ** (1 / (eta_m + 1)) - 1 if v < 0.5 else 1 - (2 * (1 - v)) ** (1 / (eta_m + 1))
            x[j] += step * (upper[j] - lower[j])
    return np.clip(x, lower, upper) if kind == "reals" else x


class Remembering(Uniforms):
    last = None

    def __call__(self, *shape):
        self.last = super().__call__(*shape)
        return self.last


def oracle(problem, kind, X, generations, u, g):
    """Elitism as a sort: of children and elite the worst children leave."""
    lower, upper = np.transpose(problem.bounds)
    P, fP = X, np.array([problem(x) for x in X])
    for _ in range(generations):
        X = pool(P, fP, u, g.selection, g.tournament_size)
        for i in range(0, len(X) - 1, 2):
            if u() < g.crossover:
                X[i], X[i + 1] = (crossed_reals(X[i], X[i + 1], u, g.crossover_reals, g.alpha, g.eta_c) if kind == "reals"
                                  else crossed_bits(X[i], X[i + 1], u, g.crossover_bits) if kind == "bits" else crossed_orders(X[i], X[i + 1], u))
        for i in range(len(X)):
            X[i] = mutated(X[i].copy(), kind, u, lower, upper, g.mutation, g.eta_m, g.mutation_permutations)
        f = np.array([problem(x) for x in X])
        elite, worst = np.argsort(fP, kind="stable")[: g.elite], np.argsort(-f, kind="stable")
        for old, new in zip(elite, worst):
            if fP[old] < f[new]:
                X[new], f[new] = P[old], fP[old]
        P, fP = X, f
    return P, fP


W = np.random.default_rng(8).normal(size=(12, 12))
RUNS = {
    "blend": (rosenbrock(4), dict(selection="rank", elite=3)), "sbx": (rastrigin(3), dict(crossover_reals="sbx", elite=0, tournament_size=3)),
    "uniform": (sphere(5), dict(crossover_reals="uniform", selection="roulette", mutation=2.0)),
    "one point": (sphere(5), dict(crossover_reals="one_point", crossover=0.5, eta_m=3.0)),
    "bits": (maxcut(W + W.T), dict(selection="rank", mutation=1.0)), "bits, one point": (maxcut(W + W.T), dict(crossover_bits="one_point", elite=4)),
    "tour": (tsp(np.random.default_rng(2).random((9, 2))), dict(elite=2)),
    "tour, swap": (tsp(np.random.default_rng(2).random((9, 2))), dict(mutation_permutations="swap", mutation=1.7, selection="roulette")),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_equals_numpy(name):
    """25 generations of 11 members, the last of which has no partner."""
    problem, fields = RUNS[name]
    optimizer, kind = nnopt.GA(population_size=11, **fields), problem.points
    state = optimizer.init(problem.bounds, seed=4, points=kind)
    state, X = optimizer.ask(state)
    u = Remembering(state.rng)
    P, fP = oracle(problem, kind, X.copy(), 25, u, optimizer)
    for _ in range(25):
        state = optimizer.tell(state, X, [problem(x) for x in X])
        state, X = optimizer.ask(state)
    state = optimizer.tell(state, X, [problem(x) for x in X])
    np.testing.assert_allclose(np.sort(state.fP), np.sort(fP), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(state.P, P, rtol=1e-8, atol=1e-10)
    run = nnopt.minimize(problem, optimizer, max_evals=11 * 26, seed=4)
    assert run.nfev == 11 * 26
    np.testing.assert_allclose(run.state.P, P, rtol=1e-8, atol=1e-10)


# ------------------------------------------------------------------------------------ of every run
@pytest.mark.parametrize("name", RUNS)
def test_points_stay_points_and_the_best_never_dies(name):
    problem, fields = RUNS[name]
    optimizer, kind = nnopt.GA(population_size=10, **{**fields, "elite": 1}), problem.points
    run = nnopt.minimize(problem, optimizer, max_evals=1000, seed=1)
    assert run.state.fP.min() == run.fun == problem(run.x)
    assert run.state.fP.tolist() == [problem(x) for x in run.state.P]
    lower, upper = np.transpose(problem.bounds)
    if kind == "permutations":
        assert (np.sort(run.state.P, axis=1) == np.arange(problem.dim)).all()
    else:
        np.testing.assert_array_equal(run.state.P, np.clip(run.state.P, lower, upper))
    assert run.history.diversity[0] > run.history.diversity[-1] >= 0


def test_evaluations_are_counted_by_the_objective_too():
    calls = []
    run = nnopt.minimize(lambda x: calls.append(1) or float(x @ x), nnopt.GA(population_size=7), bounds=[(-1, 1)] * 2, max_evals=100, seed=0)
    assert run.nfev == len(calls) <= 100
    assert run.nfev > 93


def test_values_that_are_not_finite_are_survived_and_have_no_children():
    for selection in ("tournament", "rank", "roulette"):
        optimizer = nnopt.GA(population_size=6, selection=selection, crossover=0.0, mutation=0.0, elite=0, tournament_size=30)
        state, X = optimizer.ask(optimizer.init([(-1, 1)] * 2, seed=0))
        state = optimizer.tell(state, X, [np.nan] * 6)
        state, X = optimizer.ask(state)
        first = X.copy()
        state = optimizer.tell(state, X, [1.0, np.inf, 3.0, np.nan, 2.0, np.inf])
        state, X = optimizer.ask(state)
        alive = {tuple(first[i]) for i in ((0, 2, 4) if selection != "rank" else range(6))}
        assert {tuple(x) for x in X} <= alive


def test_onemax_and_tours_are_solved():
    ones = Problem("ones", lambda x: float((1 - x).sum()), bounds=[(0, 1)] * 20, points="bits")
    assert nnopt.minimize(ones, nnopt.GA(population_size=30), max_evals=3000, seed=0, target=0).success
    angle = np.random.default_rng(0).permutation(10) * 2 * np.pi / 10
    ring = tsp(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    found = nnopt.minimize(ring, nnopt.GA(), max_evals=20_000, seed=0)
    assert found.fun == pytest.approx(20 * np.sin(np.pi / 10))


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("selection", "best", "GA: selection must be tournament, rank or roulette, not 'best'"),
    ("selection", 1, "GA: selection must be tournament, rank or roulette, not 1"),
    ("crossover_bits", "sbx", "GA: crossover_bits must be uniform or one_point, not 'sbx'"),
    ("mutation_permutations", lambda t: "swap", "GA: mutation_permutations must be inversion or swap, not <function"),
    ("elite", -1, "GA: elite must be an integer in [0, inf), not -1"),
    ("mutation", -0.5, "GA: mutation must be a number in [0, inf), not -0.5"),
])  # fmt: skip
def test_fields_are_checked(field, value, sentence):
    with pytest.raises(ValueError) as refused:
        nnopt.GA(**{field: value})
    assert str(refused.value).startswith(sentence)


def test_a_choice_may_stand_beside_a_schedule():
    optimizer = nnopt.GA(selection="rank", mutation=lambda progress: 2.0 * (1 - progress))
    run = nnopt.minimize(sphere(5), optimizer, max_evals=5000, seed=0)
    assert run.fun < 1e-3
