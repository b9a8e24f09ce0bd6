"""Kinds of faults that users of other tools reported: numbers that are none of NumPy's, runs that break off, and what is left then."""

import ast
import contextlib
import functools
import importlib
import inspect
import math
import pkgutil
import re
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from kinds_of_methods import LBFGS, Annealing, tsp
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import ThreadpoolController, threadpool_info

import nnopt
from nnopt._jit import Kernel, N, R, d, kernel, parameters, python
from nnopt.gradient.averages import total_weight
from nnopt.optimizer import NonNegative, Part
from nnopt.problems import least_squares, quadratic, rastrigin, rosenbrock, sphere

BOX = [(-2.0, 2.0)] * 2
ROWS = np.random.default_rng(0).normal(size=(320, 4))  # 10 batches of 32
LABELS = (ROWS[:, 0] > 0).astype(int)


def bowl(x):
    return float(x @ x)


def slope(x):
    return 2.0 * x


def classifier(lr=0.5, **given):
    return nnopt.MLPClassifier(**dict(hidden_layer_sizes=(8,), optimizer=nnopt.MiniBatchGD(lr=lr), epochs=5, random_state=0) | given)


FAMILIES = {
    "GD": (nnopt.MiniBatchGD(lr=0.1), dict(x0=[1.0, 2.0], jac=slope)),
    "Adam": (nnopt.Adam(lr=0.1), dict(x0=[1.0, 2.0], jac=slope)),
    "differences": (nnopt.MiniBatchGD(lr=0.1), dict(x0=[1.0, 2.0])),
    "PSO": (nnopt.PSO(population_size=10), dict(bounds=BOX, seed=0)),
    "LBFGS": (LBFGS(), dict(x0=[1.0, 2.0], jac=slope)),
    "Annealing": (Annealing(), dict(bounds=BOX, seed=0)),
}
each_family = pytest.mark.parametrize("family", FAMILIES)


def same(a, b):
    """Whether two runs are the same to the last bit: point, value, history, counts and state."""
    np.testing.assert_array_equal(a.x, b.x)
    assert (a.fun, a.nfev, a.njev, a.nit) == (b.fun, b.nfev, b.njev, b.nit)
    for column in a.history.columns:
        np.testing.assert_array_equal(getattr(a.history, column), getattr(b.history, column), err_msg=column)
    assert a.state.t == b.state.t
    for name in a.state:
        if name not in ("max_evals", "rng", "old"):  # without a seed each run has a generator of its own; old is for tolerances
            np.testing.assert_array_equal(getattr(a.state, name), getattr(b.state, name), err_msg=name)


# ------------------------------------------------------------------------------------ numbers that are no NumPy dtype
@each_family
@pytest.mark.parametrize("number", [Fraction, Decimal, np.float32, np.longdouble, lambda v: np.array([v]), lambda v: [[v]]])
def test_a_value_of_any_class_of_numbers_is_its_float(family, number):
    optimizer, needs = FAMILIES[family]
    same(*(nnopt.minimize(lambda x, f=f: f(number(bowl(x))), optimizer, max_evals=100, **needs)
           for f in (lambda v: v, lambda v: np.array(v, float).item())))  # fmt: skip


def test_penalties_and_boxes_of_more_than_64_bits():
    def penalized(x, penalty):
        return penalty if x[0] < 0.5 else bowl(x)

    runs = [nnopt.minimize(lambda x, p=p: penalized(x, p), nnopt.PSO(), bounds=BOX, max_evals=400, seed=0) for p in (10**20, 1e20)]
    same(*runs)
    assert 0.25 <= runs[0].fun < 0.5
    a, b = (nnopt.minimize(bowl, nnopt.PSO(), bounds=[(0, high)] * 2, max_evals=400, seed=0) for high in (10**20, 1e20))
    same(a, b)


def test_points_gradients_and_numbers_of_any_class():
    a = nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[Decimal("0.5"), Fraction(1)], max_evals=400)
    same(a, nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[0.5, 1.0], max_evals=400))
    for made in (lambda g: [Fraction(v) for v in g], lambda g: [Decimal(v) for v in g], list, lambda g: g.astype(object)):
        b = nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[0.5, 1.0], jac=lambda x, made=made: made(slope(x)), max_evals=40)
        same(b, nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[0.5, 1.0], jac=slope, max_evals=40))
    assert nnopt.MiniBatchGD(lr=Decimal("0.1")) == nnopt.MiniBatchGD(lr=Fraction(1, 10)) == nnopt.MiniBatchGD(lr=0.1)
    one = nnopt.minimize(bowl, nnopt.MiniBatchGD(lr=0.1), x0=1.0, jac=slope, max_evals=20)
    same(one, nnopt.minimize(bowl, nnopt.MiniBatchGD(lr=0.1), x0=[1.0], jac=slope, max_evals=20))
    assert one.x.shape == (1,)


@pytest.mark.parametrize("optimizer", [nnopt.MiniBatchGD(lr=0.1), nnopt.PSO()], ids=["GD", "PSO"])
def test_a_budget_of_any_size(optimizer):
    """10**20 evaluations are more than a run makes, not more than it may."""
    a, b = (nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], max_evals=m, target=1e-3, seed=0) for m in (10**20, 10**6))
    assert a.status == "target"
    same(a, b)


def test_a_box_wider_than_a_float_is_refused():
    with pytest.raises(ValueError, match=r"bounds\[0\] = \(-1e\+308, 1e\+308\) is wider than the largest number, 1.8e308"):
        nnopt.minimize(bowl, nnopt.PSO(), bounds=[(-1e308, 1e308)] * 2)
    widest = nnopt.minimize(lambda x: float(abs(x / 8e307).sum()), nnopt.PSO(), bounds=[(-8e307, 8e307)] * 2, max_evals=4000, seed=0)
    assert widest.fun < 0.1


@pytest.mark.parametrize("stop", [True, np.True_, np.bool_(True)], ids=repr)
def test_a_callback_may_return_the_true_of_numpy(stop):
    assert nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], callback=lambda r: stop).nit == 1


@pytest.mark.parametrize("go_on", [False, np.False_, None, 0, 1, "stop", np.ones(2)], ids=repr)
def test_a_callback_that_returns_anything_else_goes_on(go_on):
    assert nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], callback=lambda r: go_on, max_evals=20).nit == 9


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], jac=True), TypeError, "with jac=True, bowl must return the pair .*, not 1.0"),
        (lambda: nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], jac=lambda x: ["1.0"]), ValueError, r"the gradient of bowl .* \['1.0'\]"),
        (lambda: nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], jac=lambda x: "1"), ValueError, "the gradient of bowl .* '1'"),
        (lambda: nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0], jac=lambda x: slope(x) + 0j), ValueError, r"the gradient of bowl .*2.\+0.j"),
        (lambda: nnopt.minimize(lambda x: bowl(x) + 0j, nnopt.MiniBatchGD(), x0=[1.0]), TypeError, "must be one number, not complex128"),
        (lambda: nnopt.minimize(lambda x: bowl(x) + 0j, nnopt.PSO(), bounds=BOX), TypeError, "must be one number, not complex128"),
        (lambda: nnopt.minimize(bowl, nnopt.MiniBatchGD(), x0=[1.0 + 0j]), ValueError, r"x0 must be .* real numbers, not \[\(1\+0j\)\]"),
        (lambda: nnopt.minimize(bowl, nnopt.PSO(), bounds=np.array(BOX) + 0j), ValueError, "bounds must be .* real numbers, not array"),
        (lambda: nnopt.MiniBatchGD().init(np.ones(2) + 0j), ValueError, "theta must be .* real numbers, not array"),
        (lambda: nnopt.MiniBatchGD().step(nnopt.MiniBatchGD().init([1.0]), [1j]), ValueError, r"grad must be .* real numbers, not \[1j\]"),
        (lambda: sphere(2)([1.0, 1j]), ValueError, r"x must be .* real numbers, not \[1.0, 1j\]"),
        (lambda: quadratic(2, condition=1j), ValueError, "condition must be a number .*, not 1j"),
        (lambda: nnopt.MiniBatchGD(lr=1j), ValueError, "lr must be a number .*, not 1j"),
    ],
)
def test_what_is_no_real_number_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_wall_of_infinity_ends_a_run_by_differences_quietly():
    """inf - inf is none of the user's business."""
    r = nnopt.minimize(lambda x: math.inf if x[0] < 1.0 else bowl(x), nnopt.MiniBatchGD(lr=0.1), x0=[1.5, 2.0], max_evals=300)
    assert r.status == "failed"
    assert r.x[0] >= 1.0
    assert math.isfinite(r.fun)
    assert nnopt.minimize(lambda x: math.inf, nnopt.MiniBatchGD(), x0=[1.0, 2.0], max_evals=30).status == "failed"


# ------------------------------------------------------------------------------------ time
@each_family
def test_a_callback_costs_the_same_at_every_step(family):
    """The history is not copied for each Result: all tables that a run ever had are but a few times as long as the last."""
    optimizer, needs = FAMILIES[family]
    tables = {}

    def keep(r):
        table = r.history._table
        table = table if table.base is None else table.base
        tables[id(table)] = table

    r = nnopt.minimize(bowl, optimizer, max_evals=3000, callback=keep, **needs)
    assert sum(table.nbytes for table in tables.values()) < 4 * tables[max(tables, key=lambda i: len(tables[i]))].nbytes
    assert len(tables) < 12
    assert len(r.history) >= 50


@pytest.mark.parametrize("optimizer", [nnopt.MiniBatchGD(lr=1e-4), nnopt.PSO(population_size=2)], ids=["GD", "PSO"])
def test_eight_times_as_many_steps_take_about_eight_times_as_long(optimizer):
    """In the processor's time, the least of three; a run whose every step copies its history takes up to 64 times as long."""

    def takes(steps):
        spent = []
        for _ in range(3):
            began = time.process_time()
            nnopt.minimize(sphere(2), optimizer, x0=[1.0, 2.0], max_evals=steps, callback=lambda r: None, seed=0)
            spent.append(time.process_time() - began)
        return min(spent)

    takes(100)
    assert takes(16_000) < 3 * 8 * takes(2_000)


# ------------------------------------------------------------------------------------ schedules
def broken(t):
    if t > 3:
        raise RuntimeError("schedule broke")
    return 0.5


@pytest.mark.parametrize(
    "lr, error, message",
    [
        (broken, RuntimeError, "^schedule broke$"),
        (lambda t: 0.5 if t <= 3 else -1.0, ValueError, r"MiniBatchGD: the schedule of lr gave -1.0 for step 4, which is not in \[0, inf\)"),
        (lambda t: 0.5 if t <= 3 else math.nan, ValueError, "GD: the schedule of lr gave nan for step 4"),
        ([0.5, 0.5, 0.5].__getitem__, IndexError, "list index out of range"),
        (lambda t: 1 / (50 - t), ZeroDivisionError, "zero"),  # in the last batch of the last epoch
        (lambda progress: 0.5 if progress < 0.95 else -1.0, ValueError, "MiniBatchGD: the schedule of lr gave -1.0 for step"),
    ],
)
def test_a_schedule_that_fails_within_an_epoch_says_so(lr, error, message):
    made = classifier(lr)
    with pytest.raises(error, match=message):
        made.fit(ROWS, LABELS)
    with pytest.raises(NotFittedError):
        made.predict(ROWS)


def test_a_schedule_of_a_population_that_fails_says_so():
    def inertia(t):
        return 0.7 if t <= 3 else -1.0

    with pytest.raises(ValueError, match=r"PSO: the schedule of w gave -1.0 for step 4, which is not in \[0, inf\)"):
        classifier(optimizer=nnopt.PSO(population_size=5, w=inertia)).fit(ROWS, LABELS)


RATES = {
    "linear to 0": lambda t: 0.1 * (1 - t / 100),
    "cosine to 0": lambda t: 0.05 * (1 + math.cos(math.pi * t / 100)),
    "warm-up from 0": lambda t: 0.1 * min(1, (t - 1) / 10),
    "0 all the time": lambda t: 0,
    "linear to 0, by share": lambda progress: 0.1 * (1 - progress),
    "warm-up from 0, by share": lambda progress: 0.1 * progress,
}


@pytest.mark.parametrize("name", RATES)
def test_rates_may_start_at_0_and_end_at_0(name):
    r = nnopt.minimize(sphere(2), nnopt.MiniBatchGD(lr=RATES[name]), x0=[1.0, 2.0], max_evals=101)
    x, by_share = np.array([1.0, 2.0]), "share" in name
    for t in range(1, 101):
        x = x - RATES[name](t / 101 if by_share else t) * (2.0 * x)
    np.testing.assert_allclose(r.state.theta, x, rtol=1e-12)
    assert (r.success, r.nit) == (True, 100)
    assert nnopt.minimize(sphere(2), nnopt.Adam(lr=RATES[name]), x0=[1.0, 2.0], max_evals=101).success
    assert classifier(RATES[name], epochs=10).fit(ROWS, LABELS).n_iter_ == 10


@pytest.mark.parametrize("optimizer", [nnopt.GD, nnopt.Adam])
def test_what_is_no_schedule_may_not_be_0(optimizer):
    with pytest.raises(ValueError, match=r"lr must be a number in \(0, inf\), not 0"):
        optimizer(lr=0)


def test_a_schedule_of_the_share_is_told_what_was_used_before():
    """Of evaluations, and of batch losses; whatever the class of what is called."""
    asked = []

    def by_share(progress):
        asked.append(progress)
        return 0.5

    class Cosine:
        def __call__(self, progress):
            return by_share(progress)

    for lr in (by_share, Cosine(), lambda progress: by_share(progress)):
        for run, shares in (
            (lambda lr: nnopt.minimize(sphere(2), nnopt.MiniBatchGD(lr=lr), x0=[1.0, 2.0], max_evals=20), [t / 20 for t in range(1, 20)]),
            (lambda lr: nnopt.minimize(bowl, nnopt.MiniBatchGD(lr=lr), x0=[1.0, 2.0], max_evals=30), [3 * t / 30 for t in range(1, 10)]),
            (lambda lr: nnopt.minimize(sphere(2), nnopt.PSO(population_size=5, w=lr), max_evals=50, seed=0), [t / 10 for t in range(10)]),
            (lambda lr: classifier(lr).fit(ROWS, LABELS), [t / 50 for t in range(50)]),
        ):
            asked.clear()
            run(lr)
            np.testing.assert_allclose(sorted(set(asked)), shares, rtol=1e-12, atol=1e-12)
    optimizer, asked[:] = nnopt.MiniBatchGD(lr=by_share), []
    state = optimizer.init([1.0], max_evals=4)
    for _ in range(4):
        state = optimizer.step(state, [0.1])
    assert asked == [0.0, 0.25, 0.5, 0.75]


# ------------------------------------------------------------------------------------ what comes out of a run that breaks off
class Trouble(Exception):
    """The user's own."""


class Terse(Exception):
    """One that takes no attributes."""

    __slots__ = ()

    def __setattr__(self, name, value):
        raise AttributeError(name)


class Failing:
    """An objective that fails when it is called for the n-th time, and counts how often it answered."""

    def __init__(self, n, error):
        self.n, self.error, self.answered, self.least = n, error, 0, math.inf

    def __call__(self, x):
        if self.answered == self.n:
            raise self.error
        self.answered += 1
        self.least = min(self.least, bowl(x))
        return bowl(x)


@each_family
@pytest.mark.parametrize("error", [Trouble("the licence ran out"), ValueError("domain"), ZeroDivisionError("zero")], ids=repr)
def test_an_exception_of_the_objective_comes_out_with_the_result_so_far(family, error):
    optimizer, needs = FAMILIES[family]
    f = Failing(55, error)
    with pytest.raises(type(error)) as caught:
        nnopt.minimize(f, optimizer, max_evals=400, **needs)
    assert caught.value is error
    r = error.result
    assert (r.success, r.status) == (False, "failed")
    assert type(error).__name__ in r.message
    assert str(error) in r.message
    assert r.nfev == f.answered == 55 or (family == "differences" and r.nfev == 54)  # whole gradients
    assert r.fun == bowl(r.x) == f.least or family == "differences"
    assert r.history.nfev[-1] <= r.nfev
    assert np.isfinite(r.history.fun).all()


@each_family
def test_an_exception_of_the_callback_comes_out_with_the_result_so_far(family):
    optimizer, needs = FAMILIES[family]

    def callback(r):
        if r.nit == 7:
            raise Trouble("disk full")

    with pytest.raises(Trouble, match="disk full") as caught:
        nnopt.minimize(bowl, optimizer, max_evals=400, callback=callback, **needs)
    r = caught.value.result
    assert (r.nit, r.status) == (7, "failed")
    assert r.fun == bowl(r.x)


@pytest.mark.parametrize("fun", [sphere(2), bowl], ids=["compiled", "Python"])
@pytest.mark.parametrize("optimizer", [nnopt.MiniBatchGD(lr=broken), nnopt.PSO(population_size=10, w=broken)], ids=["GD", "PSO"])
def test_an_exception_of_a_schedule_comes_out_with_the_result_so_far(fun, optimizer):
    needs = dict(bounds=BOX, seed=0) if isinstance(optimizer, nnopt.PSO) else dict(x0=[1.0, 2.0])
    with pytest.raises(RuntimeError, match="schedule broke") as caught:
        nnopt.minimize(fun, optimizer, max_evals=400, **needs)
    r = caught.value.result
    assert (r.nit, r.status, len(r.history)) == (3, "failed", 3 + ("x0" in needs))
    assert r.fun == bowl(r.x)


def test_an_exception_that_takes_no_attribute_comes_out_all_the_same():
    with pytest.raises(Terse):
        nnopt.minimize(Failing(5, Terse()), nnopt.MiniBatchGD(), x0=[1.0], jac=slope)


@pytest.mark.parametrize("stop", [SystemExit(3), GeneratorExit()], ids=repr)
def test_what_ends_the_program_ends_it(stop):
    with pytest.raises(type(stop)):
        nnopt.minimize(Failing(5, stop), nnopt.MiniBatchGD(), x0=[1.0], jac=slope)


def test_an_exception_of_the_gradient_comes_out_with_the_result_so_far():
    def gradient(x):
        if abs(x[0]) < 0.5:
            raise Trouble("here I have none")
        return slope(x)

    with pytest.raises(Trouble) as caught:
        nnopt.minimize(bowl, nnopt.MiniBatchGD(lr=0.1), x0=[1.0], jac=gradient, max_evals=400)
    assert caught.value.result.fun == bowl(caught.value.result.x)
    assert abs(caught.value.result.x[0]) >= 0.5


@each_family
def test_ctrl_c_keeps_the_count(family):
    optimizer, needs = FAMILIES[family]
    f = Failing(55, KeyboardInterrupt())
    r = nnopt.minimize(f, optimizer, max_evals=400, **needs)
    assert (r.success, r.status, r.message) == (False, "stopped", "interrupted")
    assert r.nfev == f.answered == 55 or (family == "differences" and r.nfev == 54)
    assert r.fun == bowl(r.x)
    assert r.history.nfev[-1] <= r.nfev
    with pytest.raises(KeyboardInterrupt):
        nnopt.minimize(Failing(0, KeyboardInterrupt()), optimizer, max_evals=400, **needs)


def test_ctrl_c_between_compiled_steps_keeps_the_count():
    def lr(t):
        if t == 500:
            signal.raise_signal(signal.SIGINT)
        return 1e-4

    r = nnopt.minimize(sphere(2), nnopt.MiniBatchGD(lr=lr), x0=[1.0, 2.0], max_evals=10_000)
    assert r.status == "stopped"
    assert r.nfev == r.history.nfev[-1] == len(r.history) == r.nit + 1 < 500
    assert r.fun == r.history.best[-1] == sphere(2)(r.x)


@pytest.mark.parametrize("family, at", [("GD", 55), ("Adam", 55), ("LBFGS", 55), ("differences", 30), ("PSO", 50)])
@pytest.mark.parametrize("stop", [Trouble("a moment"), KeyboardInterrupt()], ids=["exception", "Ctrl-C"])
def test_a_run_that_broke_off_goes_on_as_if_it_had_not(family, at, stop):
    """No step is made twice, and no generation, though the next had begun."""
    optimizer, needs = FAMILIES[family]
    again = {key: value for key, value in needs.items() if key == "jac"}
    whole = nnopt.minimize(bowl, optimizer, max_evals=90, **needs)
    try:
        r = nnopt.minimize(Failing(at, stop), optimizer, max_evals=90, **needs)
    except Trouble as error:
        r = error.result
    np.testing.assert_array_equal(r.history.fun, whole.history.fun[: len(r.history)])
    same(nnopt.minimize(bowl, optimizer, start=r, max_evals=90 - at, **again), whole)


def test_a_generation_that_broke_off_is_looked_at_again():
    optimizer, needs = FAMILIES["PSO"]
    whole = nnopt.minimize(bowl, optimizer, max_evals=90, **needs)
    with pytest.raises(Trouble) as caught:
        nnopt.minimize(Failing(55, Trouble("a moment")), optimizer, max_evals=90, **needs)
    rest = nnopt.minimize(bowl, optimizer, start=caught.value.result, max_evals=40)
    np.testing.assert_array_equal(rest.history.fun, whole.history.fun)
    assert rest.nfev == 95  # five of them were looked at twice


@pytest.mark.parametrize("fun", [rastrigin(4), lambda x: bowl(x)], ids=["compiled", "Python"])
def test_a_budget_that_ends_within_a_generation_leaves_it_to_the_run_that_goes_on(fun):
    optimizer, needs = nnopt.PSO(population_size=10), dict(bounds=[(-2, 2)] * 4, seed=3)
    whole = nnopt.minimize(fun, optimizer, max_evals=995, **needs)
    part = nnopt.minimize(fun, optimizer, max_evals=305, **needs)
    assert (part.nfev, whole.nfev) == (300, 990)
    np.testing.assert_array_equal(nnopt.minimize(fun, optimizer, start=part, max_evals=695).history.fun, whole.history.fun)


# ------------------------------------------------------------------------------------ estimators after a fit that broke off
def fails(made, error, message=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(error, match=message):
            made.fit(ROWS, LABELS)


def is_not_fitted(made):
    for call in (made.predict, getattr(made, "predict_proba", made.predict)):
        with pytest.raises(NotFittedError):
            call(ROWS)
    with pytest.raises(NotFittedError):
        check_is_fitted(made)  # as scikit-learn's own tools ask
    assert not {"theta_", "loss_curve_", "network_", "n_iter_"} & vars(made).keys()


@pytest.mark.parametrize("lr", [1e30, lambda t: 0.01 if t <= 25 else 1e30], ids=["in epoch 1", "in epoch 3"])
@pytest.mark.parametrize("refit", [False, True], ids=["fit", "refit"])
@pytest.mark.parametrize("cls", [nnopt.MLPClassifier, nnopt.MLPRegressor])
def test_after_a_fit_that_diverged_nothing_is_predicted(cls, lr, refit):
    made = cls((8,), optimizer=nnopt.MiniBatchGD(lr=0.01), epochs=5, random_state=0)
    if refit:
        made.fit(ROWS, LABELS).predict(ROWS)
    made.set_params(optimizer=nnopt.MiniBatchGD(lr=lr))
    fails(made, ValueError, "diverged in epoch")
    is_not_fitted(made)
    assert made.set_params(optimizer=nnopt.MiniBatchGD(lr=0.01)).fit(ROWS, LABELS).score(ROWS, LABELS) > 0.1


def test_after_a_fit_that_was_refused_nothing_is_predicted():
    made = classifier().fit(ROWS, LABELS)
    with pytest.raises(ValueError, match="NaN"):
        made.fit(ROWS * np.nan, LABELS)
    is_not_fitted(made)
    made = classifier().fit(ROWS, LABELS).set_params(epochs=0)
    fails(made, ValueError, "epochs must be")
    is_not_fitted(made)


def interrupting(step, rate=0.5):
    """A rate during which the user presses Ctrl-C."""
    asked = []

    def lr(t):
        asked.append(t)
        if t == step:
            signal.raise_signal(signal.SIGINT)
        return rate

    return lr


@pytest.mark.parametrize("refit", [False, True], ids=["fit", "refit"])
def test_after_ctrl_c_the_last_whole_epoch_predicts(refit):
    made = classifier(0.1).fit(ROWS, LABELS) if refit else classifier()
    made.set_params(optimizer=nnopt.MiniBatchGD(lr=interrupting(35)), epochs=50)
    with pytest.warns(UserWarning, match="training was interrupted after epoch 3"):
        made.fit(ROWS, LABELS)
    whole = classifier(epochs=3).fit(ROWS, LABELS)
    np.testing.assert_array_equal(made.theta_, whole.theta_)
    assert (made.loss_curve_, made.n_iter_) == (whole.loss_curve_, 3)
    np.testing.assert_array_equal(made.predict(ROWS), whole.predict(ROWS))


@pytest.mark.parametrize("refit", [False, True], ids=["fit", "refit"])
def test_after_ctrl_c_in_the_first_epoch_nothing_is_predicted(refit):
    made = classifier(0.1).fit(ROWS, LABELS) if refit else classifier()
    made.set_params(optimizer=nnopt.MiniBatchGD(lr=interrupting(5)))
    with pytest.raises(KeyboardInterrupt):
        made.fit(ROWS, LABELS)
    is_not_fitted(made)


# ------------------------------------------------------------------------------------ the threads of BLAS
def blas(threads=None):
    """The numbers of threads of the BLAS libraries, which may be set."""
    if threads:  # by a thread that ends, since threadpoolctl lets only one that lives set them

        def give():
            for library, number in zip(ThreadpoolController().select(user_api="blas").lib_controllers, threads, strict=True):
                library.set_num_threads(number)

        giver = threading.Thread(target=give)
        giver.start()
        giver.join()
    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]


@pytest.fixture
def three_threads():
    """BLAS with three threads, on a machine of any size."""
    classifier(epochs=1).fit(ROWS, LABELS)
    before = blas()
    yield blas([3] * len(before))
    assert blas(before) == before


@pytest.mark.parametrize("pooled", [False, True], ids=["threads that end", "threads of a pool, that stay"])
def test_two_fits_at_once_leave_blas_its_threads(three_threads, pooled):
    """Of two runs that overlap, the first to begin ends first."""
    began, other_began, ended, seen = threading.Event(), threading.Event(), threading.Event(), []

    def first(t):
        began.set()
        assert other_began.wait(60)
        seen.append(blas())
        return 0.1

    def second(t):
        other_began.set()
        assert ended.wait(60)
        seen.append(blas())
        return 0.1

    with ThreadPoolExecutor(2) if pooled else contextlib.nullcontext() as pool:
        runs = []
        for lr in (first, second):
            fit = functools.partial(classifier(lr, epochs=1).fit, ROWS, LABELS)
            runs.append(pool.submit(fit) if pooled else threading.Thread(target=fit))
            if not pooled:
                runs[-1].start()
            assert began.wait(60)
        for run in runs:
            run.result() if pooled else run.join()
            ended.set()
        assert blas() == three_threads
    assert len(seen) == 20
    assert {count for counts in seen for count in counts} == {1}


@pytest.mark.parametrize(
    "lr, error",
    [(broken, RuntimeError), (1e30, ValueError), (interrupting(5), KeyboardInterrupt)],
    ids=["schedule", "diverged", "Ctrl-C"],
)
def test_a_fit_that_failed_leaves_blas_its_threads(three_threads, lr, error):
    fails(classifier(lr), error)
    assert blas() == three_threads


@pytest.mark.parametrize("failing", [False, True], ids=["to the end", "stopped by an error"])
def test_minimize_holds_blas_to_one_thread_on_a_sum_over_rows_only(three_threads, failing):
    seen = []

    def lr(t):
        seen.append(set(blas()))
        if failing and len(seen) == 3:
            raise RuntimeError("no more")
        return 0.1

    with contextlib.suppress(RuntimeError):
        nnopt.minimize(least_squares(ROWS, ROWS @ np.arange(4.0)), nnopt.MiniBatchGD(lr=lr), x0=np.zeros(4), max_evals=10, batch_size=32, seed=0)
    assert len(seen) >= 3 and all(counts == {1} for counts in seen)
    assert blas() == three_threads
    seen.clear()
    with contextlib.suppress(RuntimeError):
        nnopt.minimize(bowl, nnopt.GD(lr=lr), x0=[0.0, 1.0], max_evals=10)
    assert seen and all(counts == set(three_threads) for counts in seen)


# ------------------------------------------------------------------------------------ powers
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999, 0.999999])
def test_the_total_weight_is_exact(beta):
    """1 - beta**t to 1e-13, against 60 digits."""
    for t in (1, 2, 3, 7, 10, 99, 1000, 12_345, 10**5, 10**6, 10**7):
        with localcontext() as context:
            context.prec = 60
            exact = 1 - Decimal(beta) ** t
            assert abs(Decimal(total_weight(beta, t)) / exact - 1) < Decimal("1e-13"), t


def test_adam_corrects_its_bias_exactly_however_late():
    """A constant gradient of 1, at step t: both averages, divided by their weights, are 1."""
    optimizer = nnopt.Adam(lr=1.0, beta1=0.9999, beta2=0.999999)
    for t in (10, 10**4, 10**6):
        state = optimizer.init([0.0])
        with localcontext() as context:
            context.prec = 60
            state.m, state.v = (float(1 - Decimal(beta) ** t) for beta in (optimizer.beta1, optimizer.beta2))
        state.t = t
        assert optimizer.step(state, [1.0]).theta[0] == pytest.approx(-1.0, rel=1e-7)
        state.m = state.v = 0.0
        state.t = 0
        assert optimizer.step(state, [1.0]).theta[0] == pytest.approx(-1.0, rel=1e-7)


def powers_of_integers(function):
    """Where a kernel raises something to a power in which an integer argument stands: ``beta**t`` loses t * 1e-16."""
    integers = {name for name, space in parameters(function).items() if getattr(space, "name", "") == "N" and not space.shape}
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(python(function))))
    found = []
    for node in ast.walk(tree):
        called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        power = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) else None
        power = node.value if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Pow) else power
        power = node.args[-1] if called in ("pow", "power", "float_power") else power
        if power is not None and integers & {name.id for name in ast.walk(power) if isinstance(name, ast.Name)}:
            found.append(ast.unparse(node))
    return found


def all_kernels():
    """Every kernel of the library by its name, in the browser or not."""
    from nnopt.web.build import SKIPPED, kernels, modules

    found = {f"{f.__module__}.{name}": f for section in modules() for name, f in kernels(section).items()}
    for info in pkgutil.walk_packages(nnopt.__path__, "nnopt."):
        if not info.name.startswith(SKIPPED):
            named = vars(importlib.import_module(info.name)).items()
            found |= {f"{f.__module__}.{name}": f for name, f in named if isinstance(f, Kernel)}
    return found


def test_no_kernel_raises_anything_to_the_power_of_an_integer_argument():
    found = all_kernels()
    assert {"nnopt.gradient.adam.adam", "nnopt._loop.advance", "nnopt.training.backpropagation.network_value"} <= found.keys()
    assert {name: powers for name, f in found.items() if (powers := powers_of_integers(f))} == {}


@kernel
def cooled(x: R[d], t: N, lr: R, beta: R) -> R:
    """What the lint is to find, and what not."""
    lr *= x[0] ** 2 + 2.0**beta
    lr **= t
    return lr * beta ** (t + 1) + pow(beta, t) + np.power(beta, -t) + math.exp(t)


def test_the_lint_finds_powers():
    assert set(powers_of_integers(cooled)) == {"lr **= t", "beta ** (t + 1)", "pow(beta, t)", "np.power(beta, -t)"}


# ------------------------------------------------------------------------------------ a run that goes on, and the same run again
GOES_ON = {
    "GD": (rosenbrock(3), nnopt.MiniBatchGD(lr=1e-3), dict(x0=[-1.2, 1.0, 0.5])),
    "GD, Python": (lambda x: bowl(x), nnopt.MiniBatchGD(lr=1e-3), dict(x0=[-1.2, 1.0, 0.5], jac=slope)),
    "GD, differences": (lambda x: bowl(x), nnopt.MiniBatchGD(lr=1e-3), dict(x0=[1.0])),
    "GD, clipped": (rosenbrock(3), nnopt.MiniBatchGD(lr=1e-3, before=(nnopt.Clip(1.0), nnopt.Decay(0.1))), dict(x0=[-1.2, 1.0, 0.5])),
    "GD, by a schedule": (rosenbrock(3), nnopt.MiniBatchGD(lr=lambda t: 1e-2 / t), dict(x0=[-1.2, 1.0, 0.5])),
    "Adam": (rosenbrock(3), nnopt.Adam(lr=0.02), dict(x0=[-1.2, 1.0, 0.5])),
    "PSO": (rastrigin(4), nnopt.PSO(population_size=10), dict(seed=3)),
    "PSO, Python": (lambda x: bowl(x), nnopt.PSO(population_size=10), dict(bounds=BOX, seed=3)),
}


@pytest.mark.parametrize("name", GOES_ON)
def test_a_run_that_goes_on_is_the_run_in_one_go(name):
    fun, optimizer, needs = GOES_ON[name]
    again = {key: value for key, value in needs.items() if key == "jac"}
    whole = nnopt.minimize(fun, optimizer, max_evals=1000, **needs)
    part = nnopt.minimize(fun, optimizer, max_evals=300, **needs)
    before = repr(part.state), part.history.fun.tolist(), part.x.tolist()
    rest = nnopt.minimize(fun, optimizer, start=part, max_evals=700, **again)
    same(rest, whole)
    assert rest.nfev == 1000
    assert (repr(part.state), part.history.fun.tolist(), part.x.tolist()) == before
    parts = part
    for more in (10, 190, 500):
        parts = nnopt.minimize(fun, optimizer, start=parts, max_evals=more, **again)
    same(parts, whole)


def test_a_run_that_was_stopped_goes_on():
    problem, optimizer = rosenbrock(2), nnopt.Adam(lr=0.02)
    whole = nnopt.minimize(problem, optimizer, x0=[-1.2, 1.0], max_evals=500)
    part = nnopt.minimize(problem, optimizer, x0=[-1.2, 1.0], max_evals=500, callback=lambda r: r.nit == 123)
    assert part.status == "stopped"
    same(nnopt.minimize(problem, optimizer, start=part, max_evals=500 - part.nfev), whole)
    for given in (dict(target=3.0), dict(gtol=5.0), dict(ftol=1e-2), dict(xtol=1e-2)):
        part = nnopt.minimize(problem, optimizer, x0=[-1.2, 1.0], max_evals=500, **given)
        assert 5 < part.nfev < 500
        same(nnopt.minimize(problem, optimizer, start=part, max_evals=500 - part.nfev), whole)


def test_the_same_seed_gives_the_same_bits():
    sums = least_squares(ROWS, ROWS @ np.arange(4.0))
    for run in (
        lambda seed: nnopt.minimize(rastrigin(5), nnopt.PSO(), max_evals=2000, seed=seed),
        lambda seed: nnopt.minimize(bowl, nnopt.PSO(), bounds=BOX, max_evals=400, seed=seed),
        lambda seed: nnopt.minimize(sums, nnopt.MiniBatchGD(lr=0.1), x0=np.zeros(4), max_evals=100, batch_size=32, seed=seed),
        lambda seed: nnopt.minimize(sums, nnopt.PSO(), bounds=[(-3, 3)] * 4, max_evals=400, batch_size=32, seed=seed),
        lambda seed: nnopt.minimize(rastrigin(2), Annealing(), max_evals=2000, seed=seed),
    ):
        a, b, c = run(0), run(0), run(1)
        same(a, b)
        assert a.state.rng == b.state.rng
        assert a.x.tolist() != c.x.tolist()
    runs = [nnopt.minimize(rastrigin(5), nnopt.PSO(), max_evals=400, seed=s) for s in (7, np.int64(7), np.random.default_rng(7))]
    same(*runs[:2])
    same(*runs[1:])


# ------------------------------------------------------------------------------------ how runs end
def go(fun, optimizer, **given):
    needs = dict(seed=0) if isinstance(optimizer, nnopt.PSO) else dict(x0=[1.0, 2.0])
    return nnopt.minimize(fun, optimizer, **dict(max_evals=2000) | needs | given)


GD, PSO = nnopt.MiniBatchGD(lr=0.1), nnopt.PSO(population_size=10)


@pytest.mark.parametrize(
    "run, status, success, message",
    [
        (lambda: go(sphere(2), GD, target=1e-3), "target", True, "target reached"),
        (lambda: go(sphere(2), PSO, target=1e-3), "target", True, "target reached"),
        (lambda: go(sphere(2), GD, target=1e-3, gtol=1e-9), "target", True, "target reached"),
        (lambda: go(sphere(2), GD, gtol=1e-3), "converged", True, "converged: gtol = 0.001"),
        (lambda: go(sphere(2), GD, ftol=1e-4), "converged", True, "converged: ftol = 0.0001"),
        (lambda: go(sphere(2), GD, xtol=1e-5), "converged", True, "converged: xtol = 1e-05"),
        (lambda: go(sphere(2), GD, gtol=1e-3, target=-1.0), "converged", True, "converged: gtol = 0.001"),
        (lambda: go(sphere(2), GD, gtol=10.0), "converged", True, "converged: gtol = 10"),
        (lambda: go(sphere(2), PSO, ftol=1e-3), "converged", True, "converged: ftol = 0.001"),
        (lambda: go(sphere(2), PSO, xtol=1e-3), "converged", True, "converged: xtol = 0.001"),
        (lambda: go(sphere(2), LBFGS(), gtol=1e-6), "converged", True, "converged: gtol = 1e-06"),
        (lambda: go(sphere(2), GD, max_evals=20), "budget", True, "evaluations used up"),
        (lambda: go(sphere(2), PSO, max_evals=25), "budget", True, "evaluations used up"),
        (lambda: go(sphere(2), GD, max_evals=20, gtol=1e-9), "budget", True, "evaluations used up"),
        (lambda: go(sphere(2), GD, max_evals=5, target=1e-9), "budget", False, "evaluations used up before the target was reached"),
        (lambda: go(sphere(2), PSO, max_evals=20, target=-1.0), "budget", False, "evaluations used up before the target was reached"),
        (lambda: go(sphere(2), GD, callback=lambda r: r.nit == 3), "stopped", False, "stopped by the callback"),
        (lambda: go(sphere(2), PSO, callback=lambda r: r.nit == 3), "stopped", False, "stopped by the callback"),
        (lambda: go(Failing(30, KeyboardInterrupt()), GD), "stopped", False, "interrupted"),
        (lambda: go(sphere(2), nnopt.MiniBatchGD(lr=10.0), max_evals=10_000), "failed", False, "the value after step .* is inf, not finite"),
        (lambda: go(lambda x: math.nan, GD), "failed", False, "the value at the start is nan, not finite"),
        (lambda: go(lambda x: math.nan, PSO, bounds=BOX), "failed", False, "no finite value was found"),
        (lambda: go(lambda x: -math.inf, PSO, bounds=BOX), "failed", False, "no finite value was found"),
    ],
)
def test_each_ending_has_its_status(run, status, success, message):
    r = run()
    assert (r.status, r.success) == (status, success)
    assert re.fullmatch(message, r.message)
    assert type(r.success) is bool
    assert status == "failed" or r.history.best[-1] == r.fun


def test_tolerances_mean_what_they_say():
    """gtol at the point, ftol and xtol of the last step: met there, and not before."""
    for name in ("gtol", "ftol", "xtol"):
        points = []
        r = go(rosenbrock(2), nnopt.MiniBatchGD(lr=1e-3), max_evals=20_000, callback=lambda r, points=points: points.append(r.x), **{name: 1e-2})
        points, fun = np.array([[1.0, 2.0], *points]), r.history.fun
        slopes = np.array([rosenbrock(2).grad(x) for x in points])
        changes = dict(gtol=slopes, ftol=np.diff(fun)[:, None], xtol=np.diff(points, axis=0))
        met = abs(changes[name]).max(axis=1) <= 1e-2
        assert (r.status, met[-1], met[:-1].any()) == ("converged", True, False)
    r = go(rastrigin(2), PSO, xtol=1e-2)
    assert (r.history.diversity[:-1] > 1e-2).all()
    assert r.history.diversity[-1] <= 1e-2


# ------------------------------------------------------------------------------------ the history
@pytest.mark.parametrize(
    "fun, optimizer, needs, columns, counts",
    [
        (sphere(2), nnopt.MiniBatchGD(lr=0.1), dict(x0=[1.0, 2.0]), "nfev njev fun best", 1),
        (bowl, nnopt.Adam(), dict(x0=[1.0, 2.0]), "nfev njev fun best", 3),
        (sphere(2), LBFGS(), dict(x0=[1.0, 2.0]), "nfev njev fun best", None),
        (sphere(2), nnopt.PSO(population_size=7), dict(seed=0), "nfev fun best diversity", 7),
        (sphere(2), Annealing(), dict(seed=0), "nfev nmoves fun best", None),
        (tsp(np.random.default_rng(0).random((9, 2))), Annealing(), dict(seed=0), "nfev nmoves fun best", None),
    ],
    ids=["GD", "differences", "search", "population", "walk", "tours"],
)
def test_the_history_has_the_columns_of_its_family(fun, optimizer, needs, columns, counts):
    r = nnopt.minimize(fun, optimizer, max_evals=200, **needs)
    names = columns.split()
    assert list(r.history.columns) == names
    assert dir(r.history) == sorted(names)
    for name in names:
        column = getattr(r.history, name)
        assert column.shape == (len(r.history),)
        assert column.dtype == (np.int64 if name in ("nfev", "njev", "nmoves") else np.float64)
        column[:] = 0  # a copy: what the run recorded stays
    for name in {"nfev", "njev", "nmoves", "fun", "best", "diversity", "loss", "_x"} - {*names}:
        with pytest.raises(AttributeError):
            getattr(r.history, name)
    assert r.history.nfev[-1] == r.nfev <= 200
    assert (np.diff(r.history.nfev) > 0).all() or "nmoves" in names
    assert counts is None or set(np.diff(r.history.nfev)) == {counts}
    assert (np.diff(r.history.best) <= 0).all()
    assert r.history.best[-1] == r.fun
    assert (r.history.best <= r.history.fun).all()
    assert ("njev" in names) == (r.njev > 0)
    assert "nmoves" not in names or r.history.nmoves[-1] == r.nmoves > 0
    assert all(name in repr(r.history) for name in names)


@kernel
def add_noise(grad: R[d], m: R[d], share: R):
    """A part that keeps memory."""
    for i in range(grad.size):
        m[i] = grad[i]
        grad[i] += share * m[i]


@dataclass(frozen=True)
class Echo(Part, kernel=add_noise):
    """Keeps an array that Adam keeps, too."""

    share: NonNegative = 0.1


def test_two_parts_never_share_their_memory():
    assert nnopt.MiniBatchGD(before=Echo()).init([1.0]).m.tolist() == [0.0]
    with pytest.raises(TypeError, match=r"(Adam|Echo) and (Adam|Echo) would share their memory m|both keep m"):
        nnopt.Adam(before=Echo())
