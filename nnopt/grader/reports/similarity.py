"""Which submissions of a class are alike: passages that two students share, apart from what was given out and from what many wrote.

Fingerprints of the code, with names, strings and comments taken out, are compared (winnowing: Schleimer, Wilkerson and Aiken 2003,
doi:10.1145/872757.872770; by copydetect). Short exercises have few right answers, so right answers are alike: passages that the spec knows,
and those that more than a tenth of the class has (and ten students at least) are left out of the pairs; how much that is, is said. Whoever
agrees in such passages and in all else, too, is no chance: those are told as a group. The report is where to look, never a proof.
"""

from __future__ import annotations

import ast
import io
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..exercise import course, release
from ..exercise.variants import edited
from ..files import save_output
from ..gradebook import masking
from ..intake import inputs, reader
from . import pages

PASSAGE = 25  # characters, names counted as one, that a shared passage has at least
COMMON = 0.1  # of the class, and
MANY = 10  # students: what more than so many wrote is nobody's
OWN = 100  # characters, names counted as one, that are a student's own at least: less tells nothing
THRESHOLD = 0.8  # of what is their own: chosen from the classes of tests/grader/similar_class.py
NOTE = ("Alike is not copied: look at both, and ask. Names, comments, the exercise as given out, what the book itself writes and what "
        "more than a tenth of the class wrote do not count.")  # fmt: skip


class NoCopydetect(ValueError):
    """The library is not installed."""


@dataclass(frozen=True)
class Pair:
    """Two submissions of one exercise that share passages.

    Attributes
    ----------
    exercise : str
    students : (str, str)
    share : float
        The larger part, 0 to 1, of what is their own that one has in common with the other.
    texts : (str, str)
        Their code as HTML, escaped, with what they share in <mark>.
    """

    exercise: str
    students: tuple[str, str]
    share: float
    texts: tuple[str, str]


@dataclass(frozen=True)
class Group:
    """Many submissions of one exercise that are one answer, which neither the exercise nor its spec holds.

    Attributes
    ----------
    exercise : str
    students : tuple of str
    share : float
        The smallest part, 0 to 1, of what two neighbours in the group wrote, beside what is known, that both have.
    """

    exercise: str
    students: tuple[str, ...]
    share: float


@dataclass
class Compared:
    """What the comparison of a class gave.

    Attributes
    ----------
    pairs : list of Pair
        The most alike first.
    counts : dict
        How many submissions were compared, by exercise.
    groups : list of Group
    left_out : dict
        By exercise: passages that many wrote, in how many submissions they stand, and how many of these hold little else of their own.
    """

    pairs: list[Pair]
    counts: dict[str, int]
    groups: list[Group]
    left_out: dict[str, tuple[int, int, int]]

    def notes(self) -> list[str]:
        """Sentences on what was left out of the pairs."""
        return [f"{name}: {passages} passages that {MANY} students and more than a tenth of the class wrote are left out of the pairs; "
                f"they stand in {holders} submissions, of which {bare} hold little else of their own"
                for name, (passages, holders, bare) in self.left_out.items() if passages]  # fmt: skip


def similar(submissions, course_folder=None, threshold: float = THRESHOLD,
            report=None, db: str | None = None, told: inputs.Known | None = None) -> Compared:  # fmt: skip
    """The pairs that share at least this part of what is their own, the groups that are one answer, and what was left out.

    Parameters
    ----------
    submissions : path
        A class as `nnopt grade` takes it. No code of it is run.
    course_folder : path, optional
    threshold : float
        In (0, 1].
    report, db : path and str, optional
        A gradebook: students are called by its codes then, in their code, too.
    told : nnopt.grader.intake.inputs.Known, optional
        How the class is to be read, where there are two ways.

    Raises
    ------
    ValueError
        When a folder or the threshold is not what it must be, or copydetect is missing.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"--threshold {threshold:g} is no part: give one above 0, at most 1")
    specs = course.specs(course_folder)
    exercises = {name: course.exercise(name, course_folder) for name in specs}
    codes: dict[str, dict[str, str]] = {name: {} for name in specs}
    with inputs.opened(Path(submissions), exercises, known=told) as handed_in:
        for (student, name), submission in sorted(handed_in.submissions.items()):
            try:
                codes[name][student] = "\n\n".join(reader.read(submission.path).cells) if not submission.why else ""
            except reader.Unreadable:
                continue
    if report is not None:
        mask = masking.of_gradebook(report, db, course_folder, {student for own in codes.values() for student in own})
        hidden = {name: {mask.code(s): mask.text(text, s) for s, text in own.items()} for name, own in codes.items()}
        codes = {name: dict(sorted(own.items())) for name, own in hidden.items()}  # the order of names would tell them
    found = [compared(name, own, known(exercises[name], specs[name]), threshold) for name, own in codes.items()]
    pairs = sorted((p for one in found for p in one.pairs), key=lambda p: (-p.share, p.exercise, p.students))
    groups = sorted((g for one in found for g in one.groups), key=lambda g: (-len(g.students), g.exercise, g.students))
    left_out = {name: counts for one in found for name, counts in one.left_out.items()}
    return Compared(pairs, {name: len(own) for name, own in codes.items()}, groups, left_out)


def template(spec: Path) -> str:
    """The code that students got, from the solution beside the spec."""
    path = Path(spec).with_suffix(".ipynb")
    return "\n\n".join(reader.code_cells(release.student_text(path).encode())) if path.is_file() else ""


def known(exercise, spec: Path) -> str:
    """The code that proves nothing where two have it: what was given out, the solution, and every way and mistake that the spec knows."""
    path = Path(spec).with_suffix(".ipynb")
    solution = "\n\n".join(reader.code_cells(path.read_bytes())) if path.is_file() else ""
    edits = [ast.unparse(edited(f.source, [edit], f.where)) for f in exercise.functions for edit in (*f.rights, *f.mistakes)]
    return "\n\n".join([template(spec), solution, *(f.source for f in exercise.functions), *edits])


def of_exercise(exercise: str, codes: dict[str, str], given: str, threshold: float) -> list[Pair]:
    """The pairs of one exercise."""
    return compared(exercise, codes, given, threshold).pairs


def compared(exercise: str, codes: dict[str, str], given: str, threshold: float) -> Compared:
    """The comparison of one exercise."""
    try:
        from copydetect import CodeFingerprint, compare_files
    except ImportError:
        raise NoCopydetect('this needs copydetect: pip install "nnopt[course]"') from None

    def fingerprint(text):  # a window of 1 takes every passage: the result does not depend on Python's hash seed
        return CodeFingerprint("a.py", PASSAGE, 1, fp=io.StringIO(text))

    prints = {student: fingerprint(text) for student, text in codes.items() if text.strip()}
    size, everything = len(prints), fingerprint(given).hashes
    for p in prints.values():
        keep_own(p, everything)
    prints = {student: p for student, p in prints.items() if p.token_coverage >= OWN}
    wrote = Counter(h for p in prints.values() for h in p.hashes)
    common = {h for h, n in wrote.items() if n >= MANY and n > COMMON * size}
    groups = groups_of(exercise, {student: p.hashes for student, p in prints.items()}, common, threshold)
    holders = [p for p in prints.values() if p.hashes & common]
    for p in prints.values():
        keep_own(p, common)
    left_out = len(common), len(holders), sum(p.token_coverage < OWN for p in holders)
    prints = {student: p for student, p in prints.items() if p.token_coverage >= OWN}
    pairs = []
    for (a, first), (b, second) in itertools.combinations(prints.items(), 2):
        fewest = min(len(first.hashes), len(second.hashes))
        if len(first.hashes & second.hashes) < 0.5 * threshold * fewest:  # a cheap look first
            continue
        _, shares, slices = compare_files(first, second)
        if max(shares) >= threshold:
            texts = marked(first.raw_code, slices[0]), marked(second.raw_code, slices[1])
            pairs.append(Pair(exercise, (a, b), min(float(max(shares)), 1.0), texts))
    return Compared(pairs, {exercise: len(codes)}, groups, {exercise: left_out})


def groups_of(exercise: str, own: dict[str, set], common: set, threshold: float) -> list[Group]:
    """The groups of at least `MANY` who wrote what many wrote, and nearly all else alike: a chain from each to the next.

    Parameters
    ----------
    exercise : str
    own : dict
        The passages of each student, without those that are known.
    common : set
        The passages that many wrote.
    threshold : float
        Of all passages that one of two has, the part that both must have.
    """
    left = {student: passages for student, passages in own.items() if passages & common}
    groups = []
    while left:
        chain, links = [next(iter(left))], []
        reached = {chain[0]: left.pop(chain[0])}
        for student in chain:  # which grows meanwhile
            near = {other: len(reached[student] & p) / len(reached[student] | p) for other, p in left.items()}
            for other, share in near.items():
                if share >= threshold:
                    reached[other] = left.pop(other)
                    chain.append(other)
                    links.append(share)
        if len(chain) >= MANY:
            groups.append(Group(exercise, tuple(sorted(chain)), min(links)))
    return groups


def keep_own(fingerprint, ignored) -> None:
    """Take these passages out of a fingerprint."""
    from copydetect.utils import get_token_coverage

    fingerprint.hashes = fingerprint.hashes - ignored
    fingerprint.hash_idx = {h: places for h, places in fingerprint.hash_idx.items() if h not in ignored}
    fingerprint.token_coverage = get_token_coverage(fingerprint.hash_idx, PASSAGE, len(fingerprint.filtered_code))


def marked(code: str, slices) -> str:
    """Code as HTML, with these passages marked."""
    from copydetect.utils import highlight_overlap

    return highlight_overlap(code, slices.astype(int), "<mark>", "</mark>", escape_html=True)[0]


def write_report(path, found: Compared, most: int = 100) -> None:
    """The report as one page: static, offline, whole or not at all. The code of the `most` pairs most alike."""
    page = pages.environment().get_template("similarity.html")
    save_output(path, page.render(found=found, pairs=found.pairs, counts=found.counts, most=most, level="similarity", stamp=NOTE))
