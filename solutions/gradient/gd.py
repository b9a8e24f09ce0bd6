"""Spec of gradient/gd: one step, the loop with its stop, and what the learning rate may be on a quadratic (Nesterov 2004, section 2.1)."""

import numpy as np

from nnopt.grader import common
from nnopt.grader.draw import ELEMENTWISE
from nnopt.grader.problems import Objective
from nnopt.grader.spec import Exercise, also, wrong

ex = Exercise("gradient/gd", title="Gradient descent")


# 1 ------------------------------------------------------------------------------------------------------------- the step
@ex.function(parts={"theta": 2}, pure=1, title="the step", forms=ELEMENTWISE)
def gd_step(theta, grad, lr):
    theta = theta - lr * grad
    return theta


@gd_step.inputs
def _(d):
    return dict(theta=d.normal(), grad=d.normal(), lr=d.log(1e-3, 1))


gd_step.hint("One line is enough. Does it make a new array, or write into the caller's?")
gd_step.when("a zero gradient", grad=0).when("a large gradient", grad=lambda d: d.spread(low=1, high=1e8))
gd_step.notice(factors=["-1", "lr", "1/lr"])
gd_step.known(
    wrong("uphill", "The step goes along the gradient, not against it.", "Does f fall?", theta="theta + lr * grad", keeps=1),
    wrong("no learning rate", "The gradient enters in full.", "Where does lr stand in your line?", theta="theta - grad", keeps=1),
    wrong("divides by the learning rate", "A larger learning rate must give a longer step.", "Put lr = 0.1 and lr = 10.", theta="theta - grad / lr"),
    wrong("the step alone", "Asked for is the new point, not the way to it.", "What is returned when the gradient is zero?", theta="-lr * grad", keeps=1),
    wrong("the direction only", "The length of the step is proportional to the gradient's.", "How long is the step near a minimum?",
          theta="theta - lr * np.sign(grad)"),
    wrong("the difference the other way round", "The step is taken away from the point, not the point from the step.", "Where do you stay when lr = 0?",
          theta="lr * grad - theta"),
    wrong("the learning rate times everything", "The learning rate belongs to the gradient alone.", "Where do you stay when lr = 0?",
          theta="lr * (theta - grad)"),
    wrong("clips the gradient", "A large gradient enters in full, too.", "How long is the step where the gradient is 5?",
          theta="theta - lr * np.clip(grad, -1, 1)", keeps=1))


# 2 ------------------------------------------------------------------------------------------------------------- the loop
@ex.function(parts={"path": 4}, title="the loop", trajectory="grad", sizes={"d": 2}, uses={"gd_step": "0.9 * theta - 0.5 * lr * grad"})
def gd_run(grad, theta, lr, tol, max_steps):
    path = [theta]
    for _ in range(max_steps):
        g = grad(theta)
        if np.sqrt(np.sum(g**2)) <= tol:
            break
        theta = gd_step(theta, g, lr)
        path.append(theta)
    return np.array(path)


@gd_run.inputs
def _(d):
    Q = d.rng.standard_normal((2, 2))
    A = np.round(Q @ Q.T + 0.5 * np.eye(2), 2)
    lr = float(f"{d.number(0.3, 0.9) / np.linalg.norm(A, 2):.2g}")
    return dict(grad=Objective("quadratic_gradient", A, d.normal("d")), theta=d.normal("d", scale=2),
                lr=lr, tol=d.log(0.05, 0.3), max_steps=d.integer(30, 60))


gd_run.hint("In each round, in this order: the gradient, the question whether to stop, the step. Where does the start go, "
            "and how many rows has the answer when no step is taken?")
gd_run.when("few steps", max_steps=lambda d: d.integer(2, 4), tol=0.0).when("no step at all", max_steps=0, n=1)
gd_run.when("it stops at once", tol=1e6, n=1)
gd_run.when("the start is the minimum, tol = 0", n=1, tol=0.0, theta=lambda d: np.array([1.5, -0.5]),
            grad=lambda d: Objective("quadratic_gradient", np.eye(2), [1.5, -0.5]))      # a length of exactly tol
gd_run.when("both coordinates alike", n=2, grad=lambda d: Objective("quadratic_gradient", np.eye(2), np.zeros(2)),
            theta=lambda d: np.full(2, d.number(1, 3)), lr=0.1)
gd_run.known(
    common.one_gradient(), *common.counted(gd_run, "max_steps", keeps=2), *common.path(last=2),
    wrong("never stops early", "The loop goes on when the gradient is small.", "What is tol for?", edit=("<= tol", "< 0"), keeps=2),
    wrong("stops too early", "It stops while the gradient is large.", "What holds at a minimum?", edit=("<= tol", "> tol")),
    wrong("compares the squared length", "The length is the root of the sum of squares.", "What are the units of tol?",
          edit=("np.sqrt(np.sum(g ** 2)) <= tol", "np.sum(g ** 2) <= tol"), keeps=2),
    wrong("compares the largest part", "Asked for is the length of the gradient, not its largest coordinate.", "Put g = (1, 1).",
          edit=("np.sqrt(np.sum(g ** 2)) <= tol", "np.max(np.abs(g)) <= tol"), keeps=2),
    wrong("goes on at exactly tol", "Asked for is to stop at a length of at most tol.", "The start is the minimum and tol = 0: is there a step to take?",
          edit=("<= tol", "< tol"), keeps=3),
    wrong("compares the step", "Asked for is the length of the gradient, not that of the step.", "Does a smaller lr bring the minimum nearer?",
          edit=("np.sqrt(np.sum(g ** 2)) <= tol", "lr * np.sqrt(np.sum(g ** 2)) <= tol"), keeps=2),
    wrong("compares the sum of the parts", "The length is the root of the sum of squares.", "How long is (3, 4)?",
          edit=("np.sqrt(np.sum(g ** 2)) <= tol", "np.sum(np.abs(g)) <= tol"), keeps=2),
    wrong("compares the smallest part", "Asked for is the length of the gradient, not that of one coordinate.", "Put g = (0, 1): is this a minimum?",
          edit=("np.sqrt(np.sum(g ** 2)) <= tol", "np.min(np.abs(g)) <= tol"), keeps=2),
    wrong("stops a step late", "The point where the gradient is small is the last; no step is taken from it.", "In which order: look, then step?",
          edit=("            break\n        theta = gd_step(theta, g, lr)\n        path.append(theta)",
                "            theta = gd_step(theta, g, lr)\n            path.append(theta)\n            break\n        theta = gd_step(theta, g, lr)\n        path.append(theta)"),
          keeps=2))


# 3, 4, 5 --------------------------------------------------------------------------------------------------- derivations
@ex.function(parts={"value": 2}, title="the learning rate's limit")
def largest_lr(A):
    eigenvalues = np.linalg.eigvalsh(A)
    value = 2 / np.max(eigenvalues)
    return value


@largest_lr.inputs
def _(d):
    Q = d.rng.standard_normal((3, 3))
    return dict(A=np.round(Q @ Q.T + 0.2 * np.eye(3), 2))


largest_lr.hint("When is |1 - lr * lambda| < 1? Which of the eigenvalues is the first to break it as the learning rate grows?")
largest_lr.right(also("by the inverse", eigenvalues="1 / np.linalg.eigvalsh(np.linalg.inv(A))"),
                 also("by the characteristic polynomial", eigenvalues="np.roots(np.poly(A)).real"))
largest_lr.when("a single direction", A=lambda d: np.array([[d.number(0.5, 9)]]))
largest_lr.when("a diagonal matrix, growing", n=1, A=lambda d: np.diag([d.number(0.5, 1), d.number(1.5, 3), d.number(4, 9)]))
largest_lr.when("a diagonal matrix, falling", n=1, A=lambda d: np.diag([d.number(4, 9), d.number(1.5, 3), d.number(0.5, 1)]))
largest_lr.when("two directions nearly as steep", n=1, A=lambda d: np.array([[d.number(4, 9), 0.0, 0.0], [0.0, 1.02, 0.04], [0.0, 0.04, 0.96]]) * [[0.1], [4], [4]])
largest_lr.known(
    wrong("half of it", "With 1 / L the steepest direction is done in one step; it is still stable beyond.",
          "For which lr is |1 - lr L| < 1?", value="1 / np.max(eigenvalues)", keeps=1),
    wrong("the flattest direction", "The steepest direction diverges first.", "Which eigenvalue makes |1 - lr lambda| largest?",
          value="2 / np.min(eigenvalues)", keeps=1),
    wrong("the sum of the eigenvalues", "Each direction goes its own way; only the largest eigenvalue counts.", "Take a diagonal A: is the trace asked for?",
          value="2 / np.sum(eigenvalues)"),
    wrong("the mean of extremes", "That is the best learning rate, not the largest stable one.", "For which lr is |1 - lr L| = 1?",
          value="2 / (np.min(eigenvalues) + np.max(eigenvalues))"),
    wrong("the largest entry", "How steep A is shows in its eigenvalues; its entries depend on the axes.", "Turn the axes: do the entries of A change, does the descent?",
          value="2 / np.max(A)"),
    wrong("the norm of all entries", "That is the root of the sum of all squared eigenvalues; only the largest counts.", "Take a diagonal A: which entry decides?",
          value="2 / np.sqrt(np.sum(eigenvalues**2))"),
    wrong("upside down", "The steeper, the smaller the learning rate.", "What are the units of lr?", value="np.max(eigenvalues) / 2"))


@ex.function(parts={"value": 2}, title="the contraction factor")
def contraction(lr, mu, L):
    value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))
    return value


@contraction.inputs
def _(d):
    mu, L = d.number(0.1, 1), d.number(1.5, 9)
    return dict(lr=float(f"{d.number(0.1, 1.9) / L:.2g}"), mu=mu, L=L)


contraction.hint("A step multiplies each eigendirection by its own factor. What is the worst of them, and can it lie between "
                 "mu and L?")
contraction.right(also("from the ends", value="np.maximum(1 - lr * mu, lr * L - 1)"))
contraction.when("too long a step", lr=lambda d: d.number(2.5, 4)).when("a short step", lr=lambda d: d.number(0.01, 0.05))
contraction.notice(factors=["-1"])
contraction.known(
    wrong("the flattest direction only", "With a large learning rate the steepest direction is the slowest.", "Put lr = 1.9 / L.", value="np.abs(1 - lr * mu)", keeps=1),
    wrong("the steepest direction only", "With a small learning rate the flattest direction is the slowest.", "Put lr = 0.1 / L.", value="np.abs(1 - lr * L)", keeps=1),
    wrong("without modulus", "A negative factor jumps over the minimum; its size counts.", "Put lr = 1.9 / L.",
          value="np.maximum(1 - lr * mu, 1 - lr * L)", keeps=1),
    wrong("the best one possible", "That is the factor at the best learning rate, not at this one.", "Where does lr stand in your line?", value="(L - mu) / (L + mu)"),
    wrong("the faster direction", "The slowest direction decides.", "Which direction is left over after many steps?",
          value="np.minimum(np.abs(1 - lr * mu), np.abs(1 - lr * L))", keeps=1))
contraction.same("|a - b| is |b - a|",
                 "value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(np.abs(lr * mu - 1), np.abs(1 - lr * L))",
                 "value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(np.abs(1 - lr * mu), np.abs(lr * L - 1))")
contraction.same("where 1 - lr mu is negative, |1 - lr L| is larger",
                 "value = np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * L))  ->  value = np.maximum(1 - lr * mu, np.abs(1 - lr * L))")


@ex.function(parts={"value": 1}, title="the best learning rate")
def best_lr(mu, L):
    value = 2 / (mu + L)
    return value


@best_lr.inputs
def _(d):
    return dict(mu=d.number(0.1, 1), L=d.number(1.5, 9))


best_lr.hint("One of the two lines falls with the learning rate, the other rises. Where is the larger of them smallest?")
best_lr.known(
    wrong("half of it", "With 1 / L the steepest direction is done in one step, and the flattest is slower than it need be.",
          "Draw both |1 - lr mu| and |1 - lr L| against lr: where do they meet?", value="1 / (mu + L)"),
    wrong("1 / L", "There the steepest direction is done in one step, but the flattest is slower than it need be.",
          "Draw both |1 - lr mu| and |1 - lr L| against lr: where do they meet?", value="1 / L"),
    wrong("the largest stable one", "At 2 / L the steepest direction never settles.", "What is the contraction factor there?", value="2 / L"),
    wrong("the geometric mean", "The two factors are equal where 1 - lr mu = lr L - 1.", "Solve this for lr.", value="1 / np.sqrt(mu * L)"),
    wrong("the factor itself", "That is what the error is multiplied with at the best learning rate.", "What are the units of lr?", value="(L - mu) / (L + mu)"),
    wrong("between 1 / mu and 1 / L", "The two factors are equal where 1 - lr mu = lr L - 1.", "Solve this for lr.", value="(1 / mu + 1 / L) / 2"))


# 6 --------------------------------------------------------------------------------------------------------- the question
ex.question("condition", points=1, right="b", title="ten times as ill-conditioned",
            hint="For large kappa, q is nearly 1 - 2/kappa. How many factors q make a thousandth?",
            a="With the best learning rate the factor is (kappa - 1) / (kappa + 1): is it the same for 10 kappa?",
            c="How does the logarithm of (kappa - 1) / (kappa + 1) go for large kappa?",
            d="Gradient descent converges for any kappa, if lr is right: only how fast?")
