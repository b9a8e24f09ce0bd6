"""The first lines of an algorithm's files: a working method of its kind in the place of the one that is to come."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

import nnopt

from . import NoSuchThing

TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = {"gradient": "gradient", "metaheuristics": "population"}  # section -> the kind that most of its methods are
KINDS = tuple(sorted({path.name.partition("_")[0] for path in TEMPLATES.glob("*_code.txt")}))
PLACES = {
    "code": "nnopt/{section}/{short}.py", "page": "book/{section}/{short}.md", "solution": "solutions/{section}/{short}.md",
    "spec": "solutions/{section}/{short}.py", "test": "tests/{section}/test_{short}.py",
}  # fmt: skip


def new(root: Path, name: str, kind: str | None = None, class_name: str | None = None) -> list[Path]:
    """Write the files of an algorithm, ``gradient/momentum``, and its line in ``_toc.yml``.

    Raises
    ------
    NoSuchThing
        If the name or the kind is none, or a file stands there already; then nothing is written.
    """
    section, _, short = name.partition("/")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", short) or not (root / "nnopt" / section).is_dir() or not (root / "book" / section).is_dir():
        raise NoSuchThing(f"{name!r} is no section/name: the name takes small letters, digits and _, and there are the sections "
                          + ", ".join(sorted(p.parent.name for p in (root / "book").glob("*/index.md"))))
    if keyword.iskeyword(short) or short.endswith("_variants"):
        why = "is a word of Python" if keyword.iskeyword(short) else "are kin to an algorithm: a kernel and a class each, in a file by hand"
        raise NoSuchThing(f"{short} cannot be the name of an algorithm: {short} {why}")
    if kind is None and section not in SECTIONS:
        raise NoSuchThing(f"the section {section} has methods of several kinds: pass --kind, one of {', '.join(KINDS)}")
    kind = kind or SECTIONS[section]
    if kind not in KINDS:
        raise NoSuchThing(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    class_name = class_name or "".join(word.capitalize() for word in short.split("_"))
    if class_name.lower() != short.replace("_", ""):
        raise NoSuchThing(f"the class of {short}.py must be called {short.replace('_', '')!r}, in whatever letters, not {class_name!r}")
    files = {root / place.format(section=section, short=short): TEMPLATES / f"{kind}_{what}.txt" for what, place in PLACES.items()}
    if there := [path for path in files if path.exists()]:
        raise NoSuchThing(f"{there[0].relative_to(root)} is there already")
    if class_name in dir(nnopt):
        raise NoSuchThing(f"nnopt.{class_name} is there already; an algorithm takes a name of its own")
    if namesakes := sorted((root / "nnopt").glob(f"*/{short}.py")):
        raise NoSuchThing(f"{namesakes[0].relative_to(root)} is there already; a name stands for one algorithm in the whole book")
    title = re.sub("([a-z])([A-Z])", r"\1 \2", class_name)
    given = dict(section=section, short=short, slug=short.replace("_", "-"), name=class_name, title=title)
    texts = {path: Template(source.read_text(encoding="utf8")).substitute(given) for path, source in files.items()}
    toc = with_line((root / "_toc.yml").read_text(encoding="utf8"), section, short)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    (root / "_toc.yml").write_text(toc, encoding="utf8")
    return list(texts)


def with_line(toc: str, section: str, short: str) -> str:
    """The table of contents with a line for the page, after the last one of its section."""
    lines = toc.splitlines()
    own = [i for i, line in enumerate(lines) if f"- file: book/{section}/" in line]
    if not own:
        raise NoSuchThing(f"_toc.yml has no page of the section {section}")
    indent = lines[own[-1]].partition("-")[0]
    after = own[-1] + 1
    while after < len(lines) and lines[after].strip() and not lines[after].strip().startswith("-"):  # its title
        after += 1
    return "\n".join([*lines[:after], f"{indent}- file: book/{section}/{short}", *lines[after:]]) + "\n"
