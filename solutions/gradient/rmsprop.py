"""Spec of gradient/rmsprop: one step, the loop, how the centered form begins (Tieleman and Hinton 2012, Graves 2013), a question."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("gradient/rmsprop", title="RMSprop")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 2, "v": 2}, pure=1, title="the step", forms=ELEMENTWISE)
def rmsprop_step(theta, grad, v, lr, rho, eps):
    v = rho * v + (1 - rho) * grad**2
    theta = theta - lr * grad / (np.sqrt(v) + eps)
    return theta, v


@rmsprop_step.inputs
def _(d):
    return dict(theta=d.normal(), grad=d.normal(), v=d.positive(), lr=d.log(1e-2, 1), rho=d.number(0.55, 0.95), eps=d.log(1e-3, 1e-1))


rmsprop_step.hint("Two lines, in the order of the formulas: does the root see this gradient already? v = ... makes a new array; v *= ... writes into the "
                  "caller's.")
rmsprop_step.right(also("moved towards", v="v + (1 - rho) * (grad**2 - v)"))
rmsprop_step.when("the first step", v=0).when("a zero gradient", grad=0).when("never any gradient", grad=0, v=0).when("rho = 0", rho=0.0)
rmsprop_step.notice("rho == 0", factors=["-1", "lr", "1/lr", "1-rho", "1/(1-rho)"])
rmsprop_step.known(
    wrong("epsilon inside the root", "Here epsilon is added after the root; inside, it acts like its square root.", "Put v = 0 and g = 0: how large is the denominator?",
          theta="theta - lr * grad / np.sqrt(v + eps)", keeps=2),
    wrong("no 1 - rho", "The square enters with full weight, so v is a sum, not an average.", "With a constant gradient g, where does v settle?",
          v="rho * v + grad**2"),
    wrong("weights exchanged", "The old average must keep the weight rho, the new square 1 - rho.", "Put rho = 0.9: how much of the old v is left?",
          v="(1 - rho) * v + rho * grad**2"),
    wrong("no root", "The step divides by the average instead of its root, so its length depends on the gradient's scale.", "Multiply all gradients by 10: should the step change?",
          theta="theta - lr * grad / (v + eps)", keeps=2),
    wrong("the sum, as AdaGrad", "RMSprop averages; the sum that never forgets is AdaGrad's.", "What is v after a hundred gradients of 1?", v="v + grad**2"),
    wrong("the v of the step before", "The root does not know this gradient yet.", "How long is the very first step?",
          v="v", returns="theta, rho * v + (1 - rho) * grad**2", keeps=2),
    wrong("gradient not squared", "v averages the squared gradient.", "Can v be negative?", v="rho * v + (1 - rho) * grad"),
    wrong("corrects the bias", "That is Adam's; here v is used as it is.", "Where does the formula divide v?", theta="theta - lr * grad / (np.sqrt(v / (1 - rho)) + eps)", keeps=2),
    wrong("no epsilon", "Without epsilon a zero average divides by zero.", "What is the step of a parameter that never had a gradient?",
          theta="theta - lr * grad / np.sqrt(v)", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.", returns="v, theta", keeps=3),
    *common.downhill("grad / (np.sqrt(v) + eps)", points=2))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 3}, title="the loop", trajectory="grad", sizes={"d": 2},
             uses={"rmsprop_step": "(theta - lr * (grad + 0.1 * v + eps), rho * v + 0.5 * grad)"})
def rmsprop_run(grad, theta, steps, lr, rho, eps):
    path = [theta]
    v = np.zeros(theta.shape)
    for _ in range(steps):
        g = grad(theta)
        theta, v = rmsprop_step(theta, g, v, lr, rho, eps)
        path.append(theta)
    return np.array(path)


@rmsprop_run.inputs
def _(d):
    return common.bowl(d, rho=d.number(0.6, 0.95), eps=d.log(1e-6, 1e-2))


rmsprop_run.hint("What of theta and v must survive from one step to the next, and where does v begin?")
rmsprop_run.when("one step", steps=1).when("no step at all", steps=0, n=1)
rmsprop_run.when("a valley almost flat", n=1, grad=common.flat_valley)
rmsprop_run.known(common.forgets("rmsprop_step", ["v"]), common.one_gradient(), *common.counted(rmsprop_run), *common.path(),
                  wrong("v begins with one", "v is zero before the first step.", "What is v_1 by the formula, with v_0 = 0?", v="np.ones(theta.shape)"))


# 3 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="a gradient that comes back")
def comeback(rho, silent):
    value = 1 / np.sqrt((1 - rho) + rho**(silent + 1))
    return value


@comeback.inputs
def _(d):
    return dict(rho=d.number(0.6, 0.97), silent=d.integer(0, 40))


comeback.hint("Before the silence v is g squared. What is left of it after so many zeros, and what does the new gradient add?")
comeback.known(
    wrong("as if v were forgotten", "Some of the old average is left.", "Put silent = 0: how long is a step in the middle of a steady gradient?", value="1 / np.sqrt(1 - rho)"),
    wrong("one step too few", "The step of the comeback itself multiplies the old average by rho, too.", "Put silent = 0: how long should the step be?",
          value="1 / np.sqrt((1 - rho) + rho**silent)"),
    wrong("without the new gradient", "The gradient that comes back is in v before the root is taken.", "Let the silence be long: is the step infinite?", value="1 / np.sqrt(rho**silent)"),
    wrong("without the root", "The step divides by the root of v.", "Let the silence be long: by how much is the step longer than alpha?", value="1 / ((1 - rho) + rho**(silent + 1))"),
    wrong("upside down", "The longer the silence, the longer the step.", "Is v larger or smaller after the silence?", value="np.sqrt((1 - rho) + rho**(silent + 1))"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("near", points=1, right="d", title="near the minimum",
            hint="What becomes of g / sqrt(v) when all recent gradients are a thousand times as small?",
            a="The gradient shrinks on the way; but what is it divided by?",
            b="By what would they have to grow: is v ever smaller than a share of the newest square?",
            c="Is there anything in the step that knows how many steps were made?")
