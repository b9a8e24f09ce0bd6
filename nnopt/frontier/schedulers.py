r"""Schedules: the learning rate as a function of the step, planned before the run begins.

With the largest rate :math:`\alpha` and the share :math:`u = (t - 1) / T` of the :math:`T` planned steps, :math:`t = 1, 2, \dots`:

.. math::

    \text{step:} \quad & \alpha \, \gamma^{\lfloor (t - 1) / k \rfloor} \\
    \text{linear:} \quad & \alpha \, (1 - u) \\
    \text{cosine:} \quad & \alpha \, (1 + \cos \pi u) / 2 \\
    \text{warm restarts:} \quad & \text{cosine over } P, \text{ then over } P m, P m^2, \dots \text{ steps} \\
    \text{one cycle:} \quad & \text{half a cosine up to } \alpha \text{ in the share } r \text{ of the run, half a cosine down after it} \\
    \text{warm-up, stable, decay:} \quad & \alpha \min(1, \; t / (w T), \; (1 - u) / s)

I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017, arXiv:1608.03983 (cosine); L. N. Smith and
N. Topin, *Super-convergence*, 2018, arXiv:1708.07120 (one cycle); S. Hu et al., *MiniCPM*, 2024, arXiv:2404.06395 (stable, then decay);
A. Defazio et al., *Optimal linear decay learning rate schedules and further refinements*, 2023, arXiv:2310.07831 (linear).

Rules that watch the run in place of planning it stand in ``schedulers_watching.py``.
"""

import math
import typing
from dataclasses import dataclass

from .._fields import Count, Fields, Interval

Peak = typing.Annotated[float, Interval("(0, inf)"), "constant"]
Fixed = typing.Annotated[float, Interval("(0, 1)"), "constant"]
FixedShare = typing.Annotated[float, Interval("[0, 1]"), "constant"]


def cosine(start, end, share):
    """From start to end along half a cosine."""
    return end + (start - end) * (1.0 + math.cos(math.pi * share)) / 2.0


@dataclass(frozen=True)
class StepDecay(Fields):
    """A rate that is cut every so many steps: ``Adam(lr=StepDecay(0.01, every=300))``.

    Parameters
    ----------
    lr : float in (0, inf)
        The first rate.
    every : int in [1, inf)
        After how many steps it is cut.
    factor : float in (0, 1), default 0.1
        What a cut leaves of it.
    """

    lr: Peak
    every: Count
    factor: Fixed = 0.1

    def __call__(self, t):
        return self.lr * self.factor ** ((t - 1) // self.every)


@dataclass(frozen=True)
class LinearDecay(Fields):
    """A rate that falls evenly and is zero after ``steps`` steps: ``Adam(lr=LinearDecay(0.01, steps=1000))``."""

    lr: Peak
    steps: Count

    def __call__(self, t):
        return self.lr * max(1.0 - (t - 1) / self.steps, 0.0)


@dataclass(frozen=True)
class Cosine(Fields):
    """A rate that falls along half a cosine: ``Adam(lr=Cosine(0.01, steps=1000))``.

    Parameters
    ----------
    lr : float in (0, inf)
        The first rate, and the largest.
    steps : int in [1, inf)
        The length of the run; after it the rate stays at its least.
    least : float in [0, 1], default 0
        The share of ``lr`` that is left at the end.
    """

    lr: Peak
    steps: Count
    least: FixedShare = 0.0

    def __call__(self, t):
        return cosine(self.lr, self.least * self.lr, min((t - 1) / self.steps, 1.0))


@dataclass(frozen=True)
class WarmRestarts(Fields):
    """A cosine that begins anew: over ``period`` steps, then over ``growth`` times as many, and so on.

    ``least`` is as in :class:`Cosine`.
    """

    lr: Peak
    period: Count
    growth: Count = 2
    least: FixedShare = 0.0

    def __call__(self, t):
        done, period = t - 1, self.period
        while done >= period:
            done, period = done - period, period * self.growth
        return cosine(self.lr, self.least * self.lr, done / period)


@dataclass(frozen=True)
class OneCycle(Fields):
    """Up from ``first`` times the peak ``lr`` during the share ``rise`` of the run, then down to ``last`` times the peak."""

    lr: Peak
    steps: Count
    rise: Fixed = 0.3
    first: FixedShare = 0.04
    last: FixedShare = 0.0

    def __call__(self, t):
        done, top = t - 1, self.rise * self.steps
        if done < top:
            return cosine(self.first * self.lr, self.lr, done / top)
        return cosine(self.lr, self.last * self.lr, min((done - top) / (self.steps - top), 1.0))


@dataclass(frozen=True)
class WarmupStableDecay(Fields):
    """The peak ``lr``, but for an even rise during the share ``warmup`` and an even fall to zero during the last share ``decay``."""

    lr: Peak
    steps: Count
    warmup: Fixed = 0.05
    decay: Fixed = 0.3

    def __call__(self, t):
        rise = t / (self.warmup * self.steps)
        fall = (1.0 - (t - 1) / self.steps) / self.decay
        return self.lr * max(min(1.0, rise, fall), 0.0)
