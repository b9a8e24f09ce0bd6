"""Spec of metaheuristics/ga: tournament, SBX, polynomial mutation, order crossover, the loop, takeover time (Goldberg and Deb 1991), a question."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE, TABLES
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/ga", title="Genetic algorithms")


# 1 -------------------------------------------------------------------------------------------------------- the tournament
@ex.function(parts={"pool": 3}, pure=1, title="the tournament", forms=TABLES, sizes={"n": 5, "d": 3, "k": 3})
def ga_select(x, fx, drawn):
    values = fx[drawn]
    place = np.argmin(values, axis=1)
    winners = drawn[np.arange(len(drawn)), place]
    pool = x[winners]
    return pool


@ga_select.inputs
def _(d):
    fx = d.lay(np.round(d.rng.permutation(d.size["n"]) * 0.7 - 1.1 + d.rng.uniform(0, 0.5), 2))
    return dict(x=d.normal("n", "d"), fx=fx, drawn=d.lay(d.rng.integers(0, d.size["n"], (d.size["n"], d.size.get("k", 3))), np.int64))


ga_select.hint("fx[drawn] is a table of the same shape as drawn. argmin along its rows says which of the k has won: that is a place in the row, not yet the member's number.")
ga_select.right(also("with take_along_axis", winners="np.take_along_axis(drawn, place[:, None], axis=1)[:, 0]"))
ga_select.when("the best member is never drawn", fx=lambda d: d.lay(np.round(np.arange(d.size["n"]) * 0.7 - 1.1, 2)),
               drawn=lambda d: d.lay(d.rng.integers(1, d.size["n"], (d.size["n"], 3)), np.int64))
ga_select.when("tournaments of one", sizes={"k": 1}).when("as many drawn as members", sizes={"n": 3, "k": 3})
ga_select.same("there is a row of drawn for each member", "winners = drawn[np.arange(len(drawn)), place]  ->  winners = drawn[np.arange(len(x)), place]",
               "winners = drawn[np.arange(len(drawn)), place]  ->  winners = drawn[np.arange(len(fx)), place]",
               "winners = drawn[np.arange(len(drawn)), place]  ->  winners = drawn[np.arange(len(values)), place]",
               "winners = drawn[np.arange(len(drawn)), place]  ->  winners = drawn[np.arange(len(place)), place]")
ga_select.same("the last of two axes", "place = np.argmin(values, axis=1)  ->  place = np.argmin(values, axis=-1)")
ga_select.known(
    wrong("the worst wins", "We minimize.", "argmin or argmax?", place="np.argmax(values, axis=1)", keeps=1),
    wrong("the place in the row for the member", "argmin says where in the row the winner stands, not who it is.", "What do the numbers in drawn mean?", winners="place", keeps=1),
    wrong("the first that was drawn", "All k take part.", "Where does fx enter?", place="np.zeros(len(drawn), int)", keeps=1),
    wrong("one winner for all", "Each row is a tournament of its own.", "Along which axis is the least value sought?",
          pool="np.repeat(x[drawn.ravel()[np.argmin(values)]][None], len(drawn), axis=0)", keeps=1),
    wrong("the best of all members", "Only those who were drawn take part.", "Can the best member lose by not being drawn?",
          pool="np.repeat(x[np.argmin(fx)][None], len(drawn), axis=0)", keeps=1),
    wrong("the least number for the least value", "The winner has the least value, not the least number.", "Which of fx and drawn is compared?",
          winners="np.min(drawn, axis=1)", keeps=1))


# 2 ------------------------------------------------------------------------------------------- simulated binary crossover
@ex.function(parts={"first": 2, "second": 2}, pure=1, title="simulated binary crossover", forms=ELEMENTWISE)
def ga_sbx(a, b, u, eta):
    power = 1 / (eta + 1)
    near = (2 * u) ** power
    far = (2 - 2 * u) ** -power
    beta = np.where(u < 0.5, near, far)
    middle = (a + b) / 2
    half = beta * (b - a) / 2
    first = middle - half
    second = middle + half
    return first, second


@ga_sbx.inputs
def _(d):
    return dict(a=d.normal(), b=d.normal(), u=d.uniform(low=0.02, high=0.98), eta=d.number(1, 8))


ga_sbx.hint("With beta = 1 the children are the parents: the first is a, the second b. Below u = 1/2, beta is less than 1.")
ga_sbx.when("the children are the parents", u=0.5).when("near the middle", u=0.1, eta=0.0).when("equal parents", a=0.5, b=0.5)
ga_sbx.same("both branches are 1 at one half", "beta = np.where(u < 0.5, near, far)  ->  beta = np.where(u <= 0.5, near, far)")
ga_sbx.known(
    wrong("no power", "The spread has the exponent 1 / (eta + 1).", "Put eta = 0 and eta = 9: do the answers differ?", power="1.0"),
    wrong("eta for eta + 1", "The exponent is 1 / (eta + 1).", "What is 1 / eta for eta = 0?", power="1 / (eta + 1e-300)"),
    wrong("the sign of the far branch", "For u near 1 the children lie far outside their parents.", "Is beta greater than 1 for u = 0.9?", far="(2 - 2 * u) ** power"),
    wrong("the branches exchanged", "Below one half the children lie between the parents.", "What is beta for u = 0.1?", beta="np.where(u < 0.5, far, near)"),
    wrong("the near branch only", "From one half on, another line holds.", "What is beta for u = 0.9?", beta="near"),
    wrong("the children exchanged", "The first child is the one near a.", "Put beta = 1.", first="middle + half", second="middle - half", keeps=1),
    wrong("twice as far", "Half the distance lies on either side of the middle.", "Put beta = 1: are the children the parents?", half="beta * (b - a)"))


# 3 ------------------------------------------------------------------------------------------------- polynomial mutation
@ex.function(parts={"x": 3}, pure=1, title="polynomial mutation", forms=ELEMENTWISE)
def ga_mutate(x, r, u, share, eta, low, high):
    power = 1 / (eta + 1)
    down = (2 * u) ** power - 1
    up = 1 - (2 - 2 * u) ** power
    delta = np.where(u < 0.5, down, up)
    moved = np.where(r < share, x + delta * (high - low), x)
    x = np.clip(moved, low, high)
    return x


@ga_mutate.inputs
def _(d):
    return dict(x=d.uniform(low=-1.2, high=2.2), r=d.uniform(low=0.01, high=0.99), u=d.uniform(low=0.02, high=0.98), share=d.number(0.3, 0.7) + 0.005,
                eta=d.number(1, 8), low=-1.0, high=2.0)  # no random number is share exactly


ga_mutate.hint("np.where chooses between the moved and the old coordinate; the clipping comes last, and is for all.")
ga_mutate.when("nothing is mutated", share=0.0).when("all is mutated", share=1.0).when("long steps", share=1.0, eta=0.0).when("no step", u=0.5)
ga_mutate.same("no random number equals share", "moved = np.where(r < share, x + delta * (high - low), x)  ->  moved = np.where(r <= share, x + delta * (high - low), x)")
ga_mutate.same("both branches are 0 at one half", "delta = np.where(u < 0.5, down, up)  ->  delta = np.where(u <= 0.5, down, up)")
ga_mutate.known(
    wrong("not clipped", "A point must lie in the box.", "Is your answer always between low and high?", x="moved", keeps=1),
    wrong("the width of the box is missing", "The step is in units of the box's width.", "How long may a step be in a box from 0 to 1000?",
          moved="np.where(r < share, x + delta, x)", keeps=1),
    wrong("the other coordinates are mutated", "A coordinate is mutated where r is less than share.", "Put share = 0: does anything move?",
          moved="np.where(r < share, x, x + delta * (high - low))", keeps=1),
    wrong("all are mutated", "A coordinate is mutated where r is less than share.", "Put share = 0: does anything move?", moved="x + delta * (high - low)", keeps=1),
    wrong("the branches exchanged", "Below one half the step is negative.", "What is the step for u = 0.1?", delta="np.where(u < 0.5, up, down)", keeps=1),
    wrong("always down", "From one half on the step is positive.", "What is the step for u = 0.9?", delta="down", keeps=1),
    wrong("the step in place of the point", "The step is added to x.", "Put delta = 0: is the point the old one?", moved="np.where(r < share, delta * (high - low), x)", keeps=1),
    wrong("no power", "The step has the exponent 1 / (eta + 1).", "Do you get shorter steps for a larger eta?", power="1.0", keeps=1))


# 4 ------------------------------------------------------------------------------------------------------ order crossover
@ex.function(parts={"child": 4}, pure=1, title="order crossover", sizes={"d": 8})
def ga_order(a, b, start, stop):
    child = a.copy()
    piece = a[start:stop]
    ring = np.roll(b, -stop)
    missing = ring[~np.isin(ring, piece)]
    places = (stop + np.arange(len(missing))) % len(a)
    child[places] = missing
    return child


@ga_order.inputs
def _(d):
    dim = d.size["d"]
    start = d.integer(1, dim - 3)
    return dict(a=d.lay(d.rng.permutation(dim), np.int64), b=d.lay(d.rng.permutation(dim), np.int64), start=start, stop=d.integer(start + 1, dim - 2))


ga_order.hint("np.roll(b, -stop) is b from place stop on and around the end. np.isin says which of its cities are in the piece.")
ga_order.when("the piece begins the tour", start=0, stop=3).when("the piece ends the tour", start=5, stop=8).when("all of a", start=0, stop=8)
ga_order.when("one city", start=4, stop=5)
ga_order.same("a and b are equally long", "places = (stop + np.arange(len(missing))) % len(a)  ->  places = (stop + np.arange(len(missing))) % len(b)",
              "places = (stop + np.arange(len(missing))) % len(a)  ->  places = (stop + np.arange(len(missing))) % len(child)",
              "places = (stop + np.arange(len(missing))) % len(a)  ->  places = (stop + np.arange(len(missing))) % len(ring)")
ga_order.same("a negative place counts from the end", "places = (stop + np.arange(len(missing))) % len(a)  ->  places = stop + np.arange(len(missing)) - len(a)")
ga_order.same("the child begins as a copy of a", "piece = a[start:stop]  ->  piece = child[start:stop]")
ga_order.known(
    wrong("reads b from its first place", "The order of b begins at place stop.", "Which city of b comes first?", ring="b", keeps=1),
    wrong("fills from the first place", "The first missing city goes to place stop.", "Where does the first missing city stand?",
          places="np.r_[0:start, stop:len(a)]", keeps=1),
    wrong("reads and fills from the first place", "Both the reading and the filling begin at place stop.", "Try the example of the text.",
          ring="b", places="np.r_[0:start, stop:len(a)]", keeps=1),
    wrong("the order of a", "The missing cities come in the order of b.", "Where is b in your lines?", ring="np.roll(a, -stop)", keeps=1),
    wrong("reads b from the start of the piece", "The order of b begins at place stop.", "Which city of b comes first?", ring="np.roll(b, -start)", keeps=1),
    wrong("the last city of the piece left out", "Python's a[start:stop] ends before stop.", "How long is the piece?",
          piece="a[start:stop - 1]", places="(stop - 1 + np.arange(len(missing))) % len(a)", keeps=1),
    wrong("rolled the wrong way", "Rolling by -stop brings place stop to the front.", "What is np.roll([0, 1, 2], 1)?", ring="np.roll(b, stop)", keeps=1))


# 5 ------------------------------------------------------------------------------------------------------------- the loop
# What stands in for the three functions does something else each: the last drawn wins, a mixture, a shift.
@ex.function(parts={"x": 2, "fx": 2}, title="the loop", sizes={"n": 6, "d": 3, "k": 2},
             uses={"ga_select": "x[np.where(fx[drawn[:, 0]] < fx[drawn[:, 1]] + 0.01, drawn[:, 0], drawn[:, 1])]",
                   "ga_sbx": "(a + (u - 0.3) * (b - a) / (1 + 0.1 * eta), b - (u - 0.3) * (b - a) / (1 + 0.1 * eta))",
                   "ga_mutate": "np.clip(np.where(r < 0.9 * share, x + (u - 0.5) * (high - low) / (2 + eta), x), low, high)"})
def ga_run(f, x, drawn, u, r, v, share, eta, low, high):
    fx = f(x)
    for t in range(len(r)):
        pool = ga_select(x, fx, drawn[t])
        a = pool[::2]
        b = pool[1::2]
        first, second = ga_sbx(a, b, u[t], eta)
        bred = np.concatenate([first, second])
        children = ga_mutate(bred, r[t], v[t], share, eta, low, high)
        values = f(children)
        best = np.argmin(fx)
        worst = np.argmax(values)
        if fx[best] < values[worst]:
            children[worst] = x[best]
            values[worst] = fx[best]
        x, fx = children, values
    return x, fx


def generations(d, count):
    """The random numbers of so many generations."""
    n, dim, k = d.size["n"], d.size["d"], d.size["k"]

    def numbers(*shape):
        return np.round(d.rng.uniform(0.01, 0.99, shape), 2)

    return dict(drawn=d.rng.integers(0, n, (count, n, k)), u=numbers(count, n // 2, dim), r=numbers(count, n, dim), v=numbers(count, n, dim))


def of_generations(count):
    """The random numbers of exactly so many generations, by name."""
    return {name: (lambda d, name=name: generations(d, count)[name]) for name in ("drawn", "u", "r", "v")}


@ga_run.inputs
def _(d):
    return dict(f=Objective("rastrigin", d.uniform("d", low=-1, high=1)), x=d.uniform("n", "d", low=-4, high=4), **generations(d, d.integer(4, 7)),
                share=d.number(0.3, 0.6) + 0.005, eta=d.number(2, 8), low=-4.0, high=4.0)


ga_run.hint("pool[::2] are the rows 0, 2, 4, ... The best old member and the worst child are found anew in each generation; the value goes with the point. How often is f asked?")
ga_run.when("one generation", **of_generations(1)).when("no generation at all", n=1, **of_generations(0))
ga_run.when("all children are better", f=lambda d: Objective("rastrigin", np.zeros(3)), x=lambda d: d.uniform("n", "d", low=3.3, high=3.7),
            share=1.0, **of_generations(1) | dict(v=lambda d: 0.2 * generations(d, 1)["v"]))
ga_run.same("no child is exactly as good as the best member", "if fx[best] < values[worst]:  ->  if fx[best] <= values[worst]:")
ga_run.known(
    wrong("no elite", "The best old member takes the worst child's place if it is better.", "Can the best value of your population rise?",
          edit=("if fx[best] < values[worst]:", "if False:")),
    wrong("the elite without its value", "Point and value belong together.", "What is values[worst] after the exchange?",
          edit=("            values[worst] = fx[best]\n", "")),
    wrong("the first half mates with the second", "The rows 0, 2, 4, ... mate with the rows 1, 3, 5, ...", "What is pool[::2]?",
          a="pool[:len(pool) // 2]", b="pool[len(pool) // 2:]"),
    wrong("the members mate, not the pool", "The parents are those that selection chose.", "Which array do the parents come from?",
          a="x[::2]", b="x[1::2]"),
    wrong("one random table for both", "r decides where, v how far.", "Which table belongs to which argument of ga_mutate?", edit=("r[t], v[t]", "r[t], r[t]")),
    wrong("the random numbers of the first generation", "Each generation has its own.", "Where does t stand in your loop?", edit=("r[t], v[t]", "r[0], v[0]")),
    wrong("the tournaments of the first generation", "Each generation has its own.", "Where does t stand in your loop?", edit=("drawn[t]", "drawn[0]")),
    wrong("the elite takes the best child's place", "The worst child makes way.", "argmin or argmax?", worst="np.argmin(values)"),
    wrong("the worst old member survives", "The elite is the best old member.", "argmin or argmax?", best="np.argmax(fx)"),
    wrong("children beside each other", "All first children come first, then all second ones.", "Which row of r belongs to which child?",
          bred="np.stack([first, second], axis=1).reshape(x.shape)"),
    wrong("no mutation", "The children are mutated before they are evaluated.", "Where are r and v?", children="bred.copy()"))
ga_run.same("all random numbers are there for every generation", "for t in range(len(r)):  ->  for t in range(len(drawn)):",
            "for t in range(len(r)):  ->  for t in range(len(u)):", "for t in range(len(r)):  ->  for t in range(len(v)):")


# 6 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"t": 3}, title="the takeover time")
def ga_takeover(members, k):
    others = np.log(1 - 1 / members)
    wanted = np.log(1 / members)
    t = np.log(wanted / others) / np.log(k)
    return t


@ga_takeover.inputs
def _(d):
    return dict(members=d.integer(5, 200), k=d.integer(2, 7))


ga_takeover.hint("A tournament is lost only if none of the k drawn is a copy: with the share q = 1 - p of the others, that has the probability q^k. So q becomes q^k, then q^(k k), ... "
                 "It begins at 1 - 1/n.")
ga_takeover.when("three members", members=3, k=2).when("many members", members=100000, k=2)
ga_takeover.right(also("in one line", t="(np.log(np.log(members)) - np.log(-np.log(1 - 1 / members))) / np.log(k)"))
ga_takeover.known(
    wrong("the rule for many members", "ln n + ln ln n is what the exact answer tends to for large n.", "Is -ln(1 - 1/n) exactly 1/n?", t="(np.log(members) + np.log(np.log(members))) / np.log(k)"),
    wrong("as if copies grew k-fold", "The share grows k-fold only while it is small: it cannot exceed one.", "What is the share after many generations?", t="np.log(members) / np.log(k)"),
    wrong("the logarithm of k is missing", "In each generation the exponent grows by the factor k.", "How do you solve k^t = c?", t="np.log(wanted / others)"),
    wrong("the exponent grows by k", "The exponent is multiplied by k in each generation, not increased by k.", "(q^k)^k is q to which power?", t="wanted / others / k"),
    wrong("half of the population", "The others are to have the share 1/n.", "What is wanted of the others?", wanted="np.log(0.5)"),
    wrong("the best's share at first for the others'", "At first the others have the share 1 - 1/n.", "How many of n are not the best?", others="np.log(1 / members)", wanted="np.log(1 - 1 / members)"))


# 7 --------------------------------------------------------------------------------------------------------- the question
ex.question("scale", points=1, right="b", title="another scale",
            hint="Which of the two only asks who is better?",
            a="Members with the values 1, 2 and 3: how wide are the slots before, and after the cubes?",
            c="A tournament compares two values. Does x < y become false if both are cubed?",
            d="A tournament compares two values. Does x < y become false if both are cubed?")
