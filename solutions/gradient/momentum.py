"""Spec of gradient/momentum: one step, the loop, where a run begins to swing (Polyak 1964), a question."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("gradient/momentum", title="Momentum")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 2, "v": 2}, pure=1, title="the step", forms=ELEMENTWISE)
def momentum_step(theta, grad, v, lr, beta):
    v = beta * v + (1 - beta) * grad
    theta = theta - lr * v
    return theta, v


@momentum_step.inputs
def _(d):
    return dict(theta=d.normal(), grad=d.normal(), v=d.normal(), lr=d.log(1e-2, 1), beta=d.number(0.55, 0.95))


momentum_step.hint("Two lines, in the order of the formulas: which v does the step take, the old one or the new one? An assignment such as v = ... makes a "
                   "new array; v *= ... writes into the caller's.")
momentum_step.right(also("moved towards", v="v + (1 - beta) * (grad - v)"))
momentum_step.when("the first step", v=0).when("a zero gradient", grad=0).when("beta = 0", beta=0.0)
momentum_step.notice("beta == 0", "beta > 0", factors=["-1", "lr", "1/lr", "1-beta", "1/(1-beta)"])
momentum_step.known(
    wrong("no 1 - beta", "The new gradient enters with full weight, so v is a sum, not an average: that is the heavy ball.",
          "With a constant gradient g, where does v settle?", v="beta * v + grad"),
    wrong("the rate inside the average", "The learning rate belongs to the step; here v holds steps, not gradients.", "What is v after one step from zero?",
          v="beta * v + lr * grad", theta="theta - v"),
    wrong("the rate inside, and dampened", "The learning rate belongs to the step; here v holds steps, not gradients.", "What is v after one step from zero?",
          v="beta * v + (1 - beta) * lr * grad", theta="theta - v", keeps=2),
    wrong("dampened twice", "The gradient is multiplied by 1 - beta twice.", "With a constant gradient g, where does v settle?",
          v="beta * v + (1 - beta)**2 * grad"),
    wrong("weights exchanged", "The old average must keep the weight beta, the new gradient 1 - beta.", "Put beta = 0.9: how much of the old v is left?",
          v="(1 - beta) * v + beta * grad"),
    wrong("the v of the step before", "The step is taken with the old v, which does not know this gradient yet.", "Which line comes first?",
          v="v", returns="theta, beta * v + (1 - beta) * grad", keeps=2),
    wrong("the gradient in place of v", "The step goes along the average of the gradients.", "What is v for?", theta="theta - lr * grad", keeps=2),
    wrong("looks ahead", "That is Nesterov's step: it adds beta * v to a gradient that was taken there.", "Compare your second line with the formula.",
          theta="theta - lr * (beta * v + (1 - beta) * grad)", keeps=2),
    wrong("v grows against the gradient", "The step already goes against v; here two signs cancel.", "Does the loss fall?", v="beta * v - (1 - beta) * grad"),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.", returns="v, theta", keeps=3),
    *common.downhill("v", points=2))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 3}, title="the loop", trajectory="grad", sizes={"d": 2},
             uses={"momentum_step": "(theta - lr * (grad + 0.3 * v), beta * v + 0.5 * grad)"})
def momentum_run(grad, theta, steps, lr, beta):
    path = [theta]
    v = np.zeros(theta.shape)
    for _ in range(steps):
        g = grad(theta)
        theta, v = momentum_step(theta, g, v, lr, beta)
        path.append(theta)
    return np.array(path)


@momentum_run.inputs
def _(d):
    return common.bowl(d, beta=d.number(0.6, 0.95))


momentum_run.hint("What of theta and v must survive from one step to the next, and where does v begin?")
momentum_run.when("one step", steps=1).when("no step at all", steps=0, n=1)
momentum_run.when("a valley almost flat", n=1, grad=common.flat_valley)
momentum_run.known(
    common.forgets("momentum_step", ["v"]), common.one_gradient(), *common.counted(momentum_run), *common.path(),
    wrong("v begins with the first gradient", "v is zero before the first step.", "What is v_1 by the formula, with v_0 = 0?",
          edit=("v = np.zeros(theta.shape)", "v = grad(theta)")))


# 3 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="where it begins to swing")
def first_swing(curvature, beta):
    value = (1 - np.sqrt(beta))**2 / ((1 - beta) * curvature)
    return value


@first_swing.inputs
def _(d):
    return dict(curvature=d.number(0.3, 9), beta=d.number(0.1, 0.95))


first_swing.hint("Write down the quadratic whose roots the run is made of. For which learning rate is its discriminant zero, and which of the two such rates is the smaller?")
first_swing.right(also("shortened", value="(1 - np.sqrt(beta)) / ((1 + np.sqrt(beta)) * curvature)"))
first_swing.same("a square does not see the sign",
                 "value = (1 - np.sqrt(beta)) ** 2 / ((1 - beta) * curvature)  ->  value = (np.sqrt(beta) - 1) ** 2 / ((1 - beta) * curvature)")
first_swing.known(
    wrong("where it stops swinging", "That is the other end: there the roots become real again.", "Which of the two rates is the smaller?",
          value="(1 + np.sqrt(beta))**2 / ((1 - beta) * curvature)"),
    wrong("of the heavy ball", "The gradients are averaged here, not added up.", "What is a in the recurrence?", value="(1 - np.sqrt(beta))**2 / curvature"),
    wrong("where it diverges", "That is where a root leaves the unit circle, at the other end.", "Is the discriminant zero there?",
          value="2 * (1 + beta) / ((1 - beta) * curvature)"),
    wrong("without the root", "The product of the roots is beta, so each of two equal ones is its root.", "What are the roots where they are equal?",
          value="(1 - beta)**2 / ((1 - beta) * curvature)"),
    wrong("gradient descent's limit", "That is where a run without momentum diverges.", "Where does beta stand in your line?", value="2 / curvature"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("noise", points=1, right="c", title="noise",
            hint="What is the variance of a run that has settled, for small learning rates? Does it contain beta?",
            a="An average over more gradients is less noisy; but does the point forget the noise of earlier steps sooner?",
            b="Is the noise of a step multiplied by 1 / (1 - beta) here, where gradients are averaged?",
            d="Each step follows a smaller share of the new noise, but for more steps: what do they add up to?")
