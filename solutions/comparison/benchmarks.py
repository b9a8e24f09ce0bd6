"""Spec of comparison/benchmarks: runtimes and targets, a performance profile, a studentized bootstrap (Dolan and More 2002; Efron 1993)."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("comparison/benchmarks", title="Benchmarks")
RUNS = {"n": 7, "k": 9, "p": 5, "m": 3, "B": 40}

MISS = "A run that misses its target has an infinite cost: it is never reached, and it is counted all the same."


# 1 ------------------------------------------------------------------------------------------------- the expected running time
@ex.function(parts={"runtime": 2}, pure=1, title="expected running time", sizes=RUNS)
def expected_runtime(spent, reached):
    cost = np.sum(spent)
    successes = np.sum(reached)
    runtime = cost / successes
    return runtime


@expected_runtime.inputs
def _(d):
    reached = d.uniform("n") < 0.6
    reached[0] = True
    return dict(spent=10 + 90 * d.uniform("n"), reached=reached)


expected_runtime.hint("Whoever begins anew after each miss pays for the misses, too, until the first success.")
expected_runtime.right(also("by means", runtime="np.mean(spent) / np.mean(reached)"))
expected_runtime.when("always", reached=lambda d: np.ones(5, bool), spent=lambda d: 10 + 90 * np.random.default_rng(1).random(5).round(2))
expected_runtime.when("one run", sizes={"n": 1})
expected_runtime.known(
    wrong("successes only", "The misses were paid for, too.", "What does a method cost that succeeds once in a hundred runs?", cost="np.sum(spent * reached)", keeps=1),
    wrong("the mean of all", "A run that missed is no success: divide by the successes.", "What is the result, if no run but one succeeds?", successes="len(spent)", keeps=1),
    wrong("misses only", "Successful runs cost something, too.", "What is the result, if all runs succeed?", cost="np.sum(spent * ~reached)", keeps=1),
    wrong("times the share of successes", "With fewer successes the expected cost rises.", "What happens to your result when half of the successes become misses?",
          runtime="np.mean(spent) * np.mean(reached)", keeps=1))


# 2 ------------------------------------------------------------------------------------------------------------------ the ECDF
@ex.function(parts={"share": 3}, pure=1, title="ECDF of runtimes", sizes=RUNS)
def ecdf(runtimes, at):
    reached = runtimes[None, :] <= at[:, None]
    share = np.mean(reached, axis=1)
    return share


@ecdf.inputs
def _(d):
    u = d.uniform("n")
    return dict(runtimes=np.where(u < 0.3, np.inf, np.round(10 * u)), at=np.sort(np.round(12 * d.uniform("k"))))


ecdf.hint("One row for each cost in at: which of the runs have reached their target by then?")
ecdf.right(also("by counting", share="np.sum(reached, axis=1) / len(runtimes)"))
ecdf.when("none ever", runtimes=lambda d: np.full(4, np.inf)).when("all at once", runtimes=lambda d: np.zeros(3)).when("one run", sizes={"n": 1})
ecdf.known(
    wrong("misses left out", MISS, "Where does the curve end, if half of the runs miss?",
          share="np.sum(reached, axis=1) / max(1, np.sum(np.isfinite(runtimes)))", keeps=1),
    wrong("strictly before", "A run whose cost is exactly at has reached its target by then.", "Is a run of cost 5 done at cost 5?",
          reached="runtimes[None, :] < at[:, None]", keeps=1),
    wrong("the number of runs", "Asked for is a share.", "Between which numbers does an ECDF lie?", share="np.sum(reached, axis=1)", keeps=1),
    wrong("the share that is left", "Asked for is the share that has reached its target.", "Does the curve rise?", reached="runtimes[None, :] > at[:, None]", keeps=1))


ecdf.same("the last axis is the second", "share = np.mean(reached, axis=1)  ->  share = np.mean(reached, axis=-1)")


# 3 ------------------------------------------------------------------------------------------------------ a performance profile
@ex.function(parts={"share": 3}, pure=1, title="a performance profile", sizes=RUNS)
def profile(costs, tau):
    best = np.min(costs, axis=1)
    ratio = costs / best[:, None]
    share = np.mean(ratio <= tau, axis=0)
    return share


@profile.inputs
def _(d):
    costs = np.round(10 + 90 * d.uniform("p", "m"))
    missed = d.uniform("p", "m") < 0.2
    missed[:, 0] = False
    return dict(costs=np.where(missed, np.inf, costs), tau=d.number(1, 4) + 0.0031)  # no ratio of whole numbers below 100


profile.hint("Divide each row by its least cost. How often, for each method, is the ratio at most tau?")
profile.right(also("without a division", share="np.mean(costs <= tau * best[:, None], axis=0)"))
profile.when("who wins", tau=1.0031).when("one problem", sizes={"p": 1}).when("two methods", sizes={"m": 2})
profile.known(
    wrong("the best of a method", "Each problem has its own best: the least cost of all methods there.", "By which method's cost is a problem's row divided?",
          best="np.min(costs, axis=0)", ratio="costs / best[None, :]", keeps=1),
    wrong("the best of all", "Each problem has its own best.", "What happens to a problem where all costs are a thousand times as high?",
          best="np.full(len(costs), np.min(costs))", keeps=1),
    wrong("share of methods", "Asked for is a share of problems, for each method.", "What shape has the result?", share="np.mean(ratio <= tau, axis=1)", keeps=1),
    wrong("costs, not ratios", "tau is a factor of the best cost.", "What are the units of tau?", ratio="costs", keeps=1))

profile.same("no ratio of whole numbers equals tau", "share = np.mean(ratio <= tau, axis=0)  ->  share = np.mean(ratio < tau, axis=0)")
profile.same("the last axis is the second", "best = np.min(costs, axis=1)  ->  best = np.min(costs, axis=-1)")


# 4 ------------------------------------------------------------------------------------------------------ a studentized bootstrap
@ex.function(parts={"low": 2, "high": 2}, pure=1, title="a paired bootstrap", sizes=RUNS)
def bootstrap_interval(a, b, drawn):
    d = a - b
    n = len(d)
    error = np.std(d, ddof=1) / np.sqrt(n)
    again = d[drawn]
    errors = np.std(again, axis=1, ddof=1) / np.sqrt(n)
    t = (np.mean(again, axis=1) - np.mean(d)) / errors
    low = np.mean(d) - np.quantile(t, 0.975) * error
    high = np.mean(d) - np.quantile(t, 0.025) * error
    return low, high


@bootstrap_interval.inputs
def _(d):
    n = d.size["n"]
    u = d.uniform("B", "n")
    drawn = np.minimum((n * u).astype(int), n - 1)
    drawn[:, 0], drawn[:, 1] = 0, n - 1  # no draw is one pair n times
    return dict(a=d.normal("n") + 1.0, b=d.normal("n"), drawn=drawn)


bootstrap_interval.hint("Row i of drawn says which pairs the i-th new sample takes: d[drawn] has the shape (B, n). For each row compute the mean, its standard "
                        "error, and t. A large t means that a new mean lies too high: then the true one lies lower.")
bootstrap_interval.right(also("the mean first", t="(again.mean(axis=1) - d.mean()) / errors"),
                         also("without the root of n twice", t="(np.mean(again, axis=1) - np.mean(d)) / (np.std(again, axis=1, ddof=1) / np.sqrt(n))"))
bootstrap_interval.when("few pairs", sizes={"n": 4}).when("many draws", sizes={"B": 200}).when("skewed", a=lambda d: np.exp(d.normal("n")))
bootstrap_interval.known(
    wrong("percentile", "The new means themselves, without their errors: 15 pairs cover less than 95 % so.", "Where are the errors of the new samples?",
          low="np.quantile(np.mean(again, axis=1), 0.025)", high="np.quantile(np.mean(again, axis=1), 0.975)", keeps=1),
    wrong("quantiles the same way round", "A new mean that is too high points to a true one that is lower: the upper quantile of t makes the lower end.",
          "Which end of the interval does a long upper tail of t move?",
          low="np.mean(d) + np.quantile(t, 0.025) * error", high="np.mean(d) + np.quantile(t, 0.975) * error", keeps=1),
    wrong("not paired", "Pairs have the same seed and start: their difference is drawn again as one.", "Which entries of a and b belong together?",
          again="a[drawn] - b[drawn[::-1]]", keeps=1),
    wrong("the same error for all", "Each new sample has an error of its own.", "What varies from sample to sample beside the mean?", errors="error", keeps=1),
    wrong("deviation instead of error", "The error of a mean is smaller than the deviation by the root of n.", "What happens to the interval with more pairs?",
          error="np.std(d, ddof=1)", keeps=1),
    wrong("not centred", "t is the distance of a new mean from the mean of the sample that was drawn from.", "What is t where the new mean is the old one?",
          t="np.mean(again, axis=1) / errors", keeps=1),
    wrong("80 percent", "2.5 % are left out at each end.", "How much is left out at both ends together?",
          low="np.mean(d) - np.quantile(t, 0.9) * error", high="np.mean(d) - np.quantile(t, 0.1) * error", keeps=1))

for other in ("a", "b", "drawn"):
    bootstrap_interval.same("the root of n stands in both errors, and cancels", f"n = len(d)  ->  n = len({other})")
bootstrap_interval.same("the sign does not change a deviation", "error = np.std(d, ddof=1) / np.sqrt(n)  ->  error = np.std(-d, ddof=1) / np.sqrt(n)")
bootstrap_interval.same("the sign does not change a deviation", "errors = np.std(again, axis=1, ddof=1) / np.sqrt(n)  ->  errors = np.std(-again, axis=1, ddof=1) / np.sqrt(n)")
bootstrap_interval.same("the last axis is the second", "errors = np.std(again, axis=1, ddof=1) / np.sqrt(n)  ->  errors = np.std(again, axis=-1, ddof=1) / np.sqrt(n)")
bootstrap_interval.same("the last axis is the second", "t = (np.mean(again, axis=1) - np.mean(d)) / errors  ->  t = (np.mean(again, axis=-1) - np.mean(d)) / errors")


# 5 --------------------------------------------------------------------------------------------------------------- the questions
ex.question("fair", points=1, right="d", title="which comparison is fair",
            hint="Go through the four: what did one side get that the other did not?",
            a="Is the best of ten seeds what a user gets who runs once?",
            b="What would the second method have reached with twenty trials of its own rate?",
            c="What does an iteration of a population of 100 cost, and what a step on 32 rows?")
ex.question("no_difference", points=1, right="b", title="when there is no difference",
            hint="What would ten times as many seeds do to the interval, and what to the p value?",
            a="With three seeds nearly every p value is large. Are then all methods equal?",
            c="Could two methods with the same mean differ on every single problem?",
            d="What do overlapping intervals of the two means say about the differences in pairs?")
