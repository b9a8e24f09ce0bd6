"""Spec of metaheuristics/aco: choice, trail and colony (Dorigo et al. 1996, Stützle and Hoos 2000), bounds of another colony, a question."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/aco", title="Ant colony optimization")


# 1 -------------------------------------------------------------------------------------------------- the probabilities
@ex.function(parts={"p": 3}, pure=1, title="the probabilities", sizes={"d": 6})
def probability(tau, eta, free, alpha, beta):
    pull = tau**alpha * eta**beta * free
    p = pull / np.sum(pull)
    return p


def some_free(d, size):
    """Which cities are not seen yet: some, and not all."""
    free = np.zeros(size)
    free[d.rng.permutation(size)[: d.integer(2, size - 1)]] = 1
    return free


@probability.inputs
def _(d):
    return dict(tau=d.positive("d"), eta=d.positive("d"), free=some_free(d, d.size["d"]), alpha=d.number(0.5, 2), beta=d.number(2.1, 4))


probability.hint("First the attraction of every city, with a 0 where it is not free; then divide by a sum, so that all of them together are 1.")
probability.when("one city is left", free=lambda d: np.eye(d.size["d"])[2]).when("no trail", alpha=0.0).when("no closeness", beta=0.0)
probability.when("all are free", free=1.0)
probability.right(also("masked by where", pull="np.where(free > 0, tau**alpha * eta**beta, 0.0)"))
probability.same("a sign that stands in numerator and denominator", "pull = tau ** alpha * eta ** beta * free  ->  "
                 "pull = tau ** alpha * eta ** beta * -free")
probability.known(
    wrong("not divided by the sum", "These do not add up to one.", "What is the sum of your answer?", p="pull"),
    wrong("ants go back to cities they have seen", "Where an ant has been, it does not go again.", "Where is free in your line?", pull="tau**alpha * eta**beta"),
    wrong("divided before cities are left out", "The sum goes over the free cities only.", "What is the sum of your answer?",
          p="pull / np.sum(tau**alpha * eta**beta)", keeps=1),
    wrong("alpha and beta exchanged", "alpha belongs to the trail, beta to the closeness.", "Put alpha = 0: what should no longer count?",
          pull="tau**beta * eta**alpha * free", keeps=1),
    wrong("the sum of trail and closeness", "Trail and closeness are multiplied.", "A city without any trail: how likely is it?",
          pull="(tau**alpha + eta**beta) * free", keeps=1),
    wrong("the far cities attract", "eta is one over the distance already.", "Does a greater eta mean nearer or farther?", pull="tau**alpha / eta**beta * free", keeps=1),
    wrong("factors for powers", "alpha and beta are exponents.", "What does alpha = 0 do to a power, and what to a product?", pull="alpha * tau * beta * eta * free"))


# 2 ------------------------------------------------------------------------------------------------------ the next city
@ex.function(parts={"city": 3}, title="the next city", sizes={"d": 6})
def next_city(p, u):
    upto = np.cumsum(p)
    city = np.argmax(upto > u)
    return city


@next_city.inputs
def _(d):
    p = d.positive("d") * some_free(d, d.size["d"])
    return dict(p=p / p.sum(), u=d.number(0.01, 0.98) + 0.0013)


next_city.hint("Lay the probabilities end to end on the line from 0 to 1, np.cumsum: in whose piece does u lie?")
next_city.when("the number 0, and the first city is impossible", u=0.0, p=lambda d: np.array([0, 0, 0.4, 0.3, 0, 0.3]))
next_city.when("one city is left", p=lambda d: np.eye(6)[d.integer(0, 5)])
next_city.right(also("counted", city="np.sum(upto <= u)"), also("searched", city="np.searchsorted(upto, u, side='right')"))
next_city.known(
    wrong("always the likeliest", "The number u is to decide.", "Where is u in your line?", city="np.argmax(p)", keeps=0),
    wrong("not added up", "u is to be compared with sums, not with single probabilities.", "With p = [0.5, 0.5] and u = 0.7, whose piece is it?", upto="p"),
    wrong("one too far", "The piece that u lies in is the first that ends beyond u.", "With u near 0, which city is it?",
          city="np.minimum(np.sum(upto <= u) + 1, len(p) - 1)"),
    wrong("one too early", "The piece that u lies in is the first that ends beyond u.", "With u near 1, which city is it?",
          city="np.maximum(np.sum(upto <= u) - 1, 0)"),
    wrong("an impossible city", "A city of probability 0 has no piece: u = 0 does not lie in it.", "p = [0, 1] and u = 0: where may the ant go?",
          city="np.argmax(upto >= u)", keeps=2),
    wrong("from the other end", "Pieces are laid end to end in the order of the cities.", "With u near 0, which city is it?",
          upto="1 - np.cumsum(p)", city="np.argmax(upto <= u)"),
    wrong("compares the wrong way", "Sought is the first sum beyond u.", "With u near 1, which city is it?", city="np.argmax(upto < u)"))


# 3 ---------------------------------------------------------------------------------------------------------- the trail
@ex.function(parts={"tau": 4}, pure=1, title="the trail", sizes={"d": 6})
def renew(tau, tour, length, rho, low, high):
    new = (1 - rho) * tau
    after = np.roll(tour, -1)
    amount = 1 / length
    new[tour, after] = new[tour, after] + amount
    new[after, tour] = new[tour, after]
    tau = np.clip(new, low, high)
    return tau


def symmetric(d, low, high):
    """A table that is the same both ways."""
    half = np.triu(d.rng.uniform(low, high, (d.size["d"],) * 2))
    return np.round(half + np.triu(half, 1).T, 2)


@renew.inputs
def _(d):
    return dict(tau=symmetric(d, 0.1, 2.0), tour=d.rng.permutation(d.size["d"]), length=d.number(1.2, 4), rho=d.number(0.1, 0.4),
                low=d.number(0.3, 0.5), high=d.number(1.4, 1.8))


renew.hint("np.roll(tour, -1) is where each city is left for; tau[tour, after] are all edges of the tour at once. Work on a copy.")
renew.when("four cities", sizes={"d": 4}).when("no bounds that matter", low=0.0, high=100.0).when("a long tour", length=200.0)
renew.same("a tour backwards has the same edges", "after = np.roll(tour, -1)  ->  after = np.roll(tour, 1)",
           "after = np.roll(tour, -1)  ->  after = np.roll(tour, --1)")
renew.known(
    wrong("one way only", "An edge is the same both ways, and so is its trail.", "Is your answer symmetric?", edit=("    new[after, tour] = new[tour, after]\n", ""), keeps=1),
    wrong("the way home is forgotten", "The tour is closed: from its last city it goes to its first.", "How many edges has a tour of d cities?",
          edit=("    new[tour, after] = new[tour, after] + amount\n    new[after, tour] = new[tour, after]",
                "    new[tour[:-1], after[:-1]] = new[tour[:-1], after[:-1]] + amount\n    new[after, tour] = new[tour, after]"), keeps=1),
    wrong("what stays and what goes exchanged", "The share rho evaporates; 1 - rho stays.", "Put rho = 0.01: how much is left?", new="rho * tau", keeps=1),
    wrong("longer tours lay more", "A good tour is a short one.", "Which of two tours lays more: the short or the long one?", amount="length", keeps=1),
    wrong("the laid trail evaporates, too", "First all evaporates, then the tour lays.", "Put rho near 1: how much of the new trail is left?",
          amount="(1 - rho) / length", keeps=1),
    wrong("no bounds", "Every trail is kept between low and high.", "Where are low and high?", tau="new", keeps=2),
    wrong("no lower bound", "Every trail is kept between low and high.", "Where is low?", tau="np.minimum(new, high)", keeps=2),
    wrong("bounds before the tour lays", "The bounds hold for what is there at the end.", "Can your answer be above high?",
          new="np.clip((1 - rho) * tau, low, high)", tau="new", keeps=2),
    wrong("nothing evaporates", "The trail loses the share rho everywhere.", "Where is rho?", new="tau.copy()", keeps=1))


# 4 ------------------------------------------------------------------------------------------------------------- an ant
@ex.function(parts={"tour": 3}, title="an ant", sizes={"d": 6},
             uses={"probability": "(tau + 0.3)**alpha * eta**beta * free / np.sum((tau + 0.3)**alpha * eta**beta * free)",
                   "next_city": "int(np.argmax(np.cumsum(p) > 0.9 * u))"})
def build(tau, eta, start, draws, alpha, beta):
    free = np.ones(len(tau))
    tour = [start]
    for u in draws:
        here = tour[-1]
        free[here] = 0
        p = probability(tau[here], eta[here], free, alpha, beta)
        tour.append(next_city(p, u))
    return np.array(tour)


@build.inputs
def _(d):
    return dict(tau=symmetric(d, 0.2, 2.0), eta=symmetric(d, 0.2, 2.0), start=d.integer(0, d.size["d"] - 1),
                draws=np.round(d.rng.uniform(0, 0.97, d.size["d"] - 1), 2) + 0.0013, alpha=d.number(0.5, 2), beta=d.number(2.1, 4))


build.hint("Which row of tau does the ant read, and which city is no longer free, before it makes its first choice?")
build.when("three cities", sizes={"d": 3}).when("numbers near 1", draws=0.995).when("numbers near 0", draws=0.0013)
build.same("both tables are square and of the same size", "free = np.ones(len(tau))  ->  free = np.ones(len(eta))")
build.same("what was seen before is not free already", "free[here] = 0  ->  free[tour] = 0")
build.same("a sign that stands in numerator and denominator", "p = probability(tau[here], eta[here], free, alpha, beta)  ->  "
           "p = probability(tau[here], eta[here], -free, alpha, beta)")
build.known(
    wrong("reads the row of the start", "An ant reads the trail where it is.", "Which row does it read at its third choice?",
          edit=("        here = tour[-1]\n        free[here] = 0\n        p = probability(tau[here], eta[here], free, alpha, beta)",
                "        here = tour[-1]\n        free[here] = 0\n        p = probability(tau[start], eta[start], free, alpha, beta)"), keeps=1),
    wrong("the start is visited twice", "The start has been seen when the ant chooses first.", "How often is each city in your tour?",
          edit=("        free[here] = 0\n        p = probability(tau[here], eta[here], free, alpha, beta)\n",
                "        p = probability(tau[here], eta[here], free, alpha, beta)\n        free[here] = 0\n")),
    wrong("one number for all choices", "Each choice has its own number.", "Which of the draws belongs to choice i?", edit=("next_city(p, u)", "next_city(p, draws[0])")),
    wrong("the start is left out", "The tour begins with the start.", "How long is your tour?", returns="np.array(tour[1:])"),
    wrong("alpha and beta exchanged", "probability takes alpha first.", "In which order are the arguments?",
          edit=("free, alpha, beta)", "free, beta, alpha)"), keeps=1),
    wrong("nothing is crossed off", "A city that was seen is no longer free.", "How often is each city in your tour?", edit=("        free[here] = 0\n", "")))


# 5 ---------------------------------------------------------------------------------------------------------- the colony
# The stand-in's trail goes by edges only: two ants may make the same tour in two directions, and rounding decides which is the shorter.
WAY = "np.eye(len(tau))[np.asarray(tour)].T @ np.eye(len(tau))[np.roll(tour, -1)]"


@ex.function(parts={"tau": 2, "least": 3}, title="the colony", sizes={"d": 5, "n": 3},
             uses={"build": "np.argsort(tau[start]**alpha * eta[start]**beta * np.append(draws, 0.4))",
                   "renew": f"np.clip((1 - 0.8 * rho) * tau + 0.7 / length * ({WAY} + ({WAY}).T), low, 0.9 * high)"})
def colony(D, tau, eta, starts, draws, alpha, beta, rho):
    d = len(D)
    least = []
    shortest = np.inf
    for t in range(len(starts)):
        tours = [build(tau, eta, start, u, alpha, beta) for start, u in zip(starts[t], draws[t])]
        lengths = [np.sum(D[tour, np.roll(tour, -1)]) for tour in tours]
        k = np.argmin(lengths)
        shortest = min(shortest, lengths[k])
        high = 1 / (rho * shortest)
        low = high / (2 * d)
        tau = renew(tau, tours[k], lengths[k], rho, low, high)
        least.append(shortest)
    return tau, np.array(least)


def numbers(d, generations):
    """Starts and draws of so many generations."""
    shape = generations, d.size["n"]
    return dict(starts=d.rng.integers(0, d.size["d"], shape), draws=np.round(d.rng.uniform(0.05, 0.97, (*shape, d.size["d"] - 1)), 2) + 0.0013)


@colony.inputs
def _(d):
    places = np.round(d.rng.uniform(0, 2, (d.size["d"], 2)), 2)
    D = np.round(np.hypot(*(places[:, None] - places).transpose(2, 0, 1)), 5) + 0.1 * (1 - np.eye(len(places)))
    eta = np.round(1 / (D + np.eye(len(D))), 3)
    return dict(D=D, tau=symmetric(d, 0.2, 1.0), eta=eta, **numbers(d, d.integer(3, 4)), alpha=d.number(0.5, 2), beta=d.number(1.1, 3),
                rho=d.number(0.2, 0.5))


colony.hint("In generation t ant k starts in starts[t, k] and draws with draws[t, k]. Whose tour lays, and whose length stands in the bounds?")
colony.when("one generation", starts=lambda d: numbers(d, 1)["starts"], draws=lambda d: numbers(d, 1)["draws"])
colony.when("one ant", sizes={"n": 1, "d": 5})
colony.same("all random numbers are there for every generation", "for t in range(len(starts)):  ->  for t in range(len(draws)):")
colony.same("a tour is as long backwards", *[
    "lengths = [np.sum(D[tour, np.roll(tour, -1)]) for tour in tours]  ->  "
    f"lengths = [np.sum(D[tour, np.roll(tour, {by})]) for tour in tours]" for by in ("1", "--1")])
colony.same("all tables have d rows", "d = len(D)  ->  d = len(tau)", "d = len(D)  ->  d = len(eta)")
colony.known(
    wrong("the longest tour lays", "We minimize.", "argmin or argmax?", k="np.argmax(lengths)"),
    wrong("always the first ant lays", "The best ant of the generation lays.", "Which ant is it?", k="0"),
    wrong("the best of the generation in the bounds", "The bounds go by the best length of all generations so far.", "Can high fall and rise again?",
          high="1 / (rho * lengths[k])", keeps=2),
    wrong("the length of this generation is told", "Asked for is the least length so far.", "Can your answer rise?",
          edit=("least.append(shortest)", "least.append(lengths[k])"), keeps=2),
    wrong("the numbers of the first generation", "Each generation has its own starts and draws.", "Where does t stand in your loop?",
          edit=("zip(starts[t], draws[t])", "zip(starts[0], draws[0])")),
    wrong("rho is not in the bound", "The upper bound is where a trail ends that is always renewed.", "What is high for a small rho?",
          high="1 / shortest", keeps=2),
    wrong("the lower bound without the 2", "The lower bound is the upper one, divided by 2 d.", "What is low / high?", low="high / d", keeps=2),
    wrong("the way home is not counted", "A tour is closed.", "How many edges has a tour of d cities?",
          edit=("np.sum(D[tour, np.roll(tour, -1)])", "np.sum(D[tour[:-1], tour[1:]])")),
    wrong("the least of all lays", "The length belongs to the tour that lays.", "How long is the tour that you hand to renew?",
          edit=("tours[k], lengths[k], rho", "tours[k], shortest, rho"), keeps=2))


# 6 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"low": 3, "high": 2}, title="other bounds")
def bounds(ants, least, rho, alpha, d, P):
    high = ants / (rho * least)
    q = P**(1 / d)
    ratio = (1 - q) / ((d / 2 - 1) * q)
    low = high * ratio**(1 / alpha)
    return low, high


@bounds.inputs
def _(d):
    return dict(ants=d.integer(2, 20), least=d.number(3, 30), rho=d.number(0.05, 0.5), alpha=d.number(1.3, 3), d=d.integer(8, 40), P=d.number(0.05, 0.9))


bounds.hint("The upper bound first: what level stays as it is when (1 - rho) of it is left and the most is laid that can be? Then the lower one: an ant compares "
            "powers of trails. Solve for their ratio before you take a root.")
bounds.when("one ant", ants=1).when("plain trails", alpha=1.0).when("two ants", ants=2, alpha=2.0)
bounds.right(also("by way of the powers", low="(high**alpha * (1 - q) / ((d / 2 - 1) * q))**(1 / alpha)"))
bounds.known(
    wrong("one ant lays", "Here all ants lay, and in the worst case all on the same edge.", "How much is laid on an edge at most?", high="1 / (rho * least)", keeps=1),
    wrong("what stays for what goes", "The level that stays the same loses rho of itself in each generation.", "Put rho = 1: how much is there after one generation?",
          high="ants / ((1 - rho) * least)", keeps=1),
    wrong("the root of the right choice is forgotten", "All d choices must be right.", "With d choices of probability q each, how likely are all?", q="P", keeps=2),
    wrong("alpha as on the page", "An ant compares the trails to the power alpha.", "What is tau**alpha for the two bounds?", low="high * ratio", keeps=2),
    wrong("the power for the root", "The powers have this ratio; the trails have its root.", "Solve (low / high)**alpha = ratio.", low="high * ratio**alpha", keeps=2),
    wrong("all cities at every choice", "An ant has, on average, half of the cities before it.", "How many cities are free at the last choice?",
          ratio="(1 - q) / ((d - 1) * q)", keeps=2),
    wrong("the right city is among the wrong ones", "Of the d/2 cities one is the right one.", "How many wrong ones are there?",
          ratio="(1 - q) / (d / 2 * q)", keeps=2))


# 7 --------------------------------------------------------------------------------------------------------- the question
ex.question("unbounded", points=1, right="c", title="without bounds",
            hint="How much trail is left on an edge that was not laid on for 200 generations?",
            a="What is 0.8 to the power of 200, and what does a choice with that probability look like?",
            b="Does an ant that sees the trail only know how long an edge is?",
            d="Who lays on the edges of a tour that nobody makes?")
