"""Spec of metaheuristics/de: mutants, crossover, selection, the loop (Storn and Price 1997), the variance of a mutant, a question."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/de", title="Differential evolution")


# 1 ---------------------------------------------------------------------------------------------------------- the mutants
@ex.function(parts={"v": 3}, pure=1, title="the mutants", forms=TABLES)
def de_mutant(x, best, a, b, c, F, pull):
    base = x[a] + pull * (best - x[a])
    step = x[b] - x[c]
    v = base + F * step
    return v


@de_mutant.inputs
def _(d):
    picks = {name: d.labels("n", classes=d.size["n"]) for name in "abc"}
    return dict(x=d.normal("n", "d"), best=d.normal("d"), **picks, F=d.number(0.3, 0.9), pull=d.number(0.1, 0.9))


de_mutant.hint("x[a] is an array (n, d) whose row i is x[a[i]]: NumPy picks all bases at once.")
de_mutant.right(also("a weighted mean of base and best", base="(1 - pull) * x[a] + pull * best"))
de_mutant.when("as many members as dimensions", sizes={"n": 5, "d": 5}).when("one dimension", sizes={"d": 1})
de_mutant.when("no pull", pull=0.0).when("the base is the best", pull=1.0).when("the best is far away", best=1e4)
de_mutant.notice("pull == 0", "pull > 0", factors=["-1", "F", "1/F", "pull"])
de_mutant.known(
    wrong("the difference is not scaled", "The difference enters with the factor F.", "Put F = 0: what is left?", v="base + step", keeps=1),
    wrong("the difference the wrong way round", "The step leads from c to b.", "Which of the two is subtracted?", step="x[c] - x[b]", keeps=2),
    wrong("F and pull exchanged", "pull belongs to the best point, F to the difference.", "Put pull = 0: does best still count?",
          base="x[a] + F * (best - x[a])", v="base + pull * step", keeps=1),
    wrong("the pull is forgotten", "The base moves towards the best point first.", "Where is best in your line?", base="x[a]", keeps=1),
    wrong("the member itself is the base", "The base of mutant i is x[a[i]].", "Where is a in your line?", base="x + pull * (best - x)", keeps=1),
    wrong("pulled from the member", "Both ends of the pull belong to the base.", "What is subtracted from best?", base="x[a] + pull * (best - x)", keeps=1),
    wrong("pulled by the point, not by the way to it", "The pull is the way from the base to the best point.",
          "Put pull = 1: where must the base be?", base="x[a] + pull * best", keeps=1),
    wrong("pushed away from the best", "The way leads from the base to the best point.", "Put pull = 1: where must the base be?",
          base="x[a] - pull * (best - x[a])", keeps=1),
    wrong("the step from the base", "The difference is that of b and c.", "Where is c in your line?", step="x[b] - x[a]", keeps=1))


# 2 -------------------------------------------------------------------------------------------------------- the crossover
@ex.function(parts={"u": 3}, pure=1, title="the crossover", forms=TABLES)
def de_cross(x, v, r, always, CR):
    taken = r < CR
    taken[np.arange(len(x)), always] = True
    u = np.where(taken, v, x)
    return u


@de_cross.inputs
def _(d):
    return dict(x=d.normal("n", "d"), v=d.normal("n", "d"), r=d.uniform("n", "d", low=0.01, high=0.99), always=d.labels("n", classes=d.size["d"]),
                CR=d.number(0.3, 0.8) + 0.005)  # no random number is CR exactly


de_cross.hint("A table of truth values, (n, d), says which coordinates are the mutant's; np.where chooses. In row i, the column always[i] "
              "is True in any case: np.arange(n) and always together are such places.")
de_cross.when("as many members as dimensions", sizes={"n": 5, "d": 5}).when("nothing but what must be", CR=0.0).when("all is the mutant's", CR=1.0)
de_cross.notice("CR == 0", "CR == 1")
de_cross.known(
    wrong("no coordinate in any case", "One coordinate of each trial is the mutant's, whatever the random numbers say.", "Put CR = 0: is a trial ever new?",
          edit=("    taken[np.arange(len(x)), always] = True\n", ""), keeps=1),
    wrong("the member's with probability CR", "CR is the share of the mutant.", "Put CR = 1: what should u be?", taken="r > CR", keeps=1),
    wrong("exchanged", "Where the table is true stands the mutant.", "Which argument of np.where is which?", u="np.where(taken, x, v)", keeps=1),
    wrong("whole columns", "Each member has its own coordinate.", "What is the shape of always?",
          edit=("taken[np.arange(len(x)), always] = True", "taken[:, always] = True"), keeps=1),
    wrong("one random number for each member", "Each coordinate decides for itself.", "What shape has r?", taken="np.repeat(r[:, :1], x.shape[1], axis=1) < CR", keeps=1),
    wrong("a mixture", "A coordinate is the mutant's or the member's, not something between.", "Is CR a weight here?", u="np.where(taken, CR * v + (1 - CR) * x, x)", keeps=1))
de_cross.same("no random number equals CR", "taken = r < CR  ->  taken = r <= CR")
de_cross.same("members and mutants are equally many", "taken[np.arange(len(x)), always] = True  ->  taken[np.arange(len(v)), always] = True",
              "taken[np.arange(len(x)), always] = True  ->  taken[np.arange(len(r)), always] = True",
              "taken[np.arange(len(x)), always] = True  ->  taken[np.arange(len(always)), always] = True",
              "taken[np.arange(len(x)), always] = True  ->  taken[np.arange(len(taken)), always] = True")


# 3 -------------------------------------------------------------------------------------------------------- the selection
@ex.function(parts={"x": 2, "fx": 1}, pure=1, title="the selection", forms=TABLES)
def de_select(x, fx, u, fu):
    better = fu <= fx
    x = np.where(better[:, None], u, x)
    fx = np.where(better, fu, fx)
    return x, fx


@de_select.inputs
def _(d):
    fx, fu = d.normal("n"), d.normal("n")
    tie = d.rng.random(len(fx)) < 0.3
    return dict(x=d.normal("n", "d"), fx=fx, u=d.normal("n", "d"), fu=d.lay(np.where(tie, fx, fu)))


de_select.hint("A mask of shape (n,) says whose trial is no worse; it picks numbers of fx, and rows of x. Work on copies.")
de_select.when("as many members as dimensions", sizes={"n": 4, "d": 4}).when("nobody better", fu=10.0).when("all better", fu=-10.0)
de_select.when("all equally good", fx=0.5, fu=0.5)
de_select.known(
    wrong("the member stays at a tie", "A trial that is as good takes the place, too: on a plateau the members must be able to walk.", "< or <= ?", better="fu < fx", keeps=2),
    wrong("takes the worse", "We minimize.", "Is a smaller f better?", better="fu >= fx"),
    wrong("takes every trial", "A member stays where its trial is worse.", "Try fu > fx.", better="fu == fu"),
    wrong("forgets the value", "Member and value belong together.", "What is fx of the new x?", fx="fx", keeps=2),
    wrong("forgets the point", "Member and value belong together.", "Where was fu found?", x="x", keeps=1),
    wrong("against the best member", "Each trial meets its own member.", "Which fx belongs to trial i?", better="fu <= np.min(fx)", keeps=1),
    wrong("all or none", "Each member decides for itself.", "Try one better, one worse.", better="np.full(fx.shape, np.any(fu <= fx))"))


# 4 ------------------------------------------------------------------------------------------------------------- the loop
# What stands in for the three functions does something else each: other signs, other shares, ties that change nothing.
@ex.function(parts={"x": 2, "fx": 2}, title="the loop", sizes={"n": 6, "d": 3},
             uses={"de_mutant": "x[b] + 0.5 * pull * (best - x[b]) + 0.9 * F * (x[c] - x[a])", "de_cross": "np.where((r < 0.9 * CR) | (np.arange(x.shape[1]) == always[:, None]), v, 0.9 * x)",
                   "de_select": "(np.where((fu < fx)[:, None], u, x), np.minimum(fu, fx))"})
def de_run(f, x, picks, r, always, F, CR, pull):
    fx = f(x)
    for t in range(len(r)):
        best = x[np.argmin(fx)]
        a, b, c = picks[t]
        v = de_mutant(x, best, a, b, c, F, pull)
        u = de_cross(x, v, r[t], always[t], CR)
        x, fx = de_select(x, fx, u, f(u))
    return x, fx


def generations(d, count):
    """The random numbers of so many generations; three others for every member, all different."""
    n, dim = d.size["n"], d.size["d"]
    others = [[d.rng.permutation([k for k in range(n) if k != i])[:3] for i in range(n)] for _ in range(count)]
    return dict(picks=np.reshape(others, (count, n, 3)).transpose(0, 2, 1).astype(np.int64), r=np.round(d.rng.uniform(0, 0.99, (count, n, dim)), 2),
                always=d.rng.integers(0, dim, (count, n)))


@de_run.inputs
def _(d):
    return dict(f=Objective("rastrigin", d.uniform("d", low=-1, high=1)), x=d.uniform("n", "d", low=-4, high=4), **generations(d, d.integer(4, 8)),
                F=d.number(0.4, 0.9), CR=d.number(0.4, 0.9) + 0.005, pull=d.number(0.2, 0.8))


de_run.hint("picks[t] holds the rows a, b and c of generation t. The best member may be another one in every generation. How often is f asked?")
de_run.when("one generation", picks=lambda d: generations(d, 1)["picks"], r=lambda d: generations(d, 1)["r"], always=lambda d: generations(d, 1)["always"])
de_run.when("no generation at all", n=1, picks=lambda d: generations(d, 0)["picks"], r=lambda d: generations(d, 0)["r"], always=lambda d: generations(d, 0)["always"])
de_run.when("no pull", pull=0.0)
de_run.known(
    wrong("the best of the start in all generations", "The best member is found anew in each generation.", "Which line must stand inside the loop?",
          edit=("        best = x[np.argmin(fx)]\n", "        best = x[np.argmin(fx)] if t == 0 else best\n"), keeps=0),
    wrong("the worst for the best", "We minimize.", "argmin or argmax?", best="x[np.argmax(fx)]"),
    wrong("always the first member", "The best member is the one with the least value.", "What is best for?", best="x[0]"),
    wrong("the random numbers of the first generation", "Each generation has its own.", "Where does t stand in your loop?",
          edit=("r[t], always[t]", "r[0], always[0]")),
    wrong("the picks of the first generation", "Each generation has its own.", "Where does t stand in your loop?", edit=("a, b, c = picks[t]", "a, b, c = picks[0]")),
    wrong("no selection", "A trial that is worse does not take the member's place.", "Who decides between x and u?",
          edit=("x, fx = de_select(x, fx, u, f(u))", "x, fx = u, f(u)")),
    wrong("the trials are not crossed", "The mutant meets the member in de_cross.", "What is evaluated: v or u?", edit=("u, f(u))", "v, f(v))")),
    wrong("one generation short", "There are as many generations as random numbers were given.", "What is len(r)?", edit=("range(len(r))", "range(len(r) - 1)")),
    wrong("the value of the mutant", "What is told is the value of the trial.", "Which points does f see?", edit=("u, f(u))", "u, f(v))"), keeps=0))

de_run.same("all random numbers are there for every generation", "for t in range(len(r)):  ->  for t in range(len(always)):",
            "for t in range(len(r)):  ->  for t in range(len(picks)):")


# 5 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="the variance of a mutant")
def mutant_variance(variance, n, F, pull):
    value = variance * ((1 - pull)**2 + 2 * F**2 * n / (n - 1))
    return value


@mutant_variance.inputs
def _(d):
    return dict(variance=d.number(0.2, 4), n=d.integer(4, 12), F=d.number(0.3, 1.2), pull=d.number(0.1, 0.9))


mutant_variance.hint("First n huge: then the three are as good as independent. For small n, two different members drawn from n have a covariance: "
                     "the sum of all members does not vary, so the n variances and the n (n - 1) covariances add up to zero.")
mutant_variance.when("no pull", pull=0.0).when("the base is the best", pull=1.0).when("many members", variance=1.0, pull=0.0, n=3)
mutant_variance.known(
    wrong("as if drawn with replacement", "The three are different members, so they are not independent: with four members that counts.",
          "What is the covariance of two different members?", value="variance * ((1 - pull)**2 + 2 * F**2)", keeps=1),
    wrong("the covariance with the wrong sign", "Two different members cannot both be the largest: is their covariance positive or negative?",
          "Two members only: what is the variance of their difference?", value="variance * ((1 - pull)**2 + 2 * F**2 * (n - 2) / (n - 1))", keeps=1),
    wrong("one member's variance in the difference", "A difference varies with both of its members.", "What is the variance of a - b for independent a, b?",
          value="variance * ((1 - pull)**2 + F**2 * n / (n - 1))", keeps=1),
    wrong("F not squared", "A factor of a random number enters its variance squared.", "What is the variance of 2 a?", value="variance * ((1 - pull)**2 + 2 * F * n / (n - 1))", keeps=1),
    wrong("pull not squared", "A factor of a random number enters its variance squared.", "What is the variance of (1 - pull) a?",
          value="variance * ((1 - pull) + 2 * F**2 * n / (n - 1))", keeps=1),
    wrong("the base does not lose what the pull takes", "With pull = 1 the base is the best point, which does not vary.", "Put pull = 1, F = 0.",
          value="variance * (1 + 2 * F**2 * n / (n - 1))", keeps=1),
    wrong("the best point varies, too", "best stands still here.", "Put pull = 1, F = 0.", value="variance * ((1 - pull)**2 + pull**2 + 2 * F**2 * n / (n - 1))", keeps=1))

mutant_variance.same("a square has no sign", "value = variance * ((1 - pull) ** 2 + 2 * F ** 2 * n / (n - 1))  ->  "
                     "value = variance * ((pull - 1) ** 2 + 2 * F ** 2 * n / (n - 1))")


# 6 --------------------------------------------------------------------------------------------------------- the question
ex.question("flat", points=1, right="b", title="a coordinate that all share",
            hint="What is the third coordinate of a difference of two members?",
            a="Which random number would move it, if r only chooses between member and mutant?",
            c="Put x[a] = x[b] = x[c] = 0.7 into the formula, for this coordinate.",
            d="Selection chooses among trials: what is their third coordinate?")
