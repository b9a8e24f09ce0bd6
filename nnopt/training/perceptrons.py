"""Multilayer perceptrons as scikit-learn estimators, in the words of its own MLPClassifier and MLPRegressor."""

import numpy as np

from .._checks import shown
from .estimators import NetworkClassifier, NetworkRegressor
from .layers.activations import GELU, ReLU, Sigmoid, Tanh
from .layers.dense import Dense

ACTIVATIONS = dict(relu=ReLU(), tanh=Tanh(), logistic=Sigmoid(), gelu=GELU())


def hidden(sizes, activation):
    """The layers before the last one, or one sentence."""
    for size in np.atleast_1d(np.asarray(sizes, dtype=object)):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"hidden_layer_sizes must be positive integers, not {shown(sizes)}")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {shown(activation)}")
    widths = np.atleast_1d(np.asarray(sizes, dtype=int)).tolist()
    return tuple(layer for width in widths for layer in (Dense(width), ACTIVATIONS[activation]))


class MLPClassifier(NetworkClassifier):
    """A multilayer perceptron that classifies: :class:`NetworkClassifier` with layers of one kind.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Neurons of the hidden layers.
    activation : {"relu", "tanh", "logistic", "gelu"}, default "relu"

    The other parameters, and the attributes, are those of :class:`NetworkClassifier`.

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Weights, of shape (inputs, outputs), and biases of each layer, as in scikit-learn.

    Examples
    --------
    >>> import nnopt
    >>> data = nnopt.datasets.load("digits")
    >>> clf = nnopt.MLPClassifier((32,), optimizer=nnopt.Adam(lr=3e-3), epochs=20, random_state=0)
    >>> clf.fit(data.X_train, data.y_train).score(data.X_test, data.y_test) > 0.9
    True
    """

    def __init__(
        self, hidden_layer_sizes=(100,), activation="relu", *, class_weight=None, label_smoothing=0.0, optimizer=None, epochs=100,
        batch_size=None, initialization="auto", search_radius=3.0, early_stopping=False, n_iter_no_change=10, refit=False, validation_fraction=0.0,
        warm_start=False, dtype="float32", random_state=None, callback=None, verbose=False,
    ):  # fmt: skip
        super().__init__(
            class_weight=class_weight, label_smoothing=label_smoothing, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
            initialization=initialization, search_radius=search_radius, early_stopping=early_stopping, n_iter_no_change=n_iter_no_change, refit=refit,
            validation_fraction=validation_fraction, warm_start=warm_start, dtype=dtype, random_state=random_state, callback=callback,
            verbose=verbose,
        )  # fmt: skip
        del self.layers
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation

    def _layers(self):
        return hidden(self.hidden_layer_sizes, self.activation)

    @property
    def coefs_(self):
        return [layer["W"] for layer in self.weights_]

    @property
    def intercepts_(self):
        return [layer["b"] for layer in self.weights_]


class MLPRegressor(NetworkRegressor):
    """A multilayer perceptron that predicts numbers: :class:`NetworkRegressor` with layers of one kind.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Neurons of the hidden layers.
    activation : {"relu", "tanh", "logistic", "gelu"}, default "relu"

    The other parameters, and the attributes, are those of :class:`NetworkRegressor`, and ``coefs_`` and ``intercepts_`` as of
    :class:`MLPClassifier`.

    Examples
    --------
    >>> import numpy as np, nnopt
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> net = nnopt.MLPRegressor((32,), "tanh", optimizer=nnopt.Adam(lr=1e-2), epochs=300, random_state=0)
    >>> _ = net.fit(x, np.sin(3 * x[:, 0]))
    >>> net.score(x, np.sin(3 * x[:, 0])) > 0.99
    True
    """

    def __init__(
        self, hidden_layer_sizes=(100,), activation="relu", *, loss=None, optimizer=None, epochs=100, batch_size=None,
        initialization="auto", search_radius=3.0, early_stopping=False, n_iter_no_change=10, refit=False, validation_fraction=0.0,
        warm_start=False, dtype="float32", random_state=None, callback=None, verbose=False,
    ):  # fmt: skip
        super().__init__(
            loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, initialization=initialization,
            search_radius=search_radius, early_stopping=early_stopping, n_iter_no_change=n_iter_no_change, refit=refit,
            validation_fraction=validation_fraction, warm_start=warm_start, dtype=dtype, random_state=random_state, callback=callback,
            verbose=verbose,
        )  # fmt: skip
        del self.layers
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation

    _layers, coefs_, intercepts_ = MLPClassifier._layers, MLPClassifier.coefs_, MLPClassifier.intercepts_
