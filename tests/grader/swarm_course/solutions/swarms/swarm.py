"""A swarm that draws its own random numbers: no single answer is right, and `nnopt.grader.marking.behaviour` judges what it did.

The rules of a round are those of metaheuristics/pso, whose loop is given its random numbers.
"""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, wrong
from nnopt.grader.marking.behaviour import Swarm

ex = Exercise("swarms/swarm", title="A swarm that draws its own random numbers")


@ex.function(parts={"v": 3}, pure=1, title="the velocity", forms=TABLES)
def pso_velocity(v, x, pbest, gbest, r1, r2, w, c1, c2):
    own = c1 * r1 * (pbest - x)
    swarm = c2 * r2 * (gbest - x)
    v = w * v + own + swarm
    return v


@pso_velocity.inputs
def _(d):
    return dict(v=d.normal("n", "d"), x=d.normal("n", "d"), pbest=d.normal("n", "d"), gbest=d.normal("d"),
                r1=d.uniform("n", "d"), r2=d.uniform("n", "d"), w=d.number(0.4, 0.9), c1=d.number(1, 2), c2=d.number(1, 2))


pso_velocity.when("as many particles as dimensions", sizes={"n": 4, "d": 4})
pso_velocity.when("one particle", sizes={"n": 1}).when("one dimension", sizes={"d": 1})
pso_velocity.when("no pull", c1=0.0, c2=0.0).when("the swarm far from its best", gbest=1e4)
pso_velocity.known(
    wrong("no inertia", "The old velocity must keep the weight w.", "Put c1 = c2 = 0: how does the particle fly on?",
          v="own + swarm", keeps=1),
    wrong("inertia without weight", "The old velocity enters in full.", "Where does w stand in your line?", v="v + own + swarm", keeps=2),
    wrong("inertia weighs everything", "w damps the old velocity only.", "Multiply your line out.", v="w * (v + own + swarm)", keeps=2),
    wrong("pushed away", "The differences have the wrong sign: particles flee from the best points.",
          "If pbest is right of x, where should x go?", own="c1 * r1 * (x - pbest)", swarm="c2 * r2 * (x - gbest)", keeps=2),
    wrong("own best and swarm's best exchanged", "c1 and r1 belong to the particle's own best.", "Which of the two pulls is which?",
          own="c1 * r1 * (gbest - x)", swarm="c2 * r2 * (pbest - x)", keeps=2))


@ex.function(parts={"x": 2, "v": 1}, pure=1, title="the move", forms=TABLES)
def pso_move(x, v, lower, upper):
    target = x + v
    inside = (target > lower) & (target < upper)
    x = np.clip(target, lower, upper)
    v = np.where(inside, v, 0.0)
    return x, v


@pso_move.inputs
def _(d):
    return dict(x=d.uniform("n", "d", low=-1), v=d.normal("n", "d"), lower=d.uniform("d", low=-1.5, high=-1) - 0.005,
                upper=d.uniform("d", low=1, high=1.5) + 0.005)      # no particle lands on a wall exactly


pso_move.when("as many particles as dimensions", sizes={"n": 4, "d": 4}).when("all fly out", v=5.0)
pso_move.known(
    wrong("flies out", "The new position must stay within the bounds.", "Try v = 100.", x="target", keeps=1),
    wrong("keeps its velocity at the wall", "A particle that would leave the box loses its velocity there, coordinate by coordinate.",
          "Where does it want to go in the next round?", v="v", keeps=2),
    wrong("turns round at the wall", "The velocity becomes zero there, not its opposite.", "Read the sentence on walls again.",
          v="np.where(inside, v, -v)", keeps=2),
    wrong("stops altogether", "Only the coordinates that hit a wall lose their velocity.", "A particle slides along a wall: which of its coordinates stands still?",
          v="np.where(np.all(inside, axis=1)[:, None], v, 0.0)", keeps=2),
    wrong("minus v", "The velocity is added.", "Which way does v point?", target="x - v"))


@ex.function(parts={"pbest": 2, "fbest": 1}, pure=1, title="the memory", forms=TABLES)
def pso_remember(x, fx, pbest, fbest):
    better = fx < fbest
    pbest = np.where(better[:, None], x, pbest)
    fbest = np.where(better, fx, fbest)
    return pbest, fbest


@pso_remember.inputs
def _(d):
    fx, fbest = d.normal("n"), d.normal("n")
    tie = d.rng.random(len(fx)) < 0.3
    return dict(x=d.normal("n", "d"), fx=fx, pbest=d.normal("n", "d"), fbest=d.lay(np.where(tie, fx, fbest)))


pso_remember.when("as many particles as dimensions", sizes={"n": 4, "d": 4})
pso_remember.when("better by a hair", n=1, fx=lambda d: 0.5 - 1e-9 * d.positive("n"), fbest=0.5)
pso_remember.when("nobody better", fbest=-10.0).when("all better", fbest=10.0)
pso_remember.known(
    wrong("takes the worse", "We minimize.", "Is a smaller f better?", better="fx > fbest"),
    wrong("always the newest", "A best point is kept until a better one comes.", "Try fx > fbest.", better="fx == fx"),
    wrong("forgets the value", "Point and value belong together.", "What is fbest for the new pbest?", fbest="fbest", keeps=2),
    wrong("forgets the point", "Point and value belong together.", "Where was fbest found?", pbest="pbest", keeps=1),
    wrong("all or none", "Each particle decides for itself.", "Try one better, one worse.", better="np.full(fx.shape, np.any(fx < fbest))"))


# What stands in for the three functions moves otherwise in one respect each, so that the student's side never holds the reference:
# 1 - r is as random as r, a move is half as long and the walls stand closer, a tie renews the memory.
@ex.function(parts={"asks": 1, "memory": 2, "draws": 2, "result": 1}, title="the swarm", judge=Swarm(),
             uses={"pso_velocity": "w * v + c1 * (1 - r1) * (pbest - x) + c2 * (1 - r2) * (gbest - x)", "pso_move": "(np.minimum(np.maximum(x + 0.5 * v, 0.9 * lower), 0.9 * upper), v * (x + 0.5 * v > 0.9 * lower) * (x + 0.5 * v < 0.9 * upper))",
                   "pso_remember": "(np.where((fx <= fbest)[:, None], x, pbest), np.minimum(fx, fbest))"})
def pso(f, lower, upper, particles, iterations, w, c1, c2, rng):
    d = len(lower)
    x = rng.uniform(lower, upper, (particles, d))
    v = np.zeros((particles, d))
    pbest, fbest = x, f(x)
    gbest = pbest[np.argmin(fbest)]
    for _ in range(iterations):
        r1 = rng.random((particles, d))
        r2 = rng.random((particles, d))
        v = pso_velocity(v, x, pbest, gbest, r1, r2, w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        pbest, fbest = pso_remember(x, f(x), pbest, fbest)
        gbest = pbest[np.argmin(fbest)]
    return gbest, np.min(fbest)


# What the judge of swarms must see and name (`behaviour.REASONS` has the sentences), as edits of the reference.
RENEW = "pbest, fbest = pso_remember(x, f(x), pbest, fbest)"
BEST = "gbest = pbest[np.argmin(fbest)]"
pso.hint("How many values are asked for at the start, and how many in a round? Of the best places known, which one "
         "leads, and from when on? Every particle and coordinate has random numbers of its own.")
pso.known(
    wrong("best points are never renewed", "", "", edit=(RENEW, "f(x)")),
    wrong("the swarm's best is never renewed", "", "", edit=(f"        {BEST}\n", "")),
    wrong("no memory", "", "", edit=(RENEW, "pbest, fbest = x, f(x)")),
    wrong("velocity is not kept", "", "", edit=("v = pso_velocity(v, x,", "v = pso_velocity(0 * v, x,")),
    wrong("the swarm's best is a round late", "", "", edit=(f"{RENEW}\n        {BEST}", f"{BEST}\n        {RENEW}")),
    wrong("moves otherwise", "", "", edit=("r1, r2, w, c1", "r1, r2, 0.9 * w, c1")),
    wrong("moves otherwise: c1 and c2 exchanged", "", "", edit=("w, c1, c2)\n        x", "w, c2, c1)\n        x")),
    wrong("outside the bounds", "", "", edit=("x, v = pso_move(x, v, lower, upper)", "x = x + v")),
    wrong("moves otherwise: random search", "", "", edit=("x, v = pso_move(x, v, lower, upper)", "x = rng.uniform(lower, upper, (particles, d))")),
    wrong("number of questions", "", "", edit=("range(iterations)", "range(iterations - 1)")),
    wrong("start is not uniform", "", "", edit=("rng.uniform(lower, upper, (particles, d))", "rng.uniform(lower, (lower + upper) / 2, (particles, d))")),
    wrong("start is shared", "", "", edit=("rng.uniform(lower, upper, (particles, d))", "lower + (upper - lower) * rng.random((particles, 1))")),
    wrong("r1 and r2 are the same", "", "", r2="r1"),
    wrong("random numbers are not uniform", "", "", r1="rng.beta(4, 4, (particles, d))", r2="rng.beta(4, 4, (particles, d))"),
    wrong("random numbers are not uniform: r1 fixed", "", "", r1="np.full((particles, d), 0.5)"),
    wrong("moves otherwise: normal", "", "", r1="rng.normal(0.5, 0.29, (particles, d))", r2="rng.normal(0.5, 0.29, (particles, d))"),
    wrong("moves otherwise: r in [-1, 1]", "", "", r1="rng.uniform(-1, 1, (particles, d))", r2="rng.uniform(-1, 1, (particles, d))"),
    wrong("shared between coordinates", "", "", r1="rng.random((particles, 1)) * np.ones(d)", r2="rng.random((particles, 1)) * np.ones(d)"),
    wrong("shared between particles: one number", "", "", r1="rng.random() * np.ones((particles, d))", r2="rng.random() * np.ones((particles, d))"),
    wrong("shared between particles", "", "", r1="rng.random(d) * np.ones((particles, d))", r2="rng.random(d) * np.ones((particles, d))"),
    wrong("shared between rounds", "", "", r1="np.random.default_rng(7).random((particles, d))", r2="np.random.default_rng(8).random((particles, d))"),
    wrong("not reproducible", "", "", r1="np.random.default_rng().random((particles, d))", r2="np.random.default_rng().random((particles, d))"),
    wrong("moves otherwise: velocity kept at the wall", "", "", edit=("x, v = pso_move(x, v, lower, upper)", "x, _ = pso_move(x, v, lower, upper)")),
    wrong("moves otherwise: all to one wall", "", "", edit=("pso_move(x, v, lower, upper)", "pso_move(x, v, lower, lower)")),
    wrong("shared between particles: r1 alone", "", "", r1="rng.random(d) * np.ones((particles, d))"),
    wrong("r1 and r2 add up to 1", "", "", r2="1 - r1"),
    wrong("not reproducible: r1 alone", "", "", r1="np.random.default_rng().random((particles, d))"),
    wrong("rng is not used", "", "", edit=("d = len(lower)", "d, rng = len(lower), np.random.default_rng(42)")),
    wrong("result", "", "", returns="x[0], f(x)[0]"),
    wrong("result: the last best", "", "", returns="x[np.argmin(fbest)], np.min(fbest)"))
pso.same("both ends of the box have its dimension", "d = len(lower)  ->  d = len(upper)")
pso.same("at the start, where a particle is is where it was best", "gbest = pbest[np.argmin(fbest)]  ->  gbest = x[np.argmin(fbest)]")
