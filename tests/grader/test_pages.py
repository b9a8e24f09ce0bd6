"""The reports in a browser: axe-core, light and dark, wide and narrow, nothing asked of the network; every text escaped."""

from pathlib import Path

import pytest

from nnopt.grader import gradebook, pages
from nnopt.grader.grade import Graded
from nnopt.grader.gradebook import OUTCOMES, Row
from nnopt.grader.sandbox.probes import Level

NASTY = "<script>document.title = 'gotcha'</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>'


@pytest.fixture(params=["full", "reduced", "none"])
def report(request, tmp_path):
    """A class with every outcome, and with texts that try to be markup."""
    rows = []
    for number, outcome in enumerate(OUTCOMES):
        points = None if outcome == "fault" else number
        item = {"title": "the step", "outcome": outcome, "points": number, "max_points": 9, "text": NASTY, "mistakes": [NASTY],
                "picture": {"svg": SVG, "alt": NASTY}}  # fmt: skip
        for exercise in ("gradient/adam", "gradient/gd"):
            rows.append(Row(f"O'Brien, Ann ({number})", exercise, points, 9, outcome, NASTY, [item], [NASTY], change=NASTY, mistakes=[NASTY]))
    graded = Graded(rows, Level(request.param, {}, {}), {"O'Brien, Ann (1)": [NASTY]}, 5, 1.0, rows)
    details = {row.student: [r for r in rows if r.student == row.student] for row in rows}
    pages.write_all(tmp_path, graded, {"gradient/adam": "Adam", "gradient/gd": "Gradient descent"}, details.items)
    gradebook.write(tmp_path / "grades.csv", "student\n")
    return tmp_path


def test_pages_are_accessible_and_offline(report, browser, axe):
    asked = []
    page = browser.new_context().new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in (report / "index.html", report / "students" / "O'Brien, Ann (0).html"):
        page.goto(path.as_uri())
        page.evaluate(axe)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path.name} is wider than {width} px"
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
                assert len(found["passes"]) > 10, "axe-core looked at next to nothing"
                violations = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]
                assert violations == [], f"{path.name}, {width} px, {scheme}"
        assert "gotcha" not in page.title()
        assert page.locator("script, [onerror]").count() == 0
    page.goto((report / "index.html").as_uri())
    page.get_by_role("link", name="O'Brien, Ann (3)").first.click()
    assert page.locator("h1").inner_text() == "O'Brien, Ann (3)"
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_what_students_write_is_text(report):
    for path in report.rglob("*.html"):
        html = path.read_text(encoding="utf8")
        assert "<script" not in html
        assert "<img src=x" not in html
        assert "{{ 7 * 7 }}" in html, "shown as it was written"


def test_each_page_says_in_which_sandbox_it_was_graded(report, request):
    level = request.node.callspec.params["report"]
    for path in report.rglob("*.html"):
        assert pages.LEVELS[level].replace("'", "&#39;") in Path(path).read_text(encoding="utf8")


def test_faults_stand_first(report):
    html = (report / "index.html").read_text(encoding="utf8")
    places = [html.index(f">{pages.WORDS[outcome]}<") for outcome in ("fault", "unreadable", "crashed", "timeout")]
    assert places == sorted(places)
