"""The commands of `nnopt` around a course: a student's folder, and marks in others' forms."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

export = typer.Typer(no_args_is_help=True, help="Write marks, or the grader itself, in the form that another system reads.")

Report = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that nnopt grade --out wrote.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="Where it goes.")]
Roster = Annotated[Path | None, typer.Option(metavar="FILE", help="The CSV that the platform exported; its students and columns stay.")]
Course = Annotated[Path | None, typer.Option(metavar="DIR", help="A course of your own: a folder with course.toml, solutions/, or both.")]
Db = Annotated[str | None, typer.Option(metavar="URL", help="The gradebook's database, if it is not in DIR.")]
Scale = Annotated[bool, typer.Option("--scale", help="Scale points where the roster's maximum is another than the course's.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these exercises.", show_default=False)]


def refuse(sentence) -> NoReturn:
    """Say what is wrong in one sentence and stop with exit status 2."""
    if isinstance(sentence, OSError) and sentence.filename is not None:  # a full disk, a folder that must not be written to
        sentence = f"{sentence.filename} cannot be read or written ({sentence.strerror})"
    print(f"nnopt: {sentence}", file=sys.stderr)
    raise typer.Exit(2)


def settings(course):
    """What course.toml says: an empty one where there is none."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exercise import coursefile

    return coursefile.of(course, courses.specs(course))


def asked_rows(report, db, course) -> list:
    """The grades in a gradebook, of the exercises that the course asks for, in its order."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exports import BadExport, rows_of

    asked = settings(course).asked(courses.specs(course))
    rows = [row for row in rows_of(report, db) if row.exercise in asked]
    if not rows:
        raise BadExport(f"the gradebook in {report} holds no grades of what the course asks for: {', '.join(asked)}")
    return sorted(rows, key=lambda row: (row.student, asked.index(row.exercise)))


def deadlines(rows, course, code=None) -> list[str]:
    """What is not known of deadlines, as nnopt grade says it."""
    from nnopt.grader.gradebook import counting

    asked = settings(course)
    return counting.notes([counting.counted(row, asked) for row in rows], asked, set(), code)


def done(out, notes=()):
    for note in notes:
        print(note)
    print(f"{out} written")


@export.command()
def canvas(
    report: Report, out: Out, roster: Roster = None, course: Course = None, db: Db = None, scale: Scale = False,
    into: Annotated[str | None, typer.Option(metavar="COLUMN", help="One column for the sum of all exercises.")] = None,
):  # fmt: skip
    """The CSV that Canvas' gradebook imports: a column for each exercise."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exports import canvas as form
    from nnopt.grader.exports import provisional, save_output

    try:
        rows = asked_rows(report, db, course)
        titles = {row.exercise: courses.exercise(row.exercise, course).title for row in rows}
        text, notes = form.export(rows, settings(course), roster, titles, scale, into)
        notes += provisional(rows)
        save_output(out, text)
    except ValueError as error:
        refuse(error)
    done(out, notes + deadlines(rows, course))


@export.command()
def moodle(
    report: Report, out: Out, roster: Roster = None, course: Course = None, db: Db = None,
    exercise: Annotated[str | None, typer.Option(metavar="NAME", help="Only this exercise; by default their sum.")] = None,
    scale: Scale = False,
    language: Annotated[str, typer.Option(metavar="CODE", help="Without --roster, of Moodle's interface: en, de, es or fr.")] = "en",
):  # fmt: skip
    """The grading worksheet of a Moodle assignment, with the feedback in a line."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exports import moodle as form
    from nnopt.grader.exports import provisional, save_output

    try:
        name = courses.find(exercise, course) if exercise else None
        rows = [row for row in asked_rows(report, db, course) if name in (None, row.exercise)]
        text, notes = form.export(rows, settings(course), roster, name, scale, language)
        notes += provisional(rows)
        save_output(out, text)
    except ValueError as error:
        refuse(error)
    done(out, notes + deadlines(rows, course))


@export.command()
def junit(
    report: Report, out: Out, course: Course = None, db: Db = None,
    codes: Annotated[bool, typer.Option("--codes", help="Call students by codes, as nnopt grade --codes does.")] = False,
):  # fmt: skip
    """JUnit XML, as build servers show it."""
    from nnopt.grader.exports import junit as form
    from nnopt.grader.exports import provisional, save_output
    from nnopt.grader.gradebook import masking

    try:
        rows = asked_rows(report, db, course)
        mask = masking.of_gradebook(report, db, course) if codes else None
        rows.sort(key=lambda row: mask.code(row.student) if mask else row.student)
        save_output(out, form.export(rows, settings(course), mask))
    except ValueError as error:
        refuse(error)
    done(out, deadlines(rows, course, mask and mask.code) + provisional(rows))


@export.command()
def gradescope(
    out: Out, names: Names = None, course: Course = None,
    no_sandbox: Annotated[bool, typer.Option("--no-sandbox", help="Grade there even without a sandbox, as of nnopt grade.")] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="As of nnopt grade.")] = 10.0,
):  # fmt: skip
    """A zip for Gradescope's autograder: upload it there, with a base image that has Python 3.11 or newer."""
    from nnopt.grader.exports import gradescope as form
    from nnopt.grader.exports import save_output

    try:
        if not 0 < timeout < 3600:
            raise ValueError(f"--timeout {timeout:g} is no time: give seconds from 0 to 3600")
        save_output(out, form.export(names, course, no_sandbox, timeout))
    except ValueError as error:
        refuse(error)
    done(out)


@export.command()
def classroom(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where it goes, in the assignment's template repository.")] = Path(
        ".github/workflows/classroom.yml"
    ),
    names: Names = None,
    course: Course = None,
    source: Annotated[str, typer.Option(metavar="REQUIREMENT", help="What pip installs there: a version, or git+https://...")] = "nnopt",
):
    """A workflow for GitHub Classroom that checks every push."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exports import classroom as form
    from nnopt.grader.exports import save_output

    try:
        chosen = [courses.find(name, course) for name in names] if names else settings(course).asked(courses.specs(course))
        if own := [name for name in chosen if name not in courses.specs()]:
            raise ValueError(f"{own[0]} is no exercise of the book, and nnopt check knows no other ones there: name those of the book")
        save_output(out, form.export({name: courses.exercise(name, course) for name in chosen}, source))
    except ValueError as error:
        refuse(error)
    done(out)


def codes(
    report: Report, db: Db = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; by default it is printed.")] = None,
):  # fmt: skip
    """The table of codes: who is who in what nnopt grade --codes wrote. For the instructor only."""
    from nnopt.grader.exports import rows_of, save_output
    from nnopt.grader.gradebook import masking

    try:
        rows = rows_of(report, db)
        text = masking.table(report, db, sorted({row.student for row in rows}))
        if out:
            save_output(out, text, 0o600)
    except ValueError as error:
        refuse(error)
    if out:
        done(out)
    else:
        print(text, end="")


# ------------------------------------------------------------------------------------------------------------- students
def start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An exercise (adam).")],
    course: Course = None,
):
    """Put a clean copy of an exercise into this folder. A notebook that stands there is kept beside it."""
    from nnopt.grader.student import student

    try:
        path, kept, written = student.start(name, ".", course)
    except (ValueError, OSError) as error:
        refuse(error)
    print((f"{path} written" if written else f"{path} is here, as it was given out") + (f"; yours is kept as {kept}" if kept else ""))
    print(f"Fill it in, then: nnopt check {path.stem}" + (f" --course {course}" if course else ""))


def reset(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="An exercise (adam), or its notebook.")],
    part: Annotated[str, typer.Argument(metavar="PART", help="A function or question of it (adam_step).")],
    course: Course = None,
):
    """Renew one part of your notebook. Your old answer stays below it, in a cell that is not run."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.student import student

    try:
        path = Path(name) if name.endswith(".ipynb") else None
        full = student.exercise_of(path, course) if path else courses.find(name, course)
        path = path or next((place for place in student.places(full, ".") if place.is_file()), None)
        if path is None:
            raise ValueError(f"no notebook {student.short(full)}.ipynb here: nnopt start {student.short(full)} writes one")
        said = student.reset(path, full, part, course)
    except (ValueError, OSError) as error:
        refuse(error)
    print(f"{path}: {said}")


def submit(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The zip to hand in.")] = Path("submission.zip"),
    course: Course = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Only pack.")] = False,
):
    """Check the notebooks of this folder and pack them into one zip to hand in."""
    from nnopt.grader.exercise import course as courses
    from nnopt.grader.exports import save_output
    from nnopt.grader.student import check, student

    try:
        packed = student.pack(".", course)
        for name, path in packed.places.items():
            if no_check:
                print(f"{path}")
                continue
            result = student.check_apart(path, name, course=course)
            if result["points"] is None:
                print(result["text"])
            else:
                blank = ", as it was given out" if student.is_blank(path, name, course) else ""
                print(f"{path}: {result['points']} of {result['max_points']} points{blank}")
                if said := check.by_hand(courses.exercise(name, course)):
                    print(f"  {said}")
        save_output(out, packed.data)
    except (ValueError, OSError) as error:
        refuse(error)
    if packed.left_out:
        print(f"left out: {', '.join(packed.left_out)}")
    for name in packed.missing:
        print(f"not here: {name}")
    print(f"{out} written; hand it in")


def watching(path: Path, what: str, course: Path | None = None) -> None:
    """Check a notebook at every save, until Ctrl-C."""
    from nnopt.grader.student import check, student

    try:
        import watchfiles
    except ImportError:
        refuse("--watch needs watchfiles: pip install watchfiles")
    exercise, items = check.named(what, course)
    if len(items) < len(exercise.items):
        refuse(f"--watch checks a whole exercise: nnopt check {student.short(exercise.name)} --watch")
    print(f"Watching {path}: save it, and it is checked. Ctrl-C ends it.", flush=True)
    try:
        watch_saves(watchfiles, student, path, exercise.name, course)
    except KeyboardInterrupt:  # how a watch ends
        print()


def watch_saves(watchfiles, student, path: Path, name: str, course: Path | None) -> None:
    folder = path.resolve().parent  # of a link, the folder where the file is saved
    events = watchfiles.watch(folder, recursive=False, raise_interrupt=False, yield_on_timeout=True, rust_timeout=500)
    next(events)  # it watches before the first check, so that no save is missed
    changes = (event for event in events if any(Path(changed).name == path.resolve().name for _, changed in event))
    student.watch(path, name, changes, lambda text: print(text, flush=True), course)
