r"""Two classic worlds to act in, compiled: the dynamics of gymnasium's, step for step.

A world is two functions. ``reset`` draws a start, ``act`` moves the world by one step, writes the reward, and says whether the episode
has ended, by 1 or 0. Its state ``s`` is the world's own, ``obs`` is what an agent sees of it. A time limit is no end of the world: who
plays keeps count of it.

A cart of 1 kg under a pole of 0.1 kg and half length l = 0.5 m is pushed by F = 10 N to the left or right; with :math:`M` the mass of both
and :math:`m` that of the pole,

.. math::

    q = \frac{F + m l \dot\varphi^2 \sin\varphi}{M} , \qquad
    \ddot\varphi = \frac{g \sin\varphi - q \cos\varphi}{l \, (4/3 - m \cos^2\varphi / M)} , \qquad
    \ddot x = q - \frac{m l \ddot\varphi \cos\varphi}{M}

and a step is 20 ms of Euler's method. The acrobot is two links of 1 m and 1 kg, with a torque of -1, 0 or 1 Nm where they meet; a step is
0.2 s of the Runge-Kutta method.

A. G. Barto, R. S. Sutton and C. W. Anderson 1983, doi:10.1109/TSMC.1983.6313077 (cart and pole); R. S. Sutton 1996, *Generalization in
reinforcement learning*, NIPS 8 (acrobot).
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._jit import R64, REALS, N, R, Random, Table, compiled, k, kernel, python
from ..random import uniform


# ------------------------------------------------------------------------------------ a cart and a pole
@kernel(browser=False)
def cartpole_reset(s: R64[k], obs: R64[k], rng: Random) -> R:
    """Position, speed, angle and its speed, each uniform in [-0.05, 0.05]."""
    for i in range(4):
        s[i] = -0.05 + 0.1 * uniform(rng)
        obs[i] = s[i]
    return 0.0


@kernel(browser=False)
def cartpole_act(s: R64[k], action: N, obs: R64[k], reward: R64[k]) -> R:
    """Push to the left (0) or right (1): 1 for every step; the end is at 2.4 m or 12 degrees."""
    g, M, m, l, tau = 9.8, 1.1, 0.1, 0.5, 0.02
    x, dx, phi, dphi = s[0], s[1], s[2], s[3]
    F = 10.0 if action == 1 else -10.0
    c, sn = math.cos(phi), math.sin(phi)
    q = (F + m * l * (dphi * dphi) * sn) / M
    ddphi = (g * sn - c * q) / (l * (4.0 / 3.0 - m * (c * c) / M))
    ddx = q - m * l * ddphi * c / M
    s[0], s[1], s[2], s[3] = x + tau * dx, dx + tau * ddx, phi + tau * dphi, dphi + tau * ddphi
    for i in range(4):
        obs[i] = s[i]
    reward[0] = 1.0
    return 1.0 if abs(s[0]) > 2.4 or abs(s[2]) > 12 * 2 * math.pi / 360 else 0.0


# ------------------------------------------------------------------------------------ two links
@kernel(browser=False)
def acrobot_slope(s: R64[k], at: N, torque: R, to: N):
    """d/dt of the angles and their speeds that stand at s[at:at+4], written to s[to:to+4]."""
    t1, t2, w1, w2 = s[at], s[at + 1], s[at + 2], s[at + 3]
    g, c2, s2 = 9.8, math.cos(t2), math.sin(t2)
    d1 = 0.25 + (1.0 + 0.25 + 2.0 * 0.5 * c2) + 2.0
    d2 = (0.25 + 0.5 * c2) + 1.0
    phi2 = 0.5 * g * math.cos(t1 + t2 - math.pi / 2.0)
    phi1 = -0.5 * w2 * w2 * s2 - 2 * 0.5 * w2 * w1 * s2 + 1.5 * g * math.cos(t1 - math.pi / 2) + phi2
    a2 = (torque + d2 / d1 * phi1 - 0.5 * w1 * w1 * s2 - phi2) / (0.25 + 1.0 - d2 * d2 / d1)
    s[to], s[to + 1], s[to + 2], s[to + 3] = w1, w2, -(d2 * a2 + phi1) / d1, a2


@kernel(browser=False)
def wrapped(angle: R) -> R:
    """The same angle in [-pi, pi]."""
    while angle > math.pi:
        angle -= 2 * math.pi
    while angle < -math.pi:
        angle += 2 * math.pi
    return angle


@kernel(browser=False)
def acrobot_look(s: R64[k], obs: R64[k]):
    """Cosine and sine of both angles, and the speeds."""
    obs[0], obs[1], obs[2], obs[3] = math.cos(s[0]), math.sin(s[0]), math.cos(s[1]), math.sin(s[1])
    obs[4], obs[5] = s[2], s[3]


@kernel(browser=False)
def acrobot_reset(s: R64[k], obs: R64[k], rng: Random) -> R:
    """Both links hang, each number uniform in [-0.1, 0.1]."""
    for i in range(4):
        s[i] = -0.1 + 0.2 * uniform(rng)
    acrobot_look(s, obs)
    return 0.0


@kernel(browser=False)
def acrobot_act(s: R64[k], action: N, obs: R64[k], reward: R64[k]) -> R:
    """The torque action - 1; -1 for every step until the tip is 1 m above the pivot. s[4:] is scratch: a point, and four slopes."""
    h, torque = 0.2, action - 1.0
    acrobot_slope(s, 0, torque, 8)
    for i in range(4):
        s[4 + i] = s[i] + h / 2 * s[8 + i]
    acrobot_slope(s, 4, torque, 12)
    for i in range(4):
        s[4 + i] = s[i] + h / 2 * s[12 + i]
    acrobot_slope(s, 4, torque, 16)
    for i in range(4):
        s[4 + i] = s[i] + h * s[16 + i]
    acrobot_slope(s, 4, torque, 20)
    for i in range(4):
        s[i] += h / 6 * (s[8 + i] + 2 * s[12 + i] + 2 * s[16 + i] + s[20 + i])
    s[0], s[1] = wrapped(s[0]), wrapped(s[1])
    s[2] = min(max(s[2], -4 * math.pi), 4 * math.pi)
    s[3] = min(max(s[3], -9 * math.pi), 9 * math.pi)
    acrobot_look(s, obs)
    up = -math.cos(s[0]) - math.cos(s[1] + s[0]) > 1.0
    reward[0] = 0.0 if up else -1.0
    return 1.0 if up else 0.0


# ------------------------------------------------------------------------------------ what agents are given
@dataclass(frozen=True)
class Environment:
    """A world that an agent can be put into: ``cartpole()``, ``acrobot()``, ``from_gymnasium("CartPole-v1")``.

    Parameters
    ----------
    name : str
    reset, act : kernel, or function of the same arguments
        See the module.
    states, observations : int
        The lengths of ``s`` and ``obs``.
    actions : int
        Actions are 0, 1, ..., actions - 1.
    limit : int
        Steps after which an episode is cut.
    solved : float
        The mean return over 100 episodes from which the task counts as solved.
    compiled : bool
        Whether both are kernels.
    """

    name: str
    reset: Any
    act: Any
    states: int
    observations: int
    actions: int
    limit: int
    solved: float
    compiled: bool = True

    @property
    def world(self):
        """Both functions, as compiled loops (or, for a world in Python, loops in Python) take them."""
        return _table(self.reset, self.act, self.compiled)


@functools.cache
def _table(reset, act, native):
    if not native:
        return Table([reset, act])
    return Table([compiled(python(function), REALS) for function in (reset, act)])


def cartpole():
    """A pole to be balanced for 500 steps; solved at a mean return of 475."""
    return Environment("CartPole-v1", cartpole_reset, cartpole_act, 4, 4, 2, 500, 475.0)


def acrobot():
    """Two links to be swung up, from what they weigh and little else; solved at a mean return of -100."""
    return Environment("Acrobot-v1", acrobot_reset, acrobot_act, 24, 6, 3, 500, -100.0)


def from_gymnasium(name):
    """A world of gymnasium, played in Python.

    Parameters
    ----------
    name : str
        One whose observations are a vector and whose actions are discrete.

    Raises
    ------
    ValueError
        If observations or actions are something else.
    ImportError
        If gymnasium is missing: ``pip install "nnopt[rl]"``.
    """
    try:
        import gymnasium
    except ImportError as error:
        raise ImportError('worlds of gymnasium need the package gymnasium: pip install "nnopt[rl]"') from error
    first = gymnasium.make(name)
    seen, acts = first.observation_space, first.action_space
    if not (isinstance(seen, gymnasium.spaces.Box) and len(seen.shape) == 1 and isinstance(acts, gymnasium.spaces.Discrete)):
        raise ValueError(f"{name} must have a vector to see and discrete actions, not {seen} and {acts}")
    worlds = {0: first.unwrapped}

    def inner(s):
        """As many worlds side by side as are asked for: s[0] is the number of one."""
        if int(s[0]) not in worlds:
            worlds[int(s[0])] = gymnasium.make(name).unwrapped
        return worlds[int(s[0])]

    def reset(s, obs, rng):
        obs[:] = inner(s).reset(seed=int(uniform(rng) * 2**31))[0]
        return 0.0

    def act(s, action, obs, reward):
        obs[:], reward[0], over, *_ = inner(s).step(int(action) + int(acts.start))
        return float(over)

    limit, solved = first.spec.max_episode_steps or np.iinfo(np.int64).max, first.spec.reward_threshold
    solved = math.inf if solved is None else solved
    return Environment(first.spec.id, reset, act, 1, seen.shape[0], int(acts.n), limit, solved, compiled=False)
