"""Spec of gradient/mini_batch_gd: the mean gradient of a batch, a pass over shuffled rows, the variance without replacement, a question."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("gradient/mini_batch_gd", title="Mini-batch gradient descent")


# 1 ----------------------------------------------------------------------------------------------------- a batch's gradient
@ex.function(parts={"grad": 4}, pure=1, title="the gradient of a batch")
def batch_gradient(theta, X, y, rows):
    error = X[rows] @ theta - y[rows]
    grad = error @ X[rows] / len(rows)
    return grad


@batch_gradient.inputs
def _(d):
    n = d.size["n"]
    return dict(theta=d.normal("d"), X=d.normal("n", "d"), y=d.normal("n"), rows=d.rng.permutation(n)[: d.integer(2, max(2, n - 1))])


batch_gradient.hint("Pick the rows out of X and y first. What is the mean of (x . theta - y) x over them?")
batch_gradient.when("one row", rows=lambda d: d.rng.integers(0, d.size["n"], 1)).when("all rows", rows=lambda d: np.arange(d.size["n"]))
batch_gradient.when("a row twice", rows=lambda d: np.array([0, 1, 0]), sizes={"n": 4})
batch_gradient.notice(factors=["-1", "2", "0.5", "len(rows)", "1/len(rows)"])
batch_gradient.same("there is an error for each row", "grad = error @ X[rows] / len(rows)  ->  grad = error @ X[rows] / len(error)")
batch_gradient.known(
    wrong("the sum", "Asked for is the mean over the batch: a larger batch must not take longer steps.", "Put the same row in twice: what should change?",
          grad="error @ X[rows]", keeps=1),
    wrong("divided by all rows", "The batch is a sample: its mean is divided by its own size.", "Is your gradient right on average, over all batches?",
          grad="error @ X[rows] / y.size", keeps=1),
    wrong("all rows", "That is the gradient of the whole; asked for is that of the rows in the batch.", "What is rows for?",
          error="X @ theta - y", grad="error @ X / y.size", keeps=1),
    wrong("a factor of two", "The loss of a row is half the square.", "What is the derivative of e**2 / 2?", grad="2 * error @ X[rows] / len(rows)", keeps=1),
    wrong("uphill", "The error is what the model says, less what is right.", "In which direction does the loss rise?", error="y[rows] - X[rows] @ theta", keeps=1),
    wrong("each row once", "A row that is drawn twice counts twice.", "What does the batch [0, 1, 0] stand for?",
          edit=("error = X[rows] @ theta - y[rows]", "rows = np.unique(rows)\n    error = X[rows] @ theta - y[rows]"), keeps=3))


# 2 ----------------------------------------------------------------------------------------------------------------- a pass
@ex.function(parts={"path": 4}, title="a pass", sizes={"d": 2, "n": 9}, uses={"batch_gradient": "0.3 * theta + X[rows[0]] * y[rows[-1]] + 0.1 * len(rows)"})
def epoch(theta, X, y, order, batch, lr):
    path = [theta]
    for first in range(0, len(order), batch):
        rows = order[first:first + batch]
        theta = theta - lr * batch_gradient(theta, X, y, rows)
        path.append(theta)
    return np.array(path)


@epoch.inputs
def _(d):
    n = d.size["n"]
    return dict(theta=d.normal("d"), X=d.normal("n", "d"), y=d.normal("n"), order=d.rng.permutation(n), batch=d.integer(2, 5), lr=d.log(0.05, 0.4))


epoch.hint("Batch k holds order[k * batch : (k + 1) * batch]; the last one may be smaller. How many points has the path?")
epoch.when("batches that fit", batch=3).when("one batch", batch=9).when("a batch larger than all rows", batch=20, n=1).when("single rows", batch=1)
epoch.same("the order holds each row once",
           "for first in range(0, len(order), batch):  ->  for first in range(0, len(X), batch):",
           "for first in range(0, len(order), batch):  ->  for first in range(0, len(y), batch):")
epoch.known(
    wrong("drops the last batch", "The rows that are left over form a smaller batch.", "How many rows did your pass look at?",
          edit=("range(0, len(order), batch)", "range(0, len(order) - batch + 1, batch)"), keeps=1),
    wrong("not in the order", "Batches are cut out of the shuffled order, not out of the rows as they stand.", "What is order for?",
          rows="np.arange(len(order))[first:first + batch]"),
    wrong("the same batch every step", "Every step looks at the next rows.", "Print rows in each round.", rows="order[:batch]"),
    wrong("one batch for each row", "The next batch begins where this one ended.", "How many steps has a pass over 9 rows in batches of 3?",
          edit=("range(0, len(order), batch)", "range(0, len(order))"), keeps=1),
    wrong("the gradient at the start", "Each step takes the gradient where it stands.", "Where do you stand at the second batch?",
          edit=("batch_gradient(theta, X, y, rows)", "batch_gradient(path[0], X, y, rows)"), keeps=1),
    wrong("uphill", "The step goes against the gradient.", "Does the loss fall?",
          edit=("theta - lr * batch_gradient", "theta + lr * batch_gradient")),
    *common.path())


# 3 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="how large a batch must be")
def size_for(share, m):
    value = m / (1 + share * (m - 1))
    return value


@size_for.inputs
def _(d):
    return dict(share=d.number(0.01, 0.9), m=d.integer(20, 2000))


size_for.hint("Without replacement the variance of a batch's mean is sigma^2 / B times (m - B) / (m - 1). Set it to share times sigma^2 and solve for B.")
size_for.known(
    wrong("with replacement", "That is the size if rows are put back after they are drawn.", "How large must the batch be for no variance at all?", value="1 / share"),
    wrong("m in place of m - 1", "A batch of one has the whole variance, also when m is small.", "Put share = 1.", value="m / (1 + share * m)"),
    wrong("the share of the deviation", "The share is one of the variance, not of its root.", "Put share = 0.25: is the batch about 4 or about 16?",
          value="m / (1 + share**2 * (m - 1))"),
    wrong("a share of the rows", "The size hardly depends on m when m is large.", "Put m = 1000 and share = 0.1: is it 900?", value="m * (1 - share)"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("double", points=1, right="a", title="twice the batch",
            hint="How many steps has a pass then, and how long is each?",
            b="The mean over more rows is less noisy; is it longer?",
            c="How many steps did a pass have before, and how many now?",
            d="What makes the cloud small at the end, and what brings the run there?")
