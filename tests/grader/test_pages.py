"""The reports in a browser: axe-core, light and dark, wide and narrow, nothing asked of the network; every text escaped."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy import stats

from nnopt.cli import grading
from nnopt.grader import files, telling
from nnopt.grader.exercise.coursefile import CourseFile
from nnopt.grader.gradebook.counting import counted
from nnopt.grader.gradebook.gradebook import OUTCOMES, Row
from nnopt.grader.grading.grade import Graded
from nnopt.grader.reports import pages, statistics
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
    notes = [NASTY, telling.Many(NASTY, [NASTY] * 9), *(f"{NASTY} {n} is passed over: {NASTY}" for n in range(9))]
    graded = Graded(rows, Level(request.param, {}, {}), {f"O'Brien, Ann ({n})": [NASTY] for n in range(12)}, 5, 1.0, rows, notes)
    details = {row.student: [r for r in rows if r.student == row.student] for row in rows}
    pages.write_all(tmp_path, graded, {"gradient/adam": "Adam", "gradient/gd": "Gradient descent"}, details.items)
    files.write(tmp_path / "grades.csv", "student\n")
    return tmp_path


def test_pages_are_accessible_and_offline(report, browser, axe):
    asked = []
    page = browser.new_context().new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in (report / "index.html", report / "students" / "O'Brien, Ann (0).html"):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
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


def test_what_concerns_the_whole_class_is_a_sentence(tmp_path):
    """Of 500 students nothing is told 500 times, and the page still has all of it."""
    names = [f"student {number:03}" for number in range(500)]
    rows = [Row(name, "gradient/adam", None, 9, "fault", "no sandbox", change="1 points before") for name in names]
    rows = [counted(row, CourseFile()) for row in rows]
    notes = [f"{name!r} is passed over: a link" for name in names] + ["once"]
    graded = Graded(rows, Level("full", {}, {}), {name: ["x.ipynb", "y.ipynb"] for name in names}, 5, 1.0, rows, notes)

    def told(graded, every):
        console = Console(file=io.StringIO(), width=1000)
        grading.summarize(console, graded, every)
        return console.file.getvalue().splitlines()

    said = told(graded, False)
    first = "student 000, gradient/adam; student 001, gradient/adam; student 002, gradient/adam and 497 others"
    assert f"fault: 500 submissions: {first}: no sandbox" in said
    assert "changed: 490 more, all of them on index.html" in said
    of_whom = "student 000: x.ipynb, y.ipynb; student 001: x.ipynb, y.ipynb; student 002: x.ipynb, y.ipynb and 497 others"
    assert f"no exercise of this course: notebooks of 500 students: {of_whom}" in said
    assert "500 are passed over: 'student 000', 'student 001', 'student 002' and 497 others: a link" in said
    assert "once" in said
    assert len(said) == 1 + 1 + 10 + 1 + 1 + 2 + 2
    assert sum(line.startswith("changed: ") for line in told(graded, True)) == 500, "nnopt regrade is asked who changed"
    pages.write_all(tmp_path, graded, {"gradient/adam": "Adam"}, dict.fromkeys(names, rows[:1]).items)
    html = (tmp_path / "index.html").read_text()
    for name in names:
        assert f"<li>{name}: x.ipynb, y.ipynb</li>" in html
        assert f"<li>&#39;{name}&#39; is passed over: a link</li>" in html
    few = Graded(rows[:3], Level("full", {}, {}), {"ada": ["x.ipynb"], "ben": ["y.ipynb"]}, 5, 1.0, rows[:3], notes[:3])
    assert {"fault: student 001, gradient/adam: no sandbox", "no exercise of this course: ben: y.ipynb", notes[1]} <= set(told(few, False))


def test_faults_stand_first(report):
    html = (report / "index.html").read_text(encoding="utf8")
    places = [html.index(f">{pages.WORDS[outcome]}<") for outcome in ("fault", "unreadable", "crashed", "timeout")]
    assert places == sorted(places)


# ---------------------------------------------------------------------------------------------------------- the statistics
def class_of(points):
    """Rows from ``{exercise: points of every student, None where nothing came}``, each exercise of 10 points."""
    return [Row(f"s{i}", exercise, p or 0, 10, "missing" if p is None else "partial")
            for exercise, all_points in points.items() for i, p in enumerate(all_points)]  # fmt: skip


def test_discrimination_of_right_or_wrong_is_the_point_biserial_correlation():
    rng = np.random.default_rng(0)
    item, one, two = rng.integers(0, 2, 60), rng.integers(0, 11, 60), rng.integers(0, 11, 60)
    rows = class_of({"a/item": (10 * item).tolist(), "a/one": one.tolist(), "b/two": two.tolist()})
    assert statistics.discrimination(rows, "a/item") == pytest.approx(stats.pointbiserialr(item, one + two).statistic, abs=1e-12)


def test_statistics_of_what_was_handed_in_only():
    rows = class_of({"a/x": [10, 4, 1, None, 7], "a/y": [9, 5, 2, 10, None]})
    rows.append(Row("s5", "a/x", None, 10, "fault"))
    assert statistics.difficulty([r for r in rows if r.exercise == "a/x"]) == pytest.approx(0.55)
    assert statistics.discrimination(rows, "a/x") == pytest.approx(np.corrcoef([10, 4, 1], [9, 5, 2])[0, 1])
    assert statistics.distribution(rows) == [
        ("0–10 %", 0), ("10–20 %", 1), ("20–30 %", 0), ("30–40 %", 1), ("40–50 %", 1), ("50–60 %", 1),
        ("60–70 %", 0), ("70–80 %", 0), ("80–90 %", 0), ("90–100 %", 1)]  # fmt: skip


@pytest.mark.parametrize("points", [{"a/x": [1, 2]}, {"a/x": [1, 2], "a/y": [3, 4]}, {"a/x": [5, 5, 5], "a/y": [1, 2, 3]}, {"a/x": []}])
def test_no_discrimination_where_there_is_none_to_tell(points):
    assert statistics.discrimination(class_of(points), "a/x") is None


def test_parts_of_an_exercise():
    marks = [[("step", 2, 4), ("bias", 3, 3), ("run", 0, 5)], [("step", 4, 4), ("bias", 3, 3), ("run", 5, 5)], [("step", 1, 4), ("bias", 3, 3), ("run", 4, 5)]]
    step, bias, run = statistics.parts(marks)
    assert (step["title"], step["count"], step["right"], step["max_points"]) == ("step", 3, 1, 4)
    assert step["difficulty"] == pytest.approx((0.5 + 1 + 0.25) / 3)
    assert step["discrimination"] == pytest.approx(np.corrcoef([0.5, 1, 0.25], [3 / 8, 1, 7 / 8])[0, 1])
    assert (bias["right"], bias["difficulty"], bias["discrimination"]) == (3, 1, None)
    assert (run["right"], run["difficulty"]) == (1, pytest.approx(0.6))
    assert statistics.parts([]) == []


def test_the_class_page_shows_the_parts_of_what_was_marked(report):
    html = " ".join((report / "index.html").read_text(encoding="utf8").split())
    assert html.count('</summary> <div class="scroll"') == 2
    assert 'Part by part' in html
    marked = len([outcome for outcome in OUTCOMES if outcome not in ("fault", "missing")])
    assert f'<th scope="row">the step</th><td class="number">0</td><td class="number">{marked}</td><td class="number">9</td>' in html


def test_mistakes_made_most_stand_first():
    made = [["sign"], ["sign", "root"], ["root", "root"], ["sign"], []]
    rows = [Row(f"s{i}", "a/x", 1, 10, "partial", mistakes=m) for i, m in enumerate(made)]
    assert pages.commonest(rows) == [("a/x", "sign", 3, 5), ("a/x", "root", 2, 5)]
