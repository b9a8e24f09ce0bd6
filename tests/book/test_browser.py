"""Every page in a browser, opened from the file system: what is asked for, mathematics, search, and axe-core."""

import itertools

import pytest

SIZES = {"wide": 1280, "narrow": 390}


@pytest.fixture
def visit(browser, site):
    """visit(document, width, scheme) -> the page in a browser, with lists of its requests and errors."""
    contexts = []

    def go(document, width=1280, scheme="light", query=""):
        # without motion no colour fades: axe-core sees the final ones at once
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.requested, page.failed, page.errors = [], [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("requestfailed", lambda request: page.failed.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.add_init_script(f"localStorage.setItem('mode', '{scheme}'); localStorage.setItem('theme', '{scheme}')")
        page.goto((site / f"{document}.html").as_uri() + query)
        page.evaluate("() => window.MathJax?.startup?.promise")
        return page

    yield go
    for context in contexts:
        context.close()


ALL = list(itertools.product(SIZES.values(), ("light", "dark")))
SOME = [(SIZES["narrow"], "dark"), (SIZES["wide"], "light")]  # each width and each theme once; `make test-slow` takes all four


def test_offline_mathematics_and_accessibility(document, visit, axe):
    look_at(document, visit, axe, SOME)


@pytest.mark.slow
def test_offline_mathematics_and_accessibility_in_all_settings(document, visit, axe):
    look_at(document, visit, axe, ALL)


def test_the_search_page_is_offline_and_accessible(visit, axe):
    look_at("search", visit, axe, ALL)


def look_at(document, visit, axe, settings):
    page = visit(document)
    assert [url for url in page.requested if not url.startswith(("file:", "data:", "blob:"))] == []
    # the theme preloads its icon font in a way that browsers allow over http only; it is loaded all the same
    assert [url for url in page.failed if "fontawesome" not in url] == []
    assert page.errors == []

    page.wait_for_function("!document.querySelector('article .math') || document.querySelector('article mjx-container')")
    assert page.locator("article mjx-container").count() >= page.locator("article .math").count()
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0

    page.evaluate(axe)
    for width, scheme in settings:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("scheme => Object.assign(document.documentElement.dataset, {theme: scheme, mode: scheme})", scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width} px"
        # all nodes of what is violated, one node of what passes
        found = page.evaluate("axe.run(document, {preload: false, resultTypes: ['violations']})")
        assert len(found["passes"]) >= 10, "axe-core looked at next to nothing"
        violations = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]
        assert violations == [], f"{width} px, {scheme}"


CLIPPED = """() => [...document.querySelectorAll('article mjx-container[display=true]')]
  .filter((equation) => equation.clientWidth > 0 && equation.scrollWidth > equation.clientWidth + 1)
  .map((equation) => equation.closest('div.math')?.id + ': ' + equation.scrollWidth + ' > ' + equation.clientWidth)"""
COVERED = """() => [...document.querySelectorAll('article div.math .eqno')].filter((number) => {
  const a = number.getBoundingClientRect(), b = number.parentElement.querySelector('mjx-math').getBoundingClientRect();
  return a.left < b.right - 1 && a.right > b.left + 1 && a.top < b.bottom - 1 && a.bottom > b.top + 1;
}).map((number) => number.parentElement.id)"""


@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES)
def test_no_equation_is_clipped_and_no_number_stands_on_one(document, visit, width):
    page = visit(document, width)
    page.wait_for_function("!document.querySelector('article .math') || document.querySelector('article mjx-container')")
    page.wait_for_function(f"({CLIPPED})().length === 0", timeout=5_000)
    assert page.evaluate(COVERED) == []


def test_the_test_of_equations_sees_a_clipped_one_and_a_covered_number(visit):
    page = visit("book/gradient/adam", 390)
    page.wait_for_function(f"document.querySelector('article mjx-container') && ({CLIPPED})().length === 0")
    page.add_style_tag(content="article mjx-container { font-size: 40px !important } article .eqno { position: absolute !important; right: 0; top: 0 }")
    page.evaluate("for (const e of document.querySelectorAll('mjx-container')) e.style.removeProperty('font-size')")
    assert page.evaluate(CLIPPED) and page.evaluate(COVERED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_reader_between_light_and_dark(scheme, visit):
    page = visit("book/index", scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize("words, expected", [
    ("gradient", "Gradient-based optimization"), ("bibliography", "Bibliography"), ("beta2", "Adam"), ("hyperparameter", "Notation and glossary"),
])
def test_search_finds_pages_from_the_file_system(words, expected, visit):
    page = visit("search", query=f"?q={words}")
    page.wait_for_selector("#search-results ul.search li")
    page.wait_for_function("document.querySelector('#search-results .search-summary')?.textContent.match(/found/)")
    titles = page.locator("#search-results ul.search li > a").all_inner_texts()
    assert expected in titles
    assert page.errors == []


def test_search_finds_nothing_where_there_is_nothing(visit):
    page = visit("search", query="?q=zzyzxqq")
    page.wait_for_function("document.querySelector('#search-results .search-summary')?.textContent.match(/did not match/)")
    assert page.locator("#search-results ul.search li").count() == 0


def test_there_is_one_search_field(visit):
    page = visit("book/index")
    fields = page.locator(".search-button:visible, .search-button__button:visible, input[type=search]:visible")
    assert fields.count() == 1


def test_skip_link_leads_to_the_text(visit):
    page = visit("book/introduction")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content") and page.locator("#main-content").count() == 1
