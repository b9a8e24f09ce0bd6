"""Searches: scikit-learn's engines on nested parameters, halving against scikit-learn's own, the range test, and Optuna and Dask where they are."""

import numpy as np
import pytest
from conftest import need
from scipy.stats import loguniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, PredefinedSplit, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnopt
from nnopt.practice.search import halving_schedule, range_test, successive_halving


@pytest.fixture(scope="module")
def rows():
    data = nnopt.datasets.load("digits")
    return data.X_train[:300], data.y_train[:300]


def small(**how):
    return nnopt.MLPClassifier((16,), **{"epochs": 4, "random_state": 0, **how})


# ------------------------------------------------------------------------------------ scikit-learn's engines
def test_a_grid_over_two_optimizers_each_with_its_own_fields(rows):
    grid = [{"optimizer": [nnopt.GD()], "optimizer__lr": [1e-5]}, {"optimizer": [nnopt.Adam()], "optimizer__beta1": [0.5, 0.9], "optimizer__lr": [0.01]}]
    found = GridSearchCV(small(), grid, cv=2, error_score="raise").fit(*rows)
    assert isinstance(found.best_params_["optimizer"], nnopt.Adam)
    assert found.best_estimator_.optimizer_.lr == 0.01


def test_a_random_search_in_processes_finds_the_same(rows):
    space = {"optimizer__lr": loguniform(1e-5, 1e-1), "batch_size": [16, 64]}
    found = [RandomizedSearchCV(small(), space, n_iter=4, cv=2, random_state=1, n_jobs=jobs).fit(*rows).cv_results_["mean_test_score"] for jobs in (1, 2)]
    np.testing.assert_array_equal(*found)


def test_halving_by_epochs_in_a_pipeline(rows):
    search = HalvingRandomSearchCV(
        make_pipeline(StandardScaler(), small()), {"mlpclassifier__optimizer__lr": loguniform(1e-5, 1e-1)}, resource="mlpclassifier__epochs",
        n_candidates=9, min_resources=1, max_resources=9, cv=2, random_state=0,
    ).fit(*rows)  # fmt: skip
    assert (search.n_candidates_, search.n_resources_) == ([9, 3, 1], [1, 3, 9])
    assert search.best_params_["mlpclassifier__optimizer__lr"] > 1e-3


@pytest.mark.parametrize("name, message", [
    ("optimizer__rate", r"^Adam has no field 'rate'; it has lr, beta1, beta2, eps$"),
    ("optimiser__lr", r"^MLPClassifier has no parameter 'optimiser__lr'; it has .*and optimizer__lr and its like$"),
    ("epoch", r"^MLPClassifier has no parameter 'epoch'; it has .*"),
])  # fmt: skip
def test_a_wrong_name_costs_one_sentence(rows, name, message):
    with pytest.raises(ValueError, match=message):
        GridSearchCV(small(), {name: [1]}, cv=2).fit(*rows)
    with pytest.raises(ValueError, match=message.strip("^$")):
        make_pipeline(small()).set_params(**{f"mlpclassifier__{name}": 1})


def test_dask_through_joblib_finds_the_same(rows):
    need("distributed")
    import joblib
    from distributed import Client, LocalCluster

    grid = {"optimizer__lr": [1e-4, 1e-3, 1e-2]}
    here = GridSearchCV(small(), grid, cv=2).fit(*rows).cv_results_["mean_test_score"]
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster, Client(cluster):
        with joblib.parallel_config("dask"):
            there = GridSearchCV(small(), grid, cv=2).fit(*rows).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(here, there)


def test_optuna_prunes_by_the_callback(rows):
    need("optuna")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        def report(seen):
            trial.report(seen["validation_score"], seen["epoch"])
            return trial.should_prune()

        net = small(optimizer=nnopt.Adam(lr=trial.suggest_float("lr", 1e-6, 1e-1, log=True)), epochs=8, validation_fraction=0.3, callback=report)
        net.fit(*rows)
        if net.n_iter_ < 8:
            raise optuna.TrialPruned
        return net.validation_scores_[-1]

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0), pruner=optuna.pruners.MedianPruner(n_startup_trials=3))
    study.optimize(objective, n_trials=10)
    states = [trial.state.name for trial in study.trials]
    assert {"COMPLETE", "PRUNED"} == set(states)
    assert study.best_params["lr"] > 1e-3


# ------------------------------------------------------------------------------------ halving
@pytest.mark.parametrize("candidates", [1, 2, 3, 8, 9, 10, 27, 28, 50])
@pytest.mark.parametrize("largest", [1, 5, 9, 40])
@pytest.mark.parametrize("factor", [2, 3])
def test_the_schedule_is_scikit_learns(candidates, largest, factor):
    """Read off its search over a parameter that decides nothing."""
    from sklearn.dummy import DummyClassifier

    class Counted(DummyClassifier):
        def __init__(self, epochs=1, which=0):
            super().__init__()
            self.epochs, self.which = epochs, which

    search = HalvingGridSearchCV(
        Counted(), {"which": list(range(candidates))}, resource="epochs", min_resources=1, max_resources=largest, factor=factor, cv=2, refit=False,
    ).fit(np.zeros((8, 1)), [0, 1] * 4)  # fmt: skip
    assert halving_schedule(candidates, 1, largest, factor) == list(zip(search.n_candidates_, search.n_resources_, strict=True))


def test_halving_chooses_as_scikit_learns(rows):
    X, y = rows
    rates = np.geomspace(1e-4, 0.3, 9)
    split = PredefinedSplit(np.where(np.arange(300) < 200, -1, 0))
    theirs = HalvingGridSearchCV(small(), {"optimizer__lr": rates.tolist()}, resource="epochs", min_resources=1, max_resources=9, cv=split).fit(X, y)

    def score(rate, epochs):
        return small(optimizer=nnopt.Adam(lr=rate), epochs=epochs).fit(X[:200], y[:200]).score(X[200:], y[200:])

    rate, best = successive_halving(rates, score, 1, 9)
    assert rate == theirs.best_params_["optimizer__lr"]
    assert best == pytest.approx(theirs.best_score_)


def test_halving_spends_by_its_schedule_and_survives_nan():
    spent = []

    def score(candidate, resource):
        spent.append((candidate, resource))
        return float("nan") if candidate == 0 else candidate

    assert successive_halving(range(9), score, 2, 18) == (8, 8)
    assert [sum(resource == r for _, resource in spent) for r in (2, 6, 18)] == [9, 3, 1]
    assert spent[-1] == (8, 18)


@pytest.mark.parametrize("bad, message", [
    (dict(candidates=0), "candidates must be"), (dict(factor=1), "factor must be at least 2, not 1"), (dict(smallest=30), "smallest = 30 is more than largest = 27"),
])  # fmt: skip
def test_a_bad_schedule_is_one_sentence(bad, message):
    with pytest.raises(ValueError, match=message):
        halving_schedule(**{**dict(candidates=9, smallest=1, largest=27), **bad})


# ------------------------------------------------------------------------------------ the range test
def test_the_range_test_climbs_and_ends_where_the_loss_explodes(rows):
    net = nnopt.Network(nnopt.Dense(16), nnopt.ReLU(), nnopt.Dense(10), input=64, loss=nnopt.CrossEntropy())
    rates, losses = range_test(net.problem(*rows), nnopt.GD(), net.start(0), low=1e-4, high=1e4, steps=120, seed=0)
    assert rates[0] == pytest.approx(1e-4) and np.allclose(rates[1:] / rates[:-1], 1e8 ** (1 / 119))
    assert len(rates) == len(losses) and np.isfinite(losses).all()
    least = losses.argmin()
    assert 0.01 < rates[least] < 10 and losses[least] < 0.7 * losses[0] and losses[-1] > 2 * losses[0]


def test_the_range_test_wants_a_learning_rate():
    with pytest.raises(ValueError, match="a gradient method with a learning rate, not PSO"):
        range_test(nnopt.problems.rosenbrock(2), nnopt.PSO(), [0.0, 0.0])
