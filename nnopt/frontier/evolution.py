r"""Evolution strategies by gradients of a distribution: the mean of a normal distribution follows an estimate of how the expected value
changes with it. No derivative of the function is needed, only values.

With :math:`x_i = m + \sigma z_i`, :math:`z_i \sim \mathcal N(0, I)`, the expectation of :math:`f(x)` has the gradient

.. math:: \nabla_m \, \mathbb E f(m + \sigma z) = \frac1\sigma \, \mathbb E \bigl[ f(m + \sigma z) \, z \bigr]

OpenAI-ES estimates it with pairs on either side of the mean, :math:`z_{2i + 1} = -z_{2i}`, and with ranks in place of values: the best of
n points counts :math:`u = -\frac12`, the worst :math:`\frac12`, equal ones share their places. Adam follows the estimate

.. math:: g = \frac{1}{n \sigma} \sum_i u_i z_i

Lengths are shares of the box: :math:`\sigma` and the learning rate are multiplied by its width along each coordinate.

T. Salimans, J. Ho, X. Chen, S. Sidor and I. Sutskever, *Evolution strategies as a scalable alternative to reinforcement learning*, 2017,
arXiv:1703.03864. The classes stand in ``evolution_variants.py``.
"""

from .._jit import Counter, N, R, Random, Rplus, d, kernel, n
from ..gradient.adam import adam
from ..metaheuristics.sa import reflected
from ..random import normal, uniform


@kernel
def settle(mean: R[d], lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random):
    """The first mean: where a start is given, there, and else anywhere in the box."""
    for j in range(mean.size):
        mean[j] = x0[j] if started[0] == 1 else lower[j] + (upper[j] - lower[j]) * uniform(rng)


@kernel
def mirrored_draw(X: R[n, d], Z: R[n, d], mean: R[d], lower: R[d], upper: R[d], x0: R[d], started: Counter, rng: Random, t: N, step: R):
    """Pairs of points on either side of the mean; a given start is the first of all."""
    if t == 0:
        settle(mean, lower, upper, x0, started, rng)
    for i in range(X.shape[0]):
        for j in range(mean.size):
            if i % 2 == 1:
                Z[i, j] = -Z[i - 1, j]
            else:
                Z[i, j] = 0.0 if i == 0 and t == 0 and started[0] == 1 else normal(rng)
            X[i, j] = reflected(mean[j] + step * (upper[j] - lower[j]) * Z[i, j], lower[j], upper[j])


@kernel
def centred_ranks(f: R[n], u: R[n]):
    """From -1/2 for the best to 1/2 for the worst; equal values share their places."""
    for i in range(f.size):
        place = -0.5
        for j in range(f.size):
            place += 1.0 if f[j] < f[i] else 0.5 if f[j] == f[i] else 0.0
        u[i] = (place - 0.5 * (f.size - 1.0)) / max(f.size - 1.0, 1.0)  # exactly zero where all are equal


@kernel
def follow(
    f: R[n], Z: R[n, d], u: R[n], mean: R[d], grad: R[d], move: R[d], m: R[d], v: Rplus[d], lower: R[d], upper: R[d],
    t: N, step: R, lr: R, beta1: R, beta2: R,
):  # fmt: skip
    """The mean takes a step of Adam along the estimate."""
    centred_ranks(f, u)
    for j in range(mean.size):
        total = 0.0
        for i in range(f.size):
            total += u[i] * Z[i, j]
        grad[j] = total / (f.size * step)
        move[j] = 0.0
    adam(move, grad, m, v, t + 1, lr, beta1, beta2, 1e-8)
    for j in range(mean.size):
        mean[j] = min(max(mean[j] + (upper[j] - lower[j]) * move[j], lower[j]), upper[j])
