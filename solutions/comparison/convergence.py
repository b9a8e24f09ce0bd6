"""Spec of comparison/convergence: rates read off traces (Nesterov 2018)."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("comparison/convergence", title="Rates of convergence")
SIZES = {"n": 9}
LAYOUTS = {name: form for name, form in TABLES.items() if name != "a single row"}  # a line needs two points

LOG = "A constant factor is a straight line only where the values' axis is logarithmic."


# 1 ------------------------------------------------------------------------------------------------------- a constant factor
@ex.function(parts={"rho": 3}, pure=1, title="the factor a step", forms=LAYOUTS, sizes=SIZES)
def linear_rate(e):
    t = np.arange(len(e))
    s = np.log(e)
    a = t - np.mean(t)
    slope = np.sum(a * s) / np.sum(a**2)
    rho = np.exp(slope)
    return rho


@linear_rate.inputs
def _(d):
    return dict(e=np.abs(d.normal("n")) + 0.05)


linear_rate.hint("Take the logarithm of the model, e = C rho^t: what is the slope of the line? The slope of least squares is a quotient of two sums.")
linear_rate.right(also("by polyfit", slope="np.polyfit(t, s, 1)[0]"), also("by the covariance", slope="np.mean(a * s) / np.var(t)"))
linear_rate.when("two values", sizes={"n": 2}).when("a rising trace", e=lambda d: 1.5 ** np.arange(7) * (1 + 0.1 * np.abs(d.normal("n"))[:7]))
linear_rate.notice(factors=["2", "1/2"])
linear_rate.known(
    wrong("no logarithm", LOG, "What does C rho^t look like on ordinary axes?", s="e", keeps=1),
    wrong("the slope itself", "The slope is log rho.", "Which function turns log rho into rho?", rho="slope", keeps=1),
    wrong("logarithm of base 10", "exp undoes the natural logarithm only.", "Which logarithm does np.exp undo?", s="np.log10(e)", keeps=1),
    wrong("against log t", "That is the line of a power of t.", "Is it the axis of the steps that is logarithmic?", t="np.log(1 + np.arange(len(e)))", keeps=1),
    wrong("the ends only", "Two points are a line, and noisy ones: least squares uses all of them.", "Does your result change when a value in the middle does?",
          slope="(s[-1] - s[0]) / (len(e) - 1)", keeps=1),
    wrong("slope upside down", "The slope is covariance over the variance of t.", "What are the units of the slope?", slope="np.sum(a**2) / np.sum(a * s)", keeps=1),
    wrong("through the origin", "The line has an intercept, log C.", "What if all values are multiplied by ten?", a="t", keeps=1))
linear_rate.same("the steps 0 ... n - 1 have the same median and mean", "a = t - np.mean(t)  ->  a = t - np.median(t)")


# 2 --------------------------------------------------------------------------------------------------------------- a power of t
@ex.function(parts={"p": 3}, pure=1, title="the power of t", forms=LAYOUTS, sizes=SIZES)
def exponent(e, first):
    t = np.log(first + np.arange(len(e)))
    s = np.log(e)
    a = t - np.mean(t)
    slope = np.sum(a * s) / np.sum(a**2)
    p = -slope
    return p


@exponent.inputs
def _(d):
    return dict(e=np.abs(d.normal("n")) + 0.05, first=d.integer(1, 50))


exponent.hint("Take the logarithm of e = C t^-p. The first entry belongs to step t = first, not to step 0.")
exponent.right(also("by polyfit", slope="np.polyfit(t, s, 1)[0]"))
exponent.when("from step one", first=1).when("two values", sizes={"n": 2})
exponent.notice(factors=["-1", "2", "1/2"])
exponent.known(
    wrong("the sign", "An excess that falls has a positive p.", "What is p for 1/t?", p="slope", keeps=1),
    wrong("from step one always", "A trace that begins at step 100 has t = 100 first.", "What is t at the first entry?", t="np.log(1 + np.arange(len(e)))", keeps=1),
    wrong("steps not logarithmic", "A power is a straight line where both axes are logarithmic.", "What is log of t^-p?", t="first + np.arange(len(e))", keeps=1),
    wrong("values not logarithmic", "A power is a straight line where both axes are logarithmic.", "What is log of t^-p?", s="e", keeps=1),
    wrong("one step late", "The first entry belongs to step first.", "What is t at the first entry?", t="np.log(first + 1 + np.arange(len(e)))", keeps=1))


# 3 -------------------------------------------------------------------------------------------------------------- a prediction
@ex.function(parts={"steps": 3}, title="steps to a precision")
def steps_to(kappa, e0, eps):
    rho = ((kappa - 1) / (kappa + 1)) ** 2
    steps = np.ceil(np.log(eps / e0) / np.log(rho))
    return steps


@steps_to.inputs
def _(d):
    return dict(kappa=d.log(1.5, 1000), e0=d.log(1, 100), eps=d.log(1e-8, 1e-2))


steps_to.hint("e0 rho^t <= eps: take logarithms. log rho is negative, which turns the sign of the inequality.")
steps_to.right(also("by differences of logarithms", steps="np.ceil((np.log(e0) - np.log(eps)) / -np.log(rho))"))
steps_to.when("a round bowl, nearly", kappa=1.01).when("a thousand", kappa=1000.0)
steps_to.notice(factors=["2", "1/2"])
steps_to.known(
    wrong("the distance's factor", "The value is a square of the distance: its factor is squared, too.", "By how much does x^2 shrink when x is halved?",
          rho="(kappa - 1) / (kappa + 1)", keeps=1),
    wrong("rounded down", "One step fewer does not reach eps.", "Is eps reached after your number of steps?",
          steps="np.floor(np.log(eps / e0) / np.log(rho))", keeps=1),
    wrong("not whole", "Steps are whole numbers.", "Can a method make half a step?", steps="np.log(eps / e0) / np.log(rho)", keeps=1),
    wrong("the start forgotten", "The excess begins at e0.", "How many steps are needed for eps = e0?", steps="np.ceil(np.log(eps) / np.log(rho))", keeps=1),
    wrong("Nesterov's factor", "Asked for is gradient descent.", "Which method has 1 - 1/sqrt(kappa)?", rho="1 - 1 / np.sqrt(kappa)", keeps=1))

steps_to.same("the factor is squared", "rho = ((kappa - 1) / (kappa + 1)) ** 2  ->  rho = ((1 - kappa) / (kappa + 1)) ** 2")


# 4 ---------------------------------------------------------------------------------------------------------------- a question
ex.question("floor", points=1, right="c", title="a trace that ends flat",
            hint="Which of the four explanations would also let the gradient norm on all rows stay large?",
            a="Would a sublinear rate ever be flat where both axes are logarithmic?",
            b="The largest curvature bounds the rate that is stable. Does a stable run go on falling without noise?",
            d="Momentum changes the factor. Does it change where the noise leaves the run?")
