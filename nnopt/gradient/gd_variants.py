"""Gradient descent that looks for the length of its step."""

from dataclasses import dataclass

from .._jit import R64, Cell, Counter, N, Point, R, d, k, kernel, put
from .._loop import OVER, VALUE, Objective, look
from ..optimizer import Fraction, OpenFraction, Positive, SearchMethod
from .wolfe import dot


@kernel(browser=False)
def backtrack(
    fun: Objective, rows: N[k], given: N[k], best: Point[d], ledger: R64[k], theta: R[d], grad: R[d], origin: R[d], slopes: R[d],
    good: Cell, stuck: Counter, t: N, lr: R, armijo: R, shrink: R,
):  # fmt: skip
    """One iteration: straight downhill, by a step that is made shorter until the value has fallen enough."""
    if t == 0:
        good[0] = lr * shrink
        ledger[VALUE] = look(fun, theta, grad, rows, given, best, ledger)
        return
    if stuck[0] == 1:  # no step from here was good: there is nothing left to look at
        return
    put(origin, theta)
    put(slopes, grad)
    slope = dot(grad, grad)
    length = good[0] / shrink  # the length that was good last is tried longer
    moved = True
    while moved and length > 0.0:
        moved = False
        for i in range(theta.size):
            theta[i] = origin[i] - length * slopes[i]
            moved = moved or theta[i] != origin[i]
        f = look(fun, theta, grad, rows, given, best, ledger)
        if ledger[OVER] > 0.0:
            break
        if f <= ledger[VALUE] - armijo * length * slope and f < ledger[VALUE]:
            ledger[VALUE], good[0] = f, length
            return
        length *= shrink
    put(theta, origin)  # no room, or nothing better on this line: back to where it began
    put(grad, slopes)
    stuck[0] = 1 if ledger[OVER] == 0.0 else 0


@dataclass(frozen=True)
class BacktrackingGD(SearchMethod, move=backtrack):
    r"""Gradient descent by Armijo's rule: the longest step that brings a share of what the slope promises.

    .. math::

        \theta_t = \theta_{t-1} - \alpha_t \, g_t , \qquad \alpha_t = \max \{ \beta^{-1} \alpha_{t-1} \, \beta^{q} : q = 0, 1, \dots \}
        \quad\text{with}\quad J(\theta_t) \le J(\theta_{t-1}) - c_1 \alpha_t |g_t|^2

    Where the curvature is at most L, every length of at most :math:`2 (1 - c_1) / L` is good, so that none is ever shorter than
    :math:`\beta \cdot 2 (1 - c_1) / L`, the first trial perhaps excepted.

    Parameters
    ----------
    lr : float in (0, inf), default 1.0
        The length that the first step tries, in gradients.
    armijo : float in [0, 1), default 1e-4
        :math:`c_1`, the share of the promised decrease that a step must bring. At 1/2 a step ends where the parabola is least.
    shrink : float in (0, 1), default 0.5
        :math:`\beta`: by how much a step that was too long is made shorter, and the next one begun longer.

    References
    ----------
    L. Armijo, *Minimization of functions having Lipschitz continuous first partial derivatives*, Pacific Journal of Mathematics 16
    (1966), 1-3, doi:10.2140/pjm.1966.16.1.

    Examples
    --------
    >>> BacktrackingGD()
    BacktrackingGD(lr=1.0, armijo=0.0001, shrink=0.5)
    """

    lr: Positive = 1.0
    armijo: Fraction = 1e-4
    shrink: OpenFraction = 0.5
