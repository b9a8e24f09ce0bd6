"""Gradient methods beside their peers: fixed sequences of gradients, dense and sparse, with zeros, of very different sizes."""

import numpy as np
from conftest import need

import nnopt

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}  # relative to how far a walk has led
STEPS, SIZE = 1000, 12


def gradients(dtype, seed=0):
    """Gradients of every kind: sizes from 1e-6 to 1e3, entries that are mostly zero, one that always is, a step that is all zero."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-6, 3, SIZE)
    found[:, :4] *= rng.random((STEPS, 4)) < 0.1
    found[:, 4] = 0.0
    found[STEPS // 3] = 0.0
    return found.astype(dtype)


def start(dtype):
    return np.random.default_rng(1).normal(size=SIZE).astype(dtype)


def walk(optimizer, theta, along):
    """All points of a walk along given gradients, shape (steps, d)."""
    state, points = optimizer.init(theta), []
    for g in along:
        state = optimizer.step(state, g)
        points.append(state.theta.copy())
    return np.array(points)


def walk_of_torch(make, theta, along):
    """The same of an optimizer of PyTorch, ``make(parameters)``; its own numbers are in float64, too."""
    torch = need("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        parameter, points = torch.tensor(theta, requires_grad=True), []
        peer = make([parameter])
        for g in along:
            parameter.grad = torch.tensor(g)
            peer.step()
            points.append(parameter.detach().numpy().copy())
    finally:
        torch.set_default_dtype(before)
    return np.array(points)


def walk_of_optax(peer, theta, along):
    """The same of a transformation of optax."""
    optax, jax = need("optax"), need("jax")
    with jax.enable_x64(True):
        at, points = jax.numpy.asarray(theta), []
        memory, update = peer.init(at), jax.jit(peer.update)
        for g in along:
            change, memory = update(jax.numpy.asarray(g), memory, at)
            at = optax.apply_updates(at, change)
            points.append(np.asarray(at))
    return np.array(points)


def gap(ours, theirs, theta):
    """The largest difference of two walks, in units of how far they have led."""
    far = np.maximum.accumulate(np.abs(theirs - theta.astype(float)), axis=0) + np.abs(theirs)
    return float(np.max(np.abs(ours.astype(float) - theirs) / np.where(far > 0, far, 1.0)))


def assert_equal_to_torch(name, make, fields, dtype):
    """A method of the library walks as PyTorch's over a thousand steps."""
    torch = need("torch")
    theta, along = start(dtype), gradients(dtype)
    theirs = walk_of_torch(lambda parameters: make(torch.optim, parameters), theta, along)
    found = gap(walk(getattr(nnopt, name)(**fields), theta, along), theirs.astype(float), theta)
    assert found <= TOLERANCE[dtype], found
