"""The mirror image of a known mistake is known, too, and what is said of it is true."""

import ast
import re

import numpy as np
import pytest

from nnopt.grader.exercise import course
from nnopt.grader.exercise.spec import Exercise, wrong
from nnopt.grader.marking import mirror
from nnopt.grader.marking.judge import Key, like
from nnopt.grader.marking.marking import key_of, mark
from nnopt.grader.proof import proving
from nnopt.grader.student import check

FUNCTIONS = [f for name in course.specs() for f in course.exercise(name).functions if not f.judge]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.exercise.name}.{f.name}")


def marked(function, answer):
    key = key_of(function, 0)
    space = {f.name: f.reference for f in function.exercise.functions} | {function.name: answer}
    return mark(function, key, check.answers(space, key.calls()))


# ------------------------------------------------------------------------------------------------------------- all the specs
@every_function
def test_a_twin_works_and_loses_points_and_shadows_nothing(function):
    key = key_of(function, 0)
    plain = lambda answers: [answers[i] for i in key.plain]     # noqa: E731
    for twin in key.twins:
        result = marked(function, function.variant(twin))
        assert result.mistakes == [twin.name] and result.points < function.points
        own = key.mistakes[twin,]
        assert all(own), "it works on every input"
        assert not any(like(plain(own), plain(key.mistakes[w,]), plain(key.tol)) for w in function.mistakes)
    assert proving.misnamed(function, 0) == {}
    assert list(key.mistakes)[: len(function.mistakes)] == [(w,) for w in function.mistakes]


@every_function
def test_every_seed_has_the_same_twins(function):
    names = [w.name for w in key_of(function, 0).twins]
    for seed in (1, 2) if names else ():
        assert [w.name for w in Key(function, seed).twins] == names


def test_the_specs_have_twins():
    found = {f.name: [w.name for w in key_of(f, 0).twins] for f in FUNCTIONS if key_of(f, 0).twins}
    assert {"pso_velocity", "adam_step"} <= set(found)
    assert len(found["pso_velocity"]) == 4


# ------------------------------------------------------------------------------------------------------ in a student's words
@pytest.mark.parametrize(("line", "slip"), [
    ("w * v + c1 * r1 * (x - pbest) + c2 * r2 * (gbest - x)", "pushed away from the swarm's best"),
    ("w * v + c2 * r2 * (gbest - x) - r1 * c1 * (pbest - x)", "pushed away from the swarm's best"),
    ("w * v + c2 * r1 * (pbest - x) + c2 * r2 * (gbest - x)", "c1 used twice"),
    ("w * v + c1 * r2 * (pbest - x) + c2 * r2 * (gbest - x)", "r1 used twice"),
    ("w * v + c1 * r1 * (pbest - gbest) + c2 * r2 * (gbest - x)", "from best to best"),
])  # fmt: skip
def test_the_other_sign_has_its_name(line, slip):
    velocity = course.exercise("pso")["pso_velocity"]
    space = {}
    exec(f"def answer(v, x, pbest, gbest, r1, r2, w, c1, c2):\n    return {line}", space)
    result = marked(velocity, space["answer"])
    assert result.mistakes == [f'the same slip as "{slip}", in the other term']
    assert "The slip is in the term of c1, r1 and pbest." in result.text


def test_the_names_in_its_question_are_exchanged():
    velocity = course.exercise("pso")["pso_velocity"]
    twin = next(w for w in key_of(velocity, 0).twins if "pushed away" in w.name)
    assert twin.hint == "If pbest is right of x, where should x go?"
    assert twin.says == "One of the two differences has the wrong sign. The slip is in the term of c1, r1 and pbest."
    plain = next(w for w in key_of(velocity, 0).twins if "from best to best" in w.name)
    assert plain.hint == "Compare the term of c1, r1 and pbest, letter by letter, with the term of c2, r2 and gbest."


def test_two_slips_are_named_beside_each_other_with_a_twin():
    velocity = course.exercise("pso")["pso_velocity"]
    result = marked(velocity, lambda v, x, pbest, gbest, r1, r2, w, c1, c2: v + c1 * r1 * (x - pbest) + c2 * r2 * (gbest - x))
    assert result.mistakes == ["inertia without weight", 'the same slip as "pushed away from the swarm\'s best", in the other term']


# ------------------------------------------------------------------------------------------------------------------- a toy
def toy(*mistakes, reference=None):
    ex = Exercise("own/toy")

    def f(x, y, a, b, t):
        left = a * (x - t)
        right = b * (y - t)
        z = left + right
        return z

    function = ex.function(parts={"z": 2})(reference or f)
    function.inputs(lambda d: {k: d.number(0.5, 2) if k in "ab" else d.normal() for k in function.params})
    return function.known(*mistakes)


FLIPPED = wrong("flipped", "The difference has the wrong sign.", "Which of x and t is subtracted?", left="a * (t - x)", keeps=1)


def test_a_twin_is_made():
    (twin,) = Key(toy(FLIPPED), 0).twins
    assert twin.sides == {"right": "b * (t - y)"} and twin.keeps == 1
    assert twin.name == 'the same slip as "flipped", in the other term'
    assert (twin.says, twin.hint) == ("The difference has the wrong sign. The slip is in the term of b and y.", "Which of y and t is subtracted?")


def test_what_the_author_wrote_himself_is_not_made_again():
    assert Key(toy(FLIPPED, wrong("also flipped", "", "", right="b * (t - y)")), 0).twins == []


def test_what_has_the_effect_of_another_known_mistake_is_dropped():
    other = wrong("in other words", "", "", z="left - right")
    function = toy(FLIPPED, other)
    assert len(mirror.twins(function)) == 1 and Key(function, 0).twins == []
    assert marked(function, function.variant(mirror.twins(function)[0])).mistakes == ["in other words"]


def test_what_does_not_work_is_dropped():
    def f(x, y, a, b, t):
        left = a * (x - t)
        right = b * (y - t)
        z = left + right
        return z

    too_early = wrong("takes the other", "", "", right="b * (left - t)")          # its twin asks for `right`, which is not there yet
    function = toy(too_early, reference=f)
    assert [w.sides for w in mirror.twins(function)] == [{"left": "a * (right - t)"}]
    assert Key(function, 0).twins == []


def test_what_is_right_is_dropped():
    def f(x, y, a, b, t):
        left = a * (x - t)
        right = b * (y - t)
        z = left + 0 * right
        return z

    function = toy(FLIPPED, reference=f)
    assert len(mirror.twins(function)) == 1 and Key(function, 0).twins == []


@pytest.mark.parametrize("mistake", [
    wrong("another edit", "", "", left="a * x - t"), wrong("two tokens", "", "", left="b * (t - x)"),
    wrong("both terms", "", "", left="a * (t - x)", right="b * (t - y)"), wrong("neither", "", "", z="left - right"),
    wrong("in the sum", "", "", returns="-z"),
])  # fmt: skip
def test_only_one_token_in_one_of_the_terms_has_a_twin(mistake):
    assert mirror.twins(toy(mistake)) == []


def test_terms_of_one_sum_and_of_a_maximum():
    def added(x, y, a, b, t):
        z = t + a * (x - t) + b * (y - t)
        return z

    (twin,) = mirror.twins(toy(wrong("flipped", "", "", z="t + a * (x - t) + b * (t - y)"), reference=added))
    assert twin.sides == {"z": "t + a * (t - x) + b * (y - t)"}

    def larger(x, y, a, b, t):
        z = np.maximum(np.abs(t - a * x), np.abs(t - b * y))
        return z

    (twin,) = mirror.twins(toy(wrong("plus", "", "", z="np.maximum(np.abs(t + a * x), np.abs(t - b * y))"), reference=larger))
    assert twin.sides == {"z": "np.maximum(np.abs(t - a * x), np.abs(t + b * y))"}


def test_terms_that_are_alike_but_differ_in_a_name_that_is_in_both_are_no_mirror_images():
    def f(x, y, a, b, t):
        z = t + a * (x - y) + y * (b - x)             # x is y there, y is b, and b nothing
        return z

    assert mirror.pairs(ast.parse(toy(reference=f).source), ["x", "y", "a", "b", "t"]) == []


@pytest.mark.parametrize(("sentence", "made"), [
    ("Where is x?", "Where is y?"), ("If x is right of t, where should x go?", "If y is right of t, where should y go?"),
    ("x and y belong to a and b.", ""), ("a belongs to x.", ""),                  # `a` is an article, too
    ("The difference has the wrong sign.", "The difference has the wrong sign."),
    ("The left spring pulls.", ""), ("x is the nearer one.", ""), ("The first term has the wrong sign.", ""), ("Its x is never 0.", ""),
])  # fmt: skip
def test_a_sentence_is_said_of_the_twin_only_where_it_cannot_be_false(sentence, made):
    exchange = {"x": "y", "y": "x"} | ({"a": "b", "b": "a"} if re.search(r"\ba belongs", sentence) else {})
    assert mirror.exchanged(sentence, toy(), exchange) == made


def test_the_twin_of_an_asymmetric_explanation_has_a_plain_text():
    mistake = wrong("towards the nearer spring", "The left spring is the stronger one.", "Which spring is tighter?", left="a * (t - x)")
    (twin,) = mirror.twins(toy(mistake))
    assert twin.says == "The slip is in the term of b and y."
    assert twin.hint == "Compare the term of b and y, letter by letter, with the term of a and x."
