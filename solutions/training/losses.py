"""Spec of training/losses: softmax, cross-entropy from outputs and its gradient (Bridle 1990), Huber's loss and what outliers do to it (Huber 1964)."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE, TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("training/losses", title="Losses")
SIZES = {"n": 5, "k": 4}          # rows of the batch, outputs
LARGE = "What is exp(710)? Which number could you take from every element of a row?"


def probabilities(d):
    """A table whose rows sum to one, in steps of a hundredth."""
    cuts = np.sort(d.rng.integers(0, 101, (d.size["n"], d.size["k"] - 1)), axis=1)
    return d.lay(np.diff(cuts, axis=1, prepend=0, append=100) / 100)


# 1 ----------------------------------------------------------------------------------------------------------- softmax
@ex.function(parts={"P": 3}, pure=1, title="softmax", forms=TABLES, sizes=SIZES)
def softmax(Z):
    top = np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z - top)
    total = np.sum(E, axis=1, keepdims=True)
    P = E / total
    return P


@softmax.inputs
def _(d):
    return dict(Z=d.normal("n", "k"))


softmax.hint("Which number taken from all outputs of a row makes the largest of them 0? keepdims=True keeps a column that can be subtracted from a table.")
softmax.right(also("a logarithm taken out", P="np.exp(Z - top - np.log(total))"), also("by the sum's logarithm", P="np.exp(Z - (top + np.log(total)))"))
softmax.when("large outputs", Z=lambda d: 500 + 500 * d.normal("n", "k")).when("very negative outputs", Z=lambda d: d.normal("n", "k") - 900)
softmax.when("rows far apart", Z=lambda d: d.normal("n", "k") + 1000.0 * np.arange(d.size["n"])[:, None])
softmax.when("one row", sizes={"n": 1}).when("as many rows as outputs", sizes={"n": 4}).when("two classes", sizes={"k": 2})
softmax.known(
    wrong("overflows", "exp of a large number is infinite; the softmax does not change when the same number is taken from a whole row.", LARGE, top="0.0", keeps=1),
    wrong("one largest for the whole table", "Each row needs its own: a row far below the table's largest output becomes zeros, and 0 / 0.",
          "Two rows, (0, 0) and (1000, 1000): what is left of the first?", top="np.max(Z)", keeps=2),
    wrong("softmax over the columns", "Each row is an example: its probabilities add up to one.", "What is the sum of a row of P?",
          top="np.max(Z, axis=0, keepdims=True)", total="np.sum(E, axis=0, keepdims=True)"),
    wrong("one sum for the whole table", "Each row is an example: its probabilities add up to one.", "What is the sum of a row of P?", total="np.sum(E)"),
    wrong("not divided", "Probabilities add up to one.", "What is the sum of a row of P?", P="E"),
    wrong("the logarithm", "Asked for are the probabilities themselves.", "Can a probability be negative?", P="Z - top - np.log(total)"),
    wrong("no exponential", "The outputs themselves may be negative; their exponentials may not.", "Can a probability be negative?", E="Z - top"),
    wrong("outputs divided by the largest", "The largest output is subtracted, not divided by.", "Is the softmax the same for Z and for Z / 2?", E="np.exp(Z / top)"),
    wrong("the other way round", "The larger an output, the larger is its probability.", "Which class is the most probable?",
          E="np.exp(np.min(Z, axis=1, keepdims=True) - Z)"))
softmax.same("axis 1 of a table is its last",
             "top = np.max(Z, axis=1, keepdims=True)  ->  top = np.max(Z, axis=-1, keepdims=True)",
             "total = np.sum(E, axis=1, keepdims=True)  ->  total = np.sum(E, axis=-1, keepdims=True)")


# 2 ----------------------------------------------------------------------------------------------------- cross-entropy
@ex.function(parts={"loss": 4}, pure=1, title="cross-entropy from outputs", forms=TABLES, sizes=SIZES)
def cross_entropy(Z, y):
    n, k = Z.shape
    right = Z[np.arange(n), y]
    top = np.max(Z, axis=1, keepdims=True)
    total = np.sum(np.exp(Z - top), axis=1)
    log_sum = top[:, 0] + np.log(total)
    loss = np.sum(log_sum - right) / n
    return loss


@cross_entropy.inputs
def _(d):
    return dict(Z=d.normal("n", "k"), y=d.labels("n", classes=d.size["k"]))


cross_entropy.hint("The logarithm of the sum is the row's largest output plus the logarithm of a sum that cannot overflow. "
                   "Z[np.arange(n), y] picks one element of each row.")
cross_entropy.right(also("pairwise", log_sum="np.logaddexp.reduce(Z, axis=1)"), also("shifted first", loss="np.sum(np.log(total) - (right - top[:, 0])) / n"))
cross_entropy.when("large outputs", Z=lambda d: 500 + 10 * d.normal("n", "k")).when("very negative outputs", Z=lambda d: d.normal("n", "k") - 900)
cross_entropy.when("sure and wrong", Z=lambda d: d.normal("n", "k") + np.eye(d.size["k"])[0] * 1000, y=1)
cross_entropy.when("rows far apart", Z=lambda d: d.normal("n", "k") + 1000.0 * np.arange(d.size["n"])[:, None])
cross_entropy.when("one row", sizes={"n": 1}).when("as many rows as outputs", sizes={"n": 4}).when("two classes", sizes={"k": 2})
cross_entropy.notice(factors=["-1", "len(y)", "1/len(y)"])
cross_entropy.known(
    wrong("overflows", "exp of a large number is infinite; the largest output of a row can be taken out of the logarithm.", LARGE,
          top="np.zeros((n, 1))", keeps=2),
    wrong("the logarithm of a rounded probability", "A probability below 1e-324 is 0, and its logarithm is minus infinity.",
          "What are the probabilities for the outputs 0 and 1000?", loss="-np.sum(np.log(np.exp(right - top[:, 0]) / total)) / n", keeps=2),
    wrong("a small number in the logarithm", "It hides the zero, and cuts the loss off at a value that has nothing to do with the outputs.",
          "What is the loss for the outputs (0, 1000) and the right class 0?", loss="-np.sum(np.log(np.exp(right - top[:, 0]) / total + 1e-12)) / n", keeps=2),
    wrong("one largest for the whole table", "Each row needs its own: a row far below the table's largest output has a sum of zeros, and the logarithm of 0.",
          "Two rows, (0, 0) and (1000, 1000): what is left of the first?", top="np.max(Z) + np.zeros((n, 1))", keeps=2),
    wrong("a loss for each row", "Asked for is one number, the mean over the batch.", "What shape has the result?", loss="log_sum - right"),
    wrong("the largest is not put back", "What was taken out of the sum must be added to its logarithm.", "Does the loss change when 5 is added to all outputs?",
          log_sum="np.log(total)"),
    wrong("sum instead of mean", "Asked for is the mean over the batch.", "Does a batch of twice the size have twice the loss?", loss="np.sum(log_sum - right)", keeps=2),
    wrong("the sign", "A probability is below 1, its logarithm below 0.", "Can a cross-entropy be negative?", loss="np.sum(right - log_sum) / n", keeps=2),
    wrong("no right class", "The right class's output is subtracted.", "How does y enter the loss?", loss="np.sum(log_sum) / n"),
    wrong("the mean over all classes", "Only the right class's logarithm counts.", "How does y enter the loss?", right="np.sum(Z, axis=1) / k"),
    wrong("the probability", "The loss is the negative logarithm of the probability.", "What is the loss when the right class is sure?",
          loss="np.sum(np.exp(right - log_sum)) / n"))
cross_entropy.same("axis 1 of a table is its last",
                   "top = np.max(Z, axis=1, keepdims=True)  ->  top = np.max(Z, axis=-1, keepdims=True)",
                   "total = np.sum(np.exp(Z - top), axis=1)  ->  total = np.sum(np.exp(Z - top), axis=-1)")
cross_entropy.same("a table of one column: its first is its last",
                   "log_sum = top[:, 0] + np.log(total)  ->  log_sum = top[:, -1] + np.log(total)")


# 3 ------------------------------------------------------------------------------------------------------ its gradient
@ex.function(parts={"dZ": 3}, pure=1, title="the gradient of the cross-entropy", forms=TABLES, sizes=SIZES,
             uses={"softmax": "0.3 * Z + 0.1 * np.sum(Z * Z, axis=1, keepdims=True)"})
def cross_entropy_gradient(Z, T):
    P = softmax(Z)
    dZ = (P - T) / len(Z)
    return dZ


@cross_entropy_gradient.inputs
def _(d):
    return dict(Z=d.normal("n", "k"), T=probabilities(d))


cross_entropy_gradient.hint("What is the derivative of the logarithm of a sum of exponentials? It is one of the probabilities. And the derivative of the second sum?")
cross_entropy_gradient.right(also("each divided by itself", dZ="P / len(Z) - T / len(Z)"))
cross_entropy_gradient.when("large outputs", Z=lambda d: 500 + 10 * d.normal("n", "k")).when("one row", sizes={"n": 1})
cross_entropy_gradient.when("as many rows as outputs", sizes={"n": 4}).when("two classes", sizes={"k": 2})
cross_entropy_gradient.notice(factors=["-1", "len(Z)", "1/len(Z)"])
cross_entropy_gradient.known(
    wrong("the gradient of the sum", "The loss is a mean, so its gradient has the factor 1 / n, too.", "Does a batch of twice the size have twice the gradient?", dZ="P - T", keeps=1),
    wrong("the sign", "A larger output of the right class must lower the loss.", "What sign has dZ at the right class?", dZ="(T - P) / len(Z)", keeps=1),
    wrong("probabilities alone", "The derivative of the second sum is missing.", "What is dZ where P equals T?", dZ="P / len(Z)", keeps=1),
    wrong("the slope of softmax once more", "Nearly everything cancels: the slope of softmax is in P - T already.", "How does the loss depend on Z, and how on P?",
          dZ="(P - T) * P * (1 - P) / len(Z)", keeps=1),
    wrong("divided by all entries", "The mean is over the rows.", "In the formula, what stands before the sum over i?", dZ="(P - T) / Z.size", keeps=1),
    wrong("outputs instead of probabilities", "That is the gradient of the squared error.", "What is dZ where P equals T?", P="Z", keeps=1),
    wrong("the most probable class only", "T holds a probability for each class, and all of them count.", "What is dZ where P equals T?",
          dZ="(P - np.where(T == np.max(T, axis=1, keepdims=True), 1.0, 0.0)) / len(Z)", keeps=1),
    wrong("with respect to P", "That is the derivative by the probabilities; asked for is that by the outputs.", "Which comes first in the chain rule?",
          dZ="-T / P / len(Z)", keeps=1))
cross_entropy_gradient.same("Z, T and P have the same number of rows",
                            "dZ = (P - T) / len(Z)  ->  dZ = (P - T) / len(P)",
                            "dZ = (P - T) / len(Z)  ->  dZ = (P - T) / len(T)")


# 4 ------------------------------------------------------------------------------------------------------------- Huber
@ex.function(parts={"loss": 2, "slope": 2}, pure=1, title="Huber's loss", forms=ELEMENTWISE)
def huber(z, t, delta):
    e = z - t
    size = np.abs(e)
    inner = e**2 / 2
    outer = delta * (size - delta / 2)
    loss = np.where(size <= delta, inner, outer)
    slope = np.clip(e, -delta, delta)
    return loss, slope


@huber.inputs
def _(d):
    return dict(z=d.normal(scale=2), t=d.normal(scale=2) + 0.005, delta=d.number(0.3, 3))      # no error is exactly delta


huber.hint("np.where takes one value or the other, element by element. The slope is e inside, and outside delta with the sign of e: which function of NumPy cuts off at two ends?")
huber.right(also("the inner part of the error", loss="np.minimum(size, delta) * (size - np.minimum(size, delta) / 2)"),
            also("by the sign", slope="np.where(size <= delta, e, delta * np.sign(e))"),
            also("a parabola without what is beyond", loss="(e**2 - np.maximum(size - delta, 0)**2) / 2", slope="np.sign(e) * (size - np.maximum(size - delta, 0))"))
huber.when("all within delta", z=lambda d: d.uniform(low=-0.2, high=0.2), t=0.005, delta=1.5)
huber.when("all beyond delta", z=lambda d: d.positive() + 5, t=lambda d: d.normal() - 5).when("far below the target", z=-50.0, delta=0.7)
huber.when("no error", z=1.0, t=1.0).when("a tiny delta", delta=1e-3)
huber.notice(factors=["-1", "2", "1/2", "delta", "1/delta"])
huber.known(
    wrong("squared error", "Beyond delta the loss is a straight line.", "How does the loss grow from 10 delta to 20 delta?", loss="inner", slope="e"),
    wrong("absolute error", "Within delta the loss is a parabola.", "What is the slope at e = 0?", loss="size", slope="np.sign(e)"),
    wrong("not cut", "The slope of the straight part is delta, however large the error.", "What is the slope of delta * |e|?", slope="e", keeps=3),
    wrong("cut at one side only", "An error may be far below, too.", "What is the slope at e = -100?", slope="np.minimum(e, delta)", keeps=3),
    wrong("the slope without its sign", "Where z is too small, the loss falls as z grows.", "What is the slope at e = -100?", slope="np.minimum(size, delta)", keeps=3),
    wrong("1 instead of delta", "The straight part continues the parabola, whose slope at delta is delta.", "How steep is the parabola at e = delta?",
          slope="np.where(size <= delta, e, np.sign(e))", keeps=3),
    wrong("the slope of e squared", "The parabola is e**2 / 2.", "What is the derivative of e**2 / 2?", slope="np.clip(2 * e, -delta, delta)", keeps=3),
    wrong("a jump at delta", "The two parts must meet where they join.", "What are both at e = delta?", outer="delta * size", keeps=3),
    wrong("delta squared, not halved", "The two parts must meet where they join.", "What are both at e = delta?", outer="delta * (size - delta)", keeps=3),
    wrong("no half", "The parabola is e**2 / 2.", "What are both parts at e = delta?", inner="e**2", keeps=3),
    wrong("e without its bars", "An error may be far below, too.", "Can the loss be negative?", edit=("(size - delta / 2)", "(e - delta / 2)"), keeps=3),
    wrong("compares e, not |e|", "An error may be far below, too.", "Which part holds at e = -100?", edit=("np.where(size <= delta", "np.where(e <= delta"), keeps=3),
    wrong("parts exchanged", "The parabola is inside, the line outside.", "Which part holds at e = 0?", edit=("size <= delta, inner, outer", "size <= delta, outer, inner"), keeps=3),
    wrong("the mean", "Asked for is the loss of each output.", "What shape has the loss?", returns="np.sum(loss) / max(loss.size, 1), slope", keeps=3),
    wrong("the slope by the target", "Asked for is the slope with respect to z.", "Which way does the loss change when z grows?", slope="-np.clip(e, -delta, delta)", keeps=3),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="slope, loss"))
huber.same("at |e| = delta both parts are the same",
           "loss = np.where(size <= delta, inner, outer)  ->  loss = np.where(size < delta, inner, outer)")
huber.same("a size, and a square, know no sign",
           "size = np.abs(e)  ->  size = np.abs(-e)",
           "inner = e ** 2 / 2  ->  inner = size ** 2 / 2")


# 5 ---------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="how far outliers pull")
def pulled(n, m, delta):
    value = delta * m / n
    return value


@pulled.inputs
def _(d):
    n = d.number(2, 50)
    return dict(n=n, m=n * d.number(0.05, 0.9), delta=d.log(0.05, 20))


pulled.hint("At the best c the slopes add up to zero. What is the slope of the bad ones, however far they are? And that of the good ones, which are within delta of c?")
pulled.notice(factors=["2", "1/2", "delta", "1/delta"])
pulled.known(
    wrong("the share of all", "Only the good ones, within delta, pull back in proportion to their distance.", "Where does the sum n + m come from in your equation?",
          value="delta * m / (n + m)", keeps=1),
    wrong("upside down", "The more good ones there are, the less is c pulled.", "What is c without bad ones?", value="delta * n / m", keeps=1),
    wrong("without delta", "The pull of a bad one is delta, not 1.", "What happens for delta to 0?", value="m / n", keeps=1),
    wrong("at delta", "That is where the good ones would stop pulling harder; the two pulls balance before.", "Set the sum of all slopes to zero.", value="delta"),
    wrong("the median", "For delta to 0 the best constant is the median, 0; for a delta above 0 the bad ones pull a little.", "Set the sum of all slopes to zero.", value="0 * delta"))


# 6 ------------------------------------------------------------------------------------------------------ the question
ex.question("push", points=1, right="d", title="a push at a wrong output",
            hint="Write both slopes with the probability p. By which factor does the second differ from the first, and what is p at z = -10?",
            a="The squared error has a factor 2, but it also has the slope of the sigmoid.",
            b="The losses differ about so much; asked for are their slopes.",
            c="How small is the slope of the sigmoid, p (1 - p), at z = -10?")
