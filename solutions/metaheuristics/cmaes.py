"""Spec of metaheuristics/cmaes: weights, selection, roots, paths, covariance, step size, a generation and a run (Hansen 2016), a derivation."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/cmaes", title="CMA-ES")

LAYOUTS = {name: form for name, form in TABLES.items() if name != "a single row"}  # half of one row is none


def spd(d):
    """A covariance: symmetric, its eigenvalues above a fifth."""
    dim = d.size["d"]
    A = np.round(d.rng.standard_normal((dim, dim)), 1)
    return d.lay(A @ A.T + np.diag(np.round(d.rng.uniform(0.2, 2, dim), 1)))


def falling(d, count):
    """Weights of so many places: they fall, and add up to one."""
    raw = np.sort(d.rng.uniform(0.1, 1, count))[::-1]
    return d.lay(raw / raw.sum())


# 1 ---------------------------------------------------------------------------------------------------------- the weights
@ex.function(parts={"w": 2}, title="the weights")
def weights(count):
    mu = count // 2
    raw = np.log((count + 1) / 2) - np.log(np.arange(1, mu + 1))
    w = raw / np.sum(raw)
    return w


@weights.inputs
def _(d):
    return dict(count=d.integer(6, 30))


weights.hint("np.arange(1, count // 2 + 1) are the places. What must the weights add up to?")
weights.right(also("one logarithm", raw="np.log((count + 1) / 2 / np.arange(1, mu + 1))"))
weights.when("four points", count=lambda d: 4).when("an odd number", count=lambda d: 2 * d.integer(3, 9) + 1)
weights.known(
    wrong("not scaled", "The weights must add up to one.", "What is the sum of your weights?", w="raw", keeps=1),
    wrong("places from zero", "The best has place 1: ln 0 is no number.", "Where does your np.arange begin?",
          raw="np.log((count + 1) / 2) - np.log(np.arange(mu))"),
    wrong("equal weights", "The better the place, the larger is its weight.", "Where is the place in your line?", w="np.full(mu, 1 / mu)"),
    wrong("the worst first", "The best place has the largest weight, and stands first.", "In which order do your weights fall?", w="(raw / np.sum(raw))[::-1]", keeps=1),
    wrong("the number of points without the one", "The logarithm is that of (count + 1) / 2, so that the middle place weighs nothing.", "Which place has weight zero?",
          raw="np.log(count / 2) - np.log(np.arange(1, mu + 1))", keeps=1),
    wrong("all places", "Only the better half counts here.", "How many weights are there?", mu="count"))

weights.same("the scale takes the sign away", "raw = np.log((count + 1) / 2) - np.log(np.arange(1, mu + 1))  ->  "
             "raw = np.log(np.arange(1, mu + 1)) - np.log((count + 1) / 2)")


# 2 ---------------------------------------------------------------------------------------------------- the weighted step
@ex.function(parts={"better": 2, "y_w": 2}, pure=1, title="the weighted step", forms=LAYOUTS)
def select(y, f, w):
    order = np.argsort(f)
    better = y[order[:len(w)]]
    y_w = w @ better
    return better, y_w


@select.inputs
def _(d):
    n = d.size["n"]
    return dict(y=d.normal("n", "d"), f=d.lay(np.round(d.rng.permutation(n) - 2 + d.rng.uniform(0, 0.9, n), 2)), w=falling(d, n // 2))


select.hint("np.argsort(f) are the rows from the best to the worst. The first len(w) of them are the better half.")
select.right(also("sum by sum", y_w="np.sum(w[:, None] * better, axis=0)"))
select.when("as many points as dimensions", sizes={"n": 4, "d": 4}).when("one dimension", sizes={"d": 1}).when("two points", sizes={"n": 2})
select.known(
    wrong("the worse half", "We minimize.", "Is a smaller f better?", order="np.argsort(-f)"),
    wrong("not in order", "The first weight belongs to the best step.", "Which row meets w[0]?", order="np.sort(np.argsort(f)[:len(w)])", keeps=1),
    wrong("the first rows", "The better half is found by f.", "Where is f in your line?", better="y[:len(w)]"),
    wrong("the plain mean", "Every step has its weight.", "Where is w in your line?", y_w="np.mean(better, axis=0)", keeps=2),
    wrong("divided by their number once more", "The weights add up to one already.", "What is y_w if all steps are the same?", y_w="w @ better / len(w)", keeps=2),
    wrong("all steps come back", "Only the better half is asked for.", "How many rows has your first array?", returns="(y[order], y_w)", keeps=2),
    wrong("weights of unsorted steps", "y_w is made of the better steps in their order.", "Which row meets w[0]?", y_w="w @ y[:len(w)]", keeps=2))


# 3 ------------------------------------------------------------------------------------------------------------ the roots
@ex.function(parts={"root": 2, "inverse": 1}, pure=1, title="the roots")
def roots(C):
    values, B = np.linalg.eigh(C)
    scale = np.sqrt(values)
    root = (B * scale) @ B.T
    inverse = (B / scale) @ B.T
    return root, inverse


@roots.inputs
def _(d):
    return dict(C=spd(d))


roots.hint("np.linalg.eigh returns the eigenvalues and a matrix whose columns are the eigenvectors. B * s multiplies column j by s[j].")
roots.right(also("by a diagonal matrix", root="B @ np.diag(scale) @ B.T", inverse="B @ np.diag(1 / scale) @ B.T"))
roots.when("one dimension", sizes={"d": 1}).when("a diagonal", C=lambda d: d.lay(np.diag([0.25, 4.0, 9.0])))
roots.known(
    wrong("the root of each number", "The root of a matrix is not the matrix of the roots.", "Multiply your root by itself: is it C?", root="np.sqrt(abs(C))", keeps=1),
    wrong("not symmetric", "B diag(root) has the right covariance, but it is not the symmetric root.", "Is your root its own transpose?",
          root="B * scale", inverse="(B / scale).T"),
    wrong("the eigenvalues without a root", "That is C itself, and its inverse.", "Multiply your root by itself: is it C?", scale="values"),
    wrong("Cholesky's factor", "It has the right covariance, but it is not symmetric.", "Is your root its own transpose?", root="np.linalg.cholesky(C)", keeps=1),
    wrong("rows for columns", "The eigenvectors are the columns of B.", "Is C equal to B diag(values) B' or to B' diag(values) B?",
          root="(B.T * scale) @ B", inverse="(B.T / scale) @ B"),
    wrong("the inverse of C", "Asked for is the inverse of the root.", "Multiply your second answer by the first: is it the identity?", inverse="(B / values) @ B.T", keeps=2))


# 4 ------------------------------------------------------------------------------------------------------------ the paths
@ex.function(parts={"p_sigma": 2, "p_c": 1}, pure=1, title="the paths", forms=LAYOUTS)
def paths(p_sigma, p_c, white, y_w, c_sigma, c_c, mu):
    gain_sigma = np.sqrt(c_sigma * (2 - c_sigma) * mu)
    gain_c = np.sqrt(c_c * (2 - c_c) * mu)
    p_sigma = (1 - c_sigma) * p_sigma + gain_sigma * white
    p_c = (1 - c_c) * p_c + gain_c * y_w
    return p_sigma, p_c


@paths.inputs
def _(d):
    return dict(p_sigma=d.normal("d"), p_c=d.normal("d"), white=d.normal("d"), y_w=d.normal("d"),
                c_sigma=d.number(0.1, 0.45), c_c=d.number(0.5, 0.9), mu=d.number(1.5, 6))


paths.hint("Two lines that look alike. Which of the two sees the step through the inverse root?")
paths.when("the first generation", p_sigma=0.0, p_c=0.0).when("one dimension", sizes={"d": 1}).when("nothing is remembered", c_sigma=1.0, c_c=1.0)
paths.notice("c_sigma == 1", "mu == 1", factors=["mu", "1/mu", "-1"])
paths.known(
    wrong("mu is forgotten", "A weighted mean of steps is shorter than a step: mu makes up for it.", "Where is mu in your line?",
          gain_sigma="np.sqrt(c_sigma * (2 - c_sigma))", gain_c="np.sqrt(c_c * (2 - c_c))", keeps=1),
    wrong("an ordinary running average", "With the factor c the path would be much shorter than a normal vector.", "Is (1 - c)^2 + c^2 equal to one?",
          gain_sigma="c_sigma", gain_c="c_c", keeps=1),
    wrong("mu outside the root", "mu stands under the root, too.", "What is your gain for c = 1?", gain_sigma="np.sqrt(c_sigma * (2 - c_sigma)) * mu",
          gain_c="np.sqrt(c_c * (2 - c_c)) * mu", keeps=1),
    wrong("the steps exchanged", "p_sigma is that of the round distribution: it takes C^(-1/2) y_w.", "Which path decides the step size, and which the shape?",
          p_sigma="(1 - c_sigma) * p_sigma + gain_sigma * y_w", p_c="(1 - c_c) * p_c + gain_c * white"),
    wrong("the rates exchanged", "Each path has its own rate.", "Compare both lines with the formulas, letter by letter.",
          p_sigma="(1 - c_c) * p_sigma + gain_c * white", p_c="(1 - c_sigma) * p_c + gain_sigma * y_w"),
    wrong("nothing is forgotten", "A path keeps the share 1 - c of itself.", "Put c = 1: what is left of the old path?", p_sigma="p_sigma + gain_sigma * white", p_c="p_c + gain_c * y_w"),
    wrong("the path keeps c of itself", "A path keeps the share 1 - c of itself.", "Put c = 1: what is left of the old path?",
          p_sigma="c_sigma * p_sigma + gain_sigma * white", p_c="c_c * p_c + gain_c * y_w"),
    wrong("no root", "The gain is a root: its square and that of 1 - c add up to one.", "Put c = 1 and mu = 4: by what is the step multiplied?",
          gain_sigma="c_sigma * (2 - c_sigma) * mu", gain_c="c_c * (2 - c_c) * mu"))


# 5 ------------------------------------------------------------------------------------------------------- the covariance
@ex.function(parts={"C": 4}, pure=1, title="the covariance", sizes={"n": 3}, forms=LAYOUTS)
def covariance(C, p_c, better, w, c1, cmu):
    rank_one = np.outer(p_c, p_c)
    rank_mu = (better.T * w) @ better
    C = (1 - c1 - cmu) * C + c1 * rank_one + cmu * rank_mu
    return C


@covariance.inputs
def _(d):
    return dict(C=spd(d), p_c=d.normal("d"), better=d.normal("n", "d"), w=falling(d, d.size["n"]), c1=d.number(0.05, 0.2), cmu=d.number(0.25, 0.5))


covariance.hint("p p' is np.outer(p, p). The weighted sum of y y' over the rows is a product of two matrices: which of the two carries the weights?")
covariance.right(also("a loop over the steps", rank_mu="sum(w[i] * np.outer(better[i], better[i]) for i in range(len(w)))"))
covariance.when("one dimension", sizes={"d": 1}).when("as many steps as dimensions", sizes={"n": 3, "d": 3}).when("no path", p_c=0.0)
covariance.when("one step", sizes={"n": 1}).when("two dimensions", sizes={"d": 2})
covariance.notice("c1 == 0", "cmu == 0", factors=["c1", "cmu", "c1/cmu", "cmu/c1"])
covariance.known(
    wrong("nothing is forgotten", "The old covariance keeps the share 1 - c1 - cmu.", "What happens to C if it is never made smaller?",
          C="C + c1 * rank_one + cmu * rank_mu", keeps=1),
    wrong("no weights", "The steps have their weights.", "Where is w in your line?", rank_mu="better.T @ better", keeps=1),
    wrong("only rank mu", "The path belongs to it, too.", "Where is p_c?", C="(1 - c1 - cmu) * C + cmu * rank_mu", keeps=2),
    wrong("only rank one", "The steps belong to it, too.", "Where is better?", C="(1 - c1 - cmu) * C + c1 * rank_one", keeps=2),
    wrong("c1 and cmu exchanged", "c1 belongs to the path.", "Put c1 = 0: is the path still there?", C="(1 - c1 - cmu) * C + cmu * rank_one + c1 * rank_mu", keeps=1),
    wrong("one step of the weighted mean", "Rank mu is a sum of matrices, not the matrix of a sum.", "What is the rank of your matrix?",
          rank_mu="np.outer(w @ better, w @ better)", keeps=1),
    wrong("around the new mean", "Steps are measured from the old mean: the move itself is variance, too.", "What is subtracted from the steps?",
          rank_mu="((better - w @ better).T * w) @ (better - w @ better)", keeps=1),
    wrong("a number for the path's matrix", "p p' is a matrix: its entries are p_i p_j.", "What shape has p_c @ p_c?", rank_one="p_c @ p_c", keeps=1),
    wrong("only the path's share is forgotten", "Both additions are paid for.", "What is C if path, steps and C are all alike?",
          C="(1 - c1) * C + c1 * rank_one + cmu * rank_mu", keeps=1))


# 6 -------------------------------------------------------------------------------------------------------- the step size
@ex.function(parts={"sigma": 3}, title="the step size", sizes={"d": 4})
def step_size(sigma, p_sigma, c_sigma, damping):
    d = len(p_sigma)
    chi = np.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d**2))
    length = np.sqrt(p_sigma @ p_sigma)
    sigma = sigma * np.exp(c_sigma / damping * (length / chi - 1))
    return sigma


@step_size.inputs
def _(d):
    return dict(sigma=d.number(0.2, 3), p_sigma=d.normal("d", scale=1.5), c_sigma=d.number(0.1, 0.6), damping=d.number(1.1, 3))


step_size.hint("Put a path as long as chi into your line: does sigma stay?")
step_size.right(also("by the norm", length="np.linalg.norm(p_sigma)"))
step_size.when("one dimension", sizes={"d": 1}).when("no path at all", p_sigma=0.0).when("a long path", p_sigma=9.0).when("two dimensions", sizes={"d": 2})
step_size.known(
    wrong("the square of the length", "The length is compared, not its square.", "Where is the root?", length="p_sigma @ p_sigma", keeps=1),
    wrong("the root of d for chi", "A normal vector is a little shorter than the root of d.", "What is chi for d = 1?", chi="np.sqrt(d)", keeps=2),
    wrong("shrinks where it should grow", "A long path means that steps were too short.", "Put a very long path: does sigma grow?",
          sigma="sigma * np.exp(c_sigma / damping * (1 - length / chi))"),
    wrong("without the one", "At the usual length nothing should change.", "Put length = chi: what is the exponent?", sigma="sigma * np.exp(c_sigma / damping * length / chi)", keeps=1),
    wrong("multiplied by the damping", "Damping makes the change smaller.", "Put a huge damping: does sigma stay?", sigma="sigma * np.exp(c_sigma * damping * (length / chi - 1))", keeps=1),
    wrong("no damping", "The change is divided by d_sigma.", "Where is damping in your line?", sigma="sigma * np.exp(c_sigma * (length / chi - 1))", keeps=1),
    wrong("no exponential", "The step size is multiplied by an exponential: so it stays above zero.", "Put c_sigma = 0: what is left of sigma?",
          sigma="sigma * (c_sigma / damping * (length / chi - 1))"),
    wrong("the difference for the ratio", "Length and chi are divided, not subtracted.", "What is the exponent for twice the usual length?",
          sigma="sigma * np.exp(c_sigma / damping * (length - chi))", keeps=1),
    wrong("the exponential alone", "It is a factor of the old step size.", "Where is sigma on the right?", sigma="np.exp(c_sigma / damping * (length / chi - 1))", keeps=1))


# 7 ------------------------------------------------------------------------------------------------------------ a generation
# What stands in for the functions does something else each: other scales and signs, that a wrong argument shows.
STANDINS = {
    "roots": "(1.1 * C, C - 0.3 * np.eye(len(C)))",
    "select": "(0.9 * y[np.argsort(f)[:len(w)]], w @ y[np.argsort(-f)[:len(w)]])",
    "paths": "(0.7 * p_sigma + c_sigma * mu * white, 0.6 * p_c - c_c * y_w * mu)",
    "covariance": "0.8 * C + c1 * np.outer(p_c, p_c + 1) + 0.5 * cmu * (better.T * w) @ (better + 1)",
    "step_size": "sigma * (2 + c_sigma * damping * np.mean(p_sigma))",
}


@ex.function(parts={"m": 1, "sigma": 1, "C": 1, "p_sigma": 1, "p_c": 1}, title="a generation", sizes={"n": 8, "d": 3}, uses=STANDINS)
def generation(f, m, sigma, C, p_sigma, p_c, z, w, rates):
    c_sigma, damping, c_c, c1, cmu = rates
    root, inverse = roots(C)
    y = z @ root
    x = m + sigma * y
    better, y_w = select(y, f(x), w)
    white = inverse @ y_w
    mu = 1 / np.sum(w**2)
    p_sigma, p_c = paths(p_sigma, p_c, white, y_w, c_sigma, c_c, mu)
    m = m + sigma * y_w
    C = covariance(C, p_c, better, w, c1, cmu)
    sigma = step_size(sigma, p_sigma, c_sigma, damping)
    return m, sigma, C, p_sigma, p_c


def rates_of(d):
    """c_sigma, damping, c_c, c1, cmu: all different."""
    return np.array([d.number(0.3, 0.4), d.number(1.2, 2), d.number(0.5, 0.6), d.number(0.05, 0.1), d.number(0.15, 0.25)])


@generation.inputs
def _(d):
    dim, n = d.size["d"], d.size["n"]
    return dict(f=Objective("rastrigin", d.uniform("d", low=-1)), m=d.uniform("d", low=-2, high=2), sigma=d.number(0.3, 0.9), C=spd(d), p_sigma=d.normal("d"),
                p_c=d.normal("d"), z=np.round(d.rng.standard_normal((n, dim)), 2), w=falling(d, n // 2), rates=rates_of(d))


generation.hint("The order: roots, steps, points, values, better steps, paths, mean, covariance, step size. Which of them need what is new already?")
generation.right(also("the root on the left", y="(root @ z.T).T"))
generation.when("one dimension", sizes={"d": 1}).when("the first generation", p_sigma=0.0, p_c=0.0, C=lambda d: np.eye(d.size["d"])).when("many points", sizes={"n": 12})
generation.known(
    wrong("the steps are not shaped", "The steps have the covariance C: z is multiplied by its root.", "Where is the root in your line?", y="z"),
    wrong("the step size is forgotten", "Points are sigma times the step away from the mean.", "Which points does f see?", x="m + y"),
    wrong("the values of the steps", "f is asked at points, not at steps.", "What is f handed?", edit=("f(x)", "f(y)")),
    wrong("the path is not made round", "p_sigma takes the step that the inverse root has made round.", "What is white?", white="y_w", keeps=2),
    wrong("the root for its inverse", "The inverse root undoes what the root did.", "What is C^(-1/2) C^(1/2) z?", white="root @ y_w", keeps=2),
    wrong("mu is the number of weights", "Unequal weights are worth fewer points: mu is 1 / sum of w^2.", "What is mu if one weight is 1, all others 0?", mu="len(w)", keeps=2),
    wrong("the mean forgets the step size", "The mean moves by sigma y_w.", "Put a tiny sigma: how far may the mean go?", edit=("m = m + sigma * y_w", "m = m + y_w"), keeps=3),
    wrong("the old path for the covariance", "The covariance takes the path of this generation.", "In which order are p_c and C renewed?",
          edit=("p_sigma, p_c = paths(p_sigma, p_c, white, y_w, c_sigma, c_c, mu)", "old, (p_sigma, p_c) = p_c, paths(p_sigma, p_c, white, y_w, c_sigma, c_c, mu)"),
          C="covariance(C, old, better, w, c1, cmu)", keeps=3),
    wrong("the step size first", "The mean moves by the step size that the points were drawn with.", "Which sigma stands in the line of m?",
          edit=("m = m + sigma * y_w", "m = m + step_size(sigma, p_sigma, c_sigma, damping) * y_w"), keeps=3))

generation.same("p p' and y y' have no sign, and the length of a path has none",
                "C = covariance(C, p_c, better, w, c1, cmu)  ->  C = covariance(C, -p_c, better, w, c1, cmu)",
                "C = covariance(C, p_c, better, w, c1, cmu)  ->  C = covariance(C, p_c, -better, w, c1, cmu)",
                "sigma = step_size(sigma, p_sigma, c_sigma, damping)  ->  sigma = step_size(sigma, -p_sigma, c_sigma, damping)")
generation.same("the inverse root is symmetric", "white = inverse @ y_w  ->  white = y_w @ inverse")


# 8 -------------------------------------------------------------------------------------------------------------- the run
@ex.function(parts={"m": 2, "sigma": 1, "C": 1}, title="the run", sizes={"n": 8, "d": 3},
             uses={"generation": "(0.9 * m + 0.1 * sigma * np.mean(z * w[0], axis=0) + 0.05 * p_c + 1e-3 * f(m), sigma * (1 + 0.1 * rates[0]) + 0.01 * p_sigma[0], "
                                 "0.8 * C + rates[3] * z.T @ z, 0.5 * p_sigma + z[0], p_c - 0.3 * z[-1])"})
def cmaes_run(f, m, sigma, z, w, rates):
    d = len(m)
    C = np.eye(d)
    p_sigma = np.zeros(d)
    p_c = np.zeros(d)
    for t in range(len(z)):
        m, sigma, C, p_sigma, p_c = generation(f, m, sigma, C, p_sigma, p_c, z[t], w, rates)
    return m, sigma, C


@cmaes_run.inputs
def _(d):
    dim, n = d.size["d"], d.size["n"]
    return dict(f=Objective("sphere", d.uniform("d", low=-1)), m=d.uniform("d", low=-2, high=2), sigma=d.number(0.3, 0.9),
                z=np.round(d.rng.standard_normal((d.integer(3, 6), n, dim)), 2), w=falling(d, n // 2), rates=rates_of(d))


cmaes_run.hint("All five of a generation's answers go into the next one. What do they begin with?")
cmaes_run.when("one generation", z=lambda d: np.round(d.rng.standard_normal((1, 8, 3)), 2))
cmaes_run.when("no generation at all", n=1, z=lambda d: np.zeros((0, 8, 3)))
cmaes_run.known(
    wrong("the random numbers of the first generation", "Each generation has its own.", "Where does t stand in your loop?", edit=("z[t]", "z[0]")),
    wrong("one generation short", "There are as many generations as random numbers were given.", "What is len(z)?", edit=("range(len(z))", "range(len(z) - 1)")),
    wrong("the first covariance is zero", "The first distribution is round: C is the identity.", "Which points would a covariance of zero draw?", C="np.zeros((d, d))", keeps=2),
    wrong("the covariance begins anew", "The covariance goes on from generation to generation.", "Which C does generation 2 see?",
          edit=("generation(f, m, sigma, C, p_sigma, p_c, z[t]", "generation(f, m, sigma, np.eye(d), p_sigma, p_c, z[t]")),
    wrong("the paths begin anew", "The paths remember all generations.", "Which paths does generation 2 see?",
          edit=("generation(f, m, sigma, C, p_sigma, p_c, z[t]", "generation(f, m, sigma, C, np.zeros(d), np.zeros(d), z[t]")),
    wrong("the paths exchanged", "First comes p_sigma, then p_c.", "In which order does generation return them?",
          edit=("m, sigma, C, p_sigma, p_c = generation", "m, sigma, C, p_c, p_sigma = generation")),
    wrong("paths of ones", "Nothing has moved yet: the paths are zero.", "What does a path add up?", p_sigma="np.ones(d)", p_c="np.ones(d)"))


# 9 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"m": 3}, pure=1, title="the natural step", sizes={"n": 4, "d": 3})
def natural_step(m, x, w, C, share):
    move = w @ (x - m)
    m = m + share * move
    return m


@natural_step.inputs
def _(d):
    return dict(m=d.normal("d"), x=d.normal("n", "d", scale=2), w=d.uniform("n", low=0.1, high=0.9), C=spd(d), share=d.number(0.2, 0.9))


natural_step.hint("The gradient of L is C^(-1) times a weighted sum of differences. What does C do to it? The weights add up to something else than one.")
natural_step.right(also("multiplied out", move="w @ x - np.sum(w) * m"))
natural_step.when("a full step", share=1.0).when("one point", sizes={"n": 1}).when("one dimension", sizes={"d": 1}).when("weights below zero", w=-0.3)
natural_step.known(
    wrong("the plain gradient", "The natural gradient is C times the plain one: the inverse of C is gone.", "What is C C^(-1)?", move="np.linalg.solve(C, w @ (x - m))", keeps=1),
    wrong("C is left over", "The plain gradient holds the inverse of C, which C undoes.", "What is C C^(-1)?", move="C @ (w @ (x - m))", keeps=1),
    wrong("as if the weights added up to one", "Where they do not, m is pulled by the sum of the weights.", "Put all x equal to m: may the mean move?", move="w @ x - m", keeps=1),
    wrong("the weights are scaled", "The gradient takes the weights as they are.", "Double all weights: does the step double?", move="w @ (x - m) / np.sum(w)", keeps=1),
    wrong("downhill", "The likelihood is to grow.", "With one point: should the mean go to it?", move="w @ (m - x)"),
    wrong("the points for the differences", "The gradient is zero where the mean is the weighted mean.", "Put all x equal to m: may the mean move?", move="w @ x"),
    wrong("the whole step", "The step has the length share.", "Where is share in your line?", m="m + move", keeps=1),
    wrong("only the move", "Asked for is the mean after the step.", "Put share = 0: where should the mean be?", m="share * move", keeps=1))


# 10 -------------------------------------------------------------------------------------------------------- the question
ex.question("scaled", points=1, right="b", title="another scale",
            hint="Only sigma^2 C decides where points are drawn. Follow the factors through one generation: what becomes of y, of C^(-1/2) y_w, of p_c, of C?",
            a="By what is sigma multiplied, and by what the root of C?",
            c="By what are the new steps y multiplied, and by what y y'?",
            d="Does p_sigma see the factor? It takes C^(-1/2) y_w.")
