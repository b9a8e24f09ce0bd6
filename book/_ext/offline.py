"""Sphinx extension: a page asks nothing of another host.

Jupyter Book adds thebe's scripts (from unpkg.com) to every page, whether the button is shown or not, and some inline
scripts twice. Both are taken out here.
"""


def _tidy(app, page, template, context, doctree):
    seen, keep = set(), []
    for script in context.get("script_files", []):
        name = str(getattr(script, "filename", None) or script)
        body = getattr(script, "attributes", {}).get("body")
        if "thebe" in name.lower() or (body and ("THEBE" in body or body in seen)):
            continue
        seen.add(body)
        keep.append(script)
    context["script_files"] = keep


def setup(app):
    app.connect("html-page-context", _tidy, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
