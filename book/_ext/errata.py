"""Sphinx extension: where readers report an error, on every page; `errata_url` in `_config.yml`, nothing where that is empty."""

import html


def _link(app, page, template, context, doctree):
    address = app.config.errata_url
    if address:
        link = f'<a href="{html.escape(address)}">Report an error on this page</a>'
        context["theme_extra_footer"] = " ".join(filter(None, [context.get("theme_extra_footer"), link]))


def setup(app):
    app.add_config_value("errata_url", "", "html", [str])
    app.connect("html-page-context", _link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
