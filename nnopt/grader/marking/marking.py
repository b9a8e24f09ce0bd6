"""One exercise marked: what `check` and the grader share. Draws the inputs, hands over the calls, judges what comes back."""

from dataclasses import dataclass, field

import numpy as np

from ..sandbox.wire import FINE
from . import feedback
from .judge import Key, judge


@dataclass
class ItemResult:
    """The mark of one part of an exercise."""

    name: str
    title: str
    points: int
    max_points: int
    outcome: str            # right, partial, wrong, unfinished or crashed
    text: str
    mistakes: list = field(default_factory=list)
    verdict: object = None  # the judge's, for the picture of a run


@dataclass
class ExerciseResult:
    """The marks of an exercise."""

    name: str
    items: list

    @property
    def points(self):
        """Points earned."""
        return sum(i.points for i in self.items)

    @property
    def max_points(self):
        """The most points it gives."""
        return sum(i.max_points for i in self.items)

    @property
    def outcome(self):
        """right; unfinished (what is not right is not written yet); partial (some points); crashed or wrong (none)."""
        outcomes = {i.outcome for i in self.items}
        if outcomes <= {"right"}:  # of nothing, too: all that it asks for may be marked by hand
            return "right"
        if outcomes <= {"right", "unfinished"}:
            return "unfinished"
        if self.points:
            return "partial"
        return "crashed" if "crashed" in outcomes else "wrong"

    @property
    def hides_input(self):
        """Would `verbose` show more: is there a part that went wrong on an input?"""
        return any(i.verdict is not None and i.outcome not in ("right", "unfinished") for i in self.items)

    @property
    def diagnosis(self):
        """The mistakes found, by name, each after the part it stands in."""
        return "; ".join(f"{i.name}: {m}" for i in self.items for m in i.mistakes)

    @property
    def text(self):
        """The report, part by part."""
        return feedback.wrapped("\n".join(i.text for i in self.items))


def grade_exercise(exercise, seed, answer, items=None, verbose=False):
    """Mark an exercise.

    Parameters
    ----------
    exercise : Exercise
    seed : int
        The inputs are drawn from it.
    answer : callable
        ``answer(calls)`` makes all calls, in order, and returns one list of arrays for each (see `nnopt.grader`). Called once.
    items : list, optional
        The parts to mark; all by default.
    verbose : bool
        The report shows all of the input that it tells of, to be pasted and run.

    Returns
    -------
    ExerciseResult
    """
    items = exercise.items if items is None else items
    keys = [key_of(item, seed) for item in items]
    batches = [key.calls() for key in keys]
    answers = list(answer([call for batch in batches for call in batch]))
    results = []
    for item, key, batch in zip(items, keys, batches):
        own, answers = answers[: len(batch)], answers[len(batch):]
        results.append(mark(item, key, own, verbose))
    feedback.once(results)
    return ExerciseResult(exercise.name, results)


def key_of(item, seed):
    """The key of this item for this seed: made once, kept with the exercise."""
    keys = item.exercise.keys
    if (item.name, seed) not in keys:
        if item.kind == "question":
            keys[item.name, seed] = Letter(item)
        else:
            keys[item.name, seed] = item.judge.key(item, seed) if item.judge else Key(item, seed)
    return keys[item.name, seed]


class Letter:
    """The key of a question."""

    def __init__(self, question):
        self.question = question

    def calls(self):
        """Ask for the value of the variable."""
        return [("__value__", {"name": self.question.name}, 1)]


@np.errstate(all="ignore")  # an answer may hold nan, inf or what overflows when it is looked at: that is no news to an instructor
def mark(item, key, answers, verbose=False):
    """Judge the answers to this item's calls."""
    if item.kind == "question":
        return mark_question(item, answers[0])
    if item.judge:
        return item.judge.mark(item, key, answers, verbose)
    v = judge(key, answers)
    return ItemResult(item.name, item.title, v.points, item.points, v.outcome, feedback.text(v, verbose), v.mistakes, v)


def mark_question(question, answer):
    """The right letter has all points; a wrong one gets its hint."""
    letter = bytes(np.asarray(answer[1], np.uint8)).decode("utf8", "replace")[:1] if int(answer[0]) == FINE and len(answer) > 1 else ""
    letter = letter.lower()
    if letter == question.right:
        outcome, line = "right", ""
    elif letter in question.hints:
        outcome, line = "wrong", f"({letter}) {question.hints[letter]}"
    else:
        letters = ", ".join(sorted([question.right, *question.hints]))
        outcome = "unfinished" if letter in ("", ".", "?") else "wrong"
        line = f'Answer with a letter: {question.name} = "a", for example. The letters are {letters}.'
    points = question.points if outcome == "right" else 0
    first = feedback.head(outcome, question.title, points, question.points)
    mistakes = [f"answer {letter}"] if letter in question.hints else []
    text = f"{first}\n{feedback.INDENT}{line}" if line else first
    return ItemResult(question.name, question.title, points, question.points, outcome, text, mistakes)
