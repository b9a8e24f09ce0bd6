"""What a student reads of a wrong answer: the mistake's name first, then one coordinate that can be worked out by hand, and no more."""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.marking import byhand, feedback
from nnopt.grader.marking.marking import grade_exercise, key_of, mark
from nnopt.grader.marking.tolerance import evaluate
from nnopt.grader.proof.proving import one_notebook
from nnopt.grader.student import check, student

EXERCISES = [course.exercise(name) for name in course.specs()]
SWARM = course.exercise("swarm", Path(__file__).parent / "swarm_course")   # its loop draws the random numbers itself
FUNCTIONS = [f for exercise in EXERCISES for f in exercise.functions if not f.judge]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.exercise.name}.{f.name}")
PIECE = re.compile(r", (?=\w+(?:\[[\d:, ]*\])? (?:= |of shape ))")


def marked(function, answer, verbose=False):
    """The mark of an answer, in a notebook that is right elsewhere."""
    space = one_notebook({f.name: f.reference for f in function.exercise.functions} | {function.name: answer})
    key = key_of(function, 0)
    return mark(function, key, check.answers(space, key.calls()), verbose)


def lines_of(result):
    return [line.strip() for line in result.text.splitlines()]


def given(result):
    """The pieces of the line that begins with ``Given:``."""
    lines = lines_of(result)
    begin = next((k for k, line in enumerate(lines) if line.startswith("Given: ")), None)
    if begin is None:
        return []
    end = next((k for k in range(begin, len(lines)) if not lines[k].endswith(",")), len(lines))
    return PIECE.split(" ".join(lines[begin : end + 1]).removeprefix("Given: "))


# ------------------------------------------------------------------------------------------------------ the name comes first
@every_function
def test_the_name_and_the_question_come_before_any_number(function):
    for mistake in [w for (w,) in key_of(function, 0).mistakes]:
        lines = lines_of(marked(function, function.variant(mistake)))
        assert lines[1] == f"This looks like: {mistake.name}. {mistake.says}"
        assert lines[2] == f"Think: {mistake.hint}"


def test_of_a_swarm_too():
    text = marked(SWARM["pso"], SWARM["pso"].variant(SWARM["pso"].mistakes[0])).text
    assert text.splitlines()[1].strip().startswith("This looks like: best points are never renewed. ")


def test_a_flipped_sign_takes_few_lines_and_leaves_nothing_out():
    velocity = course.exercise("pso")["pso_velocity"]
    mistake = next(w for w in velocity.mistakes if w.name == "pushed away from the swarm's best")
    result = marked(velocity, velocity.variant(mistake))
    assert len(feedback.wrapped(result.text).splitlines()) <= 8      # it was 25
    place = re.search(r"v\[(\d), (\d)\]", result.text)
    names = [piece.partition(" = ")[0] for piece in given(result)]
    matrices = [f"{name}[{place[1]}, {place[2]}]" for name in ("v", "x", "pbest", "r1", "r2")]
    assert names == [*matrices[:3], f"gbest[{place[2]}]", *matrices[3:], "w", "c1", "c2"]


# ------------------------------------------------------------------------------------------------------- worked out by hand
def arguments(function, case, pieces, rng):
    """The arguments as somebody would have them who has the report only: what it does not show is any number."""
    space = {"np": np}
    for name, a in case.args.items():
        if isinstance(a, np.ndarray) and a.ndim:
            space[name] = rng.permuted(a) if a.dtype.kind in "iub" else rng.normal(size=a.shape).astype(a.dtype)
    for piece in pieces:
        if " of shape " in piece:                                   # too large to be shown
            name, _, shape = piece.partition(" of shape ")
            assert shape == str(case.args[name].shape)
            space[name] = case.args[name].copy()
        else:
            exec(piece, space)
    made = {}
    for name, a in case.args.items():
        made[name] = Objective(a.name, *a.arrays) if isinstance(a, Objective) else space[name]
        if isinstance(a, Objective):
            x = np.linspace(-0.4, 0.7, a.dim)
            np.testing.assert_allclose(space[name](x), a.fun(x), rtol=1e-12)
        elif isinstance(a, np.ndarray):
            made[name] = np.asarray(space[name], a.dtype)
    return made


@every_function
def test_the_coordinate_follows_from_what_is_shown(function):
    """Everything else is replaced by other numbers: the reference must still give what was expected."""
    rng, shown = np.random.default_rng(0), 0
    for mistake in function.mistakes:
        result = marked(function, function.variant(mistake))
        shown += " has shape " in result.text           # of an answer of another length that is what there is to know
        told = next((line for line in lines_of(result) if line.startswith("By hand, ")), None)
        if told is None:
            continue
        part, index, mine, expected = re.fullmatch(r"By hand, .+: yours is (\w+)(\[[\d, ]+\])? = (\S+), expected (\S+)", told).groups()
        v, pieces = result.verdict, given(result)
        case = v.key.cases[feedback.clearest(v)]
        numbers = [name for name, a in case.args.items() if np.ndim(a) == 0 and not isinstance(a, Objective)]
        assert [p for p in numbers if not any(piece.startswith(f"{p} = ") for piece in pieces)] == []
        where = tuple(map(int, re.findall(r"\d+", index or "")))
        got = evaluate(function.variant(), arguments(function, case, pieces, rng), len(function.parts))
        value = float(got[v.key.names.index(part)][where])
        assert value == pytest.approx(float(expected), rel=1e-3, abs=1e-12, nan_ok=True), result.text
        assert float(mine) != float(expected)
        assert sum(len(piece) for piece in pieces) < 700, result.text
        shown += 1
    assert shown


def test_nearly_every_coordinate_can_be_worked_out_from_the_report_alone():
    """Of an array that is too large its shape is shown: seldom, and only where a whole loop runs over tables."""
    count, lacking = 0, set()
    for f in FUNCTIONS:
        for w in f.mistakes:
            result = marked(f, f.variant(w))
            if "\n         By hand, " in result.text:
                count += 1
                args = result.verdict.key.cases[feedback.clearest(result.verdict)].args
                large = [p for p in given(result) if " of shape " in p and args[p.partition(" of ")[0]].size > byhand.SMALL]
                lacking |= {(f, w.name)} if large else set()
    assert len(lacking) < 0.08 * count, lacking


@pytest.mark.parametrize(("shape", "of", "where", "told"), [
    ((3,), (6, 3), (4, 1), (1,)), ((6,), (6, 3), (4, 1), (4,)), ((6, 3), (6, 3), (4, 1), (4, 1)), ((6, 3), (6,), (4,), (4,)),
    ((5, 4), (3,), (1,), ()), ((2, 6, 3), (6, 3), (4, 1), ()), ((4,), (), (), ()),
])  # fmt: skip
def test_what_goes_with_a_coordinate(shape, of, where, told):
    assert byhand.aligned(shape, of, where) == told


def piece_names(pieces):
    return [re.split(" = | of ", piece)[0] for piece in pieces]


def test_a_product_of_matrices_shows_a_row_and_a_column_also_where_all_are_square():
    back = course.exercise("backpropagation")["dense_backward"]
    key = key_of(back, 0)
    square = next(i for i, case in enumerate(key.cases) if case.situation == "all of the same size")
    dW = key.names.index("dW")
    assert piece_names(byhand.pieces(key, square, dW, (1, 2)))[:2] == ["dZ[:, 2]", "A[:, 1]"]
    dA = key.names.index("dA")
    names = piece_names(byhand.pieces(key, square, dA, (1, 2)))
    assert (names[0], names[2]) == ("dZ[1]", "W[2]")


def test_a_row_that_is_picked_is_shown_and_no_other():
    step = course.exercise("sgd")["sgd_step"]
    key = key_of(step, 0)
    i = key.cases[0].args["i"]
    assert piece_names(byhand.pieces(key, 0, 0, (1,))) == ["theta", f"X[{i}]", f"y[{i}]", "i", "lr"]


@pytest.mark.parametrize(("mask", "told"), [
    (np.eye(3) > 2, "x of shape (3, 3)"), (np.eye(3) > 0, "x = [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]"),
    (np.eye(3)[[2, 0, 0]] > 0, "x = [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]"),
    (np.arange(9).reshape(3, 3) // 3 == 1, "x[1] = [3.0, 4.0, 5.0]"), (np.arange(9).reshape(3, 3) % 3 == 1, "x[:, 1] = [1.0, 4.0, 7.0]"),
    (np.arange(9).reshape(3, 3) == 5, "x[1, 2] = 5.0"),
])  # fmt: skip
def test_what_of_an_array_is_shown(mask, told):
    assert byhand.piece("x", np.arange(9.0).reshape(3, 3), mask) == told


def test_of_what_is_large_the_shape_is_shown_or_a_few_entries():
    x = np.zeros((20, 30))
    few = np.zeros(x.shape, bool)
    few[2, 3] = few[17, 4] = True
    assert byhand.piece("x", x, few) == "x[2, 3] = 0.0, x[17, 4] = 0.0"
    assert byhand.piece("x", x, np.ones(x.shape, bool)) == "x of shape (20, 30)"
    assert byhand.whole("x", x) == "x of shape (20, 30)"


# ----------------------------------------------------------------------------------------------------------------- once only
@every_function
def test_a_wrong_shape_is_told_once(function):
    def doubled(*args):
        r = function.reference(*args)
        return (np.stack([r[0], r[0]]), *r[1:]) if len(function.parts) > 1 else np.stack([r, r])

    result = marked(function, doubled)
    told = [line for line in lines_of(result) if " shape " in line and " of shape " not in line and not line.startswith("Think: ")]
    assert len(told) == 1, result.text
    assert re.search(r": \w+ has shape \([\d, ]*\), expected \([\d, ]*\)$", told[0])
    assert "in place of" not in result.text and "points, not" not in result.text


def test_a_path_of_another_length_is_told_once():
    run = course.exercise("gd")["gd_run"]
    result = marked(run, lambda *args: run.reference(*args)[:-1])
    assert result.text.count("expected") == 1
    assert re.search(r"The error: the \d+ points that both have are right\.", result.text)


# ------------------------------------------------------------------------------------------------------ all of it, if asked for
@every_function
def test_all_of_the_input_is_shown_only_when_asked_for(function):
    answer = function.variant(function.mistakes[0])
    plain, full = marked(function, answer), marked(function, answer, verbose=True)
    assert "The input:" not in plain.text
    assert full.text.startswith(f"{plain.text}\n{feedback.INDENT}The input:\n")
    case = plain.verdict.key.cases[feedback.clearest(plain.verdict)]
    assert all(f"{name} = " in full.text.partition("The input:")[2] for name in case.args)


def test_the_command_and_the_notebook_take_the_same_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _, _ = student.start("gd")
    path.write_text(path.read_text().replace("raise NotImplementedError", "return theta + lr * grad", 1))
    plain, full = (CliRunner().invoke(app, ["check", "gd", *more]) for more in ([], ["--verbose"]))
    assert (plain.exit_code, full.exit_code) == (1, 1)
    assert "The input:" not in plain.output and plain.output.rstrip().endswith("To see all of the input, add --verbose.")
    assert "theta = np.array([" in full.output.partition("The input:")[2] and "--verbose" not in full.output

    def gd_step(theta, grad, lr):
        return theta + lr * grad

    space = {"gd_step": gd_step, "check": check.check}
    with pytest.raises(check.NotYet) as short:
        exec("check('gd.gd_step')", space)
    more = str(short.value).splitlines()[-1].removeprefix("To see all of the input: ")
    with pytest.raises(check.NotYet, match="The input:") as long:
        exec(more, space)
    assert "The input:" not in str(short.value) and "To see all" not in str(long.value)


def test_watching_takes_no_verbose():
    done = CliRunner().invoke(app, ["check", "gd", "--watch", "--verbose"])
    assert done.exit_code == 2 and "exclude each other" in done.output


# --------------------------------------------------------------------------------------------------- what failed, and on what
@every_function
def test_a_crash_shows_its_arguments(function):
    result = marked(function, lambda *args: [][1])
    pieces = given(result)
    assert "IndexError" in lines_of(result)[1]
    assert [re.match(r"\w+", piece)[0] for piece in pieces] == function.params
    assert all(len(piece) < 250 for piece in pieces)


def test_a_crash_on_one_input_shows_that_input():
    run = course.exercise("gd")["gd_run"]

    def without_steps(grad, theta, lr, tol, max_steps):
        if max_steps == 0:
            raise ZeroDivisionError("no steps")
        if max_steps == 3:
            raise ValueError("three")
        return run.reference(grad, theta, lr, tol, max_steps)

    result = marked(run, without_steps)
    said = lines_of(result)[1]
    steps = {"ZeroDivisionError": "max_steps = 0", "ValueError": "max_steps = 3"}
    assert any(error in said and steps[error] in given(result) for error in steps), result.text


def test_a_swarm_that_fails_without_rounds_shows_so():
    swarm = SWARM["pso"]

    def pso(f, lower, upper, particles, iterations, w, c1, c2, rng):
        return swarm.reference(f, lower, upper, particles, iterations // iterations * iterations, w, c1, c2, rng)

    result = marked(swarm, pso)
    assert "ZeroDivisionError" in result.text and "iterations = 0" in given(result)
    full = marked(swarm, pso, verbose=True).text.partition("The input:\n")[2]
    space = {"np": np}
    exec("\n".join(line.strip() for line in feedback.wrapped(full).splitlines()), space)
    assert space["iterations"] == 0 and callable(space["f"]) and space["rng"].random() < 1


@pytest.mark.parametrize("returned", [lambda r: r + 0j, lambda r: (np.asarray(r) * 1j).tolist(), lambda r: np.asarray(r + 0j, object)])
def test_complex_numbers_are_called_so(returned):
    factor = course.exercise("pso")["spread_factor"]
    result = marked(factor, lambda *args: returned(factor.reference(*args)))
    assert "it returned complex numbers, where real numbers are expected\n" in result.text
    assert given(result) and "complex128" not in result.text


@every_function
def test_complex_numbers_in_every_part(function):
    def answer(*args):
        r = function.reference(*args)
        return (*r[:-1], r[-1] + 0j) if len(function.parts) > 1 else r + 0j

    assert "it returned complex numbers, where real numbers are expected" in marked(function, answer).text


def test_a_swarm_of_complex_numbers():
    swarm = SWARM["pso"]
    text = marked(swarm, lambda *args: (swarm.reference(*args)[0] + 0j, 0.0)).text
    assert "it returned complex numbers, where real numbers are expected" in text


def test_a_named_mistake_that_fails_on_some_inputs_is_shown_where_it_does_not():
    back = course.exercise("backpropagation")["dense_backward"]
    mistake = next(w for w in back.mistakes if w.name == "W not transposed")
    result = marked(back, back.variant(mistake))
    assert "By hand, all of the same size: yours is dA[" in result.text and "Error" not in result.text


def test_the_whole_report_of_an_exercise_stays_short():
    exercise = course.exercise("pso")
    plain = [f for f in exercise.functions if not f.judge]
    space = {f.name: f.variant(f.mistakes[0]) for f in plain}
    result = grade_exercise(exercise, 0, lambda calls: check.answers(space, calls), plain)
    assert max(len(feedback.wrapped(item.text).splitlines()) for item in result.items) <= 12, result.text
