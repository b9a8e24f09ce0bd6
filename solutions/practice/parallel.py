"""Spec of practice/parallel: the mean of gradients of unequal shares, error feedback (Karimireddy et al. 2019), gradients that come late, and how fast a late iteration dies out."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("practice/parallel", title="Parallel training")


# 1 ------------------------------------------------------------------------------------------- the mean of gradients
@ex.function(parts={"g": 4}, pure=1, title="the mean of gradients", sizes={"n": 3, "k": 4})
def average(G, rows):
    total = np.sum(rows)
    part = rows / total
    there = np.where(rows[:, None] > 0, G, 0.0)
    g = part @ there
    return g


@average.inputs
def _(d):
    return dict(G=d.normal("n", "k"), rows=d.rng.permutation(np.arange(1, 40))[: d.size["n"]].astype(np.int64))


average.hint("A sum of all rows' gradients, divided by the number of all rows. What is rank r's share of that sum? And 0 times nan is nan.")
average.right(also("sums first", g="rows @ there / total"), also("only those who have rows", g="part[rows > 0] @ G[rows > 0]"), also("row by row", g="np.sum(part[:, None] * there, axis=0)"))
average.when("equal shares", rows=8).when("one rank", sizes={"n": 1}).when("a rank without rows", rows=lambda d: np.array([5, 0, 11]))
average.when("a rank without rows, whose gradient is no number", rows=lambda d: np.array([7, 0, 3]), G=lambda d: d.lay(np.where(np.arange(3)[:, None] == 1, np.nan, d.normal("n", "k"))))
average.when("one rank has nearly all", rows=lambda d: np.array([1, 500, 1])).when("many ranks", sizes={"n": 12}).when("as many ranks as numbers", sizes={"n": 4})
average.notice(factors=["len(rows)", "1/len(rows)", "np.sum(rows)", "1/np.sum(rows)"])
average.known(
    wrong("the mean of the means", "A rank with one row would count as much as one with a hundred.", "Two ranks, with 1 row and with 99: what share has the single row?", g="np.mean(G, axis=0)"),
    wrong("the mean of the means of those with rows", "A rank with one row would count as much as one with a hundred.", "Two ranks, with 1 row and with 99: what share has the single row?", g="np.mean(G[rows > 0], axis=0)"),
    wrong("the sum of the means", "Each g is a mean already; asked for is a mean, too.", "Two ranks with equal gradients: what is the mean?", g="np.sum(there, axis=0)"),
    wrong("the sum over all rows", "The sum is divided by the number of rows.", "Two ranks with equal gradients: what is the mean?", g="rows @ there"),
    wrong("weighted, and divided by the ranks", "The parts add up to one already.", "Two ranks with equal gradients: what is the mean?", g="part @ there / len(rows)"),
    wrong("weighted by rows, divided by the ranks", "The sum of all rows' gradients is divided by the number of rows.", "What is divided by what?", g="rows @ there / len(rows)"),
    wrong("nothing times no number", "A rank without rows must not be multiplied, but left out.", "What is 0 * nan?", g="part @ G", keeps=2),
    wrong("the other way round", "More rows, more weight.", "Which rank counts more, one with 1 row or one with 99?", part="(total - rows) / total"),
    wrong("one number", "Asked for is a gradient, with as many entries as G has columns.", "What shape has the result?", g="np.sum(part @ there)"))
average.same("a number of rows is never negative", "there = np.where(rows[:, None] > 0, G, 0.0)  ->  there = np.where(rows[:, None] != 0, G, 0.0)",
             "there = np.where(rows[:, None] > 0, G, 0.0)  ->  there = np.where(part[:, None] > 0, G, 0.0)")
average.same("a rank without rows has the part 0 of any number",
             "there = np.where(rows[:, None] > 0, G, 0.0)  ->  there = np.where(rows[:, None] > 0, G, 1.0)",
             "there = np.where(rows[:, None] > 0, G, 0.0)  ->  there = np.where(rows[:, None] > 0, G, -1.0)")


# 2 -------------------------------------------------------------------------------------------------- error feedback
def sizes_apart(d, scale=1.0):
    """Entries no two of which are equally large, in sum with the memory, either."""
    n = d.size["n"]
    return d.lay(scale * (d.rng.permutation(n) + 1.0) * d.rng.choice([-1.0, 1.0], n))


@ex.function(parts={"sent": 2, "memory": 2}, pure=1, title="error feedback", sizes={"n": 7})
def compress(grad, memory, k):
    wanted = grad + memory
    order = np.argsort(np.abs(wanted))
    largest = order[len(wanted) - k :]
    sent = np.zeros_like(wanted)
    sent[largest] = wanted[largest]
    memory = wanted - sent
    return sent, memory


@compress.inputs
def _(d):
    wanted, given = sizes_apart(d), d.lay(np.round(d.rng.uniform(-4, 4, d.size["n"]), 1))
    return dict(grad=d.lay(np.round(wanted - given, 1)), memory=given, k=d.integer(1, max(1, d.size["n"] - 1)))


compress.hint("First the sum of the gradient and what is remembered. np.argsort(np.abs(...)) gives the places of its entries from the smallest to the largest in size.")
compress.right(also("by a mask", memory="np.where(sent == 0, wanted, 0.0)"))
compress.when("all is sent", k=7).when("one entry", sizes={"n": 1}, k=1).when("the largest only", k=1).when("nothing remembered", memory=0.0, grad=lambda d: sizes_apart(d))
compress.when("only memory", grad=0.0, memory=lambda d: sizes_apart(d)).when("all below zero", memory=0.0, grad=lambda d: -np.abs(sizes_apart(d)))
compress.when("tiny numbers", memory=0.0, grad=lambda d: sizes_apart(d, 1e-9))
compress.notice("k == 1", "k == 7")
compress.known(
    wrong("no feedback", "What was left out before is added first.", "What becomes of an entry that is never among the largest?", wanted="grad + 0 * memory"),
    wrong("forgets the rest", "What is not sent is remembered.", "What becomes of an entry that is never among the largest?", memory="0 * wanted", keeps=2),
    wrong("remembers without what was remembered", "An entry that is not sent twice is remembered with both parts.", "What is remembered of an entry that was not sent in two steps?", memory="grad - sent", keeps=2),
    wrong("remembers the gradient", "Remembered is what was not sent.", "What is left of an entry that was sent?", memory="wanted", keeps=2),
    wrong("the old memory stays", "What was sent is no longer to be sent.", "What is left of an entry that was sent?", memory="memory + 0", keeps=2),
    wrong("adds up beyond", "What was sent is no longer to be sent.", "What is left of an entry that was sent?", memory="memory + wanted - sent", keeps=2),
    wrong("chooses before it adds", "An entry that has waited long may be large in sum.", "Which is the largest of the entries that are sent?", order="np.argsort(np.abs(grad))"),
    wrong("largest, not largest in size", "A large negative entry matters as much.", "Is -5 sent before 1?", order="np.argsort(wanted)"),
    wrong("the smallest", "The largest are sent.", "Which places does argsort give last?", largest="order[:k]"),
    wrong("sizes are sent", "Entries are sent with their sign.", "Is anything sent below zero?", edit=("sent[largest] = wanted[largest]", "sent[largest] = np.abs(wanted[largest])")),
    wrong("sends the gradient's entries", "Sent is the entry of the sum.", "What becomes of what was remembered there?", edit=("sent[largest] = wanted[largest]", "sent[largest] = grad[largest]")),
    wrong("one too few", "k entries are sent.", "How many entries of what is sent are not zero?", largest="order[len(wanted) - k + 1 :]"),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="memory, sent"))

compress.same("gradient, memory and sum have the same shape",
              "sent = np.zeros_like(wanted)  ->  sent = np.zeros_like(grad)", "sent = np.zeros_like(wanted)  ->  sent = np.zeros_like(memory)",
              "largest = order[len(wanted) - k:]  ->  largest = order[len(grad) - k:]", "largest = order[len(wanted) - k:]  ->  largest = order[len(memory) - k:]",
              "largest = order[len(wanted) - k:]  ->  largest = order[len(order) - k:]")
compress.same("a size knows no sign", "order = np.argsort(np.abs(wanted))  ->  order = np.argsort(np.abs(-wanted))")


# 3 --------------------------------------------------------------------------------------------------- late gradients
@ex.function(parts={"points": 4}, title="late gradients")
def late(theta, h, lr, tau, n):
    points = [theta]
    for t in range(n):
        old = points[max(t - tau, 0)]
        new = points[-1] - lr * h * old
        points.append(new)
    return np.array(points)


@late.inputs
def _(d):
    return dict(theta=d.number(0.5, 3), h=d.number(0.5, 2), lr=d.number(0.1, 0.5), tau=d.integer(1, 4), n=d.integer(6, 14))


late.hint("Keep all points in a list. Which place in it has the point of tau steps ago, and what if there is none yet?")
late.when("no delay", tau=0).when("later than the run is long", tau=40).when("one step", tau=1)
late.when("it explodes", lr=2.0, h=2.0, tau=3).when("below zero", theta=-2.0)
late.notice("tau == 0")
late.known(
    wrong("on time", "The gradient is that of tau steps ago.", "What is tau for?", old="points[t]"),
    wrong("one step too late", "With tau = 0 the gradient is that of the point itself.", "What is your second step for tau = 0?", old="points[max(t - tau - 1, 0)]"),
    wrong("one step too early", "With tau = 0 the gradient is that of the point itself.", "For tau = 1, at which point is the second gradient?", old="points[min(max(t - tau + 1, 0), t)]"),
    wrong("from the old point", "The step begins where we are; only the gradient is old.", "From where is the step taken?", new="old - lr * h * old"),
    wrong("waits for the first gradient", "Before there is an old point, the gradient is that of the start.", "What is the second point, whatever tau is?", old="points[t - tau] if t >= tau else 0.0"),
    wrong("counts from the end", "A negative place counts from the end of the list.", "What is points[-1] in the first step?", old="points[max(t - tau, -len(points))]"),
    wrong("no rate", "The gradient is multiplied by lr.", "Put lr = 0.", new="points[-1] - h * old"),
    wrong("no curvature", "The gradient of h / 2 times the square is h times the point.", "Put h = 0.", new="points[-1] - lr * old"),
    wrong("uphill", "The step goes against the gradient.", "Where does it end without delay?", new="points[-1] + lr * h * old"),
    wrong("leaves out the start", "The path begins with the start.", "How many points has a path of one step?", returns="np.array(points[1:])"),
    wrong("the last point only", "Asked for are all points.", "What shape has the result?", returns="np.array(points[-1:])"),
    wrong("one step short", "There are n steps.", "How many points has a path of one step?", edit=("range(n)", "range(n - 1)")))


# 4 ---------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="how fast a late iteration dies out")
def steps_until(a, eps):
    value = 2 * np.log(eps) / np.log(a)
    return value


@steps_until.inputs
def _(d):
    return dict(a=d.number(0.27, 0.97), eps=d.log(1e-8, 0.5))


steps_until.hint("z satisfies z * z = z - a. What is the product of the two roots, and what is |z| if they are a complex pair?")
steps_until.right(also("by the root", value="np.log(eps) / np.log(np.sqrt(a))"), also("divided by half", value="np.log(eps) / (0.5 * np.log(a))"))
steps_until.when("near the limit", a=0.999).when("just a pair", a=0.2501).when("to a half", eps=0.5)
steps_until.notice(factors=["2", "1/2", "-1"])
steps_until.known(
    wrong("the product of the roots, not the size of one", "The product of a complex pair is |z| squared.", "What is |z| if z times its conjugate is a?", value="np.log(eps) / np.log(a)"),
    wrong("without delay", "That is gradient descent that is on time.", "What is the equation for z?", value="np.log(eps) / np.log(1 - a)"),
    wrong("upside down", "The smaller eps, the more steps.", "How many steps for eps = 1?", value="np.log(a) / (2 * np.log(eps))"),
    wrong("the square the wrong way", "|z| is the root of a, so it takes twice as many steps.", "Is |z| larger or smaller than a?", value="np.log(eps) / (2 * np.log(a))"),
    wrong("the real part", "The size of a complex number is not its real part.", "What is |z| for z = 1/2 + i y?", value="np.log(eps) / np.log(0.5) + 0 * a"),
    wrong("below zero", "A number of steps is positive.", "What sign have the two logarithms?", value="-2 * np.log(eps) / np.log(a)"))


# 5 ------------------------------------------------------------------------------------------------------ the question
ex.question("own_classes", points=1, right="b", title="classes of one's own",
            hint="What does a network answer that has seen two classes only for 500 steps? Average the biases of four such networks.",
            a="They may, but that would be so with averages after every step, too, where it goes well.",
            c="The same number of steps went well with shared classes.",
            d="They did before, too.")
