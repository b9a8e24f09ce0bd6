"""``nnopt release``: the students' notebooks, made from the solutions.

A solution stands between ``# BEGIN SOLUTION`` and ``# END SOLUTION``; the student finds a request for it there instead.
The outputs of check cells stay: they are what the student is after, and what ``pytest --nbval-lax`` compares. What is marked by hand
stands in a cell of its own, which is blanked as a whole where it marks no solution in it.
"""

import html
import itertools
from pathlib import Path

import nbformat

from ..files import write, zipped
from ..intake import reader
from . import course, coursefile, notebooks

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
REQUEST = ["# YOUR CODE HERE", "raise NotImplementedError"]
TEXT_BEGIN, TEXT_END = "<!-- BEGIN SOLUTION -->", "<!-- END SOLUTION -->"      # in a text marked by hand
KEPT = ("kernelspec", "language_info")


class BadSource(ValueError):
    """A solution notebook that cannot be released; the message names it and what is wrong."""


def make(root, names=None, check_only=False):
    """Make the solution notebooks whose text stands beside their spec (`notebooks.remake`); those of others are left as they are.

    Returns the names of those that changed (with ``check_only``: that would).
    """
    root, changed = Path(root), []
    texts = {f"{path.parent.name}/{path.stem}": path for path in texts_of(root)}
    chosen = [course.find(name, root) for name in names] if names else list(texts)
    made = {name: notebooks.remake(texts[name], root) for name in chosen if name in texts}  # all, before anything is written
    for name, notebook in made.items() if not check_only else ():
        with_outputs(notebook, name)
    for name, notebook in made.items():
        text = text_of(notebook)
        target = root / "solutions" / f"{name}.ipynb"
        if not target.is_file() or target.read_text(encoding="utf8") != text:
            changed.append(name)
            if not check_only:
                write(target, text)
    return changed


def texts_of(root):
    """The texts of notebooks: those beside a spec; any other Markdown in solutions/ is somebody's own."""
    return [path for path in sorted((root / "solutions").glob("*/*.md")) if path.with_suffix(".py").is_file()]


def with_outputs(notebook, name):
    """Refuse a notebook whose checks were not run: students would not see what they are after."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_check(cell) and not cell.outputs:
            raise BadSource(f"{name}.ipynb, cell {cell.id}: its output is not stored; run nnopt release --run {name}")


def release(root, check_only=False, names=None):
    """Write ``exercises/`` from ``solutions/``.

    Parameters
    ----------
    root : path
        The folder that holds both.
    check_only : bool
        Write nothing.
    names : list of str, optional
        Only these, as ``"section/name"``.

    Returns
    -------
    list of str
        The exercises that differ from their solution (with ``check_only``), or that were written anew; and those whose solution is gone,
        which are removed.
    """
    root = Path(root)
    sources = sources_of(root, names)
    for source, _ in sources:
        agree(source, root)
        if source.with_suffix(".md") in texts_of(root):
            with_outputs(read(source), f"{source.parent.name}/{source.stem}")
    texts = {target: student_text(source) for source, target in sources}      # all of them, before anything is written
    changed = [t for t, text in texts.items() if not t.is_file() or t.read_text(encoding="utf8") != text]
    stale = [] if names else [p for p in sorted((root / "exercises").glob("*/*.ipynb")) if p not in texts and written_here(p)]
    if not check_only:
        for target in changed:
            write(target, texts[target])
        for target in stale:
            target.unlink()
    return [f"{t.parent.name}/{t.stem}" for t in [*changed, *stale]]


def written_here(path):
    """Was this notebook released under this very name? Any other one in exercises/ is somebody's work, and stays."""
    try:
        return reader.released_as(reader.parsed(reader.contents(path))) == f"{path.parent.name}/{path.stem}"
    except reader.Unreadable:
        return False


def release_zip(root, names=None):
    """The students' notebooks as one zip for a learning platform, with a page that says what they ask for.

    Parameters
    ----------
    root : path
        The folder that holds ``solutions/``, and ``course.toml`` where the course has one.
    names : list of str, optional
        Only these exercises; by default those of ``course.toml``, else all.

    Returns
    -------
    bytes
        The same for the same course. Nothing is written.
    """
    root = Path(root)
    asked = coursefile.read(root, course.specs(root))
    sources = sources_of(course.solutions(root).parent, names or list(asked.exercises))  # a course.toml alone asks for the book's
    for source, _ in sources:
        agree(source, root)
    files = {f"{target.parent.name}/{target.name}": student_text(source) for source, target in sources}
    files["README.md"] = overview([place.removesuffix(".ipynb") for place in files], root, asked)
    return zipped({place: text.encode() for place, text in files.items()})


def overview(names, root, asked):
    """What each exercise asks for, with its points and when it is due."""
    lines = [f"# {asked.title or 'Exercises'}", ""]
    for name in names:
        exercise = course.exercise(name, root)
        due, _ = asked.due("", name)
        most = asked.max_points(name, exercise.max_points)
        lines += [f"## {exercise.title}: `{name}.ipynb`, {most:g} points" + (f", due {due:%Y-%m-%d %H:%M %Z}" if due else ""), ""]
        scale = most / exercise.max_points
        lines += [f"- `{item.name}`, {item.title}: {item.points * scale:.3g} points" for item in exercise.items]
        lines += [f"- `{item.name}`, {item.title}: {item.points * scale:.3g} points, marked by hand" for item in exercise.by_hand]
        lines += [""]
    late = [f"Late: {asked.late.text}"] if asked.late else []
    return "\n".join([*lines, *late, "Check your work with `nnopt check NAME`, or in the notebook by running its check cells."]) + "\n"


def sources_of(root, names=None):
    """Pairs of solution and exercise notebook."""
    found = {f"{p.parent.name}/{p.stem}": p for p in sorted((root / "solutions").glob("*/*.ipynb"))}
    if not found:
        raise BadSource(f"{root / 'solutions'} has no notebooks; a solution is solutions/<section>/<name>.ipynb")
    full = [course.find(name, root) for name in names] if names else list(found)
    if missing := [name for name in full if name not in found]:
        raise BadSource(f"{missing[0]} has a spec but no notebook solutions/{missing[0]}.ipynb")
    return [(found[name], root / "exercises" / found[name].relative_to(root / "solutions")) for name in full]


def student_text(path):
    """The text of the student's notebook."""
    notebook = read(path)
    notebook.metadata = {key: value for key, value in notebook.metadata.items() if key in KEPT}
    notebook.metadata["nnopt"] = {"exercise": f"{path.parent.name}/{path.stem}"}     # how it is known when it comes back renamed
    kept = []
    for cell in notebook.cells:
        if is_by_hand(cell):
            cell.source = blank(cell, f"{path.name}, cell {cell.id}")
            cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.source = without_solutions(cell.source, f"{path.name}, cell {cell.id}")
            if not is_check(cell):                    # (nbval takes outputs without a count for a mistake)
                cell.outputs, cell.execution_count = [], None
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in ("nbgrader", "tags")}
        kept.append(cell)
    notebook.cells = kept
    if path.with_suffix(".py").is_file():
        tell(kept, course.exercise(f"{path.parent.name}/{path.stem}", path.parents[2]))
    nbformat.validate(notebook)
    return text_of(notebook)


def tell(cells, exercise):
    """Below the text of every part, what it counts and its hint, folded away: both from the spec, so that they cannot differ from it."""
    items = {item.name: item for item in exercise.items}
    for before, cell in itertools.pairwise(cells):
        item = items.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if item and before.cell_type == "markdown":
            hint = f"\n\n<details><summary>Hint</summary>\n\n{html.escape(item.clue, quote=False)}\n\n</details>" if item.clue else ""
            before.source = f"{before.source.rstrip()}\n\n*{worth(item)}*{hint}"


def worth(item):
    """The points of a part, as ``5 points: theta 2, m 1, v 1; the arguments left as they are 1``."""
    total = f"{item.points} {'point' if item.points == 1 else 'points'}"
    parts = getattr(item, "parts", {})
    shares = [", ".join(f"{name} {points}" for name, points in parts.items())] if len(parts) > 1 or getattr(item, "pure", 0) else []
    if shares and item.pure:
        shares.append(f"the arguments left as they are {item.pure}")
    return f"{total}: {'; '.join(shares)}" if shares else total


def text_of(notebook):
    """A notebook as it is stored: always the same text for the same notebook."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def is_check(cell):
    """Is this a cell that checks (nbgrader's autograded tests)?"""
    return bool(cell.metadata.get("nbgrader", {}).get("grade")) and not cell.metadata["nbgrader"].get("solution")


def is_by_hand(cell):
    """Is this a cell that somebody marks (nbgrader's manually graded answer)?"""
    return bool(cell.metadata.get("nbgrader", {}).get("grade")) and bool(cell.metadata["nbgrader"].get("solution"))


def blank(cell, where):
    """The source of a cell marked by hand, with a prompt in place of the answer: of the marked one, else of all that stands there."""
    points = cell.metadata["nbgrader"].get("points", 0)
    worth = f"({points:g} {'point' if points == 1 else 'points'}, marked by hand)"
    if cell.cell_type != "code":
        begin, end, prompt = TEXT_BEGIN, TEXT_END, f"*Your answer here {worth}.*"
    else:
        begin, end, prompt = BEGIN, END, f"# Your figure here {worth}"
    if not any(line.strip() in (begin, end) for line in cell.source.split("\n")):
        return prompt
    return without_solutions(cell.source, where, begin, end, [prompt])


def agree(path, root):
    """The cells marked by hand are those of the spec, each with its points.

    Raises
    ------
    BadSource
        When they are not.
    """
    name = f"{path.parent.name}/{path.stem}"
    if name not in course.specs(root):
        return
    asked = {item.name: item for item in course.exercise(name, root).by_hand}
    found = {}
    for cell in read(path).cells:
        meta = cell.metadata.get("nbgrader", {})
        part = meta.get("grade_id")
        if part in found:
            raise BadSource(f"{path.name}: two cells have the grade_id {part!r}")
        if part in asked or is_by_hand(cell):
            found[part] = cell
    for part, cell in found.items():
        meta = cell.metadata["nbgrader"]
        if part not in asked:
            raise BadSource(f"{path.name}, cell {part}: it is marked by hand, but the spec {path.stem}.py has no ex.manual({part!r}, ...)")
        item, kind = asked[part], "code" if asked[part].kind == "figure" else "markdown"
        if not is_by_hand(cell) or meta.get("locked") or meta.get("task"):
            raise BadSource(f"{path.name}, cell {part}: marked by hand, it has nbgrader's grade and solution true, locked and task false")
        if meta.get("points") != item.points:
            raise BadSource(f"{path.name}, cell {part}: it gives {meta.get('points')} points, in the spec {path.stem}.py {item.points}")
        if cell.cell_type != kind:
            raise BadSource(f"{path.name}, cell {part}: it is a {cell.cell_type} cell; a {item.kind} takes a {kind} cell")
    if missing := [part for part in asked if part not in found]:
        raise BadSource(f"{path.name} has no cell with the grade_id {missing[0]!r}, which the spec {path.stem}.py marks by hand")


def read(path):
    """A solution notebook."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise BadSource(f"{path.name} is not a notebook: {type(error).__name__}") from None


def without_solutions(source, where, begin=BEGIN, end=END, prompt=()):
    """The source of a cell with a request in place of every solution.

    Where something of the same indentation already stands before it (``answer = ""``), the solution is left out without a request, or
    with the `prompt` of what is marked by hand.
    """
    lines, inside = [], False
    for line in source.split("\n"):
        if line.strip() == begin:
            if inside:
                raise BadSource(f"{where}: {begin} stands inside a solution")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + request for request in prompt or (REQUEST if indent else ())]
        elif line.strip() == end:
            if not inside:
                raise BadSource(f"{where}: {end} without {begin}")
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise BadSource(f"{where}: {begin} without {end}")
    return "\n".join(lines).rstrip("\n")


def run(root, names=None):
    """Make the solution notebooks of their texts, where they have any, run all of them, and store them with their outputs, without
    timings and the like. Where a cell fails nothing is stored.

    Returns the names of those that changed.
    """
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellControlSignal, DeadKernelError
    except ImportError:
        raise BadSource("running the solutions needs nbclient: pip install 'nnopt[book]'") from None
    ran = {}
    for path in to_run(Path(root), names):
        text = path.with_suffix(".md")
        notebook = notebooks.remake(text, Path(root), keep=False) if text in texts_of(Path(root)) else read(path)
        folder = {"metadata": {"path": str(path.parent)}}
        try:
            NotebookClient(notebook, timeout=120, record_timing=False, coalesce_streams=True, resources=folder).execute()
        except (CellControlSignal, DeadKernelError) as error:
            failed = next((cell for cell in notebook.cells if any(o.output_type == "error" for o in cell.get("outputs", []))), None)
            said = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else str(error).strip().partition("\n")[0]
            where = f", cell {failed.id}" if failed else ""
            raise BadSource(f"{path.parent.name}/{path.name}{where}: {said}; nothing was stored") from None
        notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
        ran[path] = text_of(notebook)
    changed = {path: text for path, text in ran.items() if not path.is_file() or path.read_text(encoding="utf8") != text}
    for path, text in changed.items():
        write(path, text)
    return [f"{path.parent.name}/{path.stem}" for path in changed]


def to_run(root, names):
    """The solution notebooks, also those that only a text gives so far."""
    there = [*sorted((root / "solutions").glob("*/*.ipynb")), *texts_of(root)]
    found = {f"{path.parent.name}/{path.stem}": path.with_suffix(".ipynb") for path in there}
    full = [course.find(name, root) for name in names] if names else sorted(found)
    if missing := [name for name in full if name not in found]:
        raise BadSource(f"{missing[0]} has a spec but no notebook solutions/{missing[0]}.ipynb")
    return [found[name] for name in full]
