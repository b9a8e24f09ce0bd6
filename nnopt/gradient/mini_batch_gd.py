r"""Mini-batch gradient descent: a step straight downhill on some of the examples.

For a mean over rows, :math:`f(\theta) = \frac1m \sum_i f_i(\theta)`, the rows are shuffled for every pass and cut into batches of B;
with the batch :math:`\mathcal B_t`, step :math:`t = 1, 2, \dots` is

.. math:: \theta_t = \theta_{t-1} - \alpha \, \frac{1}{|\mathcal B_t|} \sum_{i \in \mathcal B_t} \nabla f_i(\theta_{t-1})

The step is that of ``gd.py``; what is new is how rows are drawn.

L. Bottou, F. E. Curtis and J. Nocedal, *Optimization methods for large-scale machine learning*, SIAM Review 60 (2018), 223-311,
doi:10.1137/16M1080173.
"""

from dataclasses import dataclass

from .._jit import N, R, Random, k, kernel
from ..optimizer import Count, Flag, GradientMethod, Rate
from ..random import below
from .gd import gd
from .sgd import draw_rows


@kernel
def shuffle_rows(order: N[k], rng: Random, replacement: R):
    """The rows of a pass: each once, in random order; with replacement, each drawn from all."""
    if replacement > 0.0:
        draw_rows(order, rng)
        return
    for i in range(order.size):
        order[i] = i
    for i in range(order.size - 1, 0, -1):  # Fisher and Yates
        other = below(rng, i + 1)
        order[i], order[other] = order[other], order[i]


@dataclass(frozen=True)
class MiniBatchGD(GradientMethod, step=gd, rows=shuffle_rows):
    r"""Mini-batch gradient descent.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step t = 1, 2, ... that gives it.
    batch_size : int in [1, inf), default 32
        Rows in a batch B; the last batch of a pass may be smaller.
    replacement : bool, default False
        Draw every row of a batch from all rows, in place of shuffling them for each pass.

    References
    ----------
    L. Bottou, F. E. Curtis and J. Nocedal, *Optimization methods for large-scale machine learning*, SIAM Review 60 (2018), 223-311,
    doi:10.1137/16M1080173.

    Examples
    --------
    >>> MiniBatchGD(lr=0.1, batch_size=8)
    MiniBatchGD(lr=0.1, batch_size=8, replacement=False)
    """

    lr: Rate = 1e-2
    batch_size: Count = 32
    replacement: Flag = False

    def batch(self, rows):
        """Rows a step."""
        return min(self.batch_size, rows)
