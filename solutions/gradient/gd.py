"""Spec of gradient/gd: one step, the loop with its stop, and what learning rates do on quadratics (Nesterov 2004, section 2.1)."""

import numpy as np

from nnopt.grader.exercise import common
from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

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
# The book's page prints the limit for a given curvature, the factor of one rate and the best rate of two curvatures: asked for is what follows.
@ex.function(parts={"value": 2}, title="the learning rate's limit")
def largest_lr(X):
    H = 2 * X.T @ X / len(X)
    L = np.max(np.linalg.eigvalsh(H))
    value = 2 / L
    return value


@largest_lr.inputs
def _(d):
    return dict(X=d.normal("n", "d") * np.round(d.rng.uniform(0.5, 3, d.size["d"]), 1))


largest_lr.hint("Differentiate the loss twice: which matrix are its second derivatives made of, and with which factors in front?")
largest_lr.right(also("by singular values", L="2 * np.max(np.linalg.svd(X, compute_uv=False))**2 / len(X)"))
largest_lr.when("one parameter", sizes={"d": 1}).when("fewer rows than parameters", sizes={"n": 2}).when("one row", n=1, sizes={"n": 1})
largest_lr.when("two columns nearly alike", X=lambda d: d.normal("n", "d") @ [[1.0, 1.0, 0.0], [0.0, 0.2, 0.0], [0.0, 0.0, 1.0]])
largest_lr.known(
    wrong("half of it", "With 1 / L the steepest direction is done in one step; it is still stable beyond.",
          "For which lr is |1 - lr L| < 1?", value="1 / L", keeps=1),
    wrong("the two of the square is forgotten", "The second derivative of a square brings a factor 2.", "What is the second derivative of (x - y)**2 by x?",
          H="X.T @ X / len(X)", keeps=1),
    wrong("the sum instead of the mean", "The loss is a mean: its curvature does not grow with the number of rows.",
          "Hand in every row twice: does the loss change?", H="2 * X.T @ X", keeps=1),
    wrong("the flattest direction", "The steepest direction diverges first.", "Which eigenvalue makes |1 - lr lambda| largest?",
          L="np.min(np.linalg.eigvalsh(H))"),
    wrong("the sum of the eigenvalues", "Each direction goes its own way; only the largest eigenvalue counts.", "Which direction is the first to diverge?",
          L="np.sum(np.linalg.eigvalsh(H))"),
    wrong("parameter by parameter", "The steepest direction is a mixture of parameters where columns go together.",
          "Two columns are the same: how steep is the direction in which both weights grow?", L="np.max(np.diag(H))"),
    wrong("the singular value is not squared", "The eigenvalues of X.T @ X are the squares of the singular values of X.", "Double X: what happens to the gradient?",
          L="2 * np.max(np.linalg.svd(X, compute_uv=False)) / len(X)"))

largest_lr.same("X X^T has the eigenvalues of X^T X, and zeros",
                "H = 2 * X.T @ X / len(X)  ->  H = X @ (2 * X.T) / len(X)")


@ex.function(parts={"value": 2}, title="the factor of a round", sizes={"k": 3, "d": 4})
def contraction(lrs, curvatures):
    factors = np.prod(1 - np.outer(lrs, curvatures), axis=0)
    value = np.max(np.abs(factors))
    return value


@contraction.inputs
def _(d):
    return dict(lrs=d.uniform("k", low=0.1, high=0.5) + 0.005, curvatures=d.uniform("d", low=0.5, high=5))


contraction.hint("Follow one direction through the whole round: by what is it multiplied? Then look for the slowest direction.")
contraction.right(also("as a polynomial", factors="np.polyval(np.poly(1 / lrs) * np.prod(-lrs), curvatures)"))
contraction.when("one rate", sizes={"k": 1}).when("one direction", sizes={"d": 1}).when("short steps", lrs=lambda d: d.uniform("k", low=0.01, high=0.05))
contraction.when("a rate too long", lrs=lambda d: np.array([0.1, 0.9, d.number(0.1, 0.3)]))
contraction.when("the slowest lies between", sizes={"k": 2}, lrs=lambda d: np.array([1.0, 0.11]),
                 curvatures=lambda d: d.rng.permutation([1.0, d.number(3, 4), d.number(5, 6), 9.0]))
contraction.notice(factors=["-1"])
contraction.known(
    wrong("the flattest direction only", "With large learning rates another direction is the slowest.", "Put one rate, 1.9 / L.",
          factors="np.prod(1 - lrs * np.min(curvatures))", keeps=1),
    wrong("the ends only", "With several rates the slowest direction may lie between the flattest and the steepest.",
          "Curvatures 1, 5 and 9, rates 1 and 1/9: which direction is left over?",
          factors="np.prod(1 - np.outer(lrs, [np.min(curvatures), np.max(curvatures)]), axis=0)", keeps=1),
    wrong("without modulus", "A negative factor jumps over the minimum; its size counts.", "Put one rate, 1.9 / L.", value="np.max(factors)", keeps=1),
    wrong("the worst of every step", "The direction that is worst in one step need not be so in the next.",
          "Two directions and two rates: can each rate stop another direction?", value="np.prod(np.max(np.abs(1 - np.outer(lrs, curvatures)), axis=1))", keeps=1),
    wrong("the mean rate", "A round is not as many steps of the mean rate: products are not products of means.", "Two rates, 0 and 1, and curvature 1: what is left?",
          factors="(1 - np.mean(lrs) * curvatures) ** len(lrs)"),
    wrong("of one step", "Asked for is the factor of the whole round.", "How many steps has a round?", value="np.max(np.abs(factors)) ** (1 / len(lrs))", keeps=1),
    wrong("the faster direction", "The slowest direction decides.", "Which direction is left over after many rounds?", value="np.min(np.abs(factors))"),
    wrong("over the directions", "Each direction goes its own way; what multiplies are the steps.", "How many factors has one direction in a round?",
          factors="np.prod(1 - np.outer(lrs, curvatures), axis=1)"))
contraction.same("the modulus knows no sign",
                 "factors = np.prod(1 - np.outer(lrs, curvatures), axis=0)  ->  factors = np.prod(np.outer(lrs, curvatures) - 1, axis=0)",
                 "value = np.max(np.abs(factors))  ->  value = np.max(np.abs(-factors))")


@ex.function(parts={"value": 1}, title="the best learning rate")
def best_lr(curvatures, decay):
    low = np.min(curvatures) + decay
    high = np.max(curvatures) + decay
    value = 2 / (low + high)
    return value


@best_lr.inputs
def _(d):
    return dict(curvatures=d.uniform("d", low=0.2, high=9), decay=d.number(0.2, 2))


best_lr.hint("Which curvatures has the sum? Draw |1 - lr * curvature| over lr for each of the three: the largest of them is smallest at a corner. Of which two lines?")
best_lr.when("no decay", decay=0.0).when("the middle one near an end", curvatures=lambda d: d.rng.permutation([1.0, 1.2, d.number(5, 9)]))
best_lr.known(
    wrong("the decay is forgotten", "The decay makes every direction steeper by its own curvature.", "What is the second derivative of decay / 2 * theta**2?",
          value="2 / (np.min(curvatures) + np.max(curvatures))"),
    wrong("the decay once", "The decay makes both directions steeper, each by all of it.", "What is the second derivative of decay / 2 * theta**2, in every direction?",
          low="np.min(curvatures)"),
    wrong("the mean of all three", "The direction in between is never the slowest.", "Draw the three lines: where is the largest of them smallest?",
          value="1 / (np.mean(curvatures) + decay)"),
    wrong("the first and the last", "The list is in no order.", "Which of the three is the flattest?", low="curvatures[0] + decay", high="curvatures[-1] + decay"),
    wrong("1 / L", "There the steepest direction is done in one step, but the flattest is slower than it need be.",
          "Draw the lines |1 - lr * curvature|: where do the first and the last of them meet?", value="1 / high"),
    wrong("the largest stable one", "At 2 / L the steepest direction never settles.", "What is the contraction factor there?", value="2 / high"))


# 6 --------------------------------------------------------------------------------------------------------- the question
ex.question("condition", points=1, right="b", title="a decay",
            hint="Which condition number has the loss before, which after? The number of steps goes with it.",
            a="The path is another one, since every direction is steeper: by how much are the flattest and the steepest?",
            c="By how much does the decay change the steepest direction, by how much the flattest? Divide.",
            d="The best rate is smaller, but by how much? And by how much is the flattest direction steeper?")
