"""Spec of practice/regularization: the proximal step (Parikh and Boyd 2014), inverted dropout (Srivastava et al. 2014), early stopping's rule (Prechelt 1998)
and the margin of smoothed labels (Szegedy et al. 2016)."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("practice/regularization", title="Regularization")


# 1 ------------------------------------------------------------------------------------------------ the proximal step
@ex.function(parts={"theta": 3}, pure=1, title="the proximal step", forms=ELEMENTWISE)
def proximal_step(theta, grad, lr, weight):
    z = theta - lr * grad
    cut = lr * weight
    size = np.maximum(np.abs(z) - cut, 0)
    theta = np.sign(z) * size
    return theta


@proximal_step.inputs
def _(d):
    return dict(theta=d.normal(scale=2), grad=d.normal(), lr=d.number(0.1, 0.6), weight=d.number(0.3, 3))


proximal_step.hint("First the step of gradient descent. Then: what is left of |z| when it has shrunk by lr * weight, and what if it was smaller than that?")
proximal_step.right(also("cut at two ends", theta="z - np.clip(z, -cut, cut)"), also("two halves", theta="np.maximum(z - cut, 0) - np.maximum(-z - cut, 0)"),
                    also("a choice", theta="np.where(np.abs(z) > cut, z - cut * np.sign(z), 0.0)"))
proximal_step.when("no penalty", weight=0.0).when("a penalty that takes all", weight=50.0).when("at zero", theta=0.0)
proximal_step.when("no gradient", grad=0.0).when("far below zero", theta=-20.0, weight=1.5).when("a small rate", lr=0.01)
proximal_step.notice("weight == 0", factors=["lr", "1/lr", "-1"])
proximal_step.known(
    wrong("the gradient of the penalty", "It brings weights near to zero, and beyond; none becomes zero.", "What does your step make of z = 0.1 with a cut of 0.3?", theta="z - cut * np.sign(z)"),
    wrong("the threshold without the rate", "A step of half the rate shrinks by half as much.", "What should happen for lr = 0?", cut="weight"),
    wrong("the sign is lost", "A negative weight moves up, towards zero.", "What becomes of z = -5?", theta="size"),
    wrong("one side only", "A negative weight shrinks, too.", "What becomes of z = -5?", theta="np.maximum(z - cut, 0)"),
    wrong("before the step", "The penalty acts on the point to which the step has led.", "Where would a zero weight be after your step?",
          theta="np.sign(theta) * np.maximum(np.abs(theta) - cut, 0) - lr * grad"),
    wrong("cut off, not shrunk", "What is beyond the threshold shrinks by it, too.", "What becomes of z = 5 with a cut of 1?", theta="np.where(np.abs(z) > cut, z, 0.0)"),
    wrong("uphill", "The step goes against the gradient.", "Put weight = 0.", z="theta + lr * grad"),
    wrong("no rate in the step", "The gradient is multiplied by lr.", "Put weight = 0.", z="theta - grad"),
    wrong("shrinks like L2", "L2 shrinks by a share of the weight, L1 by the same amount each.", "Does any weight become exactly zero?", theta="z * (1 - cut)"))
proximal_step.same("a size knows no sign", "size = np.maximum(np.abs(z) - cut, 0)  ->  size = np.maximum(np.abs(-z) - cut, 0)")


# 2 ------------------------------------------------------------------------------------------------- inverted dropout
@ex.function(parts={"mask": 2, "dropped": 1}, pure=1, title="inverted dropout", forms=ELEMENTWISE)
def inverted_dropout(A, U, rate):
    kept = U >= rate  # noqa: SIM300
    mask = kept / (1 - rate)
    dropped = A * mask
    return mask, dropped


@inverted_dropout.inputs
def _(d):
    return dict(A=d.normal(), U=d.uniform() * 0.98 + 0.005, rate=d.number(0.1, 0.8))      # no number of U is exactly the rate


inverted_dropout.hint("An entry is kept with probability 1 - rate. By what must it be multiplied, so that its expected value is what it was?")
inverted_dropout.right(also("a choice", mask="np.where(kept, 1 / (1 - rate), 0.0)"), also("a product", mask="kept * (1 / (1 - rate))"))
inverted_dropout.when("nothing is dropped", rate=0.0).when("a small rate", rate=0.05).when("nearly all is dropped", rate=0.95, shape=(40,))
inverted_dropout.when("large entries", A=lambda d: 100 * d.normal())
inverted_dropout.notice("rate == 0", factors=["rate", "1/rate", "1 - rate", "1/(1 - rate)"])
inverted_dropout.known(
    wrong("not scaled", "The expected value of an entry has become smaller.", "What is the mean of the mask for rate = 0.5?", mask="kept * 1.0"),
    wrong("divided by the rate", "An entry is kept with probability 1 - rate.", "What is the mean of the mask for rate = 0.1?", mask="kept / max(rate, 1e-9)"),
    wrong("scaled for test time", "That is what has to be done at test time, if it was not done here.", "What is the mean of the mask for rate = 0.5?", mask="kept * (1 - rate)"),
    wrong("keeps what it should drop", "An entry is dropped where its number is below the rate.", "How much is kept for rate = 0.1?", kept="U < rate"),
    wrong("drops the others, and scales them so", "An entry is dropped where its number is below the rate.", "How much is kept for rate = 0.1?", kept="U < 1 - rate"),
    wrong("one number for all", "Each entry has a number of its own.", "What is U for?", kept="np.full(np.shape(U), np.sum(U) / max(np.size(U), 1)) >= rate"),
    wrong("the mean that is there", "The expected value counts, over all draws; not the share that was kept this time.", "What if, by chance, all are kept?",
          mask="kept / max(np.sum(kept) / max(kept.size, 1), 1e-9)"),
    wrong("the kept ones of A scaled, the mask not", "Both answers are with the scale.", "Is dropped = A * mask?", returns="kept * 1.0, dropped", keeps=2),
    wrong("A was not dropped", "The second answer is the product.", "Is dropped = A * mask?", dropped="A / (1 - rate)"),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="dropped, mask"))
inverted_dropout.same("no number is exactly the rate, other than 0 by chance", "kept = U >= rate  ->  kept = U > rate")


# 3 ---------------------------------------------------------------------------------------------------- when to stop
def scores(d):
    """A curve that rises, turns and has plateaus: scores are shares of few rows, and often equal."""
    steps = d.rng.integers(-2, 3, d.size["n"]) + np.where(np.arange(d.size["n"]) < d.size["n"] / 2, 0.6, -0.6)
    return d.lay(np.round(0.5 + 0.02 * np.cumsum(np.round(steps)), 2))


@ex.function(parts={"best": 2, "last": 2}, pure=1, title="when to stop", sizes={"n": 14})
def stop(scores, patience):
    best = 1
    last = 1
    while last < len(scores) and last - best < patience:
        last = last + 1
        if scores[last - 1] > scores[best - 1]:
            best = last
    return best, last


@stop.inputs
def _(d):
    return dict(scores=scores(d), patience=d.integer(1, 5))


stop.hint("Keep the number of the best epoch so far. After each epoch, how old is it? A loop that ends by itself must give the last epoch, too.")
stop.when("only better", scores=lambda d: d.lay(np.arange(d.size["n"]) / 100)).when("only worse", scores=lambda d: d.lay(-np.arange(d.size["n"]) / 100))
stop.when("all equal", scores=0.5).when("one epoch", sizes={"n": 1}).when("patience 1", patience=1).when("patience beyond the end", patience=50)
stop.when("negative scores", scores=lambda d: scores(d) - 2.0)
stop.when("better after the end", patience=2, scores=lambda d: d.lay(np.where(np.arange(d.size["n"]) < 9, -np.abs(np.arange(d.size["n"]) - 3.0), 5.0)))
stop.when("a late best within patience", patience=4, scores=lambda d: d.lay(np.where(np.arange(d.size["n"]) % 4 == 0, 0.1 * np.arange(d.size["n"]), 0.0)))
stop.known(
    wrong("an equal score is a new best", "Only a higher score is a new best; else training on a plateau never ends.", "When does training end if all scores are equal?",
          edit=("scores[last - 1] > scores[best - 1]", "scores[last - 1] >= scores[best - 1]")),
    wrong("the best of all, even those never seen", "What comes after the end of training is not known.", "Which epochs have been trained?", returns="int(np.argmax(scores)) + 1, last", keeps=2),
    wrong("counted from 0", "The first epoch is epoch 1.", "Which number has the first epoch?", returns="best - 1, last - 1"),
    wrong("the best is counted from 0", "The first epoch is epoch 1.", "Which number has the first epoch?", returns="best - 1, last", keeps=2),
    wrong("one epoch too many", "Training ends after the patience-th epoch without a new best.", "With patience 1, how many epochs are trained if the second is worse?",
          edit=("last - best < patience", "last - best <= patience")),
    wrong("one epoch too few", "Training ends after the patience-th epoch without a new best.", "With patience 1, how many epochs are trained if the second is worse?",
          edit=("last - best < patience", "last - best < patience - 1")),
    wrong("never ends", "Training ends after patience epochs without a new best.", "What is patience for?", edit=("last - best < patience", "True")),
    wrong("lower is better", "A score is better the higher it is.", "What is a score of 1?", edit=("scores[last - 1] > scores[best - 1]", "scores[last - 1] < scores[best - 1]")),
    wrong("the last network is kept", "The network of the best epoch is kept.", "What was patience spent on?", returns="last, last", keeps=2),
    wrong("worse than the one before", "Compared is with the best so far, not with the epoch before.", "Scores of 0.9, 0.5, 0.6: which is the best epoch?",
          edit=("scores[last - 1] > scores[best - 1]", "scores[last - 1] > scores[last - 2]")),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="last, best"))
stop.same("the first score is no better than itself", "last = 1  ->  last = 0")
stop.same("numbers that rise by one do not pass by their limit",
          "while last < len(scores) and last - best < patience:  ->  while last != len(scores) and last - best < patience:",
          "while last < len(scores) and last - best < patience:  ->  while last < len(scores) and last - best != patience:")


# 4 ---------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="how sure with smoothed labels")
def margin(s, C):
    value = np.log((1 - s + s / C) / (s / C))
    return value


@margin.inputs
def _(d):
    return dict(s=d.number(0.02, 0.9), C=d.integer(2, 40))


margin.hint("The softmax of two classes stands in the ratio of the exponentials of their outputs. What is the logarithm of that ratio?")
margin.right(also("multiplied by C / s", value="np.log1p(C * (1 - s) / s)"), also("a difference of logarithms", value="np.log(1 - s + s / C) - np.log(s / C)"))
margin.when("two classes", C=2).when("nearly hard labels", s=1e-3).when("nearly even", s=0.999)
margin.notice(factors=["2", "1/2", "C", "-1"])
margin.known(
    wrong("all of s on the others", "A share s / C goes to the right class, too.", "What is the target of the right class?", value="np.log((1 - s) / (s / (C - 1)))"),
    wrong("1 - s for the right class", "A share s / C goes to the right class, too.", "What is the target of the right class?", value="np.log((1 - s) / (s / C))"),
    wrong("the ratio itself", "The exponentials of the outputs stand in this ratio.", "What is the softmax's inverse?", value="(1 - s + s / C) / (s / C)"),
    wrong("the difference of the probabilities", "Asked for is the difference of the outputs before the softmax.", "Can the answer exceed 1?", value="(1 - s + s / C) - s / C"),
    wrong("the output of the right class alone", "Asked for is by how much it exceeds the others.", "What does adding 5 to all outputs change?", value="np.log(1 - s + s / C)"),
    wrong("upside down", "The right class has the larger output.", "What sign has the answer?", value="np.log((s / C) / (1 - s + s / C))"),
    wrong("against all others together", "Asked for is the difference to each one of the others.", "Into how many classes is s divided?", value="np.log((1 - s + s / C) / (s * (C - 1) / C))"))


# 5 ------------------------------------------------------------------------------------------------------ the question
ex.question("coupled", points=1, right="c", title="a coupled penalty under Adam",
            hint="By what does Adam divide each gradient, and so the part of it that is the penalty?",
            a="That is the decoupled decay, AdamW's.",
            b="A large gradient makes the divisor large. Which way does that go?",
            d="It is divided by the root of the mean square of the whole gradient. Is that infinite?")
