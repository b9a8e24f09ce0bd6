"""Another shape for the same numbers: a row of 784 as a picture, a picture as a row.

Of data for scikit-learn's estimators each row is a vector; what follows may want a picture of it. Nothing is computed. Source: the
arrays of APL, K. E. Iverson, *A Programming Language*, 1962.
"""

import math

from ..._checks import count
from .layer import Layer
from .residual import nothing


class Reshape(Layer, forward=nothing, backward=nothing):
    """The same numbers in another shape: ``Reshape(1, 28, 28)`` makes a picture of one channel from 784 numbers.

    Parameters
    ----------
    *sides : int in [1, inf)
        Their product is the number of inputs.
    """

    def __init__(self, *sides):
        self.sides = tuple(count("Reshape: a side", side) for side in sides)

    def shape(self, shape):
        if math.prod(shape) != math.prod(self.sides):
            raise ValueError(f"makes {math.prod(self.sides)} numbers of {math.prod(shape)}")
        return {}, self.sides

    def __eq__(self, other):
        return isinstance(other, Reshape) and self.sides == other.sides

    def __hash__(self):
        return hash(self.sides)

    def __repr__(self):
        return f"Reshape({', '.join(map(str, self.sides))})"
