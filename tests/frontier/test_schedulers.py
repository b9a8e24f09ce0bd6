"""Schedules, rules that watch, and Prodigy: by hand, beside PyTorch and the authors' own code, in other words, and where they are told nonsense."""

import numpy as np
import pytest
from conftest import need

import nnopt

SHORT = nnopt.problems.quadratic(4, condition=20)
PLANS = {  # plan -> the scheduler of PyTorch that it must equal
    "step": (nnopt.StepDecay(0.3, every=7, factor=0.2), lambda lr, o: lr.StepLR(o, 7, 0.2)),
    "linear": (nnopt.LinearDecay(0.3, 40), lambda lr, o: lr.LinearLR(o, 1.0, 0.0, 40)),
    "cosine": (nnopt.Cosine(0.3, 40, least=0.1), lambda lr, o: lr.CosineAnnealingLR(o, 40, eta_min=0.03)),
    "restarts": (nnopt.WarmRestarts(0.3, period=5, growth=2, least=0.1), lambda lr, o: lr.CosineAnnealingWarmRestarts(o, 5, 2, eta_min=0.03)),
}


@pytest.mark.parametrize("name", PLANS)
def test_plans_equal_pytorch(name):
    torch = need("torch")
    plan, make = PLANS[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler, theirs = make(torch.optim.lr_scheduler, optimizer), []
    for _ in range(40):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose([plan(t) for t in range(1, 41)], theirs, atol=1e-12)


def test_plans_by_hand():
    assert [nnopt.Cosine(0.4, 2)(t) for t in (1, 2, 3, 9)] == pytest.approx([0.4, 0.2, 0.0, 0.0])
    assert [nnopt.WarmRestarts(1.0, period=2)(t) for t in range(1, 8)] == pytest.approx([1, 0.5, 1, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4, 1])
    assert [nnopt.StepDecay(1.0, every=2)(t) for t in range(1, 6)] == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert [nnopt.LinearDecay(1.0, 4)(t) for t in range(1, 7)] == pytest.approx([1, 0.75, 0.5, 0.25, 0, 0])
    steady = nnopt.WarmupStableDecay(1.0, 10, warmup=0.2, decay=0.5)
    assert [steady(t) for t in range(1, 12)] == pytest.approx([0.5, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0])
    cycle = nnopt.OneCycle(1.0, 10, rise=0.2, first=0.5)
    assert [cycle(t) for t in (1, 2, 3, 7, 11, 99)] == pytest.approx([0.5, 0.75, 1.0, 0.5, 0.0, 0.0])


@pytest.mark.parametrize("make", [
    lambda: nnopt.Cosine(0.0, 10), lambda: nnopt.Cosine(0.1, 0), lambda: nnopt.OneCycle(0.1, 10, rise=1.0), lambda: nnopt.StepDecay(0.1, every=5, factor=2.0),
    lambda: nnopt.Plateau(factor=1.0), lambda: nnopt.Hypergradient(pace=1.0), lambda: nnopt.PolyakStep(c=0.0), lambda: nnopt.Prodigy(first=0.0),
])
def test_nonsense_is_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()


def test_a_run_takes_the_plan():
    plan = nnopt.Cosine(0.1, 30)
    theta = np.ones(4)
    for t in range(1, 31):
        theta = theta - plan(t) * SHORT.grad(theta)
    run = nnopt.minimize(SHORT, nnopt.GD(lr=plan), np.ones(4), max_evals=31)
    np.testing.assert_allclose(run.state.theta, theta, rtol=1e-10, atol=1e-14)


# ------------------------------------------------------------------------------------ rules that watch
def rates(part, gradients, losses=None, lr=1.0):
    """The rates that a rule gives to steps along these gradients: how far one coordinate moved, by its gradient."""
    optimizer = nnopt.GD(lr=lr, before=part)
    state, found = optimizer.init(np.zeros(len(gradients[0]))), []
    for i, g in enumerate(gradients):
        new = optimizer.step(state, g, loss=None if losses is None else losses[i])
        found.append((state.theta - new.theta)[0] / g[0])
        state = new
    return np.array(found)


def test_plateau_by_hand():
    """The losses fall, then stall: the first cut after two windows without a gain is seen by the next step."""
    found = rates(nnopt.Plateau(factor=0.5, patience=2, window=1), np.ones((7, 1)), [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    assert found == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5, 0.25])
    windows = rates(nnopt.Plateau(factor=0.5, patience=1, window=2), np.ones((6, 1)), [1.0, 3.0, 3.0, 1.0, 0.1, 0.2])
    assert windows == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5])  # means 2, 2, 0.15: one cut


@pytest.mark.parametrize("patience", [1, 3])
def test_plateau_equals_pytorch(patience):
    torch = need("torch")
    losses = np.round(2 + np.random.default_rng(0).random(200), 2)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.7, patience=patience - 1, threshold=1e-3, eps=0.0)
    theirs = []
    for loss in losses:
        peer.step(loss)
        theirs.append(optimizer.param_groups[0]["lr"])
    np.testing.assert_allclose(rates(nnopt.Plateau(factor=0.7, patience=patience), np.ones((200, 1)), losses), theirs, rtol=1e-9, atol=1e-13)


def test_polyak_step_by_hand():
    """(3 - 1) / (0.5 * 25) = 0.16; then 20 / 12.5 is more than twice that; then the bound; a loss below the floor makes no step."""
    g = np.array([[3.0, 4.0]] * 4)
    found = rates(nnopt.PolyakStep(c=0.5, most=0.3, growth=2.0, floor=1.0), g, [3.0, 2.5, 21.0, 0.5])
    assert found == pytest.approx([0.16, 0.12, 0.24, 0.0])
    assert rates(nnopt.PolyakStep(most=0.3), g[:1], [1e9])[0] == pytest.approx(0.3)


def test_polyak_step_of_a_zero_gradient():
    optimizer = nnopt.GD(lr=1.0, before=nnopt.PolyakStep())
    state = optimizer.step(optimizer.init(np.ones(2)), np.zeros(2), loss=1.0)
    np.testing.assert_array_equal(state.theta, 1.0)


def test_hypergradient_in_plain_numpy():
    along, pace = np.random.default_rng(3).normal(size=(50, 6)), 0.1
    rate, last, expected = 0.01, None, []
    for g in along:
        if last is not None:
            rate *= 1 + pace * g @ last / np.linalg.norm(g) / np.linalg.norm(last)
        last = rate * g
        expected.append(rate)
    np.testing.assert_allclose(rates(nnopt.Hypergradient(pace=pace), along, lr=0.01), expected, rtol=1e-7)


def test_hypergradient_finds_a_rate_from_below_and_from_above():
    for lr in (1e-5, 0.09):  # of steps on curvatures 1 to 20
        run = nnopt.minimize(SHORT, nnopt.GD(lr=lr, before=nnopt.Hypergradient()), np.ones(4), max_evals=3000)
        assert run.fun < 1e-8


# ------------------------------------------------------------------------------------ Prodigy
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_prodigy_equals_the_authors_code(noise):
    torch, peer = need("torch"), need("prodigyopt")
    H, optimizer = np.array([1.0, 3.0, 10.0]), nnopt.Prodigy()
    theirs = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    stepper, state, rng = peer.Prodigy([theirs], use_bias_correction=True), optimizer.init([1.0, 2.0, 3.0]), np.random.default_rng(0)
    for _ in range(300):
        push = noise * rng.normal(size=3)
        theirs.grad = torch.tensor(H) * theirs.detach() + torch.tensor(push)
        stepper.step()
        state = optimizer.step(state, H * state.theta + push)
        np.testing.assert_allclose(state.theta, theirs.detach().numpy(), rtol=0, atol=2e-6)


def test_the_first_step_of_prodigy_by_hand():
    """D = 1e-6 and g = 2: m = 0.1 D g, v = 0.001 D^2 g^2, gamma = sqrt(0.001) / 0.1: a step of D."""
    state = nnopt.Prodigy().step(nnopt.Prodigy().init([1.0]), [2.0])
    assert 1.0 - state.theta[0] == pytest.approx(1e-6, rel=1e-4)


def test_the_estimate_of_prodigy_stays_below_the_distance():
    """On a convex function D is a lower bound of the distance from the start to the minimum, in the largest coordinate."""
    for size in (0.1, 1.0, 30.0):
        state = nnopt.minimize(SHORT, nnopt.Prodigy(), np.full(4, size), max_evals=2000).state
        assert 0.01 * size < state.far[0] <= 1.0001 * size
