r"""Agents that learn to act: proximal policy optimization and deep Q-learning on the book's networks, and policies as problems.

From steps in the world with rewards :math:`r_t`, values :math:`V_t` of what was seen, and :math:`V'_t` of where the step led,

.. math::

    \delta_t &= r_t + \gamma (1 - \text{over}_t) V'_t - V_t \\
    \hat A_t &= \delta_t + \gamma \lambda (1 - \text{cut}_t) \hat A_{t+1} \\
    \rho &= \pi_\theta(a \mid s) / \pi_\text{old}(a \mid s) \\
    \ell(\theta) &= - \min\bigl( \rho \hat A, \ \operatorname{clip}(\rho, 1 - \epsilon, 1 + \epsilon) \hat A \bigr) - \beta H(\pi_\theta)

where the world has ended, ``over`` is 1; ``cut`` is 1 there, too, and at the time limit, behind which the world would have gone on. Deep
Q-learning regresses :math:`f_\theta(s)_a` on :math:`y = r + \gamma (1 - \text{over}) \max_{a'} f_{\bar\theta}(s')_{a'}`, with a frozen copy
:math:`\bar\theta`; its loss is the squared error that is there already.

An agent's loop alone is new. What moves the weights is any gradient method of the library.

J. Schulman, F. Wolski, P. Dhariwal, A. Radford and O. Klimov 2017, arXiv:1707.06347; generalized advantage estimation: J. Schulman et al.
2016, arXiv:1506.02438; V. Mnih et al., Nature 518, 2015, doi:10.1038/nature14236.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._checks import count, number_in, precision, shown
from .._fields import NonNegative, Positive
from .._jit import ENABLED, R64, Data, N, R, Random, World, aligned, d, k, kernel, loop, m, n, put, python
from .._native import call, window
from ..gradient.adam import Adam
from ..problems import Problem
from ..random import below, generator, uniform
from ..training.backpropagation import run_forward
from ..training.fit import Training, one_thread
from ..training.layers.activations import ReLU, Tanh
from ..training.layers.dense import Dense
from ..training.layers.losses import SquaredError, _Loss
from ..training.network import Network

c, t = "c", "t"


# ------------------------------------------------------------------------------------ the loss
@kernel(browser=False)
def clipped_surrogate(x: R[n, c], other: R[n, t], y: R[n, c], clip: R, entropy: R) -> R:
    """The mean of w (-min(rho A, clip(rho) A) - entropy H); y becomes softmax(x). Columns of other: action, A, log pi_old, w."""
    loss = 0.0
    for i in range(x.shape[0]):
        top = x[i, 0]
        for j in range(1, x.shape[1]):
            top = max(top, x[i, j])
        total, H = 0.0, 0.0
        for j in range(x.shape[1]):
            total += math.exp(x[i, j] - top)
        shift = top + math.log(total)
        for j in range(x.shape[1]):
            y[i, j] = math.exp(x[i, j] - shift)
            H -= y[i, j] * (x[i, j] - shift)
        A = other[i, 1]
        rho = math.exp(x[i, int(other[i, 0])] - shift - other[i, 2])
        clipped = min(max(rho, 1 - clip), 1 + clip)
        loss -= other[i, 3] * (min(rho * A, clipped * A) + entropy * H)
    return loss / x.shape[0]


@kernel(browser=False)
def clipped_surrogate_back(y: R[n, c], other: R[n, t], dx: R[n, c], clip: R, entropy: R):
    """dx = w/n (-rho A (1[a] - P) + entropy P (log P + H)); where the clip binds, the first term is 0."""
    for i in range(y.shape[0]):
        a, A, H, share = int(other[i, 0]), other[i, 1], 0.0, other[i, 3] / y.shape[0]
        for j in range(y.shape[1]):
            H -= y[i, j] * math.log(max(y[i, j], 1e-30))
        rho = y[i, a] * math.exp(-other[i, 2])
        held = rho > 1 + clip if A > 0 else rho < 1 - clip
        push = 0.0 if held else -rho * A
        for j in range(y.shape[1]):
            P = y[i, j]
            dx[i, j] = share * (push * ((1.0 if j == a else 0.0) - P) + entropy * P * (math.log(max(P, 1e-30)) + H))


@dataclass(frozen=True)
class ClippedSurrogate(_Loss, forward=clipped_surrogate, backward=clipped_surrogate_back):
    """The actor's loss of proximal policy optimization: targets of shape (rows, 3), the action taken, its advantage, and the logarithm of
    the probability that it had.

    Parameters
    ----------
    clip : float in (0, inf), default 0.2
        How far the ratio of new and old probability may gain from one, on either side; ``clip=1e9`` is none.
    entropy : float in [0, inf), default 0.0
        The weight of a bonus for undecided policies.
    """

    clip: Positive = 0.2
    entropy: NonNegative = 0.0

    def places(self, shape):
        return 1, 4

    def shape(self, shape):
        return dict(c=math.prod(shape), t=4), shape

    def checked(self, Y, shape, dtype):
        Y = np.asarray(Y, dtype)
        if Y.ndim != 2 or Y.shape[1] != 3:
            raise ValueError(f"ClippedSurrogate needs targets of the shape (rows, 3): action, advantage, log probability; not {Y.shape}")
        actions = math.prod(shape)
        if (wrong := Y[~np.isin(Y[:, 0], np.arange(actions)), 0]).size:
            raise ValueError(f"ClippedSurrogate needs actions 0 to {actions - 1}, not {shown(wrong[0].item())}")
        return Y


# ------------------------------------------------------------------------------------ what came of the steps
@kernel(browser=False)
def discounted_returns(reward: R64[k], end: N[k], G: R64[k], gamma: R):
    """G[t] = reward[t] + gamma G[t + 1], from the last step to the first; behind an end, nothing."""
    run = 0.0
    for t in range(reward.size - 1, -1, -1):
        run = reward[t] + gamma * run * (1 - end[t])
        G[t] = run


@kernel(browser=False)
def advantages(reward: R64[k, k], value: R64[k, k], after: R64[k, k], over: N[k, k], cut: N[k, k], A: R64[k, k], gamma: R, lam: R):
    """Generalized advantage estimation for worlds side by side, (steps, worlds); ``after`` is the value of where a step led."""
    for e in range(reward.shape[1]):
        run = 0.0
        for t in range(reward.shape[0] - 1, -1, -1):
            delta = reward[t, e] + gamma * (1 - over[t, e]) * after[t, e] - value[t, e]
            run = delta + gamma * lam * (1 - cut[t, e]) * run
            A[t, e] = run


# ------------------------------------------------------------------------------------ steps in the world
@kernel(browser=False)
def argmax(z: Data[k]) -> N:
    """Where the largest is, the first of several."""
    best = 0
    for j in range(1, z.size):
        if z[j] > z[best]:
            best = j
    return best


@kernel(browser=False)
def drawn(z: Data[k], u: R) -> N:
    """The action where the running sum of softmax(z) passes u."""
    top, total, run = z[argmax(z)], 0.0, 0.0
    for j in range(z.size):
        total += math.exp(z[j] - top)
    for j in range(z.size - 1):
        run += math.exp(z[j] - top) / total
        if u < run:
            return j
    return z.size - 1


@kernel(browser=False)
def chosen(z: Data[k], explore: R, rng: Random) -> N:
    """The best action, or with the probability ``explore`` any; below 0, an action drawn from softmax(z)."""
    u = uniform(rng)
    if explore < 0:
        return drawn(z, u)
    return below(rng, z.size) if u < explore else argmax(z)


@kernel(browser=False)
def play(
    world: N[k], theta: Data[k], work: Data[k], plan: R64[k, k], forwards: N[k], s: R64[k, k], obs: R64[k, k], age: N[k], rows: N[k],
    X: Data[m, k], X2: Data[m, k], action: N[k, k], reward: R64[k, k], over: N[k, k], cut: N[k, k], rewarded: R64[k], limit: N, explore: R,
    rng: Random,
):  # fmt: skip
    """T steps of E worlds side by side, (T, E) of them, in which one pass through the network chooses for all worlds."""
    T, E = reward.shape
    for t in range(T):
        for e in range(E):
            if age[e] == 0:
                call(world, 0, (s[e], obs[e], rng))
            rows[e] = t * E + e
            put(X[rows[e]], obs[e])
        run_forward(theta, work, plan, forwards, plan.shape[0] - 2, X, rows, rng, 0)
        Z = window(work, int(plan[0, 2]), (E, int(plan[0, 3])))
        for e in range(E):
            action[t, e] = chosen(Z[e], explore, rng)
            over[t, e] = int(call(world, 1, (s[e], action[t, e], obs[e], rewarded)))
            reward[t, e] = rewarded[0]
            put(X2[rows[e]], obs[e])
            age[e] += 1
            cut[t, e] = 1 if over[t, e] == 1 or age[e] == limit else 0
            if cut[t, e] == 1:
                age[e] = 0


class Players:
    """Worlds side by side, in which a network acts; what they have gone through last stands in the attributes.

    Parameters
    ----------
    env : Environment
    network : Network
        Its outputs are preferences, or values, of the actions.
    worlds, length : int
        How many side by side, and how many steps of each a call makes.
    dtype : {"float32", "float64"}
    seed : int or numpy.random.Generator
    """

    def __init__(self, env, network, worlds, length, dtype="float32", seed=None):
        if network.input != (env.observations,) or network.output != (env.actions,):
            raise ValueError(f"{env.name} needs a network of {env.observations} inputs and {env.actions} outputs, "
                             f"not {network.input} and {network.output}")
        E, T = count("worlds", worlds), count("length", length)
        self.env, self.network, self.rng, self.dtype = env, network, generator(seed), dtype
        self.play = loop(play, World("reals", dtype, dtype)) if env.compiled else python(play)
        self.plan, work = _plan(network, E)
        self.forwards = network.steps.table("forward", dtype)
        self.work = aligned((work,), dtype)
        self.s, self.obs = np.zeros((E, env.states)), np.zeros((E, env.observations))
        self.s[:, 0] = np.arange(E)  # worlds in Python are told apart by it
        self.age, self.rows, self.rewarded = np.zeros(E, np.int64), np.zeros(E, np.int64), np.zeros(1)
        self.X, self.X2 = np.zeros((2, T * E, env.observations), dtype)
        self.action, self.over, self.cut = np.zeros((3, T, E), np.int64)
        self.reward = np.zeros((T, E))

    def __call__(self, theta, explore):
        """The next steps; ``explore`` is the share of actions at random, or -1 for actions drawn from the softmax of the outputs."""
        world, forwards = self.env.world, self.forwards
        if ENABLED:
            world, forwards = world.addresses if self.env.compiled else world, forwards.addresses
        self.play(world, theta, self.work, self.plan, forwards, self.s, self.obs, self.age, self.rows, self.X, self.X2, self.action,
                  self.reward, self.over, self.cut, self.rewarded, self.env.limit, float(explore), self.rng)  # fmt: skip
        return self


def evaluate(env, network, theta, episodes=100, seed=12345, explore=0.0):
    """Returns of whole episodes, shape (episodes,), of the policy that takes the action with the largest output."""
    theta = np.ascontiguousarray(theta)
    players = Players(env, network, episodes, min(env.limit, 10_000), theta.dtype.name, seed)(theta, explore)
    first = np.cumsum(players.cut, axis=0) - players.cut == 0  # steps up to and with the first end
    return (players.reward * first).sum(axis=0)


# ------------------------------------------------------------------------------------ agents
class Learner:
    """A network, an optimizer, and its state: trains on one set of rows after the other as if they were one long run."""

    def __init__(self, network, optimizer, rng, dtype, first=None):
        if not optimizer.needs_gradient:
            raise ValueError(f"an agent's network needs a method that follows a gradient, not {optimizer!r}; "
                             "for other methods make a problem of the policy: policy_problem(env)")
        self.network, self.optimizer, self.rng, self.dtype, self.state = network, optimizer, rng, dtype, None
        self.theta = (network.start(rng) if first is None else first).astype(dtype)

    def train(self, X, Y, batch, epochs=1):
        problem = self.network.problem(X, Y, batch=batch, dtype=self.dtype)
        training = Training(problem, self.optimizer, self.theta, self.rng, min(batch, len(X)))
        training.begin(epochs, self.state)
        with one_thread:
            for epoch in range(1, epochs + 1):
                self.theta, _ = training.epoch(epoch)
        self.theta, self.state = np.array(self.theta), training.run.state


class _Agent:
    """What agents share."""

    def evaluate(self, env, episodes=100, seed=12345):
        """Returns of so many episodes of the policy that takes the best action, shape (episodes,)."""
        return evaluate(env, self.network_, self.theta_, episodes, seed)

    def _body(self):
        return tuple(layer for width in self.hidden for layer in (Dense(width), self.activation()))

    def _check(self, env, steps):
        for name in self.counts:
            count(name, getattr(self, name))
        number_in("gamma", self.gamma, "[0, 1]", lambda x: 0 <= x <= 1)
        precision("dtype", self.dtype)
        if not isinstance(self.hidden, (tuple, list)):
            raise ValueError(f"hidden must be a tuple of widths such as (64, 64), not {shown(self.hidden)}")
        return count("steps", steps)


@dataclass
class PPO(_Agent):
    """Proximal policy optimization: an actor that learns from its own steps and may not move far from what it did, and a critic.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers, of tanh, of both networks.
    optimizer : GradientMethod, optional
        For both networks; by default Adam with a rate that falls from 1e-3 to nothing.
    worlds, length : int
        Steps between two trainings: ``worlds`` side by side, ``length`` of each.
    epochs, batch_size : int
        Passes over these steps, and rows in a batch.
    gamma, lam : float in [0, 1]
        The discount, and how far advantages look ahead.
    clip : float in (0, inf)
        How far the ratio of new and old probability may gain; 1e9 is no clip.
    entropy : float in [0, inf)
    dtype : {"float32", "float64"}
    random_state : int, None or numpy.random.Generator

    Examples
    --------
    >>> from nnopt.applications.environments import cartpole
    >>> agent = PPO(random_state=0).fit(cartpole(), steps=60_000)
    >>> bool(agent.evaluate(cartpole()).mean() > 475)
    True
    """

    hidden: tuple = (64, 64)
    optimizer: Any = None
    worlds: int = 8
    length: int = 128
    epochs: int = 10
    batch_size: int = 64
    gamma: float = 0.99
    lam: float = 0.95
    clip: float = 0.2
    entropy: float = 0.0
    dtype: str = "float32"
    random_state: Any = None
    activation = Tanh
    counts = ("worlds", "length", "epochs", "batch_size")

    def fit(self, env, steps, callback=None):
        """Learn from so many steps in the world, whole pieces of ``worlds * length``.

        ``callback`` is called with the agent after each piece, and ends the training when it returns True. Left are ``network_``,
        ``theta_``, and ``returns_``, those of all episodes that have ended, with the steps at which they did.
        """
        steps, rng, n = self._check(env, steps), np.random.default_rng(self.random_state), self.worlds * self.length
        number_in("lam", self.lam, "[0, 1]", lambda x: 0 <= x <= 1)
        pieces = max(1, steps // n)
        optimizer = self.optimizer or Adam(lr=falling(1e-3, pieces * self.epochs * -(-n // self.batch_size)))
        self.network_ = Network(*self._body(), Dense(env.actions), input=env.observations, loss=ClippedSurrogate(self.clip, self.entropy))
        critic_net = Network(*self._body(), Dense(1), input=env.observations, loss=SquaredError())
        first = self.network_.start(rng)
        first[-(self.hidden[-1] + 1) * env.actions :] *= 0.01  # a policy that begins undecided
        actor, critic = Learner(self.network_, optimizer, rng, self.dtype, first), Learner(critic_net, optimizer, rng, self.dtype)
        players = Players(env, self.network_, self.worlds, self.length, self.dtype, rng)
        self.steps_, self.returns_, episodes = 0, [], Episodes(self.worlds)
        for _ in range(pieces):
            played = players(actor.theta, -1.0)
            episodes.enter(played, self.returns_, self.steps_)
            A, value = self._advantages(played, critic)
            log_pi = log_softmax(self.network_.outputs(actor.theta, played.X).astype(np.float64))
            taken = played.action.ravel()
            Y = np.column_stack([taken, (A - A.mean()) / (A.std() + 1e-8), log_pi[np.arange(n), taken]])
            actor.train(played.X, Y, self.batch_size, self.epochs)
            critic.train(played.X, A + value, self.batch_size, self.epochs)
            self.steps_ += n
            self.theta_ = actor.theta
            if callback is not None and callback(self) is True:
                break
        return self

    def _advantages(self, played, critic):
        """Advantages and values of all steps, two vectors."""
        shape = played.reward.shape
        value, after = (critic.network.outputs(critic.theta, X).astype(np.float64).reshape(shape) for X in (played.X, played.X2))
        A = np.empty(shape)
        advantages(played.reward, value, after, played.over, played.cut, A, float(self.gamma), float(self.lam))
        return A.ravel(), value.ravel()


@dataclass
class DQN(_Agent):
    """Deep Q-learning: a network learns what each action is worth, by regression on what a frozen copy says, from memories drawn at random.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers, of ReLU.
    optimizer : GradientMethod, optional
        By default Adam with a rate that falls from 1e-3 to nothing.
    memory : int
        How many steps are remembered.
    worlds, length : int
        Steps between two trainings, for each of which a frozen copy is made.
    updates, batch_size : int
        Steps of the optimizer in a training, and memories in each.
    starts : int
        Steps before the first training.
    exploration : tuple of two floats in [0, 1]
        The share of actions at random, at first and at last.
    decay : int
        Steps until it is the last.
    loss : Layer, optional
        ``SquaredError()`` by default.
    gamma, dtype, random_state
        As of :class:`PPO`.
    """

    hidden: tuple = (128, 128)
    optimizer: Any = None
    memory: int = 100_000
    worlds: int = 1
    length: int = 256
    updates: int = 128
    batch_size: int = 64
    starts: int = 1_000
    exploration: tuple = (1.0, 0.04)
    decay: int = 10_000
    loss: Any = field(default_factory=SquaredError)
    gamma: float = 0.99
    dtype: str = "float32"
    random_state: Any = None
    activation = ReLU
    counts = ("memory", "worlds", "length", "updates", "batch_size", "starts", "decay")

    def fit(self, env, steps, callback=None):
        """As of :class:`PPO`."""
        steps, rng, n = self._check(env, steps), np.random.default_rng(self.random_state), self.worlds * self.length
        self.network_ = Network(*self._body(), Dense(env.actions), input=env.observations, loss=self.loss)
        optimizer = self.optimizer or Adam(lr=falling(1e-3, max(1, steps // n) * self.updates))
        learner = Learner(self.network_, optimizer, rng, self.dtype)
        players, memory = Players(env, self.network_, self.worlds, self.length, self.dtype, rng), Memory(self.memory, env, self.dtype)
        self.steps_, self.returns_, episodes = 0, [], Episodes(self.worlds)
        first, last = self.exploration
        while self.steps_ < steps:
            played = players(learner.theta, max(last, first + (last - first) * self.steps_ / self.decay))
            episodes.enter(played, self.returns_, self.steps_)
            memory.enter(played)
            self.steps_ += n
            if self.steps_ >= self.starts:
                rows = rng.integers(memory.size, size=self.updates * self.batch_size)
                Y = td_targets(self.network_, learner.theta, memory, rows, self.gamma)
                learner.train(memory.X[rows], Y, self.batch_size)
            self.theta_ = learner.theta
            if callback is not None and callback(self) is True:
                break
        return self


class Memory:
    """The last so many steps."""

    def __init__(self, most, env, dtype):
        self.X, self.X2 = np.zeros((2, most, env.observations), dtype)
        self.action, self.over, self.reward = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most)
        self.size = self.at = 0

    def enter(self, played):
        rows = (self.at + np.arange(played.reward.size)) % len(self.X)
        self.X[rows], self.X2[rows] = played.X, played.X2
        for name in ("action", "over", "reward"):
            getattr(self, name)[rows] = getattr(played, name).ravel()
        self.at, self.size = (self.at + rows.size) % len(self.X), min(self.size + rows.size, len(self.X))


def td_targets(network, frozen, memory, rows, gamma):
    """What the frozen copy says that the actions taken were worth, shape (rows, actions); NaN, which a loss skips, for all others."""
    best = network.outputs(frozen, memory.X2[rows]).max(axis=1)
    Y = np.full((len(rows), network.output[0]), np.nan)
    Y[np.arange(len(rows)), memory.action[rows]] = memory.reward[rows] + gamma * (1 - memory.over[rows]) * best
    return Y


class Episodes:
    """Sums up rewards to returns."""

    def __init__(self, worlds):
        self.sums = np.zeros(worlds)

    def enter(self, played, returns, steps):
        """Add (steps so far, return) of every episode that has ended."""
        E = played.reward.shape[1]
        for e in range(E):
            ends = np.flatnonzero(played.cut[:, e])
            sums = np.cumsum(played.reward[:, e])
            before = np.concatenate([[-self.sums[e]], sums[ends]])
            returns += [(steps + int(end) * E, float(total)) for end, total in zip(ends, np.diff(before), strict=True)]
            self.sums[e] = sums[-1] - before[-1]


def falling(rate, steps):
    """A schedule that falls along a line from ``rate`` to a thousandth of it."""
    return lambda t: rate * max(1 - (t - 1) / steps, 1e-3)


def log_softmax(Z):
    """The logarithms of softmax, row by row."""
    Z = Z - Z.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))


# ------------------------------------------------------------------------------------ policies as points
@kernel(browser=False, apart=True)
def policy_value(
    theta: R[d], world: N[k], plan: R64[k, k], forwards: N[k], work: R[k], s: R[k], obs: R[k], rewarded: R[k], row: N[k], spent: R[k],
    episodes: N, limit: N, seed: N, rng: Random,
) -> R:  # fmt: skip
    """Minus the mean return of the policy with the weights theta, over episodes that start alike for all policies."""
    rng[0] = seed
    total, seen = 0.0, window(obs, 0, (1, obs.size))
    for _ in range(episodes):
        call(world, 0, (s, obs, rng))
        for _ in range(limit):
            run_forward(theta, work, plan, forwards, plan.shape[0] - 2, seen, row, rng, 0)
            Z = window(work, int(plan[0, 2]), (1, int(plan[0, 3])))
            end = call(world, 1, (s, argmax(Z[0]), obs, rewarded))
            total += rewarded[0]
            spent[0] += 1.0
            if end == 1.0:
                break
    return -total / episodes


def policy_problem(env, *layers, episodes=4, seed=0, radius=1.0):
    """A policy's weights as a point, and minus its mean return as the value there: for methods that need no gradient.

    Parameters
    ----------
    env : Environment
        A compiled one.
    *layers : Layer
        The layers before the last one; without any the policy is linear.
    episodes : int
        How many an evaluation plays, from starts that are the same for all policies.
    seed : int in [0, inf)
        Draws the starts.
    radius : float in (0, inf)
        The box to search: so many standard deviations of He's weights.

    Returns
    -------
    Problem
        ``arrays["spent"]`` counts the steps in the world.
    Network
        Whose weights the points are.
    """
    if not env.compiled:
        raise ValueError(f"policy_problem needs a compiled world such as cartpole(), not {env.name} in Python")
    number_in("radius", radius, "(0, inf)", lambda x: 0 < x < math.inf)
    network = Network(*layers, Dense(env.actions), input=env.observations, loss=SquaredError())
    plan, work = _plan(network, 1)
    arrays = dict(world=env.world, plan=plan, forwards=network.steps.table("forward", "float64"), row=np.zeros(1, np.int64),
                  spent=np.zeros(1), episodes=count("episodes", episodes), limit=env.limit, seed=int(seed))  # fmt: skip
    scratch = dict(work=work, s=env.states, obs=env.observations, rewarded=1)
    name, box = f"policy for {env.name}", network.box(radius)
    return Problem(name, policy_value, dim=network.size, bounds=box, arrays=arrays, scratch=scratch), network


def _plan(network, batch):
    """The network's plan, with the number of outputs as the fourth entry of its first row; and the length of work."""
    plan, work = network.steps.plan(batch)
    wide = np.zeros((len(plan), max(4, plan.shape[1])))
    wide[:, : plan.shape[1]] = plan
    wide[0, 3] = math.prod(network.output)
    return wide, work
