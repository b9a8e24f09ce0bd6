"""Spec of frontier/hybrid: what Lamarck and Baldwin keep, Metropolis' rule over minima, a walk of hops, what restarts cost, a question."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE, TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("frontier/hybrid", title="Hybrids")


# 1 ------------------------------------------------------------------------------------------- what a generation inherits
@ex.function(parts={"P": 3, "f": 2}, pure=1, title="what a generation inherits", sizes={"n": 5, "d": 3}, forms=TABLES)
def write_back(P, f, Q, g, low, high, inherit):
    better = g < f
    inside = np.clip(Q, low, high)
    P = np.where(better[:, None], inside, P) if inherit else P
    f = np.where(better, g, f)
    return P, f


@write_back.inputs
def _(d):
    P = d.uniform("n", "d", low=-2.0, high=2.0)
    return dict(P=P, f=d.normal("n", scale=2), Q=d.lay(P + np.round(d.rng.normal(0, 1.5, P.shape), 2)), g=d.normal("n", scale=2), low=-2.0, high=2.0, inherit=True)


write_back.hint("Which points became better? np.where with a condition of the shape (n, 1) chooses whole rows.")
write_back.right(also("a copy and a mask", P="(lambda C: (C.__setitem__(better, inside[better]), C)[1])(P.copy()) if inherit else P"))
write_back.when("in Baldwin's way", n=2, inherit=False).when("nothing became better", n=1, f=-9.0).when("one coordinate", sizes={"d": 1}).when("one point", sizes={"n": 1})
write_back.notice("not inherit", "np.all(g >= f)", factors=["-1"])
write_back.known(
    wrong("all points go on", "A descent that ended no lower is not inherited.", "What happens to a point whose descent failed?", P="inside if inherit else P", f="g"),
    wrong("the values stay", "In both ways the value is that of the place that was reached.", "What does Baldwin's way change at all?", f="f", keeps=3),
    wrong("outside of the box", "A descent may leave the box; what is inherited may not.", "What are the least and the largest coordinate of your points?", inside="Q", keeps=2),
    wrong("always Lamarck", "In Baldwin's way the points stay where they were drawn.", "What does your function do for inherit=False?", P="np.where(better[:, None], inside, P)", keeps=2),
    wrong("never inherited", "In Lamarck's way the place that was reached goes on.", "Are your points ever changed?", P="P * 1.0", keeps=2),
    wrong("the worse go on", "Lower is better.", "Which of two values is kept?", better="g > f"))
write_back.same("true with either sign", "P = np.where(better[:, None], inside, P) if inherit else P  ->  P = np.where(better[:, None], inside, P) if -inherit else P")
write_back.same("a number equals the array it is compared with nowhere here", "better = g < f  ->  better = g <= f")


# 2 ------------------------------------------------------------------------------------------------------- over the minima
@ex.function(parts={"p": 3}, pure=1, title="the rule over minima", forms=ELEMENTWISE)
def acceptance(old, new, T):
    p = np.minimum(1, np.exp((old - new) / T))
    return p


@acceptance.inputs
def _(d):
    return dict(old=d.normal(scale=2), new=d.normal(scale=2), T=d.number(0.3, 3))


acceptance.hint("Both values are those of minima, after the descent. A lower one is always taken.")
acceptance.right(also("the larger difference", p="np.exp(-np.maximum(new - old, 0) / T)"))
acceptance.when("the same minimum again", old=1.5, new=1.5).when("a much lower one", old=6.0, new=-3.0).when("cold", T=0.02)
acceptance.notice("np.all(new <= old)", "np.all(new > old)", factors=["T", "1/T"])
acceptance.known(
    wrong("the sign", "A higher minimum is the one that is rarely taken.", "What is p for a much lower minimum?", p="np.minimum(1, np.exp((new - old) / T))"),
    wrong("more than certain", "A probability is at most one.", "What is p for a much lower minimum?", p="np.exp((old - new) / T)"),
    wrong("no temperature", "The difference is measured in temperatures.", "What is p if T is very large?", p="np.minimum(1, np.exp(old - new))"),
    wrong("times the temperature", "A hot walk takes nearly everything.", "What is p if T is very large?", p="np.minimum(1, np.exp((old - new) * T))"),
    wrong("only downhill", "A higher minimum has a chance, too.", "What is p for a minimum that is higher by T?", p="np.where(new <= old, 1.0, 0.0)", keeps=1))


# 3 ------------------------------------------------------------------------------------------------------------ a walk of hops
@ex.function(parts={"kept": 3, "least": 2}, pure=1, title="a walk of hops", sizes={"n": 8})
def walk(first, shifts, u, T):
    now, values = first, [first]
    for i in range(len(shifts)):
        new = now + shifts[i]
        if u[i] < np.exp(min(0, (now - new) / T)):
            now = new
        values.append(now)
    kept = np.array(values)
    least = np.min(kept)
    return kept, least


@walk.inputs
def _(d):
    return dict(first=d.number(-2, 4), shifts=d.normal("n", scale=1.2), u=d.uniform("n", low=0.02, high=0.98), T=d.number(0.4, 2))


walk.hint("The next minimum is seen from the one that was kept, not from the one that was refused.")
walk.when("no hop", sizes={"n": 0}).when("one hop", sizes={"n": 1}).when("always lower", shifts=-0.5).when("cold", T=0.01)
walk.notice("len(u) == 0", factors=["-1"])
walk.known(
    wrong("everything is kept", "A higher minimum is kept with a probability only.", "Where is u in your loop?", edit=("u[i] < np.exp(min(0, (now - new) / T))", "True")),
    wrong("only downhill", "A higher minimum has a chance, too.", "What does u decide?", edit=("u[i] < np.exp(min(0, (now - new) / T))", "new <= now"), keeps=1),
    wrong("the refused goes on", "After a refusal the walk goes on from the minimum that was kept.", "From where is the next hop?", edit=("        values.append(now)\n", "        values.append(now)\n        now = new\n")),
    wrong("without the start", "The first minimum is kept, too.", "How many values has a walk of no hop?", kept="np.array(values[1:])", least="np.min(values)", keeps=2),
    wrong("the last one", "Asked for is the least of all that were kept.", "Can the walk end higher than it has been?", least="kept[-1]", keeps=3),
    wrong("the chance upside down", "A small u takes nearly everything.", "With u = 0, is a higher minimum kept?", edit=("u[i] < np.exp", "u[i] > np.exp")))
walk.same("a drawn number is never exactly the probability", "if u[i] < np.exp(min(0, (now - new) / T)):  ->  if u[i] <= np.exp(min(0, (now - new) / T)):")
walk.same("a list of numbers, and the same as an array", "least = np.min(kept)  ->  least = np.min(values)", "return (kept, least)  ->  return (values, least)")
walk.same("there are as many numbers as hops", "for i in range(len(shifts)):  ->  for i in range(len(u)):")
walk.same("above one is certain, however far", "if u[i] < np.exp(min(0, (now - new) / T)):  ->  if u[i] < np.exp(min(1, (now - new) / T)):")


# 4 ----------------------------------------------------------------------------------------------------- what restarts cost
@ex.function(parts={"spent": 3}, title="what restarts cost")
def cost_of_restarts(p, c, sure):
    runs = np.ceil(np.log(1 - sure) / np.log(1 - p))
    spent = runs * c
    return spent


@cost_of_restarts.inputs
def _(d):
    return dict(p=d.log(0.003, 0.4), c=float(d.integer(30, 900)), sure=d.number(0.5, 0.97))


cost_of_restarts.hint("The probability that all of k runs fail is (1 - p) to the power k.")
cost_of_restarts.when("a rare success", p=0.0007).when("nearly sure", sure=0.999).when("one half each", p=0.5, sure=0.9)
cost_of_restarts.notice(factors=["c", "1/c", "p", "1/p"])
cost_of_restarts.known(
    wrong("a part of a run", "Only whole runs can be made.", "How many runs does your number hold?", runs="np.log(1 - sure) / np.log(1 - p)"),
    wrong("a run too few", "With the whole part of the quotient the probability is not reached.", "Which way must be rounded?", runs="np.floor(np.log(1 - sure) / np.log(1 - p))"),
    wrong("the mean", "The mean number of runs, 1 / p, is enough in 63 of 100 cases only.", "Where does your number ask how sure one wants to be?", runs="np.ceil(1 / p)"),
    wrong("the probability of failure", "sure is the probability of success.", "Are more runs needed to be surer?", runs="np.ceil(np.log(sure) / np.log(1 - p))"),
    wrong("the runs alone", "Asked for is what they cost.", "Where is c?", spent="runs"),
    wrong("in proportion", "Twice the runs do not make twice the probability: some would succeed twice.", "What is the probability of success of two runs with p = 0.6?", runs="np.ceil(sure / p)"))


# 5 ------------------------------------------------------------------------------------------------------------- the question
ex.question("baldwin", points=1, right="d", title="learning that is not inherited",
            hint="What does selection see of a point, and what does crossover?",
            a="Is a point's value in Baldwin's way that of the place where it was drawn?",
            b="Which points are the parents of the next generation?",
            c="Does a descent cost less if its end is thrown away?")
