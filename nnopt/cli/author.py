"""The commands of `nnopt` for who writes the book, in a checkout of it."""

from pathlib import Path
from typing import Annotated

import typer

from nnopt.cli.course import refuse


def page(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A page of the book: adam, gradient/adam, or its file.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where its figures go; by default build/pages/NAME.")] = None,
):
    """Run one page of the book: every failure at once, what each cell took, and its figures as PNG, to look at.

    Exit status 1: a cell failed, or wrote to stderr, which would break the book's build.
    """
    from nnopt import author

    try:
        folder = author.root()
        path = author.page(name, folder)
        from nnopt.author import running
    except (author.NoSuchThing, ImportError) as error:
        refuse(error)
    short = path.relative_to(folder / "book").with_suffix("")
    out = out or folder / "build" / "pages" / short
    cells = running.run(path, out)
    for cell in cells:
        mark = "FAILED" if cell.failure else f"{cell.seconds:.1f} s"
        print(f"{cell.number:3} {mark:>8}  {cell.first[:90]}")
        for line in cell.failure.splitlines():
            print(f"              {line}")
    figures = sum(len(cell.figures) for cell in cells)
    failed = sum(bool(cell.failure) for cell in cells)
    total = sum(cell.seconds for cell in cells)
    print(f"{short}: {len(cells)} cells, {total:.1f} s, {failed} failed; {figures} figures in {out}")
    raise typer.Exit(1 if failed else 0)


def new(
    name: Annotated[str, typer.Argument(metavar="SECTION/NAME", help="What is to be written: gradient/momentum.")],
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="gradient, search, population or walk; by default what its section holds.")
    ] = None,
    class_name: Annotated[str | None, typer.Option("--class", metavar="NAME", help="Its class, RMSprop for rmsprop.")] = None,
):
    """Write the files of an algorithm, and its line in _toc.yml: a method that works, in the place of the one that is to come.

    Code, page, text and spec of the exercise, test. Then: nnopt release --run NAME, which makes the notebooks.
    """
    from nnopt import author
    from nnopt.author import files

    try:
        folder = author.root()
        written = files.new(folder, name, kind, class_name)
    except author.NoSuchThing as error:
        refuse(error)
    for path in written:
        print(path.relative_to(folder))
    print(f"_toc.yml has a line for it; now: nnopt release --run {name}, nnopt prove {name}, nnopt page {name}")
