"""The estimators: scikit-learn's own checks, every optimizer on the digits, the same counts, and clear errors."""

import signal

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

import nnopt
from nnopt._loop import SPENT
from nnopt.training import fit as fitting


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    return X[:1437], y[:1437], X[1437:], y[1437:]


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [cls(random_state=0) for cls in (nnopt.MLPClassifier, nnopt.MLPRegressor, nnopt.NetworkClassifier, nnopt.NetworkRegressor)],
    expected_failed_checks=lambda estimator: {
        "check_sample_weight_equivalence_on_dense_data": "rows repeated make more batches, and so more steps, than weights do",
    },
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "optimizer, epochs, batch_size, accuracy",
    [
        (nnopt.GD(lr=0.1), 30, 32, 0.88),
        (nnopt.Adam(lr=3e-3), 30, 32, 0.88),
        (nnopt.PSO(population_size=40), 16_000, 500, 0.3),  # chance is 0.1
    ],
    ids=["GD", "Adam", "PSO"],
)
def test_every_optimizer_trains_the_same_network(digits, optimizer, epochs, batch_size, accuracy):
    """The same calls, whether the optimizer takes gradients or not; what they reach differs, and the book says why."""
    X, y, X_test, y_test = digits
    net = nnopt.MLPClassifier((16,), optimizer=optimizer, epochs=epochs, batch_size=batch_size, random_state=0)
    net.fit(X, y)
    assert net.theta_.size == 65 * 16 + 17 * 10
    assert net.score(X_test, y_test) > accuracy
    curve = np.array(net.loss_curve_)
    assert len(curve) == epochs == net.n_iter_
    assert curve[-1] < 0.9 * np.log(10)


def test_regression_by_every_optimizer():
    x = np.linspace(-1, 1, 100)[:, None]
    for optimizer, epochs in ((nnopt.GD(lr=0.1), 500), (nnopt.Adam(lr=0.01), 200), (nnopt.PSO(), 20_000)):
        batch = 100 if isinstance(optimizer, nnopt.PSO) else 20
        net = nnopt.MLPRegressor((8,), "tanh", optimizer=optimizer, epochs=epochs, batch_size=batch, random_state=0)
        assert net.fit(x, np.sin(3 * x[:, 0])).score(x, np.sin(3 * x[:, 0])) > 0.95, optimizer
    both = np.c_[x, x**2]
    net = nnopt.MLPRegressor((16,), "tanh", optimizer=nnopt.Adam(lr=0.01), random_state=0).fit(x, both)
    assert net.predict(x).shape == (100, 2)
    assert net.score(x, both) > 0.95


def test_the_same_seed_gives_the_same_network(digits):
    X, y, *_ = digits
    thetas = [nnopt.MLPClassifier((8,), epochs=2, random_state=s).fit(X, y).theta_ for s in (0, 0, 1)]
    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert (thetas[0] != thetas[2]).any()


@pytest.mark.parametrize("optimizer, looks", [(nnopt.PSO(population_size=20), 20 * (45 * 10 // 20)), (nnopt.Adam(), 45 * 10)])
def test_batch_losses_are_counted_alike(digits, monkeypatch, optimizer, looks):
    """An epoch is N / batch batch losses: 45 gradient steps, or 45 networks looked at by a population."""
    X, y, *_ = digits
    runs = []
    monkeypatch.setattr(fitting, "Run", lambda *args, real=fitting.Run, **more: runs.append(real(*args, **more)) or runs[-1])
    nnopt.MLPClassifier((4,), optimizer=optimizer, epochs=10, random_state=0).fit(X, y)
    assert runs[0].ledger[SPENT] == looks


def test_one_step_is_the_kernel_and_the_optimizer():
    """Full batch: an epoch is one step of Adam along the gradient that backpropagation gives."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
    made = dict(optimizer=nnopt.Adam(lr=0.1), batch_size=20, dtype="float64", random_state=3)
    one = nnopt.MLPClassifier((4,), epochs=1, **made).fit(X, y)
    two = nnopt.MLPClassifier((4,), epochs=2, **made).fit(X, y)
    problem = one.network_.problem(X, y)
    assert problem(one.theta_) == pytest.approx(two.loss_curve_[1], rel=1e-12)
    assert one.loss_curve_ == two.loss_curve_[:1]


def test_a_population_without_a_finite_loss_says_so():
    x = np.linspace(-1, 1, 30)[:, None]
    with pytest.raises(ValueError, match=r"training with PSO\(.*\) found no network with a finite loss; scale the inputs"):
        nnopt.MLPRegressor((4,), optimizer=nnopt.PSO(population_size=5), epochs=10, random_state=0).fit(x, 1e30 * x[:, 0])


def test_validation_score_is_the_score():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    Y = np.c_[X[:, 0], 100 * X[:, 1]]
    net = nnopt.MLPRegressor((8,), epochs=2, validation_fraction=0.5, random_state=0).fit(X, Y)
    from sklearn.model_selection import train_test_split

    held = train_test_split(X, Y, test_size=0.5, random_state=int(np.random.default_rng(0).integers(2**31)))
    assert net.score(held[1], held[3]) == pytest.approx(net.validation_scores_[-1], rel=1e-6)


def test_verbose_shows_progress_and_validation(digits, capsys):
    X, y, *_ = digits
    made = dict(optimizer=nnopt.Adam(lr=1e-2), random_state=0)
    net = nnopt.MLPClassifier((8,), epochs=3, validation_fraction=0.2, verbose=True, **made).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("epoch 3/3  loss ")
    assert f"validation score {net.validation_scores_[-1]:.4f}" in lines[2]
    assert net.validation_scores_[-1] > 0.5
    nnopt.MLPClassifier((8,), epochs=1, random_state=0).fit(X, y)
    assert capsys.readouterr().out == ""


def test_ctrl_c_keeps_what_was_learnt(digits, capsys):
    X, y, *_ = digits

    class Interrupting(list):
        def append(self, item):
            super().append(item)

    calls = []

    def lr(t):
        calls.append(t)
        if len(calls) > 45 * 3:
            signal.raise_signal(signal.SIGINT)
        return 0.1

    with pytest.warns(UserWarning, match="training was interrupted after epoch 3"):
        net = nnopt.MLPClassifier((8,), optimizer=nnopt.MiniBatchGD(lr=lr), epochs=50, random_state=0).fit(X, y)
    assert net.n_iter_ == 3
    assert net.score(X, y) > 0.5


def test_works_with_scikit_learns_tools(digits):
    X, y, *_ = digits
    search = GridSearchCV(nnopt.MLPClassifier((8,), epochs=3, random_state=0), {"optimizer": [nnopt.GD(0.1), nnopt.Adam(1e-2)]}, cv=2)
    search.fit(X[:300], y[:300])
    assert isinstance(search.best_params_["optimizer"], (nnopt.GD, nnopt.Adam))
    assert clone(search.best_estimator_).get_params()["epochs"] == 3


@pytest.mark.parametrize(
    "parameters, message",
    [
        (dict(optimizer="adam"), r"optimizer must be an optimizer such as nnopt.Adam\(\), or None, not 'adam'"),
        (dict(epochs=0), r"epochs must be an integer in \[1, inf\), not 0"),
        (dict(batch_size=1.5), r"batch_size must be an integer in \[1, inf\), not 1.5"),
        (dict(hidden_layer_sizes=(0,)), r"hidden_layer_sizes must be positive integers, not \(0,\)"),
        (dict(hidden_layer_sizes=64.0), "hidden_layer_sizes must be positive integers, not 64.0"),
        (dict(hidden_layer_sizes=None), "hidden_layer_sizes must be positive integers, not None"),
        (dict(validation_fraction="a"), r"validation_fraction must be a number in \[0, 1\), not 'a'"),
        (dict(random_state="a"), "random_state must be a non-negative integer, None, .* not 'a'"),
        (dict(random_state=-1), "random_state must be a non-negative integer, None, .* not -1"),
        (dict(activation="sigmoid"), "activation must be one of relu, tanh, logistic, gelu, not 'sigmoid'"),
        (dict(initialization="zeros"), "initialization must be one of auto, he, xavier, not 'zeros'"),
        (dict(validation_fraction=1.0), r"validation_fraction must be a number in \[0, 1\), not 1.0"),
        (dict(search_radius=-1), r"search_radius must be a number in \(0, inf\), not -1"),
        (dict(dtype="int8"), "dtype must be float64 or float32, not 'int8'"),
        (dict(dtype="foo"), "dtype must be float64 or float32, not 'foo'"),
        (dict(optimizer=nnopt.Adam(eps=1e-50)), "Adam: eps = 1e-50 is zero in float32"),
        (dict(optimizer=nnopt.GD(lr=1e30)), "training with GD.lr=1e.30. diverged in epoch"),
        (dict(optimizer=nnopt.PSO(), epochs=1), "too few for one generation of 40 networks"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_bad_parameters(parameters, message):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=message):
        nnopt.MLPClassifier(**{"random_state": 0, **parameters}).fit(rng.normal(size=(40, 4)), rng.integers(0, 2, 40))
