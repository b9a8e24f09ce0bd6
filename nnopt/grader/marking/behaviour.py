r"""Judging a swarm by what it did: from the points at which it asked for values, in order.

A swarm draws its own random numbers, so there is no expected path. But the record tells enough: where every particle
was, hence its velocity and the best points known; hence the two pulls :math:`c_1 (p - x)` and :math:`c_2 (b - x)` at
every move. A right move leaves :math:`x' - x - w v` between the sums of the pulls with all r = 0 and all r = 1, always;
and where only one pull acts, it shows the random number itself.

False alarms: the tests of asks, memory and result have none. Each of the `TESTS` statistical ones refuses a right swarm
with probability at most `evidence.ALPHA`, on numbers that are chosen before they are drawn; what rounding may do at a wall
(`evidence.reached`) adds less than 1e-7. So a right swarm is refused with probability at most 1.5e-5.
"""

from dataclasses import dataclass, field

import numpy as np

from ..exercise.problems import Objective
from ..sandbox.wire import FINE, MISSING
from . import byhand, feedback
from .evidence import RULES, between, complementary, linked, not_centred, not_uniform, replay, same_numbers
from .judge import NOT_WRITTEN, parts_of, stand_in_sources, text_of, unwritten
from .marking import ItemResult

TESTS = 14                      # start: 3; r1: 2 + 3; r2: 1 + 3; r1 against r2: 2
SAMPLE = {"social": 700, "own": 1600}      # how many random numbers a test looks at: fixed before they are drawn, always there in a right run

# What can be wrong: the part that loses its points, what it is, and a question. The first five are replayed (`evidence.RULES`).
REASONS = {
    "best points are never renewed": ("memory", "All best points stay those of the start.", "After f(x) is known, who looks at it?"),
    "the swarm's best is never renewed": ("memory", "The swarm's best stays that of the start.", "Which line must stand inside the loop?"),
    "no memory": ("memory", "A particle is drawn to where it is, not to the best place it has seen.", "A particle gets worse: where is its best place?"),
    "velocity is not kept": ("memory", "Each round begins at rest.", "What must survive from one round to the next?"),
    "the swarm's best is a round late": ("memory", "The swarm's best is found before the new values are known.", "In which order?"),
    "moves otherwise": ("memory", "A move is not between the pulls of the particle's best and the swarm's best.", "Which v, pbest, gbest go into which round?"),
    "outside the bounds": ("asks", "A particle is asked for outside the bounds.", "Who keeps it inside?"),
    "number of questions": ("asks", "It asks f for another number of points than particles * (iterations + 1).", "How often is each particle asked for?"),
    "shape of questions": ("asks", "It asks f at points that are not finite or not of that dimension.", "What is the shape of x?"),
    "start is not uniform": ("draws", "The start is not uniform between the bounds.", "Where is a quarter of the particles?"),
    "start is shared": ("draws", "Particles or coordinates share the random numbers of the start.", "What is the shape of the start's random numbers?"),
    "r1 and r2 are the same": ("draws", "The two pulls need random numbers of their own.", "How often do you draw in a round?"),
    "r1 and r2 add up to 1": ("draws", "Where one pull is strong, the other is weak.", "How often do you draw in a round?"),
    "shared between coordinates": ("draws", "The coordinates of a particle share a random number.", "What shape have r1 and r2?"),
    "shared between particles": ("draws", "The particles share their random numbers.", "What shape have r1 and r2?"),
    "shared between rounds": ("draws", "The random numbers are the same in every round.", "When are r1 and r2 drawn?"),
    "random numbers are not uniform": ("draws", "The random numbers of a pull are not uniform in [0, 1].", "What is their smallest, their largest value?"),
    "not reproducible": ("draws", "The same rng gave two different runs.", "Do all random numbers come from rng?"),
    "rng is not used": ("draws", "Two runs with different rng begin alike.", "Which generator draws the start?"),
    "result": ("result", "What is returned is not the best point asked for, and its value.", "Which particle has seen the best point?"),
}

FOLLOW = ("r1 and r2 are the same", "r1 and r2 add up to 1", "random numbers are not uniform", "shared between coordinates", "shared between particles",
          "shared between rounds")      # nothing can be said of the random numbers where the moves are wrong
STAND_IN = 0.5, 0.9                     # what stands in for pso_move moves by half of v, between walls at 0.9 of the true ones


@dataclass
class Run:
    """One run that the student's swarm is asked for."""

    tag: str
    args: dict

    @property
    def shape(self):
        """Of its record: rounds, particles, dimension."""
        return self.args["iterations"] + 1, self.args["particles"], len(self.args["lower"])


class Key:
    """The runs for one seed."""

    def __init__(self, function, seed):
        rng = np.random.default_rng([seed, 77])
        self.function, self.stand_ins = function, stand_in_sources(function)
        run = lambda *a: Run(a[0], draw_run(rng, *a[1:]))     # noqa: E731
        self.runs = [
            run("social", "rastrigin", 3, 60, 12, 0.3, 0.0, 0.9),       # one pull alone: r2 is seen
            run("own", "sphere", 3, 160, 25, 0.95, 2.0, 0.1),         # almost alone: r1
            run("both", "rastrigin", 3, 40, 15, 0.7, 1.5, 1.5),
            run("walls", "rastrigin", 2, 20, 12, 1.1, 1.5, 1.5),
            run("no round", "sphere", 4, 40, 0, 0.7, 1.5, 1.5),
            run("few", "rastrigin", 2, 5, 12, 0.95, 2.0, 2.0),          # where the best particle is in the end is seldom where it was best
        ]
        self.runs.append(Run("again", self.runs[2].args))

    def calls(self):
        """Each run; then each with functions that stand in for those the swarm uses."""
        name = self.function.name
        calls = [(name, run.args, 2) for run in self.runs]
        return calls + [(name, run.args, 2, self.stand_ins) for run in self.runs if self.stand_ins]


def draw_run(rng, name, d, particles, iterations, w, c1, c2, width=4.0):
    """The arguments of a run on a problem whose best point is somewhere near the middle."""
    return dict(f=Objective(name, np.round(rng.uniform(-width / 4, width / 4, d), 2)), lower=np.round(-width - rng.random(d), 2),
                upper=np.round(width + rng.random(d), 2), particles=particles, iterations=iterations, w=w, c1=c1, c2=c2,
                rng=("seed", int(rng.integers(2**31))))      # two decimals: a report shows them


class Swarm:
    """The judge of a swarm ``pso(f, lower, upper, particles, iterations, w, c1, c2, rng) -> x, value``, for `Exercise.function`."""

    parts = ("asks", "memory", "draws", "result")

    def key(self, function, seed):
        """The runs for this seed."""
        return Key(function, seed)

    def mark(self, function, key, answers, verbose=False):
        """The mark for the answers to ``key.calls()``."""
        own, alone = answers[:len(key.runs)], answers[len(key.runs):]
        if unwritten(answers):
            return self.unfinished(function, missing=all(int(a[0]) == MISSING for a in answers))
        found = Findings(key, own)
        found.look()
        if found.reasons and alone:
            beside = Findings(key, alone)
            beside.look(*STAND_IN)
            found.alone = not beside.reasons
            if found.failed.startswith(NOT_WRITTEN) and not found.alone:
                found = beside                  # what it uses is not written: judged by what it does with the stand-ins
        return found.result(function, verbose)

    def unfinished(self, function, missing):
        """The mark of what is not written."""
        first = feedback.head("unfinished", function.title, 0, function.points)
        text = f"{first}\n{feedback.INDENT}{feedback.unwritten(function.name, missing)}"
        return ItemResult(function.name, function.title, 0, function.points, "unfinished", text)


@dataclass
class Findings:
    """What was found in the records of all runs."""

    key: Key
    answers: list
    reasons: dict = field(default_factory=dict)     # reason -> where
    failed: str = ""
    runs: dict = field(default_factory=dict)        # reason -> the run that shows it
    crashed: Run | None = None                      # the first run that failed
    alone: bool = False
    unseen: bool = False                            # a run made no whole rounds, so nothing can be said of its moves
    fits: dict = field(default_factory=lambda: dict.fromkeys(RULES, True))      # which rules explain every move so far

    def add(self, reason, where="", run=None):
        """One more reason; the first place counts, and the first run that shows it."""
        self.reasons.setdefault(reason, where)
        self.runs.setdefault(reason, run)

    def look(self, stride=1.0, walls=1.0):
        """Look at every run. Where functions stand in, a particle moves by stride * v, and the walls are moved by a factor."""
        records = {}
        for run, answer in zip(self.key.runs, self.answers):
            if int(answer[0]) != FINE:
                self.failed = self.failed or text_of(answer) or "it gave no answer"
                self.crashed = self.crashed or run
                self.add("result", run.tag, run)
                continue
            record = records[run.tag] = self.record(run, answer, walls)
            self.unseen |= record is None or len(record) < min(run.shape[0], 2)
            if record is not None and len(record) > 1:
                self.moves(run, record, stride, walls)
        self.starts([(run, records[run.tag]) for run in self.key.runs[:-1] if records.get(run.tag) is not None])
        if not self.fits["right"]:
            self.reasons = {r: where for r, where in self.reasons.items() if r not in FOLLOW}
            self.add(next((rule for rule in RULES if self.fits[rule]), "moves otherwise"))
        both, again = records.get("both"), records.get("again")
        if both is not None and again is not None and not np.array_equal(both, again):
            self.add("not reproducible")

    def record(self, run, answer, walls):
        """Check questions and result; the record as an array (rounds, particles, dimension), or None where it does not make whole rounds."""
        args, asked = run.args, np.asarray(answer[-1], float)
        lower, upper, f = args["lower"], args["upper"], args["f"].fun
        if asked.ndim != 2 or asked.shape[1:] != lower.shape or not np.isfinite(asked).all():
            return self.add("shape of questions", run.tag, run)
        first = np.arange(len(asked)) < run.args["particles"]         # the start may be anywhere between the true bounds
        low, high = (np.where(first[:, None], bound, walls * bound) for bound in (lower, upper))
        if np.any(asked < low) or np.any(asked > high):
            self.add("outside the bounds", run.tag, run)
        x, value = parts_of(answer, 2)
        best = f(asked).min() if len(asked) else np.nan
        right = x.shape == lower.shape and value.size == 1 and abs(value.item() - best) <= 1e-9 * (1 + abs(best))
        if not right or not abs(f(x) - best) <= 1e-9 * (1 + abs(best)):
            self.add("result", run.tag, run)
        rounds, particles, d = run.shape
        if len(asked) != rounds * particles:
            self.add("number of questions", f"{len(asked)} instead of {rounds * particles}", run)
        whole = len(asked) > 0 and (len(asked) > rounds * particles or len(asked) % particles == 0)
        return asked[: min(rounds, len(asked) // particles) * particles].reshape(-1, particles, d) if whole else None

    def starts(self, records):
        """Are the particles of all runs sown uniformly and independently?"""
        sown = [(X[0] - run.args["lower"]) / (run.args["upper"] - run.args["lower"]) for run, X in records]
        if not sown:
            return
        if not_uniform(np.concatenate([u.ravel() for u in sown])):
            self.add("start is not uniform")
        twins = [(a, b) for (run, _), a in zip(records, sown) for (other, _), b in zip(records, sown)
                 if run is not other and a.shape[1] == b.shape[1]]
        if "start is not uniform" not in self.reasons and any(np.allclose(a[:5], b[:5], rtol=0, atol=1e-9) for a, b in twins):
            self.add("rng is not used")
        pairs = [[(u[1:], u[:-1]) for u in sown], [(u[:, 1:], u[:, :-1]) for u in sown]]
        if any(linked(*(np.concatenate([p[side].ravel() for p in axis]) for side in (0, 1))) for axis in pairs):
            self.add("start is shared")

    def moves(self, run, X, stride, walls):
        """Check that every move follows from what was known, and that its random numbers are such."""
        for rule in RULES[1:]:
            self.fits[rule] = self.fits[rule] and between(replay(run.args, X, rule, stride, walls))
        moves = replay(run.args, X, "right", stride, walls)
        if not between(moves):
            self.fits["right"] = False
            return
        if run.tag == "social":
            self.single_pull(moves)
        elif run.tag == "own":
            self.nearly_single_pull(moves)
        elif run.tag == "both":
            if same_numbers(moves):
                self.add("r1 and r2 are the same")
            if complementary(moves):
                self.add("r1 and r2 add up to 1")

    def single_pull(self, moves):
        """With the swarm's pull alone, r2 is seen."""
        r = np.array([np.where(m.free & (np.abs(m.B) > 1e-6), m.rest / np.where(m.B == 0, 1, m.B), np.nan) for m in moves])
        seen = r[~np.isnan(r)]
        sample = SAMPLE["social"]
        if len(seen) >= sample and not_uniform(seen[:sample]):
            self.add("random numbers are not uniform", "r2")
        self.shared(r, 1.0, sample)

    def nearly_single_pull(self, moves):
        """Where the own pull is more than five times the swarm's, r1 is seen within 0.1."""
        r = np.array([np.where(m.free & (np.abs(m.A) > 5 * np.abs(m.B) + 1e-6), (m.rest - m.B / 2) / np.where(m.A == 0, 1, m.A), np.nan)
                      for m in moves])
        seen = r[~np.isnan(r)] - 0.5
        sample = SAMPLE["own"]
        if len(seen) >= sample and not_centred(seen[:sample]):
            self.add("random numbers are not uniform", "r1")
        self.shared(r, 1.2, sample)

    def shared(self, r, width, sample):
        """Are the random numbers (rounds, particles, coordinates) tied along an axis?"""
        neighbours = {"coordinates": (r[:, :, 1:], r[:, :, :-1]), "particles": (r[:, 1:], r[:, :-1]), "rounds": (r[1:], r[:-1])}
        for what, (a, b) in neighbours.items():
            both = ~np.isnan(a) & ~np.isnan(b)
            if np.sum(both) >= sample and linked(a[both][:sample], b[both][:sample], width):
                self.add(f"shared between {what}")

    def result(self, function, verbose=False):
        """The mark."""
        lost = {REASONS[r][0] for r in self.reasons} | ({"memory", "draws"} if self.unseen else set())
        points = 0 if self.failed else sum(p for part, p in function.parts.items() if part not in lost)
        if self.alone:
            points = function.points
        outcome = "right" if points == function.points else "partial" if points else "crashed" if self.failed else "wrong"
        first = sorted(self.reasons, key=list(REASONS).index)
        lines = [feedback.head(outcome, function.title, points, function.points)]
        if self.alone:
            lines.append(f"Your loop is right. It goes astray only because {' or '.join(function.uses)} is not right yet.")
        elif self.failed:
            lines += [self.failed, *feedback.there(byhand.shortened(self.crashed.args))]
        else:
            for reason in first[:2]:
                where = self.reasons[reason]
                lines += [f"This looks like: {reason}{f' ({where})' if where else ''}. {REASONS[reason][1]}"]
                lines += [f"Think: {REASONS[reason][2]}"]
            good = [p for p in function.parts if p not in lost]
            lines += [f"Right so far: {', '.join(good)}."] if good and lost else []
        if verbose and not self.alone and (run := self.crashed or self.runs.get(first[0] if first else "") or self.key.runs[0]):
            lines += feedback.in_full(run.args) if outcome != "right" else []
        names = [] if self.alone or self.failed else first[:2]
        return ItemResult(function.name, function.title, points, function.points, outcome, f"\n{feedback.INDENT}".join(lines), names, self)

    def picture(self):
        """The best value found so far against evaluations, over the reference's; None where there is no such run."""
        from . import picture

        run, answer = next((r, a) for r, a in zip(self.key.runs, self.answers) if r.tag == "both")
        return picture.swarm(self.key.function, run, answer) if int(answer[0]) == FINE else None
