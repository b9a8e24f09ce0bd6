"""Sphinx extension: which code of a page stands open.

What a reader should run stays open: at most 15 lines of 72 characters, with an output. All else is folded, under what it made:
the code of a figure, the code behind numbers, and a check that prints nothing, which is a bar that says so.
"""

from docutils import nodes

LINES, COLUMNS = 15, 72


def fold(app, doctree):
    """Fold the cells of a page that has just been read."""
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"):
        source = next((part for part in cell.children if part.get("nb_element") == "cell_code_source"), None)
        output = next((part for part in cell.children if part.get("nb_element") == "cell_code_output"), None)
        if source is None or cell.get("hide_mode") not in (None, "input"):
            continue
        title = title_of(source.astext(), output, cell.get("hide_mode") == "input")
        if title:
            cell["hide_mode"] = "input"
            cell["prompt_show"] = cell["prompt_hide"] = title
            cell["classes"] += ["folded-code"]


def title_of(text, output, wanted):
    """What stands on the bar of a folded cell; nothing where the cell stays open."""
    lines = text.strip("\n").splitlines()
    if output is None or not output.children:
        return "Checked by code" if "assert" in text else "Code"
    if any(output.findall(nodes.image)):
        return "Code of this figure"
    long = len(lines) > LINES or any(len(line) > COLUMNS for line in lines)
    return "Code behind these numbers" if long or wanted else ""


def setup(app):
    app.connect("doctree-read", fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
