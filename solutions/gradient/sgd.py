"""Spec of gradient/sgd: a step from one row of least squares, the loop over drawn rows, the rate for a cloud (Robbins and Monro 1951), a question."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("gradient/sgd", title="Stochastic gradient descent")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 4}, pure=1, title="the step")
def sgd_step(theta, X, y, i, lr):
    error = np.dot(X[i], theta) - y[i]
    theta = theta - lr * error * X[i]
    return theta


@sgd_step.inputs
def _(d):
    return dict(theta=d.normal("d"), X=d.normal("n", "d"), y=d.normal("n"), i=d.integer(0, d.size["n"] - 1), lr=d.log(1e-2, 1))


sgd_step.hint("What is the derivative of half the square of X[i] . theta - y[i] by each entry of theta? One number, times one row.")
sgd_step.when("one column", sizes={"d": 1}).when("one row", n=1, sizes={"n": 1}, i=0)
sgd_step.when("the last row", i=lambda d: d.size["n"] - 1)
sgd_step.notice(factors=["-1", "2", "0.5", "lr", "1/lr"])
sgd_step.known(
    wrong("all rows", "That is gradient descent's step: asked for is the gradient of row i alone.", "How many rows does your line look at?",
          theta="theta - lr * (X.T @ (X @ theta - y)) / y.size"),
    wrong("divided by the number of rows", "The gradient of one row is not a share of the mean: on average it is the whole.", "What is the mean of your gradients over all i?",
          theta="theta - lr * error * X[i] / y.size", keeps=1),
    wrong("a factor of two", "The loss of a row is half the square.", "What is the derivative of e**2 / 2?", theta="theta - lr * 2 * error * X[i]", keeps=1),
    wrong("the error alone", "The error says how far, the row says in which direction.", "Which entries of theta does your step change where X[i] is zero?",
          theta="theta - lr * error"),
    *common.downhill("error * X[i]", points=1))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 4}, title="the loop", sizes={"d": 2, "n": 6}, uses={"sgd_step": "0.9 * theta - 0.5 * lr * y[i] * X[i] + 0.01 * i"})
def sgd_run(theta, X, y, drawn, lr, decay):
    path = [theta]
    for t in range(len(drawn)):
        rate = lr / (1 + decay * t)
        theta = sgd_step(theta, X, y, drawn[t], rate)
        path.append(theta)
    return np.array(path)


@sgd_run.inputs
def _(d):
    steps = d.integer(5, 12)
    return dict(theta=d.normal("d"), X=d.normal("n", "d"), y=d.normal("n"), drawn=d.rng.integers(0, d.size["n"], steps), lr=d.log(0.05, 0.4),
                decay=d.number(0.1, 1))


sgd_run.hint("drawn[t] says which row step t looks at, and the rate of step t is lr / (1 + decay t), t = 0, 1, ... What is the path when nothing is drawn?")
sgd_run.when("a constant rate", decay=0.0).when("one step", drawn=lambda d: d.rng.integers(0, d.size["n"], 1)).when(
    "no step at all", n=1, drawn=lambda d: np.zeros(0, dtype=np.int64))
sgd_run.known(
    wrong("the number of the step in place of the row", "Step t looks at row drawn[t], not at row t.", "What is drawn for?", edit=("X, y, drawn[t], rate", "X, y, t % y.size, rate")),
    wrong("the rate does not fall", "The rate of step t is lr / (1 + decay t).", "What is decay for?", rate="lr", keeps=1),
    wrong("counts from one", "The first step has t = 0, and the whole rate.", "What is the rate of the first step?", rate="lr / (1 + decay * (t + 1))"),
    wrong("falls with every step anew", "Each rate is made from the first one, not from the rate before.", "Print the rates.",
          edit=("        rate = lr / (1 + decay * t)\n", "        lr = lr / (1 + decay * t)\n        rate = lr\n")),
    wrong("one row for all steps", "Each step looks at the row that was drawn for it.", "What does drawn hold after its first entry?",
          edit=("X, y, drawn[t], rate", "X, y, drawn[0], rate")),
    *common.path())


# 3 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="the rate for a cloud")
def rate_for(variance, curvature, spread):
    value = 2 * variance / (curvature * (spread**2 + variance))
    return value


@rate_for.inputs
def _(d):
    return dict(variance=d.number(0.01, 2), curvature=d.number(0.3, 9), spread=d.number(0.3, 3))


rate_for.hint("Write the variance after a step in terms of the variance before. Where do the two agree? Solve that for the rate.")
rate_for.known(
    wrong("for small rates only", "That is the first order in the rate; asked for is the rate at any size.", "Put it into the recurrence: does it come to rest there?",
          value="2 * variance / (curvature * spread**2)"),
    wrong("spread not squared", "The variance of the rows is the square of their spread.", "What are the units of the spread?", value="2 * variance / (curvature * (spread + variance))"),
    wrong("half of it", "The square of 1 - alpha a has a term 2 alpha a.", "Work the square out.", value="variance / (curvature * (spread**2 + variance))"),
    wrong("the difference", "Look at the signs again: the cloud grows with the rate.", "Can the variance be larger than that of the rows?",
          value="2 * variance / (curvature * (spread**2 - variance))"),
    wrong("upside down", "A smaller cloud needs a smaller rate.", "Let the variance go to zero.", value="curvature * (spread**2 + variance) / (2 * variance)"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("copies", points=1, right="b", title="every example twice",
            hint="With which probability is a given example drawn, before and after?",
            a="Is the gradient of a single example any different in the doubled data?",
            c="The mean over 2m rows, each example twice: what is it?",
            d="What is drawn changes with the seed; does what is drawn on average change?")
