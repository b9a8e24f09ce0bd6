"""Spec of gradient/adagrad: one step, the loop, how far it can come (Duchi, Hazan and Singer 2011), a question."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("gradient/adagrad", title="AdaGrad")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 2, "s": 2}, pure=1, title="the step", forms=ELEMENTWISE)
def adagrad_step(theta, grad, s, lr, eps):
    s = s + grad**2
    theta = theta - lr * grad / (np.sqrt(s) + eps)
    return theta, s


@adagrad_step.inputs
def _(d):
    return dict(theta=d.normal(), grad=d.normal(), s=d.positive(), lr=d.log(1e-2, 1), eps=d.log(1e-3, 1e-1))


adagrad_step.hint("Two lines, in the order of the formulas: does the root see this gradient already? s = ... makes a new array; s += ... writes into the "
                  "caller's.")
adagrad_step.when("the first step", s=0).when("a zero gradient", grad=0).when("never any gradient", grad=0, s=0)
adagrad_step.notice(factors=["-1", "lr", "1/lr"])
adagrad_step.known(
    wrong("epsilon inside the root", "Here epsilon is added after the root; inside, it acts like its square root.", "Put s = 0 and g = 0: how large is the denominator?",
          theta="theta - lr * grad / np.sqrt(s + eps)", keeps=2),
    wrong("no root", "The step divides by the sum instead of its root, so its length depends on the gradient's scale.", "Multiply all gradients by 10: should the step change?",
          theta="theta - lr * grad / (s + eps)", keeps=2),
    wrong("the sum of the step before", "This gradient is left out of the sum under the root.", "How long is the very first step?",
          s="s", theta="theta - lr * grad / (np.sqrt(s) + eps)", returns="theta, s + grad**2", keeps=2),
    wrong("an average in place of the sum", "AdaGrad adds the squares up and forgets nothing; averages come with RMSprop.", "What is s after three gradients of 1?",
          s="0.9 * s + 0.1 * grad**2"),
    wrong("gradient not squared", "s adds up the squared gradients.", "Can s become smaller?", s="s + grad"),
    wrong("forgets the old sum", "s grows by the square; what it was before stays in it.", "What is s after three gradients of 1?", s="grad**2"),
    wrong("no epsilon", "Without epsilon a zero sum divides by zero.", "What is the step of a parameter that never had a gradient?",
          theta="theta - lr * grad / np.sqrt(s)", keeps=2),
    wrong("the size, not the gradient", "The root is divided into the gradient itself.", "What is the first step without your numerator?",
          theta="theta - lr / (np.sqrt(s) + eps)", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.", returns="s, theta", keeps=3),
    *common.downhill("grad / (np.sqrt(s) + eps)", points=2))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 3}, title="the loop", trajectory="grad", sizes={"d": 2},
             uses={"adagrad_step": "(theta - lr * (grad + 0.1 * s + eps), 0.9 * s + 0.5 * grad)"})
def adagrad_run(grad, theta, steps, lr, eps):
    path = [theta]
    s = np.zeros(theta.shape)
    for _ in range(steps):
        g = grad(theta)
        theta, s = adagrad_step(theta, g, s, lr, eps)
        path.append(theta)
    return np.array(path)


@adagrad_run.inputs
def _(d):
    return common.bowl(d, lr=(0.1, 1.0), eps=d.log(1e-6, 1e-2))


adagrad_run.hint("What of theta and s must survive from one step to the next, and where does s begin?")
adagrad_run.when("one step", steps=1).when("no step at all", steps=0, n=1)
adagrad_run.when("a valley almost flat", n=1, grad=common.flat_valley)
adagrad_run.known(common.forgets("adagrad_step", ["s"]), common.one_gradient(), *common.counted(adagrad_run), *common.path())


# 3 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="when the rate is down to a share")
def steps_until(share, size, first):
    value = (first / size)**2 * (1 / share**2 - 1)
    return value


@steps_until.inputs
def _(d):
    return dict(share=d.number(0.05, 0.6), size=d.number(0.2, 3), first=d.number(4, 30))


steps_until.hint("Write s down after the first gradient and after k more. What is the rate then, divided by what it was?")
steps_until.same("a square does not see the sign",
                 "value = (first / size) ** 2 * (1 / share ** 2 - 1)  ->  value = (-first / size) ** 2 * (1 / share ** 2 - 1)",
                 "value = (first / size) ** 2 * (1 / share ** 2 - 1)  ->  value = (first / -size) ** 2 * (1 / share ** 2 - 1)")
steps_until.known(
    wrong("without the root", "The rate goes with the root of s.", "By which factor must s grow for the rate to fall to a half?",
          value="(first / size)**2 * (1 / share - 1)"),
    wrong("without the first gradient", "The first gradient is in s from the beginning; the others are added.", "How large is s before any of the others?",
          value="(first / size)**2 / share**2"),
    wrong("sizes not squared", "s adds up squares.", "How many gradients of size 1 make as large a sum as one of size 10?", value="first / size * (1 / share**2 - 1)"),
    wrong("as if all had one size", "The first gradient is another size than the rest.", "Put size = first / 10.", value="1 / share**2 - 1"),
    wrong("upside down", "The larger the first gradient was, the longer it takes.", "Put size = first / 10.", value="(size / first)**2 * (1 / share**2 - 1)"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("scale", points=1, right="a", title="a feature in other units",
            hint="One column of the inputs is multiplied by 1000. What happens to its gradient, and to the root of s?",
            b="The gradient grows by a thousand; does the root of s stay what it was?",
            c="That would be so for gradient descent; what is the gradient divided by here?",
            d="Other columns have their own s: does theirs change?")
