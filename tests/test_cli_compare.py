"""``nnopt compare``: the table on the command line, and one sentence for what makes no sense."""

import pytest
from typer.testing import CliRunner

from nnopt.cli import app
from nnopt.comparison import Comparison


def asked(*words):
    return CliRunner().invoke(app, ["compare", *words])


def test_it_prints_the_table_and_saves(tmp_path):
    done = asked("--problem", "sphere:2", "--problem", "turned:rastrigin:2", "--optimizer", "Adam:lr=0.1", "--optimizer", "restarted:GD:lr=0.01",
                 "--optimizer", "random", "--budget", "400", "--seeds", "3", "--target", "0.1", "--jobs", "1", "--save", str(tmp_path / "c.json"))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "random search" in done.output and "target 0.1, n = 3 seeds, budget 400 rows" in done.output
    assert Comparison.load(tmp_path / "c.json").problems == ["sphere:2", "turned:rastrigin:2"]


@pytest.mark.parametrize("words, sentence", [
    (("--problem", "cone", "--optimizer", "Adam"), "--problem cone is none"),
    (("--problem", "sphere:2", "--optimizer", "Eve"), "--optimizer Eve is none"),
    (("--problem", "sphere:2", "--optimizer", "Adam:rate=1"), "has a field that Adam does not take"),
    (("--problem", "sphere:2", "--optimizer", "Adam", "--tune", "lr=3"), "--tune lr=3 is no field"),
    (("--problem", "sphere:2", "--optimizer", "Adam", "--cost", "joules"), "cost must be one of"),
])  # fmt: skip
def test_what_makes_no_sense_is_said(words, sentence):
    done = asked(*words)
    assert done.exit_code == 2 and sentence in " ".join(done.output.split())
