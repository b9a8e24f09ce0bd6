"""The swarm against itself written in NumPy from the same random numbers, and what must hold of every run."""

import numpy as np
import pytest

import nnopt
from nnopt.problems import ackley, rastrigin, rosenbrock, sphere
from nnopt.random import fill


def oracle(f, lower, upper, particles, generations, w, c1, c2, rng, topology="star"):
    """Kennedy & Eberhart 1995 with Shi & Eberhart's inertia, whole arrays at a time; rng gives arrays of uniforms. In a ring, the best of three
    (Eberhart & Kennedy 1995)."""
    d = lower.size
    X = lower + (upper - lower) * rng((particles, d))
    V, P, fP = np.zeros((particles, d)), X.copy(), np.apply_along_axis(f, 1, X)
    for _ in range(generations - 1):
        b = P[np.argmin(fP)]
        if topology == "ring":
            around = (np.arange(particles)[:, None] + [0, -1, 1]) % particles
            b = P[around[np.arange(particles), np.argmin(fP[around], axis=1)]]
        r = rng((particles, 2, d))
        V = w * V + c1 * r[:, 0] * (P - X) + c2 * r[:, 1] * (b - X)
        inside = (lower <= X + V) & (upper >= X + V)
        X, V = np.clip(X + V, lower, upper), np.where(inside, V, 0.0)
        values = np.apply_along_axis(f, 1, X)
        better = values < fP
        P, fP = np.where(better[:, None], X, P), np.where(better, values, fP)
    return P[np.argmin(fP)], fP.min()


@pytest.mark.parametrize("topology", ["star", "ring"])
@pytest.mark.parametrize("problem", [sphere(3), rosenbrock(4), rastrigin(5), ackley(2)], ids=lambda p: p.name)
def test_equals_numpy(problem, topology):
    """For 60 generations: later, the last bit of a product decides which of two places is the better one."""
    optimizer = nnopt.PSO(population_size=12, w=0.7, c1=1.6, c2=1.3, topology=topology)
    state = optimizer.init(problem.bounds, seed=4)
    generator = state.rng.copy()

    def uniforms(shape):
        out = np.empty(int(np.prod(shape)))
        fill(out, generator)
        return out.reshape(shape)

    lower, upper = np.array(problem.bounds).T
    x, fun = oracle(problem, lower, upper, 12, 60, 0.7, 1.6, 1.3, uniforms, topology)
    r = nnopt.minimize(problem, optimizer, max_evals=12 * 60, seed=4)
    np.testing.assert_allclose(r.x, x, rtol=1e-7, atol=1e-9)
    assert r.fun == pytest.approx(fun, rel=1e-6, abs=1e-9)


def test_news_go_round_a_ring_one_particle_a_generation():
    """Eight particles at rest in places of equal value but one, the best: without inertia and without a pull to their own places, those who
    have been told move, its two neighbours first, and all at once in a star."""
    for topology, told in (("ring", [2, 4, 6, 7]), ("star", [7, 7, 7, 7])):
        optimizer = nnopt.PSO(population_size=8, w=0.0, c1=0.0, topology=topology)
        state, X = optimizer.ask(optimizer.init([(-1, 1)] * 2, seed=0))
        first, moved = X, []
        state = optimizer.tell(state, X, [9, 9, 9, 0, 9, 9, 9, 9])
        for _ in range(4):
            state, X = optimizer.ask(state)
            changed = (X != first).any(axis=1)
            moved.append(int(changed.sum()))
            state = optimizer.tell(state, X, np.where(changed, 1.0, 9.0))
        assert moved == told


def test_in_a_ring_of_one_or_two_everybody_is_a_neighbour():
    for size in (1, 2):
        runs = [nnopt.minimize(rastrigin(3), nnopt.PSO(population_size=size, topology=t), max_evals=100, seed=0) for t in ("star", "ring")]
        assert runs[0].fun == runs[1].fun
    with pytest.raises(ValueError, match="PSO: topology must be star or ring, not 'random'"):
        nnopt.PSO(topology="random")


def test_every_point_lies_in_the_box_and_walls_stop():
    optimizer = nnopt.PSO(population_size=20, w=1.2)  # inertia above one: they fly apart
    box = [(-1.0, 2.0), (0.0, 0.5)]
    state, lower, upper = optimizer.init(box, seed=0), np.array([-1.0, 0.0]), np.array([2.0, 0.5])
    stopped = 0
    for _ in range(50):
        state, X = optimizer.ask(state)
        assert ((lower <= X) & (upper >= X)).all()
        wall = ((lower == X) | (upper == X)) & (state.t > 0)
        assert (state.V[wall] == 0).all()
        stopped += wall.sum()
        state = optimizer.tell(state, X, X.sum(axis=1))
    assert stopped > 100


def test_memories_only_get_better_and_belong_together():
    problem, optimizer = rastrigin(3), nnopt.PSO(population_size=15)
    state, last = optimizer.init(problem.bounds, seed=1), np.full(15, np.inf)
    for _ in range(40):
        state, X = optimizer.ask(state)
        state = optimizer.tell(state, X, [problem(x) for x in X])
        assert (state.fP <= last).all()
        assert state.fP.tolist() == [problem(p) for p in state.P]
        assert state.fb[0] == state.fP.min() == problem(state.b)
        last = state.fP.copy()


def test_a_generation_without_values_is_survived():
    optimizer = nnopt.PSO(population_size=3)
    state, X = optimizer.ask(optimizer.init([(-1, 1)] * 2, seed=0))
    state = optimizer.tell(state, X, [np.nan, np.inf, np.nan])
    state, X = optimizer.ask(state)
    state = optimizer.tell(state, X, [3.0, 1.0, 2.0])
    assert state.fb[0] == 1.0


def test_finds_the_minimum_of_multimodal_functions():
    """20 seeds: at least 18 reach Ackley's minimum in 2 variables (measured: all 20 of these seeds, 500 of seeds 0-499)."""
    found = [nnopt.minimize(ackley(2), nnopt.PSO(), max_evals=8000, seed=s).fun < 1e-6 for s in range(20)]
    assert sum(found) >= 18
