"""The self-check: ``check("adam")`` in a notebook, ``nnopt check adam`` in a shell.

One fixed seed: its output can be stored and compared.
"""

import contextlib
import inspect
import os
import signal
import threading
import warnings
from pathlib import Path

from ..exercise import course
from ..intake import reader
from ..marking.marking import grade_exercise
from ..sandbox import play, wire

SEED = 0
SECONDS = 30.0      # in a shell, for each statement of a notebook and for each call; in a notebook there is the stop button


class NotYet(Exception):
    """Something is not right yet. A notebook shows the report without a traceback; for nbval and nbgrader it is an error."""

    def _render_traceback_(self):
        return str(self).splitlines()


class BadName(ValueError):
    """A name that `check` does not know. A notebook shows the sentence without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def check(what, seed=SEED, course=None, verbose=False):
    """Check the functions and answers of this notebook.

    Prints what is right. Otherwise shows, part by part, the mistake by its name where it is known, one coordinate that differs, with
    what it takes to work it out by hand, and the path of a loop over the reference's.

    Parameters
    ----------
    what : str
        The exercise, ``"adam"``, or one part of it, ``"adam.adam_step"``.
    seed : int
        The inputs are drawn from it. Grading draws others.
    course : path, optional
        A course of one's own, with its specs; the book by default.
    verbose : bool
        Show all of the input, too, as Python that can be pasted and run.

    Raises
    ------
    NotYet
        When something is not right yet; its message is the report.
    ValueError
        When no exercise or part has this name.
    """
    exercise, items = named(what, course)
    namespace = inspect.currentframe().f_back.f_globals
    result = grade_exercise(exercise, seed, lambda calls: answers(namespace, calls), items, verbose)
    if result.outcome == "right":
        print("\n".join(item.text.splitlines()[0] for item in result.items))      # no remark: nbval compares this output
        if exercise.by_hand and "." not in what:
            print(by_hand(exercise))
        return
    for item in result.items:
        show_picture(item)
    own = "" if course is None else f", course={str(course)!r}"
    more = f"\n\nTo see all of the input: check({what!r}{own}, verbose=True)" if result.hides_input and not verbose else ""
    raise NotYet(result.text + more)


def by_hand(exercise):
    """What of an exercise nothing but a person can check, in a sentence; empty where there is nothing."""
    points = sum(item.points for item in exercise.by_hand)
    titles = ", ".join(item.title for item in exercise.by_hand)
    return f"marked by hand: {points:g} {'point' if points == 1 else 'points'} ({titles})" if points else ""


def named(what, own=None):
    """The exercise and its parts that a name like ``"adam"`` or ``"adam.adam_step"`` means, in the book or in its `own` course."""
    if not isinstance(what, str):
        raise BadName(f'check takes the name of an exercise as a string, like check("adam"), not {what!r:.60}')
    name, _, part = what.partition(".")
    try:
        exercise = course.exercise(name, own)
    except course.UnknownExercise as error:
        raise BadName(str(error)) from None
    parts = [item.name for item in exercise.items]
    if part in [item.name for item in exercise.by_hand]:
        raise BadName(f"{part} is marked by hand: there is nothing to check")
    if part and part not in parts:
        raise BadName(f"{name} has no part {part!r}; its parts are {', '.join(parts)}")
    return exercise, [item for item in exercise.items if part in ("", item.name)]


def answers(namespace, calls, seconds=None):
    """Make these calls here, in this process. A function that took too long once is not waited for again."""
    out, late = [], {}
    with silence():
        for name, args, parts, *stand_ins in calls:
            which = wire.clocked(name, *stand_ins or [None], late)
            if which in late:
                out.append(late[which])
                continue
            with time_limit(seconds):
                out.append(play.call(namespace, name, args, parts, *stand_ins))
            if play_said(out[-1], "KeyboardInterrupt"):
                raise KeyboardInterrupt
            if seconds is not None and play_said(out[-1], "TimeoutError"):
                late[which] = out[-1]
    return out


def play_said(answer, word):
    """Did the call end with this exception?"""
    return int(answer[0]) == wire.RAISED and bytes(answer[1]).startswith(word.encode())


@contextlib.contextmanager
def interruptible():
    """Ctrl-C ends what is run here though a student's code catches it, at the latest when it is pressed again.

    Yields a function that raises `KeyboardInterrupt` where it was pressed.
    """
    pressed = []

    def stop(*_):
        if pressed:                                      # the first was caught by a loop that never ends
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        pressed.append(True)
        raise KeyboardInterrupt

    def unless_stopped(*_):
        if pressed:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield unless_stopped
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield unless_stopped
        unless_stopped()
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def no_exit():
    """``os._exit`` in a notebook ends a statement, as ``sys.exit`` does, not the check: its status would be taken for the check's."""
    own, really = os.getpid(), os._exit

    def leave(status):
        if os.getpid() != own:                           # a process that the notebook started
            really(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = leave
    try:
        yield
    finally:
        os._exit = really


@contextlib.contextmanager
def time_limit(seconds):
    """Raise `TimeoutError` in what takes longer, again and again (the main thread of a Unix process only)."""
    if seconds is None or threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def late(*_):
        raise TimeoutError(f"no answer after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def show_picture(item):
    """In a notebook, show a loop's run over the reference's."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is None:
        return
    from ..marking import picture
    if drawn := picture.of(item):
        display({"text/html": drawn.html, "text/plain": drawn.alt}, raw=True)


@contextlib.contextmanager
def silence():
    """No prints and no warnings of the student's functions: they are called many times, and only the report is read."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_notebook(path, what=None, seed=SEED, seconds=SECONDS, course=None, verbose=False):
    """Run the cells of a notebook file and check what they define.

    Returns
    -------
    ExerciseResult, list of str
        The marks, and a line for every statement that failed.

    Raises
    ------
    reader.Unreadable, BadName
        When the file is no notebook; when neither `what` nor the file's name is the name of an exercise.
    """
    import nnopt

    path = Path(path)
    exercise, items = named(what or path.stem, course)
    cells = reader.read(path).cells
    os.environ.setdefault("MPLBACKEND", "Agg")           # a plot must not open a window and wait
    namespace = {"__name__": "__main__"}
    nnopt.check, nnopt_check = lambda *args, **named: None, nnopt.check      # the notebook's own check cells say it all again
    folder = os.getcwd()
    os.chdir(path.resolve().parent)                      # as Jupyter does
    try:
        with no_exit(), interruptible() as unless_stopped:
            with silence(), time_limit(seconds):
                failed = play.run_cells(cells, namespace, unless_stopped)
            unless_stopped()
            return grade_exercise(exercise, seed, lambda calls: answers(namespace, calls, seconds), items, verbose), failed
    finally:
        os.chdir(folder)
        nnopt.check = nnopt_check
