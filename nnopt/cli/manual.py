"""``nnopt manual``: points for texts and figures, in a browser on this computer or as a CSV and back."""

import getpass
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from nnopt.cli.course import refuse

manual = typer.Typer(no_args_is_help=True, help="Mark texts and figures by hand, in a browser or as a CSV.")

Report = Annotated[Path, typer.Argument(metavar="OUT", help="The folder that nnopt grade --out wrote.")]
From = Annotated[Path | None, typer.Option("--from", metavar="SUBMISSIONS", help="As nnopt grade takes it; by default what it took.")]
Course = Annotated[Path | None, typer.Option(metavar="DIR", help="As of nnopt grade; by default as it was there.")]
Db = Annotated[str | None, typer.Option(metavar="URL", help="The gradebook's database, if it is not in OUT.")]
Codes = Annotated[bool, typer.Option("--codes", help="Call students by codes, as nnopt grade --codes does.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who marks, for the record; by default you, as this computer calls you.")]


def marker(by: str | None) -> str:
    """Who marks."""
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def say_carried(work) -> None:
    if work.carried:
        print(f"{work.carried} marks carried over: the notebook is newer, the answer the same")
    for note in work.notes:
        print(note)


@manual.command()
def export(
    report: Report,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The CSV; the answers go into a folder beside it. Must not be there yet.")],
    submissions: From = None, course: Course = None, db: Db = None, codes: Codes = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what has no mark yet, or one of an earlier version.")] = False,
):  # fmt: skip
    """Write the answers as a CSV to fill in: a line for each student and part."""
    from nnopt.grader.manual import manual as marking
    from nnopt.grader.manual import sheet

    try:
        with marking.Work(report, submissions, course, db, codes) as work:
            count = sheet.export(work, out, waiting)
            say_carried(work)
    except ValueError as error:
        refuse(error)
    print(f"{out} written, {count} answers; fill in points and comment, then: nnopt manual import {report} {out}")


@manual.command("import")
def take(
    report: Report,
    marks: Annotated[Path, typer.Argument(metavar="FILE", help="What nnopt manual export wrote, filled in.")],
    db: Db = None, by: By = None,
):  # fmt: skip
    """Take the marks of a CSV: all lines are checked first, then all marks are kept, or none."""
    from nnopt.grader.manual import manual as marking
    from nnopt.grader.manual import sheet

    try:
        with marking.gradebook_of(report, db) as book:
            taken = sheet.take(book, marks, marker(by))
        print(taken)
        refresh(marking, report, db)
    except ValueError as error:
        refuse(error)


@manual.command()
def serve(
    report: Report,
    submissions: From = None, course: Course = None, db: Db = None, codes: Codes = False, by: By = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="By default one that is free.")] = 0,
):  # fmt: skip
    """Mark in a browser on this computer, until Ctrl-C. Only the printed address opens the list: keep it to yourself."""
    from nnopt.grader.manual import manual as marking
    from nnopt.grader.manual import server as manual_server

    try:
        with marking.Work(report, submissions, course, db, codes) as work:
            say_carried(work)
            try:
                server = manual_server.Server(manual_server.Desk(work, marker(by)), port)
            except OSError as error:
                refuse(f"--port {port} cannot be used ({error.strerror}); leave it out for one that is free")
            with server:
                wait(server)
        refresh(marking, report, db)
    except ValueError as error:
        refuse(error)


def wait(server) -> None:
    """Serve until Ctrl-C, or until the terminal closes."""
    ended = threading.Event()
    for name in {"SIGINT", "SIGTERM", "SIGHUP"} & set(dir(signal)):  # Windows has two of them
        signal.signal(getattr(signal, name), lambda *_: ended.set())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    print(f"Open {server.address}\nMarks are kept as you save them. Ctrl-C ends it.", flush=True)
    while not ended.wait(1.0):
        pass
    signal.signal(signal.SIGINT, signal.default_int_handler)
    server.shutdown()
    thread.join()


def refresh(marking, report: Path, db: str | None) -> None:
    """Bring the pages up to date."""
    try:
        if marking.refresh(report, db):
            print(f"{report / 'grades.csv'} and the pages are up to date")
    except KeyboardInterrupt:
        print("nnopt: the marks are kept; grades.csv and the pages come with the next nnopt grade", file=sys.stderr)
        raise typer.Exit(130) from None
