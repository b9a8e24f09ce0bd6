"""Sphinx extension: what a page says of itself in its front matter, as a card; and of all pages together, tables and paths.

A page's front matter may say::

    page:
      minutes: 25                       # to read it
      needs: [gradient/index]           # pages to read before
      paths: [evening]                  # reading paths that pass here
      remembers: one line
    card:                               # of a method; `classes` are held against the library by tests/book/test_cards.py
      classes: [Adam]
      update: \\theta \\leftarrow \\dots    # LaTeX
      memory: {m: the average gradient}
      cost: one gradient a step
      usual: {lr: 0.0001 to 0.01}
      use: when ...
      avoid: when ...

Directives: ``{methodcard}`` on the page itself; ``{chapters}``, ``{methods} gradient``, ``{optimizers}``, ``{cheatsheet}``, ``{paths}``
and ``{prerequisites}`` anywhere.
"""

import html
import os
from functools import cache
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
PATHS = {
    "evening": "One evening: what training is, and the two methods that most people use",
    "deep": "A user of deep learning: every method that trains networks today, and why",
    "search": "A course on metaheuristics: search without a gradient",
}


def front_matter(path):
    """The front matter of a page, a dictionary."""
    text = Path(path).read_text(encoding="utf8")
    return (yaml.safe_load(text.split("\n---", 1)[0]) or {}) if text.startswith("---\n") else {}


def title(path):
    """The first heading of a page."""
    lines = Path(path).read_text(encoding="utf8").splitlines()
    return next(line[2:].strip() for line in lines if line.startswith("# "))


def names():
    """The pages in the book's order, as ``gradient/adam``."""
    def files(entry):
        for item in entry if isinstance(entry, list) else [entry]:
            if "file" in item:
                yield item["file"]
            for value in item.values():
                if isinstance(value, list):
                    yield from files(value)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    return [name.removeprefix("book/") for name in files(toc["parts"])]


class Pages(dict):
    """name -> front matter of every page, in the book's order, with its title."""

    def __init__(self):
        super().__init__()
        for name in names():
            path = BOOK / f"{name}.md"
            if path.is_file():  # a missing one is the table of contents' fault, and said there
                found = front_matter(path)
                self[name] = {**found.get("page", {}), "card": found.get("card"), "title": title(path)}

    def methods(self, section=""):
        """Names and cards of the pages on methods."""
        return [(name, page["card"]) for name, page in self.items() if page["card"] and name.startswith(section)]


@cache
def library():
    """The library, whose classes know their own defaults."""
    import nnopt

    return nnopt


def fields(cls):
    """Name -> (default, interval as text) of a class's hyperparameters."""
    from dataclasses import fields as of

    from nnopt._fields import hints

    defaults = {field.name: field.default for field in of(cls)}
    return {name: (defaults[name], interval.text) for name, (_, interval, *_) in hints(cls).items()}


def memory(cls):
    """The arrays that a method itself keeps."""
    from nnopt._binding import _layout

    optimizer = cls()
    return [name for name in _layout(optimizer.owner).spaces if name not in cls.family.keeps]


def plain(default):
    """A default as people write it."""
    if callable(default):
        return "by the dimension"
    return f"{default:g}" if isinstance(default, float) else str(default)


# ------------------------------------------------------------------------------------ text of the directives, in Markdown
def link(here, name, text=None):
    """A link from one page to another."""
    return f"[{text or Pages()[name]['title']}]({os.path.relpath(name, os.path.dirname(here) or '.')}.md)"


def in_a_line(text):
    return " ".join(str(text).split())


def card(here, page):
    """The card of a method."""
    said = page["card"]
    kept = "; ".join(f"`{name}`, {what}" for name, what in (said.get("memory") or {}).items()) or "nothing"
    rows = [("remembers", kept), ("costs", said["cost"]), ("use it", said["use"]), ("avoid it", said["avoid"])]
    needs = ", ".join(link(here, name) for name in page.get("needs", []))
    rows += [("read first", needs)] if needs else []
    rows += [("takes", f"about {page['minutes']} minutes")]
    lines = ["$$", said["update"].strip(), "$$", ""]
    lines += [f"**{what}:** {in_a_line(text)}\n" for what, text in rows]
    for name in said.get("classes", []):
        lines += ["", *numbers(name, said["usual"].get(name, said["usual"]))]
    return lines


def numbers(class_name, usual):
    """The table of hyperparameters of a class."""
    yield f"| `nnopt.{class_name}` | default | usual | allowed |"
    yield "|---|---|---|---|"
    for name, (default, interval) in fields(getattr(library(), class_name)).items():
        yield f"| `{name}` | {plain(default)} | {in_a_line(usual[name])} | {interval} |"


def chapters(here, _):
    """The chapters with their pages, a line each, as the table of contents has them."""
    rows = ["| chapter | pages |", "|---|---|"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))["parts"]:
        number, _, caption = part["caption"].partition(" · ")
        if caption:  # what stands outside the chapters has no number
            pages = [item["file"].removeprefix("book/") for item in part["chapters"]]
            rows.append(f"| {number} · {caption} | {', '.join(link(here, name) for name in pages)} |")
    return rows


def methods(here, section):
    """The methods of a section, a line each."""
    rows = ["| method | what it remembers | use it |", "|---|---|---|"]
    for name, said in Pages().methods(section):
        kept = "; ".join(said.get("memory") or {}) or "nothing"
        rows.append(f"| {link(here, name)} | {f'`{kept}`' if kept != 'nothing' else kept} | {in_a_line(said['use'])} |")
    return rows


def optimizers(here, _):
    """All optimizers, a line each."""
    rows = ["| optimizer | memory beside the point | a step costs | hyperparameters (default) |", "|---|---|---|---|"]
    for name, said in Pages().methods():
        for class_name in said.get("classes", []):
            cls = getattr(library(), class_name)
            given = ", ".join(f"`{field}` ({plain(default)})" for field, (default, _) in fields(cls).items())
            kept = ", ".join(f"`{array}`" for array in memory(cls)) or "none"
            rows.append(f"| {link(here, name, class_name)} | {kept} | {in_a_line(said['cost'])} | {given} |")
    return rows


def cheatsheet(here, _):
    """Update, use and avoid of every method, on one page."""
    lines = []
    for name, said in Pages().methods():
        lines += [f"**{link(here, name)}**", "", "$$", said["update"].strip(), "$$", "",
                  f"Use it {in_a_line(said['use'])} Avoid it {in_a_line(said['avoid'])}", ""]  # fmt: skip
    return lines


def paths(here, _):
    """The reading paths, with their minutes."""
    lines, pages = [], Pages()
    for path, what in PATHS.items():
        stops = [name for name, page in pages.items() if path in page.get("paths", [])]
        minutes = sum(pages[name]["minutes"] for name in stops)
        lines += [f"**{what}** ({len(stops)} pages, about {minutes} minutes)", ""]
        lines += [f"{i}. {link(here, name)}, {pages[name]['minutes']} minutes" for i, name in enumerate(stops, 1)] + [""]
    return lines


# ------------------------------------------------------------------------------------ the graph
def levels(pages):
    """How many pages, one after the other, stand before each; pages in a circle would have no first one."""
    found = {}

    def level(name, below=()):
        if name in below:
            raise ValueError(f"pages need each other in a circle: {' needs '.join([*below[below.index(name):], name])}")
        if name not in found:
            needs = [need for need in pages[name].get("needs", []) if need in pages]
            found[name] = 1 + max((level(need, (*below, name)) for need in needs), default=-1)
        return found[name]

    return {name: level(name) for name, page in pages.items() if "minutes" in page}


def prerequisites(here):
    """Which page needs which, as an SVG whose boxes are links, from left to right."""
    pages = Pages()
    at, places, rows = levels(pages), {}, {}
    for name, level in at.items():
        rows[level] = rows.get(level, -1) + 1
        places[name] = 20 + 215 * level, 20 + 52 * rows[level]
    width, height = 215 * (max(at.values()) + 1) + 10, 52 * (max(rows.values()) + 1) + 20
    lines = [f'<div class="scrolls" tabindex="0"><svg class="prerequisites" viewBox="0 0 {width} {height}" role="group" '
             'aria-label="Which page needs which; the list above says the same.">']
    for name, (x, y) in places.items():
        for need in pages[name].get("needs", []):
            if need in places:
                a, b = places[need]
                lines.append(f'<path d="M{a + 175} {b + 17} C{a + 205} {b + 17} {x - 30} {y + 17} {x} {y + 17}"/>')
    for name, (x, y) in places.items():
        target = os.path.relpath(name, os.path.dirname(here) or ".")
        text = html.escape(pages[name]["title"])
        short = text if len(text) <= 25 else text[:23] + "…"
        lines.append(f'<a href="{target}.html"><title>{text}</title><rect x="{x}" y="{y}" width="175" height="34" rx="4"/>'
                     f'<text x="{x + 87}" y="{y + 22}">{short}</text></a>')
    return "\n".join([*lines, "</svg></div>"])


# ------------------------------------------------------------------------------------ directives
class Generated(SphinxDirective):
    """Markdown made of front matter; the page follows the front matter of all pages."""

    optional_arguments = 1
    text = staticmethod(lambda here, argument: [])
    dress = "generated"

    def run(self):
        for name in names():
            self.env.note_dependency(str(BOOK / f"{name}.md"))
        here = self.env.docname.removeprefix("book/")
        box = nodes.container(classes=[self.dress])
        box.document = self.state.document
        lines = self.text(here, self.arguments[0] if self.arguments else "")
        self.state.nested_parse("\n".join(lines).splitlines(), self.content_offset, box)
        return [box]


def generated(make, dress="generated"):
    return type(make.__name__, (Generated,), {"text": staticmethod(make), "dress": dress})


class MethodCard(Generated):
    """The card of this page."""

    dress = "method-card"

    @staticmethod
    def text(here, _):
        return card(here, Pages()[here])


class Prerequisites(SphinxDirective):
    """The graph of pages."""

    def run(self):
        for name in names():
            self.env.note_dependency(str(BOOK / f"{name}.md"))
        return [nodes.raw("", prerequisites(self.env.docname.removeprefix("book/")), format="html")]


def setup(app):
    app.add_directive("methodcard", MethodCard)
    app.add_directive("prerequisites", Prerequisites)
    for make in (chapters, methods, optimizers, cheatsheet, paths):
        app.add_directive(make.__name__, generated(make))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
