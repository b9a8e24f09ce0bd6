"""A comparison's answers, from a table that is written by hand."""

import math

import numpy as np
import pytest

import nnopt
from nnopt.comparison import Comparison


def row(problem, optimizer, seed, cost, best=0.0, score=None, spent=100.0):
    return dict(problem=problem, optimizer=optimizer, setting="default", fields="", seed=seed, start=1.0, minimum=0.0, weights=2, best=best, end=best,
                spent=spent, steps=10, seconds=0.1, status="budget", to=[cost / 2, cost], score=score, held=None, curve=[[1.0], [best]])  # fmt: skip


@pytest.fixture
def found():
    costs = {("p", "A"): [10, 20, 30, 40], ("p", "B"): [20, 40, 60, 80], ("p", "C"): [math.inf, math.inf, 50, 50],
             ("q", "A"): [8, 8, 8, 8], ("q", "B"): [4, 4, 4, 4], ("q", "C"): [math.inf] * 4}  # fmt: skip
    table = [row(p, m, seed, cost, best=seed, score=0.9 + 0.01 * (m == "A")) for (p, m), some in costs.items() for seed, cost in enumerate(some)]
    return Comparison(table, dict(budget=100.0, cost="rows", targets=[1.0, 0.1], seeds=4))


def test_expected_runtimes(found):
    runtimes = found.expected_runtime()
    assert runtimes["p", "A"] == 25 and runtimes["p", "C"] == (100 + 100 + 50 + 50) / 2 and runtimes["q", "C"] == math.inf


def test_runtime_distributions_count_every_target(found):
    _, shares = found.ecdf([4.0, 50.0])
    assert shares["A"].tolist() == [4 / 8 / 2, 1.0] and shares["C"].tolist() == [0.0, 4 / 16]
    assert shares["B"].tolist() == [0.5, (4 + 4) / 16 + 4 / 16 + 2 / 16]


def test_a_profile_begins_with_the_wins(found):
    _, shares = found.profile(at=[1.0, 2.0, 100.0])
    assert shares["A"].tolist() == [0.5, 1, 1] and shares["B"].tolist() == [0.5, 1, 1] and shares["C"].tolist() == [0, 0, 0.5]


def test_ranks_over_problems(found):
    assert found.ranks().mean.tolist() == [1.5, 1.5, 3.0] and found.ranks().n == 2


def test_a_difference_in_pairs(found):
    seen = found.difference("A", "B", "p")
    assert seen.mean == pytest.approx(math.log10(2)) and seen.outcome == "for" and seen.n == 4
    assert found.difference("B", "A", "p").outcome == "against"
    assert found.difference("A", "B", "p", column="score").mean == pytest.approx(0.01)


def test_many_misses_are_compared_by_success(found):
    seen = found.difference("A", "C", "p")
    assert seen.mean == 0.5 and math.isnan(seen.effect)


def test_it_prints_one_line_a_problem_and_method(found):
    lines = str(found).splitlines()
    assert len(lines) == 1 + 6 + 1 and "2 of 4" in str(found) and lines[-1].startswith("target 0.1, n = 4 seeds")


@pytest.mark.parametrize("call, sentence", [
    (lambda c: c.rows("z"), "no problem is called 'z'; there are p, q"), (lambda c: c.rows("p", "Z"), "no method is called 'Z'; there are A, B, C"),
    (lambda c: c.costs("p", "A", 7), "target must be one of 1.0, 0.1, not 7"),
])  # fmt: skip
def test_names_that_are_not_there(found, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(found)


def test_it_is_saved_and_read(found, tmp_path):
    found.save(tmp_path / "c.json")
    again = Comparison.load(tmp_path / "c.json")
    assert again.expected_runtime() == found.expected_runtime() and again.about == found.about


def test_columns_are_as_long_as_the_table(found):
    columns = found.to_dict()
    assert {len(column) for column in columns.values()} == {24} and columns["cost to 0.1"][0] == 10


def test_as_a_data_frame(found):
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = found.to_frame("pandas")
    assert frame.shape[0] == 24 and frame["seed"].max() == 3


def test_what_a_library_lacks_is_said(found, monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="needs polars: pip install polars"):
        found.to_frame("polars")
    with pytest.raises(ImportError, match=r"pip install 'nnopt\[parquet\]'"):
        found.to_parquet(tmp_path / "c.parquet")


def test_a_parquet_file(found, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    found.to_parquet(tmp_path / "c.parquet")
    assert parquet.read_table(tmp_path / "c.parquet").num_rows == 24


def test_figures_tell_in_words_what_they_show(found):
    import matplotlib.pyplot as plt

    for ax in (found.plot_ecdf(), found.plot_profile(), found.plot_ranks(), found.plot_differences("A", "p")):
        assert "n = " in ax.get_title() + ax.get_title("left") and len(ax.figure.alt) > 60
    assert "B -0.3" in ax.figure.alt
    plt.close("all")


def test_a_real_one_answers():
    found = nnopt.compare([nnopt.problems.sphere(2), nnopt.problems.rosenbrock(2)], [nnopt.GD(lr=0.1), nnopt.PSO(), nnopt.DE()],
                          budget=2000, seeds=4, targets=[1, 0.01], jobs=1)  # fmt: skip
    assert found.difference("GD", "PSO", "sphere").outcome == "for"
    assert np.isfinite(found.ranks().mean).all()


