"""Adam's kin beside PyTorch and optax, and each in the line in which it differs."""

import numpy as np
import pytest
from conftest import need
from gradient.peers import TOLERANCE, assert_equal_to_torch, gap, gradients, start, walk, walk_of_optax

import nnopt

ODD = dict(lr=0.3, beta1=0.5, beta2=0.8, eps=1e-3)
DEFAULTS = dict(beta1=0.9, beta2=0.999, eps=1e-8)
PEERS = {
    "Adam": (dict(lr=1e-3), lambda optim, p, **f: optim.Adam(p, **f), [{}, ODD]),
    "AdamW": (dict(lr=1e-3, weight_decay=1e-2), lambda optim, p, **f: optim.AdamW(p, **f), [{}, ODD | dict(weight_decay=0.1), dict(weight_decay=0.0)]),
    "AMSGrad": (dict(lr=1e-3), lambda optim, p, **f: optim.Adam(p, amsgrad=True, **f), [{}, ODD]),
    "Adamax": (dict(lr=2e-3), lambda optim, p, **f: optim.Adamax(p, **f), [{}, ODD, dict(beta1=0.0)]),
    "NAdam": (dict(lr=2e-3, momentum_decay=4e-3), lambda optim, p, **f: optim.NAdam(p, **f), [{}, ODD | dict(momentum_decay=0.1), dict(beta1=0.0), dict(momentum_decay=0.0)]),
    "RAdam": (dict(lr=1e-3), lambda optim, p, **f: optim.RAdam(p, **f), [{}, ODD, dict(beta2=0.5), dict(beta2=0.9)]),
}


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("name, fields", [(name, fields) for name, (_, _, settings) in PEERS.items() for fields in settings], ids=str)
def test_equals_pytorch(name, fields, dtype):
    own, make, _ = PEERS[name]
    numbers = DEFAULTS | own | fields
    betas = numbers.pop("beta1"), numbers.pop("beta2")
    assert_equal_to_torch(name, lambda optim, p: make(optim, p, betas=betas, **numbers), fields, dtype)


def test_lion_equals_optax():
    optax = need("optax")
    theta, along = start("float64"), gradients("float64")
    for lr, beta1, beta2 in ((1e-4, 0.9, 0.99), (0.3, 0.5, 0.2), (1e-3, 0.0, 0.9)):
        ours = walk(nnopt.Lion(lr=lr, beta1=beta1, beta2=beta2), theta, along)
        theirs = walk_of_optax(optax.lion(lr, b1=beta1, b2=beta2, weight_decay=0.0), theta, along)
        assert gap(ours, theirs, theta) < 1e-12


def test_coupled_decay_equals_pytorchs():
    """``before=(Decay(w),)`` is PyTorch's weight_decay, which adds w theta to the gradient."""
    torch = need("torch")
    bowl = nnopt.problems.quadratic(4, condition=5)
    for ours, theirs in ((nnopt.Adam(lr=0.01, before=nnopt.Decay(0.1)), lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1)),
                         (nnopt.HeavyBall(lr=0.01, before=nnopt.Decay(0.1)), lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1))):
        parameter = torch.tensor(np.linspace(1, 2, 4), requires_grad=True)
        peer, state = theirs([parameter]), ours.init(np.linspace(1, 2, 4))
        for _ in range(300):
            parameter.grad = torch.tensor(bowl.grad(parameter.detach().numpy()))
            peer.step()
            state = ours.step(state, bowl.grad(state.theta))
        np.testing.assert_allclose(state.theta, parameter.detach().numpy(), rtol=1e-11)


def test_decoupled_decay_does_not_depend_on_the_gradient():
    along = [np.zeros(2)] * 10
    points = walk(nnopt.AdamW(lr=0.1, weight_decay=0.5), np.array([1.0, -4.0]), along)
    np.testing.assert_allclose(points[-1], np.array([1.0, -4.0]) * 0.95**10, rtol=1e-14)


def test_amsgrad_finds_the_best_point_where_adam_goes_to_the_worst():
    """Reddi, Kale and Kumar 2018: slopes 3, -1, -1 again and again on [-1, 1]."""
    for kind, end in ((nnopt.Adam, 1.0), (nnopt.AMSGrad, -1.0)):
        optimizer = kind(lr=lambda t: 0.5 / np.sqrt(t), beta1=0.0, beta2=0.1)
        state = optimizer.init([0.0])
        for t in range(3000):
            state = optimizer.step(state, [3.0 if t % 3 == 0 else -1.0])
            state.theta = np.clip(state.theta, -1, 1)
        assert abs(state.theta[0] - end) < 0.1


def test_the_steps_of_lion_have_one_length():
    points = walk(nnopt.Lion(lr=0.01), np.zeros(12), gradients("float64"))
    steps = np.abs(np.diff(points, axis=0))
    assert np.all(np.isclose(steps, 0.01) | (steps < 1e-15))


def test_radam_does_not_divide_at_first():
    """With the defaults the first five steps are momentum's, with the hat."""
    along = gradients("float64")[:5]
    average = np.zeros(12)
    theta = np.zeros(12)
    for t, g in enumerate(along, 1):
        average = 0.9 * average + 0.1 * g
        theta = theta - 1e-3 * average / (1 - 0.9**t)
    np.testing.assert_allclose(walk(nnopt.RAdam(), np.zeros(12), along)[-1], theta, rtol=1e-12)
