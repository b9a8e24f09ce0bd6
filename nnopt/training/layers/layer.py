r"""What layers share: two kernels, forward and backward, whose arguments are found by name.

A layer computes :math:`y = f(x; W)` for a batch of n rows, and later, from :math:`dy = \partial J / \partial y`, the gradients
:math:`dx` and :math:`dW`. Its kernels ask for

* ``x``, ``y`` and their gradients ``dx``, ``dy`` (a layer that does not ask for ``x`` works in place, on ``y`` and ``dy``);
* its weights, which the class names (``weights="W b"``), and their gradients, ``dW``, ``db``;
* ``other``: for a loss the targets, for the ends of a residual block the array at its other end;
* ``rng``; ``training``, 1 in a step that trains and else 0; ``below``, 1 where some layer below has weights, so that dx is wanted;
* the class's fields, and the numbers that :meth:`Layer.shape` gives, which also are the sizes in annotations;
* else memory, of the annotated shape.

From the annotations comes one function of one signature, :func:`Pass`, that cuts the named arrays out of ``theta``, ``grad`` and
``work``, where the layer's row of the network's plan says they stand.
"""

import functools
import inspect
import math
from typing import ClassVar

import numpy as np

from ..._fields import Fields, hints
from ..._jit import R64, Call, Data, N, R, Random, World, bind, compiled, interface, k, parameters, python
from ..._native import window
from ..initialization import he, xavier

GIVEN = ("n", "rng", "training")  # what a kernel may ask for, and has no place in a row


@interface
def Pass(work: Data[k], theta: Data[k], grad: Data[k], row: R64[k], rows: N, rng: Random, training: N) -> R:
    """One layer, forward or backward, on ``rows`` rows of data; forward, what it adds to the loss."""


class Layer(Fields):
    """A subclass is a frozen dataclass naming its kernels, ``class Dense(Layer, forward=dense, backward=dense_back, weights="W b")``."""

    kernels: ClassVar[dict] = {}
    weights: ClassVar[tuple] = ()
    starts: ClassVar[str] = "he"  # how weights start that such a layer follows: "he" or "xavier"

    def __init_subclass__(cls, forward=None, backward=None, weights="", **words):
        super().__init_subclass__(**words)
        if forward and backward:
            cls.kernels, cls.weights = dict(forward=forward, backward=backward), tuple(weights.split())

    def shape(self, shape):
        """The sizes that the kernels ask for, by name, and the shape of y, from the shape of x (both of one row of data; its product
        is n where nothing else is said).

        Raises
        ------
        ValueError
            If the layer cannot follow on such a shape; the network says which layer it is.
        """
        return {}, shape

    def first(self, name, shape, rng, how):
        """First values of a weight: He's or Xavier's for the fan-in and fan-out that its sides are; vectors are zero."""
        if len(shape) == 1:
            return np.zeros(shape)
        return (he if how == "he" else xavier)(rng, *shape)

    def radius(self, name, shape, radius):
        """The same for a box to search in: ``radius`` standard deviations of He's weights, for each entry."""
        return radius * math.sqrt(2 / shape[0]) if len(shape) > 1 else None


@functools.cache
def columns(cls):
    """What the passes of a kind of layer find in its row of the plan: numbers (name -> column), arrays (name -> (column, space))."""
    numbers, arrays = dict.fromkeys(["n"]), {}
    for function in cls.kernels.values():
        for name, space in parameters(function).items():
            if space.shape and name not in GIVEN:
                arrays[name] = space
                numbers |= dict.fromkeys(side for side in space.shape if not isinstance(side, int))
            elif name not in GIVEN:
                numbers[name] = None
    places = {name: 1 + i for i, name in enumerate(numbers)}  # column 0 holds the kind
    return places, {name: (1 + len(places) + i, space) for i, (name, space) in enumerate(arrays.items())}


def in_place(cls):
    """Whether a kind of layer changes the array that it is given."""
    return "x" not in parameters(cls.kernels["forward"])


@functools.cache
def bound(cls, word):
    """A pass behind the one signature: ``print(bound(Dense, "forward").source)``."""
    numbers, arrays = columns(cls)
    function, views, places = cls.kernels[word], {}, {}
    wanted = parameters(function)
    reals = {name for name, (kind, *_) in hints(cls).items() if kind is not int}
    sizes = {side for space in wanted.values() for side in space.shape}
    for name, column in numbers.items():
        entry = f"row[{column}]" if name in reals else f"int(row[{column}])"
        if name in sizes:
            views[f"*{name}"] = f"{name} = rows * {entry}" if name == "n" else f"{name} = {entry}"
        places[name] = entry
    for name, (column, space) in arrays.items():
        block = "theta" if name in cls.weights else "grad" if name[:1] == "d" and name[1:] in cls.weights else "work"
        views[name] = f"{name} = window({block}, int(row[{column}]), ({', '.join(map(str, space.shape))},))"
    returns = inspect.signature(function).return_annotation is not inspect.Signature.empty
    calls = [Call(function, "return {}" if returns else "{}; return 0.0")]
    return bind(f"{cls.__name__}_{word}", Pass, calls, places, views, dict(window=window))


@functools.cache
def passes(cls, word, dtype):
    """A pass, compiled for one precision."""
    return compiled(bound(cls, word), World("reals", dtype, dtype))


def described(layer):
    """A layer in an error's sentence."""
    return repr(layer) if isinstance(layer, Layer) else python(layer).__name__ if callable(layer) else repr(layer)
