"""JADE, SHADE and L-SHADE against their papers written once more in NumPy, from the same random numbers, and what holds of every run."""

import math

import numpy as np
import pytest

import nnopt
from nnopt.metaheuristics.de_variants import draw_CR, draw_F
from nnopt.problems import ackley, rastrigin, rosenbrock, sphere
from nnopt.random import fill, generator

ADAPTIVE = [nnopt.JADE, nnopt.SHADE, nnopt.LSHADE]


class Numbers:
    """The library's random numbers, one after the other, and what is made of them."""

    def __init__(self, rng):
        self.rng = rng.copy()

    def __call__(self, count=None):
        out = np.empty(1 if count is None else count)
        fill(out, self.rng)
        return out[0] if count is None else out

    def below(self, bound):
        return int(self() * bound)

    def normal(self, mean):
        radius = math.sqrt(-2 * math.log(1 - self()))
        return mean + 0.1 * radius * math.cos(2 * math.pi * self())

    def cauchy(self, mean):
        while (F := mean + 0.1 * math.tan(math.pi * (self() - 0.5))) <= 0:
            pass
        return min(F, 1.0)


def paper(method, f, lower, upper, n, generations, u, p, H=1, c=0.1, rate=1.0, budget=np.inf):
    """The three papers in one: what they share is written once, lists in place of arrays."""
    P = list(lower + (upper - lower) * u(n * lower.size).reshape(n, -1))
    fP = [f(x) for x in P]
    start, spent, M_F, M_CR, turn, archive = n, n, [0.5] * H, [0.5] * H, 0, []
    for _ in range(generations - 1):
        n, ranks = len(P), np.argsort(fP, kind="stable")
        U, F, CR = [], [], []
        for i, x in enumerate(P):
            k = 0 if method == "JADE" else u.below(H)
            CR.append(np.clip(u.normal(M_CR[k]), 0, 1) if M_CR[k] >= 0 else 0.0)
            F.append(u.cauchy(M_F[k]))
            few = {"JADE": max(1, int(p * n)), "LSHADE": max(2, int(p * n))}.get(method) or max(2, int(2 + (p * n - 2) * u()))
            best = P[ranks[u.below(few)]]
            others = P[i + 1:] + P[:i]
            a = others.pop(u.below(n - 1))
            away = (others + archive)[u.below(n - 2 + len(archive))]
            v = x + F[i] * (best - x) + F[i] * (a - away)
            v = np.where(v < lower, (x + lower) / 2, np.where(v > upper, (x + upper) / 2, v))
            always = u.below(len(x))
            U.append(np.where((u(len(x)) < CR[i]) | (np.arange(len(x)) == always), v, x))
        fU, won = [f(x) for x in U], []
        room, shared = int(rate * n), spent / budget
        for i in range(n):
            if fU[i] < fP[i]:
                won.append((F[i], CR[i], fP[i] - fU[i]))
                if len(archive) < room:
                    archive.append(P[i])
                else:
                    archive[u.below(room)] = P[i]
            if fU[i] <= fP[i]:
                P[i], fP[i] = U[i], fU[i]
        spent += n
        if won:
            SF, SCR, gain = np.array(won).T
            if method == "JADE":
                M_CR[0] = (1 - c) * M_CR[0] + c * SCR.mean()
                M_F[0] = (1 - c) * M_F[0] + c * (SF**2).sum() / SF.sum()
            else:
                w = gain / gain.sum()
                M_F[turn] = (w * SF**2).sum() / (w * SF).sum()
                if method == "SHADE":
                    M_CR[turn] = (w * SCR).sum()
                else:
                    ended = M_CR[turn] < 0 or SCR.max() == 0
                    M_CR[turn] = -1.0 if ended else (w * SCR**2).sum() / (w * SCR).sum()
                turn = (turn + 1) % H
        if method == "LSHADE":
            size = round(start + (4 - start) * shared)
            while len(P) > size:
                worst = int(np.argmax(fP))
                P[worst], fP[worst] = P[-1], fP[-1]
                P.pop(), fP.pop()
            while len(archive) > int(rate * size):
                place = u.below(len(archive))
                archive[place] = archive[-1]
                archive.pop()
    return np.array(P), np.array(fP), M_F, M_CR, archive


@pytest.mark.parametrize("problem", [sphere(3), rosenbrock(4), rastrigin(5), ackley(2)], ids=lambda p: p.name)
@pytest.mark.parametrize("cls", ADAPTIVE)
def test_equals_the_paper_in_numpy(cls, problem):
    """For 35 generations: later, the last bit of a product may decide which of two points is the better one."""
    name = cls.__name__
    fields = {"JADE": dict(p=0.2, c=0.2), "SHADE": dict(H=4, p=0.3), "LSHADE": dict(H=3, p=0.2)}[name]
    optimizer, budget = cls(population_size=14, **fields), 14 * 20
    state = optimizer.init(problem.bounds, seed=4, max_evals=budget if name == "LSHADE" else None)
    u, (lower, upper), made = Numbers(state.rng), np.array(problem.bounds).T, 0
    while made < 35 and not (name == "LSHADE" and state.nfev + state.asked[0] > budget):
        state, X = optimizer.ask(state)
        state, made = optimizer.tell(state, X, [problem(x) for x in X]), made + 1
    more = dict(rate=2.6, budget=budget) if name == "LSHADE" else {}
    P, fP, M_F, M_CR, archive = paper(name, problem, lower, upper, 14, made, u, **fields, **more)
    close = dict(rtol=1e-8, atol=1e-10)
    assert state.asked[0] == len(P) and state.stored[0] == len(archive)
    np.testing.assert_allclose(state.P[: len(P)], P, **close)
    np.testing.assert_allclose(state.fP[: len(P)], fP, **close)
    np.testing.assert_allclose(state.A.reshape(-1, problem.dim)[: len(archive)], np.reshape(archive, (-1, problem.dim)), **close)
    memory = (state.mean_F, state.mean_CR) if name == "JADE" else (state.M_F, state.M_CR)
    np.testing.assert_allclose(memory, (M_F, M_CR), **close)
    if name == "LSHADE":
        assert len(P) < 8  # it did shrink


def test_draws_have_their_distributions():
    """Kolmogorov-Smirnov on 20 000 draws each, at 1e-6 (one fixed seed): normal, and a Cauchy that is positive, each cut."""
    from scipy.stats import cauchy, kstest, norm

    rng, m = generator(1), 20_000
    CR, F = np.array([draw_CR(0.3, rng) for _ in range(m)]), np.array([draw_F(0.2, rng) for _ in range(m)])
    assert CR.min() == 0.0 and F.max() == 1.0 and F.min() > 0.0
    whole, positive = norm(0.3, 0.1), cauchy(0.2, 0.1)
    assert abs((CR == 0).mean() - whole.cdf(0)) < 5 * math.sqrt(whole.cdf(0) / m)
    assert kstest(CR[CR > 0], lambda x: (whole.cdf(x) - whole.cdf(0)) / whole.sf(0)).pvalue > 1e-6
    inside = positive.cdf(1) - positive.cdf(0)
    assert abs((F == 1).mean() - positive.sf(1) / positive.sf(0)) < 5 * math.sqrt(positive.sf(1) / m)
    assert kstest(F[F < 1], lambda x: (positive.cdf(x) - positive.cdf(0)) / inside).pvalue > 1e-6


def test_lshade_uses_its_budget_and_ends_with_four():
    problem = rastrigin(3)
    r = nnopt.minimize(problem, nnopt.LSHADE(), max_evals=5000, seed=0)
    assert 4990 <= r.nfev <= 5000
    assert r.fun < 1e-8
    optimizer = nnopt.LSHADE(population_size=30)
    state, sizes = optimizer.init(problem.bounds, seed=0, max_evals=2000), []
    while state.nfev + state.asked[0] <= 2000:
        state, X = optimizer.ask(state)
        sizes.append(len(X))
        state = optimizer.tell(state, X, [problem(x) for x in X])
    assert sizes[0] == 30 and sizes[-1] <= 5 and sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("cls", ADAPTIVE)
def test_every_point_lies_in_the_box_and_the_best_is_kept(cls):
    problem = rosenbrock(3)
    optimizer, (lower, upper) = cls(population_size=12), np.transpose(rosenbrock(3).bounds)
    state, last = optimizer.init(problem.bounds, seed=2, max_evals=800), np.inf
    while state.nfev + state.asked[0] <= 800:
        state, X = optimizer.ask(state)
        assert ((lower <= X) & (upper >= X)).all()
        state = optimizer.tell(state, X, [problem(x) for x in X])
        least = state.fP[: state.asked[0]].min()
        assert least == problem(state.best) <= last
        last = least


@pytest.mark.parametrize("cls", ADAPTIVE)
def test_generations_without_values_are_survived(cls):
    optimizer = cls(population_size=5)
    state = optimizer.init([(-1, 1)] * 2, seed=0, max_evals=1000)
    for fitness in ([np.nan] * 5, [np.inf, 3.0, np.nan, 2.0, 4.0], [1.0, 2.0, 3.0, np.nan, np.nan]):
        state, X = optimizer.ask(state)
        state = optimizer.tell(state, X, fitness)
    assert state.fP.tolist() == [1.0, 2.0, 3.0, 2.0, 4.0]
    learnt = ("mean_F", "mean_CR") if cls is nnopt.JADE else ("M_F", "M_CR")
    assert all(np.isfinite(getattr(state, name)).all() for name in ("P", "A", "Fs", "CRs", *learnt))


def valley(z):
    """Rosenbrock's, its minimum at zero."""
    a, b = z[:-1] + 1, z[1:] + 1
    return (100 * (b - a * a) ** 2 + (1 - a) ** 2).sum()


@pytest.mark.parametrize("cls", ADAPTIVE)
def test_solves_a_valley_that_is_moved_and_turned(cls):
    """Rosenbrock's valley in 4 dimensions, 5 seeds, each another shift and another rotation: at least 4 reach 1e-6."""
    found = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        shift, Q = rng.uniform(-1, 1, 4), np.linalg.qr(rng.standard_normal((4, 4)))[0]
        r = nnopt.minimize(lambda x, Q=Q, shift=shift: valley(Q @ (x - shift)), cls(population_size=30), bounds=[(-3, 3)] * 4,
                           max_evals=8000, target=1e-6, seed=seed)  # fmt: skip
        found += r.success
    assert found >= 4
