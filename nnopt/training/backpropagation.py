r"""Backpropagation: the loss of a network and its gradient for all parameters, together for less than three times the loss alone.

A network is a list of layers :math:`a_l = f_l(a_{l-1}; \theta_l)`, of which the last is the loss. The pass forward leaves every
:math:`a_l`. The pass back goes through the layers from the last to the first, each of which makes, of the derivative by its values,
those by its weights and by the values below:

.. math::

    \frac{\partial J}{\partial \theta_l} = \Bigl( \frac{\partial f_l}{\partial \theta_l} \Bigr)^{\!\top}
    \frac{\partial J}{\partial a_l} , \qquad
    \frac{\partial J}{\partial a_{l-1}} = \Bigl( \frac{\partial f_l}{\partial a_{l-1}} \Bigr)^{\!\top} \frac{\partial J}{\partial a_l}

What a layer computes stands with the layer, in ``nnopt/training/layers``; where its arrays are, in ``plan``, a table of numbers
with a row for each layer.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986,
doi:10.1038/323533a0; reverse accumulation itself: S. Linnainmaa 1970.
"""

from .._jit import R64, Data, N, Point, R, Random, d, k, kernel, m, put
from .._native import call, window


# ------------------------------------------------------------------------------------ the two passes
@kernel
def gather(X: R[k, k], rows: N[k], A: R[k, k]):
    """The batch: A[i] = X[rows[i]]."""
    for i in range(rows.size):
        put(A[i], X[rows[i]])


@kernel(browser=False)
def run_forward(
    theta: Data[k], work: Data[k], plan: R64[k, k], forwards: N[k], layers: N, X: Data[m, k], rows: N[k], rng: Random, training: N
) -> R:  # fmt: skip
    """Every layer's values for some rows of X, left in work; what the layers add to the loss is returned."""
    gather(X, rows, window(work, 0, (rows.size, X.shape[1])))
    loss = 0.0
    for l in range(1, 1 + layers):
        loss += call(forwards, int(plan[l, 0]), (work, theta, theta, plan[l], rows.size, rng, training))
    return loss


@kernel(browser=False)
def run_backward(theta: Data[k], grad: Data[k], work: Data[k], plan: R64[k, k], backwards: N[k], rows: N, rng: Random, training: N):
    """The gradient, from what :func:`run_forward` has left."""
    for l in range(plan.shape[0] - 1, 0, -1):
        call(backwards, int(plan[l, 0]), (work, theta, grad, plan[l], rows, rng, training))


# ------------------------------------------------------------------------------------ the loss as an objective
@kernel(browser=False, apart=True)
def network_value(
    theta: Point[d], rows: N[k], X: R[m, k], Y: R[m, k], plan: R64[k, k], forwards: N[k], work: R[k], copy: R[d], rng: Random,
    training: N,
) -> R:  # fmt: skip
    """The mean loss over some rows, at most ``plan[0, 0]`` of them at a time, in the precision of the data."""
    put(copy, theta)
    most, loss = int(plan[0, 0]), 0.0
    for start in range(0, rows.size, most):
        some = rows[start : min(start + most, rows.size)]
        gather(Y, some, window(work, int(plan[0, 1]), (some.size, Y.shape[1])))
        part = run_forward(copy, work, plan, forwards, plan.shape[0] - 1, X, some, rng, training)
        loss += part * some.size / rows.size
    return loss


@kernel(browser=False, apart=True)
def network_gradient(
    theta: R[d], grad: R[d], rows: N[k], X: R[m, k], Y: R[m, k], plan: R64[k, k], forwards: N[k], backwards: N[k], work: R[k],
    part: R[k], copy: R[d], rng: Random, training: N,
) -> R:  # fmt: skip
    """The mean loss over some rows, its gradient written into grad where that has room."""
    most, loss = int(plan[0, 0]), 0.0
    if grad.size == 0:
        return network_value(theta, rows, X, Y, plan, forwards, work, copy, rng, training)
    if rows.size <= most:
        gather(Y, rows, window(work, int(plan[0, 1]), (rows.size, Y.shape[1])))
        loss = run_forward(theta, work, plan, forwards, plan.shape[0] - 1, X, rows, rng, training)
        run_backward(theta, grad, work, plan, backwards, rows.size, rng, training)
        return loss
    for i in range(grad.size):
        grad[i] = 0.0
    for start in range(0, rows.size, most):
        some = rows[start : min(start + most, rows.size)]
        gather(Y, some, window(work, int(plan[0, 1]), (some.size, Y.shape[1])))
        share = grad.dtype.type(some.size / rows.size)
        loss += run_forward(theta, work, plan, forwards, plan.shape[0] - 1, X, some, rng, training) * some.size / rows.size
        run_backward(theta, part, work, plan, backwards, some.size, rng, training)
        for i in range(grad.size):
            grad[i] += share * part[i]
    return loss


@kernel(browser=False)
def network_outputs(
    theta: Data[k], work: Data[k], plan: R64[k, k], forwards: N[k], X: Data[m, k], out: Data[m, k], rows: N[k], rng: Random,
):  # fmt: skip
    """The outputs, before the loss, for all rows of X."""
    most, size = int(plan[0, 0]), out.shape[1]
    for start in range(0, X.shape[0], most):
        some = rows[start : min(start + most, rows.size)]
        run_forward(theta, work, plan, forwards, plan.shape[0] - 2, X, some, rng, 0)
        found = window(work, int(plan[0, 2]), (some.size, size))
        for i in range(some.size):
            put(out[start + i], found[i])
