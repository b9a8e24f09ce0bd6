r"""Backpropagation: the loss and its gradient for all parameters, together for less than three times the loss alone.

After the forward pass, with :math:`D_L` the gradient of the loss at the output :math:`Z_L`, for :math:`l = L, \dots, 1`:

.. math::

    \nabla W_l &= A_{l-1}^\top D_l \\
    \nabla b_l &= \textstyle\sum_i D_{l,i} \\
    D_{l-1} &= (D_l W_l^\top) \odot \phi'(Z_{l-1})

where the derivative of the activation can be read off its value: :math:`[A > 0]` for ReLU, :math:`1 - A^2` for tanh.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986,
doi:10.1038/323533a0; reverse accumulation itself: S. Linnainmaa 1970.
"""

from .._jit import N, R, d, interface, k, kernel, variant
from .losses import mean_squared_error, softmax_cross_entropy
from .network import CROSS_ENTROPY, HEAD, RELU, forward, forward_plain
from .products import product_nt, product_nt_plain, product_tn, product_tn_plain


@interface
def LossGradient(theta: R[d], grad: R[d], work: R[k], net: N[k],
                 X: R[k, k], Y: R[k, k], rows: N[k]) -> R:
    """The mean loss over some rows; its gradient is written into grad."""


@kernel
def column_sums(D: R[k, k], b: R[k]):
    """b_j = sum_i D_ij."""
    for j in range(b.size):
        b[j] = D[0, j]
    for i in range(1, D.shape[0]):
        for j in range(b.size):
            b[j] += D[i, j]


@kernel
def relu_backward(D: R[k], A: R[k]):
    """D times the derivative of ReLU, in place, from its value A."""
    zero = D.dtype.type(0)
    for i in range(D.size):
        D[i] = D[i] if A[i] > zero else zero


@kernel
def tanh_backward(D: R[k], A: R[k]):
    """D times the derivative of tanh, in place, from its value A."""
    one = D.dtype.type(1)
    for i in range(D.size):
        D[i] *= one - A[i] * A[i]


@kernel
def loss_at_output(work: R[k], net: N[k], Y: R[k, k], rows: N[k]) -> R:
    """The loss after a forward pass; the output Z_L in work becomes its gradient D_L."""
    B, sizes = rows.size, net[HEAD:]
    a, C = 0, sizes[sizes.size - 1]
    for l in range(sizes.size - 1):
        a += B * sizes[l]
    Z = work[a : a + B * C].reshape(B, C)
    if net[1] == CROSS_ENTROPY:
        return softmax_cross_entropy(Z, Y, rows)
    return mean_squared_error(Z, Y, rows)


@kernel(browser=False, apart=True)
def loss_only(theta: R[d], work: R[k], net: N[k],
              X: R[k, k], Y: R[k, k], rows: N[k]) -> R:
    """The mean loss over some rows."""
    forward(theta, work, net, X, rows)
    return loss_at_output(work, net, Y, rows)


@kernel(browser=False, apart=True)
def backpropagation(theta: R[d], grad: R[d], work: R[k], net: N[k],
                    X: R[k, k], Y: R[k, k], rows: N[k]) -> R:
    """The mean loss over some rows, its gradient written into grad where that has room."""
    forward(theta, work, net, X, rows)
    loss = loss_at_output(work, net, Y, rows)
    if grad.size == 0:  # nobody asks for the gradient
        return loss
    B, sizes, w, a = rows.size, net[HEAD:], theta.size, 0
    for l in range(sizes.size - 1):
        a += B * sizes[l]
    C = sizes[sizes.size - 1]
    D, spare = work[a : a + B * C].reshape(B, C), a + B * C
    for l in range(sizes.size - 2, -1, -1):
        p, q = sizes[l], sizes[l + 1]
        w, a = w - (p * q + q), a - B * p
        W, A = theta[w : w + p * q].reshape(p, q), work[a : a + B * p]
        product_tn(A.reshape(B, p), D, grad[w : w + p * q].reshape(p, q))
        column_sums(D, grad[w + p * q : w + p * q + q])
        if l > 0:
            below = work[spare : spare + B * p]
            product_nt(D, W, below.reshape(B, p))
            if net[0] == RELU:
                relu_backward(below, A)
            else:
                tanh_backward(below, A)
            D, spare = below.reshape(B, p), spare + B * p
    return loss


loss_only_plain = variant(loss_only, "loss_only_plain", forward=forward_plain)
backpropagation_plain = variant(
    backpropagation, "backpropagation_plain",
    forward=forward_plain, product_tn=product_tn_plain, product_nt=product_nt_plain,
)  # fmt: skip
