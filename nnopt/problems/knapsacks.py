r"""The knapsack: the most worth that fits.

.. math:: J(x) = -\sum_i w_i x_i + (1 + \rho) \max \Bigl( 0, \sum_i g_i x_i - G \Bigr) , \qquad \rho = \max_i w_i / g_i

What is too heavy is paid for, unit by unit dearer than any unit can be worth, so that the least value is one that fits. A move puts
something in, takes it out, or exchanges one thing for another; the load is kept.

S. Martello and P. Toth, *Knapsack problems*, Wiley 1990.
"""

import numpy as np

from .._checks import number_in, numbers
from .._jit import B, N, R, d, k, kernel
from ..walk import Neighbourhood
from . import Problem


@kernel(browser=False)
def knapsack_value(x: B[d], worth: R[d], weight: R[d], room: R, dear: R) -> R:
    """Minus the worth, and what is too heavy paid for."""
    gain, load = 0.0, 0.0
    for i in range(x.size):
        gain += worth[i] * x[i]
        load += weight[i] * x[i]
    return dear * max(0.0, load - room) - gain


@kernel(browser=False)
def note_load(x: B[d], load: R[1], weight: R[d]):
    """load[0]: the weight of what is in."""
    load[0] = 0.0
    for i in range(x.size):
        load[0] += weight[i] * x[i]


@kernel(browser=False)
def after_flip(x: B[d], i: N, array: R[d]) -> R:
    """What flipping bit i adds to a sum over what is in."""
    return (1.0 - 2.0 * x[i]) * array[i]


@kernel(browser=False)
def knapsack_delta(
    x: B[d], q: N, load: R[1], worth: R[d], weight: R[d], room: R, dear: R, first: N[k], second: N[k]
) -> R:  # fmt: skip
    """Move q flips a bit, or, from d on, two that differ; 0 where they do not."""
    i, j = first[q], second[q]
    if i != j and x[i] == x[j]:
        return 0.0
    gain, more = after_flip(x, i, worth), after_flip(x, i, weight)
    if i != j:
        gain += after_flip(x, j, worth)
        more += after_flip(x, j, weight)
    return dear * (max(0.0, load[0] + more - room) - max(0.0, load[0] - room)) - gain


@kernel(browser=False)
def knapsack_apply(x: B[d], q: N, load: R[1], weight: R[d], first: N[k], second: N[k]):
    """Make it, if the two bits differ."""
    i, j = first[q], second[q]
    if i != j and x[i] == x[j]:
        return
    load[0] += after_flip(x, i, weight)
    x[i] = 1 - x[i]
    if i != j:
        load[0] += after_flip(x, j, weight)
        x[j] = 1 - x[j]


@kernel(browser=False)
def knapsack_exchange(x: B[d], q: N, brings: N[k], drops: N[k], first: N[k], second: N[k]):
    """The bits themselves are the features: whoever touches one brings it; nothing where two do not differ."""
    i, j = first[q], second[q]
    for h in range(brings.size):
        brings[h] = drops[h] = -1
    if i == j or x[i] != x[j]:
        brings[0] = drops[0] = i
        brings[1] = drops[1] = j if i != j else -1


def knapsack(worth, weight, room, minimum=None) -> Problem:
    """The most worth that fits into ``room``; worth and weight of each thing, shape (d,), weights above zero."""
    worth, weight = numbers("knapsack: worth", worth), numbers("knapsack: weight", weight)
    room = number_in("knapsack: room", room, "(0, inf)", lambda number: 0.0 < number < np.inf)
    if worth.ndim != 1 or worth.shape != weight.shape or not len(worth) or (weight <= 0).any():
        raise ValueError("knapsack: worth and weight must have one shape (d,), and weights be above zero, "
                         f"not {worth.shape}, {weight.shape} and least weight {weight.min(initial=np.inf)}")
    moves = Neighbourhood(
        lambda dim: dim * (dim + 1) // 2, knapsack_delta, knapsack_apply, begin=note_load, exchange=knapsack_exchange,
        price=lambda dim: 2.0 / dim, sweep=lambda dim: dim + 1.0, tenure=lambda dim: dim / 4,
    )  # fmt: skip
    alone, (one, other) = np.arange(len(worth)), np.triu_indices(len(worth), 1)
    arrays = dict(worth=worth, weight=weight, room=np.array(room), dear=np.array(1.0 + (worth / weight).max()),
                  first=np.append(alone, one), second=np.append(alone, other))
    return Problem("knapsack", knapsack_value, None, len(worth), [(0, 1)] * len(worth), minimum, arrays=arrays, neighbourhood=moves)
