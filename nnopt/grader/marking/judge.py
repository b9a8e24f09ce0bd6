"""The comparator: expected values and tolerances once for each seed (`Key`), then arrays against arrays (`judge`)."""

import functools
import itertools
import re
from dataclasses import dataclass, field

import numpy as np

from ..exercise.variants import SpecError
from ..sandbox.wire import FINE, MISSING, NO_NUMBERS, RAISED
from . import notice
from .tolerance import Unstable, evaluate, raised, tolerances

# A mistake is recognized at a distance where it would not be called right: it was computed in other words, too.
LOOSE = 50.0
# An answer of type float32 is judged as such: tolerances are first-order in the rounding unit, so they grow with it.
COARSER = float(np.finfo(np.float32).eps / np.finfo(np.float64).eps)
DRAWS = 6  # of all inputs, at most; a spec that is unstable more often than not is not accepted
# What Python raises where NumPy gives nan or an infinity.
ARITHMETIC = "ZeroDivisionError", "OverflowError", "FloatingPointError", "ValueError: math domain error", "ValueError: math range error"
NOT_WRITTEN = "NotImplementedError"  # how a function that was not touched ends


class Key:
    """All that the judge knows of one function for one seed: made once, used for every submission."""

    def __init__(self, function, seed):
        self.function, self.seed, self.names = function, seed, list(function.parts)
        self.stand_ins = stand_in_sources(function)
        self.worked_out = {}  # what it takes to work out a coordinate, as `byhand` found it: once for a class that makes one mistake
        self._draw()
        self.plain = [i for i, c in enumerate(self.cases) if c.form is None]
        self.holds = {tell: [bool(self._told(tell, i)) for i in self.plain] for tell in function.tells}
        self.factors = {factor: [float(self._told(factor, i)) for i in self.plain] for factor in function.factors}
        self.formed = [i for i, c in enumerate(self.cases) if c.form is not None]
        # Played in mixed order, the first two again at the end: an answer must not depend on the calls before it.
        self.order = [int(i) for i in np.random.default_rng([seed, 1]).permutation(len(self.cases))] + [0, 1]

    def _draw(self):
        """Inputs, answers and tolerances; drawn anew where rounding decides: a seed is drawn once for a class, and must not fail it."""
        for again in range(DRAWS):
            self.cases = self.function.cases(self.seed, again)
            try:
                self.want, self.tol = self._expected({})
                self.want_alone, self.tol_alone = self._expected(self.stand_in_functions()) if self.stand_ins else ([], [])
                return
            except Unstable:
                if again + 1 == DRAWS:
                    raise

    def _expected(self, functions):
        want = self.answers_of(self.function.variant(functions=functions))
        for case, values in zip(self.cases, want):
            if values is None:
                raise SpecError(f"{self.function.where}: the reference itself raises an error on {case.situation!r}")
        return want, tolerances(self.function, self.cases, want, self.seed, functions)

    def _told(self, expression, i):
        """What a condition or a factor of the spec is on case `i`: one number, NaN where it divides by zero."""
        where, situation = f"{self.function.where}, notice: {expression!r}", self.cases[i].situation
        try:
            value = np.asarray(eval(expression, {"np": np}, dict(self.cases[i].args)))
        except ZeroDivisionError:
            return np.nan
        except Exception as error:
            raise SpecError(f"{where} raises {error!r} on {situation!r}") from None
        if value.shape or value.dtype.kind not in "biuf":
            raise SpecError(f"{where} is {value.tolist()!r} on {situation!r}; it takes one number or one condition (np.all, np.any)")
        return value

    def stand_in_functions(self):
        """The functions that stand in for those it uses, by name."""
        scope = {"np": np}
        for source in self.stand_ins.values():
            exec(source, scope)
        return {name: scope[name] for name in self.stand_ins}

    def answers_of(self, f):
        """What a function returns on every case: a list of arrays, or None where it raises."""
        return [evaluate(f, case.args, len(self.names)) for case in self.cases]

    def apart(self, mistakes):
        """What the reference with these mistakes returns on every case where functions stand in for those it uses."""
        return self.answers_of(self.function.variant(*mistakes, functions=self.stand_in_functions()))

    def error(self, mistakes, i):
        """The error that the reference with these mistakes raises on case `i`, as a student's would be told."""
        return raised(self.function.variant(*mistakes), self.cases[i].args)

    def calls(self):
        """The calls to make, in the language of `nnopt.grader`."""
        name, k = self.function.name, len(self.names)
        travel = [{key: travelling(a) for key, a in case.args.items()} for case in self.cases]
        calls = [(name, travel[i], k) for i in self.order]
        if self.stand_ins:
            calls += [(name, args, k, self.stand_ins) for args in travel]
        return calls

    @functools.cached_property
    def mistakes(self):
        """The answers of every known mistake; then of their mirror images, where these work and do nothing else that is known."""
        from . import mirror

        found = {(w,): self.answers_of(self.function.variant(w)) for w in self.function.mistakes}
        plain = lambda answers: [answers[i] for i in self.plain]     # noqa: E731
        for twin in mirror.twins(self.function):
            answers = self.answers_of(self.function.variant(twin))
            others = [self.want, *found.values()]
            if all(answers) and not any(like(plain(answers), plain(other), plain(self.tol)) for other in others):
                found[twin,] = answers
        return found

    @functools.cached_property
    def twins(self):
        """The mirror images among the known mistakes."""
        return [w for (w,) in self.mistakes if w not in self.function.mistakes]

    @functools.cached_property
    def pairs(self):
        """The answers of every two mistakes that do not touch the same assignment; those that the author wrote come first."""
        both = sorted(itertools.combinations([w for (w,) in self.mistakes], 2), key=lambda pair: not {*pair}.isdisjoint(self.twins))
        return {(a, b): self.answers_of(self.function.variant(a, b)) for a, b in both
                if a.sides and b.sides and not set(a.sides) & set(b.sides)}


def stand_in_sources(function):
    """``{name: source}`` of the functions that stand in for those it uses."""
    exercise = function.exercise
    return {name: f"def {name}({', '.join(exercise[name].params)}):\n    return {body}\n" for name, body in function.uses.items()}


def travelling(a):
    """An argument as it crosses to the student's side."""
    if isinstance(a, np.ndarray) and a.size and not (a.flags.c_contiguous or a.flags.f_contiguous):
        return ("strided", np.ascontiguousarray(a))
    return a


def same(got, want, tol):
    """Equal within the tolerance, element by element; not-a-number and infinities equal themselves."""
    if got.shape != want.shape and not got.size == want.size == 1:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all((np.abs(got - want) <= tol) | (got == want) | (np.isnan(got) & np.isnan(want))))


def like(got, other, tols):
    """Do these answers agree with those of a mistake, on every case? Where one raises, the other may be not finite."""
    for g, o, tol in zip(got, other, tols):
        if g is None or o is None:
            present = o if g is None else g
            if present is not None and all(np.all(np.isfinite(p)) for p in present):
                return False
            continue
        for a, b, t in zip(g, o, tol):
            size = np.max(np.abs(b[np.isfinite(b)]), initial=0)
            if not same(a, b, LOOSE * t + 1e-9 * size if t.shape == a.shape == b.shape else 1e-9 * (1 + size)):
                return False
    return True


@dataclass
class Verdict:
    """What the judge found in the answers of one function."""

    key: Key
    got: list                                       # for every case the returned parts, or None
    status: list                                    # for every case its status
    tol: list                                       # for every case the tolerances of its parts
    note: str = ""                                  # what the first call that failed said
    notes: list = field(default_factory=list)       # for every case what its call said, if it failed
    right: dict = field(default_factory=dict)       # for every part, whether it is right on each case
    forms_wrong: list = field(default_factory=list)
    written_to: str = ""                            # an argument that it changed
    remembers: bool = False                         # the same input gave two answers
    alone: bool = False                             # right as soon as what it uses is
    apart: list = field(default_factory=list)       # for every case the parts where functions stood in for those it uses, or None
    note_alone: str = ""                            # what the first call said that failed though what it uses was right
    known: tuple = ()                               # known mistakes that answer the same
    seen: list = field(default_factory=list)        # observations on an unknown mistake
    wrong: list = field(default_factory=list)       # cases that differ
    points: int = 0
    outcome: str = "wrong"

    @property
    def values_right(self):
        """Are the returned values right on all ordinary cases?"""
        return all(self.part_right(p) for p in self.key.names)

    def part_right(self, part):
        """Is this part right on all ordinary cases?"""
        return all(self.right[part][i] for i in self.key.plain)

    @property
    def mistakes(self):
        """Names of the known mistakes found."""
        return [w.name for w in self.known]


def judge(key, answers):
    """The verdict on the answers to ``key.calls()``: one list of arrays for each call."""
    v = read(key, answers)
    v.right = {p: [g is not None and same(g[j], w[j], t[j]) for g, w, t in zip(v.got, key.want, v.tol)] for j, p in enumerate(key.names)}
    v.forms_wrong = [key.cases[i].situation for i in key.formed if not all(v.right[p][i] for p in key.names)]
    if key.stand_ins and not v.values_right:
        apart = answers[len(key.order) :]
        v.note_alone = next((text_of(a) for a in apart if int(a[0]) in (RAISED, NO_NUMBERS)), "")
        v.apart = [unwrapped(parts_of(a, len(key.names)), w) for a, w in zip(apart, key.want_alone)]
        alone = zip(v.apart, apart, key.cases, key.want_alone, key.tol_alone)
        v.alone = all(same_all(parts, w, widened(t, a, c)) for parts, a, c, w, t in alone)
    if unwritten(answers):              # alone, too: else it is what it uses that is not written
        v.outcome = "unfinished"
        return v
    if not v.values_right:
        v.wrong = [i for i in key.plain if not all(v.right[p][i] for p in key.names)]
        if not v.alone:
            recognize(v)
    v.points = points(v)
    if v.points == key.function.points:
        v.outcome = "right"
    elif v.points > 0:
        v.outcome = "partial"
    elif v.wrong and not v.known and all(v.status[i] == RAISED for i in v.wrong):     # and whatever came back was right
        v.outcome = "crashed"
    return v


def read(key, answers):
    """The answers sorted by case; what changed in the arguments; whether a repeated call repeats its answer."""
    n, k = len(key.cases), len(key.names)
    v = Verdict(key, [None] * n, [NO_NUMBERS] * n, list(key.tol), notes=[""] * n)
    for position, i in enumerate(key.order):
        answer, again = answers[position], position >= n
        parts = unwrapped(parts_of(answer, k), key.want[i])
        if again:
            v.remembers |= v.got[i] is not None and not same_all(parts, v.got[i], [np.abs(g) * 1e-12 + 1e-300 for g in v.got[i]])
            continue
        v.got[i], v.status[i] = parts, int(answer[0])
        if parts is None:
            v.notes[i] = text_of(answer)
            v.note = v.note or v.notes[i]
            continue
        v.tol[i] = widened(key.tol[i], answer, key.cases[i])
        arrays = [(name, a) for name, a in key.cases[i].args.items() if isinstance(a, np.ndarray)]
        for (name, before), after in zip(arrays, answer[1 + k:]):
            if before.shape != after.shape or not np.array_equal(before, after, equal_nan=True):
                v.written_to = v.written_to or name
    return v


def unwritten(answers):
    """Is there no function, or one that still ends at the `NotImplementedError` it was given out with, in all these calls?"""
    said = {(int(a[0]), text_of(a).startswith(NOT_WRITTEN) if int(a[0]) == RAISED else False) for a in answers}
    return said <= {(MISSING, False), (RAISED, True)}


def parts_of(answer, k):
    """The returned parts as float arrays, or None where the call failed."""
    return [np.asarray(a, float) for a in answer[1:1 + k]] if int(answer[0]) == FINE and len(answer) > k else None


def unwrapped(parts, want):
    """Where one value is asked for and ``return value,`` was written: the value."""
    wrapped = parts is not None and len(parts) == 1 and parts[0].shape == (1, *want[0].shape)
    return [parts[0][0]] if wrapped else parts


def widened(tols, answer, case):
    """The tolerances of a case: wider for parts that come back as float32 though the arguments were float64."""
    coarse = case.eps < np.finfo(np.float32).eps
    return [t * COARSER if coarse and a.dtype == np.float32 else t for t, a in zip(tols, answer[1:])]


def text_of(answer):
    """The message of a call that failed."""
    return bytes(np.asarray(answer[1], np.uint8)).decode("utf8", "replace") if len(answer) > 1 else ""


def same_all(got, want, tols):
    """All parts of one case the same?"""
    return got is not None and len(got) == len(want) and all(same(g, w, t) for g, w, t in zip(got, want, tols))


def recognize(v):
    """Name the mistake: one that is known, or two at once; else say what can be seen of it."""
    key = v.key
    if all(v.got[i] is None for i in key.plain):
        return
    plain = lambda answers: [answers[i] for i in key.plain]     # noqa: E731
    got, tol = plain(v.got), plain(v.tol)
    for table in ("mistakes", "pairs"):     # pairs are worked out only where no single one is found
        hits = (ws for ws, answers in getattr(key, table).items() if like(got, plain(answers), tol) and shows(v, ws, answers))
        if known := next(hits, ()):
            v.known = known
            return
    v.seen = notice.observe(v, same)


def shows(v, ws, answers):
    """Do answers that are like those of these mistakes show them: by a finite number somewhere, or by the very error that they raise?

    What is not finite shows them where the same was returned, or an error of arithmetic raised; any other failure shows nothing. Where
    functions stand in for those it uses, a finite number must then show them there, unless the mistakes give none there either.
    """
    key = v.key
    found = {evidence(v.got[i], answers[i], key.want[i], v.tol[i], v.notes[i], lambda i=i: key.error(ws, i)) for i in key.plain}
    if found & {"finite", "error"} or "not finite" not in found:
        return bool(found & {"finite", "error"})
    if not key.stand_ins:
        return True
    apart = key.apart(ws)
    finite = any(evidence(a, a, w, t) == "finite" for a, w, t in zip(apart, key.want_alone, key.tol_alone) if a is not None)
    return like(v.apart, apart, key.tol_alone) if finite else True


def evidence(got, other, want, tol, said="", error=lambda: ""):
    """What tells an answer, which is like that of a mistake (the `other`), from the right one: "finite", "not finite", "error" or ""."""
    if got is None and other is None:
        return "error" if same_error(said, error()) else ""
    if got is None or other is None:
        return "not finite" if (said if got is None else error()).startswith(ARITHMETIC) else ""
    with np.errstate(all="ignore"):
        off = [np.ones(1, bool) if o.shape != w.shape else ~(np.abs(o - w) <= t) & np.isfinite(w) for o, w, t in zip(other, want, tol)]
    finite = any(np.any(d & (np.isfinite(o) | (o.shape != w.shape))) for d, o, w in zip(off, other, want))
    return "finite" if finite else "not finite" if any(map(np.any, off)) else ""


def same_error(said, error):
    """Is this what a call said that failed with this error? Numbers aside, and the line."""
    bare = [re.sub(r"\d+", "", text.partition(" (line ")[0]) for text in (said, error)]
    return bool(error) and bare[0] == bare[1]


def points(v):
    """The points earned: by part; what a known mistake keeps; all of it where only what it uses is wrong."""
    function, total = v.key.function, sum(v.key.function.parts.values())
    earned = total if v.alone else sum(p for part, p in function.parts.items() if v.part_right(part))
    if v.known:
        earned = max(earned, total - sum(total - w.keeps for w in v.known))
    if v.values_right:
        earned -= bool(v.forms_wrong) + v.remembers
    earned = max(earned, 0)
    return earned + (function.pure if earned and not v.written_to else 0)
