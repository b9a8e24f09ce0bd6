"""Sphinx extension: figures count from 1 on each page, as equations do."""


def count_by_page(app, env):
    """Sphinx counts through the whole book; here every page begins anew."""
    for kinds in env.toc_fignumbers.values():
        for kind, numbers in kinds.items():
            kinds[kind] = {figure: (place,) for place, figure in enumerate(numbers, 1)}
    return []


def setup(app):
    app.connect("env-get-updated", count_by_page, priority=900)  # after Sphinx has counted
    return {"parallel_read_safe": True, "parallel_write_safe": True}
