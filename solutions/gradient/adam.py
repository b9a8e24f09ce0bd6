"""Spec of gradient/adam: one step, the loop, the bias of m (Kingma and Ba 2015, Algorithm 1), two questions."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("gradient/adam", title="Adam")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 2, "m": 1, "v": 1}, pure=1, title="the step", forms=ELEMENTWISE)
def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v


@adam_step.inputs
def _(d):
    return dict(theta=d.normal(), grad=d.normal(), m=d.normal(), v=d.positive(), t=d.integer(2, 30),
                lr=d.log(1e-3, 1), beta1=d.number(0.5, 0.95), beta2=d.number(0.8, 0.99), eps=d.log(1e-4, 1e-1))


adam_step.hint("One line of NumPy for each line of the formula, in its order. Of m and m_hat, which one does the next step "
               "need? An assignment such as m = ... makes a new array; m += ... writes into the caller's.")
adam_step.right(also("moved towards", m="m + (1 - beta1) * (grad - m)", v="v + (1 - beta2) * (grad**2 - v)"))
adam_step.when("the first step", t=1, m=0, v=0)
adam_step.when("a zero gradient", grad=0)
adam_step.when("a late step", t=lambda d: d.integer(1000, 5000))
adam_step.when("beta1 = 0", beta1=0.0)
adam_step.when("gradients from tiny to huge", shape=(12,), grad=lambda d: d.spread(low=1e-9, high=1e6), m=0, v=0, theta=0,
               eps=lambda d: d.log(1e-8, 1e-3))
adam_step.notice("t == 1", "t > 1", "beta1 == 0", "beta1 > 0",
                 factors=["-1", "1/(1-beta1)", "1-beta1", "1/(1-beta1**t)", "1-beta1**t", "lr", "1/lr", "t"])
adam_step.known(
    wrong("no bias correction", "m and v start at zero, so early on both are too small; here they enter the step as they are.",
          "What is m after one step from zero, and what should it estimate?", m_hat="m", v_hat="v", keeps=3),
    wrong("only m is corrected", "v starts at zero, too.", "Compare the two lines with hats.", v_hat="v", keeps=3),
    wrong("only v is corrected", "m starts at zero, too.", "Compare the two lines with hats.", m_hat="m", keeps=3),
    wrong("epsilon inside the root", "The paper adds epsilon after the root; inside, it acts like its square root.",
          "Try v = 0: how large is the denominator?", theta="theta - lr * m_hat / np.sqrt(v_hat + eps)", keeps=3),
    wrong("no epsilon", "Without epsilon a zero v divides by zero.", "What is the step where v = 0?",
          theta="theta - lr * m_hat / np.sqrt(v_hat)", keeps=2),
    wrong("epsilon is not scaled", "This is the paper's shorter form, whose epsilon is another one: with lr * sqrt(1 - beta2**t) / (1 - beta1**t) in front, "
          "epsilon takes the factor sqrt(1 - beta2**t), too.", "Put the formulas of the exercise into one: by what was the root of v_hat multiplied?",
          theta="theta - lr * np.sqrt(1 - beta2**t) * m_hat / (np.sqrt(v) + eps)", keeps=3),
    wrong("no root", "The step divides by v instead of its root, so its length depends on the gradient's scale.",
          "Multiply the gradient by 10: should the step change?", theta="theta - lr * m_hat / (v_hat + eps)", keeps=2),
    wrong("uphill", "The step goes along the gradient, not against it.", "Does the loss fall?",
          theta="theta + lr * m_hat / (np.sqrt(v_hat) + eps)", keeps=2),
    wrong("betas swapped", "beta1 belongs to m, beta2 to v.", "Which of the two averages should be longer?",
          m="beta2 * m + (1 - beta2) * grad", v="beta1 * v + (1 - beta1) * grad**2"),
    wrong("weights of the average swapped", "The old average must keep the weight beta, the new gradient 1 - beta.",
          "Put beta = 0.9: how much of the old m is left?", m="(1 - beta1) * m + beta1 * grad", v="(1 - beta2) * v + beta2 * grad**2"),
    wrong("gradient not squared", "v averages the squared gradient.", "Can v be negative?", v="beta2 * v + (1 - beta2) * grad"),
    wrong("no 1 - beta", "The new gradient enters with full weight, so m is a sum, not an average.",
          "With a constant gradient g, where does m settle?", m="beta1 * m + grad", v="beta2 * v + grad**2"),
    wrong("counts from zero", "The correction uses t - 1; at the first step that divides by zero.", "Which t has the first step?",
          m_hat="m / (1 - beta1**(t - 1))", v_hat="v / (1 - beta2**(t - 1))", keeps=2),
    wrong("beta * t", "The correction needs a power, not a product.", "Work m out by hand for t = 2.",
          m_hat="m / (1 - beta1 * t)", v_hat="v / (1 - beta2 * t)", keeps=2),
    wrong("multiplies by the correction", "1 - beta**t is below 1: a product makes the small averages smaller still.",
          "What is m after one step from zero, and what should it estimate?", m_hat="m * (1 - beta1**t)", v_hat="v * (1 - beta2**t)"),
    wrong("beta1 corrects both", "v was averaged with beta2.", "Compare the two lines with hats.", v_hat="v / (1 - beta1**t)"),
    wrong("beta1 in both averages", "v has a weight of its own.", "Compare the two averages, letter by letter.", v="beta1 * v + (1 - beta1) * grad**2"),
    wrong("the averages of the step before", "The step is taken with the old m and v, which do not know this gradient yet.", "Which line comes first?",
          m="m", v="v", returns="theta, beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2"),
    wrong("the gradient instead of its average", "The step goes along the average of the gradients.", "What is m_hat for?",
          theta="theta - lr * grad / (np.sqrt(v_hat) + eps)"),
    wrong("epsilon outside the denominator", "A division binds more tightly than a sum: epsilon is added to the new point.", "Where does the denominator end?",
          theta="theta - lr * m_hat / np.sqrt(v_hat) + eps"),
    wrong("no learning rate", "The step is not multiplied by lr.", "Put lr = 0: where should theta be?", theta="theta - m_hat / (np.sqrt(v_hat) + eps)"),
    wrong("the step alone", "Asked for is the new point, not the way to it.", "What is returned when the gradients were always zero?",
          theta="-lr * m_hat / (np.sqrt(v_hat) + eps)"),
    wrong("hands back the corrected averages", "m_hat and v_hat serve this step only; the next step needs m and v.",
          "What would the next call correct again?", returns="theta, m_hat, v_hat", keeps=3),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.",
          returns="m, v, theta", keeps=3))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 3}, title="the loop", trajectory="grad", sizes={"d": 2},
             uses={"adam_step": "(theta - lr * (grad + 0.3 * m + 0.05 * v + eps) / (t + 1), beta2 * m + grad, beta1 * v + 0.1 * t)"})
def adam_run(grad, theta, steps, lr, beta1, beta2, eps):
    path = [theta]
    m = np.zeros(theta.shape)
    v = np.zeros(theta.shape)
    for t in range(1, steps + 1):
        g = grad(theta)
        theta, m, v = adam_step(theta, g, m, v, t, lr, beta1, beta2, eps)
        path.append(theta)
    return np.array(path)


@adam_run.inputs
def _(d):
    return common.bowl(d, beta1=d.number(0.6, 0.95), beta2=d.number(0.8, 0.99), eps=d.log(1e-4, 1e-2))


adam_run.hint("Which number has the first step? What of theta, m and v must survive from one step to the next? A list of "
              "points becomes one array by np.array.")
adam_run.when("one step", steps=1).when("no step at all", steps=0, n=1)
adam_run.when("a valley almost flat", n=1, grad=common.flat_valley)
adam_run.known(
    wrong("t stands still", "Every step is taken as the first.", "Print t inside the loop.", edit=("v, t, lr", "v, 1, lr")),
    wrong("t starts at 0", "The first step divides by zero.", "Which t has the first step?", edit=("range(1, steps + 1)", "range(steps)")),
    common.forgets("adam_step", ["m", "v"]), common.one_gradient(), *common.counted(adam_run), *common.path(),
    wrong("m and v exchanged", "What adam_step hands back as m goes into the next step as v.", "In which order does adam_step return them?",
          edit=("theta, m, v = adam_step", "theta, v, m = adam_step")))
adam_run.same("m has the shape of theta",
              "v = np.zeros(theta.shape)  ->  v = np.zeros(m.shape)")


# 3 ------------------------------------------------------------------------------------------------------- the derivation
# The page prints that m_hat is unbiased where the expectation stands still: asked for is what it is where the expectation moves.
@ex.function(parts={"value": 2}, title="the bias of m_hat")
def bias(beta, t):
    memory = beta / (1 - beta)
    start = t * beta**t / (1 - beta**t)
    value = memory - start
    return value


@bias.inputs
def _(d):
    return dict(beta=d.number(0.1, 0.98), t=d.integer(1, 29) + d.number(0.2, 0.8))      # t is not whole: a simulation cannot answer


bias.hint("The weights of m_t are (1 - beta) beta^(t - i). You need the sum of beta^k and that of k beta^k, for k = 0 ... t - 1: "
          "differentiate the first by beta. How old is a gradient on average?")
bias.right(also("the sum of the weighted gradients", value="t - (t - beta * (1 - beta**t) / (1 - beta)) / (1 - beta**t)"))
bias.when("late", t=lambda d: d.integer(60, 150) + 0.5, beta=lambda d: d.number(0.9, 0.98))
bias.known(
    wrong("after many steps", "At first there are no old gradients yet: m_hat lags less.", "Try t = 1.", value="memory"),
    wrong("of m, not of m_hat", "m_hat is m divided by the sum of the weights.", "Try t = 1: m_hat is the gradient itself.",
          value="t - (t - beta * (1 - beta**t) / (1 - beta))", keeps=1),
    wrong("the sum of the weights", "That is the bias of m where the expectation stands still; here it grows.", "Try t = 1: how far is m_hat behind?",
          value="1 - beta**t"),
    wrong("ahead", "An average of the past is smaller than the present of what grows.", "Which sign has E[g_t] - E[m_hat]?", value="start - memory", keeps=1),
    wrong("one step more", "The newest gradient is already in m.", "Try t = 1.", memory="1 / (1 - beta)"),
    wrong("what m_hat is", "Asked for is what is missing, not what is there.", "Try t = 1.", value="t - (memory - start)"))


# 4, 5 ------------------------------------------------------------------------------------------------------ the questions
ex.question("first_step", points=1, right="b", title="when the gradient stops",
            hint="What are m_hat and v_hat just before? What becomes of each of them in one step with g = 0?",
            a="The gradient is 0: is its average?",
            c="How much of the old m is left in one step: beta1 or 1 - beta1?",
            d="v forgets slowly, but m?")
ex.question("rescaled", points=1, right="c", title="a loss times 1000, midway",
            hint="Which part of m, and which of v, is new after one step? Take the root of the second.",
            a="m grows with the gradient, but what happens to the denominator?",
            b="That holds for a factor from the beginning on. How quickly do m and v learn of it?",
            d="m grows about a hundredfold: and the root of v?")
