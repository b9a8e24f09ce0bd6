"""Schedule-free methods: by hand, against the paper's equations in NumPy, against PyTorch and optax, their two limits, and what is the answer."""

import inspect

import numpy as np
import pytest
from conftest import need
from gradient.peers import TOLERANCE, gap, gradients, start, walk, walk_of_optax

import nnopt
from nnopt.problems import cloud

SGD, ADAMW = nnopt.ScheduleFree, nnopt.ScheduleFreeAdamW
FIELDS = [
    (SGD, {}), (SGD, dict(lr=0.03, beta=0.5, warmup=40)), (SGD, dict(beta=0.0)), (SGD, dict(beta=1.0, warmup=7)),
    (ADAMW, {}), (ADAMW, dict(lr=0.1, beta1=0.6, beta2=0.9, eps=1e-3, weight_decay=0.3, warmup=50)), (ADAMW, dict(beta2=0.0)),
]  # fmt: skip


def by_the_paper(optimizer, theta, along):
    """The equations as they stand, with the sums written out; the points x and y after every step."""
    f, adam = optimizer, isinstance(optimizer, ADAMW)
    beta = f.beta1 if adam else f.beta
    z = x = np.array(theta, float)
    y, squares, rates, xs, ys = z, np.zeros_like(z), [], [], []
    for t, g in enumerate(np.asarray(along, float), start=1):
        rates.append((f.lr(t) if callable(f.lr) else f.lr) * min(1, t / f.warmup))
        if adam:
            squares = f.beta2 * squares + (1 - f.beta2) * g**2
            z = z - rates[-1] * g / (np.sqrt(squares / (1 - f.beta2**t)) + f.eps) - rates[-1] * f.weight_decay * y
        else:
            z = z - rates[-1] * g
        share = rates[-1] ** 2 / np.sum(np.square(rates))
        x = (1 - share) * x + share * z
        y = (1 - beta) * z + beta * x
        xs.append(x)
        ys.append(y)
    return np.array(xs), np.array(ys)


def averages(optimizer, theta, along):
    """The average after every step."""
    state, found = optimizer.init(theta), []
    for g in along:
        state = optimizer.step(state, g)
        found.append(optimizer.recommend(state))
    return np.array(found)


# ------------------------------------------------------------------------------------ the updates
def test_two_steps_by_hand():
    """From 1 with rate 1/2 and beta 3/4: z is 0, then 1; x is 0, then 1/2; y is 0, then 1/4 * 1 + 3/4 * 1/2."""
    optimizer = SGD(lr=0.5, beta=0.75)
    first = optimizer.step(optimizer.init([1.0]), [2.0])
    assert [first.z[0], first.x[0], first.theta[0]] == [0.0, 0.0, 0.0]
    second = optimizer.step(first, [-2.0])
    assert [second.z[0], second.x[0], second.theta[0]] == [1.0, 0.5, 0.625]


def test_two_steps_of_a_warm_up_by_hand():
    """The rates are 1/2 and 1, so that the second point weighs four fifths: z is -1/2, then -3/2; x is -1/2, then -1.3."""
    optimizer = SGD(lr=1.0, beta=0.0, warmup=2)
    first = optimizer.step(optimizer.init([0.0]), [1.0])
    second = optimizer.step(first, [1.0])
    assert [first.z[0], first.x[0], second.z[0]] == [-0.5, -0.5, -1.5]
    assert second.x[0] == pytest.approx(-1.3, rel=1e-15)


def test_the_first_step_of_adamw_by_hand():
    """Gradient over its own size, and the decay at the start: 2 - 0.1 * (1 + 0.5 * 2)."""
    optimizer = ADAMW(lr=0.1, eps=1e-300, weight_decay=0.5)
    state = optimizer.step(optimizer.init([2.0]), [40.0])
    np.testing.assert_allclose([state.z[0], state.x[0], state.theta[0]], 1.8, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("cls", "fields"), FIELDS)
def test_equals_the_papers_equations(cls, fields, dtype):
    theta, along, optimizer = start(dtype), gradients(dtype), cls(**fields)
    xs, ys = by_the_paper(optimizer, theta, along)
    assert gap(walk(optimizer, theta, along), ys, theta) <= TOLERANCE[dtype]
    assert gap(averages(optimizer, theta, along), xs, theta) <= TOLERANCE[dtype]


def test_a_rate_that_varies_weighs_the_average():
    optimizer = SGD(lr=lambda t: 0.1 * (t - 1) % 0.37)  # the first rate is zero
    theta, along = start("float64"), gradients("float64")[:50]
    by_hand = by_the_paper(SGD(lr=lambda t: 0.1 * (t - 1) % 0.37 or 1e-100), theta, along)[0]
    assert (averages(optimizer, theta, along)[0] == theta).all()
    assert gap(averages(optimizer, theta, along)[1:], by_hand[1:], theta) <= 1e-12


def torch_of(parameters, optimizer):
    """A transcription for PyTorch that keeps z and y alone, as the authors' does: x = (y - (1 - beta) z) / beta."""
    torch = need("torch")
    adam, f, t, weights = isinstance(optimizer, ADAMW), optimizer, 0, 0.0
    beta = f.beta1 if adam else f.beta
    z = {p: p.detach().clone() for p in parameters}
    v = {p: torch.zeros_like(p) for p in parameters}

    class Peer:
        @torch.no_grad()
        def step(self):
            nonlocal t, weights
            t += 1
            rate = f.lr * min(1.0, t / f.warmup)
            weights += rate**2
            for p in parameters:
                x = p.lerp(z[p], 1 - 1 / beta)
                way = p.grad.clone()
                if adam:
                    v[p].mul_(f.beta2).addcmul_(way, way, value=1 - f.beta2)
                    way = way / (v[p] / (1 - f.beta2**t)).sqrt().add_(f.eps) + f.weight_decay * p
                z[p].sub_(way, alpha=rate)
                p.copy_(x.lerp(z[p], rate**2 / weights).lerp(z[p], 1 - beta))

    return Peer()


@pytest.mark.parametrize(("cls", "fields"), [case for case in FIELDS if 0.0 not in case[1].values()])
def test_equals_pytorch(cls, fields):
    from gradient.peers import walk_of_torch

    theta, along, optimizer = start("float64"), gradients("float64"), cls(**fields)
    theirs = walk_of_torch(lambda parameters: torch_of(parameters, optimizer), theta, along)
    assert gap(walk(optimizer, theta, along), theirs, theta) <= 1e-12


@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_equals_optax(decay):
    """Its AdamW, which decays at y, too, and has eps where we have it."""
    optax = need("optax")
    contrib = __import__("optax.contrib", fromlist=["contrib"])
    adam, sgd = contrib.schedule_free_adamw, contrib.schedule_free_sgd
    assert {"b1", "weight_decay"} <= inspect.signature(adam).parameters.keys() and optax
    theta, along = start("float64"), gradients("float64")
    if not decay:
        theirs = walk_of_optax(sgd(0.05, b1=0.7, state_dtype=np.float64), theta, along)
        assert gap(walk(SGD(lr=0.05, beta=0.7), theta, along), theirs, theta) <= 1e-12
    theirs = walk_of_optax(adam(0.05, b1=0.7, b2=0.99, weight_decay=decay, state_dtype=np.float64), theta, along)
    assert gap(walk(ADAMW(lr=0.05, beta1=0.7, beta2=0.99, weight_decay=decay), theta, along), theirs, theta) <= 1e-12


# ------------------------------------------------------------------------------------ the two limits
def test_beta_zero_is_polyaks_average():
    """theta walks as gradient descent, and x is the plain mean of where it was."""
    bowl = nnopt.problems.quadratic(3, condition=9.0)
    optimizer, plain = SGD(lr=0.05, beta=0.0), nnopt.GD(lr=0.05)
    state, other, points = optimizer.init(np.ones(3)), plain.init(np.ones(3)), []
    for _ in range(1000):
        state, other = optimizer.step(state, bowl.grad(state.theta)), plain.step(other, bowl.grad(other.theta))
        points.append(other.theta)
        np.testing.assert_array_equal(state.theta, other.theta)
        np.testing.assert_allclose(optimizer.recommend(state), np.mean(points, axis=0), rtol=1e-12)


def test_beta_one_is_primal_averaging():
    """The gradient is taken at the average itself."""
    bowl, optimizer = nnopt.problems.quadratic(3, condition=9.0), SGD(lr=0.05, beta=1.0)
    state, z, x = optimizer.init(np.ones(3)), np.ones(3), np.ones(3)
    for t in range(1, 1001):
        z = z - 0.05 * bowl.grad(x)
        x = x + (z - x) / t
        state = optimizer.step(state, bowl.grad(state.theta))
        np.testing.assert_array_equal(state.theta, state.x)
        np.testing.assert_allclose(state.x, x, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("beta", [-0.1, 1.01, np.nan])
def test_beta_lies_between_the_limits(beta):
    with pytest.raises(ValueError, match=r"ScheduleFree: beta must be a number in \[0, 1\], not"):
        SGD(beta=beta)


# ------------------------------------------------------------------------------------ the answer is the average
@pytest.mark.parametrize("cls", [SGD, ADAMW])
def test_before_the_first_step_the_start_is_recommended(cls):
    assert cls().recommend(cls().init([3.0, -4.0])).tolist() == [3.0, -4.0]
    looked = nnopt.minimize(nnopt.problems.sphere(2), cls(), [3.0, -4.0], max_evals=1)
    assert cls().recommend(looked.state).tolist() == [3.0, -4.0]


def test_on_batches_minimize_answers_with_the_average():
    problem = cloud(64)
    r = nnopt.minimize(problem, SGD(lr=0.1), [2.0, 2.0], batch_size=1, max_evals=2000, seed=0)
    np.testing.assert_array_equal(r.x, r.state.x)
    np.testing.assert_array_equal(r.x, SGD(lr=0.1).recommend(r.state))
    assert (r.x != r.state.theta).any()
    again = nnopt.minimize(problem, SGD(lr=0.1), [2.0, 2.0], batch_size=1, max_evals=2000, seed=0)
    np.testing.assert_array_equal(r.x, again.x)
    r.x[:] = 7.0
    assert (r.state.x != 7.0).all()


def test_on_whole_values_minimize_answers_with_the_best_that_was_evaluated():
    problem = nnopt.problems.rosenbrock(2)
    r = nnopt.minimize(problem, SGD(lr=1e-3), [-1.2, 1.0], max_evals=500)
    assert r.fun == problem(r.x) == r.history.fun.min()
    np.testing.assert_array_equal(SGD(lr=1e-3).recommend(r.state), r.state.x)


@pytest.mark.parametrize("optimizer", [SGD(lr=0.3), ADAMW(lr=0.01)])
@pytest.mark.parametrize("batch_size", [None, 300])
def test_a_network_is_trained_to_the_average(optimizer, batch_size, monkeypatch):
    """The weights are the average's, not those where the last gradient was taken."""
    data, begin, seen = nnopt.datasets.load("digits"), type(optimizer).init, []

    def watched(self, *args, **words):
        seen.append(begin(self, *args, **words))
        return seen[-1]

    monkeypatch.setattr(type(optimizer), "init", watched)
    net = nnopt.MLPClassifier((8,), optimizer=optimizer, epochs=4, batch_size=batch_size, random_state=0)
    net.fit(data.X_train[:300], data.y_train[:300])
    (state,) = seen
    assert state.t == 4 * (1 if batch_size else 10)
    np.testing.assert_array_equal(net.theta_, state.x)
    assert (net.theta_ != state.theta).any() and net.theta_.dtype == np.float32


def test_other_methods_are_trained_to_their_last_point():
    problem = cloud(64)
    r = nnopt.minimize(problem, nnopt.Adam(), [2.0, 2.0], batch_size=1, max_evals=100, seed=0)
    np.testing.assert_array_equal(r.x, r.state.theta)


# ------------------------------------------------------------------------------------ what it is for
def test_the_average_goes_below_the_floor_of_a_constant_rate():
    """On single rows, at the same rate, over 20 seeds; the margin is tenfold, and the seeds are fixed: no false alarm comes and goes."""
    problem = cloud(64)

    def excess(optimizer):
        runs = [nnopt.minimize(problem, optimizer, [2.0, 2.0], batch_size=1, max_evals=5000, seed=seed).x for seed in range(20)]
        return np.mean([problem(x) for x in runs]) - problem.minimum

    assert excess(SGD(lr=0.1)) < 0.1 * excess(nnopt.GD(lr=0.1))


def test_goes_on_where_it_ended():
    problem, optimizer = nnopt.problems.quadratic(4), ADAMW(lr=0.05, warmup=30)
    whole = nnopt.minimize(problem, optimizer, np.ones(4), max_evals=60)
    half = nnopt.minimize(problem, optimizer, np.ones(4), max_evals=20)
    rest = nnopt.minimize(problem, optimizer, start=half, max_evals=40)
    np.testing.assert_array_equal(whole.state.x, rest.state.x)
