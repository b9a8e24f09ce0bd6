"""Multilayer perceptrons as scikit-learn estimators, trained by any optimizer of the library, gradient-based or not."""

import contextlib
import time
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .._checks import count, number_in, numbers, precision, shown
from ..gradient.adam import Adam
from ..optimizer import Optimizer
from .fit import Task, train
from .initialization import initial
from .network import network, outputs

LEARNT = (
    "net_", "optimizer_", "theta_", "loss_curve_", "validation_scores_", "n_iter_", "classes_", "n_features_in_", "feature_names_in_",
)  # fmt: skip


class _MLP(BaseEstimator):
    """What classifier and regressor share."""

    def __init__(
        self, hidden_layer_sizes=(100,), activation="relu", *, optimizer=None, epochs=100, batch_size=32,
        initialization="auto", search_radius=3.0, validation_fraction=0.0, dtype="float32", random_state=None, verbose=False,
    ):  # fmt: skip
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.initialization = initialization
        self.search_radius = search_radius
        self.validation_fraction = validation_fraction
        self.dtype = dtype
        self.random_state = random_state
        self.verbose = verbose

    def _check(self):
        """One sentence for each parameter that cannot be."""
        if not (self.optimizer is None or isinstance(self.optimizer, Optimizer)):
            raise ValueError(f"optimizer must be an optimizer such as nnopt.Adam(), or None, not {shown(self.optimizer)}")
        for size in np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)):
            if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
                raise ValueError(f"hidden_layer_sizes must be positive integers, not {shown(self.hidden_layer_sizes)}")
        count("epochs", self.epochs)
        count("batch_size", self.batch_size)
        number_in("validation_fraction", self.validation_fraction, "[0, 1)", lambda x: 0 <= x < 1)
        number_in("search_radius", self.search_radius, "(0, inf)", lambda x: 0 < x < np.inf)
        precision("dtype", self.dtype)

    @contextlib.contextmanager
    def _anew(self):
        """What an earlier fit learnt is forgotten; where this one fails, the estimator is not fitted."""
        self._forget()
        try:
            yield
        except BaseException:
            self._forget()
            raise

    def _forget(self):
        for name in LEARNT:
            vars(self).pop(name, None)

    def _fit(self, X, Y, loss, labels=None):
        """Train on X (rows, inputs) and Y (rows, outputs)."""
        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)).tolist()
        net = network([X.shape[1], *hidden, Y.shape[1]], self.activation, loss)
        optimizer = Adam() if self.optimizer is None else self.optimizer
        rng = _generator(self.random_state)
        held_out = None
        if self.validation_fraction > 0.0:
            X, X_held, Y, Y_held = train_test_split(
                X, Y, test_size=self.validation_fraction, random_state=int(rng.integers(2**31)), stratify=labels
            )
            held_out = X_held, Y_held
        X, Y = numbers("X", X, self.dtype), numbers("y", Y, self.dtype)
        task = Task(net, X, Y, min(self.batch_size, len(X)))
        theta, began = initial(net, rng, self.initialization), time.perf_counter()
        learnt = dict(theta=None, losses=[], scores=[])

        def on_epoch(epoch, theta, loss):
            line = f"epoch {epoch}/{self.epochs}  loss {loss:.6f}"
            learnt["theta"] = np.array(theta)
            learnt["losses"].append(float(loss))
            if held_out:
                learnt["scores"].append(self._score_of(outputs(theta, net, held_out[0]), held_out[1]))
                line += f"  validation score {learnt['scores'][-1]:.4f}"
            if self.verbose:
                print(f"{line}  {time.perf_counter() - began:.2f} s", flush=True)

        try:
            train(task, optimizer, theta, rng, self.epochs, self.search_radius, on_epoch)
        except KeyboardInterrupt:
            if learnt["theta"] is None:
                raise
            warnings.warn(f"training was interrupted after epoch {len(learnt['losses'])}", stacklevel=3)
        self.net_, self.optimizer_, self.theta_ = net, optimizer, learnt["theta"]
        self.loss_curve_, self.validation_scores_, self.n_iter_ = learnt["losses"], learnt["scores"], len(learnt["losses"])
        return self

    def _outputs(self, X):
        check_is_fitted(self, "theta_")
        return outputs(self.theta_, self.net_, validate_data(self, X, dtype=np.float64, reset=False))


class MLPClassifier(ClassifierMixin, _MLP):
    """A multilayer perceptron that classifies, trained on the softmax cross-entropy by any optimizer of the library.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Neurons of the hidden layers.
    activation : {"relu", "tanh"}, default "relu"
    optimizer : Optimizer, optional
        ``nnopt.Adam()`` by default; ``nnopt.PSO()`` trains too.
    epochs : int in [1, inf), default 100
        Passes over the data. An epoch is as many batch losses as there are batches, of which a gradient step uses one and
        a generation of a population of P uses P.
    batch_size : int in [1, inf), default 32
        Rows in a batch; at most all rows are taken. A population remembers its best losses, and those of different batches
        cannot be compared: give it all rows, or many.
    initialization : {"auto", "he", "xavier"}, default "auto"
        He for ReLU, Xavier for tanh. Populations start in the search box instead.
    search_radius : float in (0, inf), default 3.0
        For populations: the box to search in, in standard deviations of He's initialization. Gradient methods ignore it.
    validation_fraction : float in [0, 1), default 0.0
        The share of the rows that is held out to score each epoch.
    dtype : {"float32", "float64"}, default "float32"
        The precision of training.
    random_state : int, None, numpy.random.Generator or RandomState, default None
        The same seed gives the same network.
    verbose : bool, default False
        Print a line an epoch.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    theta_ : ndarray, shape (n_parameters,)
        All weights and biases. After Ctrl-C those of the last whole epoch; where training fails, there are none.
    net_ : ndarray of int64
        The network's shape, as the kernels read it.
    optimizer_ : Optimizer
        The one that was used.
    loss_curve_ : list of float
        The mean batch loss of each epoch; for populations the least batch loss so far, NaN before the first generation.
    validation_scores_ : list of float
        The accuracy on the rows held out, epoch by epoch.
    n_features_in_, n_iter_ : int

    Examples
    --------
    >>> import nnopt
    >>> data = nnopt.datasets.load("digits")
    >>> clf = nnopt.MLPClassifier((32,), optimizer=nnopt.Adam(lr=3e-3), epochs=20, random_state=0)
    >>> clf.fit(data.X_train, data.y_train).score(data.X_test, data.y_test) > 0.9
    True
    """

    def fit(self, X, y):
        """Train on X, array_like of shape (rows, features), and labels y of shape (rows,).

        Raises
        ------
        ValueError
            If the data or a parameter is wrong, or training diverges.
        """
        with self._anew():
            self._check()
            X, y = validate_data(self, X, y, dtype=np.float64)
            check_classification_targets(y)
            self.classes_, labels = np.unique(y, return_inverse=True)
            return self._fit(X, np.eye(len(self.classes_))[labels], "cross_entropy", labels)

    @staticmethod
    def _score_of(Z, Y):
        return accuracy_score(Y.argmax(axis=1), Z.argmax(axis=1))

    def predict(self, X):
        """The most probable class of each row, shape (rows,)."""
        Z = self._outputs(X)
        return self.classes_[Z.argmax(axis=1)]

    def predict_proba(self, X):
        """The probability of each class for each row, shape (rows, n_classes)."""
        Z = self._outputs(X)
        P = np.exp(Z - Z.max(axis=1, keepdims=True))
        return P / P.sum(axis=1, keepdims=True)


class MLPRegressor(RegressorMixin, _MLP):
    """A multilayer perceptron that predicts numbers, trained on the mean squared error by any optimizer of the library.

    The parameters and attributes are those of :class:`MLPClassifier`; ``y`` may have one column or several, and the
    validation score is R².

    Examples
    --------
    >>> import numpy as np, nnopt
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> net = nnopt.MLPRegressor((32,), "tanh", optimizer=nnopt.Adam(lr=1e-2), random_state=0).fit(x, np.sin(3 * x[:, 0]))
    >>> net.score(x, np.sin(3 * x[:, 0])) > 0.99
    True
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X, y):
        """Train on X, array_like of shape (rows, features), and y of shape (rows,) or (rows, outputs).

        Raises
        ------
        ValueError
            If the data or a parameter is wrong, or training diverges.
        """
        with self._anew():
            self._check()
            X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
            self._one_column = y.ndim == 1
            return self._fit(X, y.reshape(len(X), -1), "squared_error")

    @staticmethod
    def _score_of(Z, Y):
        return r2_score(Y, Z)

    def predict(self, X):
        """The predictions, of the shape that y had in ``fit``."""
        Z = self._outputs(X)
        return Z.ravel() if self._one_column else Z


def _generator(random_state):
    if isinstance(random_state, np.random.RandomState):
        random_state = int(random_state.randint(2**31))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError):
        raise ValueError(
            f"random_state must be a non-negative integer, None, a Generator or a RandomState, not {shown(random_state)}"
        ) from None
