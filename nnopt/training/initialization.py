r"""Where training starts: weights drawn so that signals keep their size from layer to layer; biases zero.

He (for ReLU) draws :math:`W_{ij} \sim \mathcal N(0, 2 / p)`; Xavier (for tanh) draws
:math:`W_{ij} \sim \mathcal U(-r, r)` with :math:`r = \sqrt{6 / (p + q)}`, for a layer of p inputs and q outputs.

K. He, X. Zhang, S. Ren and J. Sun, *Delving deep into rectifiers*, ICCV 2015, arXiv:1502.01852; X. Glorot and Y. Bengio,
*Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
"""

import math

import numpy as np

from .._checks import shown
from .network import RELU, layers, parameter_count

INITIALIZATIONS = ("auto", "he", "xavier")


def he(rng, p, q):
    """Weights of a layer with p inputs and q outputs before ReLU, shape (p, q)."""
    return rng.normal(0.0, math.sqrt(2 / p), (p, q))


def xavier(rng, p, q):
    """Weights of a layer with p inputs and q outputs before tanh, shape (p, q)."""
    radius = math.sqrt(6 / (p + q))
    return rng.uniform(-radius, radius, (p, q))


def initial(net, rng, how="auto"):
    """A first theta.

    Parameters
    ----------
    net : ndarray of int64
        As from :func:`nnopt.training.network.network`.
    rng : numpy.random.Generator
    how : {"auto", "he", "xavier"}
        "auto" is He for ReLU and Xavier for tanh.

    Returns
    -------
    ndarray of float64, shape (parameter_count(net),)

    Raises
    ------
    ValueError
        If ``how`` is none of these.
    """
    if not isinstance(how, str) or how not in INITIALIZATIONS:
        raise ValueError(f"initialization must be one of {', '.join(INITIALIZATIONS)}, not {shown(how)}")
    draw = he if how == "he" or (how == "auto" and net[0] == RELU) else xavier
    theta = np.zeros(parameter_count(net))
    for start, p, q in layers(net):
        theta[start : start + p * q] = draw(rng, p, q).ravel()
    return theta


def search_box(net, radius):
    """Bounds for methods that search a box: ``radius`` standard deviations of He's initialization, layer by layer.

    Returns
    -------
    ndarray of float64, shape (parameter_count(net), 2)
    """
    high = np.concatenate([np.full((p + 1) * q, radius * math.sqrt(2 / p)) for _, p, q in layers(net)])
    return np.stack([-high, high], axis=1)
