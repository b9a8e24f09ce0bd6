r"""The two losses, each with its gradient at the network's output.

For outputs :math:`Z` (B rows, C columns) and targets :math:`Y` of the same shape:

.. math::

    \text{cross-entropy} &= -\frac1B \sum_i \sum_j Y_{ij} \log P_{ij}, \quad P_i = \operatorname{softmax}(Z_i), \qquad
    \nabla_Z = \frac{P - Y}{B} \\
    \text{squared error} &= \frac{1}{BC} \sum_i \sum_j (Z_{ij} - Y_{ij})^2, \qquad
    \nabla_Z = \frac{2 (Z - Y)}{BC}

The rows of :math:`Y` sum to one for the cross-entropy: one-hot labels, or probabilities.

J. S. Bridle, *Probabilistic interpretation of feedforward classification network outputs*, Neurocomputing, 1990,
doi:10.1007/978-3-642-76153-9_28.
"""

import math

from .._jit import N, R, k, kernel
from .network import expm1_negative


@kernel(reorder=True)
def softmax_cross_entropy(Z: R[k, k], Y: R[k, k], rows: N[k]) -> R:
    """The mean cross-entropy of softmax(Z) against Y; Z becomes its gradient."""
    B, C = Z.shape
    loss = 0.0
    for i in range(B):  # the largest of a row becomes 0: same softmax, no overflow
        top = Z[i, 0]
        for j in range(1, C):
            top = max(top, Z[i, j])
        for j in range(C):
            Z[i, j] -= top
            loss -= Y[rows[i], j] * Z[i, j]
    expm1_negative(Z.reshape(B * C))
    one, scale = Z.dtype.type(1), Z.dtype.type(1.0 / B)
    for i in range(B):
        total = Z.dtype.type(0)
        for j in range(C):
            Z[i, j] += one
            total += Z[i, j]
        loss += math.log(total)
        share = scale / total
        for j in range(C):
            Z[i, j] = Z[i, j] * share - scale * Y[rows[i], j]
    return loss / B


@kernel(reorder=True)
def mean_squared_error(Z: R[k, k], Y: R[k, k], rows: N[k]) -> R:
    """The mean squared difference of Z and Y; Z becomes its gradient."""
    B, C = Z.shape
    loss, scale = 0.0, Z.dtype.type(2.0 / (B * C))
    for i in range(B):
        for j in range(C):
            error = Z[i, j] - Y[rows[i], j]
            loss += error * error
            Z[i, j] = scale * error
    return loss / (B * C)
