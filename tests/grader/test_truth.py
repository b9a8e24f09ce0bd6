"""Right answers pass however they are written, mistakes are recognised wherever they stand, and feedback gives nothing away."""

import ast
import builtins
import functools
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.marking.marking import grade_exercise, key_of, mark
from nnopt.grader.student import check

TESTS = Path(__file__).parents[1]
EXERCISES = [course.exercise(name) for name in course.specs()]
FUNCTIONS = [f for exercise in EXERCISES for f in exercise.functions]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.exercise.name}.{f.name}")


def marked(function, seed, namespace, verbose=False):
    key = key_of(function, seed)
    return mark(function, key, check.answers(namespace, key.calls()), verbose)


def among_references(function, answer):
    """A notebook's namespace that is right but for one function."""
    return {f.name: f.reference for f in function.exercise.functions} | {function.name: answer}


# ------------------------------------------------------------------------------------- right ways, made of the reference
def ways(function):
    """The reference, written otherwise by a wrapper: what comes back is as right, whatever it is made of."""
    ref, many = function.reference, len(function.parts) > 1

    def each(change):
        return lambda *args: tuple(change(r) for r in ref(*args)) if many else change(ref(*args))

    yield "lists", each(lambda r: np.asarray(r).tolist())
    yield "Fortran order", each(lambda r: np.asfortranarray(r) if np.ndim(r) > 1 else r)
    yield "a view", each(lambda r: np.asarray(r)[..., ::-1].copy()[..., ::-1] if np.ndim(r) else r)
    yield "long doubles", each(lambda r: np.asarray(r, np.longdouble))
    yield "numbers of NumPy", each(lambda r: np.asarray(r)[()])
    yield "copies of its arguments", lambda *args: ref(*[a.copy() if isinstance(a, np.ndarray) else a for a in args])
    yield "any arguments", lambda *args, **named: ref(*args, **named)
    if many:
        yield "a list of parts", lambda *args: list(ref(*args))
    if function.forms == ELEMENTWISE:
        yield "element by element", functools.partial(by_elements, function)


def by_elements(function, *args):
    """The reference, asked for one element after the other."""
    arrays = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]
    if not arrays:
        return function.reference(*args)
    parts = [np.zeros(args[arrays[0]].shape) for _ in function.parts]
    for place in np.ndindex(parts[0].shape):
        got = function.reference(*[float(a[place]) if i in arrays else a for i, a in enumerate(args)])
        for part, value in zip(parts, got if len(parts) > 1 else [got]):
            part[place] = value
    return tuple(parts) if len(parts) > 1 else parts[0]


def writing(function):
    """The reference, which leaves its answers in the caller's arrays, too; None where none has the name of an answer."""
    places = [(i, function.params.index(name)) for i, name in enumerate(function.parts) if name in function.params]

    def impure(*args):
        returned = function.reference(*args)
        parts = list(returned) if len(function.parts) > 1 else [returned]
        for part, place in places:
            if isinstance(args[place], np.ndarray) and args[place].shape == np.shape(parts[part]):
                args[place][...] = parts[part]
                parts[part] = args[place]
        return tuple(parts) if len(parts) > 1 else parts[0]

    return impure if places else None


MADE = [(f, way, answer) for f in FUNCTIONS for way, answer in ways(f)]
WRITING = [f for f in FUNCTIONS if f.pure and writing(f)]


@pytest.mark.parametrize(("function", "way", "answer"), MADE, ids=[f"{f.name}: {way}" for f, way, _ in MADE])
def test_a_right_answer_gets_all_points_however_it_is_wrapped(function, way, answer):
    result = marked(function, 0, among_references(function, answer))
    assert result.points == function.points, result.text


@pytest.mark.parametrize("function", WRITING, ids=lambda f: f.name)
def test_what_writes_into_its_arguments_loses_the_point_for_that(function):
    result = marked(function, 0, among_references(function, writing(function)))
    assert result.points == function.points - function.pure, result.text
    assert "writes into its argument" in result.text


# ---------------------------------------------------------------------------------------------- answers written by hand
def namespace_of(path):
    """A file of answers as a student's notebook would leave it."""
    space = {"__name__": "__main__", "__builtins__": builtins}
    exec(code_of(path), space)
    return space


@functools.cache
def code_of(path):
    return compile(path.read_text(encoding="utf8"), str(path), "exec")


def answers(*kinds):
    """``(function, name, path)`` of what stands beside an algorithm's test, where it has any: answers/NAME_KIND.py.

    ``adam_step__by_lists`` is an answer to ``adam_step``; what begins with an underscore is a helper. ``right`` and ``other`` must get all
    points (a name that ends in ``__impure`` loses the one for leaving arguments alone), ``wrong`` must lose some, and the feedback must
    call ``named`` what their docstrings say.
    """
    for exercise, kind in ((exercise, kind) for exercise in EXERCISES for kind in kinds):
        section, _, short = exercise.name.partition("/")
        path = TESTS / section / "answers" / f"{short}_{kind}.py"
        for name in defined(path, exercise) if path.is_file() else ():
            function, _, way = name.partition("__")
            if function and way:
                yield exercise[function], name, path


def defined(path, exercise):
    """The names that a file of answers leaves, whether by `def` or by an assignment."""
    space = {f.name: f.reference for f in exercise.functions}
    exec(code_of(path), space)
    return space


def test_every_file_of_answers_is_read():
    """Else a slip in its name takes its answers out of the tests."""
    read = {path for _, _, path in answers("right", "other", "wrong", "named")}
    assert {path for path in TESTS.glob("*/answers/*.py") if path.name != "__init__.py"} == read


def points_of(function, way, path, seed):
    space = namespace_of(path)
    space[function.name] = space[way]
    return marked(function, seed, space)


def with_answers(*kinds):
    found = list(answers(*kinds))
    return pytest.mark.parametrize(("function", "way", "path"), found, ids=[way for _, way, _ in found])


@with_answers("right", "other")
def test_a_right_answer_gets_all_points(function, way, path):
    for seed in range(2 if path.stem.endswith("_right") else 1):
        result = points_of(function, way, path, seed)
        lost = function.pure if way.endswith("__impure") else 0
        assert result.points == function.points - lost, result.text
        assert ("writes into its argument" in result.text) == bool(lost), result.text


@with_answers("wrong")
def test_a_wrong_answer_loses_points(function, way, path):
    result = points_of(function, way, path, 0)
    assert result.points < function.points, result.text


@with_answers("named")
def test_a_common_mistake_has_its_name(function, way, path):
    """Written by hand, in a student's words, and not as an edit of the reference."""
    space = {f.name: f.reference for f in function.exercise.functions}
    exec(code_of(path), space)
    result = marked(function, 0, space | {function.name: space[way]})
    assert result.mistakes == [space[way].__doc__], result.text
    assert result.points < function.points


@pytest.mark.slow
@pytest.mark.timeout(1800)
@every_function
def test_right_and_wrong_at_fifty_seeds(function):
    surprises = []
    for seed in range(1, 51):
        for right, kind in ((True, "other"), (False, "wrong")):
            surprises += [(way, seed) for f, way, path in answers(kind) if f is function
                          if (points_of(f, way, path, seed).points == f.points) is not right]
        function.exercise.keys.pop((function.name, seed), None)
    assert surprises == []


# ------------------------------------------------------------------------------------------------------ mistakes, nested
class Bury(ast.NodeTransformer):
    """Every right side is computed by a function in a function in a function."""

    def visit_Assign(self, node):
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Subscript):
            return node
        for _ in range(3):
            node.value = ast.Call(ast.Lambda(ast.arguments([], [], None, [], [], None, []), node.value), [], [])
        return node


OUTER = """
class Solver:
    def __init__(self, *args):
        self.args = args

    def answer(self):
        import functools

        def inner():
            yield functools.partial(_buried, *self.args)
        return next(map(lambda f: f(), inner()))


def {name}(*args):
    return Solver(*args).answer()
"""


def buried(function, mistake):
    """The reference with one mistake, deep in helpers of helpers."""
    from nnopt.grader.exercise.variants import edited

    tree = edited(function.source, [mistake], function.where)
    tree.body[0].name = "_buried"
    source = ast.unparse(ast.fix_missing_locations(Bury().visit(tree))) + OUTER.format(name=function.name)
    space = {**function.reference.__globals__, **{f.name: f.reference for f in function.exercise.functions}}
    exec(compile(source, "<a student>", "exec"), space)
    return space


@every_function
def test_a_mistake_is_recognised_in_helpers_of_helpers(function):
    for mistake in function.mistakes:
        result = marked(function, 0, buried(function, mistake))
        assert mistake.name.partition(":")[0] in result.mistakes, f"{mistake.name}: {result.text}"
        assert result.points < function.points


@every_function
def test_a_mistake_returned_as_float32_is_recognised(function):
    """Answers of lower precision have wider tolerances: not so wide that a mistake gets through."""
    for mistake in function.mistakes:
        f = function.variant(mistake)

        def single(*args, f=f):
            returned = f(*args)
            return [np.float32(r) for r in returned] if len(function.parts) > 1 else np.float32(returned)
        result = marked(function, 0, {function.name: single})
        assert result.points < function.points, mistake.name


# --------------------------------------------------------------------------------------------------- the shape of an error
def off(change, function="adam_step", part=0):
    """The report on a reference whose part comes back changed."""
    f = course.exercise("adam")[function]

    def changed(*args):
        returned = f.reference(*args)
        if len(f.parts) == 1:
            return change(returned, args)
        return tuple(change(r, args) if k == part else r for k, r in enumerate(returned))
    return marked(f, 0, {g.name: g.reference for g in f.exercise.functions} | {function: changed}).text


@pytest.mark.parametrize(("change", "told"), [
    (lambda r, a: -r, "theta has the wrong sign"),
    (lambda r, a: 3 * r, "theta is 3 times what it should be, for every input"),
    (lambda r, a: a[0] + 10 * (r - a[0]), "the change of theta is 10 times what it should be, for every input"),
    (lambda r, a: a[0] - (r - a[0]), "the change of theta has the wrong sign"),
    (lambda r, a: r + 0.5, "theta is 0.5 too large, for every input"),
    (lambda r, a: a[4] * r, "off by a factor that is the same for all elements of an input, not for all inputs"),
    (lambda r, a: r * (1 + 1e-9), "theta is off by 1e-09 of its size at most"),
    (lambda r, a: np.trunc(r), "theta holds whole numbers only"),
    (lambda r, a: a[0], "theta is the argument theta, as it came"),
    (lambda r, a: r[::-1] if np.ndim(r) == 1 else r, "theta has the right elements in another order"),
    (lambda r, a: r * np.nan, "theta is not finite"),
    (lambda r, a: np.append(r[:-1], 7.5) if np.ndim(r) == 1 and len(r) else r, "theta is wrong in the last element only"),
    (lambda r, a: r * (1 + 0.01 * np.cos(r) ** 2), "the signs are right, it is always too large, by 1 % at most"),
])  # fmt: skip
def test_the_shape_of_an_error_is_told(change, told):
    assert told in off(change)


@pytest.mark.parametrize(("change", "told"), [
    (lambda r, a: np.concatenate([r[:3], r[3:] + 0.1]), "the path is right up to point 2 and goes wrong at point 3; there it is 0.14 away"),
    (lambda r, a: np.concatenate([r, r[-1:]]), "that both have are right"),
    (lambda r, a: r + 1, "the path is wrong from its first point on"),
])  # fmt: skip
def test_the_step_at_which_a_path_goes_wrong_is_told(change, told):
    assert told in off(change, "adam_run")


@every_function
def test_when_asked_for_the_input_stands_in_full_and_can_be_run(function):
    """Pasted below the student's function, the lines give back what the report says was returned."""
    for mistake in function.mistakes:
        f = function.variant(mistake)
        result = marked(function, 0, {g.name: g.reference for g in function.exercise.functions} | {function.name: f}, True)
        verdict, lines = result.verdict, [line.strip() for line in result.text.splitlines()]
        begin = lines.index("The input:") + 1
        assert not re.search(r"[1-9]\d*\.\d{13}|\.\d*[1-9]\d{12}", "\n".join(lines[begin:])), "a number that nobody can read"
        space = {"np": np}
        exec("\n".join(lines[begin:]), space)
        found = [k for k, case in enumerate(verdict.key.cases) if all(same_argument(space[name], a) for name, a in case.args.items())]
        assert found, result.text


def same_numbers(a, b):
    return np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")


def same_argument(mine, theirs):
    if callable(theirs):
        x = np.linspace(0.1, 0.7, theirs.dim)
        try:
            return np.allclose(mine(x), theirs.fun(x), rtol=1e-14)
        except ValueError:  # it is of another dimension
            return False
    return np.shape(mine) == np.shape(theirs) and same_numbers(mine, theirs)


# ----------------------------------------------------------------------------------------------------- nothing is disclosed
@every_function
def test_feedback_discloses_no_reference(function):
    """Of the spec a student reads the sentences written for students; of what is expected one number, or a shape."""
    lines = {line.strip() for line in function.source.splitlines()[1:]}
    secrets = {line for line in lines if len(line) > 12} | {side for w in [*function.mistakes, *function.rights] for side in w.sides.values() if len(side) > 12}
    answers = [buried(function, w) for w in function.mistakes]
    answers += [{function.name: f} for f in (lambda *a: 0.0, lambda *a: None, lambda *a: 1 / 0, lambda *a: a[0])]
    for space in answers:
        text = marked(function, 0, space).text
        said = [w.says + w.hint for w in function.mistakes]
        assert not [s for s in secrets if s in text and not any(s in sentence for sentence in said)], text
        expected = re.findall(r", expected (.+)", text)
        assert len(expected) <= 1
        assert all(re.fullmatch(r"-?(\d[\d.e+-]*|nan|inf)|\([\d, ]*\)", e) for e in expected), text


def test_a_hidden_spec_leaves_no_trace_in_feedback(tmp_path):
    """A course of one's own, its reference told apart by names and constants that occur nowhere else."""
    folder = tmp_path / "solutions" / "secret"
    folder.mkdir(parents=True)
    (folder / "hidden.py").write_text('''
import numpy as np
from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("secret/hidden")

@ex.function(parts={"y": 2})
def f(x):
    zanzibar = x * 271.828125
    y = zanzibar + 31415.9375
    return y

f.inputs(lambda d: {"x": d.normal()})
f.known(wrong("no shift", "Something is added.", "What is f(0)?", y="zanzibar"))
''')
    exercise = course.exercise("hidden", tmp_path)
    for f in (lambda x: x * 8698.5 / 32, lambda x: x, lambda x: None, lambda x: 1 / 0, lambda x: [x, x], lambda x: "y"):
        result = grade_exercise(exercise, 0, lambda calls, f=f: check.answers({"f": f}, calls))
        assert result.outcome != "right"
        for secret in ("zanzibar", "271.828125", "31415.9375", "solutions", "hidden.py"):
            assert secret not in result.text
        values = {f"{v:.{digits}g}" for w in key_of(exercise["f"], 0).want for v in np.ravel(w[0]) for digits in range(4, 18)}
        told = {word.strip(",;.()") for line in result.text.splitlines() for word in line.split() if "expected" in line}
        assert len({f"{float(v):.4g}" for v in values & told}) <= 1


# -------------------------------------------------------------------------------------------------- commands that state it
def test_the_kill_rate_is_printed():
    done = CliRunner().invoke(app, ["prove", "gd.best_lr", "adam.bias"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"gradient/gd\.best_lr +\d+ of \d+ mutants lose points \(\d+ %\)", lines[0])
    assert len([line for line in lines if "mutants lose points" in line]) == 3     # two functions, and all together
