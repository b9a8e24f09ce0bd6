"""Spec of frontier/evolution: centred ranks, the mirrored estimate of a gradient, what a pair is worth, SNES's update, a question."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("frontier/evolution", title="Evolution strategies")

LAYOUTS = {name: form for name, form in TABLES.items() if name != "a single row"}  # of one point no rank is centred


# 1 ------------------------------------------------------------------------------------------------------ centred ranks
@ex.function(parts={"u": 3}, title="centred ranks", sizes={"n": 6}, forms=LAYOUTS)
def centred_ranks(f):
    below = np.sum(f[None, :] < f[:, None], axis=1)
    equal = np.sum(f[None, :] == f[:, None], axis=1)
    place = below + (equal - 1) / 2
    u = place / (len(f) - 1) - 0.5
    return u


@centred_ranks.inputs
def _(d):
    return dict(f=d.normal("n", scale=3))


centred_ranks.hint("How many values are smaller than f[i]? An equal one, other than f[i] itself, counts half.")
centred_ranks.right(also("smaller counts one, equal a half", place="np.sum((f[None, :] < f[:, None]) + 0.5 * (f[None, :] == f[:, None]), axis=1) - 0.5"))
centred_ranks.when("two values", sizes={"n": 2}).when("equal values", n=2, f=lambda d: d.lay(np.array([2.0, 1.0, 2.0, 3.0, 1.0, 2.0]))).when("all equal", f=lambda d: d.lay(np.full(d.size["n"], 1.5)))
centred_ranks.notice("len(f) == 2", factors=["-1", "2", "1/2", "len(f)"])
centred_ranks.known(
    wrong("equal values by their order", "Equal values share their places: none of them is better.", "What are the ranks of two equal values?", place="np.argsort(np.argsort(f, kind='stable'), kind='stable')", keeps=1),
    wrong("the order, not the ranks", "np.argsort says where the best value stands, not which place a value has.", "Which place has the first value?", place="np.argsort(f, kind='stable')", keeps=1),
    wrong("the best highest", "We minimize: the best value, the least, gets -1/2.", "Which value gets 1/2?", u="0.5 - place / (len(f) - 1)", keeps=1),
    wrong("from zero to one", "Centred: the middle rank is zero.", "What is the sum of your ranks?", u="place / (len(f) - 1)", keeps=1),
    wrong("divided by n", "The worst of n values has the place n - 1.", "Is your largest rank 1/2?", u="place / len(f) - 0.5"),
    wrong("equal values at their best place", "Equal values share their places: the mean of these.", "What is the sum of your ranks?", place="below", keeps=1))
centred_ranks.same("equality is symmetric, and a matrix of values has two axes",
                   "below = np.sum(f[None, :] < f[:, None], axis=1)  ->  below = np.sum(f[None, :] < f[:, None], axis=-1)",
                   "equal = np.sum(f[None, :] == f[:, None], axis=1)  ->  equal = np.sum(f[None, :] == f[:, None], axis=0)",
                   "equal = np.sum(f[None, :] == f[:, None], axis=1)  ->  equal = np.sum(f[None, :] == f[:, None], axis=-1)")
centred_ranks.same("all have as many entries", *(f"u = place / (len(f) - 1) - 0.5  ->  u = place / (len({name}) - 1) - 0.5" for name in ("below", "equal", "place")))


# 2 ------------------------------------------------------------------------------------------- the gradient from values
@ex.function(parts={"g": 4}, pure=1, title="a gradient from values", sizes={"n": 5, "d": 3}, forms=TABLES)
def es_gradient(Z, f_plus, f_minus, sigma):
    slope = (f_plus - f_minus) / (2 * sigma)
    g = slope @ Z / len(Z)
    return g


@es_gradient.inputs
def _(d):
    return dict(Z=d.normal("n", "d"), f_plus=d.normal("n", scale=3), f_minus=d.normal("n", scale=3), sigma=d.number(0.05, 0.8))


es_gradient.hint("Each pair measures one slope, along its own z. What is the mean of slope times z?")
es_gradient.right(also("a sum of rows", g="np.mean(slope[:, None] * Z, axis=0)"), also("a loop", g="sum(slope[i] * Z[i] for i in range(len(Z))) / len(Z)"))
es_gradient.when("one pair", sizes={"n": 1}).when("one dimension", sizes={"d": 1}).when("as many pairs as dimensions", sizes={"n": 3, "d": 3}).when("no slope", f_plus=2.0, f_minus=2.0)
es_gradient.notice(factors=["-1", "2", "1/2", "sigma", "1/sigma", "len(Z)", "1/len(Z)"])
es_gradient.known(
    wrong("the wrong way", "f_plus was measured at m + sigma z.", "For f(x) = x, is your estimate positive?", slope="(f_minus - f_plus) / (2 * sigma)", keeps=1),
    wrong("half the distance", "The two points are 2 sigma z apart.", "For f(x) = x in one dimension: what is the mean of your estimate?", slope="(f_plus - f_minus) / sigma", keeps=1),
    wrong("without sigma", "A difference is no slope: it is divided by the distance.", "Does your estimate change if sigma is halved and f is linear?", slope="(f_plus - f_minus) / 2", keeps=1),
    wrong("sigma squared", "One sigma: (f_plus - f_minus) / 2 is already proportional to it.", "Does your estimate change if sigma is halved and f is linear?", slope="(f_plus - f_minus) / (2 * sigma**2)", keeps=1),
    wrong("the sum", "Asked for is the mean over pairs.", "Does your estimate grow with the number of pairs?", g="slope @ Z", keeps=1),
    wrong("the values added", "The even part of f tells nothing of a slope: it is taken out by the difference.", "What is your estimate for a constant f?", slope="(f_plus + f_minus) / (2 * sigma)"),
    wrong("divided by the dimension", "The mean is over pairs.", "How many pairs are there, and how many dimensions?", g="slope @ Z / Z.shape[1]", keeps=1))
es_gradient.same("there is a value for each pair", *(f"g = slope @ Z / len(Z)  ->  g = slope @ Z / len({name})" for name in ("f_minus", "f_plus", "slope")))


# 3 ---------------------------------------------------------------------------------------------------- what a pair is worth
@ex.function(parts={"factor": 3}, title="what a pair is worth")
def pair_gain(c, b, sigma):
    single = (c / sigma) ** 2 + 2 * b**2
    pair = 2 * b**2
    factor = single / 2 / pair
    return factor


@pair_gain.inputs
def _(d):
    return dict(c=d.number(0.5, 8), b=d.number(0.3, 3), sigma=d.number(0.1, 0.9))


pair_gain.hint("With f(x) = c + b (x - m), write down both estimates as polynomials of z. The moments of a standard normal z are 1, 0, 1, 0, 3 for the powers 0 to 4.")
pair_gain.when("the value is zero", c=0.0).when("a value far from zero", c=200.0).when("a small step", sigma=0.01)
pair_gain.notice("c == 0", factors=["2", "1/2", "4", "1/4"])
pair_gain.known(
    wrong("one evaluation against two", "A pair takes two evaluations: it is compared with the mean of two single draws.", "What is the variance of the mean of two draws?", factor="single / pair", keeps=1),
    wrong("upside down", "Asked for is by what the pair's variance is smaller.", "Is your factor large where c is?", factor="pair / (single / 2)", keeps=1),
    wrong("the mean square", "A variance is the mean square minus the square of the mean, b^2.", "What is the mean of each estimate?", single="(c / sigma) ** 2 + 3 * b**2", pair="3 * b**2", keeps=1),
    wrong("the slope is forgotten", "The single estimate also varies with b z^2.", "What is its variance for c = 0?", single="(c / sigma) ** 2"),
    wrong("the value is forgotten", "The single estimate holds c z / sigma, whose mean is zero and whose variance is not.", "What happens to a single draw if a million is added to f?", single="2 * b**2"),
    wrong("sigma is forgotten", "The value enters divided by sigma.", "What happens to a single draw when sigma becomes small?", single="c**2 + 2 * b**2", keeps=1))
pair_gain.same("only the square counts", "single = (c / sigma) ** 2 + 2 * b ** 2  ->  single = (-c / sigma) ** 2 + 2 * b ** 2",
               "single = (c / sigma) ** 2 + 2 * b ** 2  ->  single = (c / -sigma) ** 2 + 2 * b ** 2")


# 4 ------------------------------------------------------------------------------------------------------ SNES's update
@ex.function(parts={"mean": 2, "s": 3}, pure=1, title="SNES's update", sizes={"n": 5, "d": 3}, forms=TABLES)
def snes_update(mean, s, Z, u, eta):
    moved = u @ Z
    wider = u @ (Z**2 - 1)
    mean = mean + s * moved
    s = s * np.exp(eta / 2 * wider)
    return mean, s


@snes_update.inputs
def _(d):
    raw = d.rng.uniform(0, 1, d.size["n"])
    u = np.round(raw - raw.mean(), 2) + 0.03   # the sum is not zero: then the 1 in z^2 - 1 would drop out
    return dict(mean=d.normal("d", scale=2), s=d.uniform("d", low=0.2, high=2.0), Z=d.normal("n", "d"), u=d.lay(u), eta=d.number(0.1, 0.9))


snes_update.hint("u @ Z is a sum over the points, one number for each coordinate. The new widths need the old ones only as a factor.")
snes_update.right(also("a loop over the points", moved="sum(u[i] * Z[i] for i in range(len(u)))"))
snes_update.when("one dimension", sizes={"d": 1}).when("as many points as dimensions", sizes={"n": 3, "d": 3}).when("nothing is better", u=0.0).when("one point", sizes={"n": 1})
snes_update.notice("np.all(u == 0)", factors=["-1", "2", "1/2", "eta"])
snes_update.known(
    wrong("the mean without the widths", "A move is measured in widths: z is a share of s.", "Put s = 0.001: how far may the mean go?", mean="mean + moved", keeps=3),
    wrong("the widths without the exponential", "A width must stay above zero, and shrink and grow alike: by a factor exp(...).", "Can your width become negative?", s="s + eta / 2 * wider", keeps=2),
    wrong("added in the exponential's place", "The exponential multiplies the width.", "Put u = 0: is the width what it was?", s="s + np.exp(eta / 2 * wider)", keeps=2),
    wrong("eta, not half of it", "Half of eta stands in the exponent.", "Compare the exponent with the formula.", s="s * np.exp(eta * wider)", keeps=2),
    wrong("without the one", "A point at the usual distance, z^2 = 1, says nothing of the width.", "What happens to the width if all z are 1?", wider="u @ Z**2", keeps=2),
    wrong("the length of all coordinates", "Each coordinate has its own width, and sees only its own z.", "What shape has your exponent?", wider="u @ (np.sum(Z**2, axis=1) - Z.shape[1])", keeps=2),
    wrong("eta for the mean, too", "The mean's rate is one.", "Compare the mean's line with the formula.", mean="mean + eta * s * moved", keeps=3))


# 5 ------------------------------------------------------------------------------------------------------------- the question
ex.question("flat", points=1, right="c", title="a function of steps",
            hint="Which function's gradient is it that the strategy estimates?",
            a="Are all its values equal, on both sides of the mean?",
            b="What would the derivative of the function itself be, between two steps?",
            d="Does one value say on which side the lower step lies?")
