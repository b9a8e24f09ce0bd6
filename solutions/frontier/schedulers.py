"""Spec of frontier/schedulers: cosine with warm restarts, Polyak's step, the hypergradient's rule, a question."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("frontier/schedulers", title="Schedules")


# 1 ------------------------------------------------------------------------------------------------------- warm restarts
@ex.function(parts={"value": 3}, title="cosine with warm restarts")
def restarts(lr, period, growth, t):
    done = t - 1
    while done >= period:
        done = done - period
        period = growth * period
    value = lr * (1 + np.cos(np.pi * done / period)) / 2
    return value


@restarts.inputs
def _(d):
    return dict(lr=d.log(1e-3, 1), period=d.integer(3, 9), growth=d.integer(2, 3), t=d.integer(1, 90))


restarts.hint("How many steps of the present period are done before step t? Take whole periods away until less than one is left.")
restarts.when("the first step", t=1).when("the first of a new period", period=5, growth=2, t=6).when("in the first period", period=8, t=4)
restarts.when("periods of one length", growth=1)
restarts.notice(factors=["-1", "2", "1/2", "lr", "1/lr"])
restarts.same("a cosine does not see the sign",
              "value = lr * (1 + np.cos(np.pi * done / period)) / 2  ->  value = lr * (1 + np.cos(np.pi * done / -period)) / 2",
              "value = lr * (1 + np.cos(np.pi * done / period)) / 2  ->  value = lr * (1 + np.cos(np.pi * -done / period)) / 2")
restarts.known(
    wrong("counts from zero", "Before step t, t - 1 steps are done.", "What is the rate of the very first step?", edit=("done = t - 1", "done = t"), keeps=1),
    wrong("the periods do not grow", "Each period is growth times as long as the one before.", "How long is the second period?",
          edit=("period = growth * period", "period = period"), keeps=1),
    wrong("grows before it counts", "The steps of the period that is over must be taken away before the next is longer.", "Which of the two lines comes first?",
          edit=("done = done - period\n        period = growth * period", "period = growth * period\n        done = done - period"), keeps=1),
    wrong("a restart one step late", "After a whole period nothing of it is left: its last step is number P, not P + 1.", "What is the rate when done equals period?",
          edit=("done >= period", "done > period"), keeps=1),
    wrong("a whole cosine", "The rate falls along half a cosine: from 1 to -1.", "Where is the cosine at the end of a period?", value="lr * (1 + np.cos(2 * np.pi * done / period)) / 2"),
    wrong("rises", "The cosine begins at 1.", "What is the rate when nothing is done?", value="lr * (1 - np.cos(np.pi * done / period)) / 2"))


# 2 ------------------------------------------------------------------------------------------------------- Polyak's step
@ex.function(parts={"value": 3}, title="Polyak's step", sizes={"d": 4})
def polyak_rate(loss, grad, c, floor, most):
    square = np.sum(grad**2)
    value = np.minimum((loss - floor) / (c * square), most)
    return value


@polyak_rate.inputs
def _(d):
    return dict(loss=d.number(1.5, 6), grad=d.normal("d"), c=d.number(0.3, 2.5), floor=d.number(0.2, 1.2), most=d.number(5, 50))


polyak_rate.hint("Along the gradient the tangent falls by its squared length for each unit of the rate.")
polyak_rate.when("bounded", most=0.01).when("a least loss of zero", floor=0.0).when("Polyak's own", c=1.0)
polyak_rate.notice(factors=["-1", "c", "1/c", "2", "1/2"])
polyak_rate.known(
    wrong("the length, not its square", "A rate r moves the point by r times the gradient, and the tangent falls by r times its squared length.", "In which unit is your rate?",
          square="np.sqrt(np.sum(grad**2))"),
    wrong("the mean of the squares", "The squared length is the sum of the squares.", "Does the rate change if a zero is appended to the gradient?", square="np.mean(grad**2)"),
    wrong("the least loss forgotten", "The loss can only fall to its least value.", "What is the rate at the minimum?", value="np.minimum(loss / (c * square), most)"),
    wrong("at least the bound", "The bound is the largest rate that is allowed.", "What is the rate where the gradient is tiny?", value="np.maximum((loss - floor) / (c * square), most)"),
    wrong("c on the wrong side", "c divides the rate.", "Does a larger c make the step longer?", value="np.minimum(c * (loss - floor) / square, most)"),
    wrong("bounded before c", "The bound holds for the rate, c and all.", "Can your rate be larger than the bound?", value="np.minimum((loss - floor) / square, most) / c"),
    wrong("no bound", "On a batch whose gradient is tiny the quotient is huge.", "What is most for?", value="(loss - floor) / (c * square)"))


# 3 ------------------------------------------------------------------------------------------------- descent on the rate
@ex.function(parts={"value": 3}, title="descent on the rate", sizes={"d": 4})
def next_rate(rate, grad, move, pace):
    along = np.sum(grad * move)
    lengths = np.sqrt(np.sum(grad**2) * np.sum(move**2))
    value = rate * (1 + pace * along / lengths)
    return value


@next_rate.inputs
def _(d):
    return dict(rate=d.log(1e-3, 1), grad=d.normal("d"), move=d.normal("d"), pace=d.number(0.05, 0.6))


next_rate.hint("The quotient is the cosine of an angle: between -1 and 1, whatever the two lengths are.")
next_rate.when("still downhill", n=1, grad=np.array([1.0, 2.0, -1.0, 0.5]), move=np.array([2.0, 4.0, -2.0, 1.0]))
next_rate.notice(factors=["-1", "2", "1/2", "rate", "1/rate"])
next_rate.known(
    wrong("the sign", "Where the gradient agrees with the last step, the step was too short and the rate must grow.", "Which way does the rate go if grad and move are equal?",
          value="rate * (1 - pace * along / lengths)"),
    wrong("not by the lengths", "Without the lengths the change depends on the unit of the loss.", "Multiply the loss by ten: should the rate change differently?", lengths="1.0"),
    wrong("the squared lengths", "The cosine is divided by the lengths, not by their squares.", "What is your quotient if grad and move are equal?",
          lengths="np.sum(grad**2) * np.sum(move**2)"),
    wrong("adds in place of multiplying", "This form changes the rate by a share of itself.", "What happens to a rate of a millionth?", value="rate + pace * along / lengths"),
    wrong("only the share", "The rate stays, and a share of it is added.", "What is the rate where the two are perpendicular?", value="rate * pace * along / lengths"))


# 4 --------------------------------------------------------------------------------------------------------- the question
ex.question("stopped", points=1, right="c", title="a run that is cut short",
            hint="Where is half a cosine after half of its way, and what decides how far noise throws the point about?",
            a="What is the cosine of a quarter turn?",
            b="How far does noise throw the point about at half the rate, compared with the end of the plan?",
            d="When is 1 + cos zero?")
