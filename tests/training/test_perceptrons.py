"""What users of scikit-learn expect of an estimator: nested parameters, early stopping, weights, partial fits, saving, a callback."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnopt
from nnopt import Dense, Dropout, Huber, NetworkClassifier, NetworkRegressor, ReLU, Tanh


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600] / 16, y[:600]


def small(**more):
    return nnopt.MLPClassifier((8,), **{"epochs": 3, "random_state": 0} | more)


# ------------------------------------------------------------------------------------ parameters
def test_the_optimizers_fields_are_parameters(digits):
    net = small()  # optimizer=None: Adam's
    assert net.get_params()["optimizer__lr"] == 0.001
    assert "optimizer__lr" not in net.get_params(deep=False)
    net.set_params(optimizer__lr=0.02, epochs=2)
    assert net.optimizer == nnopt.Adam(lr=0.02) and net.epochs == 2
    assert clone(net).optimizer == net.optimizer
    net.set_params(optimizer=nnopt.GD(), optimizer__lr=0.5)  # both at once
    assert net.optimizer == nnopt.GD(lr=0.5)
    with pytest.raises(ValueError, match="GD has no field 'beta1'; it has lr"):
        net.set_params(optimizer__beta1=0.5)
    with pytest.raises(ValueError, match=r"Adam: lr must be a number in \(0, inf\), not -1"):
        small().set_params(optimizer__lr=-1)


def test_searches_reach_the_optimizer_through_a_pipeline(digits):
    X, y = digits
    search = GridSearchCV(make_pipeline(StandardScaler(), small(epochs=5)), {"mlpclassifier__optimizer__lr": [1e-6, 1e-2]}, cv=2)
    search.fit(X, y)
    assert search.best_params_ == {"mlpclassifier__optimizer__lr": 1e-2}


# ------------------------------------------------------------------------------------ early stopping
def test_early_stopping_keeps_the_best_network(digits):
    X, y = digits
    seen = []
    net = small(optimizer=nnopt.Adam(lr=0.05), epochs=60, early_stopping=True, n_iter_no_change=4, validation_fraction=0.3,
                callback=lambda epoch: seen.append(epoch["theta"]) or False).fit(X, y)
    scores = net.validation_scores_
    assert net.best_epoch_ == int(np.argmax(scores)) + 1  # the first of the best
    assert net.n_iter_ == min(60, net.best_epoch_ + 4) < 60
    np.testing.assert_array_equal(net.theta_, seen[net.best_epoch_ - 1])
    rows = np.random.default_rng(0)
    from sklearn.model_selection import train_test_split

    _, held, _, labels = train_test_split(X, y, test_size=0.3, random_state=int(rows.integers(2**31)), stratify=y)
    assert net.score(held, labels) == max(scores)


def test_refit_trains_on_all_rows_for_as_many_epochs(digits):
    X, y = digits
    made = dict(optimizer=nnopt.Adam(lr=0.05), epochs=40, early_stopping=True, n_iter_no_change=3)
    first, again = small(**made).fit(X, y), small(**made, refit=True).fit(X, y)
    assert again.best_epoch_ == first.best_epoch_
    assert len(again.history_["loss"]) == first.n_iter_  # what was seen on the way is kept
    whole = small(optimizer=nnopt.Adam(lr=0.05), epochs=first.best_epoch_).fit(X, y)
    np.testing.assert_array_equal(again.theta_, whole.theta_)


def test_a_tenth_is_held_out_where_nothing_is_said(digits):
    X, y = digits
    net = small(early_stopping=True).fit(X, y)
    assert len(net.validation_scores_) == 3
    assert (np.array(net.validation_scores_) * 60 % 1 < 1e-9).all() or np.allclose(np.array(net.validation_scores_) * 60, np.round(np.array(net.validation_scores_) * 60))


# ------------------------------------------------------------------------------------ weights
def test_weights_of_rows_and_classes():
    """On one full batch a weight is a repetition, exactly; balanced weights are scikit-learn's."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = np.r_[np.zeros(30, int), np.ones(10, int)]
    made = dict(epochs=20, optimizer=nnopt.GD(lr=0.5), dtype="float64", random_state=0)
    counts = rng.integers(1, 3, 40)
    weighted = nnopt.MLPClassifier((4,), "tanh", **made).fit(X, y, sample_weight=counts)
    repeated = nnopt.MLPClassifier((4,), "tanh", **made).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.theta_, repeated.theta_, rtol=1e-9, atol=1e-12)
    balanced = nnopt.MLPClassifier((4,), "tanh", class_weight="balanced", **made).fit(X, y)
    by_hand = nnopt.MLPClassifier((4,), "tanh", **made).fit(X, y, sample_weight=np.where(y == 0, 40 / 60, 40 / 20))
    np.testing.assert_allclose(balanced.theta_, by_hand.theta_, rtol=1e-9, atol=1e-12)
    assert balanced.predict_proba(X)[:, 1].mean() > weighted.predict_proba(X)[:, 1].mean()


def test_weights_by_layer_are_views_under_scikit_learns_names(digits):
    X, y = digits
    net = small().fit(X, y)
    assert [W.shape for W in net.coefs_] == [(64, 8), (8, 10)] and [b.shape for b in net.intercepts_] == [(8,), (10,)]
    by_hand = np.maximum(0, X @ net.coefs_[0] + net.intercepts_[0]) @ net.coefs_[1] + net.intercepts_[1]
    np.testing.assert_array_equal(net.predict(X), by_hand.argmax(axis=1))
    net.coefs_[1][:], net.intercepts_[1][:] = 0.0, np.arange(10)
    assert (net.predict(X) == 9).all()


def test_log_probabilities_keep_what_is_too_small():
    X, y = np.array([[-500.0], [500.0]]) / 5, [0, 1]
    net = nnopt.MLPClassifier((4,), epochs=1, random_state=0).fit(X, y)
    net.theta_ *= 100
    logs = net.predict_log_proba(X)
    assert np.isfinite(logs).all() and logs.min() < -1000
    np.testing.assert_allclose(np.exp(logs), net.predict_proba(X))


# ------------------------------------------------------------------------------------ more data, more epochs
def test_partial_fits_are_epochs(digits):
    """Three passes one by one, and a fit of three epochs: the same steps, since the optimizer's memory goes on."""
    X, y = digits
    whole, piece = small(dtype="float64").fit(X, y), small(dtype="float64")
    for _ in range(3):
        piece.partial_fit(X, y, classes=np.arange(10))
    assert piece.n_iter_ == 3
    np.testing.assert_allclose(piece.loss_curve_, whole.loss_curve_, rtol=0.2)  # the batches are drawn otherwise
    assert piece.optimizer_ == whole.optimizer_
    assert piece._state.t == whole._state.t == 3 * 19


def test_saved_and_loaded_it_goes_on_to_the_same_bits(digits):
    X, y = digits
    for net in (small().partial_fit(X, y, classes=np.arange(10)), small(optimizer=nnopt.Momentum(lr=0.1)).fit(X, y)):
        copy = pickle.loads(pickle.dumps(net))
        np.testing.assert_array_equal(copy.predict_proba(X), net.predict_proba(X))
        for _ in range(2):
            net.partial_fit(X, y)
            copy.partial_fit(X, y)
        np.testing.assert_array_equal(copy.theta_, net.theta_)


def test_a_warm_start_begins_where_the_last_fit_ended(digits):
    X, y = digits
    net = small(warm_start=True, optimizer=nnopt.GD(lr=0.5), dtype="float64", epochs=10).fit(X, y)
    loss = net.loss_curve_[-1]
    net.fit(X, y)
    assert net.loss_curve_[0] < loss and len(net.loss_curve_) == 10
    with pytest.raises(ValueError, match="warm_start: the network had 610 parameters, and now has 1210"):
        net.set_params(hidden_layer_sizes=(16,), epochs=1).fit(X, y)


@pytest.mark.parametrize("call, message", [
    (lambda net, X, y: net.partial_fit(X, y), "partial_fit needs classes, all that there will be, in its first call"),
    (lambda net, X, y: net.partial_fit(X, y, classes=[0, 1]), "which is none of"),
    (lambda net, X, y: net.set_params(optimizer=nnopt.PSO()).partial_fit(X, y, classes=range(10)), "needs a method that follows a gradient: PSO"),
    (lambda net, X, y: net.set_params(callback=3).fit(X, y), "callback must be a function or None, not 3"),
    (lambda net, X, y: NetworkClassifier(Dense(3)).fit(X, y), r"layers must be a list of layers such as \[Dense\(100\), ReLU\(\)\], not Dense"),
    (lambda net, X, y: net.fit(X, np.zeros(len(y))), "y must have at least two classes, not 1 class"),
])  # fmt: skip
def test_errors_name_what_is_wrong(digits, call, message):
    with pytest.raises(ValueError, match=message):
        call(small(), *digits)


# ------------------------------------------------------------------------------------ what is seen on the way
def test_the_callback_sees_every_epoch_and_may_end_it(digits):
    X, y = digits
    seen = []

    def look(epoch):
        seen.append(epoch)
        return epoch["epoch"] == 2

    net = small(epochs=9, callback=look, validation_fraction=0.2).fit(X, y)
    assert [epoch["epoch"] for epoch in seen] == [1, 2] and net.n_iter_ == 2
    assert seen[1]["loss"] == net.history_["loss"][1] and seen[1]["validation_score"] == net.history_["validation_score"][1]
    assert seen[0]["seconds"] <= seen[1]["seconds"] and seen[1]["estimator"] is net
    np.testing.assert_array_equal(seen[1]["theta"], net.theta_)


def test_a_terminal_gets_a_bar_and_a_file_gets_lines(digits, capsys, monkeypatch):
    X, y = digits
    small(verbose=True).fit(X, y)
    assert capsys.readouterr().out.count("\n") == 3
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    small(verbose=True).fit(X, y)
    said = capsys.readouterr().out
    assert said.count("\r[") == 3 and said.count("\n") == 1 and "[====================] epoch 3/3  loss" in said


def test_inputs_out_of_scale_get_a_word(digits):
    X, y = digits
    with pytest.warns(UserWarning, match="the inputs reach 2.55e.03; networks learn from inputs around 1: put a StandardScaler before"):
        small(epochs=1).fit(X * 2550, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(epochs=1).fit(X, y)


# ------------------------------------------------------------------------------------ any list of layers
def test_any_list_of_layers(digits):
    X, y = digits
    layers = [Dense(32), ReLU(), Dropout(0.2), nnopt.Residual(Dense(32), Tanh())]
    net = NetworkClassifier(layers, optimizer=nnopt.Adam(lr=3e-3), epochs=30, random_state=0).fit(X[:500], y[:500])
    assert net.score(X[500:], y[500:]) > 0.7
    assert len(net.weights_) == 3 and clone(net).layers == layers


def test_hubers_loss_is_not_pulled_away_by_outliers():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (300, 1))
    y = 2 * x[:, 0] + rng.normal(0, 0.1, 300)
    y[:30] += 40
    made = dict(layers=[Dense(16), Tanh()], optimizer=nnopt.Adam(lr=0.01), epochs=100, random_state=0)
    errors = [np.abs(NetworkRegressor(loss=loss, **made).fit(x, y).predict(x[30:]) - 2 * x[30:, 0]).mean() for loss in (None, Huber(0.2))]
    assert errors[1] < 0.25 * errors[0]


def test_the_import_and_one_line_are_all_that_changes(digits):
    """From scikit-learn's MLPClassifier: the words that both have mean the same."""
    X, y = digits
    words = dict(hidden_layer_sizes=(16,), activation="tanh", batch_size=32, random_state=0, early_stopping=True, n_iter_no_change=5)
    net = nnopt.MLPClassifier(**words, epochs=20).fit(X, y)  # theirs says max_iter
    assert net.score(X, y) > 0.8 and len(net.coefs_) == 2 and net.loss_curve_ and net.n_iter_ <= 20
