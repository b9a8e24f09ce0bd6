"""Sphinx extension: a live figure on a page, and the still that stands where it cannot run.

    ```{live} race GD Adam
    What the still shows, for those who do not see it.
    ```

The figures are those of ``nnopt.web.figures``. What a figure begins with is written into the page, its still into ``live/stills``.
"""

import functools
import html
import importlib
import json
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

LEAST = 80  # characters of a description


@functools.cache
def figures():
    """The figures of the library, imported where a page shows one."""
    return importlib.import_module("nnopt.web.figures")


class Live(SphinxDirective):
    """One figure."""

    has_content = True
    required_arguments = 1
    optional_arguments = 20

    def run(self):
        words, described = tuple(self.arguments), " ".join(" ".join(self.content).split())
        if len(described) < LEAST:
            raise self.error(f"live {' '.join(words)} needs a text of at least {LEAST} characters that says what its picture shows, "
                             f"not {described!r}")  # fmt: skip
        try:
            begins = figures().setup(*words)
        except (TypeError, ValueError) as error:
            raise self.error(str(error)) from error
        self.env.nnopt_live = {**getattr(self.env, "nnopt_live", {})}
        self.env.nnopt_live.setdefault(self.env.docname, {})[words] = figures().sources(*words)
        loaded = self.env.temp_data.setdefault("live", set())
        return [nodes.raw("", written(self.env.docname, loaded, words, begins, described), format="html")]


def written(docname, loaded, words, begins, described):
    """The figure as HTML; ``loaded`` are the scripts that the page has already, each is asked for once."""
    live = "../" * docname.count("/") + "live"
    told = json.loads(begins)
    kernels = [f"kernels-{section}.js" for section in (told["section"], *told.get("also", ()))]
    scripts = ("nnopt.js", *kernels, "figure.js", f"{words[0]}.js")
    asked = [f'<script src="{live}/{script}" defer></script>' for script in scripts]
    new = [script for script in asked if script not in loaded]
    loaded.update(new)
    safe = begins.replace("<", r"\u003c")  # nothing in it ends the element that it stands in
    width, height = (round(side * figures().DPI) for side in figures().SIZE)
    return "\n".join([
        f'<link rel="stylesheet" href="{live}/live.css">',
        f'<div class="nnopt-live" data-figure="{words[0]}">',
        f'<img src="{live}/stills/{still_name(words)}" width="{width}" height="{height}" alt="{html.escape(described)}">',
        f'<script type="application/json">{safe}</script>',
        "</div>",
        *new,
    ])  # fmt: skip


def still_name(words):
    return f"{'-'.join(words)}.png"


def _outdated(app, env, added, changed, removed):
    """A page is read again when something changed that its figures are made of."""
    known = {page: shown for page, shown in getattr(env, "nnopt_live", {}).items() if page in env.all_docs}
    return [page for page, shown in known.items() if any(figures().sources(*words) != was for words, was in shown.items())]


def _forget(app, env, page):
    getattr(env, "nnopt_live", {}).pop(page, None)


def _merge(app, env, pages, other):
    there = getattr(other, "nnopt_live", {})
    env.nnopt_live = {**getattr(env, "nnopt_live", {}), **{page: there[page] for page in pages if page in there}}


def _draw(app, failed):
    """Every still that is missing or was made of other sources; beside it, the hash of those."""
    if failed or app.builder.format != "html":
        return
    wanted = {words: hashed for shown in getattr(app.env, "nnopt_live", {}).values() for words, hashed in shown.items()}
    folder = Path(app.outdir) / "live" / "stills"
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
    for words, hashed in wanted.items():
        still, stamp = folder / still_name(words), folder / f".{still_name(words)}"
        if not (still.is_file() and stamp.is_file() and stamp.read_text() == hashed):
            still.write_bytes(figures().still(*words))
            stamp.write_text(hashed)


def setup(app):
    app.add_directive("live", Live)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
