"""Every page, as files: links, headings, pictures, equations, and no address of another host where something is loaded."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup


@cache
def read(path):
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


@pytest.fixture
def page(document, site):
    return site / f"{document}.html"


def test_one_first_heading_and_a_title(page):
    article = read(page).select_one("article")
    assert [heading.get_text(strip=True) for heading in article.find_all("h1")][1:] == []
    assert article.find("h1") is not None and read(page).title.get_text(strip=True)
    assert read(page).html["lang"] == "en"


def test_every_picture_says_what_it_shows(page):
    for picture in read(page).select("article img"):
        alt = picture.get("alt", "")
        assert len(alt) > 20 and alt != picture["src"] and not alt.startswith("../"), f"{page.name}: {picture['src']}: {alt!r}"


def test_links_within_the_site_arrive(page):
    for link in read(page).find_all("a", href=True):
        target, anchor = urldefrag(link["href"])
        if re.match(r"[a-z]+:", target):
            continue
        file = page if not target else (page.parent / unquote(target)).resolve()
        file = file / "index.html" if file.is_dir() else file
        assert file.exists(), f"{page.name}: {link['href']}"
        if anchor and file.suffix == ".html":
            assert read(file).find(id=unquote(anchor)) is not None, f"{page.name}: no such place: {link['href']}"


def test_nothing_is_loaded_from_another_host(page):
    for element in read(page).select("[src], link[href], form[action], object[data]"):
        address = element.get("src") or element.get("data") or element.get("action") or element.get("href")
        assert not re.match(r"(https?:)?//", address), f"{page.name}: {element}"
    assert "unpkg" not in page.read_text(encoding="utf8") and "cdn." not in page.read_text(encoding="utf8")


def test_equations_are_numbered_in_order(page):
    numbers = [label.get_text(strip=True).strip("()#") for label in read(page).select("article div.math .eqno")]
    found = [re.sub(r"\D", "", number) for number in numbers]
    assert found == [str(i) for i in range(1, len(found) + 1)]


def test_references_are_resolved(page):
    text = read(page).select_one("article").get_text()
    assert not re.search(r"\{(eq|numref|ref|footcite|cite|doc)[:t]*\}|\[\^|\?\?", text), f"{page.name}: an unresolved reference"


def test_every_source_in_the_bibliography_is_cited_by_a_page():
    book = Path(__file__).resolve().parents[2] / "book"
    sources = set(re.findall(r"^@\w+\{(\w+),", (book / "references.bib").read_text(encoding="utf8"), re.MULTILINE))
    texts = "".join(path.read_text(encoding="utf8") for path in book.rglob("*.md"))
    cited = {key for keys in re.findall(r"cite:[pt]\}`([\w,]+)`", texts) for key in keys.split(",")}
    assert len(sources) > 20 and sources == cited


def test_outputs_have_no_errors_or_warnings(page):
    for output in read(page).select(".cell_output"):
        assert not re.search(r"Traceback|Warning:", output.get_text()), f"{page.name}: {output.get_text()[:200]}"


def test_what_stands_open_is_short_and_shows_something(page):
    """At most 15 lines of 72 characters, with an output; all other code is folded, and its bar says what it is."""
    for cell in read(page).select("div.cell"):
        code = cell.select_one("div.cell_input pre")
        if code is None:
            continue
        bar = cell.select_one("details > summary")
        if bar is not None:
            assert bar.get_text(strip=True) in {text * 2 for text in ("Checked by code", "Code of this figure", "Code behind these numbers", "Code")}
            continue
        lines = code.get_text().strip("\n").splitlines()
        assert len(lines) <= 15 and max(map(len, lines)) <= 72, f"{page.name}: {lines[0]}"
        assert cell.select_one("div.cell_output") is not None, f"{page.name}: {lines[0]}"


def test_figures_count_from_one_on_each_page(page):
    numbers = [re.search(r"\d+", n.get_text())[0] for n in read(page).select("article figcaption .caption-number")]
    assert numbers == [str(i) for i in range(1, len(numbers) + 1)]
