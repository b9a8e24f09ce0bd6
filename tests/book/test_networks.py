"""The stored numbers of networks without gradients: whole, and all methods on the same terms (test_data.py: from the script as it stands)."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found():
    return json.loads((ROOT / "book" / "data" / "networks.json").read_text(encoding="utf8"))


def test_every_method_has_all_seeds_and_as_many_settings(found):
    for task in found["tasks"].values():
        assert {"Adam", "PSO", "GA", "DE", "SHADE", "SA", "TabuSearch"} <= set(task["methods"])
        for method in task["methods"].values():
            for kept in (method, method["equal_time"]):
                assert all(len(kept[name]) == found["seeds"] >= 5 and None not in kept[name] for name in ("loss", "test", "seconds"))
            assert len(method["tuning"]) == found["settings"]
            assert method["setting"] == min(method["tuning"], key=lambda row: row[1])[0]


def test_curves_fall_and_end_at_the_loss(found):
    for task in found["tasks"].values():
        assert task["grid"][-1] == task["passes"]
        for name, method in task["methods"].items():
            curve = [loss for loss in method["curve"] if loss is not None]
            assert curve == sorted(curve, reverse=True), name
            assert method["low"][-1] <= method["curve"][-1] <= method["high"][-1]


def test_equal_time_is_equal(found):
    """Within half, of the three methods that are the quickest to start: processors are shared."""
    for task in list(found["tasks"].values())[1:]:
        for name in ("Adam", "PSO", "SA"):
            spent = sorted(task["methods"][name]["equal_time"]["seconds"])
            assert 0.5 < spent[len(spent) // 2] / task["seconds"] < 2, name
