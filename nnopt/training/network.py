r"""The multilayer perceptron: layers of weighted sums, each followed by a bend, over one flat vector of parameters.

Layer :math:`l = 1, \dots, L` has :math:`p_l` inputs and :math:`q_l` outputs. For a batch of :math:`B` rows :math:`A_0`,

.. math::

    Z_l &= A_{l-1} W_l + b_l \\
    A_l &= \phi(Z_l), \qquad \phi(z) = \max(0, z) \ \text{or}\ \tanh z

and the last :math:`Z_L` is the output. All parameters stand in one vector
:math:`\theta = (W_1, b_1, W_2, b_2, \dots, W_L, b_L)`, each :math:`W_l` row by row, so that every optimizer of the library,
which knows vectors only, can train it.

A network's shape is an array of integers ``net``: the activation (0 ReLU, 1 tanh), the loss (0 softmax cross-entropy, 1
mean squared error), then the sizes of input, hidden and output layers.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986,
doi:10.1038/323533a0.
"""

import math

import numpy as np

from .._checks import shown
from .._jit import N, R, d, k, kernel, put, variant
from .products import product, product_plain

ACTIVATIONS = ("relu", "tanh")
LOSSES = ("cross_entropy", "squared_error")
RELU, TANH = 0, 1
CROSS_ENTROPY, SQUARED_ERROR = 0, 1
HEAD = 2  # sizes start here in net


def network(sizes, activation="relu", loss="cross_entropy"):
    """The integers that describe a network to the kernels.

    Parameters
    ----------
    sizes : sequence of int
        Neurons of the input, the hidden layers and the output.
    activation : {"relu", "tanh"}
    loss : {"cross_entropy", "squared_error"}

    Returns
    -------
    ndarray of int64, shape (2 + len(sizes),)

    Raises
    ------
    ValueError
        If a size is not a positive integer, or a name is not known.

    Examples
    --------
    >>> network([64, 16, 10])
    array([ 0,  0, 64, 16, 10])
    """
    sizes = list(sizes)
    if len(sizes) < 2 or any(isinstance(q, bool) or not isinstance(q, (int, np.integer)) or q < 1 for q in sizes):
        raise ValueError(f"sizes must be at least two positive integers, not {shown(sizes)}")
    for word, value, known in (("activation", activation, ACTIVATIONS), ("loss", loss, LOSSES)):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{word} must be one of {', '.join(known)}, not {shown(value)}")
    return np.array([ACTIVATIONS.index(activation), LOSSES.index(loss), *sizes], dtype=np.int64)


def layers(net):
    """The layers of theta: (start of W, inputs p, outputs q) for each; W fills p * q places, then b fills q."""
    start = 0
    for p, q in zip(net[HEAD:-1].tolist(), net[HEAD + 1 :].tolist(), strict=True):
        yield start, p, q
        start += (p + 1) * q


def parameter_count(net):
    """The length of theta."""
    return sum((p + 1) * q for _, p, q in layers(net))


def work_size(net, batch):
    """The length of the scratch array that forward and backward pass share for batches of ``batch`` rows."""
    return 2 * batch * int(net[HEAD:].sum())


@kernel
def gather(X: R[k, k], rows: N[k], A: R[k, k]):
    """The batch: A[i] = X[rows[i]]."""
    for i in range(rows.size):
        put(A[i], X[rows[i]])


@kernel
def add_bias(Z: R[k, k], b: R[k]):
    """Z + b, row by row, in place."""
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            Z[i, j] += b[j]


@kernel
def add_bias_relu(Z: R[k, k], b: R[k]):
    """max(0, Z + b), row by row, in place."""
    zero = Z.dtype.type(0)
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            Z[i, j] = max(Z[i, j] + b[j], zero)


@kernel
def expm1_negative(z: R[k]):
    """exp(z) - 1 for entries z <= 0, in place, to the last digits of 1; by products and sums alone, so that it vectorizes.

    The series of exp(x) - 1 at x = z / 256, doubled eight times: exp(2x) - 1 = e (2 + e) if e = exp(x) - 1.
    """
    real = z.dtype.type
    one, two, lowest, part = real(1), real(2), real(-40), real(1 / 256)
    c2, c3, c4, c5, c6, c7 = real(1 / 2), real(1 / 3), real(1 / 4), real(1 / 5), real(1 / 6), real(1 / 7)
    for i in range(z.size):
        x = part * max(z[i], lowest)
        e = x * (one + c2 * x * (one + c3 * x * (one + c4 * x * (one + c5 * x * (one + c6 * x * (one + c7 * x))))))
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        e = e * (two + e)
        z[i] = e * (two + e)


@kernel
def tanh(z: R[k], scratch: R[k]):
    """The hyperbolic tangent, in place: with e = exp(-2|z|) - 1 it is -e / (2 + e) times the sign of z."""
    two = z.dtype.type(2)
    for i in range(z.size):
        scratch[i] = -two * abs(z[i])
    expm1_negative(scratch)
    for i in range(z.size):
        size = -scratch[i] / (two + scratch[i])
        z[i] = math.copysign(size, z[i])


@kernel(browser=False, apart=True)
def forward(theta: R[d], work: R[k], net: N[k], X: R[k, k], rows: N[k]):
    """The forward pass on some rows of X: leaves A_0, A_1, ..., Z_L in work, one after the other."""
    B, sizes, a, w = rows.size, net[HEAD:], 0, 0
    gather(X, rows, work[: B * sizes[0]].reshape(B, sizes[0]))
    for l in range(sizes.size - 1):
        p, q = sizes[l], sizes[l + 1]
        A, z = work[a : a + B * p].reshape(B, p), work[a + B * p : a + B * (p + q)]
        W, b = theta[w : w + p * q].reshape(p, q), theta[w + p * q : w + p * q + q]
        Z = z.reshape(B, q)
        product(A, W, Z)
        if l < sizes.size - 2 and net[0] == RELU:
            add_bias_relu(Z, b)
        else:
            add_bias(Z, b)
            if l < sizes.size - 2:
                tanh(z, work[a + B * (p + q) : a + B * (p + 2 * q)])
        a, w = a + B * p, w + p * q + q


forward_plain = variant(forward, "forward_plain", product=product_plain)


def outputs(theta, net, X):
    """The network's output for all rows of X, in array notation: the same as :func:`forward`, for reading and predicting.

    Parameters
    ----------
    theta : ndarray, shape (parameter_count(net),)
    net : ndarray of int64
    X : ndarray, shape (rows, inputs)

    Returns
    -------
    ndarray of float64, shape (rows, outputs)
    """
    A, theta = np.asarray(X, np.float64), np.asarray(theta, np.float64)
    for l, (w, p, q) in enumerate(layers(net)):
        if l > 0:
            A = np.maximum(A, 0) if net[0] == RELU else np.tanh(A)
        A = A @ theta[w : w + p * q].reshape(p, q) + theta[w + p * q : w + p * q + q]
    return A
