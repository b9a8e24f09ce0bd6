r"""Kin of Adam: AdamW, AMSGrad, Adamax, NAdam, RAdam and Lion.

:math:`m` and :math:`v` are Adam's averages of the gradient and its square, :math:`\hat m` and :math:`\hat v` the same without their bias;
each class gives the line in which it differs, and its source (2014 to 2023).
"""

import math
from dataclasses import dataclass

from .._jit import Cell, N, R, Rplus, d, kernel
from ..optimizer import FixedFraction, Fraction, GradientMethod, NonNegative, Positive, Rate
from .adam import adam
from .averages import total_weight


# ------------------------------------------------------------------------------------ AdamW
@kernel
def adamw(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], t: N,
          lr: R, beta1: R, beta2: R, eps: R, weight_decay: R):
    """One step of AdamW, in place: the weights shrink, then Adam's step."""
    kept = theta.dtype.type(1.0 - lr * weight_decay)
    for i in range(theta.size):
        theta[i] *= kept
    adam(theta, grad, m, v, t, lr, beta1, beta2, eps)


@dataclass(frozen=True)
class AdamW(GradientMethod, step=adamw):
    r"""Adam with decoupled weight decay: the weights shrink by a share of the learning rate, whatever the gradient's size.

    .. math:: \theta_t = (1 - \alpha \lambda) \, \theta_{t-1} - \alpha \, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}

    ``Adam(before=(Decay(w),))`` is the coupled form, an L2 penalty, which Adam divides by its own size.

    Parameters
    ----------
    lr, beta1, beta2, eps
        As in :class:`Adam`.
    weight_decay : float in [0, inf), default 0.01
        The decay :math:`\lambda`.

    References
    ----------
    I. Loshchilov and F. Hutter, *Decoupled weight decay regularization*, ICLR 2019, arXiv:1711.05101.
    """

    lr: Rate = 1e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8
    weight_decay: NonNegative = 1e-2


# ------------------------------------------------------------------------------------ AMSGrad
@kernel
def amsgrad(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], largest: Rplus[d], t: N,
            lr: R, beta1: R, beta2: R, eps: R):
    """One step of AMSGrad, in place."""
    real = theta.dtype.type
    alpha, epsilon = real(lr), real(eps)
    b1, c1 = real(beta1), real(1 - beta1)
    b2, c2 = real(beta2), real(1 - beta2)
    m_bias, v_bias = real(total_weight(beta1, t)), real(total_weight(beta2, t))
    for i in range(theta.size):
        m[i] = b1 * m[i] + c1 * grad[i]
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        largest[i] = max(largest[i], v[i])
        theta[i] -= alpha * (m[i] / m_bias) / (math.sqrt(largest[i] / v_bias) + epsilon)


@dataclass(frozen=True)
class AMSGrad(GradientMethod, step=amsgrad):
    r"""Adam that divides by the largest average so far, so that the rate of a parameter never grows.

    .. math:: \theta_t = \theta_{t-1} - \alpha \, \frac{\hat m_t}{\sqrt{\max_{i \le t} v_i / (1 - \beta_2^t)} + \epsilon}

    With the correction of the bias, as ``torch.optim.Adam(amsgrad=True)`` has it; the paper has none.

    Parameters
    ----------
    lr, beta1, beta2, eps
        As in :class:`Adam`.

    References
    ----------
    S. J. Reddi, S. Kale and S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018, arXiv:1904.09237.
    """

    lr: Rate = 1e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8


# ------------------------------------------------------------------------------------ Adamax
@kernel
def adamax(theta: R[d], grad: R[d], m: R[d], u: Rplus[d], t: N, lr: R, beta1: R, beta2: R, eps: R):
    """One step of Adamax, in place."""
    real = theta.dtype.type
    alpha, epsilon, b1, c1, b2 = real(lr / total_weight(beta1, t)), real(eps), real(beta1), real(1 - beta1), real(beta2)
    for i in range(theta.size):
        m[i] = b1 * m[i] + c1 * grad[i]
        u[i] = max(b2 * u[i], abs(grad[i]) + epsilon)
        theta[i] -= alpha * m[i] / u[i]


@dataclass(frozen=True)
class Adamax(GradientMethod, step=adamax):
    r"""Adam with the largest entry in place of the root mean square: the limit of ever higher powers.

    .. math:: u_t = \max(\beta_2 \, u_{t-1}, \, |g_t| + \epsilon) , \qquad \theta_t = \theta_{t-1} - \alpha \, \hat m_t / u_t

    Parameters
    ----------
    lr : float in (0, inf), default 0.002
    beta1, beta2, eps
        As in :class:`Adam`; where epsilon stands is PyTorch's choice, the paper has none.

    References
    ----------
    D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv:1412.6980, Algorithm 2.
    """

    lr: Rate = 2e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8


# ------------------------------------------------------------------------------------ NAdam
@kernel
def nadam(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], left: Cell, t: N,
          lr: R, beta1: R, beta2: R, eps: R, momentum_decay: R):
    """One step of NAdam, in place. left[0] is the product of all betas so far."""
    real = theta.dtype.type
    passed, ahead = t * momentum_decay, (t + 1) * momentum_decay
    now, coming = beta1 * (1.0 - 0.5 * 0.96**passed), beta1 * (1.0 - 0.5 * 0.96**ahead)
    left[0] = now if t == 1 else left[0] * now
    of_grad, of_m = real(lr * (1.0 - now) / (1.0 - left[0])), real(lr * coming / (1.0 - left[0] * coming))
    b1, c1, b2, c2 = real(beta1), real(1 - beta1), real(beta2), real(1 - beta2)
    v_bias, epsilon = real(total_weight(beta2, t)), real(eps)
    for i in range(theta.size):
        m[i] = b1 * m[i] + c1 * grad[i]
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        theta[i] -= (of_grad * grad[i] + of_m * m[i]) / (math.sqrt(v[i] / v_bias) + epsilon)


@dataclass(frozen=True)
class NAdam(GradientMethod, step=nadam):
    r"""Adam with Nesterov's look-ahead: the average is carried one step on, and this step's gradient counts at once.

    .. math::

        \mu_t &= \beta_1 \bigl(1 - \tfrac12 \, 0.96^{\,t \psi}\bigr) \\
        \theta_t &= \theta_{t-1} - \frac{\alpha}{\sqrt{\hat v_t} + \epsilon}
        \Bigl(\frac{(1 - \mu_t) \, g_t}{1 - \prod_{i \le t} \mu_i} + \frac{\mu_{t+1} \, m_t}{1 - \prod_{i \le t+1} \mu_i}\Bigr)

    Parameters
    ----------
    lr : float in (0, inf), default 0.002
    beta1, beta2, eps
        As in :class:`Adam`.
    momentum_decay : float in [0, inf), default 0.004
        The pace :math:`\psi` at which the momentum rises from half of beta1 to beta1.

    References
    ----------
    T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR workshop 2016; as ``torch.optim.NAdam``.
    """

    lr: Rate = 2e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8
    momentum_decay: NonNegative = 4e-3


# ------------------------------------------------------------------------------------ RAdam
@kernel
def radam(theta: R[d], grad: R[d], m: R[d], v: Rplus[d], t: N, lr: R, beta1: R, beta2: R, eps: R):
    """One step of RAdam, in place."""
    real = theta.dtype.type
    weight = total_weight(beta2, t)
    most = 2.0 / (1.0 - beta2) - 1.0
    length = most - 2.0 * t * (1.0 - weight) / weight  # of the average, in gradients
    b1, c1, b2, c2 = real(beta1), real(1 - beta1), real(beta2), real(1 - beta2)
    alpha, epsilon, factor = real(lr / total_weight(beta1, t)), real(eps), real(1.0)
    if length > 5.0:
        rectified = (length - 4.0) * (length - 2.0) * most / ((most - 4.0) * (most - 2.0) * length)
        factor = real(math.sqrt(rectified * weight))
    for i in range(theta.size):
        m[i] = b1 * m[i] + c1 * grad[i]
        v[i] = b2 * v[i] + c2 * grad[i] * grad[i]
        step = alpha * m[i]
        if length > 5.0:
            step *= factor / (math.sqrt(v[i]) + epsilon)
        theta[i] -= step


@dataclass(frozen=True)
class RAdam(GradientMethod, step=radam):
    r"""Rectified Adam: no division before the average of the squares has seen enough, and then by a variance that is put right.

    .. math::

        \rho_\infty &= \tfrac{2}{1 - \beta_2} - 1 , \qquad \rho_t = \rho_\infty - 2 t \, \beta_2^t / (1 - \beta_2^t) \\
        r_t &= \sqrt{\tfrac{(\rho_t - 4)(\rho_t - 2) \, \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \, \rho_t}} \\
        \theta_t &= \theta_{t-1} - \alpha \, \hat m_t \, r_t \sqrt{1 - \beta_2^t} \, / \, (\sqrt{v_t} + \epsilon)
        \quad \text{if } \rho_t > 5, \text{ else } \theta_{t-1} - \alpha \, \hat m_t

    Parameters
    ----------
    lr, beta1, beta2, eps
        As in :class:`Adam`; eps is added to the root of v itself, as ``torch.optim.RAdam`` does.

    References
    ----------
    L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020, arXiv:1908.03265.
    """

    lr: Rate = 1e-3
    beta1: FixedFraction = 0.9
    beta2: FixedFraction = 0.999
    eps: Positive = 1e-8


# ------------------------------------------------------------------------------------ Lion
@kernel
def lion(theta: R[d], grad: R[d], m: R[d], lr: R, beta1: R, beta2: R):
    """One step of Lion, in place."""
    real = theta.dtype.type
    alpha, b1, c1, b2, c2 = real(lr), real(beta1), real(1 - beta1), real(beta2), real(1 - beta2)
    zero = real(0)
    for i in range(theta.size):
        way = b1 * m[i] + c1 * grad[i]
        step = alpha if way > zero else -alpha  # a choice between numbers vectorizes, one between lines does not
        theta[i] -= step if way != zero else zero
        m[i] = b2 * m[i] + c2 * grad[i]


@dataclass(frozen=True)
class Lion(GradientMethod, step=lion):
    r"""Lion, found by a search over programs: only the sign of an average counts.

    .. math::

        \theta_t &= \theta_{t-1} - \alpha \, \operatorname{sign}\bigl(\beta_1 m_{t-1} + (1 - \beta_1) \, g_t\bigr) \\
        m_t &= \beta_2 \, m_{t-1} + (1 - \beta_2) \, g_t

    Parameters
    ----------
    lr : float in (0, inf), default 1e-4
        The length of every step of every parameter: three to ten times smaller than Adam's, as its authors advise.
    beta1 : float in [0, 1), default 0.9
        The share of the average in the step.
    beta2 : float in [0, 1), default 0.99
        How much of the average is kept.

    References
    ----------
    X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023, arXiv:2302.06675.
    """

    lr: Rate = 1e-4
    beta1: Fraction = 0.9
    beta2: Fraction = 0.99
