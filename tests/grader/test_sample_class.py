"""The sample class: what each submission must get. Who is who stands in sample_class/README.md."""

import csv
from pathlib import Path

import pytest

from nnopt.grader.exercise import course
from nnopt.grader.gradebook import gradebook
from nnopt.grader.grading.grade import Grader
from nnopt.grader.sandbox.probes import prove

CLASS = Path(__file__).resolve().parents[2] / "sample_class"
SEED = 7  # a class draws its own

# student, exercise, points, of, outcome, and words that the diagnosis holds
EXPECTED = [
    ("ada", "gradient/adam", 12, 12, "right", ""),
    ("ada", "gradient/gd", 13, 13, "right", ""),
    ("bruno", "gradient/adam", 12, 12, "right", ""),
    ("bruno", "metaheuristics/pso", 24, 24, "right", ""),
    ("chen", "gradient/adam", 12, 12, "right", ""),
    ("chen", "training/backpropagation", 28, 28, "right", ""),
    ("divya", "gradient/adam", 11, 12, "partial", "adam_step: epsilon inside the root"),
    ("divya", "gradient/gd", 11, 13, "partial", "gd_step: uphill; contraction: the flattest direction only"),
    ("divya", "training/backpropagation", 22, 28, "partial", "relu_backward: multiplies with the value"),
    ("emre", "gradient/adam", 10, 12, "partial", "adam_step: no bias correction; rescaled: answer a"),
    ("emre", "gradient/gd", 9, 13, "partial", "gd_run: compares the squared length; best_lr: 1 / L; condition: answer d"),
    ("fatima", "gradient/adam", 7, 12, "partial", "adam_run: t stands still; bias: after many steps"),
    ("fatima", "metaheuristics/pso", 21, 24, "partial", "pso_run: r1 and r2 are the same; lag: no inertia"),
    ("goran", "gradient/adam", 6, 12, "unfinished", ""),
    ("goran", "metaheuristics/pso", 14, 24, "partial", "pso_remember: takes the worse"),
    ("hana", "gradient/adam", 0, 12, "crashed", "NameError: name 'beta_1' is not defined"),
    ("hana", "training/backpropagation", 6, 28, "partial", "softsign_backward: the output taken for the input; cost: answer a"),
    ("ivan", "gradient/adam", 9, 12, "timeout", "adam_run: time ran out"),
    ("jun", "gradient/adam", 0, 12, "crashed", "the cells: your code ended the process (exit code 0)"),
    ("kofi", "gradient/adam", 0, 12, "wrong", "first_step: answer a; rescaled: answer d"),
    ("lena", "gradient/adam", 4, 12, "partial", "nnopt has no 'gradient', only a check(...) that does nothing"),
    ("mateo", "gradient/adam", 0, 12, "wrong", ""),
    ("nora", "gradient/adam", 0, 12, "unreadable", "it is not JSON"),
    ("olga", "gradient/gd", 7, 13, "unfinished", ""),
    ("pia", "metaheuristics/pso", 18, 24, "partial", ""),
    ("quinn", "gradient/adam", 11, 12, "partial", "adam_step: writes into m"),
    ("quinn", "training/backpropagation", 26, 28, "partial", "central_difference: forward difference"),
]


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    out = tmp_path_factory.mktemp("graded")
    gradebook.Gradebook(out, seed=SEED).close()
    level = prove()
    Grader(CLASS, out, level if level.name != "none" else prove(()), seconds=3.0, jobs=2).run()
    with open(out / "grades.csv", newline="", encoding="utf8") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("student, exercise, points, max_points, outcome, words", EXPECTED, ids=lambda x: x if isinstance(x, str) else "")
def test_grade(grades, student, exercise, points, max_points, outcome, words):
    row = grades[student, exercise]
    assert (row["points"], row["max_points"], row["outcome"]) == (str(points), str(max_points), outcome), row["diagnosis"]
    assert words in row["diagnosis"]
    if not words:
        assert not row["diagnosis"]


def test_every_submission_has_its_row_here(grades):
    handed_in = {(p.parts[-3], f"{p.parts[-2]}/{p.stem}") for p in CLASS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts}
    assert {(student, exercise) for student, exercise, *_ in EXPECTED} == handed_in
    assert len(handed_in) >= 12
    students = {student for student, _ in handed_in}
    assert set(grades) == {(student, exercise) for student in students for exercise in course.specs()}
    assert {row["outcome"] for key, row in grades.items() if key not in handed_in} == {"missing"}
