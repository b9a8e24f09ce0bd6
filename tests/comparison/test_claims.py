"""The ledger: quotations stand in the survey word for word, verdicts are computed, and results are those of the code as it stands."""

import dataclasses
import hashlib
import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

import nnopt
from nnopt.comparison.claims import questions, store
from nnopt.comparison.claims.guide import GUIDE, as_questions, as_table, first_ranked
from nnopt.comparison.claims.ledger import LETTERS, REGISTER, Claim, claims, ledger
from nnopt.comparison.claims.rules import Cell, Verdict, by_cells, of_costs
from nnopt.comparison.claims.tables import reading
from nnopt.optimizer import Optimizer

ROOT = Path(__file__).resolve().parents[2]

FIRST = ("momentum-noise", "momentum-curvature", "adaptive-sparse", "meta-escape", "meta-deep", "sgd-variance", "batch-compromise", "choice-speed",
         "choice-quality", "iterations-time")  # fmt: skip


def folded(text):
    return " ".join(text.split())


def test_there_are_57_claims_of_which_three_are_decided_by_reading():
    found = claims().values()
    assert len(found) == 57 and sum(claim.kind == "documentary" for claim in found) == 3
    assert {claim.quantifier for claim in found} == {"all", "most", "some"}


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: claim.id)
def test_a_claim_says_what_was_fixed_before(claim):
    assert claim.quotes and claim.means and claim.rule and claim.section
    assert math.isclose(sum(claim.foresight.values()), 1.0, abs_tol=0.011)


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: claim.id)
def test_quotations_are_verbatim(claim):
    """Held against the survey where its text is at hand; beside the repository, or where NNOPT_SURVEY says."""
    whole = reading.text()
    if whole is None:
        pytest.skip("the survey's text is not part of the repository: NNOPT_SURVEY names its file")
    assert [quote for quote in claim.quotes if folded(quote) not in folded(whole)] == []


def test_the_survey_that_was_read_is_the_one_at_hand():
    whole = reading.text()
    if whole is None:
        pytest.skip("the survey's text is not part of the repository: NNOPT_SURVEY names its file")
    assert store.read("reading")["found"]["text"]["sha256"] == hashlib.sha256(whole.encode()).hexdigest()


@pytest.mark.parametrize("table", store.TABLES)
def test_results_are_those_of_the_code_as_it_stands(table):
    """`make claims` measures anew what is stale."""
    stored = store.read(table)
    assert stored is not None, f"the table {table} is missing: make claims"
    assert stored["code"] == store.stamp(table), f"code that {table} rests on has changed since: make claims"


def test_the_register_is_the_one_of_before_the_runs():
    """What a claim means and how it is decided has not been changed since it was written down; whoever changes it says so on the page."""
    whole = json.dumps([claim.registered for claim in claims().values()])
    assert hashlib.sha256(whole.encode()).hexdigest()[:16] == "78d73adc9236bce1"


def test_a_change_of_code_is_seen(tmp_path):
    (tmp_path / "a.py").write_text('def f(x):\n    """Words."""\n    return x + 1\n', encoding="utf8")
    (tmp_path / "b.py").write_text('def f(x):\n    """Other words."""\n    # why\n    return (x +\n            1)\n', encoding="utf8")
    (tmp_path / "c.py").write_text('def f(x):\n    """Words."""\n    return x + 2\n', encoding="utf8")
    one, same, other = (store.meaning(tmp_path / f"{name}.py") for name in "abc")
    assert one == same != other


def test_the_first_ten_are_measured():
    found = ledger()
    assert {name for name in FIRST if found[name].verdict.name == "not measured here"} == set()
    assert all(found[name].verdict.cells for name in FIRST)


def test_every_verdict_is_computed():
    """No verdict is typed: neither in the register nor beside a question."""
    fields = {field for entry in tomllib.loads(REGISTER.read_text(encoding="utf8")).values() for field in entry}
    assert fields == {"quotes", "section", "kind", "quantifier", "means", "run", "rule", "pitfall", "evidence", "foresight"}
    for entry in ledger().values():
        if entry.claim.question is None:
            assert entry.verdict == Verdict("not measured here") and entry.surprise is None
        elif entry.verdict.name in LETTERS:
            assert entry.verdict == by_cells(entry.verdict.cells, entry.claim.quantifier)


def test_every_question_is_a_claim_s():
    asked = {name for name, value in vars(questions).items() if callable(value) and value.__module__ == questions.__name__ and name[0] != "_"}
    assert {name.replace("_", "-") for name in asked} <= set(claims())


def cells(*outcomes):
    return [Cell(f"cell {k}", outcome, 0.0, 0.0, 0.0, 5, "") for k, outcome in enumerate(outcomes)]


@pytest.mark.parametrize("outcomes, quantifier, verdict", [
    (("for", "for"), "all", "holds"), (("for", "open"), "all", "holds where"), (("for", "for", "open"), "most", "holds"),
    (("against", "equal", "for"), "all", "refuted"), (("against", "equal", "for"), "some", "holds where"), (("against", "equal"), "some", "refuted"),
    (("open", "open"), "all", "not settled here"), (("for", "for"), "some", "holds where"), (("against", "open"), "all", "not settled here"),
])  # fmt: skip
def test_the_rule_of_cells(outcomes, quantifier, verdict):
    assert by_cells(cells(*outcomes), quantifier).name == verdict


def test_cells_that_do_not_count_do_not_decide():
    shown = dataclasses.replace(cells("against")[0], counts=False)
    assert by_cells([*cells("for"), shown], "all").name == "holds"
    with pytest.raises(ValueError, match="at least one cell"):
        by_cells([shown], "all")


def test_costs_that_are_often_missed_are_compared_by_success():
    reached, missed = np.full(30, 10.0), np.full(30, np.inf)
    cell = of_costs("x", reached, missed, 1)
    assert cell.unit == "success rate" and cell.outcome == "for"
    assert of_costs("x", reached, 2 * reached, 1).estimate == pytest.approx(math.log10(2))


def test_turned_rows_are_the_same_to_sgd():
    """The built-in check of adaptive-sparse: an orthogonal turn of the inputs changes nothing for SGD from zero, but rounding."""
    from nnopt.comparison.claims import tasks

    values = []
    for name in ("text", "text, turned"):
        problem = tasks.network(name).problem
        start = tasks.start(name, problem, np.random.default_rng(0))
        values.append(nnopt.minimize(problem, nnopt.GD(lr=0.05), x0=start, max_evals=200, batch_size=32, seed=1).x)
    a, b = (tasks.network(name).problem(theta) for name, theta in zip(("text", "text, turned"), values))
    assert a == pytest.approx(b, rel=1e-3)


def test_a_claim_without_a_table_is_not_measured():
    claim = Claim("no-such", ("x",), "I", "measured", "all", "m", "r", "r", "", "", {"H": 1.0})
    assert claim.question is None and claim.tables == ()


# ------------------------------------------------------------------------------------ the conclusion's guide
@pytest.mark.parametrize("branch", GUIDE, ids=lambda branch: branch.path[-1])
def test_a_branch_cites_the_ledger(branch):
    assert branch.claims and all(ledger()[name].verdict.name in LETTERS for name in branch.claims)
    assert (ROOT / "book" / f"{branch.page}.md").is_file()
    assert isinstance(eval(branch.code, {"nnopt": nnopt}), Optimizer)


def test_no_two_branches_are_alike_and_none_ends_where_another_goes_on():
    paths = [branch.path for branch in GUIDE]
    assert len(set(paths)) == len(paths)
    assert not any(a != b and b[: len(a)] == a for a in paths for b in paths)


def test_questions_lead_to_every_branch():
    html = BeautifulSoup(as_questions(), "html.parser")
    assert len(html.find_all("code")) == len(GUIDE) and len(BeautifulSoup(as_table(), "html.parser").select("tbody tr")) == len(GUIDE)


def test_five_problems_find_the_method_that_is_ranked_first():
    found = first_ranked()
    assert len(found) == 5 and all(name for name in found.values())


def test_the_conclusion_names_claims_that_are_there():
    text = (ROOT / "book" / "conclusion.md").read_text(encoding="utf8")
    named = set(re.findall(r"`([a-z]+-[a-z-]+)`", text))
    assert named and named <= set(ledger())
