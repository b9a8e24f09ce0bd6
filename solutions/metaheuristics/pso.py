"""Spec of metaheuristics/pso: velocity, move, memory, the swarm (Kennedy and Eberhart 1995; inertia: Shi and Eberhart 1998), its spread."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

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
# What stands in for the three functions does something else each: other pulls, shorter moves between closer walls, ties that renew.
@ex.function(parts={"x": 3, "pbest": 2, "fbest": 1}, title="the swarm", sizes={"n": 5, "d": 2},
             uses={"pso_velocity": "0.5 * w * v + c2 * (1 - r1) * (pbest - x) + 0.8 * c1 * r2 * (gbest - x)",
                   "pso_move": "(np.minimum(np.maximum(x + 0.5 * v, 0.9 * lower), 0.9 * upper), v * (x + 0.5 * v > 0.9 * lower) * (x + 0.5 * v < 0.9 * upper))",
                   "pso_remember": "(np.where((fx <= fbest)[:, None], x, pbest), np.minimum(fx, fbest))"})
def pso_run(f, x, v, lower, upper, w, c1, c2, r1, r2):
    fx = f(x)
    pbest, fbest = x, fx
    for t in range(len(r1)):
        gbest = pbest[np.argmin(fbest)]
        v = pso_velocity(v, x, pbest, gbest, r1[t], r2[t], w, c1, c2)
        x, v = pso_move(x, v, lower, upper)
        fx = f(x)
        pbest, fbest = pso_remember(x, fx, pbest, fbest)
    return x, pbest, fbest


def rounds(d, count):
    """The random numbers of one pull in so many rounds."""
    return np.round(d.rng.uniform(0, 0.99, (count, d.size["n"], d.size["d"])), 2)


@pso_run.inputs
def _(d):
    count = d.integer(4, 8)
    return dict(f=Objective("rastrigin", d.uniform("d", low=-1, high=1)), x=d.uniform("n", "d", low=-3, high=3), v=d.normal("n", "d"),
                lower=d.uniform("d", low=-3.4, high=-3.1) - 0.005, upper=d.uniform("d", low=3.6, high=4.2) + 0.005, w=d.number(0.5, 0.9),
                c1=d.number(1, 2), c2=d.number(1, 2), r1=rounds(d, count), r2=rounds(d, count))


pso_run.hint("r1[t] and r2[t] belong to round t. The swarm's best place is found anew in every round, among the best places of all particles. "
             "How often is f asked, and for what?")
pso_run.when("one round", r1=lambda d: rounds(d, 1), r2=lambda d: rounds(d, 1)).when("no round at all", n=1, r1=lambda d: rounds(d, 0), r2=lambda d: rounds(d, 0))
pso_run.when("at rest", v=0.0).when("against the walls", n=4, v=lambda d: 12 * d.normal("n", "d"), w=0.9).when("one particle", n=1, sizes={"n": 1})
pso_run.known(
    wrong("the swarm's best is never renewed", "The swarm's best stays that of the start.", "Which line must stand inside the loop?",
          edit=("gbest = pbest[np.argmin(fbest)]", "gbest = pbest[np.argmin(fbest)] if t == 0 else gbest"), keeps=3),
    wrong("the best of this round", "The swarm's best place is the best that any particle has ever seen.", "All particles get worse: where is gbest?",
          gbest="x[np.argmin(fx)]", keeps=3),
    wrong("the place of the best particle", "The best particle may have left its best place.", "Where was fbest found?", gbest="x[np.argmin(fbest)]", keeps=3),
    wrong("the worst for the best", "We minimize.", "argmin or argmax?", gbest="pbest[np.argmax(fbest)]", keeps=2),
    wrong("no memory", "A particle is drawn to where it is, not to the best place it has seen.", "A particle gets worse: where is its best place?",
          edit=("pbest, fbest = pso_remember(x, fx, pbest, fbest)", "pbest, fbest = x, fx"), keeps=3),
    wrong("velocity is not kept", "Each round begins at rest.", "What must survive from one round to the next?", edit=("pso_velocity(v, x", "pso_velocity(0 * v, x"), keeps=3),
    wrong("the walls do not stop it", "pso_move hands back a velocity, too: at a wall it is zero.", "How many arrays does pso_move return?",
          edit=("x, v = pso_move", "x, _ = pso_move"), keeps=4),
    wrong("r1 and r2 are the same", "The two pulls have random numbers of their own.", "Where is r2 in your loop?", edit=("r1[t], r2[t]", "r1[t], r1[t]"), keeps=4),
    wrong("the random numbers of the first round", "Each round has its own.", "Where does t stand in your loop?", edit=("r1[t], r2[t]", "r1[0], r2[0]"), keeps=4),
    wrong("starts at rest", "The start velocities are given.", "Where does v enter your loop?", edit=("pbest, fbest = (x, fx)", "pbest, fbest, v = (x, fx, 0 * v)"), keeps=4),
    wrong("the values of a round before", "A particle is judged by the value where it is now.", "In which order: move, ask, remember?",
          edit=("fx = f(x)\n        pbest, fbest = pso_remember(x, fx, pbest, fbest)", "pbest, fbest = pso_remember(x, fx, pbest, fbest)\n        fx = f(x)"), keeps=3),
    wrong("one round short", "There are as many rounds as random numbers were given.", "What is len(r1)?", edit=("range(len(r1))", "range(len(r1) - 1)"), keeps=4))
pso_run.same("each round has both random numbers", "for t in range(len(r1)):  ->  for t in range(len(r2)):")


# 5, 6 -------------------------------------------------------------------------------------------------- two derivations
# The page prints where and how fast the mean settles when nothing moves, and the second moments for equal pulls: asked for is more.
@ex.function(parts={"value": 2}, title="a target that moves")
def lag(u, w, c1, c2):
    phi = (c1 + c2) / 2
    value = u * (1 - w) / phi
    return value


@lag.inputs
def _(d):
    return dict(u=d.normal(), w=d.number(0.3, 0.9), c1=d.number(0.5, 2), c2=d.number(0.5, 2))


lag.hint("When all has settled, the particle follows at a constant distance: put E[x_t] = b_t - e and b_(t+1) = b_t + u into the recursion and solve for e.")
lag.right(also("multiplied out", value="2 * (u - w * u) / (c1 + c2)"))
lag.when("no inertia", w=0.0)
lag.known(
    wrong("no inertia", "Inertia carries the particle along: it takes a part of the way by itself.", "Put w = 1: what does the particle do that moves at the speed u?",
          value="u / phi", keeps=1),
    wrong("the full pull", "The random numbers are 1/2 on average.", "What is the expectation of c1 r1?", phi="c1 + c2", keeps=1),
    wrong("inertia holds it back", "Inertia goes on in the direction of the last step, here towards the target.", "Put w = 1: is it behind?", value="u * (1 + w) / phi"),
    wrong("a round later", "The distance is that of the same round's b_t and E[x_t].", "Which b pulls the particle to x_(t+1)?", value="u * (1 - w) / phi - u"),
    wrong("ahead of it", "The particle comes behind the target.", "What sign has b - x there?", value="-u * (1 - w) / phi"))


@ex.function(parts={"value": 3}, title="how fast the spread dies out")
def spread_factor(w, c1, c2):
    mean = (c1 + c2) / 2
    variance = (c1**2 + c2**2) / 12
    a = 1 + w - mean
    M = np.array([[a**2 + variance, -2 * w * a, w**2], [a, -w, 0.0], [1.0, 0.0, 0.0]])
    value = np.max(np.abs(np.linalg.eigvals(M)))
    return value


@spread_factor.inputs
def _(d):
    return dict(w=d.number(0.3, 0.9), c1=d.number(0.2, 1), c2=d.number(1.4, 2.5))


spread_factor.hint("Square the recursion, multiply it with x_t, and take expectations: with the three second moments of a round, those of the next are a matrix times them. "
                   "Which variance has c r, with r uniform in [0, 1), and which the sum of two that are independent?")
spread_factor.when("the swarm's pull alone", c1=0.0).when("its own pull alone", c2=0.0, c1=lambda d: d.number(1, 2.5))
spread_factor.when("no inertia", w=0.0).when("it grows", w=lambda d: d.number(0.92, 0.99))
spread_factor.known(
    wrong("as if both pulls were equal", "The variance of the sum of two independent pulls is that of the one plus that of the other.", "Put c1 = 0: what is the variance of c2 r2?",
          variance="mean**2 / 6", keeps=1),
    wrong("the variance of one random number", "r1 and r2 are two numbers: their swings do not add up, their variances do.", "What is the variance of c1 r1 + c2 r2?",
          variance="(c1 + c2)**2 / 12", keeps=1),
    wrong("no chance at all", "That is the factor of the mean's square: the random numbers vary from round to round.", "Where is the variance of the pulls?", variance="0.0", keeps=1),
    wrong("the full pull", "r is 1/2 on average.", "What is the expectation of c1 r1?", mean="c1 + c2", keeps=1),
    wrong("the squares' mean, not the variance", "The mean of r squared is 1/3, its variance 1/12.", "What is the variance of a number uniform in [0, 1)?",
          variance="(c1**2 + c2**2) / 3", keeps=1),
    wrong("of the distance, not of its square", "Asked for is the factor of the mean square.", "Is the root taken once too often?",
          value="np.sqrt(np.max(np.abs(np.linalg.eigvals(M))))", keeps=1))
spread_factor.same("only a**2 and the sign of E[x x_old] change", "a = 1 + w - mean  ->  a = mean - (1 + w)")
spread_factor.same("the modulus knows no sign",
                   "value = np.max(np.abs(np.linalg.eigvals(M)))  ->  value = np.max(np.abs(np.linalg.eigvals(-M)))")


# 7 --------------------------------------------------------------------------------------------------------- the question
ex.question("leader", points=1, right="c", title="where to",
            hint="Write the two coordinates of its velocity down. Do they have the same random number?",
            a="Each coordinate has a random number of its own: must the two be the same share of the way?",
            b="Each coordinate has a random number of its own: must the two be the same share of the way?",
            d="The pull is c2 times the random number: how far does it reach at most?")
