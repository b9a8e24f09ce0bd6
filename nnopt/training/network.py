r"""A network is a list of layers; for the loops it is a plan, a table of numbers, one row a layer.

.. math::

    a_0 = X , \qquad a_l = f_l(a_{l-1}; \theta_l) , \qquad
    J(\theta) = f_L(a_{L-1}, Y) , \qquad \theta = (\theta_1, \dots, \theta_{L-1})

All weights stand in one vector :math:`\theta`, so that every optimizer of the library, which knows vectors only, trains the network.
Forward, each layer leaves its values where its row says; backward, the rows are gone through from the last to the first.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986,
doi:10.1038/323533a0.
"""

import functools
import math

import numpy as np

from .._checks import count, numbers, precision, shown
from .._jit import ENABLED, Table, World, aligned, loop, parameters
from ..problems import Problem
from ..random import generator
from .backpropagation import network_gradient, network_outputs, network_value
from .layers.layer import Layer, columns, in_place, passes
from .layers.residual import Residual, _Copy, _Fork, _Join

LINE = 16  # arrays begin at multiples of so many numbers: 64 bytes in float32
MANY = 256  # rows that predictions look at together


# ------------------------------------------------------------------------------------ the plan
class Network:
    """Layers one after the other, over one vector of parameters.

    Parameters
    ----------
    *layers : Layer
        ``Dense(64), ReLU(), Dropout(0.2), Dense(10)``; ``Residual(...)`` adds its input to what its own layers make of it.
    input : int or tuple of int
        The shape of a row of data: ``(features,)``.
    loss : Layer
        ``CrossEntropy()``, ``BinaryCrossEntropy()``, ``SquaredError()`` or ``Huber()``.

    Attributes
    ----------
    size : int
        The number of parameters.
    output : tuple of int
        The shape of the outputs for a row of data.
    weights : list of tuple
        (number of the layer, name, start, shape): where each weight stands in theta.

    Raises
    ------
    TypeError
        If something is no layer.
    ValueError
        If a layer cannot follow on the one before; the sentence names it.

    Examples
    --------
    >>> from nnopt import Network, Dense, ReLU, CrossEntropy
    >>> net = Network(Dense(64), ReLU(), Dense(10), input=64, loss=CrossEntropy())
    >>> net.size, net.output
    (4810, (10,))
    """

    def __init__(self, *layers, input, loss):
        sides = (input,) if np.ndim(input) == 0 else tuple(input)
        if not sides:
            raise ValueError("input must be the shape of a row of data, such as 64 or (28, 28), not ()")
        self.input = tuple(count("input", side) for side in sides)
        if not layers:
            raise ValueError("a network must have at least one layer before its loss, not none")
        for layer in layers:
            _check_layer(layer)
        if not isinstance(loss, Layer) or not hasattr(loss, "targets"):
            raise TypeError(f"loss must be a loss such as CrossEntropy(), not {shown(loss)}")
        self.layers, self.loss = layers, loss
        self.steps = _Steps(self.input, layers, loss)
        self.size, self.output, self.weights = self.steps.size, self.steps.shape, self.steps.weights
        self.settles = any(hasattr(layer, "settle") for layer, _ in self.steps.order)

    def __repr__(self):
        text = ", ".join(map(repr, self.layers))
        return f"Network({text}, input={self.input}, loss={self.loss!r})"

    # -------------------------------------------------------------------------------- parameters
    def start(self, rng, initialization="auto"):
        """A first theta, shape (size,), float64: weights drawn by He's rule ("he"), by Xavier's ("xavier"), or ("auto") as the
        activation behind each asks; biases zero. ``rng`` is a seed or a numpy.random.Generator."""
        if not isinstance(initialization, str) or initialization not in ("auto", "he", "xavier"):
            raise ValueError(f"initialization must be one of auto, he, xavier, not {shown(initialization)}")
        theta, rng = np.zeros(self.size), np.random.default_rng(rng)
        for place, name, at, shape in self.weights:
            layer, after = self.steps.order[place][0], self.steps.order[place + 1][0]
            rule = "xavier" if "xavier" in (layer.starts, after.starts) else "he"
            rule = rule if initialization == "auto" else initialization
            theta[at : at + math.prod(shape)] = layer.first(name, shape, rng, rule).ravel()
        return theta

    def box(self, radius=3.0):
        """Bounds for methods that search a box, shape (size, 2): ``radius`` standard deviations of He's weights, layer by layer."""
        high, wide = np.empty(self.size), radius
        for place, name, at, shape in self.weights:
            wide = self.steps.order[place][0].radius(name, shape, radius) or wide  # biases as the weights beside them
            high[at : at + math.prod(shape)] = wide
        return np.stack([-high, high], axis=1)

    def marks(self):
        """What parts of an optimizer want to know of the parameters: ``free``, 1 for biases, which no penalty is on; ``neuron``, the
        place of the first weight into the same neuron, and -1 for biases."""
        free, neuron = np.ones(self.size, np.int64), np.full(self.size, -1)
        for _, _, at, shape in self.weights:
            if len(shape) > 1:
                own = slice(at, at + math.prod(shape))
                free[own] = 0
                neuron[own] = at + np.arange(math.prod(shape)) % shape[-1]
        return dict(free=free, neuron=neuron)

    def arrays(self, theta):
        """The weights of a theta as views of it: a list with a dict, name -> array, for each layer that has any."""
        found = {}
        for place, name, at, shape in self.weights:
            found.setdefault(place, {})[name] = theta[at : at + math.prod(shape)].reshape(shape)
        return list(found.values())

    def settled(self, theta, X):
        """theta with the means and scales that batch normalization needs in use, measured over rows of data; without such layers a copy.

        Each is measured behind the layers before it, which are settled by then.
        """
        theta = np.array(theta)
        steps = self.steps
        for place, (layer, _) in enumerate(steps.order):
            if hasattr(layer, "settle"):
                values = self._run(theta, X, layers=place, shape=steps.facts[place][1])
                found = layer.settle(values.astype(np.float64))
                for number, name, at, _ in self.weights:
                    if number == place and name in found:
                        theta[at : at + found[name].size] = found[name]
        return theta

    # -------------------------------------------------------------------------------- what is done with it
    def problem(self, X, Y, *, weights=None, batch=None, dtype="float64"):
        """The mean loss over rows of data as a problem, which every optimizer of the library minimizes.

        Parameters
        ----------
        X : array_like, shape (rows, ...)
            Each row of the shape ``input``.
        Y : array_like
            The targets, as the loss takes them.
        weights : array_like, shape (rows,), optional
            How much each row counts; scaled so that their mean is one.
        batch : int, optional
            How many rows are looked at together; by default all, which needs the most memory. More are taken in turn.
        dtype : {"float64", "float32"}
        """
        dtype = precision("dtype", dtype)
        X = numbers("X", X, dtype)
        if X.shape[1:] != self.input or not len(X):
            raise ValueError(f"X must have the shape (rows, {', '.join(map(str, self.input))}), not {X.shape}")
        self._check_data(X)
        Y = numbers("Y", Y, finite=False)
        loss = self.loss.of(Y, self.output) if hasattr(self.loss, "of") else self.loss
        steps = self.steps if loss is self.loss else _Steps(self.input, self.layers, loss)
        if np.ndim(Y) and len(Y) != len(X):
            raise ValueError(f"X has {len(X)} rows, but Y has {len(Y)}")
        Y = loss.targets(Y, _weights(weights, len(X)), self.output, dtype)
        batch = len(X) if batch is None else min(count("batch", batch), len(X))
        plan, work = steps.plan(batch)
        passes_of = dict(forwards=steps.table("forward", dtype), backwards=steps.table("backward", dtype))
        return Problem(
            "network", network_value, dim=self.size, rows=len(X), dtype=dtype, value_gradient=network_gradient,
            arrays=dict(X=X.reshape(len(X), -1), Y=Y, plan=plan, **passes_of),
            scratch=dict(work=work, copy=self.size, part=self.size if batch < len(X) else 1),
        )  # fmt: skip

    def outputs(self, theta, X):
        """The outputs, before the loss, shape (rows, *output), of the precision of theta; dropout is off."""
        return self._run(theta, X, len(self.steps.order) - 1, self.output)

    def _check_data(self, X):
        """What the first layer has to say of the data."""
        if hasattr(self.steps.order[0][0], "check_data"):
            self.steps.order[0][0].check_data(X)

    def _run(self, theta, X, layers, shape):
        """What the first so many layers give, shape (rows, *shape)."""
        theta = np.ascontiguousarray(theta)
        dtype = theta.dtype.name if theta.dtype.name in ("float32", "float64") else "float64"
        X = numbers("X", X, dtype, finite=False)
        if X.shape[1:] != self.input or theta.shape != (self.size,):
            wanted = ", ".join(map(str, ["rows", *self.input]))
            raise ValueError(f"X must have the shape ({wanted}) and theta ({self.size},), not {X.shape} and {theta.shape}")
        if not len(X):
            return np.empty((0, *shape), dtype)
        self._check_data(X)
        plan, work = self.steps.plan(min(MANY, len(X)))
        plan = self.steps.first(plan, layers)
        out, forwards = np.empty((len(X), math.prod(shape)), dtype), self.steps.table("forward", dtype)
        loop(network_outputs, World("reals", dtype, dtype))(
            theta.astype(dtype), aligned((work,), dtype), plan, forwards.addresses if ENABLED else forwards, X.reshape(len(X), -1), out,
            np.arange(len(X)), generator(0),
        )  # fmt: skip
        return out.reshape(len(X), *shape)


def _check_layer(layer):
    if not isinstance(layer, Layer) or hasattr(layer, "targets"):
        what = f"the class {layer.__name__}: write {layer.__name__}()" if isinstance(layer, type) else shown(layer)
        raise TypeError(f"a network is made of layers such as Dense(64), not of {what}")
    for inner in getattr(layer, "layers", ()):
        _check_layer(inner)


def _weights(weights, rows):
    """Weights of rows whose mean is one."""
    if weights is None:
        return np.ones(rows)
    weights = numbers("weights", weights, shape=(rows,))
    if (weights < 0).any() or not weights.any():
        raise ValueError(f"weights must be at least 0, and one above, not {shown(weights.min().item())}")
    return weights * (rows / weights.sum())


class _Steps:
    """What a network's passes do, one after the other: layers, fused where two have one kernel, with forks, joins and copies."""

    def __init__(self, input, layers, loss):
        self.input, self.order = input, []  # (layer, place of the other end)
        self._add(layers)
        self.order.append((loss, None))
        self.kinds = tuple(dict.fromkeys(type(layer) for layer, _ in self.order))
        self.facts, self.weights, self.size = [], [], 0
        shape = input
        for place, (layer, _) in enumerate(self.order):
            try:
                numbers_of, after = layer.shape(shape)
            except ValueError as error:
                raise ValueError(f"layer {place + 1}, {layer!r}, cannot follow on the shape {shape}: it {error}") from None
            self.facts.append(({"n": 1, **vars(layer), **numbers_of}, shape, after))
            self._count(layer, place)
            if place and hasattr(layer, "check_data"):
                raise ValueError(f"layer {place + 1}, {layer!r}, must be the first one: it takes data")
            shape = after
        self.shape = self.facts[-1][1]
        for place, (_, other) in enumerate(self.order):
            if other is not None and other < place and self.facts[other][1] != self.facts[place][1]:
                raise ValueError(f"a Residual adds its input, of shape {self.facts[other][1]}, to what its layers make of it, "
                                 f"of shape {self.facts[place][1]}: the two must be the same")

    def _add(self, layers):
        waiting = list(layers)
        while waiting:
            layer = waiting.pop(0)
            if isinstance(layer, Residual):
                fork = len(self.order)
                self.order.append((_Fork(), None))
                self._add(layer.layers)
                self.order[fork] = (_Fork(), len(self.order))
                self.order.append((_Join(), fork))
                continue
            if waiting and hasattr(layer, "fused") and (both := layer.fused(waiting[0])):
                layer = both
                waiting.pop(0)
            before = type(self.order[-1][0]) if self.order else _Fork
            if in_place(type(layer)) and (before is _Fork or "y" in parameters(before.kernels["backward"])):
                self.order.append((_Copy(), None))  # what stands there is still needed
            self.order.append((layer, None))

    def _count(self, layer, place):
        """Where a layer's weights stand in theta."""
        for name in layer.weights:
            shape = tuple(self.facts[-1][0].get(side, side) for side in columns(type(layer))[1][name][1].shape)
            self.weights.append((place, name, self.size, shape))
            self.size += math.prod(shape)

    def plan(self, batch):
        """(the table, the length of work) for at most ``batch`` rows of data at a time.

        Row 0 says how many, and where targets and outputs stand; then comes a row for each layer.
        """
        end = 0

        def place(size):
            nonlocal end
            at, end = end, end + size + -size % LINE
            return at

        x, dx, below, starts = place(batch * math.prod(self.input)), None, 0, []
        loss = self.order[-1][0]
        target = place(batch * math.prod(loss.places(self.shape)))
        weights = {(number, name): at for number, name, at, _ in self.weights}
        for number, ((layer, _), (sizes, _, after)) in enumerate(zip(self.order, self.facts, strict=True)):
            kind, back = type(layer), parameters(type(layer).kernels["backward"])
            at = dict(x=x, dx=dx, below=below)
            for name in layer.weights:
                at[name] = at["d" + name] = weights[number, name]
            below = int(below or bool(layer.weights))
            at["y"] = x if in_place(kind) else place(batch * math.prod(after))
            at["dy"] = dx if dx is not None and "dx" not in back else place(batch * math.prod(after))
            for name, (_, space) in columns(kind)[1].items():
                if name not in at and name != "other":
                    at[name] = place(math.prod(s if isinstance(s, int) else sizes[s] * (batch if s == "n" else 1) for s in space.shape))
            starts.append(at)
            x, dx = at["y"], at["dy"]
        for (layer, other), at in zip(self.order, starts, strict=True):
            at["other"] = target if other is None else starts[other]["dy" if isinstance(layer, _Fork) else "y"]
        return self._table(starts, batch, target), end

    def _table(self, starts, batch, target):
        wide = 1 + max(len(numbers_of) + len(arrays) for numbers_of, arrays in map(columns, self.kinds))
        table = np.zeros((1 + len(starts), max(3, wide)))
        table[0, :3] = batch, target, starts[-1]["x"]
        for row, at, (layer, _), (sizes, *_) in zip(table[1:], starts, self.order, self.facts, strict=True):
            numbers_of, arrays = columns(type(layer))
            row[0] = self.kinds.index(type(layer))
            for name, column in numbers_of.items():
                row[column] = sizes[name] if name in sizes else at[name]
            for name, (column, _) in arrays.items():
                row[column] = at[name] or 0
        return table

    def first(self, plan, layers):
        """The plan of the first so many layers, for outputs: what the next one is given is what comes out."""
        plan = plan[: layers + 2].copy()
        after = type(self.order[layers][0])
        plan[0, 2] = plan[-1, columns(after)[1]["x"][0]]
        return plan

    def table(self, word, dtype):
        """The passes of the kinds of layers, in the order of their numbers in the plan."""
        return _passes(self.kinds, word, dtype)


@functools.cache
def _passes(kinds, word, dtype):
    return Table([passes(kind, word, dtype) for kind in kinds])
