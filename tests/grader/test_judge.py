"""The comparator: tolerances, right answers written otherwise, mistakes that nobody foresaw, answers that are no answers."""

import functools
import inspect
import re
import types
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sympy

from nnopt.grader.exercise import course
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong
from nnopt.grader.exercise.variants import SpecError
from nnopt.grader.grading import marker
from nnopt.grader.marking import picture, shape
from nnopt.grader.marking.feedback import text
from nnopt.grader.marking.judge import Key, evidence, judge, like, same
from nnopt.grader.marking.marking import grade_exercise, key_of
from nnopt.grader.sandbox import play
from nnopt.grader.sandbox.wire import FINE, RAISED
from nnopt.grader.sandbox.wire import text as text_as_bytes
from nnopt.grader.student import check

ADAM = course.exercise("adam")
ANSWERS = {"first_step": "b", "rescaled": "c"}
RIGHT = {f.name: f.reference for f in ADAM.functions} | ANSWERS


def step_by_lists(theta, grad, m, v, t, lr, beta1, beta2, eps):
    if np.ndim(theta) != 1:
        return ADAM["adam_step"](theta, grad, m, v, t, lr, beta1, beta2, eps)
    m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, grad)]
    v = [beta2 * a + (1 - beta2) * g * g for a, g in zip(v, grad)]
    root = [(a / (1 - beta2**t)) ** 0.5 + eps for a in v]
    return [x - lr * (a / (1 - beta1**t)) / r for x, a, r in zip(theta, m, root)], m, v


def step_efficient(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """The form of Kingma and Ba's section 2: epsilon is scaled with the root."""
    m, v = m + (1 - beta1) * (grad - m), v * beta2 + np.square(grad) * (1 - beta2)
    alpha = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - alpha * m / (np.sqrt(v) + eps * np.sqrt(1 - beta2**t)), m, v


def step_in_place_on_copies(theta, grad, m, v, t, lr, beta1, beta2, eps):
    theta, m, v = np.array(theta), np.array(m), np.array(v)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    theta -= lr / (1 - beta1**t) * m / ((v / (1 - beta2**t)) ** 0.5 + eps)
    return theta, m, v


def step_of_lerps(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m, v = grad + beta1 * (m - grad), grad**2 + beta2 * (v - grad**2)
    return theta - lr * (m / -np.expm1(t * np.log(beta1)) if beta1 else m) / (eps + np.sqrt(v / (1.0 - np.power(beta2, t)))), m, v


def marked(**functions):
    return grade_exercise(ADAM, 0, lambda calls: check.answers(RIGHT | functions, calls))


@pytest.mark.parametrize("step", [step_by_lists, step_efficient, step_in_place_on_copies, step_of_lerps], ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_right_answers_written_otherwise_get_all_points(step, seed):
    key = key_of(ADAM["adam_step"], seed)
    v = judge(key, check.answers({"adam_step": step}, key.calls()))
    assert v.outcome == "right", text(v)


@pytest.mark.parametrize("error", [1e-6, -1e-9, 1e-12])
def test_small_errors_are_seen(error):
    def off(theta, *rest):
        new, m, v = ADAM["adam_step"](theta, *rest)
        return new + error * (new - theta), m, v
    result = marked(adam_step=off).items[0]
    assert result.points == 3
    assert "expected" in result.text


def test_a_step_that_writes_into_its_arguments_loses_the_point_for_that():
    def in_place(theta, grad, m, v, *rest):
        new = ADAM["adam_step"](theta, grad, m, v, *rest)
        m[...] = new[1]
        return new
    result = marked(adam_step=in_place)
    assert result.items[0].points == 4
    assert "writes into its argument m" in result.items[0].text


def test_a_step_that_remembers_is_seen():
    seen = set()

    def remembers(theta, grad, *rest):
        again = (theta.tobytes(), grad.tobytes()) in seen
        seen.add((theta.tobytes(), grad.tobytes()))
        new, m, v = ADAM["adam_step"](theta, grad, *rest)
        return new + 1e-3 * again, m, v
    result = marked(adam_step=remembers).items[0]
    assert "remembered between calls" in result.text
    assert result.points == 4


def test_a_step_for_vectors_only_loses_one_point():
    def vectors_only(theta, *rest):
        if np.ndim(theta) != 1:
            raise TypeError("vectors only")
        return ADAM["adam_step"](theta, *rest)
    result = marked(adam_step=vectors_only).items[0]
    assert result.points == 4
    assert "not yet for a matrix, a single number (0-d), Fortran order" in result.text


def test_two_mistakes_at_once_are_named():
    function = ADAM["adam_step"]
    by_name = {w.name: w for w in function.mistakes}
    both = by_name["epsilon inside the root"], by_name["gradient not squared"]
    result = marked(adam_step=function.variant(*both)).items[0]
    assert sorted(result.mistakes) == sorted(w.name for w in both)
    assert 0 < result.points < 5


def test_an_unforeseen_mistake_is_described():
    def tenth(theta, *rest):
        new, m, v = ADAM["adam_step"](theta, *rest)
        return theta + (new - theta) / (1 - rest[5]), m, v     # divided by 1 - beta1 once too often
    result = marked(adam_step=tenth).items[0]
    assert result.mistakes == []
    assert "the change of theta is off by the factor 1/(1-beta1)" in result.text


def test_a_mistake_in_one_case_only_is_located():
    def first_step_wrong(theta, grad, m, v, t, *rest):
        new = ADAM["adam_step"](theta, grad, m, v, t, *rest)
        return (new[0] * 1.5, *new[1:]) if t == 1 else new
    assert "it differs exactly where t == 1" in marked(adam_step=first_step_wrong).items[0].text


@pytest.mark.parametrize("f", [lambda *a: None, lambda *a: "text", lambda *a: (1, 2), lambda *a: ({}, [], "x"), lambda *a: (1j, 1j, 1j),
                               lambda *a: ([[1], [1, 2]], 0, 0), lambda: None, lambda *a: 1 / 0, "no function"])
def test_what_is_no_answer_gets_nothing_and_a_sentence(f):
    result = marked(adam_step=f).items[0]
    assert result.points == 0
    assert len(result.text.splitlines()) >= 2


def test_a_wrong_step_does_not_cost_the_loop():
    import types

    wrong_step = ADAM["adam_step"].variant(ADAM["adam_step"].mistakes[0])
    space = RIGHT | {"np": np, "adam_step": wrong_step}
    space["adam_run"] = types.FunctionType(ADAM["adam_run"].reference.__code__, space)
    result = grade_exercise(ADAM, 0, lambda calls: check.answers(space, calls))
    assert [i.outcome for i in result.items] == ["partial", "right", "right", "right", "right"]
    assert result.diagnosis == "adam_step: no bias correction"


def unwritten(*args):
    raise NotImplementedError


SWARM_COURSE = Path(__file__).parent / "swarm_course"      # its loop is judged by what it did


def marked_alone(name, part, change=lambda source: source, folder=None):
    """The mark of one part, written before any of those that it uses; and the mark of it unwritten."""
    exercise = course.exercise(name, folder)
    space = dict.fromkeys((f.name for f in exercise.functions), unwritten) | {"np": np}
    mark = lambda: grade_exercise(exercise, 0, lambda calls: check.answers(space, calls), [exercise[part]]).items[0]  # noqa: E731
    blank = mark()
    _, head, body = inspect.getsource(exercise[part].reference).partition("def ")  # without the decorator
    exec(change(head + body), space)
    return mark(), blank


@pytest.mark.parametrize(("name", "part"), [("adam", "adam_run"), ("backpropagation", "loss_gradient"), ("pso", "pso_run"), ("gd", "gd_run"), ("swarm", "pso")])
def test_what_it_uses_may_be_written_later(name, part):
    folder = SWARM_COURSE if name == "swarm" else None
    assert course.exercise(name, folder)[part].uses
    found, blank = marked_alone(name, part, folder=folder)
    assert (blank.outcome, blank.points) == ("unfinished", 0)
    assert (found.outcome, found.points) == ("right", found.max_points), found.text
    assert "is not right yet" in found.text


def test_a_mistake_is_told_though_what_it_uses_fails_first():
    exercise = course.exercise("backpropagation")
    source = inspect.getsource(exercise["loss_gradient"].reference).partition("def ")[2].replace("return loss", "return 2 * los")
    space = {f.name: f.reference for f in exercise.functions} | {"np": np, "dense": lambda A, W, b: np.dot(W, A) + b}
    exec("def " + source, space)
    result = grade_exercise(exercise, 0, lambda calls: check.answers(space, calls), [exercise["loss_gradient"]])
    text = " ".join(result.text.split())
    assert "ValueError: shapes" in text
    assert "it fails, too: NameError: name 'los' is not defined" in text


def test_a_mistake_is_told_before_what_it_uses_is_written():
    found, _ = marked_alone("backpropagation", "loss_gradient", lambda source: source.replace("return loss", "return 2 * loss"))
    assert (found.outcome, found.points) == ("crashed", 0)
    assert "is not written yet; with the right one in its place it goes astray, too." in found.text
    found, _ = marked_alone("backpropagation", "loss_gradient", lambda source: source.replace("return loss", "return 2 * los"))
    assert "in its place it goes astray, too: NameError: name 'los' is not defined" in found.text
    found, _ = marked_alone("swarm", "pso", lambda source: source.replace("return gbest, ", "return gbest + 1, "), SWARM_COURSE)
    assert (found.outcome, found.mistakes) == ("partial", ["result"])


@pytest.mark.parametrize(("returned", "sentence"), [
    (None, "it returned None: is there a return"), (np.zeros(5), "it returned one array of shape (5,), asked for are 3 values"),
    ((1, 2), "it returned tuple of 2, asked for are 3 values"), ("text", "it returned str, asked for are 3 values")])
def test_what_was_returned_is_said(returned, sentence):
    assert sentence in marked(adam_step=lambda *a: returned).items[0].text


@pytest.mark.parametrize(("far", "sentence"), [
    ([1.0, 3e255], "there it is 1 away, and 3e+255 at point 2"), ([1.0, np.inf], "there it is 1 away, and not finite (nan or inf) from point 2 on"),
    ([np.nan, np.nan], "there it is not finite (nan or inf)")])
def test_a_path_that_leaves_all_bounds(far, sentence):
    want = np.zeros((3, 2))
    got = want.copy()
    got[1:, 0] = far
    with warnings.catch_warnings():
        warnings.simplefilter("error")               # numpy's own would stand above the report in a notebook
        key = SimpleNamespace(function=ADAM["adam_run"], names=["path"], want=[[want]], cases=[SimpleNamespace(args={})])
        verdict = SimpleNamespace(key=key, got=[[got]], wrong=[0], right={"path": [False]}, tol=[[want]])
        assert shape.of(verdict, 0) == f"the path is right up to point 0 and goes wrong at point 1; {sentence}"


@pytest.mark.parametrize(("letter", "outcome"), [("b", "right"), ("B", "right"), ("a", "wrong"), ("", "unfinished"), ("z", "wrong")])
def test_questions(letter, outcome):
    result = marked(first_step=letter).items[3]
    assert result.outcome == outcome
    assert result.points == (1 if outcome == "right" else 0)


def test_outcomes_of_an_exercise():
    def of(**functions):
        return marked(**functions).outcome

    assert of() == "right"
    assert of(adam_run=unwritten) == "unfinished"
    assert of(bias=lambda beta, t: beta) == "partial"
    everything = {"first_step": "a", "rescaled": "a", "bias": lambda *a: 1 / 0, "adam_run": lambda *a: 1 / 0}
    assert of(adam_step=lambda *a: 1 / 0, **everything) == "crashed"
    assert of(**dict.fromkeys(("adam_step", "adam_run", "bias"), lambda *a: 0.0), first_step="a", rescaled="a") == "wrong"


def test_the_same_answers_give_the_same_text():
    step = ADAM["adam_step"].variant(ADAM["adam_step"].mistakes[3])
    assert marked(adam_step=step).text == marked(adam_step=step).text


def test_same_compares_infinities_and_nan_by_kind():
    a = np.array([1.0, np.nan, np.inf, -np.inf])
    assert same(a, a.copy(), np.zeros(4))
    assert not same(np.array([np.nan]), np.array([1.0]), np.array([0.1]))
    assert not same(np.array([np.inf]), np.array([-np.inf]), np.array([0.1]))
    assert not same(np.zeros(3), np.zeros((3, 1)), np.zeros(3))


def test_like_takes_a_crash_for_what_is_not_finite():
    nan, one, tol = [np.array([np.nan])], [np.array([1.0])], [np.array([1e-12])]
    assert like([None], [nan], [tol])
    assert not like([None], [one], [tol])
    assert not like([None, one], [None, [np.array([2.0])]], [tol, tol])


def toy(source_wrong):
    ex = Exercise("toy/toy")

    @ex.function(parts={"y": 2}, forms=ELEMENTWISE)
    def f(x):
        y = x * x + 1e8
        y = y - 1e8 if x is None else y
        return y

    f.inputs(lambda d: {"x": d.normal()})
    f.known(source_wrong)
    return f


def test_tolerance_follows_the_condition_of_the_problem():
    ex = Exercise("toy/cancel")

    @ex.function(parts={"y": 1})
    def f(x):
        big = x + 1e4
        y = big - 1e4
        return y

    f.inputs(lambda d: {"x": d.normal()})
    key = Key(f, 0)
    assert all(1e-12 < np.max(t[0]) < 1e-10 for t in key.tol)      # a fixed relative tolerance would refuse all other orders of these sums


def test_another_right_way_widens_the_tolerance():
    def key(*ways):
        ex = Exercise("toy/ways")

        @ex.function(parts={"y": 1})
        def f(x):
            y = x + 0.0
            return y

        f.inputs(lambda d: {"x": d.normal()})
        return Key(f.right(*ways), 0)
    narrow, wide = key(), key(also("by a detour", y="(x + 1e4) - 1e4"))
    assert all(np.all(w[0] > 100 * n[0]) for n, w in zip(narrow.tol, wide.tol))


@pytest.mark.parametrize(("mistake", "message"), [
    (wrong("none", "", "", z="x"), "replaces"), (wrong("twice", "", "", y="x"), "each once"), (wrong("text", "", "", edit=("nowhere", "x")), "0 times"),
    (wrong("texts", "", "", edit=("100000000.0", "0")), "2 times")])      # fmt: skip
def test_an_edit_that_hits_nothing_or_too_much_is_refused(mistake, message):
    with pytest.raises(SpecError, match="toy/toy, f") as refused:
        toy(mistake)
    assert message in str(refused.value)


def doubled(x):
    y = 2 * x
    return y


def test_specs_that_cannot_be_judged_are_refused():
    ex = Exercise("toy/bad")

    def augmented(x):
        x += 1
        return x
    with pytest.raises(SpecError, match="not x \\+= y"):
        ex.function(parts={"x": 1})(augmented)

    @ex.function(parts={"y": 1})
    def edgy(x):
        a = x * 3.3
        b = x * 1.1 * 3
        y = np.where(a == b, 1.0, 2.0)
        return y

    edgy.inputs(lambda d: {"x": d.normal()})
    with pytest.raises(SpecError, match="rounding decides"):
        Key(edgy, 0)
    with pytest.raises(SpecError, match="no argument is called 'q'"):
        edgy.when("never", q=1)

    @ex.function(parts={"y": 1})
    def counted(n):
        y = n + 1
        return y

    with pytest.raises(SpecError, match="n is how often it is drawn, and an argument, too"):
        counted.when("many", n=100_000)

    @ex.function(parts={"y": 1})
    def raises(x):
        y = [][1]
        return y

    raises.inputs(lambda d: {"x": d.normal()})
    with pytest.raises(SpecError, match="the reference itself raises"):
        Key(raises, 0)
    for expression, said in [("x ==", "no expression"), ("[x, x]", "one number or one condition"), ("y == 0", "raises NameError"), ("'x'", "one number")]:
        for told in ({"tells": [expression]}, {"factors": [expression]}):
            edgeless = Exercise("toy/noticed").function(parts={"y": 1})(doubled)
            edgeless.inputs(lambda d: {"x": d.normal()})
            with pytest.raises(SpecError, match=said):
                Key(edgeless.notice(*told.get("tells", ()), factors=told.get("factors", ())), 0)
    with pytest.raises(SpecError, match="right letter"):
        ex.question("q", 1, "b", b="no", c="no")


def test_objectives_record_and_refuse():
    f = Objective("sphere", [1.0, 2.0], limit=5)
    assert f([1, 2]) == 0
    assert np.array_equal(f(np.zeros((2, 2))), [5, 5])
    assert np.array_equal(f.trace(), [[1, 2], [0, 0], [0, 0]])
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        f(np.zeros(3))
    with pytest.raises(TimeoutError, match="more than 5 points"):
        f(np.zeros((3, 2)))
    assert len(f.fresh().trace()) == 0
    with pytest.raises(ValueError, match="no objective is called 'sphre'"):
        Objective("sphre", [0.0])


def test_an_objective_keeps_points_that_the_caller_changes_afterwards():
    f, x = Objective("sphere", [0.0, 0.0]), np.ones(2)
    f(x)
    x[0] = 7
    assert np.array_equal(f.trace(), [[1, 1]])


def test_inputs_on_which_rounding_decides_are_drawn_anew():
    """The seed of a class is drawn once: no seed may make every submission a fault of the grader."""
    ex = Exercise("x/x")

    @ex.function(parts={"y": 1})
    def f(x):
        y = np.where(x * 3 == 0.3, 1.0, 2.0) + 0 * x
        return y

    drawn = []

    @f.inputs
    def _(d):
        drawn.append(0.1 if len(drawn) < 4 else 0.7)  # all four ordinary inputs of the first draw lie where rounding decides
        return {"x": drawn[-1]}

    key = Key(f, 0)
    assert [case.args["x"] for case in key.cases] == [0.7] * 4

    @f.inputs
    def _(d):
        return {"x": 0.1}

    with pytest.raises(SpecError, match="rounding decides"):
        Key(f, 0)



def test_a_name_that_is_missing_everywhere_is_told_once():
    swarm = course.exercise("pso")

    def lost(*args):
        raise NameError("name 'npp' is not defined")

    functions = {f.name: lost for f in swarm.functions}
    result = grade_exercise(swarm, 0, lambda calls: check.answers(functions, calls))
    crashed = [item for item in result.items if item.outcome == "crashed"]
    assert len(crashed) == len(functions) > 2
    first, *others = (item.text for item in crashed)
    assert "Given: " in first and "As above" not in first
    for text_of_another in others:
        assert len(text_of_another.splitlines()) == 2
        assert "As above: NameError: name 'npp' is not defined (line " in text_of_another
    session = types.SimpleNamespace(broken=None, deaths={})
    said = marker.diagnosis(result, session)
    assert said.count("NameError: ") == 1
    assert said.startswith(f"{', '.join(functions)}: NameError: name 'npp' is not defined (line ")


# ------------------------------------------------------------------------------------------------------- what is hardly a number
def filled(value, dtype=None):
    return lambda a: np.full(np.shape(a), value, dtype)


WILD = {
    "nan": filled(np.nan), "inf": filled(-np.inf), "tiny": filled(5e-324), "bool": lambda a: np.asarray(a) > 0,
    "huge, of either sign": lambda a: np.resize([1.7e308, -1.7e308], np.shape(a)), "far away": lambda a: np.asarray(a) * 1e300 + 1e300,
    "all sorts": lambda a: np.resize([np.nan, np.inf, -np.inf, 1e308, 0.0], np.shape(a)),
    "signalling nan": filled(0x7F800001, np.uint32), "signalling nan of eight bytes": filled(0x7FF0000000000001, np.uint64),
    "float16": lambda a: np.asarray(a, np.float16) * np.float16(6e4), "float32": filled(3e38, np.float32), "longdouble": filled(np.longdouble("1e400")),
    "complex": lambda a: np.asarray(a) + 1j, "object": filled(10**400, object), "object of floats": filled(1e308, object),
    "int64": filled(np.iinfo(np.int64).min), "uint64": filled(np.iinfo(np.uint64).max), "empty": lambda a: np.zeros((3, 0, 2)),
}
for name, floats in {"signalling nan": np.float32, "signalling nan of eight bytes": np.float64}.items():
    WILD[name] = lambda a, bits=WILD[name], floats=floats: bits(a).view(floats)


@pytest.mark.parametrize("name", [*course.specs(), "swarms/swarm"])
@pytest.mark.filterwarnings("ignore")        # what the student's own code warns of is not looked at ...
def test_no_answer_makes_the_grader_warn(name):
    """... but the judge's is: not a line in an instructor's terminal comes from what a student's numbers do there."""
    exercise = course.exercise(name, SWARM_COURSE if name == "swarms/swarm" else None)
    right = {f.name: f.reference for f in exercise.functions}

    def wild(function, change, always, asks):
        def own(*args):
            if asks:
                args = [(lambda x, f=a: f(change(x))) if isinstance(a, Objective) else a for a in args]
            returned = function.reference(*args)
            if asks or not (always or any(np.size(a) and np.ravel(a)[0] > 0 for a in args if not callable(a) and np.ndim(a))):
                return returned
            return tuple(map(change, returned)) if isinstance(returned, tuple) else change(returned)
        return own

    def ask(function, change, always, asks, calls):
        answers = check.answers(right | {function.name: wild(function, change, always, asks)}, calls)
        warnings.simplefilter("error")       # from here on, the grader's own code runs
        return answers

    for function in exercise.functions:
        for k, (what, change) in enumerate(WILD.items()):
            for asks in (False, True) if function.judge or function.trajectory else (False,):
                answer = functools.partial(ask, function, change, k % 2 == 0, asks)
                with warnings.catch_warnings():
                    for item in grade_exercise(exercise, 0, answer).items:
                        drawn = picture.of(item)
                        assert drawn is None or not re.search(r"[\" ,](nan|inf)[\" ,]", drawn.svg), what


def failing_where_wrong(function, key, mistakes, error):
    """The answers of who is right wherever a mistake is, and fails everywhere else."""
    same_there = [other is not None and all(map(same, other, w, t)) for other, w, t in zip(key.mistakes[mistakes], key.want, key.tol)]
    failed = [np.int64(RAISED), text_as_bytes(f"{error} (line 3: x)")]
    given = [[np.int64(FINE), *w, *(a for a in c.args.values() if isinstance(a, np.ndarray))] for w, c in zip(key.want, key.cases)]
    own = [given[i] if same_there[i] else failed for i in key.order]
    return own + [failed] * len(key.stand_ins and key.cases)


FUNCTIONS = [f for name in ("adam", "sgd", "momentum", "losses", "backpropagation", "de") for f in course.exercise(name).functions if not f.judge]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.where)
def test_no_failure_is_named_that_the_mistake_does_not_raise(function):
    key = key_of(function, 0)
    for mistakes in key.mistakes:
        v = judge(key, failing_where_wrong(function, key, mistakes, "NameError: name 'losses' is not defined"))
        assert not v.known, (mistakes[0].name, v.mistakes)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.where)
def test_what_a_mistake_returns_or_raises_is_named(function):
    key = key_of(function, 0)
    for mistakes, answers in key.mistakes.items():
        if all(answers) and not key.stand_ins:
            given = [[np.int64(FINE), *a, *(b for b in c.args.values() if isinstance(b, np.ndarray))] for a, c in zip(answers, key.cases)]
            assert judge(key, [given[i] for i in key.order]).known, mistakes[0].name


LOOP = """
def adam_run(grad, theta, steps, lr, beta1, beta2, eps):
    path = [theta]
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    for t in range({first}, steps + {first}):
        theta, m, v = adam_step(theta, grad(theta), m, v, t, lr, beta1, beta2, eps)
        {line}
        path.append(theta)
    return np.array(path)
"""


@pytest.mark.parametrize("first, line, outcome, named", [
    (1, "losses.append(0)", "crashed", []), (1, "theta[9]", "crashed", []), (1, "1 / 0", "crashed", []), (1, "assert False", "crashed", []),
    (1, "m = m * np.nan", "wrong", []), (0, "pass", "wrong", ["t starts at 0"])])  # fmt: skip
def test_the_start_of_t_is_named_where_it_shows_alone(first, line, outcome, named):
    names = {"np": np, "adam_step": RIGHT["adam_step"]}
    exec(LOOP.format(first=first, line=line), names)
    key = key_of(ADAM["adam_run"], 0)
    v = judge(key, check.answers(names, key.calls()))
    assert (v.outcome, v.mistakes) == (outcome, named)


def test_a_mistake_is_named_on_the_very_error_that_it_raises():
    assert evidence(None, None, [1.0], [0.0], "IndexError: index 4 is out of bounds (line 2: x)", lambda: "IndexError: index 7 is out of bounds") == "error"
    assert not evidence(None, None, [1.0], [0.0], "IndexError: list index out of range", lambda: "IndexError: index 7 is out of bounds")
    assert not evidence(None, None, [1.0], [0.0])


@pytest.mark.parametrize("number", [Decimal, Fraction, sympy.Float, sympy.Rational, sympy.nsimplify, lambda x: sympy.log(sympy.exp(sympy.Rational(x))), np.float32,
                                    lambda x: np.array([[Decimal(x)]], object)[0, 0]])  # fmt: skip
def test_numbers_of_other_libraries_are_numbers(number):
    """Where one number is asked for, and in lists of them."""
    bias = ADAM["bias"].reference
    found = marked(bias=lambda beta, t: number(float(bias(beta, t))))
    assert found.items[2].outcome == "right", found.text
    assert np.array_equal(play.numbers([[number(0.5), 2], [number(1.5), number(-1.0)]]).ravel(), [0.5, 2, 1.5, -1])


@pytest.mark.parametrize("returned", [sympy.Symbol("x"), sympy.I, "1.5", ["1.5"], [None], {"a": 1}, sympy.Symbol("x") + 1])
def test_what_is_no_number_is_none(returned):
    found = marked(bias=lambda beta, t: returned)
    assert found.items[2].points == 0 and "array of numbers" in found.items[2].text
