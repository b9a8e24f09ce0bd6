"""Spec of metaheuristics/tabu_search: what a swap changes, in constant time, the choice, the walk (Taillard 1991), flips of bits, a question."""

import numpy as np

from nnopt.grader.exercise.draw import Form
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/tabu_search", title="Tabu search")


def table(d, low=0, high=9):
    """Whole numbers, symmetric, with zeros on the diagonal."""
    n = d.size["n"]
    upper = np.triu(d.rng.integers(low, high + 1, (n, n)), 1)
    return d.lay(upper + upper.T)


def distances(d):
    """The same with numbers of two decimals."""
    return table(d, 0, 999) / 100


def assignment(d):
    """A random permutation."""
    return d.lay(d.rng.permutation(d.size["n"]), np.int64)


def different(d, names):
    """As many facilities, all different."""
    return {name: int(i) for name, i in zip(names, d.rng.permutation(d.size["n"]))}


FORMS = {"float32": Form(dtype=np.float32), "every second element of a larger array": Form(layout="strided"), "Fortran order": Form(layout="F")}
# The cost after the swap minus that before, for a loop whose own function is not right yet.
PLACES = "np.where(np.arange(len(x)) == r, x[s], np.where(np.arange(len(x)) == s, x[r], x))"
IN_FULL = f"np.sum(A * C[np.ix_({PLACES}, {PLACES})]) - np.sum(A * C[np.ix_(x, x)])"


# 1 ------------------------------------------------------------------------------------------------------------- the swap
@ex.function(parts={"change": 3}, pure=1, title="what a swap changes", forms=FORMS)
def swap_delta(A, C, x, r, s):
    i = np.delete(np.arange(len(x)), [r, s])
    a = A[i, r] - A[i, s]
    c = C[x[i], x[s]] - C[x[i], x[r]]
    change = 2 * np.sum(a * c)
    return change


@swap_delta.inputs
def _(d):
    return dict(A=table(d), C=table(d), x=assignment(d), **different(d, "rs"))


swap_delta.hint("The facilities i stand in the rows of A; their places x[i] in those of C. Which two facilities are left out of the sum?")
swap_delta.right(also("by full costs", change=IN_FULL), also("as a product of vectors", change="2 * (a @ c)"))
swap_delta.when("three facilities", sizes={"n": 3}).when("two facilities", sizes={"n": 2})
swap_delta.when("every facility at its own place", x=lambda d: d.lay(np.arange(d.size["n"]), np.int64))
swap_delta.same("A and C have as many rows as x has entries", "i = np.delete(np.arange(len(x)), [r, s])  ->  i = np.delete(np.arange(len(A)), [r, s])",
                "i = np.delete(np.arange(len(x)), [r, s])  ->  i = np.delete(np.arange(len(C)), [r, s])")
swap_delta.notice("r > s", "r < s", factors=["-1", "2", "1/2"])
swap_delta.known(
    wrong("each pair once", "The cost holds each pair twice, as (i, r) and as (r, i).", "How often does the flow between i and r stand in J?", change="np.sum(a * c)", keeps=1),
    wrong("the change of the swap back", "The change is the cost afterwards minus the cost before.", "Does your sign hold for a swap that gains?", change="-2 * np.sum(a * c)"),
    wrong("r and s are counted, too", "The distance between r and s is the same after the swap.", "Which terms does the sum leave out?",
          i="np.arange(len(x))"),
    wrong("only r is left out", "The sum leaves out both facilities.", "Is i = s in your sum?", i="np.delete(np.arange(len(x)), [r])"),
    wrong("facilities taken for places", "Distances are between places: facility i stands at x[i].", "Where is x in your line?", c="C[i, s] - C[i, r]"),
    wrong("the places of the others are forgotten", "Distances are between places: facility i stands at x[i].", "Which row of C belongs to facility i?", c="C[i, x[s]] - C[i, x[r]]"),
    wrong("the distances before are not subtracted", "What is sought is a change: the distances afterwards minus those before.", "Where is x[r], the place that r leaves?", c="C[x[i], x[s]]"),
    wrong("only what r loses and gains", "Facility s moves, too.", "Which flows of s are in your sum?", a="A[i, r]"))


# 2 ----------------------------------------------------------------------------------------------------------- the update
@ex.function(parts={"new": 3}, pure=1, title="the same in constant time", forms=FORMS)
def updated_delta(old, A, C, x, r, s, u, v):
    a = A[r, u] - A[r, v] - A[s, u] + A[s, v]
    c = C[x[s], x[v]] - C[x[s], x[u]] - C[x[r], x[v]] + C[x[r], x[u]]
    new = old + 2 * a * c
    return new


@updated_delta.inputs
def _(d):
    A, C, x, four = table(d), table(d), assignment(d), different(d, "rsuv")
    return dict(old=float(swap_delta(A, C, x, four["u"], four["v"])), A=A, C=C, x=x, **four)


updated_delta.hint("Nothing but old and eight entries: four of A, by facilities, and four of C, by their places.")
updated_delta.when("four facilities", sizes={"n": 4})
updated_delta.when("every facility at its own place", x=lambda d: d.lay(np.arange(d.size["n"]), np.int64))
updated_delta.when("nothing changed before", old=0.0)
updated_delta.notice("old == 0", factors=["-1", "2", "1/2"])
updated_delta.known(
    wrong("the old change is forgotten", "The product is added to what the swap would have changed before.", "Where is old in your line?", new="2 * a * c"),
    wrong("each pair once", "The cost holds each pair twice.", "Which factor does the sum of part 1 have?", new="old + a * c"),
    wrong("as if r and s had changed places already", "x is the assignment before the swap; with the one after it the sign is another.",
          "Which of x[r] and x[s] is where facility r stands in x?", new="old - 2 * a * c"),
    wrong("only what r brings", "Facility s moves, too.", "Which flows of s are in your line?", a="A[r, u] - A[r, v]"),
    wrong("facilities taken for places", "Distances are between places: facility i stands at x[i].", "Where is x in your line?",
          c="C[s, v] - C[s, u] - C[r, v] + C[r, u]"),
    wrong("the flows of s with the wrong sign", "What s takes to r's old place is subtracted from what r takes to s's.", "Exchange r and s: which sign may change?",
          a="A[r, u] - A[r, v] + A[s, u] - A[s, v]"),
    wrong("only the new place of r", "The terms before the swap are subtracted.", "Where are the distances from x[r]?", c="C[x[s], x[v]] - C[x[s], x[u]]"))


# 3 ----------------------------------------------------------------------------------------------------------- the choice
@ex.function(parts={"q": 4}, pure=1, title="the choice", sizes={"n": 7})
def best_move(changes, ends, t, now, best):
    tabu = np.all(t < ends, axis=1)
    record = now + changes < best - 1e-06
    allowed = ~tabu | record
    worth = np.where(allowed, changes, np.inf)
    q = int(np.argmin(worth)) if np.any(allowed) else -1
    return q


@best_move.inputs
def _(d):
    n = d.size["n"]
    changes = d.rng.permutation(np.arange(-3, 27))[:n].astype(float)
    return dict(changes=changes, ends=d.rng.integers(5, 9, (n, 2)), t=6, now=101.0, best=float(d.rng.integers(96, 101)))


def all_tabu(d):
    """Until when both features of every move are tabu."""
    return d.rng.integers(7, 12, (d.size["n"], 2))


best_move.hint("A row of truth values for each question: which moves are tabu, which are records, which are allowed? np.where puts infinity where one is not allowed.")
best_move.right(also("by numbers of allowed moves", edit=("int(np.argmin(worth)) if", "int(np.flatnonzero(allowed)[np.argmin(changes[allowed])]) if")))
best_move.when("all tabu, no record", ends=all_tabu, best=50.0)
best_move.when("all tabu, with a record", n=6, ends=all_tabu, best=100.0, changes=lambda d: d.rng.permutation(np.arange(-6.0, 1.0)))
best_move.when("nothing is tabu", ends=0).when("a single move", sizes={"n": 1})
best_move.when("only uphill", n=6, now=5.0, best=2.0, changes=lambda d: d.rng.permutation(np.arange(3.0, 10.0)),
               ends=lambda d: d.rng.integers(6, 10, (7, 2)))
best_move.when("a record by a little", n=6, ends=all_tabu, now=100.0, best=96.5, changes=lambda d: d.rng.permutation(np.arange(-4.0, 3.0)))
best_move.when("as good as the best is no record", n=6, ends=all_tabu, now=100.0, best=96.0, changes=lambda d: d.rng.permutation(np.arange(-4.0, 3.0)))
best_move.when("as good as the best, beside others", n=6, now=100.0, best=96.0, changes=lambda d: d.rng.permutation(np.arange(-4.0, 3.0)),
               ends=lambda d: d.rng.integers(5, 12, (7, 2)))
best_move.when("below the best by rounding only", n=6, ends=all_tabu, now=99.9999999, best=96.0, changes=lambda d: d.rng.permutation(np.arange(-4.0, 3.0)))
best_move.same("no value lies so near to the margin", "record = now + changes < best - 1e-06  ->  record = now + changes <= best - 1e-06",
               "record = now + changes < best - 1e-06  ->  record = now + changes < best - 2e-06")
best_move.same("or has no order, and is the sum of truth values", "allowed = ~tabu | record  ->  allowed = ~tabu + record", "allowed = ~tabu | record  ->  allowed = record | ~tabu")
best_move.same("the table has two axes", "tabu = np.all(t < ends, axis=1)  ->  tabu = np.all(t < ends, axis=-1)")
best_move.notice("best < now")
best_move.known(
    wrong("one tabu feature is enough", "A move is tabu only if both its features are.", "What does a move with one feature that is free bring?", tabu="np.any(t < ends, axis=1)"),
    wrong("no aspiration", "A move that leads below the best value is always allowed.", "Where is best in your lines?", record="changes != changes"),
    wrong("every gain is a record", "A record is below the best value so far, not below where the walk is.", "Where is best in your lines?", record="changes < 0"),
    wrong("the change is compared with the best value", "A move leads to now + changes.", "Which value does the walk have after the move?", record="changes < best"),
    wrong("a round too long", "In round ends[q, k] the feature is free.", "t = ends: tabu or not?", tabu="np.all(t <= ends, axis=1)"),
    wrong("as good as the best is taken for a record", "A record is less than the best value so far.", "< or <= ?", record="now + changes <= best + 1e-06"),
    wrong("rounding makes a record", "A sum of floating-point numbers may be off by its last digits; a record is better by more than that.", "Where is your margin of 1e-6?",
          record="now + changes < best"),
    wrong("0 where nothing is allowed", "argmin of nothing but infinities is 0, which is a move.", "What do you return if all moves are tabu?", q="int(np.argmin(worth))", keeps=1),
    wrong("only downhill", "The best allowed move is made even if it leads uphill.", "What do you return where all changes are above zero?",
          edit=("~tabu | record", "(~tabu | record) & (changes < 0)")),
    wrong("a record and not tabu", "Either is enough: a move that is not tabu need not be a record.", "What do you return where no move is a record?",
          allowed="~tabu & record"),
    wrong("free and tabu exchanged", "A feature is tabu as long as t is less than its round.", "t = 6 and ends = 9: is the feature tabu?", tabu="np.all(t >= ends, axis=1)"),
    wrong("the greatest change", "The best move is the one with the least change.", "argmin or argmax?", worth="np.where(allowed, -changes, np.inf)", keeps=0),
    wrong("the tabu list is not asked", "Tabu moves are not allowed.", "Where is ends in your lines?", tabu="np.zeros(len(ends), bool)"))


# 4 ------------------------------------------------------------------------------------------------------------- the walk
@ex.function(parts={"path": 5}, pure=1, title="the walk", sizes={"n": 5}, uses={
    "swap_delta": IN_FULL,
    "best_move": "-1 if t == 3 else int(np.argmin(changes + 100 * np.any(t < ends, axis=1) * (now + changes > best - 2)))"})
def tabu_run(A, C, x, tenures):
    x = x.copy()
    pairs = [(r, s) for r in range(len(x)) for s in range(r + 1, len(x))]
    until = np.zeros((len(x), len(x)), int)
    now = np.sum(A * C[np.ix_(x, x)])
    best = now
    path = [now]
    for t in range(len(tenures)):
        changes = np.array([swap_delta(A, C, x, r, s) for r, s in pairs])
        ends = np.array([[until[r, x[s]], until[s, x[r]]] for r, s in pairs])
        q = best_move(changes, ends, t, now, best)
        if q >= 0:
            r, s = pairs[q]
            until[r, x[r]] = t + 1 + tenures[t]
            until[s, x[s]] = t + 1 + tenures[t]
            x[r], x[s] = x[s], x[r]
            now = now + changes[q]
            best = min(best, now)
        path.append(now)
    return np.array(path)


@tabu_run.inputs
def _(d):
    return dict(A=distances(d), C=distances(d), x=assignment(d), tenures=d.rng.integers(1, 7, 16))  # no two moves are equally good


tabu_run.hint("What a swap drops are the places where r and s stand now; what it brings are the places of the other. Where does the walk stand after a round in which nothing was allowed?")
tabu_run.right(also("costs in full", edit=("now = now + changes[q]", "now = np.sum(A * C[np.ix_(x, x)])")))
FLOWS = np.array([[0, 9.13, 2.41, 7.77, 0.52], [9.13, 0, 5.9, 3.34, 6.08], [2.41, 5.9, 0, 8.26, 1.19],
                  [7.77, 3.34, 8.26, 0, 4.65], [0.52, 6.08, 1.19, 4.65, 0]])
NEAR = np.round(10 - FLOWS - 10 * np.eye(5), 2)   # the greater the flow, the shorter the way: no assignment is better than 0 1 2 3 4
tabu_run.when("from the best assignment", A=lambda d: d.lay(FLOWS), C=lambda d: d.lay(NEAR), x=lambda d: d.lay(np.arange(5), np.int64))
tabu_run.when("one round", tenures=lambda d: d.rng.integers(1, 7, 1)).when("no round at all", n=1, tenures=lambda d: np.zeros(0, np.int64))
tabu_run.when("tenures of a thousand", n=4, sizes={"n": 4}, tenures=1000).when("no tenure", tenures=0).when("longer", n=4, sizes={"n": 6}, tenures=lambda d: d.rng.integers(3, 12, 40))
LOOK = "pairs = [(r, s) for r in range(len(x)) for s in range(r + 1, len(x))]  ->  pairs = "
TABLE = "until = np.zeros((len(x), len(x)), int)  ->  until = "
tabu_run.same("A and C have as many rows as x has entries", *(LOOK + f"[(r, s) for r in range(len({M})) for s in range(r + 1, len(x))]" for M in "AC"),
              *(LOOK + f"[(r, s) for r in range(len(x)) for s in range(r + 1, len({M}))]" for M in "AC"),
              *(TABLE + f"np.zeros((len({M}), len(x)), int)" for M in "AC"), *(TABLE + f"np.zeros((len(x), len({M})), int)" for M in "AC"))
tabu_run.same("a larger table serves as well", TABLE + "np.zeros((len(pairs), len(x)), int)", TABLE + "np.zeros((len(x), len(pairs)), int)")
tabu_run.same("at the start the best is where the walk is", "path = [now]  ->  path = [best]")
tabu_run.same("the values are right; what is lost is the point for leaving the arguments as they are", "x = x.copy()  ->  pass")
tabu_run.known(
    wrong("what comes is made tabu", "Tabu is what the move drops: the places where r and s stood. Once they have changed places, x[r] is the new one.", "Is until written before or after the swap?",
          edit=("until[r, x[r]] = t + 1 + tenures[t]\n            until[s, x[s]]", "until[r, x[s]] = t + 1 + tenures[t]\n            until[s, x[r]]")),
    wrong("nothing becomes tabu", "The table stays empty here.", "Where do you write into until?",
          edit=("            until[r, x[r]] = t + 1 + tenures[t]\n            until[s, x[s]] = t + 1 + tenures[t]\n", "")),
    wrong("a round too short", "What is dropped in round t is tabu up to the round t + 1 + tenures[t].", "A tenure of 1: in which round is the feature free again?",
          edit=("until[r, x[r]] = t + 1 + tenures[t]\n            until[s, x[s]] = t + 1 + tenures[t]", "until[r, x[r]] = t + tenures[t]\n            until[s, x[s]] = t + tenures[t]")),
    wrong("tenures instead of rounds", "The table holds the round up to which something is tabu.", "Where is t in what you write into until?",
          edit=("until[r, x[r]] = t + 1 + tenures[t]\n            until[s, x[s]] = t + 1 + tenures[t]", "until[r, x[r]] = tenures[t]\n            until[s, x[s]] = tenures[t]")),
    wrong("one tenure for all rounds", "Each round has its own tenure.", "Which tenure belongs to round t?",
          edit=("until[r, x[r]] = t + 1 + tenures[t]\n            until[s, x[s]] = t + 1 + tenures[t]", "until[r, x[r]] = t + 1 + tenures[0]\n            until[s, x[s]] = t + 1 + tenures[0]")),
    wrong("asked for what goes, not for what comes", "Looked up are the features that a move brings: r at the place of s.", "Which place does r get?",
          ends="np.array([[until[r, x[r]], until[s, x[s]]] for r, s in pairs])"),
    wrong("the best is never updated", "best is the least value so far.", "What is best after a record?", edit=("best = min(best, now)", "best = best")),
    wrong("the best follows the walk", "best is the least value so far, not the last one.", "What is best after a move uphill?", edit=("best = min(best, now)", "best = now")),
    wrong("-1 taken for a move", "Where nothing is allowed, the walk stays.", "What is pairs[-1]?", edit=("if q >= 0", "if q >= -1")),
    wrong("leaves out the start", "The first number is the cost at the start.", "What is path[0] before any move?", returns="np.array(path[1:])", keeps=2),
    wrong("the best values", "Asked for is where the walk stands, which goes up and down.", "Can your path rise?", returns="np.minimum.accumulate(path)", keeps=1))


# 5 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"new": 3}, pure=1, title="flips of bits", sizes={"n": 5})
def flip_update(Q, x, changes, k):
    sign = 1 - 2 * x
    new = changes + 2 * sign * sign[k] * Q[k]
    new[k] = -changes[k]
    return new


@flip_update.inputs
def _(d):
    n = d.size["n"]
    upper = np.triu(d.rng.integers(-9, 10, (n, n)))
    Q, x = (upper + np.triu(upper, 1).T).astype(float), d.rng.integers(0, 2, n)
    changes = np.array([(1 - 2 * x[i]) * (Q[i, i] + 2 * sum(Q[i, j] * x[j] for j in range(n) if j != i)) for i in range(n)])
    return dict(Q=Q, x=x, changes=changes, k=d.integer(0, n - 1))


flip_update.hint("Write down the change of a flip of bit i: a sign, times Q_ii and the terms of the bits j that are 1. Which of them holds x_k? And what does the flip of k itself change afterwards?")
flip_update.right(also("row by row", edit=("sign[k] * Q[k]", "sign[k] * Q[:, k]")))
flip_update.when("one bit", sizes={"n": 1}).when("all zero", x=0, changes=lambda d: d.rng.integers(-9, 10, 5).astype(float))
flip_update.when("all one", x=1, changes=lambda d: d.rng.integers(-9, 10, 5).astype(float))
flip_update.same("a sign is its own inverse, and the product of two does not change if both do", "sign = 1 - 2 * x  ->  sign = 2 * x - 1",
                 "new = changes + 2 * sign * sign[k] * Q[k]  ->  new = changes + 2 * sign / sign[k] * Q[k]",
                 "new = changes + 2 * sign * sign[k] * Q[k]  ->  new = changes + 2 / sign * sign[k] * Q[k]")
flip_update.notice("x[k] == 0", "x[k] == 1")
flip_update.known(
    wrong("the flipped bit as the others", "The flip of k takes back what was just done.", "What does flipping k twice change?", edit=("    new[k] = -changes[k]\n", ""), keeps=1),
    wrong("the flipped bit keeps its change", "The flip of k takes back what was just done.", "What does flipping k twice change?", edit=("new[k] = -changes[k]", "new[k] = changes[k]"), keeps=1),
    wrong("each pair once", "The pair i, k stands in the sum twice.", "Write down J for two bits: how often does Q[0, 1] count?", new="changes + sign * sign[k] * Q[k]"),
    wrong("as if bit k were always switched on", "If x[k] was 1, its terms go.", "What is the sign for x[k] = 1?", new="changes + 2 * sign * Q[k]"),
    wrong("as if all other bits were off", "For a bit that is 1, its flip takes the terms away.", "What is the sign for x[i] = 1?", new="changes + 2 * sign[k] * Q[k]"),
    wrong("the sign the wrong way round", "Switching k on adds its terms to the flips of bits that are 0.", "Both bits 0, Q[i, k] > 0: does flipping i become dearer?",
          new="changes - 2 * sign * sign[k] * Q[k]"),
    wrong("the old changes are forgotten", "The new terms are added to the old changes.", "Where is changes in your line?", new="2 * sign * sign[k] * Q[k]", keeps=0))


# 6 --------------------------------------------------------------------------------------------------------- the question
ex.question("price", points=1, right="a", title="the price of a look",
            hint="How many of the 4950 swaps touch r or s? Each of those takes about 100 products, and each of the others one.",
            b="Is it enough to count one product a swap? Some swaps touch r or s.",
            c="How many swaps touch r or s? Not half of them.",
            d="Part 2 takes one product, and holds for all swaps of two other facilities. How many are they?")
