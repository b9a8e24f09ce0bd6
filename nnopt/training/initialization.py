r"""Where training starts: weights drawn so that signals keep their size from layer to layer; biases zero.

He (for ReLU) draws :math:`W_{ij} \sim \mathcal N(0, 2 / p)`; Xavier (for tanh) draws
:math:`W_{ij} \sim \mathcal U(-r, r)` with :math:`r = \sqrt{6 / (p + q)}`, for a layer of p inputs and q outputs.

K. He, X. Zhang, S. Ren and J. Sun, *Delving deep into rectifiers*, ICCV 2015, arXiv:1502.01852; X. Glorot and Y. Bengio,
*Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
"""

import math


def he(rng, p, q):
    """Weights of a layer with p inputs and q outputs before ReLU, shape (p, q)."""
    return rng.normal(0.0, math.sqrt(2 / p), (p, q))


def xavier(rng, p, q):
    """Weights of a layer with p inputs and q outputs before tanh, shape (p, q)."""
    radius = math.sqrt(6 / (p + q))
    return rng.uniform(-radius, radius, (p, q))
