"""Networks as scikit-learn estimators, trained by any optimizer of the library, gradient-based or not."""

import contextlib
import dataclasses
import hashlib
import sys
import time
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .._checks import count, number_in, numbers, precision, shown
from .._fields import hints
from ..gradient.adam import Adam
from ..optimizer import GradientMethod, Optimizer, SearchMethod
from ..practice.parallel import Checkpoint, agree, broadcast, checked, without_addresses
from .fit import SharedTraining, Training
from .layers.activations import ReLU
from .layers.dense import Dense
from .layers.losses import CrossEntropy, SquaredError
from .network import Network

OWN = ("_state", "_rng", "_one_column")  # what a fit leaves beside its public results
WIDE = 100.0  # inputs beyond this are worth a word


class _Estimator(BaseEstimator):
    """What all share: a subclass says which layers the network has, what its targets are, and how it is scored."""


    def __init__(
        self, layers=None, *, optimizer=None, epochs=100, batch_size=None, initialization="auto", search_radius=3.0,
        early_stopping=False, n_iter_no_change=10, refit=False, validation_fraction=0.0, warm_start=False, dtype="float32",
        random_state=None, callback=None, verbose=False,
    ):  # fmt: skip
        self.layers = layers
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.initialization = initialization
        self.search_radius = search_radius
        self.early_stopping = early_stopping
        self.n_iter_no_change = n_iter_no_change
        self.refit = refit
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.dtype = dtype
        self.random_state = random_state
        self.callback = callback
        self.verbose = verbose

    # -------------------------------------------------------------------------------- parameters
    def get_params(self, deep=True):
        """The parameters by name; with ``deep`` also the optimizer's fields, as ``optimizer__lr``, for searches."""
        found = super().get_params(deep=False)
        optimizer = Adam() if self.optimizer is None else self.optimizer
        if deep and isinstance(optimizer, Optimizer):
            found |= {f"optimizer__{name}": getattr(optimizer, name) for name in hints(type(optimizer))}
        return found

    def set_params(self, **params):
        """Set parameters by name; ``optimizer__lr=0.01`` sets a field of the optimizer, of Adam where there is none."""
        nested = {name.removeprefix("optimizer__"): params.pop(name) for name in list(params) if name.startswith("optimizer__")}
        known = super().get_params(deep=False)
        if unknown := sorted(params.keys() - known):
            names = f"{', '.join(known)}, and optimizer__lr and its like"
            raise ValueError(f"{type(self).__name__} has no parameter {unknown[0]!r}; it has {names}")
        super().set_params(**params)
        if nested:
            optimizer = Adam() if self.optimizer is None else self.optimizer
            known = hints(type(optimizer)) if isinstance(optimizer, Optimizer) else {}
            if unknown := sorted(nested.keys() - known):
                raise ValueError(f"{type(optimizer).__name__} has no field {unknown[0]!r}; it has {', '.join(known)}")
            self.optimizer = dataclasses.replace(optimizer, **nested)
        return self

    def _check(self):
        """One sentence for each parameter that cannot be."""
        if not (self.optimizer is None or isinstance(self.optimizer, Optimizer)):
            raise ValueError(f"optimizer must be an optimizer such as nnopt.Adam(), or None, not {shown(self.optimizer)}")
        for name in ("epochs", "n_iter_no_change"):
            count(name, getattr(self, name))
        if self.batch_size is not None:
            count("batch_size", self.batch_size)
        number_in("validation_fraction", self.validation_fraction, "[0, 1)", lambda x: 0 <= x < 1)
        number_in("search_radius", self.search_radius, "(0, inf)", lambda x: 0 < x < np.inf)
        precision("dtype", self.dtype)
        if self.callback is not None and not callable(self.callback):
            raise ValueError(f"callback must be a function or None, not {shown(self.callback)}")

    def _layers(self):
        """The layers before the last one."""
        given = (Dense(100), ReLU()) if self.layers is None else self.layers
        if not isinstance(given, (list, tuple)):
            raise ValueError(f"layers must be a list of layers such as [Dense(100), ReLU()], not {shown(given)}")
        return tuple(given)

    # -------------------------------------------------------------------------------- training
    @contextlib.contextmanager
    def _anew(self, more=False):
        """What an earlier fit learnt is forgotten; where this one fails, the estimator is not fitted."""
        if not more:
            self._forget()
        try:
            yield
        except BaseException:
            self._forget()
            raise

    def _forget(self):
        for name in [name for name in vars(self) if name in OWN or (name.endswith("_") and name[0] != "_")]:
            delattr(self, name)

    def _fit(self, X, Y, outputs, loss, weights, labels=None, communicator=None, checkpoint=None):
        """Train on X (rows, inputs) and targets Y (rows, ...)."""
        rng, held_out, first = _generator(self.random_state), None, None
        if communicator is not None:
            checked(communicator)
            self._agree(communicator, X, Y, weights)
            rng = _common(self.random_state, rng, communicator)
        shared = None if communicator is None and checkpoint is None else _Shared(self, checked(communicator), checkpoint)
        if self.warm_start and hasattr(self, "theta_"):
            first = self.theta_
        self.network_ = Network(*self._layers(), Dense(outputs), input=X.shape[1:], loss=loss)
        if first is not None and first.size != self.network_.size:
            raise ValueError(f"warm_start: the network had {first.size} parameters, and now has {self.network_.size}; "
                             "set warm_start=False, or leave layers and data of the same shape")
        whole = X, Y, weights
        share = self.validation_fraction or (0.1 if self.early_stopping else 0.0)
        if share > 0.0:
            seed = int(rng.integers(2**31))
            rows, held = train_test_split(np.arange(len(X)), test_size=share, random_state=seed, stratify=labels)
            held_out = X[held], Y[held]
            X, Y, weights = X[rows], Y[rows], None if weights is None else weights[rows]
        again = np.random.Generator(type(rng.bit_generator)(rng.bit_generator.seed_seq)) if communicator is not None else None
        self._train(X, Y, weights, rng, self.epochs, held_out, first, shared)
        if self.early_stopping and self.refit:
            record, epochs = self.history_, max(1, self.best_epoch_)
            self._train(*whole, again or _generator(self.random_state), epochs, None, first, shared and shared.without_checkpoint())
            self.history_ = record
        return self

    def _agree(self, communicator, X, Y, weights):
        """One sentence on every rank where two would not train the same network on the same rows."""
        own = {"callback", "verbose"} | (set() if isinstance(self.random_state, (int, np.integer)) else {"random_state"})
        settings = {f"values of {name}": value for name, value in self.get_params(deep=False).items() if name not in own}
        facts = {"shapes or types of rows": (X.shape, X.dtype), "rows": X, "targets": np.asarray(Y)}
        agree(communicator, facts | {"weights of rows": "none" if weights is None else weights} | settings)

    def _train(self, X, Y, weights, rng, epochs, held_out, first, shared=None):
        optimizer = Adam() if self.optimizer is None else self.optimizer
        self.optimizer_ = optimizer
        batch = min(self.batch_size or optimizer.batch(len(X)), len(X))
        problem = self.network_.problem(X, Y, weights=weights, batch=batch, dtype=self.dtype)
        theta = self.network_.start(rng, self.initialization) if first is None else np.array(first, np.float64)
        record = _Record(self, epochs, held_out)
        kind, comm = (Training, None) if shared is None else (SharedTraining, shared.communicator)
        box = None if isinstance(optimizer, (GradientMethod, SearchMethod)) else self.network_.box(self.search_radius)
        marks = self.network_.marks() if optimizer.before or optimizer.after else None  # each is as large as the weights
        training = kind(problem, optimizer, theta, rng, batch, box, marks, comm)
        del theta, box, marks
        try:
            training.begin(epochs)
            done, ended = (0, False) if shared is None else shared.resume(training, record)
            for epoch in range(done + 1, epochs + 1 if not ended else 0):
                learnt, loss = training.epoch(epoch)
                ended = record.enter(epoch, self._settled(learnt, X), loss)
                if shared is not None:
                    shared.save(training, record, ended)
                if ended:
                    break
        except KeyboardInterrupt:
            if record.theta is None:
                raise
            warnings.warn(f"training was interrupted after epoch {len(record.losses)}", stacklevel=4)
        training.check(record.losses[-1])
        record.close()
        self.theta_, self._state, self._rng = record.theta, training.run.state, rng
        self.loss_curve_, self.validation_scores_, self.n_iter_ = record.losses, record.scores, len(record.losses)
        self.history_ = dict(loss=record.losses, validation_score=record.scores, seconds=record.seconds)
        if held_out:
            self.best_epoch_ = record.best + 1

    def _settled(self, theta, X):
        """What was learnt, ready to be used."""
        return self.network_.settled(theta, X) if self.network_.settles else theta

    def _partial(self, X, Y, outputs, loss, weights):
        """One pass more over these rows, on from where the last one ended."""
        optimizer = Adam() if self.optimizer is None else self.optimizer
        if not optimizer.needs_gradient:
            raise ValueError(f"partial_fit needs a method that follows a gradient: {type(optimizer).__name__} compares losses, "
                             "and those of other rows cannot be compared")
        if not hasattr(self, "theta_"):
            self.network_ = Network(*self._layers(), Dense(outputs), input=X.shape[1:], loss=loss)
            self._state, self._rng = None, _generator(self.random_state)
            self.theta_ = self.network_.start(self._rng, self.initialization).astype(self.dtype)
            self.loss_curve_, self.validation_scores_, self.n_iter_ = [], [], 0
            self.history_ = dict(loss=self.loss_curve_, validation_score=self.validation_scores_, seconds=[])
        self.optimizer_ = optimizer
        batch = min(self.batch_size or optimizer.batch(len(X)), len(X))
        problem = self.network_.problem(X, Y, weights=weights, batch=batch, dtype=self.dtype)
        began = time.perf_counter()
        training = Training(problem, optimizer, np.array(self.theta_, np.float64), self._rng, batch, marks=self.network_.marks())
        training.begin(1, self._state)
        theta, loss_now = training.epoch(1)
        self._state = training.run.state
        self.theta_, self.n_iter_ = np.array(self._settled(theta, X)), self.n_iter_ + 1
        self.loss_curve_.append(float(loss_now))
        self.history_["seconds"].append(time.perf_counter() - began)
        return self

    # -------------------------------------------------------------------------------- what was learnt
    @property
    def weights_(self):
        """The weights of each layer that has any, by name: views of ``theta_``."""
        check_is_fitted(self, "theta_")
        return self.network_.arrays(self.theta_)

    def _outputs(self, X):
        check_is_fitted(self, "theta_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.network_.outputs(self.theta_.astype(np.float64), X)


class _Shared:
    """What a fit on several ranks, or with a checkpoint, has beside the others: who the ranks are, and where what was learnt is kept."""

    def __init__(self, estimator, communicator, checkpoint):
        self.estimator, self.communicator = estimator, communicator
        self.checkpoint = None if checkpoint is None else Checkpoint(checkpoint)

    def without_checkpoint(self):
        return _Shared(self.estimator, self.communicator, None)

    def _kind(self, training):
        """What must be the same for a run to go on: as numbers, which are all that ranks exchange."""
        estimator, problem = self.estimator, training.problem
        text = f"{estimator.network_!r} {training.optimizer!r} {problem.dtype} {problem.rows} {training.batch} {estimator.random_state!r}"
        digest = hashlib.sha256(without_addresses(text).encode())
        for name in ("X", "Y"):
            digest.update(np.ascontiguousarray(problem.arrays[name]).tobytes())
        return np.frombuffer(digest.digest(), np.uint8).astype(float)

    def save(self, training, record, ended):
        """Rank 0 replaces the file."""
        if self.checkpoint is None or self.communicator.rank != 0:
            return
        state = training.run.state
        self.checkpoint.save(
            kind=self._kind(training), numbers=np.array([state.t, len(record.losses), record.best, bool(ended)], float),
            now=training.theta, kept=record.theta,
            losses=np.array(record.losses), scores=np.array(record.scores), seconds=np.array(record.seconds),
            **{f"state_{name}": state.arrays[name] for name in state.arrays},
        )  # fmt: skip

    def resume(self, training, record):
        """Go on from the file, if there is one: how many epochs were done, and whether training had ended."""
        record.loud = self.communicator.rank == 0
        if self.checkpoint is None:
            return 0, False
        comm, state, found, wrong = self.communicator, training.run.state, None, None
        if comm.rank == 0:
            try:
                found = self.checkpoint.load()
                if found is not None and not np.array_equal(found.get("kind"), self._kind(training)):
                    wrong = (f"{self.checkpoint.path} is the checkpoint of another network, optimizer, data or seed: remove it, "
                             "or name another file")  # fmt: skip
            except ValueError as error:
                wrong = str(error)
        there = np.array([found is not None and not wrong, wrong is not None], float)
        comm.allreduce(there)
        if there[1]:
            raise ValueError(wrong or f"rank {comm.rank}: rank 0 cannot read the checkpoint {self.checkpoint.path}")
        if not there[0]:
            return 0, False
        numbers = found["numbers"] if found else np.zeros(4)
        broadcast(comm, [numbers])
        t, done, best, ended = (int(number) for number in numbers)
        record.losses, record.seconds = [0.0] * done, [0.0] * done
        record.scores = [0.0] * (done if record.held_out else 0)
        arrays = dict(now=training.theta.copy(), kept=training.theta.copy())
        arrays |= dict(losses=np.zeros(done), scores=np.zeros(len(record.scores)), seconds=np.zeros(done))
        arrays |= {f"state_{name}": array.copy() for name, array in state.arrays.items()}
        for name, array in arrays.items():
            if found:
                array[...] = found[name]
            if comm.size > 1:
                _exact(comm, array)
        for name in state.arrays:
            state.arrays[name][...] = arrays[f"state_{name}"]
        state.t, training.theta = t, arrays["now"]
        record.theta, record.best = arrays["kept"], best
        record.losses, record.scores, record.seconds = (arrays[name].tolist() for name in ("losses", "scores", "seconds"))
        training.pass_over(done)
        return done, bool(ended)


def _exact(communicator, array):
    """Rank 0's array on every rank, to the last bit, whatever its type: halves of words travel as whole numbers."""
    words = np.frombuffer(array.tobytes(), np.uint16).astype(float)
    broadcast(communicator, [words])
    array[...] = np.frombuffer(words.astype(np.uint16).tobytes(), array.dtype).reshape(array.shape)


def _common(random_state, rng, communicator):
    """A generator that all ranks have: of the seed, or, where none was given, of what rank 0 draws."""
    if isinstance(random_state, (int, np.integer)):
        return rng
    seed = np.array([float(rng.integers(2**31))])
    broadcast(communicator, [seed])
    return np.random.default_rng(int(seed[0]))


class _Record:
    """What an epoch after the other has brought: losses, scores on the rows held out, the best network so far."""

    def __init__(self, estimator, epochs, held_out):
        self.estimator, self.epochs, self.held_out = estimator, epochs, held_out
        self.losses, self.scores, self.seconds, self.theta, self.best = [], [], [], None, 0
        self.loud = True  # of several ranks the first prints
        self.began = time.perf_counter()

    def enter(self, epoch, theta, loss):
        """Note an epoch; whether training should end."""
        estimator = self.estimator
        self.losses.append(float(loss))
        self.seconds.append(time.perf_counter() - self.began)
        better = True
        if self.held_out:
            X, targets = self.held_out
            self.scores.append(float(estimator._score_of(estimator.network_.outputs(np.array(theta, np.float64), X), targets)))
            better = self.scores[-1] > self.scores[self.best] or len(self.scores) == 1
            self.best = len(self.scores) - 1 if better else self.best
        if better or not estimator.early_stopping:
            self.theta = np.array(theta)
        if estimator.verbose and self.loud:
            self.show(epoch)
        if estimator.callback is not None:
            seen = dict(epoch=epoch, loss=self.losses[-1], seconds=self.seconds[-1], theta=np.array(theta), estimator=estimator)
            seen |= dict(validation_score=self.scores[-1]) if self.scores else {}
            stop = estimator.callback(seen)
            if isinstance(stop, (bool, np.bool_)) and stop:
                return True
        return bool(estimator.early_stopping and self.scores and len(self.scores) - 1 - self.best >= estimator.n_iter_no_change)

    def show(self, epoch):
        """A line an epoch; on a terminal one that is written anew."""
        line = f"epoch {epoch}/{self.epochs}  loss {self.losses[-1]:.6f}"
        line += f"  validation score {self.scores[-1]:.4f}" if self.scores else ""
        line += f"  {self.seconds[-1]:.2f} s"
        if not sys.stdout.isatty():
            print(line, flush=True)
            return
        done = 20 * epoch // self.epochs
        print(f"\r[{'=' * done}{' ' * (20 - done)}] {line}\x1b[K", end="", flush=True)

    def close(self):
        if self.estimator.verbose and sys.stdout.isatty():
            print()


class NetworkClassifier(ClassifierMixin, _Estimator):
    """A network that classifies, trained on the softmax cross-entropy by any optimizer of the library.

    Parameters
    ----------
    layers : list of Layer, optional
        The layers before the last one, which is added: ``Dense`` with an output for each class. By default one hidden layer,
        ``[Dense(100), ReLU()]``.
    class_weight : dict, "balanced" or None, default None
        How much the rows of a class count, as in scikit-learn.
    label_smoothing : float in [0, 1), default 0.0
        The share of every target that is spread evenly over all classes, as in :class:`CrossEntropy`.
    optimizer : Optimizer, optional
        ``nnopt.Adam()`` by default; ``nnopt.PSO()`` trains too. Its fields are parameters, ``optimizer__lr``.
    epochs : int in [1, inf), default 100
        Passes over the data. An epoch is as many batch losses as there are batches, of which a gradient step uses one and
        a generation of a population of P uses P.
    batch_size : int in [1, inf), optional
        Rows in a batch; at most all rows are taken. By default what the optimizer says: all rows for GD, one for SGD, its
        field for MiniBatchGD, 32 for every other. A population remembers its best losses, and those of different batches
        cannot be compared: give it all rows, or many.
    initialization : {"auto", "he", "xavier"}, default "auto"
        As the activation behind a layer asks: He for ReLU and its kin, Xavier for tanh and sigmoid. Populations start in the
        search box instead.
    search_radius : float in (0, inf), default 3.0
        For populations: the box to search in, in standard deviations of He's initialization. Gradient methods ignore it.
    early_stopping : bool, default False
        Hold out rows, keep the network of the epoch that scores best on them, and end after ``n_iter_no_change`` epochs that were
        no better.
    n_iter_no_change : int in [1, inf), default 10
    refit : bool, default False
        After early stopping, train anew on all rows for as many epochs as were best.
    validation_fraction : float in [0, 1), default 0.0
        The share of the rows that is held out to score each epoch; with ``early_stopping`` a tenth where it is 0.
    warm_start : bool, default False
        ``fit`` begins with the weights of the fit before.
    dtype : {"float32", "float64"}, default "float32"
        The precision of training.
    random_state : int, None, numpy.random.Generator or RandomState, default None
        The same seed gives the same network.
    callback : callable, optional
        Called after each epoch with a dict: epoch, loss, seconds, theta, estimator, and validation_score where rows are held out. Training
        ends when it returns True.
    verbose : bool, default False
        Print a line an epoch; on a terminal, a bar.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    network_ : Network
    theta_ : ndarray, shape (n_parameters,)
        All weights and biases. After Ctrl-C those of the last whole epoch; where training fails, there are none.
    weights_ : list of dict
        The same by layer and name, as views.
    optimizer_ : Optimizer
        The one that was used.
    history_ : dict of list
        An entry an epoch: loss (the mean batch loss; for populations the least so far, NaN before the first generation),
        validation_score, seconds.
    loss_curve_, validation_scores_ : list of float
        The same.
    best_epoch_ : int
        Where rows are held out: the epoch that scored best, counted from 1.
    n_features_in_, n_iter_ : int

    Examples
    --------
    >>> from nnopt import Adam, Dense, Dropout, NetworkClassifier, ReLU, datasets
    >>> data = datasets.load("digits")
    >>> layers = [Dense(64), ReLU(), Dropout(0.2)]
    >>> clf = NetworkClassifier(layers, optimizer=Adam(lr=3e-3), epochs=20, random_state=0)
    >>> clf.fit(data.X_train, data.y_train).score(data.X_test, data.y_test) > 0.9
    True
    """

    def __init__(
        self, layers=None, *, class_weight=None, label_smoothing=0.0, optimizer=None, epochs=100, batch_size=None,
        initialization="auto", search_radius=3.0, early_stopping=False, n_iter_no_change=10, refit=False,
        validation_fraction=0.0, warm_start=False, dtype="float32", random_state=None, callback=None, verbose=False,
    ):  # fmt: skip
        super().__init__(
            layers, optimizer=optimizer, epochs=epochs, batch_size=batch_size, initialization=initialization, search_radius=search_radius,
            early_stopping=early_stopping, n_iter_no_change=n_iter_no_change, refit=refit, validation_fraction=validation_fraction,
            warm_start=warm_start, dtype=dtype, random_state=random_state, callback=callback, verbose=verbose,
        )  # fmt: skip
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing

    def fit(self, X, y, sample_weight=None, *, communicator=None, checkpoint=None):
        """Train on X, array_like of shape (rows, features), and labels y of shape (rows,).

        Parameters
        ----------
        sample_weight : array_like, shape (rows,), optional
            How much each row counts.
        communicator : communicator, optional
            ``nnopt.practice.MPI()`` where ``mpiexec -n 4 python train.py`` has started this program: every rank calls ``fit`` with the same
            rows and settings, computes the gradient of its share of each batch, and has the same network in the end, that of one process
            up to rounding. Dropout draws other masks. Needs a method that follows a gradient.
        checkpoint : str or Path, optional
            A file that is replaced after every epoch. Where it is there, training goes on from it, to the same end to the last bit.

        Raises
        ------
        ValueError
            If the data or a parameter is wrong, or training diverges.
        """
        with self._anew(self.warm_start):
            self._check()
            X, y = validate_data(self, X, y, dtype=np.float64)
            check_classification_targets(y)
            classes, labels = np.unique(y, return_inverse=True)
            if self.warm_start and hasattr(self, "classes_") and not np.array_equal(classes, self.classes_):
                raise ValueError(f"warm_start: the classes were {shown(self.classes_.tolist())}, and now are {shown(classes.tolist())}")
            self.classes_ = classes
            return self._fit(_scaled(X), labels, *self._target(), self._weights(X, y, sample_weight), labels,
                             communicator, checkpoint)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """One pass more over these rows, from where the last one ended, with the optimizer's memory as it was.

        Parameters
        ----------
        classes : array_like, optional
            All classes there will be; needed in the first call.
        """
        first = not hasattr(self, "theta_")
        self._check()
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(y)
        if first and classes is None:
            raise ValueError("partial_fit needs classes, all that there will be, in its first call")
        if first:
            self.classes_ = np.unique(classes)
        if len(unknown := np.setdiff1d(y, self.classes_)):
            raise ValueError(f"y has the class {shown(unknown[0])}, which is none of {shown(self.classes_.tolist())}")
        labels = np.searchsorted(self.classes_, y)
        return self._partial(X, labels, *self._target(), self._weights(X, y, sample_weight))

    def _target(self):
        """Outputs and loss."""
        if len(self.classes_) < 2:
            raise ValueError(f"y must have at least two classes, not 1 class, {shown(self.classes_.tolist()[0])}")
        return len(self.classes_), CrossEntropy(self.label_smoothing)

    def _weights(self, X, y, given):
        if given is None and self.class_weight is None:
            return None
        weights = _check_sample_weight(given, X)
        return weights if self.class_weight is None else weights * compute_sample_weight(self.class_weight, y)

    @staticmethod
    def _score_of(Z, labels):
        return accuracy_score(labels, Z.argmax(axis=1))

    def predict(self, X):
        """The most probable class of each row, shape (rows,)."""
        Z = self._outputs(X)
        return self.classes_[Z.argmax(axis=1)]

    def predict_proba(self, X):
        """The probability of each class for each row, shape (rows, n_classes)."""
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X):
        """Its logarithm, which keeps what is too small to be a probability."""
        Z = self._outputs(X)
        Z -= Z.max(axis=1, keepdims=True)
        return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))


class NetworkRegressor(RegressorMixin, _Estimator):
    """A network that predicts numbers, trained on the mean squared error, or another loss, by any optimizer of the library.

    Parameters and attributes are those of :class:`NetworkClassifier` but for classes; ``y`` may have one column or several, and the
    validation score is R².

    Parameters
    ----------
    loss : Layer, optional
        ``SquaredError()`` by default; ``Huber()`` where there are outliers.

    Examples
    --------
    >>> import numpy as np
    >>> from nnopt import Adam, Dense, NetworkRegressor, Tanh
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> net = NetworkRegressor([Dense(32), Tanh()], optimizer=Adam(lr=1e-2), epochs=300, random_state=0)
    >>> _ = net.fit(x, np.sin(3 * x[:, 0]))
    >>> net.score(x, np.sin(3 * x[:, 0])) > 0.99
    True
    """

    def __init__(
        self, layers=None, *, loss=None, optimizer=None, epochs=100, batch_size=None, initialization="auto", search_radius=3.0,
        early_stopping=False, n_iter_no_change=10, refit=False, validation_fraction=0.0, warm_start=False, dtype="float32",
        random_state=None, callback=None, verbose=False,
    ):  # fmt: skip
        super().__init__(
            layers, optimizer=optimizer, epochs=epochs, batch_size=batch_size, initialization=initialization, search_radius=search_radius,
            early_stopping=early_stopping, n_iter_no_change=n_iter_no_change, refit=refit, validation_fraction=validation_fraction,
            warm_start=warm_start, dtype=dtype, random_state=random_state, callback=callback, verbose=verbose,
        )  # fmt: skip
        self.loss = loss

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X, y, sample_weight=None, *, communicator=None, checkpoint=None):
        """Train on X, array_like of shape (rows, features), and y of shape (rows,) or (rows, outputs).

        Parameters
        ----------
        sample_weight : array_like, shape (rows,), optional
            How much each row counts.
        communicator : communicator, optional
            ``nnopt.practice.MPI()`` where ``mpiexec -n 4 python train.py`` has started this program: every rank calls ``fit`` with the same
            rows and settings, computes the gradient of its share of each batch, and has the same network in the end, that of one process
            up to rounding. Dropout draws other masks. Needs a method that follows a gradient.
        checkpoint : str or Path, optional
            A file that is replaced after every epoch. Where it is there, training goes on from it, to the same end to the last bit.

        Raises
        ------
        ValueError
            If the data or a parameter is wrong, or training diverges.
        """
        with self._anew(self.warm_start):
            self._check()
            X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
            self._one_column = y.ndim == 1
            weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
            Y = numbers("y", y.reshape(len(X), -1), self.dtype)
            return self._fit(_scaled(X), Y, Y.shape[1], self._loss(), weights, None, communicator, checkpoint)

    def partial_fit(self, X, y, sample_weight=None):
        """One pass more over these rows, from where the last one ended, with the optimizer's memory as it was."""
        first = not hasattr(self, "theta_")
        self._check()
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=first)
        self._one_column = y.ndim == 1
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        Y = numbers("y", y.reshape(len(X), -1), self.dtype)
        return self._partial(X, Y, Y.shape[1], self._loss(), weights)

    def _loss(self):
        return SquaredError() if self.loss is None else self.loss

    @staticmethod
    def _score_of(Z, Y):
        return r2_score(Y, Z)

    def predict(self, X):
        """The predictions, of the shape that y had in ``fit``."""
        Z = self._outputs(X)
        return Z.ravel() if self._one_column else Z


def _scaled(X):
    """X, with a word where its numbers are far larger than what networks learn well from."""
    if WIDE < (largest := float(np.abs(X).max(initial=0.0))) < float(np.finfo(np.float32).max):
        warnings.warn(f"the inputs reach {largest:.3g}; networks learn from inputs around 1: put a StandardScaler before", stacklevel=4)
    return X


def _generator(random_state):
    if isinstance(random_state, np.random.RandomState):
        random_state = int(random_state.randint(2**31))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError):
        raise ValueError(
            f"random_state must be a non-negative integer, None, a Generator or a RandomState, not {shown(random_state)}"
        ) from None
