"""Compiled code trusts its arguments, so the doors must not: each gives the right number or one sentence, and never a crash.

Every call that may go wrong is made in a child of this process: what crashes there, or writes outside its memory, is an outcome
like any other.
"""

import contextlib
import copy
import functools
import os
import pickle
import re
import warnings
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hard_shapes import LSHADE, TourSA, tour_length
from scipy.optimize import Bounds, OptimizeResult
from scipy.sparse import csr_array

import nnopt
from nnopt._jit import B, N, R, Random, d, kernel, n, put
from nnopt.optimizer import PopulationMethod
from nnopt.problems import Problem, least_squares, logistic, quadratic, rosenbrock, sphere
from nnopt.random import below


# ------------------------------------------------------------------------------------ what came of it
def outcomes(calls):
    """("value", v), ("error", class, message) or ("crash", signal) of each call, made in a child of this process; after a crash
    another child goes on."""
    found = []
    while len(found) < len(calls):
        here, there = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of threads, of which BLAS has some
            child = os.fork()
        if not child:
            try:
                with os.fdopen(there, "wb", buffering=0) as pipe:
                    for call in calls[len(found) :]:
                        try:
                            made = pickle.dumps(("value", call()))
                        except BaseException as error:
                            made = pickle.dumps(("error", type(error), str(error)))
                        pipe.write(made)
            finally:
                os._exit(0)
        os.close(there)
        with os.fdopen(here, "rb") as pipe, contextlib.suppress(EOFError):
            while True:
                found.append(pickle.load(pipe))
        if signal := os.waitpid(child, 0)[1]:
            found.append(("crash", signal))
    return found[: len(calls)]


def outcome(call):
    """Of one call."""
    return outcomes([call])[0]


def complaint(found, name=""):
    """What is wrong with a refusal, or None: it should be one sentence, short enough to be read, that names the argument."""
    if found[0] != "error":
        return found
    _, error, message = found
    fits = issubclass(error, (ValueError, TypeError)) and "\n" not in message and 0 < len(message) < 500
    return None if fits and re.search(rf"(?<!\w){name}(?!\w)", message) else found


def refused(calls, message):
    """Assert that a call, or each of several by their names, is refused by one sentence that ``message`` matches."""
    calls = calls if isinstance(calls, dict) else {"": calls}
    wrong = {}
    for name, found in zip(calls, outcomes([*calls.values()]), strict=True):
        if complaint(found) or not re.search(message, found[2]):
            wrong[name] = found
    assert not wrong


def each(function, values):
    """Name -> the call of ``function`` for a value."""
    return {repr(value): functools.partial(function, value) for value in values}


# ------------------------------------------------------------------------------------ what users have
# Other dresses of an array of zeros and ones: the same numbers, whatever holds them.
DRESSES = {
    "a list": lambda a: a.tolist(),
    "a tuple": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else tuple(a.tolist()),
    "int64": lambda a: a.astype(np.int64),
    "int8": lambda a: a.astype(np.int8),
    "bool": lambda a: a.astype(bool),
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "long double": lambda a: a.astype(np.longdouble),
    "the other byte order": lambda a: a.astype(">f8"),
    "objects": lambda a: a.astype(object),
    "fractions": lambda a: np.array([Fraction(int(v)) for v in a.ravel()]).reshape(a.shape),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "a column": lambda a: np.repeat(a[..., None], 2, axis=-1)[..., 0],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "Fortran": np.asfortranarray,
    "unaligned": lambda a: np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape),
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
}
# What is no array of real numbers.
STRANGE = {
    "text": lambda a: a.astype(str),
    "a word": lambda a: "word",
    "bytes": lambda a: a.astype(bytes),
    "objects that are text": lambda a: a.astype(str).astype(object),
    "complex": lambda a: a + 0j,
    "complex objects": lambda a: (a + 0j).astype(object),
    "complex and not": lambda a: [1j, *a.tolist()[1:]],
    "nothing": lambda a: None,
    "objects that are nothing": lambda a: np.full(a.shape, None),
    "ragged": lambda a: [[1.0], [1.0, 0.0], 1.0],
    "dates": lambda a: a.astype("datetime64[s]"),
    "records": lambda a: np.zeros(a.shape, "f8,f8"),
    "a dict": lambda a: dict(a=1),
    "a set": lambda a: {1, 2},
    "sparse": lambda a: csr_array(np.atleast_2d(a)),
    "a masked entry": lambda a: np.ma.array(a, mask=np.arange(a.size).reshape(a.shape) == 0),
    "beyond a float": lambda a: np.array([10**400] * a.size).reshape(a.shape),
    "one dimension more": lambda a: a[None],
    "an optimizer": lambda a: nnopt.GD(),
}
# What has another length.
LENGTHS = {
    "empty": lambda a: a[:0],
    "too short": lambda a: a[:-1],
    "too long": lambda a: np.concatenate([a, a[:1]]),
    "one dimension less": lambda a: a[..., 0],
}
UNBOUNDED = {"NaN": lambda a: np.where(np.arange(a.size).reshape(a.shape) == 0, np.nan, a), "inf": lambda a: a / 0.0}

DOORS = {}


def door(name, array, *kinds):
    """Register a function of one array: what its sentences call it, an array that fits, and what else is refused."""

    def register(function):
        DOORS[function.__name__] = function, name, np.array(array, float), kinds
        return function

    return register


@kernel
def weighed(x: R[d], c: R[d], A: R[d, d], i: N[d]) -> R:
    """Something of arrays in every annotation."""
    total = 0.0
    for a in range(x.size):
        total += i[a] + c[a] * x[a]
        for b in range(x.size):
            total += (a + 2.0 * b) * A[a, b]
    return total


@kernel
def ones(x: B[d]) -> R:
    """How many ones, counted by their places."""
    total = 0.0
    for j in range(x.size):
        total += (j + 1.0) * x[j]
    return total


@kernel
def flip(X: B[n, d], x: B[d], rng: Random):
    """A neighbour of x."""
    put(X[0], x)
    j = below(rng, x.size)
    X[0, j] = 1 - X[0, j]


@kernel
def keep(X: B[n, d], f: R[n], x: B[d], fx: R[1], t: N):
    """The better of the two."""
    if t == 0 or f[0] <= fx[0]:
        fx[0] = f[0]
        put(x, X[0])


@dataclass(frozen=True)
class Flips(PopulationMethod, ask=flip, tell=keep):
    """Bits, flipped one by one."""


ADAM, GD, PSO = nnopt.Adam(lr=0.1), nnopt.GD(lr=0.1), nnopt.PSO(population_size=3)
TOURS, FLIPS = TourSA(), Flips()
MATRIX = [[1, 0, 1], [0, 1, 1], [1, 1, 0]]
BOX = [[0, 1]] * 3
LOSS = nnopt.CrossEntropy()
NET = nnopt.Network(nnopt.Dense(2), nnopt.ReLU(), nnopt.Dense(2), input=3, loss=LOSS)
THETA = np.linspace(-1, 1, 14)
DISTANCES = np.arange(4.0).reshape(2, 2)


def bowl(x):
    return float(((x - 0.5) ** 2).sum())


def arrays(**given):
    return Problem("weighed", weighed, arrays=dict(c=[1, 0, 1], A=MATRIX, i=[1, 0, 1]) | given)([1.0, 2.0, 3.0])


def first(method, box=BOX, **more):
    """A state that asked, and what it asked for."""
    return method.ask(method.init(box, seed=0, **more))


@door("c", [1, 0, 1], LENGTHS)
def problem_vector(a):
    return arrays(c=a)


@door("A", MATRIX, LENGTHS)
def problem_matrix(a):
    return arrays(A=a)


@door("i", [1, 0, 1], LENGTHS, UNBOUNDED, {"a half": lambda a: a / 2})
def problem_integers(a):
    return arrays(i=a)


@door("D", [[0, 1], [1, 0]], LENGTHS)
def problem_of_tours(a):
    return Problem("tour", tour_length, arrays=dict(D=a))([1, 0])


@door("c", [1, 0, 1], {"one dimension more": None})  # which Python's functions may take
def problem_in_python(a):
    return Problem("dot", lambda x, c: float(c @ x), arrays=dict(c=a))([1.0, 2.0, 3.0])


@door("x|vector", [1, 0, 1], LENGTHS)
def problem_call(a):
    return quadratic(3)(a)


@door("x|vector", [1, 0, 1], LENGTHS)
def problem_grad(a):
    return quadratic(3).grad(a)


PERMUTED = {"twice the same": lambda a: 0 * a, "no such city": lambda a: a + 1, "halves": lambda a: a + 0.5}
NO_BITS = {"two": lambda a: 2 * a, "minus one": lambda a: -a, "a half": lambda a: a / 2}


@door("x|vector", [1, 0], LENGTHS, UNBOUNDED, PERMUTED)
def problem_call_of_a_tour(a):
    return Problem("tour", tour_length, None, 2, arrays=dict(D=DISTANCES))(a)


@door("x|vector", [1, 0, 1], LENGTHS, UNBOUNDED, NO_BITS)
def problem_call_of_bits(a):
    return Problem("ones", ones, None, 3)(a)


@door("x0|vector|start", [1, 0, 1], LENGTHS, UNBOUNDED)
def minimize_x0(a):
    return nnopt.minimize(sphere(3), ADAM, x0=a, max_evals=5).x


@door("x0|theta|vector|start", [1, 0, 1], UNBOUNDED, {"empty": LENGTHS["empty"]})
def minimize_x0_in_python(a):
    return nnopt.minimize(bowl, ADAM, x0=a, max_evals=12).x


@door("x0|vector", [1, 0, 1], LENGTHS, UNBOUNDED, {"outside": lambda a: a + 1, "nothing": None})
def minimize_x0_of_a_population(a):
    return nnopt.minimize(bowl, PSO, x0=a, bounds=BOX, max_evals=12, seed=0).x


@door("x0|vector", [1, 0], LENGTHS, UNBOUNDED, PERMUTED, {"nothing": None})
def minimize_x0_of_a_tour(a):
    tour = Problem("tour", tour_length, None, 2, BOX[:2], arrays=dict(D=DISTANCES))
    return nnopt.minimize(tour, TOURS, x0=a, max_evals=3, seed=0).x


@door("bounds", BOX, LENGTHS, UNBOUNDED, {"nothing": None, "upside down": lambda a: a[:, ::-1], "no width": lambda a: 0 * a})
def minimize_bounds(a):
    return nnopt.minimize(Problem("bowl", bowl, dim=3), PSO, bounds=a, max_evals=12, seed=0).x


@door("the gradient of bowl", [1, 0, 1], LENGTHS)
def minimize_jac(a):
    return nnopt.minimize(bowl, GD, x0=[1, 2, 3], jac=lambda x: a, max_evals=3).x


@door("the gradient of pair", [1, 0, 1], LENGTHS)
def minimize_jac_true(a):
    def pair(x):
        return bowl(x), a

    return nnopt.minimize(pair, GD, x0=[1, 2, 3], jac=True, max_evals=3).x


@door("theta", [1, 0, 1], UNBOUNDED, {"empty": LENGTHS["empty"]})
def gradient_init(a):
    return np.array(ADAM.init(a).theta, float)


@door("grad", [1, 0, 1], LENGTHS, UNBOUNDED)
def gradient_step(a):
    return ADAM.step(ADAM.init([1.0, 2.0, 3.0]), a).theta


@door("grad", [1, 0, 1], LENGTHS, UNBOUNDED, {"beyond float32": lambda a: a * 1e300})
def gradient_step_in_float32(a):
    return ADAM.step(ADAM.init(np.ones(3, np.float32)), a).theta


@door("bounds", BOX, UNBOUNDED, {"one dimension less": LENGTHS["one dimension less"], "empty": LENGTHS["empty"]})
def population_init(a):
    return first(PSO, a)[1]


@door("x0", [1, 0, 1], LENGTHS, UNBOUNDED, {"outside": lambda a: -a, "nothing": None})
def population_init_x0(a):
    return first(PSO, x0=a)[1]


@door("x0", [1, 0], LENGTHS, UNBOUNDED, PERMUTED, {"nothing": None})
def population_init_x0_of_a_tour(a):
    return first(TOURS, BOX[:2], points="permutations", x0=a)[1]


@door("x0", [1, 0, 1], LENGTHS, UNBOUNDED, NO_BITS, {"nothing": None})
def population_init_x0_of_bits(a):
    return first(FLIPS, points="bits", x0=a)[1]


@door("X", MATRIX, LENGTHS, UNBOUNDED)
def population_tell(a):
    return PSO.tell(first(PSO)[0], a, [3.0, 2.0, 1.0]).P


@door("X", [[1, 0]], LENGTHS, UNBOUNDED, PERMUTED)
def population_tell_a_tour(a):
    return TOURS.tell(first(TOURS, BOX[:2], points="permutations")[0], a, [1.0]).tour


@door("X", [[1, 0, 1]], LENGTHS, UNBOUNDED, NO_BITS)
def population_tell_bits(a):
    return FLIPS.tell(first(FLIPS, points="bits")[0], a, [1.0]).x


@door("fitness", [1, 0, 1], LENGTHS)
def population_tell_fitness(a):
    return PSO.tell(*first(PSO), a).fP


@door("X", MATRIX, LENGTHS, UNBOUNDED)
def least_squares_X(a):
    return least_squares(a, [1.0, 2.0, 3.0])([1.0, 2.0, 3.0])


@door("y", [1, 0, 1], LENGTHS, UNBOUNDED)
def least_squares_y(a):
    return least_squares(MATRIX, a)([1.0, 2.0, 3.0])


@door("X", MATRIX, LENGTHS, UNBOUNDED)
def logistic_X(a):
    return logistic(a, [0, 1, 1])([1.0, 2.0, 3.0])


@door("X", MATRIX, LENGTHS, UNBOUNDED)
def network_X(a):
    return network_loss(a, [[1, 0], [0, 1], [1, 0]])(THETA)


@door("X", MATRIX, LENGTHS, UNBOUNDED, {"beyond float32": lambda a: a * 1e300})
def network_X_in_float32(a):
    return network_loss(a, [[1, 0], [0, 1], [1, 0]], "float32")(THETA)


@door("Y", [[1, 0], [0, 1], [1, 0]], {what: make for what, make in LENGTHS.items() if what != "one dimension less"}, UNBOUNDED)
def network_Y(a):
    return network_loss(MATRIX, a)(THETA)


def dressed(dress, array):
    """An array in another dress; of integers that are no zeros and ones, not as bool."""
    return DRESSES[dress](array) if dress != "bool" or (array <= 1).all() else array.astype(int)


@pytest.mark.parametrize("name", DOORS)
def test_the_same_numbers_in_another_dress_give_the_same(name):
    function, _, array, _ = DOORS[name]
    right = function(array)
    found = outcomes([lambda dress=dress: function(dressed(dress, array)) for dress in DRESSES])
    assert not {dress: f for dress, f in zip(DRESSES, found, strict=True) if f[0] != "value" or not np.array_equal(f[1], right)}


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.filterwarnings("error")
def test_what_is_no_array_of_real_numbers_is_one_sentence(name):
    function, called, array, kinds = DOORS[name]
    function(array)  # compiled here, not in the children
    strange = functools.reduce(dict.__or__, kinds, STRANGE)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = {what: make(array) for what, make in strange.items() if make is not None}
    found = outcomes([functools.partial(function, given) for given in made.values()])
    assert not {what: f for what, f in zip(made, found, strict=True) if complaint(f, f"(?:{called})")}


def test_a_refusal_is_as_short_for_an_array_of_any_size():
    many, found = np.full((1000, 7), "a word"), []
    for call in (
        lambda: sphere(2)(many.ravel().tolist()),
        lambda: GD.init(many),
        lambda: GD.init(many.tolist()),
        lambda: least_squares(many, np.zeros(1000)),
        lambda: nnopt.minimize(bowl, GD, x0=[1.0], jac=lambda x: many, max_evals=5),
        lambda: first(TOURS, [[0, 1]] * 5000, points="permutations", x0=np.zeros(5000)),
        lambda: nnopt.minimize(many, GD, x0=[1.0]),
        lambda: nnopt.minimize(bowl, many, x0=[1.0]),
        lambda: nnopt.minimize(bowl, GD, x0=[1.0], callback=many),
        lambda: nnopt.minimize(bowl, GD, x0=[1.0], jac=many),
        lambda: nnopt.minimize(bowl, GD, x0=[1.0], target=many),
        lambda: nnopt.minimize(bowl, GD, x0=[1.0], max_evals=many),
        lambda: nnopt.minimize(lambda x: many, GD, x0=[1.0], jac=True),
        lambda: nnopt.minimize(bowl, PSO, bounds=BOX, seed=many),
        lambda: nnopt.GD(lr=many),
        lambda: nnopt.GD(before=many),
        lambda: GD.step(many, [1.0]),
        lambda: nnopt.MLPClassifier(optimizer=many).fit([[1.0], [2.0]], [0, 1]),
    ):
        found.append(call)
    assert not [f for f in outcomes(found) if complaint(f)]


# ------------------------------------------------------------------------------------ permutations and bits
def test_points_of_permutations_and_bits_are_points():
    distances = np.random.default_rng(0).random((12, 12))
    tour = Problem("tour", tour_length, None, 12, [(0, 11)] * 12, arrays=dict(D=distances))
    box, start = dict(points="permutations", seed=0), [*range(12)]
    assert tour(start) == tour(np.arange(12.0)) == tour(tuple(start))
    doors = {
        "call": tour,
        "minimize": lambda point: nnopt.minimize(tour, TOURS, x0=point, max_evals=20),
        "init": lambda point: TOURS.init(tour.bounds, x0=point, **box),
        "tell": lambda point: TOURS.tell(TOURS.ask(TOURS.init(tour.bounds, **box))[0], [point], [1.0]),
    }
    for point, message in (
        ([0] * 12, r"permutation of 0 \.\.\. 11, not \[0, 0"),
        ([*range(1, 13)], "permutation|bounds"),
        ([-1, *range(1, 12)], "permutation|bounds"),
        ([0.9, 1.9, *range(2, 12)], r"integers.* 0\.9"),
        ([np.nan, *range(1, 12)], "finite.* nan"),
        ([2**63, *range(1, 12)], "integers|permutation|bounds"),
    ):
        refused({name: functools.partial(call, point) for name, call in doors.items()}, message)


# ------------------------------------------------------------------------------------ states of others
STATES = {
    "none": lambda: None,
    "a number": lambda: 3,
    "theta": lambda: np.ones(2),
    "theta in columns": lambda: np.ones((2, 2)),
    "the result, not its state": lambda: nnopt.minimize(sphere(2), GD, x0=[1.0, 2.0], max_evals=5),
    "GD": lambda: GD.init([1.0, 2.0]),
    "GD, clipped": lambda: nnopt.GD(before=nnopt.Clip(1.0)).init([1.0, 2.0]),
    "Adam": lambda: ADAM.init([1.0, 2.0]),
    "Adam in float32": lambda: ADAM.init(np.ones(2, np.float32)),
    "Adam, decayed": lambda: nnopt.Adam(before=nnopt.Decay(0.1)).init([1.0, 2.0]),
    "PSO": lambda: first(PSO)[0],
    "PSO of 5": lambda: first(nnopt.PSO(population_size=5))[0],
    "tours": lambda: first(TOURS, points="permutations")[0],
}


@pytest.mark.parametrize(
    "optimizer, own",
    [
        (nnopt.GD(), {"GD"}),
        (nnopt.GD(after=nnopt.Clip(2.0)), set()),
        (nnopt.GD(before=(nnopt.Clip(2.0), nnopt.Decay())), set()),
        (nnopt.Adam(), {"Adam", "Adam in float32"}),
        (nnopt.PSO(population_size=3), {"PSO"}),
        (nnopt.PSO(population_size=lambda dim: dim + 2), {"PSO of 5"}),
        (TourSA(), {"tours"}),
    ],
    ids=["GD", "GD after", "GD before", "Adam", "PSO", "PSO of d + 2", "tours"],
)
def test_a_state_is_only_for_its_own_method(optimizer, own):
    foreign = {}
    for name, make in STATES.items():
        state = make()
        if isinstance(optimizer, PopulationMethod):
            X = np.tile([0.0, 1.0, 2.0], ({"PSO": 3, "PSO of 5": 5}.get(name, 1), 1))
            calls = [lambda s=state: optimizer.ask(s)[1], lambda s=state, X=X: optimizer.tell(s, X, X[:, 0]).best]
        else:
            calls = [lambda s=state: optimizer.step(s, [1.0, 1.0]).theta]
        if name in own:
            assert all(np.isfinite(call()).all() for call in calls)
        else:
            foreign |= {(name, i): call for i, call in enumerate([*calls, lambda s=state: optimizer.recommend(s)])}
    refused(foreign, f"{type(optimizer).__name__} needs a state")


def test_a_state_knows_its_dimension():
    for state, dim in ((first(PSO)[0], 3), (first(PSO, BOX[:2])[0], 2)):
        assert PSO.tell(state, np.zeros((3, dim)), np.ones(3)).t == 1
        refused(lambda s=state, dim=dim: PSO.tell(s, np.zeros((3, 5 - dim)), np.ones(3)), r"X has shape .* but .* is needed")
    refused(lambda: GD.step(GD.init([1.0, 2.0]), [1.0, 2.0, 3.0]), r"grad has shape \(3,\), but \(2,\) is needed")


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_what_was_stored_goes_on_where_it_was(again):
    state, X = first(PSO)
    np.testing.assert_array_equal(PSO.ask(PSO.tell(state, X, X[:, 0]))[1], PSO.ask(PSO.tell(again(state), X, X[:, 0]))[1])
    state = ADAM.step(ADAM.init([1.0, 2.0]), [1.0, 2.0])
    np.testing.assert_array_equal(ADAM.step(state, [1.0, 1.0]).theta, ADAM.step(again(state), [1.0, 1.0]).theta)
    assert again(quadratic(3))([1.0, 2.0, 3.0]) == quadratic(3)([1.0, 2.0, 3.0])
    result = nnopt.minimize(rosenbrock(2), ADAM, x0=[1.0, 2.0], max_evals=30)
    stored = again(result)
    assert stored.history.fun.tolist() == result.history.fun.tolist()
    a, b = (nnopt.minimize(rosenbrock(2), ADAM, start=r, max_evals=30) for r in (result, stored))
    assert a.history.fun.tolist() == b.history.fun.tolist()


@pytest.mark.parametrize("asked", [0, -1, 9, 10**8, 2**62])
def test_a_state_that_was_written_to_writes_nowhere_else(asked):
    """``state.asked = 9`` is public: a number of points that the population has no room for."""
    method = LSHADE(population_size=8)
    result = nnopt.minimize(sphere(3), method, max_evals=80, seed=0)
    result.state.asked = asked
    calls = {
        "ask": lambda: method.ask(result.state)[1],
        "tell": lambda: method.tell(result.state, np.zeros((8, 3)), np.zeros(8)),
        "start": lambda: nnopt.minimize(sphere(3), method, start=result, max_evals=80),
    }
    refused(calls, rf"asked.*{asked}")


@pytest.mark.parametrize("city", [-1, 3, 10**6, 2**62])
def test_a_tour_that_was_written_to_is_no_tour(city):
    tour = Problem("tour", tour_length, None, 3, [(0, 2)] * 3, arrays=dict(D=np.ones((3, 3))))
    result = nnopt.minimize(tour, TOURS, max_evals=10, seed=0)
    result.state.tour = city
    calls = {"ask": lambda: TOURS.ask(result.state), "start": lambda: nnopt.minimize(tour, TOURS, start=result, max_evals=10)}
    refused(calls, rf"tour.*permutation.*{city}")


@pytest.mark.parametrize("optimizer", [GD, ADAM], ids=["GD", "Adam"])
def test_where_nothing_was_looked_at_no_zeros_are_recommended(optimizer):
    """By hand nobody tells a gradient method what it has seen: the answer is where it is."""
    for state in (optimizer.init([3.0, 4.0]), optimizer.step(optimizer.init([3.0, 4.0]), [1.0, 1.0])):
        assert optimizer.recommend(state).tolist() == state.theta.tolist()
    refused(lambda: PSO.recommend(PSO.init([[3, 4]] * 2, seed=0)), "PSO recommends nothing: its state has seen no value yet")


# ------------------------------------------------------------------------------------ what else minimize is given
def go(fun=None, optimizer=GD, **given):
    """A short run's value."""
    needs = dict(bounds=BOX, seed=0) if isinstance(optimizer, PopulationMethod) else {} if "start" in given else dict(x0=[1.0, 2.0, 3.0])
    return nnopt.minimize(sphere(3) if fun is None else fun, optimizer, **dict(max_evals=12) | needs | given).fun


@pytest.mark.parametrize("what", ["target", "gtol", "ftol", "xtol"])
def test_numbers_of_any_class_are_numbers_and_nothing_else_is(what):
    right = go(**{what: 0.25}, max_evals=100)
    for same in (np.float32(0.25), np.float64(0.25), np.array(0.25), Fraction(1, 4), Decimal("0.25")):
        assert go(**{what: same}, max_evals=100) == right
    strange = ["0.25", b"1", "word", 1j, np.complex128(1), [0.25], (), {}, np.ones(2), np.ones((2, 2)), True, np.True_, np.nan, np.inf,
               10**400, np.ma.masked, np.datetime64("2020-01-01")]  # fmt: skip
    refused(each(lambda value: go(**{what: value}), strange), rf"{what} must be a number in .*, not ")


NO_COUNTS = ["30", 3.0, np.float64(3), Fraction(3), 0, -1, True, np.True_, [3], np.ones((2, 2), int), 1j, np.nan]


@pytest.mark.parametrize("what", ["max_evals", "batch_size"])
def test_counts_are_integers(what):
    problem = least_squares(MATRIX, [1.0, 2.0, 3.0])
    assert go(problem, **{"max_evals": 3, what: np.int8(3)}, seed=0) == go(problem, **{"max_evals": 3, what: 3}, seed=0)
    refused(each(lambda value: go(problem, **{what: value}), NO_COUNTS), rf"{what} must be an integer in \[1, inf\), not ")


@pytest.mark.parametrize("init", [lambda m: GD.init([1.0], max_evals=m), lambda m: PSO.init(BOX, max_evals=m)], ids=["GD", "PSO"])
def test_the_budget_of_a_state_is_a_count(init):
    assert init(np.int8(3)).max_evals == init(3).max_evals == 3
    refused(each(init, [*NO_COUNTS, 10**400]), r"max_evals must be .*, not ")


def test_a_budget_beyond_all_floats_is_no_crash():
    for found in outcomes([lambda o=o: go(optimizer=o, max_evals=10**400, target=1.0) for o in (GD, PSO)]):
        assert found[0] == "value" or complaint(found, "max_evals") is None, found


VALUES = [1, np.float32(1), np.int8(1), True, np.True_, Fraction(1), Decimal(1), [1.0], np.ones(1), np.ones((1, 1)), np.array(1),
          np.array([Fraction(1)], object), np.ones(2)[::2], np.ones(1, ">f4")]  # fmt: skip
NO_VALUES = ["1", b"1", "word", None, 1j, 1 + 0j, [], [1.0, 2.0], np.ones(2), np.ones((2, 2)), np.array(["1"]), {}, {1}, 10**400,
             [[1], [1, 2]], np.datetime64("2020-01-01"), np.ma.masked, csr_array(np.eye(2)), np.zeros(1, "f8,f8"), sphere, GD]  # fmt: skip
HOW = {
    "a population": lambda value: go(lambda x: value, PSO),
    "jac": lambda value: go(lambda x: value, jac=lambda x: x),
    "jac=True": lambda value: go(lambda x: (value, x), jac=True),
    "differences": lambda value: go(lambda x: value),
    "a problem": lambda value: Problem("constant", lambda x: value)([1.0]),
}


@pytest.mark.parametrize("how", HOW)
def test_the_value_is_one_real_number(how):
    right = HOW[how](1.0)
    found = outcomes([functools.partial(HOW[how], value) for value in VALUES])
    assert not {repr(value): f for value, f in zip(VALUES, found, strict=True) if f != ("value", right)}
    refused(each(HOW[how], NO_VALUES), "the value of (<lambda>|constant) must be one number, not ")


def test_jac_true_wants_a_pair():
    pairs = [1.0, None, (1.0,), (1.0, [1, 2, 3], 0), "ab", np.ones(2), np.ones((2, 2)), {1: 2, 3: 4}, 3, np.float64(1)]
    refused(each(lambda pair: go(lambda x: pair, jac=True), pairs), r"with jac=True, <lambda> must return the pair .*, not ")


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(fun="sphere"), "fun must be a problem or a function, not 'sphere'"),
        (dict(fun=np.ones((2, 2))), "fun must be a problem or a function, not array"),
        (dict(optimizer=nnopt.Adam), "optimizer must be an optimizer such as .*, not <class"),
        (dict(optimizer=np.ones((2, 2))), "optimizer must be an optimizer such as .*, not array"),
        (dict(optimizer=None), "optimizer must be .* not None"),
        (dict(jac=np.ones((2, 2))), "jac must be .*, not array"),
        (dict(jac=False), "jac must be .*, not False"),
        (dict(callback=np.ones((2, 2))), "callback must be a function, not array"),
        (dict(start=3), "start must be a Result of minimize, not 3"),
        (dict(start=OptimizeResult(x=np.ones(3), fun=1.0)), "start must be a Result of minimize, not"),
        (dict(start=GD.init([1.0, 2.0])), "start must be a Result of minimize, not"),
        (dict(start=sphere), "start must be a Result of minimize, not <function"),
        (dict(optimizer=PSO, bounds=Bounds([0, 0, 0], [1, np.inf, 1])), "bounds must be finite, but entry 3 is inf"),
        (dict(optimizer=PSO, bounds=Bounds(0, 1)), "takes a vector of 3 numbers, but bounds has 1 pairs"),
        (dict(optimizer=PSO, bounds=[(0, 1)] * 2), "takes a vector of 3 numbers, but bounds has 2 pairs"),
        (dict(optimizer=PSO, bounds=[(-1e308, 1e308)] * 3), r"bounds\[0\] = \(-1e\+308, 1e\+308\) is wider than the largest number"),
        (dict(optimizer=PSO, seed=-1), "seed must be a non-negative integer.* not -1"),
        (dict(optimizer=PSO, seed=1.5), "seed must be a non-negative integer.* not 1.5"),
        (dict(optimizer=PSO, seed="word"), "seed must be a non-negative integer.* not 'word'"),
        (dict(optimizer=PSO, seed=np.ones((2, 2))), "seed must be a non-negative integer.* not array"),
        (dict(optimizer=GD, seed="word"), "seed must be a non-negative integer.* not 'word'"),
        (dict(optimizer=nnopt.PSO(population_size=lambda dim: 2.5)), r"PSO: population_size must be an integer in \[1, inf\), not 2.5"),
        (dict(optimizer=nnopt.PSO(population_size=lambda dim: "many")), "PSO: population_size must be .*, not 'many'"),
        (dict(optimizer=nnopt.GD(lr=lambda t: "fast")), "GD: the schedule of lr gave 'fast' for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: "0.1")), "GD: the schedule of lr gave '0.1' for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: 1j)), "GD: the schedule of lr gave 1j for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: None)), "GD: the schedule of lr gave None for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: np.ones(2))), r"GD: the schedule of lr gave array\(\[1., 1.\]\) for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: np.nan)), "GD: the schedule of lr gave nan for step 1"),
        (dict(optimizer=nnopt.GD(lr=lambda t: 10**400)), "GD: the schedule of lr gave 1000"),
        (dict(batch_size=2), "batch_size must be None for sphere, which is no sum over rows"),
    ],
)  # fmt: skip
def test_what_else_cannot_be_is_one_sentence(given, message):
    refused(lambda: go(**given), message)


def test_seeds_are_what_numpy_takes():
    a, *others = (go(optimizer=PSO, seed=seed) for seed in (7, np.int64(7), np.random.default_rng(7), np.random.SeedSequence(7)))
    assert others == [a, a, a]
    assert np.isfinite([go(optimizer=PSO, seed=seed) for seed in (10**30, [1, 2, 3])]).all()


def test_a_run_goes_on_on_its_own_kind_of_problem_only():
    two, three = (nnopt.minimize(sphere(dim), GD, x0=np.ones(dim), max_evals=5) for dim in (2, 3))
    refused(lambda: go(start=two), "start is of a problem of 2 reals, not of 3 reals")
    refused(lambda: go(optimizer=ADAM, start=three), "Adam needs a state of its own")
    refused(lambda: go(optimizer=nnopt.GD(before=nnopt.Clip(1.0)), start=three), "GD needs a state of its own")
    refused(lambda: go(x0=[1, 2, 3], start=three), "x0 must be None where start is given")
    singles, doubles = (network_loss(*DATA, dtype) for dtype in ("float32", "float64"))
    a, b = (nnopt.minimize(problem, GD, x0=THETA, max_evals=5) for problem in (singles, doubles))
    assert go(singles, start=a) < a.fun
    assert go(doubles, start=b) < b.fun
    refused({"single": lambda: go(doubles, start=a), "double": lambda: go(singles, start=b)}, "start is of a run in float")


# ------------------------------------------------------------------------------------ what else a problem is given
@kernel
def scaled(x: R[d], factor: R) -> R:
    """A number among the arrays."""
    return factor * x[0]


def test_an_array_may_be_one_number():
    factors = [2, 2.0, np.float32(2), Fraction(2), np.array(2)]
    assert outcomes([lambda f=f: Problem("scaled", scaled, arrays=dict(factor=f))([3.0]) for f in factors]) == [("value", 6.0)] * 5
    refused(lambda: Problem("scaled", scaled, arrays=dict(factor=[2.0, 2.0])), "factor must be an array R, not of shape")


def test_integers_are_kept_to_the_last_one():
    """2**53 + 1 is no float; what is no int64 is refused."""
    for value in (2**53 + 1, 2**62 + 1, -(2**63), np.uint64(2**53 + 1)):
        for given in ([value] * 3, np.array([value] * 3), np.array([value] * 3, object)):
            kept = Problem("weighed", weighed, arrays=dict(c=[1, 2, 3], A=MATRIX, i=given)).arrays["i"]
            assert kept.tolist() == [int(value)] * 3
    refused(each(lambda value: arrays(i=[value] * 3), [2**63, 2**64, 10**20, 1e300, -1e19, float(2**63)]), "i must be")


def test_value_and_gradient_may_be_a_kernel_and_a_function():
    def gradient(x, curvatures):
        return curvatures * x

    def value(x, curvatures):
        return float(0.5 * curvatures @ x**2)

    q, x = quadratic(3), [1.0, 2.0, 3.0]
    for pair in ((q.value, gradient), (value, q.gradient), (value, gradient)):
        p = Problem("q", *pair, 3, arrays=q.arrays)
        assert (p(x), p.grad(x).tolist()) == (pytest.approx(q(x)), pytest.approx(q.grad(x).tolist()))
        assert go(p) == pytest.approx(go(q))


def test_a_python_function_gets_its_integers_as_integers():
    assert Problem("pick", lambda x, places: float(x[places].sum()), arrays=dict(places=[2, 0]))([1.0, 2.0, 3.0]) == 4.0


def test_rows_are_rows_of_the_arrays():
    """A kernel reads the row that it is told: a row that no array has would be read from elsewhere."""

    def rows_of(rows, y=(1.0, 2.0, 3.0)):
        right = least_squares(MATRIX, [1.0, 2.0, 3.0])
        return Problem("rows", right.value, right.gradient, 3, rows=rows, arrays=dict(X=MATRIX, y=y))([1.0, 2.0, 3.0])

    assert rows_of(3) == rows_of(np.int32(3)) == least_squares(MATRIX, [1, 2, 3])([1, 2, 3])
    refused(each(rows_of, [2.5, 3.0, "3", -1, None, [3], np.nan, True]), "rows: rows must be an integer")
    refused(each(rows_of, [2, 4, 10**9]), "X must be an array .* m = ")
    refused(each(lambda y: rows_of(3, y), [[1.0, 2.0], [1.0] * 4, []]), r"y must be an array R\[m\] with m = 3")


def test_the_precision_is_one_of_two():
    def both(dtype):
        problem = Problem("q", quadratic(3).value, arrays=dict(curvatures=[1, 2, 3]), dtype=dtype)
        return problem([1, 1, 1]), network_loss(*DATA, dtype)(THETA)

    same = [np.float32, np.dtype("float32"), "f4"]
    assert outcomes([lambda t=t: both(t) for t in same]) == [("value", both("float32"))] * 3
    assert outcomes([lambda t=t: both(t) for t in (np.float64, float, "f8")]) == [("value", both("float64"))] * 3
    strange = ["float16", "int64", int, None, 3, "word", "complex64", np.ones((2, 2)), [("a", "f8")]]
    refused(each(both, strange), "dtype must be float64 or float32, not ")


@kernel(browser=False)
def scratched(x: R[d], work: R[d]) -> R:
    """A sum, by way of memory of its own."""
    put(work, x)
    return work[0] + work[work.size - 1]


def test_scratch_is_as_long_as_its_annotation_says():
    def of_size(size):
        return Problem("scratched", scratched, dim=3, scratch=dict(work=size))([1, 2, 3])

    assert of_size(3) == 4.0
    refused(each(of_size, [2.5, "3", -1, 0, None, True, 2, 10**20]), "work must ")


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(value=None), "value must be .* not None"),
        (dict(value=3), "value must be .* not 3"),
        (dict(gradient=3), "gradient must be .* not 3"),
        (dict(value_gradient=3), "value_gradient must be .* not 3"),
        (dict(neighbourhood=3), "neighbourhood must be .* not 3"),
        (dict(arrays=[1, 2, 3]), "arrays must be .* not \\[1, 2, 3\\]"),
        (dict(arrays=dict(c=[1, 2, 3])), "no kernel asks for c"),
        (dict(arrays={}), "asks for curvatures"),
        (dict(points="words"), "points must be .* not 'words'"),
        (dict(points="bits"), "x must be integers, but entry 2 is 0.5"),
        (dict(dim=2.5), "dim must be .* not 2.5"),
        (dict(dim="3"), "dim must be .* not '3'"),
        (dict(dim=-1), "dim must be .* not -1"),
        (dict(dim=0), "dim must be .* not 0"),
        (dict(dim=True), "dim must be .* not True"),
        (dict(dim=4), r"curvatures must be an array R\[d\] with d = 4, not of shape \(3,\)"),
        (dict(scratch=dict(curvatures=3)), "curvatures"),
        (dict(scratch=dict(work=2)), "no kernel asks for work"),
    ],
)
def test_a_problem_that_cannot_be_is_one_sentence(given, message):
    right = dict(name="q", value=quadratic(3).value, gradient=quadratic(3).gradient, arrays=dict(curvatures=[1, 2, 3]))
    refused(lambda: Problem(**right | given)([1.0, 1.0, 0.5]), message)


# ------------------------------------------------------------------------------------ sums and networks
def test_labels_of_any_kind_are_two():
    def of_labels(y):
        return logistic(MATRIX, y)([1.0, 2.0, 3.0])

    right = of_labels([0, 1, 1])
    for y in ([1, 2, 2], [False, True, True], ["a", "b", "b"], np.array(["a", "b", "b"], object), [-1.0, 1.0, 1.0],
              np.array([0, 9, 1, 9, 1, 9])[::2]):  # fmt: skip
        assert of_labels(y) == right
    strange = [[1, 1, 1], [1, 2, 3], [np.nan, 1, 1], [1, np.nan, np.nan], [None, 1, 1], np.array(["a", 1, 1], object), None, "ab", [],
               [[0, 1, 1]], [0, 1], [0, 1, 1, 0], np.ma.array([0, 1, 1], mask=[0, 1, 0]), [[0], [1], [1]]]  # fmt: skip
    refused(each(of_labels, strange), r"\by\b")


DATA = MATRIX, [[1, 0], [0, 1], [1, 0]]


def network_loss(X, Y, dtype="float64"):
    """Three inputs, two hidden neurons, two outputs."""
    return NET.problem(X, Y, dtype=dtype)


def test_a_network_that_cannot_be_is_one_sentence():
    makes = {"no loss": lambda: nnopt.Network(nnopt.Dense(2), input=3, loss=nnopt.ReLU()), "no layer": lambda: nnopt.Network(3, input=3, loss=LOSS),
             "nothing": lambda: nnopt.Network(input=3, loss=LOSS), "no units": lambda: nnopt.Dense(0), "half a unit": lambda: nnopt.Dense(2.5),
             "no input": lambda: nnopt.Network(nnopt.Dense(2), input=0, loss=LOSS)}  # fmt: skip
    refused(makes, "loss|layer|units|input")


def test_a_network_has_scratch_for_all_rows_and_for_batches_of_any_size():
    problem = network_loss(*DATA)
    whole = nnopt.minimize(problem, GD, x0=THETA, max_evals=4).fun
    assert nnopt.minimize(problem, GD, x0=THETA, max_evals=4, batch_size=3, seed=0).fun == pytest.approx(whole)
    for size in (1, 2, 3, 100):
        alone, after = network_loss(*DATA), network_loss(*DATA)
        nnopt.minimize(after, GD, x0=THETA, max_evals=4, batch_size=size, seed=0)
        assert (after(THETA), after.grad(THETA).tolist()) == (alone(THETA), alone.grad(THETA).tolist())


# ------------------------------------------------------------------------------------ estimators
ROWS = np.random.default_rng(0).integers(0, 2, (24, 4)).astype(float)
ESTIMATORS = {"classifier": nnopt.MLPClassifier, "regressor": nnopt.MLPRegressor}


def doors_of(cls):
    """How rows and targets come into an estimator."""
    made = cls((3,), epochs=2, random_state=0).fit(ROWS, ROWS[:, 0])
    return {
        "fit X": lambda a: cls((3,), epochs=2, random_state=0).fit(a, ROWS[:, 0]).predict(ROWS),
        "fit y": lambda a: cls((3,), epochs=2, random_state=0).fit(ROWS, a[:, 0] if isinstance(a, np.ndarray) else a).predict(ROWS),
        "predict": lambda a: made.predict(a),
    }


@pytest.mark.parametrize("which", ESTIMATORS)
def test_estimators_see_the_same_numbers_in_another_dress(which):
    doors = doors_of(ESTIMATORS[which])
    right = doors["predict"](ROWS)
    for name, call in doors.items():
        # scikit-learn takes objects for labels of no kind, and lists of lists are two columns of targets
        dresses = {dress: wear(ROWS) for dress, wear in DRESSES.items() if name != "fit y" or dress not in ("objects", "fractions")}
        dresses = {dress: a for dress, a in dresses.items() if name != "fit y" or isinstance(a, np.ndarray)}
        found = outcomes([functools.partial(call, a) for a in dresses.values()])
        assert not {dress: f for dress, f in zip(dresses, found, strict=True) if f[0] != "value" or not np.array_equal(f[1], right)}, name


@pytest.mark.parametrize("which", ESTIMATORS)
@pytest.mark.filterwarnings("error", "ignore:the inputs reach")
def test_estimators_refuse_what_they_cannot_learn_from(which):
    """Most of it by scikit-learn's own messages, which may be long; numbers in text it reads as numbers."""
    doors = doors_of(ESTIMATORS[which])
    strange = STRANGE | UNBOUNDED | {"no rows": lambda a: a[:0], "a cube": lambda a: np.ones((2, 3, 4)), "sparse": csr_array}
    for what in ("one dimension more", "a masked entry", "dates", "records", "beyond a float"):  # which are scikit-learn's affair
        del strange[what]
    with np.errstate(divide="ignore", invalid="ignore"):
        made = {what: make(ROWS) for what, make in strange.items()}
    for name, call in doors.items():
        found = outcomes([functools.partial(call, given) for given in made.values()])
        for what, f in zip(made, found, strict=True):
            read = f[0] == "value" and ("text" in what or "bytes" in what)
            assert read or (f[0] == "error" and issubclass(f[1], (ValueError, TypeError))), (name, what, f)
    refused(lambda: doors["fit X"](1e300 * ROWS), "float32|diverged")
    refused(lambda: ESTIMATORS[which]().predict(ROWS), "not fitted yet")
    refused(lambda: doors["predict"](ROWS[:, :3]), "3 features, but .* expecting 4 features")


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(hidden_layer_sizes="12"), "hidden_layer_sizes must be positive integers, not '12'"),
        (dict(hidden_layer_sizes=[[3, 2], [1, 1]]), "hidden_layer_sizes must be positive integers, not"),
        (dict(hidden_layer_sizes=np.ones((2, 2))), "hidden_layer_sizes must be positive integers, not"),
        (dict(hidden_layer_sizes=(True,)), "hidden_layer_sizes must be positive integers, not"),
        (dict(epochs=True), "epochs must be an integer .* not True"),
        (dict(epochs=None), "epochs must be an integer .* not None"),
        (dict(batch_size="all"), "batch_size must be an integer .* not 'all'"),
        (dict(dtype=np.ones(2)), "dtype must be float(32 or float64|64 or float32), not array"),
        (dict(dtype=["float32"]), "dtype must be float(32 or float64|64 or float32), not"),
        (dict(activation=np.ones(2)), "activation must be one of relu, tanh, logistic, gelu, not array"),
        (dict(initialization=np.ones(2)), "initialization must be one of .*, not array"),
        (dict(validation_fraction=10**400), "validation_fraction must be a number in .*, not 1000"),
        (dict(validation_fraction=b"0"), "validation_fraction must be a number in .*, not b'0'"),
        (dict(search_radius=10**400), "search_radius must be a number in .*, not 1000"),
        (dict(search_radius=1j), "search_radius must be a number in .*, not 1j"),
        (dict(optimizer=nnopt.Adam), "optimizer must be an optimizer .* not <class"),
        (dict(optimizer=TourSA()), "TourSA moves permutations, not reals"),
        (dict(random_state=2.5), "random_state must be .* not 2.5"),
    ],
)
def test_parameters_of_estimators_are_one_sentence(given, message):
    refused(lambda: nnopt.MLPClassifier(**dict(hidden_layer_sizes=(3,), epochs=2) | given).fit(ROWS, ROWS[:, 0]), message)
