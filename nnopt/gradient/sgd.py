r"""Stochastic gradient descent: a step straight downhill on one example, drawn at random.

For a mean over rows, :math:`f(\theta) = \frac1m \sum_i f_i(\theta)`, step :math:`t = 1, 2, \dots` draws :math:`i_t` uniformly from all
rows, whatever was drawn before, and is

.. math:: \theta_t = \theta_{t-1} - \alpha \, \nabla f_{i_t}(\theta_{t-1})

On average that is the gradient of the whole, at one m-th of its price. The step is that of ``gd.py``; what is new is how rows are
drawn.

H. Robbins and S. Monro, *A stochastic approximation method*, Annals of Mathematical Statistics 22 (1951), 400-407,
doi:10.1214/aoms/1177729586.
"""

from dataclasses import dataclass

from .._jit import N, Random, k, kernel
from ..optimizer import GradientMethod, Rate
from ..random import below
from .gd import gd


@kernel
def draw_rows(order: N[k], rng: Random):
    """As many rows as there are, each drawn from all of them: some come twice, about 37 % not at all."""
    for i in range(order.size):
        order[i] = below(rng, order.size)


@dataclass(frozen=True)
class SGD(GradientMethod, step=gd, rows=draw_rows):
    r"""Stochastic gradient descent, one example a step.

    Parameters
    ----------
    lr : float in (0, inf), default 0.01
        The learning rate :math:`\alpha`, or a function of the step t = 1, 2, ... that gives it. A constant rate ends in a
        cloud around the minimum, whose mean square grows with the rate; a rate that falls as 1/t closes in on it.

    Notes
    -----
    ``torch.optim.SGD`` draws nothing: what its steps look at is its data loader's choice, here :class:`MiniBatchGD`.

    References
    ----------
    H. Robbins and S. Monro, *A stochastic approximation method*, Annals of Mathematical Statistics 22 (1951), 400-407,
    doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> SGD(lr=lambda t: 1 / (10 + t)).batch(1000)
    1
    """

    lr: Rate = 1e-2

    def batch(self, rows):
        """One row a step."""
        return 1
