"""Spec of practice/search: logarithmic intervals, halving's schedule and search (Jamieson and Talwalkar 2016), and random search against a grid (Bergstra and Bengio 2012)."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("practice/search", title="Search")


# 1 ------------------------------------------------------------------------------------- evenly on a logarithmic scale
@ex.function(parts={"rates": 2}, pure=1, title="evenly on a logarithmic scale", forms=ELEMENTWISE)
def log_uniform(u, low, high):
    ratio = high / low
    rates = low * ratio**u
    return rates


@log_uniform.inputs
def _(d):
    low = d.log(1e-5, 1e-2)
    return dict(u=d.uniform(), low=low, high=low * d.log(5, 1e4))


log_uniform.hint("u = 0 becomes low, u = 1 becomes high, and equal steps of u multiply by equal factors.")
log_uniform.right(also("by logarithms", rates="np.exp(np.log(low) + u * (np.log(high) - np.log(low)))"), also("by powers of ten", rates="10 ** (np.log10(low) + u * np.log10(ratio))"))
log_uniform.when("both ends", u=lambda d: d.lay(np.arange(d.uniform().size).reshape(d.uniform().shape) % 2)).when("in the middle", u=0.5).when("above one", low=2.0, high=50.0)
log_uniform.notice("np.all(u == 0)", "np.all(u == 1)", factors=["low", "1/low", "high"])
log_uniform.known(
    wrong("evenly on a linear scale", "Nine of ten rates are then in the largest decade.", "Between 0.0001 and 1, what does u = 0.5 become?", rates="low + u * (high - low)"),
    wrong("the exponents only", "The logarithms are not the rates.", "What does u = 0 become?", rates="np.log(low) + u * np.log(ratio)"),
    wrong("the powers of ten only", "The logarithms are not the rates.", "What does u = 0 become?", rates="np.log10(low) + u * np.log10(ratio)"),
    wrong("two bases", "log and 10 ** do not undo each other.", "What does u = 0 become?", rates="10 ** (np.log(low) + u * np.log(ratio))"),
    wrong("the other end first", "u = 0 becomes low.", "What does u = 0 become?", rates="high / ratio**u"),
    wrong("begins at one", "u = 0 becomes low.", "What does u = 0 become?", rates="ratio**u"),
    wrong("times high to the u", "u = 1 becomes high.", "What does u = 1 become?", rates="low * high**u"))


# 2 ------------------------------------------------------------------------------------------------ halving's schedule
@ex.function(parts={"candidates": 2, "resources": 2}, pure=1, title="halving's schedule")
def schedule(trials, r, R, eta):
    candidates = []
    resources = []
    grown = 1
    while grown <= trials and r * grown <= R:
        candidates.append(-(-trials // grown))
        resources.append(r * grown)
        grown = grown * eta
    return np.array(candidates), np.array(resources)


@schedule.inputs
def _(d):
    r = d.integer(1, 4)
    return dict(trials=d.integer(5, 90), r=r, R=r * d.integer(3, 60), eta=d.integer(2, 4))


schedule.hint("A loop over the powers of eta. Rounding up: -(-a // b) for integers, without an error of a float.")
schedule.right(also("by the rest", edit=("-(-trials // grown)", "trials // grown + (trials % grown > 0)")))
schedule.when("a power exactly", trials=27, r=1, R=27, eta=3).when("one candidate", trials=1).when("one rung of resource", r=5, R=5, trials=20).when("one candidate too few for a rung", trials=8, r=1, R=100, eta=3)
schedule.when("one epoch too few", trials=27, r=1, R=26, eta=3).when("a rest", trials=28, r=2, R=200, eta=3).when("halves", trials=16, r=1, R=64, eta=2).when("resource for few rungs", trials=81, r=4, R=40, eta=3)
schedule.known(
    wrong("rounded down", "Candidates are rounded up.", "How many of 28 are a third?", edit=("-(-trials // grown)", "trials // grown"), keeps=2),
    wrong("always the same resource", "The survivors get eta times as much.", "What are the survivors saved for?", edit=("resources.append(r * grown)", "resources.append(r)"), keeps=2),
    wrong("always all candidates", "The best share 1 / eta goes on.", "Who goes on?", edit=("-(-trials // grown)", "trials"), keeps=2),
    wrong("beyond the largest resource", "No candidate gets more than R.", "What is the last resource?", edit=("grown <= trials and r * grown <= R", "grown <= trials")),
    wrong("until the resource ends", "A rung needs candidates: eta**k is at most n.", "How many candidates go on from one?", edit=("grown <= trials and r * grown <= R", "r * grown <= R")),
    wrong("a strict limit", "The resource may be R itself.", "With r = 1, R = 27 and eta = 3, what is the last rung?", edit=("r * grown <= R", "r * grown < R")),
    wrong("the last candidate is not trained", "A last rung with one candidate is a rung.", "With trials = 27 and eta = 3, what is the last rung?", edit=("grown <= trials and", "grown < trials and")),
    wrong("eta is added", "Each rung has eta times the resource of the one before.", "What are the first three resources for r = 1, eta = 3?", edit=("grown = grown * eta", "grown = grown + eta")),
    wrong("halves whatever eta is", "The share that goes on is 1 / eta.", "What is eta for?", edit=("grown = grown * eta", "grown = grown * 2")),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="np.array(resources), np.array(candidates)"),
    wrong("leaves out the first rung", "In rung 0 there are as many candidates as trials.", "What is the first entry?", returns="np.array(candidates[1:]), np.array(resources[1:])"))


# 3 ------------------------------------------------------------------------------------------------------ who survives
@ex.function(parts={"best": 2, "error": 1}, pure=1, title="who survives", sizes={"n": 9, "k": 3})
def halving(errors, counts):
    alive = np.arange(len(errors))
    for k in range(len(counts)):
        alive = alive[: counts[k]]
        order = np.argsort(errors[alive, k])
        alive = alive[order]
    best = alive[0]
    error = errors[best, len(counts) - 1]
    return best, error


def apart(d):
    """Errors no two of which are equal in a rung, and which change their order from rung to rung."""
    n, k = d.size["n"], d.size["k"]
    return d.lay(np.stack([d.rng.permutation(3 * n)[:n] / (3 * n) for _ in range(k)], axis=1).round(3) + 0.05)


@halving.inputs
def _(d):
    counts = [d.size["n"]]
    for _ in range(d.size["k"] - 1):
        counts.append(-(-counts[-1] // 3))
    return dict(errors=apart(d), counts=np.array(counts))


halving.hint("Keep the numbers of those who are still there. In each rung: cut the list to its length, then sort it by the errors of this rung.")
halving.right(also("by the last column", error="errors[alive[0], -1]"))
halving.when("one rung", sizes={"k": 1}).when("many", sizes={"n": 27, "k": 4}).when("two left at the end", sizes={"n": 6, "k": 2}).when("one candidate", sizes={"n": 1, "k": 1})
halving.when("nobody leaves", counts=lambda d: np.full(d.size["k"], d.size["n"]))
halving.known(
    wrong("the best of all at the end", "Those who left early were not trained to the end.", "Whose errors are known in the last rung?", returns="int(np.argmin(errors[:, len(counts) - 1])), float(np.min(errors[:, len(counts) - 1]))"),
    wrong("the first rung decides", "In each rung the errors of that rung decide.", "What were the survivors trained longer for?", edit=("errors[alive, k]", "errors[alive, 0]"), keeps=0),
    wrong("the largest errors go on", "An error is the better the smaller it is.", "What is the error of a perfect network?", order="np.argsort(-errors[alive, k])"),
    wrong("numbers of places, not of candidates", "argsort gives places in the list of survivors; the list says who stands there.", "Who is survivor number 0 after the first rung?", edit=("alive = alive[order]", "alive = order")),
    wrong("the errors of the wrong candidates", "In rung k only the survivors' errors count.", "How many errors are sorted?", order="np.argsort(errors[:len(alive), k])"),
    wrong("the last rung is not looked at", "The best in the last rung is asked for.", "If two are left, which is better?", edit=("range(len(counts))", "range(len(counts) - 1)")),
    wrong("the error of the first rung", "Asked for is its error in the last rung.", "How long was the survivor trained?", error="errors[best, 0]", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="error, best"))


# 4 ---------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="why random beats a grid")
def worse(q, k, d):
    value = (1 - k * q) / (1 - q) ** (k**d)
    return value


@worse.inputs
def _(draw):
    k = draw.integer(2, 5)
    return dict(q=draw.number(0.05, 0.9) / k, k=k, d=draw.integer(1, 3))


worse.hint("How many different values of the one hyperparameter does the grid try, and how many random search? The grid's values stand 1 / k apart: what is the probability that one of them is in a stretch of length q?")
worse.when("one hyperparameter", d=1).when("one value an axis", k=1, q=0.3).when("a narrow stretch", q=0.01, k=3, d=3).when("four axes", k=2, d=4, q=0.1)
worse.notice(factors=["2", "1/2"])
worse.known(
    wrong("the grid tries as many values", "On the axis that matters the grid has k values only, each k**(d - 1) times.", "How many different learning rates are in a grid of 3 x 3?", value="(1 - q) ** k / (1 - q) ** (k**d)"),
    wrong("random search has k values, too", "All of its trials have values of their own.", "How many different learning rates are in nine random trials?", value="(1 - k * q) / (1 - q) ** k"),
    wrong("the chances of success", "Asked for are the probabilities of failing.", "What is the factor if both nearly always succeed?", value="k * q / (1 - (1 - q) ** (k**d))"),
    wrong("upside down", "Asked for is by what factor the grid's is larger.", "Is the factor above one?", value="(1 - q) ** (k**d) / (1 - k * q)"),
    wrong("trials, k times d", "A grid of k values an axis has k**d points.", "How many points has a grid of 3 x 3 x 3?", value="(1 - k * q) / (1 - q) ** (k * d)"),
    wrong("the grid as if it were alone", "Asked for is the ratio.", "Where does random search enter?", value="1 - k * q"),
    wrong("a difference", "Asked for is a factor.", "Which of + - * / makes a factor?", value="(1 - k * q) - (1 - q) ** (k**d)"))


# 5 ------------------------------------------------------------------------------------------------------ the question
ex.question("winner", points=1, right="b", title="the winner's curse",
            hint="An error on 400 rows is the true one plus luck. Of a hundred trials, does the one with the least error have good luck or bad?",
            a="They were not trained on, but they chose. Would another 400 rows have chosen the same?",
            c="What kind of luck does the winner of a hundred have, more likely than not?",
            d="True of a setting that was fixed before; was this one?")
