"""Submissions that are alike are found though renamed; what was given out and what many wrote is nobody's."""

import inspect
import json
import random
import re
from pathlib import Path

import pytest
from conftest import need
from grader import similar_class
from typer.testing import CliRunner

from nnopt import cli
from nnopt.cli import app
from nnopt.grader.exercise import course
from nnopt.grader.gradebook.gradebook import Gradebook, Row
from nnopt.grader.reports import similarity

need("copydetect")

GIVEN = similarity.template(course.specs()["gradient/adam"])
OWN = '''
def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
    table = []
    for index, slope in enumerate(grad.ravel()):
        if slope > 1e300 and index < 17:
            raise OverflowError("<script>alert(1)</script>")
        table.append((index * 3, max(slope, 0.25), [slope] * 2))
    while table and table[-1][0] % 7 != 2:
        table.pop()
    return theta - lr * len(table), m + 1, v * 2
'''
OTHER = '''
def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
    with np.errstate(all="ignore"):
        new = {key: value for key, value in zip("mv", (m, v))}
        new["m"] *= beta1
        new["v"] -= (1 - beta2) * (new["v"] - grad * grad)
    try:
        return theta / 3, new["m"] or 1, ~new["v"]
    finally:
        del new
'''


def renamed(source):
    names = iter("abcdefghijklmnopqrstuvwxyz")
    for old in ("table", "index", "slope"):
        source = source.replace(old, f"renamed_{next(names)}")
    return "# my own work\n" + source


def hand_in(folder, student, code):
    path = folder / student / "gradient" / "adam.ipynb"
    path.parent.mkdir(parents=True)
    cells = [{"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None} for text in (GIVEN, code)]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def classroom(tmp_path):
    folder = tmp_path / "class"
    for student, code in {"ann": OWN, "bob": renamed(OWN), "eve": OTHER, "kim": "x = 1", "lee": ""}.items():
        hand_in(folder, student, code)
    (folder / "max" / "gradient").mkdir(parents=True)
    (folder / "max" / "gradient" / "adam.ipynb").write_text("no notebook")
    return folder


def test_a_renamed_copy_is_found_and_nothing_else(classroom):
    found = similarity.similar(classroom)
    pairs, counts = found.pairs, found.counts
    assert not found.groups and not found.notes()
    assert [(p.exercise, p.students) for p in pairs] == [("gradient/adam", ("ann", "bob"))]
    assert pairs[0].share > 0.9
    assert "<mark>" in pairs[0].texts[1]
    assert counts["gradient/adam"] == 5


@pytest.mark.parametrize("name", ["gradient/adam", "gradient/gd"])
def test_honest_answers_do_not_appear_and_disguised_copies_do(name):
    """At the default threshold, in a class drawn from the answers by hand (`similar_class` measures larger ones and all exercises)."""
    honest, copies = similar_class.shares(course.exercise(name), 60)
    assert len(honest) > 1500
    assert sum(share >= similarity.THRESHOLD for share in honest) <= 3
    assert sum(share >= similarity.THRESHOLD for share in copies) >= 0.9 * len(copies) >= 9
    assert inspect.signature(cli.similarity).parameters["threshold"].default == similarity.THRESHOLD


def test_the_sample_class_has_few_pairs():
    """Its students who make one mistake wrote all else as the book does."""
    assert len(similarity.similar(Path(__file__).resolve().parents[2] / "sample_class").pairs) <= 5


def test_what_was_given_out_is_nobodys(tmp_path):
    for student in ("ann", "bob", "eve"):
        hand_in(tmp_path, student, "")
    assert similarity.similar(tmp_path, threshold=0.01).pairs == []


def test_what_many_wrote_is_nobodys():
    few = {f"s{k}": OWN for k in range(3)}
    assert len(similarity.of_exercise("e", few, "", 0.5)) == 3
    many = {f"s{k}": OWN for k in range(similarity.MANY)}
    assert similarity.of_exercise("e", many, "", 0.5) == []
    more = many | {f"o{k}": OTHER for k in range(2)}
    assert [p.students for p in similarity.of_exercise("e", more, "", 0.5)] == [("o0", "o1")]


def test_the_page_is_static_and_escaped(classroom, tmp_path):
    out = tmp_path / "alike.html"
    done = CliRunner().invoke(app, ["similarity", str(classroom), "--out", str(out)])
    assert done.exit_code == 0, done.output
    html = out.read_text()
    assert "ann and bob" in html
    assert "<script" not in html
    assert "&lt;" in html
    assert not re.search(r"(src|href)=\"(?!#)", html), "nothing is fetched from elsewhere"


def test_with_codes_nobody_is_named(tmp_path):
    """Neither over the code nor in it; the codes are those of the gradebook."""
    folder, report, out = tmp_path / "class", tmp_path / "report", tmp_path / "alike.html"
    hand_in(folder, "Annabel Quux", f"# by Annabel Quux\n{OWN}")
    hand_in(folder, "bobolink", f"{renamed(OWN)}\n# thanks to Annabel Quux, Bobolink")
    with Gradebook(report) as book:
        book.keep(Row("Annabel Quux", "gradient/adam", 1, 12, "partial"))
        codes = sorted(map(book.code, ("Annabel Quux", "bobolink")))
    named = re.compile("annabel|quux|bobolink", re.IGNORECASE)
    for options in [], ["--codes", str(report)]:
        done = CliRunner().invoke(app, ["similarity", str(folder), "--out", str(out), *options])
        assert done.exit_code == 0, done.output
        assert bool(named.findall(out.read_text() + done.output)) is not bool(options)
    assert " and ".join(codes) in out.read_text()
    refused = CliRunner().invoke(app, ["similarity", str(folder), "--out", str(out), "--codes", str(tmp_path / "nowhere")])
    assert refused.exit_code == 2
    assert "holds no gradebook" in refused.output


def test_twelve_copies_of_one_odd_answer_in_a_class_of_24_are_a_group(tmp_path):
    """Though many wrote it, which leaves it out of the pairs; what was left out is said."""
    for k in range(24):
        code = (OWN if k % 2 else renamed(OWN)) if k < 12 else f"def own_{k}(x):\n    return x + {k}\n"
        hand_in(tmp_path / "class", f"s{k:02}", code)
    found = similarity.similar(tmp_path / "class")
    (group,) = found.groups
    assert group.students == tuple(f"s{k:02}" for k in range(12)) and group.share > 0.9
    assert found.pairs == []
    (note,) = found.notes()
    assert "in 12 submissions, of which 12 hold little else of their own" in note
    out = tmp_path / "alike.html"
    done = CliRunner().invoke(app, ["similarity", str(tmp_path / "class"), "--out", str(out)])
    assert "gradient/adam: 12 of 24 submissions are one answer that is not the book's" in done.output and note in done.output
    assert "12 of 24 submissions of gradient/adam are one answer" in out.read_text() and "of which 12 hold little else" in out.read_text()


def test_who_shares_a_passage_only_is_in_no_group():
    """Many begin alike, and each goes on otherwise."""
    rest = "\n".join(f"    if theta[{{k}}] > {{k}} * m[{n}]: v = [{{k}}, m, {n}] {{op}} v" for n in range(6))
    codes = {f"s{k}": OWN + rest.replace("{k}", "k" * (k % 3 + 1)).replace("{op}", "+-*/%@&|^<>"[k % 11] + "(" * k + "1" + ")" * k + "+") for k in range(12)}
    found = similarity.compared("e", codes, "", 0.8)
    assert found.left_out["e"][1] == 12 and found.groups == []


def test_honest_classes_have_no_groups():
    """Six classes, of 24 and of 60 students, of the answers by hand, half of which are as in the book."""
    for name in ("gradient/adam", "gradient/gd"):
        exercise = course.exercise(name)
        given = similarity.known(exercise, course.specs()[name])
        for size, seed in ((24, 0), (24, 1), (60, 0)):
            codes = {str(n): "\n\n\n".join(parts) for n, (_, parts) in enumerate(similar_class.drawn(exercise, size, random.Random(seed)))}
            assert similarity.compared(name, codes, given, similarity.THRESHOLD).groups == []


@pytest.mark.parametrize("arguments", [["--threshold", "2"], ["--course", "nowhere"]])
def test_bad_input(classroom, tmp_path, arguments):
    done = CliRunner().invoke(app, ["similarity", str(classroom), "--out", str(tmp_path / "a.html"), *arguments])
    assert done.exit_code == 2
    assert not (tmp_path / "a.html").exists()
