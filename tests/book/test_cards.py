"""What pages say of themselves: held against the library, and against each other."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import cards  # noqa: E402

import nnopt  # noqa: E402

PAGES = cards.Pages()
METHODS = PAGES.methods()
GENERATED = {"map", "cheatsheet", "glossary", "bibliography", "start", "teaching"}  # pages that teach no method


@pytest.mark.parametrize("name", [name for name in PAGES if name not in GENERATED])
def test_every_page_says_how_long_it_takes_and_what_it_needs(name):
    page = PAGES[name]
    assert isinstance(page["minutes"], int) and 3 <= page["minutes"] <= 60
    assert set(page.get("needs", [])) <= set(PAGES), f"{name} needs a page that is not there"
    assert set(page.get("paths", [])) <= set(cards.PATHS)


def test_no_page_needs_itself():
    levels = cards.levels(PAGES)
    order = list(PAGES)
    for name, page in PAGES.items():
        for need in page.get("needs", []):
            assert levels[need] < levels[name]
            assert order.index(need) < order.index(name), f"{name} stands before {need}, which it needs"


def test_every_path_leads_somewhere():
    for path in cards.PATHS:
        stops = [name for name, page in PAGES.items() if path in page.get("paths", [])]
        assert len(stops) >= 3
        for name in stops:  # what a page needs lies on the path before it
            assert set(PAGES[name].get("needs", [])) <= set(stops), f"{name} on the path {path}"


@pytest.mark.parametrize(("name", "card"), METHODS, ids=[name for name, _ in METHODS])
def test_a_card_agrees_with_the_library(name, card):
    for class_name in card.get("classes", []):
        cls = getattr(nnopt, class_name)
        usual = card["usual"].get(class_name, card["usual"])
        assert list(usual) == list(cards.fields(cls)), f"{class_name}: hyperparameters on the card"
    first = [cls for class_name in card.get("classes", [])[:1] for cls in [getattr(nnopt, class_name)]]
    for cls in first:
        said = {array.strip() for key in card.get("memory") or {} for array in key.split(",")}
        kept = {array for array in cards.memory(cls) if array not in (card.get("scratch") or [])}
        assert said == kept, f"{cls.__name__} keeps {sorted(kept)}, the card says {sorted(said)}"
    for word in ("update", "cost", "use", "avoid"):
        assert card[word].strip(), f"{name}: {word} is missing"
    assert card["use"].endswith(".") and card["avoid"].endswith(".")


@pytest.mark.parametrize("name", [name for name in PAGES if re.match(r"(gradient|metaheuristics|frontier)/(?!index)", name)
                                  and (ROOT / "nnopt" / f"{name}.py").is_file()])  # others show what a long run has measured
def test_every_page_on_a_method_has_a_card(name):
    assert PAGES[name]["card"], f"book/{name}.md has no card in its front matter"
    assert "```{methodcard}" in (ROOT / "book" / f"{name}.md").read_text(encoding="utf8")


def test_pages_in_a_circle_are_refused():
    pages = {"a": {"minutes": 5, "needs": ["b"]}, "b": {"minutes": 5, "needs": ["a"]}}
    with pytest.raises(ValueError, match="a needs b needs a"):
        cards.levels(pages)
