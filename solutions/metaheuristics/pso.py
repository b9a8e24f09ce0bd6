"""Spec of metaheuristics/pso: velocity, move, memory, the swarm (Kennedy and Eberhart 1995; inertia: Shi and Eberhart 1998), its mean."""

import numpy as np

from nnopt.grader.behaviour import Swarm
from nnopt.grader.draw import TABLES
from nnopt.grader.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/pso", title="Particle swarm optimization")


# 1 --------------------------------------------------------------------------------------------------------- the velocity
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


pso_velocity.hint("The formula is one line of NumPy: gbest, (d,), meets x, (n, d), by broadcasting. Which of the two "
                  "differences points from the particle to the best place?")
pso_velocity.right(also("multiplied out", own="c1 * r1 * pbest - c1 * r1 * x", swarm="c2 * r2 * gbest - c2 * r2 * x"))
pso_velocity.when("as many particles as dimensions", sizes={"n": 4, "d": 4})
pso_velocity.when("one particle", sizes={"n": 1}).when("one dimension", sizes={"d": 1})
pso_velocity.when("no pull", c1=0.0, c2=0.0).when("the swarm far from its best", gbest=1e4)
pso_velocity.notice("c1 == 0", "c1 > 0", factors=["-1", "w", "1/w"])
pso_velocity.known(
    wrong("no inertia", "The old velocity must keep the weight w.", "Put c1 = c2 = 0: how does the particle fly on?",
          v="own + swarm", keeps=1),
    wrong("inertia without weight", "The old velocity enters in full.", "Where does w stand in your line?", v="v + own + swarm", keeps=2),
    wrong("inertia weighs everything", "w damps the old velocity only.", "Multiply your line out.", v="w * (v + own + swarm)", keeps=2),
    wrong("pushed away", "The differences have the wrong sign: particles flee from the best points.",
          "If pbest is right of x, where should x go?", own="c1 * r1 * (x - pbest)", swarm="c2 * r2 * (x - gbest)", keeps=2),
    wrong("own best and swarm's best exchanged", "c1 and r1 belong to the particle's own best.", "Which of the two pulls is which?",
          own="c1 * r1 * (gbest - x)", swarm="c2 * r2 * (pbest - x)", keeps=2),
    wrong("c1 and c2 exchanged", "c1 belongs to the particle's own best.", "Put c1 = 0: what still pulls?",
          own="c2 * r1 * (pbest - x)", swarm="c1 * r2 * (gbest - x)", keeps=2),
    wrong("r1 and r2 exchanged", "r1 belongs to the particle's own best.", "Compare your line with the formula, letter by letter.",
          own="c1 * r2 * (pbest - x)", swarm="c2 * r1 * (gbest - x)", keeps=2),
    wrong("c1 used twice", "The pull of the swarm's best has a weight of its own.", "Where is c2?", swarm="c1 * r2 * (gbest - x)", keeps=2),
    wrong("only the swarm's best pulls", "The particle's own best pulls, too.", "Where is pbest?", own="0 * x", keeps=1),
    wrong("only its own best pulls", "The swarm's best pulls, too.", "Where is gbest?", swarm="0 * x", keeps=1),
    wrong("no brackets", "A product binds more tightly than a difference.", "What is multiplied by r1: pbest, or the way to it?",
          own="c1 * r1 * pbest - x", swarm="c2 * r2 * gbest - x", keeps=1),
    wrong("pushed away from the swarm's best", "One of the two differences has the wrong sign.", "If gbest is right of x, where should x go?",
          swarm="c2 * r2 * (x - gbest)", keeps=2),
    wrong("from best to best", "Both pulls begin where the particle is.", "Which point is subtracted from gbest?", swarm="c2 * r2 * (gbest - pbest)", keeps=2),
    wrong("r1 used twice", "The two pulls need random numbers of their own.", "Where is r2?", swarm="c2 * r1 * (gbest - x)", keeps=2),
    wrong("no random numbers", "Without them the swarm collapses onto a line.", "Where are r1 and r2?",
          own="c1 * (pbest - x)", swarm="c2 * (gbest - x)", keeps=1),
    wrong("one random number for each particle", "Each coordinate has its own.", "What shape has r1?",
          own="c1 * r1[:, :1] * (pbest - x)", swarm="c2 * r2[:, :1] * (gbest - x)", keeps=2),
    wrong("pulled towards the origin", "The pull is the difference to the best point, not the point.",
          "Move all points by 5: should v change?", own="c1 * r1 * pbest", swarm="c2 * r2 * gbest"),
    wrong("hands back the position", "Asked for is the velocity.", "Read the docstring's last line.", returns="x + v", keeps=2))


# 2 ------------------------------------------------------------------------------------------------------------- the move
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


pso_move.hint("np.clip puts a coordinate on its wall. How do you find the coordinates that left, and is one that lands "
              "exactly on the wall among them? x += v writes into the caller's array.")
pso_move.when("as many particles as dimensions", sizes={"n": 4, "d": 4}).when("all fly out", v=5.0)
pso_move.known(
    wrong("flies out", "The new position must stay within the bounds.", "Try v = 100.", x="target", keeps=1),
    wrong("keeps its velocity at the wall", "A particle that would leave the box loses its velocity there, coordinate by coordinate.",
          "Where does it want to go in the next round?", v="v", keeps=2),
    wrong("turns round at the wall", "The velocity becomes zero there, not its opposite.", "Read the sentence on walls again.",
          v="np.where(inside, v, -v)", keeps=2),
    wrong("stops altogether", "Only the coordinates that hit a wall lose their velocity.", "A particle slides along a wall: which of its coordinates stands still?",
          v="np.where(np.all(inside, axis=1)[:, None], v, 0.0)", keeps=2),
    wrong("minus v", "The velocity is added.", "Which way does v point?", target="x - v"),
    wrong("clips the velocity", "The bounds hold for positions.", "What are the units of lower?", x="x + np.clip(v, lower, upper)"),
    wrong("upper bound only", "There are two bounds.", "Try v = -100.", x="np.minimum(target, upper)", keeps=1),
    wrong("the same bounds for all dimensions", "Each dimension has its own bounds.", "What shape has lower?",
          x="np.clip(target, np.min(lower), np.max(upper))", keeps=1),
    wrong("thrown back", "Asked for is the nearest point within the bounds, not the mirror's.", "A particle beyond upper lands where?",
          x="np.where(target > upper, 2 * upper - target, np.where(target < lower, 2 * lower - target, target))", keeps=1),
    wrong("stays where it was", "A particle that would leave the box stops at its wall.", "Try v = 100: how far does it come?", x="np.where(inside, target, x)", keeps=1),
    wrong("the way it went", "A particle that would leave the box loses its velocity there, not a part of it.", "Read the sentence on walls again.",
          v="np.where(inside, v, x - (target - v))", keeps=2),
    wrong("stands still everywhere", "Only the coordinates that hit a wall lose their velocity.", "What becomes of a particle in the middle?", v="np.zeros(v.shape)", keeps=2),
    wrong("wraps round", "Asked for is the nearest point within the bounds.", "A particle beyond upper lands where?",
          x="lower + (target - lower) % (upper - lower)", keeps=1))
pso_move.same("of truth values, the product is `and`, in either order",
              "inside = (target > lower) & (target < upper)  ->  inside = (target > lower) * (target < upper)",
              "inside = (target > lower) & (target < upper)  ->  inside = (target < upper) & (target > lower)")
pso_move.same("a particle that lands on a wall exactly may do either",
              "inside = (target > lower) & (target < upper)  ->  inside = (target >= lower) & (target < upper)",
              "inside = (target > lower) & (target < upper)  ->  inside = (target > lower) & (target <= upper)")


# 3 ----------------------------------------------------------------------------------------------------------- the memory
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


pso_remember.hint("Which particles have become better? fbest holds one number for each, pbest a row: a mask of shape (n,) picks "
                  "rows. Work on copies.")
pso_remember.when("as many particles as dimensions", sizes={"n": 4, "d": 4})
pso_remember.when("better by a hair", n=1, fx=lambda d: 0.5 - 1e-9 * d.positive("n"), fbest=0.5)
pso_remember.when("nobody better", fbest=-10.0).when("all better", fbest=10.0)
pso_remember.known(
    wrong("takes the worse", "We minimize.", "Is a smaller f better?", better="fx > fbest"),
    wrong("always the newest", "A best point is kept until a better one comes.", "Try fx > fbest.", better="fx == fx"),
    wrong("forgets the value", "Point and value belong together.", "What is fbest for the new pbest?", fbest="fbest", keeps=2),
    wrong("forgets the point", "Point and value belong together.", "Where was fbest found?", pbest="pbest", keeps=1),
    wrong("all or none", "Each particle decides for itself.", "Try one better, one worse.", better="np.full(fx.shape, np.any(fx < fbest))"),
    wrong("compares with the swarm's best", "Each particle is compared with its own best.", "Which fbest belongs to particle i?",
          better="fx < np.min(fbest)"),
    wrong("moves at a tie", "At a tie nothing improved: the old point is kept.", "< or <= ?", better="fx <= fbest", keeps=2),
    wrong("the best particle only", "Every particle that has become better is remembered.", "Two particles are better: how many rows change?",
          better="(fx < fbest) & (np.arange(len(fx)) == np.argmin(fx))"),
    wrong("the larger value", "Point and value belong together.", "What is fbest for the new pbest?", fbest="np.maximum(fx, fbest)", keeps=2),
    wrong("mean of both", "The better of the two is kept, not a mixture.", "Is f at the mean known?",
          pbest="np.where(better[:, None], (x + pbest) / 2, pbest)"))


# 4 ------------------------------------------------------------------------------------------------------------ the swarm
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


# 5, 6 -------------------------------------------------------------------------------------------------- two derivations
@ex.function(parts={"point": 2}, pure=0, title="where it settles")
def attractor(p, b, c1, c2):
    point = (c1 * p + c2 * b) / (c1 + c2)
    return point


@attractor.inputs
def _(d):
    return dict(p=d.normal(), b=d.normal(), c1=d.number(0.5, 2.5), c2=d.number(0.5, 2.5))


attractor.hint("If the place stays, all three expectations are the same point E. Put it in and solve for E.")
attractor.known(
    wrong("the middle", "The stronger pull draws it nearer.", "Put c1 = 0: where does the particle settle?", point="(p + b) / 2", keeps=1),
    wrong("weights exchanged", "c1 belongs to p.", "Put c1 = 0: where does the particle settle?", point="(c2 * p + c1 * b) / (c1 + c2)", keeps=1),
    wrong("divided by two", "The weights must add up to one.", "If p = b, the point must be there.", point="(c1 * p + c2 * b) / 2"),
    wrong("not divided by the sum", "If p = b, the point must be there.", "Put p = b.", point="c1 * p + c2 * b"))


@ex.function(parts={"value": 3}, title="how fast the mean settles")
def mean_factor(w, c1, c2):
    phi = (c1 + c2) / 2
    b = 1 + w - phi
    discriminant = b**2 - 4 * w
    root = np.sqrt(np.maximum(discriminant, 0))
    value = np.where(discriminant < 0, np.sqrt(w), (np.abs(b) + root) / 2)
    return value


@mean_factor.inputs
def _(d):
    return dict(w=d.number(0.3, 0.95), c1=d.number(0.2, 2), c2=d.number(0.2, 2))


mean_factor.hint("Put z^t into the recursion and divide by z^(t-1). Complex roots have a modulus, too: np.roots and abs, or "
                 "the quadratic formula with a complex root.")
mean_factor.when("small pulls", c1=lambda d: d.number(0.01, 0.04), c2=lambda d: d.number(0.01, 0.04), w=lambda d: d.number(0.1, 0.6))
mean_factor.when("strong pulls", w=lambda d: d.number(0.05, 0.2), c1=lambda d: d.number(2.5, 4), c2=lambda d: d.number(2.5, 4))
mean_factor.known(
    wrong("the full pull", "r is 1/2 on average.", "What is the expectation of c1 r1?", phi="c1 + c2", keeps=1),
    wrong("the smaller of the two roots", "The larger modulus decides.", "Which of the two dies out last?",
          value="np.where(discriminant < 0, np.sqrt(w), (np.abs(b) - root) / 2)", keeps=1),
    wrong("one root, whatever its sign", "For strong pulls b is negative: then the other root is the larger one.", "Put c1 = c2 = 4.",
          value="np.where(discriminant < 0, np.sqrt(w), np.abs(b + root) / 2)", keeps=1),
    wrong("sign of w", "The recursion has -w E[x(t-1)], so the characteristic polynomial has +w.", "Put E[x(t)] = z**t into the recursion.",
          discriminant="b**2 + 4 * w", keeps=1),
    wrong("not halved", "The roots of a quadratic have a 2 below.", "Solve z**2 - b z + w = 0.",
          value="np.where(discriminant < 0, 2 * np.sqrt(w), np.abs(b) + root)", keeps=1),
    wrong("the real part of complex roots", "The modulus of a complex number is not its real part.", "What is the product of two conjugate roots?",
          value="np.where(discriminant < 0, np.abs(b) / 2, (np.abs(b) + root) / 2)", keeps=1),
    wrong("always the root of w", "That holds where the roots are complex.", "Put c1 + c2 = 0.02.", value="np.sqrt(w)", keeps=1))
mean_factor.same("only |b| and b**2 count",
                 "b = 1 + w - phi  ->  b = phi - (1 + w)",
                 "value = np.where(discriminant < 0, np.sqrt(w), (np.abs(b) + root) / 2)  ->  value = np.where(discriminant < 0, np.sqrt(w), (np.abs(-b) + root) / 2)")
mean_factor.same("the root of a negative discriminant is not used",
                 "root = np.sqrt(np.maximum(discriminant, 0))  ->  root = np.sqrt(discriminant)",
                 "root = np.sqrt(np.maximum(discriminant, 0))  ->  root = np.sqrt(np.maximum(discriminant, -1))")
mean_factor.same("where the discriminant is 0 both are the root of w",
                 "value = np.where(discriminant < 0, np.sqrt(w), (np.abs(b) + root) / 2)  ->  value = np.where(discriminant <= 0, np.sqrt(w), (np.abs(b) + root) / 2)")


# 7 --------------------------------------------------------------------------------------------------------- the question
ex.question("leader", points=1, right="c", title="the leader",
            hint="What are p - x and b - x for this particle?",
            a="Its pulls are differences to its own place: how long are they?",
            b="Both pulls are zero, but what becomes of w v?",
            d="Are the random numbers multiplied with something that is not zero?")
