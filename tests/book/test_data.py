"""Numbers of long runs that pages show: they come from the script as it stands, and are whole."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORED = sorted((ROOT / "book" / "data").glob("*.json"))


def test_there_are_numbers():
    assert "generalization" in {path.stem for path in STORED}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_numbers_are_those_of_the_script_as_it_stands(path):
    """A script that was edited has to run again: python -m benchmarks.NAME --write book/data/NAME.json."""
    script = ROOT / "benchmarks" / f"{path.stem}.py"
    assert json.loads(path.read_text(encoding="utf8"))["script"] == hashlib.sha256(script.read_bytes()).hexdigest()


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_page_shows_stored_numbers(path):
    texts = [page.read_text(encoding="utf8") for page in (ROOT / "book").rglob("*.md")]
    assert any(f"../data/{path.name}" in text for text in texts)


def test_every_method_of_the_comparison_has_all_its_seeds():
    found = json.loads((ROOT / "book" / "data" / "generalization.json").read_text(encoding="utf8"))
    for task in found["tasks"].values():
        assert {"MiniBatchGD", "Momentum", "AdaGrad", "RMSprop", "Adam", "AdamW"} <= set(task["methods"])
        for method in task["methods"].values():
            assert all(len(numbers) == found["seeds"] == 10 for numbers in method["good"].values())
            assert None not in method["good"]["test_loss"] + method["good"]["test_accuracy"]
